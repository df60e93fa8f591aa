//! The machine we run on, as the core's client models want to see it.

use std::env;
use std::fs::File;
use std::io::{ErrorKind, Read};
use std::path::Path;

use ecrpass_clients::client::{Answer, FileState, Machine, Platform};
use zeroize::Zeroizing;

use crate::system::programs;

/// The largest configuration read, in bytes.
const MAX_FILE: u64 = 16 * 1024 * 1024;

/// How helpers are asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Asking {
    /// Not at all: one that is on `PATH` is taken to answer.
    Look,
    /// For real.
    Run,
    /// Not at all: they all answer this.
    Says(Says),
}

/// What all helpers are taken to answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Says {
    /// Credentials
    Ok,
    /// The protocol's not-found text
    Notfound,
    /// A failure
    Error,
    /// Nothing: the program is not on PATH
    Missing,
}

/// This machine.
pub struct LocalMachine {
    /// How helpers are asked.
    pub asking: Asking,
}

impl Machine for LocalMachine {
    fn variable(&self, name: &str) -> Option<String> {
        env::var_os(name).map(|value| value.to_string_lossy().into_owned())
    }

    fn file(&self, path: &Path) -> FileState {
        read(path)
    }

    fn ask(&self, suffix: &str, server_url: &str) -> Answer {
        match self.asking {
            Asking::Run => programs::ask_helper(suffix, server_url),
            Asking::Look if self.on_path(&format!("docker-credential-{suffix}")) => Answer::NotAsked,
            Asking::Look | Asking::Says(Says::Missing) => Answer::Missing,
            Asking::Says(Says::Ok) => Answer::NotAsked,
            Asking::Says(Says::Notfound) => Answer::NotFound,
            Asking::Says(Says::Error) => Answer::Failed("an error, as --helper-says has it".to_owned()),
        }
    }

    fn list(&self, suffix: &str) -> Option<Vec<String>> {
        match self.asking {
            Asking::Run => programs::list_helper(suffix),
            Asking::Look if self.on_path(&format!("docker-credential-{suffix}")) => Some(Vec::new()),
            Asking::Says(Says::Ok | Says::Notfound) => Some(Vec::new()),
            _ => None,
        }
    }

    fn on_path(&self, program: &str) -> bool {
        programs::on_path(program).is_some()
    }

    fn platform(&self) -> Platform {
        if cfg!(windows) {
            Platform::Windows
        } else if cfg!(target_os = "macos") {
            Platform::MacOs
        } else {
            Platform::Linux
        }
    }

    fn user_id(&self) -> u32 {
        #[cfg(unix)]
        {
            rustix::process::geteuid().as_raw()
        }
        #[cfg(not(unix))]
        {
            0
        }
    }

    fn registries_conf_helpers(&self) -> Vec<String> {
        registries_conf_helpers(self)
    }
}

/// Reads a configuration; one that is too large or not text is unreadable.
pub fn read(path: &Path) -> FileState {
    let mut bytes = Zeroizing::new(Vec::new());
    // Before it is opened: nobody may ever write to a pipe.
    let result = path.metadata().and_then(|metadata| {
        if !metadata.is_file() {
            return Err(std::io::Error::other("it is not a regular file"));
        }
        File::open(path)?.take(MAX_FILE + 1).read_to_end(&mut bytes)
    });
    match result {
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => {
            FileState::Missing
        }
        Err(error) => FileState::Unreadable(error.to_string()),
        Ok(size) if size as u64 > MAX_FILE => FileState::Unreadable("it is larger than 16 MiB".to_owned()),
        Ok(_) => match std::str::from_utf8(&bytes) {
            Ok(text) => FileState::Text(Zeroizing::new(text.to_owned())),
            Err(error) => FileState::Unreadable(format!(
                "it is not UTF-8 (byte {}); PowerShell's `>` writes UTF-16, which no client reads",
                error.valid_up_to()
            )),
        },
    }
}

/// `credential-helpers` of podman's `registries.conf`, the user's before the system's. Source: containers/image
/// `docs/containers-registries.conf.5.md`.
fn registries_conf_helpers(machine: &LocalMachine) -> Vec<String> {
    #[derive(Default, serde::Deserialize)]
    struct RegistriesConf {
        #[serde(default, rename = "credential-helpers")]
        credential_helpers: Vec<String>,
    }
    let user = machine
        .set_variable("XDG_CONFIG_HOME")
        .map(std::path::PathBuf::from)
        .or_else(|| Some(machine.home()?.join(".config")))
        .map(|directory| directory.join("containers/registries.conf"));
    let named = machine.set_variable("CONTAINERS_REGISTRIES_CONF").map(std::path::PathBuf::from);
    let places = [named, user, Some("/etc/containers/registries.conf".into())];
    for path in places.into_iter().flatten() {
        if let FileState::Text(text) = read(&path) {
            return toml::from_str::<RegistriesConf>(&text).unwrap_or_default().credential_helpers;
        }
    }
    Vec::new()
}
