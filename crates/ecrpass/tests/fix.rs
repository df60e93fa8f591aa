//! `ecrpass fix` on real files: what it writes, and what it leaves.

#![allow(clippy::indexing_slicing, clippy::string_slice)] // a test's way of failing
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, clippy::panic)] // a test's way of failing

mod common;

use std::fs;
use std::os::unix::fs::{MetadataExt, symlink};
use std::path::PathBuf;
use std::process::{Command, Stdio};

use std::io::{BufRead, BufReader};

use common::{HOST, Home, expired_login, text};
use ecrpass_local::LocalEcr;
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
    let (code, stdout, _) = text(&home.run(&["fix", "--offline", "--dry-run"]));
    assert_eq!(code, Some(1));
    assert_eq!(fs::read_to_string(&path).unwrap(), broken());
    insta::assert_snapshot!("dry-run", home.anonymous(&stdout));

    let (code, stdout, stderr) = text(&home.run(&["fix", "--offline"]));
    assert_eq!(code, Some(0), "{stdout}{stderr}");
    insta::assert_snapshot!("fixed", fs::read_to_string(&path).unwrap());
    for output in [&stdout, &stderr] {
        assert!(!output.contains("dTpzM2NyM3QtZ2hjcg") && !output.contains(&expired_login()), "{output}");
    }
    assert_eq!(fs::metadata(&path).unwrap().mode() & 0o777, 0o600);
    let (code, stdout, _) = text(&home.run(&["fix", "--offline"]));
    assert_eq!((code, stdout.contains("nothing to repair")), (Some(0), true), "{stdout}");

    let (code, stdout, _) = text(&home.run(&["fix", "--undo"]));
    assert_eq!(code, Some(0), "{stdout}");
    assert_eq!(fs::read_to_string(&path).unwrap(), broken());
    assert_eq!(home.names(".docker"), ["config.json", "config.json.undone-by-ecrpass"]);
    let (code, _, stderr) = text(&home.run(&["fix", "--undo"]));
    assert_eq!((code, stderr.contains("there is no backup")), (Some(1), true), "{stderr}");
}

