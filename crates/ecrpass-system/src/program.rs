//! Running another program for its answer: bounded in time and output, and ended with its process group.

use std::fmt;
use std::io::{self, PipeReader};
use std::process::{Child, Command, ExitStatus};
use std::time::Instant;

use zeroize::Zeroizing;

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

/// Why there is no answer.
#[derive(Debug)]
pub enum ProcessError {
    /// It could not be started.
    Start(io::Error),
    /// It did not end in time.
    TooSlow,
    /// It printed more than the limit, in bytes.
    TooMuch(usize),
    /// Its input or output failed.
    Io(io::Error),
}

impl fmt::Display for ProcessError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Start(error) | Self::Io(error) => error.fmt(f),
            Self::TooSlow => f.write_str("it did not end in time"),
            Self::TooMuch(limit) => write!(f, "it printed more than {} kB", limit / 1024),
        }
    }
}

impl std::error::Error for ProcessError {}

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
    let own_group = prepare(command);
    let child = command.spawn().map_err(ProcessError::Start)?;
    let talk = Talk { input, limit, end, go_on: &|| true };
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
) -> io::Result<(Result<ExitStatus, ProcessError>, Zeroizing<Vec<u8>>)> {
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

/// What is given to a program, and how much time and output it may take.
struct Talk<'a> {
    input: &'a [u8],
    limit: usize,
    end: Instant,
    go_on: &'a dyn Fn() -> bool,
}

impl Talk<'_> {
    /// Whether it has to end now.
    fn is_over(&self) -> bool {
        Instant::now() >= self.end || !(self.go_on)()
    }
}

/// What came through the pipes: standard output, or both in one, and standard error.
type Words = [Zeroizing<Vec<u8>>; 2];

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
) -> (Result<ExitStatus, ProcessError>, Words) {
    let (ended, words) = imp::converse(&mut child, merged, talk);
    if ended.is_err() {
        imp::kill(&mut child, own_group);
        let _ = child.wait();
    }
    (ended, words)
}

#[cfg(unix)]
mod imp {
    use std::fs::File;
    use std::io::{self, PipeReader, Write};
    use std::os::fd::OwnedFd;
    use std::process::{Child, ExitStatus};
    use std::time::{Duration, Instant};

    use ecrpass_core::WipedBuffer;
    use rustix::event::{PollFd, PollFlags, Timespec, poll};
    use rustix::fs::{OFlags, fcntl_getfl, fcntl_setfl};

    use super::{ProcessError, Talk, Words};

    /// A pipe from the child, `None` once it is closed, and what came through it.
    type Output = (Option<File>, WipedBuffer);

    /// The first and the longest pause between looks whether it has ended.
    const PAUSES: (Duration, Duration) = (Duration::from_millis(1), Duration::from_millis(20));

    /// Whether this process has no terminal that a program could ask on.
    pub(super) fn without_terminal() -> bool {
        File::open("/dev/tty").is_err()
    }

    pub(super) fn kill(child: &mut Child, own_group: bool) {
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

    pub(super) fn converse(
        child: &mut Child,
        merged: Option<PipeReader>,
        talk: &Talk<'_>,
    ) -> (Result<ExitStatus, ProcessError>, Words) {
        let mut outputs: [Output; 2] = Default::default();
        let ended = until_it_ends(child, merged, talk, &mut outputs);
        (ended, outputs.map(|(_, bytes)| bytes.into_bytes()))
    }

    fn until_it_ends(
        child: &mut Child,
        merged: Option<PipeReader>,
        talk: &Talk<'_>,
        outputs: &mut [Output; 2],
    ) -> Result<ExitStatus, ProcessError> {
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
        polled
            .extend(outputs.iter().filter_map(|(file, _)| Some(PollFd::new(file.as_ref()?, PollFlags::IN))));
        let timeout = Timespec::try_from(pause).ok();
        let _ = poll(&mut polled, timeout.as_ref());
    }
}

#[cfg(not(unix))]
mod imp {
    use std::io::{PipeReader, Read, Write};
    use std::process::{Child, ExitStatus};
    use std::sync::{Arc, Mutex, PoisonError};
    use std::thread::JoinHandle;
    use std::time::Duration;

    use zeroize::Zeroizing;

    use super::{ProcessError, Talk, Words};

    pub(super) fn without_terminal() -> bool {
        false
    }

    pub(super) fn kill(child: &mut Child, _own_group: bool) {
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

    pub(super) fn converse(
        child: &mut Child,
        merged: Option<PipeReader>,
        talk: &Talk<'_>,
    ) -> (Result<ExitStatus, ProcessError>, Words) {
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
    ) -> Result<ExitStatus, ProcessError> {
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
    fn what_is_left_in_the_background_is_not_waited_for() {
        let finished = shell("sleep 600 & echo $!", b"", 1000, PATIENCE).unwrap();
        let id = String::from_utf8(finished.stdout.to_vec()).unwrap();
        assert!(is_running(&id), "{id}");
        assert!(Command::new("kill").arg(id.trim()).status().unwrap().success());
    }
}
