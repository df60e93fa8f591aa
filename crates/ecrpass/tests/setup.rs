//! `ecrpass setup` and `ecrpass status`, in a home of their own.

#![allow(clippy::indexing_slicing, clippy::string_slice)] // a test's way of failing
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used)] // a test's way of failing

mod common;
#[path = "common/terminal.rs"]
mod terminal;

use std::fs;
use std::os::unix::fs::PermissionsExt;

use common::{HOST, Home, expired_login, login_expiring_in, text};
use ecrpass_local::LocalEcr;
use serde_json::Value;
use terminal::typed_at;

const LONDON: &str = "123456789012.dkr.ecr.eu-west-2.amazonaws.com";

/// What docker says of an image that is not there, when it is logged in, and what when it is not.
const LOGGED_IN: &str =
    "name unknown: The repository with name 'ecrpass/check' does not exist in the registry";
const LOGGED_OUT: &str = "Error response from daemon: Head \"https://h/v2/\": no basic auth credentials";

fn docker_that_says(home: &Home, says: &str) {
    home.script(
        "docker",
        &format!("#!/bin/sh\n[ \"$1\" = --version ] && echo Docker version 28.2.2 && exit\necho '{says}' >&2\nexit 1\n"),
    );
}

#[test]
fn the_helper_is_named_once_and_the_rest_is_kept() {
    let home = Home::with_helper();
    let old = "{\r\n    \"auths\": {\"ghcr.io\": {\"auth\": \"dTpw\"}},\r\n    \"psFormat\": \"x\"\r\n}";
    let path = home.write(".docker/config.json", old, 0o600);
    let arguments = ["setup", HOST, "--account", "123456789012", "--region", "eu-west-2,us-east-1"];
    let (code, stdout, _) = text(&home.run(&[&arguments[..], &["--dry-run"]].concat()));
    assert_eq!((code, stdout.contains("as it would be")), (Some(0), true), "{stdout}");
    assert_eq!(fs::read_to_string(&path).unwrap(), old);
    let (code, stdout, stderr) = text(&home.run(&arguments));
    assert_eq!(code, Some(0), "{stdout}{stderr}");
    let expected = format!(
        "{{\r\n    \"auths\": {{\"ghcr.io\": {{\"auth\": \"dTpw\"}}}},\r\n    \"psFormat\": \"x\",\r\n    \"credHelpers\": {{\r\n        \"{HOST}\": \"ecrpass\",\r\n        \"{LONDON}\": \"ecrpass\"\r\n    }}\r\n}}"
    );
    assert_eq!(fs::read_to_string(&path).unwrap(), expected);
    let (code, stdout, _) = text(&home.run(&arguments));
    assert_eq!((code, stdout.contains("set up for every registry already")), (Some(0), true), "{stdout}");
    assert_eq!(fs::read_to_string(&path).unwrap(), expected);
}

/// What AWS's console and policies call a repository says which registry it is in.
#[test]
fn the_arn_of_a_repository_names_its_registry() {
    let home = Home::with_helper();
    for (arn, host) in [
        ("arn:aws:ecr:eu-west-2:123456789012:repository/team/app", LONDON),
        (
            "arn:aws-cn:ecr:cn-north-1:123456789012:repository/*",
            "123456789012.dkr.ecr.cn-north-1.amazonaws.com.cn",
        ),
        ("arn:aws:ecr-public::123456789012:repository/app", "public.ecr.aws"),
    ] {
        let (code, stdout, stderr) = text(&home.run(&["setup", arn, "--dry-run"]));
        assert_eq!(code, Some(0), "{stdout}{stderr}");
        assert!(stdout.contains(&format!("\"{host}\"")), "{stdout}");
    }
    for (arn, words) in [
        ("arn:aws-cn:ecr:eu-west-2:123456789012:repository/app", "is of the partition aws"),
        ("arn:aws:ecr:*:123456789012:repository/app", "`*` is not a region"),
        ("arn:aws:ecr:eu-west-2:1234:repository/app", "12 digits"),
        ("arn:aws:iam::123456789012:role/ci", "is not an Amazon ECR registry"),
    ] {
        let (code, _, stderr) = text(&home.run(&["setup", arn, "--dry-run"]));
        assert!(code == Some(3) && stderr.contains(words), "{arn}: {stderr}");
    }
}

