//! Single flight: however many processes miss at once, one asks AWS and the others read its answer, or its reason.
//!
//! The lock is the kernel's, on an open file, so it goes with its holder however that ends. A holder that was stopped
//! keeps it, but shows no sign of life any more, and after a while the next one sets it aside.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant, SystemTime};

use ecrpass_aws::Pulse;
use ecrpass_core::DiagnosisId;
use ecrpass_credentials::credential_chain::Fingerprint;
use ecrpass_credentials::refusal::{NextStep, Refusal};
use serde::{Deserialize, Serialize};

use crate::arrival::{Arrival, Instance};
use crate::guard::{Guard, Patience};
use crate::private_file;

/// The ending of lock files.
pub const LOCK: &str = "lock";

/// The ending of the files that hold a reason.
pub const REFUSAL: &str = "refusal";

/// The first and the longest pause between looks at the lock.
const PAUSES: (Duration, Duration) = (Duration::from_millis(2), Duration::from_millis(40));

/// The lock's time of change once its holder could not keep an answer. Space on the disk it needs none.
const NOTHING_TO_SHARE: SystemTime = SystemTime::UNIX_EPOCH;

/// The longest refusal read, in bytes.
const MAX_REFUSAL: usize = 16 * 1024;

/// The place where processes that want the same token meet.
pub struct Flight {
    directory: PathBuf,
    lock: PathBuf,
    refusal: PathBuf,
    arrival: Arrival,
    /// The reason that was there when we came.
    seen: Option<Instance>,
}

/// The right to ask AWS, until dropped.
pub struct Leader {
    file: Option<Arc<File>>,
    lock: PathBuf,
}

/// What came of waiting.
pub enum Wait<T> {
    /// It is ours to ask.
    Leader(Leader),
    /// Somebody else's answer.
    Ready(T),
    /// Somebody else was refused while we waited.
    Refused(Refusal),
    /// The time is up.
    TooLate,
}

#[derive(Serialize, Deserialize)]
struct WrittenRefusal {
    instance: Instance,
    slug: String,
    what: String,
    next: NextStep,
    transient: bool,
}

/// The holder's sign of life: which file it holds, and when it last touched it.
type Sign = Option<(u64, SystemTime)>;

impl Leader {
    fn alone(lock: &Path) -> Self {
        Self { file: None, lock: lock.to_owned() }
    }

    /// Shows those who wait that we are alive.
    pub fn pulse(&self) -> Option<Pulse> {
        let file = self.file.clone()?;
        Some(Arc::new(move || {
            let _ = file.set_modified(SystemTime::now());
        }))
    }

    /// Whether nobody has set us aside, nor could have.
    pub fn may_keep(&self) -> bool {
        self.file.is_none() || self.is_in_charge()
    }

    /// Whether nobody has set us aside.
    fn is_in_charge(&self) -> bool {
        self.file.as_ref().is_some_and(|file| private_file::is_same_file(file, &self.lock))
    }
}

impl Flight {
    /// The flight for a key, in a directory that need not exist yet.
    pub fn new(directory: &Path, key: &Fingerprint, arrival: Arrival) -> Self {
        let base = directory.join(key.as_str());
        let mut flight = Self {
            directory: directory.to_owned(),
            lock: base.with_extension(LOCK),
            refusal: base.with_extension(REFUSAL),
            arrival,
            seen: None,
        };
        flight.seen = flight.written().map(|written| written.instance);
        flight
    }

    /// Takes the lock if it is free. Where no lock can be had (read-only disk), everybody leads.
    pub fn try_lead(&self) -> Option<Leader> {
        let Some(file) = open_lock(&self.lock) else { return Some(Leader::alone(&self.lock)) };
        match file.try_lock() {
            // A sweep may have removed the file between opening and locking it.
            Ok(()) if private_file::is_same_file(&file, &self.lock) => {
                // The last sign of life was that of whoever held it before, and it takes a moment until the next.
                let _ = file.set_modified(SystemTime::now());
                Some(Leader { file: Some(Arc::new(file)), lock: self.lock.clone() })
            }
            Ok(()) | Err(fs::TryLockError::WouldBlock) => None,
            // A file system without locks.
            Err(fs::TryLockError::Error(_)) => Some(Leader::alone(&self.lock)),
        }
    }

