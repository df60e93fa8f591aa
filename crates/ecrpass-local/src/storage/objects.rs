//! Named pieces of bytes, in memory or as files of a directory. Nothing here knows what an image is.
//!
//! The small files are read and written in place: the local ECR serves one machine, and a worker thread may wait
//! for a disk. Blobs, which are large, are streamed.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use bytes::Bytes;

use crate::random;

/// The objects.
#[derive(Debug)]
pub(crate) enum Objects {
    Memory(Mutex<BTreeMap<String, Bytes>>),
    Directory(PathBuf),
}

/// A large object, opened for reading.
pub(crate) enum Opened {
    Memory(Bytes),
    File(tokio::fs::File, u64),
}

impl Opened {
    pub(crate) fn size(&self) -> u64 {
        match self {
            Self::Memory(data) => data.len() as u64,
            Self::File(_, size) => *size,
        }
    }
}

impl Objects {
    pub(crate) fn memory() -> Self {
        Self::Memory(Mutex::default())
    }

    /// Uses a directory, making it when it is not there.
    pub(crate) fn directory(path: &Path) -> io::Result<Self> {
        fs::create_dir_all(path.join("uploads"))?;
        Ok(Self::Directory(path.to_owned()))
    }

    pub(crate) fn get(&self, key: &str) -> io::Result<Option<Bytes>> {
        match self {
            Self::Memory(map) => Ok(lock(map).get(key).cloned()),
            Self::Directory(root) => {
                absent_is_none(fs::read(root.join(key))).map(|data| data.map(Bytes::from))
            }
        }
    }

    pub(crate) fn exists(&self, key: &str) -> io::Result<bool> {
        match self {
            Self::Memory(map) => Ok(lock(map).contains_key(key)),
            Self::Directory(root) => root.join(key).try_exists(),
        }
    }

    /// Writes an object; readers see the old one or the new one.
    pub(crate) fn put(&self, key: &str, data: Bytes) -> io::Result<()> {
        match self {
            Self::Memory(map) => {
                lock(map).insert(key.to_owned(), data);
                Ok(())
            }
            Self::Directory(root) => {
                let new = root.join("uploads").join(random::uuid());
                fs::write(&new, data)?;
                self.adopt(&new, key)
            }
        }
    }

    /// Makes a finished file the object; only for [`Objects::Directory`].
    pub(crate) fn adopt(&self, file: &Path, key: &str) -> io::Result<()> {
        let Self::Directory(root) = self else { return Err(io::ErrorKind::Unsupported.into()) };
        let path = root.join(key);
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent)?;
        }
        fs::rename(file, path)
    }

    pub(crate) fn remove(&self, key: &str) -> io::Result<bool> {
        match self {
            Self::Memory(map) => Ok(lock(map).remove(key).is_some()),
            Self::Directory(root) => {
                absent_is_none(fs::remove_file(root.join(key))).map(|done| done.is_some())
            }
        }
    }

    /// The keys below `prefix`, which ends in a slash, without the prefix, sorted.
    pub(crate) fn list(&self, prefix: &str) -> io::Result<Vec<String>> {
        match self {
            Self::Memory(map) => Ok(lock(map)
                .range(prefix.to_owned()..)
                .map_while(|(key, _)| key.strip_prefix(prefix))
                .map(str::to_owned)
                .collect()),
            Self::Directory(root) => {
                let mut keys = Vec::new();
                walk(&root.join(prefix), "", &mut keys)?;
                keys.sort();
                Ok(keys)
            }
        }
    }

    /// Opens a large object.
    pub(crate) async fn open(&self, key: &str) -> io::Result<Option<Opened>> {
        match self {
            Self::Memory(map) => Ok(lock(map).get(key).cloned().map(Opened::Memory)),
            Self::Directory(root) => {
                let Some(file) = absent_is_none(tokio::fs::File::open(root.join(key)).await)? else {
                    return Ok(None);
                };
                let size = file.metadata().await?.len();
                Ok(Some(Opened::File(file, size)))
            }
        }
    }
}

fn walk(directory: &Path, prefix: &str, keys: &mut Vec<String>) -> io::Result<()> {
    let Some(entries) = absent_is_none(fs::read_dir(directory))? else { return Ok(()) };
    for entry in entries {
        let entry = entry?;
        let name = format!("{prefix}{}", entry.file_name().to_string_lossy());
        if entry.file_type()?.is_dir() {
            walk(&entry.path(), &format!("{name}/"), keys)?;
        } else {
            keys.push(name);
        }
    }
    Ok(())
}

fn absent_is_none<T>(result: io::Result<T>) -> io::Result<Option<T>> {
    match result {
        Ok(value) => Ok(Some(value)),
        // `a/b` where `a` is a file is as absent as any.
        Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => {
            Ok(None)
        }
        Err(error) => Err(error),
    }
}

fn lock(map: &Mutex<BTreeMap<String, Bytes>>) -> MutexGuard<'_, BTreeMap<String, Bytes>> {
    map.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_and_directory_do_the_same() {
        let directory = tempfile::tempdir().unwrap();
        for objects in [Objects::memory(), Objects::directory(directory.path()).unwrap()] {
            objects.put("a/b/c", Bytes::from_static(b"1")).unwrap();
            objects.put("a/d", Bytes::from_static(b"2")).unwrap();
            objects.put("ab", Bytes::from_static(b"3")).unwrap();
            assert_eq!(objects.list("a/").unwrap(), ["b/c", "d"]);
            assert_eq!(objects.list("nothing/").unwrap(), [""; 0]);
            assert_eq!(objects.get("a/d").unwrap().as_deref(), Some(&b"2"[..]));
            assert_eq!(objects.get("a/d/e").unwrap(), None);
            assert!(objects.exists("ab").unwrap());
            assert!(objects.remove("ab").unwrap());
            assert!(!objects.remove("ab").unwrap());
            assert!(!objects.exists("ab").unwrap());
        }
    }
}
