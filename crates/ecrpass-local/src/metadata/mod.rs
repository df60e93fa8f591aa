//! What an instance, a task or a pod asks for its credentials.

pub(crate) mod container;
pub(crate) mod imds;

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use ecrpass_core::Secret;
use ecrpass_core::time::EpochSeconds;

use crate::principals::{AccessKey, Role};
use crate::state::State;

/// The roles behind the metadata endpoints, and their current sessions.
#[derive(Debug)]
pub(crate) struct Metadata {
    /// The instance's role; `None` when none is attached.
    instance_role: Mutex<Option<(String, String)>>,
    /// The path component of the container's credentials.
    pub(crate) container_id: String,
    /// The token a pod must present.
    pub(crate) pod_token: Secret,
    container_role: (String, String),
    /// Valid IMDSv2 tokens and when they end.
    imds_tokens: Mutex<HashMap<String, EpochSeconds>>,
    /// The session each endpoint hands out until it nears its end.
    sessions: Mutex<HashMap<&'static str, AccessKey>>,
}

impl Metadata {
    pub(crate) fn new(instance: (String, String), container: (String, String)) -> Self {
        Self {
            instance_role: Mutex::new(Some(instance)),
            container_id: crate::random::uuid(),
            pod_token: Secret::new(crate::random::base64(48)),
            container_role: container,
            imds_tokens: Mutex::default(),
            sessions: Mutex::default(),
        }
    }

    pub(crate) fn instance_role(&self) -> Option<(String, String)> {
        lock(&self.instance_role).clone()
    }

    /// Attaches another role, or none; the old session is forgotten.
    pub(crate) fn set_instance_role(&self, role: Option<(String, String)>) {
        *lock(&self.instance_role) = role;
        lock(&self.sessions).remove("instance");
    }
}

/// The session of a role that an endpoint hands out: the same one until it nears its end, or, as from an endpoint
/// that has lost its backend, one that has ended.
fn session(
    state: &State,
    endpoint: &'static str,
    (account, name): &(String, String),
    session_name: &str,
    ended: bool,
) -> Option<AccessKey> {
    let role: std::sync::Arc<Role> = state.principals.role(account, name)?;
    let now = state.clock.now();
    if ended {
        return Some(state.principals.start_session(&state.partition_id(), &role, session_name, now - 60).0);
    }
    let mut sessions = lock(&state.metadata.sessions);
    if let Some(key) = sessions.get(endpoint)
        && key.expires_at.unwrap_or_default() - now > state.settings.session_lifetime / 10
        && state.principals.key(&key.id).is_some()
    {
        return Some(key.clone());
    }
    let expires_at = now + state.settings.session_lifetime;
    let (key, _) = state.principals.start_session(&state.partition_id(), &role, session_name, expires_at);
    sessions.insert(endpoint, key.clone());
    Some(key)
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
