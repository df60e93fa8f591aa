//! `ecrpass fix` where it could do harm: on files that others write, with secrets in odd places, and very large ones.

#![cfg(target_os = "linux")]
#![allow(clippy::string_slice, clippy::unwrap_used, clippy::panic)] // a test's way of failing

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
fn a_file_that_is_gone_comes_back() {
    let home = Home::with_helper();
    let path = home.write(".docker/config.json", &broken(), 0o600);
    assert_eq!(home.run(&["fix", "--offline"]).status.code(), Some(0));
    fs::remove_file(&path).unwrap();
    let (code, stdout, stderr) = text(&home.run(&["fix", "--undo"]));
    assert_eq!((code, fs::read_to_string(&path).unwrap()), (Some(0), broken()), "{stdout}{stderr}");
}
