//! Makes the tree from the parser's events.

use std::collections::{HashMap, HashSet};
use std::ops::Range;
use std::sync::Arc;

use ecrpass_json::{Bounds, JsonKind, Value as Json};
use granit_parser::{Event, Parser, ScalarStyle, Tag};

use crate::yaml::node::{Key, Node, Style, Value};
use crate::yaml::scalar;

/// How deep values may be nested, aliases followed.
const MAX_DEPTH: usize = 150;

/// How many values there may be, aliases followed.
const MAX_VALUES: usize = 4_000_000;

/// How many of them the text itself may hold. Each is kept with its place, in up to 200 times the memory that it takes in
/// the text.
const MAX_WRITTEN: usize = 150_000;

/// The longest text that is read, in bytes: the largest sets of manifests that people publish have as many.
pub const MAX_TEXT: usize = 4 * 1024 * 1024;

/// How many lines and escapes a text may have: each begins a piece of a value whose place is kept.
const MAX_PIECES: usize = 500_000;

/// Why a text is no tree.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct YamlError {
    /// The byte it was noticed at.
    pub at: usize,
    /// What is wrong.
    pub message: String,
    /// Whether it is a limit of this program that stopped the reading: nothing is known to be wrong with the text.
    pub is_limit: bool,
}

/// All documents, as far as they can be read, and the first error.
pub(super) fn read(text: &str) -> (Vec<Node>, Option<YamlError>) {
    if let Some(message) = beyond_bounds(text) {
        return (Vec::new(), Some(limit(0, &message)));
    }
    if text.trim_start().starts_with(['{', '[']) {
        match ecrpass_json::parse_at_most(MAX_WRITTEN, text) {
            Ok(value) => return (vec![from_json(&value, text)], None),
            Err(error) if error.is_limit => return (Vec::new(), Some(limit(error.offset, &error.message))),
            // YAML's flow style also starts with a brace.
            Err(_) => {}
        }
    }
    let mut builder = Builder::new(text);
    let mut first = None;
    let mut from = 0;
    while let Err(error) = builder.read_from(from) {
        // What is too large stays so.
        let is_bounded = !builder.bounds.is_reached();
        builder.close();
        let next = next_document(text, error.at.max(from)).filter(|_| is_bounded);
        first.get_or_insert(error);
        match next {
            Some(next) => from = next,
            None => break,
        }
    }
    (builder.documents, first)
}

/// What is said of a text that is not read at all.
fn beyond_bounds(text: &str) -> Option<String> {
    if text.len() > MAX_TEXT {
        return Some(format!("more than {} MiB of YAML or JSON are not read", MAX_TEXT >> 20));
    }
    let pieces = memchr::memchr2_iter(b'\n', b'\\', text.as_bytes());
    (pieces.take(MAX_PIECES + 1).count() > MAX_PIECES)
        .then(|| format!("there are more than {MAX_PIECES} lines and escapes in it"))
}

/// Where the next document begins after a damage.
fn next_document(text: &str, at: usize) -> Option<usize> {
    let rest = text.get(at..)?;
    let found = memchr::memmem::find_iter(rest.as_bytes(), "\n---").find(|found| {
        let after = rest.as_bytes().get(found + 4);
        matches!(after, None | Some(b' ' | b'\t' | b'\r' | b'\n'))
    })?;
    Some(at + found + 1)
}

/// As deep as the JSON parser lets it be.
fn from_json(value: &Json, text: &str) -> Node {
    let plain = || {
        let written = text.get(value.span.clone()).unwrap_or_default();
        let passage = crate::passage::Passage::verbatim(written, value.span.start);
        Value::Scalar(Arc::new(passage), Style::Plain)
    };
    let made = match &value.kind {
        JsonKind::Bool | JsonKind::Number => plain(),
        JsonKind::String(string) => {
            Value::Scalar(Arc::new(scalar::json_passage(text, &value.span, string)), Style::Quoted)
        }
        JsonKind::Array(values) => {
            Value::List(Arc::new(values.iter().map(|value| from_json(value, text)).collect()))
        }
        JsonKind::Object(members) => {
            let members = members.iter().map(|member| {
                let key = Key { text: member.key.clone(), bytes: member.key_span.clone() };
                (key, from_json(&member.value, text))
            });
            Value::Mapping(Arc::new(members.collect()))
        }
        // Never deep: all of the text was read.
        JsonKind::Null | JsonKind::Deep { .. } => Value::Null,
    };
    Node::leaf(value.span.clone(), None, made)
}

