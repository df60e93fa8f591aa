//! `credsStore`: a helper for all registries at once, which is one too many for ecr-login, and left behind when a
//! configuration is copied from another machine.

use ecrpass_core::DiagnosisId;
use ecrpass_json::{Edit, quoted};

use super::change::{Safety, is_helper};
use super::meaning::{host_of, named_for};
use super::view::{Proposal, View};
use crate::docker_config::Store;
use ecrpass_core::environment::OperatingSystem;

pub(super) fn propose(view: &View<'_>, proposals: &mut Vec<Proposal>) {
    let Some(store) = &view.config.creds_store else { return };
    if is_ours(&store.helper) {
        proposals.extend(global(view, store));
    } else if view.known.known_missing(&store.helper) {
        proposals.push(missing(view, store));
    }
}

fn is_ours(helper: &str) -> bool {
    is_helper(helper.strip_prefix("docker-credential-").unwrap_or(helper))
}

/// `credsStore: ecr-login`, which takes Docker Hub's logins away.
fn global(view: &View<'_>, store: &Store) -> Option<Proposal> {
    if view.known.delegate.is_some() || view.known.helper().is_none() {
        return None;
    }
    let id = DiagnosisId::HelperErrorOnNonEcrRegistry;
    let problem = format!(
        "{} is asked for every registry, also for Docker Hub, but has credentials for ECR registries only",
        store.helper
    );
    if view.configured.is_empty() {
        let fix = "list your registries with ecrpass setup <registry>…, then run this again";
        return Some(view.proposal(id, store.span.start, problem, fix, Safety::Manual, None));
    }
    // Only when every registry is named, which the other checks see to.
    if !view.configured.iter().all(|registry| named_for(view.config, &registry.host)) {
        return None;
    }
    let (fix, edit) = match successor(view) {
        Some(next) => (
            format!("use it for the ECR registries only, and {next} for all others"),
            Edit::Set(store.pointer.clone(), quoted(&next)),
        ),
        None => ("use it for the ECR registries only".to_owned(), Edit::Remove(store.pointer.clone())),
    };
    Some(view.proposal(id, store.span.start, problem, fix, Safety::Safe, Some(edit)))
}

/// The store for all others: the one from before, else the platform's; none while their passwords stand in the file,
/// where a store would hide them.
fn successor(view: &View<'_>) -> Option<String> {
    let stored = |entry: &&crate::docker_config::AuthsEntry| {
        !entry.credentials.is_empty() && host_of(&entry.key).is_none()
    };
    if view.config.auths_in_force().any(|entry| stored(&entry)) {
        return None;
    }
    let is_there = |name: &str| view.known.is_installed.is_some_and(|is_installed| is_installed(name));
    let platform: &[&str] = match view.known.platform {
        OperatingSystem::MacOs => &["osxkeychain"],
        OperatingSystem::Windows => &["wincred"],
        OperatingSystem::Linux => &["pass", "secretservice"],
    };
    let previous = view.known.previous_store.filter(|name| !is_ours(name));
    previous.into_iter().chain(platform.iter().copied()).find(|name| is_there(name)).map(str::to_owned)
}

/// A store that is not installed here.
fn missing(view: &View<'_>, store: &Store) -> Proposal {
    let origin = match store.helper.as_str() {
        "desktop" | "desktop.exe" => " (it comes with Docker Desktop)",
        "osxkeychain" => " (it belongs to macOS)",
        "wincred" | "wincred.exe" => " (it belongs to Windows)",
        _ => "",
    };
    let problem = format!(
        "docker-credential-{}, the store for all registries, is not on PATH{origin}; docker fails, or falls back on stored logins",
        store.helper
    );
    let edit = Edit::Remove(store.pointer.clone());
    // Where it is at home it may only be off the PATH of this session, and hold everybody's logins.
    let at_home = match view.known.platform {
        OperatingSystem::MacOs => matches!(store.helper.as_str(), "desktop" | "osxkeychain"),
        OperatingSystem::Windows => matches!(store.helper.as_str(), "desktop" | "wincred"),
        OperatingSystem::Linux => store.helper.ends_with(".exe"),
    };
    let (fix, safety) = if at_home {
        (
            "remove credsStore, but only if it is not installed at all (it may just be missing from this PATH)",
            Safety::Unsafe,
        )
    } else {
        ("remove credsStore", Safety::Safe)
    };
    view.proposal(DiagnosisId::StaleCredsstoreDesktop, store.span.start, problem, fix, safety, Some(edit))
}
