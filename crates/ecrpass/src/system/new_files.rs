//! What a client leaves in a user's home when root runs it there, as under `sudo -E`: files that the user cannot read.
//! What is new of the configurations is handed over to whom the home belongs to.

use ecrpass_core::environment::Environment;

#[cfg(unix)]
pub use self::imp::NewFiles;

/// Where there is no root, there is nothing to hand over.
#[cfg(not(unix))]
pub struct NewFiles;

#[cfg(not(unix))]
impl NewFiles {
    /// Nothing to look out for.
    pub fn watch(_: &dyn Environment) -> Self {
        Self
    }

    /// Nothing to do.
    pub fn hand_over(self) -> Vec<String> {
        Vec::new()
    }
}

#[cfg(unix)]
mod imp {
    use std::collections::BTreeSet;
    use std::os::fd::OwnedFd;
    use std::os::unix::fs::MetadataExt;
    use std::path::{Component, Path, PathBuf};

    use rustix::fs::{FileType, Gid, Mode, OFlags, Uid, fchown, fstat, open, openat};
    use rustix::io::Errno;

    use super::Environment;
    use crate::system::files;

    /// What was not there of the places where clients write.
    pub struct NewFiles {
        home: PathBuf,
        owner: (u32, u32),
        /// Below the home, directories before what is in them.
        missing: BTreeSet<PathBuf>,
    }

    impl NewFiles {
        /// Looks at what is there now.
        pub fn watch(environment: &dyn Environment) -> Self {
            let home = environment.home().unwrap_or_default();
            let owner = home.metadata().map_or((0, 0), |found| (found.uid(), found.gid()));
            let mut missing = BTreeSet::new();
            if environment.user_id() == 0 && owner.0 != 0 {
                for path in files::places(environment) {
                    let inside = path.strip_prefix(&home).unwrap_or(Path::new(""));
                    let parts = inside.ancestors().filter(|part| !part.as_os_str().is_empty());
                    missing.extend(
                        parts
                            .filter(|part| part.components().all(|it| matches!(it, Component::Normal(_))))
                            .filter(|part| home.join(part).symlink_metadata().is_err())
                            .map(Path::to_owned),
                    );
                }
            }
            Self { home, owner, missing }
        }

        /// Hands over what there is now; what could not be is returned, as a text.
        pub fn hand_over(self) -> Vec<String> {
            let failed = self.missing.iter().filter_map(|part| match self.give(part) {
                Ok(()) | Err(Errno::NOENT) => None,
                Err(error) => Some(format!(
                    "{} cannot be handed over to user {}, whose home it is in: {error}",
                    self.home.join(part).display(),
                    self.owner.0
                )),
            });
            failed.collect()
        }

        /// No link is followed on the way: the user may have put one there meanwhile.
        fn give(&self, part: &Path) -> Result<(), Errno> {
            let base = OFlags::RDONLY | OFlags::CLOEXEC;
            let mut file: OwnedFd = open(&self.home, base | OFlags::DIRECTORY, Mode::empty())?;
            for name in part {
                let flags = base | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::NOCTTY;
                file = openat(&file, name, flags, Mode::empty())?;
            }
            let found = fstat(&file)?;
            let is_new = match FileType::from_raw_mode(found.st_mode) {
                FileType::Directory => true,
                FileType::RegularFile => found.st_nlink == 1,
                _ => false,
            };
            if !is_new || found.st_uid != 0 {
                return Ok(());
            }
            fchown(&file, Some(Uid::from_raw(self.owner.0)), Some(Gid::from_raw(self.owner.1)))
        }
    }
}
