//! `ecrpass explain` as its users run it: files, directories, compressed logs, pipes, commands.

#![allow(clippy::indexing_slicing, clippy::string_slice)] // a test's way of failing
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used)] // a test's way of failing

mod common;

use std::fs;
use std::io::Write as _;
use std::process::Command;

use common::{HOST, Home, expired_login, login_expiring_in, text};
use serde_json::Value;

fn log() -> String {
    format!(
        "Step 4/4 : RUN make\nThe push refers to repository [{HOST}/team/app]\n\u{1b}[31mdenied: Your authorization token has expired. Reauthenticate and try again.\u{1b}[0m\n"
    )
}

fn ids(json: &Value) -> Vec<&str> {
    json["findings"].as_array().unwrap().iter().map(|finding| finding["id"].as_str().unwrap()).collect()
}

#[test]
fn a_log_is_explained_for_people_and_programs() {
    let home = Home::bare();
    home.write("build.log", &log(), 0o644);
    let (code, stdout, _) = text(&home.run(&["explain", "build.log"]));
    assert_eq!(code, Some(1));
    insta::assert_snapshot!("explained", stdout);
    let output = home.run_with_input(&["explain", "--format", "json"], &log());
    let json: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(ids(&json), ["token-expired"]);
    let finding = &json["findings"][0];
    assert_eq!((&json["schema"], &finding["confidence"]), (&"ecrpass/findings/1".into(), &"certain".into()));
    assert_eq!(
        (&finding["evidence"][0]["source"], &finding["evidence"][0]["line"]),
        (&"stdin".into(), &3.into())
    );
    assert!(finding["after"].is_string() && finding["impact"].is_string(), "{finding:#}");
    assert_eq!(
        (&finding["details"]["host"], &finding["details"]["repository"]),
        (&HOST.into(), &"team/app".into())
    );
    assert_eq!(finding["fixes"][0]["command"], format!("ecrpass setup {HOST}"));
    let (code, stdout, _) = text(&home.run(&["explain", "--format", "github", "build.log"]));
    assert_eq!(code, Some(1));
    assert!(
        stdout.starts_with(
            "::error title=The stored login has expired (token-expired),file=build.log,line=3::"
        ),
        "{stdout}"
    );
    assert_eq!(stdout.lines().count(), 1);
    let output = home.run(&["explain", "--format", "sarif", "build.log"]);
    let sarif: Value = serde_json::from_slice(&output.stdout).unwrap();
    let result = &sarif["runs"][0]["results"][0];
    assert_eq!((&sarif["version"], &result["ruleId"]), (&"2.1.0".into(), &"token-expired".into()));
    assert_eq!(result["locations"][0]["physicalLocation"]["region"]["startLine"], 3);
    assert_eq!(sarif["runs"][0]["tool"]["driver"]["rules"][0]["id"], "token-expired");
    let output = home.run(&["explain", "--format", "gitlab", "build.log"]);
    let issues: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(
        (&issues[0]["check_name"], &issues[0]["location"]["lines"]["begin"]),
        (&"token-expired".into(), &3.into())
    );
    let (code, stdout, _) = text(&home.run(&["explain", "--format", "junit", "build.log"]));
    assert_eq!(code, Some(1));
    assert!(stdout.contains("<failure type=\"error\" message=\"The stored login has expired\">"), "{stdout}");
    assert!(stdout.trim_end().ends_with("</testsuites>"), "{stdout}");
    // Documents have standard output for themselves.
    let (_, stdout, _) = text(&home.run(&["explain", "--id", "token-expired", "--format", "gitlab"]));
    assert_eq!(serde_json::from_str::<Value>(&stdout).unwrap()["id"], "token-expired");
}

#[test]
fn nothing_is_made_of_what_is_not_ecrs() {
    let home = Home::bare();
    let hub = "Error response from daemon: toomanyrequests: You have reached your pull rate limit. https://www.docker.com/increase-rate-limit\nwrite /var/lib/docker: no space left on device\n";
    let (code, stdout, _) = text(&home.run_with_input(&["explain"], hub));
    assert_eq!((code, stdout.contains("No ECR failure")), (Some(0), true), "{stdout}");
    let output = home.run_with_input(&["explain", "--format", "json"], hub);
    assert_eq!(ids(&serde_json::from_slice(&output.stdout).unwrap()), [""; 0]);
    for input in ["", "\u{0}\u{1}\u{2}"] {
        assert_eq!(home.run_with_input(&["explain", "-"], input).status.code(), Some(0));
    }
}

