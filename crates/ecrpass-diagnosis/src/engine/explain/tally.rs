//! How often a cause was seen in a log, from when to when, and at which images.

use std::collections::HashSet;
use std::hash::BuildHasherDefault;
use std::sync::OnceLock;

use memchr::memmem::Finder;

use super::ecr_images::ecr_images;
use super::line::unwrap;
use super::seen::{AsItIs, Seen};
use super::shape::number;
use super::stamp::{stamp, written};
use crate::finding::Occurrences;

/// How many images are told apart, as written and as they are.
const IMAGES: usize = 100_000;

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
    written: Numbers,
    /// Images with their tags, and without.
    images: HashSet<Image>,
}

/// Numbers that stand for texts: there may be as many images as lines, and only how many is told.
type Numbers = HashSet<u64, BuildHasherDefault<AsItIs>>;

/// An image as numbers: its host and repository, and its tag if it has one.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
struct Image {
    name: u64,
    tag: Option<u64>,
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
            && group.written.len() < IMAGES
            && group.written.insert(number(reference))
            && !group.learn(reference)
        {
            // A host alone: the image is somewhere else in the line.
            group.learn(line);
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
        let images: HashSet<&Image> = groups.iter().flat_map(|group| &group.images).collect();
        // Some lines name an image without its tag.
        let tagged: HashSet<u64> =
            images.iter().filter(|image| image.tag.is_some()).map(|image| image.name).collect();
        let images =
            images.iter().filter(|image| image.tag.is_some() || !tagged.contains(&image.name)).count();
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

impl Group {
    /// Learns the images in a text; says whether there are any.
    fn learn(&mut self, text: &[u8]) -> bool {
        let text = unwrap(&String::from_utf8_lossy(text));
        let mut any = false;
        for image in ecr_images(&text).iter().filter(|image| !image.repository.is_empty()) {
            let name = number(format!("{}/{}", image.host, image.repository).as_bytes());
            let tag = (!image.tag.is_empty()).then(|| number(image.tag.as_bytes()));
            self.images.insert(Image { name, tag });
            any = true;
        }
        any
    }
}

/// The first reference to an ECR image in a line, as it is written.
fn reference(line: &[u8]) -> Option<&[u8]> {
    static HOSTS: OnceLock<[Finder<'static>; 2]> = OnceLock::new();
    let hosts = HOSTS.get_or_init(|| [Finder::new(".dkr.ecr"), Finder::new("public.ecr.aws")]);
    let at = hosts.iter().find_map(|host| host.find(line))?;
    let is_end = |byte: &u8| matches!(byte, b' ' | b'"' | b'\\' | b'\'' | b',' | b']' | b')');
    let (before, after) = line.split_at(at);
    let start = before.iter().rposition(is_end).map_or(0, |at| at + 1);
    let end = after.iter().position(is_end).map_or(line.len(), |end| at + end);
    line.get(start..end)
}
