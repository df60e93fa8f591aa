//! Findings in the format that was asked for.

use ecrpass_diagnosis::engine::sarif::sarif;
use ecrpass_diagnosis::finding::{Finding, Findings};

use crate::error::CommandError;
use crate::render::format::FindingsFormat as Format;
use crate::render::report;
use crate::render::ui::Ui;

/// Prints findings in a format.
pub fn print(findings: Vec<Finding>, format: Format, ui: &mut Ui) -> Result<(), CommandError> {
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
            ui.result("No ECR failure that ecrpass knows was found.")?;
            ui.note("  Next: ecrpass resolve <registry> --client all shows what each client would send; ecrpass doctor <image> checks this machine");
        }
        Format::Text => {
            ui.results(report::findings(&findings))?;
        }
    }
    Ok(())
}
