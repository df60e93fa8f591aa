//! What the keys of a configuration were meant for: the ECR registries it is made for.

use std::collections::HashSet;

use ecrpass_core::registry::{HostError, PUBLIC_HOST, Registry};
use ecrpass_json::Position;

use super::change::{KnownMachine, is_helper};
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
    pub(super) place: Option<Position>,
}

/// Adds the ECR registries of a file and of the known machine that are not there yet, in the file's order; `place` knows
/// where a byte was in the file as it was.
pub(super) fn add_configured(
    all: &mut Vec<Configured>,
    config: &DockerConfig,
    known: &KnownMachine<'_>,
    place: &dyn Fn(usize) -> Position,
) {
    let mut offsets: Vec<(usize, &str)> =
        config.auths.iter().map(|entry| (entry.span.start, entry.key.as_str())).collect();
    offsets.extend(config.cred_helpers.iter().map(|entry| (entry.span.start, entry.key.as_str())));
    offsets.sort_unstable();
    // Those known from elsewhere only count where the file hands everything to us.
    let global = config.creds_store.as_ref().is_some_and(|store| is_helper(&store.helper));
    let others = if global { known.registries } else { &[] };
    let in_file = offsets.into_iter().map(|(offset, key)| (Some(offset), key));
    let keys = in_file.chain(others.iter().map(|host| (None, host.as_str())));
    let mut seen: HashSet<String> = all.iter().map(|registry| registry.host.clone()).collect();
    all.extend(keys.filter_map(|(offset, key)| {
        let host = host_of(key)?;
        seen.insert(host.clone()).then(|| Configured { host, place: offset.map(place) })
    }));
    // Where it was asked for all, it was asked for this one as well; and where it is asked at all, for one that is used.
    let is_named = || config.cred_helpers.iter().any(|entry| is_helper(&entry.helper));
    let is_public_meant = global && !all.is_empty() || known.public_used_in.is_some() && is_named();
    if is_public_meant && seen.insert(PUBLIC_HOST.to_owned()) {
        all.push(Configured { host: PUBLIC_HOST.to_owned(), place: None });
    }
}

/// Whether a helper is named for exactly that host, or none on purpose.
pub(super) fn named_for(config: &DockerConfig, host: &str) -> bool {
    config.helper_for(host).is_some()
}
