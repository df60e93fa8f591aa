//! The environment of this process.

use std::env;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use ecrpass_core::Secret;
use ecrpass_core::environment::{Environment, OperatingSystem};
use zeroize::Zeroizing;

use crate::{bounded, machine, text_file};

/// The largest token read, in bytes.
const MAX_TOKEN: usize = 64 * 1024;

/// How long the writer of a pipe in a token's place may take.
const PATIENCE: Duration = Duration::from_secs(2);

/// The environment of this process, read anew whenever it is asked.
#[derive(Clone, Copy, Debug, Default)]
pub struct ProcessEnvironment;

impl Environment for ProcessEnvironment {
    fn var(&self, name: &str) -> Option<String> {
        env::var_os(name).map(|value| value.to_string_lossy().into_owned())
    }

    fn variables(&self) -> Vec<(String, String)> {
        let lossy = |text: std::ffi::OsString| text.to_string_lossy().into_owned();
        let mut variables: Vec<_> = env::vars_os().map(|(name, value)| (lossy(name), lossy(value))).collect();
        variables.sort_unstable();
        variables
    }

    fn file(&self, path: &Path) -> io::Result<Zeroizing<String>> {
        text_file::read(path)
    }

    fn bytes(&self, path: &Path) -> io::Result<Zeroizing<Vec<u8>>> {
        text_file::bytes(path).map(Zeroizing::new)
    }

    fn token_file(&self, path: &Path) -> Option<Secret> {
        let bytes = bounded::read(path, MAX_TOKEN, PATIENCE).ok()?;
        String::from_utf8(bytes).ok().map(Secret::new)
    }

    fn boot_id(&self) -> Option<String> {
        machine::boot_id()
    }

    fn host_name(&self) -> Option<String> {
        machine::host_name()
    }

    fn directory(&self) -> Option<PathBuf> {
        env::current_dir().ok()
    }

    fn system(&self) -> OperatingSystem {
        if cfg!(windows) {
            OperatingSystem::Windows
        } else if cfg!(target_os = "macos") {
            OperatingSystem::MacOs
        } else {
            OperatingSystem::Linux
        }
    }

    fn user_id(&self) -> u32 {
        #[cfg(unix)]
        return rustix::process::geteuid().as_raw();
        #[cfg(not(unix))]
        0
    }

    fn all_on_path(&self, program: &str) -> Vec<PathBuf> {
        // A suffix from a configuration may hold anything; a path is no program's name.
        if program.contains(['/', '\\', '\0']) {
            return Vec::new();
        }
        let name = format!("{program}{}", env::consts::EXE_SUFFIX);
        let path = env::var_os("PATH").unwrap_or_default();
        let mut found: Vec<PathBuf> = env::split_paths(&path)
            .map(|directory| directory.join(&name))
            .filter(|path| is_program(path))
            .collect();
        found.dedup();
        found
    }
}

#[cfg(unix)]
fn is_program(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    path.metadata().is_ok_and(|metadata| metadata.is_file() && metadata.permissions().mode() & 0o111 != 0)
}

#[cfg(not(unix))]
fn is_program(path: &Path) -> bool {
    path.is_file()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_no_programs() {
        assert!(ProcessEnvironment.all_on_path("../../bin/sh").is_empty());
        assert!(ProcessEnvironment.on_path("cargo").is_some());
    }
}
