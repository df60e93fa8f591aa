//! What a test has IAM tell of a user's access keys.

use crate::principals::KeyHistory;
use crate::server::LocalEcr;

impl LocalEcr {
    /// Says how old a user's key is, when it was last used, and whether it works.
    pub fn set_key_history(&self, id: &str, history: KeyHistory) {
        self.state.principals.set_history(id, history);
    }
}
