//! `ecrpass ci generate` and `ecrpass ci convert` as their users run them.

#![cfg(unix)]
#![allow(clippy::indexing_slicing, clippy::string_slice, clippy::unwrap_used)] // a test's way of failing

mod common;

use std::fs;

use common::{HOST, Home, text};
use serde_json::Value;

const ROLE: &str = "arn:aws:iam::123456789012:role/ecr-push";

fn generate(system: &str, more: &[&str]) -> Vec<String> {
    let image = format!("{HOST}/team/app");
    let mut arguments: Vec<String> = ["ci", "generate", system, "--image"].map(str::to_owned).to_vec();
    arguments.push(image);
    arguments.extend(more.iter().map(|word| (*word).to_owned()));
    arguments
}

const GITHUB: &[&str] =
    &["--code", "team/app", "--branch", "main", "--claim", "repository-id=22", "--claim", "owner-id=11"];

fn run(home: &Home, arguments: &[String]) -> (Option<i32>, String, String) {
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    text(&home.run(&arguments))
}

#[test]
fn help_is_as_written() {
    let home = Home::bare();
    for command in ["generate", "convert", "lint"] {
        let (code, stdout, _) = text(&home.run(&["ci", command, "--help"]));
        assert_eq!(code, Some(0));
        insta::assert_snapshot!(format!("ci-{command}-help"), stdout);
    }
}

#[test]
fn what_is_printed_is_as_written() {
    let home = Home::bare();
    let (code, stdout, stderr) = run(&home, &generate("github", GITHUB));
    assert_eq!(code, Some(0), "{stderr}");
    insta::assert_snapshot!("ci-generate-github", format!("{stdout}--- beside it\n{stderr}"));
    let (_, stdout, _) =
        run(&home, &generate("github", &[GITHUB, &["--iam", "terraform", "--only", "policy"]].concat()));
    insta::assert_snapshot!("ci-generate-terraform", stdout);
}

#[test]
fn a_part_alone_is_the_file_itself() {
    let home = Home::bare();
    let (_, trust, stderr) = run(&home, &generate("github", &[GITHUB, &["--only", "trust"]].concat()));
    let trust: Value = serde_json::from_str(&trust).unwrap_or_else(|_| panic!("{trust} {stderr}"));
    let condition = &trust["Statement"][0]["Condition"];
    assert_eq!(condition["StringEquals"]["token.actions.githubusercontent.com:aud"], "sts.amazonaws.com");
    let (_, pipeline, _) = run(&home, &generate("github", &[GITHUB, &["--only", "pipeline"]].concat()));
    assert!(pipeline.starts_with("# Builds and pushes ") && !pipeline.contains("==>"), "{pipeline}");
}

#[test]
fn files_are_written_once() {
    let home = Home::bare();
    let arguments = generate("gitlab", &["--code", "team/app", "--branch", "main", "--output", "out"]);
    let (code, stdout, stderr) = run(&home, &arguments);
    assert_eq!(code, Some(0), "{stderr}");
    assert_eq!(stdout.lines().count(), 3, "{stdout}");
    let written = fs::read_to_string(home.path("out/.gitlab-ci.yml")).unwrap();
    assert!(written.contains("aud: https://gitlab.com"), "{written}");
    assert_eq!(home.names("out/iam").len(), 2);
    // Once more nothing changes; with another text nothing is written.
    assert_eq!(run(&home, &arguments).0, Some(0));
    home.write("out/.gitlab-ci.yml", "mine: {}\n", 0o644);
    fs::remove_dir_all(home.path("out/iam")).unwrap();
    let (code, _, stderr) = run(&home, &arguments);
    assert_eq!(code, Some(1));
    assert!(stderr.contains("is there already") && stderr.contains("Next: "), "{stderr}");
    assert_eq!(fs::read_to_string(home.path("out/.gitlab-ci.yml")).unwrap(), "mine: {}\n");
}

#[test]
fn programs_get_one_object() {
    let home = Home::bare();
    let (_, stdout, _) = run(&home, &generate("github", &[GITHUB, &["--format", "json"]].concat()));
    let written: Value = serde_json::from_str(&stdout).unwrap();
    assert_eq!(written["schema"], "ecrpass/pipeline/1");
    let parts: Vec<&str> =
        written["files"].as_array().unwrap().iter().map(|file| file["for"].as_str().unwrap()).collect();
    assert_eq!(parts, ["pipeline", "trust", "policy"]);
    assert!(
        written["commands"][0].as_str().unwrap().starts_with("aws iam create-role --role-name "),
        "{written}"
    );
}

