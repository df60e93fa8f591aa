//! `ecrpass setup`: names the credential helper for registries, then sees whether the clients take to it.

mod arguments;
mod check;
mod kubelet;
mod registries;

use std::io;
use std::path::{Path, PathBuf};

use ecrpass_clients::client::{Client as Model, Request, Resolution, Supplier, resolve};
use ecrpass_clients::repair::{HELPER as SUFFIX, register};
use ecrpass_json::Document;
use serde::Serialize;
use zeroize::Zeroizing;

pub use self::arguments::{Arguments, Client};
use self::check::Check;
use ecrpass_core::environment::{Environment, OperatingSystem};
use ecrpass_core::redact::redact;

use crate::collect::token_users::Narrowed;
use crate::error::CommandError;
use crate::render::diff::diff;
use crate::render::format::Format;
use crate::render::ui::{BAD, DIM, GOOD, STRONG, Ui, styled};
use crate::system::atomic_file::update;
use crate::system::files;
use crate::system::machine::LocalMachine;
use crate::system::programs::{self, HELPER};

/// What was done and how it came out.
#[derive(Debug, Serialize)]
struct Report {
    schema: &'static str,
    registries: Vec<String>,
    files: Vec<FileReport>,
    clients: Vec<ClientReport>,
    #[serde(skip_serializing_if = "Option::is_none")]
    note: Option<String>,
}

#[derive(Debug, Serialize)]
struct FileReport {
    file: PathBuf,
    changed: bool,
    #[serde(skip)]
    diff: Vec<String>,
    /// What is in it then.
    #[serde(skip)]
    text: Zeroizing<String>,
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
    let registries = registries::collect(arguments, environment, ui)?;
    let (kubelet, files): (Vec<Client>, Vec<Client>) =
        arguments.clients.iter().partition(|client| **client == Client::Kubelet);
    if !kubelet.is_empty() {
        ui.results(kubelet::credential_provider_config(&registries).lines())?;
        if files.is_empty() {
            return Ok(());
        }
    }
    if environment.on_path(HELPER).is_none() {
        return Err(CommandError::problems(
            format!("{HELPER} is not on PATH: if a configuration used it now, pulls that work would break."),
            "put it in a directory of PATH, then run this again",
        ));
    }
    let mut report = Report {
        schema: "ecrpass/setup/1",
        registries,
        files: Vec::new(),
        clients: Vec::new(),
        note: programs::shadowing(environment),
    };
    let wants = |client: Client| arguments.clients.contains(&client);
    if wants(Client::Docker) || arguments.clients.is_empty() {
        let path = files::docker(environment).ok_or_else(no_home)?;
        report.files.push(name_helper(&path, &report.registries, arguments.dry_run, ui)?);
    }
    // A dry run, too, looks at what would then be in the files.
    let then = Then { environment, files: &report.files };
    if wants(Client::Podman)
        || arguments.clients.is_empty() && podman_needs_its_own(&then, &report.registries)
    {
        let path = files::podman(environment).ok_or_else(no_home)?;
        report.files.push(name_helper(&path, &report.registries, arguments.dry_run, ui)?);
    }
    if !arguments.dry_run {
        report.clients = look(arguments, environment, &report.registries, ui);
    }
    match arguments.format {
        Format::Json => ui.json(&report)?,
        Format::Text => tell(&report, arguments.dry_run, ui)?,
    }
    let good =
        |client: &ClientReport| client.uses_helper && !matches!(client.check, Some(Check::Refused { .. }));
    if report.clients.iter().all(good) { Ok(()) } else { Err(CommandError::Found) }
}

/// The machine as it is once these files are written.
struct Then<'a> {
    environment: &'a dyn Environment,
    files: &'a [FileReport],
}

impl Environment for Then<'_> {
    fn var(&self, name: &str) -> Option<String> {
        self.environment.var(name)
    }

    fn file(&self, path: &Path) -> io::Result<Zeroizing<String>> {
        match self.files.iter().find(|file| file.file == path) {
            Some(file) => Ok(file.text.clone()),
            None => self.environment.file(path),
        }
    }

    fn boot_id(&self) -> Option<String> {
        self.environment.boot_id()
    }

    fn all_on_path(&self, program: &str) -> Vec<PathBuf> {
        self.environment.all_on_path(program)
    }

    fn variables(&self) -> Vec<(String, String)> {
        self.environment.variables()
    }

    fn host_name(&self) -> Option<String> {
        self.environment.host_name()
    }

    fn directory(&self) -> Option<PathBuf> {
        self.environment.directory()
    }

    fn system(&self) -> OperatingSystem {
        self.environment.system()
    }

    fn user_id(&self) -> u32 {
        self.environment.user_id()
    }
}

