//! What AWS says of the users, roles and repositories that a tree speaks of: `ecrpass audit --aws`.
//!
//! It only reads. What these credentials may not read is told, and never taken for clean.

use std::collections::{BTreeMap, BTreeSet};

use ecrpass_audit::kind::{FileKind, Owner};
use ecrpass_audit::live::{LiveKey, LiveRepository};
use ecrpass_audit::source::{SourceFile, Tree};
use ecrpass_audit::stored::hosts::registries;
use ecrpass_audit::stored::keys;
use ecrpass_aws::access_keys::{self, KeyFacts};
use ecrpass_aws::collect::{Found, attached};
use ecrpass_aws::registry_api::{ApiFailure, Described, FailureKind, RegistryApi};
use ecrpass_core::{Arn, ImageReference};
use ecrpass_repository::settings::{EncryptionKind, Scanning};
use serde_json::Value;

use super::registry_session::failed;
use crate::error::CommandError;

/// How many users, roles and regions of a tree are asked about, and how many repositories of a region.
const MOST: usize = 50;
const MOST_REPOSITORIES: usize = 200;

/// What AWS says.
#[derive(Debug, Default)]
pub struct Said {
    /// The keys of the users.
    pub keys: Vec<LiveKey>,
    /// The repositories.
    pub repositories: Vec<LiveRepository>,
    /// Policies of repositories, roles and users, as files.
    pub documents: Vec<SourceFile>,
    /// What could not be read, and why.
    pub unread: BTreeMap<String, String>,
    /// What was left out because there is too much of it.
    pub left_out: Vec<String>,
}

/// What a tree speaks of.
#[derive(Debug, Default, PartialEq, Eq)]
struct Named {
    /// Users and roles, by their ARNs.
    principals: BTreeSet<String>,
    /// Access keys, and a file that each stands in.
    keys: BTreeMap<String, String>,
    /// Regions of registries, each with its account.
    registries: BTreeSet<(String, String)>,
}

/// Asks about what a tree speaks of, and about whoever asks.
///
/// # Errors
/// When nobody can be asked at all.
pub fn collect(
    api: &mut RegistryApi<'_>,
    tree: &Tree,
    region: &str,
    tell: &mut dyn FnMut(&str),
) -> Result<Said, CommandError> {
    let (account, caller) =
        api.identity().map_err(|failure| failed("It is not known whose credentials these are", failure))?;
    let named = named(tree);
    let mut reader = Reader { said: Said::default(), tell };
    reader.keys_and_policies(api, &named, &account, &caller);
    let mut regions: BTreeSet<&str> =
        named.registries.iter().filter(|(_, of)| *of == account).map(|(region, _)| region.as_str()).collect();
    regions.insert(region);
    for region in regions.into_iter().take(MOST) {
        api.in_region(region);
        reader.repositories(api, region, &repositories_named(tree, &account, region));
    }
    Ok(reader.said)
}

/// The users, roles, keys and registries that the files of a tree name.
fn named(tree: &Tree) -> Named {
    let mut named = Named::default();
    for file in tree.files() {
        let is_word = |c: char| c.is_ascii_alphanumeric() || "+=,.@_-/:".contains(c);
        for word in file.text.split(|c: char| !is_word(c)).filter(|word| word.starts_with("arn:")) {
            let word = word.trim_end_matches(['.', ',', ':', '/']);
            let is_meant = Arn::parse(word).is_some_and(|arn| {
                arn.service == "iam"
                    && ["user", "role"].iter().any(|kind| arn.resource_of_kind(kind).is_some())
            });
            if is_meant {
                named.principals.insert(word.to_owned());
            }
        }
        for key in keys::find(&file.text).iter().filter(|key| !key.is_temporary) {
            let id = key.places.first().and_then(|bytes| file.text.get(bytes.clone()));
            if let Some(id) = id {
                named.keys.entry(id.to_owned()).or_insert_with(|| file.path.clone());
            }
        }
        for registry in registries(&file.text) {
            if let Some(account) = registry.account() {
                named.registries.insert((registry.region().to_owned(), account.to_owned()));
            }
        }
    }
    named
}

