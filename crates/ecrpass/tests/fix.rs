//! `ecrpass fix` on real files: what it writes, what it leaves, and what a crash leaves.

#![allow(clippy::indexing_slicing, clippy::string_slice)] // a test's way of failing
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used)] // a test's way of failing

mod common;

use std::fs::{self, Permissions};
use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use common::{HOST, Home, expired_login, text};
use serde_json::Value;

/// A login of long ago, the tool that is not there, another registry, and a style of its own.
fn broken() -> String {
    format!(
        "{{\n\t\"auths\" : {{\n\t\t\"{HOST}\": {{ \"auth\": \"{}\" }},\n\t\t\"ghcr.io\": {{ \"auth\": \"dTpzM2NyM3QtZ2hjcg==\" }}\n\t}},\n\t\"credsStore\": \"desktop\",\n\t\"unknown\": [1,  2]\n}}\n",
        expired_login()
    )
}

fn config(home: &Home) -> PathBuf {
    home.write(".docker/config.json", &broken(), 0o600)
}

#[test]
fn the_shown_diff_is_what_happens_and_undo_brings_it_back() {
    let home = Home::with_helper();
    let path = config(&home);
    let (code, stdout, _) = text(&home.run(&["fix", "--dry-run"]));
    assert_eq!(code, Some(1));
    assert_eq!(fs::read_to_string(&path).unwrap(), broken());
    insta::assert_snapshot!("dry-run", home.anonymous(&stdout));

    let (code, stdout, stderr) = text(&home.run(&["fix"]));
    assert_eq!(code, Some(0), "{stdout}{stderr}");
    insta::assert_snapshot!("fixed", fs::read_to_string(&path).unwrap());
    for output in [&stdout, &stderr] {
        assert!(!output.contains("dTpzM2NyM3QtZ2hjcg") && !output.contains(&expired_login()), "{output}");
    }
    assert_eq!(fs::metadata(&path).unwrap().mode() & 0o777, 0o600);
    let (code, stdout, _) = text(&home.run(&["fix"]));
    assert_eq!((code, stdout.contains("nothing to repair")), (Some(0), true), "{stdout}");

    let (code, stdout, _) = text(&home.run(&["fix", "--undo"]));
    assert_eq!(code, Some(0), "{stdout}");
    assert_eq!(fs::read_to_string(&path).unwrap(), broken());
    assert_eq!(home.names(".docker"), ["config.json"]);
    let (code, _, stderr) = text(&home.run(&["fix", "--undo"]));
    assert_eq!((code, stderr.contains("there is no backup")), (Some(1), true), "{stderr}");
}

#[test]
fn programs_read_the_findings() {
    let home = Home::with_helper();
    let path = config(&home);
    let output = home.run(&["fix", "--format", "json", "--dry-run"]);
    let json: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(json["schema"], "ecrpass/findings/1");
    let findings = json["findings"].as_array().unwrap();
    let ids: Vec<&str> = findings.iter().map(|finding| finding["id"].as_str().unwrap()).collect();
    assert_eq!(ids, ["token-expired", "not-logged-in", "stale-credsstore-desktop"]);
    assert_eq!(findings[0]["evidence"][0]["source"], path.display().to_string());
    assert_eq!(findings[0]["evidence"][0]["line"], 3);
    assert_eq!(findings[0]["fixes"][0]["command"], "ecrpass fix");
    assert!(findings[0]["fixes"][0].get("applied").is_none());
    let output = home.run(&["fix", "--format", "json"]);
    let json: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!((output.status.code(), &json["findings"][0]["fixes"][0]["applied"]), (Some(0), &true.into()));
}

