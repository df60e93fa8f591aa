//! What is read of the files of a tree: each model once, when a rule first asks for it.
//!
//! A further model is a cell, and a method that fills it.

use std::cell::OnceCell;
use std::collections::HashMap;
use std::ptr;
use std::sync::OnceLock;

use ecrpass_core::redact::redact;
use ecrpass_iam::source::Source;

use crate::deed::Deed;
use crate::deeds;
use crate::dockerfile::{self, Dockerfile};
use crate::infrastructure::policies::FoundPolicy;
use crate::infrastructure::{InScope, Infrastructure, hcl, scripted};
use crate::kind::FileKind;
use crate::misordered::Misordered;
use crate::pipeline::{self, Pipeline};
use crate::scripts::{self, Placed};
use crate::shell::Script;
use crate::source::{Damage, SourceFile, Tree};
use crate::stored::Stored;
use crate::yaml::{self, Node, YamlError};

/// What has been read of one file.
#[derive(Default)]
struct Cells {
    yaml: OnceCell<(Vec<Node>, Option<YamlError>)>,
    pipeline: OnceCell<Option<Pipeline>>,
    scripts: OnceCell<Vec<Placed>>,
    deeds: OnceCell<HashMap<*const Script, Vec<Deed>>>,
    stored: OnceCell<Stored>,
    scripted: OnceCell<Vec<FoundPolicy>>,
    dockerfile: OnceCell<Option<Dockerfile>>,
    misordered: OnceCell<Vec<Misordered>>,
}

/// What is read of a tree as a whole, once for all shelves.
#[derive(Default)]
pub struct Common {
    infrastructure: OnceLock<Infrastructure>,
}

/// What has been read of the files of a tree. A large tree is looked at with several shelves, one after the other or on
/// several threads, so that what was read of a part is forgotten with it.
pub struct Shelf<'a> {
    tree: &'a Tree,
    cells: Vec<Cells>,
    common: &'a Common,
}

impl<'a> Shelf<'a> {
    /// Nothing is read yet but what is common.
    pub fn new(tree: &'a Tree, common: &'a Common) -> Self {
        let cells = tree.files().iter().map(|_| Cells::default()).collect();
        Self { tree, cells, common }
    }

    /// The models of a file, by its place in the tree.
    pub fn models(&self, index: usize) -> Option<Models<'_>> {
        let file = self.tree.files().get(index)?;
        Some(Models { shelf: self, file, cells: self.cells.get(index)? })
    }
}

/// The models of one file.
#[derive(Clone, Copy)]
pub struct Models<'a> {
    shelf: &'a Shelf<'a>,
    file: &'a SourceFile,
    cells: &'a Cells,
}

