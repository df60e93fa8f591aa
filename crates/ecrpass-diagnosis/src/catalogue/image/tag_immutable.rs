//! The tag exists and may not be overwritten: what it looks like, and what fixes it. The page for users is `tag_immutable.md`.

use ecrpass_core::DiagnosisId;

use crate::catalogue::common;
use crate::catalogue::entry::{Diagnosis, Page, check, says};
use crate::catalogue::remedy::{by_hand, confirm, run};
use crate::check::{Case, CheckOutcome, Stage, clear, found, unknown};
use crate::finding::Severity;

pub static DIAGNOSIS: Diagnosis = Diagnosis {
    id: DiagnosisId::TagImmutable,
    page: Page::new(include_str!("tag_immutable.md")),
    severity: Severity::Error,
    signatures: &[
        // Clients that drop the body of the answer.
        says(&["put request", "manifests/", "400 bad request"])
            .unless_near(&["exporting cache", "cache-to", "buildcache", ":cache"])
            .about_ecr()
            .weight(76),
        says(&["tag is immutable"]).weight(97),
        says(&["imagetagalreadyexistsexception"]).weight(97),
        says(&["already exists", "repository and cannot be overwritten"]).weight(97),
        says(&["cannot be overwritten because the repository is immutable"]).weight(97),
        says(&["tag_invalid", "immutable"]).weight(96),
        says(&["imagealreadyexistsexception"]).weight(91),
        says(&["image tag", "already exists", "immutable"]).weight(96),
    ],
    remedies: &[by_hand("push under a new tag"), run("or allow overwriting", "aws ecr put-image-tag-mutability --region {region} --repository-name {repository} --image-tag-mutability MUTABLE").private()],
    confirm: &[confirm("aws ecr describe-repositories --region {region} --repository-names {repository} --query 'repositories[].imageTagMutability'").private(), common::INSPECT_PUBLIC_IMAGE],
    check: check(Stage::Image, examine),
};

fn examine(case: &Case<'_>) -> CheckOutcome {
    if !case.bundle.question.pushes() {
        return clear("a pull does not overwrite a tag");
    }
    let repository = case.subject.repository_facts.known().and_then(|call| call.answer.as_ref());
    match repository {
        Some(repository) if repository.immutable && case.has_manifest() => {
            let tag = case.subject.tag.as_deref().unwrap_or("latest");
            found("the repository", format!("its tags are immutable, and `{tag}` exists already"))
                .title(format!("Tag `{tag}` exists already, and cannot be overwritten"))
                .outcome()
        }
        Some(_) => clear("the tag is free, or may be overwritten"),
        None => unknown(case.not_reached()),
    }
}
