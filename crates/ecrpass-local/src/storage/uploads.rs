//! Blob uploads in progress: bytes that come in pieces, and their digest.
//!
//! A client may go away for good between two pieces, so what is kept for it is bounded in time, number and size.

use std::collections::HashMap;
use std::io;
use std::path::PathBuf;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use ecrpass_core::time::EpochSeconds;
use sha2::{Digest, Sha256};
use tokio::io::AsyncWriteExt;

use super::part_file::{PartFile, sweep};
use crate::random;

/// How long an upload waits for its next piece, in seconds.
const IDLE: i64 = 3_600;

/// The most that waits for a next piece. Uploads that are being written to do not count, and the one that waits for
/// the shortest time stays whatever its size.
#[derive(Clone, Copy, Debug)]
struct Limits {
    uploads: usize,
    bytes: u64,
}

/// More than a machine's clients push at once.
const IN_MEMORY: Limits = Limits { uploads: 1_000, bytes: 4 << 30 };
const IN_DIRECTORY: Limits = Limits { uploads: 1_000, bytes: 64 << 30 };

/// The uploads in progress.
#[derive(Debug)]
pub(crate) struct Uploads {
    /// Where the pieces go; `None` for memory.
    directory: Option<PathBuf>,
    limits: Limits,
    waiting: Mutex<HashMap<String, Waiting>>,
}

/// An upload that waits for its next piece.
#[derive(Debug)]
struct Waiting {
    since: EpochSeconds,
    /// Which came before which, within a second as well.
    turn: u64,
    upload: Upload,
}

/// One upload. Whoever writes to it takes it out of the table meanwhile.
pub(crate) struct Upload {
    /// The registry and repository it is for; another repository's upload is not found.
    pub(crate) repository: String,
    /// How many bytes have come.
    pub(crate) size: u64,
    hash: Sha256,
    sink: Sink,
}

impl std::fmt::Debug for Upload {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Upload({}, {} bytes)", self.repository, self.size)
    }
}

enum Sink {
    Memory(Vec<u8>),
    File(tokio::fs::File, PartFile),
}

/// The bytes of a finished upload.
pub(crate) enum Finished {
    Memory(Bytes),
    File(PartFile),
}

impl Uploads {
    pub(crate) fn in_memory() -> Self {
        Self { directory: None, limits: IN_MEMORY, waiting: Mutex::default() }
    }

    pub(crate) fn in_directory(directory: PathBuf) -> Self {
        // What cannot be swept away is only clutter.
        let _ = sweep(&directory, Duration::from_secs(IDLE.unsigned_abs()));
        Self { directory: Some(directory), limits: IN_DIRECTORY, waiting: Mutex::default() }
    }

    /// Starts an upload and returns its id.
    pub(crate) async fn start(&self, repository: &str, now: EpochSeconds) -> io::Result<String> {
        let id = random::uuid();
        let sink = match &self.directory {
            Some(directory) => {
                let part = PartFile::new(directory.join(&id));
                Sink::File(tokio::fs::File::create(part.path()).await?, part)
            }
            None => Sink::Memory(Vec::new()),
        };
        let upload = Upload { repository: repository.to_owned(), size: 0, hash: Sha256::new(), sink };
        self.put_back(&id, upload, now);
        Ok(id)
    }

    /// Takes an upload out of the table, to write to it or to finish it.
    pub(crate) fn take(&self, id: &str, repository: &str, now: EpochSeconds) -> Option<Upload> {
        let mut waiting = self.lock();
        expire(&mut waiting, now);
        (waiting.get(id)?.upload.repository == repository)
            .then(|| waiting.remove(id))
            .flatten()
            .map(|it| it.upload)
    }

