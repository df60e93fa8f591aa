//! What can decide about credentials besides single variables and the two AWS files.

use ecrpass_core::secret::Secret;

/// The machine around a process, as far as some sources of credentials depend on it.
pub trait Outside {
    /// The content of a file that holds a token; `None` when it cannot be read within bounds.
    fn token_file(&self, path: &str) -> Option<Secret>;
    /// Every environment variable, sorted by name: what a `credential_process` is given.
    fn variables(&self) -> Vec<(String, String)>;
    /// The name of this machine or container.
    fn host_name(&self) -> Option<String>;
}

/// A machine of which nothing is known.
impl Outside for () {
    fn token_file(&self, _: &str) -> Option<Secret> {
        None
    }

    fn variables(&self) -> Vec<(String, String)> {
        Vec::new()
    }

    fn host_name(&self) -> Option<String> {
        None
    }
}
