//! `ecrpass whoami` over the places credentials come from.

#![allow(clippy::indexing_slicing, clippy::string_slice)] // a test's way of failing
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used)] // a test's way of failing

mod common;

use common::{Home, text};
use serde_json::Value;

const KEY: &str = "AKIARZPUZDIKGB2VALC4";

#[test]
fn every_place_is_told_and_every_tool() {
    let home = Home::bare();
    home.write(
        ".aws/config",
        "[profile prod]\nsso_session = corp\nsso_account_id = 123456789012\nsso_role_name = dev\n[sso-session corp]\nsso_start_url = https://corp.example/start\nsso_region = us-east-1\n",
        0o600,
    );
    home.write(
        ".aws/credentials",
        &format!("[default]\naws_access_key_id = {KEY}\naws_secret_access_key = s3cr3tk3y\n"),
        0o600,
    );
    let (code, stdout, stderr) = text(&home.run(&["whoami"]));
    assert_eq!(code, Some(0), "{stdout}{stderr}");
    insta::assert_snapshot!("whoami", home.anonymous(&stdout));
    let output = home.command(&["whoami", "--format", "json"]).env("AWS_PROFILE", "prod").output().unwrap();
    let json: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(json["sources"][2]["detail"], "profile `prod`: IAM Identity Center");
    assert_eq!(json["sources"][2]["line"], 2);
    // Nobody is signed in: that ends every tool.
    for tool in 0..4 {
        let stops = json["tools"][tool]["stops"].as_str().unwrap();
        assert!(stops.contains("aws sso login --profile prod"), "{stops}");
    }
    assert_eq!(output.status.code(), Some(1));
    let output = home.run(&["whoami", "--format", "json"]);
    let json: Value = serde_json::from_slice(&output.stdout).unwrap();
    let ours = &json["tools"][0];
    assert_eq!(
        (&ours["tool"], &ours["uses"], &ours["line"]),
        (&"ecrpass".into(), &"profile".into(), &2.into())
    );
    assert_eq!(json["sources"][2]["long_lived"], true);
    for text in [&stdout, &String::from_utf8_lossy(&output.stdout).into_owned()] {
        assert!(!text.contains("s3cr3tk3y") && !text.contains(KEY), "{text}");
    }
}

#[test]
fn a_password_in_a_variable_is_never_shown() {
    let home = Home::bare();
    for name in ["AWS_PROFILE", "AWS_WEB_IDENTITY_TOKEN_FILE", "AWS_CONFIG_FILE", "AWS_CA_BUNDLE"] {
        for arguments in [
            &["whoami"][..],
            &["whoami", "--format", "json"],
            &["doctor", common::HOST, "--offline"],
            &["doctor", common::HOST, "--offline", "--format", "json"],
            &["doctor", common::HOST, "--offline", "--record", "-"],
            &["token", common::HOST],
        ] {
            let mut command = home.command(arguments);
            command
                .env("AWS_EC2_METADATA_DISABLED", "true")
                .env("AWS_ROLE_ARN", "arn:aws:iam::123456789012:role/r");
            let (_, stdout, stderr) = text(&command.env(name, "http://u:SECRETSAUCE@h").output().unwrap());
            assert!(!stdout.is_empty() || !stderr.is_empty());
            assert!(!format!("{stdout}{stderr}").contains("SAUCE"), "{name} {arguments:?}: {stdout}{stderr}");
        }
    }
}

#[test]
fn mistakes_and_disagreements_are_told() {
    let home = Home::bare();
    let mut command = home.command(&["whoami"]);
    command.env("AWS_ACCESS_KEY_ID", KEY).env("AWS_SECRET_ACCESS_KEY", "s3cr3tk3y");
    let (code, stdout, _) = text(&command.env("AWS_SESSION_TOKEN", "s3cr3tt0k3n").output().unwrap());
    assert_eq!(code, Some(1));
    assert!(
        stdout.contains("likely of account 123456789012")
            && stdout.contains("AWS will refuse the two together"),
        "{stdout}"
    );
    assert!(!stdout.contains("s3cr3t"), "{stdout}");
    let (code, stdout, _) =
        text(&command.env_remove("AWS_SESSION_TOKEN").env("AWS_PROFILE", "gone").output().unwrap());
    assert_eq!(code, Some(1));
    assert!(stdout.contains("stops: The config profile (gone) could not be found"), "{stdout}");
    assert!(stdout.contains("The tools do not use the same credentials"), "{stdout}");
}

