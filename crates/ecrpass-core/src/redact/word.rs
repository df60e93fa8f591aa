//! The runs of characters that secrets and names are made of, and what stands around them.

/// A word, without an escape or a terminal's control sequence that is glued to its front.
#[derive(Debug)]
pub(super) struct Word {
    pub(super) start: usize,
    pub(super) end: usize,
    /// Where the word begins if the letter behind a backslash is its own; else `start`.
    pub(super) escape: usize,
}

fn is_word(b: u8) -> bool {
    b.is_ascii_alphanumeric() || matches!(b, b'+' | b'/' | b'_' | b'-' | b'.' | b'%' | b'~')
}

/// The next word. `\n`, `\t`, `\u001b[32m` and the like before it are skipped, as they stand in logs in JSON.
pub(super) fn next(text: &str, from: usize) -> Option<Word> {
    let bytes = text.as_bytes();
    let mut at = from;
    loop {
        let found = bytes.get(at..)?.iter().position(|&b| is_word(b) || matches!(b, b'\\' | 0x1b))?;
        let begin = at + found;
        let skipped = skip_escape(bytes, begin);
        let start = begin + skipped;
        if skipped > 0 && bytes.get(start).is_none_or(|&b| !is_word(b)) {
            at = start;
            continue;
        }
        if start == begin && !is_word(*bytes.get(begin)?) {
            at = begin + 1;
            continue;
        }
        let end = bytes
            .get(start..)?
            .iter()
            .position(|&b| !is_word(b))
            .map_or(bytes.len(), |length| start + length);
        let escape = if skipped == 2 { begin + 1 } else { start };
        return Some(Word { start, end, escape });
    }
}

/// How many bytes an escape in a JSON string, or a terminal's control sequence, takes at a place.
pub fn skip_escape(bytes: &[u8], at: usize) -> usize {
    let is_hex = |range: std::ops::Range<usize>| {
        bytes.get(range).is_some_and(|digits| digits.iter().all(u8::is_ascii_hexdigit))
    };
    let (length, is_escape_character) = match (bytes.get(at), bytes.get(at + 1)) {
        (Some(0x1b), _) => (1, true),
        (Some(b'\\'), Some(b'n' | b'r' | b't' | b'b' | b'f')) => return 2,
        (Some(b'\\'), Some(b'e')) if bytes.get(at + 2) == Some(&b'[') => (2, true),
        (Some(b'\\'), Some(b'u')) if is_hex(at + 2..at + 6) => {
            let code = bytes.get(at + 2..at + 6).unwrap_or_default();
            (6, code.eq_ignore_ascii_case(b"001b"))
        }
        (Some(b'\\'), Some(b'x')) if is_hex(at + 2..at + 4) => {
            let code = bytes.get(at + 2..at + 4).unwrap_or_default();
            (4, code.eq_ignore_ascii_case(b"1b"))
        }
        (Some(b'\\'), Some(b'0')) if bytes.get(at + 2..at + 4) == Some(b"33") => (4, true),
        _ => return 0,
    };
    let after = at + length;
    if !is_escape_character || bytes.get(after) != Some(&b'[') {
        return length;
    }
    let parameters = bytes.get(after + 1..).unwrap_or_default();
    let count =
        parameters.iter().take(32).take_while(|&&b| b.is_ascii_digit() || matches!(b, b';' | b'?')).count();
    let is_final = parameters.get(count).is_some_and(u8::is_ascii_alphabetic);
    length + 1 + count + usize::from(is_final)
}

/// Base64 ends in `=`, which is not part of a word.
pub(super) fn with_padding(text: &str, end: usize) -> usize {
    end + text.bytes().skip(end).take(3).take_while(|&b| b == b'=').count()
}

/// From this length on a secret may be wrapped, and a line may be more of it.
pub(super) const WRAPPED: usize = 40;

/// The end of a word that is a line of base64 right below a long secret.
pub(super) fn continues(text: &str, from: usize, start: usize, end: usize) -> Option<usize> {
    let between = text.get(from..start)?;
    let below = ["\r\n", "\n", "\\r\\n", "\\n"].iter().find_map(|line| between.strip_prefix(line))?;
    let word = text.get(start..end)?;
    let padded = with_padding(text, end);
    let after = text.get(padded..)?;
    let is_line =
        after.is_empty() || ["\r", "\n", "\\r", "\\n", "\"", "'"].iter().any(|end| after.starts_with(end));
    let is_base64 = word.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'/' | b'+' | b'-' | b'_'));
    // The last line is shorter; it must not be a word of the log's.
    let is_rest = padded > end
        || word.bytes().any(|b| b.is_ascii_digit()) && word.bytes().any(|b| b.is_ascii_uppercase());
    let is_more = word.len() >= WRAPPED || is_rest && word.len() >= 4;
    (is_line && is_base64 && is_more && below.bytes().all(|b| matches!(b, b' ' | b'\t'))).then_some(padded)
}

