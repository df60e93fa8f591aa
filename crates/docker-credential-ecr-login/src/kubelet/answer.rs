//! The answer: a token for one registry, or that there is none, and for how long the kubelet may keep that.

use std::collections::BTreeMap;

use ecrpass_core::time::Moment;
use ecrpass_core::{DiagnosisId, WipedBuffer};
use ecrpass_credentials::refusal::Refusal;
use ecrpass_helper::entry::Entry;
use serde::Serialize;
use zeroize::Zeroizing;

/// The longest time, in seconds: the kubelet forgets nothing by itself, so that a changed role or a token that a registry
/// refuses would be seen no sooner. The next call is answered from the cache here.
const LONGEST: i64 = 60 * 60;

/// How long it may be left alone when a public registry's images have to be pulled without credentials, in seconds.
const WITHOUT: i64 = 5 * 60;

/// What else an answer is good for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub enum CacheKey {
    /// All images of the registry. Never more: hosts of other regions match the same provider.
    Registry,
    /// The image alone.
    Image,
}

/// An answer to be.
pub struct Answer<'a> {
    /// The version of the request, in which it is answered.
    pub version: &'static str,
    /// The host as the image names it, with its port: the kubelet compares letter by letter.
    pub host: &'a str,
    /// What else it is good for.
    pub key: CacheKey,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Written<'a> {
    kind: &'static str,
    api_version: &'static str,
    cache_key_type: CacheKey,
    cache_duration: String,
    auth: BTreeMap<&'a str, Login<'a>>,
}

#[derive(Serialize)]
struct Login<'a> {
    username: &'a str,
    password: &'a str,
}

impl Answer<'_> {
    /// With a token.
    ///
    /// # Errors
    /// Only when there is no memory for it.
    pub fn with(&self, entry: &Entry, now: &Moment) -> Result<Zeroizing<Vec<u8>>, Refusal> {
        let login = Login { username: &entry.username, password: entry.password.expose() };
        self.write(duration(entry.issue.left(now)), BTreeMap::from([(self.host, login)]))
    }

    /// Without.
    ///
    /// # Errors
    /// Only when there is no memory for it.
    pub fn without(&self) -> Result<Zeroizing<Vec<u8>>, Refusal> {
        self.write(WITHOUT, BTreeMap::new())
    }

    fn write(&self, duration: i64, auth: BTreeMap<&str, Login<'_>>) -> Result<Zeroizing<Vec<u8>>, Refusal> {
        let length: usize = auth.iter().map(|(host, login)| host.len() + login.password.len()).sum();
        let written = Written {
            kind: "CredentialProviderResponse",
            api_version: self.version,
            cache_key_type: self.key,
            cache_duration: go(duration),
            auth,
        };
        let mut bytes = WipedBuffer::with_capacity(length + 512);
        serde_json::to_writer(&mut bytes, &written).map_err(|error| {
            Refusal::transient(
                DiagnosisId::AwsServiceTransient,
                format!("The answer could not be put together: {error}."),
                "free memory, then try again",
            )
        })?;
        bytes.extend(b"\n");
        Ok(bytes.into_bytes())
    }
}

/// How long the kubelet may keep a token that lives so many seconds more: half of them, and an hour at most. Nothing at
/// all only where its end is not known.
pub(super) fn duration(left: i64) -> i64 {
    (left / 2).max(left.min(1)).clamp(0, LONGEST)
}

/// Seconds as Go writes them.
fn go(seconds: i64) -> String {
    let (hours, minutes, rest) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    match (hours, minutes) {
        (0, 0) => format!("{rest}s"),
        (0, _) => format!("{minutes}m{rest}s"),
        _ => format!("{hours}h{minutes}m{rest}s"),
    }
}

#[cfg(test)]
mod tests {
    use ecrpass_core::Secret;
    use proptest::prelude::*;

    use super::*;
    use ecrpass_helper::freshness::Issue;

    #[test]
    fn durations_are_written_as_go_does() {
        for (seconds, text) in [
            (0, "0s"),
            (7, "7s"),
            (60, "1m0s"),
            (300, "5m0s"),
            (3600, "1h0m0s"),
            (21_600, "6h0m0s"),
            (3_723, "1h2m3s"),
        ] {
            assert_eq!(go(seconds), text);
        }
    }

    #[test]
    fn an_answer_is_what_the_kubelet_decodes() {
        let now = Moment { boot: None, since_boot: Some(10), wall: 1000 };
        let entry = Entry {
            username: "AWS".to_owned(),
            password: Secret::new("p\"w".to_owned()),
            issue: Issue { moment: now.clone(), aws_time: Some(50_000), aws_expires_at: 50_000 + 43_200 },
            retry_after: 0,
            hosts: Vec::new(),
        };
        let answer = Answer {
            version: "credentialprovider.kubelet.k8s.io/v1beta1",
            host: "H.example:443",
            key: CacheKey::Image,
        };
        let text = String::from_utf8(answer.with(&entry, &now).unwrap().to_vec()).unwrap();
        assert_eq!(
            text,
            "{\"kind\":\"CredentialProviderResponse\",\"apiVersion\":\"credentialprovider.kubelet.k8s.io/v1beta1\",\"cacheKeyType\":\"Image\",\"cacheDuration\":\"1h0m0s\",\"auth\":{\"H.example:443\":{\"username\":\"AWS\",\"password\":\"p\\\"w\"}}}\n"
        );
        let nothing = Answer { key: CacheKey::Registry, ..answer }.without().unwrap();
        let value: serde_json::Value = serde_json::from_slice(&nothing).unwrap();
        assert_eq!((&value["cacheDuration"], &value["auth"]), (&"5m0s".into(), &serde_json::json!({})));
    }

    proptest! {
        #[test]
        fn no_duration_outlives_the_token(left in any::<i64>()) {
            let kept = duration(left);
            prop_assert!((0..=LONGEST).contains(&kept));
            prop_assert!(kept <= left.max(0));
            prop_assert_eq!(kept == 0, left <= 0);
            prop_assert!(left < 2 || kept <= left / 2);
        }
    }
}
