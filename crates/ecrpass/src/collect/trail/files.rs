//! The files below a directory in the order in which they were written: day by day over all accounts and regions. Of very
//! many files only some names are held at a time.

use std::fs::{self, DirEntry, ReadDir};
use std::path::{Path, PathBuf};

use ecrpass_core::time::EpochSeconds;
use ecrpass_trail::tally::Skip;

use super::input::{Input, divided};
use super::links::Below;
use super::stamp::{Span, day, written};

/// How many names are held and put in order.
const MOST_NAMES: usize = 200_000;

/// The files below a directory.
#[derive(Debug)]
pub struct Files {
    span: Span,
    /// Directories that are still to be read, each with its day; the next is the last.
    directories: Vec<(Option<u32>, PathBuf)>,
    /// The directory that is read.
    open: Option<ReadDir>,
    /// What comes next; the first is the last.
    ready: Vec<Input<'static>>,
}

impl Files {
    /// Those below a directory; what was written far from a time is left out.
    pub fn below(root: &Path, span: Span) -> Self {
        let Below { directories, skipped } = Below::of(root);
        let mut directories: Vec<_> = directories.into_iter().map(|path| (day(&path), path)).collect();
        directories.sort_by(|one, other| other.cmp(one));
        Self { span, directories, open: None, ready: skipped }
    }

    /// Puts the names of a day, or of a directory without one, in order, as far as they can be held.
    fn get_ready(&mut self) {
        let mut files = Vec::new();
        let mut today = None;
        while files.len() < MOST_NAMES {
            match self.open.as_mut().map(Iterator::next) {
                Some(Some(entry)) => {
                    if let Ok(entry) = entry {
                        self.sort_in(&entry, &mut files);
                    }
                }
                Some(None) => self.open = None,
                None => {
                    let next = self.directories.last();
                    let is_other_day = next.is_none_or(|(day, _)| day.is_none() || *day != today);
                    if !files.is_empty() && is_other_day {
                        break;
                    }
                    let Some((day, path)) = self.directories.pop() else { break };
                    today = day;
                    // Whether it can be read was seen before.
                    self.open = fs::read_dir(path).ok();
                }
            }
        }
        files.sort_by(|one, other| other.cmp(one));
        self.ready.extend(files.into_iter().map(|(_, path)| Input::File(path)));
    }

    fn sort_in(&mut self, entry: &DirEntry, files: &mut Vec<(Option<EpochSeconds>, PathBuf)>) {
        let path = entry.path();
        let Ok(kind) = entry.file_type() else { return };
        // What links lead to that are no files was seen before.
        let is_file = kind.is_file() || kind.is_symlink() && path.is_file();
        let skip = |kind| Input::Skipped(kind, path.display().to_string(), None);
        if is_file {
            let written = written(&entry.file_name().to_string_lossy());
            if self.span.may_have(written) {
                files.push((written, path));
            } else {
                self.ready.push(skip(Skip::OtherTime));
            }
        } else if !kind.is_dir() && !kind.is_symlink() {
            self.ready.push(skip(Skip::NotAFile));
        }
    }
}

impl Iterator for Files {
    type Item = Input<'static>;

    fn next(&mut self) -> Option<Self::Item> {
        while self.ready.is_empty() {
            if self.open.is_none() && self.directories.is_empty() {
                return None;
            }
            self.get_ready();
        }
        match self.ready.pop()? {
            Input::File(path) => {
                let size = fs::metadata(&path).map_or(0, |metadata| metadata.len());
                self.ready.extend(divided(path, size).into_iter().rev());
                self.ready.pop()
            }
            other => Some(other),
        }
    }
}

#[cfg(test)]
mod tests;
