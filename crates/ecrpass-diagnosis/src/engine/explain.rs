//! From a log to the root cause: the diagnosis catalogue's signatures, looked for in arbitrary text.
//!
//! Small texts are looked at whole. Of large ones only the neighbourhood of a few tell-tale texts is (`prefilter`), so that
//! clean gigabytes cost little more than reading them; memory stays constant either way.

mod case_details;
mod ecr_images;
mod hosts;
mod line;
mod line_features;
mod login_mismatch;
mod matcher;
mod prefilter;
mod rank;
mod subject;
mod window;

use std::ops::Range;

pub use prefilter::GATES;

use self::line::MAX_LINE;
use self::prefilter::gate;
use self::window::{Candidate, NEAR, look};
use crate::finding::Finding;

/// Up to this size a text is looked at whole, in bytes.
const WHOLE: usize = 256 * 1024;

/// How much is searched at a time, in bytes.
const PIECE: usize = 1024 * 1024;

/// How much of what came before is kept as context, in bytes.
const CONTEXT: usize = 64 * 1024;

/// How many lines are looked at together.
const WINDOW: usize = 400;

/// How many lines are kept that speak for the same cause.
const KEPT: usize = 64;

/// Reads a log piece by piece.
pub struct Explainer {
    buffer: Vec<u8>,
    /// How much of the buffer has been looked at and is only kept as context.
    context: usize,
    /// The number of the buffer's first line.
    first_line: usize,
    /// Lines up to this one have been looked at.
    looked_at: usize,
    /// Whether this is more than a small text.
    is_large: bool,
    candidates: Candidates,
}

/// What may explain the log so far: of each cause a few lines, and the surest.
#[derive(Default)]
struct Candidates {
    all: Vec<Candidate>,
    /// Of each cause by its number, how many there are, and the surest one's weight.
    known: Vec<(usize, u8)>,
}

impl Candidates {
    /// Whether another line that speaks for a cause is worth keeping; it is counted then.
    fn wants(&mut self, entry: usize, weight: u8) -> bool {
        if self.known.len() <= entry {
            self.known.resize(entry + 1, (0, 0));
        }
        let Some((count, best)) = self.known.get_mut(entry) else { return false };
        let wanted = *count < KEPT || weight > *best;
        if wanted {
            *count += 1;
            *best = weight.max(*best);
        }
        wanted
    }
}

impl Default for Explainer {
    fn default() -> Self {
        Self {
            buffer: Vec::new(),
            context: 0,
            first_line: 1,
            looked_at: 0,
            is_large: false,
            candidates: Candidates::default(),
        }
    }
}

impl Explainer {
    /// Takes the next bytes of the log.
    pub fn feed(&mut self, mut bytes: &[u8]) {
        while !bytes.is_empty() {
            let limit = CONTEXT + PIECE;
            let room = limit.saturating_sub(self.buffer.len()).max(1);
            let (now, later) = bytes.split_at(room.min(bytes.len()));
            self.buffer.extend_from_slice(now);
            bytes = later;
            if self.buffer.len() >= limit {
                self.is_large = true;
                self.look(false);
            }
        }
    }

    /// The findings, the best first.
    pub fn finish(mut self, source: &str) -> Vec<Finding> {
        self.is_large |= self.buffer.len() > WHOLE;
        self.look(true);
        rank::findings(source, self.candidates.all)
    }

