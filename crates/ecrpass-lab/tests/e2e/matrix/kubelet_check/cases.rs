//! Configurations, each with what the kubelet of 1.36 does with it.

use self::Effect::{Asks, Never, Stops};

/// What the kubelet does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    /// It does not start.
    Stops,
    /// It starts, and has no credentials for an image of ECR.
    Never,
    /// It asks the provider.
    Asks,
}

/// A configuration.
pub struct Case {
    pub name: String,
    pub text: String,
    pub effect: Effect,
}

const GOOD: &str = "apiVersion: kubelet.config.k8s.io/v1\nkind: CredentialProviderConfig\nproviders:\n  - name: ecr-credential-provider\n    matchImages:\n      - \"*.dkr.ecr.*.amazonaws.com\"\n    defaultCacheDuration: 12h\n    apiVersion: credentialprovider.kubelet.k8s.io/v1\n";

const TOKENS: &str = "    tokenAttributes:\n      serviceAccountTokenAudience: sts.amazonaws.com\n      cacheType: ServiceAccount\n      requireServiceAccount: true\n      requiredServiceAccountAnnotationKeys: [eks.amazonaws.com/ecr-role-arn]\n";

/// The same as JSON.
const JSON: &str = r#"{"apiVersion": "kubelet.config.k8s.io/v1", "kind": "CredentialProviderConfig", "providers": [{"name": "ecr-credential-provider", "matchImages": ["*.dkr.ecr.*.amazonaws.com"], "defaultCacheDuration": "12h", "apiVersion": "credentialprovider.kubelet.k8s.io/v1"}]}"#;

/// What replaces what in the good one.
type Change = (Effect, &'static str, &'static str);

