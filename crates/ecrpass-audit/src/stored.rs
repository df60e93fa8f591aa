//! What is stored in a file: ECR logins, access keys, configurations of container clients.

mod base64_run;
pub mod configs;
pub mod hosts;
pub mod keys;
pub mod logins;
pub mod others;
pub mod pull_secret;
pub mod tokens;

use self::configs::StoredConfig;
use self::keys::FoundKey;
use self::tokens::StoredToken;
use crate::source::SourceFile;
use crate::yaml::Node;

/// What is stored in a file.
#[derive(Debug, Default)]
pub struct Stored {
    /// Its ECR logins.
    pub tokens: Vec<StoredToken>,
    /// Its access keys.
    pub keys: Vec<FoundKey>,
    /// The client configurations in it.
    pub configs: Vec<StoredConfig>,
}

impl Stored {
    /// What is stored in a file; `documents` gives its YAML or JSON.
    pub fn of<'a>(file: &SourceFile, documents: &dyn Fn() -> Option<&'a [Node]>) -> Self {
        Self {
            tokens: tokens::find(&file.text),
            keys: keys::find(&file.text),
            configs: configs::of(file, documents),
        }
    }
}
