//! The directories below one, links among them, each once: links may lead in circles.

use std::collections::HashSet;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use ecrpass_system::real_path;
use ecrpass_trail::tally::Skip;

use super::input::Input;

/// How deep directories are looked into: a trail's are a dozen deep.
const DEEPEST: usize = 64;

/// What is below a directory.
#[derive(Debug, Default)]
pub struct Below {
    /// The directories, itself among them.
    pub directories: Vec<PathBuf>,
    /// What is not looked into.
    pub skipped: Vec<Input<'static>>,
}

impl Below {
    /// Looks for them.
    pub fn of(root: &Path) -> Self {
        let mut below = Self::default();
        let real_root = real_path(root).unwrap_or_else(|_| root.to_owned());
        let mut targets = HashSet::new();
        let mut open = vec![(root.to_owned(), 0)];
        while let Some((directory, depth)) = open.pop() {
            if depth > DEEPEST {
                below.skip(Skip::TooDeep, &directory, None);
                continue;
            }
            let entries = match fs::read_dir(&directory) {
                Ok(entries) => entries,
                Err(error) => {
                    below.skip(Skip::Unreadable, &directory, Some(&error));
                    continue;
                }
            };
            for entry in entries.flatten() {
                let Ok(kind) = entry.file_type() else { continue };
                let path = entry.path();
                if kind.is_dir() {
                    open.push((path, depth + 1));
                } else if kind.is_symlink() {
                    match linked_directory(&path, &real_root) {
                        Ok(None) => {}
                        Ok(Some(Some(target))) if targets.insert(target.clone()) => {
                            open.push((path, depth + 1))
                        }
                        Ok(Some(_)) => below.skip(Skip::Link, &path, None),
                        Err(error) => below.skip(Skip::Link, &path, Some(&error)),
                    }
                }
            }
            below.directories.push(directory);
        }
        below
    }

    fn skip(&mut self, kind: Skip, path: &Path, error: Option<&io::Error>) {
        let detail = error.map(ToString::to_string);
        self.skipped.push(Input::Skipped(kind, path.display().to_string(), detail));
    }
}

/// The directory that a link leads to, if to one; inside it none where it is read anyway, or holds the link.
fn linked_directory(link: &Path, root: &Path) -> io::Result<Option<Option<PathBuf>>> {
    if !fs::metadata(link)?.is_dir() {
        return Ok(None);
    }
    let target = real_path(link)?;
    let is_read = target.starts_with(root) || root.starts_with(&target);
    Ok(Some((!is_read).then_some(target)))
}
