//! The pull secrets of a configuration: which namespaces and service accounts they are for.

use std::collections::BTreeMap;
use std::sync::Arc;

use ecrpass_core::wildcard::Pattern;

use super::problem::{Problem, Source, Step};
use super::registries::{Registries, Wanted};
use super::selector::Selector;
use super::written::{Position, Scope, WrittenPullSecret};
use crate::names::{Name, is_namespace, is_object};

/// The most pull secrets: which of them a namespace has is a set of bits.
pub const MAX_PULL_SECRETS: usize = 64;

/// A secret, and where it goes.
#[derive(Clone, Debug)]
pub struct PullSecret {
    /// Its name.
    pub name: Name,
    /// The hosts in it. None: it is not wanted any more.
    pub wanted: Vec<Wanted>,
    /// Where its name goes in an account's list.
    pub position: Position,
    /// Whether a secret of the name that is not ours is taken over.
    pub adopt: bool,
    namespaces: Vec<String>,
    patterns: Vec<Pattern>,
    selector: Option<Selector>,
    written_selector: Option<String>,
    exclude: Vec<Pattern>,
    excluded: Vec<String>,
    accounts: Vec<String>,
    account_patterns: Vec<Pattern>,
}

impl PullSecret {
    /// Whether a namespace is to have it.
    pub fn selects(&self, namespace: &str, labels: &BTreeMap<String, String>) -> bool {
        let has = |patterns: &[Pattern]| patterns.iter().any(|pattern| pattern.matches(namespace));
        !self.wanted.is_empty()
            && !has(&self.exclude)
            && (has(&self.patterns)
                || self.selector.as_ref().is_some_and(|selector| selector.matches(labels)))
    }

    /// Whether a service account is to name it, in a namespace that has it.
    pub fn is_for_account(&self, account: &str) -> bool {
        self.account_patterns.iter().any(|pattern| pattern.matches(account))
    }

    /// The accounts by name; `None` where that cannot be said, as one has a `*`.
    pub fn literal_accounts(&self) -> Option<&[String]> {
        (!self.accounts.iter().any(|name| name.contains('*'))).then_some(self.accounts.as_slice())
    }

    /// The namespaces that are written out.
    pub fn literal_namespaces(&self) -> impl Iterator<Item = &str> {
        self.namespaces.iter().map(String::as_str).filter(|name| !name.contains('*'))
    }

    /// Where it goes, in words.
    pub fn describe(&self) -> String {
        let mut places = Vec::new();
        if !self.namespaces.is_empty() {
            places.push(self.namespaces.join(", "));
        }
        if let Some(selector) = &self.written_selector {
            places.push(format!("those labelled `{selector}`"));
        }
        let but = if self.excluded.is_empty() {
            String::new()
        } else {
            format!(", but not {}", self.excluded.join(", "))
        };
        let accounts = match self.accounts.as_slice() {
            [] => "for no service account".to_owned(),
            accounts => format!("for service accounts {}", accounts.join(", ")),
        };
        format!("in namespaces {}{but}; {accounts}", places.join(" and "))
    }

    /// The same, wanted nowhere.
    pub(super) fn retired(&self) -> Self {
        Self { wanted: Vec::new(), ..self.clone() }
    }
}

