//! `ecrpass audit` over machines, and over files that are no good: pipes, loops, other encodings, what may not be read.

#![allow(clippy::indexing_slicing, clippy::string_slice)] // a test's way of failing
#![allow(clippy::unwrap_used)] // a test's way of failing
#![cfg(unix)]

mod common;

use std::fs;
use std::os::unix::fs::symlink;
use std::process::Command;

use common::{HOST, Home, login_expiring_in, text};
use serde_json::Value;

/// A docker configuration with a login that works.
fn live_config() -> String {
    let auth = login_expiring_in(3 * 3600);
    format!("{{\"auths\": {{\"{HOST}\": {{\"auth\": \"{auth}\"}}}}}}\n")
}

#[test]
fn odd_files_are_told_or_passed_over() {
    let home = Home::bare();
    fs::create_dir_all(home.path(".git")).unwrap();
    let made = Command::new("mkfifo").arg(home.path("pipe.sh")).status().unwrap();
    assert!(made.success());
    symlink(".", home.path("loop")).unwrap();
    symlink("/dev/zero", home.path("zero.sh")).unwrap();
    fs::write(home.path("bytes.sh"), b"\xff\xfe\x00 aws ecr get-login").unwrap();
    fs::write(home.path("latin.sh"), b"# caf\xe9\n$(aws ecr get-login --region us-east-1)\n").unwrap();
    fs::File::create(home.path("large.log")).unwrap().set_len(64 << 20).unwrap();
    let output = home.run(&["audit", "--format", "json"]);
    let found: Value = serde_json::from_slice(&output.stdout).unwrap();
    let places = found["findings"].as_array().unwrap().iter();
    let mut places = places
        .map(|finding| (&finding["id"], &finding["evidence"][0]["source"], &finding["evidence"][0]["line"]));
    assert!(
        places.any(|place| place == (&"deprecated-get-login".into(), &"latin.sh".into(), &2.into())),
        "{found}"
    );
    assert!(text(&output).2.contains("large.log was not looked at: it is larger than 16 MiB"), "{output:?}");
    // What is not UTF-8 is not written.
    let before = fs::read(home.path("latin.sh")).unwrap();
    home.run(&["audit", "--fix", "--unsafe"]);
    assert_eq!(fs::read(home.path("latin.sh")).unwrap(), before);

    let (code, _, stderr) = text(&home.run(&["audit", "no/such/path"]));
    assert_eq!(code, Some(3));
    assert!(stderr.contains("no/such/path cannot be read"), "{stderr}");
    let (code, _, stderr) = text(&home.run(&["audit", "pipe.sh"]));
    assert_eq!(code, Some(3), "{stderr}");
    let empty = Home::bare();
    assert_eq!(text(&empty.run(&["audit"])).0, Some(0));
}

#[test]
fn a_machine_is_looked_at_by_its_users() {
    let home = Home::bare();
    let config = live_config();
    home.write(
        "m/etc/passwd",
        "root:x:0:0::/root:/bin/sh\nci:x:1:1::/srv/ci:/bin/sh\nd:x:2:2::/:/bin/false\n",
        0o644,
    );
    home.write("m/home/ada/.docker/config.json", &config, 0o600);
    home.write("m/srv/ci/.docker/config.json", &config, 0o644);
    home.write("m/srv/ci/project/config.json", &config, 0o644);
    home.write("m/root/.config/helm/registry/config.json", &config, 0o600);
    home.write("m/var/lib/kubelet/config.json", &config, 0o600);
    let output = home.run(&["audit", "--host-root", "m", "--format", "json", "--rule", "live-token-stored"]);
    assert_eq!(output.status.code(), Some(1));
    let mut severities: Vec<(String, String)> =
        serde_json::from_slice::<Value>(&output.stdout).unwrap()["findings"]
            .as_array()
            .unwrap()
            .iter()
            .map(|finding| {
                let text = |value: &Value| value.as_str().unwrap().to_owned();
                (text(&finding["evidence"][0]["source"]), text(&finding["severity"]))
            })
            .collect();
    severities.sort();
    let expected = [
        ("m/home/ada/.docker/config.json", "warning"),
        ("m/root/.config/helm/registry/config.json", "warning"),
        // Every user of the machine may read this one.
        ("m/srv/ci/.docker/config.json", "error"),
        ("m/var/lib/kubelet/config.json", "warning"),
    ];
    assert_eq!(severities, expected.map(|(path, severity)| (path.to_owned(), severity.to_owned())));
}

#[test]
fn keys_of_a_machine_are_reported_only_when_it_is_looked_at_as_one() {
    let home = Home::bare();
    home.write(
        "m/home/ada/.aws/credentials",
        "[default]\naws_access_key_id = AKIARZPUZDIKGB2VALC4\naws_secret_access_key = s\n",
        0o600,
    );
    assert_eq!(home.run(&["audit", "m", "--rule", "access-key-in-file"]).status.code(), Some(0));
    let output = home.run(&["audit", "--host-root", "m", "--format", "json", "--rule", "access-key-in-file"]);
    let found: Value = serde_json::from_slice(&output.stdout).unwrap();
    let place = &found["findings"][0]["evidence"][0];
    assert_eq!(
        (&place["source"], &place["line"]),
        (&"m/home/ada/.aws/credentials".into(), &2.into()),
        "{found}"
    );
}

#[test]
fn what_a_plain_user_may_not_read_is_told() {
    let home = Home::bare();
    home.write("m/home/ada/.docker/config.json", &live_config(), 0o000);
    home.write("m/etc/crontab", "0 0 * * * root true\n", 0o644);
    // Root may read everything.
    if fs::read(home.path("m/home/ada/.docker/config.json")).is_ok() {
        return;
    }
    let (code, _, stderr) = text(&home.run(&["audit", "--host-root", "m"]));
    assert_eq!(code, Some(0), "{stderr}");
    assert!(
        stderr.contains("config.json was not looked at") && stderr.contains("run it as root"),
        "{stderr}"
    );
}
