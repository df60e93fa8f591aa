//! CloudTrail in every container it comes in, compressed or not, whole and in pieces.

use std::io::{BufReader, Read};

use ecrpass_trail::accumulator::{Accumulator, Span};
use ecrpass_trail::answers::{Wanted, answer};
use ecrpass_trail::scan::Scanner;
use ecrpass_trail::seen::Seen;
use ecrpass_trail::tally::Tally;

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

/// The same comes of it however it arrives, no more events than records, and a report that can be written.
pub fn run(input: &[u8]) {
    let (tally, report) = read(input, usize::MAX);
    let (slow, other) = read(input, 3);
    assert_eq!(report, other, "in pieces");
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
    assert!(json.is_ok() && lines > 0, "a report that cannot be written: {json:?}");
    (tally, json.unwrap_or_default())
}
