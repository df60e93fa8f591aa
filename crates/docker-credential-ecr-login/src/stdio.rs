//! Standard output without the library's buffers: the helper writes one line.

use std::io;

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
