//! Runs a client to its end, to the end of our patience or to Ctrl-C, and keeps what it wrote in the order it wrote it.

use std::io::{self, PipeReader, Read, Write};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use crate::error::CommandError;

/// How long a client may take before it counts as stuck.
pub const PATIENCE: Duration = Duration::from_secs(30);

/// How long to wait for the last words of a client that has ended: a child of its own may hold the pipe open.
const LAST_WORDS: Duration = Duration::from_secs(2);

/// Whether the person at the terminal, or the system, wants the tour to end.
#[derive(Clone, Debug, Default)]
pub struct Interrupt(Arc<AtomicBool>);

impl Interrupt {
    /// Listens for Ctrl-C and the signals that ask a program to end, so that it can clean up first.
    pub fn watch() -> Self {
        let interrupt = Self::default();
        let set = Arc::clone(&interrupt.0);
        thread::spawn(move || {
            let Ok(runtime) = tokio::runtime::Builder::new_current_thread().enable_all().build() else {
                return;
            };
            if runtime.block_on(asked_to_end()).is_ok() {
                set.store(true, Ordering::Relaxed);
            }
        });
        interrupt
    }

    /// # Errors
    /// When the tour is to end.
    pub fn check(&self) -> Result<(), CommandError> {
        if self.0.load(Ordering::Relaxed) {
            return Err(CommandError::could_not_run(
                "Interrupted; everything the tour made is removed.",
                "ecrpass demo",
            ));
        }
        Ok(())
    }
}

#[cfg(unix)]
async fn asked_to_end() -> io::Result<()> {
    use std::future::poll_fn;
    use std::task::Poll;

    use tokio::signal::unix::{SignalKind, signal};

    let mut signals = [SignalKind::interrupt(), SignalKind::terminate(), SignalKind::hangup()]
        .map(signal)
        .into_iter()
        .collect::<io::Result<Vec<_>>>()?;
    poll_fn(|context| match signals.iter_mut().any(|signal| signal.poll_recv(context).is_ready()) {
        true => Poll::Ready(()),
        false => Poll::Pending,
    })
    .await;
    Ok(())
}

#[cfg(not(unix))]
async fn asked_to_end() -> io::Result<()> {
    tokio::signal::ctrl_c().await
}

/// Runs a command; whether it succeeded, and everything it wrote.
///
/// # Errors
/// When it cannot be started, or the tour is to end.
pub fn run(
    mut command: Command,
    input: Option<&str>,
    patience: Duration,
    interrupt: &Interrupt,
) -> Result<(bool, String), CommandError> {
    interrupt.check()?;
    let program = command.get_program().display().to_string();
    let could_not = |error: io::Error| {
        CommandError::could_not_run(
            format!("{program} cannot be run: {error}."),
            "ecrpass demo --client builtin",
        )
    };
    let (reader, writer) = io::pipe().map_err(could_not)?;
    command
        .stdin(if input.is_some() { Stdio::piped() } else { Stdio::null() })
        .stdout(writer.try_clone().map_err(could_not)?)
        .stderr(writer);
    let mut child = command.spawn().map_err(could_not)?;
    // Our ends of the pipe would keep it open for ever.
    drop(command);
    if let (Some(mut stdin), Some(input)) = (child.stdin.take(), input) {
        // It may give up before it reads; its exit status tells.
        let _ = stdin.write_all(input.as_bytes());
    }
    let written = Written::collect(reader);
    let ended = wait(&mut child, patience, interrupt);
    if !matches!(ended, Ok(Some(_))) {
        let _ = child.kill();
        let _ = child.wait();
    }
    let mut output = written.text();
    match ended? {
        Some(success) => Ok((success, output)),
        None => {
            output.push_str(&format!("\n(ended by ecrpass: no result within {} s)\n", patience.as_secs()));
            Ok((false, output))
        }
    }
}

/// The child's success; `None` when it is still running at the end of our patience.
fn wait(child: &mut Child, patience: Duration, interrupt: &Interrupt) -> Result<Option<bool>, CommandError> {
    let started = Instant::now();
    while started.elapsed() < patience {
        if let Some(status) = child.try_wait()? {
            return Ok(Some(status.success()));
        }
        interrupt.check()?;
        thread::sleep(Duration::from_millis(10));
    }
    Ok(None)
}

/// What arrives through a pipe.
struct Written {
    bytes: Arc<Mutex<Vec<u8>>>,
    end: mpsc::Receiver<()>,
}

impl Written {
    fn collect(mut reader: PipeReader) -> Self {
        let bytes = Arc::new(Mutex::new(Vec::new()));
        let (done, end) = mpsc::channel::<()>();
        let into = Arc::clone(&bytes);
        thread::spawn(move || {
            // Dropped at the end, which is what the other side waits for.
            let _done = done;
            let mut chunk = [0; 4096];
            while let Ok(length @ 1..) = reader.read(&mut chunk) {
                into.lock()
                    .unwrap_or_else(PoisonError::into_inner)
                    .extend_from_slice(chunk.get(..length).unwrap_or_default());
            }
        });
        Self { bytes, end }
    }

    fn text(&self) -> String {
        let (Ok(()) | Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected)) =
            self.end.recv_timeout(LAST_WORDS);
        let bytes = self.bytes.lock().unwrap_or_else(PoisonError::into_inner);
        String::from_utf8_lossy(&bytes).into_owned()
    }
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    #![allow(clippy::unwrap_used)] // a test's way of failing

    use super::*;

    fn shell(script: &str) -> Command {
        let mut command = Command::new("/bin/sh");
        command.args(["-c", script]);
        command
    }

    #[test]
    fn output_keeps_its_order() {
        let script = "echo one; echo two >&2; cat; echo four >&2; exit 3";
        let (success, output) = run(shell(script), Some("three\n"), PATIENCE, &Interrupt::default()).unwrap();
        assert_eq!((success, output.as_str()), (false, "one\ntwo\nthree\nfour\n"));
    }

    #[test]
    fn a_stuck_client_is_ended_and_its_words_are_kept() {
        let started = Instant::now();
        let (success, output) =
            run(shell("echo here; exec sleep 60"), None, Duration::from_millis(300), &Interrupt::default())
                .unwrap();
        assert!(!success && output.starts_with("here\n") && output.contains("ended by ecrpass"), "{output}");
        assert!(started.elapsed() < Duration::from_secs(30));
    }

    #[test]
    fn a_grandchild_with_the_pipe_does_not_hold_the_tour_up() {
        let started = Instant::now();
        let (success, output) =
            run(shell("sleep 60 & echo done"), None, PATIENCE, &Interrupt::default()).unwrap();
        assert_eq!((success, output.as_str()), (true, "done\n"));
        assert!(started.elapsed() < Duration::from_secs(30));
    }

    #[test]
    fn an_interrupt_ends_a_running_client() {
        let interrupt = Interrupt::default();
        let set = Arc::clone(&interrupt.0);
        thread::spawn(move || {
            thread::sleep(Duration::from_millis(200));
            set.store(true, Ordering::Relaxed);
        });
        let error = run(shell("exec sleep 60"), None, PATIENCE, &interrupt).unwrap_err();
        assert!(error.to_string().contains("Interrupted"), "{error}");
    }
}
