//! The first document of YAML, as `sigs.k8s.io/yaml` turns it into JSON.
//!
//! A file comes from anywhere, so aliases share their value and are counted at full size, and what is nested too deeply to be
//! walked is refused: no configuration is as deep, and the kubelet would refuse it for its fields.

use std::collections::{HashMap, HashSet};
use std::ops::Range;
use std::rc::Rc;

use ecrpass_json::Bounds;
use granit_parser::{Event, Parser, ScalarStyle, Span, Tag};

use super::older::{self, Layout};
use super::scalar::resolve;
use super::value::{Document, Field, Kind, MAX_WRITTEN, Mistake, Unreadable, Value};

/// How deep values may be nested, aliases followed.
const MAX_DEPTH: usize = 150;

/// How many values there may be, aliases followed. Of so many, the kubelet's parser lets aliases be a tenth at most.
const MAX_VALUES: usize = 4_000_000;

/// How many mistakes are kept: more are not shown.
const MOST_MISTAKES: usize = 200;

/// A list or a mapping that is not closed yet.
struct Open {
    at: usize,
    anchor: usize,
    is_mapping: bool,
    is_flow: bool,
    /// How far in it stands.
    column: usize,
    /// The key whose value comes next, and whether it is `<<`.
    key: Option<(String, Range<usize>, bool)>,
    items: Vec<Value>,
    fields: Vec<Field>,
    merges: Vec<Field>,
    depth: usize,
    size: usize,
}

/// A value, how deep it is, and how many it consists of.
#[derive(Clone)]
struct Whole {
    value: Value,
    depth: usize,
    size: usize,
    is_mapping_itself: bool,
}

struct Reader<'a> {
    text: &'a str,
    open: Vec<Open>,
    anchors: HashMap<usize, Whole>,
    bounds: Bounds,
    mistakes: Vec<Mistake>,
    layout: Layout,
    root: Option<Value>,
    /// Where the last thing ended that was read.
    last: usize,
}

/// Reads the first document.
pub(super) fn read(text: &str) -> Result<Document, Unreadable> {
    let mut reader = Reader {
        text,
        open: Vec::new(),
        anchors: HashMap::new(),
        bounds: Bounds::new(MAX_WRITTEN, MAX_VALUES),
        mistakes: Vec::new(),
        layout: Layout::default(),
        root: None,
        last: 0,
    };
    let mut end = text.len();
    let mut unseen = None;
    let mut is_read = false;
    // Where the next document begins.
    let mut mark = None;
    for event in Parser::new_from_str(text) {
        let (event, span) = match event {
            Ok((event, span)) => (event, bytes(&span)),
            Err(error) => {
                let at = error.marker().byte_offset().unwrap_or_else(|| error.marker().index());
                if is_read {
                    unseen = Some(mark.unwrap_or(at));
                    break;
                }
                return Err(Unreadable::Wrong(syntax(text, at, &error.info())));
            }
        };
        match event {
            Event::DocumentEnd if !is_read => {
                is_read = true;
                end = span.start;
            }
            Event::DocumentStart(..) if is_read => mark = Some(span.start),
            Event::DocumentStart(..) | Event::DocumentEnd | Event::StreamEnd | Event::StreamStart => {}
            // A document that is not written.
            Event::Scalar(..) if is_read && span.is_empty() => {}
            Event::Scalar(..) | Event::SequenceStart(..) | Event::MappingStart(..) | Event::Alias(..)
                if is_read =>
            {
                unseen = Some(mark.unwrap_or(span.start));
                break;
            }
            // Comments are among the events where another crate of the build wants them.
            _ if is_read => {}
            event => reader.event(event, span)?,
        }
    }
    let Reader { mut mistakes, mut layout, root, .. } = reader;
    let document = text.get(..end).unwrap_or(text);
    mistakes.extend(older::refused(document, &mut layout));
    Ok(Document { root, mistakes, unseen, doubt: older::doubt(document) })
}

fn bytes(span: &Span) -> Range<usize> {
    let at = |marker: &granit_parser::Marker| marker.byte_offset().unwrap_or_else(|| marker.index());
    at(&span.start)..at(&span.end)
}

fn wrong(at: usize, what: impl Into<String>, fix: &str) -> Unreadable {
    Unreadable::Wrong(Mistake { at, what: what.into(), fix: fix.to_owned() })
}

