//! The objects in a file of Kubernetes, one at a time: what a large cluster prints is not kept as trees all at once.

use std::ops::Range;

use super::kubernetes::{MAX_LISTS, collect};
use super::tree::{self, Format, Node, TreeError};

/// How many objects a file may have; the place of each is kept.
const MOST_OBJECTS: usize = 500_000;

/// The objects in a file.
#[derive(Default)]
pub struct Objects<'t> {
    text: &'t str,
    /// Where they stand, of a list in JSON.
    pieces: Vec<Range<usize>>,
    /// Whether it is a list, as kubectl prints it.
    is_list: bool,
    /// They themselves, of any other file.
    trees: Vec<Node>,
}

impl<'t> Objects<'t> {
    /// Those of a file: JSON or YAML, one or a list of them.
    ///
    /// # Errors
    /// What is wrong with it. A list in JSON is read object by object, by [`Self::get`].
    pub fn read(name: &str, text: &'t str) -> Result<Self, TreeError> {
        if let Some(pieces) = pieces(text) {
            if let Some(beyond) = pieces.get(MOST_OBJECTS) {
                let message = format!("there are more than {MOST_OBJECTS} objects in it");
                return Err(TreeError { at: beyond.start, message, format: Format::Limit });
            }
            return Ok(Self { text, pieces, is_list: true, trees: Vec::new() });
        }
        let documents = tree::read(name, text)?;
        let mut objects = Vec::new();
        for document in &documents {
            // `jq '.items'` leaves a list without its kind.
            let bare = document.items().unwrap_or(std::slice::from_ref(document));
            bare.iter().for_each(|object| collect(&mut objects, object, 0));
        }
        let is_list = !documents.is_empty() && documents.iter().all(is_empty_list);
        let trees = objects.into_iter().cloned().collect();
        Ok(Self { text, pieces: Vec::new(), is_list, trees })
    }

    /// Whether it is what kubectl prints where there is nothing.
    pub fn is_empty_list(&self) -> bool {
        self.is_list && self.len() == 0
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.pieces.len() + self.trees.len()
    }

    /// One of them; `None` beyond the last.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn get(&self, at: usize) -> Option<Result<Node, TreeError>> {
        match self.pieces.get(at) {
            Some(piece) => Some(tree::read_piece(self.text, piece.clone())),
            // Lists and mappings are shared, not copied.
            None => self.trees.get(at).cloned().map(Ok),
        }
    }
}

fn is_empty_list(document: &Node) -> bool {
    document.text_of("kind").is_some_and(|kind| kind.ends_with("List"))
        && document.get("items").and_then(Node::items).is_some_and(<[Node]>::is_empty)
}

/// Where the objects of a list in JSON stand, and of the lists in it; `None` for anything else.
fn pieces(text: &str) -> Option<Vec<Range<usize>>> {
    let mut scanner = Scanner { bytes: text.as_bytes(), at: 0 };
    scanner.space();
    let items = scanner.list()?;
    scanner.space();
    if scanner.peek().is_some() {
        return None;
    }
    let mut found = Vec::new();
    flatten(text.as_bytes(), items, 1, &mut found);
    Some(found)
}

fn flatten(bytes: &[u8], items: Vec<Range<usize>>, lists: usize, found: &mut Vec<Range<usize>>) {
    for item in items {
        if found.len() > MOST_OBJECTS {
            return;
        }
        let inner = || Scanner { bytes, at: item.start }.list();
        match (lists < MAX_LISTS).then(inner).flatten() {
            Some(inner) => flatten(bytes, inner, lists + 1, found),
            None => found.push(item),
        }
    }
}

