//! A home in which everything is hostile, and what none of it may do to a terminal or a pipe.

#![allow(dead_code, clippy::unwrap_used)] // each test file uses its part of it; a test's way of failing

use std::fs;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use tempfile::TempDir;

use crate::common::{ECRPASS, HOST, expired_login, write_program};
use crate::terminal::{on_terminal, wrong_in_pipe, wrong_on_terminal};

/// A title, a bell, our own red and somebody else's colour, C1, DEL, a turned direction, nothing to see, lines that are
/// commands to GitHub and Azure, and a line that is written over.
pub const HOSTILE: &str = "x\u{1b}]0;owned\u{7}\u{1b}[31mred\u{1b}[35m\u{9b}35m\u{85}\u{7f}\u{202e}\u{2066}\u{200b}\u{ad}\u{e0041}\u{8}\n::error::forged\n ::add-mask::forged\r##[error]forged ##vso[task.complete]forged\u{c}";

/// The same without what ends a line, for formats of lines.
pub fn in_line() -> String {
    HOSTILE.replace(['\n', '\r', '\u{c}', '\u{85}'], "")
}

/// A home whose own path is hostile, with hostile files in it.
pub struct Hostile {
    pub directory: TempDir,
    pub home: PathBuf,
}

impl Hostile {
    pub fn new() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let home = directory.path().join(HOSTILE);
        fs::create_dir_all(home.join("bin")).unwrap();
        let hostile = Self { directory, home };
        std::os::unix::fs::symlink(ECRPASS, hostile.home.join("bin/docker-credential-ecr-login")).unwrap();
        hostile
    }

    pub fn write(&self, name: &str, text: impl AsRef<[u8]>) {
        let path = self.home.join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    /// Everything that can be written into files.
    pub fn furnished() -> Self {
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
        here.write("lifecycle.json", lifecycle().to_string());
        here.write(
            "kubelet.yaml",
            format!("apiVersion: {line}\nkind: CredentialProviderConfig\nproviders:\n- name: '{line}'\n  matchImages: ['{line}', 'h/*']\n  {line}: x\n"),
        );
        let pod = serde_json::json!({
            "apiVersion": "v1", "kind": "Pod", "metadata": {"name": HOSTILE, "namespace": HOSTILE},
            "spec": {"nodeName": HOSTILE, "imagePullSecrets": [{"name": HOSTILE}],
                "containers": [{"name": HOSTILE, "image": format!("{HOST}/team/{HOSTILE}")}]},
            "status": {"containerStatuses": [{"name": HOSTILE, "state": {"waiting": {"reason": "ErrImagePull",
                "message": format!("no basic auth credentials {HOSTILE}")}}}]},
        });
        here.write("pod.json", pod.to_string());
        let image = serde_json::json!({
            "registryId": HOSTILE, "repositoryName": HOSTILE, "imageDigest": HOSTILE, "imageTags": [HOSTILE], "imagePushedAt": 1,
        });
        let refused = serde_json::json!({
            "eventVersion": HOSTILE, "eventTime": "2026-11-24T10:00:00Z", "eventSource": "ecr.amazonaws.com",
            "eventName": HOSTILE, "awsRegion": HOSTILE, "sourceIPAddress": HOSTILE, "userAgent": HOSTILE, "eventID": HOSTILE,
            "errorCode": HOSTILE, "errorMessage": HOSTILE, "recipientAccountId": HOSTILE,
            "userIdentity": {"type": "IAMUser", "arn": HOSTILE, "accountId": HOSTILE, "accessKeyId": "AKIAIOSFODNN7EXAMPLE"},
            "requestParameters": {"repositoryName": HOSTILE}, "resources": [{"ARN": HOSTILE}],
        });
        let refused: Vec<_> = (0..30)
            .map(|minute| {
                let mut refused = refused.clone();
                refused["eventTime"] = format!("2026-11-24T10:{minute:02}:00Z").into();
                refused["eventID"] = format!("{HOSTILE}{minute}").into();
                refused
            })
            .collect();
        here.write(&format!("trail/{HOSTILE}.json"), serde_json::json!({"Records": refused}).to_string());
        here.write(&format!("trail/{HOSTILE}.txt"), HOSTILE);
        here.write(&format!("trail/cut{HOSTILE}.json"), format!("{{\"Records\":[{},", refused[0]));
        here.write("images.json", serde_json::json!({"imageDetails": [image]}).to_string());
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

    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(ECRPASS);
        let path = format!("{}:/usr/bin:/bin", self.home.join("bin").display());
        command.args(arguments).env_clear().env("HOME", &self.home).env("PATH", path);
        command.env("XDG_RUNTIME_DIR", self.home.join("run")).env("AWS_EC2_METADATA_DISABLED", "true");
        command.current_dir(&self.home).stdin(Stdio::null());
        command
    }

    /// The program by the helper's name.
    pub fn helper(&self, action: &str) -> Command {
        let like = self.command(&[]);
        let mut command = Command::new(self.home.join("bin/docker-credential-ecr-login"));
        command.env_clear().envs(like.get_envs().filter_map(|(name, value)| Some((name, value?))));
        self.write("host", HOST);
        command.arg(action).current_dir(&self.home).stdin(fs::File::open(self.home.join("host")).unwrap());
        command
    }

    /// Runs a command on a terminal and in pipes.
    pub fn check(&self, make: &dyn Fn() -> Command) {
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

    pub fn check_arguments(&self, arguments: &[&str]) {
        self.check(&|| self.command(arguments));
    }
}

/// A lifecycle policy with hostile names in it that expires everything.
fn lifecycle() -> serde_json::Value {
    let selection = serde_json::json!({
        "tagStatus": "tagged", "tagPatternList": ["*", format!("{HOSTILE}*")], "countType": "imageCountMoreThan", "countNumber": 0,
    });
    serde_json::json!({"rules": [
        {"rulePriority": 1, "description": HOSTILE, "selection": selection, "action": {"type": "expire"}},
    ]})
}

fn compose() -> String {
    let line = serde_json::Value::String(HOSTILE.to_owned());
    let image = serde_json::Value::String(format!("{HOST}/team/{HOSTILE}:{HOSTILE}"));
    format!(
        "services:\n  a:\n    image: {image}\n  {line}:\n    image: {line}\n  c:\n    image: {HOST}/team/app:1\n  d:\n    image: $${{{}}}\n",
        in_line()
    )
}
