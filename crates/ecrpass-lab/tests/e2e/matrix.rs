//! The truth of the client models: configurations of every kind are given to the real clients, the registry notes who
//! comes knocking, and `resolve` must have predicted it, every time.

mod configuration;
mod configurations;

use std::collections::BTreeSet;
use std::path::Path;

use anyhow::{Context, Result, bail, ensure};
use ecrpass_clients::client::{
    Client, ClientEnvironmentInMemory, HelperReply, Operation, Request, Sent, Supplier, Version, resolve,
};
use ecrpass_core::environment::Environment;
use ecrpass_lab::{HOST, Lab, Session};

use self::configuration::{Behaviour, Configuration};
use self::configurations::{docker_family, podman_family};
use crate::clients::load;
use crate::moto::python;
use crate::test::Test;

pub const TESTS: &[Test] = &[
    ("resolve_predicts_docker", resolve_predicts_docker),
    ("resolve_predicts_docker_py", resolve_predicts_docker_py),
    ("resolve_predicts_podman_skopeo_and_buildah", resolve_predicts_podman_skopeo_and_buildah),
];

const REPOSITORY: &str = "team/app";

fn image() -> String {
    format!("{HOST}/{REPOSITORY}:matrix")
}

fn resolve_predicts_docker(lab: &Lab) -> Result<()> {
    load(&Session::new(lab)?, &image())?;
    let version = version(lab, "docker --version")?;
    let mut runs = Runs::new(lab);
    let commands = [
        (Operation::Pull, format!("docker pull {HOST}/{REPOSITORY}:absent")),
        (Operation::Push, format!("docker push {}", image())),
        (Operation::Create, format!("docker create {HOST}/{REPOSITORY}:absent")),
        (Operation::Build, "DOCKER_BUILDKIT=0 docker build context".to_owned()),
    ];
    for configuration in docker_family() {
        for (operation, command) in &commands {
            runs.compare(Client::Docker, version, *operation, &configuration, command)?;
        }
    }
    runs.end(120)
}

fn resolve_predicts_docker_py(lab: &Lab) -> Result<()> {
    let script = format!(
        "import docker\ntry:\n  docker.from_env().images.pull('{HOST}/{REPOSITORY}', tag='absent')\nexcept Exception as e:\n  raise SystemExit(str(e))\n"
    );
    let mut runs = Runs::new(lab);
    for configuration in docker_family() {
        let command = format!("{} -c \"{script}\"", python()?.display());
        runs.compare(Client::DockerPy, None, Operation::Pull, &configuration, &command)?;
    }
    runs.end(30)
}

fn resolve_predicts_podman_skopeo_and_buildah(lab: &Lab) -> Result<()> {
    let mut runs = Runs::new(lab);
    let absent = format!("{HOST}/{REPOSITORY}:absent");
    for (client, command) in [
        (Client::Podman, format!("podman pull {absent}")),
        (Client::Skopeo, format!("skopeo inspect docker://{absent}")),
        (Client::Buildah, format!("buildah pull {absent}")),
    ] {
        let version = version(lab, &format!("{} --version", client.id()))?;
        for configuration in docker_family().into_iter().chain(podman_family()) {
            runs.compare(client, version, Operation::Pull, &configuration, &command)?;
        }
    }
    runs.end(100)
}

fn version(lab: &Lab, command: &str) -> Result<Option<Version>> {
    let run = Session::new(lab)?.sh(command)?;
    Ok(Some(Version::find(&run.stdout).with_context(|| format!("{command} says {}", run.stdout))?))
}

/// The comparisons made so far, and those that came out wrong.
struct Runs<'a> {
    lab: &'a Lab,
    count: usize,
    wrong: Vec<String>,
}

impl<'a> Runs<'a> {
    fn new(lab: &'a Lab) -> Self {
        Self { lab, count: 0, wrong: Vec::new() }
    }

    /// Runs one command under one configuration and compares what the registry saw with what was predicted.
    fn compare(
        &mut self,
        client: Client,
        version: Option<Version>,
        operation: Operation,
        configuration: &Configuration,
        command: &str,
    ) -> Result<()> {
        let mut session = Session::new(self.lab)?;
        session.write("context/Dockerfile", &format!("FROM {HOST}/{REPOSITORY}:absent\n"))?;
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
        if operation == Operation::Build {
            machine.environment.variables.insert("DOCKER_BUILDKIT".to_owned(), "0".to_owned());
        }
        ensure!(machine.environment.home().as_deref() == Some(Path::new(&home)));
        let resolution = resolve(
            &Request {
                repository: Some(REPOSITORY.to_owned()),
                version,
                operation,
                ..Request::new(client, HOST)
            },
            &machine,
        );
        self.lab.ecr.clear_calls();
        let run = session.sh(command)?;
        let calls = self.lab.ecr.calls();
        let asked = calls.iter().any(|call| call.service == "registry");
        let users: BTreeSet<String> = calls.into_iter().filter_map(|call| call.user).collect();
        let seen = match (asked, users.len()) {
            (false, _) => "the registry was not asked".to_owned(),
            (true, 0) => "nobody".to_owned(),
            _ => users.iter().map(|user| format!("{user:?}")).collect::<Vec<_>>().join(" and "),
        };
        let single = users.iter().next().filter(|_| users.len() == 1);
        let right = match (&resolution.sent, resolution.outcome) {
            (_, Supplier::Error) => !asked,
            (Sent::Nothing, _) => asked && users.is_empty(),
            (Sent::EmptyBasic, _) => single.is_some_and(String::is_empty),
            (Sent::Basic(predicted), _) => single.is_some_and(|user| predicted.contains(user)),
            (Sent::HelpersAnswer, _) => false,
        };
        self.count += 1;
        if !right {
            self.wrong.push(format!(
                "{client} {} with {}: seen {seen}, predicted {:?} {:?}\n{}",
                operation.id(),
                configuration.name,
                resolution.outcome,
                resolution.sent,
                run.text().trim(),
            ));
        }
        Ok(())
    }

    fn end(self, least: usize) -> Result<()> {
        eprintln!("  {} real runs compared, {} predicted wrongly", self.count, self.wrong.len());
        if !self.wrong.is_empty() {
            bail!("{} of {} wrong:\n\n{}", self.wrong.len(), self.count, self.wrong.join("\n\n"));
        }
        ensure!(self.count >= least, "only {} comparisons were made", self.count);
        Ok(())
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
