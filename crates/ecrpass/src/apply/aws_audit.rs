//! What AWS says of what a tree speaks of, as findings: keys and repositories by themselves, policies by the audit's own
//! rules.

use ecrpass_audit::audit::{Question, audit};
use ecrpass_audit::elsewhere::FoundElsewhere;
use ecrpass_audit::live;
use ecrpass_audit::rule::Rule;
use ecrpass_audit::rules::RULES;
use ecrpass_audit::source::Tree;
use ecrpass_core::DiagnosisId;
use ecrpass_core::environment::Environment;
use ecrpass_diagnosis::finding::{Action, OwnCommand};

use crate::apply::audit::Looked;
use crate::collect::aws_audit::{self, Said};
use crate::collect::registry_session::Place;
use crate::error::CommandError;
use crate::render::progress::Progress;
use crate::render::ui::Ui;

/// What policies at AWS are looked at for.
const OF_POLICIES: [DiagnosisId; 3] =
    [DiagnosisId::IamEcrTooWide, DiagnosisId::OidcTrustTooWide, DiagnosisId::RepositoryPolicyPublic];

/// Asks AWS about what a tree speaks of.
///
/// # Errors
/// When nobody can be asked.
pub fn ask_about(
    looked: &Looked<'_>,
    place: &Place,
    environment: &dyn Environment,
    ui: &mut Ui,
) -> Result<Vec<FoundElsewhere>, CommandError> {
    let mut progress = Progress::new(ui);
    let said = place.ask(environment, false, |api, asked| {
        aws_audit::collect(api, looked.tree, &asked.region, &mut |what| progress.say(what))
    });
    drop(progress);
    let Said { keys, repositories, documents, unread, left_out } = said?;
    for why in unread.values() {
        ui.note(&format!("note: AWS was not asked for everything: {why}."));
    }
    for what in left_out {
        ui.note(&format!("note: there is much at AWS: {what} were left out."));
    }
    let now = looked.tree.now;
    let mut found = live::findings(&keys, &repositories, looked.tree);
    let rules: Vec<&Rule> = RULES.iter().filter(|rule| OF_POLICIES.contains(&rule.id)).copied().collect();
    let question = Question { rules: &rules, settings: looked.settings, only: None, only_pipelines: false };
    let of_policies = audit(&Tree::new(documents, now), &question).found;
    found.extend(of_policies.into_iter().map(|found| {
        let mut finding = found.finding;
        // There is no such file to change.
        finding.fixes.retain(|fix| !matches!(fix.action, Action::Ecrpass(OwnCommand::AuditFix { .. })));
        let path = format!("{}{}", live::AT_AWS, found.path);
        FoundElsewhere { finding, path, what: found.what, places: Vec::new() }
    }));
    found.sort_by_key(|found| found.finding.severity);
    Ok(found)
}
