//! `ecrpass canary --function`: what Lambda says of functions that are images, told as a result and as metrics.

#![allow(clippy::indexing_slicing, clippy::string_slice)] // a test's way of failing
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, clippy::panic)] // a test's way of failing

mod common;

use std::io::{Read, Write};
use std::net::TcpListener;
use std::thread;

use common::{Home, text};
use serde_json::{Value, json};

const ARN: &str = "arn:aws:lambda:eu-west-1:123456789012:function:api";
const IMAGE: &str = "123456789012.dkr.ecr.eu-west-1.amazonaws.com/team/app:v1";

/// A Lambda that answers every request so.
fn lambda(status: &str, body: Value) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let (status, body) = (status.to_owned(), body.to_string());
    thread::spawn(move || {
        for stream in listener.incoming() {
            let Ok(mut stream) = stream else { return };
            let mut head = [0; 8192];
            let length = stream.read(&mut head).unwrap_or_default();
            let line = String::from_utf8_lossy(&head[..length]).into_owned();
            assert!(line.starts_with("GET /2015-03-31/functions/arn%3Aaws%3Alambda%3Aeu-west-1"), "{line}");
            let _ = write!(
                stream,
                "HTTP/1.1 {status}\r\ncontent-type: application/json\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}",
                body.len()
            );
        }
    });
    format!("http://{address}")
}

fn run(endpoint: &str) -> (Option<i32>, Value, String, String) {
    let home = Home::bare();
    let mut command = home.command(&[
        "canary",
        "--once",
        "--format",
        "json",
        "--metrics-file",
        "m.prom",
        "--function",
        ARN,
    ]);
    command
        .env("AWS_ENDPOINT_URL_LAMBDA", endpoint)
        .env("AWS_ACCESS_KEY_ID", "AKIAIOSFODNN7EXAMPLE")
        .env("AWS_SECRET_ACCESS_KEY", "wJalrXUtnFEMIK7MDENGbPxRfiCYEXAMPLEKEYAB");
    let (status, stdout, stderr) = text(&command.output().unwrap());
    let metrics = std::fs::read_to_string(home.path("m.prom")).unwrap();
    (status, serde_json::from_str(&stdout).unwrap_or_default(), metrics, stdout + &stderr)
}

fn function(configuration: Value) -> Value {
    json!({"Configuration": configuration, "Code": {"RepositoryType": "ECR", "ImageUri": IMAGE}})
}

#[test]
fn an_image_that_lambda_cannot_pull_is_told() {
    let endpoint = lambda(
        "200 OK",
        function(json!({"FunctionName": "api", "State": "Inactive", "StateReasonCode": "ImageAccessDenied",
            "StateReason": "Lambda does not have permission to access the ECR image. Check the ECR permissions."})),
    );
    let (status, report, metrics, all) = run(&endpoint);
    assert_eq!(status, Some(1), "{all}");
    let function = &report["functions"][0];
    assert_eq!(
        (&function["name"], &function["state"], &function["cause"]),
        (&json!("api"), &json!("Inactive"), &json!("lambda-repo-policy-missing"))
    );
    assert!(metrics.contains("ecrpass_canary_function_up{registry=\"123456789012.dkr.ecr.eu-west-1.amazonaws.com\",region=\"eu-west-1\",target=\"team/app:v1\",function=\"api\"} 0"), "{metrics}");
    assert!(metrics.contains("reason=\"ImageAccessDenied\"} 1"), "{metrics}");
    assert!(!metrics.contains("arn:"), "{metrics}");
}

#[test]
fn a_function_that_runs_is_well_and_one_that_may_not_be_asked_for_is_not_known() {
    let (status, report, metrics, all) =
        run(&lambda("200 OK", function(json!({"FunctionName": "api", "State": "Active"}))));
    assert_eq!((status, &report["functions"][0]["cause"]), (Some(0), &Value::Null), "{all}");
    assert!(metrics.contains("function=\"api\"} 1"), "{metrics}");
    let denied = json!({"Message": "User: arn:aws:iam::123456789012:user/x is not authorized to perform: lambda:GetFunction"});
    let (status, report, _, all) = run(&lambda("403 Forbidden", denied));
    assert_eq!(status, Some(0), "{all}");
    assert!(report["functions"][0]["unknown"].as_str().is_some_and(|why| !why.is_empty()), "{all}");
    // The last image was deleted: the function still runs, and will not start anew.
    let update = json!({"FunctionName": "api", "State": "Active", "LastUpdateStatus": "Failed", "LastUpdateStatusReasonCode": "ImageDeleted"});
    let (status, report, _, all) = run(&lambda("200 OK", function(update)));
    assert_eq!((status, &report["functions"][0]["cause"]), (Some(1), &json!("tag-not-found")), "{all}");
}

#[test]
fn an_idle_function_is_well_unless_its_last_update_failed() {
    let idle = |more: Value| {
        let mut configuration = json!({"FunctionName": "api", "State": "Inactive", "StateReasonCode": "Idle", "StateReason": "The function is idle."});
        configuration.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        run(&lambda("200 OK", function(configuration)))
    };
    let (status, report, metrics, all) = idle(json!({}));
    assert_eq!((status, &report["functions"][0]["cause"]), (Some(0), &Value::Null), "{all}");
    assert!(metrics.contains("function=\"api\"} 1"), "{metrics}");
    assert!(metrics.contains("reason=\"Idle\"} 1"), "{metrics}");
    let failed = json!({"LastUpdateStatus": "Failed", "LastUpdateStatusReasonCode": "ImageAccessDenied"});
    let (status, report, metrics, all) = idle(failed);
    let cause = &report["functions"][0]["cause"];
    assert_eq!((status, cause), (Some(1), &json!("lambda-repo-policy-missing")), "{all}");
    assert!(metrics.contains("function=\"api\"} 0") && !metrics.contains("Idle"), "{metrics}");
}
