//! A container gets the logins or keys of the machine it runs on.

use std::ops::Range;

use ecrpass_core::DiagnosisId;
use ecrpass_diagnosis::finding::Severity;

use crate::commands::scripts;
use crate::credential_path::{self, CredentialPath};
use crate::deeds::arguments::{has, options};
use crate::hit::{Hit, Spot};
use crate::infrastructure::mounts::sources;
use crate::kind::FileKind;
use crate::pipeline::mentions_ecr;
use crate::rule::{Examined, Rule};
use crate::yaml::{self, Node};

/// `credentials-mounted`
pub static RULE: Rule = Rule { id: DiagnosisId::CredentialsMounted, look };

fn look(examined: &Examined<'_>) -> Vec<Hit> {
    let mut hits = commands(examined);
    hits.extend(written(examined));
    match examined.file.kind {
        FileKind::Compose => hits.extend(compose(examined)),
        FileKind::Kubernetes => hits.extend(kubernetes(examined)),
        FileKind::Nomad => hits.extend(nomad(examined)),
        _ => {}
    }
    // Logins to other registries do not end after 12 hours.
    let of_docker = title(CredentialPath::Docker);
    let is_worse = |hit: &Hit| hit.severity == Severity::Warning && hit.title == of_docker;
    if hits.iter().any(is_worse) && !examined.tree.files().iter().any(|file| mentions_ecr(&file.text)) {
        hits.iter_mut().filter(|hit| is_worse(hit)).for_each(|hit| hit.severity = Severity::Note);
    }
    hits
}

/// `docker run -v` and `--mount`.
fn commands(examined: &Examined<'_>) -> Vec<Hit> {
    let path = &examined.file.path;
    let mut hits: Vec<Hit> = Vec::new();
    let mut sources: Vec<String> = Vec::new();
    for scripted in scripts(examined).iter().filter(|scripted| !scripted.is_typed()) {
        for (_, command) in scripted.commands() {
            let is_run = matches!(command.program(), "docker" | "podman" | "nerdctl" | "finch")
                && command
                    .words
                    .iter()
                    .skip(1)
                    .take(3)
                    .any(|word| matches!(word.raw.as_str(), "run" | "create"));
            if !is_run {
                continue;
            }
            // What is removed when it ends, and is not left to itself, does not outlive a login.
            let is_long_lived = has(&command.words, &["--restart"])
                || has(&command.words, &["-d", "--detach"])
                || command.words.iter().any(|word| word.raw.starts_with("--restart="));
            for argument in options(&command.words, &["-v", "--volume", "--mount"]) {
                let text = argument.raw.trim_matches(['"', '\'']);
                let (source, is_read_only) = mounted(text);
                let Some(source) = source else { continue };
                let mount = Mount { source, is_read_only, is_long_lived };
                let Some(found) = hit(path, &mount, argument.bytes.clone()) else { continue };
                // The same mount of several commands is one cause.
                let is_same =
                    |(known, of): &(&mut Hit, &String)| *of == source && known.severity == found.severity;
                match hits.iter_mut().zip(&sources).find(is_same) {
                    Some((known, _)) => known.spots.extend(found.spots),
                    None => {
                        sources.push(source.to_owned());
                        hits.push(found);
                    }
                }
            }
        }
    }
    hits
}

/// The source of a mount: `source:target:ro`, or `type=bind,source=…,target=…,readonly`.
fn mounted(text: &str) -> (Option<&str>, bool) {
    if text.contains("type=") || text.starts_with("source=") || text.starts_with("src=") {
        let mut fields = text.split(',').map(str::trim);
        let source = fields
            .clone()
            .find_map(|field| field.strip_prefix("source=").or_else(|| field.strip_prefix("src=")));
        return (source, fields.any(|field| field.starts_with("readonly") || field == "ro"));
    }
    let parts = split(text);
    let source = parts.first().copied().filter(|_| parts.len() > 1);
    (source, parts.get(2).is_some_and(|options| options.split(',').any(|option| option == "ro")))
}

/// `volumes` and `mount` of a Nomad job.
fn nomad(examined: &Examined<'_>) -> Vec<Hit> {
    let path = &examined.file.path;
    let mut hits = Vec::new();
    for (source, bytes) in sources(&examined.file.text) {
        let (source, is_read_only) = mounted(&source);
        // A job of Nomad's goes on until somebody stops it.
        hits.extend(
            source.and_then(|source| hit(path, &Mount { source, is_read_only, is_long_lived: true }, bytes)),
        );
    }
    hits
}

/// What is mounted, and how.
pub(crate) struct Mount<'a> {
    /// The path on the machine.
    pub(crate) source: &'a str,
    /// Whether the container can only read it.
    pub(crate) is_read_only: bool,
    /// Whether the container lives longer than a login: it is started again by itself.
    pub(crate) is_long_lived: bool,
}

/// The hit of a mount; `None` for one that gives nothing away.
pub(crate) fn hit(path: &str, mount: &Mount<'_>, bytes: Range<usize>) -> Option<Hit> {
    let what = credential_path::of_host(mount.source)?;
    // A login that is handed to something long-lived ends; one that can be written to can be taken over.
    let is_worse = mount.is_long_lived && (what == CredentialPath::Docker || !mount.is_read_only);
    let severity = if is_worse && !is_for_development(path) { Severity::Warning } else { Severity::Note };
    Some(Hit::new(
        severity,
        title(what),
        vec![Spot::new(path, bytes, "everything in the container can read it")],
    ))
}

