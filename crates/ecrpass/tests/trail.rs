//! `ecrpass trail` as a process: what it reads, from where, what it says of what it does not read, and with which status it
//! ends.

#![allow(clippy::indexing_slicing, clippy::panic, clippy::string_slice)] // a test's way of failing
#![cfg(unix)]
#![allow(clippy::unwrap_used)] // a test's way of failing

#[path = "common/bucket.rs"]
mod bucket;
mod common;

use std::fs;

use bucket::Bucket;
use common::{Home, text};
use serde_json::{Value, json};

const ROLE: &str = "arn:aws:iam::444455556666:role/nodes/eks-node";

/// A record of a role, minutes after ten.
fn record(id: &str, minute: u32, source: &str, name: &str, more: &Value) -> Value {
    let mut record = json!({
        "eventVersion": "1.11",
        "userIdentity": {
            "type": "AssumedRole", "principalId": "AROA1:i-1", "accountId": "444455556666", "accessKeyId": "ASIA1",
            "arn": "arn:aws:sts::444455556666:assumed-role/eks-node/i-1",
            "sessionContext": { "sessionIssuer": { "type": "Role", "arn": ROLE, "userName": "eks-node" } },
        },
        "eventTime": format!("2026-11-24T{:02}:{:02}:00Z", 10 + minute / 60, minute % 60),
        "eventSource": source, "eventName": name, "awsRegion": "eu-west-1", "sourceIPAddress": "10.0.0.1",
        "userAgent": "ecr-credential-provider", "requestParameters": null, "responseElements": null, "eventID": id,
        "readOnly": true, "eventType": "AwsApiCall", "managementEvent": true, "recipientAccountId": "444455556666",
        "eventCategory": "Management",
    });
    for (key, value) in more.as_object().unwrap() {
        record[key] = value.clone();
    }
    record
}

/// A role that works until its policy is detached, and is refused from then on.
fn broken_role() -> Vec<Value> {
    let token = |minute: u32| {
        record(&format!("ok-{minute}"), minute, "ecr.amazonaws.com", "GetAuthorizationToken", &json!({}))
    };
    let refused = |minute: u32| {
        let message = "User: arn:aws:sts::444455556666:assumed-role/eks-node/i-1 is not authorized to perform: \
                       ecr:GetAuthorizationToken on resource: * because no identity-based policy allows the \
                       ecr:GetAuthorizationToken action";
        let more = json!({ "errorCode": "AccessDenied", "errorMessage": message });
        record(&format!("no-{minute}"), minute, "ecr.amazonaws.com", "GetAuthorizationToken", &more)
    };
    let admin = json!({
        "userIdentity": { "type": "IAMUser", "arn": "arn:aws:iam::444455556666:user/admin", "accountId": "444455556666" },
        "requestParameters": { "roleName": "eks-node", "policyArn": "arn:aws:iam::aws:policy/AmazonEC2ContainerRegistryPullOnly" },
        "readOnly": false, "awsRegion": "us-east-1",
    });
    let mut all: Vec<Value> = (0..60).step_by(2).map(token).collect();
    all.push(record("cause", 60, "iam.amazonaws.com", "DetachRolePolicy", &admin));
    all.extend((61..100).step_by(2).map(refused));
    all
}

fn trail(home: &Home, arguments: &[&str]) -> (Option<i32>, String, String) {
    text(&home.run(&[&["trail"], arguments].concat()))
}

/// The answers as JSON, and the status.
fn answers(home: &Home, arguments: &[&str]) -> (Option<i32>, Value) {
    let (code, stdout, stderr) = trail(home, &[arguments, &["--format", "json"]].concat());
    (code, serde_json::from_str(&stdout).unwrap_or_else(|error| panic!("{error}: {stdout}{stderr}")))
}