#[test]
fn a_file_that_was_made_is_unmade() {
    let home = Home::with_helper();
    assert_eq!(home.run(&["setup", HOST, "--no-check"]).status.code(), Some(0));
    assert!(home.path(".docker/config.json").exists());
    let (code, stdout, stderr) = text(&home.run(&["fix", "--undo"]));
    assert_eq!(code, Some(0), "{stdout}{stderr}");
    assert!(!home.path(".docker/config.json").exists(), "{stdout}");
    // What the user wrote meanwhile is the user's.
    assert_eq!(home.run(&["setup", HOST, "--no-check"]).status.code(), Some(0));
    let path = home.write(".docker/config.json", "{\"psFormat\": \"x\"}", 0o600);
    assert_eq!(home.run(&["fix", "--undo"]).status.code(), Some(1));
    assert_eq!(fs::read_to_string(path).unwrap(), "{\"psFormat\": \"x\"}");
}

#[test]
fn registries_are_found_in_files() {
    let home = Home::with_helper();
    home.write(
        "app/compose.yaml",
        "services:\n  a:\n    image: ${ID}.dkr.ecr.eu-west-2.amazonaws.com/a\n",
        0o644,
    );
    home.write("app/.env", "ID=123456789012\n", 0o644);
    home.write("app/deploy/pod.yml", &format!("    image: {HOST}/b:1\n"), 0o644);
    home.write("app/Dockerfile", "FROM $WHO.dkr.ecr.us-east-1.amazonaws.com/c\n", 0o644);
    home.write(
        "app/node_modules/x/Dockerfile",
        "FROM 999999999999.dkr.ecr.us-east-1.amazonaws.com/c\n",
        0o644,
    );
    home.write("app/.gitignore", "node_modules\n", 0o644);
    let (code, stdout, stderr) = text(&home.run(&["setup", "--from", "app", "--format", "json"]));
    let json: Value = serde_json::from_str(&stdout).unwrap();
    assert_eq!(code, Some(0), "{stderr}");
    assert_eq!(json["registries"], serde_json::json!([LONDON, HOST]));
    assert_eq!(json["clients"][0]["uses_helper"], true);
    assert!(stderr.contains("app/Dockerfile:1 is skipped: variable WHO is not set"), "{stderr}");
    let (code, _, stderr) = text(&home.run(&["setup", "--from", "nowhere"]));
    assert_eq!((code, stderr.contains("cannot be read")), (Some(3), true), "{stderr}");
}

