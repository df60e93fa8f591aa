//! YAML and JSON as one kind of tree, with the place of every value.
//!
//! A file comes from anywhere, so aliases share their value and are counted at full size: a bomb of aliases ends in an
//! error, and so does a tree that is too deep to be walked.

use std::collections::{HashMap, HashSet};
use std::rc::Rc;

use ecrpass_json::{JsonKind, Value as Json, parse};
use granit_parser::{Event, Parser, ScalarStyle, Tag};

/// How deep values may be nested, aliases followed.
const MAX_DEPTH: usize = 150;

/// How many values there may be, aliases followed.
const MAX_VALUES: usize = 4_000_000;

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
        match parse(text) {
            Ok(value) => return Ok(vec![from_json(value, text)]),
            // YAML's flow style also starts with a brace.
            Err(_) if !is_json && Parser::new_from_str(text).all(|event| event.is_ok()) => {}
            Err(error) => {
                let format =
                    if text.trim_start().starts_with("{{") { Format::Template } else { Format::Json };
                return Err(TreeError { at: error.offset, message: error.message, format });
            }
        }
    }
    Builder::default().read(text)
}

/// As deep as the JSON parser lets it be.
fn from_json(value: Json, text: &str) -> Node {
    let at = value.span.start;
    match value.kind {
        JsonKind::Null => Node::leaf(at, Value::Null),
        JsonKind::Bool | JsonKind::Number => {
            Node::leaf(at, Value::Scalar(text.get(value.span).unwrap_or_default().to_owned()))
        }
        JsonKind::String(text) => Node::leaf(at, Value::Scalar(text.to_string())),
        JsonKind::Array(values) => {
            let items = values.into_iter().map(|value| from_json(value, text)).collect();
            Node::leaf(at, Value::List(Rc::new(items)))
        }
        // Never there: all of the text was read.
        JsonKind::Deep { .. } => Node::leaf(at, Value::Null),
        JsonKind::Object(members) => {
            let members =
                members.into_iter().map(|member| (member.key, from_json(member.value, text))).collect();
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

#[derive(Default)]
struct Builder {
    documents: Vec<Node>,
    open: Vec<Open>,
    anchors: HashMap<usize, Node>,
    values: usize,
}

impl Builder {
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
                    self.count(at, 1)?;
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
                    self.count(at, node.size)?;
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
        let Some(open) = self.open.pop() else { return Ok(()) };
        let members = if open.mapping { self.merged(open.at, open.members)? } else { Vec::new() };
        let inside = || open.items.iter().chain(members.iter().map(|(_, value)| value));
        let depth = 1 + inside().map(|node| node.depth).max().unwrap_or_default();
        let size = inside().map(|node| node.size).fold(1, usize::saturating_add);
        if depth > MAX_DEPTH {
            return Err(limit(open.at, "values are nested too deeply"));
        }
        let value =
            if open.mapping { Value::Mapping(Rc::new(members)) } else { Value::List(Rc::new(open.items)) };
        self.count(open.at, 1)?;
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

    /// Counts what one more value adds to the tree, aliases followed.
    fn count(&mut self, at: usize, values: usize) -> Result<(), TreeError> {
        self.values = self.values.saturating_add(values);
        if self.values > MAX_VALUES { Err(limit(at, "aliases make the file too large")) } else { Ok(()) }
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
                    self.count(at, value.size)?;
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
mod tests {
    use super::*;

    fn one(text: &str) -> Node {
        read("x.yaml", text).unwrap().remove(0)
    }

    #[test]
    fn anchors_and_merge_keys_are_followed() {
        let node = one("a: &a {x: 1, y: 2}\nb: &b {y: 3, z: 4}\nc:\n  <<: [*a, *b]\n  x: 0\nd: *a\n");
        let c = node.get("c").unwrap();
        assert_eq!((c.text_of("x"), c.text_of("y"), c.text_of("z")), (Some("0"), Some("2"), Some("4")));
        assert_eq!(node.at(&["d", "y"]).unwrap().text(), Some("2"));
    }

    #[test]
    fn values_know_their_byte() {
        let text = "ä: 'ö'\nimage: \"x\"\n";
        assert_eq!(one(text).get("image").unwrap().at, text.find('"').unwrap());
        let json = "{\n\t\"image\": \"a\\u002fb\"}";
        let node = read("x.json", json).unwrap().remove(0);
        assert_eq!(node.text_of("image"), Some("a/b"));
        assert_eq!(node.get("image").unwrap().at, json.find("\"a").unwrap());
    }

    #[test]
    fn functions_of_cloudformation_have_one_form() {
        let node = one("a: !Sub 'x${Y}'\nb: !Join ['', [!Ref Z]]\nc: !Other d\n");
        assert_eq!(node.at(&["a", "Fn::Sub"]).and_then(Node::text), Some("x${Y}"));
        let joined = &node.at(&["b", "Fn::Join"]).and_then(Node::items).unwrap()[1];
        assert_eq!(joined.items().unwrap()[0].text_of("Ref"), Some("Z"));
        assert_eq!(node.text_of("c"), Some("d"));
    }

    #[test]
    fn flow_style_is_yaml() {
        assert_eq!(
            one("{services: {a: {image: x}}}").at(&["services", "a", "image"]).unwrap().text(),
            Some("x")
        );
        assert_eq!(read("x.json", "{a: 1}").unwrap_err().format, Format::Json);
        assert_eq!(read("x.yaml", "{{- if .x }}\na: 1").unwrap_err().format, Format::Template);
    }

    #[test]
    fn bombs_end_in_an_error() {
        let mut bomb = "a0: &a0 [x,x,x,x,x,x,x,x,x,x]\n".to_owned();
        for level in 1..20 {
            let alias = format!("*a{},", level - 1).repeat(10);
            bomb.push_str(&format!("a{level}: &a{level} [{alias}]\n"));
        }
        assert_eq!(read("x.yaml", &bomb).unwrap_err().message, "aliases make the file too large");
        let mut chain = "a0: &a0 [x]\n".to_owned();
        for level in 1..1000 {
            chain.push_str(&format!("a{level}: &a{level} [*a{}]\n", level - 1));
        }
        assert_eq!(read("x.yaml", &chain).unwrap_err().message, "values are nested too deeply");
        let merges = "{<<: *a0},".repeat(100_000);
        let keys: String = (0..10_000).map(|key| format!("k{key}: 1,")).collect();
        assert!(read("x.yaml", &format!("a: &a0 {{{keys}}}\nb: [{merges}]")).is_err());
        assert!(read("x.yaml", &"[".repeat(100_000)).is_err());
        assert!(read("x.json", &"[".repeat(100_000)).is_err());
        assert!(read("x.yaml", &"- ".repeat(100_000)).is_err());
        assert!(read("x.yaml", "a: &a [*a]").is_err());
    }
}
