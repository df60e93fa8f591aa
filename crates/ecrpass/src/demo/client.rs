//! The client of the tour: docker, podman or skopeo when one can be used here, else one of our own.

use std::process::{Command, Stdio};
use std::time::Duration;

use ecrpass_core::environment::Environment;

use super::builtin;
use super::outcome::Run;
use super::process::{self, Interrupt, PATIENCE};
use super::stage::Stage;
use crate::error::CommandError;
use crate::render::ui::Ui;

/// How long a client may take to show that it can be used.
const PROBE_PATIENCE: Duration = Duration::from_secs(10);

/// What can be asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Choice {
    /// The docker CLI and its daemon
    Docker,
    /// podman
    Podman,
    /// skopeo
    Skopeo,
    /// A small built-in client, with docker's wording
    Builtin,
}

impl Choice {
    /// As it is typed.
    pub fn name(self) -> &'static str {
        match self {
            Self::Docker => "docker",
            Self::Podman => "podman",
            Self::Skopeo => "skopeo",
            Self::Builtin => "the built-in client",
        }
    }
}

/// The client in use.
pub struct Client {
    choice: Choice,
    version: String,
    /// The daemon's address, which a temporary docker configuration does not know.
    docker_host: Option<String>,
    patience: Duration,
    interrupt: Interrupt,
}

impl Client {
    /// The client asked for, or the first that works here.
    ///
    /// # Errors
    /// When the one asked for does not.
    pub fn choose(
        environment: &dyn Environment,
        choice: Option<Choice>,
        stage: &Stage,
        interrupt: &Interrupt,
        ui: &mut Ui,
    ) -> Result<Self, CommandError> {
        if let Some(choice) = choice {
            return Self::probe(environment, choice, stage, interrupt).map_err(|why| {
                CommandError::could_not_run(
                    format!("{} cannot be used for the tour: {why}.", choice.name()),
                    "ecrpass demo --client builtin",
                )
            });
        }
        for choice in [Choice::Docker, Choice::Podman, Choice::Skopeo] {
            match Self::probe(environment, choice, stage, interrupt) {
                Ok(client) => return Ok(client),
                Err(why) => ui.note(&format!("(not with {}: {why})", choice.name())),
            }
            interrupt.check()?;
        }
        Ok(Self::new(Choice::Builtin, interrupt))
    }

    fn new(choice: Choice, interrupt: &Interrupt) -> Self {
        Self {
            choice,
            version: String::new(),
            docker_host: None,
            patience: PROBE_PATIENCE,
            interrupt: interrupt.clone(),
        }
    }

    /// Tries the client: it must be there and must reach the registry.
    fn probe(
        environment: &dyn Environment,
        choice: Choice,
        stage: &Stage,
        interrupt: &Interrupt,
    ) -> Result<Self, String> {
        let mut client = Self::new(choice, interrupt);
        let Some(program) = client.program() else { return Ok(client) };
        if environment.on_path(program).is_none() {
            return Err("it is not on PATH".to_owned());
        }
        client.version = first_line(Command::new(program).arg("--version")).unwrap_or_default();
        if choice == Choice::Docker {
            // Asked with the user's own configuration: contexts name other sockets.
            client.docker_host = environment.var("DOCKER_HOST").or_else(|| {
                first_line(Command::new("docker").args([
                    "context",
                    "inspect",
                    "--format",
                    "{{.Endpoints.docker.Host}}",
                ]))
            });
            let version = client.run(stage, &["version"], None).map_err(|error| error.to_string())?;
            if !version.success {
                return Err("its daemon does not answer".to_owned());
            }
        }
        let pull = client.pull(stage).map_err(|error| error.to_string())?;
        let reached = stage.ecr.calls().iter().any(|call| call.service == "registry");
        stage.ecr.clear_calls();
        if pull.success || !reached {
            return Err(format!("it does not reach {} (a daemon in a virtual machine?)", stage.registry()));
        }
        client.patience = PATIENCE;
        Ok(client)
    }

    /// Name and version.
    pub fn describe(&self) -> String {
        match self.choice {
            Choice::Builtin => {
                "ecrpass's built-in one (it words the registry's answers as docker does)".to_owned()
            }
            _ => self.version.clone(),
        }
    }

    /// Whether the output is docker's own wording.
    pub fn is_docker(&self) -> bool {
        matches!(self.choice, Choice::Docker | Choice::Builtin)
    }

