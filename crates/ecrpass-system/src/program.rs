//! Running another program for its answer: bounded in time and output, and ended with its process group.

#[cfg(any(not(unix), test))]
mod elsewhere;
mod talk;
#[cfg(unix)]
mod unix;

use std::fmt;
use std::io::{self, PipeReader};
use std::process::{Child, Command, ExitStatus};
use std::time::Instant;

use zeroize::Zeroizing;

#[cfg(not(unix))]
use self::elsewhere as imp;
pub use self::talk::{Ended, ProcessError};
use self::talk::{Talk, Words};
#[cfg(unix)]
use self::unix as imp;

/// What a program said.
pub struct Finished {
    /// How it ended.
    pub status: ExitStatus,
    /// Standard output, where it was captured. It may hold a secret.
    pub stdout: Zeroizing<Vec<u8>>,
    /// Standard error, where it was captured.
    pub stderr: Zeroizing<Vec<u8>>,
}

impl fmt::Debug for Finished {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}, {} and {} bytes", self.status, self.stdout.len(), self.stderr.len())
    }
}

/// Starts the command, gives it the input, and waits until it ends or the time is up; then it and all of its process
/// group are killed. The command says which streams are captured (`Stdio::piped()`).
///
/// Where there is a terminal, the command stays in our own process group, and only it is killed: in a group of its own
/// it would be in the background, and stopped as soon as it asks for a passphrase or an MFA code on `/dev/tty`.
///
/// # Errors
/// [`ProcessError`].
pub fn run(
    command: &mut Command,
    input: &[u8],
    limit: usize,
    end: Instant,
) -> Result<Finished, ProcessError> {
    run_while(command, input, limit, end, &|| true)
}

/// The same, and it is ended, as if it were out of time, when `go_on` says no.
///
/// # Errors
/// [`ProcessError`].
pub fn run_while(
    command: &mut Command,
    input: &[u8],
    limit: usize,
    end: Instant,
    go_on: &dyn Fn() -> bool,
) -> Result<Finished, ProcessError> {
    let own_group = prepare(command);
    let child = command.spawn().map_err(ProcessError::Start)?;
    let talk = Talk { input, limit, end, go_on };
    let (ended, [stdout, stderr]) = run_child(child, own_group, None, &talk);
    Ok(Finished { status: ended?, stdout, stderr })
}

/// The same with standard output and standard error in one, in the order they were written, and kept however it ends.
/// It is ended, as if it were out of time, when `go_on` says no.
///
/// # Errors
/// When it could not be started. How it ended stands beside its words.
pub fn run_merged(
    mut command: Command,
    input: &[u8],
    limit: usize,
    end: Instant,
    go_on: &dyn Fn() -> bool,
) -> io::Result<(Ended, Zeroizing<Vec<u8>>)> {
    let own_group = prepare(&mut command);
    let (reader, writer) = io::pipe()?;
    command.stdout(writer.try_clone()?).stderr(writer);
    let child = command.spawn()?;
    // Our ends of the pipe would keep it open for ever.
    drop(command);
    let talk = Talk { input, limit, end, go_on };
    let (ended, [words, _]) = run_child(child, own_group, Some(reader), &talk);
    Ok((ended, words))
}

/// Whether it gets a process group of its own.
fn prepare(command: &mut Command) -> bool {
    let own_group = imp::without_terminal();
    #[cfg(unix)]
    if own_group {
        std::os::unix::process::CommandExt::process_group(command, 0);
    }
    #[cfg(not(unix))]
    let _ = command;
    own_group
}

fn run_child(
    mut child: Child,
    own_group: bool,
    merged: Option<PipeReader>,
    talk: &Talk<'_>,
) -> (Ended, Words) {
    let (ended, words) = imp::converse(&mut child, merged, talk);
    if ended.is_err() {
        imp::kill(&mut child, own_group);
        let _ = child.wait();
    }
    (ended, words)
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use std::process::Stdio;
    use std::time::Duration;

    use super::*;

    fn shell(script: &str, input: &[u8], limit: usize, time: Duration) -> Result<Finished, ProcessError> {
        let mut command = Command::new("sh");
        command.args(["-c", script]).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        run(&mut command, input, limit, Instant::now() + time)
    }

    #[test]
    fn what_goes_in_comes_out() {
        let input = vec![b'x'; 200_000];
        let finished = shell("cat; echo said >&2; exit 3", &input, 300_000, Duration::from_secs(20)).unwrap();
        assert_eq!(finished.status.code(), Some(3));
        assert_eq!((finished.stdout.len(), finished.stderr.as_slice()), (200_000, &b"said\n"[..]));
        assert!(shell("exit 0", &input, 10, Duration::from_secs(20)).unwrap().status.success());
    }

    /// How long something may take that cannot fail to happen.
    const PATIENCE: Duration = Duration::from_secs(60);

    /// Whether a process is there and runs; one that ended may still wait to be noticed.
    fn is_running(id: &str) -> bool {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", id.trim())).unwrap_or_default();
        stat.rsplit_once(") ").is_some_and(|(_, rest)| !rest.starts_with(['Z', 'X']))
    }

    #[test]
    fn time_and_output_are_bounded_and_nothing_is_left_behind() {
        let directory = tempfile::tempdir().unwrap();
        let id = directory.path().join("id");
        // It outlives the test by far, unless it is ended. Given time enough to be started, and no more.
        let script = format!("sleep 600 & echo $! > {0}.new; mv {0}.new {0}; sleep 600", id.display());
        let mut time = Duration::from_millis(300);
        loop {
            assert!(matches!(shell(&script, b"", 10, time), Err(ProcessError::TooSlow)));
            if id.exists() {
                break;
            }
            time *= 2;
        }
        let id = std::fs::read_to_string(id).unwrap();
        let started = Instant::now();
        while is_running(&id) {
            assert!(started.elapsed() < PATIENCE, "process {id} outlived the one that started it");
            std::thread::sleep(Duration::from_millis(5));
        }
        assert!(matches!(shell("yes", b"", 1000, PATIENCE), Err(ProcessError::TooMuch(1000))));
    }

    #[test]
    fn what_nobody_waits_for_any_more_is_ended() {
        let mut command = Command::new("sleep");
        command.arg("600").stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let started = Instant::now();
        let ended = run_while(&mut command, b"", 10, started + PATIENCE, &|| {
            started.elapsed() < Duration::from_millis(100)
        });
        assert!(matches!(ended, Err(ProcessError::TooSlow)), "{ended:?}");
        assert!(started.elapsed() < PATIENCE);
    }

    #[test]
    fn what_is_left_in_the_background_is_not_waited_for() {
        let finished = shell("sleep 600 & echo $!", b"", 1000, PATIENCE).unwrap();
        let id = String::from_utf8(finished.stdout.to_vec()).unwrap();
        assert!(is_running(&id), "{id}");
        assert!(Command::new("kill").arg(id.trim()).status().unwrap().success());
    }
}
