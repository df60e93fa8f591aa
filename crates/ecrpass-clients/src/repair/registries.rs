//! ECR registries a configuration is made for without naming the helper for them.

use std::collections::HashSet;

use ecrpass_core::DiagnosisId;

use super::change::{HelperLogin, Safety, is_helper};
use super::meaning::{Configured, host_of};
use super::register::naming;
use super::view::{Proposal, View};
use crate::docker_config::ProblemKind;

/// Whether the helper is asked for every registry.
fn is_global(view: &View<'_>) -> bool {
    view.config.creds_store.as_ref().is_some_and(|store| is_helper(&store.helper))
}

/// ECR Public, which is used without a word of it in the file: only where the helper logs in, so that pulls without a
/// login go on where it cannot.
fn public(view: &View<'_>, host: &str) -> Option<Proposal> {
    let (helper, used_in) = (view.known.helper()?, view.known.public_used_in?);
    if view.known.login(host) != HelperLogin::Works {
        return None;
    }
    let problem =
        format!("{used_in} uses {host}, and no helper is set up for it: pulls without a login are limited");
    let edit = naming(view.document, host, helper);
    let fix = format!("set {helper} for it");
    let proposal = view.proposal(DiagnosisId::NotLoggedIn, 0, problem, fix, Safety::Safe, edit).optional();
    Some(Proposal { waits: true, ..proposal })
}

pub(super) fn propose(view: &View<'_>, proposals: &mut Vec<Proposal>) {
    let in_force = view.config.cred_helpers.iter().filter(|entry| !entry.overridden);
    let meant: HashSet<String> = in_force.filter_map(|entry| host_of(&entry.key)).collect();
    for Configured { host, place } in view.configured {
        if view.config.helper_for(host).is_some() {
            continue;
        }
        // A misspelt key is renamed first.
        if meant.contains(host) {
            continue;
        }
        if place.is_none() && !is_global(view) {
            proposals.extend(public(view, host));
            continue;
        }
        let problem = format!("no credential helper is set up for {host}: a login expires after 12 hours");
        let proposal = if let Some(helper) = view.known.helper() {
            let (mut safety, mut but) = view.logins.naming(host, view.known);
            if view.config.problems.iter().any(|problem| problem.kind == ProblemKind::NullAfterObject) {
                // An object in the place of `null` is joined with the one before it.
                (safety, but) =
                    (Safety::Unsafe, format!(" (the entries before `null` count again then){but}"));
            }
            let fix = format!("set {helper} for it{but}");
            let edit = naming(view.document, host, helper);
            let proposal = view.proposal(DiagnosisId::NotLoggedIn, 0, problem, fix, safety, edit);
            if safety == Safety::Unsafe { proposal.optional() } else { proposal }
        } else {
            let fix = format!("put the helper on PATH and name it for this registry: ecrpass setup {host}");
            let proposal = view.proposal(DiagnosisId::HelperNotOnPath, 0, problem, fix, Safety::Manual, None);
            // A stored login works for now.
            if view.logins.is_stored(host) { proposal.optional() } else { proposal }
        };
        proposals.push(Proposal { waits: true, ..proposal.at(*place) });
    }
    // Where it is there under another name, that one is put in.
    let missing = |name: &str| is_helper(name) && view.known.helper().is_none();
    let ours = view.config.cred_helpers.iter().find(|entry| missing(&entry.helper) && !entry.overridden);
    if let Some(entry) = ours {
        let problem = format!("docker-credential-{} is not on PATH", entry.helper);
        let fix = match host_of(&entry.key) {
            Some(host) => format!("put it there: ecrpass setup {host}"),
            None => "put it in a directory that is on PATH".to_owned(),
        };
        proposals.push(view.proposal(
            DiagnosisId::HelperNotOnPath,
            entry.span.start,
            problem,
            fix,
            Safety::Manual,
            None,
        ));
    }
}
