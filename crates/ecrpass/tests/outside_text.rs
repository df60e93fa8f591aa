//! Text from outside in everything the program writes: names, paths, values, variables, arguments, logs and the words of
//! other programs reach no terminal and no CI system as anything but text.

#![allow(clippy::indexing_slicing, clippy::string_slice)] // a test's way of failing
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used)] // a test's way of failing

mod common;
#[path = "common/hostile.rs"]
mod hostile;
#[path = "common/terminal.rs"]
mod terminal;

use std::ffi::OsString;
use std::fs;
use std::os::unix::ffi::OsStringExt;
use std::process::{Command, Stdio};

use common::{ECRPASS, HOST};
use hostile::{HOSTILE, Hostile};

#[test]
fn hostile_files_and_paths_are_text() {
    let here = Hostile::furnished();
    for arguments in [
        &["fix", "--dry-run"][..],
        &["fix", "--dry-run", "--unsafe"],
        &["fix", "--dry-run", "--format", "json"],
        &["fix", "--config", "broken.json"],
        &["fix", "--config", "."],
        &["fix", "--undo"],
        &["status"],
        &["status", "--format", "json"],
        &["whoami"],
        &["whoami", "--format", "json"],
        &["resolve", HOST],
        &["resolve", HOST, "--client", "all"],
        &["resolve", HOST, "--client", "all", "--run-helper"],
        &["resolve", "210987654321.dkr.ecr.eu-west-1.amazonaws.com", "--run-helper"],
        &["resolve", HOST, "--client", "podman", "--format", "json"],
        &["resolve", HOST, "--config", "broken.json"],
        &["setup", HOST, "--dry-run"],
        &["setup"],
        &["setup", "--format", "json"],
        &["self", "check"],
        &["self", "check", "--format", "json"],
        &["self", "check", "--checksum", "broken.json"],
        &["uninstall"],
        &["uninstall", "--format", "json"],
        &["uninstall", "--config", "broken.json"],
        &["setup", "--from", "files", "--dry-run"],
        &["setup", "--from", "files", "--client", "kubelet"],
        &["kubelet", "check", "kubelet.yaml"],
        &["kubelet", "check", "kubelet.yaml", "--format", "github"],
        &["kubelet", "check", "kubelet.yaml", "broken.json", "--bin-dir", "files"],
        &["kubelet", "install", "--root", ".", "--check"],
        &["kubelet", "install", "--root", "files", "--platform", "kubeadm", "--provider", "broken.json"],
        &["kubelet", "restore", "--root", "files", "--platform", "k3s"],
        &["explain", "pod", "pod.json"],
        &["explain", "pod", "pod.json", "--format", "json"],
        &["explain", "pod", "pod.json", "--format", "github"],
        &["explain", "pod", "broken.json"],
        &["explain", "--runbook", "pod.json"],
        &["alarms", "check", "kubelet.yaml", "broken.json"],
        &["explain", "logs"],
        &["explain", "logs", "--format", "json"],
        &["explain", "logs", "--format", "github"],
        &["explain", "logs", "--format", "sarif"],
        &["--mask-accounts", "explain", "logs"],
        &["doctor", "--offline"],
        &["doctor", "--offline", "--format", "json"],
        &["doctor", "--offline", "--format", "github"],
        &["doctor", "--deadline", "2", HOST],
        &["doctor", "--replay", "bundle.json"],
        &["doctor", "--replay", "schema.json"],
        &["doctor", "--replay", "bundle.json", "schema.json"],
        &["doctor", "--record", "bundle.d/x", "--offline"],
        &["canary", "--once", "--config", "broken.json"],
        &["canary", "--once", "--deadline", "2", HOST],
        &["canary", "--once", "--deadline", "2", "--format", "json", HOST],
        &["canary", "--once", "--deadline", "2", "--emf", HOST],
        &["token", HOST],
        &["login", HOST],
        &["local", "--storage", "broken.json"],
        &["repo", "lifecycle", "preview", "--policy", "broken.json", "--images", "broken.json"],
        &[
            "repo",
            "lifecycle",
            "preview",
            "--policy",
            "lifecycle.json",
            "--images",
            "images.json",
            "--running",
            "images.json",
        ],
        &[
            "repo",
            "lifecycle",
            "preview",
            "--policy",
            "lifecycle.json",
            "--images",
            "images.json",
            "--format",
            "json",
        ],
        &["audit", "."],
        &["audit", ".", "--format", "json"],
        &["audit", ".", "--format", "sarif"],
        &["audit", ".", "--format", "github"],
        &["audit", ".", "--format", "gitlab"],
        &["audit", ".", "--format", "junit"],
        &["audit", ".", "--fix", "--unsafe", "--dry-run"],
        &["audit", "--baseline", "broken.json"],
        &["audit", "--config", "broken.json"],
        &["audit", "--host-root", "."],
        &["ci", "lint", "."],
        &["trail", "trail"],
        &["trail", "trail", "--format", "json"],
        &["trail", "trail", "--format", "csv"],
        &["trail", "trail", "--format", "html"],
        &["--mask-accounts", "trail", "trail"],
        &["trail", "logs"],
        &["trail", "export", "trail", "--output", "exported.ndjson"],
        &["repo", "ensure", "app", "--lifecycle", "broken.json", "--region", "us-east-1"],
        &["repo", "ensure", "app", "--policy", "broken.json", "--region", "us-east-1"],
    ] {
        here.check_arguments(arguments);
    }
    for file in [
        format!("files/{HOSTILE}.yaml"),
        format!("files/Dockerfile.{HOSTILE}"),
        format!("logs/{HOSTILE}.log"),
    ] {
        here.check_arguments(&["doctor", "--offline", &file]);
        here.check_arguments(&["doctor", "--offline", "--from-log", &file]);
        here.check_arguments(&["explain", &file]);
        here.check_arguments(&["explain", "--format", "github", &file]);
        here.check_arguments(&["policy", "explain", &file]);
        here.check_arguments(&["policy", "explain", "--format", "json", &file]);
        here.check_arguments(&["setup", "--dry-run", "--from", &file]);
        here.check_arguments(&["audit", &file]);
    }
    let temporary = here.home.join("tmp");
    fs::create_dir(&temporary).unwrap();
    for arguments in [&["demo", "--client", "builtin"][..], &["demo", "--keep"]] {
        here.check(&|| {
            let mut command = here.command(arguments);
            command.env("TMPDIR", &temporary);
            command
        });
    }
    for action in ["get", "list", HOSTILE] {
        here.check(&|| here.helper(action));
    }
    // What changes files comes last.
    here.check_arguments(&["fix", "--unsafe"]);
    here.check_arguments(&["fix", "--undo"]);
    here.check_arguments(&["setup", HOST]);
    here.check_arguments(&["setup", HOST, "--client", "podman", "--format", "json"]);
    here.check_arguments(&["doctor", "--fix", "--deadline", "2"]);
}

