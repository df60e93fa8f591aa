//! The client of the tour: docker, podman or skopeo when one can be used here, else one of our own.

use std::io::{Read, Write};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use super::builtin;
use super::stage::Stage;
use crate::commands::login::on_path;
use crate::error::CommandError;
use crate::ui::Ui;

/// How long a client may take before it counts as stuck.
const PATIENCE: Duration = Duration::from_secs(30);

/// What can be asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Choice {
    /// The docker CLI and its daemon
    Docker,
    /// podman
    Podman,
    /// skopeo
    Skopeo,
    /// A small client of ecrpass's own, with docker's wording
    Builtin,
}

/// The client in use.
pub struct Client {
    choice: Choice,
    version: String,
    /// The daemon's address, which a temporary docker configuration does not know.
    docker_host: Option<String>,
}

/// What a client did.
pub struct Run {
    /// The command as typed.
    pub command: String,
    /// Whether it succeeded.
    pub success: bool,
    /// Everything it wrote, in order.
    pub output: String,
}

impl Client {
    /// The client asked for, or the first that works here.
    ///
    /// # Errors
    /// When the one asked for does not.
    pub fn choose(choice: Option<Choice>, stage: &Stage, ui: &mut Ui) -> Result<Self, CommandError> {
        if let Some(choice) = choice {
            return Self::probe(choice, stage).map_err(|why| {
                CommandError::could_not_run(
                    format!("{choice:?} cannot be used for the tour: {why}."),
                    "ecrpass demo --client builtin",
                )
            });
        }
        for choice in [Choice::Docker, Choice::Podman, Choice::Skopeo] {
            match Self::probe(choice, stage) {
                Ok(client) => return Ok(client),
                Err(why) => ui.note(&format!("(not with {choice:?}: {why})").to_lowercase()),
            }
        }
        Ok(Self { choice: Choice::Builtin, version: String::new(), docker_host: None })
    }

    /// Tries the client: it must be there and must reach the registry.
    fn probe(choice: Choice, stage: &Stage) -> Result<Self, String> {
        let mut client = Self { choice, version: String::new(), docker_host: None };
        let Some(program) = client.program() else { return Ok(client) };
        if on_path(program).is_none() {
            return Err("it is not on PATH".to_owned());
        }
        client.version = first_line(Command::new(program).arg("--version")).unwrap_or_default();
        if choice == Choice::Docker {
            // Asked with the user's own configuration: contexts name other sockets.
            client.docker_host = std::env::var("DOCKER_HOST").ok().or_else(|| {
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

    /// Leaves the machine as it was.
    pub fn clean_up(&self, stage: &Stage) {
        let _ = self.forget(stage);
        if self.choice == Choice::Podman {
            // Its storage is full of files that only it can remove when it runs without root.
            let _ = self.run(stage, &["system", "reset", "--force"], None);
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
        let (success, output) = finish(&mut command, input, program)?;
        Ok(Run { command: typed, success, output })
    }
}

/// Runs a command to its end, or to the end of our patience.
fn finish(command: &mut Command, input: Option<&str>, program: &str) -> Result<(bool, String), CommandError> {
    let could_not = |error: std::io::Error| {
        CommandError::could_not_run(
            format!("{program} cannot be run: {error}."),
            "ecrpass demo --client builtin",
        )
    };
    let mut child = command
        .stdin(if input.is_some() { Stdio::piped() } else { Stdio::null() })
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(could_not)?;
    if let (Some(mut stdin), Some(input)) = (child.stdin.take(), input) {
        let _ = stdin.write_all(input.as_bytes());
    }
    let (stdout, stderr) = (reader(child.stdout.take()), reader(child.stderr.take()));
    let success = wait(&mut child).map_err(could_not)?;
    let text = |reader: thread::JoinHandle<Vec<u8>>| {
        String::from_utf8_lossy(&reader.join().unwrap_or_default()).into_owned()
    };
    let (stdout, stderr) = (text(stdout), text(stderr));
    // Progress first, then complaints: the order in which people read them on a terminal.
    let mut output = stdout;
    if !output.is_empty() && !output.ends_with('\n') {
        output.push('\n');
    }
    output.push_str(&stderr);
    Ok((success, output))
}

fn reader(stream: Option<impl Read + Send + 'static>) -> thread::JoinHandle<Vec<u8>> {
    thread::spawn(move || {
        let mut bytes = Vec::new();
        if let Some(mut stream) = stream {
            let _ = stream.read_to_end(&mut bytes);
        }
        bytes
    })
}

fn wait(child: &mut Child) -> std::io::Result<bool> {
    let started = Instant::now();
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok(status.success());
        }
        if started.elapsed() > PATIENCE {
            let _ = child.kill();
            child.wait()?;
            return Ok(false);
        }
        thread::sleep(Duration::from_millis(10));
    }
}

fn first_line(command: &mut Command) -> Option<String> {
    let output = command.stdin(Stdio::null()).stderr(Stdio::null()).output().ok()?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    output.status.success().then(|| text.lines().next().map(str::to_owned)).flatten()
}