#[test]
fn what_cannot_work_is_refused() {
    let home = Home::bare();
    for (system, more, what) in [
        ("github", &["--code", "team/app"][..], "which builds push"),
        ("circleci", &["--code", "o/p", "--branch", "main"], "origin"),
        ("gitlab", &["--code", "a/b", "--branch", "main", "--helper", "x"], "--helper cannot be"),
        (
            "gitlab",
            &["--code", "a/b", "--branch", "main", "--helper-sha256", "00"],
            "is for a helper that is fetched",
        ),
        ("lambda", &[], "which image"),
    ] {
        let (code, stdout, stderr) = run(&home, &generate(system, more));
        assert_eq!((code, stdout.as_str()), (Some(1), ""), "{stderr}");
        assert!(stderr.contains(what) && stderr.contains("Next: "), "{stderr}");
    }
}

const PIPELINE: &str = ".gitlab-ci.yml";

fn pipeline(home: &Home) -> String {
    let text = format!(
        "push:\n  image: docker:27\n  script:\n    - aws ecr get-login-password --region us-east-1 | docker login --username AWS --password-stdin {HOST}\n    - docker push {HOST}/app:1\n"
    );
    home.write(PIPELINE, &text, 0o640);
    text
}

#[test]
fn a_conversion_is_shown_first_and_made_when_it_is_wanted() {
    let home = Home::bare();
    let before = pipeline(&home);
    let (code, stdout, stderr) =
        text(&home.run(&["ci", "convert", PIPELINE, "--role", ROLE, "--helper", "installed"]));
    assert_eq!(code, Some(0), "{stderr}");
    insta::assert_snapshot!("ci-convert", format!("{stdout}--- beside it\n{stderr}"));
    assert_eq!(fs::read_to_string(home.path(PIPELINE)).unwrap(), before);
    let (code, stdout, stderr) = text(&home.run(&["ci", "convert", PIPELINE, "--role", ROLE, "--write"]));
    assert_eq!(code, Some(0), "{stderr}");
    assert!(stdout.contains("is converted"), "{stdout}");
    let after = fs::read_to_string(home.path(PIPELINE)).unwrap();
    assert!(after.contains("AWS_ID_TOKEN") && !after.contains("get-login-password"), "{after}");
    // Its mode stays, there is nothing left to do, and the audit is content.
    use std::os::unix::fs::PermissionsExt as _;
    assert_eq!(fs::metadata(home.path(PIPELINE)).unwrap().permissions().mode() & 0o777, 0o640);
    let (code, _, stderr) = text(&home.run(&["ci", "convert", PIPELINE, "--role", ROLE, "--write"]));
    assert_eq!(code, Some(0));
    assert!(stderr.contains("there is no login to convert"), "{stderr}");
    let (code, stdout, _) = text(&home.run(&["ci", "lint", PIPELINE]));
    assert_eq!(code, Some(0), "{stdout}");
}

#[test]
fn what_is_not_understood_is_named_and_left() {
    let home = Home::bare();
    let text_of = format!(
        "push:\n  script:\n    - cd x && aws ecr get-login-password | docker login --username AWS --password-stdin {HOST}\n"
    );
    home.write(PIPELINE, &text_of, 0o644);
    let (code, stdout, stderr) = text(&home.run(&["ci", "convert", PIPELINE, "--role", ROLE, "--write"]));
    assert_eq!((code, stdout.as_str()), (Some(1), ""));
    assert!(stderr.contains(".gitlab-ci.yml:3:7: This command stands in one line"), "{stderr}");
    assert_eq!(fs::read_to_string(home.path(PIPELINE)).unwrap(), text_of);
    let (code, stdout, _) = text(&home.run(&["ci", "convert", PIPELINE, "--role", ROLE, "--format", "json"]));
    assert_eq!(code, Some(1));
    let made: Value = serde_json::from_str(&stdout).unwrap();
    assert_eq!(made["schema"], "ecrpass/conversion/1");
    assert_eq!(
        (&made["files"][0]["obstacles"][0]["line"], &made["files"][0]["text"]),
        (&Value::from(3), &Value::Null)
    );
    let (code, _, stderr) = text(&home.run(&["ci", "convert", PIPELINE, "--role", "admin"]));
    assert_eq!(code, Some(1));
    assert!(stderr.contains("not the ARN of a role"), "{stderr}");
}
