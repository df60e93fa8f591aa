//! What ends it where a client sends nothing, or what a registry refuses.

use ecrpass_clients::client::registries_conf::AUTH_FILES;
use ecrpass_clients::client::{
    Client, ClientEnvironment as _, FileState, Request, Resolution, Supplier, resolve,
};
use ecrpass_core::environment::Environment;
use ecrpass_core::redact::redact;
use ecrpass_core::{CommandLine, Registry};
use ecrpass_diagnosis::finding::{FixExtent, OwnCommand, SetupTarget};
use ecrpass_json::Document;

use crate::system::files;
use crate::system::machine::LocalMachine;

/// The next step, for a client whose login does not work.
pub fn step(resolution: &Resolution, environment: &dyn Environment) -> String {
    let host = &resolution.host;
    let Ok(registry) = Registry::parse(host) else {
        return format!("log in to {host}, or name a credential helper for it");
    };
    let machine = LocalMachine::looking(environment);
    // Nothing repairs or writes a file before somebody has made it readable.
    if let Some(correction) = correction(resolution, &machine) {
        return correction;
    }
    let client = resolution.client;
    let program = resolution.helper.as_deref().map(program_of);
    let target = SetupTarget::of(client);
    let setup = target.map(|target| OwnCommand::Setup { registry: registry.clone(), target });
    match (resolution.outcome, program) {
        (Supplier::Environment, _) => "unset DOCKER_AUTH_CONFIG".to_owned(),
        (Supplier::Error, None) => containers_own(client, &machine)
            .unwrap_or_else(|| OwnCommand::Fix { extent: FixExtent::DryRun }.command_line().to_string()),
        (Supplier::Unknown, _) => {
            let line = CommandLine::shell("ls -l");
            let line =
                resolution.files_read.iter().fold(line, |line, path| line.path(path.display().to_string()));
            format!("see what makes it so large: {line}")
        }
        (_, Some(program)) if environment.on_path(&program).is_some() => {
            format!("echo {host} | {program} get")
        }
        // Podman's family takes helpers, but from no `credsStore`.
        (Supplier::Anonymous, _)
            if target != Some(SetupTarget::Podman) && ignores_helpers(client, host, &machine) =>
        {
            OwnCommand::Login { registry, client }.command_line().to_string()
        }
        _ => match setup {
            Some(setup) => setup.command_line().to_string(),
            None => "give the task an execution role that may pull".to_owned(),
        },
    }
}

fn program_of(helper: &str) -> String {
    format!("docker-credential-{helper}")
}

/// The correction of the first file it looked into that is no JSON; `None` where all are.
fn correction(resolution: &Resolution, machine: &LocalMachine<'_>) -> Option<String> {
    let of_logins =
        resolution.files_read.iter().filter(|path| files::login_file(path, machine.environment).is_some());
    of_logins.into_iter().find_map(|path| {
        let FileState::Text(text) = machine.file(path) else { return None };
        let error = Document::parse_first(&text).err()?;
        let problem = redact(&error.message).into_owned();
        Some(format!("correct {}:{} by hand: {problem}", path.display(), error.place))
    })
}

/// What stops podman and its family only: an authentication file that is not there, or a helper of `registries.conf` that
/// is not.
fn containers_own(client: Client, machine: &LocalMachine<'_>) -> Option<String> {
    const VARIABLE: &str = "REGISTRY_AUTH_FILE";
    if SetupTarget::of(client) != Some(SetupTarget::Podman) {
        return None;
    }
    let is_missing = |path: &String| matches!(machine.file(path.as_ref()), FileState::Missing);
    if machine.nonempty_var(VARIABLE).filter(is_missing).is_some() {
        return Some(format!("unset {VARIABLE}, or log in: {} writes the file it names", client.login()?));
    }
    let helpers = machine.registries_conf_helpers();
    let programs = helpers.iter().filter(|name| *name != AUTH_FILES).map(|name| program_of(name));
    let missing = programs.into_iter().find(|program| !machine.on_path(program))?;
    Some(format!("install {missing}, or take it out of `credential-helpers` in registries.conf"))
}

/// Whether docker would ask a helper where this client sends nothing.
fn ignores_helpers(client: Client, host: &str, machine: &LocalMachine<'_>) -> bool {
    let docker = resolve(&Request::new(Client::Docker, host), machine);
    client.login().is_some() && matches!(docker.outcome, Supplier::Helper | Supplier::Store)
}
