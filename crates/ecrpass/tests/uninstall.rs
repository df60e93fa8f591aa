//! `ecrpass uninstall`: what was there before is there again, to the byte, whatever moment it ends at.

#![allow(clippy::indexing_slicing, clippy::string_slice)] // a test's way of failing
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used)] // a test's way of failing

mod common;

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;
use std::process::Command;

use common::{HOST, Home, login_expiring_in, text};
use ecrpass_local::LocalEcr;
use serde_json::Value;

const LONDON: &str = "123456789012.dkr.ecr.eu-west-2.amazonaws.com";

/// Everything below a home: files with their text and mode, links with their target, and directories.
fn everything(home: &Home) -> BTreeMap<String, String> {
    let mut all = BTreeMap::new();
    let root = home.path(".");
    let mut open = vec![root.clone()];
    while let Some(directory) = open.pop() {
        for entry in fs::read_dir(&directory).unwrap() {
            let path = entry.unwrap().path();
            let name = path.strip_prefix(&root).unwrap().display().to_string();
            let metadata = path.symlink_metadata().unwrap();
            let what = if metadata.is_symlink() {
                format!("-> {}", fs::read_link(&path).unwrap().display())
            } else if metadata.is_dir() {
                open.push(path);
                "directory".to_owned()
            } else {
                let mode = metadata.permissions().mode() & 0o777;
                format!("{mode:o} {}", String::from_utf8_lossy(&fs::read(&path).unwrap()))
            };
            all.insert(name, what);
        }
    }
    all
}

/// A home in which ecrpass itself is on `PATH`, and no helper is.
fn fresh() -> Home {
    let home = Home::bare();
    symlink(common::ECRPASS, home.path("bin/ecrpass")).unwrap();
    for directory in [".local/state", ".local/bin", ".config"] {
        fs::create_dir_all(home.path(directory)).unwrap();
    }
    home
}

fn uninstalled(home: &Home) {
    let (code, stdout, stderr) = text(&home.run(&["uninstall", "--yes"]));
    assert_eq!(code, Some(0), "{stdout}{stderr}");
}

/// A token in the cache, and a line in the log.
fn get_a_token(home: &Home) {
    let ecr = LocalEcr::start().unwrap();
    let output = home.command(&["token", HOST]).envs(ecr.env()).output().unwrap();
    assert!(output.status.success(), "{:?}", text(&output));
}

#[test]
fn a_fresh_home_is_as_it_was() {
    let home = fresh();
    let before = everything(&home);
    assert_eq!(home.run(&["setup", HOST, LONDON, "--no-check"]).status.code(), Some(0));
    get_a_token(&home);
    assert!(home.path("bin/docker-credential-ecrpass").is_symlink());
    let set_up = everything(&home);
    assert!(set_up.len() > before.len() + 3, "{set_up:#?}");
    // It only says what it would do.
    let (code, stdout, stderr) = text(&home.run(&["uninstall"]));
    assert_eq!(code, Some(1), "{stderr}");
    assert!(stdout.lines().any(|line| line.starts_with('-') && line.contains(HOST)), "{stdout}");
    for said in ["it goes: there was none", "a link goes", "of the cache"] {
        assert!(stdout.contains(said), "{said}: {stdout}");
    }
    assert_eq!(everything(&home), set_up);
    uninstalled(&home);
    assert_eq!(everything(&home), before);
    // Again, there is nothing to do.
    let (code, stdout, _) = text(&home.run(&["uninstall"]));
    assert_eq!((code, stdout.contains("Nothing of ours")), (Some(0), true), "{stdout}");
}

#[test]
fn files_are_as_they_were_to_the_byte() {
    let home = fresh();
    let old = "{\r\n\t\"auths\": {\"ghcr.io\": {\"auth\": \"dTpw\"}},\r\n\t\"psFormat\": \"x\" }";
    home.write(".docker/config.json", old, 0o640);
    let before = everything(&home);
    assert_eq!(home.run(&["setup", HOST, "--no-check"]).status.code(), Some(0));
    assert_eq!(home.run(&["setup", LONDON, "--no-check"]).status.code(), Some(0));
    uninstalled(&home);
    assert_eq!(everything(&home), before);
}

