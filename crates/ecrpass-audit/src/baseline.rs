//! What was known before: findings by their rule, their file and a keyed digest of what was found, so that moving code
//! changes nothing, and nobody can read or guess a secret out of it. No line numbers, no dates, sorted: two branches
//! that each accept something merge.

use std::collections::BTreeMap;

use ecrpass_core::hex::hex;
use hmac::{Hmac, KeyInit, Mac};
use serde::{Deserialize, Serialize};
use sha2::Sha256;

use crate::audit::Found;

/// The name of the format.
pub const SCHEMA: &str = "ecrpass/baseline/1";

/// How many bytes of a digest are kept.
const KEPT: usize = 16;

/// A baseline, as it is kept in a file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Baseline {
    /// The format.
    pub schema: String,
    /// What the digests are made with; made up once, and kept for as long as the file is.
    pub key: String,
    /// The findings.
    pub findings: Vec<Entry>,
}

/// A finding that is known.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Entry {
    /// The file.
    pub path: String,
    /// The rule.
    pub id: String,
    /// The digest of what was found.
    pub digest: String,
}

impl Baseline {
    /// A baseline of all of these.
    pub fn of(key: &str, found: &[Found]) -> Self {
        let mut findings: Vec<Entry> = found.iter().map(|found| entry(key, found)).collect();
        findings.sort();
        Self { schema: SCHEMA.to_owned(), key: key.to_owned(), findings }
    }

    /// What is not in it, and how many of its findings are there no more.
    pub fn without_known(&self, found: Vec<Found>) -> (Vec<Found>, usize) {
        let mut known: BTreeMap<&Entry, usize> = BTreeMap::new();
        for entry in &self.findings {
            *known.entry(entry).or_default() += 1;
        }
        let mut new = Vec::new();
        for found in found {
            match known.get_mut(&entry(&self.key, &found)) {
                // Each stands for one: a second copy of a known line is new.
                Some(left) if *left > 0 => *left -= 1,
                _ => new.push(found),
            }
        }
        (new, known.values().sum())
    }
}

fn entry(key: &str, found: &Found) -> Entry {
    // A key of any length will do for HMAC.
    let digest = Hmac::<Sha256>::new_from_slice(key.as_bytes()).map(|mut mac| {
        for part in [found.id.slug(), &found.path, found.what.expose()] {
            mac.update(part.as_bytes());
            mac.update(&[0]);
        }
        let bytes = mac.finalize().into_bytes();
        hex(bytes.get(..KEPT).unwrap_or_default())
    });
    Entry { path: found.path.clone(), id: found.id.slug().to_owned(), digest: digest.unwrap_or_default() }
}
