//! `ecrpass setup`: names the credential helper for registries, then sees whether the clients take to it.

mod arguments;
mod check;
mod proposals;
mod registries;
mod write;

use clap::ValueEnum as _;
use ecrpass_clients::client::{Client as Model, Request, resolve};
use ecrpass_core::CommandLine;
use ecrpass_core::environment::Environment;
use ecrpass_core::redact::redact;
use ecrpass_diagnosis::kubelet::Wanted;
use serde::Serialize;

pub use self::arguments::{Arguments, Client, Name};
use self::check::Check;
use self::write::{FileReport, PODMAN_FAMILY, Pass, Plan, asks_us, is_installed};
use crate::apply::helper_place::{Helper, choose};
use crate::collect::token_users::{Alike, Narrowed};
use crate::error::CommandError;
use crate::render::format::Format;
use crate::render::ui::{BAD, DIM, GOOD, STRONG, Ui, styled};
use crate::system::machine::LocalMachine;
use crate::system::placement::Link;
use crate::system::programs;

/// What was done and how it came out.
#[derive(Debug, Serialize)]
struct Report {
    schema: &'static str,
    registries: Vec<String>,
    /// The link that clients find the helper by, where it was not on `PATH`.
    #[serde(skip_serializing_if = "Option::is_none")]
    placed: Option<Link>,
    files: Vec<FileReport>,
    clients: Vec<ClientReport>,
    #[serde(skip_serializing_if = "Option::is_none")]
    note: Option<String>,
}

/// One client and one registry.
#[derive(Debug, Serialize)]
struct ClientReport {
    client: &'static str,
    host: String,
    /// Whether it will ask our helper.
    uses_helper: bool,
    summary: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    check: Option<Check>,
}

/// Runs the command.
///
/// # Errors
/// [`CommandError::Found`] when a client will not use the helper.
pub fn run(arguments: &Arguments, environment: &dyn Environment, ui: &mut Ui) -> Result<(), CommandError> {
    let registries = if proposals::is_wanted(arguments) {
        proposals::chosen(arguments, environment, ui)?
    } else {
        registries::collect(arguments, environment, ui)?
    };
    let (kubelet, files): (Vec<Client>, Vec<Client>) =
        arguments.clients.iter().partition(|client| **client == Client::Kubelet);
    if !kubelet.is_empty() {
        let wanted = Wanted { hosts: registries.clone(), ..Wanted::default() };
        let config = wanted.config().map_err(|why| CommandError::problems(why.what, why.next))?;
        ui.results(config.lines())?;
        if files.is_empty() {
            return Ok(());
        }
    }
    let helper = choose(environment, arguments.name.map(Name::id)).map_err(|unreachable| {
        let again = again(arguments, &registries);
        unreachable.into_error(environment, again, arguments.dry_run)
    })?;
    let plan = Plan {
        environment,
        hosts: &registries,
        clients: &files,
        helper: &helper,
        by_name: arguments.name.is_some(),
    };
    // Nothing is done before all of it is known to be possible; a dry run ends here.
    let is_told = arguments.format == Format::Text;
    let plans = Pass { writes: false, tells: is_told && arguments.dry_run };
    let mut files = plan.carry_out(plans, ui)?;
    if !arguments.dry_run {
        helper.put_in_place(environment)?;
        // What was planned is as large as what is written.
        files.clear();
        files = plan.carry_out(Pass { writes: true, tells: is_told }, ui)?;
    }
    let mut report = Report {
        schema: "ecrpass/setup/1",
        note: programs::shadowing(environment, [helper.name]),
        placed: helper.link.clone(),
        registries,
        files,
        clients: Vec::new(),
    };
    if !arguments.dry_run {
        report.clients = look(arguments, environment, &report.registries, ui);
    }
    match arguments.format {
        Format::Json => ui.json(&report)?,
        Format::Text => tell(&report, &helper, arguments.dry_run, ui)?,
    }
    let good =
        |client: &ClientReport| client.uses_helper && !matches!(client.check, Some(Check::Refused { .. }));
    if report.clients.iter().all(good) { Ok(()) } else { Err(CommandError::Found) }
}

