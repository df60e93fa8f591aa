//! How fast trails are read, and in how much memory: `scan [--threads N] [--json] PATH…` reads files, and prints figures, or
//! the report.
//!
//! cargo run --release -p ecrpass-trail --features fast --example scan -- --threads 1 AWSLogs

#![allow(clippy::print_stdout, clippy::disallowed_methods)] // it reads files, asks the clock and prints: it is no part of the crate

use std::fs::{self, File};
use std::io::{self, BufReader};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Instant;

use ecrpass_trail::accumulator::{Accumulator, Span};
use ecrpass_trail::answers::{Wanted, answer};
use ecrpass_trail::event::Sink;
use ecrpass_trail::scan::Scanner;
use ecrpass_trail::seen::Seen;
use ecrpass_trail::tally::Tally;

fn main() -> io::Result<()> {
    let mut arguments: Vec<String> = std::env::args().skip(1).collect();
    let mut threads = 2;
    if arguments.first().is_some_and(|argument| argument == "--threads") {
        threads = arguments.get(1).and_then(|number| number.parse().ok()).unwrap_or(threads);
        arguments.drain(..2.min(arguments.len()));
    }
    let is_json = arguments.first().is_some_and(|argument| argument == "--json");
    arguments.drain(..usize::from(is_json));
    let mut files = Vec::new();
    for argument in &arguments {
        find(Path::new(argument), &mut files)?;
    }
    files.sort();
    let packed: u64 = files.iter().filter_map(|file| fs::metadata(file).ok()).map(|file| file.len()).sum();
    let began = Instant::now();
    let (seen, next) = (Seen::default(), AtomicUsize::new(0));
    let read: Vec<(Accumulator, Tally)> = thread::scope(|scope| {
        let work = || {
            let mut scanner = Scanner::new(Accumulator::of(Span::default()), &seen);
            while let Some(path) = files.get(next.fetch_add(1, Ordering::Relaxed)) {
                if let Ok(file) = File::open(path) {
                    scanner.read(&path.to_string_lossy(), BufReader::with_capacity(128 * 1024, file));
                }
            }
            scanner.finish()
        };
        let started: Vec<_> = (0..threads).map(|_| scope.spawn(work)).collect();
        started.into_iter().filter_map(|thread| thread.join().ok()).collect()
    });
    let (mut all, mut tally) = (Accumulator::of(Span::default()), Tally::default());
    for (sink, part) in read {
        all.merge(sink);
        tally.merge(part);
    }
    let seconds = began.elapsed().as_secs_f64();
    let mut report = answer(all.finish(), &Wanted::default());
    report.add_reading(&tally, seen.late());
    if is_json {
        println!("{}", serde_json::to_string_pretty(&report)?);
        return Ok(());
    }
    let whole = began.elapsed().as_secs_f64();
    let processor = processor_seconds().unwrap_or(seconds);
    let megabytes = tally.bytes as f64 / 1e6;
    println!(
        "{} files, {} records, {} parsed, {} events",
        tally.files, tally.records, tally.parsed, tally.events
    );
    println!("{} incidents, {} rows of errors", report.incidents.len(), report.errors.len());
    println!(
        "{:.0} MB as they lie, {megabytes:.0} MB of JSON, {seconds:.2} s, with answers {whole:.2} s",
        packed as f64 / 1e6
    );
    println!(
        "{:.0} MB/s of JSON, {:.0} MB/s for each second of a core",
        megabytes / seconds,
        megabytes / processor
    );
    println!("{} kB of memory at most", memory().unwrap_or_default());
    Ok(())
}

fn find(path: &Path, files: &mut Vec<PathBuf>) -> io::Result<()> {
    if !path.is_dir() {
        files.push(path.to_owned());
        return Ok(());
    }
    for entry in fs::read_dir(path)? {
        find(&entry?.path(), files)?;
    }
    Ok(())
}

/// What this process has used of processors, where Linux says it.
fn processor_seconds() -> Option<f64> {
    let stat = fs::read_to_string("/proc/self/stat").ok()?;
    let (_, rest) = stat.rsplit_once(')')?;
    let mut fields = rest.split_whitespace().skip(11);
    let ticks: f64 = fields.next()?.parse::<f64>().ok()? + fields.next()?.parse::<f64>().ok()?;
    Some(ticks / 100.0)
}

/// The most memory it has held, in kB, where Linux says it.
fn memory() -> Option<String> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.split_whitespace().next().map(str::to_owned)
}