impl<'a> Models<'a> {
    /// The file.
    pub fn file(&self) -> &'a SourceFile {
        self.file
    }

    /// The files around it.
    pub fn tree(&self) -> &'a Tree {
        self.shelf.tree
    }

    /// The models of another file, by its place in the tree.
    pub fn of(&self, index: usize) -> Option<Self> {
        self.shelf.models(index)
    }

    /// The models of another file, by its path.
    pub fn other(&self, path: &str) -> Option<Self> {
        self.of(self.shelf.tree.index_of(path)?)
    }

    /// The documents of a YAML or JSON file, as far as they can be read.
    pub fn yaml(&self) -> Option<&'a [Node]> {
        Some(self.yaml_partly().0.as_slice()).filter(|documents| !documents.is_empty())
    }

    fn yaml_partly(&self) -> &'a (Vec<Node>, Option<YamlError>) {
        self.cells.yaml.get_or_init(|| match self.file.is_yaml() {
            true => yaml::read_partly(&self.file.text),
            false => (Vec::new(), None),
        })
    }

    /// Where its language breaks off, if it is of a kind that is read as more than text.
    pub fn damage(&self) -> Option<Damage> {
        let (at, why) = match self.file.kind {
            FileKind::Terraform if !self.file.is_yaml() => match self.stack() {
                Some(_) => return None,
                None => hcl::damage(&self.file.text)?,
            },
            kind if kind.is_yaml() || kind == FileKind::Terraform => {
                let error = self.yaml_partly().1.as_ref()?;
                // Of JSON, its own parser knows better where it breaks off.
                let is_json = !error.is_limit && self.file.name().to_ascii_lowercase().ends_with(".json");
                let of_json = is_json.then(|| ecrpass_json::parse(&self.file.text).err()).flatten();
                of_json.map_or_else(|| (error.at, error.message.clone()), |of| (of.offset, of.message))
            }
            FileKind::Dockerfile if self.dockerfile().is_some() => return None,
            FileKind::Dockerfile => dockerfile::damage(&self.file.text)?,
            // Something in it was wanted, and is beyond what is read.
            _ => {
                let error = self.cells.yaml.get()?.1.as_ref().filter(|error| error.is_limit)?;
                (error.at, error.message.clone())
            }
        };
        let why = redact(&why).into_owned();
        Some(Damage { path: self.file.path.clone(), line: self.file.position(at).0, why })
    }

    /// Its jobs, if it is a pipeline.
    pub fn pipeline(&self) -> Option<&'a Pipeline> {
        let read = || match self.file.kind {
            FileKind::Pipeline(system) => {
                pipeline::read(system, self.file, self.yaml().unwrap_or_default(), self.tree())
            }
            _ => None,
        };
        self.cells.pipeline.get_or_init(read).as_ref()
    }

    /// The scripts that stand in it, unless it is a pipeline.
    pub fn scripts(&self) -> &'a [Placed] {
        let read = || {
            let mut all = scripts::of_file(self.file, self.yaml().unwrap_or_default(), self.tree());
            if self.file.kind == FileKind::Shell
                && let Some(when) = self.infrastructure().started(&self.file.path)
            {
                all.iter_mut().for_each(|placed| placed.runs = when.into());
            }
            all.extend(
                self.dockerfile().into_iter().flat_map(|dockerfile| scripts::of_image(self.file, dockerfile)),
            );
            if let Some(stack) = self.stack() {
                all.extend(scripts::of_machines(&stack));
                all.extend(scripts::of_projects(self.file, &stack, self.tree()));
            }
            all
        };
        self.cells.scripts.get_or_init(read)
    }

    /// All scripts that stand in it, those of a pipeline's steps and those that scripts write included.
    fn all_scripts(&self) -> impl Iterator<Item = &'a Script> {
        let own = self.scripts().iter().map(|placed| &placed.script);
        let steps = self.pipeline().into_iter().flat_map(|pipeline| pipeline.scripts());
        own.chain(steps.map(|(_, _, script)| script)).flat_map(Script::all)
    }

    /// What one of its scripts does: of all of them it is found out once. A script is known by its place in memory, which
    /// is in the cells beside this one.
    pub fn deeds(&self, script: &Script) -> &'a [Deed] {
        let read =
            || self.all_scripts().map(|script| (ptr::from_ref(script), deeds::of_script(script))).collect();
        self.cells.deeds.get_or_init(read).get(&ptr::from_ref(script)).map_or(&[], Vec::as_slice)
    }

    /// What is stored in it: logins, keys, configurations of clients.
    pub fn stored(&self) -> &'a Stored {
        self.cells.stored.get_or_init(|| Stored::of(self.file, &|| self.yaml()))
    }

    /// The infrastructure code of the tree.
    pub fn infrastructure(&self) -> &'a Infrastructure {
        let Shelf { tree, common, .. } = *self.shelf;
        common.infrastructure.get_or_init(|| {
            // What is read for it goes when it is there.
            let own = Shelf::new(tree, common);
            let mut found = Infrastructure::of(tree, &|index| own.models(index)?.yaml());
            let declares = |file: &&SourceFile| {
                matches!(file.kind, FileKind::Shell | FileKind::Makefile)
                    && file.text.contains("--image-tag-mutability")
            };
            for file in tree.files().iter().filter(declares) {
                for placed in scripts::of_file(file, &[], tree) {
                    found.add_script(&file.path, &placed.script);
                }
            }
            found
        })
    }

    /// Its resources, if it is infrastructure code.
    pub fn stack(&self) -> Option<InScope<'a>> {
        self.infrastructure().file(&self.file.path)
    }

    /// What is wrong with the order of its logins and pushes, found once by whoever asks first.
    pub fn misordered(&self, find: impl FnOnce() -> Vec<Misordered>) -> &'a [Misordered] {
        self.cells.misordered.get_or_init(find)
    }

    /// Its instructions, if it is a Dockerfile.
    pub fn dockerfile(&self) -> Option<&'a Dockerfile> {
        let read =
            || (self.file.kind == FileKind::Dockerfile).then(|| dockerfile::read(&self.file.text)).flatten();
        self.cells.dockerfile.get_or_init(read).as_ref()
    }

    /// The IAM documents in it, those of its scripts included.
    pub fn policies(&self) -> impl Iterator<Item = &'a FoundPolicy> {
        let of_scripts = self.cells.scripted.get_or_init(|| {
            if !self.file.text.contains("Statement") {
                return Vec::new();
            }
            let source = Source::file(&self.file.path, &self.file.text);
            self.all_scripts().flat_map(|script| scripted::of(&source, script)).collect()
        });
        self.infrastructure().policies(&self.file.path).iter().chain(of_scripts)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kind::Owner;

    /// However many rules ask: what a script does is found out once.
    #[test]
    fn what_scripts_do_is_found_out_once() {
        let push = "docker push 123456789012.dkr.ecr.us-east-1.amazonaws.com/a";
        let files = [
            ("a.sh", format!("{push}\ncat > b.sh <<'EOF'\n#!/bin/sh\n{push}\nEOF\n")),
            (".gitlab-ci.yml", format!("a:\n  script:\n    - {push}\n    - {push}\n")),
            ("Dockerfile", format!("FROM alpine\nRUN {push}\nRUN {push}\n")),
        ];
        let file = |(path, text): &(&str, String)| SourceFile {
            path: (*path).to_owned(),
            text: text.clone(),
            kind: FileKind::of(path, text),
            owner: Owner::Repository,
        };
        let tree = Tree::new(files.iter().map(file).collect(), 0);
        let common = Common::default();
        let shelf = Shelf::new(&tree, &common);
        for index in 0..files.len() {
            let ask = || {
                let models = shelf.models(index).unwrap();
                models.all_scripts().map(|script| models.deeds(script)).collect::<Vec<_>>()
            };
            let (first, second) = (ask(), ask());
            let all: usize = first.iter().map(|deeds| deeds.len()).sum();
            assert_eq!(all, 2, "{first:?}");
            assert!(first.iter().zip(&second).all(|(one, other)| ptr::eq(*one, *other)));
        }
    }
}
