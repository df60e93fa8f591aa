//! Waiting for what another program writes to standard input.

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

/// Nothing here can be waited for.
///
/// # Errors
/// Never.
#[cfg(not(unix))]
pub fn wait(_: Instant) -> io::Result<bool> {
    Ok(true)
}