    /// Looks at the buffer, at its end up to the last whole line only unless the log ends there.
    fn look(&mut self, at_end: bool) {
        let end = match memchr::memrchr(b'\n', self.buffer.get(self.context..).unwrap_or_default()) {
            Some(newline) if !at_end => self.context + newline + 1,
            _ => self.buffer.len(),
        };
        let text = self.buffer.get(..end).unwrap_or_default();
        let hold = if at_end { end } else { hold_back(text) };
        let mut windows: Vec<(usize, usize)> = Vec::new();
        if self.is_large {
            let mut at = 0;
            while let Some(hit) = text.get(at..).and_then(gate) {
                let hit = at + hit;
                let (start, stop) = around(text, hit);
                match windows.last_mut() {
                    Some(last) if last.1 >= start => last.1 = stop.max(last.1),
                    _ => windows.push((start, stop)),
                }
                // On with the next line.
                at = memchr::memchr(b'\n', text.get(hit..).unwrap_or_default()).map_or(end, |n| hit + n + 1);
            }
        } else {
            windows.push((0, end));
        }
        let mut counted = (0, self.first_line);
        for (start, stop) in windows {
            if start >= hold && !at_end {
                break;
            }
            counted = (start, counted.1 + lines_in(text.get(counted.0..start).unwrap_or_default()));
            let until = match text.get(start..hold) {
                Some(looked_at) if hold < stop => counted.1 + lines_in(looked_at),
                _ => usize::MAX,
            };
            let range = self.looked_at + 1..until;
            self.looked_at = look_through(
                text.get(start..stop).unwrap_or_default(),
                counted.1,
                range,
                &mut self.candidates,
            );
        }
        self.keep_context(end);
    }

    /// Forgets what is no longer needed.
    fn keep_context(&mut self, end: usize) {
        let keep = end.saturating_sub(CONTEXT);
        // Whole lines, if there is an end of one.
        let keep = match memchr::memchr(b'\n', self.buffer.get(keep..end).unwrap_or_default()) {
            Some(newline) if keep > 0 => keep + newline + 1,
            _ => keep,
        };
        self.first_line += lines_in(self.buffer.get(..keep).unwrap_or_default());
        self.buffer.drain(..keep);
        self.context = end - keep;
    }
}

/// Where the last lines begin, which are judged by what follows them and wait for it.
fn hold_back(text: &[u8]) -> usize {
    let tail = text.len().saturating_sub(MAX_LINE);
    let near = text.get(tail..).unwrap_or_default();
    let newline = memchr::memrchr_iter(b'\n', near).nth(NEAR).or_else(|| memchr::memchr(b'\n', near));
    newline.map_or(text.len(), |newline| tail + newline + 1)
}

fn lines_in(text: &[u8]) -> usize {
    memchr::memchr_iter(b'\n', text).count()
}

/// The lines near a byte, as bytes from and to.
fn around(text: &[u8], at: usize) -> (usize, usize) {
    let (before, after) = text.split_at(at.min(text.len()));
    let near = before.get(before.len().saturating_sub(MAX_LINE)..).unwrap_or_default();
    let start = match memchr::memrchr_iter(b'\n', near).nth(NEAR) {
        Some(newline) => before.len() - near.len() + newline + 1,
        None => before.len() - near.len(),
    };
    let near = after.get(..MAX_LINE.min(after.len())).unwrap_or_default();
    let stop = memchr::memchr_iter(b'\n', near).nth(NEAR).map_or(at + near.len(), |newline| at + newline + 1);
    (start, stop)
}

/// Looks through a stretch in windows, at the lines in a range; says up to which line.
fn look_through(text: &[u8], first_line: usize, range: Range<usize>, candidates: &mut Candidates) -> usize {
    let text = String::from_utf8_lossy(text);
    let lines: Vec<(usize, &str)> =
        text.lines().enumerate().map(|(index, line)| (first_line + index, line)).collect();
    let mut last = range.start.saturating_sub(1);
    let mut from = 0;
    while from < lines.len() {
        let to = lines.len().min(from + WINDOW);
        let context = from.saturating_sub(NEAR);
        let ahead = lines.len().min(to + NEAR);
        let window = lines.get(context..ahead).unwrap_or_default();
        let begin = lines.get(from).map_or(0, |line| line.0).max(last + 1);
        let end = lines.get(to.saturating_sub(1)).map_or(0, |line| line.0).min(range.end.saturating_sub(1));
        if begin <= end {
            let found = look(window, begin..=end, &mut |entry, weight| candidates.wants(entry, weight));
            candidates.all.extend(found);
        }
        last = last.max(end);
        from = to;
    }
    last
}

/// Explains a text.
pub fn explain(source: &str, text: &str) -> Vec<Finding> {
    let mut explainer = Explainer::default();
    explainer.feed(text.as_bytes());
    explainer.finish(source)
}
