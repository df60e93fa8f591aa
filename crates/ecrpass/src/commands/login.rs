//! `ecrpass login`: the client's own login, with a fresh password on its standard input.

use std::io::Write;
use std::process::{Command, Stdio};

use docker_credential_ecr_login::authorization_token;
use ecrpass_core::environment::Environment;
use ecrpass_core::time::rfc3339;

use crate::error::CommandError;
use crate::render::ui::{GOOD, Ui, styled};

/// A program that can be logged in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Client {
    /// docker login
    Docker,
    /// podman login
    Podman,
    /// buildah login
    Buildah,
    /// skopeo login
    Skopeo,
    /// nerdctl login
    Nerdctl,
    /// helm registry login
    Helm,
    /// crane auth login
    Crane,
    /// oras login
    Oras,
    /// regctl registry login
    Regctl,
}

impl Client {
    const ALL: [Self; 9] = [
        Self::Docker,
        Self::Podman,
        Self::Buildah,
        Self::Skopeo,
        Self::Nerdctl,
        Self::Helm,
        Self::Crane,
        Self::Oras,
        Self::Regctl,
    ];

    /// The program and the words that log in; the password is read from standard input.
    fn words(self) -> (&'static str, &'static [&'static str]) {
        match self {
            Self::Docker => ("docker", &["login", "--username", "AWS", "--password-stdin"]),
            Self::Podman => ("podman", &["login", "--username", "AWS", "--password-stdin"]),
            Self::Buildah => ("buildah", &["login", "--username", "AWS", "--password-stdin"]),
            Self::Skopeo => ("skopeo", &["login", "--username", "AWS", "--password-stdin"]),
            Self::Nerdctl => ("nerdctl", &["login", "--username", "AWS", "--password-stdin"]),
            Self::Helm => ("helm", &["registry", "login", "--username", "AWS", "--password-stdin"]),
            Self::Crane => ("crane", &["auth", "login", "--username", "AWS", "--password-stdin"]),
            Self::Oras => ("oras", &["login", "--username", "AWS", "--password-stdin"]),
            Self::Regctl => ("regctl", &["registry", "login", "--user", "AWS", "--pass-stdin"]),
        }
    }

    fn is_installed(self, environment: &dyn Environment) -> bool {
        environment.on_path(self.words().0).is_some()
    }
}

/// Arguments of `ecrpass login`.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "A login lasts 12 hours at most. The credential helper needs no login: set it up once with\n`ecrpass setup REGISTRY`."
)]
pub struct Arguments {
    /// The registries' hosts
    #[arg(required = true)]
    pub registries: Vec<String>,
    /// The program to log in; the first one installed when left out
    #[arg(long, value_enum)]
    pub client: Option<Client>,
}

/// Runs the command.
///
/// # Errors
/// The reason there is no token, or the client that refused it.
pub fn run(arguments: &Arguments, environment: &dyn Environment, ui: &mut Ui) -> Result<(), CommandError> {
    let client = match arguments.client {
        Some(client) => client,
        None => Client::ALL.into_iter().find(|client| client.is_installed(environment)).ok_or_else(|| {
            CommandError::could_not_run(
                "None of docker, podman, buildah, skopeo, nerdctl, helm, crane, oras and regctl is on PATH.",
                "install one of them, or use `ecrpass token` with what you have",
            )
        })?,
    };
    for registry in &arguments.registries {
        login(client, registry, ui)?;
    }
    Ok(())
}

fn login(client: Client, registry: &str, ui: &mut Ui) -> Result<(), CommandError> {
    let token = authorization_token(registry)?;
    let (program, words) = client.words();
    // As the user wrote it: it may be an alias of the registry.
    let host = ecrpass_core::registry::normalize_host(registry);
    let host = if token.registry.host() == host { host } else { registry.trim().to_owned() };
    let could_not_run = |error: std::io::Error| {
        CommandError::could_not_run(
            format!("{program} cannot be run: {error}."),
            format!("install {program}"),
        )
    };
    let mut child =
        Command::new(program).args(words).arg(&host).stdin(Stdio::piped()).spawn().map_err(could_not_run)?;
    if let Some(mut stdin) = child.stdin.take() {
        // It may give up before it reads; its exit status tells.
        let _ = stdin.write_all(token.password.expose().as_bytes());
    }
    let status = child.wait().map_err(could_not_run)?;
    if !status.success() {
        return Err(CommandError::problems(
            format!("`{program} {} {host}` failed ({status}); its message is above.", words.join(" ")),
            format!("the credential helper needs no login: ecrpass setup {host}"),
        ));
    }
    ui.note(&format!(
        "{} {program} is logged in to {host} until {}",
        styled(GOOD, "✓"),
        rfc3339(token.expires_at)
    ));
    Ok(())
}
