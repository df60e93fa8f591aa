//! ECR's API: tokens, repositories, and signatures that are wrong in every way.

use std::time::Duration;

use ecrpass_core::AuthorizationToken;
use ecrpass_local::{AccessKey, LocalEcr, Policy, Role};
use serde_json::json;

use crate::support::{ECR, MORNING, Signer, at, authorization_token, request, stopped};

fn call(ecr: &LocalEcr, operation: &str, body: &str) -> crate::support::Answer {
    Signer::new(ecr, ecr.access_key(), "ecr").json(&format!("{ECR}{operation}"), body).send(ecr)
}

#[test]
fn a_token_is_as_aws_makes_it() {
    let ecr = stopped();
    let answer = authorization_token(&ecr, ecr.access_key());
    assert_eq!(answer.status, 200, "{}", answer.text());
    assert_eq!(answer.header("content-type"), "application/x-amz-json-1.1");
    let data = answer.json()["authorizationData"][0].clone();
    assert_eq!(data["proxyEndpoint"], "https://123456789012.dkr.ecr.us-east-1.amazonaws.com");
    let token = AuthorizationToken::decode(data["authorizationToken"].as_str().unwrap()).unwrap();
    assert_eq!(token.username, "AWS");
    let expires_at = data["expiresAt"].as_f64().unwrap();
    assert_eq!(token.expires_at, Some(expires_at as i64));
    assert_eq!(expires_at as i64, MORNING + 43_200);
    assert_eq!((ecr.tokens_issued(), ecr.call_count("ecr:GetAuthorizationToken")), (1, 1));
}

