//! Credentials that a script configures in a way that the client it then uses passes over.

use std::ops::Range;

use ecrpass_core::registry::Registry;

use crate::commands::{Scripted, client_files, fixing, scripts};
use crate::deed::What;
use crate::edit::FileEdit;
use crate::host::Host;
use crate::rule::Examined;
use crate::shell::Command;

/// Clients that read `credHelpers` and never `credsStore`. Source: containers/image `pkg/docker/config/config.go`.
const WITHOUT_STORE: [&str; 3] = ["podman", "buildah", "skopeo"];

/// Clients that read `credsStore`, and programs that use these.
const WITH_STORE: [&str; 16] = [
    "docker",
    "docker-compose",
    "nerdctl",
    "finch",
    "buildctl",
    "executor",
    "crane",
    "helm",
    "oras",
    "cosign",
    "regctl",
    "ko",
    "pack",
    "earthly",
    "make",
    "mvn",
];

/// What is configured, and what does not look at it.
pub struct Ignored {
    /// The client.
    pub client: String,
    /// The bytes of the configuration.
    pub configured: Range<usize>,
    /// The bytes of the command that uses none of it.
    pub used: Range<usize>,
    /// The registry.
    pub registry: Option<Registry>,
    /// The helper named for the registry.
    pub edit: Option<FileEdit>,
}

/// All of a file.
pub fn of(examined: &Examined<'_>) -> Vec<Ignored> {
    let all = scripts(examined);
    let mut found = Vec::new();
    for scripted in &all {
        for file in client_files::whole(scripted) {
            if file.store().is_none_or(|store| store != "ecr-login") || !file.helpers().is_empty() {
                continue;
            }
            let configured = client_files::place(scripted, &file);
            let later = all.iter().filter(|other| is_same(scripted, other));
            let uses = later
                .flat_map(|other| uses(other))
                .filter(|(command, _, _)| command.bytes.start > configured.start);
            let Some((command, client, registry)) = uses.into_iter().next() else { continue };
            let edit = registry.as_ref().and_then(|registry| {
                let part = ["\"credsStore\": \"ecr-login\"", "\"credsStore\":\"ecr-login\""];
                let bytes = part
                    .iter()
                    .find_map(|part| client_files::place_of(scripted, &file, &examined.file.text, part))?;
                let text = format!("\"credHelpers\": {{\"{}\": \"ecr-login\"}}", registry.host());
                Some(fixing::safe("Name the helper for the registry", vec![fixing::replace(bytes, text)]))
            });
            found.push(Ignored { client, configured, used: command.bytes.clone(), registry, edit });
        }
    }
    found.extend(all.iter().filter_map(containerd));
    found
}

/// Whether the two are of one job, or the same script.
fn is_same(one: &Scripted<'_>, other: &Scripted<'_>) -> bool {
    match (one.job, other.job) {
        (Some(one), Some(other)) => std::ptr::eq(one, other),
        (None, None) => std::ptr::eq(one.script, other.script),
        _ => false,
    }
}

/// Pushes and pulls of ECR images by clients that do not ask the store, unless they are logged in.
fn uses<'a>(scripted: &Scripted<'a>) -> Vec<(&'a Command, String, Option<Registry>)> {
    let deeds = scripted.deeds;
    let logs_in = deeds.iter().any(
        |deed| matches!(&deed.what, What::Login { client, .. } if WITHOUT_STORE.contains(&client.as_str())),
    );
    if logs_in {
        return Vec::new();
    }
    // Who else may be meant by the configuration?
    let is_alone = !scripted.commands().any(|(_, command)| WITH_STORE.contains(&command.program()));
    let mut all = Vec::new();
    for deed in deeds {
        let (What::Push { client, image } | What::Pull { client, image }) = &deed.what else { continue };
        let host = image.alternatives().map(Host::of_image).find(Host::is_private);
        // What is pushed with nothing but that configuration goes to ECR, whatever its name.
        let is_push = matches!(deed.what, What::Push { .. });
        let is_open = || image.alternatives().all(|image| Host::of_image(image) == Host::Unknown);
        let host = host.or_else(|| (is_alone && is_push && is_open()).then_some(Host::Unknown));
        let (true, Some(host)) = (WITHOUT_STORE.contains(&client.as_str()), host) else { continue };
        if let Some(command) = scripted.script.commands.iter().find(|command| command.bytes == deed.bytes) {
            all.push((command, client.clone(), host.registry()));
        }
    }
    all
}

/// `docker login`, and then containerd's `ctr`, which reads no configuration of docker.
fn containerd(scripted: &Scripted<'_>) -> Option<Ignored> {
    let deeds = scripted.deeds;
    let login = deeds.iter().find(|deed| matches!(&deed.what, What::Login { client, host, .. } if client == "docker" && host.alternatives().any(|host| Host::of_server(host).is_private())))?;
    let (_, command) = scripted.commands().find(|(_, command)| {
        let is = |text: &str| command.words.iter().any(|word| word.is(text));
        let is_ecr = command.words.iter().any(|word| Host::of_image(word.shown()).is_private());
        command.program() == "ctr" && (is("push") || is("pull")) && is_ecr && !is("--user") && !is("-u")
    })?;
    Some(Ignored {
        client: "ctr".to_owned(),
        configured: command.bytes.clone(),
        used: login.bytes.clone(),
        registry: None,
        edit: None,
    })
}
