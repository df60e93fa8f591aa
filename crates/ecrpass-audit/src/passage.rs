//! A text that stands inside another one, as a script does in a pipeline's YAML, and where each part of it stands there.

use std::ops::Range;

/// A text, and where in its file each part of it is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Passage {
    text: String,
    /// From which byte of the text on it stands at which byte of the file; in the text's order, the first from 0.
    segments: Vec<(usize, usize)>,
}

impl Passage {
    /// A whole file, or a part of it that stands there as it is from that byte on.
    pub fn verbatim(text: impl Into<String>, at: usize) -> Self {
        Self { text: text.into(), segments: vec![(0, at)] }
    }

    /// A text put together from parts: each with the byte of the file at which it stands.
    pub fn of_parts<'a>(parts: impl IntoIterator<Item = (&'a str, usize)>) -> Self {
        let mut passage = Self::default();
        for (part, at) in parts {
            passage.segments.push((passage.text.len(), at));
            passage.text.push_str(part);
        }
        passage
    }

    /// The text.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Where a byte of the text stands in the file.
    pub fn place(&self, byte: usize) -> usize {
        let after = self.segments.partition_point(|(from, _)| *from <= byte);
        let segment = after.checked_sub(1).and_then(|index| self.segments.get(index));
        segment.map_or(byte, |(from, at)| at + (byte - from))
    }

    /// The same of a part of the text.
    pub fn places(&self, part: Range<usize>) -> Range<usize> {
        let start = self.place(part.start);
        // The end belongs to the last byte of the part: what follows it may stand elsewhere.
        let end = part
            .end
            .checked_sub(1)
            .filter(|last| *last >= part.start)
            .map_or(start, |last| self.place(last) + 1);
        start..end.max(start)
    }

    /// A part of it.
    pub fn part(&self, part: Range<usize>) -> Option<Self> {
        let text = self.text.get(part.clone())?.to_owned();
        let mut segments = vec![(0, self.place(part.start))];
        let inside = self.segments.iter().filter(|(from, _)| *from > part.start && *from < part.end);
        segments.extend(inside.map(|(from, at)| (from - part.start, *at)));
        Some(Self { text, segments })
    }
}
