//! The text of a configuration file and edits that change one member and not a byte beside it.
//!
//! An edit makes a new document; the caller chains them. Everything a client's own rewriting would lose (key order,
//! indentation, unknown keys, line endings, a missing last newline) stays because it is never touched.

use std::fmt;
use std::ops::Range;

use zeroize::Zeroizing;

use super::position::Position;
use super::value::{self, JsonKind, Member, SyntaxError, Value, quoted};

/// A configuration file, parsed.
pub struct Document {
    text: Zeroizing<String>,
    root: Value,
}

/// Which member of which object: the member's number at every level from the root. Numbers and not names, because
/// names may occur twice.
pub type Pointer = Vec<usize>;

/// A file's text that cannot be read as a configuration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InvalidDocument {
    /// Where it was noticed.
    pub place: Position,
    /// What is wrong.
    pub message: String,
    /// The line, with the place marked and secrets hidden.
    pub excerpt: String,
}

impl fmt::Display for InvalidDocument {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for InvalidDocument {}

impl fmt::Debug for Document {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Document({} bytes)", self.text.len())
    }
}

impl Document {
    /// Reads a file's text. An empty file counts as `{}`, as it does for docker; a byte order mark in front is kept.
    ///
    /// # Errors
    /// [`InvalidDocument`] when the text is no JSON, or no JSON object.
    pub fn parse(text: &str) -> Result<Self, InvalidDocument> {
        let text = if text.trim().is_empty() { "{}\n" } else { text };
        let mark = byte_order_mark(text);
        let invalid = |offset: usize, message: String| {
            let place = Position::of(text, offset);
            InvalidDocument { place, message, excerpt: place.excerpt(text) }
        };
        // Parsed with blanks in the mark's place, so that the offsets are the file's.
        let readable = Zeroizing::new(format!("{}{}", " ".repeat(mark), slice(text, mark..text.len())));
        let root =
            value::parse(&readable).map_err(|SyntaxError { offset, message }| invalid(offset, message))?;
        if root.members().is_none() {
            let message = format!("the configuration must be an object, not {}", root.kind_name());
            return Err(invalid(root.span.start, message));
        }
        Ok(Self { text: Zeroizing::new(text.to_owned()), root })
    }

    /// The text, as it would be written.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The outermost object.
    pub fn root(&self) -> &Value {
        &self.root
    }

    /// Whether the text begins with a byte order mark, which Go's clients refuse.
    pub fn has_byte_order_mark(&self) -> bool {
        byte_order_mark(&self.text) > 0
    }

    /// The place of a byte.
    pub fn place(&self, offset: usize) -> Position {
        Position::of(&self.text, offset)
    }

    /// The member a pointer leads to.
    pub fn member(&self, pointer: &[usize]) -> Option<&Member> {
        let (last, path) = pointer.split_last()?;
        let mut value = &self.root;
        for &index in path {
            value = &value.members()?.get(index)?.value;
        }
        value.members()?.get(*last)
    }

    /// The object a pointer leads to; the root for an empty one.
    fn object(&self, pointer: &[usize]) -> Option<&Value> {
        let value = if pointer.is_empty() { &self.root } else { &self.member(pointer)?.value };
        value.members().is_some().then_some(value)
    }

    /// Without the byte order mark.
    pub fn without_byte_order_mark(&self) -> Option<Self> {
        self.replace(0..byte_order_mark(&self.text), "")
    }

    /// Without that member, and without the comma that belonged to it.
    pub fn remove(&self, pointer: &[usize]) -> Option<Self> {
        let (&index, path) = pointer.split_last()?;
        let object = self.object(path)?;
        let members = object.members()?;
        let member = members.get(index)?.span();
        let range =
            match (index.checked_sub(1).and_then(|before| members.get(before)), members.get(index + 1)) {
                (Some(before), _) => before.span().end..member.end,
                (None, Some(after)) => member.start..after.span().start,
                (None, None) => object.span.start + 1..object.span.end - 1,
            };
        self.replace(range, "")
    }

    /// With another key in front of that member's value.
    pub fn rename(&self, pointer: &[usize], key: &str) -> Option<Self> {
        self.replace(self.member(pointer)?.key_span.clone(), &quoted(key))
    }

    /// With another value, given as JSON, behind that member's key.
    pub fn set(&self, pointer: &[usize], json: &str) -> Option<Self> {
        self.replace(self.member(pointer)?.value.span.clone(), json)
    }

