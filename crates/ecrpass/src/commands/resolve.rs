//! `ecrpass resolve`: which credentials a client will really send for a registry, step by step.

mod next;

use std::path::{Path, PathBuf};

use ecrpass_clients::client::{
    Client, ClientEnvironment as _, FileState, Operation, Request, Resolution, ResolutionStep, Verified,
    Version, resolve, target,
};
use ecrpass_clients::repair::is_helper;
use ecrpass_core::environment::Environment;
use ecrpass_core::redact::redact;
use ecrpass_core::registry::normalize_host;
use ecrpass_core::time::duration;
use ecrpass_core::{CommandLine, Registry};

use crate::apply::pull_secrets::is_manifest;
use crate::error::CommandError;
use crate::render::format::Format;
use crate::render::ui::{BAD, DIM, GOOD, STRONG, Ui, styled};
use crate::system::machine::{Asking, LocalMachine, Says};
use crate::system::programs;

/// What is to be resolved for: one client or all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Clients {
    /// Every client there is a model of.
    All,
    /// This one.
    One(Client),
}

/// Arguments of `ecrpass resolve`.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Helpers are only searched for on PATH, unless --run-helper runs them or --helper-says gives their answer.\nExit status: 0 when credentials will be sent, 1 when none will be sent, or expired ones, or a user that ECR refuses."
)]
pub struct Arguments {
    /// The registry's host, or an image reference
    pub host: String,
    /// The client, or all of them
    #[arg(long, default_value = "docker", value_parser = parse_clients, help = format!("The client: {}, or all", names()))]
    pub client: Clients,
    /// The client's version; when left out, that of the installed client, or else the newest known
    #[arg(long, value_parser = parse_version)]
    pub client_version: Option<Version>,
    /// What the client does
    #[arg(long, default_value = "pull", value_parser = parse_operation)]
    pub operation: Operation,
    /// The repository, for clients that look at it
    #[arg(long)]
    pub repository: Option<String>,
    /// Read these files in place of the client's own
    #[arg(long = "config", value_name = "FILE")]
    pub configs: Vec<PathBuf>,
    /// Run the helpers and use their answers
    #[arg(long, conflicts_with = "helper_says")]
    pub run_helper: bool,
    /// Assume that every helper answers this
    #[arg(long, value_enum)]
    pub helper_says: Option<Says>,
    /// How to print the result
    #[arg(long, value_enum, default_value_t)]
    pub format: Format,
}

fn parse_clients(text: &str) -> Result<Clients, String> {
    if text == "all" {
        return Ok(Clients::All);
    }
    Client::parse(text)
        .map(Clients::One)
        .ok_or_else(|| format!("there is no such client; known are {} and all", names()))
}

/// The names of all clients.
fn names() -> String {
    Client::ALL.map(Client::id).join(", ")
}

fn parse_version(text: &str) -> Result<Version, String> {
    Version::parse(text).ok_or_else(|| "a version looks like 28.2.2".to_owned())
}

fn parse_operation(text: &str) -> Result<Operation, String> {
    [Operation::Pull, Operation::Push, Operation::Build, Operation::Login, Operation::Create]
        .into_iter()
        .find(|operation| operation.id() == text)
        .ok_or_else(|| "the operations are pull, push, build, login and create".to_owned())
}

/// Runs the command.
///
/// # Errors
/// [`CommandError::Found`] when no credentials will be sent.
pub fn run(arguments: &Arguments, environment: &dyn Environment, ui: &mut Ui) -> Result<(), CommandError> {
    let Some((host, repository)) = target(&arguments.host) else {
        return Err(CommandError::could_not_run(
            format!("`{}` is not a registry's host.", redact(arguments.host.trim())),
            "give one like 123456789012.dkr.ecr.us-east-1.amazonaws.com",
        ));
    };
    if arguments.client == Clients::All && arguments.client_version.is_some() {
        return Err(CommandError::could_not_run(
            "--client-version is the version of one client, and --client all is about all of them.",
            "name the client, too: --client docker",
        ));
    }
    let asking = match arguments.helper_says {
        Some(says) => Asking::Says(says),
        None if arguments.run_helper => Asking::Run,
        None => Asking::Look,
    };
    let machine = LocalMachine::new(environment, asking);
    arguments.configs.iter().try_for_each(|path| no_manifest(path, &machine))?;
    let request = |client: Client, version: Option<Version>| Request {
        host: host.clone(),
        repository: arguments.repository.clone().or_else(|| repository.clone()),
        client,
        version,
        operation: arguments.operation,
        configs: arguments.configs.clone(),
    };
    let mut helpers: Vec<String> = Vec::new();
    let works = match arguments.client {
        Clients::One(client) => {
            let installed = || programs::client_version(environment, client, programs::SHORT_PATIENCE);
            let version = arguments.client_version.or_else(installed);
            let resolution = resolve(&request(client, version), &machine);
            helpers.extend(resolution.helper.clone());
            match arguments.format {
                Format::Json => ui.json(&resolution)?,
                Format::Text => report(&resolution, environment, ui)?,
            }
            if arguments.format == Format::Text && client.verified() == Verified::Read {
                ui.note(&format!(
                    "note: the rules of {} were read in its source; it was not run to confirm them.",
                    client.title()
                ));
            }
            works(&resolution)
        }
        Clients::All => {
            let versions = programs::client_versions(environment);
            let resolved = |client| resolve(&request(client, versions.get(&client).copied()), &machine);
            let all: Vec<Resolution> = Client::ALL.into_iter().map(resolved).collect();
            helpers.extend(all.iter().filter_map(|resolution| resolution.helper.clone()));
            match arguments.format {
                Format::Json => ui.json(&All { schema: "ecrpass/resolutions/1", resolutions: &all })?,
                Format::Text => table(&all, ui)?,
            }
            // All of them at once is a survey: only what nobody can use is a problem.
            all.iter().any(works)
        }
    };
    if arguments.format == Format::Text {
        notes(&host, &helpers, environment, ui);
        let drops_path = |client: Client| {
            arguments.operation == Operation::Login
                && client.login().is_some_and(|line| line.starts_with("docker "))
        };
        if let (Clients::One(client), Some(path)) = (arguments.client, &repository)
            && drops_path(client)
        {
            ui.note(&format!("note: docker login drops `/{path}`: the login is stored for all of {host}."));
        }
    }
    if works { Ok(()) } else { Err(CommandError::Found) }
}

