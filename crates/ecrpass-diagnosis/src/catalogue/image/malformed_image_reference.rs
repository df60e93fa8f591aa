//! The image reference is not valid: what it looks like, and what fixes it. The page for users is `malformed_image_reference.md`.

use ecrpass_clients::client::Client;
use ecrpass_core::image::ImageReference;
use ecrpass_core::{CommandLine, DiagnosisId};

use crate::catalogue::entry::{Diagnosis, Page, check, says};
use crate::catalogue::remedy::{by_hand, confirm, look};
use crate::check::{Case, CheckOutcome, Stage};
use crate::finding::{Fix, Severity};

pub static DIAGNOSIS: Diagnosis = Diagnosis {
    id: DiagnosisId::MalformedImageReference,
    page: Page::new(include_str!("malformed_image_reference.md")),
    severity: Severity::Error,
    signatures: &[
        // Lambda's words, for one without a tag, without a registry, or of another registry than it reads from.
        says(&["source image", "is not valid. provide a valid source image"]).weight(82),
        says(&["manifests/", "400 bad request"]).without(&["put request"]).about_ecr().weight(62),
        // A reference without a tag, which some clients ask for as if it were a URL.
        says(&["code https://", "405 method not allowed"]).without(&["/v2/"]).about_ecr().weight(92),
        says(&["invalid reference format"]).not_another().weight(92),
        says(&["repository name must be lowercase"]).not_another().weight(94),
        says(&["is not a valid repository/tag"]).not_another().weight(92),
        says(&["repository name must have at least one component"]).not_another().weight(93),
        says(&["repository name must be canonical"]).not_another().weight(93),
        says(&["invalidimagename"]).not_another().weight(93),
        says(&["couldn't parse image name"]).not_another().weight(93),
        says(&["couldn't parse image reference"]).not_another().weight(93),
        says(&["could not parse reference"]).not_another().weight(92),
        says(&["could not parse image reference"]).not_another().weight(92),
        says(&["failed to parse image reference"]).not_another().weight(92),
        says(&["failed to apply default image tag"]).not_another().weight(93),
        says(&["invalid argument", "-t, --tag"]).not_another().weight(93),
        says(&["invalid tag"]).not_another().weight(91),
        says(&["invalid image name"]).not_another().weight(91),
        says(&["invalid image reference"]).not_another().weight(91),
        says(&["pull access denied", "@no-repository"]).without(&["v2/"]).weight(94),
        says(&["@bad-tag", "400"]).weight(95),
        says(&["@bad-tag"]).weight(84),
        says(&["requested access to the resource is denied", "@no-repository"]).weight(93),
        says(&["invalid parameter at 'imagetag'"]).weight(94),
        says(&["invalid parameter at 'repositoryname'"]).without(&["amazonaws.com"]).weight(92),
        says(&["error parsing reference"]).not_another().weight(90),
        // ECR says the same of a tag that it does not overwrite.
        says(&["tag_invalid"]).without(&["immutable", "cannot be overwritten"]).about_ecr().weight(92),
        says(&["name_invalid"]).about_ecr().weight(92),
    ],
    remedies: &[
        by_hand(
            "correct the reference: host, repository and tag, as in HOST/team/app:1.0, in lower case, with no empty variable in it",
        ),
        look("see what the variables contain", "printf '%s\\n' \"$IMAGE\""),
    ],
    confirm: &[confirm("printf '%s\\n' \"$IMAGE\"")],
    check: check(Stage::Name, examine),
};

fn examine(case: &Case<'_>) -> CheckOutcome {
    let outcome = case.misnamed();
    let pushes = case.bundle.question.pushes();
    let command = match (case.client(), pushes) {
        (Some(Client::Docker), false) => Some("docker pull"),
        (Some(Client::Docker), true) => Some("docker push"),
        (Some(Client::Podman), false) => Some("podman pull"),
        (Some(Client::Podman), true) => Some("podman push"),
        _ => None,
    };
    match (outcome, command.zip(corrected(&case.subject.name))) {
        (CheckOutcome::Found(mut proof), Some((command, name))) => {
            let fix = Fix::run("use the corrected reference", CommandLine::shell(command).word(name));
            proof.fixes.insert(0, fix);
            CheckOutcome::Found(proof)
        }
        (outcome, _) => outcome,
    }
}

/// What was most likely meant: in lower case, without what a variable left behind that was empty.
fn corrected(text: &str) -> Option<String> {
    let rest = text.trim().split_once("://").map_or(text.trim(), |(_, rest)| rest);
    let rest = rest.trim_end_matches([':', '/', '@']);
    let (directory, last) = rest.rsplit_once('/')?;
    let (name, tag) = match last.split_once(':') {
        Some((name, tag)) => (name, format!(":{tag}")),
        None => (last, String::new()),
    };
    let path: Vec<&str> = directory.split('/').chain([name]).filter(|part| !part.is_empty()).collect();
    let corrected = format!("{}{tag}", path.join("/").to_ascii_lowercase());
    (corrected != text && ImageReference::parse(&corrected).is_ok()).then_some(corrected)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_meant_is_clear_from_most_slips() {
        let host = "123456789012.dkr.ecr.us-east-1.amazonaws.com";
        for (text, meant) in [
            ("/Team/App:V1", Some("/team/app:V1")),
            ("/team/app:", Some("/team/app")),
            ("//team//app:1", Some("/team/app:1")),
            ("/team/app@", Some("/team/app")),
            ("/team/app:1", None),
            ("/te am/app:1", None),
            ("/", None),
        ] {
            let meant = meant.map(|meant| format!("{host}{meant}"));
            assert_eq!(corrected(&format!("{host}{text}")), meant, "{text}");
        }
    }
}
