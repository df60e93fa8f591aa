//! What was read, and what was not: every record and every skip is counted, and of each kind of skip the first is named.

use std::collections::{BTreeMap, BTreeSet};

use ecrpass_core::time::EpochSeconds;

use crate::distinct::Distinct;

/// How many accounts, regions or versions are remembered: real ones are far fewer, made-up ones are not.
const MOST_NAMES: usize = 4096;

/// What reading has come to.
#[derive(Clone, Debug, Default)]
pub struct Tally {
    /// Files, objects and streams that were looked into.
    pub files: u64,
    /// Those that hold CloudTrail's records, or could.
    pub trail_files: u64,
    /// What was read of them, as it lies, in bytes.
    pub packed_bytes: u64,
    /// The same unpacked.
    pub bytes: u64,
    /// Records, whatever they are about; of a call in two trails both.
    pub records: u64,
    /// The records' ids.
    pub ids: Distinct,
    /// Records that were parsed.
    pub parsed: u64,
    /// Events that a sink was given.
    pub events: u64,
    /// Records of CloudTrail Insights: they are no calls.
    pub insights: u64,
    /// Records of network activity: they are of what an endpoint refused.
    pub network_activity: u64,
    /// Records of data events.
    pub data_events: u64,
    /// Versions of the record format that are newer than what is known, and how many records have them.
    pub newer_versions: BTreeMap<String, u64>,
    /// Whose trails were seen. Of records that cannot matter only some are looked at.
    pub accounts: BTreeSet<String>,
    /// The regions that were seen, likewise.
    pub regions: BTreeSet<String>,
    /// The earliest and the latest time that were seen, likewise.
    pub span: Option<(EpochSeconds, EpochSeconds)>,
    /// What was skipped.
    pub skips: Skips,
}

impl Tally {
    /// Adds another's.
    pub fn merge(&mut self, other: Self) {
        self.files += other.files;
        self.trail_files += other.trail_files;
        self.packed_bytes += other.packed_bytes;
        self.bytes += other.bytes;
        self.records += other.records;
        self.ids.merge(other.ids);
        self.parsed += other.parsed;
        self.events += other.events;
        self.insights += other.insights;
        self.network_activity += other.network_activity;
        self.data_events += other.data_events;
        for (version, count) in other.newer_versions {
            *self.newer_versions.entry(version).or_default() += count;
        }
        self.accounts.extend(other.accounts);
        self.regions.extend(other.regions);
        if let Some((first, last)) = other.span {
            self.see_time(first);
            self.see_time(last);
        }
        self.skips.merge(other.skips);
    }

    /// Whether nothing of what there is could be read: no file of CloudTrail's, or none of its records. An empty list of
    /// records is read; one that ends in its first record is not.
    pub fn is_unread(&self) -> bool {
        let only_digests = self.records == 0 && self.trail_files <= self.skips.count(Skip::Digest);
        let knows_something = self.span.is_some() || self.insights + self.network_activity > 0;
        let is_damaged = self.skips.iter().any(|(kind, _)| kind.is_warning());
        only_digests || !knows_something && is_damaged
    }

    /// Notes where and when a record is of.
    pub(crate) fn see(&mut self, account: &str, region: &str, time: EpochSeconds) {
        remember(&mut self.accounts, account);
        remember(&mut self.regions, region);
        self.see_time(time);
    }

    pub(crate) fn see_version(&mut self, version: &str) {
        if let Some(count) = self.newer_versions.get_mut(version) {
            *count += 1;
        } else if self.newer_versions.len() < MOST_NAMES {
            self.newer_versions.insert(version.to_owned(), 1);
        }
    }

    fn see_time(&mut self, time: EpochSeconds) {
        let (first, last) = self.span.unwrap_or((time, time));
        self.span = Some((first.min(time), last.max(time)));
    }
}

fn remember(names: &mut BTreeSet<String>, name: &str) {
    if !name.is_empty() && name.len() <= 64 && !names.contains(name) && names.len() < MOST_NAMES {
        names.insert(name.to_owned());
    }
}

/// Why something was not read, or not to its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Skip {
    /// A file with nothing in it.
    Empty,
    /// A digest file: it holds checksums of others.
    Digest,
    /// A file of something else.
    NotCloudTrail,
    /// A file whose name says that it is of another time than asked for.
    OtherTime,
    /// A file that says it has records, and has none.
    NoRecords,
    /// A compressed file that ends in the middle.
    Truncated,
    /// Text that ends in the middle.
    EndsEarly,
    /// A compressed file whose content is not what was compressed.
    Checksum,
    /// A compressed file that cannot be unpacked any further.
    Damaged,
    /// A compressed file that holds far more than logs do.
    Expands,
    /// A file compressed in a way that is not read.
    Compression,
    /// Something that cannot be opened or read.
    Unreadable,
    /// A pipe, a socket or a device.
    NotAFile,
    /// A link to a directory that is read anyway, or that leads nowhere.
    Link,
    /// A directory deeper than any trail.
    TooDeep,
    /// A line that is not JSON.
    BadLine,
    /// A record that is not as CloudTrail writes them.
    BadRecord,
    /// JSON that is no record of CloudTrail, among some that are.
    NotARecord,
    /// A record larger than ecrpass holds.
    TooLarge,
    /// A record whose time cannot be read.
    Time,
}

