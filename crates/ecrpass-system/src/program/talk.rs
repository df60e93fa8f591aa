//! What a program is given and may take, what comes of it, and why nothing does.

use std::fmt;
use std::io;
use std::process::ExitStatus;
use std::time::Instant;

use zeroize::Zeroizing;

/// What is given to a program, and how much time and output it may take.
pub struct Talk<'a> {
    /// What is written to its standard input.
    pub input: &'a [u8],
    /// The most that it may print, in bytes.
    pub limit: usize,
    /// When it has to have ended.
    pub end: Instant,
    /// Whether it may go on until then.
    pub go_on: &'a dyn Fn() -> bool,
}

impl Talk<'_> {
    /// Whether it has to end now.
    pub fn is_over(&self) -> bool {
        Instant::now() >= self.end || !(self.go_on)()
    }
}

/// What came through the pipes: standard output, or both in one, and standard error.
pub type Words = [Zeroizing<Vec<u8>>; 2];

/// How a program ended, or why it did not end by itself.
pub type Ended = Result<ExitStatus, ProcessError>;

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
