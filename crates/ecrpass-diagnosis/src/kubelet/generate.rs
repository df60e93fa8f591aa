//! Writes a `CredentialProviderConfig`, and what goes with it; refuses what the kubelet of that version would not start with.

use std::borrow::Cow;

use ecrpass_core::shell::quoted as quoted_for_shell;

use super::check::{ConfigFile, Surroundings, check};
use super::host_form::patterns;
use super::names::{IRSA_ANNOTATION, PROVIDER, ROLE_ANNOTATION, is_qualified_name};
use super::platform::Platform;
use super::version::{KubeletVersion, TokenSupport};
use crate::finding::Severity;

/// How long the kubelet keeps an answer that does not say; ours always say.
const CACHE_DURATION: &str = "1h";

/// The feature gate that the first kubelets with credential providers have.
const GATE: &str = "KubeletCredentialProviders";

/// What is wanted.
#[derive(Clone, Debug, Default)]
pub struct Wanted {
    /// Where the nodes come from.
    pub platform: Platform,
    /// The oldest kubelet among them; without it, what all of the last years read.
    pub version: Option<KubeletVersion>,
    /// The hosts, as images name them; all of ECR's where there are none.
    pub hosts: Vec<String>,
    /// Roles for pods' service accounts, in place of the node's.
    pub tokens: Option<TokenMode>,
}

/// How service accounts' tokens are sent along.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TokenMode {
    /// For whom the tokens are.
    pub audience: String,
    /// The annotations that are sent along.
    pub annotations: Vec<String>,
    /// Whether accounts without them, and pods without an account, are left alone.
    pub required: bool,
    /// The accounts that the nodes may ask tokens of; all where there are none.
    pub accounts: Vec<String>,
}

impl Default for TokenMode {
    fn default() -> Self {
        Self {
            audience: "sts.amazonaws.com".to_owned(),
            annotations: vec![ROLE_ANNOTATION.to_owned()],
            required: false,
            accounts: Vec::new(),
        }
    }
}

/// Why there is no such configuration.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{what} Next: {next}")]
pub struct Refused {
    /// What the kubelet would do.
    pub what: String,
    /// What to do instead.
    pub next: String,
}

impl Wanted {
    /// The configuration.
    ///
    /// # Errors
    /// [`Refused`] for what the kubelet would not start with.
    pub fn config(&self) -> Result<String, Refused> {
        self.check()?;
        let api = self.version.map_or("v1", KubeletVersion::api);
        let mut text = String::new();
        for line in self.heading() {
            text.push_str(format!("# {line}").trim_end());
            text.push('\n');
        }
        let body = self.body(api);
        refuse_mistakes(&body, self.version)?;
        if self.platform == Platform::Talos {
            text.push_str("machine:\n  kubelet:\n    credentialProviderConfig:\n");
            body.lines().for_each(|line| text.push_str(&format!("      {line}\n")));
        } else {
            text.push_str(&body);
        }
        Ok(text)
    }

    fn heading(&self) -> Vec<String> {
        let mut lines = vec![format!("Amazon ECR for the kubelet of {}.", self.platform.title())];
        match (&self.tokens, self.platform) {
            // The node's own configuration has no place for them.
            (Some(_), Platform::Eks) => lines.extend([
                "An EKS node writes its own configuration at each start, and that one sends no tokens."
                    .to_owned(),
                "So give it one of its own, with a NodeConfig: ecrpass kubelet config --platform nodeadm"
                    .to_owned(),
            ]),
            _ => lines.extend(self.platform.steps()),
        }
        if self.version.is_some_and(KubeletVersion::needs_gate) {
            lines.push(format!("Before 1.24 also with --feature-gates={GATE}=true."));
        }
        match &self.tokens {
            None => lines.push("The node's role needs AmazonEC2ContainerRegistryPullOnly.".to_owned()),
            Some(tokens) => {
                let unknown = |key: &&String| ![ROLE_ANNOTATION, IRSA_ANNOTATION].contains(&key.as_str());
                let others: Vec<String> =
                    tokens.annotations.iter().filter(unknown).map(|key| quoted(key)).collect();
                if !others.is_empty() {
                    lines.push(format!(
                        "On the nodes, the ecrpass configuration has to list such annotations: role_annotations = [{}]",
                        others.join(", ")
                    ));
                }
                lines.push("The API server has to let nodes ask for these tokens:".to_owned());
                lines.push(format!("  {}", self.rbac_command(tokens)));
            }
        }
        lines
    }

