//! Where the configuration cannot be looked at, every command says so, and none says that there is nothing.

#![allow(clippy::indexing_slicing, clippy::string_slice)] // a test's way of failing
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used)] // a test's way of failing

mod common;

use std::fs::{self, Permissions};
use std::os::unix::fs::{PermissionsExt, chown, symlink};
use std::process::Command;

use common::{HOST, Home, text};

const NOTHING: [&str; 4] = [
    "There is no docker or podman configuration here",
    "There is no ECR token on this machine",
    "no configuration here has an ECR registry",
    "is no such file",
];

fn all_say_so(home: &Home, why: &str, run: &dyn Fn(&[&str]) -> Command) {
    for arguments in [
        &["fix", "--offline"][..],
        &["fix", "--dry-run"],
        &["fix", "--undo"],
        &["status"],
        &["resolve", HOST],
        &["setup", HOST, "--no-check"],
        &["doctor", "--offline"],
        &["doctor", HOST, "--offline"],
    ] {
        let mut command = run(arguments);
        let output = command.env("AWS_EC2_METADATA_DISABLED", "true").output().unwrap();
        let (code, stdout, stderr) = text(&output);
        let all = format!("{stdout}{stderr}");
        assert!(matches!(code, Some(1 | 3)), "{arguments:?}, {why}: {all}");
        assert!(all.contains(why), "{arguments:?}, {why}: {all}");
        assert!(all.contains(&home.path(".docker").display().to_string()), "{arguments:?}: {all}");
        for nothing in NOTHING {
            assert!(!all.contains(nothing), "{arguments:?}, {why}: {all}");
        }
    }
}

#[test]
fn what_is_no_directory_or_leads_nowhere_is_told() {
    let home = Home::with_helper();
    let run = |arguments: &[&str]| home.command(arguments);
    fs::write(home.path(".docker"), "").unwrap();
    all_say_so(&home, "Not a directory", &run);
    fs::remove_file(home.path(".docker")).unwrap();
    symlink(".docker", home.path(".docker")).unwrap();
    all_say_so(&home, "Too many levels of symbolic links", &run);
    fs::remove_file(home.path(".docker")).unwrap();
    fs::create_dir_all(home.path(".docker/config.json")).unwrap();
    all_say_so(&home, "not a regular file", &run);
}

#[test]
fn what_may_not_be_entered_or_read_is_told() {
    let home = Home::with_helper();
    let file = home.write(".docker/config.json", "{}", 0o600);
    let is_root = rustix::process::geteuid().is_root();
    // Root may do everything: somebody else looks.
    let run = |arguments: &[&str]| {
        if !is_root {
            return home.command(arguments);
        }
        let mut command = Command::new("setpriv");
        command.args(["--reuid", "65534", "--clear-groups", common::ECRPASS]).args(arguments);
        home.furnish(&mut command);
        command
    };
    fs::set_permissions(home.path("."), Permissions::from_mode(0o755)).unwrap();
    let nobody_may = if is_root { 0o700 } else { 0 };
    fs::set_permissions(&file, Permissions::from_mode(if is_root { 0o600 } else { 0 })).unwrap();
    if is_root {
        chown(home.path("."), Some(65534), None).unwrap();
        fs::set_permissions(home.path(".docker"), Permissions::from_mode(0o755)).unwrap();
    }
    all_say_so(&home, "Permission denied", &run);
    fs::set_permissions(home.path(".docker"), Permissions::from_mode(nobody_may)).unwrap();
    all_say_so(&home, "Permission denied", &run);
    fs::set_permissions(home.path(".docker"), Permissions::from_mode(0o700)).unwrap();
}

#[test]
fn aws_files_that_cannot_be_read_are_told() {
    let home = Home::with_helper();
    fs::write(home.path(".aws"), "").unwrap();
    for arguments in [&["whoami"][..], &["doctor", HOST, "--offline"]] {
        let mut command = home.command(arguments);
        let (code, stdout, stderr) =
            text(&command.env("AWS_EC2_METADATA_DISABLED", "true").output().unwrap());
        let all = format!("{stdout}{stderr}");
        assert_eq!(code, Some(1), "{all}");
        assert!(all.contains(".aws/config cannot be read") && all.contains("Not a directory"), "{all}");
    }
}
