//! The pull-through cache cannot reach its upstream: what it looks like, and what fixes it. The page for users is `pull_through_cache_error.md`.

use ecrpass_core::DiagnosisId;

use crate::catalogue::entry::{Diagnosis, Page, check, says};
use crate::catalogue::remedy::{by_hand, confirm, look, run};
use crate::catalogue::remedy_list::remedies;
use crate::catalogue::{common, grants};
use crate::check::Stage;
use crate::finding::Severity;

pub static DIAGNOSIS: Diagnosis = Diagnosis {
    id: DiagnosisId::PullThroughCacheError,
    page: Page::new(include_str!("pull_through_cache_error.md")),
    severity: Severity::Error,
    signatures: &[
        says(&["@pull-through", "@answered-404"]).weight(86),
        says(&["@pull-through", "requested image not found"]).weight(89),
        says(&["@pull-through", "manifest unknown"]).weight(88),
        says(&["@pull-through", "not found"]).weight(86),
        says(&["@pull-through", "name unknown"]).weight(88),
        says(&["@pull-through", "name_unknown"]).weight(88),
        says(&["@pull-through", "repositorynotfoundexception"]).weight(88),
        says(&["@pull-through", "does not exist"]).weight(86),
        says(&["@pull-through", "403 forbidden"]).weight(80),
        says(&["unsupportedupstreamregistryexception"]).weight(97),
        says(&["unabletoaccesssecretexception"]).weight(96),
        says(&["unabletodecryptsecretvalueexception"]).weight(96),
        says(&["unabletogetupstreamimageexception"]).weight(97),
        says(&["unabletogetupstreamlayerexception"]).weight(97),
        says(&["secretnotfoundexception"]).about_ecr().weight(94),
        says(&["pullthroughcacherulenotfoundexception"]).weight(96),
        says(&["pullthroughcacherulealreadyexistsexception"]).weight(94),
        says(&["pull through cache"])
            .near(&["failed", "error", "unable", "denied", "not authorized"])
            .weight(91),
        says(&["pull-through cache"]).near(&["failed", "error", "unable", "denied"]).weight(90),
        says(&["ecr-pullthroughcache/"]).near(&["failed", "error", "not found", "denied"]).weight(92),
        says(&["ecr:batchimportupstreamimage"]).weight(96),
        says(&["upstream registry"])
            .about_ecr()
            .near(&["failed", "error", "unable", "unauthorized", "requires"])
            .weight(91),
    ],
    remedies: remedies![
        &grants::IMPORT,
        &[
            run(
                "let ECR test the rule",
                "aws ecr validate-pull-through-cache-rule --region {region} --ecr-repository-prefix {prefix}",
            )
            .private(),
            look("list the rules", "aws ecr describe-pull-through-cache-rules --region {region}").private(),
            by_hand("use the private registry that has the rule: ECR Public has no such rules").public(),
        ],
    ],
    confirm: &[
        confirm(
            "aws ecr validate-pull-through-cache-rule --region {region} --ecr-repository-prefix {prefix}",
        )
        .private(),
        common::INSPECT_PUBLIC_IMAGE,
    ],
    check: check(Stage::Repository, |case| case.said_or(case.allowed_or_unknown())),
};