    /// With one more member at the end of the object a pointer leads to (the root for an empty one), laid out as its
    /// neighbours are.
    pub fn insert(&self, object: &[usize], key: &str, value: &New<'_>) -> Option<Self> {
        let level = object.len() + 1;
        let target = self.object(object)?;
        let members = target.members()?;
        let style = self.style();
        let line = members_on_lines(&self.text, target);
        let separator = match members {
            [] if target.span.len() > 2 || style.lines => style.line(level),
            [] => String::new(),
            [only] => match slice(&self.text, target.span.start + 1..only.key_span.start) {
                // `{"a": 1}`: the blank behind the colon says there is one behind the comma.
                "" if slice(&self.text, only.key_span.end..only.value.span.start).ends_with(' ') => {
                    " ".to_owned()
                }
                before => before.to_owned(),
            },
            [.., before, last] => {
                let between = slice(&self.text, before.span().end..last.key_span.start);
                between.split_once(',').map_or(between, |(_, behind)| behind).to_owned()
            }
        };
        let colon = members
            .last()
            .or_else(|| self.root.members()?.first())
            .map_or(": ", |member| slice(&self.text, member.key_span.end..member.value.span.start));
        let multiline = if members.is_empty() { style.lines } else { line };
        let value = match value {
            New::Text(text) => quoted(text),
            New::Object(key, text) if multiline => format!(
                "{{{}{}{colon}{}{}}}",
                style.line(level + 1),
                quoted(key),
                quoted(text),
                style.line(level)
            ),
            New::Object(key, text) => format!("{{{}{colon}{}}}", quoted(key), quoted(text)),
        };
        let member = format!("{separator}{}{colon}{value}", quoted(key));
        match members.last() {
            Some(last) => {
                let end = last.span().end;
                self.replace(end..end, &format!(",{member}"))
            }
            None => {
                let end = if style.lines { style.line(level - 1) } else { String::new() };
                self.replace(target.span.start + 1..target.span.end - 1, &format!("{member}{end}"))
            }
        }
    }

    fn replace(&self, range: Range<usize>, with: &str) -> Option<Self> {
        let mut text = Zeroizing::new(String::with_capacity(self.text.len() + with.len()));
        text.push_str(self.text.get(..range.start)?);
        text.push_str(with);
        text.push_str(self.text.get(range.end..)?);
        Self::parse(&text).ok()
    }

    /// How the file is laid out.
    fn style(&self) -> Style {
        let newline = if self.text.contains("\r\n") { "\r\n" } else { "\n" };
        let first = self.root.members().and_then(<[Member]>::first);
        let before = first.map(|first| slice(&self.text, self.root.span.start + 1..first.key_span.start));
        match before {
            // An empty object: as docker writes it.
            None => Style { lines: true, newline, indent: "\t".to_owned() },
            Some(before) => Style {
                lines: before.contains('\n'),
                newline,
                indent: before.rsplit('\n').next().unwrap_or_default().to_owned(),
            },
        }
    }
}

/// A value to be inserted.
pub enum New<'a> {
    /// A string.
    Text(&'a str),
    /// An object with one string in it.
    Object(&'a str, &'a str),
}

struct Style {
    /// Whether members stand on lines of their own.
    lines: bool,
    newline: &'static str,
    /// The indentation of one level.
    indent: String,
}

impl Style {
    fn line(&self, level: usize) -> String {
        if self.lines { format!("{}{}", self.newline, self.indent.repeat(level)) } else { String::new() }
    }
}

fn members_on_lines(text: &str, object: &Value) -> bool {
    let first = object.members().and_then(<[Member]>::first);
    first.is_some_and(|first| slice(text, object.span.start..first.key_span.start).contains('\n'))
}

/// A piece of the text; spans come from the parser and lie within it.
fn slice(text: &str, span: Range<usize>) -> &str {
    text.get(span).unwrap_or_default()
}

/// The length of the byte order mark in front, in bytes.
fn byte_order_mark(text: &str) -> usize {
    if text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 }
}

