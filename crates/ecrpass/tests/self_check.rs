//! `ecrpass self check`, in homes with installations as they are met.

#![allow(clippy::indexing_slicing, clippy::string_slice)] // a test's way of failing
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, clippy::panic)] // a test's way of failing

mod common;

use std::fs::{self, Permissions};
use std::os::unix::fs::{PermissionsExt, symlink};
use std::time::{Duration, Instant};

use common::{HOST, Home, text};
use serde_json::Value;
use sha2::{Digest, Sha256};

const CHECK: [&str; 4] = ["self", "check", "--format", "json"];

fn check(home: &Home, more: &[&str]) -> (Option<i32>, Value) {
    let (code, stdout, stderr) = text(&home.run(&[&CHECK[..], more].concat()));
    let json = serde_json::from_str(&stdout).unwrap_or_else(|error| panic!("{error}: {stdout}{stderr}"));
    (code, json)
}

fn ids(json: &Value) -> Vec<&str> {
    json["findings"].as_array().unwrap().iter().map(|finding| finding["id"].as_str().unwrap()).collect()
}

/// A home whose docker names our helper, which is on `PATH` by its own name.
fn installed() -> Home {
    let home = Home::bare();
    fs::set_permissions(home.path("bin"), Permissions::from_mode(0o755)).unwrap();
    symlink(common::ECRPASS, home.path("bin/docker-credential-ecrpass")).unwrap();
    let config = format!(r#"{{"credHelpers": {{"{HOST}": "ecrpass"}}}}"#);
    home.write(".docker/config.json", &config, 0o600);
    home
}

fn of_name<'a>(json: &'a Value, name: &str) -> &'a Value {
    json["helpers"].as_array().unwrap().iter().find(|helper| helper["name"] == name).unwrap()
}

#[test]
fn a_whole_installation_has_nothing_but_notes() {
    let home = installed();
    let (code, json) = check(&home, &[]);
    assert_eq!((code, json["schema"].as_str()), (Some(0), Some("ecrpass/self/1")), "{json:#}");
    let ours = of_name(&json, "docker-credential-ecrpass");
    assert_eq!(ours["files"][0]["ours"], true);
    assert_eq!(ours["files"][0]["real"], fs::canonicalize(common::ECRPASS).unwrap().display().to_string());
    assert!(ours["files"][0]["owner"].is_string(), "{ours:#}");
    assert_eq!(ours["configured_in"][0], home.path(".docker/config.json").display().to_string());
    assert_eq!(json["cache"]["state"]["is"], "to-be-made");
    let notes = json["findings"].as_array().unwrap();
    assert!(notes.iter().all(|finding| finding["severity"] == "note"), "{json:#}");
    let (_, stdout, _) = text(&home.run(&["self", "check"]));
    assert!(stdout.contains("The installation is as it should be."), "{stdout}");
    // Nothing was made on the way.
    assert!(!home.path(".ecr").exists());
}

