//! Edits that change members and not a byte beside them.
//!
//! Edits are collected and made at once: the text is copied and parsed again once, however many there are. Everything a
//! client's own rewriting would lose (key order, indentation, unknown keys, line endings, a missing last newline) stays
//! because it is never touched.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use ecrpass_core::sort::sort_by_key;
use zeroize::Zeroizing;

use crate::document::{Document, Pointer, byte_order_mark};
use crate::layout::{Style, between, members_on_lines};
use crate::value::{Member, Value, quoted};

/// A value to be inserted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum New {
    /// A string.
    Text(String),
    /// An object with one string in it.
    Object(String, String),
}

/// One edit of a document, by the members as they are before any edit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Edit {
    /// The byte order mark in front is taken away.
    ByteOrderMark,
    /// A member is taken out, with the comma that belonged to it.
    Remove(Pointer),
    /// A member gets another key.
    Rename(Pointer, String),
    /// A member gets another value, given as JSON.
    Set(Pointer, String),
    /// One more member at the end of the object a pointer leads to (the root for an empty one), laid out as its
    /// neighbours are.
    Insert {
        /// The object.
        object: Pointer,
        /// The new member's key.
        key: String,
        /// Its value.
        value: New,
    },
}

/// Where the bytes of an edited text stood in the text before.
#[derive(Debug, Default)]
pub struct Moved {
    /// For each replacement, in order: the bytes in the new text and the bytes in the old.
    pieces: Vec<(Range<usize>, Range<usize>)>,
}

impl Moved {
    /// The old place of a byte of the new text; for a byte that was put in, the place where it was put.
    pub fn before(&self, offset: usize) -> usize {
        let after = self.pieces.partition_point(|(new, _)| new.start <= offset);
        match after.checked_sub(1).and_then(|index| self.pieces.get(index)) {
            None => offset,
            Some((new, old)) if offset < new.end => old.start,
            Some((new, old)) => old.end + (offset - new.end),
        }
    }
}

impl Document {
    /// With all of these edits made; `None` when one of them does not fit: there is no such member, two touch the same
    /// bytes, or a member is put into an object that loses others.
    pub fn edited(&self, edits: &[Edit]) -> Option<(Self, Moved)> {
        let mut replacements = self.replacements(edits)?;
        sort_by_key(&mut replacements, |(range, _)| (range.start, range.end));
        let grown: usize = replacements.iter().map(|(_, with)| with.len()).sum();
        // Room for all of it at once: growing would leave pieces of a secret behind.
        let mut text = Zeroizing::new(String::with_capacity(self.text().len() + grown));
        let mut moved = Moved::default();
        let mut end = 0;
        for (range, with) in replacements {
            // `None` where a replacement begins inside the one before.
            text.push_str(self.text().get(end..range.start)?);
            let start = text.len();
            text.push_str(&with);
            moved.pieces.push((start..text.len(), range.clone()));
            end = range.end;
        }
        text.push_str(self.text().get(end..)?);
        Some((self.reread(text).ok()?, moved))
    }

    /// Without that member, and without the comma that belonged to it.
    pub fn remove(&self, pointer: &[usize]) -> Option<Self> {
        self.with(Edit::Remove(pointer.to_vec()))
    }

    /// With another key in front of that member's value.
    pub fn rename(&self, pointer: &[usize], key: &str) -> Option<Self> {
        self.with(Edit::Rename(pointer.to_vec(), key.to_owned()))
    }

    /// With another value, given as JSON, behind that member's key.
    pub fn set(&self, pointer: &[usize], json: &str) -> Option<Self> {
        self.with(Edit::Set(pointer.to_vec(), json.to_owned()))
    }

    /// With one more member at the end of the object a pointer leads to (the root for an empty one).
    pub fn insert(&self, object: &[usize], key: &str, value: New) -> Option<Self> {
        self.with(Edit::Insert { object: object.to_vec(), key: key.to_owned(), value })
    }

    fn with(&self, edit: Edit) -> Option<Self> {
        Some(self.edited(&[edit])?.0)
    }

