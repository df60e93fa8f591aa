//! How often a cause was seen in a log, from when to when, and at which images.

use std::collections::HashSet;

use super::ecr_images::ecr_images;
use super::line::unwrap;
use super::seen::Seen;
use super::stamp::{stamp, written};
use crate::finding::Occurrences;

/// How many images are told apart.
const IMAGES: usize = 10_000;

/// What is counted of lines, by their set of causes.
#[derive(Default)]
pub struct Tally {
    groups: Vec<Group>,
    /// How many lines were counted in all: the order of the first and the last of them.
    lines: u64,
}

#[derive(Clone, Default)]
struct Group {
    lines: u64,
    first: (u64, Vec<u8>),
    last: (u64, Vec<u8>),
    /// References as they are written, so that each is taken apart once.
    written: HashSet<Vec<u8>>,
    /// Host and repository of each image, and its tag.
    images: HashSet<(String, String)>,
}

impl Tally {
    /// Counts a line that has this set of causes.
    pub fn count(&mut self, group: usize, line: &[u8]) {
        self.lines += 1;
        if self.groups.len() <= group {
            self.groups.resize(group + 1, Group::default());
        }
        let Some(group) = self.groups.get_mut(group) else { return };
        group.lines += 1;
        if group.lines == 1 {
            group.first = (self.lines, line.to_vec());
        }
        group.last.0 = self.lines;
        group.last.1.clear();
        group.last.1.extend_from_slice(line);
        if let Some(reference) = reference(line)
            && !group.written.contains(reference)
            && group.written.len() < IMAGES
        {
            group.written.insert(reference.to_vec());
            for image in ecr_images(&unwrap(&String::from_utf8_lossy(line))) {
                if !image.repository.is_empty() {
                    let name = format!("{}/{}", image.host, image.repository);
                    group.images.insert((name, image.tag.to_owned()));
                }
            }
        }
    }

    /// What was seen of a cause; none where every line of it is quoted anyway.
    pub fn of(&self, entry: usize, seen: &Seen) -> Option<Occurrences> {
        let groups = self.groups.iter().zip(seen.groups());
        let groups: Vec<&Group> = groups
            .filter(|(group, entries)| group.lines > 0 && entries.contains(&entry))
            .map(|(group, _)| group)
            .collect();
        let first = groups.iter().map(|group| &group.first).min_by_key(|line| line.0)?;
        let last = groups.iter().map(|group| &group.last).max_by_key(|line| line.0)?;
        let images: HashSet<&(String, String)> = groups.iter().flat_map(|group| &group.images).collect();
        // Some lines name an image without its tag.
        let tagged: HashSet<&String> =
            images.iter().filter(|image| !image.1.is_empty()).map(|image| &image.0).collect();
        let images = images.iter().filter(|image| !image.1.is_empty() || !tagged.contains(&image.0)).count();
        let (first, last) = match (stamp(&first.1), stamp(&last.1)) {
            (Some(first), Some(last)) => {
                let (first, last) = written(first, last);
                (Some(first), Some(last))
            }
            _ => (None, None),
        };
        let lines = groups.iter().map(|group| group.lines).sum();
        Some(Occurrences { lines, first, last, images: images as u64 })
    }
}

/// The first reference to an ECR image in a line, as it is written.
fn reference(line: &[u8]) -> Option<&[u8]> {
    let at =
        memchr::memmem::find(line, b".dkr.ecr").or_else(|| memchr::memmem::find(line, b"public.ecr.aws"))?;
    let is_end = |byte: &u8| matches!(byte, b' ' | b'"' | b'\\' | b'\'' | b',' | b']' | b')');
    let (before, after) = line.split_at(at);
    let start = before.iter().rposition(is_end).map_or(0, |at| at + 1);
    let end = after.iter().position(is_end).map_or(line.len(), |end| at + end);
    line.get(start..end)
}
