//! Reading a file that somebody else chose: within a size and a time, whatever it turns out to be.
//!
//! A path in a variable may lead to a pipe that nobody writes to, a device without end, or a disk that does not
//! answer. None of them may hang the helper or fill the memory.

use std::fmt;
use std::fs::{File, Metadata, OpenOptions};
use std::io::{self, Read};
use std::path::Path;
use std::sync::{Mutex, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use ecrpass_core::WipedBuffer;
use zeroize::Zeroizing;

/// Why a file was not read.
#[derive(Debug)]
pub enum ReadError {
    /// The system refused.
    Io(io::Error),
    /// It is longer than allowed; the limit in bytes.
    TooLarge(usize),
    /// A pipe whose writer did not come, or did not finish, in time.
    TooSlow,
    /// A pipe that was closed before anything came out of it: who should have written failed.
    Nothing,
    /// A device or a socket.
    NotAFile,
}

impl fmt::Display for ReadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Io(error) => error.fmt(f),
            Self::TooLarge(limit) if *limit >= 1024 * 1024 => {
                write!(f, "it is larger than {} MiB", limit / (1024 * 1024))
            }
            Self::TooLarge(limit) => write!(f, "it is larger than {} kB", limit / 1024),
            Self::TooSlow => f.write_str("it is a pipe, and its writer does not come, or does not finish"),
            Self::Nothing => f.write_str("it is a pipe, and nothing came out of it"),
            Self::NotAFile => f.write_str("it is a device, not a file"),
        }
    }
}

impl std::error::Error for ReadError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Io(error) => Some(error),
            _ => None,
        }
    }
}

impl ReadError {
    /// Whether there is nothing at that path.
    pub fn is_not_found(&self) -> bool {
        matches!(self, Self::Io(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory))
    }
}

/// When this process has to be done, where it has said so.
static END: OnceLock<Instant> = OnceLock::new();

/// Holds all later reading to a deadline: a pipe may take a third of the time that is left by then, so that several of
/// them leave some for saying so.
pub fn hold_to(end: Instant) {
    let _ = END.set(end);
}

/// The time until then; `None` where no end was said.
pub fn left() -> Option<Duration> {
    END.get().map(|end| end.saturating_duration_since(Instant::now()))
}

fn end_of(patience: Duration) -> Instant {
    let now = Instant::now();
    let left = END.get().map_or(patience, |end| end.saturating_duration_since(now) / 3);
    now + patience.min(left)
}

/// Whether a file may be handed to a reader that knows no bounds: it is a regular one of at most `limit` bytes.
pub fn is_within(file: &Metadata, limit: usize) -> bool {
    file.is_file() && file.len() <= limit as u64
}

/// Reads a file of at most `limit` bytes. A pipe, as the shell's `<(…)` makes one, is read until its writer closes it,
/// for at most `patience`; where nobody writes yet, a writer is waited for. It never counts as an empty file.
///
/// # Errors
/// [`ReadError`].
pub fn read(path: &Path, limit: usize, patience: Duration) -> Result<Vec<u8>, ReadError> {
    read_until(path, limit, end_of(patience))
}

/// The same until a moment, whatever other reading is held to.
///
/// # Errors
/// [`ReadError`].
pub fn read_until(path: &Path, limit: usize, end: Instant) -> Result<Vec<u8>, ReadError> {
    let mut options = OpenOptions::new();
    options.read(true);
    // Opening a pipe would wait for its writer, and reading it for each word.
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::custom_flags(
        &mut options,
        (rustix::fs::OFlags::NONBLOCK | rustix::fs::OFlags::NOCTTY).bits().cast_signed(),
    );
    let file = options.open(path).map_err(ReadError::Io)?;
    let metadata = file.metadata().map_err(ReadError::Io)?;
    let size = usize::try_from(metadata.len()).unwrap_or(usize::MAX);
    if metadata.is_file() {
        if size > limit {
            return Err(ReadError::TooLarge(limit));
        }
        return drain(&file, limit, size, end);
    }
    if metadata.is_dir() {
        return Err(ReadError::Io(io::ErrorKind::IsADirectory.into()));
    }
    if is_pipe(&metadata) {
        return drain_pipe(&file, &metadata, limit, end);
    }
    // `/dev/null` is how people say "no file".
    if is_null(&metadata) {
        return Ok(Vec::new());
    }
    Err(ReadError::NotAFile)
}

/// Which file it is: the disk, the number on it, and when it was made, as numbers are used again.
type Place = (u64, u64, i64, i64);