/// What the parser says of a text that is no YAML. A pattern without quotes is an alias to it.
fn syntax(text: &str, at: usize, message: &str) -> Mistake {
    let from = |at: usize| text.get(at..).unwrap_or_default();
    if message.contains("anchor")
        && let Some(star) = text.get(..at + 1).and_then(|to| to.rfind('*'))
    {
        let end = from(star).find(|c: char| c.is_whitespace() || ",]}#\"'".contains(c));
        let word = end.map_or(from(star), |end| from(star).get(..end).unwrap_or_default());
        // Anything else may be a value that is not to be shown.
        let is_pattern = word.contains(".ecr") || word.contains("ecr.");
        let fix = if is_pattern { format!("\"{word}\"") } else { "put it in quotes".to_owned() };
        return Mistake {
            at: star,
            what: "without quotes, `*` begins the name of an alias in YAML".to_owned(),
            fix,
        };
    }
    let line = text.get(..at).and_then(|before| before.rfind('\n')).map_or(0, |end| end + 1);
    let has_tab = from(line)
        .lines()
        .next()
        .unwrap_or_default()
        .chars()
        .take_while(|c| c.is_whitespace())
        .any(|c| c == '\t');
    let fix = if has_tab {
        "write spaces in place of the tab"
    } else {
        "correct it, or write it again: ecrpass kubelet config"
    };
    Mistake { at, what: format!("it is neither YAML nor JSON: {message}"), fix: fix.to_owned() }
}

