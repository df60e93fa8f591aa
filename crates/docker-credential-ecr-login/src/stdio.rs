//! Standard input and output without the library's buffers: the helper reads one line and writes one.

use std::io;
use std::time::Instant;

/// Waits until there is something to read; whether the other end is closed, so that no more waiting is needed.
///
/// # Errors
/// When nothing comes until the deadline.
#[cfg(unix)]
pub fn wait(end: Instant) -> io::Result<bool> {
    use rustix::event::{PollFd, PollFlags, Timespec, poll};
    loop {
        let stdin = rustix::stdio::stdin();
        let left = end.saturating_duration_since(Instant::now());
        let mut polled = [PollFd::new(&stdin, PollFlags::IN)];
        match poll(&mut polled, Timespec::try_from(left).ok().as_ref()) {
            Ok(0) => return Err(io::Error::new(io::ErrorKind::TimedOut, "it was not closed in time")),
            Err(rustix::io::Errno::INTR) => {}
            Ok(_) => return Ok(polled.iter().any(|fd| fd.revents().contains(PollFlags::HUP))),
            // What cannot be waited for can still be read.
            Err(_) => return Ok(true),
        }
    }
}

/// Reads what there is; 0 at the end.
///
/// # Errors
/// When it cannot be read.
#[cfg(unix)]
pub fn read(buffer: &mut [u8]) -> io::Result<usize> {
    loop {
        match rustix::io::read(rustix::stdio::stdin(), &mut *buffer) {
            Err(rustix::io::Errno::INTR) => {}
            // Closed by our parent: as good as empty.
            Err(rustix::io::Errno::BADF) => return Ok(0),
            other => return Ok(other?),
        }
    }
}

/// How long a full pipe, which somebody set not to block, may stay full.
#[cfg(unix)]
const FULL: std::time::Duration = std::time::Duration::from_secs(2);

/// Writes all of it.
///
/// # Errors
/// When it cannot be written.
#[cfg(unix)]
pub fn write_all(mut bytes: &[u8]) -> io::Result<()> {
    use rustix::event::{PollFd, PollFlags, Timespec, poll};
    use rustix::fs::{FileType, fstat};
    // `… get > file`: beyond the limit for the size of files, a write is to fail and not to kill.
    if fstat(rustix::stdio::stdout())
        .is_ok_and(|it| FileType::from_raw_mode(it.st_mode) == FileType::RegularFile)
    {
        ecrpass_system::outlive_limit();
    }
    while !bytes.is_empty() {
        match rustix::io::write(rustix::stdio::stdout(), bytes) {
            Err(rustix::io::Errno::INTR) => {}
            Err(rustix::io::Errno::AGAIN) => {
                let stdout = rustix::stdio::stdout();
                let mut polled = [PollFd::new(&stdout, PollFlags::OUT)];
                if poll(&mut polled, Timespec::try_from(FULL).ok().as_ref()) == Ok(0) {
                    return Err(io::ErrorKind::TimedOut.into());
                }
            }
            Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
            other => bytes = bytes.get(other?..).unwrap_or_default(),
        }
    }
    Ok(())
}

/// Waits until there is something to read, or the end; that no more waiting is needed is never known here.
///
/// # Errors
/// When nothing comes until the deadline.
#[cfg(not(unix))]
pub fn wait(end: Instant) -> io::Result<bool> {
    with_input(|input| input.wait(end)).map(|()| false)
}

/// Reads what there is; 0 at the end.
///
/// # Errors
/// When it cannot be read.
#[cfg(not(unix))]
pub fn read(buffer: &mut [u8]) -> io::Result<usize> {
    // It has been waited for.
    with_input(|input| input.read(buffer, Instant::now()))
}

#[cfg(not(unix))]
fn with_input<T>(act: impl FnOnce(&mut ecrpass_system::TimelyInput) -> io::Result<T>) -> io::Result<T> {
    use std::sync::{Mutex, PoisonError};
    static INPUT: Mutex<Option<ecrpass_system::TimelyInput>> = Mutex::new(None);
    let mut input = INPUT.lock().unwrap_or_else(PoisonError::into_inner);
    match &mut *input {
        Some(input) => act(input),
        none => act(none.insert(ecrpass_system::TimelyInput::of(io::stdin())?)),
    }
}

/// Writes all of it.
///
/// # Errors
/// When it cannot be written.
#[cfg(not(unix))]
pub fn write_all(bytes: &[u8]) -> io::Result<()> {
    let mut stdout = io::stdout().lock();
    io::Write::write_all(&mut stdout, bytes)?;
    io::Write::flush(&mut stdout)
}
