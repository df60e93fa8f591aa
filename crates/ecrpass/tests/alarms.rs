//! `ecrpass alarms` and `ecrpass explain --runbook` as processes: what is written passes the check, mistakes are told with place
//! and fix, and what an alarm sends can be given back.

#![allow(clippy::indexing_slicing, clippy::string_slice)] // a test's way of failing
#![cfg(unix)]
#![allow(clippy::unwrap_used)] // a test's way of failing

mod common;

use std::fs;
use std::process::Stdio;

use common::{HOST, Home, text};
use serde_json::Value;

const FORMATS: [&str; 7] =
    ["cloudformation", "terraform", "prometheus", "alertmanager", "eventbridge", "metric-filters", "grafana"];

#[test]
fn what_is_written_passes_the_check() {
    let home = Home::bare();
    for format in FORMATS {
        let (code, document, stderr) = text(&home.run(&["alarms", "generate", format, "--registry", HOST]));
        assert_eq!((code, stderr.as_str()), (Some(0), ""), "{format}");
        let (code, listed, stderr) = text(&home.run(&["alarms", "generate", format, "--output", "written"]));
        assert_eq!((code, stderr.as_str()), (Some(0), ""), "{format}");
        let files: Vec<&str> = listed.lines().collect();
        assert!(!files.is_empty() && files.iter().all(|file| home.path(file).is_file()), "{listed}");
        if ["alertmanager", "grafana"].contains(&format) {
            continue;
        }
        fs::write(home.path("document"), &document).unwrap();
        for arguments in [&[&["alarms", "check"][..], &files].concat(), &vec!["alarms", "check", "document"]]
        {
            let (code, stdout, stderr) = text(&home.run(arguments));
            assert_eq!((code, stderr.as_str()), (Some(0), ""), "{format}: {stdout}");
            assert!(stdout.starts_with("No known mistake in "), "{stdout}");
        }
    }
}

#[test]
fn signals_are_chosen_and_what_cannot_be_said_is_refused() {
    let home = Home::bare();
    let (_, rules, _) = text(&home.run(&[
        "alarms",
        "generate",
        "prometheus",
        "--signals",
        "canary,kubelet",
        "--name",
        "team",
    ]));
    assert!(rules.contains("name: team-canary") && rules.contains("name: team-kubelet"), "{rules}");
    assert!(!rules.contains("kube_pod_"), "{rules}");
    let (code, stdout, stderr) = text(&home.run(&["alarms", "generate", "eventbridge", "--signals", "pods"]));
    assert_eq!((code, stdout.as_str()), (Some(1), ""));
    assert!(stderr.contains("Next: ") && stderr.contains("ecs,lambda,cloudtrail"), "{stderr}");
    for arguments in [
        &["alarms", "generate", "nagios"][..],
        &["alarms", "generate", "prometheus", "--signals", "weather"],
        &["alarms", "generate", "prometheus", "--name", "a/b"],
        &["alarms", "generate", "prometheus", "--interval", "1"],
        &["alarms", "generate", "cloudformation", "--ecs-service", "web"],
        &["alarms", "check"],
    ] {
        assert_eq!(text(&home.run(arguments)).0, Some(2), "{arguments:?}");
    }
}

