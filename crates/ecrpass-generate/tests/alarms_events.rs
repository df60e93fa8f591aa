//! The patterns that are written, held against events as AWS sends them: those that are meant, and those that are near.

#![allow(clippy::indexing_slicing, clippy::unwrap_used)] // a test's way of failing

use ecrpass_audit::infrastructure::datum::Datum;
use ecrpass_audit::infrastructure::intrinsics::datum;
use ecrpass_audit::yaml;
use ecrpass_generate::alarms::Settings;
use ecrpass_generate::alarms::format::Format;
use ecrpass_generate::alarms::pattern::{Absent, matches};
use serde_json::{Value, json};

/// The rules: name, state, pattern.
fn rules() -> Vec<(String, String, Datum)> {
    let text = Format::Eventbridge.text(&Settings::default()).unwrap();
    let document: Value = serde_json::from_str(&text).unwrap();
    let rule = |rule: &Value| {
        let pattern = datum(&yaml::read(&rule["EventPattern"].to_string()).unwrap()[0]);
        (rule["Name"].as_str().unwrap().to_owned(), rule["State"].as_str().unwrap().to_owned(), pattern)
    };
    document["rules"].as_array().unwrap().iter().map(rule).collect()
}

/// The names of the rules that an event meets.
fn met(event: &Value) -> Vec<String> {
    let all = rules().into_iter().filter(|(_, _, pattern)| matches(pattern, event, Absent::NoMatch));
    all.map(|(name, ..)| name).collect()
}

fn event(source: &str, kind: &str, detail: Value) -> Value {
    json!({
        "version": "0", "id": "1", "source": source, "detail-type": kind, "account": "123456789012",
        "time": "2026-11-24T10:00:00Z", "region": "eu-west-1", "resources": [], "detail": detail,
    })
}

fn task(stopped: &str, container: Option<&str>) -> Value {
    let container = match container {
        Some(reason) => json!({"lastStatus": "STOPPED", "name": "web", "reason": reason}),
        None => json!({"lastStatus": "STOPPED", "name": "web"}),
    };
    event(
        "aws.ecs",
        "ECS Task State Change",
        json!({"lastStatus": "STOPPED", "stopCode": "TaskFailedToStart", "stoppedReason": stopped, "containers": [json!({"name": "side"}), container]}),
    )
}

fn call(source: &str, event_source: &str, name: &str, code: Option<&str>) -> Value {
    let mut detail = json!({"eventVersion": "1.11", "eventSource": event_source, "eventName": name, "requestParameters": null});
    if let Some(code) = code {
        detail["errorCode"] = json!(code);
        detail["errorMessage"] = json!("User: … is not authorized");
    }
    event(source, "AWS API Call via CloudTrail", detail)
}

#[test]
fn failed_pulls_of_ecs_are_met_in_both_places_by_all_names() {
    for name in [
        "CannotPullContainerError",
        "CannotPullECRContainerError",
        "CannotPullImageManifestError",
        "CannotPullContainerAuthError",
        "ResourceInitializationError: unable to pull secrets or registry auth",
    ] {
        let reason = format!("{name}: something");
        assert_eq!(met(&task(&reason, None)), ["ecr-ecs-cannot-pull"], "{name}");
        assert_eq!(met(&task("Task failed to start", Some(&reason))), ["ecr-ecs-cannot-pull"], "{name}");
    }
    for (stopped, container) in [
        ("Essential container in task exited", Some("OutOfMemoryError: Container killed")),
        ("Scaling activity initiated by (deployment ecs-svc/1)", None),
        ("ResourceInitializationError: failed to invoke EFS utils commands", None),
        ("Task failed to start", Some("CannotStartContainerError: exec format")),
    ] {
        assert_eq!(met(&task(stopped, container)), [""; 0], "{stopped}");
    }
    let mut pending = task("CannotPullContainerError: x", None);
    pending["detail"]["lastStatus"] = json!("PENDING");
    assert_eq!(met(&pending), [""; 0]);
}

#[test]
fn warnings_and_deployments_are_met() {
    let service = |kind: &str, level: &str, name: &str| {
        met(&event("aws.ecs", kind, json!({"eventType": level, "eventName": name})))
    };
    assert_eq!(
        service("ECS Service Action", "WARN", "SERVICE_TASK_START_IMPAIRED"),
        ["ecr-ecs-start-impaired"]
    );
    assert_eq!(
        service("ECS Deployment State Change", "ERROR", "SERVICE_DEPLOYMENT_FAILED"),
        ["ecr-ecs-deployment-failed"]
    );
    assert_eq!(service("ECS Service Action", "INFO", "SERVICE_STEADY_STATE"), [""; 0]);
    assert_eq!(service("ECS Deployment State Change", "INFO", "SERVICE_DEPLOYMENT_COMPLETED"), [""; 0]);
}

#[test]
fn refusals_are_met_by_all_their_codes_and_delivered() {
    for (code, expected) in [
        ("AccessDenied", "ecr-denied"),
        ("AccessDeniedException", "ecr-denied"),
        ("ThrottlingException", "ecr-throttled"),
        ("KmsException", "ecr-key-refused"),
        ("UnableToGetUpstreamImageException", "ecr-upstream-fails"),
        ("LimitExceededException", "ecr-quota-reached"),
    ] {
        for (source, service) in
            [("aws.ecr", "ecr.amazonaws.com"), ("aws.ecr-public", "ecr-public.amazonaws.com")]
        {
            assert_eq!(
                met(&call(source, service, "GetAuthorizationToken", Some(code))),
                [expected],
                "{code}"
            );
        }
        assert_eq!(
            met(&call("aws.secretsmanager", "secretsmanager.amazonaws.com", "GetSecretValue", Some(code))),
            [""; 0]
        );
    }
    assert_eq!(met(&call("aws.ecr", "ecr.amazonaws.com", "BatchGetImage", None)), [""; 0]);
    // CI asks whether a tag exists.
    assert_eq!(
        met(&call("aws.ecr", "ecr.amazonaws.com", "DescribeImages", Some("ImageNotFoundException"))),
        [""; 0]
    );
    for (name, state, _) in rules() {
        let all = name.starts_with("ecr-denied") || name.starts_with("ecr-throttled");
        if all {
            assert_eq!(state, "ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS", "{name}");
        }
        if name.contains("ecs") || name.contains("lambda") {
            assert_eq!(state, "ENABLED", "{name}");
        }
    }
}

#[test]
fn refused_images_of_lambda_are_met() {
    for name in ["UpdateFunctionCode20150331v2", "CreateFunction20150331"] {
        assert_eq!(
            met(&call("aws.lambda", "lambda.amazonaws.com", name, Some("InvalidParameterValueException"))),
            ["ecr-lambda-refused"]
        );
        assert_eq!(met(&call("aws.lambda", "lambda.amazonaws.com", name, None)), [""; 0]);
    }
    assert_eq!(
        met(&call("aws.lambda", "lambda.amazonaws.com", "CreateFunctionUrlConfig", Some("X"))),
        [""; 0]
    );
}
