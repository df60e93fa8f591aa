//! The ECR registries a configuration is made for, and naming the helper for each of them.

use ecrpass_core::DiagnosisId;
use ecrpass_core::registry::{HostError, Registry};
use ecrpass_json::{Document, New, Pointer, Position, quoted};

use super::{HELPER, Proposal, Safety, Situation, View};
use crate::docker_config::DockerConfig;

/// What a key was meant for.
pub(super) enum Meaning {
    /// An ECR registry, by its bare host.
    Registry(String),
    /// Several ECR registries by a pattern.
    Pattern,
    /// An ECR registry that cannot be; why.
    Malformed(String),
    /// Something else.
    Other,
}

/// Understands a key of `auths` or `credHelpers` in any spelling.
pub(super) fn meaning(key: &str) -> Meaning {
    match Registry::parse(key) {
        Ok(registry) => Meaning::Registry(registry.host().to_owned()),
        Err(_) if key.contains('*') && key.contains(".ecr.") => Meaning::Pattern,
        Err(error @ HostError::Malformed { .. }) => Meaning::Malformed(error.to_string()),
        Err(HostError::NotEcr { .. }) => Meaning::Other,
    }
}

/// The bare host of an ECR registry.
pub(super) fn host_of(key: &str) -> Option<String> {
    match meaning(key) {
        Meaning::Registry(host) => Some(host),
        _ => None,
    }
}

/// An ECR registry that a file was made for.
pub(super) struct Configured {
    /// The bare host.
    pub(super) host: String,
    /// Where the file mentions it first.
    place: Option<Position>,
}

/// The ECR registries of a file and of the situation, in the file's order.
pub(super) fn configured(
    document: &Document,
    config: &DockerConfig,
    situation: &Situation<'_>,
) -> Vec<Configured> {
    let mut offsets: Vec<(usize, &str)> =
        config.auths.iter().map(|entry| (entry.span.start, entry.key.as_str())).collect();
    offsets.extend(config.cred_helpers.iter().map(|entry| (entry.span.start, entry.key.as_str())));
    offsets.sort_unstable();
    // Those known from elsewhere only count where the file hands everything to us.
    let global = config.creds_store.as_ref().is_some_and(|store| store.helper == HELPER);
    let others = if global { situation.registries } else { &[] };
    let in_file = offsets.into_iter().map(|(offset, key)| (Some(document.place(offset)), key));
    let mut found: Vec<Configured> = Vec::new();
    for (place, key) in in_file.chain(others.iter().map(|host| (None, host.as_str()))) {
        if let Some(host) = host_of(key)
            && !found.iter().any(|registry| registry.host == host)
        {
            found.push(Configured { host, place });
        }
    }
    found
}

/// Whether a helper is named for exactly that host.
pub(super) fn named_for(config: &DockerConfig, host: &str) -> bool {
    config.helper_for(host).is_some_and(|entry| !entry.helper.is_empty())
}

pub(super) fn proposals(view: &View<'_>) -> Vec<Proposal> {
    let mut proposals = Vec::new();
    for Configured { host, place } in view.configured {
        if view.config.helper_for(host).is_some() {
            continue;
        }
        // A misspelt key is renamed first.
        if view
            .config
            .cred_helpers
            .iter()
            .any(|entry| !entry.overridden && host_of(&entry.key).as_ref() == Some(host))
        {
            continue;
        }
        let problem = format!("no helper is named for {host}: a login there ends after 12 hours");
        let proposal = if view.situation.installed(HELPER) {
            let fix = format!("name {HELPER} for it");
            view.proposal(
                DiagnosisId::NotLoggedIn,
                0,
                problem,
                fix,
                Safety::Safe,
                name_helper(view.document, host),
            )
        } else {
            let fix = "put docker-credential-ecr-login on PATH, then run this again";
            view.proposal(DiagnosisId::HelperNotOnPath, 0, problem, fix, Safety::Manual, None)
        };
        proposals.push(proposal.at(*place));
    }
    let ours = view.config.cred_helpers.iter().find(|entry| entry.helper == HELPER && !entry.overridden);
    if let Some(entry) = ours
        && !view.situation.installed(HELPER)
    {
        let problem = "docker-credential-ecr-login is not on PATH";
        let fix = "put it on PATH, or in a directory that is";
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

/// With the helper named for a host, at the end of `credHelpers`.
fn name_helper(document: &Document, host: &str) -> Option<Document> {
    let members = document.root().members()?;
    let field = members.iter().rposition(|member| member.key.eq_ignore_ascii_case("credHelpers"));
    match field {
        None => document.insert(&[], "credHelpers", &New::Object(host, HELPER)),
        Some(index) => {
            let pointer: Pointer = vec![index];
            match members.get(index)?.value.members() {
                Some(_) => document.insert(&pointer, host, &New::Text(HELPER)),
                // `null` stands for an empty object; anything else is wrong, and the user's to correct.
                None if members.get(index)?.value.kind_name() == "null" => {
                    let value = format!("{{{}: {}}}", quoted(host), quoted(HELPER));
                    document.set(&pointer, &value)
                }
                None => None,
            }
        }
    }
}

/// The configuration with our helper named for each host; the same one where it was already. `None` when
/// `credHelpers` is something other than an object.
pub fn register(document: Document, hosts: &[String]) -> Option<Document> {
    let mut document = document;
    for host in hosts {
        let config = DockerConfig::read(&document, crate::docker_config::Format::Current);
        document = match config.helper_for(host) {
            Some(entry) if entry.helper == HELPER => continue,
            Some(entry) => document.set(&entry.pointer, &quoted(HELPER))?,
            None => name_helper(&document, host)?,
        };
    }
    Some(document)
}
