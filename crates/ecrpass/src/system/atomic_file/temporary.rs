//! The file that is written beside a configuration before it takes its place, and what a killed run left of one.
//!
//! Its name says whose it is: `.<name>.ecrpass-<process>-<number>-<fingerprint of the new text>`, with `.tmp` while it
//! is written, and `.swap` once it is whole. After the exchange a `.swap` holds what was replaced: it may be the only
//! copy of what another program wrote at that moment, and is never removed unless its text is known to be elsewhere.

use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, SystemTime};

use ecrpass_core::hex::hex;
use ecrpass_system::directory;
use sha2::{Digest, Sha256};

use super::attributes::Attributes;

/// Where the directory cannot be locked, a younger file may still be somebody's.
const OLD: Duration = Duration::from_secs(60 * 60);

static NUMBER: AtomicU32 = AtomicU32::new(0);

/// A file beside another, gone again unless it gets into its place.
pub struct Temporary {
    /// Where it is.
    pub path: PathBuf,
    removed: bool,
}

impl Temporary {
    /// Writes a whole file to the disk, with these attributes.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn write(
        target: &Path,
        text: impl AsRef<[u8]>,
        attributes: &Attributes,
        private: bool,
    ) -> io::Result<Self> {
        let text = text.as_ref();
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        // Its owner's alone until it has the mode of the other.
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let (file, path) = loop {
            let number = NUMBER.fetch_add(1, Ordering::Relaxed);
            let path = path(target, std::process::id(), number, &fingerprint(text), "tmp");
            match options.open(&path) {
                Ok(file) => break (file, path),
                // What a process of our number left.
                Err(error) if error.kind() == ErrorKind::AlreadyExists && number < 1000 => {}
                Err(error) => return Err(error),
            }
        };
        let mut this = Self { path, removed: false };
        this.fill(file, text, attributes, private)?;
        let whole = this.path.with_extension("swap");
        ecrpass_system::rename(&this.path, &whole)?;
        this.path = whole;
        Ok(this)
    }

    fn fill(&self, mut file: File, text: &[u8], attributes: &Attributes, private: bool) -> io::Result<()> {
        file.write_all(text)?;
        attributes.give(&file, private)?;
        file.sync_all()
    }

    /// Puts it in the place of another, or where none is.
    ///
    /// # Errors
    /// When the system refuses; it is removed then.
    pub fn replace(self, target: &Path) -> io::Result<()> {
        ecrpass_system::rename(&self.path, target)?;
        self.release();
        Ok(())
    }

    /// It got into its place, or is somebody else's now: it is not ours to remove.
    pub fn release(mut self) {
        self.removed = true;
    }
}

impl Drop for Temporary {
    fn drop(&mut self) {
        if !self.removed {
            let _ = fs::remove_file(&self.path);
        }
    }
}

/// Twelve digits that stand for a text.
pub fn fingerprint(text: impl AsRef<[u8]>) -> String {
    let hash = Sha256::digest(text.as_ref());
    hex(hash.get(..6).unwrap_or_default())
}

fn path(target: &Path, process: u32, number: u32, fingerprint: &str, suffix: &str) -> PathBuf {
    let name = target.file_name().unwrap_or_default().to_string_lossy();
    target.with_file_name(format!(".{name}.ecrpass-{process}-{number}-{fingerprint}.{suffix}"))
}

/// A file that a run left behind.
pub struct Leftover {
    /// Where it is.
    pub path: PathBuf,
    /// The fingerprint of the text it was written with.
    fingerprint: String,
    /// Whether it is whole, and may have changed places with the configuration.
    exchanged: bool,
}

impl Leftover {
    /// Removes it if its text is ours, half written, or `known`; else it is what another program wrote: `false`.
    pub fn remove(&self, known: impl Fn(&str) -> bool) -> bool {
        if self.exchanged {
            match fs::read(&self.path) {
                Ok(text) if fingerprint(&text) == self.fingerprint => {}
                Ok(text) if std::str::from_utf8(&text).is_ok_and(&known) => {}
                _ => return false,
            }
        }
        let _ = fs::remove_file(&self.path);
        true
    }
}

/// What killed runs left beside a file, of itself and of its copies: names of exactly our form, of our user, and of no
/// process that still runs.
pub fn leftovers(target: &Path, is_locked: bool) -> Vec<Leftover> {
    let target_name = target.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let directory = target.parent().filter(|path| !path.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let entries = directory::entries(directory).unwrap_or_default();
    let left = entries.into_iter().filter_map(|path| {
        let name = path.file_name()?;
        let (of, written) = name.to_str()?.strip_prefix('.')?.rsplit_once(".ecrpass-")?;
        let is_copy = match of.strip_prefix(&target_name)? {
            "" => false,
            rest => rest.starts_with(".before-ecrpass-") || rest == ".undone-by-ecrpass",
        };
        if !is_copy && of != target_name {
            return None;
        }
        let (middle, suffix) = written.split_once('.')?;
        let exchanged = match suffix {
            "tmp" => false,
            "swap" => !is_copy,
            _ => return None,
        };
        let mut parts = middle.split('-');
        let process: u32 = parts.next()?.parse().ok()?;
        let _: u32 = parts.next()?.parse().ok()?;
        let fingerprint = parts.next().filter(|text| is_fingerprint(text))?.to_owned();
        if parts.next().is_some() || !is_ours(&path, process, is_locked) {
            return None;
        }
        Some(Leftover { path, fingerprint, exchanged })
    });
    left.collect()
}

fn is_fingerprint(text: &str) -> bool {
    text.len() == 12 && text.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b))
}

fn is_ours(path: &Path, process: u32, is_locked: bool) -> bool {
    let Ok(metadata) = fs::symlink_metadata(path) else { return false };
    let age = metadata.modified().ok().and_then(|at| SystemTime::now().duration_since(at).ok());
    let is_old = age.is_some_and(|age| age > OLD);
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt;
        let us = rustix::process::geteuid();
        if metadata.uid() != us.as_raw() && !us.is_root() {
            return false;
        }
    }
    // Under the lock, none of ours is at work here, whatever namespace its number is from.
    metadata.is_file() && (is_old || is_locked && !is_running(process))
}

#[cfg(unix)]
fn is_running(process: u32) -> bool {
    let id = i32::try_from(process).ok().and_then(rustix::process::Pid::from_raw);
    id.is_some_and(|id| {
        !matches!(rustix::process::test_kill_process(id), Err(error) if error == rustix::io::Errno::SRCH)
    })
}

#[cfg(not(unix))]
fn is_running(_: u32) -> bool {
    true
}
