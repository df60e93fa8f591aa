//! One real client under one configuration at a time: what the registry saw beside what `resolve` predicted.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail, ensure};
use ecrpass_clients::client::{
    Client, ClientEnvironmentInMemory, HelperReply, Operation, Request, Resolution, Sent, Supplier, Version,
    resolve,
};
use ecrpass_core::environment::Environment;
use ecrpass_lab::{HOST, Lab, Run, Session};

use super::REPOSITORY;
use super::configuration::{Behaviour, Configuration};

/// A client, and how it is made to ask the registry.
pub struct Subject {
    pub client: Client,
    /// `None` for the newest.
    pub version: Option<Version>,
    pub operation: Operation,
    /// The command line.
    pub command: String,
    /// Files of the home to be read in place of the client's own.
    pub configs: Vec<&'static str>,
    /// What it says when it has no credentials, for a client that asks the registry before it looks for any: an error in
    /// that search cannot be told from finding nothing by what the registry saw.
    pub empty_handed: &'static [&'static str],
    /// Whether it tries several credentials in turn; the first is what counts.
    pub tries_in_turn: bool,
}

impl Subject {
    /// A client that pulls, and looks for credentials before it asks.
    pub fn new(client: Client, command: impl Into<String>) -> Self {
        Self {
            client,
            version: None,
            operation: Operation::Pull,
            command: command.into(),
            configs: Vec::new(),
            empty_handed: &[],
            tries_in_turn: false,
        }
    }
}

/// The comparisons made so far, and those that came out wrong.
pub struct Runs<'a> {
    lab: &'a Lab,
    count: usize,
    wrong: Vec<String>,
}

impl<'a> Runs<'a> {
    pub fn new(lab: &'a Lab) -> Self {
        Self { lab, count: 0, wrong: Vec::new() }
    }

    /// Runs a client under a configuration.
    pub fn compare(&mut self, subject: &Subject, configuration: &Configuration) -> Result<()> {
        let mut session = Session::new(self.lab)?;
        session.write("context/Dockerfile", &format!("FROM {HOST}/{REPOSITORY}:absent\n"))?;
        let machine = set_up(&mut session, subject, configuration)?;
        let resolution = resolve(
            &Request {
                repository: Some(REPOSITORY.to_owned()),
                version: subject.version,
                operation: subject.operation,
                configs: subject.configs.iter().map(|name| session.path(name)).collect(),
                ..Request::new(subject.client, HOST)
            },
            &machine,
        );
        self.lab.ecr.clear_calls();
        let run = session.sh(&subject.command)?;
        let seen = Seen::by(self.lab, subject);
        self.count += 1;
        if !seen.is_as_predicted(&resolution, subject, &run) {
            self.wrong.push(format!(
                "{} {} with {}: seen {}, predicted {:?} {:?}: {}\n{}",
                subject.client,
                subject.operation.id(),
                configuration.name,
                seen.words(),
                resolution.outcome,
                resolution.sent,
                resolution.summary,
                run.text().trim(),
            ));
        }
        Ok(())
    }

    pub fn end(self, least: usize) -> Result<()> {
        eprintln!("  {} real runs compared, {} predicted wrongly", self.count, self.wrong.len());
        if !self.wrong.is_empty() {
            bail!("{} of {} wrong:\n\n{}", self.wrong.len(), self.count, self.wrong.join("\n\n"));
        }
        ensure!(self.count >= least, "only {} comparisons were made", self.count);
        Ok(())
    }
}