const CHANGES: &[Change] = &[
    (Stops, "kind: CredentialProviderConfig", "kind: KubeletConfiguration"),
    (Stops, "kind: CredentialProviderConfig\n", ""),
    (Stops, "kind: Cred", "kind: cred"),
    (Stops, "kind: Cred", "kind: Cred: x"),
    (Stops, "kind:", "kind: CredentialProviderConfig\nkind:"),
    (Stops, "kind:", "metadata: {name: x}\nkind:"),
    (Stops, "config.k8s.io/v1\n", "config.k8s.io/v2\n"),
    (Stops, "apiVersion: kubelet.config.k8s.io/v1\n", ""),
    (Asks, "config.k8s.io/v1\n", "config.k8s.io/v1beta1\n"),
    (Asks, "config.k8s.io/v1\n", "config.k8s.io/v1alpha1\n"),
    (Stops, "kubelet.k8s.io/v1\n", "kubelet.k8s.io/v2\n"),
    (Asks, "kubelet.k8s.io/v1\n", "kubelet.k8s.io/v1beta1\n"),
    (Asks, "kubelet.k8s.io/v1\n", "kubelet.k8s.io/v1alpha1\n"),
    (Stops, "    apiVersion: credentialprovider.kubelet.k8s.io/v1\n", ""),
    (Stops, "providers", "Providers"),
    (Stops, "matchImages", "matchimages"),
    (Stops, "    defaultCache", "\tdefaultCache"),
    (Stops, "    defaultCache", "    extra: 1\n    defaultCache"),
    (Stops, "    defaultCache", "    defaultCacheDuration: 1h\n    defaultCache"),
    // The program.
    (Stops, "name: ecr-credential-provider", "name: bin/ecr-credential-provider"),
    (Stops, "name: ecr-credential-provider", "name: ecr provider"),
    (Stops, "name: ecr-credential-provider", "name: .."),
    (Stops, "name: ecr-credential-provider", "name: ''"),
    (Stops, "name: ecr-credential-provider", "name: absent"),
    (Stops, "name: ecr-credential-provider", "name: not-executable"),
    (Stops, "name: ecr-credential-provider", "name: 5"),
    (Asks, "name: ecr-credential-provider", "name: '5'"),
    (Never, "name: ecr-credential-provider", "name: docker-credential-ecr-login"),
    (Stops, "- name: ecr-credential-provider\n    ", "- "),
    (Stops, "kubelet.k8s.io/v1\n", "kubelet.k8s.io/v1\n  -\n"),
    // Durations.
    (Stops, "    defaultCacheDuration: 12h\n", ""),
    (Stops, "12h", ""),
    (Stops, "12h", "''"),
    (Stops, "12h", "12"),
    (Stops, "12h", "'12'"),
    (Stops, "12h", "0"),
    (Asks, "12h", "'0'"),
    (Asks, "12h", "0s"),
    (Asks, "12h", "'12h'"),
    (Asks, "12h", "1h30m"),
    (Asks, "12h", "1.5h"),
    (Asks, "12h", ".5h"),
    (Asks, "12h", "+1h"),
    (Asks, "12h", "24h"),
    (Stops, "12h", "-1h"),
    (Stops, "12h", "1d"),
    (Stops, "12h", "1h 30m"),
    (Stops, "12h", "1e3h"),
    (Stops, "12h", "9999999h"),
    (Stops, "12h", "true"),
    // Patterns.
    (Stops, "    matchImages:\n      - \"*.dkr.ecr.*.amazonaws.com\"\n", ""),
    (Stops, "\n      - \"*.dkr.ecr.*.amazonaws.com\"", " []"),
    (Stops, "\n      - \"*.dkr.ecr.*.amazonaws.com\"", " \"*.dkr.ecr.*.amazonaws.com\""),
    (Stops, "\"*.dkr.ecr.*.amazonaws.com\"", "*.dkr.ecr.*.amazonaws.com"),
    (Stops, "\"*.dkr.ecr.*.amazonaws.com\"", "5"),
    (Stops, "\"*.dkr.ecr.*.amazonaws.com\"", "true"),
    (Never, "\"*.dkr.ecr.*.amazonaws.com\"", "''"),
    (Never, "\"*.dkr.ecr.*.amazonaws.com\"", ""),
    // Arguments and variables.
    (Asks, "    defaultCache", "    args: [get]\n    defaultCache"),
    (Asks, "    defaultCache", "    args:\n    defaultCache"),
    (Asks, "    defaultCache", "    args: [~]\n    defaultCache"),
    (Stops, "    defaultCache", "    args: get\n    defaultCache"),
    (Stops, "    defaultCache", "    args: [5]\n    defaultCache"),
    (Stops, "    defaultCache", "    args: [[a]]\n    defaultCache"),
    (Asks, "    defaultCache", "    env:\n    defaultCache"),
    (Asks, "    defaultCache", "    env: [{name: A, value: b}]\n    defaultCache"),
    (Asks, "    defaultCache", "    env: [{name: A}]\n    defaultCache"),
    (Asks, "    defaultCache", "    env: [{value: b}]\n    defaultCache"),
    (Asks, "    defaultCache", "    env: [{name: A, value: '123456789012'}]\n    defaultCache"),
    (Asks, "    defaultCache", "    env: [{name: A, value: 'true'}]\n    defaultCache"),
    (Asks, "    defaultCache", "    env: [{name: A, value: 2026-01-01}]\n    defaultCache"),
    (Stops, "    defaultCache", "    env: [{name: A, value: 123456789012}]\n    defaultCache"),
    (Stops, "    defaultCache", "    env: [{name: A, value: 0x1f}]\n    defaultCache"),
    (Stops, "    defaultCache", "    env: [{name: A, value: 1_000}]\n    defaultCache"),
    (Stops, "    defaultCache", "    env: [{name: A, value: 1.5}]\n    defaultCache"),
    (Stops, "    defaultCache", "    env: [{name: A, value: true}]\n    defaultCache"),
    (Stops, "    defaultCache", "    env: [{name: A, value: on}]\n    defaultCache"),
    (Stops, "    defaultCache", "    env: [{name: A, value: {}}]\n    defaultCache"),
    (Stops, "    defaultCache", "    env: [{name: A, valueFrom: {}}]\n    defaultCache"),
    (Stops, "    defaultCache", "    env: [A=b]\n    defaultCache"),
    (Stops, "    defaultCache", "    env: {A: b}\n    defaultCache"),
    (Asks, "    defaultCache", "    tokenAttributes:\n    defaultCache"),
    (Stops, "    defaultCache", "    tokenAttributes: {}\n    defaultCache"),
];

