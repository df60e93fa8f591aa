//! One thing to read, or one that is not read.

use std::fs::File;
use std::io::{self, BufReader, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use ecrpass_aws::storage::{Bucket, Object};
use ecrpass_trail::event::Sink;
use ecrpass_trail::scan::{Part, Scanner, is_divisible};
use ecrpass_trail::tally::Skip;

use super::meter::Meter;

/// How much is read of a file at a time, in bytes.
const PIECE: usize = 128 * 1024;

/// How large the parts are that a file with a record on each line is divided into, in bytes; one that is not twice as large
/// is not.
const PART: u64 = 64 * 1024 * 1024;

/// How much of a file says whether it can be divided, in bytes.
const BEGIN: u64 = 64 * 1024;

/// Something to read.
#[derive(Debug)]
pub enum Input<'a> {
    /// A file.
    File(PathBuf),
    /// The lines of a file that begin from one byte on and before another.
    Lines(PathBuf, u64, u64),
    /// Standard input.
    Standard,
    /// An object of a bucket.
    Object(&'a Bucket<'a>, Object, String),
    /// Something that cannot be read, and why.
    Skipped(Skip, String, Option<String>),
}

impl Input<'_> {
    /// Reads it.
    pub fn read<S: Sink>(self, scanner: &mut Scanner<'_, S>, meter: &Meter) {
        match self {
            Self::File(path) => {
                meter.file();
                let name = path.display().to_string();
                match File::open(&path) {
                    Ok(file) => scanner.read(&name, BufReader::with_capacity(PIECE, meter.count(file))),
                    Err(error) => scanner.skip(Skip::Unreadable, &name, Some(error.to_string())),
                }
            }
            Self::Lines(path, from, to) => {
                meter.file();
                let name = path.display().to_string();
                match lines(&path, from, to) {
                    Ok((file, part)) => scanner.read_part(&name, meter.count(file), part),
                    Err(error) => scanner.skip(Skip::Unreadable, &name, Some(error.to_string())),
                }
            }
            Self::Standard => {
                meter.file();
                let input = meter.count(io::stdin().lock());
                scanner.read("stdin", BufReader::with_capacity(PIECE, input));
            }
            Self::Object(bucket, object, name) => {
                meter.file();
                let source = meter.count(bucket.reader(object));
                scanner.read(&name, BufReader::with_capacity(PIECE, source));
            }
            Self::Skipped(kind, name, detail) => scanner.skip(kind, &name, detail),
        }
    }
}

/// A file whole, or in parts where it is large and has a record on each line.
pub fn divided(path: PathBuf, size: u64) -> Vec<Input<'static>> {
    if size < PART * 2 || !is_in_lines(&path) {
        return vec![Input::File(path)];
    }
    let parts = (0..size.div_ceil(PART)).map(|part| (part * PART, ((part + 1) * PART).min(size)));
    parts.map(|(from, to)| Input::Lines(path.clone(), from, to)).collect()
}

fn is_in_lines(path: &Path) -> bool {
    let mut begin = Vec::new();
    let read = File::open(path).and_then(|file| file.take(BEGIN).read_to_end(&mut begin));
    read.is_ok() && is_divisible(&begin)
}

/// A file at a part of its lines.
fn lines(path: &Path, from: u64, to: u64) -> io::Result<(File, Part)> {
    let mut file = File::open(path)?;
    if from == 0 {
        return Ok((file, Part::Begin(to)));
    }
    // Whether a line begins with a part is said by the byte before it.
    file.seek(SeekFrom::Start(from - 1))?;
    Ok((file, Part::Further(to - from + 1)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_large_file_of_lines_is_read_in_parts_that_meet() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("events.ndjson");
        std::fs::write(&path, "{\"a\":1}\n{\"b\":2}\n").unwrap();
        let parts: Vec<(u64, u64)> = divided(path.clone(), PART * 2 + 1)
            .into_iter()
            .map(|input| match input {
                Input::Lines(_, from, to) => (from, to),
                other => panic!("{other:?}"),
            })
            .collect();
        assert_eq!(parts, [(0, PART), (PART, PART * 2), (PART * 2, PART * 2 + 1)]);
        assert_eq!(divided(path.clone(), PART).len(), 1);
        std::fs::write(&path, "{\"Records\":[\n{\"a\":1}\n]}").unwrap();
        assert_eq!(divided(path, PART * 9).len(), 1);
    }
}
