//! A file of a node that is replaced as one, and put back as one: whatever moment the replacing ends at, by a signal or
//! by the power, the file is the old one or the new one, and the next run goes on from there.
//!
//! Three names beside the file say what was done, and nothing else does: `….ecrpass-before` is the file that was there,
//! `….ecrpass-none` says that there was none, and `….ecrpass-ours` has the digests of what was put there. A file whose
//! digest is not in that list is somebody else's, whoever wrote it, and is kept anew before it is replaced.

use std::fs::{self, File, OpenOptions, Permissions};
use std::io::{self, ErrorKind, Write};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use ecrpass_core::hex::hex;
use sha2::{Digest, Sha256};

use crate::system::in_root::followed;

/// Called before each change on the disk; an error ends the work there, as a kill would. Tests do that.
pub type Step<'a> = &'a mut dyn FnMut(&'static str) -> io::Result<()>;

/// How many digests of ours are remembered.
const MOST_DIGESTS: usize = 16;

/// The largest file that is looked at.
const MOST_BYTES: u64 = 512 * 1024 * 1024;

/// Whether something was changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// It is now.
    Made,
    /// It was so already.
    None,
}

/// What became of a file that was to be put back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Returned {
    /// The old file is in its place, or none where there was none.
    Done,
    /// Nothing of ours was there.
    NotOurs,
    /// Somebody else has replaced it since: it is left, and what was kept is beside it still.
    Replaced,
}

/// A file, by its path.
pub struct KeptFile {
    path: PathBuf,
    /// Where its machine's files begin: links lead to places below that.
    root: PathBuf,
}

