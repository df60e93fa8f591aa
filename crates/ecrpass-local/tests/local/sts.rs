//! STS: who am I, roles, external ids, chains and web identities.

use ecrpass_local::{AccessKey, LocalEcr, Policy, Role, WebIdentityTrust};

use crate::support::{Answer, MORNING, Signer, at, authorization_token, request, stopped};

const ACCOUNT: &str = "123456789012";
const ELSEWHERE: &str = "210987654321";

fn sts(ecr: &LocalEcr, key: &AccessKey, form: &str) -> Answer {
    Signer::new(ecr, key, "sts").form(form).send(ecr)
}

fn assume(ecr: &LocalEcr, key: &AccessKey, role: &str, more: &str) -> Answer {
    sts(ecr, key, &format!("Action=AssumeRole&RoleArn={role}&RoleSessionName=me{more}"))
}

fn key_of(answer: &Answer) -> AccessKey {
    assert_eq!(answer.status, 200, "{}", answer.text());
    AccessKey {
        id: answer.element("AccessKeyId"),
        secret: answer.element("SecretAccessKey").into(),
        session_token: Some(answer.element("SessionToken").into()),
        expires_at: None,
    }
}

#[test]
fn callers_are_told_who_they_are() {
    let ecr = LocalEcr::start().unwrap();
    let answer = sts(&ecr, ecr.access_key(), "Action=GetCallerIdentity");
    assert_eq!(answer.element("Arn"), "arn:aws:iam::123456789012:user/local");
    assert_eq!(answer.element("Account"), ACCOUNT);
    assert!(answer.header("content-type").starts_with("text/xml"));
}

#[test]
fn a_role_of_another_account_is_assumed_and_chained() {
    let ecr = LocalEcr::start().unwrap();
    let first = ecr.add_role(Role::new(ELSEWHERE, "first").trust(&["arn:aws:iam::123456789012:user/local"]));
    let second = ecr
        .add_role(Role::new(ELSEWHERE, "second").trust(&["arn:aws:sts::210987654321:assumed-role/first/*"]));
    let session = key_of(&assume(&ecr, ecr.access_key(), &first, "&DurationSeconds=900"));
    assert!(session.id.starts_with("ASIA"));
    let chained = key_of(&assume(&ecr, &session, &second, ""));
    let identity = sts(&ecr, &chained, "Action=GetCallerIdentity");
    assert_eq!(identity.element("Arn"), "arn:aws:sts::210987654321:assumed-role/second/me");
    assert_eq!(identity.element("Account"), ELSEWHERE);
    assert_eq!(authorization_token(&ecr, &chained).status, 200);
    let too_long = assume(&ecr, &session, &second, "&DurationSeconds=3601").xml_error();
    assert_eq!(
        (too_long.0, too_long.1.as_str(), too_long.2.as_str()),
        (
            400,
            "ValidationError",
            "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining"
        )
    );
}

#[test]
fn every_refusal_to_assume_reads_the_same() {
    let ecr = LocalEcr::start().unwrap();
    let untrusting = ecr.add_role(Role::new(ELSEWHERE, "untrusting").trust(&[]));
    let careful = ecr.add_role(
        Role::new(ELSEWHERE, "careful").trust(&["arn:aws:iam::123456789012:*"]).external_id("blue moon"),
    );
    let missing = ecr.role_arn(ELSEWHERE, "missing");
    for (role, more) in [(&untrusting, ""), (&missing, ""), (&careful, ""), (&careful, "&ExternalId=red")] {
        assert_eq!(
            assume(&ecr, ecr.access_key(), role, more).xml_error(),
            (
                403,
                "AccessDenied".to_owned(),
                format!(
                    "User: arn:aws:iam::123456789012:user/local is not authorized to perform: sts:AssumeRole on resource: {role}"
                )
            )
        );
    }
    key_of(&assume(&ecr, ecr.access_key(), &careful, "&ExternalId=blue%20moon"));
    key_of(&assume(&ecr, ecr.access_key(), &careful, "&ExternalId=blue+moon"));
    let nameless = sts(&ecr, ecr.access_key(), &format!("Action=AssumeRole&RoleArn={careful}"));
    assert_eq!(nameless.xml_error().1, "ValidationError");
}

