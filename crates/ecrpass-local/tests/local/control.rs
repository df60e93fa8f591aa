//! The control API, as a test in another language would use it.

use ecrpass_local::LocalEcr;
use serde_json::json;

use crate::support::{authorization_token, request};

#[test]
fn faults_come_and_go() {
    let ecr = LocalEcr::start().unwrap();
    let post = |body: &str| request("POST", "/_local/faults").body(body).send(&ecr);
    let answer = post(r#"{"fault":"throttle:ecr=1"}"#);
    assert_eq!((answer.status, &answer.json()["faults"]), (201, &json!(["throttle:ecr=1"])));
    assert_eq!(authorization_token(&ecr, &ecr.access_key().clone()).status, 400);
    assert_eq!(post(r#"{"faults":["deny:sts","drop:imds"]}"#).status, 201);
    let wrong = post(r#"{"fault":"explode"}"#);
    assert_eq!(wrong.status, 400);
    assert!(wrong.json()["error"].as_str().unwrap().starts_with("there is no fault `explode`"));
    assert_eq!(post("{}").status, 400);
    assert_eq!(request("DELETE", "/_local/faults?fault=deny").send(&ecr).status, 204);
    assert_eq!(request("DELETE", "/_local/faults?fault=deny").send(&ecr).status, 404);
    let listed = request("GET", "/_local/faults").send(&ecr).json();
    assert_eq!(listed["faults"], json!(["drop:imds"]));
    assert!(listed["known"].as_array().unwrap().len() > 10);
    assert_eq!(request("DELETE", "/_local/faults").send(&ecr).status, 204);
    assert!(ecr.faults().is_empty());
}

#[test]
fn calls_are_read_and_forgotten() {
    let ecr = LocalEcr::start().unwrap();
    authorization_token(&ecr, &ecr.access_key().clone());
    let calls = request("GET", "/_local/calls").send(&ecr).json();
    assert_eq!(calls["counts"], json!({"ecr:GetAuthorizationToken": 1}));
    assert_eq!(calls["calls"][0]["authorization"], "sigv4");
    assert_eq!(calls["calls"][0]["principal"], "arn:aws:iam::123456789012:user/local");
    assert_eq!(request("DELETE", "/_local/calls").send(&ecr).status, 204);
    assert_eq!(ecr.call_count("*"), 0);
}

#[test]
fn repositories_and_the_rest() {
    let ecr = LocalEcr::builder().region("eu-west-1").start().unwrap();
    let post = |body: &str| request("POST", "/_local/repositories").body(body).send(&ecr).status;
    assert_eq!(post(r#"{"name":"team/app"}"#), 201);
    assert_eq!(post(r#"{"name":"team/app"}"#), 409);
    assert_eq!(post(r#"{"name":"Team"}"#), 400);
    assert_eq!(post(r#"{"name":"alias/app","account":"public"}"#), 201);
    let names = |path: &str| request("GET", path).send(&ecr).json()["repositories"].clone();
    assert_eq!(names("/_local/repositories"), json!(["team/app"]));
    assert_eq!(names("/_local/repositories?account=public"), json!(["alias/app"]));
    assert_eq!(names("/_local/repositories?account=210987654321"), json!([]));
    let status = request("GET", "/_local/status").send(&ecr).json();
    assert_eq!((&status["region"], &status["tokens_issued"]), (&json!("eu-west-1"), &json!(0)));
    assert_eq!(request("GET", "/_local/ca.pem").send(&ecr).text(), ecr.ca_pem());
    assert_eq!(request("GET", "/_local/nonsense").send(&ecr).status, 404);
}

#[test]
fn web_pages_are_not_answered() {
    let ecr = LocalEcr::start().unwrap();
    let page = request("POST", "/_local/faults").header("Origin", "https://evil.example");
    assert_eq!(page.body(r#"{"fault":"drop"}"#).send(&ecr).status, 403);
    assert!(ecr.faults().is_empty());
}
