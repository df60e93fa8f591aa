//! Blob uploads in progress: bytes that come in pieces, and their digest.

use std::collections::HashMap;
use std::io;
use std::path::PathBuf;
use std::sync::{Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use ecrpass_core::hex::hex;
use sha2::{Digest, Sha256};
use tokio::io::AsyncWriteExt;

use crate::random;

/// The uploads in progress.
#[derive(Debug)]
pub(crate) struct Uploads {
    /// Where the pieces go; `None` for memory.
    directory: Option<PathBuf>,
    open: Mutex<HashMap<String, Upload>>,
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
    File(tokio::fs::File, PathBuf),
}

/// The bytes of a finished upload.
pub(crate) enum Finished {
    Memory(Bytes),
    File(PathBuf),
}

impl Uploads {
    pub(crate) fn in_memory() -> Self {
        Self { directory: None, open: Mutex::default() }
    }

    pub(crate) fn in_directory(directory: PathBuf) -> Self {
        Self { directory: Some(directory), open: Mutex::default() }
    }

    /// Starts an upload and returns its id.
    pub(crate) async fn start(&self, repository: &str) -> io::Result<String> {
        let id = random::uuid();
        let sink = match &self.directory {
            Some(directory) => {
                let path = directory.join(&id);
                Sink::File(tokio::fs::File::create(&path).await?, path)
            }
            None => Sink::Memory(Vec::new()),
        };
        let upload = Upload { repository: repository.to_owned(), size: 0, hash: Sha256::new(), sink };
        self.lock().insert(id.clone(), upload);
        Ok(id)
    }

    /// Takes an upload out of the table, to write to it or to finish it.
    pub(crate) fn take(&self, id: &str, repository: &str) -> Option<Upload> {
        let mut open = self.lock();
        (open.get(id)?.repository == repository).then(|| open.remove(id)).flatten()
    }

    /// Puts it back, to be continued.
    pub(crate) fn put_back(&self, id: &str, upload: Upload) {
        self.lock().insert(id.to_owned(), upload);
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<String, Upload>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
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
        let digest = format!("sha256:{}", hex(&self.hash.finalize()));
        let finished = match self.sink {
            Sink::Memory(buffer) => Finished::Memory(buffer.into()),
            Sink::File(mut file, path) => {
                file.flush().await?;
                Finished::File(path)
            }
        };
        Ok((digest, finished))
    }
}

impl Finished {
    /// Throws the bytes away.
    pub(crate) async fn discard(self) {
        if let Self::File(path) = self {
            // A file that cannot be removed is only clutter.
            let _ = tokio::fs::remove_file(path).await;
        }
    }
}
