//! What is wrong at a place of a file, and what the kubelet makes of it.

use ecrpass_core::DiagnosisId;
use ecrpass_core::redact::redact;
use ecrpass_json::Lines;

use super::quoted::Hidden;
use crate::catalogue;
use crate::finding::{Confidence, Details, Evidence, Finding, Fix, Severity};
use crate::kubelet::document::Value;

/// How much is said of one, in characters: it may quote what stands there.
const MOST_SAID: usize = 1000;

/// How many problems of a file are shown: a text that is no configuration has one in every line.
const MOST_SHOWN: usize = 200;

/// What the kubelet makes of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Effect {
    /// It ends at its start.
    Stops,
    /// We cannot say.
    Unknown,
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
    all: Vec<Problem>,
    /// Says that there are more, and what the worst of them does.
    others: Option<Problem>,
}

impl<'a> Problems<'a> {
    /// None yet, in this text.
    pub fn new(text: &'a str) -> Self {
        Self { text, all: Vec::new(), others: None }
    }

    /// A scalar as it is written.
    pub fn written(&self, value: &Value) -> &'a str {
        self.text.get(value.span.clone()).unwrap_or_default().trim()
    }

    /// The kubelet ends at its start.
    pub fn stops(&mut self, at: usize, what: impl Into<String>, fix: impl Into<String>) {
        self.add(at, Effect::Stops, what, fix);
    }

    /// What the kubelet does is not known.
    pub fn unknown(&mut self, at: usize, what: impl Into<String>, fix: impl Into<String>) {
        self.add(at, Effect::Unknown, what, fix);
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

    /// As its effect says.
    pub fn add(&mut self, at: usize, effect: Effect, what: impl Into<String>, fix: impl Into<String>) {
        let cut = |text: String| match text.char_indices().nth(MOST_SAID) {
            Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
            None => text,
        };
        if self.all.len() < MOST_SHOWN {
            self.all.push(Problem { at, effect, what: cut(what.into()), fix: cut(fix.into()) });
            return;
        }
        let others = self.others.get_or_insert_with(|| Problem {
            at,
            effect,
            what: format!("more than {MOST_SHOWN} things are wrong with this file, the others not shown"),
            fix: "write it again: ecrpass kubelet config".to_owned(),
        });
        others.effect = others.effect.min(effect);
    }

    /// As findings, in the order of the file.
    pub fn into_findings(mut self, file: &str, lines: &Lines, hidden: &Hidden) -> Vec<Finding> {
        self.all.extend(self.others.take());
        self.all.sort_by_key(|problem| problem.at);
        self.all.into_iter().map(|problem| problem.into_finding(file, self.text, lines, hidden)).collect()
    }
}

impl Problem {
    fn into_finding(self, file: &str, text: &str, lines: &Lines, hidden: &Hidden) -> Finding {
        let quote = matches!(text.as_bytes().get(self.at), Some(b'"' | b'\''));
        let place = lines.position(text, if quote { self.at + 1 } else { self.at });
        // What stands there may hold a password.
        let mut title = redact(&self.what).into_owned();
        // A word begins with a capital, a name stays as it is written.
        let first = title.split(' ').next().unwrap_or_default();
        if !first.is_empty()
            && first.chars().all(|c| c.is_ascii_lowercase())
            && let Some(letter) = title.get(..1).map(str::to_uppercase)
        {
            title.replace_range(..1, &letter);
        }
        let evidence = Evidence {
            line: Some(place.line),
            column: Some(place.column),
            ..Evidence::new(file, hidden.line(text, self.at))
        };
        let effect = match self.effect {
            Effect::Stops => "the kubelet does not start with this file.",
            Effect::Unknown => "whether the kubelet starts with this file is not known.",
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
                Effect::Risk | Effect::Unknown => Severity::Warning,
                Effect::Remark => Severity::Note,
            },
            explanation: format!("{file}:{place}: {effect}"),
            impact: None,
            after: None,
            ..entry.found(Confidence::Certain, vec![evidence], Details::default(), fixes)
        }
    }
}
