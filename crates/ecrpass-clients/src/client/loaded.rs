//! A configuration that was read and understood, and the memory of those: however many registries and clients are asked
//! about, a file is parsed once for each way of reading it.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use ecrpass_json::{Document, InvalidDocument, Position, is_field};
use zeroize::Zeroizing;

use super::file_state::FileState;
use super::resolution::{Ending, Entry, Sent, Trace, at};
use crate::docker_config::{AuthsEntry, Dialect, DockerConfig, Format};

/// A file that could be read as a configuration.
pub struct Loaded {
    pub(super) path: PathBuf,
    pub(crate) format: Format,
    pub(super) dialect: Dialect,
    /// What it says.
    pub config: DockerConfig,
    /// The text it is said in, which others may understand in another way.
    pub document: Arc<Document>,
}

impl Loaded {
    /// The place of a byte.
    pub(super) fn place(&self, offset: usize) -> Position {
        self.document.place(offset)
    }

    /// Whether a byte is in the value of `credHelpers`.
    pub(super) fn is_in_helpers(&self, offset: usize) -> bool {
        let members = self.document.root().members().unwrap_or_default();
        members.iter().any(|member| is_field(&member.key, "credHelpers") && member.span().contains(&offset))
    }

    /// File, line and column of a byte, for a step.
    pub(super) fn at(&self, offset: usize) -> String {
        at(&self.path, self.place(offset))
    }

    /// An entry as an ending wants it.
    pub(super) fn named(&self, entry: &AuthsEntry) -> Entry {
        Entry {
            key: entry.key.clone(),
            place: self.place(entry.span.start),
            expires_at: entry.credentials.expires_at(),
        }
    }

    /// The logins of the entries that stand for a host, each as `user` reads it: one of them is used, by chance where there
    /// are several.
    pub(super) fn logins(
        &self,
        entries: &[&AuthsEntry],
        user: impl Fn(&AuthsEntry) -> Option<String>,
        trace: &mut Trace,
    ) -> Ending {
        for entry in entries {
            let detail = match (user(entry), entry.credentials.is_empty()) {
                (Some(user), _) => format!("holds a password for user {user}"),
                (None, true) => "is empty, which means no credentials".to_owned(),
                (None, false) => "has no user name and password, and ECR accepts nothing else".to_owned(),
            };
            let at = self.at(entry.span.start);
            trace.found(format!("auths[\"{}\"]", entry.key), format!("{detail} ({at})"));
        }
        if entries.len() > 1 {
            trace.found(
                "auths",
                "several entries are for this host; which one is used differs from run to run",
            );
        }
        let users: Vec<String> = entries.iter().filter_map(|entry| user(entry)).collect();
        if users.is_empty() {
            return Ending::NOTHING;
        }
        let entries = entries.iter().map(|entry| self.named(entry)).collect();
        Ending::Auths { file: self.path.clone(), entries, sent: Sent::Basic(users) }
    }

    /// The login that an entry holds; `None` where there is no password in it.
    pub(super) fn password_of(&self, entry: &AuthsEntry, trace: &mut Trace) -> Option<Ending> {
        let (user, password) = entry.credentials.decoded().ok()??;
        if password.is_empty() {
            return None;
        }
        trace.found(
            format!("auths[\"{}\"]", entry.key),
            format!("holds a password for user {user} ({})", self.at(entry.span.start)),
        );
        Some(Ending::Auths {
            file: self.path.clone(),
            entries: vec![self.named(entry)],
            sent: Sent::Basic(vec![user]),
        })
    }
}

/// The files of a machine as they were at one look, the configurations that were parsed of them, and those that cannot be.
/// A text that is another than before is parsed anew.
#[derive(Default)]
pub struct Parsed {
    files: Mutex<HashMap<PathBuf, FileState>>,
    loaded: Mutex<Vec<Arc<Loaded>>>,
    invalid: Mutex<Vec<Invalid>>,
}

/// A file's text, and what is wrong with it.
struct Invalid {
    path: PathBuf,
    text: Zeroizing<String>,
    error: InvalidDocument,
}

