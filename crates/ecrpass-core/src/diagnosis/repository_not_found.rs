//! # The repository does not exist
//!
//! This registry has no repository of that name, and ECR makes none on a push, unless a repository creation
//! template or a pull-through cache rule says so. The login worked.
//!
//! ## Why it happens
//!
//! It was never created, lives in another region or account, or has a prefix. A push that ends in `EOF` after many
//! retries says the same in older clients.
//!
//! ## Afterwards
//!
//! Push again.

use super::{Case, Diagnosis, Outcome, Severity, Stage, check, run, says};
use crate::doctor::{clear, unknown};

pub(super) static DIAGNOSIS: Diagnosis = Diagnosis {
    slug: "repository-not-found",
    severity: Severity::Error,
    signatures: &[
        says(&["does not exist or no pull access"]).about_ecr().weight(72),
        says(&["404 not found"]).about_ecr().without(&["manifests/", "page not found"]).weight(84),
        says(&["status code 404"]).about_ecr().without(&["imds", "metadata", "manifests/"]).weight(80),
        says(&["incorrect or mismatched registry credentials"]).about_ecr().weight(71),
        says(&["the repository with name", "does not exist in the registry"])
            .without(&["@registry-twice"])
            .weight(96),
        says(&["repositorynotfoundexception"]).weight(95),
        says(&["name unknown"]).about_ecr().weight(93),
        says(&["name_unknown"]).about_ecr().weight(93),
        says(&["blobs/uploads/", "eof"]).about_ecr().weight(74),
        says(&["blobs/uploads/", "404"]).about_ecr().weight(90),
        says(&["retrying in 1 second"])
            .near(&["push refers to"])
            .unless_near(&["no basic auth", "not authorized", "denied", "timeout"])
            .about_ecr()
            .weight(68),
        says(&["repository ", " not found", "@private-registry"])
            .without(&["manifest", "tag", "no pull access"])
            .weight(91),
        says(&["repository not found"]).about_ecr().weight(88),
        says(&["repository does not exist"]).without(&["or may require"]).about_ecr().weight(88),
        says(&["repository does not exist or may require"])
            .without(&["token has expired", "is not authorized", "no basic auth", "toomanyrequests"])
            .about_ecr()
            .weight(48),
        says(&["unexpected eof"]).near(&["push refers to"]).about_ecr().weight(60),
    ],
    remedies: &[
        run(
            "create it, with credentials of the account that is to own it",
            "aws ecr create-repository --region {region} --repository-name {repository}",
        ),
        run(
            "or see what there is",
            "aws ecr describe-repositories --region {region} --query 'repositories[].repositoryName'",
        ),
    ],
    decide: "aws ecr describe-repositories --region {region} --registry-id {account} --repository-names {repository}",
    check: check(Stage::Repository, examine),
};

fn examine(case: &Case<'_>) -> Outcome {
    // A name that holds a host, and a repository that is in another account, are causes of their own.
    if matches!(case.misnamed("repo-name-includes-registry"), Outcome::Found(_)) || case.is_in_own_account() {
        return clear("the name is wrong, see there");
    }
    match case.said("repository-not-found") {
        Some(proof) => proof.outcome(),
        None if case.has_manifest()
            || case.subject.upload.known().is_some_and(crate::facts::Answer::is_success) =>
        {
            clear("it is there")
        }
        None => unknown(case.not_reached()),
    }
}
