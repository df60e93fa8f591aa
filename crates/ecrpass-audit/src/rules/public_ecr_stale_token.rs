//! An expired login for ECR Public: it keeps even anonymous pulls from working.

use ecrpass_core::DiagnosisId;
use ecrpass_diagnosis::finding::Severity;

use crate::hit::Hit;
use crate::kind::FileKind;
use crate::rule::{Examined, Rule};
use crate::stored::logins::{self, is_of_tests};

/// `public-ecr-stale-token`
pub static RULE: Rule = Rule { id: DiagnosisId::PublicEcrStaleToken, look };

fn look(examined: &Examined<'_>) -> Vec<Hit> {
    let (file, now) = (examined.file, examined.tree.now);
    if matches!(file.kind, FileKind::Log | FileKind::History) || is_of_tests(&file.path) {
        return Vec::new();
    }
    let expired = logins::of(file, examined.models.stored())
        .into_iter()
        .filter(|login| !login.is_live(now) && login.is_public() && login.fields.is_empty());
    expired
        .map(|login| {
            let title = format!("an expired login for {} is sent in place of none", login.host());
            let edit = login.removal(file);
            Hit::new(Severity::Warning, title, login.spots(file, now)).with_edit(edit).about(login.registry)
        })
        .collect()
}