#[test]
fn hostile_arguments_are_text() {
    let here = Hostile::new();
    here.write("file", "");
    let image = format!("{HOST}/team/app:{HOSTILE}");
    let role = format!("arn:aws:iam::123456789012:role/{HOSTILE}");
    let long = "::x\u{1b}".repeat(20_000);
    for argument in
        [HOSTILE, &image, &role, &format!("-{HOSTILE}"), &format!("--{HOSTILE}"), &long, "::error::forged"]
    {
        for arguments in [
            &[argument][..],
            &["audit", argument],
            &["audit", "--rule", argument],
            &["audit", "--baseline", argument],
            &["doctor", "--offline", argument],
            &["doctor", "--offline", "--as", argument],
            &["kubelet", "config", argument],
            &["kubelet", "config", "--kubelet-version", argument],
            &[
                "kubelet",
                "config",
                "--kubelet-version",
                "1.34",
                "--service-account-tokens",
                "--annotation",
                argument,
            ],
            &[
                "kubelet",
                "config",
                "--kubelet-version",
                "1.34",
                "--service-account-tokens",
                "--audience",
                argument,
            ],
            &["kubelet", "check", argument],
            &["explain", "pod", argument],
            &["canary", "--once", argument],
            &["canary", "--once", "--config", argument],
            &["canary", "--once", "--otlp", argument, "--deadline", "1", HOST],
            &["canary", "--once", "--as", argument, HOST],
            &["canary", "--once", "--platform", argument, "--deadline", "1", HOST],
            &["doctor", "--client", argument],
            &["doctor", "--deadline", argument],
            &["doctor", "--platform", argument, "--offline", HOST],
            &["doctor", "--from-log", argument],
            &["doctor", "--replay", argument],
            &["doctor", "--format", argument],
            &["doctor", "--offline", "--record", argument],
            &["explain", argument],
            &["explain", "--id", argument],
            &["explain", "--format", argument],
            &["explain", "--", argument],
            &["fix", "--config", argument],
            &["fix", argument],
            &["local", "--fault", argument],
            // A file that is no directory: it would run otherwise.
            &["local", "--storage", &format!("file/{argument}")],
            &["local", "--forward", argument, "--port", argument],
            &["login", argument],
            &["trail", argument],
            &["trail", "file", "--since", argument],
            &["trail", "file", "--principal", argument, "--repository", argument],
            &["trail", "sql", argument],
            &["trail", "sql", "duckdb", "--location", argument, "--table", argument],
            &["policy", "collect", argument, "--region", "us-east-1"],
            &["policy", "collect", "--repository", argument],
            &["policy", "collect", "--output", argument, "--region", argument],
            &["repo", "list", argument],
            &["repo", "list", "--region", argument, "--profile", argument],
            &["repo", "list", "--account", argument],
            &["repo", "find", argument, "--region", "us-east-1"],
            &["repo", "find", "app", "--regions", argument],
            &["repo", "show", argument],
            &["repo", "ensure", argument, "--keep", "1"],
            &["repo", "ensure", "app", "--lifecycle", argument],
            &["repo", "ensure", "app", "--policy", argument, "--region", "us-east-1"],
            &["repo", "ensure", "app", "--encryption", argument, "--tag", argument],
            &["repo", "ensure", "app", "--pull-through", argument],
            &["repo", "ensure", "app", "--replicate-to", argument, "--region", "us-east-1"],
            &["repo", "lifecycle", "preview", argument, "--policy", argument],
            &["login", "--client", argument, HOST],
            &["policy", "explain", argument],
            &["policy", "explain", "--task", argument],
            &["policy", "generate", argument],
            &["policy", "generate", "pull", "--repository", argument],
            &["policy", "generate", "pull", "--repository", HOST, "--registry", argument],
            &["policy", "generate", "login", "--principal", argument],
            &["policy", "generate", "login", "--account", argument],
            &["policy", "generate", "login", "--organization", argument],
            &["policy", "generate", "login", "--kms-key", argument],
            &[
                "policy",
                "generate",
                "login",
                "--account",
                "123456789012",
                "--trust",
                "irsa",
                "--claim",
                argument,
            ],
            &["resolve", argument],
            &["resolve", HOST, "--client", argument],
            &["resolve", HOST, "--client-version", argument],
            &["resolve", HOST, "--operation", argument],
            &["resolve", HOST, "--repository", argument],
            &["resolve", HOST, "--config", argument],
            &["setup", argument, "--dry-run"],
            &["setup", "--account", argument, "--region", argument, "--dry-run"],
            &["setup", "--from", argument, "--dry-run"],
            &["status", argument],
            &["token", argument],
            &["token", HOST, "--format", argument],
            &["whoami", argument],
            &["demo", "--client", argument],
            &["mcp", "--allow", argument],
            &["completions", argument],
            // A directory that cannot be made.
            &["man", &format!("file/{argument}")],
        ] {
            here.check_arguments(arguments);
        }
    }
    // Nothing that is no UTF-8 either, and not by what name it was called.
    let bytes = OsString::from_vec(b"\xff\x1b[35m\x9b\n::error::forged".to_vec());
    for command in ["explain", "doctor", "fix", "resolve", "token"] {
        here.check(&|| {
            let mut made = here.command(&[command]);
            made.arg(&bytes);
            made
        });
    }
    let called = here.directory.path().join(format!("{HOSTILE}ecrpass"));
    std::os::unix::fs::symlink(ECRPASS, &called).unwrap();
    for argument in ["--help", "token", "explain"] {
        here.check(&|| {
            let mut made = Command::new(&called);
            made.arg(argument).stdin(Stdio::null());
            made
        });
    }
}

