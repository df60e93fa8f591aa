//! Which cause of the catalogue a case is.

use ecrpass_core::DiagnosisId;
use ecrpass_core::wildcard;
use ecrpass_iam::denial::Reason;
use ecrpass_iam::policy_kind::PolicyKind;

use super::case::{Case, Stage};
use crate::ecs::cause;
use crate::event::is_ecr;
use crate::evidence::{Evidence, Kind};
use crate::failure::Failure;
use crate::who::Who;

/// The cause, and where the same repository works if that is what is wrong.
pub fn slug(case: &Case<'_>, evidence: &Evidence) -> (Option<DiagnosisId>, Option<String>) {
    use DiagnosisId as Id;
    let id = match case.failure {
        Failure::Denied => return (Some(denied(case)), None),
        Failure::NoRepository => return no_repository(case, evidence),
        Failure::Throttled => Id::Throttled,
        Failure::Expired if is_skewed(case) => Id::ClockSkew,
        Failure::Expired if case.stage == Stage::Assume => web_identity(case),
        Failure::Expired => Id::ExpiredSessionToken,
        Failure::KeyRefused if is_skewed(case) => Id::ClockSkew,
        Failure::KeyRefused => Id::InvalidAccessKey,
        Failure::WebIdentity => web_identity(case),
        Failure::NoImage => Id::TagNotFound,
        Failure::TagImmutable => Id::TagImmutable,
        Failure::Upstream => Id::PullThroughCacheError,
        Failure::Kms => Id::KmsKeyAccessDenied,
        Failure::Quota => Id::QuotaExceeded,
        Failure::Pull => return (case.kinds.iter().find_map(|kind| cause(&kind.of.denial)), None),
        Failure::Service => Id::AwsServiceTransient,
        Failure::Other => return (None, None),
    };
    (Some(id), None)
}

/// A web identity that is not accepted: a pod's, or that of a job of a CI system, which is told by whom it is for and who
/// vouches for it.
fn web_identity(case: &Case<'_>) -> DiagnosisId {
    let is_pods = case.subjects().iter().any(|subject| subject.starts_with("system:serviceaccount:"));
    let is_ci = CI_ISSUERS.iter().any(|issuer| {
        case.providers().iter().any(|provider| provider.contains(issuer))
            || case.messages().any(|message| message.contains(issuer))
    });
    if is_ci && !is_pods { DiagnosisId::AssumeRoleDenied } else { DiagnosisId::IrsaWebIdentityInvalid }
}

/// The issuers of CI systems that jobs of many organizations share.
const CI_ISSUERS: [&str; 7] = [
    "token.actions.githubusercontent.com",
    "gitlab.com",
    "oidc.circleci.com",
    "api.bitbucket.org",
    "agent.buildkite.com",
    "vstoken.dev.azure.com",
    "app.terraform.io",
];

fn denied(case: &Case<'_>) -> DiagnosisId {
    use DiagnosisId as Id;
    if case.stage == Stage::Assume {
        return match case.reason {
            Reason::Denied(_) => Id::ExplicitDenyPolicy,
            _ => Id::AssumeRoleDenied,
        };
    }
    if case.messages().any(|message| message.contains(" perform: kms:")) {
        return Id::KmsKeyAccessDenied;
    }
    let is_lambda = matches!(case.who(), Who::Service(host) if host.starts_with("lambda."));
    match case.reason {
        Reason::Denied(_) => Id::ExplicitDenyPolicy,
        Reason::NotAllowed(PolicyKind::Resource) | Reason::Unsaid if is_lambda => Id::LambdaRepoPolicyMissing,
        Reason::NotAllowed(PolicyKind::Resource) => Id::CrossAccountRepoPolicyMissing,
        // Callers from outside the organisation are told no reason.
        Reason::Unsaid if case.is_cross_account() && case.stage != Stage::Token => {
            Id::CrossAccountRepoPolicyMissing
        }
        Reason::NotAllowed(PolicyKind::Identity) | Reason::Unsaid => match case.stage {
            Stage::Token => Id::IamMissingGetAuthorizationToken,
            Stage::Pull => Id::IamMissingPullAction,
            Stage::Push => Id::IamMissingPushAction,
            Stage::Assume | Stage::Other => Id::IamMissingEcrAction,
        },
        Reason::NotAllowed(_) => Id::ExplicitDenyPolicy,
    }
}

/// Whether the caller's clock is what is wrong. Source: AWS General Reference, "Troubleshooting Signature Version 4".
fn is_skewed(case: &Case<'_>) -> bool {
    case.messages().any(|message| {
        wildcard::matches("*Signature not yet current*", message)
            || wildcard::matches("*Signature expired*", message)
    })
}

/// A repository that is not there, but elsewhere: in another region, or in another account. The same caller's success
/// says more than anybody else's.
fn no_repository(case: &Case<'_>, evidence: &Evidence) -> (Option<DiagnosisId>, Option<String>) {
    let repositories = case.repositories();
    let works = |kind: &&Kind| {
        let of = &kind.of;
        is_ecr(&of.source) && !kind.failed() && repositories.contains(of.repository.as_ref())
    };
    let worked: Vec<&Kind> = evidence.kinds.iter().filter(works).collect();
    let registry = |kind: &Kind| -> String {
        if kind.of.registry.is_empty() { kind.of.account.to_string() } else { kind.of.registry.to_string() }
    };
    // What was there before is gone: nothing is wrong with where it was looked for.
    if worked.iter().any(|kind| *kind.of.region == *case.region && registry(kind) == case.registry) {
        return (Some(DiagnosisId::RepositoryNotFound), None);
    }
    let best = |fits: &dyn Fn(&Kind) -> bool| {
        let fitting = worked.iter().filter(|kind| fits(kind));
        fitting.max_by_key(|kind| (*kind.of.principal == *case.principal, kind.count()))
    };
    if let Some(kind) = best(&|kind| *kind.of.region != *case.region && registry(kind) == case.registry) {
        return (Some(DiagnosisId::WrongRegistryRegion), Some(kind.of.region.to_string()));
    }
    if let Some(kind) = best(&|kind| *kind.of.region == *case.region && registry(kind) != case.registry) {
        return (Some(DiagnosisId::WrongRegistryAccount), Some(registry(kind)));
    }
    (Some(DiagnosisId::RepositoryNotFound), None)
}
