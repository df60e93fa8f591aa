//! A program's file as the system sees it: who may run it, whose it is, and who can put another in its place.

use std::path::Path;

/// Whether this user may run it.
#[cfg(unix)]
pub fn is_executable(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    // Root passes the access check as soon as anybody may run it; clients look at the bits.
    rustix::fs::access(path, rustix::fs::Access::EXEC_OK).is_ok()
        && path.metadata().is_ok_and(|metadata| metadata.permissions().mode() & 0o111 != 0)
}

/// Whether this user may run it.
#[cfg(not(unix))]
pub fn is_executable(path: &Path) -> bool {
    path.is_file()
}

/// Whose the file is that a path leads to.
#[cfg(unix)]
pub fn owner(path: &Path) -> Option<String> {
    use std::os::unix::fs::MetadataExt;
    path.metadata().ok().map(|metadata| name_of(metadata.uid()))
}

/// Owners are told by access lists there.
#[cfg(not(unix))]
pub fn owner(_: &Path) -> Option<String> {
    None
}

/// What lets other users put another program in its place: the file or a directory that everybody may write, or the
/// name of an owner who is neither root nor this user.
#[cfg(unix)]
pub fn replaceable(path: &Path) -> Option<String> {
    let real = path.canonicalize().ok()?;
    let places = [Some(real.as_path()), real.parent(), path.parent()];
    places.into_iter().flatten().find_map(|place| open_to(place, rustix::process::geteuid().as_raw()))
}

/// Modes say nothing there.
#[cfg(not(unix))]
pub fn replaceable(_: &Path) -> Option<String> {
    None
}

#[cfg(unix)]
fn open_to(place: &Path, user: u32) -> Option<String> {
    use std::os::unix::fs::MetadataExt;
    let metadata = place.metadata().ok()?;
    let (mode, owner) = (metadata.mode(), metadata.uid());
    // In a directory such as /tmp nobody can replace another user's file.
    let is_sticky = metadata.is_dir() && mode & 0o1000 != 0;
    if mode & 0o002 != 0 && !is_sticky {
        return Some(place.display().to_string());
    }
    (owner != 0 && owner != user).then(|| name_of(owner))
}

/// A user's name by the password file, or the number.
#[cfg(unix)]
pub fn name_of(user: u32) -> String {
    let text = ecrpass_system::text_file::read(Path::new("/etc/passwd"));
    let name = text.ok().and_then(|text| {
        let is_it = |line: &&str| line.split(':').nth(2) == Some(user.to_string().as_str());
        text.lines().find(is_it).and_then(|line| line.split(':').next()).map(str::to_owned)
    });
    name.unwrap_or_else(|| user.to_string())
}

#[cfg(all(test, unix))]
mod tests {
    use std::fs::{self, Permissions};
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn what_others_may_write_can_be_replaced() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("program");
        fs::write(&path, "").unwrap();
        let set = |path: &Path, mode: u32| fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
        set(directory.path(), 0o755);
        set(&path, 0o755);
        assert_eq!(replaceable(&path), None);
        set(&path, 0o757);
        assert_eq!(replaceable(&path), Some(path.canonicalize().unwrap().display().to_string()));
        set(&path, 0o755);
        set(directory.path(), 0o777);
        assert!(replaceable(&path).is_some());
        // As /tmp is.
        set(directory.path(), 0o1777);
        assert_eq!(replaceable(&path), None);
        // Through a link from a place that is open.
        let open = tempfile::tempdir().unwrap();
        set(open.path(), 0o777);
        let link = open.path().join("link");
        std::os::unix::fs::symlink(&path, &link).unwrap();
        assert_eq!(replaceable(&link), Some(open.path().display().to_string()));
        assert_eq!(name_of(0), "root");
        assert_eq!(open_to(Path::new("/etc/passwd"), 12345), None);
        assert_eq!(open_to(&path, 4_294_967_000).is_some(), rustix::process::geteuid().as_raw() != 0);
    }
}
