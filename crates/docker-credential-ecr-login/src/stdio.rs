//! Standard output and error without the library's buffers: the helper writes one line, and nobody has to read it.

use std::io;
#[cfg(unix)]
use std::time::Duration;

#[cfg(unix)]
use rustix::event::{PollFd, PollFlags, Timespec, poll};
#[cfg(unix)]
use rustix::fs::{FileType, fstat};

/// How long a full pipe may stay full until an answer is given up, and a remark, without which the answer is as good.
#[cfg(unix)]
const FULL: Duration = Duration::from_secs(2);
#[cfg(unix)]
const FULL_FOR_REMARKS: Duration = Duration::from_millis(200);

/// How far beyond the deadline each of them may be, so that both together are not far beyond it.
#[cfg(unix)]
const GRACE: Duration = Duration::from_millis(200);

/// What a pipe that is not full takes without a wait, in bytes. Source: POSIX `PIPE_BUF`, on Linux 4,096 and elsewhere at
/// least 512.
#[cfg(unix)]
const PIECE: usize = if cfg!(target_os = "linux") { 4096 } else { 512 };

/// Writes all of it to standard output.
///
/// # Errors
/// When it cannot be written.
#[cfg(unix)]
pub fn write_all(bytes: &[u8]) -> io::Result<()> {
    // `… get > file`: beyond the limit for the size of files, a write is to fail and not to kill.
    if fstat(rustix::stdio::stdout())
        .is_ok_and(|it| FileType::from_raw_mode(it.st_mode) == FileType::RegularFile)
    {
        ecrpass_system::outlive_limit();
    }
    write(rustix::stdio::stdout(), bytes, FULL)
}

/// Writes all of it to standard error.
///
/// # Errors
/// When it cannot be written.
#[cfg(unix)]
pub fn remark(bytes: &[u8]) -> io::Result<()> {
    write(rustix::stdio::stderr(), bytes, FULL_FOR_REMARKS)
}

/// Writes all of it, piece by piece: a write of more than a full pipe has room for would wait for a reader.
#[cfg(unix)]
fn write(to: rustix::fd::BorrowedFd<'_>, mut bytes: &[u8], patience: Duration) -> io::Result<()> {
    let patience = ecrpass_system::bounded::left().map_or(patience, |left| patience.min(left + GRACE));
    let patience = Timespec::try_from(patience).ok();
    while !bytes.is_empty() {
        if poll(&mut [PollFd::new(&to, PollFlags::OUT)], patience.as_ref()) == Ok(0) {
            return Err(io::ErrorKind::TimedOut.into());
        }
        match rustix::io::write(to, bytes.get(..PIECE).unwrap_or(bytes)) {
            Err(rustix::io::Errno::INTR | rustix::io::Errno::AGAIN) => {}
            Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
            other => bytes = bytes.get(other?..).unwrap_or_default(),
        }
    }
    Ok(())
}

/// Writes all of it to standard output.
///
/// # Errors
/// When it cannot be written.
#[cfg(not(unix))]
pub fn write_all(bytes: &[u8]) -> io::Result<()> {
    let mut stdout = io::stdout().lock();
    io::Write::write_all(&mut stdout, bytes)?;
    io::Write::flush(&mut stdout)
}

/// Writes all of it to standard error.
///
/// # Errors
/// When it cannot be written.
#[cfg(not(unix))]
pub fn remark(bytes: &[u8]) -> io::Result<()> {
    io::Write::write_all(&mut io::stderr().lock(), bytes)
}
