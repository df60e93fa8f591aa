//! Which file uses which, by what names, and the rings in that.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::path::{Path, PathBuf};

use super::tree::{House, Place};

/// The names that tie a file to others.
pub type Ties = BTreeMap<PathBuf, BTreeSet<String>>;

/// For each file, the files it uses.
#[derive(Debug, Default)]
pub struct Graph {
    pub edges: BTreeMap<PathBuf, Ties>,
}

impl Graph {
    /// Follows every import and path.
    pub fn of(house: &House) -> Self {
        let mut graph = Self::default();
        for (id, room) in house.rooms.iter().enumerate() {
            let said = &room.said;
            for import in &said.imports {
                match &import.name {
                    // A file that passes a name on does not depend on it, unless it uses it too.
                    Some(name) if import.is_public && !said.names.contains(name) => {}
                    Some(_) => graph.tie(house, &room.file, house.find(id, &import.path)),
                    // What `*` brings is what is used here.
                    None if import.is_public => {}
                    None => {
                        for name in &said.names {
                            if !said.defined.contains(name) {
                                let path = [import.path.as_slice(), std::slice::from_ref(name)].concat();
                                graph.tie(house, &room.file, house.find(id, &path));
                            }
                        }
                    }
                }
            }
            for path in &said.paths {
                graph.tie(house, &room.file, house.find(id, path));
            }
        }
        graph
    }

    /// A module by itself ties nothing: what is used of it does.
    fn tie(&mut self, house: &House, from: &Path, place: Option<Place>) {
        let Some(Place::Item(id, name)) = place else { return };
        let Some(room) = house.rooms.get(id) else { return };
        if room.file != from {
            let ties = self.edges.entry(from.to_owned()).or_default();
            ties.entry(room.file.clone()).or_default().insert(name);
        }
    }

    /// Each ring once, as the shortest way from its first file back to it.
    pub fn rings(&self) -> Vec<Vec<PathBuf>> {
        let mut rings = Vec::new();
        let mut told: BTreeSet<&PathBuf> = BTreeSet::new();
        for start in self.edges.keys() {
            if told.contains(start) {
                continue;
            }
            if let Some(ring) = self.way_back(start) {
                told.extend(
                    ring.iter().filter_map(|file| self.edges.get_key_value(file)).map(|(file, _)| file),
                );
                rings.push(ring);
            }
        }
        rings
    }

    /// The shortest way from a file to itself.
    fn way_back(&self, start: &Path) -> Option<Vec<PathBuf>> {
        let mut came_from: BTreeMap<&Path, &Path> = BTreeMap::new();
        let mut queue = VecDeque::from([start]);
        while let Some(at) = queue.pop_front() {
            for next in self.edges.get(at).into_iter().flat_map(BTreeMap::keys) {
                if next == start {
                    let mut ring = vec![at.to_owned()];
                    let mut back = at;
                    while let Some(before) = came_from.get(back) {
                        ring.push((*before).to_owned());
                        back = before;
                    }
                    ring.reverse();
                    return Some(ring);
                }
                if !came_from.contains_key(next.as_path()) {
                    came_from.insert(next, at);
                    queue.push_back(next);
                }
            }
        }
        None
    }

    /// The names by which one file uses another.
    pub fn names(&self, from: &Path, to: &Path) -> String {
        let names = self.edges.get(from).and_then(|ties| ties.get(to));
        names.into_iter().flatten().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
    }
}