#[test]
fn what_others_wrote_meanwhile_stays() {
    let home = fresh();
    home.write(".docker/config.json", "{\"psFormat\": \"x\"}", 0o600);
    assert_eq!(home.run(&["setup", HOST, "--no-check"]).status.code(), Some(0));
    let path = home.path(".docker/config.json");
    let written = fs::read_to_string(&path).unwrap().replace("\"x\"", "\"y\"");
    fs::write(&path, written.replace("\"credHelpers\": {", "\"credHelpers\": {\"gcr.io\": \"gcloud\","))
        .unwrap();
    // Files beside ours, by names that are not ours.
    home.write(".docker/config.json.mine", "1", 0o600);
    home.write(".ecr/cache.json", "amazon's", 0o600);
    home.write(
        ".ecr/log/ecr-login.log",
        "time=\"2026-01-01T00:00:00Z\" level=error msg=\"amazon's\"\n",
        0o600,
    );
    home.write(".docker/config.json.kept-by-ecrpass-0123456789ab", "{\"theirs\": 1}", 0o600);
    // Somebody led our link elsewhere.
    let link = home.path("bin/docker-credential-ecrpass");
    fs::remove_file(&link).unwrap();
    symlink("/usr/bin/true", &link).unwrap();
    uninstalled(&home);
    let config: Value = serde_json::from_str(&fs::read_to_string(&path).unwrap()).unwrap();
    assert_eq!(config, serde_json::json!({"psFormat": "y", "credHelpers": {"gcr.io": "gcloud"}}));
    for name in [
        ".docker/config.json.mine",
        ".ecr/cache.json",
        ".ecr/log/ecr-login.log",
        ".docker/config.json.kept-by-ecrpass-0123456789ab",
    ] {
        assert!(home.path(name).exists(), "{name}");
    }
    assert!(link.is_symlink());
    assert!(!home.names(".docker").iter().any(|name| name.contains("before-ecrpass")));
}