/// What one thread knows, the others know, too, even after it panicked.
fn held<T>(shared: &Mutex<T>) -> MutexGuard<'_, T> {
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Parsed {
    /// A file, read when somebody first looks at it: dozens of clients look at the same few.
    pub fn file(&self, path: &Path, read: impl FnOnce() -> FileState) -> FileState {
        if let Some(known) = held(&self.files).get(path) {
            return known.clone();
        }
        // Others are not kept waiting for a slow disk; of two who read at once, the first is believed.
        let state = read();
        held(&self.files).entry(path.to_owned()).or_insert(state).clone()
    }

    /// This file, if it was read in this way and held this text.
    pub(super) fn find(
        &self,
        path: &Path,
        format: Format,
        dialect: Dialect,
        text: &Arc<Zeroizing<String>>,
    ) -> Option<Arc<Loaded>> {
        let known = held(&self.loaded);
        let found = known.iter().find(|known| known.is_of(path, format, dialect))?;
        found.document.is_of(text).then(|| Arc::clone(found))
    }

    /// The document of this file, if it was read in any way and held this text.
    pub(super) fn find_document(&self, path: &Path, text: &Arc<Zeroizing<String>>) -> Option<Arc<Document>> {
        let known = held(&self.loaded);
        let mut read = known.iter().filter(|known| known.path == path).map(|known| &known.document);
        read.find(|document| document.is_of(text)).map(Arc::clone)
    }

    /// Keeps a file in place of what it was before.
    pub(super) fn keep(&self, loaded: &Arc<Loaded>) {
        let mut known = held(&self.loaded);
        known.retain(|known| !known.is_of(&loaded.path, loaded.format, loaded.dialect));
        known.push(Arc::clone(loaded));
    }

    /// Lets go of what was parsed of a file, though not of its text: who asks for it once more parses it again.
    pub fn let_go(&self, path: &Path) {
        held(&self.loaded).retain(|known| known.path != path);
    }

    /// What is wrong with this file, if it held this text.
    pub(super) fn find_invalid(&self, path: &Path, text: &str) -> Option<InvalidDocument> {
        let known = held(&self.invalid);
        let found = known.iter().find(|known| known.path == path)?;
        (*found.text == text).then(|| found.error.clone())
    }

    /// Keeps what is wrong with a file in place of what it was before.
    pub(super) fn keep_invalid(&self, path: &Path, text: &str, error: &InvalidDocument) {
        let mut known = held(&self.invalid);
        known.retain(|known| known.path != path);
        let (path, text) = (path.to_owned(), Zeroizing::new(text.to_owned()));
        known.push(Invalid { path, text, error: error.clone() });
    }
}

impl Loaded {
    fn is_of(&self, path: &Path, format: Format, dialect: Dialect) -> bool {
        self.path == path && self.format == format && self.dialect == dialect
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(parsed: &Parsed, format: Format, text: &str) -> Arc<Loaded> {
        let path = Path::new("/c.json");
        let text = Arc::new(Zeroizing::new(text.to_owned()));
        parsed.find(path, format, Dialect::Go, &text).unwrap_or_else(|| {
            let document = parsed
                .find_document(path, &text)
                .unwrap_or_else(|| Arc::new(Document::parse_shared(&text).unwrap()));
            let config = DockerConfig::read_as(&document, format, Dialect::Go);
            let loaded =
                Arc::new(Loaded { path: path.to_owned(), format, dialect: Dialect::Go, config, document });
            parsed.keep(&loaded);
            loaded
        })
    }

    #[test]
    fn a_file_is_parsed_once_until_it_changes() {
        let parsed = Parsed::default();
        let first = read(&parsed, Format::Current, "{}");
        assert!(Arc::ptr_eq(&first, &read(&parsed, Format::Current, "{}")));
        let legacy = read(&parsed, Format::Legacy, "{}");
        assert!(!Arc::ptr_eq(&first, &legacy) && Arc::ptr_eq(&first.document, &legacy.document));
        assert!(!Arc::ptr_eq(&first, &read(&parsed, Format::Current, "{} ")));
        // Both ways of reading it, and no older text.
        assert_eq!(held(&parsed.loaded).len(), 2);
        parsed.let_go(Path::new("/d.json"));
        assert_eq!(held(&parsed.loaded).len(), 2);
        parsed.let_go(Path::new("/c.json"));
        assert!(held(&parsed.loaded).is_empty());
    }

    #[test]
    fn what_is_wrong_with_a_file_is_found_out_once_until_it_changes() {
        let (parsed, path) = (Parsed::default(), Path::new("/c.json"));
        for text in ["{", "[1,"] {
            assert_eq!(parsed.find_invalid(path, text), None);
            let error = Document::parse_first(text).unwrap_err();
            parsed.keep_invalid(path, text, &error);
            assert_eq!(parsed.find_invalid(path, text), Some(error));
        }
        assert_eq!(parsed.find_invalid(path, "{"), None, "no older text");
        assert_eq!(parsed.find_invalid(Path::new("/d.json"), "[1,"), None);
    }
}
