//! Cases of AWS credentials: where they come from, whose they are, and what AWS says to them.

use ecrpass_core::DiagnosisId;
use ecrpass_credentials::aws_call::NetworkFailure;
use ecrpass_diagnosis::facts::{Metadata, Variable, WebIdentity};

use super::{Cases, of};
use crate::support::{Asked, HOST, NOW, ecr_password, healthy, pulling_public, stored_login};

const TOKEN: &str = "GetAuthorizationToken";
const ROLE: &str = "[profile ci]\nrole_arn = arn:aws:iam::123456789012:role/ci\nsource_profile = base\n[profile base]\naws_access_key_id = AKIARZPUZDIKGB2VALC4\naws_secret_access_key = s\n";
const SSO: &str = "[profile dev]\nsso_session = corp\nsso_account_id = 123456789012\nsso_role_name = dev\n[sso-session corp]\nsso_start_url = https://corp.awsapps.com/start\nsso_region = us-east-1\n";

pub fn cases() -> Vec<Cases> {
    [keys(), roles(), machines(), identities()].into_iter().flatten().collect()
}

/// A login that is still good, beside AWS credentials that are not.
fn with_login() -> crate::support::Facts {
    healthy().docker_config(&stored_login(HOST, "AWS", &ecr_password(NOW + 3600)))
}

/// Nothing anywhere, on a machine that is no instance of EC2.
pub fn nothing() -> Asked {
    Asked::default().unreachable("/latest/api/token", NetworkFailure::Timeout, "no answer")
}

fn expired() -> Asked {
    Asked::default()
        .set("AWS_ACCESS_KEY_ID", "ASIARZPUZDIKGB2VALC4")
        .set("AWS_SECRET_ACCESS_KEY", "s")
        .set("AWS_SESSION_TOKEN", "t")
        .refused(TOKEN, 400, "ExpiredTokenException", "The security token included in the request is expired")
}

fn keys() -> Vec<Cases> {
    const UNKNOWN: &str = "The security token included in the request is invalid.";
    let unknown_key = |asked: Asked| asked.refused(TOKEN, 400, "UnrecognizedClientException", UNKNOWN);
    let temporary = || {
        let key = Asked::default().set("AWS_ACCESS_KEY_ID", "ASIARZPUZDIKGB2VALC4");
        unknown_key(key.set("AWS_SECRET_ACCESS_KEY", "s"))
    };
    vec![
        of(DiagnosisId::ExpiredSessionToken)
            .found("the session is over", healthy().token_refused(expired()), "has expired")
            .found(
                "over, beside a login that works",
                with_login().token_refused_beside_a_login(expired()),
                "has expired",
            )
            .clear("a token is issued", healthy(), "ECR issued a token")
            .unknown("nobody was asked", healthy().offline(), "--offline")
            .unknown("something comes before", healthy().token_refused(nothing()), "no-aws-credentials"),
        of(DiagnosisId::InvalidAccessKey)
            .found(
                "the key was deleted",
                healthy().token_refused(unknown_key(Asked::with_key())),
                "AWS does not know the key",
            )
            .found(
                "the secret is another key's",
                healthy().token_refused(Asked::with_key().refused(
                    TOKEN,
                    400,
                    "InvalidSignatureException",
                    "The request signature we calculated does not match the signature you provided.",
                )),
                "does not belong to its key id",
            )
            .clear("a token is issued", healthy(), "ECR issued a token")
            .unknown("nobody was asked", healthy().offline(), "--offline"),
        of(DiagnosisId::MixedSessionToken)
            .found(
                "a temporary key without its session token",
                healthy().token_refused(temporary()),
                "AWS_SESSION_TOKEN is not set",
            )
            .found(
                "a long-term key beside another's session token",
                healthy().token_refused(unknown_key(Asked::with_key().set("AWS_SESSION_TOKEN", "t"))),
                "left over from another session",
            )
            .clear("a token is issued", healthy(), "ECR issued a token")
            .unknown("nobody was asked", healthy().offline(), "--offline"),
    ]
}

