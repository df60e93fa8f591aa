//! Text from outside in everything the program writes: names, paths, values, variables, arguments, logs and the words of
//! other programs reach no terminal and no CI system as anything but text.

#![allow(clippy::indexing_slicing, clippy::string_slice)] // a test's way of failing
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used)] // a test's way of failing

mod common;
#[path = "common/terminal.rs"]
mod terminal;

use std::ffi::OsString;
use std::fs;
use std::os::unix::ffi::OsStringExt;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use common::{ECRPASS, HOST, expired_login, write_program};
use tempfile::TempDir;
use terminal::{on_terminal, wrong_in_pipe, wrong_on_terminal};

/// A title, a bell, our own red and somebody else's colour, C1, DEL, a turned direction, nothing to see, lines that are
/// commands to GitHub and Azure, and a line that is written over.
const HOSTILE: &str = "x\u{1b}]0;owned\u{7}\u{1b}[31mred\u{1b}[35m\u{9b}35m\u{85}\u{7f}\u{202e}\u{2066}\u{200b}\u{ad}\u{e0041}\u{8}\n::error::forged\n ::add-mask::forged\r##[error]forged ##vso[task.complete]forged\u{c}";

/// The same without what ends a line, for formats of lines.
fn in_line() -> String {
    HOSTILE.replace(['\n', '\r', '\u{c}', '\u{85}'], "")
}

/// A home whose own path is hostile, with hostile files in it.
struct Hostile {
    directory: TempDir,
    home: PathBuf,
}

