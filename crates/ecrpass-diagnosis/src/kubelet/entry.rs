//! The entry of our provider in a configuration, as far as running it takes it.

use super::names::PROVIDER;
use super::pattern::matches_image;
use crate::inputs::tree::{self, Node};

/// How the kubelet runs the provider.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The version of the protocol: `v1`.
    pub api: String,
    /// Its arguments.
    pub args: Vec<String>,
    /// What is added to the kubelet's own environment.
    pub env: Vec<(String, String)>,
    /// The images it is asked about.
    pub images: Vec<String>,
}

impl Entry {
    /// That of a configuration; `None` where it has none, or is none.
    pub fn of(config: &str) -> Option<Self> {
        let documents = tree::read("", config).ok()?;
        let providers = documents.first()?.items_of("providers");
        let node = providers.iter().find(|node| node.text_of("name") == Some(PROVIDER))?;
        let texts = |key: &str| -> Vec<String> {
            node.items_of(key).iter().filter_map(Node::text).map(str::to_owned).collect()
        };
        let env = node.items_of("env").iter();
        Some(Self {
            api: node.text_of("apiVersion")?.rsplit('/').next()?.to_owned(),
            args: texts("args"),
            env: env
                .filter_map(|one| {
                    Some((one.owned("name")?, one.text_of("value").unwrap_or_default().to_owned()))
                })
                .collect(),
            images: texts("matchImages"),
        })
    }

    /// The images to try it with: those that were named and that it is asked about, else the hosts without a `*`.
    pub fn to_try<'a>(&'a self, named: &'a [String]) -> Vec<&'a str> {
        let is_asked = |image: &&String| self.images.iter().any(|pattern| matches_image(pattern, image));
        let of_named: Vec<&str> = named.iter().filter(is_asked).map(String::as_str).collect();
        if !of_named.is_empty() {
            return of_named;
        }
        self.images.iter().filter(|pattern| !pattern.contains(['*', '?', '['])).map(String::as_str).collect()
    }
}

/// Whether a configuration names our provider, or may: what cannot be read may name it.
pub fn names_provider(config: &str) -> bool {
    let is_ours = |node: &Node| node.text_of("name") == Some(PROVIDER);
    match tree::read("", config) {
        Ok(documents) => documents.iter().any(|root| root.items_of("providers").iter().any(is_ours)),
        Err(_) => config.contains(PROVIDER),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_names_it_is_known() {
        for text in [
            "providers: [{name: ecr-credential-provider}]",
            "a: [\nname: ecr-credential-provider",
            "a: 1\n---\nproviders:\n- name: 'ecr-credential-provider'\n",
        ] {
            assert!(names_provider(text), "{text}");
        }
        for text in [
            "",
            "# ecr-credential-provider\nproviders: []",
            "providers: [{name: gcr, args: [ecr-credential-provider]}]",
        ] {
            assert!(!names_provider(text), "{text}");
        }
    }

    #[test]
    fn it_is_run_as_the_configuration_says() {
        let text = "apiVersion: kubelet.config.k8s.io/v1\nkind: CredentialProviderConfig\nproviders:\n- name: gcr\n- name: ecr-credential-provider\n  apiVersion: credentialprovider.kubelet.k8s.io/v1beta1\n  args: [get-credentials]\n  env: [{name: AWS_PROFILE, value: ecr}, {name: EMPTY}]\n  matchImages: [\"*.dkr.ecr.*.amazonaws.com\", public.ecr.aws]\n";
        let entry = Entry::of(text).unwrap();
        assert_eq!((entry.api.as_str(), entry.args.join(" ").as_str()), ("v1beta1", "get-credentials"));
        assert_eq!(entry.env[0], ("AWS_PROFILE".to_owned(), "ecr".to_owned()));
        assert_eq!(entry.env[1].1, "");
        assert_eq!(entry.to_try(&[]), ["public.ecr.aws"]);
        let named =
            ["123456789012.dkr.ecr.eu-west-1.amazonaws.com/app".to_owned(), "other.example/x".to_owned()];
        assert_eq!(entry.to_try(&named), [named[0].as_str()]);
        assert_eq!(entry.to_try(&named[1..]), ["public.ecr.aws"]);
        for text in ["", "{", "providers: []", "providers: [{name: ecr-credential-provider}]"] {
            assert_eq!(Entry::of(text), None, "{text}");
        }
    }
}
