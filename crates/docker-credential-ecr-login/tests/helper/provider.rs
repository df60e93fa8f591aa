//! The helper as the kubelet's credential provider: a node, its role, and what the kubelet would make of an answer.

use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::os::unix::fs::symlink;
use std::path::PathBuf;
use std::process::{Child, Command};

use base64::Engine as _;
use serde::Deserialize;

use crate::world::{Run, World, finish, helper, start};

/// The version that requests have when nothing else is said.
pub const V1: &str = "credentialprovider.kubelet.k8s.io/v1";

/// A registry in a region that no variable names.
pub const WEST: &str = "123456789012.dkr.ecr.us-west-2.amazonaws.com";

/// What the kubelet decodes, as strictly as it does.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Answer {
    pub kind: String,
    pub api_version: String,
    pub cache_key_type: String,
    pub cache_duration: String,
    pub auth: BTreeMap<String, Login>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Login {
    pub username: String,
    pub password: String,
}

impl Answer {
    /// The one login, under the one key.
    pub fn login(&self) -> (&str, &str) {
        let [(host, login)] = self.auth.iter().collect::<Vec<_>>().try_into().unwrap();
        assert_eq!(login.username, "AWS");
        (host, &login.password)
    }

    pub fn password(&self) -> String {
        self.login().1.to_owned()
    }

    /// The duration in seconds; Go's form.
    pub fn seconds(&self) -> i64 {
        let mut total = 0;
        let mut rest = self.cache_duration.as_str();
        while !rest.is_empty() {
            let end = rest.find(|c: char| !c.is_ascii_digit()).unwrap();
            let number: i64 = rest[..end].parse().unwrap();
            total += number
                * match &rest[end..=end] {
                    "h" => 3600,
                    "m" => 60,
                    "s" => 1,
                    other => panic!("{other} in {}", self.cache_duration),
                };
            rest = &rest[end + 1..];
        }
        total
    }
}

/// A node whose role the metadata service gives out.
pub struct Node {
    pub world: World,
    program: PathBuf,
}

impl Node {
    pub fn new() -> Self {
        let mut world = World::without_credentials();
        world.unset("AWS_EC2_METADATA_DISABLED");
        Self::of(world)
    }

    pub fn of(world: World) -> Self {
        let program = world.path("ecr-credential-provider");
        symlink(helper(), &program).unwrap();
        Self { world, program }
    }

    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(&self.program);
        command.args(arguments);
        self.world.surround(command)
    }

    /// A call with that on standard input.
    pub fn call(&self, arguments: &[&str], input: &[u8]) -> Run {
        finish(start(self.command(arguments), input))
    }

    pub fn start(&self, image: &str) -> Child {
        start(self.command(&[]), request(image).to_string().as_bytes())
    }

    pub fn ask(&self, request: &serde_json::Value) -> Run {
        self.call(&[], request.to_string().as_bytes())
    }

    /// The answer for an image, which has to be a token that the registry takes, for no longer than it lives.
    pub fn answer(&self, image: &str) -> Answer {
        let answer = answer(&self.ask(&request(image)));
        self.judge(&answer);
        answer
    }

    /// Holds an answer with a token to what the kubelet may rely on.
    pub fn judge(&self, answer: &Answer) {
        let (_, password) = answer.login();
        let (_, until) = self.world.ecr.issued_to(password).unwrap();
        let half = (until - self.world.ecr.now()) / 2;
        let seconds = answer.seconds();
        assert!(seconds > 0 && seconds <= half + 1 && seconds <= 3600, "{seconds} of {half}");
        assert_eq!(answer.kind, "CredentialProviderResponse");
    }

    /// Who asked for the last token.
    pub fn principal(&self) -> String {
        let calls = self.world.ecr.calls();
        let last = calls.iter().rev().find(|call| call.operation == "GetAuthorizationToken").unwrap();
        last.principal.clone().unwrap_or_default()
    }

    /// What the registry of a host answers to a login.
    pub fn status(&self, host: &str, path: &str, password: &str) -> u16 {
        let mut stream = TcpStream::connect(self.world.ecr.registry_address()).unwrap();
        let login = base64::engine::general_purpose::STANDARD.encode(format!("AWS:{password}"));
        write!(
            stream,
            "GET {path} HTTP/1.1\r\nHost: {host}\r\nAuthorization: Basic {login}\r\nConnection: close\r\n\r\n"
        )
        .unwrap();
        let mut text = String::new();
        stream.read_to_string(&mut text).unwrap();
        text.split(' ').nth(1).unwrap().parse().unwrap()
    }
}

/// A request of the kubelet's.
pub fn request(image: &str) -> serde_json::Value {
    serde_json::json!({"kind": "CredentialProviderRequest", "apiVersion": V1, "image": image})
}

/// What a successful call printed.
pub fn answer(run: &Run) -> Answer {
    assert_eq!(run.code, Some(0), "stdout: {}\nstderr: {}", run.stdout, run.stderr);
    serde_json::from_str(&run.stdout).unwrap_or_else(|error| panic!("{error}: {}", run.stdout))
}

/// The cause of a call that failed: one line where the kubelet reads it, and nothing where it wants an answer.
pub fn slug(run: &Run) -> String {
    assert_eq!((run.code, run.stdout.as_str()), (Some(1), ""), "{}", run.stderr);
    assert_eq!(run.stderr.trim_end().lines().count(), 1, "{}", run.stderr);
    assert!(run.stderr.contains("] ") && run.stderr.contains(" Next: "), "{}", run.stderr);
    run.stderr.split_once('[').unwrap().1.split(']').next().unwrap().to_owned()
}
