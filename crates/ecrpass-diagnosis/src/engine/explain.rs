//! From a log to the root cause: the diagnosis catalogue's signatures, looked for in arbitrary text.
//!
//! Small texts are looked at whole. Of large ones only the neighbourhood of a few tell-tale texts is (`prefilter`), so that
//! clean gigabytes cost little more than reading them; memory stays constant either way.

mod buffer;
mod candidates;
mod case_details;
mod ecr_images;
mod failure_words;
mod failures;
mod folded;
mod hosts;
mod image_words;
mod line;
mod line_features;
mod login_mismatch;
mod matcher;
mod missing_command;
mod near;
mod prefilter;
mod rank;
mod registry_answers;
mod requests;
mod seen;
mod shape;
mod skew;
mod stamp;
mod stretch;
mod subject;
mod tally;
mod targets;
mod texts;
mod window;
mod wrapped;

use std::ops::Range;

pub use prefilter::GATES;

use self::buffer::Buffer;
use self::candidates::Candidates;
use self::near::NEAR;
use self::prefilter::gate;
use self::stretch::Stretch;
use self::window::NEAR_BYTES;
use crate::finding::Finding;

/// Up to this size a text is looked at whole, in bytes.
const WHOLE: usize = 256 * 1024;

/// How much is searched at a time, in bytes.
const PIECE: usize = 1024 * 1024;

/// How much of what came before is kept as context, in bytes.
const CONTEXT: usize = 64 * 1024;

/// Reads a log piece by piece.
#[derive(Default)]
pub struct Explainer {
    buffer: Buffer,
    /// Lines that begin before this place have been looked at.
    looked_at: usize,
    /// Whether this is more than a small text.
    is_large: bool,
    candidates: Candidates,
}

impl Explainer {
    /// Takes the next bytes of the log.
    pub fn feed(&mut self, mut bytes: &[u8]) {
        while !bytes.is_empty() {
            bytes = self.buffer.append(bytes, CONTEXT + PIECE);
            if self.buffer.bytes().len() >= CONTEXT + PIECE {
                self.is_large = true;
                self.look(false);
            }
        }
    }

    /// Takes what is known before the log begins, as the command that wrote it: it tells the client and the registry,
    /// but is no failure.
    pub fn context(&mut self, line: &str) {
        // With the sign of a comment at its end, or the log's first line could be taken for the rest of it.
        self.buffer.append_before(&format!("{line} #"));
        self.looked_at = self.buffer.bytes().len();
    }

    /// The number of the line that is being read.
    pub fn line(&self) -> usize {
        self.buffer.line_number(self.buffer.bytes().len(), (0, self.buffer.first_line()))
    }

    /// The findings, the best first.
    pub fn finish(self, source: &str) -> Vec<Finding> {
        rank::findings(source, self.candidates())
    }

    fn candidates(mut self) -> Candidates {
        self.is_large |= self.buffer.bytes().len() > WHOLE;
        self.look(true);
        self.candidates
    }

    /// Looks at the buffer, at its end up to the last whole line only unless the log ends there.
    fn look(&mut self, at_end: bool) {
        let end = if at_end { self.buffer.bytes().len() } else { self.buffer.end_of_lines() };
        let text = self.buffer.bytes().get(..end).unwrap_or_default();
        let hold = if at_end { end } else { hold_back(text) };
        let whole = 0..end;
        let windows = if self.is_large { windows(text) } else { vec![whole] };
        let mut counted = (0, self.buffer.first_line());
        for window in windows {
            if window.start >= hold && !at_end {
                break;
            }
            let range = self.looked_at.max(window.start)..hold.min(window.end);
            if !range.is_empty() {
                self.looked_at = range.end;
                let mut stretch = Stretch::new(&self.buffer, window, counted);
                stretch.look(range, &mut self.candidates);
                counted = stretch.counted();
            }
        }
        self.keep_context(end);
    }

    /// Forgets what is no longer needed.
    fn keep_context(&mut self, end: usize) {
        let keep = end.saturating_sub(CONTEXT);
        // Whole lines: none is longer than the context.
        let context = self.buffer.bytes().get(keep..end).unwrap_or_default();
        let keep = match memchr::memchr(b'\n', context) {
            Some(newline) if keep > 0 => keep + newline + 1,
            _ => keep,
        };
        self.buffer.forget(keep);
        self.looked_at = self.looked_at.saturating_sub(keep);
    }
}

/// Where the last lines begin, which are judged by what follows them and wait for it.
fn hold_back(text: &[u8]) -> usize {
    let tail = text.len().saturating_sub(NEAR_BYTES);
    let near = text.get(tail..).unwrap_or_default();
    let newline = memchr::memrchr_iter(b'\n', near).nth(NEAR).or_else(|| memchr::memchr(b'\n', near));
    newline.map_or(text.len(), |newline| tail + newline + 1)
}

/// The neighbourhoods of what the prefilter finds, in whole lines.
fn windows(text: &[u8]) -> Vec<Range<usize>> {
    let mut windows: Vec<Range<usize>> = Vec::new();
    let line_end =
        |at: usize| memchr::memchr(b'\n', text.get(at..).unwrap_or_default()).map(|end| at + end + 1);
    // How many lines the last window goes on after the line that was found last.
    let mut ahead = 0;
    let mut at = 0;
    while let Some(hit) = text.get(at..).and_then(gate) {
        let hit = at + hit;
        let next = line_end(hit).unwrap_or(text.len());
        match windows.last_mut() {
            Some(last) if last.end >= next => {
                // The found lines are counted from one to the next, so that no line is counted for each of them.
                let between = text.get(at..hit).unwrap_or_default();
                ahead -= (1 + memchr::memchr_iter(b'\n', between).count()).min(ahead);
            }
            last => {
                let start = first_line_near(text, hit);
                match last {
                    Some(last) if last.end >= start => last.end = next,
                    _ => windows.push(start..next),
                }
                ahead = 0;
            }
        }
        if let Some(last) = windows.last_mut() {
            while ahead < NEAR && last.end < text.len() && last.end < hit + NEAR_BYTES {
                last.end = line_end(last.end).unwrap_or(text.len());
                ahead += 1;
            }
        }
        at = next;
    }
    windows
}

/// Where the first line begins that is near a place.
fn first_line_near(text: &[u8], at: usize) -> usize {
    let from = at.saturating_sub(NEAR_BYTES);
    let near = text.get(from..at).unwrap_or_default();
    let newline = memchr::memrchr_iter(b'\n', near).nth(NEAR);
    // A line that began before is left out.
    let newline = newline.or_else(|| memchr::memchr(b'\n', near).filter(|_| from > 0));
    newline.map_or(from, |newline| from + newline + 1)
}

/// What the words of a text say, without what is only known in general: for one who knows more than the text.
pub fn explain_words(source: &str, text: &str) -> Vec<Finding> {
    let mut explainer = Explainer::default();
    explainer.feed(text.as_bytes());
    let mut candidates = explainer.candidates();
    candidates.all.retain(|candidate| !candidate.is_general);
    rank::findings(source, candidates)
}

/// Explains a text.
pub fn explain(source: &str, text: &str) -> Vec<Finding> {
    let mut explainer = Explainer::default();
    explainer.feed(text.as_bytes());
    explainer.finish(source)
}