#[test]
fn a_session_that_is_over_is_told() {
    let home = Home::bare();
    home.write(
        ".aws/config",
        "[default]\nsso_session = corp\nsso_account_id = 123456789012\nsso_role_name = dev\n[sso-session corp]\nsso_start_url = https://corp.example/start\nsso_region = us-east-1\n",
        0o600,
    );
    let cached = |expires_at: &str| {
        // The SHA-1 of `corp`.
        let name = ".aws/sso/cache/ee0bfd2552fbd840c02cc48b6e823320543c450f.json";
        let token = format!(r#"{{"accessToken":"s3cr3tt0k3n","expiresAt":"{expires_at}"}}"#);
        home.write(name, &token, 0o600);
        home.run(&["whoami", "--format", "json"])
    };
    let nobody = home.run(&["whoami", "--format", "json"]);
    let json: Value = serde_json::from_slice(&nobody.stdout).unwrap();
    assert!(json.get("sso_session_seconds_left").is_none());
    let good = cached("2999-01-01T00:00:00Z");
    assert_eq!(good.status.code(), Some(0));
    let over = cached("2020-01-01T00:00:00UTC");
    let json: Value = serde_json::from_slice(&over.stdout).unwrap();
    assert!(json["sso_session_seconds_left"].as_i64().unwrap() < 0);
    let warning = json["warnings"][0].as_str().unwrap();
    assert!(warning.contains("has expired: aws sso login --profile default"), "{warning}");
    assert!(json["tools"][0]["stops"].as_str().unwrap().contains("has expired"));
    assert_eq!(over.status.code(), Some(1));
    assert!(!String::from_utf8_lossy(&over.stdout).contains("s3cr3tt0k3n"));
    cached("junk");
}

/// Nothing answers there.
const NO_INSTANCE: (&str, &str) = ("AWS_EC2_METADATA_SERVICE_ENDPOINT", "http://127.0.0.1:9");

#[test]
fn no_credentials_at_all_are_no_success() {
    let home = Home::bare();
    for arguments in [&["whoami"][..], &["whoami", "--offline"]] {
        let mut command = home.command(arguments);
        command.env_remove("AWS_EC2_METADATA_DISABLED").env(NO_INSTANCE.0, NO_INSTANCE.1);
        let (code, stdout, _) = text(&command.output().unwrap());
        assert_eq!(code, Some(1), "{stdout}");
        assert!(!stdout.contains("✓ ecrpass"), "{stdout}");
        let told = if arguments.len() == 1 { "does not answer" } else { "nobody was asked" };
        assert!(stdout.contains(told), "{stdout}");
    }
}

#[test]
fn what_is_wrong_in_the_files_is_told_with_its_place() {
    let home = Home::bare();
    home.write(".aws/config", "[dev]\nregion = x\n[default]\nexport AWS_ACCESS_KEY_ID=x\n", 0o600);
    let (_, stdout, _) = text(&home.run(&["whoami", "--offline"]));
    let stdout = home.anonymous(&stdout);
    assert!(
        stdout.contains("~/.aws/config:1:1: `[dev]` is ignored in the config file; write `[profile dev]`"),
        "{stdout}"
    );
    assert!(stdout.contains("~/.aws/config:4:1: `export` is a word of shells"), "{stdout}");
}

/// As the helper does: the next source is not tried, as the file may name other credentials.
#[test]
fn ecrpass_stops_at_a_file_that_cannot_be_read() {
    for name in [".aws/config", ".aws/credentials"] {
        let home = Home::bare();
        std::fs::create_dir_all(home.path(name)).unwrap();
        let seen = |key: Option<&str>| -> Value {
            let mut command = home.command(&["whoami", "--offline", "--format", "json"]);
            command.env_remove("AWS_EC2_METADATA_DISABLED");
            if let Some(key) = key {
                command.env("AWS_ACCESS_KEY_ID", key).env("AWS_SECRET_ACCESS_KEY", "s3cr3tk3y");
            }
            serde_json::from_slice(&command.output().unwrap().stdout).unwrap()
        };
        let json = seen(None);
        assert_eq!(json["tools"][0]["tool"], "ecrpass");
        let stops = json["tools"][0]["stops"].as_str().unwrap();
        assert!(stops.contains(name) && stops.contains("s a directory"), "{stops}");
        // Amazon's helper passes over it.
        assert_eq!(json["tools"][2]["uses"], "instance-metadata", "{json}");
        assert!(json["warnings"].to_string().contains(name), "{json}");
        // A key in the environment comes before the files.
        assert_eq!(seen(Some(KEY))["tools"][0]["uses"], "environment");
    }
}

#[test]
fn a_profile_is_given_to_each_tool_its_way() {
    let home = Home::bare();
    home.write(
        ".aws/credentials",
        &format!("[p]\naws_access_key_id = {KEY}\naws_secret_access_key = x\n"),
        0o600,
    );
    let mut command = home.command(&["whoami", "--offline", "--profile", "p", "--format", "json"]);
    command.env("AWS_ACCESS_KEY_ID", "AKIAY34FZKBOKMUTVV7A").env("AWS_SECRET_ACCESS_KEY", "s3cr3tk3y");
    let json: Value = serde_json::from_slice(&command.output().unwrap().stdout).unwrap();
    let uses: Vec<_> = json["tools"].as_array().unwrap().iter().map(|tool| tool["uses"].as_str()).collect();
    assert_eq!(uses, [Some("profile"), Some("profile"), Some("environment"), Some("profile")]);
    let warnings = json["warnings"].to_string();
    assert!(warnings.contains("Amazon's helper: takes environment"), "{warnings}");
}

#[test]
fn two_tools_that_differ_are_told_with_what_each_takes() {
    let home = Home::bare();
    home.write(
        ".aws/config",
        &format!("[default]\naws_access_key_id = {KEY} # mine\naws_secret_access_key = x\n[default]\n"),
        0o600,
    );
    let (code, stdout, _) = text(&home.run(&["whoami", "--offline"]));
    assert_eq!(code, Some(1));
    assert!(
        stdout.contains("the AWS CLI, boto3: stops (Unable to parse config file: the config file, line 4"),
        "{stdout}"
    );
    assert!(
        stdout.contains("ecrpass, Amazon's helper, the JavaScript SDK: takes profile `default`"),
        "{stdout}"
    );
}
