//! What the readers of all notices share: places, and the notices they fill.

use ecrpass_core::redact::redact;

use super::super::context::Context;
use super::super::file_position::FilePosition;
use super::super::tree::Node;
use super::notice::{Hint, Notice};
use crate::finding::{Confidence, Details, keep};
use ecrpass_core::{Arn, CommandLine, DiagnosisId};

/// How many notices of one text are kept.
const MOST: usize = 200;

/// How much of a message is kept, in bytes.
const LONGEST: usize = 8192;

/// Reads notices.
pub struct Reader<'a> {
    context: &'a Context<'a>,
    /// Where a text stands that is a document itself: what is in it has no other place.
    outer: Option<usize>,
    /// How deep documents stand in texts.
    pub depth: usize,
    /// What was found.
    pub found: Vec<Notice>,
    /// Whether something of the text is a notice, though perhaps one that says nothing is wrong.
    pub is_one: bool,
}

impl<'a> Reader<'a> {
    /// Reads a text.
    pub fn new(context: &'a Context<'a>) -> Self {
        Self { context, outer: None, depth: 0, found: Vec::new(), is_one: false }
    }

    /// Reads a document that stands in a text at that byte.
    pub fn inside(&mut self, at: usize, read: &mut dyn FnMut(&mut Self)) {
        let before = self.outer;
        self.outer = Some(before.unwrap_or(at));
        self.depth += 1;
        read(self);
        self.depth -= 1;
        self.outer = before;
    }

    /// Where a value stands.
    pub fn place(&self, node: &Node) -> FilePosition {
        self.context.place(self.outer.unwrap_or(node.at))
    }

    /// A notice, if there is room for one more.
    pub fn keep(&mut self, notice: Notice) {
        self.is_one = true;
        if self.found.len() < MOST {
            self.found.push(notice);
        }
    }

    /// Has a notice say what stands there, under the name of its reason.
    pub fn say(&self, notice: &mut Notice, reason: Option<&str>, message: Option<&Node>) {
        let Some((node, text)) = message.and_then(|node| Some((node, node.text()?))) else { return };
        let text = match reason.filter(|reason| !reason.is_empty()) {
            Some(reason) => format!("{reason}: {text}"),
            None => text.to_owned(),
        };
        let mut text = redact(&text).into_owned();
        let mut end = text.len().min(LONGEST);
        while !text.is_char_boundary(end) {
            end -= 1;
        }
        text.truncate(end);
        if !text.trim().is_empty() && !notice.said.iter().any(|(_, known)| *known == text) {
            notice.said.push((self.place(node), text));
        }
    }

    /// A cause that stands there.
    pub fn hint(&self, notice: &mut Notice, id: DiagnosisId, confidence: Confidence, at: &Node, text: &str) {
        let hint =
            Hint { id, confidence, place: self.place(at), text: redact(text).into_owned(), next: None };
        if !notice.hints.iter().any(|known| known.id == id) {
            notice.hints.push(hint);
        }
    }
}

impl Notice {
    /// A notice about something, at a place.
    pub fn new(place: &'static str, subject: impl Into<String>) -> Self {
        Self {
            subject: redact(&subject.into()).into_owned(),
            place,
            time: None,
            said: Vec::new(),
            hints: Vec::new(),
            details: Details::default(),
            images: Vec::new(),
        }
    }

    /// The region that an ARN names.
    pub fn in_region_of(&mut self, arn: Option<&str>) {
        if let Some(arn) = arn.and_then(Arn::parse) {
            keep(&mut self.details.region, arn.region);
        }
    }

    /// An image that it is about.
    pub fn about_image(&mut self, image: Option<&str>) {
        let Some(image) = image.filter(|image| image.len() <= 512 && !image.contains(['\n', '\r'])) else {
            return;
        };
        if !self.images.iter().any(|known| known == image) && self.images.len() < 20 {
            self.images.push(image.to_owned());
        }
    }

    /// What shows more than all hints so far.
    pub fn next(&mut self, summary: &'static str, command: &CommandLine) {
        for hint in &mut self.hints {
            hint.next.get_or_insert_with(|| (summary, command.clone()));
        }
    }
}
