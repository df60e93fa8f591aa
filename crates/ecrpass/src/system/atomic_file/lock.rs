//! The lock on a configuration's directory: of several of us, one reads and writes at a time. Somebody else's lock is
//! not waited for longer than a few seconds.

use std::fs::{File, TryLockError};
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use ecrpass_core::CommandLine;

use crate::error::CommandError;

/// How long the lock is waited for.
pub const PATIENCE: Duration = Duration::from_secs(5);

/// What came of asking for it.
pub enum Lock {
    /// It is ours until this is dropped.
    Held(#[allow(dead_code, reason = "held, not read")] File),
    /// There is no such thing here, as on some network file systems: the check for changes must do.
    Unsupported,
    /// Somebody else has it; who, as far as the system tells.
    Taken(Option<Holder>),
}

/// Who holds a lock.
pub struct Holder {
    /// The process.
    pub process: u32,
    /// Its name.
    pub name: String,
}

/// The lock on a directory, or that there is no such thing there.
///
/// # Errors
/// When somebody else holds it for longer than that.
pub fn held(directory: &Path, patience: Duration) -> Result<Lock, CommandError> {
    let lock = lock(directory, patience);
    let Lock::Taken(holder) = &lock else { return Ok(lock) };
    let (who, next) = match holder {
        Some(holder) => (
            format!("process {} ({})", holder.process, holder.name),
            format!("wait for it or end it, then run this again: ps -f -p {}", holder.process),
        ),
        None => {
            let find = CommandLine::shell("lsof").word(directory.display().to_string());
            (
                "another program".to_owned(),
                format!("find it, wait for it or end it, then run this again: {find}"),
            )
        }
    };
    Err(CommandError::could_not_run(
        format!("{who} has had {} locked for {} s.", directory.display(), patience.as_secs()),
        next,
    ))
}

/// Asks for a directory's lock for at most that long.
fn lock(directory: &Path, patience: Duration) -> Lock {
    let Ok(file) = File::open(directory) else { return Lock::Unsupported };
    let ends_at = Instant::now() + patience;
    loop {
        match file.try_lock() {
            Ok(()) => return Lock::Held(file),
            Err(TryLockError::Error(_)) => return Lock::Unsupported,
            Err(TryLockError::WouldBlock) if Instant::now() >= ends_at => return Lock::Taken(holder(&file)),
            Err(TryLockError::WouldBlock) => thread::sleep(Duration::from_millis(10)),
        }
    }
}

/// Who holds the lock on a file. Source: proc(5), `/proc/locks`: the kind, the process, and the file as
/// `major:minor:inode`.
#[cfg(target_os = "linux")]
fn holder(file: &File) -> Option<Holder> {
    use std::os::unix::fs::MetadataExt;
    let inode = file.metadata().ok()?.ino().to_string();
    let locks = std::fs::read_to_string("/proc/locks").ok()?;
    let process = locks.lines().find_map(|line| {
        let mut words = line.split_whitespace().skip_while(|word| *word != "FLOCK").skip(3);
        let process: u32 = words.next()?.parse().ok()?;
        (words.next()?.rsplit(':').next() == Some(inode.as_str())).then_some(process)
    })?;
    let name = std::fs::read_to_string(format!("/proc/{process}/comm")).ok()?;
    Some(Holder { process, name: name.trim().to_owned() })
}

#[cfg(not(target_os = "linux"))]
fn holder(_: &File) -> Option<Holder> {
    None
}
