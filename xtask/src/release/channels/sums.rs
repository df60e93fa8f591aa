//! The sums of files that were made.

use std::collections::BTreeMap;

use anyhow::{Context, Result};
use ecrpass_core::hex::hex;
use sha2::{Digest as _, Sha256};

/// SHA-256 in small letters, by the name of the file.
#[derive(Clone, Debug, Default)]
pub struct Sums(BTreeMap<String, String>);

impl Sums {
    /// Adds a file.
    pub fn add(&mut self, name: &str, bytes: &[u8]) {
        self.0.insert(name.to_owned(), hex(&Sha256::digest(bytes)));
    }

    /// Of a file.
    ///
    /// # Errors
    /// When it was not made.
    pub fn of(&self, name: &str) -> Result<&str> {
        self.0.get(name).map(String::as_str).with_context(|| format!("{name} was not made"))
    }

    /// All of them, by name.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, sum)| (name.as_str(), sum.as_str()))
    }
}
