//! The lock under which the cache is changed. It is held for the reading and writing of one small file, so a holder
//! that keeps it longer was stopped, and the change goes on without it.

use std::fs::File;
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use crate::private_file;

/// The name of the lock's file in the directory of tokens.
const FILE: &str = "writing.lock";

/// The first and the longest pause between looks at the lock.
const PAUSES: (Duration, Duration) = (Duration::from_micros(500), Duration::from_millis(8));

/// The lock, until dropped.
pub struct Guard(#[expect(dead_code, reason = "the lock goes with the file")] Option<File>);

impl Guard {
    /// Takes the lock of a directory, waiting for at most so long: many processes may stand in line. Where none can be
    /// had, there is none: a read-only disk keeps nothing anyway.
    pub fn take(directory: Option<&Path>, patience: Duration) -> Self {
        let Some(directory) = directory else { return Self(None) };
        let path = directory.join(FILE);
        let Ok(file) = private_file::open_or_create(&path).or_else(|_| {
            private_file::create_directory(directory)?;
            private_file::open_or_create(&path)
        }) else {
            return Self(None);
        };
        let end = Instant::now() + patience;
        let mut pause = PAUSES.0;
        loop {
            match file.try_lock() {
                Ok(()) => return Self(Some(file)),
                Err(std::fs::TryLockError::WouldBlock) if Instant::now() < end => thread::sleep(pause),
                Err(_) => return Self(None),
            }
            pause = (pause * 2).min(PAUSES.1);
        }
    }
}
