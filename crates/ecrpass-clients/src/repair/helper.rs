//! Registries whose helper was asked and cannot log in: the configuration is right, and a pull fails all the same.

use std::collections::HashSet;

use ecrpass_core::DiagnosisId;

use super::change::{HelperLogin, Safety, is_helper};
use super::view::{Proposal, View};

/// One for each reason, at the first registry that has it.
pub(super) fn propose(view: &View<'_>, proposals: &mut Vec<Proposal>) {
    if view.known.login.is_none() || view.known.helper().is_none() {
        return;
    }
    let mut told = HashSet::new();
    for registry in view.configured {
        let Some(entry) = view.config.helper_for(&registry.host).filter(|entry| is_helper(&entry.helper))
        else {
            continue;
        };
        let HelperLogin::Fails(failure) = view.known.login(&registry.host) else { continue };
        if !told.insert(failure.why.clone()) {
            continue;
        }
        let id = failure.id.unwrap_or(DiagnosisId::NotLoggedIn);
        let problem = format!("the helper cannot log in to {}: {}", registry.host, failure.why);
        let proposal = view.proposal(id, entry.span.start, problem, failure.next, Safety::Manual, None);
        proposals.push(proposal.at(registry.place));
    }
}