/// Whether a value may stand for "nothing": `null` means an absent member to Go.
pub fn is_null(value: &Value) -> bool {
    matches!(value.kind, JsonKind::Null)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn document(text: &str) -> Document {
        Document::parse(text).unwrap()
    }

    #[test]
    fn members_are_removed_with_their_comma() {
        for (text, pointer, expected) in [
            ("{\"a\": 1, \"b\": 2}", vec![0], "{\"b\": 2}"),
            ("{\"a\": 1, \"b\": 2}", vec![1], "{\"a\": 1}"),
            ("{\n\t\"a\": 1,\n\t\"b\": 2,\n\t\"c\": 3\n}\n", vec![1], "{\n\t\"a\": 1,\n\t\"c\": 3\n}\n"),
            ("{ \"a\" : { \"x\" : 1 } }", vec![0, 0], "{ \"a\" : {} }"),
            ("{\"a\":1,\"a\":2}", vec![0], "{\"a\":2}"),
        ] {
            assert_eq!(document(text).remove(&pointer).unwrap().text(), expected, "{text}");
        }
    }

    #[test]
    fn members_are_added_as_their_neighbours_stand() {
        for (text, at, expected) in [
            ("{}", vec![], "{\n\t\"k\": \"v\"\n}"),
            ("", vec![], "{\n\t\"k\": \"v\"\n}\n"),
            ("{\"a\":{}}", vec![0], "{\"a\":{\"k\":\"v\"}}"),
            ("{\"a\": 1}", vec![], "{\"a\": 1, \"k\": \"v\"}"),
            ("{ \"a\": 1, \"b\": 2 }", vec![], "{ \"a\": 1, \"b\": 2, \"k\": \"v\" }"),
            ("{\n  \"a\": {}\n}\n", vec![0], "{\n  \"a\": {\n    \"k\": \"v\"\n  }\n}\n"),
            (
                "{\r\n    \"a\": {\r\n        \"x\": \"y\"\r\n    }\r\n}",
                vec![0],
                "{\r\n    \"a\": {\r\n        \"x\": \"y\",\r\n        \"k\": \"v\"\r\n    }\r\n}",
            ),
            ("\u{feff}{\n  \"a\": 1\n}", vec![], "\u{feff}{\n  \"a\": 1,\n  \"k\": \"v\"\n}"),
        ] {
            assert_eq!(
                document(text).insert(&at, "k", &New::Text("v")).unwrap().text(),
                expected,
                "{text:?}"
            );
        }
        let nested = New::Object("k", "v");
        for (text, expected) in [
            ("{}", "{\n\t\"o\": {\n\t\t\"k\": \"v\"\n\t}\n}"),
            ("{\"a\":1}", "{\"a\":1,\"o\":{\"k\":\"v\"}}"),
            ("{\n  \"a\": 1\n}\n", "{\n  \"a\": 1,\n  \"o\": {\n    \"k\": \"v\"\n  }\n}\n"),
        ] {
            assert_eq!(document(text).insert(&[], "o", &nested).unwrap().text(), expected);
        }
    }

    #[test]
    fn what_is_no_object_is_refused_with_its_place() {
        let error = Document::parse("\n  [1]").unwrap_err();
        assert_eq!(error.place.to_string(), "2:3");
        assert_eq!(error.to_string(), "the configuration must be an object, not an array");
        let error = Document::parse("{\n  \"auths\": {\n").unwrap_err();
        assert_eq!(error.place.to_string(), "3:1");
    }

    /// A configuration in some layout: members with their lines.
    fn layout() -> impl Strategy<Value = (String, usize)> {
        let member =
            ("[a-z]{1,6}", prop_oneof!["[0-9]".boxed(), "\"[a-zé ]{0,8}\"".boxed(), "\\{ ?\\}".boxed()]);
        let spaces = prop_oneof![Just(""), Just(" "), Just("\n\t"), Just("\r\n    "), Just("\n  ")];
        (prop::collection::vec(member, 0..6), spaces, any::<bool>(), any::<bool>()).prop_map(
            |(members, space, mark, newline)| {
                let body: Vec<String> =
                    members.iter().map(|(key, value)| format!("{space}\"{key}\": {value}")).collect();
                let (mark, newline) = (if mark { "\u{feff}" } else { "" }, if newline { "\n" } else { "" });
                (
                    format!("{mark}{{{}{}}}{newline}", body.join(","), space.trim_end_matches([' ', '\t'])),
                    members.len(),
                )
            },
        )
    }

    proptest! {
        #[test]
        fn an_insert_adds_one_stretch_and_a_removal_takes_it_out((text, count) in layout(), key in "[A-Z.\"é]{1,8}") {
            let before = document(&text);
            let after = before.insert(&[], &key, &New::Text("v")).unwrap();
            let members = after.root().members().unwrap();
            prop_assert_eq!(members.len(), count + 1);
            prop_assert_eq!((members[count].key.as_str(), members[count].value.text()), (key.as_str(), Some("v")));
            if count > 0 {
                // Taking the new stretch out gives the old text, byte for byte.
                let removed = after.remove(&[count]).unwrap();
                prop_assert_eq!(removed.text(), text.as_str());
            }
        }

        #[test]
        fn an_edit_touches_nothing_outside_its_member((text, count) in layout(), pick in any::<prop::sample::Index>(), key in "[a-zé\"]{0,9}") {
            prop_assume!(count > 0);
            let before = document(&text);
            let pointer = [pick.index(count)];
            let member = before.member(&pointer).unwrap();
            let renamed = before.rename(&pointer, &key).unwrap();
            prop_assert!(renamed.text().starts_with(&text[..member.key_span.start]));
            prop_assert!(renamed.text().ends_with(&text[member.key_span.end..]));
            prop_assert_eq!(&renamed.member(&pointer).unwrap().key, &key);
            let set = before.set(&pointer, "null").unwrap();
            prop_assert!(set.text().starts_with(&text[..member.value.span.start]));
            prop_assert!(set.text().ends_with(&text[member.value.span.end..]));
            let removed = before.remove(&pointer).unwrap();
            let left: Vec<&str> = removed.root().members().unwrap().iter().map(|member| member.key.as_str()).collect();
            let mut expected: Vec<&str> = before.root().members().unwrap().iter().map(|member| member.key.as_str()).collect();
            expected.remove(pointer[0]);
            prop_assert_eq!(left, expected);
        }
    }
}
