//! Reasons an AWS service gave: its error code decides, then its words.
//!
//! Codes and texts: STS and ECR API references, and public issue threads that quote them. ECR heads its page
//! "HTTP 403" but answers 400 for most of these, so the status counts only where there is no code.

use ecrpass_core::DiagnosisId;
use ecrpass_core::time::duration;
use ecrpass_iam::denial::{self, Reason};
use ecrpass_iam::policy_kind::PolicyKind;

use super::attempt::Attempt;
use super::next_step::NextStep;
use super::reason::Refusal;
use super::sentence::sentence;
use crate::aws_call::{Exchange, ServiceError};
use crate::credential_chain::{ProfileKind, Source, no_credentials};

pub(super) fn refusal(
    attempt: &Attempt<'_>,
    exchange: &Exchange,
    status: u16,
    error: Option<&ServiceError>,
    content_type: Option<&str>,
) -> Refusal {
    if exchange.operation.starts_with("/latest/") {
        return metadata(attempt, status);
    }
    if let Source::Container { variable } = attempt.selection.source
        && exchange.operation.starts_with('/')
    {
        let reason = error.map_or_else(String::new, |error| format!(": {}", error.message));
        return Refusal::new(
            DiagnosisId::NoAwsCredentials,
            format!("The container endpoint named by {variable} answered {status}{}", sentence(&reason, "")),
            NextStep::CheckTaskRole,
        );
    }
    let Some(error) = error else { return without_code(exchange, status, content_type) };
    let (code, message) = (error.code.as_str(), error.message.as_str());
    let operation = exchange.operation.as_str();
    match code {
        "AccessDenied" | "AccessDeniedException" => denied(attempt, operation, message),
        "UnrecognizedClientException"
        | "InvalidClientTokenId"
        | "IncompleteSignature"
        | "MissingAuthenticationToken"
        | "InvalidToken" => unknown_key(attempt),
        "InvalidSignatureException" | "SignatureDoesNotMatch" | "RequestTimeTooSkewed" => {
            signature(attempt, exchange, message)
        }
        "ExpiredToken" | "ExpiredTokenException" => expired(attempt, operation),
        "InvalidIdentityToken" | "IDPRejectedClaim" | "IDPCommunicationError" => Refusal::new(
            DiagnosisId::IrsaWebIdentityInvalid,
            format!("AWS refused the web identity token: {}", sentence(message, code)),
            NextStep::CompareWebIdentity,
        ),
        "UnauthorizedException" | "InvalidGrantException" | "invalid_grant" | "InvalidClientException" => {
            sso_over(attempt)
        }
        "ForbiddenException" => Refusal::new(
            DiagnosisId::AssumeRoleDenied,
            format!(
                "IAM Identity Center does not give you this role: {}",
                sentence(message, "the permission set is not assigned")
            ),
            NextStep::AssignPermissionSet,
        ),
        "RegionDisabledException" => Refusal::new(
            DiagnosisId::WrongRegistryRegion,
            format!("Region {} is not enabled in this account.", attempt.registry.region()),
            NextStep::EnableRegion { region: attempt.registry.region().to_owned() },
        ),
        "UnsupportedCommandException" => Refusal::new(
            DiagnosisId::PublicEcrWrongRegion,
            "ECR Public issues tokens in us-east-1 only.",
            NextStep::AskPublicRegion,
        ),
        _ if is_throttling(code) || status == 429 => Refusal::transient(
            DiagnosisId::Throttled,
            format!("AWS is throttling {operation} calls of this account ({code})."),
            NextStep::SlowDown,
        ),
        _ if status >= 500 => transient(exchange, status, code),
        _ => Refusal::new(
            DiagnosisId::AwsServiceTransient,
            format!("{operation} failed with {code}: {}", sentence(message, "AWS gave no message")),
            NextStep::LookUpCode,
        ),
    }
}

/// The codes the SDKs retry as throttling.
fn is_throttling(code: &str) -> bool {
    matches!(
        code,
        "Throttling"
            | "ThrottlingException"
            | "ThrottledException"
            | "RequestThrottledException"
            | "RequestThrottled"
            | "TooManyRequestsException"
            | "SlowDown"
            | "RequestLimitExceeded"
            | "BandwidthLimitExceeded"
            | "LimitExceededException"
    )
}