/// The pipes whose writers were waited for, in vain or not: many of our questions lead to the same file, none of them
/// waits again, and what was read is gone.
static WAITED: Mutex<Vec<Place>> = Mutex::new(Vec::new());

fn drain_pipe(
    file: &File,
    metadata: &std::fs::Metadata,
    limit: usize,
    end: Instant,
) -> Result<Vec<u8>, ReadError> {
    let waited = || WAITED.lock().unwrap_or_else(PoisonError::into_inner);
    let end = if waited().contains(&place(metadata)) { Instant::now() } else { end };
    // Before its first writer has come, a pipe reads as if it were at its end.
    let result = if wait(file, end) { drain(file, limit, 0, end) } else { Err(ReadError::TooSlow) };
    // Anew: what was written has changed its time.
    waited().extend(file.metadata().as_ref().map(place).ok());
    result.and_then(|bytes| if bytes.is_empty() { Err(ReadError::Nothing) } else { Ok(bytes) })
}

#[cfg(unix)]
fn place(metadata: &std::fs::Metadata) -> Place {
    use std::os::unix::fs::MetadataExt;
    (metadata.dev(), metadata.ino(), metadata.ctime(), metadata.ctime_nsec())
}

#[cfg(not(unix))]
fn place(_: &std::fs::Metadata) -> Place {
    (0, 0, 0, 0)
}

fn drain(mut file: &File, limit: usize, size: usize, end: Instant) -> Result<Vec<u8>, ReadError> {
    let mut bytes = Zeroizing::new(Vec::with_capacity(size.min(limit) + 1));
    // A file that says how long it is needs no second look for its end. Those of the kernel say 0.
    if size > 0 && Read::by_ref(&mut file).take(size as u64).read_to_end(&mut bytes).is_ok() {
        return Ok(std::mem::take(&mut *bytes));
    }
    // What grows may hold a secret: nothing of it is left where it grew from.
    let mut buffer = WipedBuffer::default();
    buffer.extend(&bytes);
    loop {
        match buffer.read_from(&mut file, limit.saturating_add(1)) {
            Ok(()) if buffer.len() > limit => return Err(ReadError::TooLarge(limit)),
            Ok(()) => return Ok(std::mem::take(&mut *buffer.into_bytes())),
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                if !wait(file, end) {
                    return Err(ReadError::TooSlow);
                }
            }
            Err(error) => return Err(ReadError::Io(error)),
        }
    }
}

/// Waits until there is something to read, or a writer has come and gone; `false` when the time is up.
#[cfg(unix)]
fn wait(file: &File, end: Instant) -> bool {
    loop {
        let left = end.saturating_duration_since(Instant::now());
        let timeout = rustix::event::Timespec::try_from(left).ok();
        let mut polled = [rustix::event::PollFd::new(file, rustix::event::PollFlags::IN)];
        match rustix::event::poll(&mut polled, timeout.as_ref()) {
            Err(error) if error == rustix::io::Errno::INTR && !left.is_zero() => {}
            result => return result.is_ok_and(|ready| ready > 0),
        }
    }
}

/// Whether it is a pipe that has a name.
#[cfg(unix)]
pub fn is_pipe(metadata: &std::fs::Metadata) -> bool {
    std::os::unix::fs::FileTypeExt::is_fifo(&metadata.file_type())
}

/// There are no such pipes among the files here.
#[cfg(not(unix))]
pub fn is_pipe(_: &std::fs::Metadata) -> bool {
    false
}

/// Linux's number for it; elsewhere the device counts as none.
#[cfg(unix)]
fn is_null(metadata: &std::fs::Metadata) -> bool {
    use std::os::unix::fs::{FileTypeExt, MetadataExt};
    metadata.file_type().is_char_device()
        && std::fs::metadata("/dev/null").is_ok_and(|null| null.rdev() == metadata.rdev())
}

#[cfg(not(unix))]
fn wait(_: &File, _: Instant) -> bool {
    false
}

#[cfg(not(unix))]
fn is_pipe(_: &std::fs::Metadata) -> bool {
    false
}

