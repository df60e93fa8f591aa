//! What the kubelet makes of a provider's answer.
//!
//! Source: Kubernetes `pkg/credentialprovider/plugin/plugin.go`, `ExecPlugin.decodeResponse` and `provide`: strict decoding, the
//! version of the configuration, a known type of key, a duration that Go reads.

use std::collections::BTreeMap;

use ecrpass_clients::client::kubelet_matches;
use ecrpass_core::Secret;
use serde::{Deserialize, Deserializer};

use super::check::duration_seconds;

/// An answer that the kubelet uses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    /// A login for the image that was asked for.
    Login,
    /// That there is none, so that the pull goes on without.
    Empty,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Response {
    kind: String,
    api_version: String,
    cache_key_type: String,
    #[serde(default)]
    cache_duration: Option<String>,
    #[serde(default)]
    auth: Option<BTreeMap<String, Login>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Login {
    username: String,
    password: Password,
}

struct Password(Secret);

impl<'de> Deserialize<'de> for Password {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(|text| Self(Secret::new(text)))
    }
}

/// Judges an answer to a request in a version of the protocol (`v1`) for an image.
///
/// # Errors
/// Why the kubelet would not use it, in words without anything of the answer's secrets.
pub fn judge(answer: &[u8], api: &str, image: &str) -> Result<Answer, String> {
    if answer.iter().all(u8::is_ascii_whitespace) {
        return Err("it said nothing".to_owned());
    }
    // The place, and not the words: they may be a password.
    let response: Response = serde_json::from_slice(answer).map_err(|error| {
        format!(
            "it is no CredentialProviderResponse that the kubelet decodes (line {}, column {})",
            error.line(),
            error.column()
        )
    })?;
    let version = format!("credentialprovider.kubelet.k8s.io/{api}");
    if response.kind != "CredentialProviderResponse" || response.api_version != version {
        return Err(format!("it is not of kind CredentialProviderResponse in version {version}"));
    }
    if !["Image", "Registry", "Global"].contains(&response.cache_key_type.as_str()) {
        return Err("its cacheKeyType is none that the kubelet knows".to_owned());
    }
    if response.cache_duration.as_deref().is_some_and(|text| duration_seconds(text).is_none()) {
        return Err("its cacheDuration is no duration".to_owned());
    }
    let logins = response.auth.unwrap_or_default();
    if logins.is_empty() {
        return Ok(Answer::Empty);
    }
    let is_usable = |(key, login): (&String, &Login)| {
        kubelet_matches(key, image) && !login.username.is_empty() && !login.password.0.is_empty()
    };
    if logins.iter().any(is_usable) {
        Ok(Answer::Login)
    } else {
        Err("none of its logins is for this image".to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOST: &str = "123456789012.dkr.ecr.eu-west-1.amazonaws.com:443";
    const IMAGE: &str = "123456789012.dkr.ecr.eu-west-1.amazonaws.com:443/app";

    fn answer(change: impl FnOnce(&mut serde_json::Value)) -> Result<Answer, String> {
        let mut value = serde_json::json!({
            "kind": "CredentialProviderResponse",
            "apiVersion": "credentialprovider.kubelet.k8s.io/v1",
            "cacheKeyType": "Registry",
            "cacheDuration": "1h0m0s",
            "auth": {HOST: {"username": "AWS", "password": "top-secret"}},
        });
        change(&mut value);
        judge(value.to_string().as_bytes(), "v1", IMAGE)
    }

    #[test]
    fn what_the_kubelet_uses_is_good() {
        assert_eq!(answer(|_| {}), Ok(Answer::Login));
        assert_eq!(answer(|value| value["auth"] = serde_json::json!({})), Ok(Answer::Empty));
        assert_eq!(answer(|value| drop(value.as_object_mut().unwrap().remove("auth"))), Ok(Answer::Empty));
        assert_eq!(
            answer(|value| drop(value.as_object_mut().unwrap().remove("cacheDuration"))),
            Ok(Answer::Login)
        );
    }

    #[test]
    fn what_it_would_drop_is_not() {
        type Change = fn(&mut serde_json::Value);
        let changes: [(&str, Change); 7] = [
            ("decodes", |value| value["extra"] = true.into()),
            ("version", |value| value["apiVersion"] = "credentialprovider.kubelet.k8s.io/v1beta1".into()),
            ("kind", |value| value["kind"] = "Other".into()),
            ("cacheKeyType", |value| value["cacheKeyType"] = "Host".into()),
            ("cacheDuration", |value| value["cacheDuration"] = "soon".into()),
            // A key without the port.
            ("for this image", |value| {
                let login = value["auth"][HOST].take();
                value["auth"] = serde_json::json!({"123456789012.dkr.ecr.eu-west-1.amazonaws.com": login});
            }),
            ("for this image", |value| value["auth"][HOST]["password"] = "".into()),
        ];
        for (words, change) in changes {
            let why = answer(change).unwrap_err();
            assert!(why.contains(words), "{words}: {why}");
        }
        for text in ["", " \n", "{} {}", "log line\n{}", "docker"] {
            let why = judge(text.as_bytes(), "v1", IMAGE).unwrap_err();
            assert!(!why.contains("top-secret"), "{why}");
        }
        let leak = judge(b"{\"kind\": 1, \"top-secret\": 2}", "v1", IMAGE).unwrap_err();
        assert!(!leak.contains("top-secret"), "{leak}");
    }
}
