//! Credentials of instances, tasks and pods, and of people in IAM Identity Center.

use std::time::Duration;

use ecrpass_core::Secret;
use ecrpass_local::{AccessKey, INSTANCE_ROLE, LocalEcr, Role};
use serde_json::{Value, json};

use crate::support::{Answer, MORNING, authorization_token, request, stopped};

const CREDENTIALS: &str = "/latest/meta-data/iam/security-credentials/";

fn imds_token(ecr: &LocalEcr) -> String {
    let answer =
        request("PUT", "/latest/api/token").header("X-aws-ec2-metadata-token-ttl-seconds", "21600").send(ecr);
    assert_eq!((answer.status, answer.header("x-aws-ec2-metadata-token-ttl-seconds")), (200, "21600"));
    answer.text()
}

fn imds(ecr: &LocalEcr, path: &str) -> Answer {
    request("GET", path).header("X-aws-ec2-metadata-token", &imds_token(ecr)).send(ecr)
}

pub fn key_of(credentials: &Value) -> AccessKey {
    let text = |name: &str| credentials[name].as_str().unwrap().to_owned();
    AccessKey {
        id: text("AccessKeyId"),
        secret: text("SecretAccessKey").into(),
        session_token: Some(text("Token").into()),
        expires_at: None,
    }
}

#[test]
fn an_instance_gets_its_roles_credentials() {
    let ecr = stopped();
    assert_eq!(imds(&ecr, CREDENTIALS).text(), INSTANCE_ROLE);
    let credentials = imds(&ecr, &format!("{CREDENTIALS}{INSTANCE_ROLE}")).json();
    assert_eq!((&credentials["Code"], &credentials["Type"]), (&json!("Success"), &json!("AWS-HMAC")));
    assert_eq!(credentials["LastUpdated"], "2025-09-06T08:28:19Z");
    assert_eq!(credentials["Expiration"], "2025-09-06T14:28:19Z");
    assert_eq!(authorization_token(&ecr, &key_of(&credentials)).status, 200);
    assert_eq!(imds(&ecr, &format!("{CREDENTIALS}{INSTANCE_ROLE}")).json(), credentials);
    assert_eq!(imds(&ecr, "/latest/meta-data/placement/region").text(), "us-east-1");
    let document = imds(&ecr, "/latest/dynamic/instance-identity/document").json();
    assert_eq!((&document["region"], &document["accountId"]), (&json!("us-east-1"), &json!("123456789012")));
    assert_eq!(imds(&ecr, &format!("{CREDENTIALS}other")).status, 404);
    assert_eq!(imds(&ecr, "/latest/meta-data/iam/security-credentials-extended/").status, 404);
}

#[test]
fn an_instances_session_is_the_same_until_it_nears_its_end() {
    let ecr = stopped();
    let key = || imds(&ecr, &format!("{CREDENTIALS}{INSTANCE_ROLE}")).json()["AccessKeyId"].clone();
    let first = key();
    // Six hours, and a tenth of that before the end there is a new one.
    let old_until = Duration::from_secs(6 * 3_600 * 9 / 10);
    ecr.advance_clock(old_until - Duration::from_secs(1));
    assert_eq!(key(), first);
    ecr.advance_clock(Duration::from_secs(1));
    assert_ne!(key(), first);
}

#[test]
fn a_metadata_token_ends_with_its_lifetime() {
    let ecr = stopped();
    let token = imds_token(&ecr);
    let status = || request("GET", CREDENTIALS).header("X-aws-ec2-metadata-token", &token).send(&ecr).status;
    ecr.advance_clock(Duration::from_secs(21_599));
    assert_eq!(status(), 200);
    ecr.advance_clock(Duration::from_secs(1));
    assert_eq!(status(), 401);
}

#[test]
fn metadata_wants_its_token() {
    let ecr = LocalEcr::start().unwrap();
    assert_eq!(request("GET", CREDENTIALS).send(&ecr).status, 401);
    let wrong = request("GET", CREDENTIALS).header("X-aws-ec2-metadata-token", "nope");
    assert_eq!(wrong.send(&ecr).status, 401);
    assert_eq!(request("PUT", "/latest/api/token").send(&ecr).status, 400);
    let ttl = |seconds: &str| {
        request("PUT", "/latest/api/token").header("X-aws-ec2-metadata-token-ttl-seconds", seconds)
    };
    assert_eq!(ttl("0").send(&ecr).status, 400);
    assert_eq!(ttl("21601").send(&ecr).status, 400);
    assert_eq!(ttl("60").header("X-Forwarded-For", "10.0.0.1").send(&ecr).status, 403);
}