fn roles() -> Vec<Cases> {
    let denied = "User: arn:aws:iam::123456789012:user/ada is not authorized to perform: sts:AssumeRole on resource: arn:aws:iam::123456789012:role/ci";
    let irsa = || {
        Asked::default()
            .set("AWS_WEB_IDENTITY_TOKEN_FILE", "/var/run/secrets/eks.amazonaws.com/serviceaccount/token")
            .set("AWS_ROLE_ARN", "arn:aws:iam::123456789012:role/app")
    };
    let token_file = |expires_at| WebIdentity {
        file: "/var/run/secrets/eks.amazonaws.com/serviceaccount/token".to_owned(),
        issuer: Some("https://oidc.eks.us-east-1.amazonaws.com/id/ABC".to_owned()),
        audience: vec!["sts.amazonaws.com".to_owned()],
        expires_at: Some(expires_at),
        ..WebIdentity::default()
    };
    vec![
        of(DiagnosisId::AssumeRoleDenied)
            .found(
                "the role does not trust the caller",
                healthy().token_refused(
                    Asked::with_config("ci", ROLE).refused("AssumeRole", 403, "AccessDenied", denied),
                ),
                "arn:aws:iam::123456789012:user/ada is not allowed to assume arn:aws:iam::123456789012:role/ci",
            )
            .clear("a token is issued", healthy(), "ECR issued a token")
            .unknown("nobody was asked", healthy().offline(), "--offline"),
        of(DiagnosisId::IrsaWebIdentityInvalid)
            .found(
                "the provider is not known",
                healthy()
                    .token_refused(irsa().refused(
                        "AssumeRoleWithWebIdentity",
                        400,
                        "InvalidIdentityToken",
                        "No OpenIDConnect provider found in your account for https://oidc.eks.us-east-1.amazonaws.com/id/ABC",
                    ))
                    .change(|bundle| bundle.aws.web_identity = Some(token_file(NOW + 600))),
                "No OpenIDConnect provider found",
            )
            .found(
                "the token is not renewed",
                healthy()
                    .token_refused(irsa().refused(
                        "AssumeRoleWithWebIdentity",
                        400,
                        "ExpiredTokenException",
                        "Token expired",
                    ))
                    .change(|bundle| bundle.aws.web_identity = Some(token_file(NOW - 600))),
                "has expired",
            )
            .found(
                "the token is over, and nobody was asked",
                healthy().offline().change(|bundle| bundle.aws.web_identity = Some(token_file(NOW - 600))),
                "the token expired 10 min ago",
            )
            .found(
                "the role is not named",
                healthy().token_refused(
                    Asked::default().set("AWS_WEB_IDENTITY_TOKEN_FILE", "/var/run/secrets/token"),
                ),
                "AWS_ROLE_ARN is not",
            )
            .clear("a token is issued", healthy(), "ECR issued a token")
            .unknown("nobody was asked", healthy().offline(), "--offline"),
        of(DiagnosisId::SsoSessionExpired)
            .found(
                "nobody has logged in today",
                healthy().token_refused(Asked::with_config("dev", SSO)),
                "session of profile `dev` has expired, or there is none",
            )
            .found(
                "IAM Identity Center says so",
                healthy().token_refused(Asked::with_config("dev", SSO).refused(
                    "/federation/credentials",
                    401,
                    "UnauthorizedException",
                    "Session token not found or invalid",
                )),
                "has expired",
            )
            .clear("a token is issued", healthy(), "ECR issued a token")
            .unknown("nobody was asked", healthy().offline(), "--offline"),
        of(DiagnosisId::AwsProfileInvalid)
            .found(
                "there is no such profile",
                healthy().token_refused(Asked::with_config("prod", ROLE)),
                "prod",
            )
            .clear("a token is issued", healthy(), "ECR issued a token")
            .unknown("something comes before", healthy().token_refused(expired()), "expired-session-token"),
    ]
}

