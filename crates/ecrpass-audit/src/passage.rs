//! A text that stands inside another one, as a script does in a pipeline's YAML, and where each part of it stands there.

use std::ops::Range;

/// A text, and where in its file each part of it is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Passage {
    text: String,
    /// In the text's order, the first from 0.
    segments: Vec<Segment>,
}

/// From which byte of the text on it stands at which byte of the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Segment {
    from: usize,
    at: usize,
    /// The last byte of the file that it may be at: what stands for something else (a variable's value) is longer or
    /// shorter than that.
    last: usize,
}

impl Passage {
    /// A whole file, or a part of it that stands there as it is from that byte on.
    pub fn verbatim(text: impl Into<String>, at: usize) -> Self {
        Self { text: text.into(), segments: vec![Segment { from: 0, at, last: usize::MAX }] }
    }

    /// A text put together from parts: each with the byte of the file at which it stands.
    pub fn of_parts<'a>(parts: impl IntoIterator<Item = (&'a str, usize)>) -> Self {
        let mut passage = Self::default();
        for (part, at) in parts {
            passage.segments.push(Segment { from: passage.text.len(), at, last: usize::MAX });
            passage.text.push_str(part);
        }
        passage
    }

    /// Puts another passage behind it.
    pub fn push(&mut self, more: &Self) {
        let offset = self.text.len();
        let segments =
            more.segments.iter().map(|segment| Segment { from: segment.from + offset, ..*segment });
        self.segments.extend(segments);
        self.text.push_str(&more.text);
    }

    /// Passages one after the other, as one.
    pub fn of_passages(passages: impl IntoIterator<Item = Self>) -> Self {
        let mut all = Self::default();
        for passage in passages {
            all.push(&passage);
        }
        all
    }

    /// Puts a text behind it that stands for these bytes of the file: the value of a variable that is named there.
    pub fn push_for(&mut self, text: &str, bytes: &Range<usize>) {
        let last = bytes.end.saturating_sub(1).max(bytes.start);
        self.segments.push(Segment { from: self.text.len(), at: bytes.start, last });
        self.text.push_str(text);
    }

    /// The text.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Where a byte of the text stands in the file.
    pub fn place(&self, byte: usize) -> usize {
        let after = self.segments.partition_point(|segment| segment.from <= byte);
        let segment = after.checked_sub(1).and_then(|index| self.segments.get(index));
        segment.map_or(byte, |segment| (segment.at + (byte - segment.from)).min(segment.last))
    }

    /// The same of a part of the text.
    pub fn places(&self, part: Range<usize>) -> Range<usize> {
        let start = self.place(part.start);
        // The end belongs to the last byte of the part: what follows it may stand elsewhere.
        let last = part.end.checked_sub(1).filter(|last| *last >= part.start);
        let end = last.map_or(start, |last| self.whole_behind(last).unwrap_or_else(|| self.place(last) + 1));
        start..end.max(start)
    }

    /// Where that ends in the file which the last byte of a text stands for: behind `\"`, not in the middle of it.
    fn whole_behind(&self, byte: usize) -> Option<usize> {
        let after = self.segments.partition_point(|segment| segment.from <= byte);
        let segment = after.checked_sub(1).and_then(|index| self.segments.get(index))?;
        let end = self.segments.get(after).map_or(self.text.len(), |next| next.from);
        (segment.last != usize::MAX && byte + 1 == end).then(|| segment.last + 1)
    }

    /// A part of it.
    pub fn part(&self, part: Range<usize>) -> Option<Self> {
        let text = self.text.get(part.clone())?.to_owned();
        let last = self.segments.iter().rfind(|segment| segment.from <= part.start);
        let last = last.map_or(usize::MAX, |segment| segment.last);
        let mut segments = vec![Segment { from: 0, at: self.place(part.start), last }];
        let inside =
            self.segments.iter().filter(|segment| segment.from > part.start && segment.from < part.end);
        segments.extend(inside.map(|segment| Segment { from: segment.from - part.start, ..*segment }));
        Some(Self { text, segments })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stands_for_something_else_is_at_its_place() {
        // `a ${{ x }} b` with a long value for x.
        let file = Passage::verbatim("a ${{ x }} b", 100);
        let mut passage = file.part(0..2).unwrap();
        passage.push_for("a long value of x", &(102..110));
        passage.push(&file.part(10..12).unwrap());
        assert_eq!(passage.text(), "a a long value of x b");
        assert_eq!(passage.places(2..19), 102..110);
        assert_eq!(passage.places(20..21), 111..112);
        assert_eq!(passage.places(0..21), 100..112);
        assert_eq!(passage.part(5..21).unwrap().places(15..16), 111..112);
    }

    #[test]
    fn the_end_of_what_is_written_longer_is_behind_all_of_it() {
        // `a \"b\" c`
        let mut passage = Passage::verbatim("a ", 0);
        passage.push_for("\"", &(2..4));
        passage.push(&Passage::verbatim("b", 4));
        passage.push_for("\"", &(5..7));
        passage.push(&Passage::verbatim(" c", 7));
        assert_eq!(passage.text(), "a \"b\" c");
        assert_eq!(passage.places(2..5), 2..7);
        assert_eq!(passage.places(2..3), 2..4);
        assert_eq!(passage.part(2..5).unwrap().places(0..3), 2..7);
        assert_eq!(passage.part(2..5).unwrap().places(1..2), 4..5);
    }
}
