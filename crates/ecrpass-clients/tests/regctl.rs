//! regctl's own file: logins that have expired go, and its other settings stay.

#![allow(clippy::unwrap_used)] // a test's way of failing

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ecrpass_clients::docker_config::Format;
use ecrpass_clients::repair::{KnownMachine, repair, without_dead_logins};
use ecrpass_json::Document;

const NOW: i64 = 1_800_000_000;

fn host(number: usize) -> String {
    format!("{number:012}.dkr.ecr.eu-west-1.amazonaws.com")
}

fn file() -> String {
    let password =
        |expiration: i64| STANDARD.encode(format!(r#"{{"payload":"x","expiration":{expiration}}}"#));
    let (dead, live) = (password(NOW - 3600), password(NOW + 3600));
    format!(
        r#"{{"hosts": {{
  "{}": {{"tls": "enabled", "user": "AWS", "pass": "{dead}"}},
  "{}": {{"user": "AWS", "pass": "{dead}", "reqConcurrent": 3}},
  "{}": {{"user": "AWS", "pass": "{live}"}},
  "{}": {{"reqConcurrent": 3}},
  "ghcr.io": {{"user": "ada", "pass": "p"}}
}}, "blobLimit": 7}}"#,
        host(1),
        host(2),
        host(3),
        host(4)
    )
}

fn expected(file: &str) -> Vec<String> {
    let lines = file.lines().filter(|line| !line.contains(&host(1)));
    let without_password = |line: &str| {
        let (before, after) = line.split_once("\"pass\": ").unwrap();
        format!("{before}{}", after.split_once(", ").unwrap().1)
    };
    let of = |line: &str| if line.contains(&host(2)) { without_password(line) } else { line.to_owned() };
    lines.map(of).collect()
}

#[test]
fn what_has_expired_goes_and_nothing_else() {
    let file = file();
    let repaired = repair(&file, Format::Regctl, &KnownMachine::of_text(NOW), false).unwrap();
    assert_eq!(repaired.changes.len(), 2, "{:?}", repaired.changes);
    let lines: Vec<String> = repaired.document.text().lines().map(str::to_owned).collect();
    assert_eq!(lines, expected(&file));
    let again = repair(repaired.document.text(), Format::Regctl, &KnownMachine::of_text(NOW), false).unwrap();
    assert!(again.changes.is_empty(), "{:?}", again.changes);
}

#[test]
fn setup_takes_the_same_away() {
    let file = file();
    let document = Document::parse(&file).unwrap();
    let hosts = [host(1), host(2), host(3), host(4)];
    let without = without_dead_logins(&document, Format::Regctl, &hosts, NOW).unwrap();
    let lines: Vec<String> = without.text().lines().map(str::to_owned).collect();
    assert_eq!(lines, expected(&file));
}