impl KeptFile {
    /// The file at a path of this machine.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self::below(Path::new("/"), path)
    }

    /// The file at a path of a machine whose files are below `root`.
    pub fn below(root: &Path, path: impl Into<PathBuf>) -> Self {
        Self { path: path.into(), root: root.to_owned() }
    }

    /// Where a name leads, if it is a link's.
    fn real(&self, path: &Path) -> PathBuf {
        followed(&self.root, path)
    }

    /// The digest of what is at a name; `None` where nothing is.
    fn digest_at(&self, path: &Path) -> io::Result<Option<String>> {
        digest_of(&self.real(path))
    }

    /// What the system knows of the file that is there.
    ///
    /// # Errors
    /// When there is none, or it cannot be looked at.
    pub fn metadata(&self) -> io::Result<fs::Metadata> {
        fs::metadata(self.real(&self.path))
    }

    /// Whether putting back means that the file goes: it is ours, and there was none before.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn would_go(&self) -> io::Result<bool> {
        let ours = self.digests()?;
        let is_ours = self.digest_at(&self.path)?.is_some_and(|now| ours.contains(&now));
        Ok(is_ours && self.digest_at(&self.before())?.is_none())
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    fn beside(&self, what: &str) -> PathBuf {
        let mut name = self.path.as_os_str().to_owned();
        name.push(what);
        PathBuf::from(name)
    }

    /// Where the file is that was there before.
    pub fn before(&self) -> PathBuf {
        self.beside(".ecrpass-before")
    }

    fn none(&self) -> PathBuf {
        self.beside(".ecrpass-none")
    }

    fn ours(&self) -> PathBuf {
        self.beside(".ecrpass-ours")
    }

    /// Whether something of ours was put there, and what was there before can be put back.
    pub fn is_kept(&self) -> bool {
        [self.before(), self.none(), self.ours()].iter().any(|path| path.exists())
    }

    /// Where a new file waits to be moved into its place: beside it, so that it can be run there as it will be.
    pub fn candidate(&self) -> PathBuf {
        self.beside(".ecrpass-new")
    }

    /// Whether the file is this.
    ///
    /// # Errors
    /// When it is there and cannot be read.
    pub fn is(&self, content: &[u8]) -> io::Result<bool> {
        Ok(self.digest_at(&self.path)? == Some(digest(content)))
    }

    /// Its text; `None` where there is none.
    ///
    /// # Errors
    /// When it is there and cannot be read.
    pub fn text(&self) -> io::Result<Option<String>> {
        match ecrpass_system::text_file::read(&self.real(&self.path)) {
            Ok(text) => Ok(Some(text.to_string())),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Whether this was put there by us.
    ///
    /// # Errors
    /// When the list of that cannot be read.
    pub fn is_own(&self, content: &[u8]) -> io::Result<bool> {
        Ok(self.digests()?.contains(&digest(content)))
    }

    /// Puts what was ours before in the place of what is.
    ///
    /// # Errors
    /// When that fails; the file is then one of the two.
    pub fn go_back_to(&self, content: &[u8], at: Step<'_>) -> io::Result<()> {
        let mode = self.metadata().map_or(0o644, |metadata| metadata.permissions().mode() & 0o777);
        self.replace(content, mode, at).map(drop)
    }

    /// Writes what is to take its place, beside it.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn prepare(&self, content: &[u8], mode: u32, at: Step<'_>) -> io::Result<()> {
        at("write the new file")?;
        let candidate = self.candidate();
        write(&candidate, content, mode)?;
        like_neighbour(&self.real(&self.path), &candidate);
        Ok(())
    }

    /// Throws away what was prepared.
    pub fn drop_candidate(&self) {
        let _ = fs::remove_file(self.candidate());
    }

    /// Puts what was prepared into its place, and keeps what was there.
    ///
    /// # Errors
    /// When that fails; the file is then the old one or the new one.
    pub fn put(&self, at: Step<'_>) -> io::Result<()> {
        let put = self.put_prepared(at);
        if put.is_err() {
            // Whatever failed, a full disk for example: what waits for nothing takes no room.
            self.drop_candidate();
        }
        put
    }

    fn put_prepared(&self, at: Step<'_>) -> io::Result<()> {
        let new = digest_of(&self.candidate())?.ok_or(ErrorKind::NotFound)?;
        let ours = self.digests()?;
        let now = self.digest_at(&self.path)?;
        let is_ours = now.as_ref().is_some_and(|now| ours.contains(now));
        if !is_ours {
            // A link that leads nowhere is something, too.
            self.keep(self.path.symlink_metadata().is_ok(), at)?;
        }
        // Before the file, so that one of ours is never taken for somebody else's.
        at("note the digest")?;
        self.note(ours, &new)?;
        at("move the new file into its place")?;
        fs::rename(self.candidate(), &self.path)?;
        sync(&self.path);
        Ok(())
    }

    /// Replaces the file with this, unless it is this.
    ///
    /// # Errors
    /// When that fails; the file is then the old one or the new one.
    pub fn replace(&self, content: &[u8], mode: u32, at: Step<'_>) -> io::Result<Change> {
        if self.is(content)? {
            return Ok(Change::None);
        }
        self.prepare(content, mode, at)?;
        self.put(at)?;
        Ok(Change::Made)
    }

    /// Keeps what is there, or that nothing is.
    fn keep(&self, is_there: bool, at: Step<'_>) -> io::Result<()> {
        at("keep the old file")?;
        if !is_there {
            write(&self.none(), b"", 0o644)?;
            at("forget what was kept before")?;
            return remove(&self.before());
        }
        // A second name for it, and then in one go in the place of what was kept before.
        let second = self.beside(".ecrpass-keeping");
        remove(&second)?;
        if fs::hard_link(&self.path, &second).is_err() {
            // A file system without links.
            let real = self.real(&self.path);
            let mode = fs::metadata(&real)?.permissions().mode() & 0o7777;
            write(&second, &fs::read(&real)?, mode)?;
        }
        at("name the old file")?;
        rename(&second, &self.before())?;
        // Of two names of one file, a rename to the other does nothing and leaves the first.
        remove(&second)?;
        at("forget that there was none")?;
        remove(&self.none())?;
        sync(&self.path);
        Ok(())
    }

    /// Puts back what was there before.
    ///
    /// # Errors
    /// When that fails; the file is then ours or the old one.
    pub fn give_back(&self, at: Step<'_>) -> io::Result<Returned> {
        self.drop_candidate();
        let ours = self.digests()?;
        let now = self.digest_at(&self.path)?;
        let before = self.before();
        let is_kept = before.symlink_metadata().is_ok();
        // Kept, and not replaced then: a run was killed in between.
        let is_same = is_kept && self.digest_at(&before)? == now;
        if ours.is_empty() {
            remove(&self.none())?;
            if is_same {
                remove(&before)?;
            }
            return Ok(Returned::NotOurs);
        }
        let returned = if !now.as_ref().is_some_and(|now| ours.contains(now)) {
            if is_kept && !is_same {
                return Ok(Returned::Replaced);
            }
            // It is the old one: put back by a run that was killed then, or never replaced.
            remove(&before)?;
            Returned::Done
        } else if is_kept {
            at("move the old file back")?;
            fs::rename(&before, &self.path)?;
            Returned::Done
        } else if self.none().exists() {
            at("remove the file")?;
            remove(&self.path)?;
            Returned::Done
        } else {
            return Err(io::Error::other(format!(
                "{} is gone, which was kept to be put back",
                before.display()
            )));
        };
        sync(&self.path);
        at("forget that there was none")?;
        remove(&self.none())?;
        at("forget the digests")?;
        remove(&self.ours())?;
        Ok(returned)
    }

    /// The digests of what was put there.
    fn digests(&self) -> io::Result<Vec<String>> {
        match fs::read_to_string(self.ours()) {
            Ok(text) => Ok(text.lines().map(str::to_owned).collect()),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(Vec::new()),
            Err(error) => Err(error),
        }
    }

    fn note(&self, mut ours: Vec<String>, new: &str) -> io::Result<()> {
        if !ours.iter().any(|known| known == new) {
            ours.push(new.to_owned());
        }
        let skipped = ours.len().saturating_sub(MOST_DIGESTS);
        let text: String = ours.iter().skip(skipped).map(|digest| format!("{digest}\n")).collect();
        let temporary = self.beside(".ecrpass-noting");
        write(&temporary, text.as_bytes(), 0o644)?;
        rename(&temporary, &self.ours())
    }
}

