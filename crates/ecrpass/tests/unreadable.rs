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

/// What the commands open below a home, and what they are led to by a variable.
const PLACES: [&str; 12] = [
    ".docker/config.json",
    ".config/containers/auth.json",
    ".config/containers/registries.conf",
    ".config/helm/registry/config.json",
    ".dockercfg",
    ".docker/contexts/meta/x/meta.json",
    ".aws/config",
    ".aws/credentials",
    ".aws/sso/cache/x.json",
    ".config/ecrpass/config.toml",
    ".ecr/cache.json",
    ".ecr/tokens/0000000000000000000000000000000000000000000000000000000000000000.json",
];
const VARIABLES: [&str; 7] = [
    "REGISTRY_AUTH_FILE",
    "AWS_CONFIG_FILE",
    "AWS_SHARED_CREDENTIALS_FILE",
    "ECRPASS_CONFIG",
    "AWS_CA_BUNDLE",
    "AWS_WEB_IDENTITY_TOKEN_FILE",
    "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE",
];

/// Each of them as a pipe that nobody writes to, and as a device without end, for each command.
#[test]
fn pipes_and_devices_in_the_places_of_files_are_not_waited_for() {
    let commands = [
        &["status"][..],
        &["fix", "--offline", "--dry-run"],
        &["doctor", "--offline", "--deadline", "3", HOST],
        &["resolve", HOST, "--client", "all"],
        &["setup", HOST, "--dry-run"],
        &["whoami"],
    ];
    let mut runs = 0;
    for (number, place) in PLACES.into_iter().chain(VARIABLES).enumerate() {
        for (kind, device) in [None, Some("/dev/zero")].into_iter().enumerate() {
            let home = Home::with_helper();
            let path = device.map_or_else(|| home.path("pipe"), Into::into);
            let held = device.is_none().then(|| {
                assert!(Command::new("/usr/bin/mkfifo").arg(&path).status().unwrap().success());
                fs::File::options().read(true).write(true).open(&path).unwrap()
            });
            let is_variable = VARIABLES.contains(&place);
            if !is_variable {
                fs::create_dir_all(home.path(place).parent().unwrap()).unwrap();
                symlink(&path, home.path(place)).unwrap();
            }
            for (at, arguments) in commands.into_iter().enumerate() {
                // A third of the table, another one for each place; all of it on demand.
                let all = std::env::var_os("ALL_HOSTILE_VALUES").is_some();
                if !all && (number + kind + at) % 3 != 0 {
                    continue;
                }
                // Killed when it takes more memory than any input is worth, or does not end.
                let script = "ulimit -d 65536; exec timeout -s KILL 60 \"$0\" \"$@\"";
                let mut command = Command::new("/bin/sh");
                command.args(["-c", script, common::ECRPASS]).args(arguments);
                home.furnish(&mut command);
                command
                    .env("AWS_EC2_METADATA_DISABLED", "true")
                    .env("AWS_ROLE_ARN", "arn:aws:iam::123456789012:role/r");
                command.env("AWS_CONTAINER_CREDENTIALS_FULL_URI", "http://127.0.0.1:9/");
                if is_variable {
                    command.env(place, &path);
                }
                let output = command.output().unwrap();
                let said = String::from_utf8_lossy(&output.stderr).into_owned();
                let what = format!("{place} as {device:?}: {arguments:?}");
                assert!(
                    matches!(output.status.code(), Some(0 | 1 | 3)),
                    "{what}: {:?} {said}",
                    output.status
                );
                assert!(!said.contains("a bug in"), "{what}: {said}");
                runs += 1;
            }
            drop(held);
        }
    }
    assert!(runs > 70, "{runs}");
}

#[test]
fn tokens_that_cannot_be_looked_at_are_told() {
    let home = Home::with_helper();
    let status = || text(&home.run(&["status"]));
    for (place, is_directory) in [(".ecr/tokens", false), (".ecr/cache.json", true), (".ecr", false)] {
        let path = home.path(place);
        let _ = fs::remove_dir_all(home.path(".ecr"));
        let _ = fs::remove_file(home.path(".ecr"));
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        if is_directory {
            fs::create_dir(&path).unwrap();
        } else {
            fs::write(&path, "").unwrap();
        }
        let (code, stdout, stderr) = status();
        assert_eq!(code, Some(1), "{place}: {stdout}{stderr}");
        assert!(stderr.contains(place) && stderr.contains("cannot be read"), "{place}: {stderr}");
        assert!(!stdout.contains("There is no ECR token on this machine"), "{place}: {stdout}");
    }
    fs::remove_file(home.path(".ecr")).unwrap();
    home.write(".config/ecrpass/config.toml", "delegate = 7\n", 0o600);
    let (code, stdout, stderr) = status();
    assert_eq!(code, Some(1), "{stdout}{stderr}");
    assert!(
        stderr.contains("the helper's tokens are not known") && stderr.contains("config.toml:1"),
        "{stderr}"
    );
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

/// What stores tokens and cannot be understood is no sign that there are none.
#[test]
fn a_file_that_cannot_be_understood_is_told_by_status() {
    for (place, text_in_it) in [
        (".docker/config.json", "[".repeat(200_000)),
        (".docker/config.json", r#"{"auths": {"#.to_owned()),
        (".docker/config.json", "token: AKIAIOSFODNN7EXAMPLE".to_owned()),
        (".ecr/cache.json", r#"{"Registries": ["#.to_owned()),
    ] {
        let home = Home::with_helper();
        home.write(place, &text_in_it, 0o600);
        let (code, stdout, stderr) = text(&home.run(&["status"]));
        assert_eq!(code, Some(1), "{place}: {stdout}{stderr}");
        assert!(
            stdout.contains("in the files that can be read") && stderr.contains(place),
            "{stdout}{stderr}"
        );
    }
    // More than is read of a file: what a client would find there is not known.
    let home = Home::with_helper();
    let path = home.write(".docker/config.json", "", 0o600);
    fs::File::options().write(true).open(path).unwrap().set_len(17 << 20).unwrap();
    for arguments in [&["status"][..], &["doctor", HOST, "--offline"]] {
        let (code, stdout, stderr) = text(&home.run(arguments));
        let all = format!("{stdout}{stderr}");
        assert!(code == Some(1) && all.contains("larger than 8 MiB"), "{arguments:?}: {code:?}: {all}");
    }
    let home = Home::with_helper();
    let mut command = home.command(&["status"]);
    let (code, _, stderr) = text(&command.env("DOCKER_AUTH_CONFIG", "{").output().unwrap());
    assert!(code == Some(1) && stderr.contains("DOCKER_AUTH_CONFIG"), "{stderr}");
}