/// A list or a mapping that is not closed yet.
struct Open {
    start: usize,
    /// The end of what is in it so far.
    end: usize,
    anchor: usize,
    tag: Option<String>,
    mapping: bool,
    /// The key whose value comes next; a key that is no scalar counts as empty.
    key: Option<Key>,
    items: Vec<Node>,
    members: Vec<(Key, Node)>,
}

struct Builder<'a> {
    text: &'a str,
    documents: Vec<Node>,
    open: Vec<Open>,
    anchors: HashMap<usize, Node>,
    bounds: Bounds,
}

impl<'a> Builder<'a> {
    fn new(text: &'a str) -> Self {
        let bounds = Bounds::new(MAX_WRITTEN, MAX_VALUES);
        Self { text, documents: Vec::new(), open: Vec::new(), anchors: HashMap::new(), bounds }
    }

    /// Reads the documents that begin at this byte.
    fn read_from(&mut self, from: usize) -> Result<(), YamlError> {
        let rest = self.text.get(from..).unwrap_or_default();
        for event in Parser::new_from_str(rest) {
            let (event, span) = event.map_err(|error| {
                let at = error.marker().byte_offset().unwrap_or_else(|| error.marker().index());
                YamlError { at: (from + at).min(self.text.len()), message: error.info(), is_limit: false }
            })?;
            let bytes = span.byte_range().unwrap_or(0..0);
            let bytes = from + bytes.start..from + bytes.end.max(bytes.start);
            match event {
                Event::Scalar(text, style, anchor, tag) => {
                    self.bounds.count_written().map_err(|why| limit(bytes.start, &why))?;
                    let end = bytes.end;
                    let node = self.scalar(bytes, text.into_owned(), style, written(tag.as_deref()));
                    self.add(node, anchor, end);
                }
                Event::SequenceStart(_, anchor, tag) => {
                    self.begin(bytes.start, anchor, false, tag.as_deref())?
                }
                Event::MappingStart(_, anchor, tag) => {
                    self.begin(bytes.start, anchor, true, tag.as_deref())?
                }
                Event::SequenceEnd | Event::MappingEnd => self.end(bytes.end)?,
                Event::Alias(anchor) => {
                    let node = self.anchors.get(&anchor).cloned();
                    // An alias to what is still open would hold itself.
                    let node =
                        node.ok_or_else(|| error(bytes.start, "an alias stands inside what it refers to"))?;
                    self.bounds.count_followed(node.size).map_err(|why| limit(bytes.start, &why))?;
                    self.add(node, 0, bytes.end);
                }
                Event::DocumentStart(..) => self.anchors.clear(),
                _ => {}
            }
        }
        Ok(())
    }

    fn scalar(&self, bytes: Range<usize>, text: String, style: ScalarStyle, tag: Option<String>) -> Node {
        let is_null =
            style == ScalarStyle::Plain && matches!(text.as_str(), "" | "~" | "null" | "Null" | "NULL");
        if is_null {
            return Node::leaf(bytes, tag, Value::Null);
        }
        let kept = match style {
            ScalarStyle::Plain => Style::Plain,
            ScalarStyle::Literal => Style::Literal,
            ScalarStyle::Folded => Style::Folded,
            _ => Style::Quoted,
        };
        // The parser's place of a block is that of its first line.
        let header = scalar::header(self.text, bytes.start, kept, &text);
        let bytes = header.unwrap_or(bytes.start)..bytes.end;
        let passage = scalar::passage(self.text, &bytes, text, style);
        Node::leaf(bytes, tag, Value::Scalar(Arc::new(passage), kept))
    }

