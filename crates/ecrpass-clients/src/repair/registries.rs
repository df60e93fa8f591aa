//! ECR registries a configuration is made for without naming the helper for them.

use std::collections::HashSet;

use ecrpass_core::DiagnosisId;

use super::change::{HELPER, Safety};
use super::meaning::{Configured, host_of};
use super::register::naming;
use super::view::{Proposal, View};

pub(super) fn proposals(view: &View<'_>) -> Vec<Proposal> {
    let mut proposals = Vec::new();
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
        let problem = format!("no credential helper is set up for {host}: a login expires after 12 hours");
        let proposal = if view.situation.installed(HELPER) {
            let (safety, but) = view.logins.naming(host, view.situation);
            let fix = format!("set {HELPER} for it{but}");
            let edit = naming(view.document, host);
            let proposal = view.proposal(DiagnosisId::NotLoggedIn, 0, problem, fix, safety, edit);
            if safety == Safety::Unsafe { proposal.optional() } else { proposal }
        } else {
            let fix = "put docker-credential-ecr-login on PATH, then run this again";
            let proposal = view.proposal(DiagnosisId::HelperNotOnPath, 0, problem, fix, Safety::Manual, None);
            // A stored login works for now.
            if view.logins.is_stored(host) { proposal.optional() } else { proposal }
        };
        proposals.push(Proposal { waits: true, ..proposal.at(*place) });
    }
    let ours = view.config.cred_helpers.iter().find(|entry| entry.helper == HELPER && !entry.overridden);
    if let Some(entry) = ours
        && !view.situation.installed(HELPER)
    {
        let problem = "docker-credential-ecr-login is not on PATH";
        let fix = "put it in a directory that is on PATH";
        proposals.push(view.proposal(
            DiagnosisId::HelperNotOnPath,
            entry.span.start,
            problem,
            fix,
            Safety::Manual,
            None,
        ));
    }
    proposals
}
