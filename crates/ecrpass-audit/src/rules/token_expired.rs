//! An ECR login that has expired is stored in a file: clients send it and are refused.

use ecrpass_core::DiagnosisId;
use ecrpass_diagnosis::finding::Severity;

use crate::hit::Hit;
use crate::kind::FileKind;
use crate::rule::{Examined, Rule};
use crate::stored::logins::{self, is_of_tests};

/// `token-expired`
pub static RULE: Rule = Rule { id: DiagnosisId::TokenExpired, look };

fn look(examined: &Examined<'_>) -> Vec<Hit> {
    let (file, now) = (examined.file, examined.tree.now);
    // What was printed or typed in the past does no harm.
    if matches!(file.kind, FileKind::Log | FileKind::History) || is_of_tests(&file.path) {
        return Vec::new();
    }
    let expired = logins::of(file, examined.models.stored())
        .into_iter()
        .filter(|login| !login.is_live(now) && !login.is_public() && login.fields.is_empty());
    expired
        .map(|login| {
            let title = format!("the login for {} that is stored here has expired", login.host());
            let edit = login.removal(file);
            Hit::new(Severity::Warning, title, login.spots(file, now)).with_edit(edit).about(login.registry)
        })
        .collect()
}
