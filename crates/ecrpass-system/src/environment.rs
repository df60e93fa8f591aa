//! The environment of this process.

use std::env;
use std::io;
use std::path::{Path, PathBuf};

use ecrpass_core::environment::Environment;
use zeroize::Zeroizing;

use crate::{machine, text_file};

/// The environment of this process, read anew whenever it is asked.
#[derive(Clone, Copy, Debug, Default)]
pub struct ProcessEnvironment;

impl Environment for ProcessEnvironment {
    fn var(&self, name: &str) -> Option<String> {
        env::var_os(name).map(|value| value.to_string_lossy().into_owned())
    }

    fn file(&self, path: &Path) -> io::Result<Zeroizing<String>> {
        text_file::read(path)
    }

    fn boot_id(&self) -> Option<String> {
        machine::boot_id()
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
