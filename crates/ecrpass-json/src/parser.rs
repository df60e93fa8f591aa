//! Reads JSON as strictly as the clients do: a lenient parser would call a file fine that docker refuses. Checked against
//! `serde_json` by a property test.

use zeroize::Zeroizing;

use crate::value::{JsonKind, Member, Value};

/// How deep values may be nested; Go's limit is 10 000, and no configuration comes near this one.
const MAX_DEPTH: usize = 200;

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
    parse_at_most(usize::MAX, text)
}

/// The same for a text that may hold so many values and no more: each of them is kept with its place, in many times the
/// memory that it takes in the text.
///
/// # Errors
/// As [`parse`], and at the first value too many.
pub fn parse_at_most(most: usize, text: &str) -> Result<Value, SyntaxError> {
    let mut parser = Parser { text, bytes: text.as_bytes(), at: 0, most, values: 0 };
    let value = parser.value(0)?;
    parser.space();
    match parser.peek() {
        None => Ok(value),
        Some(_) => Err(parser.error("there is more after the end of the value")),
    }
}

struct Parser<'a> {
    text: &'a str,
    bytes: &'a [u8],
    at: usize,
    most: usize,
    /// How many values have begun.
    values: usize,
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
        self.values += 1;
        if self.values > self.most {
            return Err(self.error(format!("there are more than {} values in it", self.most)));
        }
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
        let mut comma = None;
        loop {
            self.space();
            let start = self.at;
            if self.peek() != Some(b'"') {
                return Err(if let (Some(comma), Some(b'}')) = (comma, self.peek()) {
                    self.at = comma;
                    self.error("there is an extra comma before the closing brace")
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
                Some(b',') => {
                    comma = Some(self.at);
                    self.at += 1;
                }
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
        let length = self.rest().find('"').unwrap_or_default();
        let mut text = String::with_capacity(length);
        loop {
            let rest = self.text.get(self.at..).unwrap_or_default();
            let end = rest.find(|c: char| c == '"' || c == '\\' || c < ' ');
            let Some((found, _)) = end.and_then(|end| rest.split_at_checked(end)) else {
                return Err(SyntaxError {
                    offset: opening,
                    message: "the quote opened here is not closed".to_owned(),
                });
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
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Our reading as the oracle's type; the last of several equal keys counts, as there.
    fn plain(value: &Value, text: &str) -> serde_json::Value {
        match &value.kind {
            JsonKind::Null => serde_json::Value::Null,
            JsonKind::Bool | JsonKind::Number => serde_json::from_str(&text[value.span.clone()]).unwrap(),
            JsonKind::String(string) => serde_json::Value::from(string.as_str()),
            JsonKind::Array(values) => values.iter().map(|value| plain(value, text)).collect(),
            JsonKind::Object(members) => serde_json::Value::Object(
                members.iter().map(|member| (member.key.clone(), plain(&member.value, text))).collect(),
            ),
        }
    }

    fn message(text: &str) -> String {
        let error = parse(text).err().unwrap();
        format!("{}: {}", error.offset, error.message)
    }

    #[test]
    fn mistakes_are_named_where_they_are() {
        for (text, expected) in [
            ("", "0: the text ends where a value should be"),
            ("{\"a\" 1}", "5: expected a colon after the key, found '1'"),
            ("{\"a\": 1,\n\n}", "7: there is an extra comma before the closing brace"),
            ("{\"a\": 1 \"b\": 2}", "8: expected a comma or the closing brace, found '\"'"),
            ("{'a': 1}", "1: expected a key in double quotes, found '\\''"),
            ("{\"a\": // x\n1}", "6: comments are not allowed in this file"),
            ("{\"a\": \"x", "6: the quote opened here is not closed"),
            ("{\"a\": \"x\ny\"}", "8: a line break or control character stands inside a string"),
            ("{\"a\": \"\\x\"}", "7: no such escape in a string"),
            ("{} {}", "3: there is more after the end of the value"),
            ("{\"a\": 01}", "7: expected a comma or the closing brace, found '1'"),
            ("\u{feff}{}", "0: a byte order mark is in a place where none is allowed"),
        ] {
            assert_eq!(message(text), expected, "{text}");
        }
    }

    #[test]
    fn depth_is_bounded() {
        assert!(message(&"[".repeat(100_000)).ends_with("nested too deeply"));
        assert!(parse(&format!("{}1{}", "[".repeat(150), "]".repeat(150))).is_ok());
    }

    #[test]
    fn surrogates_are_read_as_go_reads_them() {
        for (text, expected) in [
            (r#""\ud83d\ude00""#, "😀"),
            (r#""\ud83dx""#, "\u{fffd}x"),
            (r#""\ud83d\u0041""#, "\u{fffd}A"),
            (r#""\ude00""#, "\u{fffd}"),
        ] {
            assert_eq!(parse(text).ok().unwrap().text(), Some(expected), "{text}");
        }
    }

    fn json() -> impl Strategy<Value = serde_json::Value> {
        let leaf = prop_oneof![
            Just(serde_json::Value::Null),
            any::<bool>().prop_map(serde_json::Value::from),
            any::<i32>().prop_map(serde_json::Value::from),
            ".{0,8}".prop_map(serde_json::Value::from),
        ];
        leaf.prop_recursive(4, 24, 5, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..4).prop_map(serde_json::Value::from),
                prop::collection::vec((".{0,4}", inner), 0..4)
                    .prop_map(|members| serde_json::Value::Object(members.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn what_serde_writes_is_read_back(value in json(), pretty in any::<bool>()) {
            let text = if pretty { serde_json::to_string_pretty(&value) } else { serde_json::to_string(&value) }.unwrap();
            let read = parse(&text).ok().unwrap();
            prop_assert_eq!(plain(&read, &text), value);
            prop_assert_eq!(read.span, 0..text.len());
        }

        #[test]
        fn a_damaged_text_is_accepted_only_if_serde_accepts_it(
            value in json(), at in any::<prop::sample::Index>(), with in "[\\[\\]{}:,\" 0-9a-z\\\\\n.e-]{0,3}",
        ) {
            let mut text = serde_json::to_string_pretty(&value).unwrap();
            let at = at.index(text.len() + 1);
            prop_assume!(text.is_char_boundary(at));
            text.insert_str(at, &with);
            let ours = parse(&text);
            match serde_json::from_str::<serde_json::Value>(&text) {
                Ok(theirs) => prop_assert_eq!(ours.ok().map(|value| plain(&value, &text)), Some(theirs)),
                // serde refuses lone surrogates and numbers beyond its range.
                Err(error) => prop_assert!(
                    ours.is_err() || error.to_string().contains("surrogate") || error.to_string().contains("range"),
                    "{:?}: {}", text, error
                ),
            }
        }

        #[test]
        fn any_text_is_answered(text in any::<String>()) {
            let _ = parse(&text);
        }
    }
}
