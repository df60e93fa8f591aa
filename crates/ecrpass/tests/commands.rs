//! The program as its users run it.

#![allow(clippy::indexing_slicing, clippy::string_slice)] // a test's way of failing
#![allow(clippy::unwrap_used)] // a test's way of failing

mod common;

use std::io::{BufRead, BufReader};
use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use ecrpass_local::{Fault, LocalEcr};
use tempfile::TempDir;

const HOST: &str = "123456789012.dkr.ecr.us-east-1.amazonaws.com";

fn program() -> Command {
    let mut command = Command::new(assert_cmd::cargo::cargo_bin!("ecrpass"));
    command.env_clear().env("PATH", "/usr/bin:/bin").stdin(Stdio::null());
    command
}

/// A home, and an ECR to log in to.
fn world() -> (LocalEcr, TempDir) {
    (LocalEcr::start().unwrap(), tempfile::tempdir().unwrap())
}

fn with(ecr: &LocalEcr, home: &Path, arguments: &[&str]) -> Command {
    let mut command = program();
    command.args(arguments).env("HOME", home).envs(ecr.env());
    command
}

fn text(output: &Output) -> (Option<i32>, String, String) {
    (
        output.status.code(),
        String::from_utf8(output.stdout.clone()).unwrap(),
        String::from_utf8(output.stderr.clone()).unwrap(),
    )
}

#[test]
fn help_is_as_written() {
    let help = |arguments: &[&str]| {
        let (code, stdout, stderr) = text(&program().args(arguments).arg("--help").output().unwrap());
        assert_eq!((code, stderr.as_str()), (Some(0), ""));
        stdout
    };
    let all = help(&[]);
    // The list of commands in it: one a line, and their texts further in where they take more.
    let list = all.split("Commands:\n").nth(1).and_then(|rest| rest.split("\n\n").next()).unwrap();
    let commands: Vec<&str> = list
        .lines()
        .filter_map(|line| line.strip_prefix("  ").filter(|line| !line.starts_with(' ')))
        .filter_map(|line| line.split_whitespace().next())
        .filter(|command| *command != "help")
        .collect();
    assert!(commands.len() > 10, "{all}");
    for command in commands {
        insta::assert_snapshot!(format!("{command}-help"), help(&[command]));
    }
    insta::assert_snapshot!("help", all);
}

#[test]
fn misuse_is_a_usage_error() {
    for arguments in [
        &[][..],
        &["frobnicate"],
        &["token"],
        &["local", "--fault", "nonsense"],
        &["login", "--client", "x", "y"],
    ] {
        let (code, stdout, stderr) = text(&program().args(arguments).output().unwrap());
        assert_eq!((code, stdout.as_str()), (Some(2), ""), "{arguments:?}");
        assert!(!stderr.is_empty());
    }
}

#[test]
fn token_prints_the_password_and_nothing_else() {
    let (ecr, home) = world();
    let (code, stdout, stderr) = text(&with(&ecr, home.path(), &["token", HOST]).output().unwrap());
    assert_eq!(code, Some(0), "{stderr}");
    assert!(stderr.starts_with("user name AWS, valid until 20"), "{stderr}");
    let password = stdout.trim_end();
    assert!(ecrpass_core::token::password_expiry(password).is_some());
    let json = with(&ecr, home.path(), &["token", HOST, "--format", "json"]).output().unwrap();
    let json: serde_json::Value = serde_json::from_slice(&json.stdout).unwrap();
    assert_eq!(
        (json["schema"].as_str(), json["password"].as_str()),
        (Some("ecrpass/token/1"), Some(password))
    );
    assert_eq!(ecr.call_count("GetAuthorizationToken"), 1);
    let quiet = with(&ecr, home.path(), &["--quiet", "token", HOST]).output().unwrap();
    assert_eq!(quiet.stderr, b"");
}

#[test]
fn token_says_why_there_is_none() {
    let (ecr, home) = world();
    ecr.add_fault("deny:ecr".parse::<Fault>().unwrap());
    for (host, slug) in [
        (HOST, "iam-missing-get-authorization-token"),
        ("12345.dkr.ecr.us-east-1.amazonaws.com", "malformed-registry-host"),
        ("docker.io", "malformed-registry-host"),
    ] {
        let (code, stdout, stderr) = text(&with(&ecr, home.path(), &["token", host]).output().unwrap());
        assert_eq!((code, stdout.as_str()), (Some(1), ""));
        assert!(stderr.starts_with(&format!("ecrpass: [{slug}] ")), "{stderr}");
        assert!(stderr.contains(" Next: "), "{stderr}");
    }
}

