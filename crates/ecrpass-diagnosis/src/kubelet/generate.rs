//! Writes a `CredentialProviderConfig`, and what goes with it; refuses what the kubelet of that version would not start with.

use super::host_form::patterns;
use super::names::{IRSA_ANNOTATION, PROVIDER, ROLE_ANNOTATION};
use super::platform::Platform;
use super::version::{KubeletVersion, TokenSupport};

/// How long the kubelet keeps an answer that does not say; ours always say.
const CACHE_DURATION: &str = "1h";

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
        lines.extend(self.platform.steps());
        if self.version.is_some_and(KubeletVersion::needs_gate) {
            lines.push("Before 1.24 also with --feature-gates=KubeletCredentialProviders=true.".to_owned());
        }
        match &self.tokens {
            None => lines.push("The node's role needs AmazonEC2ContainerRegistryPullOnly.".to_owned()),
            Some(_) => lines.push(
                "The API server has to let nodes ask for these tokens: ecrpass kubelet config --service-account-tokens --print rbac"
                    .to_owned(),
            ),
        }
        lines
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
        self.platform.flags().ok_or_else(|| Refused {
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
        let keys: String =
            self.annotations.iter().map(|key| format!("        - {}\n", quoted(key))).collect();
        let keys =
            if keys.is_empty() { keys } else { format!("      {kind}ServiceAccountAnnotationKeys:\n{keys}") };
        format!(
            "    tokenAttributes:\n      serviceAccountTokenAudience: {}\n      cacheType: ServiceAccount\n      requireServiceAccount: {}\n{keys}",
            quoted(&self.audience),
            self.required
        )
    }
}

/// A value in double quotes, as YAML and JSON both read it.
fn quoted(text: &str) -> String {
    ecrpass_json::quoted(text)
}

/// Source: Kubernetes `apimachinery/pkg/util/validation`, `IsQualifiedName`: an optional prefix that is a DNS name, and a
/// name of at most 63 characters.
pub(super) fn is_qualified_name(key: &str) -> bool {
    let is_edge = |c: Option<char>| c.is_some_and(|c| c.is_ascii_alphanumeric());
    let (prefix, name) = key.split_once('/').map_or((None, key), |(prefix, name)| (Some(prefix), name));
    let is_name = (1..=63).contains(&name.len())
        && name.chars().all(|c| c.is_ascii_alphanumeric() || "-_.".contains(c))
        && is_edge(name.chars().next())
        && is_edge(name.chars().next_back());
    let is_label = |label: &str| {
        label.chars().all(|c| c.is_ascii_alphanumeric() || c == '-')
            && is_edge(label.chars().next())
            && is_edge(label.chars().next_back())
    };
    let is_prefix = |prefix: &str| prefix.len() <= 253 && prefix.split('.').all(is_label);
    is_name && prefix.is_none_or(is_prefix)
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
        let all = Platform::ALL.into_iter().filter_map(Platform::flags).collect::<Vec<_>>().join("---\n");
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
    fn names_of_annotations_are_known() {
        for key in [ROLE_ANNOTATION, IRSA_ANNOTATION, "a", "Example.com/A_b.c-d"] {
            assert!(is_qualified_name(key), "{key}");
        }
        for key in ["", "/a", "a/", "a/b/c", "-a", "a b", "x./b"] {
            assert!(!is_qualified_name(key), "{key}");
        }
    }
}