    /// What prints the permissions that go with this configuration.
    fn rbac_command(&self, tokens: &TokenMode) -> String {
        let mut words = vec!["ecrpass kubelet config --service-account-tokens --print rbac".to_owned()];
        words.extend(self.version.map(|version| format!("--kubelet-version {version}")));
        if tokens.audience != TokenMode::default().audience {
            words.push(format!("--audience {}", in_comment(&tokens.audience)));
        }
        words.extend(
            tokens.accounts.iter().map(|account| format!("--service-account {}", in_comment(account))),
        );
        words.join(" ")
    }

    fn body(&self, api: &str) -> String {
        let hosts = if self.hosts.is_empty() { patterns() } else { self.hosts.clone() };
        let images: String = hosts.iter().map(|host| format!("      - {}\n", quoted(host))).collect();
        format!(
            "apiVersion: kubelet.config.k8s.io/{api}\nkind: CredentialProviderConfig\nproviders:\n  - name: {PROVIDER}\n    matchImages:\n{images}    defaultCacheDuration: \"{CACHE_DURATION}\"\n    apiVersion: credentialprovider.kubelet.k8s.io/{api}\n{}",
            self.tokens.as_ref().map(TokenMode::attributes).unwrap_or_default()
        )
    }

    fn check(&self) -> Result<(), Refused> {
        if let Some(version) = self.version.filter(|version| *version < KubeletVersion::FIRST) {
            return Err(Refused {
                what: format!("The kubelet of {version} runs no credential providers."),
                next: "use a pull secret, or Kubernetes 1.26 or later".to_owned(),
            });
        }
        let Some(tokens) = &self.tokens else { return Ok(()) };
        // Without a version, what is written has to be good for all: tokens are not.
        match self.version {
            None => {
                return Err(Refused {
                    what:
                        "Kubelets before 1.34 do not start with a configuration for service accounts' tokens."
                            .to_owned(),
                    next: "say that all nodes are newer: --kubelet-version 1.34".to_owned(),
                });
            }
            Some(version) if version.tokens() != TokenSupport::On => {
                let why = match version.tokens() {
                    TokenSupport::Gated => {
                        "knows `tokenAttributes` behind a feature gate only, and `cacheType` not at all"
                    }
                    _ => "does not know `tokenAttributes`",
                };
                return Err(Refused {
                    what: format!("The kubelet of {version} {why}, and does not start with it."),
                    next: "leave --service-account-tokens out, or update the nodes to 1.34".to_owned(),
                });
            }
            Some(_) => {}
        }
        if tokens.audience.trim().is_empty() {
            return Err(Refused {
                what: "The kubelet does not start with an empty audience.".to_owned(),
                next: "leave --audience out for sts.amazonaws.com".to_owned(),
            });
        }
        for key in &tokens.annotations {
            if !is_qualified_name(key) {
                return Err(Refused {
                    what: format!(
                        "`{key}` is no name of an annotation, and the kubelet does not start with it."
                    ),
                    next: format!("write it as in {ROLE_ANNOTATION} or {IRSA_ANNOTATION}"),
                });
            }
        }
        Ok(())
    }

    /// What tells the kubelet where its files are.
    ///
    /// # Errors
    /// [`Refused`] as for [`Self::config`], and where the platform needs none.
    pub fn flags(&self) -> Result<String, Refused> {
        self.check()?;
        if self.tokens.is_some() && self.platform == Platform::Eks {
            return Err(Refused {
                what: "An EKS node has the flags of its own configuration, which sends no tokens.".to_owned(),
                next: "give it another one, with a NodeConfig: --platform nodeadm".to_owned(),
            });
        }
        let gate = self.version.filter(|version| version.needs_gate()).map(|_| GATE);
        self.platform.flags(gate).ok_or_else(|| Refused {
            what: format!("{} needs no flags: it looks for the files by itself.", self.platform.title()),
            next: "print the configuration: --print config".to_owned(),
        })
    }

