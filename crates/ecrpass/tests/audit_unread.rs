//! `ecrpass audit` and `ecrpass ci` as processes: what cannot be read is no all-clear, and what is found has a place that others
//! find.

#![allow(clippy::indexing_slicing, clippy::string_slice)] // a test's way of failing
#![allow(clippy::unwrap_used)] // a test's way of failing
#![cfg(unix)]

mod common;

use std::fs;

use common::{HOST, Home, text};
use serde_json::Value;

/// A code host knows a file by its place in the repository, whatever directory the step ran in.
#[test]
fn code_hosts_find_the_file_wherever_it_was_looked_at() {
    let home = Home::repository();
    home.write("sub/deep/a.sh", &format!("docker login -u AWS -p x {HOST}\n"), 0o644);
    // One that it must not be mistaken for.
    home.write("a.sh", "true\n", 0o644);
    let place = |directory: &str, path: &str, format: &str| {
        let mut command =
            home.command(&["audit", path, "--format", format, "--rule", "password-on-command-line"]);
        let (code, stdout, stderr) = text(&command.current_dir(directory).output().unwrap());
        assert_eq!(code, Some(1), "{stdout}{stderr}");
        stdout
    };
    let sub = home.path("sub/deep").display().to_string();
    let root = home.path(".").display().to_string();
    for (directory, path) in [(sub.as_str(), "."), (&sub, "a.sh"), (&root, "sub"), ("/", &sub)] {
        let sarif: Value = serde_json::from_str(&place(directory, path, "sarif")).unwrap();
        let location = &sarif["runs"][0]["results"][0]["locations"][0]["physicalLocation"];
        assert_eq!(location["artifactLocation"]["uri"], "sub/deep/a.sh", "{directory} {path}");
        let gitlab: Value = serde_json::from_str(&place(directory, path, "gitlab")).unwrap();
        assert_eq!(gitlab[0]["location"]["path"], "sub/deep/a.sh", "{directory} {path}");
        let github = place(directory, path, "github");
        assert!(github.contains("file=sub/deep/a.sh,line=1"), "{directory} {path}: {github}");
    }
    // People and programs see it from where they are.
    assert!(place(&sub, ".", "text").contains("--> a.sh:1"));
    let found: Value = serde_json::from_str(&place(&sub, ".", "json")).unwrap();
    assert_eq!(found["findings"][0]["evidence"][0]["source"], "a.sh");
}

/// Where nothing can be found because nothing can be read, that is said, and the exit status is no success.
#[test]
fn what_cannot_be_read_is_no_all_clear() {
    let login = "$(aws ecr get-login --region us-east-1 --no-include-email)";
    let broken = format!("push:\n\timage: docker:27\n  script:\n    - {login}\n");
    for pipeline in [".gitlab-ci.yml", ".github/workflows/push.yml", ".circleci/config.yml"] {
        let home = Home::repository();
        home.write(pipeline, &broken, 0o644);
        home.write("README.md", "nothing\n", 0o644);
        for arguments in [&["audit", pipeline][..], &["ci", "lint"], &["ci", "lint", pipeline]] {
            let (code, stdout, stderr) = text(&home.run(arguments));
            assert_eq!(code, Some(3), "{arguments:?}: {stdout}{stderr}");
            assert!(stderr.contains(&format!("note: {pipeline}:2: it breaks off here")), "{stderr}");
            assert!(!stdout.contains("Nothing was found"), "{stdout}");
        }
        let role = "arn:aws:iam::123456789012:role/r";
        let (code, stdout, stderr) = text(&home.run(&["ci", "convert", pipeline, "--role", role]));
        assert_eq!(code, Some(1), "{stdout}{stderr}");
        assert!(stderr.contains(&format!("{pipeline}:2")) && stderr.contains("breaks off"), "{stderr}");
        // Beside others that can be read it is a note.
        home.write("good/.gitlab-ci.yml", "a:\n  script: [make]\n", 0o644);
        let (code, stdout, stderr) = text(&home.run(&["ci", "lint"]));
        assert_eq!(code, Some(0), "{stdout}{stderr}");
        assert!(stderr.contains("it breaks off here"), "{stderr}");
        // And what is found is found.
        home.write("bad.gitlab-ci.yml", &format!("a:\n  script:\n    - {login}\n"), 0o644);
        assert_eq!(home.run(&["ci", "lint"]).status.code(), Some(1));
    }
    let script = format!("#!/bin/sh\n{login}\n");
    let wide: Vec<u8> = script.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let widest: Vec<u8> =
        [b"\xff\xfe\0\0".to_vec(), script.chars().flat_map(|c| u32::from(c).to_le_bytes()).collect()]
            .concat();
    for bytes in [format!("{script}\0").into_bytes(), wide, widest] {
        let home = Home::repository();
        fs::write(home.path("a.sh"), &bytes).unwrap();
        for arguments in [&["audit", "a.sh"][..], &["audit"]] {
            let (code, stdout, stderr) = text(&home.run(arguments));
            assert!(stderr.contains("a.sh was not looked at: it is no text"), "{stdout}{stderr}");
            assert_eq!(code, Some(3), "{stdout}{stderr}");
        }
    }
}

/// What is larger than anything of its kind is not read to its end, and that is said, too.
#[test]
fn what_is_beyond_all_bounds_is_no_all_clear() {
    let login = r#""h": {"auth": "QVdTOng="}, "#;
    let logins = format!(r#"{{"auths": {{{} "z": {{}}}}}}"#, login.repeat((4 << 20) / login.len() + 1));
    let block = "resource \"a\" \"b\" {\n  name = \"123456789012.dkr.ecr.us-east-1.amazonaws.com\"\n}\n";
    let from = "FROM 123456789012.dkr.ecr.us-east-1.amazonaws.com/team/app:1\n";
    for (name, content, why) in [
        ("config.json", logins, "more than 4 MiB of YAML or JSON are not read"),
        ("main.tf", block.repeat((768 << 10) / block.len() + 1), "more than 768 kB of HCL are not read"),
        (
            "Dockerfile",
            from.repeat((1 << 20) / from.len() + 1),
            "more than 1024 kB of a Dockerfile are not read",
        ),
    ] {
        let home = Home::repository();
        home.write(name, &content, 0o644);
        let (code, stdout, stderr) = text(&home.run(&["audit", name]));
        assert_eq!(code, Some(3), "{name}: {stdout}{stderr}");
        assert!(stderr.contains(why), "{name}: {stderr}");
    }
    let home = Home::repository();
    let pulls = (0..1500).map(|n| format!("FROM 123456789012.dkr.ecr.us-east-1.amazonaws.com/App:{n}\n"));
    home.write("Dockerfile", &pulls.collect::<String>(), 0o644);
    let (code, stdout, stderr) = text(&home.run(&["audit"]));
    assert_eq!(code, Some(1), "{stdout}{stderr}");
    assert!(stderr.contains("1000 errors"), "{stderr}");
    let left_out = "Dockerfile:1001: it breaks off here, and was looked at in part: the places of";
    assert!(stderr.contains(left_out), "{stderr}");
}