#[test]
fn login_gives_the_password_to_the_client_on_standard_input() {
    let (ecr, home) = world();
    let bin = home.path().join("bin");
    std::fs::create_dir(&bin).unwrap();
    let script = "#!/bin/sh\necho \"$@\" > \"$HOME/arguments\"\ncat > \"$HOME/input\"\necho Login Succeeded\nexit ${FAKE_STATUS:-0}\n";
    let client = bin.join("docker");
    common::write_program(&client, script);
    let image = format!("{HOST}/team/app:1");
    let run = |status: &str| {
        let mut command = with(&ecr, home.path(), &["login", &image]);
        let path = format!("{}:/usr/bin:/bin", bin.display());
        text(&command.env("PATH", path).env("FAKE_STATUS", status).output().unwrap())
    };
    let (code, stdout, stderr) = run("0");
    assert_eq!((code, stdout.as_str()), (Some(0), "Login Succeeded\n"), "{stderr}");
    assert!(stderr.contains("docker is logged in to"), "{stderr}");
    assert!(stderr.contains(&format!("To need no login again: ecrpass setup {HOST}")), "{stderr}");
    // What was given besides the registry is left out, and that is said.
    assert!(stderr.contains("`/team/app` is left out"), "{stderr}");
    let arguments = std::fs::read_to_string(home.path().join("arguments")).unwrap();
    assert_eq!(arguments.trim(), format!("login --username AWS --password-stdin {HOST}"));
    let input = std::fs::read_to_string(home.path().join("input")).unwrap();
    assert!(ecrpass_core::token::password_expiry(&input).is_some());

    let (code, _, stderr) = run("1");
    assert_eq!(code, Some(1));
    assert!(
        stderr.contains("failed") && stderr.contains("ecrpass setup") && !stderr.contains(&input),
        "{stderr}"
    );
    let mut nothing = with(&ecr, home.path(), &["login", HOST]);
    let (code, _, stderr) = text(&nothing.env("PATH", "/nonexistent").output().unwrap());
    assert_eq!(code, Some(3), "{stderr}");
}

#[test]
fn local_prints_what_to_export_and_serves() {
    let mut child = program()
        .args(["local", "--print-env", "json", "--create-repository", "a/b", "--fault", "throttle:ecr=1"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
    let variables: std::collections::BTreeMap<String, String> = serde_json::from_str(&line).unwrap();
    let home = tempfile::tempdir().unwrap();
    let output = program().args(["token", HOST]).env("HOME", home.path()).envs(variables).output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{:?}", text(&output));
    let status = Command::new("kill").arg("-INT").arg(child.id().to_string()).status().unwrap();
    assert!(status.success());
    assert_eq!(child.wait().unwrap().code(), Some(0));
}

#[test]
fn called_by_the_helpers_name_it_is_the_helper() {
    let (ecr, home) = world();
    let link = home.path().join("docker-credential-ecr-login");
    symlink(assert_cmd::cargo::cargo_bin!("ecrpass"), &link).unwrap();
    let run = |action: &str| {
        let output = Command::new(&link)
            .arg(action)
            .env_clear()
            .env("HOME", home.path())
            .envs(ecr.env())
            .output()
            .unwrap();
        text(&output)
    };
    assert!(run("version").1.starts_with("docker-credential-ecr-login (ecrpass) "));
    assert_eq!(run("list").1.trim(), "{}");
    assert_eq!(run("--help").0, Some(1));
}

#[test]
fn the_demo_shows_every_failure_and_then_none() {
    let temporary = tempfile::tempdir().unwrap();
    let home = tempfile::tempdir().unwrap();
    let output = program()
        .args(["demo", "--client", "builtin"])
        .env("HOME", home.path())
        .env("TMPDIR", temporary.path())
        // What the machine has set must not leak in.
        .env("AWS_ACCESS_KEY_ID", "AKIAPLANTEDKEYPLANTE")
        .env("AWS_SECRET_ACCESS_KEY", "plantedSecretAccessKey")
        .env("AWS_PROFILE", "planted")
        .env("AWS_ENDPOINT_URL", "http://127.0.0.1:1")
        .env("DOCKER_AUTH_CONFIG", "{\"auths\":{}}")
        .output()
        .unwrap();
    let (code, stdout, stderr) = text(&output);
    assert_eq!(code, Some(0), "{stdout}{stderr}");
    for said in [
        "no basic auth credentials",
        "[not-logged-in]",
        "denied: Your authorization token has expired. Reauthenticate and try again.",
        "[token-expired]",
        "400 Bad Request",
        "[wrong-registry-region]",
        "ecr-login: [no-aws-credentials]",
        "ecr-login: [expired-session-token]",
        "digest: sha256:",
        "AWS was asked for a token 1 time",
        "Where to go next",
    ] {
        assert!(stdout.contains(said), "lacks {said}:\n{stdout}");
    }
    assert!(!stdout.contains("planted") && !stdout.contains('\u{1b}'), "{stdout}");
    assert!(!stdout.contains("eyJwYXlsb2FkIjoi"), "a password is on the screen");
    // Nothing stays behind, and nothing was put into the home.
    assert_eq!(std::fs::read_dir(temporary.path()).unwrap().count(), 0);
    assert_eq!(std::fs::read_dir(home.path()).unwrap().count(), 0);
}

#[test]
fn the_demo_says_why_it_cannot_run() {
    let output = program().args(["demo", "--client", "docker"]).env("PATH", "/nonexistent").output().unwrap();
    let (code, _, stderr) = text(&output);
    assert_eq!(code, Some(3));
    assert!(stderr.contains("not on PATH") && stderr.contains("--client builtin"), "{stderr}");
    let output = program().arg("demo").env("TMPDIR", "/dev/null/none").output().unwrap();
    assert_eq!(text(&output).0, Some(3));
}

#[test]
fn a_closed_pipe_is_no_failure() {
    let (ecr, home) = world();
    let mut child = with(&ecr, home.path(), &["demo", "--client", "builtin"])
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    assert_eq!(child.wait().unwrap().code(), Some(0));
}
