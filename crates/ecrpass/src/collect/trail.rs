//! CloudTrail from files, directories, buckets and standard input, read by several threads. What is read first is what was
//! written first: whoever counts can then let go of the past.

mod files;
mod input;
mod links;
mod meter;
mod objects;
mod stamp;

use std::path::{Path, PathBuf};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use ecrpass_aws::storage::Bucket;
use ecrpass_core::environment::Environment;
use ecrpass_trail::event::Sink;
use ecrpass_trail::scan::Scanner;
use ecrpass_trail::seen::Seen;
use ecrpass_trail::tally::Tally;

use self::files::Files;
use self::input::Input;
use self::meter::Meter;
use self::objects::{Address, Objects};
pub use self::stamp::Span;
use super::registry_session::{Place, failed};
use crate::error::CommandError;
use crate::render::progress::Progress;
use crate::render::ui::Ui;

/// How many threads read: each holds what it has found.
const MOST_THREADS: usize = 4;

/// How often it is said how far it is.
const TICK: Duration = Duration::from_millis(250);

/// What is read.
#[derive(Debug)]
pub struct Wanted<'a> {
    /// Files, directories, `s3://bucket/prefix`, and `-` for standard input.
    pub paths: &'a [PathBuf],
    /// The time that is asked for.
    pub span: Span,
    /// With which credentials buckets are read.
    pub place: &'a Place,
}

/// What was read.
#[derive(Debug)]
pub struct Read<S> {
    /// What has seen all of it.
    pub sink: S,
    /// How much there was.
    pub tally: Tally,
    /// How many calls came late: see [`Seen::late`].
    pub late: u64,
}

/// Reads all that is wanted into sinks, one for each thread, and puts them together.
///
/// # Errors
/// When something that was named is not there, or a bucket cannot be listed.
pub fn read<S: Sink>(
    wanted: &Wanted<'_>,
    environment: &dyn Environment,
    sink: &(impl Fn() -> S + Sync),
    ui: &mut Ui,
) -> Result<Read<S>, CommandError> {
    let mut work = Work {
        sink,
        seen: Seen::default(),
        meter: Meter::default(),
        progress: Progress::new(ui),
        read: (sink(), Tally::default()),
    };
    let mut local = Vec::new();
    let mut buckets = Vec::new();
    for path in wanted.paths {
        match path.to_str().and_then(Address::parse) {
            Some(address) => buckets.push(address?),
            None => local.push(named(path, wanted.span)?),
        }
    }
    work.run(local.into_iter().flatten());
    for address in buckets {
        wanted.place.ask(environment, false, |api, _| {
            let opened = Bucket::open(api, &address.bucket, &address.prefix);
            let (bucket, page) =
                opened.map_err(|failure| failed(&format!("{address} cannot be listed"), failure))?;
            work.run(Objects::new(&bucket, &address, page, wanted.span));
            Ok(())
        })?;
    }
    let (sink, mut tally) = work.read;
    tally.packed_bytes = work.meter.bytes();
    Ok(Read { sink, tally, late: work.seen.late() })
}

/// What a path stands for.
fn named(path: &Path, span: Span) -> Result<Box<dyn Iterator<Item = Input<'static>> + Send>, CommandError> {
    if path == Path::new("-") {
        return Ok(Box::new(std::iter::once(Input::Standard)));
    }
    let what = format!("{} cannot be read", path.display());
    let metadata =
        std::fs::metadata(path).map_err(|error| CommandError::io(&what, error, "check the path"))?;
    if metadata.is_dir() {
        return Ok(Box::new(Files::below(path, span)));
    }
    // A pipe that is named is meant.
    Ok(Box::new(input::divided(path.to_owned(), metadata.len()).into_iter()))
}

/// What is read with, and what has come of it.
struct Work<'a, S, F> {
    sink: &'a F,
    seen: Seen,
    meter: Meter,
    progress: Progress,
    read: (S, Tally),
}

impl<S: Sink, F: Fn() -> S + Sync> Work<'_, S, F> {
    /// Has threads read, each one input after the other.
    fn run<'i>(&mut self, inputs: impl Iterator<Item = Input<'i>> + Send) {
        let threads = thread::available_parallelism().map_or(2, usize::from).clamp(1, MOST_THREADS);
        let inputs = Mutex::new(inputs);
        let (inputs, sink, seen, meter) = (&inputs, self.sink, &self.seen, &self.meter);
        let read = thread::scope(|scope| {
            let (working, all) = mpsc::channel::<()>();
            let start = |working: mpsc::Sender<()>| {
                let work = move || {
                    let read = one_after_the_other(inputs, Scanner::new(sink(), seen), meter);
                    drop(working);
                    read
                };
                thread::Builder::new().spawn_scoped(scope, work)
            };
            let started: Vec<_> = (0..threads).filter_map(|_| start(working.clone()).ok()).collect();
            drop(working);
            if started.is_empty() {
                // Where there are no threads, there is no hurry.
                return vec![one_after_the_other(inputs, Scanner::new(sink(), seen), meter)];
            }
            // It ends when nobody works any more.
            while all.recv_timeout(TICK) == Err(RecvTimeoutError::Timeout) {
                self.progress.say(&meter.shown());
            }
            let read = started.into_iter().map(|thread| thread.join());
            read.map(|read| read.unwrap_or_else(|panic| std::panic::resume_unwind(panic))).collect()
        });
        for (sink, tally) in read {
            self.read.0.merge(sink);
            self.read.1.merge(tally);
        }
    }
}

/// What a thread does.
fn one_after_the_other<'i, S: Sink>(
    inputs: &Mutex<impl Iterator<Item = Input<'i>>>,
    mut scanner: Scanner<'_, S>,
    meter: &Meter,
) -> (S, Tally) {
    loop {
        // The lock is held only while the next is looked for.
        let next = inputs.lock().unwrap_or_else(PoisonError::into_inner).next();
        let Some(input) = next else { return scanner.finish() };
        input.read(&mut scanner, meter);
    }
}
