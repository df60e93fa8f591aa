//! Pull secrets of Kubernetes that commands make of an ECR password.

use crate::commands::renewal::{self, LIFE};
use crate::commands::{Scripted, scripts};
use crate::deed::What;
use crate::deeds::arguments::option;
use crate::deeds::{login::command_of, password};
use crate::host::Host;
use crate::kind::FileKind;
use crate::pipeline::Job;
use crate::rule::Examined;
use crate::scripts::Runs;
use crate::shell::Command;
use crate::system::System;

/// Where a pull secret is made of a password that nothing renews.
pub fn once_made(
    examined: &Examined<'_>,
) -> Vec<(std::ops::Range<usize>, Option<ecrpass_core::registry::Registry>)> {
    let mut all = Vec::new();
    for scripted in scripts(examined) {
        if scripted.is_typed() || is_renewed(examined, &scripted) {
            continue;
        }
        for (_, command) in scripted.commands() {
            let is_looping = command.in_loop
                && scripted.script.commands.iter().any(|other| other.in_loop && other.program() == "sleep");
            if !is_looping && let Some(registry) = made(&scripted, command) {
                all.push((command.bytes.clone(), registry));
            }
        }
    }
    all
}

/// Whether a command makes a pull secret for ECR, and for which registry.
pub fn made(scripted: &Scripted<'_>, command: &Command) -> Option<Option<ecrpass_core::registry::Registry>> {
    let words = &command.words;
    if command.program() == "helm" {
        let is_password = |word: &&crate::shell::Word| {
            word.raw.split_once('=').is_some_and(|(name, _)| name.to_ascii_lowercase().contains("password"))
                && password::in_word(word).is_some()
        };
        return words.iter().any(|word| is_password(&word)).then_some(None);
    }
    let (_, at) = command_of(command, &["kubectl", "oc", "k3s", "microk8s"])?;
    let has = |text: &str| words.iter().skip(at).any(|word| word.is(text));
    if !has("create") || !has("secret") && !has("secrets") {
        return None;
    }
    if has("docker-registry") {
        let server = option(words, &["--docker-server"]);
        let hosts: Vec<Host> = server
            .map(|server| server.value.alternatives().map(Host::of_server).collect())
            .unwrap_or_default();
        let given = option(words, &["--docker-password"])?;
        let is_fetched = password::in_value(&given.value).is_some();
        let is_ecr =
            hosts.iter().any(Host::is_private) && !matches!(given.value, crate::known::Known::Exactly(_));
        let is_other = !hosts.is_empty() && hosts.iter().all(|host| matches!(host, Host::Other(_)));
        return ((is_fetched || is_ecr) && !is_other).then(|| hosts.first().and_then(Host::registry));
    }
    // `--from-file=.dockerconfigjson=$HOME/.docker/config.json` behind a login.
    let from_login =
        words.iter().any(|word| word.raw.contains(".dockerconfigjson=") && word.raw.contains("config.json"));
    let is_login = |what: &What| matches!(what, What::Login { host, .. } if host.alternatives().any(|host| Host::of_server(host).is_private()));
    (from_login && scripted.deeds_before(command.bytes.start).iter().any(|deed| is_login(&deed.what)))
        .then_some(None)
}

/// Whether something runs the script again in time.
fn is_renewed(examined: &Examined<'_>, scripted: &Scripted<'_>) -> bool {
    if let Runs::Again(..) = scripted.runs {
        // Too seldom is another rule's.
        return true;
    }
    if scripted.job.is_some() {
        return scripted.job.is_some_and(is_part_of_schedule)
            || is_cron_workflow(examined)
            || examined.file.text.contains("cron:")
                && renewal::schedule(&examined.file.text).is_some_and(|gap| gap < LIFE);
    }
    renewal::of_file(examined).is_some_and(|gap| gap.is_none_or(|gap| gap < LIFE))
}

/// Whether Argo runs it at its times, from this file or by another one that names its template. Too seldom is another
/// rule's here, too.
fn is_cron_workflow(examined: &Examined<'_>) -> bool {
    const KIND: &str = "kind: CronWorkflow";
    if examined.file.kind != FileKind::Pipeline(System::Argo) {
        return false;
    }
    let names = || {
        let documents = examined.models.yaml().unwrap_or_default();
        documents.iter().filter_map(|document| document.at(&["metadata", "name"])?.text())
    };
    let is_named = |text: &str| text.contains(KIND) && names().any(|name| text.contains(name));
    examined.file.text.contains(KIND)
        || examined
            .tree
            .files()
            .iter()
            .any(|other| other.kind == FileKind::Pipeline(System::Argo) && is_named(&other.text))
}

/// A part of a pipeline is renewed by whatever uses it.
fn is_part_of_schedule(job: &Job) -> bool {
    job.name.to_ascii_lowercase().contains("cron")
}