#[cfg(not(unix))]
fn is_null(_: &std::fs::Metadata) -> bool {
    false
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use std::io::Write;

    use super::*;

    const SOON: Duration = Duration::from_millis(200);

    fn pipe(directory: &Path) -> std::path::PathBuf {
        let path = directory.join("pipe");
        rustix::fs::mknodat(rustix::fs::CWD, &path, rustix::fs::FileType::Fifo, 0o600.into(), 0).unwrap();
        path
    }

    #[test]
    fn files_are_read_whole_or_not_at_all() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("file");
        std::fs::write(&path, b"0123456789").unwrap();
        assert_eq!(read(&path, 10, SOON).unwrap(), b"0123456789");
        assert!(matches!(read(&path, 9, SOON), Err(ReadError::TooLarge(9))));
        assert!(read(&directory.path().join("none"), 9, SOON).unwrap_err().is_not_found());
        assert!(matches!(read(directory.path(), 9, SOON), Err(ReadError::Io(_))));
    }

    #[test]
    fn devices_and_pipes_neither_hang_nor_fill_the_memory() {
        let directory = tempfile::tempdir().unwrap();
        assert!(matches!(read(Path::new("/dev/zero"), 1000, SOON), Err(ReadError::NotAFile)));
        assert_eq!(read(Path::new("/dev/null"), 1000, SOON).unwrap(), b"");
        let path = pipe(directory.path());
        // Somebody holds it open and says nothing.
        let mut writer = OpenOptions::new().read(true).write(true).open(&path).unwrap();
        let started = Instant::now();
        assert!(matches!(read(&path, 1000, SOON), Err(ReadError::TooSlow)));
        assert!(started.elapsed() >= SOON);
        // What is there all the same is read.
        writer.write_all(&[b'x'; 2000]).unwrap();
        assert!(matches!(read(&path, 1000, SOON), Err(ReadError::TooLarge(1000))));
    }

    #[test]
    fn a_pipe_is_never_an_empty_file() {
        let directory = tempfile::tempdir().unwrap();
        let path = pipe(directory.path());
        let started = Instant::now();
        assert!(matches!(read(&path, 1000, SOON), Err(ReadError::TooSlow)));
        assert!(started.elapsed() >= SOON);
        // Its writer comes late, and says something or nothing.
        for (text, place) in [("x", "late"), ("", "silent")] {
            std::fs::create_dir(directory.path().join(place)).unwrap();
            let path = pipe(&directory.path().join(place));
            let writer = std::thread::spawn({
                let path = path.clone();
                move || {
                    // Waits for a reader.
                    let mut writer = OpenOptions::new().write(true).open(path).unwrap();
                    std::thread::sleep(Duration::from_millis(30));
                    writer.write_all(text.as_bytes()).unwrap();
                }
            });
            let read = read(&path, 1000, Duration::from_secs(60));
            writer.join().unwrap();
            match text {
                "" => assert!(matches!(read, Err(ReadError::Nothing)), "{read:?}"),
                _ => assert_eq!(read.unwrap(), text.as_bytes()),
            }
        }
    }

    #[test]
    fn a_shells_substitution_is_read_to_its_end() {
        let directory = tempfile::tempdir().unwrap();
        let path = pipe(directory.path());
        let held = OpenOptions::new().read(true).write(true).open(&path).unwrap();
        // While this one is open, what was written stays, however late the reader comes.
        let _open = File::open(&path).unwrap();
        let slow = std::thread::spawn({
            let path = path.clone();
            move || {
                let mut writer = OpenOptions::new().write(true).open(path).unwrap();
                drop(held);
                for part in ["[default]\n", "region = x\n"] {
                    std::thread::sleep(Duration::from_millis(30));
                    writer.write_all(part.as_bytes()).unwrap();
                }
            }
        });
        let read = read(&path, 1000, Duration::from_secs(5)).unwrap();
        slow.join().unwrap();
        assert_eq!(read, b"[default]\nregion = x\n");
    }

    #[test]
    fn a_pipe_is_waited_for_once() {
        let directory = tempfile::tempdir().unwrap();
        let path = pipe(directory.path());
        let _writer = OpenOptions::new().read(true).write(true).open(&path).unwrap();
        assert!(matches!(read(&path, 1000, Duration::from_millis(20)), Err(ReadError::TooSlow)));
        // So long that nobody who waits comes to the end of this test.
        assert!(matches!(read(&path, 1000, Duration::from_secs(3600)), Err(ReadError::TooSlow)));
        // Nor for another writer, where one has come and gone.
        std::fs::create_dir(directory.path().join("read")).unwrap();
        let path = pipe(&directory.path().join("read"));
        let mut writer = OpenOptions::new().read(true).write(true).open(&path).unwrap();
        writer.write_all(b"x").unwrap();
        let ends = std::thread::spawn(move || {
            std::thread::sleep(Duration::from_millis(50));
            drop(writer);
        });
        assert_eq!(read(&path, 1000, Duration::from_secs(60)).unwrap(), b"x");
        ends.join().unwrap();
        assert!(matches!(read(&path, 1000, Duration::from_secs(3600)), Err(ReadError::TooSlow)));
    }
}
