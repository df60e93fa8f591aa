//! What a list of repositories says of each.

use ecrpass_core::time::EpochSeconds;
use ecrpass_repository::settings::{Encryption, Mutability};

/// A repository, as the API describes it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Described {
    /// Its ARN.
    pub arn: String,
    /// The account of its registry.
    pub account: String,
    /// Its name.
    pub name: String,
    /// How images in it are named.
    pub uri: String,
    /// When it was created.
    pub created_at: EpochSeconds,
    /// Whether tags can be moved.
    pub mutability: Mutability,
    /// How images are encrypted.
    pub encryption: Encryption,
    /// Its own, older setting for scans.
    pub scan_on_push: bool,
}
