//! # The registry's host is in the name twice
//!
//! The repository's name was given with its host, and the tool put the host in front again: it looks for a
//! repository that is itself called `….amazonaws.com/…`.
//!
//! ## Why it happens
//!
//! A setting that wants the name got the URI, or the other way round: `{{ registry }}/{{ repository }}` with a URI
//! in the second.

use super::{Diagnosis, Severity, Stage, by_hand, check, says};

pub(super) static DIAGNOSIS: Diagnosis = Diagnosis {
    slug: "repo-name-includes-registry",
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
    remedies: &[by_hand("give only the name after the host where a repository's name is wanted")],
    decide: "aws ecr describe-repositories --region {region} --query 'repositories[].[repositoryName,repositoryUri]'",
    check: check(Stage::Name, |case| case.misnamed("repo-name-includes-registry")),
};
