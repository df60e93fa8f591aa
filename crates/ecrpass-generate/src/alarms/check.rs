//! Known mistakes in rules and alarms that exist: those that stay silent when a pull fails, and those that cry without one.
//!
//! A file is read (`input`) into rules, alarms, filters and patterns, whatever language it is in; `rules` looks at each, with
//! all files in view, since one may have what another lacks. What a file leaves open (a variable, a parameter) is no mistake.

mod found;
mod input;
mod known_metrics;
mod level;
mod mistake;
mod promql;
mod rules;

use ecrpass_json::Lines;

pub use found::Found;
pub use level::Level;
pub use mistake::Mistake;

use self::found::Problems;
use self::input::Contents;

/// The longest file that is read, in bytes.
const LARGEST: usize = 16 << 20;

/// A file to look at.
#[derive(Clone, Debug)]
pub struct File {
    /// Its name.
    pub name: String,
    /// Its text.
    pub text: String,
}

/// What came of it.
#[derive(Clone, Debug, Default)]
pub struct Report {
    /// The mistakes, in the order of the files.
    pub found: Vec<Found>,
    /// How many rules, alarms, filters and patterns were looked at.
    pub looked_at: usize,
    /// What could not be read, and why.
    pub unread: Vec<Unread>,
}

/// A file that could not be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unread {
    /// Its name.
    pub file: String,
    /// Line and column, where a place is at fault.
    pub place: Option<(usize, usize)>,
    /// Why.
    pub why: String,
}

/// Looks at files.
pub fn check(files: &[File]) -> Report {
    let mut report = Report::default();
    let mut all: Vec<(usize, Contents)> = Vec::new();
    for (index, file) in files.iter().enumerate() {
        let unread = |place, why: String| Unread { file: file.name.clone(), place, why };
        if file.text.len() > LARGEST {
            report.unread.push(unread(None, format!("it has more than {} megabytes", LARGEST >> 20)));
            continue;
        }
        match input::read(&file.name, &file.text) {
            Ok(contents) if contents.is_empty() => {
                report
                    .unread
                    .push(unread(None, "there is no rule, alarm, filter or event pattern in it".to_owned()));
            }
            Ok(contents) => {
                report.looked_at += contents.len();
                all.push((index, contents));
            }
            Err((at, why)) => {
                let place = at.map(|at| Lines::new(&file.text).position(&file.text, at));
                report.unread.push(unread(place.map(|place| (place.line, place.column)), why));
            }
        }
    }
    let contents: Vec<&Contents> = all.iter().map(|(_, contents)| contents).collect();
    let view = rules::View::of(&contents);
    for (index, contents) in &all {
        let mut problems = Problems::default();
        rules::look(contents, &view, &mut problems);
        if let Some(file) = files.get(*index) {
            report.found.extend(problems.into_found(&file.name, &file.text));
        }
    }
    report
}