/// How much of a line is looked at in front of a word, in bytes.
pub(super) const LONG_LINE: usize = 1000;

/// What stands around a word on its line. Both searches remember how far they came: a line of megabytes is read once.
#[derive(Debug)]
pub(super) struct Around<'a> {
    pub(super) text: &'a str,
    /// Up to where the text was searched for breaks, and what is behind the last of them.
    searched: usize,
    begins: usize,
    /// From where to where there is no break, and the last `@` there.
    stretch: (usize, usize),
    last_at: Option<usize>,
    /// Up to where the text was searched for `--password-stdin`, and where it is next.
    next_stdin: Option<(usize, Option<usize>)>,
}

impl<'a> Around<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        Self { text, searched: 0, begins: 0, stretch: (0, 0), last_at: None, next_stdin: None }
    }

    /// Whether a place is inside an ARN: `arn:aws:secretsmanager:…:secret:NAME` names a secret and holds none.
    pub(super) fn is_in_arn(&mut self, at: usize) -> bool {
        if at < self.searched {
            (self.searched, self.begins) = (0, 0);
        }
        let new = self.text.as_bytes().get(self.searched..at).unwrap_or_default();
        let is_break = |b: &u8| b.is_ascii_whitespace() || b"\"'`<([,=&;|\\".contains(b);
        if let Some(last) = new.iter().rposition(is_break) {
            self.begins = self.searched + last + 1;
        }
        self.searched = at;
        self.text.get(self.begins..at).is_some_and(|word| word.starts_with("arn:aws"))
    }

    /// The last `@` after a place, before white space, a quote, `/`, `<` or `,`.
    pub(super) fn last_at(&mut self, from: usize) -> Option<usize> {
        if !(self.stretch.0..self.stretch.1).contains(&from) {
            let rest = self.text.as_bytes().get(from..).unwrap_or_default();
            let is_break = |b: &u8| b.is_ascii_whitespace() || b"/\"'<,\\".contains(b);
            let length = rest.iter().position(is_break).unwrap_or(rest.len());
            self.stretch = (from, from + length);
            self.last_at =
                rest.get(..length).and_then(|rest| rest.iter().rposition(|&b| b == b'@')).map(|at| from + at);
        }
        self.last_at.filter(|&at| at >= from)
    }

    /// The line from a place on up to `--password-stdin`, where that is not far.
    pub(super) fn up_to_stdin(&mut self, from: usize) -> Option<&'a str> {
        let known = self
            .next_stdin
            .filter(|&(searched, next)| searched <= from && next.is_none_or(|next| next >= from));
        let next = match known {
            Some((_, next)) => next,
            None => self.text.get(from..)?.find("--password-stdin").map(|at| from + at),
        };
        self.next_stdin = Some((from, next));
        let line = self.text.get(from..next.filter(|next| next - from <= 1000)?)?;
        (!line.contains('\n')).then_some(line)
    }

    /// The command up to a place: with the lines above that it goes on from, and the items above of a list.
    pub(super) fn command_before(&self, at: usize) -> &'a str {
        let line = self.line_before(at);
        let above = at - line.len();
        // The word alone is an item.
        let is_item =
            !line.trim().is_empty() && line.trim_start_matches([' ', '\t', '-', '"', '\'']).is_empty();
        let before = self.text.get(..above).unwrap_or_default().trim_end_matches(['\r', '\n']);
        let goes_on = before.ends_with(['\\', '`', '^']) && before.len() < above;
        if !is_item && !goes_on {
            return line;
        }
        let mut from = at.saturating_sub(LONG_LINE + 3);
        while !self.text.is_char_boundary(from) {
            from += 1;
        }
        let whole = self.text.get(from..at).unwrap_or_default();
        let mut length = line.len();
        for before in whole.get(..whole.len() - length).unwrap_or_default().split_inclusive('\n').rev() {
            let begin = before.trim_start();
            let is_more = match is_item {
                true => begin.starts_with(['-', '"', '\'', '[']) || begin.ends_with("[\n"),
                false => before.trim_end_matches(['\r', '\n']).ends_with(['\\', '`', '^']),
            };
            if !is_more {
                break;
            }
            length += before.len();
        }
        whole.get(whole.len() - length..).unwrap_or(line)
    }

    /// The line up to a place, as far as matters to a command: of a long one at least the last [`LONG_LINE`]
    /// bytes.
    pub(super) fn line_before(&self, at: usize) -> &'a str {
        let mut from = at.saturating_sub(LONG_LINE + 3);
        while !self.text.is_char_boundary(from) {
            from += 1;
        }
        self.text.get(from..at).unwrap_or_default().rsplit('\n').next().unwrap_or_default()
    }
}