#[test]
fn logs_may_be_compressed_and_in_directories() {
    let home = Home::bare();
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gzip.write_all(log().as_bytes()).unwrap();
    fs::create_dir_all(home.path("logs/node-1")).unwrap();
    fs::write(home.path("logs/node-1/kubelet.log.1.gz"), gzip.finish().unwrap()).unwrap();
    // Two frames, as of two logs that were joined.
    let frame = |text: &str| {
        ruzstd::encoding::compress_to_vec(text.as_bytes(), ruzstd::encoding::CompressionLevel::Fastest)
    };
    let zstd = [frame("all is well\n"), frame(&log())].concat();
    fs::write(home.path("logs/app.zst"), zstd).unwrap();
    home.write("logs/quiet.log", "all is well\n", 0o644);
    fs::write(home.path("logs/old.xz"), b"\xfd7zXZ\0\0\x04rest").unwrap();
    let output = home.run(&["explain", "--format", "json", "logs"]);
    let (code, stdout, stderr) = text(&output);
    let json: Value = serde_json::from_str(&stdout).unwrap();
    assert_eq!((code, ids(&json)), (Some(1), vec!["token-expired", "token-expired"]), "{stderr}");
    let sources: Vec<&str> = json["findings"]
        .as_array()
        .unwrap()
        .iter()
        .map(|f| f["evidence"][0]["source"].as_str().unwrap())
        .collect();
    assert_eq!(sources, ["logs/app.zst", "logs/node-1/kubelet.log.1.gz"]);
    assert!(stderr.contains("logs/old.xz is skipped"), "{stderr}");
    let (code, _, stderr) = text(&home.run(&["explain", "logs/old.xz"]));
    assert_eq!((code, stderr.contains("xzcat")), (Some(3), true), "{stderr}");
    let cut = fs::read(home.path("logs/node-1/kubelet.log.1.gz")).unwrap();
    fs::write(home.path("cut.gz"), &cut[..cut.len() / 2]).unwrap();
    let (code, stdout, stderr) = text(&home.run(&["explain", "cut.gz"]));
    assert_eq!((code, stdout.as_str(), stderr.contains("cut.gz")), (Some(3), "", true), "{stderr}");
    assert_eq!(home.run(&["explain", "nowhere.log"]).status.code(), Some(3));
}

#[test]
fn a_commands_output_and_status_pass_through() {
    let home = Home::bare();
    let script =
        format!("printf 'a\\0b'; echo 'Get https://{HOST}/v2/: no basic auth credentials' >&2; exit 7");
    let output = home.command(&["explain", "--", "/bin/sh", "-c", &script]).output().unwrap();
    let (code, stdout, stderr) = text(&output);
    assert_eq!((code, stdout.as_str()), (Some(7), "a\0b"));
    assert!(stderr.starts_with(&format!("Get https://{HOST}/v2/: no basic auth credentials\n")), "{stderr}");
    assert!(
        stderr.contains("likely[not-logged-in]") && stderr.contains(&format!("ecrpass setup {HOST}")),
        "{stderr}"
    );
    let good = home.run(&["explain", "--", "/bin/sh", "-c", "echo no basic auth credentials"]);
    assert_eq!(text(&good), (Some(0), "no basic auth credentials\n".to_owned(), String::new()));
    let killed = home.run(&["explain", "--", "/bin/sh", "-c", "kill -TERM $$"]);
    assert_eq!(killed.status.code(), Some(143));
    assert_eq!(home.run(&["explain", "--", "/nonexistent/docker"]).status.code(), Some(3));
    // A document has standard output for itself, also where nothing failed.
    for (status, found) in [(0, 0), (7, 1)] {
        let script = format!("echo out; echo '{HOST}: no basic auth credentials'; exit {status}");
        let output = home.run(&["explain", "--format", "json", "--", "/bin/sh", "-c", &script]);
        let json: Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!(!json["findings"].as_array().unwrap().is_empty(), found > 0, "{json}");
        let (code, _, stderr) = text(&output);
        assert_eq!((code, stderr.starts_with("out\n")), (Some(status), true), "{stderr}");
    }
    // Much output on both ends at once.
    let flood = "yes out | head -c 3000000; yes err | head -c 3000000 >&2; exit 1";
    let mut command = home.command(&["explain", "--", "/bin/sh", "-c", flood]);
    let output = command.env("PATH", "/usr/bin:/bin").output().unwrap();
    assert_eq!(
        (output.stdout.len(), output.stderr.len(), output.status.code()),
        (3_000_000, 3_000_000, Some(1))
    );
}

