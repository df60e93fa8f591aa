//! Reads JSON as strictly as the clients do: a lenient parser would call a file fine that docker refuses. Checked against
//! `serde_json` by a property test.

mod deep;
#[cfg(test)]
mod tests;

use std::ops::Range;

use zeroize::Zeroizing;

use crate::bounds::too_many;
use crate::value::{JsonKind, Member, Value};

/// How deep values are read one by one, and how deep they may be nested where [`parse`] is to read all of a text.
const MAX_DEPTH: usize = 200;

/// What is wrong with a text, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SyntaxError {
    /// The byte it was noticed at.
    pub offset: usize,
    /// What is wrong.
    pub message: String,
    /// Whether there are more values than were to be read: nothing is known to be wrong with the text.
    pub is_limit: bool,
}

impl SyntaxError {
    fn new(offset: usize, message: impl Into<String>) -> Self {
        Self { offset, message: message.into(), is_limit: false }
    }
}

/// How many values [`parse`] reads: a list of all that runs in a large cluster has as many.
const MOST_VALUES: usize = 250_000;

/// Reads a text as one JSON value.
///
/// # Errors
/// [`SyntaxError`] at the first byte that does not belong there, and at the first of too many values.
pub fn parse(text: &str) -> Result<Value, SyntaxError> {
    parse_at_most(MOST_VALUES, text)
}

/// The same for a text that may hold so many values and no more: each of them is kept with its place, in many times the
/// memory that it takes in the text.
///
/// # Errors
/// As [`parse`], and at the first value too many.
pub fn parse_at_most(most: usize, text: &str) -> Result<Value, SyntaxError> {
    let mut parser = Parser { most, ..Parser::new(text) };
    let value = parser.value(0)?;
    parser.space();
    match parser.peek() {
        None => Ok(value),
        Some(_) => Err(parser.error(TRAILING)),
    }
}

/// What is said of a text behind the value.
pub(crate) const TRAILING: &str = "there is more after the end of the value";

/// The first value of a text as Go's decoder reads it, and where something stands behind it that is no blank. What is
/// nested too deeply to be of use is passed over ([`JsonKind::Deep`]). Not more than `most` values are read.
///
/// # Errors
/// As [`parse`], and at the first value too many.
pub(crate) fn parse_first(most: usize, text: &str) -> Result<(Value, Option<usize>), SyntaxError> {
    let mut parser = Parser { most, passes_over: true, ..Parser::new(text) };
    let value = parser.value(0)?;
    parser.space();
    Ok((value, parser.peek().map(|_| parser.at)))
}

struct Parser<'a> {
    text: &'a str,
    bytes: &'a [u8],
    at: usize,
    most: usize,
    /// How many values have begun.
    values: usize,
    /// Whether what is nested too deeply is passed over.
    passes_over: bool,
}