/// A pull secret's manifest is no file that a client reads: the kubelet is given what is in it.
fn no_manifest(path: &Path, machine: &LocalMachine<'_>) -> Result<(), CommandError> {
    match machine.file(path) {
        FileState::Text(text) if is_manifest(&text) => Err(CommandError::could_not_run(
            format!("{} is a manifest of a pull secret, and --config takes what is in one.", path.display()),
            format!(
                "{}; or give the secret's `.dockerconfigjson`, decoded",
                CommandLine::shell("ecrpass fix --dry-run").path(path.display().to_string())
            ),
        )),
        _ => Ok(()),
    }
}

#[derive(serde::Serialize)]
struct All<'a> {
    schema: &'static str,
    resolutions: &'a [Resolution],
}

fn now() -> i64 {
    ecrpass_aws::clock::now()
}

fn expired(resolution: &Resolution) -> bool {
    resolution.expires_at.is_some_and(|at| at <= now())
}

fn works(resolution: &Resolution) -> bool {
    resolution.works(now())
}

fn report(resolution: &Resolution, environment: &dyn Environment, ui: &mut Ui) -> Result<(), CommandError> {
    let version = resolution.client_version.as_ref().map(|version| format!(" {version}")).unwrap_or_default();
    let title = format!("{}: {}{version}, {}", resolution.host, resolution.client, resolution.operation);
    ui.result(&styled(STRONG, &title))?;
    ui.result("")?;
    let is_source = |step: &ResolutionStep| step.step == "rules";
    for step in resolution.steps.iter().filter(|step| !is_source(step)) {
        let mark = if step.found { styled(GOOD, "✓") } else { styled(DIM, "·") };
        ui.result(&format!("  {mark} {}: {}", styled(STRONG, &step.step), step.detail))?;
    }
    let style = if works(resolution) { GOOD } else { BAD };
    ui.result("")?;
    ui.result(&format!("{} {}", styled(style.bold(), resolution.outcome.id()), resolution.summary))?;
    if let Some(why) = &resolution.refused {
        ui.result(&format!("  ECR refuses it: {why}."))?;
    } else if let Some(at) = resolution.expires_at {
        let left = at - now();
        ui.result(&if left > 0 {
            format!("  That token is good for another {}.", duration(left))
        } else {
            format!("  That token expired {} ago.", duration(-left))
        })?;
    }
    if !works(resolution) {
        ui.result(&format!("  Next: {}", next::step(resolution, environment)))?;
    }
    if let Some(rules) = resolution.steps.iter().find(|step| is_source(step)) {
        ui.note(&styled(DIM, &format!("  The rules are those of {}.", rules.detail)));
    }
    Ok(())
}

fn table(all: &[Resolution], ui: &mut Ui) -> Result<(), CommandError> {
    let host = all.first().map(|resolution| resolution.host.as_str()).unwrap_or_default();
    ui.result(&styled(STRONG, host))?;
    ui.result("")?;
    for resolution in all {
        let good = works(resolution);
        let mark = if good { styled(GOOD, "✓") } else { styled(BAD, "✗") };
        let outcome = styled(if good { GOOD } else { BAD }, &format!("{:<11}", resolution.outcome.id()));
        let what = match (&resolution.helper, &resolution.file, resolution.place) {
            (Some(helper), _, _) => helper.clone(),
            (None, Some(file), Some(place)) if resolution.refused.is_some() => {
                format!("{}:{place}, refused by ECR", file.display())
            }
            (None, Some(file), Some(place)) if expired(resolution) => {
                format!("{}:{place}, expired", file.display())
            }
            (None, Some(file), Some(place)) => format!("{}:{place}", file.display()),
            _ => resolution.stops.clone().unwrap_or_default(),
        };
        ui.result(format!("  {mark} {:<20} {outcome} {}", resolution.client, styled(DIM, &what)).trim_end())?;
    }
    Ok(())
}

fn notes(host: &str, helpers: &[String], environment: &dyn Environment, ui: &mut Ui) {
    if Registry::parse(host).is_ok()
        && let Some(note) = programs::shadowing(
            environment,
            helpers.iter().map(String::as_str).filter(|name| is_helper(name)),
        )
    {
        ui.note(&format!("note: {note}."));
    }
    if normalize_host(host) != host && Registry::parse(host).is_ok() {
        ui.note(&format!(
            "note: ECR answers on port 443 of {}; clients treat `{host}` as another host.",
            normalize_host(host)
        ));
    }
}
