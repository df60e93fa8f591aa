//! Another AWS identity than intended is used: what it looks like, and what fixes it. The page for users is `wrong_aws_identity.md`.

use ecrpass_core::command_line::Quotes;
use ecrpass_core::{CommandLine, DiagnosisId};

use crate::catalogue::common;
use crate::catalogue::entry::{Diagnosis, Page, check, says};
use crate::catalogue::remedy::{Own, by_hand, look, own};
use crate::check::{Case, CheckOutcome, Proof, Stage, clear, found, unknown};
use crate::finding::Severity;

pub static DIAGNOSIS: Diagnosis = Diagnosis {
    id: DiagnosisId::WrongAwsIdentity,
    page: Page::new(include_str!("wrong_aws_identity.md")),
    severity: Severity::Error,
    signatures: &[
        says(&["credentials loaded by the sdk do not match"]).shared().weight(96),
        says(&["@ecr-action"])
            .near(&["get-caller-identity --profile", "multiple credential sources detected", "aws_role_arn="])
            .weight(98),
        says(&["@push-action", "@node-role"]).weight(89),
        says(&["@push-action", "@instance-role"]).without(&["@cross-account"]).weight(88),
        says(&["@ecr-action", "@instance-role"])
            .without(&["@cross-account"])
            .unless_near(&["kubelet", "cannotpull"])
            .weight(80),
        says(&["@push-action"]).near(&["concourse", "worker"]).weight(84),
        says(&["@push-action"]).weight(68),
        says(&["@ecr-action"])
            .near(&["aws_access_key_id", "aws_profile", "get-caller-identity", "aws-access-key-id"])
            .weight(84),
        says(&["is not authorized to perform: ecr"])
            .near(&["aws_profile", "get-caller-identity", "\"arn\":"])
            .weight(84),
        says(&["account id of the provided credentials"]).shared().weight(95),
        says(&["allowed-account-ids"]).near(&["error", "not"]).shared().weight(80),
    ],
    remedies: &[
        own("see where the credentials come from", Own::Whoami),
        look("ask AWS which principal you are", "aws sts get-caller-identity"),
        by_hand("set AWS_PROFILE, or remove the credentials that are used instead of the right ones"),
    ],
    confirm: &[common::WHO_CALLS],
    check: check(Stage::Credentials, examine),
};

fn examine(case: &Case<'_>) -> CheckOutcome {
    let Some(own) = case.own_account() else {
        return unknown("AWS did not say which principal the credentials belong to");
    };
    match case.registry.as_ref().and_then(|registry| registry.account()) {
        Some(account)
            if account != own && !case.subject.profiles_of_account.is_empty() && case.is_refused() =>
        {
            with_profile(case, own, account).outcome()
        }
        Some(account) if account != own && case.bundle.aws.tools_differ && case.is_refused() => case
            .without_keys_in_variables(
                found(
                    "AWS credentials",
                    format!("they belong to account {own}, the registry belongs to account {account}"),
                )
                .and(
                    "AWS credentials",
                    "the AWS CLI, Amazon's helper and ecrpass would not use the same ones",
                )
                .likely()
                .outcome(),
            ),
        _ => clear(format!("the credentials belong to account {own}")),
    }
}

/// A profile that is configured here has credentials of the registry's account.
fn with_profile(case: &Case<'_>, own: &str, account: &str) -> Proof {
    let profiles = &case.subject.profiles_of_account;
    let mut proof = found(
        "AWS credentials",
        format!("they belong to account {own}, the registry belongs to account {account}"),
    )
    .title(format!("The credentials in use belong to account {own}, the registry to account {account}"))
    .likely();
    for profile in profiles {
        let line = CommandLine::shell("export AWS_PROFILE=").value(profile.clone(), Quotes::Bare);
        let command = match case.keys_in_variables() {
            Some(unset) => unset.and(line),
            None => line,
        };
        proof = proof
            .and(
                "AWS credentials",
                format!("profile `{profile}`, configured here, belongs to account {account}"),
            )
            .run(format!("use profile `{profile}`, which belongs to the registry's account"), command);
    }
    proof
}