#[test]
fn another_helper_in_front_is_told_with_both() {
    let home = installed();
    home.write(".docker/config.json", &format!(r#"{{"credHelpers": {{"{HOST}": "ecr-login"}}}}"#), 0o600);
    home.script("docker-credential-ecr-login", "#!/bin/sh\necho 'amazon-ecr-credential-helper 0.9.1'\n");
    fs::create_dir(home.path("second")).unwrap();
    symlink(common::ECRPASS, home.path("second/docker-credential-ecr-login")).unwrap();
    let path = format!("{}:{}", home.path("bin").display(), home.path("second").display());
    let output = home.command(&CHECK).env("PATH", path).output().unwrap();
    let (code, stdout, _) = text(&output);
    let json: Value = serde_json::from_str(&stdout).unwrap();
    assert_eq!((code, ids(&json)[0]), (Some(1), "helper-shadowed"), "{json:#}");
    let files = &of_name(&json, "docker-credential-ecr-login")["files"];
    assert_eq!((&files[0]["ours"], &files[1]["ours"]), (&false.into(), &true.into()));
    assert_eq!(files[1]["shadowed_by"], home.path("bin/docker-credential-ecr-login").display().to_string());
    assert_eq!(json["findings"][0]["fixes"][0]["command"], "ecrpass setup --name ecrpass");
}

/// Whatever another helper writes when it is asked: it is not asked so that it writes in the home.
#[test]
fn asking_makes_nothing() {
    let home = installed();
    // As Amazon's does: it begins its log before it looks at what it is asked.
    home.script(
        "docker-credential-ecr-login",
        "#!/bin/sh\nlog=${AWS_ECR_CACHE_DIR:-$HOME/.ecr}/log\n/bin/mkdir -p \"$log\" 2>/dev/null || log=${TMPDIR:-/tmp}\n( : >> \"$log/ecr-login.log\" ) 2>/dev/null\necho 0.6.4\n",
    );
    home.write(".docker/config.json", &format!(r#"{{"credHelpers": {{"{HOST}": "ecr-login"}}}}"#), 0o600);
    for arguments in [&["self", "check"][..], &["uninstall"], &["doctor", "--offline"]] {
        let (_, stdout, stderr) = text(&home.run(arguments));
        assert!(!home.path(".ecr").exists(), "{arguments:?}: {stdout}{stderr}");
        assert!(!std::path::Path::new("/dev/null/ecr-login.log").exists());
    }
    // So that there is an end to it.
    for _ in 0..2 {
        assert_eq!(home.run(&["uninstall", "--yes"]).status.code(), Some(0));
        let (code, stdout, stderr) = text(&home.run(&["uninstall"]));
        assert_eq!(code, Some(0), "{stdout}{stderr}");
    }
}

#[test]
fn what_is_missing_or_hangs_is_told() {
    let home = installed();
    fs::remove_file(home.path("bin/docker-credential-ecrpass")).unwrap();
    let (code, json) = check(&home, &[]);
    assert_eq!((code, ids(&json)[0]), (Some(1), "helper-not-on-path"), "{json:#}");
    home.script("docker-credential-ecrpass", "#!/bin/sh\n/bin/sleep 600\n");
    let started = Instant::now();
    let (code, json) = check(&home, &[]);
    assert_eq!((code, ids(&json)[0]), (Some(1), "helper-does-not-answer"), "{json:#}");
    assert!(started.elapsed() < Duration::from_secs(60));
}

#[test]
fn a_program_that_others_can_replace_is_told() {
    let home = installed();
    fs::set_permissions(home.path("bin"), Permissions::from_mode(0o777)).unwrap();
    let (code, json) = check(&home, &[]);
    assert_eq!((code, ids(&json)[0]), (Some(1), "helper-replaceable"), "{json:#}");
    let command = json["findings"][0]["fixes"][0]["command"].as_str().unwrap();
    assert_eq!(command, format!("sudo chmod o-w {}", home.path("bin").display()));
}

#[test]
fn a_cache_that_others_may_use_is_told() {
    let home = installed();
    fs::create_dir_all(home.path(".ecr/tokens")).unwrap();
    fs::set_permissions(home.path(".ecr/tokens"), Permissions::from_mode(0o755)).unwrap();
    let (code, json) = check(&home, &[]);
    assert_eq!((code, ids(&json)[0]), (Some(1), "cache"), "{json:#}");
    fs::set_permissions(home.path(".ecr/tokens"), Permissions::from_mode(0o700)).unwrap();
    let (code, json) = check(&home, &[]);
    assert_eq!((code, json["cache"]["state"]["is"].as_str()), (Some(0), Some("usable")), "{json:#}");
    let off = home.command(&CHECK).env("AWS_ECR_DISABLE_CACHE", "true").output().unwrap();
    let json: Value = serde_json::from_slice(&off.stdout).unwrap();
    assert_eq!((off.status.code(), json["cache"]["state"]["is"].as_str()), (Some(0), Some("off")));
    home.write(".config/ecrpass/config.toml", "nonsense", 0o600);
    let (code, json) = check(&home, &[]);
    assert_eq!((code, json["cache"]["state"]["is"].as_str()), (Some(1), Some("unknown")), "{json:#}");
}

#[test]
fn a_changed_byte_is_noticed() {
    let home = installed();
    let digest = ecrpass_core::hex::hex(&Sha256::digest(fs::read(common::ECRPASS).unwrap()));
    let (code, json) = check(&home, &["--checksum", &digest]);
    assert_eq!((code, json["checksums"][0]["result"]["is"].as_str()), (Some(0), Some("whole")), "{json:#}");
    let wrong = digest.replace(['0', '1'], "2");
    let (code, json) = check(&home, &["--checksum", &wrong]);
    assert_eq!((code, ids(&json)[0]), (Some(1), "checksum"), "{json:#}");
    let list = home.write("SHA256SUMS", &format!("{digest}  ecrpass\n"), 0o644);
    let (code, _) = check(&home, &["--checksum", list.to_str().unwrap()]);
    assert_eq!(code, Some(0));
    for wrong in ["/nonexistent", home.write("empty", "", 0o644).to_str().unwrap()] {
        let output = home.run(&["self", "check", "--checksum", wrong]);
        assert_eq!(output.status.code(), Some(3), "{wrong}");
    }
}