#[test]
fn mistakes_are_told_with_place_reason_and_fix() {
    let home = Home::bare();
    let rules = "groups:\n- name: g\n  rules:\n  - alert: A\n    expr: kube_pod_container_status_waiting_reason{reason=\"ImagePullBackOff\"} == 1\n    for: 60m\n";
    fs::write(home.path("rules.yaml"), rules).unwrap();
    fs::write(home.path("notes.yaml"), "a: 1\n").unwrap();
    let (code, stdout, stderr) = text(&home.run(&["alarms", "check", "rules.yaml", "notes.yaml"]));
    assert_eq!(code, Some(1));
    assert!(stderr.contains("note: not looked at: notes.yaml: there is no rule"), "{stderr}");
    for words in [
        "error[one-reason]",
        "error[waits-too-long]",
        "rules.yaml:6:10",
        "warning[init-containers-missing]",
        "→ ",
    ] {
        assert!(stdout.contains(words), "{words}: {stdout}");
    }
    let json = home.run(&["alarms", "check", "rules.yaml", "--format", "json"]);
    let json: Value = serde_json::from_slice(&json.stdout).unwrap();
    assert_eq!(
        (json["schema"].as_str(), json["looked_at"].as_u64()),
        (Some("ecrpass/alarms-check/1"), Some(1))
    );
    let first = &json["findings"][0];
    assert_eq!((first["file"].as_str(), first["line"].as_u64()), (Some("rules.yaml"), Some(5)));
    for key in ["id", "severity", "title", "reason", "fix"] {
        assert!(first[key].as_str().is_some_and(|text| !text.is_empty()), "{first}");
    }
    let note = "groups:\n- name: g\n  rules:\n  - alert: A\n    expr: ecrpass_canary_up == 0\n  - alert: B\n    expr: absent(ecrpass_canary_last_run_timestamp_seconds)\n";
    fs::write(home.path("note.yaml"), note).unwrap();
    let (code, stdout, _) = text(&home.run(&["alarms", "check", "note.yaml"]));
    assert!(code == Some(0) && stdout.contains("note[single-run]"), "{stdout}");
    // One that cannot be read keeps nobody from what is in the others, and is no good news.
    fs::write(home.path("junk.bin"), [0xff, 0xfe, 0, 1]).unwrap();
    for (files, status) in [
        (["junk.bin", "rules.yaml"], 1),
        (["missing.yaml", "rules.yaml"], 1),
        (["note.yaml", "junk.bin"], 3),
        (["missing.yaml", "note.yaml"], 3),
        (["missing.yaml", "notes.yaml"], 3),
    ] {
        let (code, stdout, stderr) = text(&home.run(&[&["alarms", "check"], &files[..]].concat()));
        assert_eq!(code, Some(status), "{files:?}: {stderr}");
        let is_looked_at = !files.contains(&"notes.yaml");
        assert_eq!(
            stdout.contains("[one-reason]") || stdout.contains("[single-run]"),
            is_looked_at,
            "{stdout}"
        );
    }
    let pull = r#"{"source":["aws.ecr"],"detail-type":["ECR Image Pull"],"detail":{"result":["FAILURE"]}}"#;
    let (code, stdout, _) = text(&home.run_with_input(&["alarms", "check", "-"], pull));
    assert!(code == Some(1) && stdout.contains("error[event-never-sent]"), "{stdout}");
    for file in ["notes.yaml", "missing.yaml"] {
        let (code, _, stderr) = text(&home.run(&["alarms", "check", file]));
        assert!(code == Some(3) && stderr.contains("Next: "), "{stderr}");
    }
}

/// Gives a text to `explain` on standard input.
fn explained(home: &Home, arguments: &[&str], input: &str) -> (Option<i32>, String) {
    let mut command = home.command(&[&["explain"], arguments].concat());
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    std::io::Write::write_all(&mut child.stdin.take().unwrap(), input.as_bytes()).unwrap();
    let (code, stdout, _) = text(&child.wait_with_output().unwrap());
    (code, stdout)
}

#[test]
fn what_an_alarm_sends_can_be_given_back() {
    let home = Home::bare();
    let template = home.run(&["alarms", "generate", "metric-filters"]);
    assert!(template.status.success());
    let alarm = r#"{"AlarmName":"ecr-throttled","NewStateValue":"ALARM","AlarmDescription":"ECR throttles this account. [throttled]. Next: ecrpass explain --id throttled"}"#;
    let (code, stdout) = explained(&home, &[], alarm);
    assert!(code == Some(1) && stdout.contains("likely[throttled]"), "{stdout}");
    let (code, stdout) = explained(&home, &[], &alarm.replace("ALARM\"", "OK\""));
    assert!(code == Some(0) && !stdout.contains("throttled"), "{stdout}");
    let function =
        r#"{"Configuration":{"FunctionName":"f","State":"Inactive","StateReasonCode":"ImageAccessDenied"}}"#;
    let (code, stdout) = explained(&home, &["--format", "json"], function);
    let json: Value = serde_json::from_str(&stdout).unwrap();
    assert_eq!((code, json["findings"][0]["id"].as_str()), (Some(1), Some("lambda-repo-policy-missing")));
}

