//! The part of a log that is being looked at, as lines of bounded length: a log may be one line of any size, and then
//! what is in it is looked for record by record.

/// The longest line there is, in bytes: a longer one is cut where its records end.
const MAX_LINE: usize = 8 * 1024;

/// The shortest record that a long line is cut into, in bytes.
const RECORD: usize = 160;

/// How much of a line without records is repeated after a cut, in bytes: no message is longer.
const OVERLAP: usize = 1024;

/// Bytes of a log, cut into lines.
#[derive(Default)]
pub struct Buffer {
    bytes: Vec<u8>,
    /// How long the line is that has no end yet.
    open: usize,
    /// Where lines end that go on in the log, in order.
    cuts: Vec<usize>,
    /// The number, in the log, of the first line.
    first_line: usize,
    /// How many lines before the log's first are not of the log.
    before: usize,
}

impl Buffer {
    /// Adds what comes next in the log, up to about so many bytes in all; what is left over is given back.
    pub fn append<'a>(&mut self, mut bytes: &'a [u8], limit: usize) -> &'a [u8] {
        while !bytes.is_empty() && self.bytes.len() < limit {
            let room = MAX_LINE.saturating_sub(self.open).max(1).min(limit - self.bytes.len());
            let (now, later) = bytes.split_at(room.min(bytes.len()));
            if self.goes_on()
                && let Some(end) = memchr::memchr(b'\n', now)
            {
                // The rest of a long line is cut as the line was.
                let (rest, lines) = bytes.split_at(end);
                self.bytes.extend_from_slice(rest);
                self.open += rest.len();
                self.cut_between_records();
                self.bytes.push(b'\n');
                self.open = 0;
                bytes = lines.get(1..).unwrap_or_default();
                continue;
            }
            if let Some(end) = memchr::memrchr(b'\n', now) {
                let (lines, rest) = bytes.split_at(end + 1);
                self.bytes.extend_from_slice(lines);
                self.open = 0;
                bytes = rest;
                continue;
            }
            self.bytes.extend_from_slice(now);
            self.open += now.len();
            bytes = later;
            if self.open >= MAX_LINE {
                self.cut();
            }
        }
        bytes
    }

    /// Adds a line that stands before the log, and is not counted.
    pub fn append_before(&mut self, line: &str) {
        let line: Vec<u8> =
            line.bytes().map(|byte| if byte == b'\n' { b' ' } else { byte }).take(MAX_LINE).collect();
        self.bytes.extend_from_slice(&line);
        self.bytes.push(b'\n');
        self.before += 1;
    }

    /// The bytes.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Where the line begins that has no end yet.
    pub fn end_of_lines(&self) -> usize {
        self.bytes.len() - self.open
    }

    /// The number, in the log, of the line that holds a byte; counted from a place whose number is known.
    pub fn line_number(&self, at: usize, known: (usize, usize)) -> usize {
        let (from, number) = known;
        let ends = memchr::memchr_iter(b'\n', self.bytes.get(from..at).unwrap_or_default()).count();
        let cuts = self.cuts.partition_point(|cut| *cut < at) - self.cuts.partition_point(|cut| *cut < from);
        number + ends.saturating_sub(cuts)
    }

    /// The number of the first line.
    pub fn first_line(&self) -> usize {
        (self.first_line + 1).saturating_sub(self.before)
    }

    /// Whether a line that ends there goes on in the log.
    pub fn is_cut(&self, end: usize) -> bool {
        self.cuts.binary_search(&end).is_ok()
    }

    /// Forgets all before a place.
    pub fn forget(&mut self, before: usize) {
        self.first_line = self.line_number(before, (0, self.first_line));
        self.bytes.drain(..before.min(self.bytes.len()));
        self.cuts.retain_mut(|cut| match cut.checked_sub(before) {
            Some(rest) => {
                *cut = rest;
                true
            }
            None => false,
        });
    }

    /// Whether the line that has no end yet is the rest of a longer one.
    fn goes_on(&self) -> bool {
        let before = self.bytes.len().checked_sub(self.open + 1);
        before.is_some() && self.cuts.last().copied() == before
    }

    /// Cuts the line that has no end yet: between its records, or else between two words, some of which are repeated.
    fn cut(&mut self) {
        if self.cut_between_records() {
            return;
        }
        let line = self.bytes.split_off(self.end_of_lines());
        let end = end_of_words(&line);
        self.end_piece(line.get(..end).unwrap_or_default());
        self.go_on(line.get(start_of_character(&line, end.saturating_sub(OVERLAP))..).unwrap_or_default());
    }

    /// Cuts the line that has no end yet between its records; says whether there are any.
    fn cut_between_records(&mut self) -> bool {
        let records = ends_of_records(self.bytes.get(self.end_of_lines()..).unwrap_or_default());
        if records.is_empty() {
            return false;
        }
        let line = self.bytes.split_off(self.end_of_lines());
        let mut from = 0;
        for end in records {
            self.end_piece(line.get(from..end).unwrap_or_default());
            from = end;
        }
        self.go_on(line.get(from..).unwrap_or_default());
        true
    }

    fn go_on(&mut self, rest: &[u8]) {
        self.bytes.extend_from_slice(rest);
        self.open = rest.len();
    }

    fn end_piece(&mut self, piece: &[u8]) {
        self.bytes.extend_from_slice(piece);
        self.cuts.push(self.bytes.len());
        self.bytes.push(b'\n');
    }
}