/// The command again, for registries that were found by it.
fn again(arguments: &Arguments, registries: &[String]) -> CommandLine {
    let clients =
        arguments.clients.iter().filter_map(|client| Some(client.to_possible_value()?.get_name().to_owned()));
    let line = clients
        .fold(CommandLine::shell("ecrpass setup"), |line, client| line.shell_word("--client").word(client));
    registries.iter().fold(line, |line, host| line.word(host))
}

/// For how many registries it is looked up where in a file the reason stands for which the helper is not asked.
const MOST_REASONS: usize = 50;

/// Looks at the installed clients that were set up.
fn look(
    arguments: &Arguments,
    environment: &dyn Environment,
    hosts: &[String],
    ui: &mut Ui,
) -> Vec<ClientReport> {
    let docker = arguments.clients.is_empty() || arguments.clients.contains(&Client::Docker);
    let podman = arguments.clients.is_empty() || arguments.clients.contains(&Client::Podman);
    let mut models: Vec<Model> = Vec::new();
    if docker {
        models.push(Model::Docker);
    }
    if podman {
        models.extend(PODMAN_FAMILY.into_iter().filter(|client| is_installed(environment, *client)));
    }
    let mut machine = Narrowed::new(LocalMachine::looking(environment));
    let in_full = LocalMachine::looking(environment);
    let mut whole = 0;
    let mut reports = Vec::new();
    for client in models {
        let mut known = Alike::default();
        for host in hosts {
            let work = |machine: &Narrowed<'_>| resolve(&Request::new(client, host), machine);
            let Some(resolution) = known.of(&mut machine, host, work) else { continue };
            let uses_helper = asks_us(resolution);
            // Of the others it is told where in the file the reason stands.
            let summary = if !uses_helper && whole < MOST_REASONS {
                whole += 1;
                resolve(&Request::new(client, host), &in_full).summary
            } else {
                let summary = resolution.summary.replace(&resolution.host, host);
                match resolution.place {
                    Some(place) => summary.replace(&format!(":{place}"), ""),
                    None => summary,
                }
            };
            let mut report =
                ClientReport { client: client.id(), host: host.clone(), uses_helper, summary, check: None };
            if report.uses_helper && !arguments.no_check && is_installed(environment, client) {
                report.check = check::ask(environment, client, host, ui);
            }
            reports.push(report);
        }
    }
    reports
}

fn tell(report: &Report, helper: &Helper, dry_run: bool, ui: &mut Ui) -> Result<(), CommandError> {
    if let Some([what, link]) = helper.shown(dry_run) {
        ui.result(&styled(STRONG, &what))?;
        ui.result(&styled(GOOD, &link))?;
    }
    for file in &report.files {
        let name = styled(STRONG, &redact(&file.file.display().to_string()));
        if file.changed {
            ui.result(&format!("{name}{}", if dry_run { ", as it would become" } else { "" }))?;
            ui.results(&file.diff)?;
        } else {
            ui.result(&format!("{name}: the helper is set up for every registry already"))?;
        }
    }
    ui.result("")?;
    let clients = report.clients.iter().map(|client| {
        let (mark, what) = match &client.check {
            _ if !client.uses_helper => (styled(BAD, "✗"), client.summary.clone()),
            None => (styled(GOOD, "✓"), "will ask the helper".to_owned()),
            Some(Check::Authenticated) => {
                (styled(GOOD, "✓"), "asked the helper, and is logged in".to_owned())
            }
            Some(Check::Unknown { why }) => {
                (styled(DIM, "·"), format!("will ask the helper, but this could not be checked: {why}"))
            }
            Some(Check::Refused { why }) => (styled(BAD, "✗"), format!("asked the helper: {why}")),
        };
        format!("  {mark} {}, {}: {what}", client.client, client.host)
    });
    ui.results(clients)?;
    if let Some(client) = report.clients.iter().find(|client| !client.uses_helper) {
        let (client, host) = (client.client, &client.host);
        ui.result("  Next: ecrpass fix --unsafe")?;
        ui.result(&format!("  Why: ecrpass resolve {host} --client {client}"))?;
    }
    if !dry_run && (report.placed.is_some() || report.files.iter().any(|file| file.changed)) {
        ui.note("  To undo this: ecrpass fix --undo");
    }
    if let Some(note) = &report.note {
        ui.note(&format!("note: {note}."));
    }
    Ok(())
}
