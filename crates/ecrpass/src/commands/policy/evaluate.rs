//! `ecrpass policy evaluate`: whether somebody may do something, by the policies in these files, and which statement
//! decides.

mod arguments;
mod changed;
mod json;
mod live;
mod load;
mod question;
mod quote;
mod reason;
mod report;
mod words;

use ecrpass_core::environment::Environment;
use ecrpass_iam::case::Answers;
use ecrpass_iam::change::{self, Change};
use ecrpass_iam::{Case, Verdict};

pub use self::arguments::Arguments;
pub(super) use self::load::Loaded;
use crate::error::CommandError;
use crate::render::format::Format;
use crate::render::policies::PoliciesFile;
use crate::render::ui::Ui;

/// How many findings people are shown.
const MAX_SHOWN: usize = 20;

/// Runs the command.
///
/// # Errors
/// [`CommandError::Found`] when it is not allowed for certain; otherwise when something cannot be read.
pub fn run(arguments: &Arguments, environment: &dyn Environment, ui: &mut Ui) -> Result<(), CommandError> {
    let asked = question::ask(arguments)?;
    let mut loaded = load::load(arguments, asked.beside, &asked.case)?;
    loaded.gaps.splice(..0, asked.remarks);
    let answers = asked.case.decide(&loaded.policies);
    let proven = change::smallest(&asked.case, &loaded.policies);
    let changes = proven.map(|proven| proven.changes).unwrap_or_default();
    let live =
        arguments.live.then(|| live::ask(&arguments.place, environment, &asked.case, &answers, &loaded));
    let seen = live.as_ref().and_then(|live| live.as_ref().ok());
    match arguments.format {
        Format::Json => {
            let verdict = json::verdict(&asked.case, &answers, &loaded, &changes);
            ui.json(&verdict.beside(seen.map(live::Live::json)))?;
        }
        Format::Text => {
            let what = asked.task.map(|task| task.id().to_owned());
            ui.results(report::lines(&asked.case, what.as_deref(), &answers, &loaded, &changes))?;
            ui.results(seen.map(live::Live::lines).unwrap_or_default())?;
            for finding in loaded.findings.iter().take(MAX_SHOWN) {
                ui.notes(report::finding(finding));
            }
            ui.notes(report::gaps(&loaded, MAX_SHOWN));
        }
    }
    let contradicts = match live {
        Some(live) => live?.contradicts(),
        None => false,
    };
    if answers.verdict() == Verdict::Allowed && !contradicts { Ok(()) } else { Err(CommandError::Found) }
}

/// What was collected, ready to be decided by.
///
/// # Errors
/// When AWS has a document that nobody can evaluate.
pub(super) fn collected(file: &PoliciesFile, case: &Case) -> Result<Loaded, CommandError> {
    load::collected(file, case)
}

/// The verdict for people.
pub(super) fn lines(case: &Case, answers: &Answers, loaded: &Loaded, changes: &[Change]) -> Vec<String> {
    report::lines(case, None, answers, loaded, changes)
}

/// The verdict for programs.
pub(super) fn verdict<'a>(
    case: &'a Case,
    answers: &'a Answers,
    loaded: &'a Loaded,
    changes: &[Change],
) -> impl serde::Serialize + 'a {
    json::verdict(case, answers, loaded, changes)
}
