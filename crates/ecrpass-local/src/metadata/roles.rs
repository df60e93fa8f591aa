//! The roles behind the metadata endpoints, and what was handed out for them.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use ecrpass_core::Secret;
use ecrpass_core::time::EpochSeconds;

use crate::principals::AccessKey;

/// The roles behind the metadata endpoints, and their current sessions.
#[derive(Debug)]
pub(crate) struct Metadata {
    /// The instance's role; `None` when none is attached.
    instance_role: Mutex<Option<(String, String)>>,
    /// The path component of the container's credentials.
    pub(crate) container_id: String,
    /// The token a pod must present.
    pub(crate) pod_token: Secret,
    pub(super) container_role: (String, String),
    /// Valid IMDSv2 tokens and when they end.
    pub(super) imds_tokens: Mutex<HashMap<String, EpochSeconds>>,
    /// The session each endpoint hands out until it nears its end.
    pub(super) sessions: Mutex<HashMap<&'static str, AccessKey>>,
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

pub(super) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
