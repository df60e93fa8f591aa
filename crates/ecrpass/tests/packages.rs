//! What packages and other programs make of `ecrpass`: completions, manual pages, plugins of docker and kubectl, and what
//! exactly a program is.

#![allow(clippy::indexing_slicing, clippy::string_slice)] // a test's way of failing
#![allow(clippy::unwrap_used)] // a test's way of failing
#![cfg(unix)]

mod common;

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::Command;

use common::{ECRPASS, HOST, Home, text};
use serde_json::{Value, json};

fn on_path(program: &str) -> bool {
    std::env::split_paths(&std::env::var_os("PATH").unwrap_or_default())
        .any(|directory| directory.join(program).exists())
}

/// What a script says in a real bash.
fn bash(home: &Home, script: &str) -> String {
    let output = Command::new("/bin/bash")
        .args(["--norc", "--noprofile", "-c", script])
        .current_dir(home.path(""))
        .output()
        .unwrap();
    let (code, stdout, stderr) = text(&output);
    assert_eq!((code, stderr.as_str()), (Some(0), ""), "{stdout}");
    stdout
}

#[test]
fn completions_are_scripts_that_complete() {
    let home = Home::bare();
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let (code, stdout, stderr) = text(&home.run(&["completions", shell]));
        assert_eq!((code, stderr.as_str()), (Some(0), ""), "{shell}");
        assert!(
            stdout.contains("explain") && stdout.contains("--mask-accounts") || shell == "fish",
            "{shell}"
        );
        // What is for programs and packages is nobody's to type.
        assert!(!stdout.contains("ask-policies"), "{shell}");
        home.write(&format!("completions/{shell}"), &stdout, 0o644);
    }
    bash(&home, "/bin/bash -n completions/bash");
    let complete = |words: &str| {
        let count = words.split(' ').count() - 1;
        let script = format!(
            "source completions/bash; COMP_WORDS=({words}); [ ${{#COMP_WORDS[@]}} -gt {count} ] || COMP_WORDS+=(''); COMP_CWORD={count}; _ecrpass ecrpass \"${{COMP_WORDS[{count}]}}\" \"${{COMP_WORDS[$(({count} - 1))]}}\"; echo \"${{COMPREPLY[@]}}\""
        );
        bash(&home, &script).trim().to_owned()
    };
    assert_eq!(complete("ecrpass expl"), "explain");
    assert_eq!(complete("ecrpass policy eval"), "evaluate");
    assert_eq!(complete("ecrpass doctor --dead"), "--deadline");
    assert_eq!(complete("ecrpass resolve --format j"), "json");
    assert_eq!(home.run(&["completions", "tcsh"]).status.code(), Some(2));
}

#[test]
fn every_command_has_a_manual_page_and_each_is_always_the_same() {
    let home = Home::bare();
    let (code, stdout, stderr) = text(&home.run(&["man", "one/man1"]));
    assert_eq!((code, stdout.as_str()), (Some(0), ""), "{stderr}");
    let mut wide = home.command(&["man", "two"]);
    wide.env("COLUMNS", "300").env("LANG", "de_DE.UTF-8").env("CLICOLOR_FORCE", "1");
    assert!(wide.output().unwrap().status.success());
    let pages = home.names("one/man1");
    assert_eq!(pages, home.names("two"));
    for page in [
        "ecrpass.1",
        "ecrpass-doctor.1",
        "ecrpass-policy-evaluate.1",
        "ecrpass-explain-pod.1",
        "ecrpass-mcp.1",
    ] {
        assert!(pages.iter().any(|name| name == page), "{pages:?}");
    }
    assert!(
        !pages
            .iter()
            .any(|name| name.contains("ask-policies") || name.contains("provoke") || name == "ecrpass-man.1")
    );
    assert!(pages.len() > 40, "{pages:?}");
    for page in &pages {
        let text = fs::read(home.path("one/man1").join(page)).unwrap();
        assert_eq!(text, fs::read(home.path("two").join(page)).unwrap(), "{page}");
        assert!(!text.contains(&0x1b), "{page} has colours");
        if !on_path("groff") {
            continue;
        }
        let output = Command::new("groff")
            .args(["-Kutf8", "-man", "-Tutf8", "-ww", "-z"])
            .arg(home.path("one/man1").join(page))
            .output()
            .unwrap();
        assert_eq!(
            (output.status.code(), String::from_utf8_lossy(&output.stderr).trim()),
            (Some(0), ""),
            "{page}"
        );
    }
    assert_eq!(home.run(&["man", "/dev/null/x"]).status.code(), Some(3));
}

/// A docker configuration directory with our plugin in it.
fn plugin(home: &Home) -> std::path::PathBuf {
    let directory = home.path("docker-config");
    fs::create_dir_all(directory.join("cli-plugins")).unwrap();
    symlink(ECRPASS, directory.join("cli-plugins/docker-ecrpass")).unwrap();
    directory
}