impl Reader<'_> {
    fn event(&mut self, event: Event<'_>, span: Range<usize>) -> Result<(), Unreadable> {
        match event {
            Event::Scalar(text, style, anchor, tag) => {
                let is_plain = style == ScalarStyle::Plain;
                self.written(span.start)?;
                let kind = resolve(&text, is_plain, tag.as_deref().and_then(core_tag).as_deref())
                    .map_err(|what| wrong(span.start, what, "remove the tag"))?;
                let span =
                    if kind == Kind::Null && span.is_empty() { self.nothing(span.start) } else { span };
                if self.open.iter().all(|open| !open.is_flow) {
                    self.layout.inside.push(span.clone());
                    if is_plain && !span.is_empty() {
                        self.layout.plain.push((span.end, self.open.last().map_or(0, |open| open.column)));
                    }
                }
                let is_merge = is_plain && text == "<<";
                self.last = self.last.max(span.end);
                let whole =
                    Whole { value: Value { span, kind }, depth: 1, size: 1, is_mapping_itself: false };
                self.add(whole, anchor, &text, is_merge)
            }
            Event::SequenceStart(_, anchor, _) => self.begin(span, anchor, false),
            Event::MappingStart(_, anchor, _) => self.begin(span, anchor, true),
            Event::SequenceEnd | Event::MappingEnd => self.end(span.end),
            Event::Alias(anchor) => {
                self.last = self.last.max(span.end);
                let whole = self.anchors.get(&anchor).cloned();
                let whole = whole.ok_or_else(|| {
                    wrong(
                        span.start,
                        "an alias stands inside what it refers to",
                        "write out what it stands for",
                    )
                })?;
                self.followed(span.start, whole.size)?;
                let words = whole.value.text().unwrap_or_default().to_owned();
                self.add(whole, 0, &words, false)
            }
            _ => Ok(()),
        }
    }

    /// The place of an item that is not written: that of its dash.
    fn nothing(&mut self, at: usize) -> Range<usize> {
        let is_item = self.open.last().is_some_and(|open| !open.is_mapping && !open.is_flow);
        let mut from = self.last;
        while is_item && let Some(rest) = self.text.get(from..) {
            let blank = rest.len() - rest.trim_start().len();
            match rest.trim_start().chars().next() {
                Some('#') => from += blank + rest.trim_start().find('\n').unwrap_or(rest.len() - blank),
                Some('-') => {
                    self.last = from + blank + 1;
                    return from + blank..from + blank;
                }
                _ => break,
            }
        }
        at..at
    }

    fn written(&mut self, at: usize) -> Result<(), Unreadable> {
        self.bounds.count_written().map_err(|why| Unreadable::TooLarge(at, why))
    }

    fn followed(&mut self, at: usize, size: usize) -> Result<(), Unreadable> {
        let fix = "write out what the aliases stand for";
        self.bounds.count_followed(size).map_err(|why| wrong(at, why, fix))
    }

    fn begin(&mut self, span: Range<usize>, anchor: usize, is_mapping: bool) -> Result<(), Unreadable> {
        if self.open.len() >= MAX_DEPTH {
            return Err(too_deep(span.start));
        }
        let line = self.text.get(..span.start).and_then(|before| before.rfind('\n')).map_or(0, |end| end + 1);
        let is_flow = self.text.get(span.start..).is_some_and(|rest| rest.starts_with(['{', '[']));
        self.open.push(Open {
            at: span.start,
            anchor,
            is_mapping,
            is_flow,
            column: span.start - line,
            key: None,
            items: Vec::new(),
            fields: Vec::new(),
            merges: Vec::new(),
            depth: 0,
            size: 1,
        });
        Ok(())
    }

    fn end(&mut self, end: usize) -> Result<(), Unreadable> {
        let Some(mut open) = self.open.pop() else { return Ok(()) };
        if open.depth >= MAX_DEPTH {
            return Err(too_deep(open.at));
        }
        self.written(open.at)?;
        if open.is_flow {
            self.last = self.last.max(end);
            if self.open.iter().all(|outer| !outer.is_flow) {
                self.layout.inside.push(open.at..end);
            }
        }
        let merges = std::mem::take(&mut open.merges);
        if !merges.is_empty() {
            let mut known = open.fields.iter().map(|field| field.name.clone()).collect();
            for merge in merges {
                self.merge(&mut open, &mut known, &merge)?;
            }
        }
        // Most are small, and a list that grows begins with room for four.
        open.items.shrink_to_fit();
        open.fields.shrink_to_fit();
        let kind = if open.is_mapping {
            Kind::Mapping(Rc::new(open.fields))
        } else {
            Kind::List(Rc::new(open.items))
        };
        let whole = Whole {
            value: Value { span: open.at..end, kind },
            depth: open.depth + 1,
            size: open.size,
            is_mapping_itself: open.is_mapping,
        };
        self.add(whole, open.anchor, "", false)
    }

    /// Puts a value where it belongs.
    fn add(&mut self, whole: Whole, anchor: usize, words: &str, is_merge: bool) -> Result<(), Unreadable> {
        if anchor != 0 {
            self.anchors.insert(anchor, whole.clone());
        }
        let Some(open) = self.open.last_mut() else {
            self.root = Some(whole.value);
            return Ok(());
        };
        open.depth = open.depth.max(whole.depth);
        open.size = open.size.saturating_add(whole.size);
        if !open.is_mapping {
            open.items.push(whole.value);
            return Ok(());
        }
        match open.key.take() {
            None => {
                let is_scalar = whole.value.items().is_none() && whole.value.fields().is_none();
                let name = if is_scalar { words.to_owned() } else { String::new() };
                open.key = Some((name, whole.value.span, is_merge));
            }
            Some((name, key, false)) => open.fields.push(Field { name, key, value: whole.value }),
            Some((name, key, true)) => {
                let is_of_mappings = whole.is_mapping_itself
                    || whole
                        .value
                        .items()
                        .is_some_and(|items| items.iter().all(|item| item.fields().is_some()));
                if !is_of_mappings {
                    return Err(wrong(key.start, "`<<` takes over mappings, and this is none", "<<: *name"));
                }
                open.merges.push(Field { name, key, value: whole.value });
            }
        }
        Ok(())
    }

    /// `<<: *a` and `<<: [*a, *b]`. What is there already is refused: the kubelet reads strictly.
    fn merge(
        &mut self,
        open: &mut Open,
        known: &mut HashSet<String>,
        merge: &Field,
    ) -> Result<(), Unreadable> {
        for source in merge.value.items().unwrap_or(std::slice::from_ref(&merge.value)) {
            for field in source.fields().unwrap_or_default() {
                self.followed(merge.key.start, 1)?;
                if known.insert(field.name.clone()) {
                    open.fields.push(field.clone());
                } else if self.mistakes.len() < MOST_MISTAKES {
                    let own = open.fields.iter().find(|own| own.name == field.name);
                    self.mistakes.push(Mistake {
                        at: own.map_or(merge.key.start, |own| own.key.start),
                        what: format!("`{}` is there, and `<<` brings it a second time", field.name),
                        fix: format!("write the fields out in place of `<<`, `{}` once", field.name),
                    });
                }
            }
        }
        Ok(())
    }
}

fn too_deep(at: usize) -> Unreadable {
    wrong(at, "values are nested too deeply", "write it again: ecrpass kubelet config")
}

/// The tags of YAML's own, by their short name; whatever is tagged in another way is a text.
fn core_tag(tag: &Tag) -> Option<String> {
    Some(if tag.handle() == "tag:yaml.org,2002:" { tag.suffix().to_owned() } else { "str".to_owned() })
}
