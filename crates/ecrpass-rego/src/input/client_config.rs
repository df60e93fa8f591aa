//! Logins in documents: masked, and with what can be known of them without their passwords.
//!
//! Each entry of a client's `auths` that holds something gets a member `ecrpass` with `user`, `registry`, `account`,
//! `region`, `is_ecr`, and for ECR's passwords `expires_at` (seconds since 1970) and `is_live`. A pull secret gets the
//! configurations in it, treated the same way, as `ecrpass.client_configurations`.

use ecrpass_audit::kind::FileKind;
use ecrpass_audit::source::SourceFile;
use ecrpass_audit::stored::Stored;
use ecrpass_audit::stored::configs::{Holder, StoredConfig};
use ecrpass_audit::stored::tokens;
use ecrpass_core::redact::REDACTED;
use ecrpass_core::registry::Registry;
use ecrpass_core::token::{AuthorizationToken, password_expiry};
use serde_json::{Map, Value, json};

use super::yaml;

/// The member that holds what is known.
const FACTS: &str = "ecrpass";

/// What nobody may read.
const SECRETS: [&str; 4] = ["auth", "password", "identitytoken", "registrytoken"];

/// The shortest text that may hold a token.
const SHORTEST_TOKEN: usize = 40;

/// A document without passwords.
pub(super) fn masked(file: &SourceFile, mut document: Value, now: i64) -> Value {
    match file.kind {
        FileKind::ClientConfig => {
            let is_legacy = file.name().ends_with(".dockercfg");
            mask_configuration(&mut document, is_legacy, now);
        }
        FileKind::Kubernetes if document.get("kind").and_then(Value::as_str) == Some("Secret") => {
            let name = document.pointer("/metadata/name").and_then(Value::as_str).unwrap_or_default();
            let configurations = configurations(file, name, now);
            mask_secret(&mut document);
            if let (Some(members), false) = (document.as_object_mut(), configurations.is_empty()) {
                members.insert(FACTS.to_owned(), json!({ "client_configurations": configurations }));
            }
        }
        _ => {}
    }
    mask_tokens(&mut document);
    document
}

/// The client configurations in a pull secret of that name.
fn configurations(file: &SourceFile, name: &str, now: i64) -> Vec<Value> {
    let nodes = ecrpass_audit::yaml::read_partly(&file.text).0;
    let stored = Stored::of(file, &|| Some(nodes.as_slice()));
    let of_secret = stored.configs.iter().filter(|config| match &config.holder {
        Holder::PullSecret(of) => of == name,
        _ => false,
    });
    let read = |config: &StoredConfig| {
        let mut document = yaml::read(config.passage.text()).into_iter().next()?;
        mask_configuration(&mut document, config.is_legacy(), now);
        Some(document)
    };
    of_secret.filter_map(read).collect()
}

fn mask_configuration(document: &mut Value, is_legacy: bool, now: i64) {
    let entries = if is_legacy { document.as_object_mut() } else { auths(document) };
    for (key, entry) in entries.into_iter().flatten() {
        if let Some(fields) = entry.as_object_mut() {
            mask_entry(key, fields, now);
        }
    }
}

/// `auths`, as Go's clients find it: in any case.
fn auths(document: &mut Value) -> Option<&mut Map<String, Value>> {
    let members = document.as_object_mut()?;
    members.iter_mut().find(|(key, _)| key.eq_ignore_ascii_case("auths"))?.1.as_object_mut()
}

fn mask_entry(key: &str, fields: &mut Map<String, Value>, now: i64) {
    if fields.is_empty() {
        return;
    }
    let field = |name: &str| {
        let found = fields.iter().find(|(key, _)| key.eq_ignore_ascii_case(name));
        found.and_then(|(_, value)| value.as_str()).filter(|text| !text.is_empty())
    };
    let login = field("auth").and_then(|auth| AuthorizationToken::decode(auth).ok());
    let user = login.as_ref().map(|login| login.username.clone());
    let user = user.or_else(|| field("username").map(str::to_owned));
    let expires_at = match &login {
        Some(login) => login.expires_at,
        None => field("password").and_then(password_expiry),
    };
    let mut facts = facts(key);
    if let Some(user) = user {
        facts.insert("user".to_owned(), json!(user));
    }
    if let Some(expires_at) = expires_at {
        facts.insert("expires_at".to_owned(), json!(expires_at));
        facts.insert("is_live".to_owned(), json!(expires_at > now));
    }
    for (key, value) in fields.iter_mut() {
        let is_secret = SECRETS.iter().any(|secret| key.eq_ignore_ascii_case(secret));
        if is_secret && value.as_str().is_some_and(|text| !text.is_empty()) {
            *value = json!(REDACTED);
        }
    }
    fields.insert(FACTS.to_owned(), Value::Object(facts));
}