/// The same of one with tokens of service accounts.
const TOKEN_CHANGES: &[Change] = &[
    (Asks, "", ""),
    (Stops, "      cacheType: ServiceAccount\n", ""),
    (Stops, "cacheType: ServiceAccount", "cacheType: serviceaccount"),
    (Asks, "cacheType: ServiceAccount", "cacheType: Token"),
    (Stops, "      cacheType", "      extra: 1\n      cacheType"),
    (Stops, "requireServiceAccount: true", "requireServiceAccount: false"),
    (Stops, "requireServiceAccount: true", "requireServiceAccount: maybe"),
    (Stops, "requireServiceAccount: true", "requireServiceAccount: 'true'"),
    (Stops, "requireServiceAccount: true", "requireServiceAccount: 1"),
    (Stops, "requireServiceAccount: true", "requireServiceAccount:"),
    (Asks, "requireServiceAccount: true", "requireServiceAccount: yes"),
    (Asks, "requireServiceAccount: true", "requireServiceAccount: True"),
    (Asks, "requireServiceAccount: true", "requireServiceAccount: ON"),
    (Stops, "      requireServiceAccount: true\n", ""),
    (Stops, "eks.amazonaws.com/ecr-role-arn", "a/b, a/b"),
    (Stops, "eks.amazonaws.com/ecr-role-arn", "no name"),
    (Stops, "eks.amazonaws.com/ecr-role-arn", "5"),
    (Stops, "[eks.amazonaws.com/ecr-role-arn]", "eks.amazonaws.com/ecr-role-arn"),
    (Asks, "[eks.amazonaws.com/ecr-role-arn]", "[]"),
    (Stops, "sts.amazonaws.com", "''"),
    (Stops, "sts.amazonaws.com", "5"),
    (Stops, "kubelet.k8s.io/v1\n", "kubelet.k8s.io/v1beta1\n"),
    (Stops, "config.k8s.io/v1\n", "config.k8s.io/v1beta1\n"),
];

/// Patterns of `matchImages`.
const PATTERNS: &[(Effect, &str)] = &[
    (Asks, "123456789012.dkr.ecr.us-east-1.amazonaws.com"),
    (Asks, "*.dkr.ecr.us-*.amazonaws.com"),
    (Asks, "123*.dkr.ecr.*.amazonaws.com"),
    (Asks, "*.dkr.ecr.*.amazonaws.com/"),
    (Asks, "*.dkr.ecr.*.amazonaws.com/team/"),
    (Asks, "*.dkr.ecr.*.amazonaws.com/tea"),
    (Asks, "*.dkr.ecr.*.amazonaws.com/team?x"),
    (Asks, "*.dkr.ecr.*.amazonaws.com/team#x"),
    (Never, "*.dkr.ecr.*.amazonaws.com/*"),
    (Never, "*.dkr.ecr.*.amazonaws.com/team/*"),
    (Never, "*.dkr.ecr.*.amazonaws.com/team/app:1.0"),
    (Never, "*.dkr.ecr.*.amazonaws.com/team app"),
    (Never, "*.dkr.ecr.*.amazonaws.com:443"),
    (Never, "*.dkr.ecr.*.amazonaws.com:99999"),
    (Never, "*.dkr.ecr.*.amazonaws.cn"),
    (Never, "*.dkr.ecr.*.amazonaws.com."),
    (Never, "*.DKR.ecr.*.amazonaws.com"),
    (Never, "*.amazonaws.com"),
    (Never, "*.dkr.ecr.amazonaws.com"),
    (Never, "https://*.dkr.ecr.*.amazonaws.com"),
    (Never, "//*.dkr.ecr.*.amazonaws.com"),
    (Never, "?*.dkr.ecr.*.amazonaws.com"),
    (Stops, "*.dkr.ecr.*.amazonaws.com:x"),
    (Stops, "*.dkr.ecr.*.amazonaws.com "),
    (Stops, "[0-9]*.dkr.ecr.*.amazonaws.com"),
    (Stops, "[*.dkr.ecr.*.amazonaws.com"),
    (Stops, "{a}.dkr.ecr.*.amazonaws.com"),
    (Stops, "%zz.dkr.ecr.*.amazonaws.com"),
    (Stops, "*.dkr.ecr.*.amazonaws.com%"),
    (Stops, "*.dkr.ecr.*.amazonaws.com\\\\x"),
    (Stops, "*.dkr.ecr.*.amazonaws.com^"),
    (Stops, "*.dkr.ecr.*.amazonaws.com/team/%zz"),
    (Stops, "::1"),
];

