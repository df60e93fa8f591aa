//! The logins that may work now. To name a helper for their registry is safe only where it logs in itself.

use std::collections::{HashMap, HashSet};

use ecrpass_core::time::duration;
use ecrpass_core::token::USERNAME;

use super::change::{HelperLogin, KnownMachine, Safety, is_helper};
use super::meaning::host_of;
use crate::docker_config::{DockerConfig, StoredCredentials};

/// The logins of a file that may work now.
pub(super) struct WorkingLogins {
    /// Those in the file, by their registry; in words.
    stored: HashMap<String, String>,
    /// Registries whose login is in the store that is set.
    in_store: HashSet<String>,
}

impl WorkingLogins {
    /// Those of a file.
    pub(super) fn of(config: &DockerConfig, known: &KnownMachine<'_>) -> Self {
        let has_store = config
            .creds_store
            .as_ref()
            .is_some_and(|store| !is_helper(&store.helper) && !known.known_missing(&store.helper));
        let (mut stored, mut in_store) = (HashMap::new(), HashSet::new());
        for entry in config.auths_in_force() {
            let Some(host) = host_of(&entry.key) else { continue };
            if let Some(words) = may_work(&entry.credentials, known) {
                stored.insert(host, words);
            } else if has_store && entry.credentials.is_empty() && !entry.is_null {
                // `docker login` leaves this marker when the store takes the password.
                in_store.insert(host);
            }
        }
        Self { stored, in_store }
    }

    /// The login for a registry that may work now, in words.
    fn login(&self, host: &str) -> Option<&str> {
        match self.stored.get(host) {
            Some(words) => Some(words),
            None => self.in_store.contains(host).then_some("the login in the credentials store"),
        }
    }

    /// Whether the file itself has a login for a registry that may work now.
    pub(super) fn is_stored(&self, host: &str) -> bool {
        self.stored.contains_key(host)
    }

    /// How safe it is to name our helper for a registry, and what is to be said about that.
    pub(super) fn naming(&self, host: &str, known: &KnownMachine<'_>) -> (Safety, String) {
        let login = match self.login(host) {
            None => return (Safety::Safe, String::new()),
            Some(login) => login,
        };
        match known.login(host) {
            HelperLogin::Works => (Safety::Safe, String::new()),
            HelperLogin::Unknown => (
                Safety::Unsafe,
                format!(" (it would replace {login}, and the helper was not asked whether it can log in)"),
            ),
            HelperLogin::Anonymous => (
                Safety::Unsafe,
                format!(" (it would replace {login}, and the helper has no AWS credentials)"),
            ),
            HelperLogin::Fails(failure) => (
                Safety::Unsafe,
                format!(
                    " (it would replace {login}, and the helper cannot log in: {}; first: {})",
                    failure.why.trim_end_matches('.'),
                    failure.next
                ),
            ),
        }
    }
}

/// What is said of a login whose user ECR does not know.
pub(super) fn wrong_user(name: &str) -> String {
    format!("the login for {name} has a user name other than {USERNAME}, the only one that ECR accepts")
}

/// A login that may work now, in words.
pub(super) fn may_work(credentials: &StoredCredentials, known: &KnownMachine<'_>) -> Option<String> {
    let login = credentials.login().ok()??;
    match login.expires_at {
        _ if login.user != USERNAME || login.is_altered => None,
        Some(at) if at <= known.now => None,
        Some(at) => Some(format!("a stored login that is good for another {}", duration(at - known.now))),
        None => Some("a stored login that may still be good".to_owned()),
    }
}