/// Finds where values end, and looks at nothing inside them.
struct Scanner<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl Scanner<'_> {
    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    fn space(&mut self) {
        while self.peek().is_some_and(|b| b.is_ascii_whitespace()) {
            self.at += 1;
        }
    }

    fn take(&mut self, byte: u8) -> Option<()> {
        (self.peek() == Some(byte)).then(|| self.at += 1)
    }

    /// The items of the object that begins here, if its kind is that of a list.
    fn list(&mut self) -> Option<Vec<Range<usize>>> {
        self.take(b'{')?;
        let (mut items, mut is_list) = (None, false);
        loop {
            self.space();
            let key = self.string()?;
            self.space();
            self.take(b':')?;
            self.space();
            match self.bytes.get(key)? {
                b"items" if self.peek() == Some(b'[') => items = Some(self.items()?),
                b"kind" => {
                    let kind = self.value()?;
                    is_list = self.bytes.get(kind)?.ends_with(b"List\"");
                }
                _ => {
                    self.value()?;
                }
            }
            self.space();
            if self.take(b'}').is_some() {
                return items.filter(|_| is_list);
            }
            self.take(b',')?;
        }
    }

    /// The values of the array that begins here.
    fn items(&mut self) -> Option<Vec<Range<usize>>> {
        self.take(b'[')?;
        let mut items = Vec::new();
        self.space();
        if self.take(b']').is_some() {
            return Some(items);
        }
        loop {
            self.space();
            let item = self.value()?;
            if items.len() <= MOST_OBJECTS {
                items.push(item);
            }
            self.space();
            if self.take(b']').is_some() {
                return Some(items);
            }
            self.take(b',')?;
        }
    }

    /// The inside of the string that begins here.
    fn string(&mut self) -> Option<Range<usize>> {
        self.take(b'"')?;
        let start = self.at;
        loop {
            let rest = self.bytes.get(self.at..)?;
            let length = rest.iter().position(|b| matches!(b, b'"' | b'\\'))?;
            self.at += length + 1;
            if rest.get(length) == Some(&b'"') {
                return Some(start..self.at - 1);
            }
            self.at += 1;
        }
    }

    /// The value that begins here.
    fn value(&mut self) -> Option<Range<usize>> {
        let start = self.at;
        let mut depth = 0_usize;
        loop {
            match self.peek()? {
                b'"' => {
                    self.string()?;
                }
                b'{' | b'[' => {
                    depth += 1;
                    self.at += 1;
                    continue;
                }
                b'}' | b']' => {
                    depth = depth.checked_sub(1)?;
                    self.at += 1;
                }
                b',' | b':' if depth == 0 => return None,
                _ => {
                    let rest = self.bytes.get(self.at..)?;
                    let is_end = |b: &u8| b",:]}[{\"".contains(b) || b.is_ascii_whitespace();
                    let length = rest.iter().position(is_end).unwrap_or(rest.len());
                    // What stands between values, inside of one.
                    self.at += length.max(1);
                    if length == 0 {
                        continue;
                    }
                }
            }
            if depth == 0 {
                return Some(start..self.at);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn names(text: &str) -> Vec<String> {
        let objects = Objects::read("x.json", text).unwrap();
        let all = (0..objects.len()).filter_map(|at| objects.get(at)?.ok());
        all.map(|object| object.text_of("n").unwrap_or("?").to_owned()).collect()
    }

    #[test]
    fn a_list_is_read_object_by_object_and_those_in_it() {
        let text = r#" {"apiVersion":"v1","items":[{"n":"a","x":["}",{"y":"\"]"}]},
          {"kind":"List","items":[{"n":"b"},{"kind":"PodList","items":[]}]} , {"n":"c","items":[1]}],"kind":"List"} "#;
        assert_eq!(names(text), ["a", "b", "c"]);
        let objects = Objects::read("x.json", text).unwrap();
        assert!(objects.trees.is_empty());
        // Places are those of the whole text.
        let at = objects.get(0).unwrap().unwrap().get("n").unwrap().at;
        assert!(text.get(at..).is_some_and(|rest| rest.starts_with("\"a\"")));
    }

    #[test]
    fn what_is_no_list_is_read_as_before() {
        assert_eq!(names(r#"{"n":"a"}"#), ["a"]);
        assert_eq!(names(r#"{"kind":"Pod","items":[{"n":"a"}],"n":"b"}"#), ["b"]);
        let yaml = Objects::read("x.yaml", "kind: List\nitems: [{n: a}, {n: b}]\n---\nn: c\n").unwrap();
        assert_eq!(yaml.len(), 3);
        for broken in [r#"{"kind":"List","items":[{"n":"a"}"#, r#"{"kind":"List","items":[{"n":"a"}]} x"#] {
            assert!(Objects::read("x.json", broken).is_err(), "{broken}");
        }
        let inside = Objects::read("x.json", r#"{"kind":"List","items":[{"n":nul}]}"#).unwrap();
        assert!(inside.get(0).unwrap().is_err());
    }

    proptest! {
        /// It finds the same objects as the reader of the whole.
        #[test]
        fn pieces_are_those_of_the_tree(text in r#"[\[\]{},:"\\ a1]{0,40}"#) {
            let list = format!(r#"{{"kind":"List","items":[{text}]}}"#);
            let whole = tree::read("x.json", &list);
            let objects = Objects::read("x.json", &list);
            let all = objects.ok().and_then(|objects| {
                (0..objects.len()).map(|at| objects.get(at)?.ok().map(|node| node.at)).collect::<Option<Vec<usize>>>()
            });
            if let Ok(whole) = whole {
                let mut expected = Vec::new();
                whole.iter().for_each(|document| collect(&mut expected, document, 0));
                let expected: Vec<usize> = expected.iter().map(|node| node.at).collect();
                prop_assert_eq!(all, Some(expected));
            } else {
                prop_assert!(all.is_none());
            }
        }
    }
}
