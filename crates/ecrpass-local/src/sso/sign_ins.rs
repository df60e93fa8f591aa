//! Who is signed in to IAM Identity Center: access tokens, and what it takes to renew them.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};

use ecrpass_core::Secret;
use ecrpass_core::time::{EpochSeconds, rfc3339};
use serde_json::json;
use sha1::{Digest, Sha1};

use crate::random;

/// A file for `~/.aws/sso/cache/`, as `aws sso login` leaves it.
#[derive(Clone)]
pub struct SsoCacheFile {
    /// The file's name.
    pub name: String,
    /// Its content: a secret.
    pub content: Secret,
}

impl fmt::Debug for SsoCacheFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SsoCacheFile({})", self.name)
    }
}

/// Who is signed in.
#[derive(Debug, Default)]
pub(crate) struct SignIns {
    /// Access tokens and when they end.
    pub(super) access: Mutex<HashMap<String, EpochSeconds>>,
    /// Refresh tokens and whose they are.
    pub(super) refresh: Mutex<HashMap<String, Client>>,
}

/// A registered client, as OIDC has it.
#[derive(Debug)]
pub(super) struct Client {
    pub(super) id: String,
    pub(super) secret: Secret,
}

impl SignIns {
    /// Signs somebody in: the cache file of a session (or a start URL) whose access token ends at `expires_at`,
    /// with what it takes to refresh it when `refreshable`.
    pub(crate) fn sign_in(
        &self,
        session_or_url: &str,
        start_url: &str,
        region: &str,
        expires_at: EpochSeconds,
        refreshable: bool,
    ) -> SsoCacheFile {
        let access = random::base64(300);
        lock(&self.access).insert(access.clone(), expires_at);
        let mut content = json!({
            "startUrl": start_url,
            "region": region,
            "accessToken": access,
            "expiresAt": rfc3339(expires_at),
        });
        if refreshable && let Some(content) = content.as_object_mut() {
            let refresh = random::base64(300);
            let client = Client { id: random::base64(16), secret: Secret::new(random::base64(200)) };
            content.extend(
                [
                    ("clientId", client.id.clone()),
                    ("clientSecret", client.secret.expose().to_owned()),
                    ("registrationExpiresAt", rfc3339(expires_at + 90 * 86_400)),
                    ("refreshToken", refresh.clone()),
                ]
                .map(|(name, text)| (name.to_owned(), text.into())),
            );
            lock(&self.refresh).insert(refresh, client);
        }
        let name = format!("{}.json", random::hex(&Sha1::digest(session_or_url.as_bytes())));
        SsoCacheFile { name, content: Secret::new(content.to_string()) }
    }
}

pub(super) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
