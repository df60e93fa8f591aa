//! What a file with Kubernetes objects says of a cluster around a pod: service accounts and pull secrets.
//!
//! Source: Kubernetes, "Configure Service Accounts for Pods": an account's pull secrets are added to a pod without any.

use std::collections::HashMap;

use super::context::Context;
use super::pull_secret::PullSecret;
use super::pull_secret_reader;
use super::puller::Pod;
use super::tree::Node;

/// What pods refer to, by namespace and name.
#[derive(Default)]
pub struct Cluster {
    /// The names of the pull secrets of the service accounts in the file.
    accounts: HashMap<(String, String), Vec<String>>,
    /// The pull secrets in the file.
    secrets: HashMap<(String, String), PullSecret>,
}

impl Cluster {
    /// What the objects of a file have of it.
    pub fn of(context: &Context, objects: &[&Node]) -> Self {
        let of_kind = |kind: &'static str| {
            objects.iter().copied().filter(move |object| object.text_of("kind") == Some(kind))
        };
        Self {
            accounts: of_kind("ServiceAccount")
                .map(|account| (key(account, name(account)), secret_names(account)))
                .collect(),
            secrets: of_kind("Secret")
                .filter_map(|object| {
                    Some((key(object, name(object)), pull_secret_reader::read(context, object)?))
                })
                .collect(),
        }
    }

    /// Adds what a cluster has of it; the file's own come first. A file need not name the namespace that its objects are
    /// put into.
    pub fn add(&mut self, others: Self) {
        for (key, names) in others.accounts {
            self.accounts.entry((String::new(), key.1.clone())).or_insert_with(|| names.clone());
            self.accounts.entry(key).or_insert(names);
        }
        for (key, secret) in others.secrets {
            self.secrets.entry((String::new(), key.1.clone())).or_insert_with(|| secret.clone());
            self.secrets.entry(key).or_insert(secret);
        }
    }

    /// The pull secrets, in the order they stand there.
    pub fn secrets(&self) -> Vec<&PullSecret> {
        let mut secrets: Vec<&PullSecret> = self.secrets.values().collect();
        secrets.sort_by_key(|secret| (secret.place.line, secret.place.column));
        secrets
    }

    /// The pull secrets of a service account; `None` where the account is not known.
    pub fn account_secrets(&self, namespace: &str, account: &str) -> Option<&[String]> {
        self.accounts.get(&(namespace.to_owned(), account.to_owned())).map(Vec::as_slice)
    }

    /// The other namespaces that have a pull secret of that name.
    pub fn elsewhere(&self, namespace: &str, name: &str) -> Vec<String> {
        let others = self.secrets.keys().filter(|(other, known)| known == name && other != namespace);
        let mut others: Vec<String> =
            others.map(|(other, _)| other.clone()).filter(|other| !other.is_empty()).collect();
        others.sort_unstable();
        others
    }

    /// The pod of an object, with the pull secrets that its specification names and those the file has.
    pub fn pod(&self, object: &Node, spec: &Node) -> Pod {
        let account = spec.owned("serviceAccountName").or_else(|| spec.owned("serviceAccount"));
        let mut pull_secrets = secret_names(spec);
        let kind = object.text_of("kind").unwrap_or("Pod");
        // In the cluster, those of the account are in the pod, or it was made before them.
        let is_made =
            kind == "Pod" && (object.at(&["metadata", "uid"]).is_some() || object.get("status").is_some());
        if pull_secrets.is_empty() && !is_made {
            // The admission controller adds those of the service account only to a pod that has none.
            let key = key(object, account.as_deref().unwrap_or("default"));
            pull_secrets = self.accounts.get(&key).cloned().unwrap_or_default();
        }
        Pod {
            object: format!("{kind}/{}", name(object)),
            namespace: object.get("metadata").and_then(|metadata| metadata.owned("namespace")),
            service_account: account,
            secrets: pull_secrets
                .iter()
                .filter_map(|name| self.secrets.get(&key(object, name)).cloned())
                .collect(),
            pull_secrets,
            pull_policy: None,
            node: spec.owned("nodeName"),
        }
    }
}

fn name(object: &Node) -> &str {
    let metadata = object.get("metadata");
    metadata
        .and_then(|metadata| metadata.text_of("name").or_else(|| metadata.text_of("generateName")))
        .unwrap_or("?")
}

/// The name of something in the namespace of an object.
fn key(object: &Node, name: &str) -> (String, String) {
    let namespace = object.at(&["metadata", "namespace"]).and_then(Node::text).unwrap_or_default();
    (namespace.to_owned(), name.to_owned())
}

fn secret_names(of: &Node) -> Vec<String> {
    of.items_of("imagePullSecrets").iter().filter_map(|secret| secret.owned("name")).collect()
}