/// Where the records of a line end: objects in an array, or lines that were put into one text.
fn ends_of_records(line: &[u8]) -> Vec<usize> {
    let mut ends: Vec<usize> = Vec::new();
    for at in memchr::memchr2_iter(b'{', b'\\', line) {
        let before = line.get(..at).unwrap_or_default().trim_ascii_end();
        let end = match line.get(at) {
            Some(b'{') if before.ends_with(b"},") || before.ends_with(b"}") => at,
            Some(b'\\') if line.get(at + 1) == Some(&b'n') => at + 2,
            _ => continue,
        };
        if end >= ends.last().map_or(0, |last| *last) + RECORD {
            ends.push(end);
        }
    }
    ends
}

/// The last end of a word in the second half of a line, or the end of its last character.
fn end_of_words(line: &[u8]) -> usize {
    let half = line.len() / 2;
    let second = line.get(half..).unwrap_or_default();
    let word = memchr::memrchr3(b' ', b',', b'\t', second).map(|at| half + at + 1);
    word.unwrap_or_else(|| start_of_character(line, line.len().saturating_sub(4)))
}

/// The start of the character that a byte is of.
fn start_of_character(line: &[u8], at: usize) -> usize {
    let goes_on = |at: &usize| line.get(*at).is_some_and(|byte| byte & 0xc0 == 0x80);
    (at.saturating_sub(3)..=at).rev().find(|at| !goes_on(at)).unwrap_or(at)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(text: &str, chunk: usize) -> Vec<(usize, String)> {
        let mut buffer = Buffer::default();
        text.as_bytes().chunks(chunk).for_each(|chunk| {
            buffer.append(chunk, usize::MAX);
        });
        let (mut from, mut lines) = (0, Vec::new());
        for end in memchr::memchr_iter(b'\n', buffer.bytes()).chain([buffer.bytes().len()]) {
            let number = buffer.line_number(from, (0, buffer.first_line()));
            lines.push((number, String::from_utf8_lossy(&buffer.bytes()[from..end]).into_owned()));
            from = end + 1;
        }
        lines
    }

    #[test]
    fn a_long_line_is_cut_between_its_records_and_keeps_its_number() {
        let record = |n: usize| format!("{{\"n\":{n},\"message\":\"{}\"}}", "x".repeat(300));
        let array: Vec<String> = (0..200).map(record).collect();
        let text = format!("first\n[{}]\nlast\n", array.join(","));
        let found = lines(&text, text.len());
        assert_eq!(found.first(), Some(&(1, "first".to_owned())));
        assert_eq!(found.get(found.len() - 2), Some(&(3, "last".to_owned())));
        for n in 0..200 {
            assert!(
                found
                    .iter()
                    .any(|(line, text)| *line == 2 && text.trim_start_matches('[').starts_with(&record(n))),
                "{n}"
            );
        }
        let whole: String =
            found.iter().filter(|(line, _)| *line == 2).map(|(_, text)| text.as_str()).collect();
        assert!(whole == format!("[{}]", array.join(",")), "something is lost or told twice");
        for chunk in [1, 7, 4096] {
            assert_eq!(lines(&text, chunk), found, "{chunk}");
        }
    }

    #[test]
    fn a_line_without_records_is_cut_so_that_every_message_is_whole_somewhere() {
        for filler in ["word ", "x", "é", "\u{1f600}"] {
            for before in (7_000..17_000).step_by(97) {
                let message = "Error: no basic auth credentials for this registry";
                let text =
                    format!("{}{message}{}", filler.repeat(before / filler.len()), filler.repeat(6_000));
                let found = lines(&text, 1000);
                assert!(found.iter().any(|(_, line)| line.contains(message)), "{filler} {before}");
                assert!(found.iter().all(|(line, text)| *line == 1 && text.len() <= MAX_LINE));
                assert!(!found.iter().any(|(_, text)| text.contains('\u{fffd}')), "{filler} {before}");
            }
        }
    }

    #[test]
    fn numbers_stay_right_when_the_beginning_is_forgotten() {
        let mut buffer = Buffer::default();
        buffer.append("a\n".repeat(10).as_bytes(), usize::MAX);
        buffer.append("y".repeat(100_000).as_bytes(), usize::MAX);
        buffer.append(b"\nlast", usize::MAX);
        buffer.forget(50_000);
        assert_eq!(buffer.first_line(), 11);
        let end = buffer.bytes().len();
        assert_eq!(buffer.line_number(end, (0, buffer.first_line())), 12);
        assert!(buffer.bytes().ends_with(b"\nlast"));
    }
}
