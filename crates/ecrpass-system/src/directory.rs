//! What is in a directory. The standard library's reader of directories panics when one cannot be closed, as on a disk
//! or a network that fails; here that is nothing.

use std::io;
use std::path::{Path, PathBuf};

/// The paths of what is in a directory, in no order. Where reading fails half-way, as far as it went.
///
/// # Errors
/// When it cannot be opened, or is no directory.
#[cfg(unix)]
pub fn entries(directory: &Path) -> io::Result<Vec<PathBuf>> {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt;

    use rustix::fs::{Dir, Mode, OFlags};

    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
    let opened = Dir::new(rustix::fs::open(directory, flags, Mode::empty())?)?;
    let mut paths = Vec::new();
    for entry in opened {
        let Ok(entry) = entry else { break };
        let name = entry.file_name().to_bytes();
        if name != b"." && name != b".." {
            paths.push(directory.join(OsStr::from_bytes(name)));
        }
    }
    Ok(paths)
}

/// The paths of what is in a directory, in no order. Where reading fails half-way, as far as it went.
///
/// # Errors
/// When it cannot be opened, or is no directory.
#[cfg(not(unix))]
pub fn entries(directory: &Path) -> io::Result<Vec<PathBuf>> {
    Ok(std::fs::read_dir(directory)?.map_while(Result::ok).map(|entry| entry.path()).collect())
}

/// Where a path that this user may not read is closed: the first directory that lets nobody in, or the file itself.
pub fn closed(path: &Path) -> &Path {
    let closed = path.ancestors().skip(1).filter(|parent| {
        std::fs::symlink_metadata(parent.join("."))
            .is_err_and(|error| error.kind() == io::ErrorKind::PermissionDenied)
    });
    closed.last().unwrap_or(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_in_it_and_nothing_else() {
        let directory = tempfile::tempdir().unwrap();
        let expected: Vec<PathBuf> =
            (0..300).map(|number| directory.path().join(format!("a file named {number:03}"))).collect();
        for path in &expected {
            std::fs::write(path, "").unwrap();
        }
        let mut found = entries(directory.path()).unwrap();
        found.sort();
        assert_eq!(found, expected);
        assert_eq!(entries(&directory.path().join("none")).unwrap_err().kind(), io::ErrorKind::NotFound);
        assert_eq!(entries(&expected[0]).unwrap_err().kind(), io::ErrorKind::NotADirectory);
    }
}
