//! Stored logins to ECR registries: they last twelve hours and then only do harm.

use ecrpass_core::DiagnosisId;
use ecrpass_core::time::duration;
use ecrpass_core::token::USERNAME;
use ecrpass_json::Edit;

use super::change::{HELPER, Safety};
use super::meaning::host_of;
use super::view::{Proposal, View};
use crate::docker_config::AuthsEntry;

pub(super) fn proposals(view: &View<'_>) -> Vec<Proposal> {
    view.config.auths.iter().filter_map(|entry| login(view, entry)).collect()
}

fn login(view: &View<'_>, entry: &AuthsEntry) -> Option<Proposal> {
    let host = host_of(&entry.key)?;
    let is_public =
        host == ecrpass_core::registry::PUBLIC_HOST || host == ecrpass_core::registry::PUBLIC_DUAL_STACK_HOST;
    let credentials = &entry.credentials;
    if credentials.is_empty() && !entry.is_null {
        // The marker `docker login` leaves beside a store.
        return None;
    }
    let name = &entry.key;
    let (id, problem, safety) = match (credentials.decoded(), credentials.expires_at()) {
        (Err(error), _) => (
            DiagnosisId::StaleAuthEntry,
            format!("the stored login for {name} {error}, and no client can use it"),
            Safety::Safe,
        ),
        (Ok(_), Some(at)) if at <= view.situation.now => {
            let id = if is_public { DiagnosisId::PublicEcrStaleToken } else { DiagnosisId::TokenExpired };
            let ago = duration(view.situation.now - at);
            (id, format!("the stored login for {name} expired {ago} ago"), Safety::Safe)
        }
        (Ok(_), Some(at)) => {
            if !view.situation.installed(HELPER) {
                // It works for now, and nothing else does.
                return None;
            }
            let left = duration(at - view.situation.now);
            let problem = format!(
                "a stored login for {name} ({left} left) is used by some clients instead of the helper"
            );
            (DiagnosisId::StaleAuthEntry, problem, Safety::Unsafe)
        }
        (Ok(None), None) if credentials.identity_token.is_none() && credentials.registry_token.is_none() => {
            (DiagnosisId::StaleAuthEntry, format!("the stored login for {name} is empty"), Safety::Safe)
        }
        (Ok(None), None) => (
            DiagnosisId::StaleAuthEntry,
            format!("the login for {name} has a token that ECR does not accept"),
            Safety::Unsafe,
        ),
        (Ok(Some((user, _))), None) if user != USERNAME => {
            let problem = format!(
                "the login for {name} has a user name other than {USERNAME}, the only one that ECR accepts"
            );
            (DiagnosisId::WrongLoginUsernameOrPassword, problem, Safety::Unsafe)
        }
        (Ok(Some(_)), None) => {
            let problem =
                format!("a stored login for {name} does not say when it expires; ECR logins last 12 hours");
            (DiagnosisId::StaleAuthEntry, problem, Safety::Unsafe)
        }
    };
    let edit = Some(Edit::Remove(entry.pointer.clone()));
    Some(view.proposal(id, entry.span.start, problem, "remove the stored login", safety, edit))
}