fn no_home() -> CommandError {
    CommandError::could_not_run("There is no home directory.", "set HOME, or DOCKER_CONFIG")
}

/// Names the helper in a file; makes the file if there is none.
fn name_helper(
    path: &Path,
    hosts: &[String],
    dry_run: bool,
    ui: &mut Ui,
) -> Result<FileReport, CommandError> {
    let mut noted = false;
    update(path, |original| {
        let old = original.text.as_ref().map_or("{}\n", |text| text.as_str());
        // An empty file counts as an empty object with every client.
        let old = if old.trim().is_empty() { "{}\n" } else { old };
        let document = Document::parse(old).map_err(|error| CommandError::Invalid {
            what: format!("{}:{}: {error}", path.display(), error.place),
            excerpt: error.excerpt.clone(),
            next: "correct it by hand, then run this again".to_owned(),
        })?;
        let registered = register(document, hosts).ok_or_else(|| {
            CommandError::could_not_run(
                format!("`credHelpers` of {} is not an object.", path.display()),
                format!("correct it by hand; ecrpass fix --config {} shows where", path.display()),
            )
        })?;
        let new = registered.text();
        let report = FileReport {
            file: path.to_owned(),
            changed: new != old,
            diff: diff(&path.display().to_string(), if original.text.is_some() { old } else { "" }, new),
            text: Zeroizing::new(new.to_owned()),
        };
        if report.changed && !std::mem::replace(&mut noted, true) {
            original.notes.iter().for_each(|note| ui.note(&format!("note: {note}.")));
        }
        let new = (report.changed && !dry_run).then(|| report.text.clone());
        Ok((report, new))
    })
}

/// For how many registries it is looked up where in a file the reason stands for which the helper is not asked.
const MOST_REASONS: usize = 50;

const PODMAN_FAMILY: [Model; 3] = [Model::Podman, Model::Skopeo, Model::Buildah];

fn is_installed(environment: &dyn Environment, client: Model) -> bool {
    client.program().is_some_and(|program| environment.on_path(program).is_some())
}

/// Whether an installed client of podman's family passes docker's file over, as for an entry in its own.
fn podman_needs_its_own(environment: &dyn Environment, hosts: &[String]) -> bool {
    let installed = PODMAN_FAMILY.into_iter().find(|client| is_installed(environment, *client));
    let mut machine = Narrowed::new(LocalMachine::looking(environment));
    installed.is_some_and(|client| hosts.iter().any(|host| !asks_us(&narrowed(&mut machine, client, host))))
}

/// What a client does for a registry, worked out with what concerns the registry alone: the time it takes does not depend
/// on how many others there are.
fn narrowed(machine: &mut Narrowed<'_>, client: Model, host: &str) -> Resolution {
    machine.look_for(host);
    resolve(&Request::new(client, host), machine)
}

/// Whether it is our helper that a client asks.
fn asks_us(resolution: &Resolution) -> bool {
    matches!(resolution.outcome, Supplier::Helper | Supplier::Store)
        && resolution.helper.as_deref() == Some(SUFFIX)
}

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
    let mut whole = 0;
    let mut reports = Vec::new();
    for client in models {
        for host in hosts {
            let mut resolution = narrowed(&mut machine, client, host);
            let uses_helper = asks_us(&resolution);
            // Of the others it is told where in the file the reason stands.
            if !uses_helper && whole < MOST_REASONS {
                whole += 1;
                resolution = resolve(&Request::new(client, host), &LocalMachine::looking(environment));
            } else if let Some(place) = resolution.place {
                resolution.summary = resolution.summary.replace(&format!(":{place}"), "");
            }
            let summary = resolution.summary;
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

fn tell(report: &Report, dry_run: bool, ui: &mut Ui) -> Result<(), CommandError> {
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
    for client in &report.clients {
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
        ui.result(&format!("  {mark} {}, {}: {what}", client.client, client.host))?;
    }
    if let Some(client) = report.clients.iter().find(|client| !client.uses_helper) {
        let (client, host) = (client.client, &client.host);
        ui.result(&format!("  Next: ecrpass fix; ecrpass resolve {host} --client {client} says why"))?;
    }
    if let Some(note) = &report.note {
        ui.note(&format!("note: {note}."));
    }
    Ok(())
}
