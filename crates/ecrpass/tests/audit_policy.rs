//! `ecrpass audit --policy` as a process: a team's own rules, their tests, and policies that mean harm.

#![allow(clippy::indexing_slicing, clippy::string_slice)] // a test's way of failing
#![allow(clippy::unwrap_used)] // a test's way of failing
#![cfg(unix)]

mod common;

use std::path::Path;
use std::process::Output;

use common::{HOST, Home, expired_login, login_expiring_in, text};
use serde_json::Value;

const RULE: &str = "package main\n\ndeny_privileged[result] {\n  container := input.services[name]\n  container.privileged == true\n  result := {\"msg\": sprintf(\"%s is privileged\", [name]), \"path\": [\"services\", name, \"privileged\"], \"fix\": \"drop it\"}\n}\n\nwarn[msg] {\n  input.version\n  msg := \"version is not read any more\"\n}\n";

const COMPOSE: &str = "version: \"3\"\nservices:\n  web:\n    image: x\n    privileged: true\n";

/// The policies that the documentation shows.
fn documented() -> String {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/policies").display().to_string()
}

fn found(output: &Output) -> Vec<(String, String, u64)> {
    let findings: Value = serde_json::from_slice(&output.stdout).unwrap();
    let of = |finding: &Value| {
        let place = &finding["evidence"][0];
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        (text(&finding["id"]), text(&place["source"]), place["line"].as_u64().unwrap())
    };
    findings["findings"].as_array().unwrap().iter().map(of).collect()
}

fn has(found: &[(String, String, u64)], id: &str, source: &str, line: u64) -> bool {
    found.contains(&(id.to_owned(), source.to_owned(), line))
}

#[test]
fn policies_report_like_rules() {
    let home = Home::bare();
    home.write("policy/compose.rego", RULE, 0o644);
    home.write("stack/compose.yaml", COMPOSE, 0o644);
    let output = home.run(&["audit", "--policy", "policy", "--format", "json", "stack"]);
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    let all = found(&output);
    assert!(has(&all, "main.deny_privileged", "stack/compose.yaml", 5), "{all:?}");
    assert!(has(&all, "main.warn", "stack/compose.yaml", 1), "{all:?}");
    let (code, stdout, stderr) = text(&home.run(&["audit", "--policy", "policy", "stack"]));
    assert_eq!(code, Some(1), "{stderr}");
    assert!(stdout.contains("error[main.deny_privileged]: web is privileged"), "{stdout}");
    assert!(stdout.contains("5 |     privileged: true") && stdout.contains("→ drop it"), "{stdout}");
    assert!(stdout.contains("More: policy/compose.rego:3"), "{stdout}");
    for format in ["sarif", "github", "gitlab", "junit"] {
        let (_, stdout, stderr) =
            text(&home.run(&["audit", "--policy", "policy", "--format", format, "stack"]));
        assert!(stdout.contains("main.deny_privileged"), "{format}: {stdout}{stderr}");
    }
    // What the repository wants of a file holds for them, too.
    home.write(
        "stack/ecrpass.toml",
        "[[audit.paths]]\npaths = [\"compose.yaml\"]\nlevel = \"note\"\n",
        0o644,
    );
    let output = home.run(&["audit", "--policy", "policy", "--format", "json", "stack"]);
    assert_eq!(output.status.code(), Some(0), "{output:?}");
}

#[test]
fn data_packages_and_silence_are_told() {
    let home = Home::bare();
    home.write("p/a.rego", "package docker\n\nimport rego.v1\n\ndeny contains image if {\n\tsome service in input.services\n\timage := service.image\n\tnot image in data.allowed\n}\n", 0o644);
    home.write("d/allowed.json", "{\"allowed\": [\"y\"]}", 0o644);
    home.write("t/compose.yaml", COMPOSE, 0o644);
    let (code, _, stderr) = text(&home.run(&["audit", "--policy", "p", "t"]));
    assert_eq!(code, Some(0), "{stderr}");
    assert!(stderr.contains("package `docker` were not asked; --namespace docker asks them"), "{stderr}");
    for arguments in [["--namespace", "docker"].as_slice(), &["--all-namespaces"]] {
        let mut all = vec!["audit", "--policy", "p", "--data", "d", "--format", "json", "t"];
        all.extend(arguments);
        let output = home.run(&all);
        assert!(has(&found(&output), "docker.deny", "t/compose.yaml", 1), "{output:?}");
    }
    home.write("d/allowed.json", "{\"allowed\": [\"x\"]}", 0o644);
    let output = home.run(&["audit", "--policy", "p", "--data", "d", "--namespace", "docker", "t"]);
    assert_eq!(output.status.code(), Some(0), "{output:?}");
}

