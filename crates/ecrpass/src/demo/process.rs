//! Runs a client to its end, to the end of our patience or to Ctrl-C, and keeps what it wrote in the order it wrote it.

use std::io;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use ecrpass_system::program::{self, ProcessError};

use crate::error::CommandError;

/// How long a client may take before it counts as stuck.
pub const PATIENCE: Duration = Duration::from_secs(30);

/// The most that is kept of what a client writes, in bytes.
const MOST: usize = 1024 * 1024;

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
    let name = command.get_program().display().to_string();
    command.stdin(if input.is_some() { Stdio::piped() } else { Stdio::null() });
    let input = input.unwrap_or_default().as_bytes();
    let go_on = || interrupt.check().is_ok();
    let (ended, words) = program::run_merged(command, input, MOST, Instant::now() + patience, &go_on)
        .map_err(|error| {
            let next = "ecrpass demo --client builtin";
            CommandError::could_not_run(format!("{name} cannot be run: {error}."), next)
        })?;
    interrupt.check()?;
    let mut output = String::from_utf8_lossy(&words).into_owned();
    let why = match ended {
        Ok(status) => return Ok((status.success(), output)),
        Err(ProcessError::TooSlow) => format!("no result within {} s", patience.as_secs()),
        Err(error) => error.to_string(),
    };
    output.push_str(&format!("\n(ended by ecrpass: {why})\n"));
    Ok((false, output))
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