    fn program(&self) -> Option<&'static str> {
        match self.choice {
            Choice::Docker => Some("docker"),
            Choice::Podman => Some("podman"),
            Choice::Skopeo => Some("skopeo"),
            Choice::Builtin => None,
        }
    }

    /// Brings the image to where the client pushes it from.
    ///
    /// # Errors
    /// When the client cannot take it.
    pub fn load(&self, stage: &Stage) -> Result<(), CommandError> {
        let archive = stage.archive.display().to_string();
        let run = match self.choice {
            Choice::Docker | Choice::Podman => {
                self.run(stage, &["load", "--quiet", "--input", &archive], None)?
            }
            Choice::Skopeo | Choice::Builtin => return Ok(()),
        };
        if !run.success {
            return Err(CommandError::could_not_run(
                format!("`{}` failed: {}", run.command, run.output.trim()),
                "ecrpass demo --client builtin",
            ));
        }
        Ok(())
    }

    /// Pushes the image.
    ///
    /// # Errors
    /// When the client cannot be run; a refusal is a result.
    pub fn push(&self, stage: &Stage) -> Result<Run, CommandError> {
        let reference = stage.reference();
        match self.choice {
            Choice::Docker => self.run(stage, &["push", &reference], None),
            Choice::Podman => self.run(stage, &["push", "--tls-verify=false", &reference], None),
            Choice::Skopeo => {
                let archive = format!("docker-archive:{}", stage.archive.display());
                let target = format!("docker://{reference}");
                self.run(
                    stage,
                    &["copy", "--insecure-policy", "--dest-tls-verify=false", &archive, &target],
                    None,
                )
            }
            Choice::Builtin => builtin::push(stage),
        }
    }

    /// Pulls the image.
    ///
    /// # Errors
    /// When the client cannot be run; a refusal is a result.
    pub fn pull(&self, stage: &Stage) -> Result<Run, CommandError> {
        let reference = stage.reference();
        match self.choice {
            Choice::Docker => self.run(stage, &["pull", &reference], None),
            Choice::Podman => self.run(stage, &["pull", "--tls-verify=false", &reference], None),
            Choice::Skopeo => {
                let source = format!("docker://{reference}");
                let target = format!("dir:{}", stage.path("pulled").display());
                self.run(
                    stage,
                    &["copy", "--insecure-policy", "--src-tls-verify=false", &source, &target],
                    None,
                )
            }
            Choice::Builtin => builtin::pull(stage),
        }
    }

    /// Logs in with the stage's password.
    ///
    /// # Errors
    /// When the client cannot be run; a refusal is a result.
    pub fn login(&self, stage: &Stage) -> Result<Run, CommandError> {
        let password = Some(stage.login_password.expose());
        let words = ["login", "--username", "AWS", "--password-stdin"];
        match self.choice {
            Choice::Docker => self.run(stage, &[&words[..], &[stage.registry()]].concat(), password),
            Choice::Podman | Choice::Skopeo => {
                self.run(stage, &[&words[..], &["--tls-verify=false", stage.registry()]].concat(), password)
            }
            Choice::Builtin => builtin::login(stage),
        }
    }

    /// Takes the image out of the client's own storage, so that a pull has to fetch it.
    ///
    /// # Errors
    /// When the client cannot be run.
    pub fn forget(&self, stage: &Stage) -> Result<(), CommandError> {
        match self.choice {
            Choice::Docker | Choice::Podman => self.run(stage, &["rmi", &stage.reference()], None).map(drop),
            Choice::Skopeo | Choice::Builtin => Ok(()),
        }
    }

    /// Leaves the machine as it was, interrupted or not.
    pub fn clean_up(&mut self, stage: &Stage) {
        self.interrupt = Interrupt::default();
        let _ = self.forget(stage);
        if self.choice == Choice::Podman && !stage.is_root() {
            // Without root, podman's files can belong to users that only its own name space may touch.
            let _ =
                self.run(stage, &["unshare", "rm", "-rf", &stage.path("podman").display().to_string()], None);
        }
    }

    fn run(&self, stage: &Stage, words: &[&str], input: Option<&str>) -> Result<Run, CommandError> {
        let program = self.program().unwrap_or_default();
        let mut command = Command::new(program);
        if self.choice == Choice::Podman {
            command
                .arg("--root")
                .arg(stage.path("podman"))
                .arg("--runroot")
                .arg(stage.path("run/podman"))
                .args(["--storage-driver", "vfs"]);
        }
        command.args(words).env_clear().envs(stage.environment()).current_dir(stage.directory());
        if let Some(host) = &self.docker_host {
            command.env("DOCKER_HOST", host);
        }
        if self.choice == Choice::Podman {
            // For podman a set DOCKER_CONFIG is an explicit file; the home says the same.
            command.env_remove("DOCKER_CONFIG");
        }
        let typed =
            format!("{program} {}", words.join(" ").replace(&stage.directory().display().to_string(), "."));
        let (success, output) = process::run(command, input, self.patience, &self.interrupt)?;
        Ok(Run { command: typed, success, output })
    }
}

fn first_line(command: &mut Command) -> Option<String> {
    let output = command.stdin(Stdio::null()).stderr(Stdio::null()).output().ok()?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    output.status.success().then(|| text.lines().next().map(str::to_owned)).flatten()
}
