//! Which addresses of the layer bucket were signed, and what each of them opens.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use ecrpass_core::time::EpochSeconds;

/// Which addresses were signed, by signature.
#[derive(Debug, Default)]
pub(crate) struct Presigned(Mutex<HashMap<String, Signed>>);

/// What a signed address opens.
#[derive(Clone, Debug)]
pub(super) struct Signed {
    pub(super) repository: String,
    pub(super) digest: String,
    pub(super) expires_at: EpochSeconds,
}

impl Presigned {
    pub(super) fn insert(&self, signature: &str, signed: Signed) {
        self.lock().insert(signature.to_owned(), signed);
    }

    pub(super) fn look_up(&self, signature: &str) -> Option<Signed> {
        self.lock().get(signature).cloned()
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<String, Signed>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
