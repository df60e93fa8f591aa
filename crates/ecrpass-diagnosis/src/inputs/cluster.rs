//! What a file with Kubernetes objects says of a cluster around a pod: service accounts and pull secrets.
//!
//! Source: Kubernetes, "Configure Service Accounts for Pods": an account's pull secrets are added to a pod without any.

use std::collections::{HashMap, HashSet};

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
    /// The roles to pull with that service accounts name.
    roles: HashMap<(String, String), String>,
    /// The namespaces of which there are secrets in the file, whatever they are for.
    namespaces: HashSet<String>,
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
            roles: of_kind("ServiceAccount")
                .filter_map(|account| Some((key(account, name(account)), pull_role(account)?)))
                .collect(),
            namespaces: of_kind("Secret").map(|secret| key(secret, "").0).collect(),
            secrets: of_kind("Secret")
                .filter_map(|object| {
                    Some((key(object, name(object)), pull_secret_reader::read(context, object)?))
                })
                .collect(),
        }
    }

    /// Adds what stands in the same file.
    pub fn extend(&mut self, more: Self) {
        self.accounts.extend(more.accounts);
        self.roles.extend(more.roles);
        self.namespaces.extend(more.namespaces);
        self.secrets.extend(more.secrets);
    }

    /// Adds what a cluster has of it; the file's own come first. A file need not name the namespace that its objects are
    /// put into.
    pub fn add(&mut self, others: Self) {
        for (key, names) in others.accounts {
            self.accounts.entry((String::new(), key.1.clone())).or_insert_with(|| names.clone());
            self.accounts.entry(key).or_insert(names);
        }
        for (key, role) in others.roles {
            self.roles.entry((String::new(), key.1.clone())).or_insert_with(|| role.clone());
            self.roles.entry(key).or_insert(role);
        }
        self.namespaces.extend(others.namespaces);
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

    /// What is known of the pull secrets of a service account.
    pub fn secrets_of_account(&self, namespace: &str, account: &str) -> Vec<PullSecret> {
        let names = self.account_secrets(namespace, account).unwrap_or_default();
        let known = names.iter().filter_map(|name| self.secrets.get(&(namespace.to_owned(), name.clone())));
        known.cloned().collect()
    }

    /// The role to pull with that a service account names.
    pub fn pull_role(&self, namespace: &str, account: &str) -> Option<&str> {
        self.roles.get(&(namespace.to_owned(), account.to_owned())).map(String::as_str)
    }

    /// Whether there are secrets of that namespace, whatever they are for.
    pub fn lists_secrets_of(&self, namespace: &str) -> bool {
        self.namespaces.contains(namespace)
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
        let is_made = kind == "Pod" && is_in_cluster(object);
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

/// Whether an object was read from a cluster, and is no file that somebody wrote.
pub fn is_in_cluster(object: &Node) -> bool {
    object.at(&["metadata", "uid"]).is_some() || object.get("status").is_some()
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

/// The role that upstream's provider takes for the pods of an account, from kubelet 1.34 on. Source:
/// kubernetes/cloud-provider-aws `cmd/ecr-credential-provider/main.go`.
fn pull_role(account: &Node) -> Option<String> {
    let annotations = account.at(&["metadata", "annotations"])?;
    let role = annotations.owned("eks.amazonaws.com/ecr-role-arn")?;
    Some(ecrpass_core::redact::redact(&role).into_owned())
}

fn secret_names(of: &Node) -> Vec<String> {
    of.items_of("imagePullSecrets").iter().filter_map(|secret| secret.owned("name")).collect()
}
