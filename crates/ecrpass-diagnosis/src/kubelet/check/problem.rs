//! What is wrong at a place of a file, and what the kubelet makes of it.

use ecrpass_core::DiagnosisId;
use ecrpass_core::redact::redact;
use ecrpass_json::Lines;

use super::written::Written;
use crate::catalogue;
use crate::finding::{Confidence, Details, Evidence, Finding, Fix, Severity};
use crate::inputs::tree::Node;

/// How much of a line is quoted, in characters.
const MOST_QUOTED: usize = 200;

/// How much is said of one, in characters: it may quote what stands there.
const MOST_SAID: usize = 1000;

/// How many problems of a file are shown: a text that is no configuration has one in every line.
const MOST_SHOWN: usize = 200;

/// What the kubelet makes of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Effect {
    /// It ends at its start.
    Stops,
    /// It starts, and never asks the provider for these images, or never gets an answer.
    Never,
    /// It works, not for everything or not for ever.
    Risk,
    /// It works; something better is known.
    Remark,
}

/// Something wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// The byte where it stands.
    pub at: usize,
    /// What the kubelet makes of it.
    pub effect: Effect,
    /// What is wrong.
    pub what: String,
    /// What would be right.
    pub fix: String,
}

/// All that is wrong with a file.
#[derive(Debug)]
pub struct Problems<'a> {
    text: &'a str,
    found: Vec<Problem>,
}

impl<'a> Problems<'a> {
    /// Those of a file with this text; none yet.
    pub fn of(text: &'a str) -> Self {
        Self { text, found: Vec::new() }
    }

    /// What a scalar of the file is for the kubelet.
    pub fn written(&self, node: &Node) -> Written {
        Written::of(self.text, node)
    }

    /// The kubelet ends at its start if this is a number or a boolean where it wants a text.
    pub fn wants_text(&mut self, node: &Node) {
        let kind = match self.written(node) {
            Written::Text => return,
            Written::Number => "number",
            Written::Boolean(_) => "boolean",
        };
        let text = node.text().unwrap_or_default();
        let what = format!("`{text}` without quotes is a {kind}, where the kubelet wants a text");
        self.stops(node.at, what, format!("\"{text}\""));
    }

    /// The kubelet ends at its start.
    pub fn stops(&mut self, at: usize, what: impl Into<String>, fix: impl Into<String>) {
        self.add(at, Effect::Stops, what, fix);
    }

    /// The provider is never asked, or never answers.
    pub fn never(&mut self, at: usize, what: impl Into<String>, fix: impl Into<String>) {
        self.add(at, Effect::Never, what, fix);
    }

    /// It works, not for everything or not for ever.
    pub fn risk(&mut self, at: usize, what: impl Into<String>, fix: impl Into<String>) {
        self.add(at, Effect::Risk, what, fix);
    }

    /// Something better is known.
    pub fn remark(&mut self, at: usize, what: impl Into<String>, fix: impl Into<String>) {
        self.add(at, Effect::Remark, what, fix);
    }

    fn add(&mut self, at: usize, effect: Effect, what: impl Into<String>, fix: impl Into<String>) {
        let cut = |text: String| match text.char_indices().nth(MOST_SAID) {
            Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
            None => text,
        };
        match self.found.len() {
            0..MOST_SHOWN => {
                self.found.push(Problem { at, effect, what: cut(what.into()), fix: cut(fix.into()) });
            }
            MOST_SHOWN => {
                let what =
                    format!("more than {MOST_SHOWN} things are wrong with this file, the others not shown");
                let fix = "write it again: ecrpass kubelet config".to_owned();
                self.found.push(Problem { at, effect: Effect::Stops, what, fix });
            }
            _ => {}
        }
    }

    /// As findings, in the order of the file.
    pub fn into_findings(mut self, file: &str, lines: &Lines) -> Vec<Finding> {
        self.found.sort_by_key(|problem| problem.at);
        self.found.into_iter().map(|problem| problem.into_finding(file, self.text, lines)).collect()
    }
}

impl Problem {
    fn into_finding(self, file: &str, text: &str, lines: &Lines) -> Finding {
        let quote = matches!(text.as_bytes().get(self.at), Some(b'"' | b'\''));
        let place = lines.position(text, if quote { self.at + 1 } else { self.at });
        // What stands there may hold a password.
        let what = redact(&self.what).into_owned();
        let mut title = what;
        if let Some(first) = title.get(..1).map(str::to_uppercase) {
            title.replace_range(..1, &first);
        }
        let start = text.get(..self.at).and_then(|before| before.rfind('\n')).map_or(0, |end| end + 1);
        let line = text.get(start..).and_then(|rest| rest.lines().next()).unwrap_or_default();
        let line: String = line.chars().take(MOST_QUOTED).collect();
        let evidence = Evidence {
            line: Some(place.line),
            column: Some(place.column),
            ..Evidence::new(file, redact(&line).into_owned())
        };
        let effect = match self.effect {
            Effect::Stops => "the kubelet does not start with this file.",
            Effect::Never => "the kubelet starts, says nothing, and pulls these images without credentials.",
            Effect::Risk => "the kubelet starts, and does not do what was meant in every case.",
            Effect::Remark => "it works; this is for whoever wonders what else it does.",
        };
        let fixes = vec![Fix::by_hand(redact(&self.fix).into_owned())];
        let entry = catalogue::find(DiagnosisId::KubeletConfigInvalid);
        Finding {
            title,
            severity: match self.effect {
                Effect::Stops | Effect::Never => Severity::Error,
                Effect::Risk => Severity::Warning,
                Effect::Remark => Severity::Note,
            },
            explanation: format!("{file}:{place}: {effect}"),
            impact: None,
            after: None,
            ..entry.found(Confidence::Certain, vec![evidence], Details::default(), fixes)
        }
    }
}
