//! # ECR asks to slow down
//!
//! Too many requests in too short a time. ECR Public limits anonymous pulls per address; the API limits calls for
//! tokens per account and region.
//!
//! ## Why it happens
//!
//! Many nodes or jobs start at once behind one address; every pull fetches a token of its own; anonymous pulls from
//! ECR Public have the lowest limit.
//!
//! ## Meanwhile
//!
//! Whoever shares the address, or the account and region, is slowed down with you.
//!
//! ## Afterwards
//!
//! Try again after a pause; docker and the kubelet do so by themselves.

use super::{Case, Diagnosis, Outcome, Severity, Stage, by_hand, check, run, says};
use crate::doctor::found;

pub(super) static DIAGNOSIS: Diagnosis = Diagnosis {
    slug: "throttled",
    severity: Severity::Error,
    signatures: &[
        says(&["throttlingexception"])
            .near(&["cannotpullecrcontainererror", "getauthorizationtoken"])
            .weight(96),
        says(&["cannotpullecrcontainererror", "rate exceeded"]).weight(97),
        says(&["toomanyrequests: rate exceeded"]).weight(97),
        says(&["toomanyrequests: data limit exceeded"]).weight(97),
        says(&["toomanyrequests"])
            .without(&["pull rate limit", "increase-rate-limit"])
            .about_ecr()
            .weight(94),
        says(&["throttlingexception"]).about_ecr().weight(94),
        says(&["rate exceeded"]).about_ecr().weight(93),
        says(&["429 too many requests"]).without(&["pull rate limit"]).about_ecr().weight(93),
        says(&["status code 429"]).about_ecr().weight(91),
        says(&["throttlingexception", "getauthorizationtoken"]).weight(96),
        says(&["request limit exceeded"]).about_ecr().weight(91),
        says(&["toomanyrequestsexception"]).about_ecr().weight(93),
        says(&["too many requests"]).about_ecr().weight(90),
    ],
    remedies: &[
        run("log in to ECR Public: ten times the limit", "ecrpass setup public.ecr.aws"),
        run("have the helper fetch one token for all", "ecrpass setup {host}"),
        by_hand("spread the starts, or ask for a higher quota"),
    ],
    decide: "aws service-quotas list-service-quotas --service-code ecr --region {region} --query 'Quotas[].[QuotaName,Value]'",
    check: check(Stage::Token, examine),
};

fn examine(case: &Case<'_>) -> Outcome {
    let throttled =
        |(source, answer): (&str, &crate::facts::Answer)| found(source, &answer.message).outcome();
    case.answered(429).map(throttled).unwrap_or_else(|| case.refused_as("throttled"))
}
