//! What the helper and the web page may link: the helper runs at every pull with secrets in hand, the page is small and
//! reaches nothing. `cargo tree` says what they link.

use std::collections::BTreeSet;

use anyhow::{Result, bail};

use crate::command::{command, output, run, say};

/// What one of our crates may link.
struct Rule {
    of: &'static str,
    /// Of our own crates, these only.
    ours: &'static [&'static str],
    /// Of AWS's services, these only.
    services: &'static [&'static str],
    /// Crates that must not be there; `aws-*` stands for all that begin so.
    forbidden: &'static [&'static str],
}

const HELPER: Rule = Rule {
    of: "docker-credential-ecr-login",
    ours: &[
        "ecrpass-core",
        "ecrpass-json",
        "ecrpass-iam",
        "ecrpass-credentials",
        "ecrpass-helper",
        "ecrpass-system",
        "ecrpass-aws",
    ],
    // `signin` renews sessions of `aws login`, `sso` and `ssooidc` get and refresh IAM Identity Center's tokens, `sts` assumes roles.
    services: &[
        "aws-sdk-ecr",
        "aws-sdk-ecrpublic",
        "aws-sdk-signin",
        "aws-sdk-sso",
        "aws-sdk-ssooidc",
        "aws-sdk-sts",
    ],
    forbidden: &[
        "aho-corasick",
        "aws-lc-*",
        "axum*",
        "clap*",
        "granit-parser",
        "native-tls",
        "openssl",
        "openssl-sys",
        "regex",
        "regex-automata",
        "reqwest",
        "schemars",
        "tracing-subscriber",
        "ureq",
    ],
};

const WEB: Rule = Rule {
    of: "ecrpass-web",
    ours: &[
        "ecrpass-core",
        "ecrpass-json",
        "ecrpass-iam",
        "ecrpass-credentials",
        "ecrpass-clients",
        "ecrpass-diagnosis",
        "ecrpass-audit",
        "ecrpass-trail",
    ],
    services: &[],
    forbidden: &[
        "aws-*",
        "hyper*",
        "mio",
        "native-tls",
        "openssl",
        "openssl-sys",
        "reqwest",
        "ring",
        "rustls*",
        "tokio*",
        "ureq",
    ],
};

/// The crates that touch nothing: they build where there is no file, no environment, no clock and no network.
const PURE: [&str; 10] = [
    "ecrpass-core",
    "ecrpass-json",
    "ecrpass-iam",
    "ecrpass-credentials",
    "ecrpass-clients",
    "ecrpass-repository",
    "ecrpass-helper",
    "ecrpass-diagnosis",
    "ecrpass-audit",
    "ecrpass-generate",
];

/// The helper's dependencies.
pub fn helper() -> Result<()> {
    check(&HELPER)
}

/// The web page's.
pub fn web() -> Result<()> {
    check(&WEB)
}

/// That the pure crates are pure.
pub fn pure() -> Result<()> {
    let mut check = command("cargo check --quiet --locked --target wasm32-unknown-unknown");
    run(check.args(PURE.iter().flat_map(|name| ["-p", name])))
}

fn check(rule: &Rule) -> Result<()> {
    let tree = output(&mut command(&format!(
        "cargo tree --locked -p {} -e normal --prefix none --format {{p}}",
        rule.of
    )))?;
    let linked: BTreeSet<&str> = tree.lines().filter_map(|line| line.split(' ').next()).collect();
    let found = excess(rule, &linked);
    if !found.is_empty() {
        bail!(
            "{} must not link {}; `cargo tree -p {0} -e normal -i <crate>` tells why it does",
            rule.of,
            found.join(", ")
        );
    }
    say(&format!("  {}: {} crates, none too many", rule.of, linked.len()));
    Ok(())
}

/// What is linked and may not be.
fn excess<'a>(rule: &Rule, linked: &BTreeSet<&'a str>) -> Vec<&'a str> {
    let is_excess = |name: &&str| {
        let is_ours = name.starts_with("ecrpass") || *name == "docker-credential-ecr-login";
        (is_ours && *name != rule.of && !rule.ours.contains(name))
            || (name.starts_with("aws-sdk-") && !rule.services.contains(name))
            || rule.forbidden.iter().any(|pattern| match pattern.strip_suffix('*') {
                Some(beginning) => name.starts_with(beginning),
                None => name == pattern,
            })
    };
    linked.iter().copied().filter(|name| is_excess(name)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(rule: &Rule, linked: &[&'static str]) -> Vec<&'static str> {
        excess(rule, &linked.iter().copied().collect())
    }

    #[test]
    fn what_must_not_be_linked_is_named() {
        let helper = [
            "docker-credential-ecr-login",
            "ecrpass-core",
            "ecrpass-diagnosis",
            "aws-sdk-iam",
            "aws-sdk-sts",
            "aws-lc-sys",
            "aho-corasick",
            "regex-lite",
            "serde",
        ];
        assert_eq!(of(&HELPER, &helper), ["aho-corasick", "aws-lc-sys", "aws-sdk-iam", "ecrpass-diagnosis"]);
        let web =
            ["ecrpass-web", "ecrpass-diagnosis", "ecrpass-aws", "aws-types", "tokio-rustls", "serde_json"];
        assert_eq!(of(&WEB, &web), ["aws-types", "ecrpass-aws", "tokio-rustls"]);
    }

    #[test]
    fn what_may_be_linked_is_fine() {
        assert!(
            of(&HELPER, &["docker-credential-ecr-login", "ecrpass-aws", "aws-sdk-sso", "hyper"]).is_empty()
        );
        assert!(of(&WEB, &["ecrpass-web", "ecrpass-clients", "wasm-bindgen"]).is_empty());
    }
}