#[test]
fn docker_has_its_answer_and_its_options_count() {
    let home = Home::bare();
    let link = plugin(&home).join("cli-plugins/docker-ecrpass");
    let run = |arguments: &[&str]| {
        let mut command = Command::new(&link);
        home.furnish(&mut command);
        text(&command.args(arguments).output().unwrap())
    };
    let (code, stdout, stderr) = run(&["docker-cli-plugin-metadata"]);
    assert_eq!((code, stderr.as_str()), (Some(0), ""));
    let metadata: Value = serde_json::from_str(&stdout).unwrap();
    assert_eq!((&metadata["SchemaVersion"], &metadata["Vendor"]), (&json!("0.1.0"), &json!("ecrpass")));
    assert!(metadata["Version"].is_string() && metadata["ShortDescription"].is_string(), "{metadata}");
    assert!(run(&["ecrpass", "--help"]).1.contains("Usage: ecrpass"));
    assert!(run(&["help", "ecrpass"]).1.contains("Usage: ecrpass"));
    home.write("elsewhere/config.json", &json!({"credHelpers": {HOST: "elsewhere"}}).to_string(), 0o600);
    let elsewhere = home.path("elsewhere").display().to_string();
    let resolve = ["ecrpass", "resolve", HOST, "--format", "json"];
    let told = [&["--config", &elsewhere][..], &resolve].concat();
    assert!(run(&told).1.contains("elsewhere"), "{:?}", run(&told));
    assert!(!run(&resolve).1.contains("elsewhere"));
    // By that name it can be called directly as well.
    assert!(run(&["resolve", HOST]).1.contains(HOST));
}

#[test]
fn the_real_docker_and_kubectl_find_their_plugins() {
    let home = Home::bare();
    let directory = plugin(&home);
    if on_path("docker") {
        let docker = |arguments: &[&str]| {
            let mut command = Command::new("docker");
            home.furnish(&mut command);
            command
                .env("PATH", std::env::var_os("PATH").unwrap())
                .arg("--config")
                .arg(&directory)
                .args(arguments);
            text(&command.output().unwrap())
        };
        let (code, stdout, stderr) = docker(&["ecrpass", "explain", "--id", "token-expired"]);
        assert_eq!(code, Some(0), "{stderr}");
        assert!(stdout.contains("token-expired"), "{stdout}");
        fs::write(
            directory.join("config.json"),
            json!({"credHelpers": {HOST: "of-dockers-option"}}).to_string(),
        )
        .unwrap();
        let (code, stdout, _) = docker(&["ecrpass", "resolve", HOST]);
        assert!(code == Some(1) && stdout.contains("of-dockers-option"), "{stdout}");
        assert!(docker(&["help"]).1.contains("ecrpass*"), "{}", docker(&["help"]).1);
        assert!(docker(&["help", "ecrpass"]).1.contains("Usage: ecrpass"));
        assert!(docker(&["ecrpass", "doctor", "--help"]).1.contains("Usage: ecrpass doctor"));
    }
    if on_path("kubectl") {
        symlink(ECRPASS, home.path("bin/kubectl-ecrpass")).unwrap();
        let mut command = Command::new("kubectl");
        home.furnish(&mut command);
        let path = std::env::join_paths(
            std::iter::once(home.path("bin"))
                .chain(std::env::split_paths(&std::env::var_os("PATH").unwrap())),
        );
        let (code, stdout, stderr) = text(
            &command
                .env("PATH", path.unwrap())
                .args(["ecrpass", "explain", "--id", "token-expired"])
                .output()
                .unwrap(),
        );
        assert_eq!(code, Some(0), "{stderr}");
        assert!(stdout.contains("token-expired"), "{stdout}");
    }
}

#[test]
fn the_version_says_which_formats_it_writes_and_each_has_a_schema() {
    let home = Home::bare();
    assert!(home.run(&["--version"]).stdout.starts_with(b"ecrpass 0."));
    let (code, stdout, stderr) = text(&home.run(&["--version", "--verbose"]));
    assert_eq!((code, stderr.as_str()), (Some(0), ""));
    for said in ["commit: ", "target: ", "token cache: format ", "docker-ecrpass"] {
        assert!(stdout.contains(said), "{stdout}");
    }
    let listed: Vec<&str> = stdout.lines().filter_map(|line| line.strip_prefix("  ")).collect();
    // Every name of a format in the sources, of a release's or a test's program, is listed.
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let mut named: Vec<String> = Vec::new();
    let mut left = vec![root.join("crates")];
    while let Some(path) = left.pop() {
        for entry in fs::read_dir(&path).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() && path.file_name().unwrap() != "tests" {
                left.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let source = fs::read_to_string(&path).unwrap();
                named.extend(source.split('"').filter(|part| is_format(part)).map(str::to_owned));
            }
        }
    }
    named.sort();
    named.dedup();
    assert_eq!(listed, named);
    for name in &named {
        let file = root
            .join("docs/schema")
            .join(format!("{}.json", name.trim_start_matches("ecrpass/").replace('/', "-")));
        let schema: Value =
            serde_json::from_str(&fs::read_to_string(&file).unwrap_or_default()).unwrap_or_default();
        assert_eq!(schema["$id"], json!(name), "{}", file.display());
    }
}

#[test]
fn the_exit_codes_of_every_command_are_promised() {
    let home = Home::bare();
    home.run(&["man", "pages"]);
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let page = fs::read_to_string(root.join("docs/stability.md")).unwrap();
    let table: Vec<&str> =
        page.lines().filter_map(|line| line.strip_prefix("| `")?.split(" | ").next()).collect();
    for name in home.names("pages") {
        let command = name.trim_end_matches(".1").trim_start_matches("ecrpass").replace('-', " ");
        let command = command.trim();
        let stands = |row: &&str| {
            row.split('`').any(|part| {
                part == command
                    || part.starts_with(&format!("{command} "))
                    || command.starts_with(&format!("{part} "))
            })
        };
        assert!(command.is_empty() || table.iter().any(stands), "{command} has no row in docs/stability.md");
    }
}

fn is_format(text: &str) -> bool {
    let mut parts = text.split('/');
    parts.next() == Some("ecrpass")
        && parts
            .next()
            .is_some_and(|name| !name.is_empty() && name.bytes().all(|b| b.is_ascii_lowercase() || b == b'-'))
        && parts
            .next()
            .is_some_and(|version| !version.is_empty() && version.bytes().all(|b| b.is_ascii_digit()))
        && parts.next().is_none()
}
