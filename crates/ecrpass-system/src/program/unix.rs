//! Talking with a program through pipes that are polled.

use std::fs::File;
use std::io::{self, PipeReader, Write};
use std::os::fd::OwnedFd;
use std::process::Child;
use std::time::{Duration, Instant};

use ecrpass_core::WipedBuffer;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fs::{OFlags, fcntl_getfl, fcntl_setfl};

use super::talk::{Ended, ProcessError, Talk, Words};

/// A pipe from the child, `None` once it is closed, and what came through it.
type Output = (Option<File>, WipedBuffer);

/// The first and the longest pause between looks whether it has ended.
const PAUSES: (Duration, Duration) = (Duration::from_millis(1), Duration::from_millis(20));

/// Whether this process has no terminal that a program could ask on.
pub fn without_terminal() -> bool {
    File::open("/dev/tty").is_err()
}

/// Ends a program; with its process group, if it has one of its own.
pub fn kill(child: &mut Child, own_group: bool) {
    let group = i32::try_from(child.id()).ok().and_then(rustix::process::Pid::from_raw);
    if let Some(group) = group.filter(|_| own_group) {
        let _ = rustix::process::kill_process_group(group, rustix::process::Signal::KILL);
    }
    let _ = child.kill();
}

/// One end of a pipe to the child; `None` when it is closed.
fn unblocked(fd: Option<OwnedFd>) -> Result<Option<File>, ProcessError> {
    let Some(fd) = fd else { return Ok(None) };
    let set = fcntl_getfl(&fd).and_then(|flags| fcntl_setfl(&fd, flags | OFlags::NONBLOCK));
    set.map_err(|error| ProcessError::Io(error.into()))?;
    Ok(Some(File::from(fd)))
}

/// Gives a program its input and keeps what it prints, until it ends or has to.
pub fn converse(child: &mut Child, merged: Option<PipeReader>, talk: &Talk<'_>) -> (Ended, Words) {
    let mut outputs: [Output; 2] = Default::default();
    let ended = until_it_ends(child, merged, talk, &mut outputs);
    (ended, outputs.map(|(_, bytes)| bytes.into_bytes()))
}

fn until_it_ends(
    child: &mut Child,
    merged: Option<PipeReader>,
    talk: &Talk<'_>,
    outputs: &mut [Output; 2],
) -> Ended {
    let mut stdin = unblocked(child.stdin.take().map(OwnedFd::from))?;
    let [first, second] = outputs;
    first.0 = unblocked(merged.map(OwnedFd::from).or(child.stdout.take().map(OwnedFd::from)))?;
    second.0 = unblocked(child.stderr.take().map(OwnedFd::from))?;
    let mut left = talk.input;
    let mut pause = PAUSES.0;
    loop {
        // Asked first: what it wrote before it ended is then read below.
        let ended = child.try_wait().map_err(ProcessError::Io)?;
        if let Some(pipe) = &mut stdin {
            match pipe.write(left) {
                Ok(written) => left = left.get(written..).unwrap_or_default(),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                // It may answer without reading.
                Err(error) if error.kind() == io::ErrorKind::BrokenPipe => left = &[],
                Err(error) => return Err(ProcessError::Io(error)),
            }
            if left.is_empty() {
                stdin = None;
            }
        }
        for (pipe, bytes) in outputs.iter_mut() {
            if let Some(file) = pipe
                && drain(file, bytes, talk.limit)?
            {
                *pipe = None;
            }
        }
        // What it left running in the background may hold the pipes open; it is not waited for.
        if let Some(status) = ended {
            return Ok(status);
        }
        if talk.is_over() {
            return Err(ProcessError::TooSlow);
        }
        let left = talk.end.saturating_duration_since(Instant::now());
        wait(stdin.as_ref(), outputs, pause.min(left));
        pause = (pause * 2).min(PAUSES.1);
    }
}

/// Reads what there is; `true` at the end.
fn drain(file: &mut File, bytes: &mut WipedBuffer, limit: usize) -> Result<bool, ProcessError> {
    let read = bytes.read_from(file, limit + 1);
    if bytes.len() > limit {
        return Err(ProcessError::TooMuch(limit));
    }
    match read {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::WouldBlock => Ok(false),
        Err(error) => Err(ProcessError::Io(error)),
    }
}

fn wait(stdin: Option<&File>, outputs: &[Output; 2], pause: Duration) {
    let mut polled: Vec<PollFd<'_>> =
        stdin.map(|file| PollFd::new(file, PollFlags::OUT)).into_iter().collect();
    polled.extend(outputs.iter().filter_map(|(file, _)| Some(PollFd::new(file.as_ref()?, PollFlags::IN))));
    let timeout = Timespec::try_from(pause).ok();
    let _ = poll(&mut polled, timeout.as_ref());
}
