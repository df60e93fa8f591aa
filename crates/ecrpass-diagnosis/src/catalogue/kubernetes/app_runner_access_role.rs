//! App Runner may not pull with the access role it was given: what it looks like, and what fixes it. The page for users is `app_runner_access_role.md`.

use ecrpass_core::DiagnosisId;

use crate::catalogue::entry::{Diagnosis, Page, check, says};
use crate::catalogue::remedy::{by_hand, confirm, look};
use crate::check::{Case, CheckOutcome, Stage, clear, found_at};
use crate::facts::PullerKind;
use crate::finding::Severity;

pub static DIAGNOSIS: Diagnosis = Diagnosis {
    id: DiagnosisId::AppRunnerAccessRole,
    page: Page::new(include_str!("app_runner_access_role.md")),
    severity: Severity::Error,
    signatures: &[
        says(&["failed to copy the image from ecr"]).weight(68),
        says(&["valid access role to your ecr repository"]).weight(97),
        says(&["apprunner", "failed to pull your application image"]).weight(95),
        says(&["failed to pull your application image"]).near(&["apprunner", "app runner"]).weight(94),
        says(&["build.apprunner.amazonaws.com", "assume"]).weight(94),
        says(&["authentication configuration is invalid", "apprunner"]).weight(90),
        says(&["access role", "app runner"])
            .near(&["invalid", "cannot", "unable", "denied", "failed"])
            .weight(86),
    ],
    remedies: &[
        look(
            "see whom the role trusts: it has to be `build.apprunner.amazonaws.com`",
            "aws iam get-role --role-name {role} --query Role.AssumeRolePolicyDocument",
        )
        .for_callers(crate::catalogue::callers::ROLE),
        by_hand(
            "give the service an access role that trusts `build.apprunner.amazonaws.com` and has the managed policy `AWSAppRunnerServicePolicyForECRAccess`",
        ),
        by_hand(
            "see that the image, with its tag, is in the region of the service, or allow `ecr:DescribeImages` as well: the managed policy does",
        ),
    ],
    confirm: &[confirm(
        "aws apprunner list-services --region {region} --query 'ServiceSummaryList[].[ServiceName,Status]'",
    )],
    check: check(Stage::Credentials, examine),
};

fn examine(case: &Case<'_>) -> CheckOutcome {
    match &case.subject.puller {
        Some(puller) if puller.kind != PullerKind::AppRunner => clear("it is not a service of App Runner"),
        None => clear("it is not a service of App Runner"),
        Some(_) if case.is_public() => clear("ECR Public needs no access role"),
        Some(puller) if puller.role_missing => found_at(
            case.subject.place.as_ref(),
            "the service",
            "has no access role, and App Runner can only pull from a private repository with that role",
        )
        .outcome(),
        Some(_) => clear("the service has an access role"),
    }
}
