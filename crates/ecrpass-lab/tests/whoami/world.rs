//! What the world gives to homes: a key for each place, roles, sign-ins; and what `whoami` says of a home.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, Result};
use ecrpass_lab::Lab;
use ecrpass_local::{AccessKey, DEFAULT_ACCOUNT, DEPLOY_ROLE, INSTANCE_ROLE, Policy, Role};
use serde_json::Value;
use tempfile::TempDir;

use crate::home::{Home, Instance};

pub const ACCOUNT: &str = DEFAULT_ACCOUNT;

pub struct World<'a> {
    lab: &'a Lab,
    keys: RefCell<BTreeMap<String, AccessKey>>,
}

/// A home that was made, and the environment of a process in it.
pub struct Made {
    _directory: TempDir,
    pub home: PathBuf,
    pub environment: Vec<(String, String)>,
}

impl<'a> World<'a> {
    pub fn new(lab: &'a Lab) -> Result<Self> {
        for name in ["one", "two"] {
            lab.ecr.add_role(Role::new(ACCOUNT, name));
        }
        anyhow::ensure!(lab.ecrpass.is_file(), "there is no ecrpass: cargo build --workspace --bin ecrpass");
        Ok(Self { lab, keys: RefCell::default() })
    }

    /// Sets up what is not in the home itself.
    pub fn prepare(&self, home: &Home) {
        let role = (home.instance != Instance::NoRole).then_some((ACCOUNT, INSTANCE_ROLE));
        self.lab.ecr.set_instance_role(role);
    }

    /// The key of that name: a user's, or where it begins with `session` a session's of the role `one`.
    fn key(&self, name: &str) -> AccessKey {
        let mut keys = self.keys.borrow_mut();
        let make = || match name.strip_prefix("session") {
            Some(_) => {
                let lifetime = if name.ends_with("over") { -60 } else { 3600 };
                let role = self.lab.ecr.role_arn(ACCOUNT, "one");
                self.lab.ecr.issue_session(&role, name, lifetime).expect("the role is there")
            }
            None => self.lab.ecr.add_user(ACCOUNT, name, Policy::allow_all()),
        };
        keys.entry(name.to_owned()).or_insert_with(make).clone()
    }

    /// Writes a home.
    pub fn make(&self, home: &Home) -> Result<Made> {
        let directory = tempfile::Builder::new().prefix("aws").tempdir_in(&self.lab.directory)?;
        let path = directory.path().display().to_string();
        for (name, text) in &home.files {
            let file = directory.path().join(name);
            fs::create_dir_all(file.parent().context("no parent")?)?;
            fs::write(&file, self.filled(text, &path))?;
            if name.starts_with("bin/") {
                fs::set_permissions(&file, fs::Permissions::from_mode(0o755))?;
            }
        }
        let mut environment = vec![
            ("HOME".to_owned(), path.clone()),
            ("PATH".to_owned(), format!("{path}/bin:/usr/bin:/bin")),
            ("LANG".to_owned(), "C.UTF-8".to_owned()),
            ("PYTHONUTF8".to_owned(), "1".to_owned()),
            ("AWS_CA_BUNDLE".to_owned(), self.lab.directory.join("ca.pem").display().to_string()),
            ("AWS_MAX_ATTEMPTS".to_owned(), "1".to_owned()),
        ];
        if home.instance == Instance::Off {
            environment.push(("AWS_EC2_METADATA_DISABLED".to_owned(), "true".to_owned()));
        }
        let region = |(name, _): &(String, String)| name.ends_with("_REGION") || name == "WITHOUT_REGION";
        if !home.variables.iter().any(region) {
            environment.push(("AWS_REGION".to_owned(), "us-east-1".to_owned()));
            environment.push(("AWS_DEFAULT_REGION".to_owned(), "us-east-1".to_owned()));
        }
        for (name, value) in &home.variables {
            environment.retain(|(other, _)| other != name);
            environment.push((name.clone(), self.filled(value, &path)));
        }
        Ok(Made { home: directory.path().to_owned(), _directory: directory, environment })
    }

