//! The steps of the GitHub Action as a runner runs them: with its environment files, and a release that a server of this
//! test has.

#![cfg(target_os = "linux")]
#![allow(clippy::indexing_slicing, clippy::panic, clippy::string_slice, clippy::unwrap_used)] // a test's way of failing

mod common;

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use common::{ECRPASS, HOST, Home, text};
use sha2::{Digest, Sha256};

fn scripts() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../integrations/github")
}

/// A runner's directory and files.
struct Runner {
    home: Home,
}

impl Runner {
    fn new() -> Self {
        let home = Home::bare();
        fs::create_dir(home.path("temporary")).unwrap();
        for file in ["path", "env", "output"] {
            home.write(file, "", 0o644);
        }
        Self { home }
    }

    fn run(&self, script: &str, variables: &[(&str, &str)]) -> Output {
        let mut command = Command::new("/bin/sh");
        self.home.furnish(&mut command);
        command.arg(scripts().join(script));
        command.env("RUNNER_TEMP", self.home.path("temporary"));
        for (name, file) in [("GITHUB_PATH", "path"), ("GITHUB_ENV", "env"), ("GITHUB_OUTPUT", "output")] {
            command.env(name, self.home.path(file));
        }
        command.envs(variables.iter().copied()).output().unwrap()
    }

    fn file(&self, name: &str) -> String {
        fs::read_to_string(self.home.path(name)).unwrap()
    }

    /// A variable of the file of variables.
    fn variable(&self, name: &str) -> String {
        let text = self.file("env");
        let value = text.lines().find_map(|line| line.strip_prefix(&format!("{name}=")));
        value.unwrap_or_else(|| panic!("no {name} in {text}")).to_owned()
    }
}

fn sum(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A release on a server: names and bytes; what is not there is 404.
fn release(files: Vec<(String, Vec<u8>)>) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let Ok(mut stream) = stream else { return };
            let mut lines = BufReader::new(stream.try_clone().unwrap()).lines();
            let first = lines.next().and_then(Result::ok).unwrap_or_default();
            while lines.next().and_then(Result::ok).is_some_and(|line| !line.is_empty()) {}
            let path = first.split(' ').nth(1).unwrap_or_default().to_owned();
            let found = files.iter().find(|(name, _)| path == format!("/v0.1.0/{name}"));
            let (status, body) =
                found.map_or(("404 Not Found", &[][..]), |(_, bytes)| ("200 OK", bytes.as_slice()));
            let head =
                format!("HTTP/1.1 {status}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n", body.len());
            let _ = stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(body));
        }
    });
    format!("http://{address}")
}

fn programs() -> Vec<(String, Vec<u8>)> {
    let script = b"#!/bin/sh\necho helper\n".to_vec();
    let files = [("docker-credential-ecr-login", script.clone()), ("ecrpass", script)];
    let sums: String = files.iter().map(|(name, bytes)| format!("{}  {name}\n", sum(bytes))).collect();
    let mut all: Vec<(String, Vec<u8>)> =
        files.into_iter().map(|(name, bytes)| (name.to_owned(), bytes)).collect();
    all.push(("SHA256SUMS".to_owned(), sums.into_bytes()));
    all
}

#[test]
fn what_was_released_is_installed() {
    let runner = Runner::new();
    let files = programs();
    let pin = sum(&files.iter().find(|(name, _)| name == "SHA256SUMS").unwrap().1);
    let url = release(files);
    let output = runner
        .run("install.sh", &[("ECRPASS_VERSION", "0.1.0"), ("ECRPASS_URL", &url), ("ECRPASS_SHA256", &pin)]);
    assert!(output.status.success(), "{:?}", text(&output));
    let bin = runner.file("path").trim().to_owned();
    assert!(bin.starts_with(&*runner.home.path("temporary").to_string_lossy()), "{bin}");
    let helper = Command::new(Path::new(&bin).join("docker-credential-ecr-login")).output().unwrap();
    assert_eq!(helper.stdout, b"helper\n");
    assert_eq!(runner.file("output"), format!("helper={bin}/docker-credential-ecr-login\n"));
}