    /// What lets nodes ask for tokens, for `kubectl apply`.
    ///
    /// # Errors
    /// [`Refused`] as for [`Self::config`], and without tokens.
    pub fn rbac(&self) -> Result<String, Refused> {
        self.check()?;
        let Some(tokens) = &self.tokens else {
            return Err(Refused {
                what: "Without service accounts' tokens, nodes need no rights in the cluster.".to_owned(),
                next: "add --service-account-tokens".to_owned(),
            });
        };
        let accounts: String =
            tokens.accounts.iter().map(|account| format!("      - {}\n", quoted(account))).collect();
        let accounts = if accounts.is_empty() { accounts } else { format!("    resourceNames:\n{accounts}") };
        Ok(format!(
            "# kubectl apply -f FILE, before the nodes are configured: without it every pull of a matching image fails.\napiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRole\nmetadata:\n  name: {PROVIDER}-audience\nrules:\n  - verbs: [\"request-serviceaccounts-token-audience\"]\n    apiGroups: [\"\"]\n    resources:\n      - {}\n{accounts}---\napiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRoleBinding\nmetadata:\n  name: {PROVIDER}-audience\nroleRef:\n  apiGroup: rbac.authorization.k8s.io\n  kind: ClusterRole\n  name: {PROVIDER}-audience\nsubjects:\n  - apiGroup: rbac.authorization.k8s.io\n    kind: Group\n    name: system:nodes\n",
            quoted(&tokens.audience)
        ))
    }
}

impl TokenMode {
    /// Credentials depend on the account alone, so that is what they are cached by.
    fn attributes(&self) -> String {
        let kind = if self.required { "required" } else { "optional" };
        // The kubelet does not start with one that is there twice.
        let mut annotations: Vec<&String> = Vec::new();
        for key in &self.annotations {
            if !annotations.contains(&key) {
                annotations.push(key);
            }
        }
        let keys: String = annotations.iter().map(|key| format!("        - {}\n", quoted(key))).collect();
        let keys =
            if keys.is_empty() { keys } else { format!("      {kind}ServiceAccountAnnotationKeys:\n{keys}") };
        format!(
            "    tokenAttributes:\n      serviceAccountTokenAudience: {}\n      cacheType: ServiceAccount\n      requireServiceAccount: {}\n{keys}",
            quoted(&self.audience),
            self.required
        )
    }
}

/// A word of a command, for a comment, which ends with its line.
fn in_comment(word: &str) -> Cow<'_, str> {
    if word.contains(char::is_control) { "…".into() } else { quoted_for_shell(word) }
}

/// What the kubelet would not start with is not written.
fn refuse_mistakes(body: &str, version: Option<KubeletVersion>) -> Result<(), Refused> {
    let file = ConfigFile { name: "the configuration".to_owned(), text: body.to_owned() };
    let found = check(&[file], &Surroundings { version, binaries: None });
    match found.into_iter().find(|finding| finding.severity == Severity::Error) {
        Some(finding) => Err(Refused {
            what: format!(
                "The kubelet would not use what would be written: {}.",
                finding.title.trim_end_matches('.')
            ),
            next: finding.fixes.into_iter().next().map(|fix| fix.summary).unwrap_or_default(),
        }),
        None => Ok(()),
    }
}