#[test]
fn programs_read_the_findings() {
    let home = Home::with_helper();
    let path = config(&home);
    let output = home.run(&["fix", "--offline", "--format", "json", "--dry-run"]);
    let json: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(json["schema"], "ecrpass/findings/1");
    let findings = json["findings"].as_array().unwrap();
    let ids: Vec<&str> = findings.iter().map(|finding| finding["id"].as_str().unwrap()).collect();
    assert_eq!(ids, ["token-expired", "not-logged-in", "stale-credsstore-desktop"]);
    assert_eq!(findings[0]["evidence"][0]["source"], path.display().to_string());
    assert_eq!(findings[0]["evidence"][0]["line"], 3);
    assert_eq!(findings[0]["fixes"][0]["command"], "ecrpass fix");
    assert!(findings[0]["fixes"][0].get("applied").is_none());
    let output = home.run(&["fix", "--offline", "--format", "json"]);
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
    let (code, stdout, stderr) = text(&home.run(&["fix", "--offline"]));
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

    for junk in ["{\"auths\": {", "[]", "\u{0}\u{1}", "{\"auths\": 1]}"] {
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
    let children: Vec<_> = (0..64)
        .map(|_| home.command(&["fix", "--offline", "-q"]).stdout(Stdio::null()).spawn().unwrap())
        .collect();
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
    assert_eq!(home.run(&["fix", "--offline"]).status.code(), Some(3));
    assert_eq!(home.run(&["resolve", HOST]).status.code(), Some(1));
}

#[test]
fn an_empty_file_is_told_and_never_replaced() {
    let home = Home::with_helper();
    let path = home.write(".docker/config.json", " \n", 0o600);
    let (code, stdout, _) = text(&home.run(&["fix", "--offline", "--dry-run"]));
    assert_eq!((code, stdout.contains("the file is empty")), (Some(1), true), "{stdout}");
    for old in [" \n", "", r#"{"auths": {"h""#] {
        fs::write(&path, old).unwrap();
        let (code, stdout, stderr) = text(&home.run(&["fix", "--offline", "--unsafe"]));
        assert_eq!((code, fs::read_to_string(&path).unwrap().as_str()), (Some(1), old), "{stdout}{stderr}");
        let names_command = stdout.contains(&format!("echo '{{}}' > {}", path.display()));
        assert_eq!(names_command, old.trim().is_empty(), "{stdout}");
        assert_eq!(home.names(".docker"), ["config.json"]);
    }
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
    let (code, stdout, _) = text(&home.run(&["fix", "--offline"]));
    assert_eq!(code, Some(1));
    assert!(stdout.contains(&format!("{}:3:", path.display())), "{stdout}");
    assert_eq!(home.names(".docker"), ["config.json"]);

    fs::write(&path, [0xff, 0xfe, 0x7b, 0x00]).unwrap();
    let (code, _, stderr) = text(&home.run(&["fix", "--offline"]));
    assert_eq!((code, stderr.contains("UTF-16")), (Some(3), true), "{stderr}");

    let (code, _, stderr) = text(&home.run(&["fix", "--config", "/nonexistent/config.json"]));
    assert_eq!((code, stderr.contains("ecrpass setup")), (Some(3), true), "{stderr}");

    fs::remove_file(&path).unwrap();
    let (code, stdout, _) = text(&home.run(&["fix", "--offline"]));
    assert_eq!((code, stdout.contains("no docker or podman configuration")), (Some(0), true), "{stdout}");
}

#[test]
fn a_variable_that_shadows_the_file_is_told() {
    let home = Home::with_helper();
    config(&home);
    let value = format!(r#"{{"auths":{{"{HOST}":{{"auth":"{}"}}}}}}"#, expired_login());
    let mut command = home.command(&["fix", "--offline"]);
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
    let (code, stdout, _) = text(&home.run(&["fix", "--offline"]));
    // What works as it is may be left.
    assert_eq!((code, stdout.contains("--unsafe")), (Some(0), true), "{stdout}");
    assert_eq!(fs::read_to_string(&path).unwrap(), file);
    let (code, stdout, _) = text(&home.run(&["fix", "--offline", "--unsafe"]));
    assert_eq!(code, Some(0), "{stdout}");
    assert!(!fs::read_to_string(&path).unwrap().contains(&login));
}

#[test]
fn a_login_that_works_is_only_replaced_by_a_helper_that_logs_in() {
    let login = common::login_expiring_in(3600);
    let file = format!(r#"{{"auths":{{"{HOST}":{{"auth":"{login}"}}}}}}"#);
    let ecr = LocalEcr::start().unwrap();
    for (has_credentials, arguments, changes) in [
        (false, &["fix"][..], false),
        (false, &["fix", "--offline"], false),
        (true, &["fix", "--offline"], false),
        (true, &["fix", "--dry-run"], false),
        (true, &["fix"], true),
    ] {
        let home = Home::with_helper();
        let path = home.write(".docker/config.json", &file, 0o600);
        let mut command = home.command(arguments);
        command.env("AWS_EC2_METADATA_DISABLED", "true");
        if has_credentials {
            command.envs(ecr.env());
        }
        let (code, stdout, stderr) = text(&command.output().unwrap());
        let after = fs::read_to_string(&path).unwrap();
        assert_eq!(after != file, changes, "{arguments:?}: {stdout}{stderr}");
        assert!(after.contains(&login), "{after}");
        if !arguments.contains(&"--dry-run") {
            assert_eq!(code, Some(0), "{arguments:?}: {stdout}{stderr}");
        }
        assert!(
            changes || stdout.contains("if you want: set ecr-login for it") || has_credentials,
            "{stdout}"
        );
    }
}

#[test]
fn that_the_helper_cannot_log_in_is_told() {
    let home = Home::with_helper();
    config(&home);
    let run = |arguments: &[&str]| {
        let mut command = home.command(arguments);
        text(&command.env("AWS_EC2_METADATA_DISABLED", "true").output().unwrap())
    };
    let (code, stdout, _) = run(&["fix", "--config", ".docker/config.json"]);
    assert_eq!(code, Some(1), "{stdout}");
    assert!(
        stdout.contains("the helper cannot log in") && stdout.contains("[no-aws-credentials]"),
        "{stdout}"
    );
    // It is the same helper afterwards, and the same answer.
    let (code, stdout, _) = run(&["fix", ".docker/config.json"]);
    assert_eq!((code, stdout.contains("[no-aws-credentials]")), (Some(1), true), "{stdout}");
    let ecr = LocalEcr::start().unwrap();
    let output = home.command(&["fix"]).envs(ecr.env()).output().unwrap();
    let (code, stdout, _) = text(&output);
    assert_eq!((code, stdout.contains("nothing to repair")), (Some(0), true), "{stdout}");
}

#[test]
fn a_backup_with_a_login_is_private_and_its_token_is_told() {
    let home = Home::with_helper();
    let login = common::login_expiring_in(3600);
    let file = format!(r#"{{"auths":{{"{HOST}":{{"auth":"{login}"}}}}}}"#);
    let path = home.write(".docker/config.json", &file, 0o644);
    assert_eq!(home.run(&["fix", "--offline", "--unsafe"]).status.code(), Some(0));
    assert!(!fs::read_to_string(&path).unwrap().contains(&login));
    let mode = |name: &str| fs::metadata(home.path(".docker").join(name)).unwrap().mode() & 0o777;
    let names = home.names(".docker");
    assert_eq!((names.len(), mode(&names[0]), mode(&names[1])), (2, 0o644, 0o600), "{names:?}");
    let json: Value = serde_json::from_slice(&home.run(&["status", "--format", "json"]).stdout).unwrap();
    let backup = json["tokens"].as_array().unwrap().iter().find(|row| row["holder"] == "backup");
    let backup = backup.unwrap_or_else(|| panic!("{json:#}"));
    assert!(backup["source"].as_str().unwrap().contains("before-ecrpass-001"), "{backup}");
    assert_eq!(home.run(&["fix", "--undo"]).status.code(), Some(0));
    assert_eq!(fs::read_to_string(&path).unwrap(), file);
    for name in home.names(".docker") {
        let holds = fs::read_to_string(home.path(".docker").join(&name)).unwrap().contains(&login);
        assert!(!holds || mode(&name) == 0o600, "{name}");
    }
}

#[test]
fn a_lock_of_another_programs_ends_in_a_message() {
    let home = Home::with_helper();
    let path = config(&home);
    let mut holder = Command::new("flock");
    let mut holder = holder
        .arg(home.path(".docker"))
        .args(["sh", "-c", "echo locked; read line"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut line = String::new();
    BufReader::new(holder.stdout.as_mut().unwrap()).read_line(&mut line).unwrap();
    for arguments in [&["fix", "--undo"][..], &["setup", HOST, "--no-check"]] {
        let mut command = Command::new("timeout");
        command.args(["60", common::ECRPASS]).args(arguments);
        home.furnish(&mut command);
        let (code, _, stderr) = text(&command.output().unwrap());
        assert_eq!(code, Some(3), "{arguments:?}: {stderr}");
        assert!(stderr.contains(&format!("process {} (flock) has had", holder.id())), "{stderr}");
    }
    assert_eq!(fs::read_to_string(&path).unwrap(), broken());
    // Looking is free.
    assert_eq!(home.run(&["fix", "--offline", "--dry-run"]).status.code(), Some(1));
    drop(holder.stdin.take());
    holder.wait().unwrap();
    assert_eq!(home.run(&["fix", "--offline"]).status.code(), Some(0));
}

#[test]
fn ecr_public_is_added_where_the_project_here_uses_it() {
    let home = Home::with_helper();
    let ecr = LocalEcr::start().unwrap();
    let file = format!(r#"{{"credHelpers":{{"{HOST}":"ecr-login"}}}}"#);
    let path = home.write(".docker/config.json", &file, 0o600);
    let fixed = |arguments: &[&str]| {
        let output = home.command(arguments).envs(ecr.env()).output().unwrap();
        (fs::read_to_string(&path).unwrap(), text(&output))
    };
    assert_eq!(fixed(&["fix"]).0, file);
    home.write(
        "compose.yaml",
        "services:\n  db: {image: 'public.ecr.aws/docker/library/postgres:16'}\n",
        0o600,
    );
    assert_eq!(fixed(&["fix", "--offline"]).0, file);
    let (now, said) = fixed(&["fix"]);
    assert_eq!(
        now,
        format!(r#"{{"credHelpers":{{"{HOST}":"ecr-login","public.ecr.aws":"ecr-login"}}}}"#),
        "{said:?}"
    );
    assert!(said.1.contains("compose.yaml uses public.ecr.aws"), "{said:?}");
}