#[test]
fn an_incident_is_told_with_its_cause_from_wherever_it_is_read() {
    let home = Home::bare();
    let all = broken_role();
    let whole = json!({ "Records": all }).to_string();
    let lines: String = all.iter().map(|record| format!("{record}\n")).collect();
    let directory = "AWSLogs/444455556666/CloudTrail/eu-west-1/2026/11/24";
    home.write(
        &format!("{directory}/444455556666_CloudTrail_eu-west-1_20261124T1105Z_a.json"),
        &whole,
        0o600,
    );
    home.write("events.ndjson", &lines, 0o600);
    let (_, expected) = answers(&home, &["AWSLogs"]);
    let incident = &expected["incidents"][0];
    assert_eq!(expected["schema"], "ecrpass/trail/1");
    assert_eq!(incident["id"], "iam-missing-get-authorization-token", "{expected:#}");
    assert_eq!((&incident["principal"], &incident["count"]), (&json!(ROLE), &json!(20)));
    assert_eq!(incident["causes"][0]["event_id"], "cause");
    assert_eq!((&expected["totals"]["records"], &expected["skipped"]), (&json!(51), &json!([])));
    let (code, from_lines) = answers(&home, &["events.ndjson"]);
    assert_eq!((code, &from_lines["incidents"]), (Some(1), &expected["incidents"]));
    let output = home.run_with_input(&["trail", "-", "--format", "json"], &whole);
    let from_input: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(from_input["incidents"], expected["incidents"]);
    let bucket =
        Bucket::with(&[("logs/AWSLogs/a.json", whole.as_bytes()), ("logs/AWSLogs/b.json", lines.as_bytes())]);
    let output =
        bucket.furnish(home.command(&["trail", "s3://trail/logs/", "--format", "json"])).output().unwrap();
    let from_bucket: Value = serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|error| panic!("{error}: {}", String::from_utf8_lossy(&output.stderr)));
    assert_eq!(from_bucket["incidents"], expected["incidents"]);
    assert_eq!(from_bucket["totals"]["files"], 2);
    let (code, stdout, stderr) = trail(&home, &["AWSLogs"]);
    assert_eq!((code, stderr.as_str()), (Some(1), ""));
    assert!(stdout.contains("eks-node") && stdout.contains("DetachRolePolicy"), "{stdout}");
}

#[test]
fn a_bucket_in_another_region_is_found_and_one_that_may_not_be_listed_is_told() {
    let home = Home::bare();
    let whole = json!({ "Records": broken_role() }).to_string();
    // More than an answer may hold.
    let padded = format!("{}{whole}", " ".repeat(3_000_000));
    let bucket = Bucket::with(&[("a.json", padded.as_bytes())]).in_region("eu-west-1");
    let (code, stdout, stderr) =
        text(&bucket.furnish(home.command(&["trail", "s3://trail"])).output().unwrap());
    assert_eq!((code, stderr.as_str()), (Some(1), ""), "{stdout}");
    assert!(bucket.requests().iter().filter(|request| request.contains("/a.json")).count() >= 3);
    let bucket = Bucket::with(&[]).refusing();
    let (code, stdout, stderr) =
        text(&bucket.furnish(home.command(&["trail", "s3://trail/x"])).output().unwrap());
    assert_eq!((code, stdout.as_str()), (Some(3), ""));
    assert!(stderr.contains("AccessDenied") && stderr.contains("s3:ListBucket"), "{stderr}");
    let (code, _, stderr) = text(&bucket.furnish(home.command(&["trail", "s3:///x"])).output().unwrap());
    assert!(code == Some(3) && stderr.contains("names no bucket"), "{stderr}");
}

