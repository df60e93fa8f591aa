//! Keys and values of `credHelpers` that were meant for ECR and miss it.

use std::collections::HashSet;

use ecrpass_core::DiagnosisId;
use ecrpass_json::{Edit, quoted};

use super::change::{Safety, is_helper};
use super::meaning::{Meaning, host_of, meaning};
use super::view::{Proposal, View};
use crate::docker_config::HelperEntry;

pub(super) fn propose(view: &View<'_>, proposals: &mut Vec<Proposal>) {
    // From the end, as if every edit were made before the entry in front of it is looked at: of several spellings of a
    // registry the last is renamed, and the others go.
    let mut renamed: HashSet<String> = HashSet::new();
    // The keys that stay; an entry in front with the same key is not in force.
    let mut kept: HashSet<&str> = HashSet::new();
    let before = proposals.len();
    for entry in view.config.cred_helpers.iter().rev() {
        if kept.contains(entry.key.as_str()) {
            continue;
        }
        let proposal = key(view, entry, &mut renamed);
        if proposal.as_ref().is_none_or(|proposal| proposal.edit.is_none()) {
            kept.insert(&entry.key);
        }
        proposals.extend(proposal.or_else(|| value(view, entry)));
    }
    proposals.get_mut(before..).unwrap_or_default().reverse();
}

/// A key that no client matches, because it is not the bare host. `renamed` are the hosts that got an entry this way.
fn key(view: &View<'_>, entry: &HelperEntry, renamed: &mut HashSet<String>) -> Option<Proposal> {
    let by_hand = |problem: String, fix: &str| {
        let id = DiagnosisId::MalformedRegistryHost;
        Some(view.proposal(id, entry.span.start, problem, fix, Safety::Manual, None))
    };
    let host = match meaning(&entry.key) {
        Meaning::Registry(host) => host,
        Meaning::Pattern => {
            let problem =
                format!("`{}` is a pattern; clients compare credHelpers' keys letter by letter", entry.key);
            return by_hand(problem, "list each registry: ecrpass setup <registry>…");
        }
        Meaning::Malformed(why) => return by_hand(why, "correct the host by hand"),
        Meaning::Other => return None,
    };
    if entry.key == host {
        return None;
    }
    let problem = format!("`{}` never matches: the key must be the bare host", entry.key);
    let taken = renamed.contains(&host) || view.config.helper_for(&host).is_some();
    // nerdctl asks for this spelling first.
    if taken && entry.key == format!("{host}:443") {
        return None;
    }
    let pointer = entry.pointer.clone();
    let host_named = host.clone();
    let (fix, edit) = if taken {
        (format!("remove it; {host} is listed as well"), Edit::Remove(pointer))
    } else {
        renamed.insert(host.clone());
        (format!("rename it to {host}"), Edit::Rename(pointer, host))
    };
    let id = DiagnosisId::StaleAuthEntry;
    // Once it matches, the helper is asked.
    let (safety, but) = match edit {
        Edit::Rename(..) if !entry.helper.is_empty() => view.logins.naming(&host_named, view.known),
        _ => (Safety::Safe, String::new()),
    };
    Some(view.proposal(id, entry.span.start, problem, format!("{fix}{but}"), safety, Some(edit)))
}

/// A helper that is not there, for an ECR registry.
fn value(view: &View<'_>, entry: &HelperEntry) -> Option<Proposal> {
    let host = host_of(&entry.key)?;
    let named = entry.helper.as_str();
    if named.is_empty() {
        return switched_off(view, entry, &host);
    }
    if !view.known.known_missing(named) && !is_misspelt(named) {
        return None;
    }
    let helper = view.known.helper()?;
    let problem = if is_misspelt(named) {
        format!("`{named}` is not the name of a helper: clients put `docker-credential-` in front of it")
    } else {
        format!("docker-credential-{named}, which is set for {}, is not on PATH", entry.key)
    };
    let edit = Some(Edit::Set(entry.pointer.clone(), quoted(helper)));
    let (safety, but) = view.logins.naming(&host, view.known);
    let fix = format!("set {helper} instead{but}");
    Some(view.proposal(DiagnosisId::HelperNotOnPath, entry.span.start, problem, fix, safety, edit))
}

/// `""` says on purpose that the file's own login is used. That is respected; but then there must be one.
fn switched_off(view: &View<'_>, entry: &HelperEntry, host: &str) -> Option<Proposal> {
    if view.logins.is_stored(host) {
        return None;
    }
    let helper = view.known.helper()?;
    let problem =
        format!("credHelpers says that {} has no helper, and no login that works is stored", entry.key);
    let fix = format!("log in again, or set {helper} instead");
    let edit = Some(Edit::Set(entry.pointer.clone(), quoted(helper)));
    Some(view.proposal(DiagnosisId::NotLoggedIn, entry.span.start, problem, fix, Safety::Unsafe, edit))
}

/// Names people write for the helper of this name.
fn is_misspelt(name: &str) -> bool {
    let trimmed = name.trim().trim_end_matches(".exe");
    let bare = trimmed.strip_prefix("docker-credential-").unwrap_or(trimmed);
    !is_helper(name)
        && matches!(bare, "ecrpass" | "ecr-login" | "ecr" | "ecr_login" | "ecrlogin" | "amazon-ecr-login")
}