#[test]
fn an_instance_may_have_no_role_or_another() {
    let ecr = LocalEcr::start().unwrap();
    ecr.set_instance_role(None);
    assert_eq!(imds(&ecr, CREDENTIALS).status, 404);
    ecr.add_role(Role::new("210987654321", "node"));
    ecr.set_instance_role(Some(("210987654321", "node")));
    assert_eq!(imds(&ecr, CREDENTIALS).text(), "node");
    // Attached, but it is gone or does not trust EC2.
    ecr.set_instance_role(Some(("210987654321", "gone")));
    let answer = imds(&ecr, &format!("{CREDENTIALS}gone")).json();
    assert_eq!(answer["Code"], "AssumeRoleUnauthorizedAccess");
}

#[test]
fn a_task_gets_credentials_by_its_id() {
    let ecr = LocalEcr::start().unwrap();
    let credentials = request("GET", &ecr.container_credentials_relative_uri()).send(&ecr).json();
    assert_eq!(authorization_token(&ecr, &key_of(&credentials)).status, 200);
    let wrong = request("GET", "/v2/credentials/7d0d3b4e-0000-0000-0000-000000000000").send(&ecr);
    assert_eq!((wrong.status, &wrong.json()["code"]), (400, &json!("InvalidIdInRequest")));
}

#[test]
fn a_pod_presents_its_token() {
    let ecr = LocalEcr::start().unwrap();
    assert!(ecr.pod_identity_uri().ends_with("/v1/credentials"));
    let with =
        |token: &Secret| request("GET", "/v1/credentials").header("Authorization", token.expose()).send(&ecr);
    let credentials = with(&ecr.pod_identity_token()).json();
    assert_eq!(authorization_token(&ecr, &key_of(&credentials)).status, 200);
    assert_eq!(with(&Secret::new("nope".to_owned())).status, 403);
    assert_eq!(request("GET", "/v1/credentials").send(&ecr).status, 401);
    let seen = format!("{:?}", ecr.calls());
    assert!(!seen.contains(ecr.pod_identity_token().expose()));
}

fn portal(ecr: &LocalEcr, token: &str, role: &str) -> Answer {
    let path = format!("/federation/credentials?role_name={role}&account_id=123456789012");
    request("GET", &path).header("x-amz-sso_bearer_token", token).send(ecr)
}

#[test]
fn identity_center_gives_credentials_and_renews() {
    let hour = Duration::from_secs(3_600);
    let ecr = LocalEcr::builder().session_lifetime(hour).stopped_clock(MORNING).start().unwrap();
    let file = ecr.sso_sign_in("my-session", "https://example.awsapps.com/start", 600, true);
    // sha1("my-session"), as the AWS CLI names the file.
    assert_eq!(file.name, "9e28173066ce536e277c5fb355efd9c64f398167.json");
    let cached: Value = serde_json::from_str(file.content.expose()).unwrap();
    let token = cached["accessToken"].as_str().unwrap();
    let credentials = portal(&ecr, token, "deploy").json()["roleCredentials"].clone();
    let key = AccessKey {
        id: credentials["accessKeyId"].as_str().unwrap().to_owned(),
        secret: credentials["secretAccessKey"].as_str().unwrap().to_owned().into(),
        session_token: Some(credentials["sessionToken"].as_str().unwrap().to_owned().into()),
        expires_at: None,
    };
    assert_eq!(credentials["expiration"], (MORNING + 3_600) * 1_000);
    assert_eq!(authorization_token(&ecr, &key).status, 200);

    let unknown = portal(&ecr, "nope", "deploy");
    assert_eq!((unknown.status, unknown.header("x-amzn-errortype")), (401, "UnauthorizedException"));
    let foreign = portal(&ecr, token, "missing");
    assert_eq!((foreign.status, foreign.header("x-amzn-errortype")), (403, "ForbiddenException"));

    let renew = |refresh: &Value| {
        let body = json!({
            "clientId": cached["clientId"], "clientSecret": cached["clientSecret"],
            "grantType": "refresh_token", "refreshToken": refresh,
        });
        request("POST", "/token").header("Content-Type", "application/json").body(body.to_string()).send(&ecr)
    };
    let renewed = renew(&cached["refreshToken"]).json();
    assert_eq!(renewed["tokenType"], "Bearer");
    assert_eq!(portal(&ecr, renewed["accessToken"].as_str().unwrap(), "deploy").status, 200);
    // A refresh token is good for one use, and its successor for the next.
    let again = renew(&cached["refreshToken"]);
    assert_eq!((again.status, &again.json()["error"]), (400, &json!("invalid_grant")));
    assert_eq!(renew(&renewed["refreshToken"]).status, 200);
}

#[test]
fn an_ended_sign_in_is_refused() {
    let ecr = LocalEcr::start().unwrap();
    let file = ecr.sso_sign_in("https://x.awsapps.com/start", "https://x.awsapps.com/start", -5, false);
    let cached: Value = serde_json::from_str(file.content.expose()).unwrap();
    assert!(cached.get("refreshToken").is_none());
    assert_eq!(portal(&ecr, cached["accessToken"].as_str().unwrap(), "deploy").status, 401);
}
