//! Single flight: however many processes miss at once, one asks AWS and the others read its answer.
//!
//! The lock is the kernel's, on an open file, so it goes with its holder however that ends. A refusal is left
//! beside it for those who were already waiting: sixty-four processes need not be denied one after the other.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant, SystemTime};

use ecrpass_core::DiagnosisId;
use ecrpass_credentials::credential_chain::Fingerprint;
use ecrpass_credentials::refusal::{NextStep, Refusal};
use serde::{Deserialize, Serialize};

use crate::private_file;

/// The ending of lock files.
pub const LOCK: &str = "lock";

/// The first and the longest pause between looks at the lock.
const PAUSES: (Duration, Duration) = (Duration::from_millis(2), Duration::from_millis(40));

/// The longest refusal read, in bytes.
const MAX_REFUSAL: usize = 16 * 1024;

/// The place where processes that want the same token meet.
pub struct Flight {
    lock: PathBuf,
    refusal: PathBuf,
    arrived: SystemTime,
}

/// The right to ask AWS, until dropped.
pub struct Pilot(#[allow(dead_code)] Option<File>);

/// What came of waiting.
pub enum Boarding<T> {
    /// It is ours to ask.
    Pilot(Pilot),
    /// Somebody else's answer.
    Landed(T),
    /// Somebody else was refused while we waited.
    Refused(Refusal),
    /// The time is up.
    TooLate,
}

#[derive(Serialize, Deserialize)]
struct WrittenRefusal {
    slug: String,
    what: String,
    next: NextStep,
}

impl Flight {
    /// The flight for a key, in a directory that need not exist yet.
    pub fn new(directory: &Path, key: &Fingerprint) -> Self {
        let base = directory.join(key.as_str());
        Self {
            lock: base.with_extension(LOCK),
            refusal: base.with_extension("refusal"),
            arrived: SystemTime::now(),
        }
    }

    /// Takes the lock if it is free. Where no lock can be had (read-only disk), everybody is a pilot.
    pub fn try_board(&self) -> Option<Pilot> {
        let Some(file) = open_lock(&self.lock) else { return Some(Pilot(None)) };
        match file.try_lock() {
            // A sweep may have removed the file between opening and locking it.
            Ok(()) if private_file::is_same_file(&file, &self.lock) => Some(Pilot(Some(file))),
            Ok(()) | Err(fs::TryLockError::WouldBlock) => None,
            // A file system without locks.
            Err(fs::TryLockError::Error(_)) => Some(Pilot(None)),
        }
    }

    /// Waits for the lock or for somebody else's answer, until the deadline.
    pub fn board<T>(&self, deadline: Instant, mut landed: impl FnMut() -> Option<T>) -> Boarding<T> {
        let mut pause = PAUSES.0;
        loop {
            if let Some(pilot) = self.try_board() {
                // The one before us may have landed, or been refused, between our last look and the lock.
                return match (landed(), self.fresh_refusal()) {
                    (Some(answer), _) => Boarding::Landed(answer),
                    (None, Some(refusal)) => Boarding::Refused(refusal),
                    (None, None) => Boarding::Pilot(pilot),
                };
            }
            if let Some(answer) = landed() {
                return Boarding::Landed(answer);
            }
            if let Some(refusal) = self.fresh_refusal() {
                return Boarding::Refused(refusal);
            }
            if Instant::now() + pause >= deadline {
                return Boarding::TooLate;
            }
            thread::sleep(pause);
            pause = (pause * 2).min(PAUSES.1);
        }
    }

    /// Tells those who wait that there is nothing to wait for.
    pub fn refuse(&self, refusal: &Refusal) {
        let written = WrittenRefusal {
            slug: refusal.id.slug().to_owned(),
            what: refusal.what.clone(),
            next: refusal.next.clone(),
        };
        if let Ok(bytes) = serde_json::to_vec(&written) {
            let _ = private_file::replace(&self.refusal, &bytes);
        }
    }

    /// A refusal written since we arrived; an older one says nothing about now.
    fn fresh_refusal(&self) -> Option<Refusal> {
        let written_at = fs::symlink_metadata(&self.refusal).and_then(|metadata| metadata.modified()).ok()?;
        if written_at < self.arrived {
            return None;
        }
        let bytes = private_file::read(&self.refusal, MAX_REFUSAL).ok()?;
        let written: WrittenRefusal = serde_json::from_slice(&bytes).ok()?;
        // A cause that only a newer version knows is no answer for this one.
        let id = DiagnosisId::parse(&written.slug)?;
        Some(Refusal { id, what: written.what, next: written.next, transient: false })
    }
}

fn open_lock(path: &Path) -> Option<File> {
    private_file::open_or_create(path)
        .or_else(|_| {
            private_file::create_directory(path.parent().unwrap_or(path))?;
            private_file::open_or_create(path)
        })
        .ok()
}

/// Removes a lock file that nobody holds.
pub fn remove_if_free(path: &Path) {
    if let Ok(file) = private_file::open_or_create(path)
        && file.try_lock().is_ok()
        && private_file::is_same_file(&file, path)
    {
        let _ = fs::remove_file(path);
    }
}
