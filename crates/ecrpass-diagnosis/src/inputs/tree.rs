//! YAML and JSON as one kind of tree, with the place of every value.
//!
//! A file comes from anywhere, so aliases share their value and are counted at full size: a bomb of aliases ends in an
//! error, and so does a tree that is too deep to be walked.

use std::collections::{HashMap, HashSet};
use std::ops::Range;
use std::rc::Rc;

use ecrpass_json::{Bounds, JsonKind, Value as Json, parse_at_most};
use granit_parser::{Event, Parser, ScalarStyle, Tag};

/// How deep values may be nested, aliases followed.
const MAX_DEPTH: usize = 150;

/// How many values there may be, aliases followed.
const MAX_VALUES: usize = 4_000_000;

/// How many of them the text itself may hold. Each is kept, in up to 60 times the memory that it takes in the text.
const MAX_WRITTEN: usize = 250_000;

/// A value and where it starts.
#[derive(Clone, Debug)]
pub struct Node {
    /// Its first byte.
    pub at: usize,
    value: Value,
    depth: usize,
    size: usize,
}

#[derive(Clone, Debug)]
enum Value {
    Null,
    Scalar(String),
    List(Rc<Vec<Node>>),
    Mapping(Rc<Vec<(String, Node)>>),
}

/// Why a text is no tree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TreeError {
    /// The byte it was noticed at.
    pub at: usize,
    /// What is wrong.
    pub message: String,
    /// Whose rules were broken.
    pub format: Format,
}

/// Whose rules a text breaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    Json,
    Yaml,
    /// YAML with `{{ … }}` in it.
    Template,
    /// Ours.
    Limit,
}

impl Node {
    fn leaf(at: usize, value: Value) -> Self {
        Self { at, value, depth: 1, size: 1 }
    }

    /// The value of a key; the last of several counts, as in Go.
    pub fn get(&self, key: &str) -> Option<&Self> {
        self.members()?.iter().rfind(|(name, _)| name == key).map(|(_, value)| value)
    }

    /// The value at the end of a path of keys.
    pub fn at(&self, path: &[&str]) -> Option<&Self> {
        path.iter().try_fold(self, |node, key| node.get(key))
    }

    /// The text of a scalar that is not null.
    pub fn text(&self) -> Option<&str> {
        match &self.value {
            Value::Scalar(text) => Some(text),
            _ => None,
        }
    }

    /// The text of a key's value.
    pub fn text_of(&self, key: &str) -> Option<&str> {
        self.get(key)?.text()
    }

    /// The same, as an own value; nothing if it is empty.
    pub fn owned(&self, key: &str) -> Option<String> {
        self.text_of(key).filter(|text| !text.is_empty()).map(str::to_owned)
    }

    /// The values of a list.
    pub fn items(&self) -> Option<&[Self]> {
        match &self.value {
            Value::List(items) => Some(items),
            _ => None,
        }
    }

    /// The values of a key's list; none if it is no list.
    pub fn items_of(&self, key: &str) -> &[Self] {
        self.get(key).and_then(Self::items).unwrap_or_default()
    }

    /// Keys and values of a mapping.
    pub fn members(&self) -> Option<&[(String, Self)]> {
        match &self.value {
            Value::Mapping(members) => Some(members),
            _ => None,
        }
    }
}

/// Reads the documents of a text: as JSON if it looks like JSON, else as YAML.
pub fn read(name: &str, text: &str) -> Result<Vec<Node>, TreeError> {
    let is_json = name.to_ascii_lowercase().ends_with(".json");
    if is_json || text.trim_start().starts_with(['{', '[']) {
        match parse_at_most(MAX_WRITTEN, text) {
            Ok(value) => return Ok(vec![from_json(value, text, 0)]),
            Err(error) if error.is_limit => return Err(limit(error.offset, &error.message)),
            // YAML's flow style also starts with a brace.
            Err(_) if !is_json && Parser::new_from_str(text).all(|event| event.is_ok()) => {}
            Err(error) => {
                let format =
                    if text.trim_start().starts_with("{{") { Format::Template } else { Format::Json };
                return Err(TreeError { at: error.offset, message: error.message, format });
            }
        }
    }
    Builder::new().read(text)
}

