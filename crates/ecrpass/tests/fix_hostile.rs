//! `ecrpass fix` where it could do harm: on files that others write, with secrets in odd places, and very large ones.

#![cfg(target_os = "linux")]
#![allow(clippy::indexing_slicing, clippy::string_slice, clippy::unwrap_used, clippy::panic)] // a test's way of failing

mod common;

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::process::Stdio;

use common::{HOST, Home, expired_login, text};

fn broken() -> String {
    format!(r#"{{"auths": {{"{HOST}": {{"auth": "{}"}}}}}}"#, expired_login())
}

#[test]
fn a_program_that_rewrites_the_file_in_place_keeps_its_text() {
    for command in [&["fix", "--offline", "--unsafe"][..], &["setup", HOST]] {
        let home = Home::with_helper();
        let path = home.write(".docker/config.json", &broken(), 0o600);
        let theirs = r#"{"auths": {"ghcr.io": {"auth": "dTpw"}}}"#;
        let mut file = fs::File::create(&path).unwrap();
        let mut child = home.command(command).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        std::thread::sleep(std::time::Duration::from_millis(300));
        std::io::Write::write_all(&mut file, theirs.as_bytes()).unwrap();
        drop(file);
        child.wait().unwrap();
        let now = fs::read_to_string(&path).unwrap();
        assert!(now.contains("dTpw"), "{command:?}: {now}");
    }
}

#[test]
fn a_field_that_is_renamed_is_treated_by_its_new_name() {
    let login = common::login_expiring_in(3600);
    let fixed = |field: &str| {
        let home = Home::with_helper();
        let file = format!(r#"{{"{field}":{{"{HOST}":{{"auth":"{login}"}}}}}}"#);
        let path = home.write(".docker/config.json", &file, 0o644);
        let (code, stdout, stderr) = text(&home.run(&["fix", "--offline", "--unsafe"]));
        assert!(!stdout.contains(&login) && !stderr.contains(&login), "{stdout}{stderr}");
        for name in home.names(".docker") {
            let path = home.path(".docker").join(&name);
            let holds = fs::read_to_string(&path).unwrap().contains(&login);
            assert!(!holds || fs::metadata(&path).unwrap().mode() & 0o777 == 0o600, "{name}");
        }
        (code, fs::read_to_string(path).unwrap())
    };
    assert_eq!(fixed("auth"), fixed("auths"));
    assert!(fixed("auth").1.contains("ecr-login"));
}

#[test]
fn secrets_in_odd_places_are_not_shown() {
    let home = Home::with_helper();
    let expired = expired_login();
    for odd in [
        r#""auth":"S3CRETSAUCE""#,
        r#""HttpHeaders":{"X-Meta":"S3CRETSAUCE","X-Other":"S3CRETSAUCE"}"#,
        r#""proxies":{"default":{"httpProxy":"u:S3CRETSAUCE@p:80"}}"#,
        r#""password":"S3CRETSAUCE""#,
    ] {
        let file = format!(r#"{{"auths":{{"{HOST}":{{"auth":"{expired}"}}}},{odd}}}"#);
        let path = home.write(".docker/config.json", &file, 0o600);
        let (_, stdout, stderr) = text(&home.run(&["fix", "--offline", "--unsafe"]));
        assert!(
            stdout.contains("+{") && !format!("{stdout}{stderr}").contains("S3CRETSAUCE"),
            "{stdout}{stderr}"
        );
        assert!(fs::read_to_string(&path).unwrap().contains(odd));
    }
}

#[test]
fn whoever_else_may_read_a_file_may_afterwards_too_and_other_names_are_told() {
    use rustix::fs::{XattrFlags, getxattr, setxattr};
    let home = Home::with_helper();
    let path = home.write(".docker/config.json", &broken(), 0o640);
    setxattr(&path, "user.note", b"kept", XattrFlags::empty()).unwrap();
    fs::hard_link(&path, home.path("second")).unwrap();
    let note = || {
        let mut value = vec![0; 64];
        let length = getxattr(&path, "user.note", value.as_mut_slice()).unwrap();
        String::from_utf8(value[..length].to_vec()).unwrap()
    };
    for (arguments, says) in [
        (&["fix", "--offline", "--unsafe"][..], "2 names (hard links)"),
        (&["setup", "public.ecr.aws", "--client", "docker", "--no-check"], ""),
        (&["fix", "--undo"], ""),
    ] {
        let before = fs::metadata(&path).unwrap();
        let (_, stdout, stderr) = text(&home.run(arguments));
        assert!(stderr.contains(says), "{arguments:?}: {stdout}{stderr}");
        let after = fs::metadata(&path).unwrap();
        assert_ne!(before.ino(), after.ino(), "{arguments:?}: {stdout}{stderr}");
        assert_eq!((note().as_str(), after.mode()), ("kept", before.mode()), "{arguments:?}");
    }
    assert_eq!(fs::read_to_string(home.path("second")).unwrap(), broken());
}

/// A directory that cannot be closed, as on a disk that fails: the standard library panics at that.
#[test]
fn directories_that_cannot_be_closed_do_no_harm() {
    let home = Home::with_helper();
    home.write(".docker/config.json", &broken(), 0o600);
    home.write(".docker/config.json.before-ecrpass-001-0123456789ab", &broken(), 0o600);
    fs::create_dir_all(home.path(".ecr/tokens")).unwrap();
    let helper = home.path("bin/docker-credential-ecr-login").display().to_string();
    for arguments in [&[common::ECRPASS, "status"][..], &[&helper, "list"]] {
        let mut happened = 0;
        for number in 1..200 {
            let mut command = std::process::Command::new("timeout");
            let log = home.path("strace.log");
            command.args(["--signal=KILL", "60", "strace", "-f", "-o"]).arg(&log);
            command.args(["-e", "trace=close", &format!("--inject=close:error=EIO:when={number}")]);
            home.furnish(&mut command);
            let (code, stdout, stderr) = text(&command.args(arguments).output().unwrap());
            // The system's loader does not start a program whose files it cannot close.
            let is_loaded = !stderr.contains("shared librar");
            assert!(
                matches!(code, Some(0 | 1)) || !is_loaded,
                "{arguments:?}, close {number}: {code:?} {stdout}{stderr}"
            );
            assert!(
                !format!("{stdout}{stderr}").contains("a bug in"),
                "{arguments:?}, close {number}: {stdout}{stderr}"
            );
            if !fs::read_to_string(&log).unwrap().contains("(INJECTED)") {
                break;
            }
            happened = number;
        }
        assert!(happened > 3, "{arguments:?}: {happened}");
    }
}

#[test]
fn secrets_in_the_names_of_files_are_not_shown() {
    for name in ["https:/u:S3CRETSAUCE@h", "password=S3CRETSAUCE"] {
        let home = Home::with_helper();
        home.write(&format!("{name}/config.json"), &broken(), 0o600);
        // As it would be typed.
        let typed = format!("{}/config.json", name.replace(":/", "://"));
        let directory = home.path(name);
        for arguments in [
            &["fix", "--offline", "--dry-run", &typed][..],
            &["fix", "--offline", "--dry-run", "--format", "json", &typed],
            &["fix", "--offline", &typed],
            &["fix", "--undo", &typed],
            &["fix", "--undo", &typed],
            &["status"],
            &["setup", "public.ecr.aws", "--client", "docker", "--no-check"],
            &["explain", &typed],
            &["doctor", "--offline", "--replay", &typed],
        ] {
            let mut command = home.command(arguments);
            // Where it is no URL, only a name in front says that it is a secret.
            if name.starts_with("password") {
                command.env("DOCKER_CONFIG", &directory);
            }
            let (code, stdout, stderr) = text(&command.output().unwrap());
            assert!(code.is_some(), "{arguments:?}");
            assert!(!format!("{stdout}{stderr}").contains("S3CRETSAUCE"), "{arguments:?}: {stdout}{stderr}");
        }
    }
}

#[test]
fn a_file_that_is_gone_comes_back() {
    let home = Home::with_helper();
    let path = home.write(".docker/config.json", &broken(), 0o600);
    assert_eq!(home.run(&["fix", "--offline"]).status.code(), Some(0));
    fs::remove_file(&path).unwrap();
    let (code, stdout, stderr) = text(&home.run(&["fix", "--undo"]));
    assert_eq!((code, fs::read_to_string(&path).unwrap()), (Some(0), broken()), "{stdout}{stderr}");
}
