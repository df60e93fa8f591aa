//! What an audit found, in the format that was asked for.

use ecrpass_diagnosis::engine::sarif::sarif;
use ecrpass_diagnosis::finding::{Finding, Findings, code_quality, junit};

use crate::error::CommandError;
use crate::render::format::AuditFormat as Format;
use crate::render::report;
use crate::render::ui::Ui;

/// Prints findings in a format; `nothing` is what is said to people where there are none.
///
/// # Errors
/// When standard output cannot be written.
pub fn print(findings: Vec<Finding>, format: Format, nothing: &str, ui: &mut Ui) -> Result<(), CommandError> {
    let findings = ui.shown(findings);
    match format {
        Format::Json => ui.json(&Findings::new(findings))?,
        Format::Sarif => ui.json(&sarif(&findings, env!("CARGO_PKG_VERSION")))?,
        Format::Gitlab => ui.json(&code_quality(&findings))?,
        Format::Junit => ui.results(junit(&findings))?,
        Format::Github => {
            for finding in &findings {
                ui.annotation(finding)?;
            }
        }
        Format::Text if findings.is_empty() => ui.result(nothing)?,
        Format::Text => ui.results(report::audited(&findings))?,
    }
    Ok(())
}