/// What a log leaves open is ranked by what this machine's configuration says of the registry.
#[test]
fn this_machines_configuration_ranks_what_a_log_leaves_open() {
    let log = format!(
        "Error response from daemon: Head \"https://{HOST}/v2/a/manifests/1\": no basic auth credentials\n"
    );
    let refused = format!(
        "ERROR: unexpected status from HEAD request to https://{HOST}/v2/a/manifests/1: 403 Forbidden\n"
    );
    let bad_login = format!(
        "Error response from daemon: login attempt to https://{HOST}/v2/ failed with status: 400 Bad Request\n"
    );
    let entry = |auth: &str| format!(r#"{{"auths": {{"{HOST}": {{"auth": "{auth}"}}}}}}"#);
    let helper = format!(r#"{{"credHelpers": {{"{HOST}": "ecr-login"}}}}"#);
    for (config, region, log, expected, says) in [
        (None, "us-east-1", &log, "not-logged-in", None),
        (
            Some("{}".to_owned()),
            "us-east-1",
            &log,
            "not-logged-in",
            Some("neither a login nor a credential helper"),
        ),
        (
            Some(helper),
            "us-east-1",
            &log,
            "client-ignores-cred-helper",
            Some("the helper `ecr-login` answers"),
        ),
        (
            Some(entry(&login_expiring_in(3600))),
            "us-east-1",
            &log,
            "config-not-seen-by-process",
            Some("good for another"),
        ),
        (Some(entry(&expired_login())), "us-east-1", &refused, "token-expired", Some("expired ")),
        (None, "us-east-1", &bad_login, "wrong-registry-region", None),
        (None, "eu-west-1", &bad_login, "wrong-registry-region", Some("region eu-west-1")),
    ] {
        let home = Home::with_helper();
        if let Some(config) = &config {
            home.write(".docker/config.json", config, 0o600);
        }
        home.write("log", log, 0o600);
        let output =
            home.command(&["explain", "--format", "json", "log"]).env("AWS_REGION", region).output().unwrap();
        let json: Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!(json["findings"][0]["id"], *expected, "{config:?}: {json}");
        let evidence = json["findings"][0]["evidence"].as_array().unwrap();
        let heard = evidence
            .iter()
            .filter_map(|seen| seen["text"].as_str())
            .find(|text| text.contains("on this machine"));
        match says {
            None => assert_eq!(heard, None),
            Some(says) => assert!(heard.is_some_and(|heard| heard.contains(says)), "{says}: {json}"),
        }
        // A pipeline's log is of another machine.
        home.write("log", &format!("##[group]Run docker/build-push-action\n{log}"), 0o600);
        let (_, stdout, _) = text(&home.run(&["explain", "log"]));
        assert!(!stdout.contains("on this machine"), "{stdout}");
    }
}

#[test]
fn reports_that_leave_the_company_name_nobody() {
    let home = Home::bare();
    let log = "denied: User: arn:aws:sts::123456789012:assumed-role/payments-ci/ada is not authorized to perform: ecr:PutImage on resource: arn:aws:ecr:us-east-1:123456789012:repository/b because no identity-based policy allows the ecr:PutImage action\n";
    for format in ["text", "json", "sarif", "github", "gitlab", "junit"] {
        let output = home.run_with_input(&["explain", "--mask-accounts", "--format", format], log);
        let (_, stdout, _) = text(&output);
        assert!(stdout.contains("iam-missing-push-action"), "{stdout}");
        // GitLab is told no more than the cause.
        assert!(stdout.contains("100000000001") || format == "gitlab", "{stdout}");
        for name in ["123456789012", "payments-ci", "ada"] {
            assert!(!stdout.contains(name), "{format}: {name} in {stdout}");
        }
    }
}

#[test]
fn the_catalogue_can_be_read() {
    let home = Home::bare();
    let (code, stdout, _) = text(&home.run(&["explain", "--list"]));
    assert_eq!((code, stdout.lines().count() > 70), (Some(0), true));
    for line in stdout.lines() {
        let slug = line.split_whitespace().next().unwrap();
        let (code, page, _) = text(&home.run(&["explain", "--id", slug]));
        assert_eq!(code, Some(0));
        assert!(
            page.starts_with(slug) && page.contains("HOW TO FIX") && page.contains("WHY IT HAPPENS"),
            "{page}"
        );
        assert!(page.lines().all(|line| line.chars().count() <= 120 || line.starts_with("    ")), "{slug}");
    }
    insta::assert_snapshot!("id", text(&home.run(&["explain", "--id", "wrong-registry-region"])).1);
    let (code, _, stderr) = text(&home.run(&["explain", "--id", "imds-hop"]));
    assert_eq!((code, stderr.contains("imds-unreachable-or-hop-limit")), (Some(3), true), "{stderr}");
    let output = home.run(&["explain", "--list", "--format", "json"]);
    assert!(serde_json::from_slice::<Value>(&output.stdout).unwrap().as_array().unwrap().len() > 70);
}

/// Commands of ecrpass in the catalogue's texts.
#[test]
fn every_command_that_is_recommended_exists() {
    let home = Home::bare();
    let mut checked = 0;
    for entry in ecrpass_diagnosis::catalogue::all() {
        let page = entry.whole_page();
        for (at, _) in page.match_indices("ecrpass ") {
            // A command stands in backticks or on an indented line; the rest is prose.
            let line = page[..at].rsplit('\n').next().unwrap();
            if !(page[..at].ends_with('`') || line.starts_with("    ")) {
                continue;
            }
            let rest = &page[at + "ecrpass ".len()..];
            let word = rest.split(|c: char| !c.is_ascii_lowercase()).next().unwrap();
            checked += 1;
            let help = Command::new(common::ECRPASS).args([word, "--help"]).output().unwrap();
            assert!(help.status.success(), "{}: ecrpass {word}", entry.id);
        }
    }
    assert!(checked > 20, "{checked}");
    drop(home);
}

#[test]
fn a_record_of_cloudtrail_is_explained() {
    let home = Home::bare();
    let record = serde_json::json!({
        "eventVersion": "1.11", "eventTime": "2026-11-24T10:00:00Z", "eventID": "e1", "awsRegion": "eu-west-1",
        "eventSource": "ecr.amazonaws.com", "eventName": "BatchGetImage", "recipientAccountId": "123456789012",
        "userIdentity": { "type": "AWSService", "invokedBy": "lambda.amazonaws.com" }, "errorCode": "AccessDenied",
        "errorMessage": "User: lambda.amazonaws.com is not authorized to perform: ecr:BatchGetImage on resource: arn:aws:ecr:eu-west-1:123456789012:repository/fn/resize because no resource-based policy allows the ecr:BatchGetImage action",
    });
    home.write("record.json", &record.to_string(), 0o644);
    let (code, stdout, stderr) = text(&home.run(&["explain", "--format", "json", "record.json"]));
    let json: Value = serde_json::from_str(&stdout).unwrap_or_else(|error| panic!("{error}: {stderr}"));
    assert_eq!((code, ids(&json)), (Some(1), vec!["lambda-repo-policy-missing"]));
    assert_eq!(json["findings"][0]["details"]["repository"], "fn/resize");
    let (_, stdout, _) = text(&home.run(&["explain", "record.json"]));
    assert!(stdout.contains("ecrpass trail --principal lambda.amazonaws.com ./AWSLogs"), "{stdout}");
}