/// The repositories of a registry that the files of a tree name.
fn repositories_named(tree: &Tree, account: &str, region: &str) -> BTreeSet<String> {
    let host = format!("{account}.dkr.ecr.{region}.");
    let mut names = BTreeSet::new();
    for file in tree.files().iter().filter(|file| file.text.contains(&host)) {
        let is_word = |c: char| c.is_ascii_alphanumeric() || "._-/:@".contains(c);
        for word in file.text.split(|c: char| !is_word(c)) {
            let Some(at) = word.find(&host) else { continue };
            let image =
                ImageReference::parse(word.get(at..).unwrap_or_default().trim_end_matches(['.', ':', '/']));
            names.extend(image.ok().map(|image| image.repository).filter(|name| !name.is_empty()));
        }
    }
    names
}

struct Reader<'a> {
    said: Said,
    tell: &'a mut dyn FnMut(&str),
}

impl Reader<'_> {
    /// An answer, or a note on why there is none; one for each operation.
    fn heard<T>(&mut self, what: &str, answer: Result<T, ApiFailure>) -> Option<T> {
        answer
            .map_err(|failure| {
                let service = match failure.operation {
                    operation if operation.contains("AccessKey") => "iam",
                    _ => "ecr",
                };
                self.unread(what, service, &failure);
            })
            .ok()
    }

    fn unread(&mut self, what: &str, service: &str, failure: &ApiFailure) {
        let why = match failure.kind {
            FailureKind::Denied => format!("{service}:{} is not allowed", failure.operation),
            _ => failure.words.clone(),
        };
        self.said.unread.entry(failure.operation.to_owned()).or_insert_with(|| format!("{what}: {why}"));
    }

    fn keys_and_policies(&mut self, api: &RegistryApi<'_>, named: &Named, account: &str, caller: &str) {
        let mut users: BTreeSet<String> = BTreeSet::new();
        for id in named.keys.keys().take(MOST) {
            (self.tell)("access keys");
            let user = access_keys::user_of(api, id);
            users.extend(self.heard("whose the keys in the files are", user).flatten());
        }
        let mut principals = named.principals.clone();
        if let Some(role) = Arn::parse(caller).and_then(|arn| arn.role_name().map(str::to_owned)) {
            let partition = Arn::parse(caller).map_or("aws", |arn| arn.partition).to_owned();
            principals.insert(Arn::iam(&partition, account, &format!("role/{role}")).to_string());
        } else {
            principals.insert(caller.to_owned());
        }
        // Nobody looks into another account.
        let own: Vec<&String> = principals
            .iter()
            .filter(|arn| Arn::parse(arn).is_some_and(|arn| arn.account == account && arn.service == "iam"))
            .collect();
        if own.len() > MOST {
            self.said.left_out.push(format!("{} of {} users and roles", own.len() - MOST, own.len()));
        }
        for arn in own.into_iter().take(MOST) {
            let user = Arn::parse(arn).and_then(|arn| arn.resource_of_kind("user").map(str::to_owned));
            if let Some(user) = user {
                users.insert(user.rsplit('/').next().unwrap_or_default().to_owned());
            }
            self.policies(api, arn);
        }
        for user in users {
            (self.tell)(&format!("access keys of {user}"));
            let keys = access_keys::of_user(api, &user);
            let keys = self.heard(&format!("the access keys of {user}"), keys).flatten().unwrap_or_default();
            self.said.keys.extend(keys.into_iter().map(|key| live(key, named)));
        }
    }

    /// What is attached to a user or role, and whom a role trusts.
    fn policies(&mut self, api: &RegistryApi<'_>, arn: &str) {
        let all = attached(api, arn, &mut *self.tell);
        let resource = Arn::parse(arn).map_or("", |arn| arn.resource);
        for (_, what, failure) in &all.unread {
            if failure.kind != FailureKind::NotFound {
                self.unread(what, "iam", failure);
            }
        }
        for found in all.trust {
            self.document(format!("aws/iam/{resource}/trust-policy.json"), &found);
        }
        for found in all.identity {
            // AWS's own are as they are; that which allows everything need not have been attached.
            let arn = found.arn.as_deref().unwrap_or_default();
            if !arn.contains(":aws:policy/") || arn.ends_with("/AmazonEC2ContainerRegistryFullAccess") {
                let name = found.source.split_whitespace().nth(2).unwrap_or("policy");
                let name = name.rsplit('/').next().unwrap_or(name).to_owned();
                self.document(format!("aws/iam/{resource}/{name}.json"), &found);
            }
        }
    }

    fn document(&mut self, path: String, found: &Found) {
        self.said.documents.push(file(path, &found.text));
    }

    fn repositories(&mut self, api: &RegistryApi<'_>, region: &str, wanted: &BTreeSet<String>) {
        (self.tell)(&format!("repositories in {region}"));
        let all = api.repositories(&mut |_| {});
        let Some(all) = self.heard(&format!("the repositories in {region}"), all) else { return };
        // Those that the tree names; where it names none, all.
        let is_meant = |one: &&Described| wanted.is_empty() || wanted.contains(&one.name);
        let meant: Vec<&Described> = all.iter().filter(is_meant).collect();
        if meant.len() > MOST_REPOSITORIES {
            let left = meant.len() - MOST_REPOSITORIES;
            self.said.left_out.push(format!("{left} of {} repositories in {region}", meant.len()));
        }
        let scanning = api.scanning();
        let scanning: Option<Scanning> = self.heard("how the registry scans", scanning);
        for one in meant.into_iter().take(MOST_REPOSITORIES) {
            let by_registry = scanning.as_ref().map(|scanning| scanning.of(&one.name).is_some());
            self.said.repositories.push(LiveRepository {
                place: format!("{region}/{}", one.name),
                is_mutable: !one.mutability.immutable && one.mutability.except.is_empty(),
                is_scanned: if one.scan_on_push { Some(true) } else { by_registry },
                has_kms_key: one.encryption.kind != EncryptionKind::Aes256,
            });
            (self.tell)(&format!("policy of {}", one.name));
            let policy = api.repository_policy(&one.name);
            if let Some(Some(text)) = self.heard("the policies of repositories", policy) {
                let path = format!("aws/ecr/{region}/{}/policy.json", one.name);
                self.said.documents.push(file(path, &text));
            }
        }
    }
}