#[test]
fn the_documented_policy_finds_what_guides_miss_and_passes_its_tests() {
    let home = Home::bare();
    let (live, old) = (login_expiring_in(3600), expired_login());
    home.write("t/config.json", &format!("{{\n  \"auths\": {{\n    \"{HOST}\": {{\"auth\": \"{live}\"}},\n    \"ghcr.io\": {{\"auth\": \"dTpw\"}}\n  }}\n}}\n"), 0o644);
    home.write(
        "t/old/.docker/config.json",
        &format!("{{\"auths\": {{\"{HOST}\": {{\"auth\": \"{old}\"}}}}}}\n"),
        0o644,
    );
    let output = home.run(&[
        "audit",
        "--policy",
        &documented(),
        "--rule",
        "no-aws-credentials",
        "--format",
        "json",
        "t",
    ]);
    let all = found(&output);
    assert!(has(&all, "main.deny_live_login", "t/config.json", 3), "{all:?}");
    assert!(has(&all, "main.warn_stored_login", "t/old/.docker/config.json", 1), "{all:?}");
    assert_eq!(all.len(), 2, "{all:?}");
    let (_, stdout, stderr) = text(&output);
    assert!(!stdout.contains(&live[..24]) && !stderr.contains(&live[..24]), "{stdout}{stderr}");
    let (code, stdout, stderr) = text(&home.run(&["audit", "--policy", &documented(), "--verify"]));
    assert_eq!(code, Some(0), "{stdout}{stderr}");
    assert!(stdout.contains("tests hold"), "{stdout}");
}

#[test]
fn a_test_that_does_not_hold_is_a_finding_in_the_policy() {
    let home = Home::bare();
    home.write("p/a.rego", RULE, 0o644);
    home.write(
        "p/a_test.rego",
        "package main\n\ntest_nothing {\n  count(warn) == 1 with input as {}\n}\n",
        0o644,
    );
    let output = home.run(&["audit", "--policy", "p", "--verify", "--format", "json"]);
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    assert!(has(&found(&output), "main.test_nothing", "p/a_test.rego", 3), "{output:?}");
}

#[test]
fn policies_that_cannot_be_asked_are_no_clean_tree() {
    let home = Home::bare();
    home.write("t/compose.yaml", COMPOSE, 0o644);
    // Memory: a text that doubles until no machine has it. The stack: none of that reaches this process.
    let doubling: String =
        (1..60).map(|n| format!("s{n} := concat(\"\", [s{}, s{}])\n", n - 1, n - 1)).collect();
    let memory = format!(
        "package main\n\ns0 := \"0123456789abcdef\"\n{doubling}\ndeny contains \"x\" if count(s59) > 1\n"
    );
    for (policy, said) in [
        ("package main\n\ndeny[msg] {\n  msg := \n}\n", "p/a.rego:3: "),
        ("package main\n\ndeny contains {\"message\": \"x\"} if input.services\n", "p/a.rego:3: "),
        (memory.as_str(), "The policies needed more than"),
    ] {
        home.write("p/a.rego", policy, 0o644);
        let (code, stdout, stderr) = text(&home.run(&["audit", "--policy", "p", "t"]));
        assert_eq!(code, Some(3), "{policy}: {stdout}{stderr}");
        assert!(stderr.contains(said) && stderr.contains("Next: "), "{stderr}");
    }
    let (code, _, stderr) = text(&home.run(&["audit", "--policy", "t", "t"]));
    assert_eq!(code, Some(3));
    assert!(stderr.contains("There is no policy in t"), "{stderr}");
}

