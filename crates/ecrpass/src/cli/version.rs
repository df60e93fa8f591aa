//! `ecrpass --version --verbose`: what exactly this program is, for reports, and for programs that read what it writes.

use std::env::consts::{ARCH, OS};
use std::ffi::OsString;

use docker_credential_ecr_login::CACHE_FORMAT;

/// The commit it was built from, which the release's builder says.
const COMMIT: Option<&str> = option_env!("ECRPASS_COMMIT");

/// The names that it acts by besides its own.
const NAMES: [&str; 5] = [
    "docker-credential-ecrpass",
    "docker-credential-ecr-login",
    "ecr-credential-provider",
    "docker-ecrpass",
    "kubectl-ecrpass",
];

/// Every format of JSON that it writes, with its version; `docs/schema` describes them.
const SCHEMAS: [&str; 31] = [
    "ecrpass/alarms-check/1",
    "ecrpass/baseline/1",
    "ecrpass/bundle/1",
    "ecrpass/canary/1",
    "ecrpass/conversion/1",
    "ecrpass/denials/1",
    "ecrpass/event-rules/1",
    "ecrpass/findings/1",
    "ecrpass/fleet/1",
    "ecrpass/lifecycle-preview/1",
    "ecrpass/metric-filters/1",
    "ecrpass/pipeline/1",
    "ecrpass/pod/1",
    "ecrpass/policies/1",
    "ecrpass/policy-words/1",
    "ecrpass/repositories/1",
    "ecrpass/repository-find/1",
    "ecrpass/repository-plan/1",
    "ecrpass/repository/1",
    "ecrpass/resolution/1",
    "ecrpass/resolutions/1",
    "ecrpass/runbook/1",
    "ecrpass/self/1",
    "ecrpass/setup/1",
    "ecrpass/status/1",
    "ecrpass/token/1",
    "ecrpass/trail/1",
    "ecrpass/uninstall/1",
    "ecrpass/verdict/1",
    "ecrpass/whoami/1",
    "ecrpass/written-policies/1",
];

/// Whether the whole command line asks for it.
pub fn is_asked(arguments: &[OsString]) -> bool {
    let is = |argument: &OsString, names: &[&str]| names.iter().any(|name| argument == name);
    let mut given = arguments.iter().skip(1);
    let version = |argument: &OsString| is(argument, &["--version", "-V"]);
    given.clone().any(version)
        && given.clone().any(|argument| is(argument, &["--verbose"]))
        && given.all(|argument| version(argument) || is(argument, &["--verbose"]))
}

/// What is said then.
pub fn lines() -> Vec<String> {
    let mut lines = vec![
        format!("ecrpass {}", env!("CARGO_PKG_VERSION")),
        format!("commit: {}", COMMIT.unwrap_or("not known")),
        format!("target: {}", target()),
        format!("checked arithmetic and test hooks: {}", if cfg!(debug_assertions) { "yes" } else { "no" }),
        format!("kernel keyring: {}", if cfg!(target_os = "linux") { "yes" } else { "no" }),
        format!("also acts by the names: {}", NAMES.join(", ")),
        format!("token cache: format {CACHE_FORMAT}"),
        "JSON formats:".to_owned(),
    ];
    lines.extend(SCHEMAS.map(|schema| format!("  {schema}")));
    lines
}

/// The target, as Rust calls it.
fn target() -> String {
    let environment = match () {
        () if cfg!(target_env = "musl") => "-musl",
        () if cfg!(target_env = "gnu") => "-gnu",
        () if cfg!(target_env = "msvc") => "-msvc",
        () => "",
    };
    match OS {
        "macos" => format!("{ARCH}-apple-darwin"),
        "windows" => format!("{ARCH}-pc-windows{environment}"),
        os => format!("{ARCH}-unknown-{os}{environment}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_whole_line_asks_for_it() {
        let asks = |words: &str| is_asked(&words.split(' ').map(OsString::from).collect::<Vec<_>>());
        assert!(asks("ecrpass --version --verbose") && asks("ecrpass --verbose -V"));
        for other in ["ecrpass --version", "ecrpass --verbose", "ecrpass"] {
            assert!(!asks(other), "{other}");
        }
        assert!(!asks(&["ecrpass", "doctor", "--version", "--verbose"].join(" ")), "of a command");
    }
}
