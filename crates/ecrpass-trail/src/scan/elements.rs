//! The JSON objects of a text: which of them are records, which can matter, and what is to be said of the text in the end.

use crate::distinct::mark;
use crate::event::Sink;
use crate::read::filter::Filter;
use crate::read::record::{Category, Kind, Record, repaired};
use crate::read::relevant;
use crate::seen::Seen;
use crate::tally::{Skip, Tally};

/// Of the records that cannot matter, one of so many is parsed all the same: it says which accounts, regions and times were
/// read.
const SAMPLE: u64 = 64;

/// How deep a record may be wrapped in others.
const DEEPEST: usize = 3;

/// It is no JSON.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unparsable;

/// How a text ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// As it should.
    Regular,
    /// Inside of a record or a list of them.
    Early,
    /// There was nothing in it.
    Empty,
    /// It is no text that could hold records.
    Foreign(Option<&'static str>),
}

/// Takes the objects of texts.
#[derive(Debug)]
pub struct Elements<'a, S> {
    pub(super) sink: S,
    pub(super) tally: Tally,
    seen: &'a Seen,
    filter: Filter,
    text: Text,
}

/// What is known of the text that is being read.
#[derive(Debug, Default)]
struct Text {
    name: String,
    records: u64,
    lists: u64,
    digests: u64,
    others: u64,
    bad_lines: u64,
    bad_records: u64,
    too_large: u64,
    bad_times: u64,
    missing_lists: u64,
}

impl<'a, S: Sink> Elements<'a, S> {
    pub(super) fn new(sink: S, seen: &'a Seen) -> Self {
        Self { sink, tally: Tally::default(), seen, filter: Filter::default(), text: Text::default() }
    }

    /// Another text begins.
    pub(super) fn begin(&mut self, name: &str) {
        self.text = Text { name: name.to_owned(), ..Text::default() };
    }

    /// The text is at its end; what it was is counted.
    pub(super) fn end(&mut self, end: End, has_failed: bool) {
        let text = std::mem::take(&mut self.text);
        let (name, skips) = (text.name.as_str(), &mut self.tally.skips);
        match end {
            End::Empty if !has_failed => skips.add(Skip::Empty, name, None),
            End::Foreign(why) => skips.add(Skip::NotCloudTrail, name, why.map(str::to_owned)),
            // Why it ended is known already.
            End::Early if !has_failed && text.is_trail() => skips.add(Skip::EndsEarly, name, None),
            _ => {}
        }
        skips.add_many(Skip::Digest, name, text.digests);
        self.tally.trail_files += u64::from(text.is_trail() || text.digests > 0);
        if !text.is_trail() {
            let is_something = text.others + text.bad_lines + text.bad_records + text.too_large > 0;
            if matches!(end, End::Regular | End::Early) && (is_something || !has_failed && text.digests == 0)
            {
                skips.add(Skip::NotCloudTrail, name, None);
            }
            return;
        }
        for (kind, count) in [
            (Skip::NotARecord, text.others),
            (Skip::BadLine, text.bad_lines),
            (Skip::BadRecord, text.bad_records),
            (Skip::TooLarge, text.too_large),
            (Skip::Time, text.bad_times),
            (Skip::NoRecords, text.missing_lists),
        ] {
            skips.add_many(kind, name, count);
        }
    }

    /// A list of records begins.
    pub(super) fn list(&mut self) {
        self.text.lists += 1;
    }

    /// Something that is no JSON.
    pub(super) fn bad_line(&mut self) {
        self.text.bad_lines += 1;
    }

    /// Something that looked like a record.
    pub(super) fn bad_record(&mut self) {
        self.text.bad_records += 1;
    }

    /// Something that was not held in memory.
    pub(super) fn too_large(&mut self) {
        self.text.too_large += 1;
    }

    /// A JSON object; `own` is a place in it where a key of its own follows.
    ///
    /// # Errors
    /// When it has to be parsed and cannot be.
    pub(super) fn element(&mut self, bytes: &[u8], own: Option<usize>) -> Result<(), Unparsable> {
        if self.text.records.is_multiple_of(SAMPLE) || self.filter.is_to_parse(bytes, own) {
            return self.parsed(bytes, 0);
        }
        self.text.records += 1;
        self.tally.records += 1;
        if self.tally.ids.is_counting() {
            let mark = self.mark(self.filter.id(bytes, own).unwrap_or_default());
            self.tally.ids.add(mark);
        }
        Ok(())
    }

    fn parsed(&mut self, bytes: &[u8], depth: usize) -> Result<(), Unparsable> {
        self.tally.parsed += 1;
        let repaired_text;
        let parsed = std::str::from_utf8(bytes).ok().and_then(|text| Record::parse(text).ok());
        let record = match parsed {
            Some(record) => record,
            None => {
                repaired_text = repaired(bytes);
                Record::parse(&repaired_text).map_err(|_| Unparsable)?
            }
        };
        match record.kind() {
            Kind::Record(record) => self.record(*record),
            Kind::Wrapped(inner) if depth < DEEPEST => self.parsed(inner.as_bytes(), depth + 1)?,
            Kind::Digest => self.text.digests += 1,
            Kind::List => self.unsplit(bytes, depth),
            Kind::Wrapped(_) | Kind::Other => self.text.others += 1,
        }
        Ok(())
    }

    /// An object that should have a list of records where none was found: its key has an escape in it, or it is no list.
    fn unsplit(&mut self, bytes: &[u8], depth: usize) {
        let parsed: Option<serde_json::Value> = serde_json::from_slice(bytes).ok();
        let records = parsed.as_ref().and_then(|value| value.get("Records")?.as_array());
        let Some(records) = records.filter(|_| depth < DEEPEST) else {
            self.text.missing_lists += 1;
            return;
        };
        self.text.lists += 1;
        for record in records {
            if self.parsed(record.to_string().as_bytes(), depth + 1).is_err() {
                self.text.bad_records += 1;
            }
        }
    }

    fn record(&mut self, record: Record<'_>) {
        self.text.records += 1;
        self.tally.records += 1;
        if self.tally.ids.is_counting() {
            let mark = self.mark(record.id().as_bytes());
            self.tally.ids.add(mark);
        }
        if let Some(version) = record.newer_version() {
            self.tally.see_version(&version);
        }
        match record.category() {
            Category::Management => {}
            Category::Data => self.tally.data_events += 1,
            Category::Insight => {
                self.tally.insights += 1;
                return;
            }
            Category::NetworkActivity => {
                self.tally.network_activity += 1;
                return;
            }
        }
        let Some(time) = record.time() else {
            self.text.bad_times += 1;
            return;
        };
        self.tally.see(&record.account(), &record.region(), time);
        if !relevant::matters(&record) {
            return;
        }
        let event = record.into_event(time);
        if event.call_id().is_empty() || self.seen.is_new(event.call_id(), event.is_owners_copy(), time) {
            self.tally.events += 1;
            self.sink.take(&event);
        }
    }

    /// What stands for a record: its id; one without an id is like no other.
    fn mark(&self, id: &[u8]) -> u64 {
        match id.is_empty() {
            true => mark((self.text.name.as_str(), self.text.records)),
            false => mark(id),
        }
    }
}

impl Text {
    /// Whether CloudTrail, or what exports it, has written it.
    fn is_trail(&self) -> bool {
        let is_only_list = self.lists > 0 && self.others + self.bad_lines + self.bad_records == 0;
        self.records > 0 || is_only_list || self.missing_lists > 0
    }
}
