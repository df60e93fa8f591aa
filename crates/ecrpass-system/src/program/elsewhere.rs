//! Talking with a program where pipes cannot be polled: a thread reads each of them.

use std::io::{PipeReader, Read, Write};
use std::process::Child;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use ecrpass_core::WipedBuffer;
use zeroize::Zeroizing;

use super::talk::{Ended, ProcessError, Talk, Words};

/// How long a pause is between looks whether it has ended.
const PAUSE: Duration = Duration::from_millis(5);

/// How long nothing more has to come of a program that has ended, until what it left running in the background is taken for
/// what holds its pipes open.
const QUIET: Duration = Duration::from_millis(500);

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
    bytes: Arc<Mutex<WipedBuffer>>,
    thread: Option<JoinHandle<()>>,
}

impl Output {
    fn read(pipe: Option<Box<dyn Read + Send>>, limit: usize) -> Result<Self, ProcessError> {
        let Some(pipe) = pipe else { return Ok(Self::default()) };
        let bytes = Arc::<Mutex<WipedBuffer>>::default();
        let into = Arc::clone(&bytes);
        let mut pipe = pipe.take(limit as u64 + 1);
        let thread = thread::Builder::new().spawn(move || {
            let mut chunk = Zeroizing::new([0; 4096]);
            while let Ok(length @ 1..) = pipe.read(chunk.as_mut_slice()) {
                let read = chunk.get(..length).unwrap_or_default();
                into.lock().unwrap_or_else(PoisonError::into_inner).extend(read);
            }
        });
        Ok(Self { bytes, thread: Some(thread.map_err(ProcessError::Io)?) })
    }

    /// How much came until now, and whether more can come.
    fn state(&self) -> (usize, bool) {
        // Asked first: what comes in between then makes it another state.
        let goes_on = self.thread.as_ref().is_some_and(|thread| !thread.is_finished());
        (self.bytes.lock().unwrap_or_else(PoisonError::into_inner).len(), goes_on)
    }

    /// What came until now.
    fn words(&self) -> Zeroizing<Vec<u8>> {
        std::mem::take(&mut *self.bytes.lock().unwrap_or_else(PoisonError::into_inner)).into_bytes()
    }
}

/// Gives a program its input and keeps what it prints, until it ends or has to.
pub fn converse(child: &mut Child, merged: Option<PipeReader>, talk: &Talk<'_>) -> (Ended, Words) {
    let mut outputs: [Output; 2] = Default::default();
    let ended = until_it_ends(child, merged, talk, &mut outputs);
    if ended.is_ok() {
        settle(&outputs, talk);
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
        let input = Zeroizing::new(talk.input.to_vec());
        // In a thread of its own, too: it may never read.
        let thread = thread::Builder::new().spawn(move || {
            // It may answer without reading.
            let _ = stdin.write_all(&input);
        });
        drop(thread.map_err(ProcessError::Io)?);
    }
    loop {
        if let Some(status) = child.try_wait().map_err(ProcessError::Io)? {
            return Ok(status);
        }
        if talk.is_over() {
            return Err(ProcessError::TooSlow);
        }
        if outputs.iter().any(|output| output.state().0 > talk.limit) {
            return Err(ProcessError::TooMuch(talk.limit));
        }
        thread::sleep(PAUSE);
    }
}

/// Waits for what a program wrote before it ended; not for what it left running, which may hold the pipes open.
fn settle(outputs: &[Output; 2], talk: &Talk<'_>) {
    let state = || outputs.each_ref().map(Output::state);
    let (mut before, mut since) = (state(), Instant::now());
    while before.iter().any(|(_, goes_on)| *goes_on) && since.elapsed() < QUIET && !talk.is_over() {
        thread::sleep(PAUSE);
        let now = state();
        if now != before {
            (before, since) = (now, Instant::now());
        }
    }
}

#[cfg(all(test, unix))]
#[allow(clippy::indexing_slicing, clippy::string_slice, clippy::unwrap_used)] // a test's way of failing
mod tests {
    use std::process::{Command, Stdio};

    use super::*;

    /// How long something may take that cannot fail to happen.
    const PATIENCE: Duration = Duration::from_secs(60);

    fn shell(script: &str, input: &[u8], limit: usize, time: Duration) -> (Ended, Words) {
        let mut command = Command::new("sh");
        command.args(["-c", script]).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let talk = Talk { input, limit, end: Instant::now() + time, go_on: &|| true };
        let (ended, words) = converse(&mut child, None, &talk);
        if ended.is_err() {
            kill(&mut child, without_terminal());
            child.wait().unwrap();
        }
        (ended, words)
    }

    #[test]
    fn what_goes_in_comes_out() {
        let input = vec![b'x'; 200_000];
        let (ended, [stdout, stderr]) = shell("cat; echo said >&2; exit 3", &input, 300_000, PATIENCE);
        assert_eq!(ended.unwrap().code(), Some(3));
        assert_eq!((stdout.len(), stderr.as_slice()), (200_000, &b"said\n"[..]));
        assert!(shell("exit 0", &input, 10, PATIENCE).0.unwrap().success());
    }

    #[test]
    fn time_and_output_are_bounded_also_for_what_does_not_read() {
        let input = vec![b'x'; 2_000_000];
        let started = Instant::now();
        let (ended, [stdout, _]) = shell("echo x; exec sleep 600", &input, 10, Duration::from_millis(300));
        assert!(matches!(ended, Err(ProcessError::TooSlow)), "{ended:?}");
        assert!(stdout.is_empty() || stdout.as_slice() == b"x\n");
        for script in ["exec yes", "echo more than ten; exec sleep 600"] {
            let (ended, _) = shell(script, b"", 10, PATIENCE);
            assert!(matches!(ended, Err(ProcessError::TooMuch(10))), "{script}: {ended:?}");
        }
        assert!(started.elapsed() < PATIENCE);
    }

    #[test]
    fn what_is_left_in_the_background_is_not_waited_for() {
        let (ended, [stdout, _]) = shell("sleep 600 & echo $!", b"", 1000, 2 * PATIENCE);
        assert!(ended.unwrap().success());
        let id = String::from_utf8(stdout.to_vec()).unwrap();
        // It runs still: it was not waited for.
        assert!(Command::new("kill").arg(id.trim()).status().unwrap().success(), "{id}");
    }
}
