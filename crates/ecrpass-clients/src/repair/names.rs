//! Keys and values of `credHelpers` that were meant for ECR and miss it.

use super::registries::{Meaning, host_of, meaning};
use super::{HELPER, Proposal, Safety, View};
use crate::docker_config::HelperEntry;
use ecrpass_core::DiagnosisId;

pub(super) fn proposals(view: &View<'_>) -> Vec<Proposal> {
    let in_force = view.config.cred_helpers.iter().filter(|entry| !entry.overridden);
    in_force.filter_map(|entry| key(view, entry).or_else(|| value(view, entry))).collect()
}

/// A key that no client matches, because it is not the bare host.
fn key(view: &View<'_>, entry: &HelperEntry) -> Option<Proposal> {
    let host = match meaning(&entry.key) {
        Meaning::Registry(host) => host,
        Meaning::Pattern => {
            let problem =
                format!("`{}` is a pattern; clients compare credHelpers' keys letter by letter", entry.key);
            let fix = "name each registry: ecrpass setup <registry>…";
            let slug = DiagnosisId::MalformedRegistryHost;
            return Some(view.proposal(slug, entry.span.start, problem, fix, Safety::Manual, None));
        }
        Meaning::Malformed(why) => {
            let fix = "correct the host by hand";
            return Some(view.proposal(
                DiagnosisId::MalformedRegistryHost,
                entry.span.start,
                why,
                fix,
                Safety::Manual,
                None,
            ));
        }
        Meaning::Other => return None,
    };
    if entry.key == host {
        return None;
    }
    let problem = format!("`{}` is never matched: the key must be the bare host", entry.key);
    let taken = view.config.helper_for(&host).is_some();
    // nerdctl asks for this spelling first.
    if taken && entry.key == format!("{host}:443") {
        return None;
    }
    let (fix, edited) = if taken {
        (format!("remove it; {host} is there as well"), view.document.remove(&entry.pointer))
    } else {
        (format!("rename it to {host}"), view.document.rename(&entry.pointer, &host))
    };
    Some(view.proposal(DiagnosisId::StaleAuthEntry, entry.span.start, problem, fix, Safety::Safe, edited))
}

/// A helper that is not there, for an ECR registry.
fn value(view: &View<'_>, entry: &HelperEntry) -> Option<Proposal> {
    host_of(&entry.key)?;
    let named = entry.helper.as_str();
    if named == HELPER || (!named.is_empty() && !view.situation.known_missing(named) && !is_misspelt(named)) {
        return None;
    }
    if !view.situation.installed(HELPER) {
        return None;
    }
    let problem = if named.is_empty() {
        format!("credHelpers turns helpers off for {}", entry.key)
    } else if is_misspelt(named) {
        format!("`{named}` is no helper's name: `docker-credential-` is put in front of it")
    } else {
        format!("docker-credential-{named}, named for {}, is not on PATH", entry.key)
    };
    let edited = view.document.set(&entry.pointer, &ecrpass_json::quoted(HELPER));
    let fix = format!("name {HELPER} instead");
    Some(view.proposal(DiagnosisId::HelperNotOnPath, entry.span.start, problem, fix, Safety::Safe, edited))
}

/// Names people write for the helper of this name.
fn is_misspelt(name: &str) -> bool {
    let trimmed = name.trim().trim_end_matches(".exe");
    let bare = trimmed.strip_prefix("docker-credential-").unwrap_or(trimmed);
    name != HELPER && matches!(bare, "ecr-login" | "ecr" | "ecr_login" | "ecrlogin" | "amazon-ecr-login")
}