/// What a key says of its registry.
fn facts(key: &str) -> Map<String, Value> {
    let registry = Registry::parse(key).ok();
    let mut facts = Map::new();
    facts.insert("is_ecr".to_owned(), json!(registry.is_some()));
    if let Some(registry) = registry {
        facts.insert("registry".to_owned(), json!(registry.host()));
        facts.insert("region".to_owned(), json!(registry.region()));
        if let Some(account) = registry.account() {
            facts.insert("account".to_owned(), json!(account));
        }
    }
    facts
}

/// The fields of a pull secret that are configurations as a whole.
fn mask_secret(document: &mut Value) {
    for field in ["data", "stringData"] {
        let Some(members) = document.get_mut(field).and_then(Value::as_object_mut) else { continue };
        for (key, value) in members.iter_mut() {
            if [".dockerconfigjson", ".dockercfg"].contains(&key.as_str()) && value.is_string() {
                *value = json!(REDACTED);
            }
        }
    }
}

/// ECR's passwords anywhere else.
fn mask_tokens(value: &mut Value) {
    match value {
        Value::String(text) if text.len() >= SHORTEST_TOKEN => {
            let mut found: Vec<_> = tokens::find(text).into_iter().map(|token| token.bytes).collect();
            found.sort_by_key(|bytes| std::cmp::Reverse(bytes.start));
            for bytes in found {
                if text.get(bytes.clone()).is_some_and(|token| !token.contains(REDACTED)) {
                    text.replace_range(bytes, REDACTED);
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(mask_tokens),
        Value::Object(members) => members.values_mut().for_each(mask_tokens),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use ecrpass_audit::kind::Owner;

    use super::*;

    const HOST: &str = "123456789012.dkr.ecr.us-east-1.amazonaws.com";

    /// `AWS:` and an ECR password that expires at 5000, in base64, and the same in a configuration in a pull secret.
    const AUTH: &str = include_str!("../../tests/fixtures/auth.txt");
    const SECRET: &str = include_str!("../../tests/fixtures/secret.yaml");

    fn document(path: &str, text: &str) -> Value {
        let kind = FileKind::of(path, text);
        let file =
            SourceFile { path: path.to_owned(), text: text.to_owned(), kind, owner: Owner::Repository };
        masked(&file, yaml::read(text).remove(0), 4000)
    }

    #[test]
    fn entries_say_what_is_known_without_their_passwords() {
        let auth = AUTH.trim();
        let text = format!(
            r#"{{"auths": {{"https://{HOST}/v1/": {{"auth": "{auth}"}}, "ghcr.io": {{"username": "u", "password": "pw-of-u"}}, "x.io": {{}}}}, "credHelpers": {{"{HOST}": "ecr-login"}}}}"#
        );
        let document = document("home/a/.docker/config.json", &text);
        let entry = &document["auths"][format!("https://{HOST}/v1/")];
        assert_eq!(entry["auth"], REDACTED);
        assert_eq!(
            entry["ecrpass"],
            json!({
                "is_ecr": true, "registry": HOST, "region": "us-east-1", "account": "123456789012", "user": "AWS",
                "expires_at": 5000, "is_live": true,
            })
        );
        let other = &document["auths"]["ghcr.io"];
        assert_eq!(
            (&other["password"], &other["ecrpass"]),
            (&json!(REDACTED), &json!({"is_ecr": false, "user": "u"}))
        );
        assert_eq!(document["auths"]["x.io"], json!({}));
        assert_eq!(document["credHelpers"], json!({HOST: "ecr-login"}));
    }

    #[test]
    fn pull_secrets_show_the_configuration_in_them() {
        let document = document("k8s/secret.yaml", SECRET);
        assert_eq!(document["data"][".dockerconfigjson"], REDACTED);
        let entry = &document["ecrpass"]["client_configurations"][0]["auths"][HOST];
        assert_eq!((&entry["auth"], &entry["ecrpass"]["expires_at"]), (&json!(REDACTED), &json!(5000)));
    }

    #[test]
    fn tokens_elsewhere_are_masked_and_other_values_stay() {
        let auth = AUTH.trim();
        let text = format!("script: |\n  echo {auth} | base64 -d\nkey: AKIAIOSFODNN7EXAMPLE\n");
        let document = document("x.yaml", &text);
        assert_eq!(document["script"], format!("echo {REDACTED} | base64 -d\n"));
        assert_eq!(document["key"], "AKIAIOSFODNN7EXAMPLE");
    }
}
