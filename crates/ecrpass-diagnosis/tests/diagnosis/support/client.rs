//! What the client reads and sends: docker's configuration, the programs on `PATH`, a helper's answer. Files are read
//! and resolved by the code that reads and resolves them on a machine.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ecrpass_clients::client::files::understand;
use ecrpass_clients::client::{
    Client, ClientEnvironment as _, ClientEnvironmentInMemory, FileState, HelperReply, Operation, Request,
    Resolution, Supplier, resolve,
};
use ecrpass_clients::docker_config::{Dialect, DockerConfig, Format};
use ecrpass_clients::repair::KnownMachine;
use ecrpass_core::Secret;
use ecrpass_core::environment::OperatingSystem;
use ecrpass_diagnosis::facts::{
    ClientCredentials, Configuration, Daemon, Installed, Program, Resolved, Seen,
};
use ecrpass_json::Document;

use super::{Facts, NOW, registry, unknown};

const CONFIG: &str = "/home/ada/.docker/config.json";

/// A password shaped like ECR's, good until then.
pub fn ecr_password(expires_at: i64) -> String {
    let payload = "p".repeat(240);
    STANDARD.encode(format!(
        r#"{{"payload":"{payload}","datakey":"AQEBAH","version":"2","type":"DATA_KEY","expiration":{expires_at}}}"#
    ))
}

/// A docker configuration with one stored login.
pub fn stored_login(host: &str, username: &str, password: &str) -> String {
    let auth = STANDARD.encode(format!("{username}:{password}"));
    format!("{{\"auths\": {{\n  \"{host}\": {{\"auth\": \"{auth}\"}}\n}}}}")
}

impl Facts {
    /// docker's configuration is this text. What the client sends follows from it; a helper that is not installed
    /// fails, one that is answers as before.
    pub fn docker_config(self, text: &str) -> Self {
        let host = self.bundle.subjects[0].host.clone();
        let is_installed = |suffix: &str| !self.bundle.machine.lacks_helper(suffix);
        let known = KnownMachine {
            now: NOW,
            platform: OperatingSystem::Linux,
            is_installed: Some(&is_installed),
            registries: &[],
            public_used_in: None,
            delegate: None,
            previous_store: None,
            login: None,
        };
        let mut machine = ClientEnvironmentInMemory::default();
        machine.environment.variables.insert("HOME".to_owned(), "/home/ada".to_owned());
        machine.environment.files.insert(PathBuf::from(CONFIG), text.to_owned());
        for suffix in ["ecr-login", "desktop", "pass", "secretservice", "osxkeychain", "wincred"] {
            let reply = if is_installed(suffix) { HelperReply::NotAsked } else { HelperReply::Missing };
            machine.helpers.insert(suffix.to_owned(), reply);
        }
        let FileState::Text(shared) = machine.file(Path::new(CONFIG)) else { panic!("it was put there") };
        let read = understand(&machine, Path::new(CONFIG), Format::Current, Dialect::Go, &shared);
        let file = Configuration::of(CONFIG.to_owned(), true, read.as_deref(), &BTreeSet::new(), &known);
        let ask = |client| {
            let operation = Operation::Pull;
            let host = host.clone();
            resolve(
                &Request { host, repository: None, client, version: None, operation, configs: Vec::new() },
                &machine,
            )
        };
        let client = self.bundle.question.client.known().unwrap();
        let resolution = ask(client);
        let docker = (client != Client::Docker).then(|| ask(Client::Docker).outcome.into());
        let offered = offered(&resolution, text, &is_installed);
        let facts = self.change(|bundle| bundle.machine.configurations = vec![file]).subject(|subject| {
            subject.resolved = Some(Resolved::from(&resolution));
            subject.docker_outcome = docker;
            subject.helper_named = helper_named(text, &host, client);
        });
        match offered {
            Some(offered) if offered.username.is_none() => facts.nothing_to_log_in_with(offered),
            Some(offered) => facts.subject(|subject| subject.offered = Seen::Known(offered)),
            None => facts,
        }
    }

