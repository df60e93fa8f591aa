//! A configuration taken apart: what concerns one registry can be had without looking at all the others.

use std::collections::{HashMap, HashSet};
use std::ops::Range;
use std::rc::Rc;
use std::sync::Arc;

use ecrpass_clients::docker_config::{Format, StoredCredentials};
use ecrpass_core::registry::normalize_host;
use ecrpass_json::document::is_null;
use ecrpass_json::{Document, Member, Position, is_field};
use zeroize::Zeroizing;

/// A configuration in pieces.
pub struct Split {
    text: Arc<Zeroizing<String>>,
    pieces: Vec<Piece>,
    format: Format,
}

/// A part of the text.
enum Piece {
    /// A member that is kept as it is.
    Whole(Range<usize>),
    /// An object with an entry for each registry.
    Entries(Entries),
}

#[derive(Default)]
struct Entries {
    key: String,
    all: Vec<Entry>,
    by_host: HashMap<String, Vec<usize>>,
    /// The first entries of those that decide for other registries, too: patterns, and what clients stumble over.
    for_all: Vec<usize>,
    /// The kinds there are: there may be many entries, and they are of few kinds.
    kinds: HashSet<Rc<str>>,
}

struct Entry {
    key: String,
    span: Range<usize>,
    place: Position,
    /// What kind of login it is, or what helper; entries of one kind are treated alike.
    kind: Rc<str>,
}

impl Split {
    /// Takes a text apart; `None` for one that is no object.
    pub fn of(format: Format, text: &Arc<Zeroizing<String>>) -> Option<Self> {
        let document = Document::parse_shared(text).ok().filter(|document| document.trailing().is_none())?;
        let members = document.root().members()?;
        let entries = |key: &str, members: &[Member]| {
            let mut entries = Entries { key: key.to_owned(), ..Entries::default() };
            entries.all.reserve_exact(members.len());
            for member in members {
                entries.add(member, kind(member, format), document.place(member.span().start));
            }
            Piece::Entries(entries)
        };
        let pieces = if format == Format::Legacy {
            vec![entries("", members)]
        } else {
            let pieces = members.iter().map(|member| {
                let is_entries = objects_of(format).iter().any(|name| is_field(&member.key, name));
                match member.value.members() {
                    Some(inner) if is_entries => entries(&member.key, inner),
                    _ => Piece::Whole(member.span()),
                }
            });
            pieces.collect()
        };
        Some(Self { text: Arc::clone(text), pieces, format })
    }

    /// What stands there.
    fn raw(&self, span: &Range<usize>) -> &str {
        self.text.get(span.clone()).unwrap_or_default()
    }

    /// The text with nothing but the entries that concern a registry.
    pub fn text(&self, host: &str) -> Zeroizing<String> {
        let mut text = Zeroizing::new(String::from("{"));
        for (index, piece) in self.pieces.iter().enumerate() {
            if index > 0 {
                text.push(',');
            }
            match piece {
                Piece::Whole(span) => text.push_str(self.raw(span)),
                Piece::Entries(entries) => {
                    if self.format != Format::Legacy {
                        text.push_str(&ecrpass_json::quoted(&entries.key));
                        text.push_str(":{");
                    }
                    for (index, entry) in entries.of(host).enumerate() {
                        if index > 0 {
                            text.push(',');
                        }
                        text.push_str(self.raw(&entry.span));
                    }
                    if self.format != Format::Legacy {
                        text.push('}');
                    }
                }
            }
        }
        text.push('}');
        text
    }

    /// Whether the entries of an object are logins.
    fn has_logins(&self, key: &str) -> bool {
        match self.format {
            Format::Legacy => true,
            Format::Current => is_field(key, "auths"),
            Format::Regctl => is_field(key, "hosts"),
        }
    }

    /// Which of the entries in [`text`](Self::text) stands at that place of the file.
    pub fn entry(&self, host: &str, place: Position) -> Option<usize> {
        let logins = self.pieces.iter().filter_map(|piece| match piece {
            Piece::Entries(entries) if self.has_logins(&entries.key) => Some(entries),
            _ => None,
        });
        logins.flat_map(|entries| entries.of(host)).position(|entry| entry.place == place)
    }

    /// What is said for a registry, without its name and secrets.
    pub fn shape(&self, host: &str, shape: &mut String) {
        for piece in &self.pieces {
            match piece {
                Piece::Whole(span) => {
                    shape.push(if self.raw(span).contains(host) { '!' } else { '.' });
                }
                Piece::Entries(entries) => {
                    shape.push_str(&entries.key);
                    for entry in entries.of(host) {
                        shape.push('\u{1}');
                        shape.push_str(&entry.key.replace(host, "*"));
                        shape.push('\u{2}');
                        shape.push_str(&entry.kind);
                    }
                }
            }
        }
    }
}

/// The objects with an entry for each registry.
fn objects_of(format: Format) -> &'static [&'static str] {
    match format {
        Format::Legacy => &[],
        Format::Current => &["auths", "credHelpers"],
        Format::Regctl => &["hosts"],
    }
}