/// Checks what is written.
///
/// # Errors
/// The first thing that is wrong.
pub(super) fn check(
    written: &[WrittenPullSecret],
    registries: &Registries,
    scope: Scope,
    source: &Source<'_>,
) -> Result<Vec<PullSecret>, Problem> {
    if written.is_empty() {
        return Err(Problem { position: None, what: "there is no [[pull_secret]]".to_owned() });
    }
    if written.len() > MAX_PULL_SECRETS {
        let what = format!("there are more than {MAX_PULL_SECRETS} pull secrets");
        return Err(source.problem(&[Step::Key("pull_secret"), Step::Item(MAX_PULL_SECRETS)], what));
    }
    let mut secrets: Vec<PullSecret> = Vec::new();
    for (number, secret) in written.iter().enumerate() {
        let at = |key: &'static str, item: Option<usize>, what: String| {
            let mut path = vec![Step::Key("pull_secret"), Step::Item(number), Step::Key(key)];
            path.extend(item.map(Step::Item));
            source.problem(&path, what)
        };
        if !is_object(&secret.name, "") {
            return Err(at(
                "name",
                None,
                format!("`{}` is no name of a secret: lower case, digits, `-`, `.`", secret.name),
            ));
        }
        if secrets.iter().any(|known| *known.name == *secret.name) {
            return Err(at("name", None, format!("the secret `{}` is there twice", secret.name)));
        }
        for (key, names) in [("namespaces", &secret.namespaces), ("exclude", &secret.exclude)] {
            if let Some(item) = names.iter().position(|name| !is_namespace(name)) {
                let what = "that is no name of a namespace: lower case, digits, `-`, and `*` for any part"
                    .to_owned();
                return Err(at(key, Some(item), what));
            }
        }
        let selector = match &secret.selector {
            None => None,
            Some(text) => Some(
                Selector::parse(text)
                    .map_err(|why| at("selector", None, format!("`{text}` is no label selector: {why}")))?,
            ),
        };
        if secret.namespaces.is_empty() && selector.is_none() {
            let what = format!(
                "the secret `{}` goes nowhere: give it `namespaces` (\"*\" for all) or a `selector`",
                secret.name
            );
            return Err(at("name", None, what));
        }
        if scope == Scope::Namespaces {
            let pattern = secret.namespaces.iter().position(|name| name.contains('*'));
            if selector.is_some() || pattern.is_some() {
                let key = if selector.is_some() { "selector" } else { "namespaces" };
                let what = "with `scope = \"namespaces\"` every namespace is written out".to_owned();
                return Err(at(key, pattern.filter(|_| selector.is_none()), what));
            }
        }
        let accounts = secret.service_accounts.clone().unwrap_or_else(|| vec!["default".to_owned()]);
        if let Some(item) = accounts.iter().position(|name| !is_object(name, "*")) {
            let what =
                "that is no name of a service account: lower case, digits, `-`, `.`, and `*` for any part";
            return Err(at("service_accounts", Some(item), what.to_owned()));
        }
        let wanted = registries
            .wanted(secret.registries.as_deref(), secret.globs)
            .map_err(|item| at("registries", Some(item), "there is no registry of that name".to_owned()))?;
        if wanted.is_empty() {
            return Err(at("registries", None, "it has no registry".to_owned()));
        }
        let patterns = |names: &[String]| names.iter().map(|name| Pattern::stars(name)).collect();
        secrets.push(PullSecret {
            name: Arc::from(secret.name.as_str()),
            wanted,
            position: secret.position,
            adopt: secret.adopt,
            patterns: patterns(&secret.namespaces),
            namespaces: secret.namespaces.clone(),
            selector,
            written_selector: secret.selector.clone(),
            exclude: patterns(&secret.exclude),
            excluded: secret.exclude.clone(),
            account_patterns: patterns(&accounts),
            accounts,
        });
    }
    Ok(secrets)
}

#[cfg(test)]
mod tests {
    use super::super::tests::settings;

    #[test]
    fn names_and_labels_select_and_exclusion_wins() {
        let settings = settings(
            r#"
[[registry]]
hosts = ["public.ecr.aws"]
[[pull_secret]]
name = "a"
namespaces = ["shop", "team-*"]
selector = "pull=yes"
exclude = ["team-x", "kube-*"]
service_accounts = ["default", "build-*"]
"#,
        );
        let secret = &settings.pull_secrets[0];
        let pull = [("pull".to_owned(), "yes".to_owned())].into();
        for (namespace, labels, expected) in [
            ("shop", false, true),
            ("shopping", false, false),
            ("team-a", false, true),
            ("team-x", true, false),
            ("other", true, true),
            ("kube-system", true, false),
        ] {
            let labels = if labels { &pull } else { &Default::default() };
            assert_eq!(secret.selects(namespace, labels), expected, "{namespace}");
        }
        assert!(secret.is_for_account("build-1") && !secret.is_for_account("builder"));
        assert_eq!(secret.literal_accounts(), None);
        assert_eq!(secret.literal_namespaces().collect::<Vec<_>>(), ["shop"]);
    }
}