#[test]
fn what_was_not_released_is_refused() {
    let mut changed = programs();
    changed[0].1.push(b'#');
    let mut unnamed = programs();
    unnamed[2].1 = b"no sums\n".to_vec();
    let other = "0".repeat(64);
    for (files, version, pin, what) in [
        (changed, "0.1.0", "", "not what was released"),
        (unnamed, "0.1.0", "", "no sum for docker-credential-ecr-login"),
        (programs(), "0.1.0", other.as_str(), "not the one that the input sha256 names"),
        (programs(), "9.9.9", "", "cannot be downloaded"),
        (programs(), "../0.1.0", "", "the version is"),
        (programs(), "0.1.0\nx=y", "", "the version is"),
    ] {
        let runner = Runner::new();
        let url = release(files);
        let variables =
            [("ECRPASS_VERSION", version), ("ECRPASS_URL", url.as_str()), ("ECRPASS_SHA256", pin)];
        let output = runner.run("install.sh", &variables);
        let (code, stdout, stderr) = text(&output);
        assert_eq!(code, Some(1), "{what}: {stdout} {stderr}");
        assert!(
            stdout.contains("::error title=ecrpass::") && stdout.contains(what),
            "{what}: {stdout} {stderr}"
        );
        assert_eq!((runner.file("path"), runner.file("env")), (String::new(), String::new()));
    }
    for url in ["http://example.com/releases", "ftp://example.com", "https:///releases/download"] {
        let runner = Runner::new();
        let variables = [("ECRPASS_VERSION", "0.1.0"), ("ECRPASS_URL", url), ("ECRPASS_SHA256", "")];
        assert_eq!(runner.run("install.sh", &variables).status.code(), Some(1), "{url}");
    }
}

#[test]
fn the_helper_is_named_in_a_configuration_of_the_job() {
    let runner = Runner::new();
    let registries = format!("{HOST}\n  public.ecr.aws");
    let output = runner.run("name.sh", &[("ECRPASS_REGISTRIES", &registries)]);
    assert!(output.status.success(), "{:?}", text(&output));
    let directory = runner.variable("DOCKER_CONFIG");
    assert!(directory.starts_with(&*runner.home.path("temporary").to_string_lossy()), "{directory}");
    let configuration = fs::read_to_string(Path::new(&directory).join("config.json")).unwrap();
    let read: serde_json::Value = serde_json::from_str(&configuration).unwrap();
    assert_eq!(read["credHelpers"][HOST], "ecr-login");
    assert_eq!(read["credHelpers"]["public.ecr.aws"], "ecr-login");
    assert!(read.get("auths").is_none());
    use std::os::unix::fs::PermissionsExt as _;
    assert_eq!(fs::metadata(&directory).unwrap().permissions().mode() & 0o777, 0o700);
    // Nothing of the home is touched, and a builder that was set up there is found.
    assert!(!runner.home.path(".docker").exists());
    assert_eq!(
        runner.variable("BUILDX_CONFIG"),
        format!("{}/.docker/buildx", runner.home.path("").display()).replace("//", "/")
    );
    assert_eq!(runner.file("output"), format!("docker-config={directory}\n"));
}

#[test]
fn what_is_no_registry_is_refused() {
    for registries in [
        "",
        " ",
        "docker.io",
        "https://123456789012.dkr.ecr.us-east-1.amazonaws.com",
        "*",
        "x\"y",
        "$(id)",
        "123456789012.dkr.ecr.us-east-1.amazonaws.com/team/app",
    ] {
        let runner = Runner::new();
        let output = runner.run("name.sh", &[("ECRPASS_REGISTRIES", registries)]);
        assert_eq!(output.status.code(), Some(1), "{registries}: {:?}", text(&output));
        assert_eq!(runner.file("env"), "", "{registries}");
    }
}

#[test]
fn the_audit_annotates() {
    let runner = Runner::new();
    std::os::unix::fs::symlink(ECRPASS, runner.home.path("bin/ecrpass")).unwrap();
    runner.home.write(
        "push.sh",
        &format!("aws ecr get-login-password | docker login --username me --password-stdin {HOST}\n"),
        0o644,
    );
    let output = runner.run("audit.sh", &[("ECRPASS_PATHS", "push.sh"), ("ECRPASS_FAIL_ON", "warning")]);
    let (code, stdout, stderr) = text(&output);
    assert_eq!(code, Some(1), "{stdout} {stderr}");
    assert!(stdout.contains("::error ") && stdout.contains("push.sh"), "{stdout}");
    let never = runner.run("audit.sh", &[("ECRPASS_PATHS", "push.sh"), ("ECRPASS_FAIL_ON", "never")]);
    assert_eq!(never.status.code(), Some(0));
}

#[test]
fn the_action_hands_inputs_over_as_variables_alone() {
    let action = fs::read_to_string(scripts().join("../../action.yml")).unwrap();
    let runs = action.lines().filter(|line| line.trim_start().starts_with("run:"));
    let runs: Vec<&str> = runs.collect();
    assert_eq!(runs.len(), 3);
    assert!(runs.iter().all(|run| !run.contains("${{")), "{runs:?}");
    // Every variable that a script reads is set, and every input is used.
    for (script, names) in [
        ("install.sh", &["ECRPASS_VERSION", "ECRPASS_URL", "ECRPASS_SHA256"][..]),
        ("name.sh", &["ECRPASS_REGISTRIES"]),
        ("audit.sh", &["ECRPASS_PATHS", "ECRPASS_FAIL_ON"]),
    ] {
        let source = fs::read_to_string(scripts().join(script)).unwrap();
        for name in names {
            assert!(
                source.contains(name) && action.contains(&format!("{name}: ${{{{ inputs.")),
                "{script}: {name}"
            );
        }
    }
}