fn transient(exchange: &Exchange, status: u16, code: &str) -> Refusal {
    Refusal::transient(
        DiagnosisId::AwsServiceTransient,
        format!(
            "{} at {} failed on AWS's side ({}).",
            exchange.operation,
            exchange.host,
            format!("{status} {code}").trim_end()
        ),
        NextStep::TryAgainOrSeeHealth,
    )
}

fn without_code(exchange: &Exchange, status: u16, content_type: Option<&str>) -> Refusal {
    if status == 429 {
        return Refusal::transient(
            DiagnosisId::Throttled,
            format!("{} is throttled.", exchange.host),
            NextStep::SlowDown,
        );
    }
    // Only a portal asks for a login to the network. Source: RFC 6585, section 6.
    if status >= 500 && status != 511 {
        return transient(exchange, status, "");
    }
    let kind = content_type.map_or_else(String::new, |kind| format!(" with {kind}"));
    Refusal::transient(
        DiagnosisId::ProxyMisconfigured,
        format!("Something that is not AWS answered for {}: HTTP {status}{kind}.", exchange.host),
        NextStep::FindProxy,
    )
}

fn metadata(attempt: &Attempt<'_>, status: u16) -> Refusal {
    match status {
        404 => Refusal::new(
            DiagnosisId::NoAwsCredentials,
            "This instance has no IAM role, and no other AWS credentials were found.",
            attempt.renew(),
        ),
        // Something else answers at its address, such as a network's filter.
        _ if !attempt.on_ec2 => no_credentials(&attempt.selection.notes),
        _ => Refusal::new(
            DiagnosisId::ImdsUnreachableOrHopLimit,
            format!("The instance metadata service refused with HTTP {status}."),
            NextStep::RaiseHopLimit,
        ),
    }
}

fn denied(attempt: &Attempt<'_>, operation: &str, message: &str) -> Refusal {
    let denied = denial::parse(message);
    if matches!(operation, "AssumeRole" | "AssumeRoleWithWebIdentity") {
        return assume_role_denied(attempt, operation, message);
    }
    let (principal, action) = match &denied {
        Some(denied) => (denied.principal, denied.action),
        None => ("The caller", "ecr:GetAuthorizationToken"),
    };
    if let Some(denied) = &denied
        && !matches!(denied.reason, Reason::NotAllowed(PolicyKind::Identity) | Reason::Unsaid)
    {
        let how = if denied.reason.is_explicit() { "explicitly denied by" } else { "not allowed by" };
        let by = denied.reason.policy().map_or("a policy", PolicyKind::name);
        return Refusal::new(
            DiagnosisId::ExplicitDenyPolicy,
            format!("{principal} asked for {action}, which is {how} {by}."),
            NextStep::AllowThere { action: action.to_owned(), policy: denied.policy_arn.map(str::to_owned) },
        );
    }
    let actions = if attempt.registry.is_public() {
        "ecr-public:GetAuthorizationToken and sts:GetServiceBearerToken"
    } else {
        "ecr:GetAuthorizationToken"
    };
    Refusal::new(
        DiagnosisId::IamMissingGetAuthorizationToken,
        format!("{principal} is not allowed to call {action}."),
        NextStep::Allow { actions: actions.to_owned() },
    )
}

fn assume_role_denied(attempt: &Attempt<'_>, operation: &str, message: &str) -> Refusal {
    let role = attempt.role().unwrap_or("the role");
    if let Source::Profile(profile) = &attempt.selection.source
        && let Some(mfa) = &profile.mfa
    {
        return Refusal::new(
            DiagnosisId::AssumeRoleDenied,
            format!(
                "{role} was refused; profile `{mfa}` asks for an MFA code, which a credential helper cannot prompt for."
            ),
            NextStep::ExportMfaSession { profile: profile.name.clone() },
        );
    }
    if let Source::ServiceAccount(account) = &attempt.selection.source
        && operation == "AssumeRoleWithWebIdentity"
    {
        let subject = account.subject().unwrap_or_else(|| "this service account".to_owned());
        return Refusal::new(
            DiagnosisId::IrsaWebIdentityInvalid,
            format!("{role} does not trust {subject} (or does not exist)."),
            format!("let the role's trust policy allow sts:AssumeRoleWithWebIdentity with `sub` {subject}"),
        );
    }
    if operation == "AssumeRoleWithWebIdentity" {
        return Refusal::new(
            DiagnosisId::AssumeRoleDenied,
            format!("{role} does not trust this web identity (or does not exist)."),
            NextStep::CompareTrustConditions,
        );
    }
    let who = denial::parse(message).map_or("The caller", |denied| denied.principal);
    Refusal::new(
        DiagnosisId::AssumeRoleDenied,
        format!("{who} is not allowed to assume {role}."),
        NextStep::CheckRoleTrust,
    )
}