    /// The bytes to be replaced, and with what.
    fn replacements(&self, edits: &[Edit]) -> Option<Vec<(Range<usize>, String)>> {
        let mut found = Vec::new();
        let mut removed: BTreeMap<&[usize], BTreeSet<usize>> = BTreeMap::new();
        let mut inserted: BTreeMap<&[usize], Vec<(&str, &New)>> = BTreeMap::new();
        for edit in edits {
            match edit {
                Edit::ByteOrderMark => found.push((0..byte_order_mark(self.text()), String::new())),
                Edit::Remove(pointer) => {
                    let (&index, path) = pointer.split_last()?;
                    removed.entry(path).or_default().insert(index);
                }
                Edit::Rename(pointer, key) => {
                    found.push((self.member(pointer)?.key_span.clone(), quoted(key)));
                }
                Edit::Set(pointer, json) => {
                    found.push((self.member(pointer)?.value.span.clone(), json.clone()))
                }
                Edit::Insert { object, key, value } => {
                    inserted.entry(object).or_default().push((key, value));
                }
            }
        }
        if removed.keys().any(|object| inserted.contains_key(object)) {
            return None;
        }
        for (object, indices) in removed {
            let object = self.object(object)?;
            found.extend(removals(object, &indices)?.into_iter().map(|range| (range, String::new())));
        }
        for (pointer, members) in inserted {
            found.push(self.insertion(self.object(pointer)?, pointer.len() + 1, &members)?);
        }
        Some(found)
    }

    /// New members at the end of an object. `level` is how deep they stand.
    fn insertion(
        &self,
        target: &Value,
        level: usize,
        new: &[(&str, &New)],
    ) -> Option<(Range<usize>, String)> {
        let text = self.text();
        let members = target.members()?;
        let style = Style::of(self);
        let mut separator = match members {
            [] if target.span.len() > 2 || style.lines => style.line(level),
            [] => String::new(),
            [only] => {
                behind_first(between(text, target.span.start + 1..only.key_span.start), self.colon(members))
            }
            [.., before, last] => {
                let between = between(text, before.span().end..last.key_span.start);
                between.split_once(',').map_or(between, |(_, behind)| behind).to_owned()
            }
        };
        let colon = self.colon(members);
        let multiline = if members.is_empty() { style.lines } else { members_on_lines(text, target) };
        let mut added = String::new();
        for (index, (key, value)) in new.iter().enumerate() {
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
            if members.len() + index == 1 && index > 0 {
                separator = behind_first(&separator, colon);
            }
            let comma = if members.len() + index > 0 { "," } else { "" };
            added.extend([comma, &separator, &quoted(key), colon, &value]);
        }
        Some(match members.last() {
            Some(last) => (last.span().end..last.span().end, added),
            None => {
                let end = if style.lines { style.line(level - 1) } else { String::new() };
                (target.span.start + 1..target.span.end - 1, format!("{added}{end}"))
            }
        })
    }

    /// What stands between key and value in these members, else in the file's first.
    fn colon(&self, members: &[Member]) -> &str {
        let member = members.last().or_else(|| self.root().members()?.first());
        member.map_or(": ", |member| between(self.text(), member.key_span.end..member.value.span.start))
    }
}

/// What stands behind the comma after an object's only member. `{"a": 1}`: the blank behind the colon says there is one
/// behind the comma.
fn behind_first(before: &str, colon: &str) -> String {
    if before.is_empty() && colon.ends_with(' ') { " ".to_owned() } else { before.to_owned() }
}

