//! The lock under which the cache is changed. It is held for the reading and writing of one small file, so a holder
//! that keeps it longer was stopped, and the change goes on without it. Reading never takes it.

use std::cell::Cell;
use std::fs::File;
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use crate::private_file;

/// The name of the lock's file in the directory of tokens.
pub const FILE: &str = "writing.lock";

/// The first and the longest pause between looks at the lock.
const PAUSES: (Duration, Duration) = (Duration::from_micros(500), Duration::from_millis(8));

/// What one request may lose to others that were stopped, however many locks of theirs it meets.
pub struct Patience {
    whole: Duration,
    left: Cell<Duration>,
}

impl Patience {
    /// So much of it.
    pub fn new(whole: Duration) -> Self {
        Self { whole, left: Cell::new(whole) }
    }

    /// All of it: how long somebody who gives regular signs of life may be silent.
    pub fn whole(&self) -> Duration {
        self.whole
    }

    /// What is left of it; never less than a look or two, which a living holder needs.
    fn left(&self) -> Duration {
        self.left.get().max(self.whole / 8)
    }

    /// It was lost.
    pub fn lose(&self, time: Duration) {
        self.left.set(self.left.get().saturating_sub(time));
    }
}

/// The lock, until dropped.
pub struct Guard {
    #[cfg_attr(not(test), expect(dead_code, reason = "the lock goes with the file"))]
    file: Option<File>,
}

impl Guard {
    /// Whether it was taken; who has waited long enough goes on without it.
    #[cfg(test)]
    fn is_held(&self) -> bool {
        self.file.is_some()
    }

    /// Takes the lock of a directory, waiting as long as there is patience: many processes may stand in line. Where
    /// none can be had, there is none: a read-only disk keeps nothing anyway.
    pub fn take(directory: Option<&Path>, patience: &Patience) -> Self {
        let Some(directory) = directory else { return Self { file: None } };
        let path = directory.join(FILE);
        let Ok(file) = private_file::open_or_create(&path).or_else(|_| {
            private_file::create_directory(directory)?;
            private_file::open_or_create(&path)
        }) else {
            return Self { file: None };
        };
        let (started, limit) = (Instant::now(), patience.left());
        let mut pause = PAUSES.0;
        loop {
            match file.try_lock() {
                Ok(()) => return Self { file: Some(file) },
                Err(std::fs::TryLockError::WouldBlock) if started.elapsed() < limit => thread::sleep(pause),
                Err(_) => {
                    patience.lose(started.elapsed());
                    return Self { file: None };
                }
            }
            pause = (pause * 2).min(PAUSES.1);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patience_is_lost_once_however_many_locks_are_met() {
        let directory = tempfile::tempdir().unwrap();
        let held = private_file::open_or_create(&directory.path().join(FILE)).unwrap();
        held.lock().unwrap();
        let patience = Patience::new(Duration::from_millis(400));
        let waits: Vec<Duration> = (0..3)
            .map(|_| {
                let before = patience.left();
                assert!(!Guard::take(Some(directory.path()), &patience).is_held());
                before
            })
            .collect();
        assert_eq!(waits, [400, 50, 50].map(Duration::from_millis));
        drop(held);
        assert!(Guard::take(Some(directory.path()), &patience).is_held());
    }
}