#[test]
fn links_modes_and_other_clients_files() {
    let home = Home::with_helper();
    home.write("dotfiles/docker.json", &broken(), 0o640);
    fs::create_dir_all(home.path(".docker")).unwrap();
    symlink("../dotfiles/docker.json", home.path(".docker/config.json")).unwrap();
    let auth = format!(r#"{{"auths":{{"{HOST}":{{"auth":"{}"}}}}}}"#, expired_login());
    let podman = home.write(".config/containers/auth.json", &auth, 0o600);
    let legacy = format!(r#"{{"https://{HOST}":{{"auth":"{}","email":"none"}}}}"#, expired_login());
    let dockercfg = home.write(".dockercfg", &legacy, 0o600);
    let (code, stdout, stderr) = text(&home.run(&["fix"]));
    assert_eq!(code, Some(0), "{stdout}{stderr}");
    assert!(fs::symlink_metadata(home.path(".docker/config.json")).unwrap().is_symlink());
    let real = home.path("dotfiles/docker.json");
    assert!(fs::read_to_string(&real).unwrap().contains("credHelpers"));
    // The logins of other registries in it were open to the group.
    assert_eq!(fs::metadata(&real).unwrap().mode() & 0o777, 0o600);
    assert!(fs::read_to_string(&podman).unwrap().contains(r#""credHelpers""#));
    assert!(!fs::read_to_string(&dockercfg).unwrap().contains(HOST));
}

#[test]
fn a_filter_answers_with_the_whole_file() {
    let home = Home::with_helper();
    let output = home.run_with_input(&["fix", "--config", "-"], &broken());
    let (code, stdout, stderr) = text(&output);
    assert_eq!(code, Some(0), "{stderr}");
    assert!(stdout.contains("dTpzM2NyM3QtZ2hjcg==") && stdout.contains("credHelpers"), "{stdout}");
    assert!(!stdout.contains(&expired_login()) && !stderr.contains("dTpzM2NyM3QtZ2hjcg"));
    let again = home.run_with_input(&["fix", "--config", "-"], &stdout);
    assert_eq!(text(&again).1, stdout);

    for junk in ["{\"auths\": {", "[]", "\u{0}\u{1}", "{\"auths\": 1}}"] {
        let (code, stdout, stderr) = text(&home.run_with_input(&["fix", "--config", "-"], junk));
        assert_eq!((code, stdout.as_str()), (Some(1), ""), "{junk}");
        assert!(stderr.contains("stdin:1:"), "{stderr}");
    }
    let (code, stdout, _) = text(&home.run_with_input(&["fix", "--config", "-"], ""));
    assert_eq!((code, stdout.as_str()), (Some(0), ""));
}

#[test]
fn many_at_once_mend_it_once_and_keep_one_backup() {
    let home = Home::with_helper();
    let path = config(&home);
    let children: Vec<_> =
        (0..64).map(|_| home.command(&["fix", "-q"]).stdout(Stdio::null()).spawn().unwrap()).collect();
    for mut child in children {
        assert!(child.wait().unwrap().success());
    }
    assert!(fs::read_to_string(&path).unwrap().contains("credHelpers"));
    assert_eq!(home.names(".docker").len(), 2, "{:?}", home.names(".docker"));
    assert_eq!(home.run(&["fix", "--undo"]).status.code(), Some(0));
    assert_eq!(fs::read_to_string(&path).unwrap(), broken());
}

#[test]
fn what_is_no_file_is_told_and_never_waited_for() {
    let home = Home::with_helper();
    fs::create_dir_all(home.path(".docker/config.json")).unwrap();
    for command in ["fix", "setup"] {
        let arguments = if command == "setup" { vec!["setup", HOST, "--no-check"] } else { vec![command] };
        let (code, _, stderr) = text(&home.run(&arguments));
        assert_eq!((code, stderr.contains("not a regular file")), (Some(3), true), "{command}: {stderr}");
    }
    assert_eq!(home.run(&["status"]).status.code(), Some(1));
    fs::remove_dir(home.path(".docker/config.json")).unwrap();
    let pipe = Command::new("mkfifo").arg(home.path(".docker/config.json")).status().unwrap();
    assert!(pipe.success());
    assert_eq!(home.run(&["fix"]).status.code(), Some(3));
    assert_eq!(home.run(&["resolve", HOST]).status.code(), Some(1));
}

#[test]
fn an_empty_file_stays_one() {
    let home = Home::with_helper();
    let path = home.write(".docker/config.json", " \n", 0o600);
    assert_eq!(home.run(&["fix", "--dry-run"]).status.code(), Some(0));
    assert_eq!(home.run(&["fix"]).status.code(), Some(0));
    assert_eq!(fs::read_to_string(&path).unwrap(), " \n");
}

#[test]
fn passwords_in_keys_are_not_shown() {
    let home = Home::with_helper();
    for key in [format!("https://u:s3cr3tpw@{HOST}"), format!("u:s3cr3tpw@{HOST}")] {
        home.write(
            ".docker/config.json",
            &format!(
                r#"{{"credHelpers": {{"{key}": "ecr-login"}}, "auths": {{"{key}": {{"auth": "dTpw"}}}}}}"#
            ),
            0o600,
        );
        for arguments in [
            &["fix", "--dry-run"][..],
            &["fix", "--dry-run", "--format", "json"],
            &["resolve", HOST],
            &["resolve", &key],
            &["resolve", HOST, "--client", "all", "--format", "json"],
            &["setup", HOST, "--dry-run"],
            &["status"],
        ] {
            let (_, stdout, stderr) = text(&home.run(arguments));
            assert!(
                !stdout.contains("s3cr3tpw") && !stderr.contains("s3cr3tpw"),
                "{arguments:?}: {stdout}{stderr}"
            );
        }
    }
}

#[test]
fn what_cannot_be_mended_is_told_and_left() {
    let home = Home::with_helper();
    let path = home.write(".docker/config.json", "{\n  \"auths\": {\n    \"x\": \"\n}\n", 0o600);
    let (code, stdout, _) = text(&home.run(&["fix"]));
    assert_eq!(code, Some(1));
    assert!(stdout.contains(&format!("{}:3:", path.display())), "{stdout}");
    assert_eq!(home.names(".docker"), ["config.json"]);

    fs::write(&path, [0xff, 0xfe, 0x7b, 0x00]).unwrap();
    let (code, _, stderr) = text(&home.run(&["fix"]));
    assert_eq!((code, stderr.contains("UTF-16")), (Some(3), true), "{stderr}");

    let (code, _, stderr) = text(&home.run(&["fix", "--config", "/nonexistent/config.json"]));
    assert_eq!((code, stderr.contains("ecrpass setup")), (Some(3), true), "{stderr}");

    fs::remove_file(&path).unwrap();
    let (code, stdout, _) = text(&home.run(&["fix"]));
    assert_eq!((code, stdout.contains("no docker or podman configuration")), (Some(0), true), "{stdout}");
}

#[test]
fn a_variable_that_shadows_the_file_is_told() {
    let home = Home::with_helper();
    config(&home);
    let value = format!(r#"{{"auths":{{"{HOST}":{{"auth":"{}"}}}}}}"#, expired_login());
    let mut command = home.command(&["fix"]);
    let (code, stdout, _) = text(&command.env("DOCKER_AUTH_CONFIG", value).output().unwrap());
    assert_eq!(code, Some(1));
    assert!(stdout.contains("unset DOCKER_AUTH_CONFIG") && !stdout.contains(&expired_login()), "{stdout}");
}

#[test]
fn a_working_login_goes_on_request_only() {
    let home = Home::with_helper();
    let login = common::login_expiring_in(3600);
    let file =
        format!(r#"{{"auths":{{"{HOST}":{{"auth":"{login}"}}}},"credHelpers":{{"{HOST}":"ecr-login"}}}}"#);
    let path = home.write(".docker/config.json", &file, 0o600);
    let (code, stdout, _) = text(&home.run(&["fix"]));
    assert_eq!((code, stdout.contains("--unsafe")), (Some(1), true), "{stdout}");
    assert_eq!(fs::read_to_string(&path).unwrap(), file);
    let (code, stdout, _) = text(&home.run(&["fix", "--unsafe"]));
    assert_eq!(code, Some(0), "{stdout}");
    assert!(!fs::read_to_string(&path).unwrap().contains(&login));
}

/// Every system call that can change something on disk, or fail to.
const SYSTEM_CALLS: [&str; 10] =
    ["openat", "write", "fsync", "rename", "fchmod", "fchown", "unlink", "mkdir", "close", "statx"];

/// Runs a command with something happening at the `number`th call; `None` once there are fewer of them.
fn run_with(home: &Home, call: &str, what: &str, number: usize, arguments: &[&str]) -> Option<i32> {
    let log = home.path("strace.log");
    let mut command = Command::new("timeout");
    command
        .args(["--signal=KILL", "60", "strace", "-f", "-o"])
        .arg(&log)
        .args(["-e", &format!("trace={call}")])
        .arg(format!("--inject={call}:{what}:when={number}"))
        .arg(common::ECRPASS)
        .args(arguments);
    home.furnish(&mut command);
    let status = command.output().unwrap().status;
    let log = fs::read_to_string(&log).unwrap();
    assert_ne!(status.code(), Some(137), "hangs after {call} {what} {number}");
    let happened = log.contains("(INJECTED)") || log.contains("killed by SIGKILL");
    happened.then(|| status.code().unwrap_or(-1))
}

fn for_every_call(
    home: &Home,
    arguments: &[&str],
    prepare: &dyn Fn(),
    check: &dyn Fn(&str, Option<i32>),
) -> usize {
    let mut moments = 0;
    for call in SYSTEM_CALLS {
        for what in ["signal=KILL", "error=ENOSPC", "error=EIO", "error=EROFS"] {
            // One that is not closed although asked to never ends: nothing of ours to test.
            if call == "close" && what != "signal=KILL" {
                continue;
            }
            for number in 1.. {
                prepare();
                let Some(code) = run_with(home, call, what, number, arguments) else { break };
                check(&format!("{call} {what} {number}"), Some(code));
                moments += 1;
                assert!(number < 500, "{call} {what} never ends");
            }
        }
    }
    moments
}

fn reset(directory: &Path, text: &str) {
    let _ = fs::remove_dir_all(directory);
    fs::create_dir_all(directory).unwrap();
    let path = directory.join("config.json");
    fs::write(&path, text).unwrap();
    fs::set_permissions(&path, Permissions::from_mode(0o600)).unwrap();
}

#[test]
fn a_crash_at_any_system_call_leaves_the_old_or_the_new_file_whole() {
    let home = Home::with_helper();
    let path = config(&home);
    assert_eq!(home.run(&["fix"]).status.code(), Some(0));
    let new = fs::read_to_string(&path).unwrap();
    let directory = home.path(".docker");
    let moments = for_every_call(
        &home,
        &["fix", "--config", path.to_str().unwrap()],
        &|| reset(&directory, &broken()),
        &|moment, code| {
            let found = fs::read_to_string(&path).unwrap();
            assert!(found == broken() || found == new, "after {moment}: {found}");
            assert_eq!(fs::metadata(&path).unwrap().mode() & 0o777, 0o600, "after {moment}");
            // Success is only claimed for the new file.
            assert!(code != Some(0) || found == new, "after {moment}: claimed, not done");
            for name in home.names(".docker") {
                let mode = fs::metadata(directory.join(&name)).unwrap().mode() & 0o777;
                assert_eq!(mode, 0o600, "{name} after {moment}");
            }
        },
    );
    assert!(moments > 60, "only {moments} moments were tried");
    // And the way back.
    let moments = for_every_call(
        &home,
        &["fix", "--undo", "--config", path.to_str().unwrap()],
        &|| {
            reset(&directory, &broken());
            assert_eq!(home.run(&["fix"]).status.code(), Some(0));
        },
        &|moment, code| {
            let found = fs::read_to_string(&path).unwrap();
            assert!(found == broken() || found == new, "after {moment}: {found}");
            assert!(code != Some(0) || found == broken(), "after {moment}: claimed, not done");
        },
    );
    assert!(moments > 30, "only {moments} moments were tried");
}
