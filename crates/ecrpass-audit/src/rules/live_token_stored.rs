//! An ECR login that still works is stored in a file.

use ecrpass_core::DiagnosisId;
use ecrpass_diagnosis::finding::Severity;

use crate::hit::Hit;
use crate::kind::{FileKind, Owner};
use crate::rule::{Examined, Rule};
use crate::stored::logins;

/// `live-token-stored`
pub static RULE: Rule = Rule { id: DiagnosisId::LiveTokenStored, look };

fn look(examined: &Examined<'_>) -> Vec<Hit> {
    let (file, now) = (examined.file, examined.tree.now);
    // Clients keep logins in their configuration, and nobody but its owner reads it.
    let is_own = file.owner == Owner::Machine && file.kind == FileKind::ClientConfig;
    let severity = if is_own { Severity::Warning } else { Severity::Error };
    let live = logins::of(file, examined.models.stored()).into_iter().filter(|login| login.is_live(now));
    live.map(|login| {
        let title = format!("a login for {} that works now is stored in this file", login.host());
        Hit::new(severity, title, login.spots(file, now)).about(login.registry)
    })
    .collect()
}