    /// Waits for the lock or for somebody else's answer, until the deadline. A holder without a sign of life for as
    /// long as the whole patience is set aside; what that took is lost to the locks that come after.
    pub fn wait<T>(
        &self,
        deadline: Instant,
        patience: &Patience,
        mut ready: impl FnMut() -> Option<T>,
    ) -> Wait<T> {
        let mut pause = PAUSES.0;
        let (mut last, mut heard) = (self.sign(), Instant::now());
        loop {
            let leader = self.try_lead();
            // Also with the lock in hand: the one before us may have been answered since our last look.
            if let Some(answer) = ready() {
                return Wait::Ready(answer);
            }
            if let Some(refusal) = self.fresh_refusal() {
                return Wait::Refused(refusal);
            }
            if let Some(leader) = leader {
                return Wait::Leader(leader);
            }
            if Instant::now() + pause >= deadline {
                return Wait::TooLate;
            }
            let sign = self.sign();
            // Whoever asks now cannot hand anything on: each for itself, or one after the other would be too late.
            if sign.is_some_and(|(_, changed)| changed == NOTHING_TO_SHARE) {
                return Wait::Leader(Leader::alone(&self.lock));
            }
            if sign != last {
                (last, heard) = (sign, Instant::now());
            } else if heard.elapsed() >= patience.whole() {
                patience.lose(heard.elapsed());
                if !self.set_aside(&last, patience) {
                    return Wait::Leader(Leader::alone(&self.lock));
                }
                heard = Instant::now();
                continue;
            }
            thread::sleep(pause);
            pause = (pause * 2).min(PAUSES.1);
        }
    }

    /// Tells those who wait that there is nothing to wait for.
    pub fn refuse(&self, leader: &Leader, refusal: &Refusal) {
        // Who was set aside while stopped speaks for nobody.
        if !leader.is_in_charge() {
            return;
        }
        let written = WrittenRefusal {
            instance: Instance::now(),
            slug: refusal.id.slug().to_owned(),
            what: refusal.what.clone(),
            next: refusal.next.clone(),
            transient: refusal.transient,
        };
        if let Ok(bytes) = serde_json::to_vec(&written) {
            let _ = private_file::replace(&self.refusal, &bytes);
        }
    }

    /// Tells those who wait that there is an answer which cannot be kept, as on a full disk. Takes as long as they may need
    /// to look.
    pub fn share_nothing(&self, leader: &Leader) {
        if let Some(file) = leader.file.as_ref().filter(|_| leader.is_in_charge())
            && file.set_modified(NOTHING_TO_SHARE).is_ok()
        {
            thread::sleep(PAUSES.1 + PAUSES.1 / 4);
        }
    }

    fn written(&self) -> Option<WrittenRefusal> {
        let bytes = private_file::read(&self.refusal, MAX_REFUSAL).ok()?;
        serde_json::from_slice(&bytes).ok()
    }

    /// A refusal written while we waited, or since this process was started; an older one says nothing about now.
    fn fresh_refusal(&self) -> Option<Refusal> {
        let written = self.written()?;
        if self.seen.as_ref() == Some(&written.instance) && !self.arrival.is_before(&written.instance) {
            return None;
        }
        // A cause that only a newer version knows is no answer for this one.
        let id = DiagnosisId::parse(&written.slug)?;
        Some(Refusal { transient: written.transient, ..Refusal::new(id, written.what, written.next) })
    }

    fn sign(&self) -> Sign {
        let metadata = fs::symlink_metadata(&self.lock).ok()?;
        Some((private_file::number(&metadata), metadata.modified().ok()?))
    }

    /// Removes the lock's file from under a holder that shows no sign of life; the next makes a new one. `false` when
    /// that cannot be done.
    fn set_aside(&self, last: &Sign, patience: &Patience) -> bool {
        let _guard = Guard::take(Some(&self.directory), patience);
        // Another one may have done it: then the new file is not ours to remove.
        let now = self.sign();
        now.is_none() || now != *last || fs::remove_file(&self.lock).is_ok()
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