#[test]
fn where_nothing_is_wrong_the_status_is_none_and_what_was_skipped_is_told() {
    let home = Home::bare();
    let good: Vec<Value> = broken_role().into_iter().take(30).collect();
    home.write("in/good.json", &json!({ "Records": good }).to_string(), 0o600);
    home.write("in/README.txt", "nothing here\n", 0o600);
    let cut = json!({ "Records": good }).to_string();
    home.write("in/cut.json", &cut[..cut.len() - 500], 0o600);
    let (code, report) = answers(&home, &["in"]);
    assert_eq!((code, &report["incidents"]), (Some(0), &json!([])));
    let kinds: Vec<_> =
        report["skipped"].as_array().unwrap().iter().map(|row| row["kind"].as_str().unwrap()).collect();
    assert_eq!(kinds.len(), 2, "{report:#}");
    assert!(kinds.contains(&"not-cloudtrail") && kinds.contains(&"ends-early"), "{kinds:?}");
    let (_, stdout, _) = trail(&home, &["in"]);
    assert!(stdout.contains("ends early"), "{stdout}");
    // What was called before a moment is no incident after it.
    home.write("bad.json", &json!({ "Records": broken_role() }).to_string(), 0o600);
    let (code, report) = answers(&home, &["bad.json", "--until", "2026-11-24T11:00"]);
    assert_eq!((code, &report["incidents"]), (Some(0), &json!([])));
    let (code, _) = answers(&home, &["bad.json", "--since", "2026-11-24"]);
    assert_eq!(code, Some(1));
    // A slip in a name is not good news.
    let nobody = ["bad.json", "--principal", "somebody-else"];
    let (code, report) = answers(&home, &nobody);
    assert_eq!(code, Some(0));
    assert!(report["no_match"].as_str().unwrap().contains("role eks-node (50)"), "{report}");
    let (_, stdout, _) = trail(&home, &nobody);
    assert!(stdout.starts_with("No call by `somebody-else`"), "{stdout}");
    let (_, _, stderr) = trail(&home, &[&nobody[..], &["--format", "csv"]].concat());
    assert!(stderr.contains("warning: No call by `somebody-else`"), "{stderr}");
    let session = "arn:aws:sts::444455556666:assumed-role/eks-node/i-2";
    assert_eq!(answers(&home, &["bad.json", "--principal", session]).0, Some(1));
}

#[test]
fn what_began_before_the_time_that_is_asked_for_is_said_to_have_begun_then() {
    let home = Home::bare();
    home.write("bad.json", &json!({ "Records": broken_role() }).to_string(), 0o600);
    let (code, report) = answers(&home, &["bad.json", "--since", "2026-11-24T11:20"]);
    let incident = &report["incidents"][0];
    assert_eq!((code, &incident["first"]["time"]), (Some(1), &json!("2026-11-24T11:01:00Z")), "{report:#}");
    assert_eq!((&incident["count"], &incident["counted_from"]), (&json!(10), &json!("2026-11-24T11:20:00Z")));
    let why = incident["causes"][0]["why"].as_str().unwrap();
    assert!(why.contains("failed 1 min after it"), "{why}");
    // Of what was before nothing is known here.
    let all: Vec<Value> = broken_role().into_iter().skip(35).collect();
    home.write("late.json", &json!({ "Records": all }).to_string(), 0o600);
    let (_, stdout, _) = trail(&home, &["late.json", "--since", "2026-11-24T11:00"]);
    assert!(stdout.contains("UTC or earlier"), "{stdout}");
}

