//! A conversion is read again, as the audit reads it: it has to be a pipeline still, and the login has to be gone.

use ecrpass_audit::audit::{Question, audit};
use ecrpass_audit::models::{Common, Shelf};
use ecrpass_audit::named;
use ecrpass_audit::rules::RULES;
use ecrpass_audit::settings::Settings;
use ecrpass_audit::skeleton::Skeleton;
use ecrpass_audit::source::Tree;
use ecrpass_audit::system::System;
use ecrpass_audit::yaml;
use ecrpass_core::DiagnosisId;

use crate::convert::work::Obstacle;

/// What a conversion takes away.
pub const CAUSES: [DiagnosisId; 5] = [
    DiagnosisId::StaticKeysInPipeline,
    DiagnosisId::DeprecatedGetLogin,
    DiagnosisId::PasswordOnCommandLine,
    DiagnosisId::OidcTokenPermissionMissing,
    DiagnosisId::NotLoggedIn,
];

/// Checks the new text of a file of a tree.
///
/// # Errors
/// What would be wrong with it.
pub fn check(tree: &Tree, index: usize, system: System, text: &str) -> Result<(), Vec<Obstacle>> {
    let refused = |what: String| {
        vec![Obstacle::new(0..0, what, "convert it by hand; ecrpass ci generate shows the steps")]
    };
    if system != System::Jenkins
        && let Err(error) = yaml::read(text)
    {
        return Err(refused(format!("The converted file would not be YAML any more: {error}.")));
    }
    let mut files = tree.files().to_vec();
    let Some(file) = files.get_mut(index) else { return Ok(()) };
    file.text = text.to_owned();
    let path = file.path.clone();
    let new_tree = named::tree(files, tree.now);
    if repeated(&new_tree, index) > repeated(tree, index) {
        return Err(refused("The converted file would have a key twice.".to_owned()));
    }
    let before = found(tree, &path);
    let after = found(&new_tree, &path);
    // What was wrong with it before, and has another cause, is not this one's to fix.
    let new =
        after.iter().find(|(id, _)| CAUSES.contains(id) || !before.iter().any(|(known, _)| known == id));
    match new {
        Some((id, title)) => {
            Err(refused(format!("The converted file would still have a finding, {id}: {title}.")))
        }
        None => Ok(()),
    }
}

/// How many keys of a file stand in a mapping that has them already.
fn repeated(tree: &Tree, index: usize) -> usize {
    let common = Common::default();
    let shelf = Shelf::new(tree, &common);
    shelf.models(index).map_or(0, |models| Skeleton::of(&models).repeated)
}

fn found(tree: &Tree, path: &str) -> Vec<(DiagnosisId, String)> {
    let only = std::collections::HashSet::from([path.to_owned()]);
    let question =
        Question { rules: RULES, settings: &Settings::default(), only: Some(&only), only_pipelines: true };
    audit(tree, &question).found.into_iter().map(|found| (found.id, found.finding.title)).collect()
}