#[test]
fn runbooks_are_of_causes_logs_and_images() {
    let home = Home::bare();
    let (code, stdout, stderr) = text(&home.run(&["explain", "--runbook", "ecs-execution-role-missing"]));
    assert_eq!((code, stderr.as_str()), (Some(0), ""));
    let parts = ["CONFIRM", "WHOSE CREDENTIALS", "CONTAIN", "RECOVER", "RE-TRIGGER", "VERIFY", "PREVENT"];
    let places: Vec<usize> = parts.iter().map(|part| stdout.find(&format!("\n{part}\n")).unwrap()).collect();
    assert!(places.is_sorted(), "{stdout}");
    assert!(stdout.contains("[ecs] ") && !stdout.contains("[lambda] "), "{stdout}");

    let image = format!("{HOST}/team/app:1");
    let (_, stdout, _) = text(&home.run(&["explain", "--runbook", &image, "--platform", "eks"]));
    assert!(
        stdout.contains(&format!("ecrpass canary --once {image}")) && !stdout.contains("[ecs] "),
        "{stdout}"
    );

    let log = format!(
        "Error response from daemon: manifest for {image} not found: manifest unknown: Requested image not found\n"
    );
    fs::write(home.path("job.log"), &log).unwrap();
    let (_, json, _) = text(&home.run(&["explain", "--runbook", "job.log", "--format", "json"]));
    let json: Value = serde_json::from_str(&json).unwrap();
    assert_eq!(json["schema"], "ecrpass/runbook/1");
    assert_eq!(json["runbooks"][0]["cause"], "tag-not-found");
    assert!(json.to_string().contains(&image), "{json}");
    let (_, with_log, _) = text(&home.run(&["explain", "--runbook", "tag-not-found", "job.log"]));
    assert!(with_log.contains(&image), "{with_log}");

    // Where a case happened is where something is to be done, and its names are filled in.
    let stopped = format!(
        r#"{{"tasks":[{{"taskArn":"arn:aws:ecs:us-east-1:123456789012:task/prod/0abc","clusterArn":"arn:aws:ecs:us-east-1:123456789012:cluster/prod","group":"service:shop","lastStatus":"STOPPED","stopCode":"TaskFailedToStart","stoppedReason":"CannotPullContainerError: failed to resolve ref {image}: pull access denied, repository does not exist or may require authorization: authorization failed: no basic auth credentials","launchType":"EC2","containers":[{{"name":"app","image":"{image}"}}],"taskDefinitionArn":"arn:aws:ecs:us-east-1:123456789012:task-definition/web:3"}}]}}"#
    );
    fs::write(home.path("ecs.json"), &stopped).unwrap();
    let (_, ecs, _) = text(&home.run(&["explain", "--runbook", "ecs.json"]));
    for part in ["[ecs] ", "--cluster prod", "--service shop", "--task-definition web:3"] {
        assert!(ecs.contains(part), "lacks {part}: {ecs}");
    }
    for part in ["[eks] ", "[ec2] ", "[ci] ", "ecrpass fix", "docker login"] {
        assert!(!ecs.contains(part), "has {part}: {ecs}");
    }

    for (arguments, status) in [
        (&["explain", "--runbook", "no-such-cause"][..], 3),
        (&["explain", "--runbook", "docker.io/library/nginx"], 3),
        (&["explain", "--platform", "eks"], 2),
        (&["explain", "--runbook", "throttled", "--platform", "moon"], 2),
    ] {
        let (code, stdout, _) = text(&home.run(arguments));
        assert_eq!((code, stdout.as_str()), (Some(status), ""), "{arguments:?}");
    }
}
