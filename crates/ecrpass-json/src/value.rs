//! JSON with the place of every value, as strict as the clients that read it.
//!
//! Not a JSON library's tree: repairing a file byte by byte needs every span and every duplicate key, and a lenient
//! parser would call a file fine that docker refuses. Checked against `serde_json` by a property test.

use std::ops::Range;

use zeroize::Zeroizing;

/// How deep values may be nested; Go's limit is 10 000, and no configuration comes near this one.
const MAX_DEPTH: usize = 200;

/// A value and where it stands.
pub struct Value {
    /// Its bytes in the text.
    pub span: Range<usize>,
    /// What it is.
    pub kind: JsonKind,
}

/// What a value is.
pub enum JsonKind {
    /// `null`
    Null,
    /// `true` or `false`
    Bool,
    /// A number, not looked at further.
    Number,
    /// A string, without its escapes. It may be a secret.
    String(Zeroizing<String>),
    /// An array.
    Array(Vec<Value>),
    /// An object: its members in the order of the text, duplicates included.
    Object(Vec<Member>),
}

/// A key and its value.
pub struct Member {
    /// The key, without its escapes.
    pub key: String,
    /// The key's bytes, with the quotes.
    pub key_span: Range<usize>,
    /// The value.
    pub value: Value,
}

impl Member {
    /// The bytes of key and value.
    pub fn span(&self) -> Range<usize> {
        self.key_span.start..self.value.span.end
    }
}

impl Value {
    /// The members of an object.
    pub fn members(&self) -> Option<&[Member]> {
        match &self.kind {
            JsonKind::Object(members) => Some(members),
            _ => None,
        }
    }

    /// The text of a string.
    pub fn text(&self) -> Option<&str> {
        match &self.kind {
            JsonKind::String(text) => Some(text),
            _ => None,
        }
    }

    /// What kind of value it is, with an article.
    pub fn kind_name(&self) -> &'static str {
        match &self.kind {
            JsonKind::Null => "null",
            JsonKind::Bool => "a boolean",
            JsonKind::Number => "a number",
            JsonKind::String(_) => "a string",
            JsonKind::Array(_) => "an array",
            JsonKind::Object(_) => "an object",
        }
    }
}

/// What is wrong with a text, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SyntaxError {
    /// The byte it was noticed at.
    pub offset: usize,
    /// What is wrong.
    pub message: String,
}

/// Reads a text as one JSON value.
///
/// # Errors
/// [`SyntaxError`] at the first byte that does not belong there.
pub fn parse(text: &str) -> Result<Value, SyntaxError> {
    let mut parser = Parser { text, bytes: text.as_bytes(), at: 0 };
    let value = parser.value(0)?;
    parser.space();
    match parser.peek() {
        None => Ok(value),
        Some(_) => Err(parser.error("there is more after the end of the value")),
    }
}

/// A text as a JSON string, with its quotes.
pub fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

struct Parser<'a> {
    text: &'a str,
    bytes: &'a [u8],
    at: usize,
}

impl Parser<'_> {
    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    /// What is not read yet.
    fn rest(&self) -> &str {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn space(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.at += 1;
        }
    }

    fn error(&self, message: impl Into<String>) -> SyntaxError {
        SyntaxError { offset: self.at, message: message.into() }
    }

    /// `expected … , found …`
    fn unexpected(&self, expected: &str) -> SyntaxError {
        let rest = self.rest();
        match rest.chars().next() {
            None => self.error(format!("the text ends where {expected} should be")),
            Some('\u{feff}') => self.error("a byte order mark stands where none may"),
            Some('/') if rest.starts_with("//") || rest.starts_with("/*") => {
                self.error("comments are not allowed in this file")
            }
            Some(found) => self.error(format!("expected {expected}, found {found:?}")),
        }
    }

    fn value(&mut self, depth: usize) -> Result<Value, SyntaxError> {
        self.space();
        let start = self.at;
        let kind = match self.peek() {
            Some(b'{') if depth < MAX_DEPTH => JsonKind::Object(self.object(depth)?),
            Some(b'[') if depth < MAX_DEPTH => JsonKind::Array(self.array(depth)?),
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
        loop {
            self.space();
            let start = self.at;
            if self.peek() != Some(b'"') {
                let trailing = self.peek() == Some(b'}');
                return Err(if trailing {
                    self.error("a comma stands before the closing brace")
                } else {
                    self.unexpected("a key in double quotes")
                });
            }
            let key = self.string()?;
            let key_span = start..self.at;
            self.space();
            if self.peek() != Some(b':') {
                return Err(self.unexpected("a colon after the key"));
            }
            self.at += 1;
            let value = self.value(depth + 1)?;
            members.push(Member { key, key_span, value });
            self.space();
            match self.peek() {
                Some(b',') => self.at += 1,
                Some(b'}') => break,
                _ => return Err(self.unexpected("a comma or the closing brace")),
            }
        }
        self.at += 1;
        Ok(members)
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
        let length = self.rest().bytes().position(|byte| byte == b'"').unwrap_or_default();
        let mut text = String::with_capacity(length);
        loop {
            let rest = self.rest();
            let end = rest.find(|c: char| c == '"' || c == '\\' || c < ' ');
            let Some((before, _)) = end.and_then(|end| rest.split_at_checked(end)) else {
                return Err(SyntaxError {
                    offset: opening,
                    message: "the quote opened here is not closed".to_owned(),
                });
            };
            text.push_str(before);
            self.at += before.len();
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
                    return Err(SyntaxError {
                        offset: start,
                        message: "\\u needs four hex digits".to_owned(),
                    });
                };
                self.unicode(high)
            }
            _ => {
                return Err(SyntaxError { offset: start, message: "no such escape in a string".to_owned() });
            }
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

#[cfg(test)]
mod tests;
