//! What stays when everything else is as it was: the programs themselves, a node's credential provider, and what is the
//! user's; each with the command that takes it away, where there is one.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use ecrpass_clients::client::ClientEnvironment as _;
use ecrpass_clients::repair::HELPERS;
use ecrpass_core::CommandLine;
use ecrpass_core::environment::{Environment, OperatingSystem};
use ecrpass_core::redact::redact;
use serde::Serialize;

use crate::collect::package;
use crate::system::machine::LocalMachine;
use crate::system::placement;
use crate::system::programs;

/// Something that stays.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub struct Remains {
    /// What it is.
    pub what: String,
    /// The command that takes it away; none for what is the user's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}

/// Everything that stays.
pub fn remains(environment: &dyn Environment) -> Vec<Remains> {
    let mut all = Vec::new();
    all.extend(provider());
    let mut packages = BTreeSet::new();
    for program in own_programs(environment) {
        let shown = redact(&program.display().to_string()).into_owned();
        match package::of(environment, &program) {
            Some(owned) if !packages.insert(owned.name.clone()) => {}
            Some(owned) => all.push(Remains {
                what: format!("{shown}, of the package {}", owned.name),
                next: Some(owned.remove().to_string()),
            }),
            None => all.push(Remains { what: shown, next: Some(removal(environment, &program).to_string()) }),
        }
    }
    if LocalMachine::looking(environment).registries_conf_helpers().iter().any(|name| *name == HELPERS[0]) {
        let what = "the helper in `credential-helpers` of podman's registries.conf: take it out by hand";
        all.push(Remains { what: what.to_owned(), next: None });
    }
    if let Some(settings) = settings(environment) {
        let what = format!("{}, which is yours", redact(&settings.display().to_string()));
        all.push(Remains { what, next: None });
    }
    all
}

fn removal(environment: &dyn Environment, program: &Path) -> CommandLine {
    let is_own = environment.home().is_some_and(|home| program.starts_with(home));
    let is_windows = environment.system() == OperatingSystem::Windows;
    let line = CommandLine::shell(if is_own || is_windows { "rm" } else { "sudo rm" });
    line.word(program.display().to_string())
}

/// Our programs on `PATH`, but for the links that go.
fn own_programs(environment: &dyn Environment) -> Vec<PathBuf> {
    let noted = placement::noted(environment);
    let is_noted = |path: &PathBuf| noted.iter().any(|link| link.path == *path);
    let mut all = environment.all_on_path("ecrpass");
    for name in programs::HELPERS {
        let found = environment.all_on_path(name).into_iter();
        all.extend(found.filter(|path| !is_noted(path) && programs::is_ours(path)));
    }
    all
}

/// Our own settings, which somebody wrote.
fn settings(environment: &dyn Environment) -> Option<PathBuf> {
    let named = environment.nonempty_var("ECRPASS_CONFIG").map(PathBuf::from);
    let base = environment.nonempty_var("XDG_CONFIG_HOME").map(PathBuf::from);
    let base = base.filter(|base| base.is_absolute()).or_else(|| Some(environment.home()?.join(".config")));
    let path = named.or_else(|| Some(base?.join("ecrpass").join("config.toml")))?;
    path.exists().then_some(path)
}

/// A node's credential provider: it is the kubelet's, which is told otherwise first.
#[cfg(unix)]
fn provider() -> Option<Remains> {
    use ecrpass_diagnosis::kubelet::Site;

    use crate::collect::node::{node_facts, seen};
    use crate::system::kept_file::KeptFile;
    let root = Path::new("/");
    let site = Site::of(&node_facts(root, None), None).ok()?;
    let program = seen(root, &site.program());
    KeptFile::new(&program).is_kept().then(|| Remains {
        what: format!("the kubelet's credential provider, {}", program.display()),
        next: Some("sudo ecrpass kubelet restore".to_owned()),
    })
}

#[cfg(not(unix))]
fn provider() -> Option<Remains> {
    None
}

#[cfg(test)]
mod tests {
    use ecrpass_core::environment::EnvironmentInMemory;

    use super::*;

    #[test]
    fn the_command_that_removes_a_program_fits_its_place_and_the_shell() {
        let mut machine = EnvironmentInMemory::of_variables([("HOME", "/home/a"), ("USERPROFILE", r"C:\a")]);
        let line = |machine: &EnvironmentInMemory, path: &str| {
            removal(machine, Path::new(path)).on(machine.system).to_string()
        };
        assert_eq!(line(&machine, "/home/a/bin/ecrpass"), "rm /home/a/bin/ecrpass");
        assert_eq!(line(&machine, "/usr/local/bin/ecrpass"), "sudo rm /usr/local/bin/ecrpass");
        machine.system = OperatingSystem::Windows;
        assert_eq!(line(&machine, r"C:\Program Files\x.exe"), r"Remove-Item 'C:\Program Files\x.exe'");
    }
}
