//! ECR is throttling requests: what it looks like, and what fixes it. The page for users is `throttled.md`.

use ecrpass_core::DiagnosisId;

use crate::catalogue::entry::{Diagnosis, Page, check, says};
use crate::catalogue::remedy::{Own, by_hand, confirm, own};
use crate::check::{Case, CheckOutcome, Stage, found};
use crate::finding::Severity;

pub static DIAGNOSIS: Diagnosis = Diagnosis {
    id: DiagnosisId::Throttled,
    page: Page::new(include_str!("throttled.md")),
    severity: Severity::Error,
    signatures: &[
        says(&["@answered-429"]).without(&["pull rate limit", "level=debug", "debu["]).weight(90),
        says(&["throttlingexception"])
            .near(&["cannotpullecrcontainererror", "getauthorizationtoken"])
            .weight(96),
        says(&["cannotpullecrcontainererror", "rate exceeded"]).weight(97),
        says(&["toomanyrequests: rate exceeded"]).not_another().weight(97),
        says(&["toomanyrequests: data limit exceeded"]).not_another().weight(97),
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
    remedies: &[own("log in to ECR Public: ten times the limit", Own::Setup).public(), own("use the credential helper, which fetches one token for all", Own::Setup).private(), by_hand("start the jobs or nodes at different times, or request a higher quota")],
    confirm: &[confirm("aws service-quotas list-service-quotas --service-code ecr --region {region} --query 'Quotas[].[QuotaName,Value]'").private(), confirm("aws service-quotas list-service-quotas --service-code ecr-public --region us-east-1 --query 'Quotas[].[QuotaName,Value]'").public()],
    check: check(Stage::Token, examine),
};

fn examine(case: &Case<'_>) -> CheckOutcome {
    let throttled =
        |(source, answer): (&str, &crate::facts::RegistryResponse)| found(source, &answer.message).outcome();
    let by_s3 = || case.subject.layer.known().filter(|answer| answer.is_throttled());
    let answer = case.answered(429).or_else(|| Some(("GET a layer", by_s3()?)));
    answer.map(throttled).unwrap_or_else(|| case.refused())
}