/// Reads a piece of a text in JSON. Places are those of the whole text.
///
/// # Errors
/// What is wrong with the piece.
pub fn read_piece(text: &str, piece: Range<usize>) -> Result<Node, TreeError> {
    let from = piece.start;
    let text = text.get(piece).unwrap_or_default();
    match parse_at_most(MAX_WRITTEN, text) {
        Ok(value) => Ok(from_json(value, text, from)),
        Err(error) if error.is_limit => Err(limit(from + error.offset, &error.message)),
        Err(error) => {
            Err(TreeError { at: from + error.offset, message: error.message, format: Format::Json })
        }
    }
}

/// As deep as the JSON parser lets it be; `from` is where the text begins in the whole.
fn from_json(value: Json, text: &str, from: usize) -> Node {
    let at = from + value.span.start;
    match value.kind {
        JsonKind::Null => Node::leaf(at, Value::Null),
        JsonKind::Bool | JsonKind::Number => {
            Node::leaf(at, Value::Scalar(text.get(value.span).unwrap_or_default().to_owned()))
        }
        JsonKind::String(text) => Node::leaf(at, Value::Scalar(text.to_string())),
        JsonKind::Array(values) => {
            let items = values.into_iter().map(|value| from_json(value, text, from)).collect();
            Node::leaf(at, Value::List(Rc::new(items)))
        }
        // Never there: all of the text was read.
        JsonKind::Deep { .. } => Node::leaf(at, Value::Null),
        JsonKind::Object(members) => {
            let members =
                members.into_iter().map(|member| (member.key, from_json(member.value, text, from))).collect();
            Node::leaf(at, Value::Mapping(Rc::new(members)))
        }
    }
}

/// A list or a mapping that is not closed yet.
struct Open {
    at: usize,
    anchor: usize,
    /// The function of CloudFormation that it is the argument of.
    function: Option<String>,
    mapping: bool,
    /// The key whose value comes next; a key that is no scalar counts as empty.
    key: Option<String>,
    items: Vec<Node>,
    members: Vec<(String, Node)>,
}

struct Builder {
    documents: Vec<Node>,
    open: Vec<Open>,
    anchors: HashMap<usize, Node>,
    bounds: Bounds,
}

impl Builder {
    fn new() -> Self {
        let bounds = Bounds::new(MAX_WRITTEN, MAX_VALUES);
        Self { documents: Vec::new(), open: Vec::new(), anchors: HashMap::new(), bounds }
    }

    fn read(mut self, text: &str) -> Result<Vec<Node>, TreeError> {
        // The parser counts characters where it has no bytes; for a text in memory it has them.
        for event in Parser::new_from_str(text) {
            let (event, span) = event.map_err(|error| {
                let format = if text.contains("{{") { Format::Template } else { Format::Yaml };
                let at = error.marker().byte_offset().unwrap_or_else(|| error.marker().index());
                TreeError { at, message: error.info(), format }
            })?;
            let at = span.start.byte_offset().unwrap_or_else(|| span.start.index());
            match event {
                Event::Scalar(text, style, anchor, tag) => {
                    let is_null = style == ScalarStyle::Plain
                        && matches!(text.as_ref(), "" | "~" | "null" | "Null" | "NULL");
                    let value = if is_null { Value::Null } else { Value::Scalar(text.into_owned()) };
                    self.bounds.count_written().map_err(|why| limit(at, &why))?;
                    self.add(called(function(tag.as_deref()), Node::leaf(at, value)), anchor);
                }
                Event::SequenceStart(_, anchor, tag) => {
                    self.begin(at, anchor, false, function(tag.as_deref()))?;
                }
                Event::MappingStart(_, anchor, tag) => {
                    self.begin(at, anchor, true, function(tag.as_deref()))?;
                }
                Event::SequenceEnd | Event::MappingEnd => self.end()?,
                Event::Alias(anchor) => {
                    let node = self.anchors.get(&anchor).cloned();
                    // An alias to what is still open would hold itself.
                    let node = node.ok_or_else(|| limit(at, "an alias stands inside what it refers to"))?;
                    self.bounds.count_followed(node.size).map_err(|why| limit(at, &why))?;
                    self.add(node, 0);
                }
                Event::DocumentStart(..) => self.anchors.clear(),
                _ => {}
            }
        }
        Ok(self.documents)
    }