    /// A text with all names filled in.
    fn filled(&self, text: &str, home: &str) -> String {
        let mut filled = String::new();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once("{{") {
            let (name, after) = after.split_once("}}").expect("a name ends");
            filled.push_str(before);
            filled.push_str(&self.value(name, home));
            rest = after;
        }
        filled + rest
    }

    fn value(&self, name: &str, home: &str) -> String {
        let (kind, of) = name.split_once(' ').unwrap_or((name, ""));
        let ecr = &self.lab.ecr;
        match kind {
            "home" => home.to_owned(),
            "id" => self.key(of).id,
            "secret" => self.key(of).secret.expose().to_owned(),
            "token" => self.key(of).session_token.map(|token| token.expose().to_owned()).unwrap_or_default(),
            "key" => format!(
                "aws_access_key_id = {}\naws_secret_access_key = {}\n",
                self.value(&format!("id {of}"), home),
                self.value(&format!("secret {of}"), home)
            ),
            "role" => ecr.role_arn(ACCOUNT, of),
            "deploy" => ecr.role_arn(ACCOUNT, DEPLOY_ROLE),
            "account" => ACCOUNT.to_owned(),
            "web-identity" => {
                ecr.web_identity_token("system:serviceaccount:default:app", 3600).expose().to_owned()
            }
            "container" => ecr.container_credentials_relative_uri(),
            "sso" | "sso-over" => {
                let lifetime = if kind == "sso" { 3600 } else { -60 };
                let start = "https://corp.example/start";
                ecr.sso_sign_in(of, start, lifetime, false).content.expose().to_owned()
            }
            "process" => format!(
                "{{\"Version\":1,\"AccessKeyId\":\"{}\",\"SecretAccessKey\":\"{}\"}}",
                self.value("id process", home),
                self.value("secret process", home)
            ),
            "login" | "login-over" => {
                let end = if kind == "login" { "2999-01-01T00:00:00Z" } else { "2020-01-01T00:00:00Z" };
                format!(
                    "{{\"accessToken\":{{\"accessKeyId\":\"{}\",\"secretAccessKey\":\"{}\",\"sessionToken\":\"{}\",\"accountId\":\"{ACCOUNT}\",\"expiresAt\":\"{end}\"}},\"tokenType\":\"aws_sigv4\",\"refreshToken\":\"r\",\"idToken\":\"i\",\"clientId\":\"arn:aws:signin:::devtools/same-device\",\"dpopKey\":\"{}\"}}",
                    self.value("id session-login", home),
                    self.value("secret session-login", home),
                    self.value("token session-login", home),
                    DPOP.replace('\n', "\\n"),
                )
            }
            _ => panic!("nothing is called {name}"),
        }
    }

    /// What `whoami` says of a tool in a home.
    pub fn predict(&self, made: &Made, tool: &str) -> Result<Value> {
        let output = Command::new(&self.lab.ecrpass)
            .args(["whoami", "--format", "json"])
            .env_clear()
            .envs(made.environment.iter().cloned())
            .current_dir(&made.home)
            .output()?;
        let report: Value = serde_json::from_slice(&output.stdout)
            .with_context(|| String::from_utf8_lossy(&output.stderr).into_owned())?;
        let tools = report["tools"].as_array().context("no tools")?;
        tools.iter().find(|row| row["tool"] == tool).cloned().context("not such a tool")
    }
}

/// A key that signs proofs of possession; of nobody.
const DPOP: &str = "-----BEGIN EC PRIVATE KEY-----\nMHcCAQEEIFDZHUzOG1Pzq+6F0mjMlOSp1syN9LRPBuHMoCFXTcXhoAoGCCqGSM49\nAwEHoUQDQgAE9qhj+KtcdHj1kVgwxWWWw++tqoh7H7UHs7oXh8jBbgF47rrYGC+t\ndjiIaHK3dBvvdE7MGj5HsepzLm3Kj91bqA==\n-----END EC PRIVATE KEY-----\n";
