//! What a command writes, passed on byte by byte while it runs, and its whole lines given to whoever explains them.
//!
//! A process that the command leaves behind may hold its outputs open for ever: what the command itself wrote is still
//! passed on after its end, and then nobody is waited for.

use std::io::{self, ErrorKind, Read};
use std::process::{Child, ExitStatus};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::thread;
use std::time::{Duration, Instant};

use crate::render::out::{self, Stream};

/// How long, in all, more output is waited for once the command has ended.
const GRACE: Duration = Duration::from_millis(500);

/// How much more output is taken once the command has ended, in bytes: as much as fits into two pipes of Linux.
const REST: usize = 2 * 1024 * 1024;

/// The longest line that is put together, in bytes.
const LONGEST: usize = 64 * 1024;

/// Something happened.
enum Event {
    Wrote(Stream, Vec<u8>),
    Closed,
    Ended(io::Result<ExitStatus>),
}

/// The outputs of a command that runs.
pub struct Outputs {
    events: Receiver<Event>,
    sender: SyncSender<Event>,
    /// Whose reader has gone: it is closed for the command too.
    gone: [Arc<AtomicBool>; 2],
    /// Where standard output is passed on to.
    output_to: Stream,
    open: usize,
}

/// How it went.
pub struct Written {
    /// The command's status.
    pub status: ExitStatus,
    /// Why something it wrote could not be passed on, other than that nobody reads it.
    pub failed: Option<io::Error>,
}

impl Outputs {
    /// Takes the outputs of a command; the standard one is passed on to that stream.
    pub fn of(child: &mut Child, output_to: Stream) -> Self {
        let (sender, events) = sync_channel(4);
        let mut outputs = Self { events, sender, gone: Default::default(), output_to, open: 0 };
        if let Some(stdout) = child.stdout.take() {
            outputs.watch(Stream::Output, stdout);
        }
        if let Some(stderr) = child.stderr.take() {
            outputs.watch(Stream::Error, stderr);
        }
        outputs
    }

    fn watch(&mut self, stream: Stream, mut from: impl Read + Send + 'static) {
        let sender = self.sender.clone();
        let gone = self.gone_of(stream);
        self.open += 1;
        thread::spawn(move || {
            let mut buffer = vec![0; 16 * 1024];
            while !gone.load(Ordering::Relaxed) {
                let length = match from.read(&mut buffer) {
                    Err(error) if error.kind() == ErrorKind::Interrupted => continue,
                    Ok(0) | Err(_) => break,
                    Ok(length) => length,
                };
                let bytes = buffer.get(..length).unwrap_or_default().to_vec();
                if sender.send(Event::Wrote(stream, bytes)).is_err() {
                    return;
                }
            }
            // Closed for the command before the end is reported.
            drop(from);
            let _ = sender.send(Event::Closed);
        });
    }

    fn gone_of(&self, stream: Stream) -> Arc<AtomicBool> {
        let [output, error] = &self.gone;
        Arc::clone(if stream == Stream::Output { output } else { error })
    }

    fn passed_on_to(&self, stream: Stream) -> Stream {
        if stream == Stream::Output { self.output_to } else { stream }
    }

    /// Passes everything on until the command has ended.
    ///
    /// # Errors
    /// When the command cannot be waited for.
    pub fn pass_through(mut self, mut child: Child, log: &mut dyn FnMut(&[u8])) -> io::Result<Written> {
        let sender = self.sender.clone();
        thread::spawn(move || {
            let _ = sender.send(Event::Ended(child.wait()));
        });
        let mut lines = [Lines::default(), Lines::default()];
        let [output, error] = &mut lines;
        let mut failed = None;
        let mut status = None;
        let (mut grace, mut rest) = (GRACE, REST);
        while status.is_none() || self.open > 0 && rest > 0 {
            let waiting = Instant::now();
            let event = match status {
                None => self.events.recv().map_err(|_| RecvTimeoutError::Disconnected),
                Some(_) => self.events.recv_timeout(grace),
            };
            if status.is_some() {
                grace = grace.saturating_sub(waiting.elapsed());
            }
            match event {
                Ok(Event::Wrote(stream, bytes)) => {
                    let gone = self.gone_of(stream);
                    if !gone.load(Ordering::Relaxed)
                        && let Err(error) = out::exact(self.passed_on_to(stream), &bytes)
                    {
                        gone.store(true, Ordering::Relaxed);
                        if !ecrpass_system::is_closed_pipe(&error) {
                            failed.get_or_insert(error);
                        }
                    }
                    match stream {
                        Stream::Output => output.feed(&bytes, log),
                        Stream::Error => error.feed(&bytes, log),
                    }
                    if status.is_some() {
                        rest = rest.saturating_sub(bytes.len());
                    }
                }
                Ok(Event::Closed) => self.open = self.open.saturating_sub(1),
                Ok(Event::Ended(ended)) => status = Some(ended?),
                Err(_) => break,
            }
        }
        output.end(log);
        error.end(log);
        let status = status.ok_or_else(|| io::Error::other("the command was lost"))?;
        Ok(Written { status, failed })
    }
}

/// Puts the pieces of one output together to lines, so that those of the two do not mix.
#[derive(Default)]
struct Lines(Vec<u8>);

impl Lines {
    fn feed(&mut self, bytes: &[u8], log: &mut dyn FnMut(&[u8])) {
        self.0.extend_from_slice(bytes);
        let end = self.0.iter().rposition(|b| *b == b'\n').map_or(0, |at| at + 1);
        let end = if self.0.len() > LONGEST { self.0.len() } else { end };
        log(self.0.get(..end).unwrap_or_default());
        self.0.drain(..end);
    }

    fn end(&mut self, log: &mut dyn FnMut(&[u8])) {
        if !self.0.is_empty() {
            self.0.push(b'\n');
            log(&self.0);
        }
    }
}