/// Variables that something of ours reads.
const VARIABLES: [&str; 38] = [
    "AWS_ACCESS_KEY_ID",
    "AWS_SESSION_TOKEN",
    "AWS_PROFILE",
    "AWS_DEFAULT_PROFILE",
    "AWS_REGION",
    "AWS_DEFAULT_REGION",
    "AWS_CONFIG_FILE",
    "AWS_SHARED_CREDENTIALS_FILE",
    "AWS_ROLE_ARN",
    "AWS_ROLE_SESSION_NAME",
    "AWS_WEB_IDENTITY_TOKEN_FILE",
    "AWS_CONTAINER_CREDENTIALS_FULL_URI",
    "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
    "AWS_CONTAINER_AUTHORIZATION_TOKEN",
    "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE",
    "AWS_ENDPOINT_URL",
    "AWS_ENDPOINT_URL_ECR",
    "AWS_ENDPOINT_URL_STS",
    "AWS_EC2_METADATA_DISABLED",
    "AWS_EC2_METADATA_SERVICE_ENDPOINT",
    "AWS_CA_BUNDLE",
    "AWS_USE_FIPS_ENDPOINT",
    "AWS_ECR_CACHE_DIR",
    "AWS_ECR_DISABLE_CACHE",
    "SSL_CERT_FILE",
    "HTTP_PROXY",
    "HTTPS_PROXY",
    "NO_PROXY",
    "DOCKER_AUTH_CONFIG",
    "DOCKER_CONFIG",
    "DOCKER_HOST",
    "DOCKER_CONTEXT",
    "REGISTRY_AUTH_FILE",
    "HELM_REGISTRY_CONFIG",
    "XDG_CONFIG_HOME",
    "XDG_RUNTIME_DIR",
    "USER",
    "TMPDIR",
];

#[test]
fn hostile_variables_are_text() {
    let here = Hostile::new();
    for variable in VARIABLES {
        for arguments in
            [&["whoami"][..], &["resolve", HOST], &["doctor", "--offline", HOST], &["token", HOST]]
        {
            for value in [HOSTILE, &format!("http://{HOSTILE}/"), &format!("/{HOSTILE}")] {
                here.check(&|| {
                    let mut command = here.command(arguments);
                    command.env(variable, value);
                    command
                });
            }
        }
        here.check(&|| {
            let mut command = here.helper("get");
            command.env(variable, HOSTILE);
            command
        });
    }
    // All at once, with the network.
    here.check(&|| {
        let mut command = here.command(&["doctor", "--deadline", "2", HOST]);
        command.envs(VARIABLES.map(|name| (name, HOSTILE)));
        command
    });
}