#[test]
fn the_former_helper_is_named_again() {
    let home = fresh();
    let old = format!(r#"{{"credHelpers": {{"{HOST}": "ecr"}}}}"#);
    home.write(".docker/config.json", &old, 0o600);
    assert_eq!(home.run(&["setup", HOST, "--no-check"]).status.code(), Some(0));
    uninstalled(&home);
    assert_eq!(fs::read_to_string(home.path(".docker/config.json")).unwrap(), old);
    // Amazon's name, which nobody but the user can have written.
    let amazons = format!(r#"{{"credHelpers": {{"{HOST}": "ecr-login"}}}}"#);
    let path = home.write(".docker/config.json", &amazons, 0o600);
    let (code, _, stderr) = text(&home.run(&["uninstall", "--yes"]));
    assert_eq!((code, stderr.contains("no copy says that ecrpass wrote it")), (Some(0), true), "{stderr}");
    assert_eq!(fs::read_to_string(path).unwrap(), amazons);
    // The same in regctl's file, and ours, which goes.
    let regctls = |helper: &str| format!(r#"{{"hosts": {{"{HOST}": {{{helper}"reqConcurrent": 3}}}}}}"#);
    let named = |name: &str| regctls(&format!(r#""credHelper": "docker-credential-{name}", "#));
    let path = home.write(".regctl/config.json", &named("ecr-login"), 0o600);
    let (code, _, stderr) = text(&home.run(&["uninstall", "--yes"]));
    assert_eq!((code, stderr.contains(".regctl/config.json names `ecr-login`")), (Some(0), true), "{stderr}");
    assert_eq!(fs::read_to_string(&path).unwrap(), named("ecr-login"));
    home.write(".regctl/config.json", &named("ecrpass"), 0o600);
    uninstalled(&home);
    assert_eq!(fs::read_to_string(path).unwrap(), regctls(""));
}

#[test]
fn a_file_that_cannot_be_understood_is_left_and_logins_are_not_shown() {
    let home = fresh();
    let login = login_expiring_in(7200);
    let config = format!(
        r#"{{"auths": {{"{HOST}": {{"auth": "{login}"}}}}, "credHelpers": {{"{LONDON}": "ecrpass"}}}}"#
    );
    home.write(".docker/config.json", &config, 0o600);
    let podman = home.write(".config/containers/auth.json", "{\"auths\": {", 0o600);
    let output = home.run(&["uninstall"]);
    let (code, stdout, stderr) = text(&output);
    assert_eq!((code, stderr.contains("it is left as it is")), (Some(1), true), "{stderr}");
    assert!(!stdout.contains(&login) && !stderr.contains(&login));
    let json = home.run(&["uninstall", "--yes", "--format", "json"]);
    let report: Value = serde_json::from_slice(&json.stdout).unwrap();
    assert_eq!((report["schema"].as_str(), &report["applied"]), (Some("ecrpass/uninstall/1"), &true.into()));
    assert_eq!(fs::read_to_string(podman).unwrap(), "{\"auths\": {");
    let left = fs::read_to_string(home.path(".docker/config.json")).unwrap();
    assert!(left.contains(&login) && !left.contains("ecrpass"), "{left}");
}

#[test]
fn the_cache_stays_where_that_is_wanted() {
    let home = fresh();
    get_a_token(&home);
    let cached = home.names(".ecr/tokens");
    let (code, _, _) = text(&home.run(&["uninstall", "--yes", "--keep-cache"]));
    assert_eq!((code, home.names(".ecr/tokens")), (Some(0), cached));
    uninstalled(&home);
    assert!(!home.path(".ecr").exists());
}

/// Runs it with a kill at the `number`th call of that name; whether there was one.
fn killed(home: &Home, call: &str, number: usize) -> bool {
    let log =
        home.path("../").canonicalize().unwrap().join(format!("strace-{}-{call}.log", std::process::id()));
    let mut command = Command::new("timeout");
    command
        .args(["--signal=KILL", "60", "strace", "-f", "-o"])
        .arg(&log)
        .args(["-e", &format!("trace={call}")])
        .arg(format!("--inject={call}:signal=KILL:when={number}"))
        .arg(common::ECRPASS)
        .args(["uninstall", "--yes"]);
    home.furnish(&mut command);
    command.output().unwrap();
    let text = fs::read_to_string(&log).unwrap();
    fs::remove_file(Path::new(&log)).unwrap();
    text.contains("killed by SIGKILL")
}

#[test]
fn killed_at_any_change_it_can_be_run_again() {
    let mut kills = 0;
    for call in ["unlink", "rename", "renameat2", "rmdir", "fsync", "flock"] {
        for number in 1.. {
            let home = fresh();
            let before = everything(&home);
            assert_eq!(home.run(&["setup", HOST, "--no-check"]).status.code(), Some(0));
            home.write(".ecr/tokens/x.txt", "somebody's", 0o600);
            let key = "0123456789abcdef".repeat(4);
            home.write(&format!(".ecr/tokens/{key}.json"), "{}", 0o600);
            if !killed(&home, call, number) {
                break;
            }
            kills += 1;
            // No configuration names a helper that is gone.
            let config = fs::read_to_string(home.path(".docker/config.json")).unwrap_or_default();
            let is_there = home.path("bin/docker-credential-ecrpass").is_symlink();
            assert!(is_there || !config.contains("ecrpass"), "{call} {number}: {config}");
            uninstalled(&home);
            fs::remove_file(home.path(".ecr/tokens/x.txt")).unwrap();
            for directory in [".ecr/tokens", ".ecr"] {
                fs::remove_dir(home.path(directory)).unwrap();
            }
            assert_eq!(everything(&home), before, "{call} {number}");
            assert!(number < 200, "{call} never ends");
        }
    }
    assert!(kills >= 8, "only {kills}");
}
