//! The image is not built for this machine's platform: what it looks like, and what fixes it. The page for users is `platform_mismatch.md`.

use ecrpass_core::DiagnosisId;

use crate::catalogue::common;
use crate::catalogue::entry::{Diagnosis, Page, check, says};
use crate::catalogue::remedy::{look, run};
use crate::check::{Case, CheckOutcome, Stage, clear, found, unknown};
use crate::finding::Severity;

pub static DIAGNOSIS: Diagnosis = Diagnosis {
    id: DiagnosisId::PlatformMismatch,
    page: Page::new(include_str!("platform_mismatch.md")),
    severity: Severity::Error,
    signatures: &[
        // App Runner's words, for which a role without permission is the other reason.
        says(&["failed to copy the image from ecr"]).weight(64),
        // Bedrock AgentCore's words.
        says(&["architecture incompatible for uri"]).weight(95),
        says(&["image platform (", "does not match the expected platform"]).about_ecr().weight(91),
        says(&["failed to find a descriptor for platform"]).not_another().weight(92),
        says(&["no match for platform in manifest"]).not_another().weight(94),
        says(&["no matching manifest for"]).about_ecr().weight(94),
        says(&["no matching manifest for"]).not_another().weight(90),
        says(&["image manifest does not contain descriptor matching platform"]).weight(97),
        says(&["exec format error"])
            .about_ecr()
            .without(&["docker-credential", "ecr-credential-provider"])
            .weight(92),
        says(&["exec format error"])
            .shared()
            .without(&["docker-credential", "ecr-credential-provider", "cannot execute binary file"])
            .weight(80),
        says(&["does not match the detected host platform"]).about_ecr().weight(91),
        says(&["does not match the specified platform"]).about_ecr().weight(92),
        says(&["cannot be used on this platform"]).about_ecr().weight(92),
        says(&["no image found in image index for architecture"]).about_ecr().weight(93),
        says(&["no image found in manifest list for architecture"]).about_ecr().weight(93),
        says(&["choosing an image from manifest list", "no image found"]).about_ecr().weight(93),
        says(&["no child with platform"]).about_ecr().weight(92),
    ],
    remedies: &[
        run(
            "build for both platforms; the one that is not this machine's needs QEMU: docker run --privileged --rm tonistiigi/binfmt --install all",
            "docker buildx create --use && docker buildx build --platform linux/amd64,linux/arm64 --tag {host}/{repository}:{tag} --push .",
        ),
        look(
            "see which platforms the image has",
            "docker buildx imagetools inspect {host}/{repository}:{tag}",
        ),
    ],
    confirm: &[common::INSPECT_IMAGE],
    check: check(Stage::Image, examine),
};

fn examine(case: &Case<'_>) -> CheckOutcome {
    let (has, wanted) = (&case.subject.platforms, case.subject.platform.as_str());
    if case.bundle.question.pushes() {
        return clear("a push needs no platform");
    }
    if has.is_empty() || wanted.is_empty() {
        return unknown("the image's platforms are not known");
    }
    if case.fits() {
        return clear(format!("it has a variant for {wanted}"));
    }
    let proof =
        found("the manifest", format!("the image is for {}, and is to run on {wanted}", has.join(", ")));
    // An index has no entry to choose; an image that is alone is pulled, and does not run, or slowly.
    let media_type =
        case.subject.manifest.known().and_then(|answer| answer.media_type.as_deref()).unwrap_or_default();
    if media_type.contains("index") || media_type.contains("manifest.list") {
        proof.title(format!("The image has no variant for {wanted}")).outcome()
    } else {
        proof
            .title(format!("The image is for {}, not for {wanted}", has.join(", ")))
            .therefore(
                "The pull works, but the container then fails with `exec format error`, or runs emulated.",
            )
            .warning()
            .outcome()
    }
}
