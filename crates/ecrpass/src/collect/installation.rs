//! What is to be seen of an installation of the helper: doctor's facts of the machine, every program of the helper's names
//! asked for its version, the cache, and what other products bring.

mod daemons;
mod sums;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use docker_credential_ecr_login::own_files;
use ecrpass_core::environment::{Environment, OperatingSystem};
use ecrpass_core::redact::redact;
use ecrpass_diagnosis::facts::Program;
use ecrpass_diagnosis::installation::{
    BUNDLED, Bundled, Cache, CacheState, Configured, Installation, NAMES, SeenService, Service, product,
    services,
};

pub use self::sums::Checksums;
use super::configurations;
use super::machine_facts::{Asked, file, machine_facts, program};
use super::package;
use crate::system::programs;

/// How long launchd may take to answer.
const PATIENCE: Duration = Duration::from_secs(2);

/// Looks at everything; what the files should be, `checksums` says.
pub fn look(environment: &dyn Environment, checksums: &Checksums) -> Installation {
    let mut machine = machine_facts(environment, &BTreeSet::new());
    let mut names: Vec<String> = NAMES.map(str::to_owned).to_vec();
    if machine.wsl {
        names.extend(NAMES.map(|name| format!("{name}.exe")));
    }
    machine.programs.retain(|one| !names.contains(&one.name));
    let mut helpers: Vec<Program> =
        names.iter().map(|name| program(environment, name, Asked::Every)).collect();
    for file in helpers.iter_mut().flat_map(|helper| helper.installed.iter_mut()) {
        file.package = package::of(environment, Path::new(&file.path)).map(|package| package.name);
    }
    // Windows's programs are of interest where there are some.
    helpers.retain(|helper| !helper.name.ends_with(".exe") || !helper.installed.is_empty());
    helpers.append(&mut machine.programs);
    machine.programs = helpers;
    let mut seen = Installation {
        machine,
        version: env!("CARGO_PKG_VERSION").to_owned(),
        configured: configured(environment),
        services: seen_services(environment),
        bundled: bundled(environment),
        sums: Vec::new(),
        cache: cache(),
    };
    seen.sums = sums::compare(&seen, checksums);
    seen
}

fn configured(environment: &dyn Environment) -> Vec<Configured> {
    let named = configurations::helpers_named(environment).into_iter();
    named
        .map(|(file, name)| Configured { name, file: redact(&file.display().to_string()).into_owned() })
        .collect()
}

fn seen_services(environment: &dyn Environment) -> Vec<SeenService> {
    let system = environment.system();
    let launchd = if system == OperatingSystem::MacOs { launchd_path(environment) } else { None };
    let mut all = services(system, launchd.as_deref());
    all.extend(daemons::daemons(Path::new("/proc")));
    all.into_iter().map(|service| SeenService { finds: found_by(&service), service }).collect()
}

/// The names of the helper that a service finds.
fn found_by(service: &Service) -> Vec<String> {
    let is_there = |name: &str| {
        service
            .path
            .iter()
            .any(|directory| file(&Path::new(directory).join(name)).is_some_and(|file| file.executable))
    };
    NAMES.into_iter().filter(|name| is_there(name)).map(str::to_owned).collect()
}

/// What launchd was told by `launchctl setenv PATH`. Source: launchctl(1).
fn launchd_path(environment: &dyn Environment) -> Option<String> {
    let launchctl = environment.on_path("launchctl")?;
    let output = programs::run(Command::new(launchctl).args(["getenv", "PATH"]), "", PATIENCE).ok()?;
    let path = output.stdout.trim().to_owned();
    (output.success && !path.is_empty()).then_some(path)
}

fn bundled(environment: &dyn Environment) -> Vec<Bundled> {
    let home = environment.home();
    let mut found = Vec::new();
    for directory in BUNDLED {
        let directory = match directory.strip_prefix("~/") {
            Some(below) => match &home {
                Some(home) => home.join(below),
                None => continue,
            },
            None => PathBuf::from(directory),
        };
        for ending in ["", ".exe"] {
            let path = directory.join(format!("{}{ending}", programs::HELPERS[1]));
            let shown = path.display().to_string();
            if path.is_file()
                && let Some(product) = product(&shown)
            {
                found.push(Bundled { product: product.to_owned(), path: shown });
            }
        }
    }
    found
}

fn cache() -> Cache {
    match own_files() {
        Err(refusal) => Cache { directory: None, state: CacheState::Unknown(refusal.to_string()) },
        Ok(own) => {
            let state = match &own.tokens {
                Some(directory) if own.is_used => state_of(directory),
                _ => CacheState::Off,
            };
            let directory = own.tokens.filter(|_| own.is_used);
            Cache { directory: directory.map(|directory| directory.display().to_string()), state }
        }
    }
}

#[cfg(unix)]
fn state_of(directory: &Path) -> CacheState {
    use std::io::ErrorKind;
    use std::os::unix::fs::MetadataExt;

    use rustix::fs::{Access, access};

    use super::program_file::name_of;
    let writable = |path: &Path| access(path, Access::WRITE_OK | Access::EXEC_OK);
    match directory.metadata() {
        Err(error) if error.kind() == ErrorKind::NotFound => {
            let there = directory.ancestors().skip(1).find(|above| above.exists()).unwrap_or(Path::new("/"));
            match writable(there) {
                Ok(()) => CacheState::ToBeMade,
                Err(error) => CacheState::Unwritable(format!("{}: {error}", there.display())),
            }
        }
        Err(error) => CacheState::Unwritable(error.to_string()),
        Ok(metadata) if !metadata.is_dir() => CacheState::Unwritable("it is no directory".to_owned()),
        Ok(metadata) if metadata.uid() != rustix::process::geteuid().as_raw() => {
            CacheState::Foreign(name_of(metadata.uid()))
        }
        Ok(metadata) if metadata.mode() & 0o077 != 0 => {
            CacheState::Open(format!("{:o}", metadata.mode() & 0o777))
        }
        Ok(_) => match writable(directory) {
            Ok(()) => CacheState::Usable,
            Err(error) => CacheState::Unwritable(error.to_string()),
        },
    }
}

/// The directory's access list does there what modes do elsewhere; it is the profile's, which is the user's alone.
#[cfg(not(unix))]
fn state_of(directory: &Path) -> CacheState {
    match directory.metadata() {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => CacheState::ToBeMade,
        Err(error) => CacheState::Unwritable(error.to_string()),
        Ok(metadata) if !metadata.is_dir() => CacheState::Unwritable("it is no directory".to_owned()),
        Ok(metadata) if metadata.permissions().readonly() => {
            CacheState::Unwritable("it is read-only".to_owned())
        }
        Ok(_) => CacheState::Usable,
    }
}