/// All of them.
pub fn all() -> Vec<Case> {
    let mut all = Vec::new();
    let mut add = |effect, name: &str, text: String| all.push(Case { name: name.to_owned(), text, effect });
    add(Asks, "the good one", GOOD.to_owned());
    let tokens = format!("{GOOD}{TOKENS}");
    for (base, changes) in [(GOOD, CHANGES), (tokens.as_str(), TOKEN_CHANGES)] {
        for (effect, from, to) in changes {
            assert!(base.contains(from), "{from}");
            add(*effect, &format!("{from:?} -> {to:?}"), base.replacen(from, to, 1));
        }
    }
    for (effect, pattern) in PATTERNS {
        add(*effect, pattern, GOOD.replace("*.dkr.ecr.*.amazonaws.com", pattern));
    }
    add(Asks, "with a BOM", format!("\u{feff}{GOOD}"));
    add(Asks, "with CRLF", GOOD.replace('\n', "\r\n"));
    add(Asks, "after ---", format!("---\n{GOOD}"));
    add(Asks, "before ...", format!("{GOOD}...\n"));
    add(Asks, "before an empty document", format!("{GOOD}---\n# nothing\n"));
    add(Asks, "before another document", format!("{GOOD}---\n{GOOD}"));
    add(Asks, "before a broken document", format!("{GOOD}---\na: [\n"));
    add(Stops, "after an empty document", format!("---\n---\n{GOOD}"));
    add(
        Asks,
        "a merge key",
        GOOD.replace("name: ecr-credential-provider", "<<: {name: ecr-credential-provider}"),
    );
    add(Asks, "JSON", JSON.to_owned());
    add(Stops, "JSON with a comma too many", JSON.replace("]}", "],}"));
    add(Stops, "JSON with something behind", format!("{JSON}x"));
    add(Stops, "two of JSON", format!("{JSON}\n{JSON}"));
    add(Stops, "flow style that is no JSON", JSON.replace('"', ""));
    add(
        Stops,
        "no providers",
        "apiVersion: kubelet.config.k8s.io/v1\nkind: CredentialProviderConfig\nproviders:\n".to_owned(),
    );
    add(
        Stops,
        "a mapping of providers",
        "apiVersion: kubelet.config.k8s.io/v1\nkind: CredentialProviderConfig\nproviders: {name: x}\n"
            .to_owned(),
    );
    let entry = GOOD.split_once("providers:\n").map_or("", |(_, entry)| entry);
    add(Stops, "two of one name", format!("{GOOD}{entry}"));
    for (name, text) in [("nothing", ""), ("null", "null\n"), ("a text", "hello\n"), ("a list", "- a\n")] {
        add(Stops, name, text.to_owned());
    }
    all
}