#[test]
fn without_a_registry_those_that_are_found_are_proposed() {
    const TOKYO: &str = "210987654321.dkr.ecr.ap-northeast-1.amazonaws.com";
    const OREGON: &str = "123456789012.dkr.ecr.us-west-2.amazonaws.com";
    let home = Home::with_helper();
    let app = |arguments: &[&str]| {
        let mut command = home.command(arguments);
        command.current_dir(home.path("app"));
        command.output().unwrap()
    };
    fs::create_dir(home.path("app")).unwrap();
    let (code, _, stderr) = text(&app(&["setup"]));
    assert_eq!((code, stderr.contains("no ECR registry was found")), (Some(1), true), "{stderr}");
    home.write(".docker/config.json", &format!(r#"{{"auths": {{"{HOST}": {{}}}}}}"#), 0o600);
    home.write("app/deploy/compose.yaml", &format!("services:\n  a:\n    image: {LONDON}/a\n"), 0o644);
    home.write(".kube/config", "name: arn:aws:eks:us-west-2:123456789012:cluster/prod\n", 0o600);
    let profile = "[profile sso]\nsso_account_id = 210987654321\nregion = ap-northeast-1\n";
    home.write(".aws/config", profile, 0o600);
    let before = fs::read_to_string(home.path(".docker/config.json")).unwrap();
    let (code, stdout, _) = text(&app(&["setup", "--format", "json"]));
    let json: Value = serde_json::from_str(&stdout).unwrap();
    let proposals = json["proposals"].as_array().unwrap();
    let hosts: Vec<&str> = proposals.iter().map(|one| one["host"].as_str().unwrap()).collect();
    assert_eq!((code, hosts), (Some(1), vec![HOST, LONDON, OREGON, TOKYO]));
    let guessed: Vec<bool> = proposals.iter().map(|one| one["guessed"].as_bool().unwrap()).collect();
    assert_eq!(guessed, [false, false, true, true]);
    // Nobody was asked, so nothing is done.
    let (code, stdout, stderr) = text(&app(&["setup"]));
    assert_eq!(code, Some(1));
    assert!(stdout.contains("the EKS cluster prod") && stdout.contains("the AWS profile sso"), "{stdout}");
    assert!(stderr.contains(&format!("ecrpass setup {HOST} {LONDON}\n")), "{stderr}");
    assert_eq!(fs::read_to_string(home.path(".docker/config.json")).unwrap(), before);
    let (code, stdout, stderr) = text(&app(&["setup", "--yes", "--no-check", "--format", "json"]));
    assert_eq!(code, Some(0), "{stderr}");
    let json: Value = serde_json::from_str(&stdout).unwrap();
    assert_eq!(json["registries"], serde_json::json!([HOST, LONDON, OREGON, TOKYO]));
    assert!(fs::read_to_string(home.path(".docker/config.json")).unwrap().contains(TOKYO));
}

#[test]
fn somebody_at_a_terminal_is_asked() {
    let config = |typed: &str| {
        let home = Home::with_helper();
        home.write("Dockerfile", &format!("FROM {HOST}/a\n"), 0o644);
        home.write(".kube/config", "arn:aws:eks:eu-west-2:123456789012:cluster/prod\n", 0o600);
        let (status, said) = typed_at(typed, home.command(&["setup", "--no-check"]));
        let config = fs::read_to_string(home.path(".docker/config.json")).unwrap_or_default();
        (status.code(), config.contains(HOST), config.contains(LONDON), said)
    };
    for (typed, code, first, second) in [
        ("n\n", 1, false, false),
        ("\n", 0, true, false),
        ("what?\n2\n", 0, false, true),
        ("a\n", 0, true, true),
    ] {
        let (status, has_first, has_second, said) = config(typed);
        assert_eq!((status, has_first, has_second), (Some(code), first, second), "{typed:?}: {said}");
        assert!(said.contains("Set up the helper for which?"), "{said}");
    }
}

#[test]
fn the_installed_client_has_the_last_word() {
    let home = Home::with_helper();
    for (says, result, status) in [
        (LOGGED_IN, "authenticated", 0),
        (LOGGED_OUT, "refused", 1),
        ("Cannot connect to the Docker daemon at unix:///x. Is it running?", "unknown", 0),
    ] {
        docker_that_says(&home, says);
        let output = home.run(&["setup", HOST, "--client", "docker", "--format", "json"]);
        let json: Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!(json["clients"][0]["check"]["result"], result);
        assert_eq!(output.status.code(), Some(status), "{says}");
    }
    let output = home.run(&["setup", HOST, "--client", "docker", "--format", "json", "--no-check"]);
    let json: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert!(json["clients"][0].get("check").is_none());
}

#[test]
fn podman_gets_its_own_only_where_it_needs_it() {
    let home = Home::with_helper();
    home.script("podman", "#!/bin/sh\nexit 125\n");
    // A dry run predicts what the run does.
    let dry = home.run(&["setup", HOST, "--no-check", "--format", "json", "--dry-run"]);
    let dry: Value = serde_json::from_slice(&dry.stdout).unwrap();
    let real = home.run(&["setup", HOST, "--no-check", "--format", "json"]);
    let real: Value = serde_json::from_slice(&real.stdout).unwrap();
    assert_eq!(dry["files"], real["files"]);
    assert_eq!(real["files"].as_array().unwrap().len(), 1);
    // Where both are one file, by whatever name.
    for link in [false, true] {
        let both = Home::with_helper();
        both.write(".docker/config.json", "{}", 0o600);
        let other = both.path(if link { "auth.json" } else { ".docker/config.json" });
        if link {
            std::os::unix::fs::symlink(both.path(".docker/config.json"), &other).unwrap();
        }
        let files = |more: &[&str]| {
            let arguments =
                ["setup", HOST, "--client", "docker", "--client", "podman", "--no-check", "--format", "json"];
            let mut command = both.command(&[&arguments[..], more].concat());
            let output = command.env("REGISTRY_AUTH_FILE", &other).output().unwrap();
            let json: Value = serde_json::from_slice(&output.stdout).unwrap();
            json["files"].clone()
        };
        let dry = files(&["--dry-run"]);
        assert_eq!(dry, files(&[]));
    }
    let (code, stdout, _) = text(&home.run(&["setup", HOST, "--no-check"]));
    assert_eq!(code, Some(0), "{stdout}");
    assert!(!home.path(".config/containers/auth.json").exists());
    let own = |login: &str| format!(r#"{{"auths": {{"{HOST}": {{"auth": "{login}"}}}}}}"#);
    // One that is over is taken away, and then docker's file is passed on to.
    let path = home.write(".config/containers/auth.json", &own(&expired_login()), 0o600);
    let (code, stdout, _) = text(&home.run(&["setup", HOST, "--no-check"]));
    assert_eq!(code, Some(0), "{stdout}");
    assert_eq!(fs::read_to_string(&path).unwrap(), r#"{"auths": {}}"#);
    // One that works is used before docker's file, but not before a helper beside it.
    home.write(".config/containers/auth.json", &own(&login_expiring_in(7200)), 0o600);
    let files = |more: &[&str]| {
        let arguments = [&["setup", HOST, "--no-check", "--format", "json"], more].concat();
        let json: Value = serde_json::from_slice(&home.run(&arguments).stdout).unwrap();
        json["files"].clone()
    };
    fs::remove_dir_all(home.path(".docker")).unwrap();
    assert_eq!(files(&["--dry-run"]).as_array().unwrap().len(), 2);
    assert!(!home.path(".docker").exists());
    let (code, stdout, _) = text(&home.run(&["setup", HOST, "--no-check"]));
    assert_eq!(code, Some(0), "{stdout}");
    assert!(fs::read_to_string(path).unwrap().contains("credHelpers"));
}

#[test]
fn nothing_is_written_that_would_not_work() {
    let bare = Home::bare();
    // Others could put another program in its place there.
    fs::set_permissions(bare.path("bin"), fs::Permissions::from_mode(0o777)).unwrap();
    let (code, _, stderr) = text(&bare.run(&["setup", HOST]));
    let line = format!("/.local/bin && ecrpass setup {HOST}");
    assert_eq!((code, stderr.contains(&line)), (Some(1), true), "{stderr}");
    assert!(!bare.path(".docker").exists());

    let home = Home::with_helper();
    for (broken, why) in [("{\"credHelpers\": []}", "is not an object"), ("{\"a\" 1}", "config.json:1:6")] {
        let path = home.write(".docker/config.json", broken, 0o600);
        let (code, _, stderr) = text(&home.run(&["setup", HOST]));
        assert_eq!((code, stderr.contains(why)), (Some(3), true), "{stderr}");
        assert_eq!(fs::read_to_string(&path).unwrap(), broken);
    }
    for misuse in [
        &["setup", "--account", "123456789012"][..],
        &["setup", "--region", "us-east-1"],
        &["setup", HOST, "--yes"],
    ] {
        assert_eq!(home.run(misuse).status.code(), Some(2), "{misuse:?}");
    }
    assert_eq!(home.run(&["setup", "docker.io"]).status.code(), Some(3));
}

#[test]
fn another_helper_in_front_is_noticed() {
    let home = Home::bare();
    home.script("docker-credential-ecr-login", "#!/bin/sh\necho 0.9.1\n");
    for arguments in
        [&["setup", HOST, "--no-check", "--name", "ecr-login"][..], &["status"], &["resolve", HOST], &["fix"]]
    {
        let (_, _, stderr) = text(&home.run(arguments));
        assert!(stderr.contains("is another program of that name"), "{arguments:?}: {stderr}");
    }
}

#[test]
fn every_token_is_told_and_none_is_shown() {
    let home = Home::with_helper();
    let ecr = LocalEcr::start().unwrap();
    let fresh = login_expiring_in(7200);
    let docker =
        format!(r#"{{"auths": {{"{HOST}": {{"auth": "{fresh}"}}, "ghcr.io": {{"auth": "dTpw"}}}}}}"#);
    home.write(".docker/config.json", &docker, 0o600);
    let podman = format!(r#"{{"auths": {{"{LONDON}": {{"auth": "{}"}}}}}}"#, expired_login());
    home.write(".config/containers/auth.json", &podman, 0o600);
    home.write(
        ".ecr/cache.json",
        &format!(
            r#"{{"Version":"1.0","Registries":{{"k":{{"AuthorizationToken":"{fresh}","RequestedAt":"2026-01-01T00:00:00Z","ExpiresAt":"2026-01-01T12:00:00.5Z","ProxyEndpoint":"https://{LONDON}","Service":"ecr"}}}}}}"#
        ),
        0o600,
    );
    let mut token = home.command(&["token", HOST]);
    assert!(token.envs(ecr.env()).output().unwrap().status.success());

    let output = home.command(&["status", "--format", "json"]).envs(ecr.env()).output().unwrap();
    let json: Value = serde_json::from_slice(&output.stdout).unwrap();
    // Another user's tokens may be on the machine the test runs on.
    let ours: Vec<&Value> =
        json["tokens"].as_array().unwrap().iter().filter(|row| row.get("user").is_none()).collect();
    let holders: Vec<(&str, &str)> =
        ours.iter().map(|row| (row["host"].as_str().unwrap(), row["holder"].as_str().unwrap())).collect();
    assert_eq!(
        holders,
        [(LONDON, "podman"), (LONDON, "go-cache"), (HOST, "docker"), (HOST, "cache")],
        "{json:#}"
    );
    assert_eq!((&ours[0]["region"], &ours[0]["account"]), (&"eu-west-2".into(), &"123456789012".into()));
    let podman_family: Vec<&str> =
        ours[0]["used_by"].as_array().unwrap().iter().filter_map(Value::as_str).collect();
    assert_eq!(podman_family, ["podman", "skopeo", "buildah", "jib"]);
    assert!(ours[2]["used_by"].as_array().unwrap().contains(&"docker".into()));
    assert!((7100..=7200).contains(&ours[2]["seconds_left"].as_i64().unwrap()));
    // podman's has expired.
    assert_eq!(output.status.code(), Some(1));
    let (_, stdout, stderr) = text(&home.command(&["status"]).envs(ecr.env()).output().unwrap());
    for secret in [&fresh, &expired_login()] {
        assert!(!stdout.contains(secret) && !stderr.contains(secret));
        assert!(!String::from_utf8_lossy(&output.stdout).contains(secret));
    }
    assert!(stdout.contains("Next: ecrpass fix"), "{stdout}");
}
