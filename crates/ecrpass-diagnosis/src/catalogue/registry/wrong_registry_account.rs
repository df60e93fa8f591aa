//! The login is for another account's registry: what it looks like, and what fixes it. The page for users is `wrong_registry_account.md`.

use ecrpass_core::DiagnosisId;

use crate::catalogue::entry::{Diagnosis, Page, check, says};
use crate::catalogue::remedy::{Own, confirm_by, look, own};
use crate::check::{Case, CheckOutcome, Stage, clear, found, unknown};
use crate::finding::Severity;

pub static DIAGNOSIS: Diagnosis = Diagnosis {
    id: DiagnosisId::WrongRegistryAccount,
    page: Page::new(include_str!("wrong_registry_account.md")),
    severity: Severity::Error,
    signatures: &[
        says(&["incorrect or mismatched registry credentials"]).about_ecr().weight(74),
        says(&["no basic auth credentials"])
            .not_another()
            .near(&["login succeeded"])
            .unless_near(&["@login-afterwards"])
            .weight(76),
        says(&["no basic auth credentials"]).not_another().near(&["@account-mismatch"]).weight(93),
        says(&["the repository with name"]).near(&["@account-mismatch"]).weight(97),
        says(&["401"]).near(&["@account-mismatch"]).about_ecr().weight(91),
        says(&["unauthorized: authentication required"]).near(&["@account-mismatch"]).about_ecr().weight(88),
        says(&["no basic auth credentials"]).not_another().weight(54),
        says(&["authorization token has expired"]).weight(50),
        says(&["does not exist in the registry with id"]).weight(62),
        says(&["registry id", "is not valid"]).about_ecr().weight(80),
        says(&["invalid parameter at 'registryids'"]).weight(92),
        says(&["invalid parameter at 'registryid'"]).weight(92),
    ],
    remedies: &[
        own("set up the credential helper for the registry that really has the image", Own::Setup),
        look("see which account the credentials belong to", "aws sts get-caller-identity"),
    ],
    confirm: &[confirm_by(Own::Resolve)],
    check: check(Stage::Repository, examine),
};

fn examine(case: &Case<'_>) -> CheckOutcome {
    let account = case.registry.as_ref().and_then(|registry| registry.account());
    let (Some(account), Some(own)) = (account, case.own_account()) else {
        return unknown("the account of the credentials, or of the registry, is not known");
    };
    if account == own {
        return clear("registry and credentials belong to the same account");
    }
    if case.is_in_own_account() {
        let repository = case.subject.repository.as_deref().unwrap_or_default();
        let host = case.subject.host.replacen(account, own, 1);
        return found(
            "ECR API",
            format!("account {own} has a repository `{repository}`, and {account} has none"),
        )
        .title(format!("The image is probably in account {own}, but its name says {account}"))
        .likely()
        .by_hand(format!("use {host}/{repository}"))
        .outcome();
    }
    clear("nothing says that the account is wrong")
}