/// Writes a file anew, with its mode whatever the umask is, onto the disk: whole or not at all.
///
/// # Errors
/// When that fails; nothing is left of it then.
pub fn write(path: &Path, content: &[u8], mode: u32) -> io::Result<()> {
    // Not through a link that somebody left there.
    remove(path)?;
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
    let written = file
        .write_all(content)
        .and_then(|()| file.set_permissions(Permissions::from_mode(mode)))
        .and_then(|()| file.sync_all());
    written.inspect_err(|_| drop(fs::remove_file(path)))
}

/// Moves a file; where that fails, it takes no room.
///
/// # Errors
/// When it cannot be moved.
pub fn rename(from: &Path, to: &Path) -> io::Result<()> {
    fs::rename(from, to).inspect_err(|_| drop(fs::remove_file(from)))
}

/// Removes a file, if there is one.
///
/// # Errors
/// When it is there and stays.
pub fn remove(path: &Path) -> io::Result<()> {
    // Asked first: where nothing can be written, nothing can be removed, whether it is there or not.
    if path.symlink_metadata().is_err_and(|error| error.kind() == ErrorKind::NotFound) {
        return Ok(());
    }
    match fs::remove_file(path) {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

/// The names are on the disk once their directory is; where that cannot be had, the system sees to it later.
fn sync(path: &Path) {
    if let Some(directory) = path.parent().and_then(|directory| File::open(directory).ok()) {
        let _ = directory.sync_all();
    }
}

/// SELinux lets the kubelet run what is labelled as what was there; a new file gets its directory's by itself.
#[cfg(target_os = "linux")]
fn like_neighbour(old: &Path, new: &Path) {
    const LABEL: &str = "security.selinux";
    let mut value = vec![0_u8; 1024];
    if let Ok(length) = rustix::fs::getxattr(old, LABEL, value.as_mut_slice()) {
        value.truncate(length);
        let _ = rustix::fs::setxattr(new, LABEL, &value, rustix::fs::XattrFlags::empty());
    }
}

#[cfg(not(target_os = "linux"))]
fn like_neighbour(_: &Path, _: &Path) {}

fn digest(content: &[u8]) -> String {
    hex(&Sha256::digest(content))
}

/// That of a file; `None` where there is none.
fn digest_of(path: &Path) -> io::Result<Option<String>> {
    let metadata = match fs::metadata(path) {
        Ok(metadata) => metadata,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error),
    };
    if !metadata.is_file() || metadata.len() > MOST_BYTES {
        return Err(io::Error::other("it is no regular file of a sensible size"));
    }
    Ok(Some(digest(&fs::read(path)?)))
}

#[cfg(test)]
mod tests;