/// The bytes that go when these members go: each run of neighbours with the comma in front, or behind at the start.
fn removals(object: &Value, indices: &BTreeSet<usize>) -> Option<Vec<Range<usize>>> {
    let members = object.members()?;
    let mut ranges = Vec::new();
    let mut indices = indices.iter().copied().peekable();
    while let Some(first) = indices.next() {
        let mut last = first;
        while indices.next_if_eq(&(last + 1)).is_some() {
            last += 1;
        }
        let (start, end) = (members.get(first)?.span().start, members.get(last)?.span().end);
        let before = first.checked_sub(1).and_then(|before| members.get(before));
        ranges.push(match (before, members.get(last + 1)) {
            (Some(before), _) => before.span().end..end,
            (None, Some(after)) => start..after.span().start,
            (None, None) => object.span.start + 1..object.span.end - 1,
        });
    }
    Some(ranges)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn document(text: &str) -> Document {
        Document::parse_first(text).unwrap()
    }

    #[test]
    fn members_are_removed_with_their_comma() {
        for (text, pointer, expected) in [
            ("{\"a\": 1, \"b\": 2}", vec![0], "{\"b\": 2}"),
            ("{\"a\": 1, \"b\": 2}", vec![1], "{\"a\": 1}"),
            ("{\n\t\"a\": 1,\n\t\"b\": 2,\n\t\"c\": 3\n}\n", vec![1], "{\n\t\"a\": 1,\n\t\"c\": 3\n}\n"),
            ("{ \"a\" : { \"x\" : 1 } }", vec![0, 0], "{ \"a\" : {} }"),
            ("{\"a\":1,\"a\":2}", vec![0], "{\"a\":2}"),
            ("{\"a\":1,\"a\":2}\n}x\n", vec![0], "{\"a\":2}\n}x\n"),
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
                document(text).insert(&at, "k", New::Text("v".to_owned())).unwrap().text(),
                expected,
                "{text:?}"
            );
        }
        let nested = || New::Object("k".to_owned(), "v".to_owned());
        for (text, expected) in [
            ("{}", "{\n\t\"o\": {\n\t\t\"k\": \"v\"\n\t}\n}"),
            ("{\"a\":1}", "{\"a\":1,\"o\":{\"k\":\"v\"}}"),
            ("{\n  \"a\": 1\n}\n", "{\n  \"a\": 1,\n  \"o\": {\n    \"k\": \"v\"\n  }\n}\n"),
        ] {
            assert_eq!(document(text).insert(&[], "o", nested()).unwrap().text(), expected);
        }
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
            let after = before.insert(&[], &key, New::Text("v".to_owned())).unwrap();
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

        #[test]
        fn edits_made_at_once_are_edits_made_from_the_end(
            (text, count) in layout(), what in prop::collection::vec(0..4_usize, 6), new in prop::collection::vec("[A-Z]{1,3}", 0..5),
        ) {
            let before = document(&text);
            let of = |index: usize| match what[index] {
                0 => Some(Edit::Remove(vec![index])),
                1 => Some(Edit::Rename(vec![index], "renamed".to_owned())),
                2 => Some(Edit::Set(vec![index], "[]".to_owned())),
                _ => None,
            };
            let edits: Vec<Edit> = (0..count).filter_map(of).collect();
            let (at_once, moved) = before.edited(&edits).unwrap();
            let mut one_by_one = document(&text);
            for edit in edits.iter().rev() {
                one_by_one = one_by_one.edited(std::slice::from_ref(edit)).unwrap().0;
            }
            prop_assert_eq!(at_once.text(), one_by_one.text());
            // Every member left stands where it stood.
            let left = (0..count).filter(|&index| what[index] != 0);
            for (index, member) in left.zip(at_once.root().members().unwrap()) {
                let old = before.member(&[index]).unwrap();
                prop_assert_eq!(moved.before(member.span().start), old.span().start);
            }
            let insert = |key: &String| Edit::Insert { object: Vec::new(), key: key.clone(), value: New::Text("v".to_owned()) };
            let inserts: Vec<Edit> = new.iter().map(insert).collect();
            let (at_once, _) = before.edited(&inserts).unwrap();
            let mut one_by_one = document(&text);
            for key in &new {
                one_by_one = one_by_one.insert(&[], key, New::Text("v".to_owned())).unwrap();
            }
            prop_assert_eq!(at_once.text(), one_by_one.text());
        }
    }

    #[test]
    fn edits_that_touch_one_another_are_refused() {
        let document = document("{\"a\": {\"b\": 1}, \"c\": 2}");
        let insert =
            Edit::Insert { object: Vec::new(), key: "d".to_owned(), value: New::Text(String::new()) };
        assert!(document.edited(&[Edit::Remove(vec![0]), insert]).is_none());
        assert!(document.edited(&[Edit::Remove(vec![0]), Edit::Set(vec![0, 0], "2".to_owned())]).is_none());
        assert!(document.edited(&[Edit::Remove(vec![7])]).is_none());
    }
}