    /// Puts it back, to be continued.
    pub(crate) fn put_back(&self, id: &str, upload: Upload, now: EpochSeconds) {
        let mut waiting = self.lock();
        expire(&mut waiting, now);
        let turn = waiting.values().map(|it| it.turn + 1).max().unwrap_or_default();
        waiting.insert(id.to_owned(), Waiting { since: now, turn, upload });
        self.limits.enforce(&mut waiting);
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<String, Waiting>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Forgets those that have waited too long.
fn expire(waiting: &mut HashMap<String, Waiting>, now: EpochSeconds) {
    waiting.retain(|_, it| now.saturating_sub(it.since) < IDLE);
}

impl Limits {
    /// Forgets those that have waited longest until the others fit.
    fn enforce(self, waiting: &mut HashMap<String, Waiting>) {
        let mut bytes: u64 = waiting.values().map(|it| it.upload.size).sum();
        while waiting.len() > 1 && (waiting.len() > self.uploads || bytes > self.bytes) {
            let Some(oldest) = waiting.iter().min_by_key(|(_, it)| it.turn).map(|(id, _)| id.clone()) else {
                return;
            };
            bytes -= waiting.remove(&oldest).map_or(0, |it| it.upload.size);
        }
    }
}

impl Upload {
    pub(crate) async fn write(&mut self, data: &[u8]) -> io::Result<()> {
        self.hash.update(data);
        self.size += data.len() as u64;
        match &mut self.sink {
            Sink::Memory(buffer) => {
                buffer.extend_from_slice(data);
                Ok(())
            }
            Sink::File(file, _) => file.write_all(data).await,
        }
    }

    /// Ends it; the digest of what came, and the bytes.
    pub(crate) async fn finish(self) -> io::Result<(String, Finished)> {
        let digest = format!("sha256:{}", random::hex(&self.hash.finalize()));
        let finished = match self.sink {
            Sink::Memory(buffer) => Finished::Memory(buffer.into()),
            Sink::File(mut file, part) => {
                file.flush().await?;
                Finished::File(part)
            }
        };
        Ok((digest, finished))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with_limits(limits: Limits) -> Uploads {
        Uploads { limits, ..Uploads::in_memory() }
    }

    async fn started(uploads: &Uploads, bytes: usize, now: EpochSeconds) -> String {
        let id = uploads.start("r", now).await.unwrap();
        let mut upload = uploads.take(&id, "r", now).unwrap();
        upload.write(&vec![0; bytes]).await.unwrap();
        uploads.put_back(&id, upload, now);
        id
    }

    #[tokio::test]
    async fn an_upload_waits_an_hour_for_its_next_piece() {
        let uploads = Uploads::in_memory();
        let id = uploads.start("r", 0).await.unwrap();
        let upload = uploads.take(&id, "r", IDLE - 1).unwrap();
        uploads.put_back(&id, upload, IDLE - 1);
        // Each piece starts the hour anew.
        let upload = uploads.take(&id, "r", 2 * IDLE - 2).unwrap();
        uploads.put_back(&id, upload, 2 * IDLE - 2);
        assert!(uploads.take(&id, "r", 3 * IDLE - 2).is_none());
        assert!(uploads.lock().is_empty());
    }

    #[tokio::test]
    async fn those_that_wait_longest_make_room() {
        let uploads = with_limits(Limits { uploads: 3, bytes: 100 });
        let mut ids = Vec::new();
        for _ in 0..5 {
            ids.push(started(&uploads, 10, 0).await);
        }
        let there: Vec<bool> = ids.iter().map(|id| uploads.lock().contains_key(id)).collect();
        assert_eq!(there, [false, false, true, true, true]);
        let large = started(&uploads, 85, 1).await;
        assert!(uploads.lock().contains_key(&large) && uploads.lock().contains_key(&ids[4]));
        assert_eq!(uploads.lock().len(), 2);
        // One alone may be larger than all may be together.
        let huge = started(&uploads, 500, 1).await;
        assert_eq!(uploads.lock().keys().collect::<Vec<_>>(), [&huge]);
    }

    #[tokio::test]
    async fn nothing_is_left_of_uploads_that_end_without_a_blob() {
        let directory = tempfile::tempdir().unwrap();
        let files = || std::fs::read_dir(directory.path()).unwrap().count();
        let uploads = Uploads::in_directory(directory.path().to_owned());
        let abandoned = started(&uploads, 10, 0).await;
        let cancelled = started(&uploads, 10, 0).await;
        assert_eq!(files(), 2);
        // As when the client goes away in the middle of a piece.
        drop(uploads.take(&cancelled, "r", 0));
        assert_eq!(files(), 1);
        assert!(uploads.take(&abandoned, "r", IDLE).is_none());
        assert_eq!(files(), 0);
        let refused = started(&uploads, 10, 0).await;
        let (_, content) = uploads.take(&refused, "r", 0).unwrap().finish().await.unwrap();
        assert_eq!(files(), 1);
        drop(content);
        assert_eq!(files(), 0);
    }

    #[test]
    fn a_start_sweeps_away_what_a_killed_server_left() {
        let directory = tempfile::tempdir().unwrap();
        let hours_ago = std::time::SystemTime::now() - Duration::from_secs(2 * 3_600);
        let old = std::fs::File::create(directory.path().join("old")).unwrap();
        old.set_modified(hours_ago).unwrap();
        std::fs::write(directory.path().join("new"), "another server's").unwrap();
        Uploads::in_directory(directory.path().to_owned());
        let names: Vec<_> =
            std::fs::read_dir(directory.path()).unwrap().map(|it| it.unwrap().file_name()).collect();
        assert_eq!(names, ["new"]);
    }
}
