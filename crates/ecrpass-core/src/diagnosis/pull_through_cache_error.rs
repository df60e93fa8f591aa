//! # The pull-through cache cannot reach its upstream
//!
//! The repository is filled from another registry by a rule of ECR, and the rule, its upstream, or the secret with
//! the upstream's login does not work.
//!
//! ## Why it happens
//!
//! Docker Hub, GitHub and others want a login in a Secrets Manager secret whose name begins with
//! `ecr-pullthroughcache/`; the prefix in the image's name does not match the rule; the caller lacks
//! `ecr:BatchImportUpstreamImage` or `ecr:CreateRepository`.

use super::{Diagnosis, Severity, Stage, check, run, says};

pub(super) static DIAGNOSIS: Diagnosis = Diagnosis {
    slug: "pull-through-cache-error",
    severity: Severity::Error,
    signatures: &[
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
    remedies: &[
        run(
            "have ECR test the rule",
            "aws ecr validate-pull-through-cache-rule --region {region} --ecr-repository-prefix <prefix>",
        ),
        run("see the rules", "aws ecr describe-pull-through-cache-rules --region {region}"),
    ],
    decide: "aws ecr validate-pull-through-cache-rule --region {region} --ecr-repository-prefix <prefix>",
    check: check(Stage::Repository, |case| {
        case.said_or("pull-through-cache-error", case.allowed_or_unknown())
    }),
};