#[test]
fn sts_allows_five_minutes() {
    let ecr = stopped();
    let behind = |seconds: i64| {
        Signer::new(&ecr, ecr.access_key(), "sts")
            .time(at(MORNING - seconds))
            .form("Action=GetCallerIdentity")
            .send(&ecr)
    };
    assert_eq!(behind(300).status, 200);
    let (status, code, message) = behind(301).xml_error();
    assert_eq!((status, code.as_str()), (403, "SignatureDoesNotMatch"));
    assert!(message.ends_with(" - 5 min.)"), "{message}");
}

fn web(ecr: &LocalEcr, role: &str, token: &str) -> Answer {
    let form = format!(
        "Action=AssumeRoleWithWebIdentity&Version=2011-06-15&RoleArn={role}&RoleSessionName=ci&WebIdentityToken={token}"
    );
    request("POST", "/").header("Content-Type", "application/x-www-form-urlencoded").body(form).send(ecr)
}

#[test]
fn web_identities_are_checked() {
    let ecr = LocalEcr::start().unwrap();
    let role =
        ecr.add_role(Role::new(ACCOUNT, "ci").policy(Policy::pull_only()).web_identity(WebIdentityTrust {
            issuer: "https://token.actions.githubusercontent.com".to_owned(),
            audience: "sts.amazonaws.com".to_owned(),
            subject: "repo:o/r:*".to_owned(),
        }));
    let github = "https://token.actions.githubusercontent.com";
    let token = |issuer: &str, audience: &str, subject: &str, lifetime| {
        ecr.web_identity_token_of(issuer, audience, subject, lifetime).expose().to_owned()
    };
    let good = token(github, "sts.amazonaws.com", "repo:o/r:ref:refs/heads/main", 60);
    let answer = web(&ecr, &role, &good);
    let key = key_of(&answer);
    assert_eq!(answer.element("SubjectFromWebIdentityToken"), "repo:o/r:ref:refs/heads/main");
    assert_eq!(
        sts(&ecr, &key, "Action=GetCallerIdentity").element("Arn"),
        "arn:aws:sts::123456789012:assumed-role/ci/ci"
    );

    let missing = ecr.role_arn(ACCOUNT, "missing");
    let denied = "Not authorized to perform sts:AssumeRoleWithWebIdentity";
    for (role, token, status, code, message) in [
        (&role, token(github, "sts.amazonaws.com", "repo:o/other:x", 60), 403, "AccessDenied", denied),
        (&missing, good.clone(), 403, "AccessDenied", denied),
        (
            &role,
            token("https://gitlab.com", "sts.amazonaws.com", "repo:o/r:x", 60),
            400,
            "InvalidIdentityToken",
            "No OpenIDConnect provider found in your account for https://gitlab.com",
        ),
        (
            &role,
            token(github, "https://github.com/o", "repo:o/r:x", 60),
            400,
            "InvalidIdentityToken",
            "Incorrect token audience",
        ),
        (
            &role,
            token(github, "sts.amazonaws.com", "repo:o/r:x", -5),
            400,
            "ExpiredTokenException",
            "Token expired",
        ),
        (&role, format!("{good}x"), 400, "InvalidIdentityToken", "Couldn't retrieve verification key"),
        (
            &role,
            "nonsense".to_owned(),
            400,
            "InvalidIdentityToken",
            "The ID Token provided is not a valid JWT",
        ),
        (&role, String::new(), 400, "ValidationError", "1 validation error detected"),
    ] {
        let error = web(&ecr, role, &token).xml_error();
        assert_eq!((error.0, error.1.as_str()), (status, code), "{}", error.2);
        assert!(error.2.starts_with(message), "{}", error.2);
    }
}

#[test]
fn the_built_in_role_takes_the_local_issuer() {
    let ecr = LocalEcr::start().unwrap();
    let token = ecr.web_identity_token("system:serviceaccount:default:app", 600);
    key_of(&web(&ecr, &ecr.role_arn(ACCOUNT, ecrpass_local::DEPLOY_ROLE), token.expose()));
}

#[test]
fn unknown_operations_are_named() {
    let ecr = LocalEcr::start().unwrap();
    let (status, code, message) = sts(&ecr, ecr.access_key(), "Action=GetFederationToken").xml_error();
    assert_eq!((status, code.as_str()), (400, "InvalidAction"));
    assert!(message.contains("GetFederationToken"), "{message}");
}
