//! What was found in a log, in the format that was asked for.

use ecrpass_diagnosis::finding::Finding;

use crate::error::CommandError;
use crate::render::findings::{self, ForPeople};
use crate::render::format::FindingsFormat as Format;
use crate::render::report;
use crate::render::ui::Ui;

/// Prints findings in a format.
pub fn print(found: Vec<Finding>, format: Format, ui: &mut Ui) -> Result<(), CommandError> {
    let people = ForPeople {
        list: report::findings,
        nothing: "No ECR failure that ecrpass knows was found.",
        note: "  Next: ecrpass resolve <registry> --client all shows what each client would send; ecrpass doctor <image> checks this machine",
    };
    findings::print(found, format, people, ui)
}
