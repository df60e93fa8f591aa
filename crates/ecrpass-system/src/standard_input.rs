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

/// Waits until there is something to read, or the end; that no more waiting is needed is never known here.
///
/// # Errors
/// When nothing comes until the deadline.
#[cfg(not(unix))]
pub fn wait(end: Instant) -> io::Result<bool> {
    with_input(|input| input.wait(end)).map(|()| false)
}

/// Reads what there is, without the library's buffers; 0 at the end.
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

/// Reads what there is; 0 at the end.
///
/// # Errors
/// When it cannot be read, or was not waited for.
#[cfg(not(unix))]
pub fn read(buffer: &mut [u8]) -> io::Result<usize> {
    with_input(|input| input.read(buffer, Instant::now()))
}

#[cfg(not(unix))]
fn with_input<T>(act: impl FnOnce(&mut crate::timely_input::TimelyInput) -> io::Result<T>) -> io::Result<T> {
    use std::sync::{Mutex, PoisonError};

    use crate::timely_input::TimelyInput;

    static INPUT: Mutex<Option<TimelyInput>> = Mutex::new(None);
    let mut input = INPUT.lock().unwrap_or_else(PoisonError::into_inner);
    match &mut *input {
        Some(input) => act(input),
        none => act(none.insert(TimelyInput::of(io::stdin())?)),
    }
}