#[test]
fn all_documents_can_be_asked_about_together() {
    let home = Home::bare();
    home.write("p/a.rego", "package main\n\nimport rego.v1\n\ndeny contains {\"msg\": sprintf(\"%s is built and not used\", [image]), \"path\": [i, \"contents\", \"images\", k]} if {\n\tsome i, k\n\timage := input[i].contents.images[k]\n\tnot used[image]\n}\n\nused contains service.image if some service in input[_].contents.services\n", 0o644);
    home.write("t/compose.yaml", "services:\n  web:\n    image: a\n", 0o644);
    home.write("t/images.yaml", "images:\n  - a\n  - b\n", 0o644);
    let arguments = ["audit", "--policy", "p", "--combine", "--format", "json", "t"];
    let all = found(&home.run(&arguments));
    assert_eq!(all, [("main.deny".to_owned(), "t/images.yaml".to_owned(), 3)]);
    home.write("t/compose.yaml", "services:\n  web:\n    image: a\n  api:\n    image: b\n", 0o644);
    assert_eq!(found(&home.run(&arguments)), []);
    let (code, _, stderr) = text(&home.run(&["audit", "--combine", "t"]));
    assert_eq!(code, Some(2), "{stderr}");
}

#[test]
fn a_baseline_and_comments_leave_out_what_policies_find() {
    let home = Home::bare();
    home.write("policy/compose.rego", RULE, 0o644);
    home.write("t/compose.yaml", COMPOSE, 0o644);
    let known = home.path("known.json").display().to_string();
    let write = format!("--write-baseline={known}");
    let ask = |more: &[&str]| {
        let mut all = vec!["audit", "--policy", "policy", "--format", "json", "t"];
        all.extend(more);
        home.run(&all)
    };
    home.run(&["audit", "--policy", "policy", &write, "t"]);
    let written = std::fs::read_to_string(&known).unwrap();
    assert!(written.contains("main.deny_privileged") && written.contains("main.warn"), "{written}");
    assert_eq!(found(&ask(&["--baseline", &known])), []);
    // Moved it is the same; another one is new.
    let second = "  api:\n    image: y\n    privileged: true\n";
    home.write("t/compose.yaml", &format!("# moved\n\n{COMPOSE}{second}"), 0o644);
    let output = ask(&["--baseline", &known]);
    assert_eq!(found(&output), [("main.deny_privileged".to_owned(), "t/compose.yaml".to_owned(), 10)]);
    // Whoever does not ask the policies does not take out what they found.
    let (_, _, stderr) = text(&home.run(&["audit", "--baseline", &known, "t"]));
    assert!(!stderr.contains("there no more"), "{stderr}");
    home.run(&["audit", &write, "t"]);
    assert_eq!(std::fs::read_to_string(&known).unwrap(), written);

    let ignored = COMPOSE.replace(
        "    privileged",
        "    # ecrpass: ignore[main.deny_privileged] it builds images\n    privileged",
    );
    home.write("t/compose.yaml", &ignored, 0o644);
    let output = ask(&[]);
    assert_eq!(found(&output), [("main.warn".to_owned(), "t/compose.yaml".to_owned(), 1)]);
    for (more, is_told) in [(&["--policy", "policy"][..], false), (&[], false)] {
        let (_, _, stderr) = text(&home.run(&[&["audit", "t"][..], more].concat()));
        assert_eq!(stderr.contains("ignore[main.deny_privileged]"), is_told, "{stderr}");
    }
    // One that leaves nothing out is told where the policies are asked.
    home.write(
        "t/compose.yaml",
        "services:\n  # ecrpass: ignore[main.deny_privileged] old\n  a:\n    image: x\n",
        0o644,
    );
    let (_, _, stderr) = text(&home.run(&["audit", "--policy", "policy", "t"]));
    assert!(stderr.contains("`ignore[main.deny_privileged]` ignores nothing"), "{stderr}");
    let (_, _, stderr) = text(&home.run(&["audit", "t"]));
    assert!(!stderr.contains("ignore["), "{stderr}");
}