/// A value in double quotes, as YAML and JSON both read it.
fn quoted(text: &str) -> String {
    ecrpass_json::quoted(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tokens(version: u32) -> Wanted {
        Wanted {
            version: Some(KubeletVersion::minor(version)),
            tokens: Some(TokenMode::default()),
            ..Wanted::default()
        }
    }

    #[test]
    fn what_is_written_is_shown() {
        let hosts =
            vec!["123456789012.dkr.ecr.us-east-1.amazonaws.com".to_owned(), "public.ecr.aws".to_owned()];
        insta::assert_snapshot!("kubeadm", Wanted { hosts, ..Wanted::default() }.config().unwrap());
        insta::assert_snapshot!("tokens", tokens(34).config().unwrap());
        let talos = Wanted {
            platform: Platform::Talos,
            hosts: vec!["public.ecr.aws".to_owned()],
            ..Wanted::default()
        };
        insta::assert_snapshot!("talos", talos.config().unwrap());
        let mut few = tokens(35);
        few.tokens = Some(TokenMode { accounts: vec!["web".to_owned()], ..TokenMode::default() });
        insta::assert_snapshot!("rbac", few.rbac().unwrap());
        let all = Platform::ALL
            .into_iter()
            .filter_map(|platform| platform.flags(None))
            .collect::<Vec<_>>()
            .join("---\n");
        insta::assert_snapshot!("flags", all);
    }

    #[test]
    fn what_the_kubelet_would_not_start_with_is_refused() {
        for version in [20, 28, 32, 33] {
            let refused = tokens(version).config().unwrap_err();
            assert!(refused.what.contains(&format!("1.{version}")), "{refused}");
        }
        assert!(tokens(34).config().is_ok() && tokens(40).config().is_ok());
        assert!(Wanted { version: None, ..tokens(34) }.config().is_err());
        let old = |minor| Wanted { version: Some(KubeletVersion::minor(minor)), ..Wanted::default() };
        assert!(old(19).config().is_err());
        assert!(old(23).config().unwrap().contains("k8s.io/v1alpha1"));
        assert!(old(25).config().unwrap().contains("k8s.io/v1beta1"));
        for (audience, key) in [(" ", "a/b"), ("a", "no name"), ("a", "-/b"), ("a", "")] {
            let mode = TokenMode {
                audience: audience.to_owned(),
                annotations: vec![key.to_owned()],
                ..TokenMode::default()
            };
            assert!(Wanted { tokens: Some(mode), ..tokens(34) }.config().is_err(), "{audience:?} {key:?}");
        }
        assert!(Wanted::default().rbac().is_err());
        assert!(Wanted { platform: Platform::K3s, ..Wanted::default() }.flags().is_err());
    }

    #[test]
    fn annotations_are_written_once_and_others_explained() {
        let mode = |keys: &[&str]| TokenMode {
            annotations: keys.iter().map(|key| (*key).to_owned()).collect(),
            ..TokenMode::default()
        };
        let twice =
            Wanted { tokens: Some(mode(&["my.co/role", "my.co/role"])), ..tokens(35) }.config().unwrap();
        assert_eq!(twice.matches("        - \"my.co/role\"").count(), 1, "{twice}");
        assert!(twice.contains("role_annotations = [\"my.co/role\""), "{twice}");
        let known = Wanted { tokens: Some(mode(&[ROLE_ANNOTATION, IRSA_ANNOTATION])), ..tokens(35) };
        assert!(!known.config().unwrap().contains("role_annotations"));
    }

    #[test]
    fn the_command_for_permissions_is_complete() {
        let mode = TokenMode {
            audience: "my audience".to_owned(),
            accounts: vec!["web".to_owned()],
            ..TokenMode::default()
        };
        let text = Wanted { tokens: Some(mode), ..tokens(35) }.config().unwrap();
        let command = "#   ecrpass kubelet config --service-account-tokens --print rbac --kubelet-version 1.35 --audience 'my audience' --service-account web\n";
        assert!(text.contains(command), "{text}");
        let lines = TokenMode { audience: "a\nb: c".to_owned(), ..TokenMode::default() };
        let text = Wanted { tokens: Some(lines), ..tokens(35) }.config().unwrap();
        assert!(text.contains("--audience …\n"), "{text}");
    }

    #[test]
    fn tokens_on_eks_need_a_configuration_of_ones_own() {
        let eks = Wanted { platform: Platform::Eks, ..tokens(35) };
        let text = eks.config().unwrap();
        assert!(
            text.contains("--platform nodeadm") && !text.contains("no configuration, no restart"),
            "{text}"
        );
        assert!(eks.flags().unwrap_err().next.contains("--platform nodeadm"));
    }

    #[test]
    fn the_first_kubelets_are_told_to_open_the_gate() {
        let flags = |minor| {
            Wanted { version: Some(KubeletVersion::minor(minor)), ..Wanted::default() }.flags().unwrap()
        };
        assert!(flags(22).contains("--feature-gates=KubeletCredentialProviders=true"));
        assert!(!flags(24).contains("feature-gates"));
    }
}