    /// The client has nothing to send: the registry refuses it, and everything after is asked for with a token of
    /// ecrpass's own, where there is one.
    pub fn nothing_to_log_in_with(self, offered: ClientCredentials) -> Self {
        let uses_daemon = self.bundle.question.client.known().is_some_and(Client::uses_docker_daemon);
        self.subject(|subject| {
            subject.offered = Seen::Known(offered);
            if uses_daemon {
                subject.daemon_login = unknown("there are no credentials to log in with");
                subject.daemon_manifest =
                    Seen::Known(registry::response(401, "", "no basic auth credentials"));
            }
            subject.login = Seen::Known(registry::response(401, "", "Not Authorized"));
            let has_token = subject.token.known().is_some_and(|call| call.answer.is_some());
            subject.own_token = has_token;
            if !has_token {
                const WHY: &str = "there are no credentials to ask with";
                subject.manifest = unknown(WHY);
                subject.layer = unknown(WHY);
                subject.upload = unknown(WHY);
                subject.network.retain(|path| path.host.contains(".ecr"));
                subject.platforms.clear();
                subject.permissions.clear();
                subject.repository_facts = unknown("no answer within 15 s");
            }
        })
    }

    /// A helper answers with this complaint, as docker hands it on.
    pub fn helper_failed(self, complaint: &str) -> Self {
        self.nothing_to_log_in_with(ClientCredentials::refused(complaint.to_owned()))
    }

    /// The file cannot be read.
    pub fn config_unreadable(self, why: &str) -> Self {
        self.change(|bundle| {
            let file = &mut bundle.machine.configurations[0];
            file.unreadable = Some(why.to_owned());
            file.problems.clear();
            file.hosts.clear();
        })
    }

    /// Another file, which this client does not read, has a login for the registry.
    pub fn login_elsewhere(self, path: &str) -> Self {
        let host = self.bundle.subjects[0].host.clone();
        self.change(|bundle| {
            bundle
                .machine
                .configurations
                .push(Configuration { hosts: vec![host], ..Configuration::new(path.to_owned(), false) });
        })
    }

    /// A program was looked for, and these files of its name are on `PATH`.
    pub fn program(self, name: &str, installed: Vec<Installed>) -> Self {
        self.change(|bundle| {
            bundle.machine.programs.retain(|program| program.name != name);
            bundle.machine.programs.push(Program { name: name.to_owned(), installed, elsewhere: None });
        })
    }

    /// The docker daemon does not answer.
    pub fn daemon_unreachable(self, why: &str) -> Self {
        self.change(|bundle| {
            bundle.machine.daemon = Seen::Known(Daemon {
                address: "unix:///var/run/docker.sock".to_owned(),
                unreachable: Some(why.to_owned()),
                ..Daemon::default()
            });
        })
        .subject(|subject| {
            subject.daemon_login = unknown(why);
            subject.daemon_manifest = unknown("no answer within 15 s");
        })
    }
}

/// A file on `PATH`.
pub fn installed(path: &str) -> Installed {
    Installed {
        path: path.to_owned(),
        executable: true,
        architecture: Some("amd64".to_owned()),
        ..Installed::default()
    }
}

trait Lacks {
    fn lacks_helper(&self, suffix: &str) -> bool;
}

impl Lacks for ecrpass_diagnosis::facts::MachineFacts {
    fn lacks_helper(&self, suffix: &str) -> bool {
        let program = self.program(&format!("docker-credential-{suffix}"));
        program.and_then(Program::first).is_none()
    }
}

/// What is sent; none where a helper that is there answers.
fn offered(
    resolution: &Resolution,
    text: &str,
    is_installed: &dyn Fn(&str) -> bool,
) -> Option<ClientCredentials> {
    match resolution.outcome {
        Supplier::Helper | Supplier::Store => {
            let suffix = resolution.helper.clone().unwrap_or_default();
            let line = format!("docker-credential-{suffix}: docker-credential-{suffix} is not on PATH");
            (!is_installed(&suffix)).then(|| ClientCredentials::refused(line))
        }
        Supplier::Auths => {
            let document = Document::parse(text).unwrap();
            let config = DockerConfig::read(&document, Format::Current);
            let entry = config
                .auths_in_force()
                .find(|entry| Some(document.place(entry.span.start)) == resolution.place)
                .unwrap();
            let (username, password) = entry.credentials.decoded().ok().flatten().unwrap();
            Some(ClientCredentials::of(&username, &Secret::new(password.expose().to_owned())))
        }
        Supplier::Error => Some(ClientCredentials::refused(resolution.summary.clone())),
        Supplier::Anonymous | Supplier::Environment | Supplier::Unknown => Some(ClientCredentials::default()),
    }
}

/// As the collector has it: podman and its like know no store for all registries.
fn helper_named(text: &str, host: &str, client: Client) -> Option<String> {
    let stores = !matches!(client, Client::Podman | Client::Skopeo | Client::Buildah);
    let document = Document::parse(text).ok()?;
    let config = DockerConfig::read(&document, Format::Current);
    match config.helper_for(host) {
        Some(entry) => Some(entry.helper.clone()),
        None => config.creds_store.filter(|_| stores).map(|store| store.helper),
    }
}
