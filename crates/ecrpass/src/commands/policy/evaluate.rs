//! `ecrpass policy evaluate`: whether somebody may do something, by the policies in these files, and which statement
//! decides.

mod arguments;
mod json;
mod load;
mod question;
mod quote;
mod reason;
mod report;
mod template;
mod words;

pub use self::arguments::Arguments;
use crate::error::CommandError;
use crate::render::format::Format;
use crate::render::ui::Ui;
use ecrpass_iam::Verdict;
use ecrpass_iam::change;

/// How many findings people are shown.
const MAX_SHOWN: usize = 20;

/// Runs the command.
///
/// # Errors
/// [`CommandError::Found`] when it is not allowed for certain; otherwise when something cannot be read.
pub fn run(arguments: &Arguments, ui: &mut Ui) -> Result<(), CommandError> {
    let asked = question::ask(arguments)?;
    let loaded = load::load(arguments, asked.beside, &asked.case)?;
    let answers = asked.case.decide(&loaded.policies);
    let changes = change::smallest(&asked.case, &loaded.policies);
    match arguments.format {
        Format::Json => ui.json(&json::verdict(&asked.case, &answers, &loaded, &changes))?,
        Format::Text => {
            let what = asked.task.map(|task| task.id().to_owned());
            let lines = report::lines(&asked.case, what.as_deref(), &answers, &loaded, &changes);
            ui.results(lines)?;
            for finding in loaded.findings.iter().take(MAX_SHOWN) {
                ui.notes(report::finding(finding));
            }
            ui.notes(report::gaps(&loaded, MAX_SHOWN));
        }
    }
    if answers.verdict() == Verdict::Allowed { Ok(()) } else { Err(CommandError::Found) }
}
