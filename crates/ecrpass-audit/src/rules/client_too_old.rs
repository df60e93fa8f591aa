//! The pipeline names a version that is out of support or lacks what it needs.

use ecrpass_core::DiagnosisId;
use ecrpass_diagnosis::finding::Severity;

use crate::commands::old_cli;
use crate::deed::What;
use crate::edit::{FileEdit, Replacement, Safety};
use crate::hit::{Hit, Spot};
use crate::jobs::edits::edit;
use crate::jobs::{active, spot, uses};
use crate::known::Known;
use crate::rule::{Examined, Rule};
use crate::version;

/// `client-too-old`
pub static RULE: Rule = Rule { id: DiagnosisId::ClientTooOld, look };

/// Actions, and the first major version that is supported. Source: their release notes, August 2026.
const ACTIONS: [(&str, u32, &str); 2] = [
    ("aws-actions/amazon-ecr-login", 2, "v2"),
    // Versions 4 and 5 are run on a newer node by GitHub itself.
    ("aws-actions/configure-aws-credentials", 4, "v6"),
];

/// The first version of docker with `--password-stdin`.
const FIRST_DOCKER: [u32; 2] = [17, 7];

fn look(examined: &Examined<'_>) -> Vec<Hit> {
    let mut hits: Vec<Hit> = Vec::new();
    let mut currents: Vec<&str> = Vec::new();
    for (_, _, used) in uses(examined) {
        let Some((name, first, current)) = ACTIONS.iter().find(|(name, _, _)| *name == used.name) else {
            continue;
        };
        let major = version::major(&examined.file.text, used.version.as_deref(), used.bytes.end);
        if let Some(major) = major.filter(|major| major < first) {
            let title = format!("version {major} of {name} is out of support; the current one is {current}");
            let place = spot(examined, used.bytes.clone(), "out of support");
            // The same version of the same action is one cause.
            match hits.iter_mut().find(|hit| hit.title == title) {
                Some(hit) if hit.spots.contains(&place) => {}
                Some(hit) => hit.spots.push(place),
                None => {
                    currents.push(current);
                    hits.push(
                        Hit::new(Severity::Warning, title, vec![place])
                            .with_only_advice("name the current version", format!("uses: {name}@{current}")),
                    );
                }
            }
        }
    }
    for (hit, current) in hits.iter_mut().zip(currents) {
        hit.edit = updated(examined, hit, current);
    }
    let references =
        examined.models.pipeline().map(|pipeline| pipeline.references.as_slice()).unwrap_or_default();
    for orb in references.iter().filter(|orb| orb.name == "circleci/aws-ecr") {
        let major = version::major(&examined.file.text, orb.version.as_deref(), orb.bytes.end);
        if let Some(major) = major.filter(|major| *major < 7) {
            let title =
                format!("version {major} of the orb runs `aws ecr get-login`, which AWS CLI 2 does not have");
            let place = spot(examined, orb.bytes.clone(), "runs get-login");
            hits.push(
                Hit::new(Severity::Warning, title, vec![place])
                    .with_only_advice("name the current version", "aws-ecr: circleci/aws-ecr@9"),
            );
        }
    }
    hits.extend(old_cli(examined));
    hits.extend(old_docker(examined));
    hits
}

/// The current version at all places, where each names one. Inputs and outputs may have changed: whoever asks for it looks.
fn updated(examined: &Examined<'_>, hit: &Hit, current: &str) -> Option<FileEdit> {
    let replacement = |spot: &Spot| {
        let used = examined.file.text.get(spot.bytes.clone())?;
        let at = used.rfind('@')? + 1;
        let length = used.get(at..)?.trim_end_matches(['"', '\'']).len();
        let bytes = spot.bytes.start + at..spot.bytes.start + at + length;
        let version = examined.file.text.get(bytes.clone())?.strip_prefix('v')?;
        let is_version = version.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
        is_version.then(|| Replacement { bytes, text: current.to_owned() })
    };
    let replacements = hit.spots.iter().map(replacement).collect::<Option<Vec<_>>>()?;
    Some(edit("Use the current version", Safety::Unsafe, replacements))
}

/// `pip install awscli==1.16.300`, and after it what fetches a password.
fn old_cli(examined: &Examined<'_>) -> Vec<Hit> {
    let title = "this version of the AWS CLI has no get-login-password, which came with 1.17.10";
    let hit = |bytes| Hit::new(Severity::Warning, title, vec![spot(examined, bytes, "too old")]);
    old_cli::all(examined).into_iter().map(hit).collect()
}

/// `image: docker:17.05` in a job that logs in with `--password-stdin`.
fn old_docker(examined: &Examined<'_>) -> Option<Hit> {
    active(examined).find_map(|job| {
        let (image, bytes) = job.container.as_ref()?;
        let tag = image.exactly()?.strip_prefix("docker:")?;
        if !is_before(tag, &FIRST_DOCKER) {
            return None;
        }
        let by_pipe = job
            .deeds()
            .iter()
            .any(|deed| matches!(&deed.what, What::Login { host, .. } if *host != Known::Unknown));
        by_pipe.then(|| {
            let title = "this version of docker has no --password-stdin, which came with 17.07";
            Hit::new(Severity::Warning, title, vec![spot(examined, bytes.clone(), "too old")])
        })
    })
}

/// Whether a whole version is before that one.
fn is_before(version: &str, first: &[u32]) -> bool {
    let parts = version::parts(version);
    parts.len() >= 2 && parts.as_slice() < first
}
