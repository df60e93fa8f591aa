//! The session of a role that a metadata endpoint hands out.

use std::sync::Arc;

use super::roles::lock;
use crate::principals::{AccessKey, Role};
use crate::state::State;

/// The session of a role that an endpoint hands out: the same one until it nears its end, or, as from an endpoint
/// that has lost its backend, one that has ended.
pub(super) fn session(
    state: &State,
    endpoint: &'static str,
    (account, name): &(String, String),
    session_name: &str,
    ended: bool,
) -> Option<AccessKey> {
    let role: Arc<Role> = state.principals.role(account, name)?;
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
