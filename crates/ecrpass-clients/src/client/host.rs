//! The host that docker's clients see in a key of `auths`.

/// What is left of a key when scheme and path are cut off. Source: docker/cli
/// `cli/config/credentials/file_store.go#ConvertToHostname`.
pub(super) fn hostname(key: &str) -> &str {
    let rest = key.split_once("://").map_or(key, |(_, rest)| rest);
    rest.split('/').next().unwrap_or(rest)
}
