//! The machine as it will be once what is planned is done: a dry run looks at that, and what is decided before it is
//! written.

use std::io;
use std::path::{Path, PathBuf};

use ecrpass_core::environment::{Environment, OperatingSystem};
use zeroize::Zeroizing;

/// This machine, with these files and this program in place.
pub struct Planned<'a> {
    /// The machine as it is.
    pub environment: &'a dyn Environment,
    /// Files as they will be.
    pub files: Vec<(PathBuf, Zeroizing<String>)>,
    /// A name on `PATH`, and the program that will answer to it.
    pub program: Option<(String, PathBuf)>,
}

impl Environment for Planned<'_> {
    fn var(&self, name: &str) -> Option<String> {
        self.environment.var(name)
    }

    fn file(&self, path: &Path) -> io::Result<Zeroizing<String>> {
        match self.files.iter().find(|(file, _)| file == path) {
            Some((_, text)) => Ok(text.clone()),
            None => self.environment.file(path),
        }
    }

    fn boot_id(&self) -> Option<String> {
        self.environment.boot_id()
    }

    fn all_on_path(&self, program: &str) -> Vec<PathBuf> {
        let planned = self.program.iter().filter(|(name, _)| name == program).map(|(_, path)| path.clone());
        planned.chain(self.environment.all_on_path(program)).collect()
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
