//! The image reference is not valid: what it looks like, and what fixes it. The page for users is `malformed_image_reference.md`.

use ecrpass_core::DiagnosisId;

use crate::catalogue::entry::{Diagnosis, Page, check, says};
use crate::catalogue::remedy::{by_hand, confirm, run};
use crate::check::Stage;
use crate::finding::Severity;

pub static DIAGNOSIS: Diagnosis = Diagnosis {
    id: DiagnosisId::MalformedImageReference,
    page: Page::new(include_str!("malformed_image_reference.md")),
    severity: Severity::Error,
    signatures: &[
        says(&["manifests/", "400 bad request"]).without(&["put request"]).about_ecr().weight(62),
        says(&["invalid reference format"]).not_another().weight(92),
        says(&["repository name must be lowercase"]).not_another().weight(94),
        says(&["is not a valid repository/tag"]).not_another().weight(92),
        says(&["repository name must have at least one component"]).not_another().weight(93),
        says(&["repository name must be canonical"]).not_another().weight(93),
        says(&["invalidimagename"]).weight(93),
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
        says(&["tag_invalid"]).about_ecr().weight(92),
        says(&["name_invalid"]).about_ecr().weight(92),
    ],
    remedies: &[
        by_hand(
            "correct the reference: host, repository and tag, as in HOST/team/app:1.0, in lower case, with no empty variable in it",
        ),
        run("see what the variables contain", "printf '%s\\n' \"$IMAGE\""),
    ],
    confirm: &[confirm("printf '%s\\n' \"$IMAGE\"")],
    check: check(Stage::Name, |case| case.misnamed()),
};