#[test]
fn where_no_record_can_be_read_the_status_is_three() {
    let home = Home::bare();
    let untimed = broken_role().into_iter().map(|mut record| {
        record["eventTime"] = json!("notatime");
        record
    });
    let untimed = json!({ "Records": untimed.collect::<Vec<_>>() }).to_string();
    for (text, words) in [(r#"{"Records":[{"a":"#, "ends early"), (&untimed, "time cannot be read")] {
        home.write("x.json", text, 0o600);
        for arguments in [&["x.json"][..], &["export", "x.json", "--output", "out.ndjson"]] {
            let (code, _, stderr) = trail(&home, arguments);
            assert!(
                code == Some(3) && stderr.contains(words) && stderr.contains("Next: "),
                "{code:?}: {stderr}"
            );
        }
    }
    home.write("x.json", r#"{"Records":[]}"#, 0o600);
    assert_eq!(trail(&home, &["x.json"]).0, Some(0));
}

#[test]
fn a_table_whose_name_is_none_is_refused_and_not_changed() {
    let home = Home::bare();
    for (name, status) in [("a\"; drop", 2), ("a b", 2), ("", 2), ("my-catalog.logs.t_1", 0)] {
        let (code, stdout, stderr) = trail(&home, &["sql", "athena", "--table", name]);
        assert_eq!(code, Some(status), "{name}: {stderr}");
        assert_eq!(stdout.is_empty(), status == 2, "{name}");
    }
}

#[test]
fn where_there_is_no_trail_that_is_said() {
    let home = Home::bare();
    home.write("in/README.txt", "nothing here\n", 0o600);
    fs::create_dir(home.path("empty")).unwrap();
    for (path, words) in
        [("in", "no CloudTrail file"), ("empty", "there are no files"), ("missing", "missing cannot be read")]
    {
        let (code, stdout, stderr) = trail(&home, &[path]);
        assert_eq!((code, stdout.as_str()), (Some(3), ""), "{path}");
        assert!(stderr.contains(words) && stderr.contains("Next: "), "{stderr}");
    }
    let (code, _, stderr) = trail(&home, &["in", "--since", "2026-11-25", "--until", "2026-11-24"]);
    assert!(code == Some(3) && stderr.contains("not before"), "{stderr}");
    let (code, _, stderr) = trail(&home, &[]);
    assert!(code == Some(2) && stderr.contains("PATH"), "{stderr}");
    let (code, report) = answers(&home, &["in"]);
    assert_eq!(
        (code, &report["totals"]["records"], &report["skipped"][0]["count"]),
        (Some(3), &json!(0), &json!(1))
    );
}

#[test]
fn other_forms_hold_the_same_and_what_is_exported_can_be_read_again() {
    let home = Home::bare();
    home.write("bad.json", &json!({ "Records": broken_role() }).to_string(), 0o600);
    let (code, csv, _) = trail(&home, &["bad.json", "--format", "csv"]);
    assert_eq!((code, csv.lines().count()), (Some(1), 2), "{csv}");
    assert!(csv.contains(ROLE) && csv.contains("DetachRolePolicy"), "{csv}");
    let (_, csv, _) = trail(&home, &["bad.json", "--format", "csv", "--table", "errors"]);
    assert!(csv.lines().next().unwrap().starts_with("principal,error,hour"), "{csv}");
    let (_, html, _) = trail(&home, &["bad.json", "--format", "html"]);
    assert!(html.starts_with("<!DOCTYPE html>") && html.contains("eks-node"), "{html}");
    let (code, stdout, _) = trail(&home, &["export", "bad.json", "--output", "events.ndjson"]);
    assert!(code == Some(0) && stdout.contains("51 events of 51 records"), "{stdout}");
    let (_, expected) = answers(&home, &["bad.json"]);
    let (code, again) = answers(&home, &["events.ndjson"]);
    assert_eq!((code, &again["incidents"]), (Some(1), &expected["incidents"]));
    for engine in ["athena", "trino", "duckdb", "clickhouse", "logs-insights", "lake", "security-lake"] {
        let (code, stdout, _) = trail(&home, &["sql", engine]);
        assert!(code == Some(0) && stdout.contains("ecr.amazonaws.com"), "{engine}: {stdout}");
    }
    assert_eq!(trail(&home, &["sql", "oracle"]).0, Some(2));
}

#[test]
fn many_files_links_in_circles_and_pipes_end_in_an_answer() {
    let home = Home::bare();
    for (number, record) in broken_role().iter().enumerate() {
        home.write(
            &format!("many/{}/{number}.json", number % 7),
            &json!({ "Records": [record] }).to_string(),
            0o600,
        );
    }
    std::os::unix::fs::symlink(home.path("many"), home.path("many/1/up")).unwrap();
    std::os::unix::fs::symlink("self", home.path("many/self")).unwrap();
    let pipe = std::process::Command::new("/usr/bin/mkfifo").arg(home.path("many/pipe")).status().unwrap();
    assert!(pipe.success());
    let (code, report) = answers(&home, &["many"]);
    assert_eq!((code, &report["incidents"][0]["count"]), (Some(1), &json!(20)));
    assert_eq!((&report["totals"]["files"], &report["totals"]["records"]), (&json!(51), &json!(51)));
    let skipped: Vec<_> = report["skipped"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| (row["kind"].as_str().unwrap(), row["count"].as_u64().unwrap()))
        .collect();
    assert_eq!(skipped, [("not-a-file", 1), ("link", 2)]);
}
