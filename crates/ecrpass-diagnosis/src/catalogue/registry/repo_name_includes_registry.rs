//! The registry's host is in the name twice: what it looks like, and what fixes it. The page for users is `repo_name_includes_registry.md`.

use ecrpass_core::DiagnosisId;

use crate::catalogue::entry::{Diagnosis, Page, check, says};
use crate::catalogue::remedy::{by_hand, confirm};
use crate::check::Stage;
use crate::finding::Severity;

pub static DIAGNOSIS: Diagnosis = Diagnosis {
    id: DiagnosisId::RepoNameIncludesRegistry,
    page: Page::new(include_str!("repo_name_includes_registry.md")),
    severity: Severity::Error,
    signatures: &[
        says(&["@registry-twice"]).weight(96),
        says(&["invalid parameter at 'repositoryname'", "amazonaws.com"]).weight(96),
        says(&["repositoryname", "amazonaws.com/", "failed to satisfy constraint"]).weight(96),
        says(&["the repository with name 'https://"]).weight(96),
        says(&["repositorynotfoundexception", "amazonaws.com/"])
            .without(&["https://api", "https://ecr"])
            .weight(90),
    ],
    remedies: &[by_hand("where the tool asks for the repository's name, give only the part after the host")],
    confirm: &[confirm("aws ecr describe-repositories --region {region} --query 'repositories[].[repositoryName,repositoryUri]'").private(), confirm("aws ecr-public describe-repositories --region us-east-1 --query 'repositories[].[repositoryName,repositoryUri]'").public()],
    check: check(Stage::Name, |case| case.misnamed()),
};
