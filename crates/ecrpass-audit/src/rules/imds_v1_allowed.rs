//! The first version of the metadata service is allowed: a forged request gets the role's credentials.

use std::ops::Range;

use ecrpass_core::DiagnosisId;
use ecrpass_diagnosis::finding::Severity;

use crate::commands;
use crate::edit::{FileEdit, Replacement, Safety};
use crate::hit::{Hit, Spot};
use crate::infrastructure::metadata;
use crate::rule::{Examined, Rule};

/// `imds-v1-allowed`
pub static RULE: Rule = Rule { id: DiagnosisId::ImdsV1Allowed, look };

fn look(examined: &Examined<'_>) -> Vec<Hit> {
    let stack = examined.models.stack();
    let options = stack.iter().flat_map(metadata::of).filter(|options| !options.is_disabled);
    let optional = options.filter_map(|options| options.tokens.filter(|(value, _)| value == "optional"));
    let given = stack.iter().flat_map(metadata::given_tokens).filter(|(value, _)| value == "optional");
    let in_commands = commands::metadata::optional(examined).into_iter().map(|(bytes, is_own)| {
        let hit = found(examined, bytes);
        if is_own { hit } else { hit.with_edit(None) }
    });
    optional.chain(given).map(|(_, bytes)| found(examined, bytes)).chain(in_commands).collect()
}

/// The hit of a setting at that place.
pub(crate) fn found(examined: &Examined<'_>, bytes: Range<usize>) -> Hit {
    let title = "the metadata service answers without a token (version 1)";
    let spot = Spot::new(&examined.file.path, bytes.clone(), "required is safer");
    let written = examined.file.text.get(bytes.clone()).unwrap_or_default();
    // Only where the word itself stands there.
    let edit = written.contains("optional").then(|| FileEdit {
        summary: "Require tokens of the metadata service".to_owned(),
        safety: Safety::Unsafe,
        replacements: vec![Replacement { bytes, text: written.replace("optional", "required") }],
    });
    Hit::new(Severity::Warning, title, vec![spot]).with_edit(edit)
}