    fn begin(
        &mut self,
        at: usize,
        anchor: usize,
        mapping: bool,
        function: Option<String>,
    ) -> Result<(), TreeError> {
        if self.open.len() >= MAX_DEPTH {
            return Err(limit(at, "values are nested too deeply"));
        }
        self.open.push(Open {
            at,
            anchor,
            function,
            mapping,
            key: None,
            items: Vec::new(),
            members: Vec::new(),
        });
        Ok(())
    }

    fn end(&mut self) -> Result<(), TreeError> {
        let Some(mut open) = self.open.pop() else { return Ok(()) };
        // Most are small, and a list that grows begins with room for four.
        open.items.shrink_to_fit();
        open.members.shrink_to_fit();
        let members = if open.mapping { self.merged(open.at, open.members)? } else { Vec::new() };
        let inside = || open.items.iter().chain(members.iter().map(|(_, value)| value));
        let depth = 1 + inside().map(|node| node.depth).max().unwrap_or_default();
        let size = inside().map(|node| node.size).fold(1, usize::saturating_add);
        if depth > MAX_DEPTH {
            return Err(limit(open.at, "values are nested too deeply"));
        }
        let value =
            if open.mapping { Value::Mapping(Rc::new(members)) } else { Value::List(Rc::new(open.items)) };
        self.bounds.count_written().map_err(|why| limit(open.at, &why))?;
        self.add(called(open.function, Node { at: open.at, value, depth, size }), open.anchor);
        Ok(())
    }

    /// Puts a value where it belongs.
    fn add(&mut self, node: Node, anchor: usize) {
        if anchor != 0 {
            self.anchors.insert(anchor, node.clone());
        }
        match self.open.last_mut() {
            None => self.documents.push(node),
            Some(open) if !open.mapping => open.items.push(node),
            Some(open) => match open.key.take() {
                Some(key) => open.members.push((key, node)),
                None => open.key = Some(node.text().unwrap_or_default().to_owned()),
            },
        }
    }

    /// `<<: *a` and `<<: [*a, *b]`: own keys win, then the earlier of several. Source: yaml.org/type/merge.html
    fn merged(&mut self, at: usize, members: Vec<(String, Node)>) -> Result<Vec<(String, Node)>, TreeError> {
        if !members.iter().any(|(key, _)| key == "<<") {
            return Ok(members);
        }
        let (merges, own): (Vec<_>, Vec<_>) = members.into_iter().partition(|(key, _)| key == "<<");
        let mut known: HashSet<String> = own.iter().map(|(key, _)| key.clone()).collect();
        let mut all = Vec::new();
        for (_, merge) in &merges {
            for source in merge.items().unwrap_or(std::slice::from_ref(merge)) {
                for (key, value) in source.members().unwrap_or_default() {
                    self.bounds.count_followed(value.size).map_err(|why| limit(at, &why))?;
                    if known.insert(key.clone()) {
                        all.push((key.clone(), value.clone()));
                    }
                }
            }
        }
        all.extend(own);
        Ok(all)
    }
}

/// The functions of CloudFormation that can be written as a tag; `!Sub x` is `{"Fn::Sub": x}`. Source: CloudFormation
/// user guide, "Intrinsic function reference".
const FUNCTIONS: [&str; 12] = [
    "Base64",
    "Cidr",
    "FindInMap",
    "GetAtt",
    "GetAZs",
    "If",
    "ImportValue",
    "Join",
    "Select",
    "Split",
    "Sub",
    "Transform",
];

/// The function a tag stands for, as its long form writes it.
fn function(tag: Option<&Tag>) -> Option<String> {
    let tag = tag.filter(|tag| tag.handle() == "!")?;
    match tag.suffix() {
        "Ref" => Some("Ref".to_owned()),
        name => FUNCTIONS.contains(&name).then(|| format!("Fn::{name}")),
    }
}

/// A value in the long form of the function it is the argument of.
fn called(function: Option<String>, argument: Node) -> Node {
    let Some(function) = function else { return argument };
    let (at, depth, size) = (argument.at, argument.depth + 1, argument.size + 1);
    Node { at, value: Value::Mapping(Rc::new(vec![(function, argument)])), depth, size }
}

fn limit(at: usize, message: &str) -> TreeError {
    TreeError { at, message: message.to_owned(), format: Format::Limit }
}

#[cfg(test)]
mod tests;