impl Skip {
    /// Its name in JSON and tables.
    pub fn slug(self) -> &'static str {
        self.row().0
    }

    /// What it means.
    pub fn words(self) -> &'static str {
        self.row().1
    }

    /// Whether something may be missing from the answer because of it.
    pub fn is_warning(self) -> bool {
        !matches!(self, Self::Empty | Self::Digest | Self::NotCloudTrail | Self::OtherTime | Self::Link)
    }

    fn row(self) -> (&'static str, &'static str) {
        match self {
            Self::Empty => ("empty", "empty"),
            Self::Digest => ("digest", "a digest file, which has no records"),
            Self::NotCloudTrail => ("not-cloudtrail", "no CloudTrail file"),
            Self::OtherTime => ("other-time", "of another time, by its name"),
            Self::NoRecords => ("no-records", "a file whose Records are no list"),
            Self::Truncated => {
                ("truncated", "a compressed file that is truncated; what it holds up to there was read")
            }
            Self::EndsEarly => ("ends-early", "a text that ends early; what it holds up to there was read"),
            Self::Checksum => (
                "checksum",
                "a compressed file whose checksum is wrong; what it holds was read, and may be wrong",
            ),
            Self::Damaged => {
                ("damaged", "a compressed file that is damaged; what it holds up to there was read")
            }
            Self::Expands => {
                ("expands-too-far", "a compressed file that holds far more than logs do; its begin was read")
            }
            Self::Compression => ("compression", "compressed in a way that ecrpass does not read"),
            Self::Unreadable => ("unreadable", "cannot be read"),
            Self::NotAFile => ("not-a-file", "a pipe, socket or device"),
            Self::Link => ("link", "a link to a directory that is read anyway, or to nothing"),
            Self::TooDeep => ("too-deep", "a directory deeper than any trail"),
            Self::BadLine => ("bad-line", "a line that is not JSON"),
            Self::BadRecord => ("bad-record", "a record that cannot be parsed"),
            Self::NotARecord => ("not-a-record", "JSON that is no record of CloudTrail"),
            Self::TooLarge => ("record-too-large", "a record larger than ecrpass holds in memory"),
            Self::Time => ("time", "a record whose time cannot be read"),
        }
    }
}

/// How often each kind of skip happened, and where first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Skips(BTreeMap<Skip, Skipped>);

/// One kind of skip.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Skipped {
    /// How often.
    pub count: u64,
    /// The file where it happened first; of files read at once the first by name.
    pub first: String,
    /// What the system or a decoder said about that.
    pub detail: Option<String>,
}

impl Skips {
    /// Counts one.
    pub fn add(&mut self, kind: Skip, name: &str, detail: Option<String>) {
        self.put(kind, Skipped { count: 1, first: name.to_owned(), detail });
    }

    /// Counts so many of one file.
    pub fn add_many(&mut self, kind: Skip, name: &str, count: u64) {
        if count > 0 {
            self.put(kind, Skipped { count, first: name.to_owned(), detail: None });
        }
    }

    /// Each kind that happened.
    pub fn iter(&self) -> impl Iterator<Item = (Skip, &Skipped)> {
        self.0.iter().map(|(kind, skipped)| (*kind, skipped))
    }

    /// How often a kind happened.
    pub fn count(&self, kind: Skip) -> u64 {
        self.0.get(&kind).map_or(0, |skipped| skipped.count)
    }

    /// Whether nothing was skipped.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Adds another's.
    pub fn merge(&mut self, other: Self) {
        for (kind, skipped) in other.0 {
            self.put(kind, skipped);
        }
    }

    fn put(&mut self, kind: Skip, new: Skipped) {
        match self.0.get_mut(&kind) {
            None => {
                self.0.insert(kind, new);
            }
            Some(old) => {
                old.count += new.count;
                // Which of two threads came first is luck.
                if new.first < old.first {
                    old.first = new.first;
                    old.detail = new.detail;
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn skips_are_counted_by_kind_and_the_first_is_named_whoever_came_first() {
        let mut one = Skips::default();
        one.add(Skip::Truncated, "b.gz", None);
        one.add(Skip::Truncated, "c.gz", Some("late".to_owned()));
        let mut two = Skips::default();
        two.add(Skip::Truncated, "a.gz", Some("first".to_owned()));
        let (mut left, mut right) = (one.clone(), two.clone());
        left.merge(two);
        right.merge(one);
        assert_eq!(left, right);
        let found: Vec<_> =
            left.iter().map(|(kind, it)| (kind.slug(), it.count, it.first.as_str())).collect();
        assert_eq!(found, [("truncated", 3, "a.gz")]);
    }

    #[test]
    fn made_up_regions_do_not_fill_the_memory() {
        let mut tally = Tally::default();
        for number in 0..2 * MOST_NAMES {
            tally.see("123456789012", &format!("region-{number}"), 0);
        }
        assert_eq!(tally.regions.len(), MOST_NAMES);
    }
}