impl Hostile {
    fn new() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let home = directory.path().join(HOSTILE);
        fs::create_dir_all(home.join("bin")).unwrap();
        let hostile = Self { directory, home };
        std::os::unix::fs::symlink(ECRPASS, hostile.home.join("bin/docker-credential-ecr-login")).unwrap();
        hostile
    }

    fn write(&self, name: &str, text: impl AsRef<[u8]>) {
        let path = self.home.join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    /// Everything that can be written into files.
    fn furnished() -> Self {
        let here = Self::new();
        let line = in_line();
        let docker = serde_json::json!({
            "auths": {
                HOST: {"auth": expired_login()},
                format!("https://{HOST}/v2/"): {"auth": expired_login()},
                format!("{HOST}/{HOSTILE}"): {"auth": expired_login()},
                HOSTILE: {"auth": HOSTILE, "email": HOSTILE},
            },
            "credHelpers": {HOST: HOSTILE, HOSTILE: "ecr-login", "210987654321.dkr.ecr.eu-west-1.amazonaws.com": "talks"},
            "credsStore": HOSTILE,
            HOSTILE: HOSTILE,
        });
        here.write(".docker/config.json", docker.to_string());
        here.write("other/config.json", docker.to_string());
        here.write("broken.json", format!("{{\"auths\": {{\"{line}\": \n{line}"));
        here.write(
            ".aws/config",
            format!(
                "[default]\nregion = {line}\ncredential_process = {line}\n[profile {line}]\nsso_session = {line}\nsso_account_id = {line}\nsso_role_name = {line}\n[sso-session {line}]\nsso_start_url = {line}\nsso_region = {line}\n[profile b]\nrole_arn = {line}\nsource_profile = {line}\n[{line}\n{line} =\n"
            ),
        );
        here.write(
            ".aws/credentials",
            format!("[{line}]\naws_access_key_id = {line}\naws_secret_access_key = x\n"),
        );
        here.write(
            &format!("logs/{HOSTILE}.log"),
            format!(
                "pull of {HOST}/team/{HOSTILE} {line}\ndenied: Your authorization token has expired. Reauthenticate {line}\n{{\"log\":\"\\u001b[35mError: Get https://{HOST}/v2/: no basic auth credentials\\u001b]0;x\\u0007\\n::error::forged\"}}\nUser: arn:aws:sts::123456789012:assumed-role/{line}/x is not authorized to perform: ecr:BatchGetImage on resource: arn:aws:ecr:us-east-1:123456789012:repository/{line} because {line}\n\0\n"
            ),
        );
        here.write(&format!("logs/{HOSTILE}.gz"), b"\x1f\x8bnot gzip");
        here.write(&format!("files/{HOSTILE}.yaml"), compose());
        here.write(
            &format!("files/Dockerfile.{HOSTILE}"),
            format!("ARG A={line}\nFROM {HOST}/team/app:$A\nFROM {line}\n"),
        );
        here.write("bundle.json", format!("{{\"schema\":\"ecrpass/bundle/1\",\"{line}\":1}}"));
        here.write("schema.json", serde_json::json!({"schema": HOSTILE}).to_string());
        for (name, text) in [
            ("docker-credential-talks", "#!/bin/sh\ncat \"$0.words\"; cat \"$0.words\" >&2; exit 1\n"),
            ("docker", "#!/bin/sh\ncat \"$0.words\"; cat \"$0.words\" >&2; exit 1\n"),
            ("podman", "#!/bin/sh\necho podman version 5.0.0; cat \"$0.words\"; cat \"$0.words\" >&2\n"),
        ] {
            write_program(&here.home.join("bin").join(name), text);
            here.write(&format!("bin/{name}.words"), HOSTILE);
        }
        here
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(ECRPASS);
        let path = format!("{}:/usr/bin:/bin", self.home.join("bin").display());
        command.args(arguments).env_clear().env("HOME", &self.home).env("PATH", path);
        command.env("XDG_RUNTIME_DIR", self.home.join("run")).env("AWS_EC2_METADATA_DISABLED", "true");
        command.current_dir(&self.home).stdin(Stdio::null());
        command
    }

    /// The program by the helper's name.
    fn helper(&self, action: &str) -> Command {
        let like = self.command(&[]);
        let mut command = Command::new(self.home.join("bin/docker-credential-ecr-login"));
        command.env_clear().envs(like.get_envs().filter_map(|(name, value)| Some((name, value?))));
        self.write("host", HOST);
        command.arg(action).current_dir(&self.home).stdin(fs::File::open(self.home.join("host")).unwrap());
        command
    }

    /// Runs a command on a terminal and in pipes.
    fn check(&self, make: &dyn Fn() -> Command) {
        let command = make();
        let name = format!("{command:?}").chars().take(2000).collect::<String>();
        let (status, seen) = on_terminal(command);
        assert!(status.code().is_some_and(|code| code <= 3), "{name}: {status}: {seen}");
        assert_eq!(wrong_on_terminal(&seen), None, "{name}:\n{seen}");
        assert!(!seen.contains("\u{1b}[31mred"), "{name}: a forged style:\n{seen}");
        let output = make().output().unwrap();
        assert!(output.status.code().is_some_and(|code| code <= 3), "{name}: {}", output.status);
        let annotates = name.contains("\"github\"");
        for bytes in [output.stdout, output.stderr] {
            let text = String::from_utf8(bytes).unwrap();
            // Our own annotations are commands, of one line each.
            let ours = |line: &&str| {
                annotates
                    && ["::error title=", "::warning title=", "::notice title="]
                        .iter()
                        .any(|ours| line.starts_with(ours))
            };
            let text: Vec<&str> = text.split('\n').filter(|line| !ours(line)).collect();
            assert_eq!(wrong_in_pipe(&text.join("\n")), None, "{name}:\n{}", text.join("\n"));
        }
    }

    fn check_arguments(&self, arguments: &[&str]) {
        self.check(&|| self.command(arguments));
    }
}

fn compose() -> String {
    let line = serde_json::Value::String(HOSTILE.to_owned());
    let image = serde_json::Value::String(format!("{HOST}/team/{HOSTILE}:{HOSTILE}"));
    format!(
        "services:\n  a:\n    image: {image}\n  {line}:\n    image: {line}\n  c:\n    image: {HOST}/team/app:1\n  d:\n    image: $${{{}}}\n",
        in_line()
    )
}

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
        &["setup", "--from", "files", "--dry-run"],
        &["setup", "--from", "files", "--client", "kubelet"],
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
        &["token", HOST],
        &["login", HOST],
        &["local", "--storage", "broken.json"],
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
            &["doctor", "--offline", argument],
            &["doctor", "--offline", "--as", argument],
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