impl Entries {
    fn add(&mut self, member: &Member, kind: String, place: Position) {
        let index = self.all.len();
        let (kind, is_new) = match self.kinds.get(kind.as_str()) {
            Some(known) => (Rc::clone(known), false),
            None => (Rc::from(kind), true),
        };
        if is_new {
            self.kinds.insert(Rc::clone(&kind));
        }
        let stands_out = is_new && kind.starts_with('!');
        if stands_out || member.key.contains(['*', '?', '[']) {
            self.for_all.push(index);
        } else {
            self.by_host.entry(normalize_host(&member.key)).or_default().push(index);
        }
        self.all.push(Entry { key: member.key.clone(), span: member.span(), place, kind });
    }

    /// The entries that concern a registry, in the file's order.
    fn of(&self, host: &str) -> impl Iterator<Item = &Entry> {
        let own = self.by_host.get(host).map(Vec::as_slice).unwrap_or_default();
        let mut all: Vec<usize> = own.iter().chain(&self.for_all).copied().collect();
        all.sort_unstable();
        all.into_iter().filter_map(|index| self.all.get(index))
    }
}

/// What kind of entry it is; with a `!` in front where clients stumble over it.
fn kind(member: &Member, format: Format) -> String {
    if is_null(&member.value) {
        return "!null".to_owned();
    }
    if let Some(helper) = member.value.text() {
        return format!("={helper}");
    }
    let Some(fields) = member.value.members() else { return format!("!{}", member.value.kind_name()) };
    if format == Format::Regctl {
        return kind_of_regctls(fields);
    }
    if fields.iter().any(|field| field.value.text().is_none() && !is_null(&field.value)) {
        return "!fields".to_owned();
    }
    let credentials = StoredCredentials::read(fields);
    match credentials.decoded() {
        // Not every client stumbles over every damage.
        Err(error) => format!("!{error:?}"),
        Ok(_) if credentials.has_line_break() => "!java".to_owned(),
        Ok(login) => format!(
            "{:?}{}{}{}{}",
            login.map(|(user, _)| user),
            u8::from(credentials.auth.is_some()),
            u8::from(credentials.username().is_some()),
            u8::from(credentials.identity_token().is_some()),
            u8::from(credentials.registry_token().is_some())
        ),
    }
}

/// The same of an entry of regctl's: what its rules look at, without the secrets.
fn kind_of_regctls(fields: &[Member]) -> String {
    let text = |name: &str| {
        let field = fields.iter().find(|field| field.key == name)?;
        field.value.text().filter(|text| !text.is_empty())
    };
    let said = (text("user"), text("credHelper"), text("tls"));
    format!("{said:?}{}{}", u8::from(text("pass").is_some()), u8::from(text("token").is_some()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(format: Format, text: &str) -> Option<Split> {
        Split::of(format, &Arc::new(Zeroizing::new(text.to_owned())))
    }

    #[test]
    fn a_registry_sees_its_own_entries_and_those_for_all() {
        let text = r#"{"credsStore": "x", "auths": {"a.example": {"auth": "QVdTOng="}, "https://b.example/v1/": {}, "*.example": {},
            "c.example": {"auth": "%"}, "d.example": {"auth": "%"}}, "CREDHELPERS": {"a.example": "h", "b.example": "h"}}"#;
        let split = of(Format::Current, text).unwrap();
        assert_eq!(
            split.text("b.example").as_str(),
            r#"{"credsStore": "x","auths":{"https://b.example/v1/": {},"*.example": {},"c.example": {"auth": "%"}},"CREDHELPERS":{"b.example": "h"}}"#
        );
        let place = |needle: &str| Document::parse(text).unwrap().place(text.find(needle).unwrap());
        assert_eq!(split.entry("b.example", place("\"https://b.example")), Some(0));
        assert_eq!(split.entry("b.example", place("\"c.example")), Some(2));
        assert_eq!(split.entry("b.example", place("\"a.example")), None);
        let legacy = of(Format::Legacy, r#"{"a": {"auth": "QVdTOng="}, "b": {}}"#).unwrap();
        assert_eq!(legacy.text("a").as_str(), r#"{"a": {"auth": "QVdTOng="}}"#);
        assert!(of(Format::Current, "[]").is_none());
    }

    #[test]
    fn each_kind_of_damage_concerns_every_registry() {
        let text = r#"{"auths":{"a.example": {"auth": "QVdTOng"},"b.example": {"auth": "%"},"c.example": {"auth": "QVdT\nOng="},"d.example": {}}}"#;
        let split = of(Format::Current, text).unwrap();
        assert_eq!(split.text("d.example").as_str(), text);
    }

    #[test]
    fn registries_that_are_configured_alike_have_one_shape() {
        let text = r#"{"auths": {"a.example": {"auth": "QVdTOng="}, "b.example": {"auth": "QVdTOnk="}, "c.example": {}}}"#;
        let split = of(Format::Current, text).unwrap();
        let shape = |host: &str| {
            let mut shape = String::new();
            split.shape(host, &mut shape);
            shape
        };
        assert_eq!(shape("a.example"), shape("b.example"));
        assert_ne!(shape("a.example"), shape("c.example"));
        assert!(!shape("a.example").contains("QVdT"));
    }
}