fn title(what: CredentialPath) -> String {
    format!("a container gets {} of the machine", what.name())
}

/// Files of one developer's machine.
fn is_for_development(path: &str) -> bool {
    let lower = path.to_ascii_lowercase();
    let name = lower.rsplit('/').next().unwrap_or(&lower);
    lower.contains(".devcontainer")
        || ["override", "dev", "local", "test"].iter().any(|word| name.contains(word))
}

fn compose(examined: &Examined<'_>) -> Vec<Hit> {
    of_services(&examined.file.path, examined.models.yaml().unwrap_or_default())
}

/// Compose files that scripts write as here-documents.
fn written(examined: &Examined<'_>) -> Vec<Hit> {
    let is_compose = |path: &str| {
        let name = path.rsplit('/').next().unwrap_or(path).to_ascii_lowercase();
        (name.starts_with("docker-compose") || name.starts_with("compose"))
            && (name.ends_with(".yml") || name.ends_with(".yaml"))
    };
    let mut hits = Vec::new();
    for scripted in scripts(examined).iter().filter(|scripted| !scripted.is_typed()) {
        for file in &scripted.script.written {
            let Some(passage) = file.passage.as_ref().filter(|_| is_compose(file.path.shown())) else {
                continue;
            };
            let is_off = scripted.script.commands.get(file.command).is_some_and(|command| command.is_off);
            if is_off {
                continue;
            }
            for mut hit in of_services(file.path.shown(), &yaml::read_partly(passage.text()).0) {
                for spot in &mut hit.spots {
                    spot.bytes = passage.places(spot.bytes.clone());
                    spot.path.clone_from(&examined.file.path);
                }
                hits.push(hit);
            }
        }
    }
    hits
}

fn of_services(path: &str, documents: &[Node]) -> Vec<Hit> {
    let services = documents.iter().flat_map(|document| document.members_of("services"));
    let mut hits = Vec::new();
    for (_, service) in services {
        let restart = service
            .text_of("restart")
            .or_else(|| service.at(&["deploy", "restart_policy", "condition"])?.text());
        let is_long_lived = matches!(restart, Some("always" | "unless-stopped" | "any"));
        for volume in service.items_of("volumes") {
            let (source, is_read_only, bytes) = match volume.text() {
                Some(text) => {
                    let parts = split(text);
                    let Some(source) = parts.first().copied().filter(|_| parts.len() > 1) else { continue };
                    let options = parts.get(2).copied().unwrap_or_default();
                    (source, options.split(',').any(|option| option == "ro"), volume.bytes.clone())
                }
                None => {
                    let Some((key, source)) = volume.entry("source").or_else(|| volume.entry("src")) else {
                        continue;
                    };
                    let Some(text) = source.text() else { continue };
                    (text, volume.flag_of("read_only") == Some(true), key.bytes.start..source.bytes.end)
                }
            };
            let mount = Mount { source, is_read_only, is_long_lived };
            if let Some(mut hit) = hit(path, &mount, bytes) {
                if let Some((key, target)) = volume.entry("target") {
                    let bytes = key.bytes.start..target.bytes.end;
                    hit.spots.push(Spot::new(path, bytes, "where the container has it"));
                }
                hits.push(hit);
            }
        }
    }
    hits
}

/// `source:target:options`, where a `:` in `${X:-y}` and behind a drive's letter does not count.
pub(crate) fn split(text: &str) -> Vec<&str> {
    let mut parts = Vec::new();
    let (mut depth, mut start) = (0_usize, 0);
    for (at, character) in text.char_indices() {
        match character {
            '{' => depth += 1,
            '}' => depth = depth.saturating_sub(1),
            ':' if depth == 0 && !is_drive(text, start, at) => {
                parts.extend(text.get(start..at));
                start = at + 1;
            }
            _ => {}
        }
    }
    parts.extend(text.get(start..));
    parts
}

/// Whether the letter before a colon is a drive of Windows.
fn is_drive(text: &str, start: usize, colon: usize) -> bool {
    colon == start + 1 && text.get(colon + 1..).is_some_and(|rest| rest.starts_with('\\'))
}

/// `hostPath` volumes of pods.
fn kubernetes(examined: &Examined<'_>) -> Vec<Hit> {
    let path = &examined.file.path;
    if !examined.file.text.contains("hostPath") {
        return Vec::new();
    }
    let mut hits = Vec::new();
    for document in examined.models.yaml().unwrap_or_default() {
        // What runs once does not outlive a login.
        let kind = document.text_of("kind").unwrap_or_default();
        let is_long_lived = !matches!(kind, "Job" | "CronJob" | "Pod");
        host_paths(document, 0, &mut |source, bytes| {
            hits.extend(hit(path, &Mount { source, is_read_only: true, is_long_lived }, bytes));
        });
    }
    hits
}

fn host_paths(node: &Node, depth: usize, found: &mut dyn FnMut(&str, Range<usize>)) {
    if depth > 40 {
        return;
    }
    for (key, value) in node.members().unwrap_or_default() {
        if key.text == "hostPath" {
            if let Some((key, source)) = value.entry("path") {
                found(source.text().unwrap_or_default(), key.bytes.start..source.bytes.end);
            }
        } else {
            host_paths(value, depth + 1, found);
        }
    }
    node.items().unwrap_or_default().iter().for_each(|item| host_paths(item, depth + 1, found));
}
