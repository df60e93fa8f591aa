//! `ecrpass login`: the client's own login, with a fresh password on its standard input.

use std::io::Write;
use std::process::{Command, Stdio};

use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser};
use docker_credential_ecr_login::authorization_token;
use ecrpass_clients::client::{Client, Request, Supplier, resolve, target};
use ecrpass_clients::repair::is_helper;
use ecrpass_core::environment::Environment;
use ecrpass_core::time::rfc3339;

use crate::error::CommandError;
use crate::render::ui::{GOOD, Ui, styled};
use crate::system::machine::LocalMachine;
use crate::system::new_files::NewFiles;

/// A client's own login: the program and the words that log in; the password is read from standard input.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Login {
    program: &'static str,
    words: &'static str,
}

impl Login {
    fn of(client: Client) -> Option<Self> {
        let (program, words) = client.login()?.split_once(' ')?;
        Some(Self { program, words })
    }

    /// All of them, once each, those of the most used clients first.
    fn all() -> Vec<Self> {
        let mut all = Vec::new();
        for login in Client::ALL.into_iter().filter_map(Self::of) {
            if !all.contains(&login) {
                all.push(login);
            }
        }
        all
    }

    /// Reads the name of a program, or of any client that has its login.
    fn parser() -> impl TypedValueParser<Value = Self> {
        let values = Self::all().into_iter().map(|login| {
            let clients = Client::ALL.into_iter().filter(move |client| Self::of(*client) == Some(login));
            let words = login.words.split(" --").next().unwrap_or_default();
            PossibleValue::new(login.program)
                .help(format!("{} {words}", login.program))
                .aliases(clients.map(Client::id).filter(move |id| *id != login.program))
        });
        PossibleValuesParser::new(values.collect::<Vec<_>>())
            .try_map(|name| Client::parse(&name).and_then(Self::of).ok_or("there is no such program"))
    }

    fn is_installed(self, environment: &dyn Environment) -> bool {
        environment.on_path(self.program).is_some()
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
    #[arg(long, value_parser = Login::parser())]
    pub client: Option<Login>,
}

/// Runs the command.
///
/// # Errors
/// The reason there is no token, or the client that refused it.
pub fn run(arguments: &Arguments, environment: &dyn Environment, ui: &mut Ui) -> Result<(), CommandError> {
    let login = match arguments.client {
        Some(login) => login,
        None => Login::all().into_iter().find(|login| login.is_installed(environment)).ok_or_else(|| {
            let programs: Vec<&str> = Login::all().iter().map(|login| login.program).collect();
            CommandError::could_not_run(
                format!("None of {} is on PATH.", programs.join(", ")),
                "install one of them, or use `ecrpass token` with what you have",
            )
        })?,
    };
    let new = NewFiles::watch(environment);
    let result =
        arguments.registries.iter().try_for_each(|registry| log_in(login, registry, environment, ui));
    for why in new.hand_over() {
        ui.note(&format!("note: {why}."));
    }
    result
}

fn log_in(
    login: Login,
    registry: &str,
    environment: &dyn Environment,
    ui: &mut Ui,
) -> Result<(), CommandError> {
    let token = authorization_token(registry)?;
    let Login { program, words } = login;
    // As the user wrote it: it may be an alias of the registry.
    let host = ecrpass_core::registry::normalize_host(registry);
    let host = if token.registry.host() == host { host } else { registry.trim().to_owned() };
    if let Some((_, Some(path))) = target(registry).filter(|_| token.registry.host() == host) {
        ui.note(&format!("note: `/{path}` is left out: ECR has one login for all of {host}."));
    }
    let could_not_run = |error: std::io::Error| {
        CommandError::could_not_run(
            format!("{program} cannot be run: {error}."),
            format!("install {program}"),
        )
    };
    let mut child = Command::new(program)
        .args(words.split(' '))
        .arg(&host)
        .stdin(Stdio::piped())
        .spawn()
        .map_err(could_not_run)?;
    if let Some(mut stdin) = child.stdin.take() {
        // It may give up before it reads; its exit status tells.
        let _ = stdin.write_all(token.password.expose().as_bytes());
    }
    let status = child.wait().map_err(could_not_run)?;
    if !status.success() {
        return Err(CommandError::problems(
            format!("`{program} {} {host}` failed ({status}); its message is above.", words),
            format!("the credential helper needs no login: ecrpass setup {host}"),
        ));
    }
    ui.note(&format!(
        "{} {program} is logged in to {host} until {}",
        styled(GOOD, "✓"),
        rfc3339(token.expires_at)
    ));
    if !asks_helper(login, &host, environment) {
        ui.note(&format!("  To need no login again: ecrpass setup {host}"));
    }
    Ok(())
}

/// Whether the client asks our helper already.
fn asks_helper(login: Login, host: &str, environment: &dyn Environment) -> bool {
    // Of several that have this login, the most used one.
    let Some(client) = Client::ALL.into_iter().find(|client| Login::of(*client) == Some(login)) else {
        return false;
    };
    let resolution = resolve(&Request::new(client, host), &LocalMachine::looking(environment));
    matches!(resolution.outcome, Supplier::Helper | Supplier::Store)
        && resolution.helper.as_deref().is_some_and(is_helper)
}

#[cfg(test)]
mod tests {
    use clap::Parser as _;

    use super::*;

    #[derive(clap::Parser)]
    struct Line {
        #[command(flatten)]
        arguments: Arguments,
    }

    #[test]
    fn every_client_with_a_login_can_be_named() {
        for client in Client::ALL {
            let line = Line::try_parse_from(["login", "--client", client.id(), "public.ecr.aws"]);
            let login = line.ok().and_then(|line| line.arguments.client);
            assert_eq!(login, Login::of(client), "{client}");
        }
        for login in Login::all() {
            let line = Line::try_parse_from(["login", "--client", login.program, "public.ecr.aws"]);
            assert_eq!(line.ok().and_then(|line| line.arguments.client), Some(login));
        }
    }
}
