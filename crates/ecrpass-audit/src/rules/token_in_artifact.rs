//! The CI system keeps the directory with the login, or a file with the password.

use ecrpass_core::DiagnosisId;
use ecrpass_diagnosis::finding::Severity;

use crate::commands;
use crate::credential_path::{self, CredentialPath};
use crate::edit::{FileEdit, Safety};
use crate::hit::{Hit, Spot};
use crate::jobs::edits::edit;
use crate::jobs::kept_paths::{Holds, held};
use crate::jobs::login_edits::line_removed;
use crate::jobs::{active, spot};
use crate::known::Known;
use crate::pipeline::{Kept, KeptAs};
use crate::rule::{Examined, Rule};

/// `token-in-artifact`
pub static RULE: Rule = Rule { id: DiagnosisId::TokenInArtifact, look };

fn look(examined: &Examined<'_>) -> Vec<Hit> {
    let mut hits: Vec<Hit> = Vec::new();
    for job in active(examined) {
        for kept in job.kept.iter().filter(|kept| kept.how != KeptAs::Output) {
            let Some(holds) = held(job, kept) else { continue };
            // Jobs share settings through anchors and templates.
            let path = kept.path.as_deref().unwrap_or(&examined.file.path);
            let is_same = |first: &Spot| first.bytes == kept.bytes && first.path == path;
            if hits.iter().any(|hit| hit.spots.first().is_some_and(is_same)) {
                continue;
            }
            let mut hit = hit(examined, kept, &holds);
            if kept.path.is_some() {
                hit.spots.push(spot(examined, job.bytes.clone(), "this job has the login"));
            }
            hits.push(hit);
        }
    }
    hits.extend(uploads(examined));
    hits
}

fn hit(examined: &Examined<'_>, kept: &Kept, holds: &Holds) -> Hit {
    let how = match kept.how {
        KeptAs::Cache => "cache or workspace",
        KeptAs::Dotenv => "report",
        KeptAs::Artifact | KeptAs::Output => "artifact",
    };
    let path = kept.path.as_deref().unwrap_or(&examined.file.path);
    let mut spots = vec![Spot::new(path, kept.bytes.clone(), format!("kept as {how}"))];
    let title = match holds {
        Holds::Credentials(of) => format!("the {how} keeps {}", of.name()),
        Holds::Password(path, bytes) => {
            let path = path.as_deref().unwrap_or(&examined.file.path);
            spots.push(Spot::new(path, bytes.clone(), "the password is written here"));
            format!("the {how} keeps a file with the registry password")
        }
    };
    spots.push(Spot::new(path, kept.by.clone(), "kept here"));
    Hit::new(Severity::Error, title, spots).with_edit(left_out(examined, kept))
}

/// The path taken out, where others are kept with it.
fn left_out(examined: &Examined<'_>, kept: &Kept) -> Option<FileEdit> {
    let is_here = kept.path.is_none() && examined.file.is_yaml();
    let removed = is_here.then(|| line_removed(&examined.file.text, &kept.bytes)).flatten()?;
    Some(edit("Keep the other paths only", Safety::Unsafe, vec![removed]))
}

/// `buildkite-agent artifact upload ~/.docker/config.json`
fn uploads(examined: &Examined<'_>) -> Vec<Hit> {
    let mut hits = Vec::new();
    for scripted in commands::scripts(examined) {
        let Some(job) = scripted.job else { continue };
        for (_, command) in scripted.commands().filter(|(_, command)| command.program() == "buildkite-agent")
        {
            let words: Vec<&str> = command.words.iter().skip(1).map(|word| word.shown()).collect();
            let ["artifact", "upload", path, ..] = words.as_slice() else { continue };
            let kept = Kept::path(
                KeptAs::Artifact,
                Known::one_of([(*path).to_owned()]),
                path,
                command.bytes.clone(),
                command.bytes.clone(),
            );
            let of_home = credential_path::of_host(path).filter(|of| *of != CredentialPath::AwsSettings);
            if let Some(holds) = held(job, &kept).or_else(|| of_home.map(Holds::Credentials)) {
                hits.push(hit(examined, &kept, &holds));
            }
        }
    }
    hits
}