fn machines() -> Vec<Cases> {
    let metadata = |version_2, version_1| Metadata {
        endpoint: "http://169.254.169.254".to_owned(),
        version_2,
        version_1,
        role: version_1.map(|_| "node".to_owned()),
        failure: version_2.is_none().then(|| "no answer within 1 s".to_owned()),
        took_ms: 1000,
    };
    let silent = || nothing().on_ec2();
    let skewed = |seconds| {
        Asked::with_key().ahead(seconds).refused(
            TOKEN,
            400,
            "InvalidSignatureException",
            "Signature expired: 20261121T095327Z is now earlier than 20261121T104827Z",
        )
    };
    vec![
        of(DiagnosisId::NoAwsCredentials)
            .found("nothing anywhere", healthy().token_refused(nothing()), "No AWS credentials")
            .found(
                "an instance without a role",
                healthy().token_refused(Asked::default().on_ec2().refused(
                    "/latest/meta-data/iam/security-credentials/",
                    404,
                    "",
                    "",
                )),
                "no IAM role",
            )
            .found(
                "a public image, for which none are needed",
                pulling_public().token_refused_beside_a_login(nothing()),
                "No AWS credentials",
            )
            .clear("a token is issued", healthy(), "ECR issued a token")
            .unknown("nobody was asked", healthy().offline(), "--offline"),
        of(DiagnosisId::ImdsUnreachableOrHopLimit)
            .found(
                "a container, one hop too far",
                healthy()
                    .token_refused(silent())
                    .change(|bundle| bundle.aws.metadata = Some(metadata(None, Some(200)))),
                "IMDSv1 answers, IMDSv2 does not",
            )
            .found(
                "nothing answers on an instance",
                healthy()
                    .token_refused(silent())
                    .change(|bundle| bundle.aws.metadata = Some(metadata(None, None))),
                "metadata service does not answer in time",
            )
            .clear(
                "it answers",
                healthy().change(|bundle| bundle.aws.metadata = Some(metadata(Some(200), Some(401)))),
                "ECR issued a token",
            )
            .clear("it is not asked", healthy(), "ECR issued a token")
            .unknown("nobody was asked", healthy().offline(), "--offline"),
        of(DiagnosisId::ClockSkew)
            .found("an hour ahead", healthy().token_refused(skewed(3600)), "this machine is 1 h ahead of it")
            .found(
                "an hour behind, for which the SDK corrects",
                healthy().change(|bundle| {
                    if let ecrpass_diagnosis::facts::Seen::Known(clock) = &mut bundle.aws.clock {
                        clock.ahead = -3600;
                    }
                }),
                "1 h behind",
            )
            .found(
                "a certificate that is not valid now, and nobody told the time",
                healthy()
                    .change(|bundle| bundle.aws.clock = crate::support::unknown("AWS was not reached"))
                    .path_fails(
                        ecrpass_diagnosis::facts::Destination::Registry,
                        ecrpass_credentials::aws_call::NetworkFailure::TlsExpired,
                        "invalid peer certificate: certificate not valid yet",
                    ),
                "not valid yet",
            )
            .clear("as AWS's", healthy(), "0 s from AWS's")
            .clear("a minute off, which AWS allows", healthy().token_refused(skewed(60)), "60 s from AWS's")
            .unknown("nobody was asked", healthy().offline(), "--offline"),
    ]
}

fn identities() -> Vec<Cases> {
    let others = || {
        healthy().in_another_account().manifest_refused(
            403,
            "DENIED",
            "User: arn:aws:iam::999999999999:user/ada is not authorized to perform: ecr:BatchGetImage on resource: arn:aws:ecr:us-east-1:123456789012:repository/team/app because no resource-based policy allows the ecr:BatchGetImage action",
        )
    };
    let differ = |facts: crate::support::Facts| {
        facts.change(|bundle| {
            bundle.aws.tools_differ = true;
            bundle
                .machine
                .variables
                .push(Variable { name: "AWS_PROFILE".to_owned(), value: Some("other".to_owned()) });
        })
    };
    vec![
        of(DiagnosisId::WrongAwsIdentity)
            .found(
                "another account's, and the AWS CLI would use others",
                differ(others()),
                "they belong to account 999999999999, the registry belongs to account 123456789012",
            )
            .found(
                "another account's, and a profile here is of the registry's",
                others().subject(|subject| subject.profiles_of_account = vec!["prod".to_owned()]),
                "they belong to account 999999999999, the registry belongs to account 123456789012",
            )
            .clear("the registry's own account", differ(healthy()), "belong to account 123456789012")
            .clear("another account's, as every tool has it", others(), "belong to account 999999999999")
            .unknown("nobody was asked", healthy().offline(), "AWS did not say"),
    ]
}