fn unknown_key(attempt: &Attempt<'_>) -> Refusal {
    if let Source::Environment(key) = &attempt.selection.source {
        let id = short_key(&key.id);
        match (&key.session_token, key.id.get(..4)) {
            (None, Some("ASIA")) => {
                return Refusal::new(
                    DiagnosisId::MixedSessionToken,
                    format!("AWS_ACCESS_KEY_ID {id} is a temporary key, but AWS_SESSION_TOKEN is not set."),
                    attempt.renew(),
                );
            }
            (Some(_), Some("AKIA")) => {
                return Refusal::new(
                    DiagnosisId::MixedSessionToken,
                    format!(
                        "AWS_ACCESS_KEY_ID {id} is a long-term key, but AWS_SESSION_TOKEN is left over from another session."
                    ),
                    NextStep::UnsetSessionToken,
                );
            }
            _ => {}
        }
    }
    Refusal::new(
        DiagnosisId::InvalidAccessKey,
        format!(
            "AWS does not know the key or session token of {} (deleted, another partition, or region {} not enabled).",
            attempt.selection.source.describe(),
            attempt.registry.region(),
        ),
        attempt.renew(),
    )
}

/// First and last four characters: enough to find a key, too little to be one.
fn short_key(id: &str) -> String {
    match (id.get(..4), id.len().checked_sub(4).and_then(|at| id.get(at..))) {
        (Some(head), Some(tail)) if id.len() >= 16 => format!("{head}…{tail}"),
        _ => "…".to_owned(),
    }
}

fn signature(attempt: &Attempt<'_>, exchange: &Exchange, message: &str) -> Refusal {
    let skewed = message.contains("Signature expired") || message.contains("Signature not yet current");
    if let Some(server) = exchange.server_time {
        let skew = exchange.local_time - server;
        if skewed || skew.abs() > 240 {
            let side = if skew < 0 { "behind" } else { "ahead of" };
            return Refusal::new(
                DiagnosisId::ClockSkew,
                format!(
                    "This machine's clock is {} {side} AWS's, so signatures are refused.",
                    duration(skew)
                ),
                NextStep::SetClock,
            );
        }
    }
    if skewed {
        return Refusal::new(
            DiagnosisId::ClockSkew,
            "This machine's clock is too far from AWS's, so signatures are refused.",
            NextStep::SetClock,
        );
    }
    Refusal::new(
        DiagnosisId::InvalidAccessKey,
        format!(
            "The secret access key of {} does not belong to its key id.",
            attempt.selection.source.describe()
        ),
        attempt.renew(),
    )
}

fn expired(attempt: &Attempt<'_>, operation: &str) -> Refusal {
    if operation == "AssumeRoleWithWebIdentity" {
        if let Source::ServiceAccount(account) = &attempt.selection.source {
            let subject = account.subject().unwrap_or_else(|| "the service account".to_owned());
            return Refusal::new(
                DiagnosisId::IrsaWebIdentityInvalid,
                format!("AWS says that the token of {subject}, which the kubelet sent, has expired."),
                "compare this node's clock with the control plane's: timedatectl status",
            );
        }
        return Refusal::new(
            DiagnosisId::IrsaWebIdentityInvalid,
            "The web identity token has expired: its file is not being renewed.",
            attempt.renew(),
        );
    }
    if operation.starts_with("/token") || operation == "CreateToken" {
        return sso_over(attempt);
    }
    Refusal::new(
        DiagnosisId::ExpiredSessionToken,
        format!("The session of {} has expired.", attempt.selection.source.describe()),
        attempt.renew(),
    )
}

fn sso_over(attempt: &Attempt<'_>) -> Refusal {
    let next = match &attempt.selection.source {
        Source::Profile(profile) if matches!(profile.base, ProfileKind::Sso { .. }) => attempt.renew(),
        _ => NextStep::SsoLogin { profile: None },
    };
    Refusal::new(
        DiagnosisId::SsoSessionExpired,
        format!("The IAM Identity Center session of {} has expired.", attempt.selection.source.describe()),
        next,
    )
}
