//! A pipeline's login by stored keys or by `get-login-password`, rewritten: the job assumes a role with a token of its CI
//! system, and the credential helper gets the registry's password.
//!
//! Only what is understood is rewritten; for everything else the place is named, and the file is left as it is. What comes
//! out is read again before it is shown: `check`.

mod azure;
mod bitbucket;
mod buildkite;
mod chains;
mod check;
mod circleci;
mod github;
mod gitlab;
mod jenkins;
mod jobs;
mod lines;
mod locate;
mod put;
mod secrets;
mod snippet;
mod work;

use ecrpass_audit::edit::{self, FileEdit};
use ecrpass_audit::kind::FileKind;
use ecrpass_audit::models::{Common, Shelf};
use ecrpass_audit::rule::Examined;
use ecrpass_audit::source::{Damage, Tree};
use ecrpass_audit::system::System;

use self::work::Work;
pub use self::work::{Conversion, Obstacle, Target};

/// Converts a file of a tree; nothing where there is no such login in it.
///
/// # Errors
/// The places that are not understood, all of them.
pub fn convert(tree: &Tree, path: &str, target: &Target) -> Result<Option<Conversion>, Vec<Obstacle>> {
    let Some(index) = tree.index_of(path) else { return Ok(None) };
    let common = Common::default();
    let shelf = Shelf::new(tree, &common);
    let Some(models) = shelf.models(index) else { return Ok(None) };
    let file = models.file();
    let examined = Examined { file, tree, models };
    let system = match file.kind {
        FileKind::Pipeline(system) => system,
        _ => {
            return Err(vec![Obstacle::new(
                0..0,
                "This is not a pipeline that is known by its name or its content.",
                "name a pipeline's file: a workflow, .gitlab-ci.yml, a Jenkinsfile",
            )]);
        }
    };
    // What is not read may be the login.
    if let Some(Damage { line, why, .. }) = examined.models.damage() {
        let start = file.text.split_inclusive('\n').take(line - 1).map(str::len).sum();
        return Err(vec![Obstacle::new(
            start..start,
            format!("The file breaks off here: {why}."),
            "correct it, as the CI system cannot read it either; then convert it",
        )]);
    }
    let made = match system {
        System::Github => github::convert(&examined, target),
        System::Gitlab => gitlab::convert(&examined, target),
        System::Circleci => circleci::convert(&examined, target),
        System::Bitbucket => bitbucket::convert(&examined, target),
        System::Buildkite => buildkite::convert(&examined, target),
        System::Azure => azure::convert(&examined, target),
        System::Jenkins => jenkins::convert(&examined, target),
        _ => Err(vec![Obstacle::new(
            0..0,
            "This CI system has no identity tokens that AWS could take.",
            "give its runners a role of their own: an instance profile, a task role, a pod identity",
        )]),
    }?;
    if made.edits.is_empty() {
        return Ok(None);
    }
    let edits: Vec<&FileEdit> = made.edits.iter().collect();
    let (text, done) = edit::apply(&file.text, &edits);
    if done.contains(&false) {
        return Err(vec![Obstacle::new(
            0..0,
            "Two logins stand too close together to be rewritten at once.",
            "convert one of them by hand",
        )]);
    }
    check::check(tree, index, system, &text)?;
    let Work { logins, needs, secrets, hosts, .. } = made;
    Ok(Some(Conversion { system, text, logins, needs, secrets, hosts }))
}

#[cfg(test)]
#[path = "convert/tests.rs"]
mod tests;
