//! Findings in the format that was asked for.

use ecrpass_diagnosis::engine::sarif::sarif;
use ecrpass_diagnosis::finding::{Finding, Findings};

use crate::error::CommandError;
use crate::render::format::FindingsFormat as Format;
use crate::render::report;
use crate::render::ui::Ui;

/// What is said on a terminal where there are none.
#[derive(Clone, Copy, Debug)]
pub struct Without<'a> {
    /// The result.
    pub result: &'a str,
    /// What else can be done; empty for nothing.
    pub note: &'a str,
}

/// Prints findings in a format.
///
/// # Errors
/// When standard output cannot be written.
pub fn print(
    findings: Vec<Finding>,
    format: Format,
    without: Without<'_>,
    ui: &mut Ui,
) -> Result<(), CommandError> {
    let findings = ui.shown(findings);
    match format {
        Format::Json => ui.json(&Findings::new(findings))?,
        Format::Sarif => ui.json(&sarif(&findings, env!("CARGO_PKG_VERSION")))?,
        Format::Github => {
            for finding in &findings {
                ui.annotation(finding)?;
            }
        }
        Format::Text if findings.is_empty() => {
            ui.result(without.result)?;
            if !without.note.is_empty() {
                ui.note(without.note);
            }
        }
        Format::Text => {
            ui.results(report::findings(&findings))?;
        }
    }
    Ok(())
}
