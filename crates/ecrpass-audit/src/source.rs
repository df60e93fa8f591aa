//! A file that is looked at, the files around it, and what is known of them from outside.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use crate::kind::FileKind;
pub use crate::kind::Owner;
use crate::yaml::{self, Node};

/// A file.
#[derive(Clone, Debug)]
pub struct SourceFile {
    /// Its path from the directory that is looked through, with `/`.
    pub path: String,
    /// Its text.
    pub text: String,
    /// What it is.
    pub kind: FileKind,
    /// Whose it is.
    pub owner: Owner,
}

impl SourceFile {
    /// The name without directories.
    pub fn name(&self) -> &str {
        self.path.rsplit('/').next().unwrap_or(&self.path)
    }

    /// Whether its text is YAML or JSON, by its name or by what it is.
    pub fn is_yaml(&self) -> bool {
        if self.kind == FileKind::HelmTemplate {
            return false;
        }
        let name = self.name().to_ascii_lowercase();
        [".yml", ".yaml", ".json"].iter().any(|end| name.ends_with(end)) || self.kind.is_yaml()
    }

    /// Line and column of a byte, from 1; columns count characters.
    pub fn position(&self, byte: usize) -> (usize, usize) {
        let before = self.text.as_bytes().get(..byte.min(self.text.len())).unwrap_or_default();
        let line = 1 + memchr::memchr_iter(b'\n', before).count();
        let start = memchr::memrchr(b'\n', before).map_or(0, |end| end + 1);
        let column = 1 + self.text.get(start..before.len()).map_or(0, |text| text.chars().count());
        (line, column)
    }
}

/// Where a file's language breaks off: what stands there is not read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Damage {
    /// The file.
    pub path: String,
    /// The line, from 1.
    pub line: usize,
    /// What is wrong there.
    pub why: String,
}

/// How many files that others refer to are kept as they were read.
const MAX_REFERRED: usize = 32;

/// The files that are looked at together: an include, a composite action, an immutable repository declared elsewhere.
#[derive(Debug, Default)]
pub struct Tree {
    files: Vec<SourceFile>,
    by_path: HashMap<String, usize>,
    referred: Mutex<Vec<(usize, Arc<Vec<Node>>)>>,
    /// When they are looked at, in seconds since 1970: whether a token is still good.
    pub now: i64,
    /// Whether they are a machine's, looked through as such: what lies where it belongs is looked at as well.
    pub is_host: bool,
}

impl Tree {
    /// These files, at that time, each of the kind that it says itself: see [`crate::named::tree`].
    pub fn new(files: Vec<SourceFile>, now: i64) -> Self {
        let by_path = files.iter().enumerate().map(|(index, file)| (file.path.clone(), index)).collect();
        Self { files, by_path, referred: Mutex::default(), now, is_host: false }
    }

    /// A machine's own files, looked through as such.
    pub fn of_host(files: Vec<SourceFile>, now: i64) -> Self {
        Self { is_host: true, ..Self::new(files, now) }
    }

    /// All of them.
    pub fn files(&self) -> &[SourceFile] {
        &self.files
    }

    /// All of them, for other texts; their paths stay.
    pub fn files_mut(&mut self) -> &mut [SourceFile] {
        self.referred.get_mut().unwrap_or_else(PoisonError::into_inner).clear();
        &mut self.files
    }

    /// The documents of a file that others refer to: an action or a template of many jobs is read once.
    pub fn referred(&self, file: &SourceFile) -> Arc<Vec<Node>> {
        let read = || Arc::new(yaml::read_partly(&file.text).0);
        let Some(index) = self.index_of(&file.path) else { return read() };
        let kept = || self.referred.lock().unwrap_or_else(PoisonError::into_inner);
        let known =
            kept().iter().find(|(known, _)| *known == index).map(|(_, documents)| Arc::clone(documents));
        known.unwrap_or_else(|| {
            // Not while others wait.
            let documents = read();
            let mut kept = kept();
            if kept.len() >= MAX_REFERRED {
                kept.remove(0);
            }
            kept.push((index, Arc::clone(&documents)));
            documents
        })
    }

    /// One of them.
    pub fn get(&self, path: &str) -> Option<&SourceFile> {
        self.index_of(path).and_then(|index| self.files.get(index))
    }

    /// The place of one of them.
    pub fn index_of(&self, path: &str) -> Option<usize> {
        self.by_path.get(path).copied()
    }
}
