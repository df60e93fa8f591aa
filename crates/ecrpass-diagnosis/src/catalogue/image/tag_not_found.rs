//! The repository has no image of that tag or digest: what it looks like, and what fixes it. The page for users is `tag_not_found.md`.

use ecrpass_core::DiagnosisId;

use crate::catalogue::common;
use crate::catalogue::entry::{Diagnosis, Page, check, says};
use crate::catalogue::remedy::{by_hand, confirm, look};
use crate::check::{Case, CheckOutcome, Stage, clear};
use crate::finding::Severity;

pub static DIAGNOSIS: Diagnosis = Diagnosis {
    id: DiagnosisId::TagNotFound,
    page: Page::new(include_str!("tag_not_found.md")),
    severity: Severity::Error,
    signatures: &[
        says(&["@answered-404", "manifests/"]).without(&["@pull-through", "level=debug", "debu["]).weight(84),
        says(&["content at https://", "manifests/", "not found"]).about_ecr().without(&["@pull-through"]).weight(88),
        says(&["fetchreference", ": not found"]).about_ecr().without(&["@pull-through"]).weight(84),
        // SageMaker's words.
        says(&["requested image ", " not found"]).about_ecr().without(&["@pull-through"]).weight(91),
        says(&["images included in the model", "permissions to access them"]).weight(62),
        says(&["cannot pull algorithm container"]).weight(69),
        says(&["@pull-through", "not found"]).weight(76),
        says(&["@pull-through", "manifest unknown"]).weight(78),
        says(&["layersnotfoundexception"]).weight(92),
        says(&["does not exist within the repository with name"]).weight(93),
        says(&["requested image not found"]).without(&["@pull-through"]).weight(95),
        says(&["imagenotfoundexception"]).weight(95),
        says(&["manifest unknown"]).without(&["@pull-through"]).about_ecr().weight(92),
        says(&["manifest_unknown"]).without(&["@pull-through"]).about_ecr().weight(92),
        says(&["the image with imageid", "does not exist"]).weight(95),
        says(&["manifest for", "not found"]).without(&["@pull-through"]).about_ecr().weight(91),
        says(&["failed to resolve reference", ": not found"]).about_ecr().without(&["@pull-through"]).weight(84),
        says(&["failed to resolve source metadata", ": not found"]).about_ecr().without(&["@pull-through"]).weight(84),
        says(&["@private-registry", ": not found"])
            .without(&["executable", "docker-credential", "repository ", "@pull-through", "media type text/html"])
            .near(&["failed to pull", "failed to resolve", "cannotpull", "failed to solve"])
            .weight(82),
        says(&["image", "not found"]).near(&["cannotpullcontainererror"]).about_ecr().weight(78),
        says(&["cannotpullcontainererror", "404", "not found"]).about_ecr().weight(74),
        says(&["failed to get manifest", "404"]).about_ecr().weight(88),
        says(&["manifests/", "404 not found"]).without(&["@pull-through"]).about_ecr().weight(90),
        says(&["source image", "does not exist. provide a valid source image"]).about_ecr().weight(92),
        says(&["imagepullbackoff"]).about_ecr().weight(48),
        says(&["back-off pulling image"]).about_ecr().weight(46),
    ],
    remedies: &[look("list the tags", "aws ecr describe-images --region {region} --registry-id {account} --repository-name {repository} --query 'imageDetails[].imageTags'").private(), look("see whether a lifecycle policy removed it", "aws ecr get-lifecycle-policy --region {region} --repository-name {repository}").private(), by_hand("list the tags: https://gallery.ecr.aws/{repository}").public(), by_hand("push the image, or correct the tag")],
    confirm: &[confirm("aws ecr describe-images --region {region} --registry-id {account} --repository-name {repository} --image-ids imageTag={tag}").private(), common::INSPECT_PUBLIC_IMAGE],
    check: check(Stage::Image, examine),
};

fn examine(case: &Case<'_>) -> CheckOutcome {
    if case.bundle.question.pushes() {
        return clear("a push creates the tag");
    }
    case.said_or(case.allowed_or_unknown())
}
