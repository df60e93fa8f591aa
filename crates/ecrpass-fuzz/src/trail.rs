//! CloudTrail in every container it comes in, compressed or not, whole and in pieces.

use std::io::{BufReader, Read};

use ecrpass_trail::accumulator::{Accumulator, Span};
use ecrpass_trail::answers::{Wanted, answer};
use ecrpass_trail::export::Exporter;
use ecrpass_trail::scan::Scanner;
use ecrpass_trail::seen::Seen;
use ecrpass_trail::tally::Tally;

use crate::hold::{hidden, planted};

/// Gives so many bytes at a time, as a pipe does.
struct Slowly<'a>(&'a [u8], usize);

impl Read for Slowly<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let length = self.0.len().min(self.1).min(buffer.len());
        let (now, later) = self.0.split_at(length);
        buffer.iter_mut().zip(now).for_each(|(to, from)| *to = *from);
        self.0 = later;
        Ok(length)
    }
}

/// The same comes of it however it arrives, no more events than records, a report that can be written, and no secret in it.
pub fn run(input: &[u8]) {
    let text = planted(input);
    let input = text.as_deref().map_or(input, str::as_bytes);
    let (tally, report) = read(input, usize::MAX);
    let (slow, other) = read(input, 3);
    // How far a damaged file is unpacked depends on the pieces it comes in, and so does what the decoder says.
    if tally.skips.is_empty() && slow.skips.is_empty() {
        assert_eq!(report, other, "in pieces");
    } else {
        return;
    }
    let counts = |tally: &Tally| (tally.records, tally.parsed, tally.events, tally.bytes, tally.trail_files);
    assert_eq!(counts(&tally), counts(&slow));
    assert!(tally.events <= tally.records, "{tally:?}");
}

fn read(input: &[u8], at_a_time: usize) -> (Tally, String) {
    let seen = Seen::default();
    let mut scanner = Scanner::new(Accumulator::of(Span::default()), &seen);
    scanner.read("trail", BufReader::with_capacity(64, Slowly(input, at_a_time)));
    let (accumulator, tally) = scanner.finish();
    let mut report = answer(accumulator.finish(), &Wanted::default());
    report.add_reading(&tally, seen.late());
    let lines = ecrpass_trail::report::text::lines(&report).len();
    let json = serde_json::to_string(&report);
    hidden(&exported(input), "an export of a trail");
    hidden(json.as_deref().unwrap_or_default(), "a report of a trail");
    assert!(json.is_ok() && lines > 0, "a report that cannot be written: {json:?}");
    (tally, json.unwrap_or_default())
}

fn exported(input: &[u8]) -> String {
    let (seen, mut lines) = (Seen::default(), Vec::new());
    let mut scanner = Scanner::new(Exporter::new(&mut lines, Span::default()), &seen);
    scanner.read("trail", input);
    let (exporter, _) = scanner.finish();
    assert!(exporter.finish().is_ok());
    String::from_utf8(lines).unwrap_or_default()
}
