//! A mistake at its place.

use std::ops::Range;

use ecrpass_core::redact::redact;
use ecrpass_json::Lines;
use serde::{Serialize, Serializer};

use super::level::Level;
use super::mistake::Mistake;

/// How much of a line is quoted, in characters.
const MOST_QUOTED: usize = 200;

/// A mistake at its place.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Found {
    /// Which it is.
    #[serde(rename = "id", serialize_with = "id")]
    pub mistake: Mistake,
    /// How bad it is.
    #[serde(rename = "severity")]
    pub level: Level,
    /// The file.
    pub file: String,
    /// The line, from 1.
    pub line: usize,
    /// The column, from 1, in characters.
    pub column: usize,
    /// The line as it stands, without secrets.
    pub text: String,
    /// What is wrong.
    pub title: String,
    /// Why that is wrong.
    pub reason: &'static str,
    /// What would be right.
    pub fix: String,
    /// The causes that go unseen, as `ecrpass explain --id` knows them.
    pub misses: Vec<&'static str>,
}

fn id<S: Serializer>(mistake: &Mistake, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(mistake.id())
}

/// The mistakes of a file.
#[derive(Debug, Default)]
pub struct Problems(Vec<Problem>);

#[derive(Debug)]
struct Problem {
    at: usize,
    mistake: Mistake,
    level: Level,
    what: String,
    fix: String,
}

impl Problems {
    /// One more mistake, as bad as it usually is.
    pub fn add(
        &mut self,
        mistake: Mistake,
        at: &Range<usize>,
        what: impl Into<String>,
        fix: impl Into<String>,
    ) {
        self.add_as(mistake.level(), mistake, at, what, fix);
    }

    /// One more mistake that is that bad here.
    pub fn add_as(
        &mut self,
        level: Level,
        mistake: Mistake,
        at: &Range<usize>,
        what: impl Into<String>,
        fix: impl Into<String>,
    ) {
        let (what, fix) = (what.into(), fix.into());
        let is_known =
            |known: &Problem| known.at == at.start && known.mistake == mistake && known.what == what;
        if !self.0.iter().any(is_known) {
            self.0.push(Problem { at: at.start, mistake, level, what, fix });
        }
    }

    /// With lines and columns, in the order of the file.
    pub fn into_found(mut self, file: &str, text: &str) -> Vec<Found> {
        self.0.sort_by_key(|problem| (problem.at, problem.level));
        let lines = Lines::new(text);
        let found = |problem: Problem| {
            let quote = matches!(text.as_bytes().get(problem.at), Some(b'"' | b'\''));
            let place = lines.position(text, if quote { problem.at + 1 } else { problem.at });
            let line = text.lines().nth(place.line - 1).unwrap_or_default();
            let line: String = line.chars().take(MOST_QUOTED).collect();
            Found {
                mistake: problem.mistake,
                level: problem.level,
                file: file.to_owned(),
                line: place.line,
                column: place.column,
                text: redact(&line).into_owned(),
                title: redact(&problem.what).into_owned(),
                reason: problem.mistake.reason(),
                fix: redact(&problem.fix).into_owned(),
                misses: problem.mistake.misses().iter().map(|cause| cause.slug()).collect(),
            }
        };
        self.0.into_iter().map(found).collect()
    }
}
