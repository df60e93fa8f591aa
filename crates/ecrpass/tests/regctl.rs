//! A login in regctl's own file: seen, told, and taken away once it has expired.

#![allow(clippy::indexing_slicing, clippy::unwrap_used)] // a test's way of failing

mod common;

use std::fs;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use common::{HOST, Home, expired_login, text};
use serde_json::{Value, json};

/// regctl's file with a login that has expired.
fn with_expired_login() -> String {
    let login = String::from_utf8(STANDARD.decode(expired_login()).unwrap()).unwrap();
    let (_, password) = login.split_once(':').unwrap();
    json!({"hosts": {HOST: {"user": "AWS", "pass": password}}, "blobLimit": 7}).to_string()
}

/// The same without it.
fn repaired() -> Value {
    json!({"hosts": {}, "blobLimit": 7})
}

/// Whether `status` sees the login in the file, and `fix` takes it away; the file is where regctl looks for it.
fn is_seen_and_repaired(home: &Home, name: &str, variable: Option<&str>) {
    let path = home.write(name, &with_expired_login(), 0o600);
    let run = |arguments: &[&str]| {
        let mut command = home.command(arguments);
        command.envs(variable.map(|variable| (variable, &path)));
        command.output().unwrap()
    };
    let status = run(&["status", "--format", "json"]);
    assert_eq!(status.status.code(), Some(1));
    let report: Value = serde_json::from_slice(&status.stdout).unwrap();
    let token = &report["tokens"][0];
    assert_eq!((&token["host"], &token["holder"]), (&HOST.into(), &"regclient".into()), "{report}");
    assert_eq!(token["used_by"], json!(["regclient"]), "{report}");
    let (code, stdout, stderr) = text(&run(&["fix", "--offline"]));
    assert_eq!(code, Some(0), "{stdout}{stderr}");
    assert_eq!(serde_json::from_str::<Value>(&fs::read_to_string(path).unwrap()).unwrap(), repaired());
}

#[test]
fn an_expired_login_of_regctls_is_seen_and_repaired() {
    is_seen_and_repaired(&Home::with_helper(), ".regctl/config.json", None);
    is_seen_and_repaired(&Home::with_helper(), ".config/regctl/config.json", None);
}

#[test]
fn regctls_file_is_known_wherever_its_variable_says() {
    is_seen_and_repaired(&Home::with_helper(), "elsewhere/x.json", Some("REGCTL_CONFIG"));
}

#[test]
fn as_a_filter_fix_knows_it_by_what_is_in_it() {
    let output = Home::with_helper().run_with_input(&["fix", "--config", "-"], &with_expired_login());
    let (code, stdout, stderr) = text(&output);
    assert_eq!(code, Some(0), "{stderr}");
    assert_eq!(serde_json::from_str::<Value>(&stdout).unwrap(), repaired());
}
