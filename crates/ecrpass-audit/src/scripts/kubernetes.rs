//! What containers of Kubernetes run: their `command` and `args`, and the scripts that a ConfigMap holds for them.

use std::collections::HashMap;

use crate::known::Known;
use crate::passage::Passage;
use crate::schedule::cron_gap;
use crate::scripts::boot;
use crate::scripts::placed::{Placed, Runs};
use crate::shell::{self, Dialect};
use crate::yaml::Node;

/// How deep a manifest is looked through.
const DEEPEST: usize = 32;

/// Lists of containers in a pod.
const CONTAINERS: [&str; 3] = ["initContainers", "containers", "ephemeralContainers"];

/// Shells that run the text behind `-c`.
const SHELLS: [&str; 6] = ["sh", "bash", "ash", "dash", "zsh", "ksh"];

/// The scripts of manifests.
pub(super) fn read(documents: &[Node]) -> Vec<Placed> {
    let mut all = Vec::new();
    documents.iter().for_each(|document| collect(document, &Runs::Called, &mut all, 0));
    all
}

fn collect(node: &Node, runs: &Runs, all: &mut Vec<Placed>, depth: usize) {
    if depth > DEEPEST {
        return;
    }
    let own = node.text_of("kind").and_then(|kind| runs_of(kind, node));
    let runs = own.as_ref().unwrap_or(runs);
    if node.text_of("kind") == Some("ConfigMap") {
        for (key, content) in node.members_of("data") {
            let is_script = content.text().is_some_and(is_shell) || key.text.ends_with(".sh");
            let content = content.passage().filter(|_| is_script);
            // Whoever mounts it runs it, a CronJob of another file perhaps.
            let runs = Runs::Again(None, key.bytes.clone());
            let written = content.into_iter().flat_map(|content| boot::of_written(&key.text, content));
            all.extend(written.map(|placed| Placed { runs: runs.clone(), ..placed }));
        }
        return;
    }
    for (key, value) in node.members().unwrap_or_default() {
        if CONTAINERS.contains(&key.text.as_str()) {
            let containers = value.items().unwrap_or_default().iter();
            all.extend(containers.filter_map(script).map(|script| Placed { script, runs: runs.clone() }));
        } else {
            collect(value, runs, all, depth + 1);
        }
    }
    node.items().unwrap_or_default().iter().for_each(|item| collect(item, runs, all, depth + 1));
}

/// When what a resource describes runs: a CronJob's at its times, a controller's whenever it starts it again.
fn runs_of(kind: &str, node: &Node) -> Option<Runs> {
    let gap = match kind {
        "CronJob" => {
            let schedule = node.at(&["spec", "schedule"])?;
            return Some(Runs::Again(cron_gap(schedule.text()?), schedule.bytes.clone()));
        }
        "Job" | "Deployment" | "DaemonSet" | "StatefulSet" | "ReplicaSet" => None,
        _ => return None,
    };
    Some(Runs::Again(gap, node.get("kind")?.bytes.clone()))
}

/// Whether a text is a script of a shell by its first line.
fn is_shell(text: &str) -> bool {
    let first = text.trim_start().lines().next().unwrap_or_default();
    first.starts_with("#!") && first.contains("sh")
}

/// What a container runs; nothing where that is its image's.
fn script(container: &Node) -> Option<shell::Script> {
    let words = |name| container.get(name).map(Node::each).unwrap_or_default();
    let words: Vec<&Passage> =
        words("command").iter().chain(words("args")).filter_map(Node::passage).collect();
    let first = words.first()?;
    let program = first.text().rsplit('/').next().unwrap_or_default();
    let is_option = |word: &Passage| word.text().starts_with('-') && !word.text().starts_with("--");
    let is_command = |word: &Passage| is_option(word) && word.text().ends_with('c');
    let at = SHELLS.contains(&program).then(|| words.iter().position(|word| is_command(word))).flatten();
    let (passage, traced) = match at.and_then(|at| Some((at, words.get(at + 1)?))) {
        Some((at, text)) => {
            let mut options = words.iter().take(at + 1).filter(|word| is_option(word));
            ((*text).clone(), options.any(|option| option.text().contains('x')))
        }
        None if container.get("command").is_some() => (boot::line(words), false),
        // The image's own program is not known.
        None => return None,
    };
    let set: HashMap<&str, Known> = container
        .items_of("env")
        .iter()
        .filter_map(|variable| {
            let value = variable.text_of("value").map(|value| Known::one_of([value.to_owned()]));
            Some((variable.text_of("name")?, value.unwrap_or(Known::Unknown)))
        })
        .collect();
    Some(shell::read(&passage, Dialect::Posix, &|name| set.get(name).cloned(), traced))
}