impl<'a> Parser<'a> {
    fn new(text: &'a str) -> Self {
        Self { text, bytes: text.as_bytes(), at: 0, most: usize::MAX, values: 0, passes_over: false }
    }

    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    /// What is not read yet.
    fn rest(&self) -> &'a str {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn space(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.at += 1;
        }
    }

    fn error(&self, message: impl Into<String>) -> SyntaxError {
        SyntaxError::new(self.at, message)
    }

    /// `expected … , found …`
    fn unexpected(&self, expected: &str) -> SyntaxError {
        match self.rest().chars().next() {
            None => self.error(format!("the text ends where {expected} should be")),
            Some('\u{feff}') => self.error("a byte order mark is in a place where none is allowed"),
            Some('/') if self.rest().starts_with("//") || self.rest().starts_with("/*") => {
                self.error("comments are not allowed in this file")
            }
            Some(found) => self.error(format!("expected {expected}, found {found:?}")),
        }
    }

    fn value(&mut self, depth: usize) -> Result<Value, SyntaxError> {
        self.space();
        let start = self.at;
        self.count()?;
        let kind = match self.peek() {
            Some(b'{') if depth < MAX_DEPTH => JsonKind::Object(self.object(depth)?),
            Some(b'[') if depth < MAX_DEPTH => JsonKind::Array(self.array(depth)?),
            Some(b'{' | b'[') if self.passes_over => self.deep(depth)?,
            Some(b'{' | b'[') => return Err(self.error("values are nested too deeply")),
            Some(b'"') => JsonKind::String(Zeroizing::new(self.string()?)),
            Some(b'-' | b'0'..=b'9') => self.number()?,
            Some(b't') => self.word("true", JsonKind::Bool)?,
            Some(b'f') => self.word("false", JsonKind::Bool)?,
            Some(b'n') => self.word("null", JsonKind::Null)?,
            _ => return Err(self.unexpected("a value")),
        };
        Ok(Value { span: start..self.at, kind })
    }

    fn object(&mut self, depth: usize) -> Result<Vec<Member>, SyntaxError> {
        let mut members = Vec::new();
        self.at += 1;
        self.space();
        if self.peek() == Some(b'}') {
            self.at += 1;
            return Ok(members);
        }
        let mut comma = None;
        loop {
            self.space();
            if self.peek() != Some(b'"') {
                return Err(if let (Some(comma), Some(b'}')) = (comma, self.peek()) {
                    self.at = comma;
                    self.error("there is an extra comma before the closing brace")
                } else {
                    self.unexpected("a key in double quotes")
                });
            }
            let (key, key_span) = self.key()?;
            let value = self.value(depth + 1)?;
            members.push(Member { key, key_span, value });
            self.space();
            match self.peek() {
                Some(b',') => {
                    comma = Some(self.at);
                    self.at += 1;
                }
                Some(b'}') => break,
                _ => return Err(self.unexpected("a comma or the closing brace")),
            }
        }
        self.at += 1;
        // Most are small, and a list that grows begins with room for four.
        members.shrink_to_fit();
        Ok(members)
    }

    /// A key and the colon behind it.
    fn key(&mut self) -> Result<(String, Range<usize>), SyntaxError> {
        let start = self.at;
        let key = self.string()?;
        let span = start..self.at;
        self.space();
        if self.peek() != Some(b':') {
            return Err(self.unexpected("a colon after the key"));
        }
        self.at += 1;
        Ok((key, span))
    }

    fn count(&mut self) -> Result<(), SyntaxError> {
        self.values += 1;
        if self.values > self.most {
            let error = self.error(too_many(self.most));
            return Err(SyntaxError { is_limit: true, ..error });
        }
        Ok(())
    }

    fn array(&mut self, depth: usize) -> Result<Vec<Value>, SyntaxError> {
        let mut values = Vec::new();
        self.at += 1;
        self.space();
        if self.peek() == Some(b']') {
            self.at += 1;
            return Ok(values);
        }
        loop {
            values.push(self.value(depth + 1)?);
            self.space();
            match self.peek() {
                Some(b',') => self.at += 1,
                Some(b']') => break,
                _ => return Err(self.unexpected("a comma or the closing bracket")),
            }
        }
        self.at += 1;
        values.shrink_to_fit();
        Ok(values)
    }

    fn word(&mut self, word: &str, kind: JsonKind) -> Result<JsonKind, SyntaxError> {
        if !self.rest().starts_with(word) {
            return Err(self.unexpected("a value"));
        }
        self.at += word.len();
        Ok(kind)
    }

    fn number(&mut self) -> Result<JsonKind, SyntaxError> {
        if self.peek() == Some(b'-') {
            self.at += 1;
        }
        match self.peek() {
            Some(b'0') => self.at += 1,
            _ => self.digits()?,
        }
        if self.peek() == Some(b'.') {
            self.at += 1;
            self.digits()?;
        }
        if matches!(self.peek(), Some(b'e' | b'E')) {
            self.at += 1;
            if matches!(self.peek(), Some(b'+' | b'-')) {
                self.at += 1;
            }
            self.digits()?;
        }
        Ok(JsonKind::Number)
    }

    fn digits(&mut self) -> Result<(), SyntaxError> {
        let start = self.at;
        while matches!(self.peek(), Some(b'0'..=b'9')) {
            self.at += 1;
        }
        if self.at == start { Err(self.unexpected("a digit")) } else { Ok(()) }
    }

    fn string(&mut self) -> Result<String, SyntaxError> {
        let opening = self.at;
        self.at += 1;
        // Room for all of it at once: growing would leave pieces of a secret behind.
        let length = self.rest().find('"').unwrap_or_default();
        let mut text = String::with_capacity(length);
        loop {
            let rest = self.text.get(self.at..).unwrap_or_default();
            let end = rest.find(|c: char| c == '"' || c == '\\' || c < ' ');
            let Some((found, _)) = end.and_then(|end| rest.split_at_checked(end)) else {
                return Err(SyntaxError::new(opening, "the quote opened here is not closed"));
            };
            text.push_str(found);
            self.at += found.len();
            match self.peek() {
                Some(b'"') => {
                    self.at += 1;
                    return Ok(text);
                }
                Some(b'\\') => text.push(self.escape()?),
                _ => return Err(self.error("a line break or control character stands inside a string")),
            }
        }
    }

    fn escape(&mut self) -> Result<char, SyntaxError> {
        let start = self.at;
        self.at += 2;
        Ok(match self.bytes.get(start + 1) {
            Some(byte @ (b'"' | b'\\' | b'/')) => char::from(*byte),
            Some(b'b') => '\u{8}',
            Some(b'f') => '\u{c}',
            Some(b'n') => '\n',
            Some(b'r') => '\r',
            Some(b't') => '\t',
            Some(b'u') => {
                let Some(high) = self.hex() else {
                    return Err(SyntaxError::new(start, "\\u needs four hex digits"));
                };
                self.unicode(high)
            }
            _ => return Err(SyntaxError::new(start, "no such escape in a string")),
        })
    }

    fn hex(&mut self) -> Option<u32> {
        let digits = self.text.get(self.at..self.at + 4)?;
        let number =
            digits.bytes().all(|b| b.is_ascii_hexdigit()).then(|| u32::from_str_radix(digits, 16).ok())?;
        self.at += 4;
        number
    }

    /// A surrogate without its partner becomes U+FFFD, as in Go.
    fn unicode(&mut self, high: u32) -> char {
        if (0xd800..0xdc00).contains(&high) && self.rest().starts_with("\\u") {
            let before = self.at;
            self.at += 2;
            if let Some(low @ 0xdc00..0xe000) = self.hex() {
                let point = 0x10000 + ((high - 0xd800) << 10) + (low - 0xdc00);
                return char::from_u32(point).unwrap_or(char::REPLACEMENT_CHARACTER);
            }
            self.at = before;
        }
        char::from_u32(high).unwrap_or(char::REPLACEMENT_CHARACTER)
    }
}
