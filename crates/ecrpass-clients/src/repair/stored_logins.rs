//! Stored logins to ECR registries: they last twelve hours and then only do harm.

use std::collections::HashSet;

use ecrpass_core::DiagnosisId;
use ecrpass_core::time::{EpochSeconds, duration};
use ecrpass_core::token::USERNAME;
use ecrpass_json::{Document, Edit};

use super::change::Safety;
use super::meaning::{Meaning, host_of, meaning};
use super::view::{Proposal, View};
use super::working::{may_work, wrong_user};
use crate::docker_config::{AuthsEntry, DockerConfig, Format};

pub(super) fn propose(view: &View<'_>, proposals: &mut Vec<Proposal>) {
    proposals.extend(view.config.auths.iter().filter_map(|entry| login(view, entry)));
}

/// The configuration without logins to these registries that work no more: some clients send them in place of asking
/// the helper. `None` where it has none.
pub fn without_dead_logins(
    document: &Document,
    format: Format,
    hosts: &[String],
    now: EpochSeconds,
) -> Option<Document> {
    let config = DockerConfig::read(document, format);
    let is_dead = |entry: &&AuthsEntry| {
        let credentials = &entry.credentials;
        let is_over = |at| at <= now || credentials.other_user().is_some();
        !credentials.is_empty()
            && (credentials.expires_at().is_some_and(is_over) || credentials.login().is_err())
    };
    let hosts: HashSet<&str> = hosts.iter().map(String::as_str).collect();
    let is_meant =
        |entry: &&AuthsEntry| host_of(&entry.key).is_some_and(|host| hosts.contains(host.as_str()));
    let dead = config.auths.iter().filter(is_dead).filter(is_meant);
    let edits: Vec<Edit> = dead.filter_map(|entry| entry.login_pointer().map(Edit::Remove)).collect();
    if edits.is_empty() { None } else { Some(document.edited(&edits)?.0) }
}

fn login(view: &View<'_>, entry: &AuthsEntry) -> Option<Proposal> {
    // An entry that has none has other settings.
    let login = entry.login_pointer()?;
    let host = match meaning(&entry.key) {
        Meaning::Registry(host) => host,
        Meaning::Malformed(why) => {
            let id = DiagnosisId::MalformedRegistryHost;
            let fix = "log in to the right host, and remove this entry by hand";
            return Some(view.proposal(id, entry.span.start, why, fix, Safety::Manual, None));
        }
        Meaning::Pattern | Meaning::Other => return None,
    };
    let is_public =
        host == ecrpass_core::registry::PUBLIC_HOST || host == ecrpass_core::registry::PUBLIC_DUAL_STACK_HOST;
    let credentials = &entry.credentials;
    if credentials.is_empty() && !entry.is_null {
        // The marker `docker login` leaves beside a store.
        return None;
    }
    // The user wants the stored login, and it may work.
    let is_off = view.config.helper_for(&host).is_some_and(|entry| entry.helper.is_empty());
    if is_off && may_work(credentials, view.known).is_some() {
        return None;
    }
    let name = &entry.key;
    let (id, problem, safety) = match (credentials.login(), credentials.expires_at()) {
        (Err(error), _) => (
            DiagnosisId::StaleAuthEntry,
            format!("the stored login for {name} {error}, and no client can use it"),
            Safety::Safe,
        ),
        (Ok(Some(login)), _) if login.user == USERNAME && login.is_altered => (
            DiagnosisId::LoginPasswordCorrupted,
            format!("the password stored for {name} has a line break or a space in it, and ECR refuses it"),
            Safety::Safe,
        ),
        (Ok(_), Some(at)) if at <= view.known.now => {
            let id = if is_public { DiagnosisId::PublicEcrStaleToken } else { DiagnosisId::TokenExpired };
            let ago = duration(view.known.now - at);
            (id, format!("the stored login for {name} expired {ago} ago"), Safety::Safe)
        }
        // A token under another name than its own is no login, however long it is good. What is no token may be another's.
        (Ok(Some(login)), is_token) if login.user != USERNAME => {
            let problem = wrong_user(name);
            let safety = if is_token.is_some() { Safety::Safe } else { Safety::Unsafe };
            (DiagnosisId::WrongLoginUsernameOrPassword, problem, safety)
        }
        (Ok(_), Some(at)) => {
            // Without a helper it works for now, and nothing else does.
            view.known.helper()?;
            let left = duration(at - view.known.now);
            let problem = format!(
                "a stored login for {name} ({left} left) is used by some clients instead of the helper"
            );
            (DiagnosisId::StaleAuthEntry, problem, Safety::Unsafe)
        }
        (Ok(None), None)
            if credentials.identity_token().is_none() && credentials.registry_token().is_none() =>
        {
            (DiagnosisId::StaleAuthEntry, format!("the stored login for {name} is empty"), Safety::Safe)
        }
        (Ok(None), None) => (
            DiagnosisId::StaleAuthEntry,
            format!("the login for {name} has a token that ECR does not accept"),
            Safety::Unsafe,
        ),
        (Ok(Some(_)), None) => {
            let problem =
                format!("a stored login for {name} does not say when it expires; ECR logins last 12 hours");
            (DiagnosisId::StaleAuthEntry, problem, Safety::Unsafe)
        }
    };
    let edit = Some(Edit::Remove(login));
    let proposal = view.proposal(id, entry.span.start, problem, "remove the stored login", safety, edit);
    let works = credentials.expires_at().is_some() && may_work(credentials, view.known).is_some();
    Some(if works { proposal.optional() } else { proposal })
}
