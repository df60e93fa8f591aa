//! Whether what a schedule runs renews a login for others: it logs in and leaves it at that, or makes a pull secret, in
//! its own lines or in the script that it calls.

use std::cell::RefCell;
use std::collections::HashMap;
use std::ops::Range;

use crate::commands::{Scripted, pull_secrets, scripts};
use crate::deed::{Deed, What};
use crate::deeds;
use crate::host::Host;
use crate::kind::FileKind;
use crate::passage::Passage;
use crate::rule::Examined;
use crate::scripts::Runs;
use crate::shell::{self, Command, Dialect, Script};
use crate::yaml::Node;

/// How many names of one file are looked for.
const MAX_NAMES: usize = 64;

/// How many scripts of one name are looked at.
const MAX_NAMED: usize = 16;

/// How deep lists of manifests are looked through.
const DEEPEST: usize = 3;

/// Whether a deed is a login to ECR.
pub fn is_login(deed: &Deed) -> bool {
    match &deed.what {
        What::Login { host, user, .. } => {
            host.alternatives().any(|host| matches!(Host::of_server(host), Host::Private { .. }))
                || user.exactly() == Some("AWS")
        }
        _ => false,
    }
}

/// The scripts that the schedules of a file call, and whether they renew something: each is looked for once.
pub struct Called<'a> {
    examined: &'a Examined<'a>,
    known: RefCell<HashMap<String, bool>>,
}

impl<'a> Called<'a> {
    /// Those of a file.
    pub fn of(examined: &'a Examined<'a>) -> Self {
        Self { examined, known: RefCell::default() }
    }

    /// The command of a schedule by which a login or a pull secret is renewed.
    pub fn renewal(&self, scripted: &Scripted<'_>) -> Option<Range<usize>> {
        let commands = || scripted.commands().map(|(_, command)| command);
        let made = commands().find(|command| pull_secrets::made(scripted, command).is_some());
        let called =
            || commands().find(|command| called_names(command).into_iter().any(|name| self.renews(name)));
        login_for_others(scripted).or_else(|| made.or_else(called).map(|command| command.bytes.clone()))
    }

    fn renews(&self, name: &str) -> bool {
        let known = self.known.borrow().get(name).copied();
        known.unwrap_or_else(|| {
            // What is beyond that is not known, which is not wrong.
            let is_renewal = self.known.borrow().len() < MAX_NAMES && is_renewal(self.examined, name);
            self.known.borrow_mut().insert(name.to_owned(), is_renewal);
            is_renewal
        })
    }
}

/// A login that the script makes and does not use itself: what pulls right after it needs no other one.
fn login_for_others(scripted: &Scripted<'_>) -> Option<Range<usize>> {
    let login = scripted.deeds.iter().find(|deed| is_login(deed))?;
    let behind = scripted.commands().filter(|(_, command)| command.bytes.start > login.bytes.start);
    let is_used = behind.into_iter().any(|(_, command)| may_use_login(command));
    (!is_used).then(|| login.bytes.clone())
}

/// Whether a command may pull or push: a client, or a script whose inside is not looked at.
fn may_use_login(command: &Command) -> bool {
    let is = |text: &str| command.words.iter().skip(1).any(|word| word.is(text));
    let uses =
        ["push", "pull", "run", "build", "buildx", "compose", "up", "stack", "service", "create", "copy"];
    match command.program() {
        "docker" | "podman" | "nerdctl" | "buildah" | "skopeo" | "crane" | "docker-compose" | "ctr"
        | "crictl" => uses.iter().any(|word| is(word)),
        "make" | "bash" | "sh" | "ansible-playbook" | "helm" => true,
        _ => {
            command.words.first().is_some_and(|word| word.raw.starts_with("./") || word.raw.ends_with(".sh"))
        }
    }
}

/// Whether a script renews a login for others.
pub fn renews(scripted: &Scripted<'_>) -> bool {
    login_for_others(scripted).is_some()
        || scripted.commands().any(|(_, command)| pull_secrets::made(scripted, command).is_some())
}

/// Whether a text is a script that does.
pub fn text_renews(passage: &Passage) -> bool {
    if !passage.text().contains("get-login-password") && !passage.text().contains("get-authorization-token") {
        return false;
    }
    script_renews(&shell::read(passage, Dialect::Posix, &|_| None, false))
}

fn script_renews(script: &Script) -> bool {
    let deeds = deeds::of_script(script);
    renews(&Scripted {
        script,
        deeds: &deeds,
        runs: Runs::Called,
        system: None,
        job: None,
        step: None,
        is_written: false,
    })
}

/// The names of the programs and scripts that a command names: without their directories and endings.
fn called_names(command: &Command) -> Vec<&str> {
    let named = command.words.iter().enumerate().filter(|(at, word)| {
        *at == 0 || word.raw.contains('/') && !word.raw.contains("://") || word.raw.ends_with(".sh")
    });
    named.map(|(_, word)| stem(&word.raw)).filter(|name| name.len() >= 4).collect()
}

fn stem(path: &str) -> &str {
    let name = path.rsplit('/').next().unwrap_or(path);
    name.split('.').next().unwrap_or(name)
}

/// Whether a script of that name is one that renews: a file of the tree, what another script or task of the file writes,
/// or what a ConfigMap holds.
fn is_renewal(examined: &Examined<'_>, name: &str) -> bool {
    let own = examined.models.scripts().iter().flat_map(|placed| placed.script.all());
    let mut written = own.flat_map(|script| &script.written);
    let is_written = written.any(|written| {
        stem(written.path.shown()) == name
            && match &written.script {
                Some(script) => script_renews(script),
                None => written.text.alternatives().any(|text| text_renews(&Passage::verbatim(text, 0))),
            }
    });
    let is_file = |other: &Examined<'_>| {
        other.file.kind == FileKind::Shell
            && stem(other.file.name()) == name
            && other.file.path != examined.file.path
    };
    is_written
        || examined.all().filter(is_file).take(MAX_NAMED).any(|other| scripts(&other).iter().any(renews))
        || is_in_config_map(examined, name)
}

fn is_in_config_map(examined: &Examined<'_>, name: &str) -> bool {
    if examined.file.kind != FileKind::Kubernetes {
        return false;
    }
    let holds = |other: &Examined<'_>| {
        other.file.kind == FileKind::Kubernetes
            && other.file.text.contains("ConfigMap")
            && other.file.text.contains(name)
    };
    examined.all().filter(holds).take(MAX_NAMED).any(|other| {
        other.models.yaml().unwrap_or_default().iter().any(|document| config_map_renews(document, name, 0))
    })
}

fn config_map_renews(node: &Node, name: &str, depth: usize) -> bool {
    if node.text_of("kind") == Some("List") && depth < DEEPEST {
        return node.items_of("items").iter().any(|item| config_map_renews(item, name, depth + 1));
    }
    node.text_of("kind") == Some("ConfigMap")
        && node
            .members_of("data")
            .iter()
            .any(|(key, content)| stem(&key.text) == name && content.passage().is_some_and(text_renews))
}
