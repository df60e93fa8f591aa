//! Authorization tokens and ECR Public's bearer tokens: made in AWS's format, and checked to the last byte.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ecrpass_core::Secret;
use ecrpass_core::time::EpochSeconds;
use serde_json::json;
use sha2::{Digest, Sha256};

use crate::principals::Principal;
use crate::random;

/// What a token opens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Scope {
    /// The private registries of one region.
    Region(String),
    /// ECR Public's `/token/`.
    PublicLogin,
    /// ECR Public itself.
    PublicBearer,
}

/// What the server knows of a token.
#[derive(Clone, Debug)]
pub(crate) struct Known {
    /// Whose it is; `None` for an anonymous bearer token.
    pub(crate) principal: Option<Arc<Principal>>,
    /// The access key it was issued to.
    pub(crate) key_id: Option<String>,
    pub(crate) scope: Scope,
    pub(crate) expires_at: EpochSeconds,
}

/// Every token issued, by digest, so that no token lies around.
#[derive(Debug, Default)]
pub(crate) struct Tokens {
    known: Mutex<HashMap<[u8; 32], Known>>,
    issued: AtomicU64,
}

impl Tokens {
    /// Makes a token, to be used as the password of user `AWS` or as a bearer token.
    pub(crate) fn issue(&self, known: Known) -> Secret {
        // Undocumented, but seen: key order and shape as in tokens of the field. With these sizes a password
        // measures about 1.8 kB, like the smaller real ones.
        let mut datakey = vec![1, 1, 1, 0, 0x78];
        datakey.extend(random::bytes(179));
        let inner = format!(
            r#"{{"payload":"{}","datakey":{},"version":"2","type":"DATA_KEY","expiration":{}}}"#,
            random::base64(744),
            json!(STANDARD.encode(&datakey)),
            known.expires_at
        );
        let token = STANDARD.encode(inner.as_bytes());
        self.remember(&token, known);
        Secret::new(token)
    }

    /// Lets a token in that was made elsewhere.
    pub(crate) fn remember(&self, token: &str, known: Known) {
        self.lock().insert(digest(token), known);
        self.issued.fetch_add(1, Ordering::Relaxed);
    }

    /// What is known of a token; `None` for one that was not issued here, in every byte.
    pub(crate) fn look_up(&self, token: &str) -> Option<Known> {
        self.lock().get(&digest(token)).cloned()
    }

    /// How many tokens were issued.
    pub(crate) fn issued(&self) -> u64 {
        self.issued.load(Ordering::Relaxed)
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<[u8; 32], Known>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn digest(token: &str) -> [u8; 32] {
    Sha256::digest(token.as_bytes()).into()
}

#[cfg(test)]
mod tests {
    use ecrpass_core::token::password_expiry;

    use super::*;

    #[test]
    fn tokens_look_real_and_are_known_whole() {
        let tokens = Tokens::default();
        let known =
            Known { principal: None, key_id: None, scope: Scope::PublicBearer, expires_at: 1_757_147_299 };
        let token = tokens.issue(known);
        let text = token.expose();
        assert!((1_700..2_000).contains(&text.len()), "{}", text.len());
        assert!(text.starts_with("eyJwYXlsb2FkIjoi"));
        assert_eq!(password_expiry(text), Some(1_757_147_299));
        assert!(tokens.look_up(text).is_some());
        for changed in [&text[..text.len() - 1], &format!("{text}A"), &text[1..], ""] {
            assert!(tokens.look_up(changed).is_none());
        }
        let mut tail = text.to_owned();
        tail.replace_range(
            text.len() - 6..text.len() - 5,
            if text.as_bytes()[text.len() - 6] == b'A' { "B" } else { "A" },
        );
        assert!(tokens.look_up(&tail).is_none());
        assert_eq!(tokens.issued(), 1);
    }
}
