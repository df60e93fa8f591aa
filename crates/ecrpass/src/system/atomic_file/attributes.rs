//! What a file has besides its bytes: mode, owner, access lists and other extended attributes. What takes a file's
//! place gets them all.

use std::fs::{self, File};
use std::io::{self, ErrorKind};
use std::path::Path;

#[cfg(any(target_os = "linux", target_os = "macos"))]
use super::extended;

/// The attributes of a file.
pub struct Attributes {
    metadata: Option<fs::Metadata>,
    #[cfg(any(target_os = "linux", target_os = "macos"))]
    extended: Vec<extended::Attribute>,
    /// Whether group and others get no rights.
    private: bool,
}

impl Attributes {
    /// Those of a file; `None` when there is none.
    ///
    /// # Errors
    /// When they cannot be read.
    pub fn of(path: &Path) -> io::Result<Option<Self>> {
        let metadata = match fs::metadata(path) {
            Ok(metadata) => metadata,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error),
        };
        Ok(Some(Self {
            #[cfg(any(target_os = "linux", target_os = "macos"))]
            extended: extended::of(path)?,
            metadata: Some(metadata),
            private: false,
        }))
    }

    /// Those of a new file: its owner's alone. What root makes in a user's directory is the user's.
    pub fn new_in(directory: &Path) -> Self {
        Self {
            metadata: owner_of(directory),
            #[cfg(any(target_os = "linux", target_os = "macos"))]
            extended: Vec::new(),
            private: true,
        }
    }

    /// How many names the file has.
    pub fn names(&self) -> u64 {
        #[cfg(unix)]
        {
            use std::os::unix::fs::MetadataExt;
            self.metadata.as_ref().map_or(1, |metadata| metadata.nlink())
        }
        #[cfg(not(unix))]
        {
            1
        }
    }

    /// Gives them to a file; without the rights of group and others where that is asked for.
    ///
    /// # Errors
    /// When one cannot be given.
    pub fn give(&self, file: &File, private: bool) -> io::Result<()> {
        let private = private || self.private;
        #[cfg(unix)]
        if let Some(like) = &self.metadata {
            take_owner(file, like)?;
        }
        #[cfg(any(target_os = "linux", target_os = "macos"))]
        extended::give(file, &self.extended, private)?;
        match &self.metadata {
            // Last: changing the owner may take rights away, and an access list's mask is the mode of the group.
            Some(like) if !self.private => set_mode(file, like, private),
            _ => Ok(()),
        }
    }
}

/// Makes a directory for its owner alone, as docker does; what root makes in a user's home is the user's.
///
/// # Errors
/// When it cannot be made.
pub fn create_directory(path: &Path) -> io::Result<()> {
    if path.is_dir() {
        return Ok(());
    }
    if let Some(parent) = path.parent().filter(|parent| !parent.as_os_str().is_empty()) {
        create_directory(parent)?;
    }
    match for_its_owner().create(path) {
        Err(error) if error.kind() == ErrorKind::AlreadyExists && path.is_dir() => return Ok(()),
        other => other?,
    }
    #[cfg(unix)]
    if let Some(like) = path.parent().and_then(owner_of) {
        take_owner(&open_directory(path)?, &like)?;
    }
    Ok(())
}

#[cfg(unix)]
fn for_its_owner() -> fs::DirBuilder {
    let mut builder = fs::DirBuilder::new();
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder
}

/// A profile's directories are its owner's by themselves.
#[cfg(not(unix))]
fn for_its_owner() -> fs::DirBuilder {
    fs::DirBuilder::new()
}

/// Opens a directory that was just made; not a link that its new owner put in its place.
#[cfg(unix)]
fn open_directory(path: &Path) -> io::Result<File> {
    use rustix::fs::{Mode, OFlags, open};
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    Ok(File::from(open(path, flags, Mode::empty())?))
}

/// The owner whom root hands new files over to: the directory's.
#[cfg(unix)]
fn owner_of(directory: &Path) -> Option<fs::Metadata> {
    rustix::process::geteuid().is_root().then(|| fs::metadata(directory).ok()).flatten()
}

#[cfg(not(unix))]
fn owner_of(_: &Path) -> Option<fs::Metadata> {
    None
}

#[cfg(unix)]
fn take_owner(file: &File, like: &fs::Metadata) -> io::Result<()> {
    use std::os::unix::fs::MetadataExt;
    let ours = file.metadata()?;
    if (ours.uid(), ours.gid()) == (like.uid(), like.gid()) {
        return Ok(());
    }
    std::os::unix::fs::fchown(file, Some(like.uid()), Some(like.gid())).map_err(|_| {
        let whose = match ours.uid() == like.uid() {
            true => format!("it belongs to group {}, and would become our group's", like.gid()),
            false => format!("it belongs to user {}, and would become ours", like.uid()),
        };
        io::Error::new(ErrorKind::PermissionDenied, whose)
    })
}

#[cfg(unix)]
fn set_mode(file: &File, like: &fs::Metadata, private: bool) -> io::Result<()> {
    use std::os::unix::fs::{MetadataExt, PermissionsExt};
    let wanted = like.mode() & if private { 0o700 } else { 0o7777 };
    if file.metadata()?.mode() & 0o7777 != wanted {
        file.set_permissions(fs::Permissions::from_mode(wanted))?;
    }
    Ok(())
}

#[cfg(not(unix))]
fn set_mode(file: &File, like: &fs::Metadata, _: bool) -> io::Result<()> {
    file.set_permissions(like.permissions())
}