    fn begin(
        &mut self,
        start: usize,
        anchor: usize,
        mapping: bool,
        tag: Option<&Tag>,
    ) -> Result<(), YamlError> {
        if self.open.len() >= MAX_DEPTH {
            return Err(error(start, "values are nested too deeply"));
        }
        self.open.push(Open {
            start,
            end: start,
            anchor,
            tag: written(tag),
            mapping,
            key: None,
            items: Vec::new(),
            members: Vec::new(),
        });
        Ok(())
    }

    /// Closes a list or a mapping; `end` is where its bracket ends, or where the next token begins if it has none.
    fn end(&mut self, end: usize) -> Result<(), YamlError> {
        let Some(mut open) = self.open.pop() else { return Ok(()) };
        // Most are small, and a list that grows begins with room for four.
        open.items.shrink_to_fit();
        open.members.shrink_to_fit();
        let is_flow = matches!(self.text.as_bytes().get(open.start), Some(b'{' | b'['));
        let end = if is_flow { end } else { open.end };
        let members = if open.mapping { self.merged(open.start, open.members)? } else { Vec::new() };
        let inside = || open.items.iter().chain(members.iter().map(|(_, value)| value));
        let depth = 1 + inside().map(|node| node.depth).max().unwrap_or_default();
        let size = inside().map(|node| node.size).fold(1, usize::saturating_add);
        if depth > MAX_DEPTH {
            return Err(error(open.start, "values are nested too deeply"));
        }
        let value =
            if open.mapping { Value::Mapping(Arc::new(members)) } else { Value::List(Arc::new(open.items)) };
        self.bounds.count_written().map_err(|why| limit(open.start, &why))?;
        let bytes = open.start..end.max(open.start);
        self.add(Node { bytes, tag: open.tag, value, depth, size }, open.anchor, end);
        Ok(())
    }

    /// Closes all that a damage left open, with what was read of it.
    fn close(&mut self) {
        while let Some(open) = self.open.last() {
            let end = open.end;
            // What cannot be closed is left out.
            let _ = self.end(end);
        }
        self.anchors.clear();
    }

    /// Puts a value where it belongs.
    fn add(&mut self, node: Node, anchor: usize, end: usize) {
        if anchor != 0 {
            self.anchors.insert(anchor, node.clone());
        }
        let Some(open) = self.open.last_mut() else {
            self.documents.push(node);
            return;
        };
        open.end = open.end.max(end);
        if !open.mapping {
            open.items.push(node);
        } else if let Some(key) = open.key.take() {
            open.members.push((key, node));
        } else {
            open.key = Some(Key { text: node.text().unwrap_or_default().to_owned(), bytes: node.bytes });
        }
    }

    /// `<<: *a` and `<<: [*a, *b]`: own keys win, then the earlier of several. Source: yaml.org/type/merge.html
    fn merged(&mut self, at: usize, members: Vec<(Key, Node)>) -> Result<Vec<(Key, Node)>, YamlError> {
        if !members.iter().any(|(key, _)| key.text == "<<") {
            return Ok(members);
        }
        let (merges, own): (Vec<_>, Vec<_>) = members.into_iter().partition(|(key, _)| key.text == "<<");
        let mut known: HashSet<String> = own.iter().map(|(key, _)| key.text.clone()).collect();
        let mut all = Vec::new();
        for (_, merge) in &merges {
            for source in merge.each() {
                for (key, value) in source.members().unwrap_or_default() {
                    self.bounds.count_followed(value.size).map_err(|why| limit(at, &why))?;
                    if known.insert(key.text.clone()) {
                        all.push((key.clone(), value.clone()));
                    }
                }
            }
        }
        all.extend(own);
        Ok(all)
    }
}

/// A tag as it is written.
fn written(tag: Option<&Tag>) -> Option<String> {
    tag.map(|tag| format!("{}{}", tag.original_handle(), tag.suffix()))
}

fn error(at: usize, message: &str) -> YamlError {
    YamlError { at, message: message.to_owned(), is_limit: false }
}

fn limit(at: usize, message: &str) -> YamlError {
    YamlError { is_limit: true, ..error(at, message) }
}
