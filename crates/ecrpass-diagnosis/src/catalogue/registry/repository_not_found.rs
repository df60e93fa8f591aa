//! The repository does not exist: what it looks like, and what fixes it. The page for users is `repository_not_found.md`.

use ecrpass_core::{DiagnosisId, Registry};

use crate::catalogue::common;
use crate::catalogue::entry::{Diagnosis, Page, check, says};
use crate::catalogue::remedy::{by_hand, confirm, look, run};
use crate::check::{Case, CheckOutcome, Proof, Stage, clear, unknown};
use crate::finding::Severity;

pub static DIAGNOSIS: Diagnosis = Diagnosis {
    id: DiagnosisId::RepositoryNotFound,
    page: Page::new(include_str!("repository_not_found.md")),
    severity: Severity::Error,
    signatures: &[
        says(&["@answered-404"]).without(&["manifests/", "@pull-through", "level=debug", "debu["]).weight(76),
        says(&["fetchreference", ": not found"]).about_ecr().without(&["@pull-through"]).weight(72),
        // The number that the .NET SDK gives "Request to Amazon Elastic Container Registry failed prematurely", in every
        // language. Source: dotnet/sdk `Microsoft.NET.Build.Containers/Resources/Strings.resx`.
        says(&["container1002"]).weight(86),
        // The CDK's words.
        says(&["no ecr repository named"]).weight(95),
        says(&["@pull-through", "not found"]).weight(74),
        says(&["@pull-through", "name unknown"]).weight(76),
        // containerd says the same of a repository and of a tag.
        says(&["failed to resolve reference", ": not found"]).about_ecr().weight(72),
        says(&["failed to resolve source metadata", ": not found"]).about_ecr().weight(72),
        says(&["does not exist or no pull access"]).about_ecr().weight(72),
        says(&["cannotpullcontainererror", "404", "repository ", " not found"]).about_ecr().weight(77),
        says(&["404 not found"]).about_ecr().without(&["manifests/", "page not found"]).weight(84),
        says(&["status code 404"]).about_ecr().without(&["imds", "metadata", "manifests/"]).weight(80),
        says(&["incorrect or mismatched registry credentials"]).about_ecr().weight(71),
        says(&["the repository with name", "does not exist in the registry"])
            .without(&["@registry-twice", "@pull-through"])
            .weight(96),
        says(&["repositorynotfoundexception"]).without(&["@pull-through", "@registry-twice"]).weight(95),
        says(&["name unknown"]).without(&["@pull-through", "@registry-twice"]).about_ecr().weight(93),
        says(&["name_unknown"]).without(&["@pull-through", "@registry-twice"]).about_ecr().weight(93),
        says(&["blobs/uploads/", "eof"]).about_ecr().weight(74),
        says(&["blobs/uploads/", "404"]).about_ecr().weight(90),
        says(&["retrying in 1 second"])
            .near(&["push refers to"])
            .unless_near(&["no basic auth", "not authorized", "denied", "timeout"])
            .about_ecr()
            .weight(68),
        says(&["retrying in"])
            .near(&["push refers to"])
            .also_near(&["eof"])
            .unless_near(&["no basic auth", "not authorized", "denied", "timeout"])
            .about_ecr()
            .weight(66),
        says(&["repository ", " not found", "@private-registry"])
            .without(&["manifest", "tag", "no pull access"])
            .weight(91),
        // Of git's repositories, git says it.
        says(&["repository not found"]).without(&["remote:"]).about_ecr().weight(88),
        says(&["repository does not exist"]).without(&["or may require"]).about_ecr().weight(88),
        says(&["repository does not exist or may require"])
            .without(&["token has expired", "is not authorized", "no basic auth", "toomanyrequests"])
            .about_ecr()
            .weight(48),
        says(&["unexpected eof"]).near(&["push refers to"]).about_ecr().weight(60),
    ],
    remedies: &[run("create it, with credentials of the account that will own it", "aws ecr create-repository --region {region} --repository-name {repository}").private(), look("or list the repositories", "aws ecr describe-repositories --region {region} --query 'repositories[].repositoryName'").private(), by_hand("correct the name: https://gallery.ecr.aws lists the existing ones; to push, create it with `aws ecr-public create-repository`, in us-east-1").public()],
    confirm: &[confirm("aws ecr describe-repositories --region {region} --registry-id {account} --repository-names {repository}").private(), common::INSPECT_PUBLIC_IMAGE],
    check: check(Stage::Repository, examine),
};

fn examine(case: &Case<'_>) -> CheckOutcome {
    // A name that holds a host, and a repository that is in another account, are causes of their own.
    if matches!(case.misnamed_as(DiagnosisId::RepoNameIncludesRegistry), CheckOutcome::Found(_))
        || case.is_in_own_account()
    {
        return clear("the name is wrong: see that finding");
    }
    match case.said() {
        Some(proof) => match case.subject.also_in_regions.first() {
            Some(region) => elsewhere(case, proof, region).outcome(),
            None => proof.outcome(),
        },
        None if case.has_manifest()
            || case.subject.upload.known().is_some_and(crate::facts::RegistryResponse::is_success) =>
        {
            clear("it exists")
        }
        None => unknown(case.not_reached()),
    }
}

/// The repository is in another region: to create it here, too, is rarely what is wanted.
fn elsewhere(case: &Case<'_>, proof: Proof, region: &str) -> Proof {
    let here = case.registry.as_ref().map(Registry::region).unwrap_or_default();
    let image = case.image().replacen(here, region, 1);
    let repository = case.subject.repository.as_deref().unwrap_or_default();
    let regions = case.subject.also_in_regions.join(", ");
    proof
        .and("ECR API", format!("the same account has a repository `{repository}` in {regions}"))
        .title(format!("The repository is in {regions}, but the image's name says {here}"))
        .by_hand(format!("use {image}"))
}
