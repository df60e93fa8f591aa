//! A stretch of a log around what the prefilter found: its lines, of which those that say something new are looked at,
//! with what stands around them, and the others counted.

use std::borrow::Cow;
use std::ops::Range;

use super::buffer::Buffer;
use super::candidates::Candidates;
use super::near::NEAR;
use super::shape::shape;
use super::window::look;

/// How many lines are looked at together.
const WINDOW: usize = 400;

/// A stretch, as the places where its lines begin, and where the last one ends.
pub struct Stretch<'a> {
    buffer: &'a Buffer,
    begins: Vec<usize>,
    /// A line's beginning, and its number: to count from.
    counted: (usize, usize),
}

impl<'a> Stretch<'a> {
    /// The lines in a part of the buffer; `counted` is a place before whose line's number is known.
    pub fn new(buffer: &'a Buffer, part: Range<usize>, counted: (usize, usize)) -> Self {
        let text = buffer.bytes().get(part.clone()).unwrap_or_default();
        let mut begins = vec![part.start];
        begins.extend(memchr::memchr_iter(b'\n', text).map(|newline| part.start + newline + 1));
        if begins.last() != Some(&part.end) {
            begins.push(part.end);
        }
        Self { buffer, begins, counted }
    }

    /// Looks at the lines that begin in a part of the buffer.
    pub fn look(&mut self, part: Range<usize>, candidates: &mut Candidates) {
        let lines = self.begins.len().saturating_sub(1);
        let first = self.begins.partition_point(|begin| *begin < part.start);
        let last = self.begins.partition_point(|begin| *begin < part.end).min(lines);
        let shapes: Vec<u64> = (first..last).map(|line| shape(self.line(line))).collect();
        let mut looked_at: Vec<Range<usize>> = Vec::new();
        for line in (first..last)
            .zip(&shapes)
            .filter(|(_, shape)| candidates.seen.wants(**shape))
            .map(|(line, _)| line)
        {
            let (from, to) = (line.saturating_sub(NEAR).max(first), last.min(line + NEAR + 1));
            match looked_at.last_mut() {
                Some(before) if before.end >= from => before.end = to,
                _ => looked_at.push(from..to),
            }
        }
        let mut done = first;
        for lines in looked_at {
            self.count(done..lines.start, first, &shapes, candidates);
            done = lines.end;
            let mut from = lines.start;
            while from < lines.end {
                let to = lines.end.min(from + WINDOW);
                self.look_at(from..to, first, &shapes, candidates);
                from = to;
            }
        }
        self.count(done..last, first, &shapes, candidates);
    }

    fn count(&self, lines: Range<usize>, first: usize, shapes: &[u64], candidates: &mut Candidates) {
        for line in lines {
            let shape = line.checked_sub(first).and_then(|index| shapes.get(index));
            if let Some(group) = shape.and_then(|shape| candidates.seen.group(*shape)) {
                candidates.tally.count(group, self.line(line));
            }
        }
    }

    fn look_at(&mut self, lines: Range<usize>, first: usize, shapes: &[u64], candidates: &mut Candidates) {
        let context = lines.start.saturating_sub(NEAR);
        let ahead = (lines.end + NEAR).min(self.begins.len().saturating_sub(1));
        let window = self.numbered(context..ahead);
        let range = lines.start - context..lines.end - context;
        let Candidates { all, known, seen, tally } = candidates;
        let looked = look(&window, range, &mut |entry, weight| known.wants(entry, weight));
        all.extend(looked.candidates);
        for (line, causes) in lines.zip(looked.causes) {
            let shape =
                line.checked_sub(first).and_then(|index| shapes.get(index)).copied().unwrap_or_default();
            if let Some(group) = seen.learn(shape, causes) {
                tally.count(group, self.line(line));
            }
        }
    }

    /// Lines with their numbers.
    fn numbered(&mut self, lines: Range<usize>) -> Vec<(usize, Cow<'a, str>)> {
        let Some(begin) = self.begins.get(lines.start).copied() else { return Vec::new() };
        let mut number = self.buffer.line_number(begin, self.counted);
        self.counted = (begin, number);
        let mut numbered = Vec::with_capacity(lines.len());
        for line in lines {
            numbered.push((number, String::from_utf8_lossy(self.line(line))));
            let end = self.begins.get(line + 1).map_or(0, |next| next.saturating_sub(1));
            number += usize::from(!self.buffer.is_cut(end));
        }
        numbered
    }

    /// The place and the number of a line, to count on from.
    pub fn counted(&self) -> (usize, usize) {
        self.counted
    }

    fn line(&self, index: usize) -> &'a [u8] {
        let (Some(from), Some(to)) = (self.begins.get(index), self.begins.get(index + 1)) else { return &[] };
        let line = self.buffer.bytes().get(*from..*to).unwrap_or_default();
        let line = line.strip_suffix(b"\n").unwrap_or(line);
        line.strip_suffix(b"\r").unwrap_or(line)
    }
}
