//! Root at work in a user's home, as under `sudo -E` or in a container with a volume: whatever is written there is the user's.

#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used)] // a test's way of failing

mod common;

use std::fs::{self, Permissions};
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown, symlink};
use std::path::Path;

use common::{HOST, Home, expired_login, text};
use ecrpass_local::LocalEcr;

const USER: u32 = 12_345;

/// A home of somebody else's. Only root can make one, and be root in it.
fn home_of_user() -> Home {
    assert!(rustix::process::geteuid().is_root(), "this test has to be run as root, as in `cargo xtask ci`");
    let home = Home::with_helper();
    chown(home.path("."), Some(USER), Some(USER)).unwrap();
    chown(home.path("bin"), Some(USER), Some(USER)).unwrap();
    home
}

/// Everything below a directory that is not the user's.
fn of_others(directory: &Path) -> Vec<String> {
    let mut found = Vec::new();
    for entry in fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        let metadata = path.symlink_metadata().unwrap();
        let is_installed = path.parent().is_some_and(|parent| parent.ends_with("bin"));
        if !is_installed && (metadata.uid(), metadata.gid()) != (USER, USER) {
            found.push(path.display().to_string());
        }
        if metadata.is_dir() {
            found.extend(of_others(&path));
        }
    }
    found
}

#[test]
fn what_setup_and_fix_write_is_the_users() {
    let home = home_of_user();
    let (code, stdout, stderr) = text(&home.run(&["setup", HOST, "--client", "docker", "--no-check"]));
    assert_eq!((code, of_others(&home.path("."))), (Some(0), Vec::new()), "{stdout}{stderr}");
    assert!(fs::read_to_string(home.path(".docker/config.json")).unwrap().contains(": \"ecrpass\""));
    assert_eq!(fs::metadata(home.path(".docker")).unwrap().mode() & 0o777, 0o700);

    // The user's own file, its backup, and what undoing keeps.
    let login = format!(r#"{{"auths": {{"{HOST}": {{"auth": "{}"}}}}}}"#, expired_login());
    let path = home.write(".docker/config.json", &login, 0o600);
    // That it is another's file is told, so something is left to do.
    for (arguments, status) in [(&["fix", "--offline"][..], 1), (&["fix", "--undo"], 0)] {
        let (code, stdout, stderr) = text(&home.run(arguments));
        assert_eq!((code, of_others(&home.path("."))), (Some(status), Vec::new()), "{stdout}{stderr}");
    }
    assert_eq!(fs::read_to_string(path).unwrap(), login);
    assert!(home.names(".docker").contains(&"config.json.undone-by-ecrpass".to_owned()));
    for arguments in
        [&["status"][..], &["whoami"], &["doctor", "--offline"], &["resolve", HOST, "--run-helper"]]
    {
        home.command(arguments).env("AWS_EC2_METADATA_DISABLED", "true").output().unwrap();
        assert_eq!(of_others(&home.path(".")), [""; 0], "{arguments:?}");
    }
}

/// A client that writes its configuration as docker does: a private directory, a new file, a rename.
const DOCKER: &str = "#!/bin/sh\ncat > /dev/null\numask 077\nmkdir -p \"$HOME/.docker\"\necho '{}' > \"$HOME/.docker/config.json.new\"\nmv \"$HOME/.docker/config.json.new\" \"$HOME/.docker/config.json\"\n";

#[test]
fn what_a_login_writes_is_the_users() {
    let ecr = LocalEcr::start().unwrap();
    let log_in = |home: &Home| {
        let mut command = home.command(&["login", "--client", "docker", HOST]);
        command.envs(ecr.env()).env("PATH", format!("{}:/usr/bin:/bin", home.path("bin").display()));
        text(&command.output().unwrap())
    };
    let home = home_of_user();
    home.script("docker", DOCKER);
    let (code, stdout, stderr) = log_in(&home);
    assert_eq!(code, Some(0), "{stdout}{stderr}");
    assert!(home.path(".docker/config.json").exists());
    assert_eq!(of_others(&home.path(".")), [""; 0]);

    // What was there before, and what a link leads to, stays as it is: a user could have root give away anything.
    let home = home_of_user();
    let outside = Home::bare();
    outside.write("config.json", "{}", 0o600);
    fs::set_permissions(outside.path("."), Permissions::from_mode(0o700)).unwrap();
    home.script(
        "docker",
        &format!("#!/bin/sh\ncat > /dev/null\nln -s '{}' \"$HOME/.docker\"\n", outside.path(".").display()),
    );
    let (code, _, stderr) = log_in(&home);
    assert_eq!(code, Some(0), "{stderr}");
    assert!(stderr.contains("cannot be handed over"), "{stderr}");
    for path in [outside.path("."), outside.path("config.json")] {
        assert_eq!(fs::metadata(&path).unwrap().uid(), 0, "{}", path.display());
    }
    let home = home_of_user();
    fs::create_dir(home.path(".docker")).unwrap();
    symlink("nowhere", home.path(".docker/config.json")).unwrap();
    home.script("docker", "#!/bin/sh\ncat > /dev/null\n");
    log_in(&home);
    assert_eq!(of_others(&home.path(".")).len(), 2);
}
