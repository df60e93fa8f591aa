//! What a decision may depend on besides its arguments: variables, files, programs. It is handed in, so that the same
//! code runs in the helper, in a replayed support bundle, in a browser and in tests.

mod in_memory;
mod overlay;
mod read_once;
mod system;

use std::io;
use std::path::{Path, PathBuf};

use zeroize::Zeroizing;

pub use self::in_memory::EnvironmentInMemory;
pub use self::overlay::Overlay;
pub use self::read_once::ReadOnce;
pub use self::system::OperatingSystem;
use crate::Secret;

/// The surroundings of a process.
pub trait Environment: Send + Sync {
    /// A variable; an empty one is `Some("")`.
    fn var(&self, name: &str) -> Option<String>;

    /// Every variable, sorted by name: what a program is given that is started.
    fn variables(&self) -> Vec<(String, String)>;

    /// The text of a file.
    ///
    /// # Errors
    /// Why it cannot be read; `NotFound` when there is none.
    fn file(&self, path: &Path) -> io::Result<Zeroizing<String>>;

    /// The bytes of a file, which need not be text.
    ///
    /// # Errors
    /// As [`Self::file`].
    fn bytes(&self, path: &Path) -> io::Result<Zeroizing<Vec<u8>>> {
        Ok(Zeroizing::new(self.file(path)?.as_bytes().to_vec()))
    }

    /// The content of a file that holds a token, which a shell may supply through a pipe; `None` when it cannot be read
    /// within bounds.
    fn token_file(&self, path: &Path) -> Option<Secret> {
        let mut text = self.file(path).ok()?;
        Some(Secret::new(std::mem::take(&mut *text)))
    }

    /// Something that is new after every boot; `None` where the system has no such thing.
    fn boot_id(&self) -> Option<String>;

    /// The name of this machine or container.
    fn host_name(&self) -> Option<String>;

    /// Every place on `PATH` where a program is, in that order.
    fn all_on_path(&self, program: &str) -> Vec<PathBuf>;

    /// The directory that relative paths begin in.
    fn directory(&self) -> Option<PathBuf>;

    /// The operating system.
    fn system(&self) -> OperatingSystem;

    /// The user's id, 0 where there is none.
    fn user_id(&self) -> u32;

    /// Where a program is on `PATH`: the first one a client would run.
    fn on_path(&self, program: &str) -> Option<PathBuf> {
        self.all_on_path(program).into_iter().next()
    }

    /// A variable that is set to something.
    fn nonempty_var(&self, name: &str) -> Option<String> {
        self.var(name).filter(|value| !value.is_empty())
    }

    /// The home directory.
    fn home(&self) -> Option<PathBuf> {
        let variable = if self.system() == OperatingSystem::Windows { "USERPROFILE" } else { "HOME" };
        self.nonempty_var(variable).map(PathBuf::from)
    }
}
