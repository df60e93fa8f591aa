//! Talking with a program where pipes cannot be polled: a thread reads each of them.

use std::io::{PipeReader, Read, Write};
use std::process::Child;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use zeroize::Zeroizing;

use super::talk::{Ended, ProcessError, Talk, Words};

/// Whether the program gets a process group of its own; there are none here.
pub fn without_terminal() -> bool {
    false
}

/// Ends a program; with its process group, if it has one of its own.
pub fn kill(child: &mut Child, _own_group: bool) {
    let _ = child.kill();
}

/// Reads in a thread of its own: pipes cannot be polled here.
#[derive(Default)]
struct Output {
    bytes: Arc<Mutex<Zeroizing<Vec<u8>>>>,
    thread: Option<JoinHandle<()>>,
}

impl Output {
    fn read(pipe: Option<Box<dyn Read + Send>>, limit: usize) -> Result<Self, ProcessError> {
        let Some(pipe) = pipe else { return Ok(Self::default()) };
        let bytes = Arc::<Mutex<Zeroizing<Vec<u8>>>>::default();
        let into = Arc::clone(&bytes);
        let mut pipe = pipe.take(limit as u64 + 1);
        let thread = std::thread::Builder::new().spawn(move || {
            let mut chunk = Zeroizing::new([0; 4096]);
            while let Ok(length @ 1..) = pipe.read(chunk.as_mut_slice()) {
                let read = chunk.get(..length).unwrap_or_default();
                into.lock().unwrap_or_else(PoisonError::into_inner).extend_from_slice(read);
            }
        });
        Ok(Self { bytes, thread: Some(thread.map_err(ProcessError::Io)?) })
    }

    /// What came until now.
    fn words(&self) -> Zeroizing<Vec<u8>> {
        std::mem::take(&mut *self.bytes.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// Gives a program its input and keeps what it prints, until it ends or has to.
pub fn converse(child: &mut Child, merged: Option<PipeReader>, talk: &Talk<'_>) -> (Ended, Words) {
    let mut outputs: [Output; 2] = Default::default();
    let ended = until_it_ends(child, merged, talk, &mut outputs);
    if ended.is_ok() {
        for thread in outputs.iter_mut().filter_map(|output| output.thread.take()) {
            let _ = thread.join();
        }
    }
    let words = outputs.map(|output| output.words());
    match ended {
        Ok(_) if words.iter().any(|words| words.len() > talk.limit) => {
            (Err(ProcessError::TooMuch(talk.limit)), words)
        }
        ended => (ended, words),
    }
}

fn until_it_ends(
    child: &mut Child,
    merged: Option<PipeReader>,
    talk: &Talk<'_>,
    outputs: &mut [Output; 2],
) -> Ended {
    let merged = merged.map(|pipe| Box::new(pipe) as Box<dyn Read + Send>);
    let stdout = child.stdout.take().map(|pipe| Box::new(pipe) as Box<dyn Read + Send>);
    let stderr = child.stderr.take().map(|pipe| Box::new(pipe) as Box<dyn Read + Send>);
    *outputs = [Output::read(merged.or(stdout), talk.limit)?, Output::read(stderr, talk.limit)?];
    if let Some(mut stdin) = child.stdin.take() {
        let _ = stdin.write_all(talk.input);
    }
    loop {
        if let Some(status) = child.try_wait().map_err(ProcessError::Io)? {
            return Ok(status);
        }
        if talk.is_over() {
            return Err(ProcessError::TooSlow);
        }
        std::thread::sleep(Duration::from_millis(5));
    }
}
