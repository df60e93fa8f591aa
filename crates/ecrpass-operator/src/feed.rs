//! What is listed and followed in the cluster: no more than the configuration needs, so that the operator need not be able
//! to read anybody else's secret.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::names::Name;
use crate::settings::{Scope, Settings};

/// A kind of object.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// Namespaces.
    Namespace,
    /// Secrets.
    Secret,
    /// Service accounts.
    Account,
}

/// Some objects of a kind.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Feed {
    /// Of which kind.
    pub kind: Kind,
    /// In which namespace; everywhere without.
    pub namespace: Option<Name>,
    /// Of which name; of any without.
    pub name: Option<Name>,
}

impl Feed {
    /// All that the settings need.
    pub fn all(settings: &Settings) -> Vec<Self> {
        let mut feeds = BTreeSet::new();
        let everywhere = settings.scope == Scope::Cluster;
        if everywhere {
            feeds.insert(Self { kind: Kind::Namespace, namespace: None, name: None });
        }
        for secret in &settings.pull_secrets {
            let places: Vec<Option<Name>> = if everywhere {
                vec![None]
            } else {
                secret.literal_namespaces().map(|name| Some(Arc::from(name))).collect()
            };
            for namespace in places {
                let name = Some(Arc::clone(&secret.name));
                feeds.insert(Self { kind: Kind::Secret, namespace: namespace.clone(), name });
                let accounts =
                    |name: Option<Name>| Self { kind: Kind::Account, namespace: namespace.clone(), name };
                match secret.literal_accounts() {
                    Some(names) => {
                        feeds.extend(names.iter().map(|name| accounts(Some(Arc::from(name.as_str())))));
                    }
                    None => {
                        feeds.insert(accounts(None));
                    }
                }
            }
        }
        // Whoever follows all accounts of a place follows each.
        let all: BTreeSet<Option<Name>> = feeds
            .iter()
            .filter(|feed| feed.kind == Kind::Account && feed.name.is_none())
            .map(|feed| feed.namespace.clone())
            .collect();
        feeds.retain(|feed| {
            feed.kind != Kind::Account || feed.name.is_none() || !all.contains(&feed.namespace)
        });
        feeds.into_iter().collect()
    }

    /// Whether an object of its kind is one of them.
    pub fn covers(&self, namespace: &str, name: &str) -> bool {
        self.namespace.as_ref().is_none_or(|known| &**known == namespace)
            && self.name.as_ref().is_none_or(|known| &**known == name)
    }

    /// What it asks for, as messages say it: `secrets named ecr`.
    pub fn describe(&self) -> String {
        let resource = match self.kind {
            Kind::Namespace => "namespaces",
            Kind::Secret => "secrets",
            Kind::Account => "serviceaccounts",
        };
        let name = self.name.as_ref().map_or_else(String::new, |name| format!(" named {name}"));
        let namespace = self.namespace.as_ref().map_or_else(String::new, |name| format!(" in {name}"));
        format!("{resource}{name}{namespace}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::tests::{SMALL, settings};

    fn feeds(text: &str) -> Vec<String> {
        Feed::all(&settings(text)).iter().map(Feed::describe).collect()
    }

    #[test]
    fn nothing_is_read_that_is_not_needed() {
        assert_eq!(feeds(SMALL), ["namespaces", "secrets named ecr", "serviceaccounts named default"]);
        let more = format!(
            "{SMALL}service_accounts = [\"build-*\"]\n[[pull_secret]]\nname = \"b\"\nnamespaces = [\"*\"]\n"
        );
        assert_eq!(feeds(&more), ["namespaces", "secrets named b", "secrets named ecr", "serviceaccounts"]);
        let without = format!("{SMALL}service_accounts = []\n");
        assert_eq!(feeds(&without), ["namespaces", "secrets named ecr"]);
    }

    #[test]
    fn in_namespaces_of_its_own_it_looks_nowhere_else() {
        let text = format!(
            "scope = \"namespaces\"\n{}",
            SMALL.replace("selector = \"pull=yes\"", "namespaces = [\"a\", \"b\"]")
        );
        assert_eq!(
            feeds(&text),
            [
                "secrets named ecr in a",
                "secrets named ecr in b",
                "serviceaccounts named default in a",
                "serviceaccounts named default in b"
            ]
        );
    }
}