fn live(key: KeyFacts, named: &Named) -> LiveKey {
    LiveKey {
        found_in: named.keys.get(&key.id).cloned(),
        id: key.id,
        user: key.user,
        is_active: key.is_active,
        created_at: key.created_at,
        last_used: key.last_used,
    }
}

/// A document as a file, in lines.
fn file(path: String, text: &str) -> SourceFile {
    let lines = serde_json::from_str::<Value>(text).and_then(|value| serde_json::to_string_pretty(&value));
    let text = lines.unwrap_or_else(|_| text.to_owned());
    SourceFile { path, text, kind: FileKind::IamPolicy, owner: Owner::Repository }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_tree_speaks_of_is_known() {
        let key = ["AKIA", "RZPUZDIK", "GB2VALC4"].concat();
        let text = format!(
            "role: arn:aws:iam::123456789012:role/path/ci, \"arn:aws:iam::123456789012:user/ann\".\narn:aws:iam::aws:policy/x arn:aws:s3:::b\nAWS_ACCESS_KEY_ID={key}\nimage: 123456789012.dkr.ecr.eu-west-1.amazonaws.com/app:1\n"
        );
        let kind = FileKind::of("ci.yml", &text);
        let tree = Tree::new(
            vec![SourceFile { path: "ci.yml".to_owned(), text, kind, owner: Owner::Repository }],
            0,
        );
        let named = named(&tree);
        let principals: Vec<&str> = named.principals.iter().map(String::as_str).collect();
        assert_eq!(
            principals,
            ["arn:aws:iam::123456789012:role/path/ci", "arn:aws:iam::123456789012:user/ann"]
        );
        assert_eq!(named.keys.get(&key).map(String::as_str), Some("ci.yml"));
        let repositories = repositories_named(&tree, "123456789012", "eu-west-1");
        assert_eq!(repositories.iter().map(String::as_str).collect::<Vec<_>>(), ["app"]);
        assert!(named.registries.contains(&("eu-west-1".to_owned(), "123456789012".to_owned())));
    }
}