#[test]
fn registry_ids_and_lifetimes_are_honoured() {
    let lifetime = Duration::from_secs(600);
    let ecr = LocalEcr::builder().token_lifetime(lifetime).stopped_clock(MORNING).start().unwrap();
    let answer = call(&ecr, "GetAuthorizationToken", r#"{"registryIds":["111122223333","444455556666"]}"#);
    let data = answer.json()["authorizationData"].clone();
    assert_eq!(data.as_array().unwrap().len(), 2);
    assert_eq!(data[1]["proxyEndpoint"], "https://444455556666.dkr.ecr.us-east-1.amazonaws.com");
    assert_eq!(data[0]["expiresAt"].as_f64().unwrap() as i64, MORNING + 600);
    let wrong = call(&ecr, "GetAuthorizationToken", r#"{"registryIds":["12"]}"#).json_error();
    assert_eq!((wrong.0, wrong.1.as_str()), (400, "InvalidParameterException"));
}

#[test]
fn every_wrong_signature_is_refused_in_awss_words() {
    let ecr = LocalEcr::start().unwrap();
    let good = ecr.access_key().clone();
    let session = ecr.issue_session(&ecr.role_arn(ecr.account(), "deploy"), "me", 900).unwrap();
    let ended = ecr.issue_session(&ecr.role_arn(ecr.account(), "deploy"), "me", -1).unwrap();
    let other = ecr.issue_session(&ecr.role_arn(ecr.account(), "deploy"), "me", 900).unwrap();
    let invalid = "The security token included in the request is invalid.";
    let mismatch = "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details.";
    for (what, key, code, message) in [
        (
            "unknown key",
            AccessKey { id: "AKIARZPUZDIKGB2VALC4".to_owned(), ..good.clone() },
            "UnrecognizedClientException",
            invalid,
        ),
        (
            "wrong secret",
            AccessKey { secret: other.secret.clone(), ..good.clone() },
            "InvalidSignatureException",
            mismatch,
        ),
        (
            "a session token left over",
            AccessKey { session_token: session.session_token.clone(), ..good.clone() },
            "UnrecognizedClientException",
            invalid,
        ),
        (
            "no session token",
            AccessKey { session_token: None, ..session.clone() },
            "UnrecognizedClientException",
            invalid,
        ),
        (
            "another's session token",
            AccessKey { session_token: other.session_token, ..session.clone() },
            "UnrecognizedClientException",
            invalid,
        ),
        (
            "a session that has ended",
            ended,
            "ExpiredTokenException",
            "The security token included in the request is expired",
        ),
    ] {
        let answer = authorization_token(&ecr, &key);
        assert_eq!(answer.json_error(), (400, code.to_owned(), message.to_owned()), "{what}");
        let sts = Signer::new(&ecr, &key, "sts").form("Action=GetCallerIdentity").send(&ecr).xml_error();
        let sts_code = match code {
            "UnrecognizedClientException" => "InvalidClientTokenId",
            "InvalidSignatureException" => "SignatureDoesNotMatch",
            _ => "ExpiredToken",
        };
        assert_eq!(sts, (403, sts_code.to_owned(), message.to_owned()), "{what}");
    }
    assert_eq!(authorization_token(&ecr, &session).status, 200);
    assert_eq!(authorization_token(&ecr, &good).status, 200);
}

#[test]
fn a_changed_request_is_refused() {
    let ecr = LocalEcr::start().unwrap();
    let signer = Signer::new(&ecr, ecr.access_key(), "ecr");
    let target = format!("{ECR}GetAuthorizationToken");
    let mut body = signer.json(&target, "{}");
    body.body = b"{ }".to_vec();
    let mut header = signer.json(&target, "{}");
    for (name, value) in &mut header.headers {
        if name == "X-Amz-Target" {
            *value = format!("{ECR}DescribeRepositories");
        }
    }
    for changed in [body, header] {
        let (status, code, _) = changed.send(&ecr).json_error();
        assert_eq!((status, code.as_str()), (400, "InvalidSignatureException"));
    }
}

#[test]
fn no_signature_and_half_a_signature() {
    let ecr = LocalEcr::start().unwrap();
    let call =
        || request("POST", "/").header("X-Amz-Target", &format!("{ECR}GetAuthorizationToken")).body("{}");
    assert_eq!(call().send(&ecr).json_error().1, "MissingAuthenticationTokenException");
    let half = call()
        .header("Authorization", "AWS4-HMAC-SHA256 Credential=AKIA/20260101/us-east-1/ecr/aws4_request");
    let (_, code, message) = half.send(&ecr).json_error();
    assert_eq!(code, "IncompleteSignatureException");
    assert!(message.contains("'SignedHeaders'"), "{message}");
}

#[test]
fn clocks_may_differ_by_fifteen_minutes() {
    let ecr = stopped();
    let off_by = |seconds: i64| {
        Signer::new(&ecr, ecr.access_key(), "ecr")
            .time(at(MORNING + seconds))
            .json(&format!("{ECR}GetAuthorizationToken"), "{}")
            .send(&ecr)
    };
    assert_eq!(off_by(-900).status, 200);
    assert_eq!(off_by(900).status, 200);
    let (_, code, behind) = off_by(-901).json_error();
    assert_eq!(code, "InvalidSignatureException");
    assert!(
        behind.starts_with("Signature expired: 20") && behind.contains("Z is now earlier than 20"),
        "{behind}"
    );
    assert!(behind.ends_with(" - 15 min.)"), "{behind}");
    let (_, _, ahead) = off_by(901).json_error();
    assert!(ahead.starts_with("Signature not yet current: ") && ahead.ends_with(" + 15 min.)"), "{ahead}");
}

#[test]
fn the_scope_must_fit_host_and_service() {
    let ecr = LocalEcr::start().unwrap();
    let target = format!("{ECR}GetAuthorizationToken");
    let host = "api.ecr.eu-west-1.amazonaws.com";
    let signer = |region| Signer::new(&ecr, ecr.access_key(), "ecr").host(host).region(region);
    let (_, code, message) = signer("us-east-1").json(&target, "{}").send(&ecr).json_error();
    assert_eq!(code, "InvalidSignatureException");
    assert_eq!(message, "Credential should be scoped to a valid region, not 'us-east-1'.");
    let answer = signer("eu-west-1").json(&target, "{}").send(&ecr);
    let endpoint = answer.json()["authorizationData"][0]["proxyEndpoint"].clone();
    assert_eq!(endpoint, "https://123456789012.dkr.ecr.eu-west-1.amazonaws.com");
    let sts = Signer::new(&ecr, ecr.access_key(), "sts").json(&target, "{}").send(&ecr).json_error();
    assert_eq!(sts.2, "Credential should be scoped to correct service: 'ecr'.");
}

#[test]
fn policies_deny_with_a_reason() {
    let ecr = LocalEcr::start().unwrap();
    let nobody = ecr.add_user("123456789012", "nobody", Policy::nothing());
    let arn = "arn:aws:iam::123456789012:user/nobody";
    assert_eq!(
        authorization_token(&ecr, &nobody).json_error(),
        (
            400,
            "AccessDeniedException".to_owned(),
            format!(
                "User: {arn} is not authorized to perform: ecr:GetAuthorizationToken on resource: * because no identity-based policy allows the ecr:GetAuthorizationToken action"
            )
        )
    );
    let scoped = Policy::nothing().allow("ecr:*", "team/*");
    let scoped = ecr.add_user("123456789012", "scoped", scoped);
    assert_eq!(authorization_token(&ecr, &scoped).json_error().1, "AccessDeniedException");
    let denied = Policy::allow_all().deny("ecr:GetAuthorizationToken", "*");
    let denied = ecr.add_user("123456789012", "denied", denied);
    let message = authorization_token(&ecr, &denied).json_error().2;
    assert!(message.ends_with(" with an explicit deny in an identity-based policy"), "{message}");
    let calls = ecr.calls();
    assert_eq!(calls[0].principal.as_deref(), Some(arn));
    assert_eq!(calls[0].error.as_deref(), Some("AccessDeniedException"));
}

#[test]
fn repositories_are_created_and_described() {
    let ecr = LocalEcr::start().unwrap();
    let created =
        call(&ecr, "CreateRepository", r#"{"repositoryName":"team/app","imageTagMutability":"IMMUTABLE"}"#);
    let repository = created.json()["repository"].clone();
    assert_eq!(repository["repositoryArn"], "arn:aws:ecr:us-east-1:123456789012:repository/team/app");
    assert_eq!(repository["repositoryUri"], "123456789012.dkr.ecr.us-east-1.amazonaws.com/team/app");
    assert_eq!(repository["imageTagMutability"], "IMMUTABLE");
    let again = call(&ecr, "CreateRepository", r#"{"repositoryName":"team/app"}"#).json_error();
    assert_eq!(again.1, "RepositoryAlreadyExistsException");
    let invalid = call(&ecr, "CreateRepository", r#"{"repositoryName":"Team/App"}"#).json_error();
    assert_eq!(invalid.1, "InvalidParameterException");
    assert!(ecr.create_repository("other").unwrap());
    assert!(!ecr.create_repository("other").unwrap());

    let names = |body: &str| -> Vec<String> {
        let answer = call(&ecr, "DescribeRepositories", body).json();
        let found = answer["repositories"].as_array().unwrap();
        found.iter().map(|found| found["repositoryName"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(names("{}"), ["other", "team/app"]);
    assert_eq!(names(r#"{"repositoryNames":["team/app"]}"#), ["team/app"]);
    let page = call(&ecr, "DescribeRepositories", r#"{"maxResults":1}"#).json();
    let next = json!({"maxResults": 1, "nextToken": page["nextToken"]}).to_string();
    assert_eq!(names(&next), ["team/app"]);
    let missing = call(&ecr, "DescribeRepositories", r#"{"repositoryNames":["nope"]}"#).json_error();
    assert_eq!(
        missing,
        (
            400,
            "RepositoryNotFoundException".to_owned(),
            "The repository with name 'nope' does not exist in the registry with id '123456789012'"
                .to_owned()
        )
    );
}

#[test]
fn arns_follow_the_partition() {
    let ecr = LocalEcr::builder().region("cn-north-1").start().unwrap();
    assert_eq!(ecr.registry_host(), "123456789012.dkr.ecr.cn-north-1.amazonaws.com.cn");
    assert_eq!(ecr.add_role(Role::new("123456789012", "x")), "arn:aws-cn:iam::123456789012:role/x");
    let signer = Signer::new(&ecr, ecr.access_key(), "ecr").region("cn-north-1");
    let answer = signer.json(&format!("{ECR}GetAuthorizationToken"), "{}").send(&ecr);
    assert_eq!(
        answer.json()["authorizationData"][0]["proxyEndpoint"],
        "https://123456789012.dkr.ecr.cn-north-1.amazonaws.com.cn"
    );
}
