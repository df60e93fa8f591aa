//! The image to push is not there: what it looks like, and what fixes it. The page for users is `image_missing_locally.md`.

use ecrpass_core::DiagnosisId;

use crate::catalogue::common;
use crate::catalogue::entry::{Diagnosis, Page, check, says};
use crate::catalogue::remedy::{by_hand, look};
use crate::check::{Case, CheckOutcome, Stage, clear, found, unknown};
use crate::facts::Seen;
use crate::finding::Severity;

pub static DIAGNOSIS: Diagnosis = Diagnosis {
    id: DiagnosisId::ImageMissingLocally,
    page: Page::new(include_str!("image_missing_locally.md")),
    severity: Severity::Error,
    signatures: &[
        says(&["level=fatal msg=\"image", "not found"]).about_ecr().weight(92),
        says(&["an image does not exist locally with the tag"]).not_another().weight(94),
        says(&["tag does not exist:"]).not_another().weight(93),
        // The daemon says it to one who asks before it pulls, too.
        says(&["no such image:"]).about_ecr().without(&["unable to inspect", "handler for get"]).weight(74),
        says(&["error response from daemon: no such image"])
            .without(&["unable to inspect"])
            .about_ecr()
            .weight(80),
        says(&["image not known"]).about_ecr().weight(91),
        says(&["no image found with the tag"]).about_ecr().weight(91),
        says(&["unable to find image", "locally"]).near(&["docker push"]).about_ecr().weight(74),
        says(&["image does not exist locally"]).about_ecr().weight(92),
        says(&["failed to find image", "local"]).about_ecr().weight(88),
        says(&["does not exist in local storage"]).about_ecr().weight(88),
    ],
    remedies: &[
        look("see what there is", "docker image ls {host}/{repository}"),
        by_hand("check the build step earlier in the log; build and tag with exactly this name"),
    ],
    confirm: &[common::LIST_IMAGES],
    check: check(Stage::Name, examine),
};

fn examine(case: &Case<'_>) -> CheckOutcome {
    match &case.subject.local_image {
        Seen::Known(false) if case.bundle.question.pushes() => {
            found("the docker daemon", format!("has no image named {}", case.image())).outcome()
        }
        Seen::Known(_) => clear("the docker daemon has it"),
        Seen::Unknown(why) => unknown(why),
    }
}
