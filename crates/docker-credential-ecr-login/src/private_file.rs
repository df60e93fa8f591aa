//! Files that only their owner may read: opened without following links, written whole or not at all.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

use zeroize::Zeroizing;

/// Makes a directory and its parents; what is new is for the owner alone.
pub fn create_directory(path: &Path) -> io::Result<()> {
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path)
}

/// Reads a file of at most `limit` bytes.
///
/// # Errors
/// Also when it is a link, not a regular file, not ours, or readable by others: a token in such a file may have
/// been put there by somebody else, and must not be trusted.
pub fn read(path: &Path, limit: usize) -> io::Result<Zeroizing<Vec<u8>>> {
    read_with(path, limit).map(|(bytes, _)| bytes)
}

/// The same, with what the system says of the file.
///
/// # Errors
/// As [`read`].
pub fn read_with(path: &Path, limit: usize) -> io::Result<(Zeroizing<Vec<u8>>, fs::Metadata)> {
    let mut options = OpenOptions::new();
    options.read(true);
    no_follow(&mut options);
    let file = options.open(path)?;
    let metadata = file.metadata()?;
    let size = usize::try_from(metadata.len()).unwrap_or(usize::MAX);
    if !metadata.is_file() || size > limit || !is_private(&metadata) {
        return Err(io::ErrorKind::PermissionDenied.into());
    }
    // One buffer of the right size: growing would leave copies of the secret behind.
    let mut bytes = Zeroizing::new(Vec::with_capacity(size + 1));
    file.take(size as u64).read_to_end(&mut bytes)?;
    Ok((bytes, metadata))
}

/// The number that a file has on its disk; 0 where there are none.
pub fn number(metadata: &fs::Metadata) -> u64 {
    #[cfg(unix)]
    return std::os::unix::fs::MetadataExt::ino(metadata);
    #[cfg(not(unix))]
    {
        let _ = metadata;
        0
    }
}

/// Adds a line to a file of our own; lines of several processes do not mix.
///
/// # Errors
/// Also when the file is longer than that already, or could have been written by others.
pub fn append(path: &Path, line: &str, limit: usize) -> io::Result<()> {
    let mut file = open_or_create(path)?;
    let metadata = file.metadata()?;
    if !metadata.is_file() || metadata.len() > limit as u64 || !is_private(&metadata) {
        return Err(io::ErrorKind::PermissionDenied.into());
    }
    ecrpass_system::outlive_limit();
    file.write_all(format!("{line}\n").as_bytes())
}

/// Replaces a file by a new one with this content; a crash leaves the old or the new one.
pub fn replace(path: &Path, bytes: &[u8]) -> io::Result<()> {
    ecrpass_system::outlive_limit();
    let temporary = temporary_name(path);
    let written = create(&temporary).and_then(|mut file| file.write_all(bytes));
    let result = written.and_then(|()| ecrpass_system::rename(&temporary, path));
    if result.is_err() {
        let _ = fs::remove_file(&temporary);
    }
    result
}

/// The ending of files that are being written.
pub const TEMPORARY: &str = "tmp";

fn temporary_name(path: &Path) -> PathBuf {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let count = COUNT.fetch_add(1, Ordering::Relaxed);
    path.with_extension(format!("{}-{count}.{TEMPORARY}", std::process::id()))
}

fn create(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    match options.open(path) {
        // Left by a killed process that had our number.
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            fs::remove_file(path)?;
            options.open(path)
        }
        other => other,
    }
}

/// Opens a file for appending or locking, making it for the owner alone if it is not there.
pub fn open_or_create(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true).append(true).create(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    no_follow(&mut options);
    options.open(path)
}

#[cfg(unix)]
fn no_follow(options: &mut OpenOptions) {
    use rustix::fs::OFlags;
    // Non-blocking, so that a pipe put in the file's place does not hang us.
    let flags = OFlags::NOFOLLOW | OFlags::NONBLOCK;
    std::os::unix::fs::OpenOptionsExt::custom_flags(options, flags.bits().cast_signed());
}

#[cfg(unix)]
fn is_private(metadata: &fs::Metadata) -> bool {
    use std::os::unix::fs::MetadataExt;
    metadata.uid() == rustix::process::geteuid().as_raw() && metadata.mode() & 0o077 == 0
}

// On Windows the profile directory's access list does what modes do elsewhere.
#[cfg(not(unix))]
fn no_follow(_: &mut OpenOptions) {}

#[cfg(not(unix))]
fn is_private(_: &fs::Metadata) -> bool {
    true
}

/// Whether the path still leads to this open file.
pub fn is_same_file(file: &File, path: &Path) -> bool {
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt;
        match (file.metadata(), fs::symlink_metadata(path)) {
            (Ok(open), Ok(named)) => (open.dev(), open.ino()) == (named.dev(), named.ino()),
            _ => false,
        }
    }
    // Windows does not let an open file be removed.
    #[cfg(not(unix))]
    {
        let _ = file;
        path.exists()
    }
}

#[cfg(all(test, unix))]
mod tests {
    use std::os::unix::fs::{PermissionsExt, symlink};

    use super::*;

    #[test]
    fn only_our_own_private_regular_files_are_read() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("token");
        replace(&path, b"content").unwrap();
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(read(&path, 100).unwrap().as_slice(), b"content");
        assert!(read(&path, 3).is_err());

        let link = directory.path().join("link");
        symlink(&path, &link).unwrap();
        assert!(read(&link, 100).is_err());
        replace(&link, b"new").unwrap();
        assert_eq!(read(&path, 100).unwrap().as_slice(), b"content");
        assert_eq!(read(&link, 100).unwrap().as_slice(), b"new");

        fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
        assert!(read(&path, 100).is_err());
        assert!(read(directory.path(), 100).is_err());
        assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 2);
    }

    #[test]
    fn a_pipe_in_the_files_place_does_not_hang() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("pipe");
        rustix::fs::mknodat(rustix::fs::CWD, &path, rustix::fs::FileType::Fifo, 0o600.into(), 0).unwrap();
        assert!(read(&path, 100).is_err());
    }
}
