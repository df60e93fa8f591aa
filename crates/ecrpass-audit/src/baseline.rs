//! What was known before: findings by their rule, their file and a keyed digest of what was found, so that moving code
//! changes nothing, and nobody can read or guess a secret out of it. No line numbers, no dates, sorted: two branches
//! that each accept something merge.

use std::collections::BTreeMap;

use ecrpass_core::hex::hex;
use hmac::{Hmac, KeyInit, Mac};
use serde::{Deserialize, Serialize};
use sha2::Sha256;

use crate::audit::Found;
use crate::elsewhere::FoundElsewhere;

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

/// What a finding is known by.
#[derive(Clone, Copy)]
pub struct Identity<'a> {
    id: &'a str,
    path: &'a str,
    what: &'a str,
}

impl<'a> From<&'a Found> for Identity<'a> {
    fn from(found: &'a Found) -> Self {
        Self { id: found.id.slug(), path: &found.path, what: found.what.expose() }
    }
}

impl<'a> From<&'a FoundElsewhere> for Identity<'a> {
    fn from(found: &'a FoundElsewhere) -> Self {
        Self { id: &found.finding.id, path: &found.path, what: found.what.expose() }
    }
}

impl Baseline {
    /// A baseline of all of these, and of entries that stay. What is found again of those stands there once.
    pub fn of<'a>(
        key: &str,
        found: impl IntoIterator<Item = Identity<'a>>,
        stay: impl IntoIterator<Item = Entry>,
    ) -> Self {
        let mut findings: Vec<Entry> = found.into_iter().map(|found| entry(key, found)).collect();
        let mut again = counted(&findings);
        let is_lost = |entry: &Entry| !take(&mut again, entry);
        let lost: Vec<Entry> = stay.into_iter().filter(is_lost).collect();
        findings.extend(lost);
        findings.sort();
        Self { schema: SCHEMA.to_owned(), key: key.to_owned(), findings }
    }

    /// Its findings, to be recognized one after the other.
    pub fn known(&self) -> Known<'_> {
        Known { key: &self.key, left: counted(&self.findings) }
    }
}

/// The findings of a baseline that were not recognized yet.
pub struct Known<'a> {
    key: &'a str,
    left: BTreeMap<&'a Entry, usize>,
}

impl Known<'_> {
    /// Whether it is known. Each stands for one: a second copy of a known line is new.
    pub fn has(&mut self, found: Identity<'_>) -> bool {
        take(&mut self.left, &entry(self.key, found))
    }

    /// How many of those are left that are meant.
    pub fn left(&self, is_meant: impl Fn(&Entry) -> bool) -> usize {
        self.left.iter().filter(|(entry, _)| is_meant(entry)).map(|(_, left)| left).sum()
    }
}

/// How often each is there.
fn counted(findings: &[Entry]) -> BTreeMap<&Entry, usize> {
    let mut counts: BTreeMap<&Entry, usize> = BTreeMap::new();
    for entry in findings {
        *counts.entry(entry).or_default() += 1;
    }
    counts
}

/// Takes one of those out that are like it; false if none is left.
fn take(counts: &mut BTreeMap<&Entry, usize>, entry: &Entry) -> bool {
    let left = counts.get_mut(entry).filter(|left| **left > 0);
    let Some(left) = left else { return false };
    *left -= 1;
    true
}

fn entry(key: &str, found: Identity<'_>) -> Entry {
    // A key of any length will do for HMAC.
    let digest = Hmac::<Sha256>::new_from_slice(key.as_bytes()).map(|mut mac| {
        for part in [found.id, found.path, found.what] {
            mac.update(part.as_bytes());
            mac.update(&[0]);
        }
        let bytes = mac.finalize().into_bytes();
        hex(bytes.get(..KEPT).unwrap_or_default())
    });
    Entry { path: found.path.to_owned(), id: found.id.to_owned(), digest: digest.unwrap_or_default() }
}