/// Writes a configuration into a home, and the same into a made-up machine for the model.
fn set_up(
    session: &mut Session<'_>,
    subject: &Subject,
    configuration: &Configuration,
) -> Result<ClientEnvironmentInMemory> {
    let mut machine = ClientEnvironmentInMemory::default();
    let home = session.path("");
    let home = home.to_str().context("no path")?.trim_end_matches('/').to_owned();
    for (name, text) in configuration.files() {
        let path = session.write(&name, &text)?;
        machine.environment.files.insert(path, text);
    }
    for (name, value) in &configuration.variables {
        session.set(name, &value.replace("{home}", &home));
    }
    for (suffix, behaviour) in &configuration.helpers {
        session.script(&format!("bin/docker-credential-{suffix}"), &behaviour.script(suffix))?;
        machine.helpers.insert((*suffix).to_owned(), behaviour.answer(suffix));
        if let Some(keys) = behaviour.list() {
            machine.lists.insert((*suffix).to_owned(), keys);
        }
    }
    for program in &configuration.programs {
        session.script(&format!("bin/{program}"), "#!/bin/sh\n")?;
        machine.environment.programs.push(format!("/bin/{program}").into());
    }
    machine.environment.variables = session.environment().into_iter().collect();
    if subject.command.starts_with("DOCKER_BUILDKIT=0 ") {
        machine.environment.variables.insert("DOCKER_BUILDKIT".to_owned(), "0".to_owned());
    }
    ensure!(machine.environment.home().as_deref() == Some(Path::new(&home)));
    Ok(machine)
}

/// What the registry saw of a run.
struct Seen {
    /// Whether anybody asked it.
    asked: bool,
    /// The users that were sent.
    users: BTreeSet<String>,
}

impl Seen {
    fn by(lab: &Lab, subject: &Subject) -> Self {
        let calls = lab.ecr.calls();
        let asked = calls.iter().any(|call| call.service == "registry");
        let users = calls.into_iter().filter_map(|call| call.user);
        let users = if subject.tries_in_turn { users.take(1).collect() } else { users.collect() };
        Self { asked, users }
    }

    fn words(&self) -> String {
        match (self.asked, self.users.len()) {
            (false, _) => "the registry was not asked".to_owned(),
            (true, 0) => "nobody".to_owned(),
            _ => self.users.iter().map(|user| format!("{user:?}")).collect::<Vec<_>>().join(" and "),
        }
    }

    fn is_as_predicted(&self, resolution: &Resolution, subject: &Subject, run: &Run) -> bool {
        let single = self.users.iter().next().filter(|_| self.users.len() == 1);
        let says_it = subject.empty_handed.iter().any(|text| run.text().contains(text));
        match (&resolution.sent, resolution.outcome) {
            (_, Supplier::Error) if subject.empty_handed.is_empty() => !self.asked,
            (_, Supplier::Error) => self.users.is_empty() && !run.success && !says_it,
            (Sent::Nothing, _) => {
                self.asked && self.users.is_empty() && (subject.empty_handed.is_empty() || says_it)
            }
            (Sent::EmptyBasic, _) => single.is_some_and(String::is_empty),
            (Sent::Basic(predicted), _) => single.is_some_and(|user| predicted.contains(user)),
            (Sent::HelpersAnswer, _) => false,
        }
    }
}

/// What a helper of that kind means to the model.
impl Behaviour {
    fn answer(self, suffix: &str) -> HelperReply {
        match self {
            Self::Answers => HelperReply::Credentials(format!("helper-{suffix}")),
            Self::NotFound => HelperReply::NotFound,
            Self::Blank => HelperReply::Blank,
            Self::Fails => HelperReply::Failed("cannot".to_owned()),
            Self::NoJson => HelperReply::Failed("no JSON".to_owned()),
            Self::IdentityToken => HelperReply::IdentityToken,
        }
    }
}

/// A client that `cargo xtask ci --only end-to-end` built for this.
pub fn built_client(name: &str) -> Result<PathBuf> {
    let directories = std::env::var_os("ECRPASS_LAB_CLIENTS").unwrap_or_default();
    std::env::split_paths(&directories)
        .map(|directory| directory.join(name))
        .find(|path| path.is_file())
        .with_context(|| format!("{name} is in no directory of ECRPASS_LAB_CLIENTS; `cargo xtask ci --only end-to-end` builds it, or `end-to-end-full`"))
}
