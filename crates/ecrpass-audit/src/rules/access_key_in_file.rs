//! An access key of AWS is written in a file.

use ecrpass_core::DiagnosisId;
use ecrpass_diagnosis::finding::Severity;

use crate::hit::{Hit, Spot};
use crate::kind::{FileKind, Owner};
use crate::rule::{Examined, Rule};

/// `access-key-in-file`
pub static RULE: Rule = Rule { id: DiagnosisId::AccessKeyInFile, look };

/// How many places of one key are told.
const MAX_PLACES: usize = 10;

fn look(examined: &Examined<'_>) -> Vec<Hit> {
    let path = &examined.file.path;
    // The AWS CLI's own file is where keys belong.
    let is_own = examined.file.kind == FileKind::AwsFile && examined.file.owner == Owner::Machine;
    if is_own && !examined.tree.is_host {
        return Vec::new();
    }
    let keys = examined.models.stored().keys.iter();
    keys.map(|key| {
        let (severity, title) = if key.is_temporary {
            (Severity::Warning, "a session's access key is written in this file")
        } else {
            (
                if is_own { Severity::Warning } else { Severity::Error },
                "an access key that does not expire is written in this file",
            )
        };
        let ids = key.places.iter().take(MAX_PLACES);
        let mut spots: Vec<Spot> = ids.map(|bytes| Spot::new(path, bytes.clone(), "the key's id")).collect();
        spots.extend(key.secret.iter().map(|bytes| Spot::new(path, bytes.clone(), "its secret")));
        Hit::new(severity, title, spots)
    })
    .collect()
}
