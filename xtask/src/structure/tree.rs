//! The modules of all crates, and where a path leads: to the file that defines the name, through every `pub use` on the
//! way.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Component, Path, PathBuf};

use anyhow::{Context, Result};

use super::source::{self, Import, Module};

/// The texts of all files, by their path from the root of the checkout.
pub type Texts = BTreeMap<PathBuf, String>;

/// The most segments a path may have; only imports in a circle make longer ones.
const MAX_PATH: usize = 32;

/// A path that an attribute names, which may lead out of its folder.
fn joined(folder: &Path, named: &str) -> PathBuf {
    let mut path = folder.to_owned();
    for part in Path::new(named).components() {
        match part {
            Component::ParentDir => drop(path.pop()),
            part => path.push(part),
        }
    }
    path
}

/// A module in [`House::rooms`].
pub type Id = usize;

/// All modules of all crates.
#[derive(Debug, Default)]
pub struct House {
    pub rooms: Vec<Room>,
    /// The library of each crate, by the name it has in code.
    libraries: BTreeMap<String, Id>,
}

/// A module and where it stands.
#[derive(Debug)]
pub struct Room {
    /// The file it is written in.
    pub file: PathBuf,
    parent: Option<Id>,
    children: BTreeMap<String, Id>,
    pub said: Module,
}

/// Where a path leads.
#[derive(Debug, PartialEq, Eq)]
pub enum Place {
    Module(Id),
    /// A name, in the module that defines it.
    Item(Id, String),
}

impl House {
    /// Reads the crates below `crates/`, and `xtask`.
    pub fn read(texts: &Texts) -> Result<Self> {
        let mut house = Self::default();
        for path in texts.keys() {
            let is_root = path.ends_with("src/lib.rs") || path.ends_with("src/main.rs");
            let is_program = path.parent().is_some_and(|folder| folder.ends_with("src/bin"));
            if !is_root && !is_program {
                continue;
            }
            let root = house.file(texts, path, None, path.parent().unwrap_or(Path::new("")))?;
            if path.ends_with("src/lib.rs") {
                let name = crate_of(path).replace('-', "_");
                house.libraries.insert(name, root);
            }
        }
        Ok(house)
    }

    /// Adds a file and all below it; `folder` is where its modules' files are.
    fn file(&mut self, texts: &Texts, path: &Path, parent: Option<Id>, folder: &Path) -> Result<Id> {
        let text = texts.get(path).with_context(|| format!("{} is missing", path.display()))?;
        let said = source::read(text).with_context(|| path.display().to_string())?;
        self.add(texts, path, parent, folder, said)
    }

    fn add(
        &mut self,
        texts: &Texts,
        path: &Path,
        parent: Option<Id>,
        folder: &Path,
        mut said: Module,
    ) -> Result<Id> {
        let id = self.rooms.len();
        let inline = std::mem::take(&mut said.inline);
        let files = said.files.clone();
        self.rooms.push(Room { file: path.to_owned(), parent, children: BTreeMap::new(), said });
        let mut children = BTreeMap::new();
        for (name, module) in inline {
            let folder = folder.join(&name);
            children.insert(name, self.add(texts, path, Some(id), &folder, module)?);
        }
        for (name, named) in files {
            let file = match named {
                Some(named) => joined(path.parent().unwrap_or(folder), &named),
                None => folder.join(format!("{name}.rs")),
            };
            let below = file.with_extension("");
            let file = if texts.contains_key(&file) { file } else { below.join("mod.rs") };
            children.insert(name, self.file(texts, &file, Some(id), &below)?);
        }
        if let Some(room) = self.rooms.get_mut(id) {
            room.children = children;
        }
        Ok(id)
    }

    fn room(&self, id: Id) -> Option<&Room> {
        self.rooms.get(id)
    }

    /// Where a path written in a module leads; nothing for what is not ours.
    pub fn find(&self, from: Id, path: &[String]) -> Option<Place> {
        self.find_in_scope(from, path, &mut BTreeSet::new())
    }

    fn find_in_scope(&self, from: Id, path: &[String], seen: &mut Seen) -> Option<Place> {
        let (first, rest) = path.split_first()?;
        let room = self.room(from)?;
        match first.as_str() {
            "crate" => self.below(self.root(from), rest, seen),
            "self" => self.below(from, rest, seen),
            "super" => {
                let mut at = room.parent?;
                let mut rest = rest;
                while let Some((next, after)) = rest.split_first()
                    && next == "super"
                {
                    at = self.room(at)?.parent?;
                    rest = after;
                }
                self.below(at, rest, seen)
            }
            name => {
                let is_here = room.children.contains_key(name)
                    || room.said.defined.contains(name)
                    || room.said.imports.iter().any(|import| import.name.as_deref() == Some(name));
                if is_here {
                    return self.below(from, path, seen);
                }
                if let Some(library) = self.libraries.get(name) {
                    return self.below(*library, rest, seen);
                }
                self.through_globs(from, path, seen)
            }
        }
    }

    /// Where a path leads from within a module.
    fn below(&self, at: Id, path: &[String], seen: &mut Seen) -> Option<Place> {
        let Some((first, rest)) = path.split_first() else { return Some(Place::Module(at)) };
        // Ends the search in imports that lead to each other.
        if path.len() > MAX_PATH || !seen.insert((at, path.to_vec())) {
            return None;
        }
        let room = self.room(at)?;
        let is_defined = room.said.defined.contains(first);
        if let Some(child) = room.children.get(first)
            && !(rest.is_empty() && is_defined)
        {
            return self.below(*child, rest, seen);
        }
        if is_defined {
            return Some(Place::Item(at, first.clone()));
        }
        for import in &room.said.imports {
            if import.name.as_ref() == Some(first)
                && let Some(place) = self.imported(at, import, rest, seen)
            {
                return Some(place);
            }
        }
        self.through_globs(at, path, seen)
    }

    fn imported(&self, at: Id, import: &Import, rest: &[String], seen: &mut Seen) -> Option<Place> {
        let path: Vec<String> = import.path.iter().chain(rest).cloned().collect();
        let (first, below) = path.split_first()?;
        // `use memchr::memchr`: the first is a crate, not what this import brings.
        let room = self.room(at)?;
        if import.name.as_ref() == Some(first) && !room.children.contains_key(first) {
            return match self.libraries.get(first) {
                Some(library) => self.below(*library, below, seen),
                None if ["crate", "self", "super"].contains(&first.as_str()) => None,
                None => self.through_globs(at, &path, seen),
            };
        }
        self.find_in_scope(at, &path, seen)
    }

    fn through_globs(&self, at: Id, path: &[String], seen: &mut Seen) -> Option<Place> {
        let globs = self.room(at)?.said.imports.iter().filter(|import| import.name.is_none());
        for glob in globs {
            if let Some(Place::Module(module)) = self.find_in_scope(at, &glob.path, seen)
                && module != at
                && let Some(place) = self.below(module, path, seen)
            {
                return Some(place);
            }
        }
        None
    }

    fn root(&self, mut at: Id) -> Id {
        while let Some(parent) = self.room(at).and_then(|room| room.parent) {
            at = parent;
        }
        at
    }
}

type Seen = BTreeSet<(Id, Vec<String>)>;

/// The crate a file belongs to: the folder that holds `src`.
pub fn crate_of(file: &Path) -> String {
    let mut parts = file.iter().map(|part| part.to_string_lossy());
    match parts.next().as_deref() {
        Some("crates") => parts.next().unwrap_or_default().into_owned(),
        Some(first) => first.to_owned(),
        None => String::new(),
    }
}
