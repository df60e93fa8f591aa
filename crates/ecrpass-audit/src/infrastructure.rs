//! Infrastructure code of a tree: resources, IAM documents, scripts that machines start with, repositories that are
//! declared. Terraform's files are read a directory at a time, because they see each other's names.

pub mod beside;
pub mod datum;
mod each;
pub mod given;
pub mod hcl;
mod in_scope;
pub mod intrinsics;
pub mod issuers;
pub mod metadata;
pub mod mounts;
pub mod places;
pub mod policies;
mod policy;
mod reading;
pub mod repositories;
pub mod scope;
pub mod scripted;
pub mod stack;
mod started;
pub mod statement_edit;
pub mod statements;
pub mod trusts;
pub mod user_data;

use std::collections::{BTreeMap, HashMap};

use ecrpass_iam::source::Source;

pub use self::in_scope::InScope;
use self::policies::{AttachedPolicy, Form, FoundPolicy};
use self::repositories::DeclaredRepository;
use self::scope::{Index, Scope};
use self::stack::{Language, Stack};
use self::trusts::Trust;
use self::user_data::When;
use crate::kind::FileKind;
use crate::shell::Script;
use crate::source::{SourceFile, Tree};
use crate::yaml::Node;

/// The infrastructure code of a tree.
#[derive(Debug, Default)]
pub struct Infrastructure {
    stacks: Vec<Stack>,
    /// For each file its scope.
    scope_of: Vec<usize>,
    scopes: Vec<Index>,
    by_path: HashMap<String, usize>,
    policies: HashMap<String, Vec<FoundPolicy>>,
    /// For each scope.
    attached: Vec<Vec<AttachedPolicy>>,
    repositories: Vec<DeclaredRepository>,
    trusts: Vec<Trust>,
    started: HashMap<String, When>,
}

impl Infrastructure {
    /// Reads the files of a tree; `documents` gives the YAML or JSON of one of them.
    pub fn of<'a>(tree: &Tree, documents: &dyn Fn(usize) -> Option<&'a [Node]>) -> Self {
        let mut found = Self::default();
        for (index, file) in tree.files().iter().enumerate() {
            if let Some(stack) = reading::read(file, &|| documents(index)) {
                found.by_path.insert(file.path.clone(), found.stacks.len());
                found.stacks.push(stack);
            }
        }
        let mut scopes: BTreeMap<String, Vec<usize>> = BTreeMap::new();
        for (index, stack) in found.stacks.iter().enumerate() {
            let is_module = matches!(stack.language, Language::Terraform | Language::Packer);
            let name = if is_module { directory(&stack.path) } else { &stack.path };
            scopes.entry(name.to_owned()).or_default().push(index);
        }
        found.scope_of = vec![0; found.stacks.len()];
        for members in scopes.into_values() {
            for &member in &members {
                if let Some(scope) = found.scope_of.get_mut(member) {
                    *scope = found.scopes.len();
                }
            }
            found.scopes.push(Index::new(&found.stacks, members));
        }
        found.attached =
            found.scopes.iter().map(|index| policies::attached(&Scope::new(&found.stacks, index))).collect();
        found.policies = tree
            .files()
            .iter()
            .filter_map(|file| {
                let policies = found.read_policies(file);
                (!policies.is_empty()).then(|| (file.path.clone(), policies))
            })
            .collect();
        found.started = found.each().flat_map(|each| started::of(tree, &each)).collect();
        found.repositories = found.each().flat_map(|each| repositories::of(&each)).collect();
        let mut paths: Vec<&String> = found.policies.keys().collect();
        paths.sort_unstable();
        found.trusts = paths
            .into_iter()
            .flat_map(|path| {
                let each = found.file(path);
                let policies = found.policies.get(path).map(Vec::as_slice).unwrap_or_default();
                policies.iter().flat_map(|policy| trusts::of(path, policy, each.as_ref())).collect::<Vec<_>>()
            })
            .collect();
        found
    }

    fn read_policies(&self, file: &SourceFile) -> Vec<FoundPolicy> {
        if let Some(each) = self.file(&file.path) {
            let is_empty = each.stack.resources.is_empty() && each.stack.locals.is_empty();
            if is_empty {
                return Vec::new();
            }
            return policies::of_stack(&Source::file(&file.path, &file.text), &each.scope, each.stack);
        }
        if file.kind != FileKind::IamPolicy {
            return Vec::new();
        }
        let source = Source::file(&file.path, &file.text);
        let contents = ecrpass_iam::inputs::read(&source, None);
        let found = contents.map(|contents| contents.found).unwrap_or_default();
        let policy = |one: ecrpass_iam::inputs::Found| {
            Some(FoundPolicy {
                document: one.reading.document?,
                layer: one.layer.or_else(|| policies::layer_of_path(&file.path)),
                owners: Vec::new(),
                is_partial: false,
                form: Form::Json,
            })
        };
        found.into_iter().filter_map(policy).collect()
    }

    fn each(&self) -> impl Iterator<Item = InScope<'_>> {
        (0..self.stacks.len()).filter_map(|index| self.at(index))
    }

    fn at(&self, index: usize) -> Option<InScope<'_>> {
        let scope = *self.scope_of.get(index)?;
        Some(InScope {
            stack: self.stacks.get(index)?,
            scope: Scope::new(&self.stacks, self.scopes.get(scope)?),
            attached: self.attached.get(scope)?,
        })
    }

    /// A file by its path.
    pub fn file(&self, path: &str) -> Option<InScope<'_>> {
        self.at(*self.by_path.get(path)?)
    }

    /// The IAM documents of a file.
    pub fn policies(&self, path: &str) -> &[FoundPolicy] {
        self.policies.get(path).map(Vec::as_slice).unwrap_or_default()
    }

    /// The IAM documents of all files that see the names of a file, its own included.
    pub fn policies_around<'a>(&'a self, path: &'a str) -> impl Iterator<Item = &'a FoundPolicy> {
        let scope = self.by_path.get(path).and_then(|index| self.scope_of.get(*index)).copied();
        let others = self
            .stacks
            .iter()
            .zip(&self.scope_of)
            .filter(move |(stack, of)| Some(**of) == scope && stack.path != path);
        self.policies(path).iter().chain(others.flat_map(|(stack, _)| self.policies(&stack.path)))
    }

    /// The repositories that the tree declares.
    pub fn repositories(&self) -> &[DeclaredRepository] {
        &self.repositories
    }

    /// When a script runs whose file infrastructure code names.
    pub fn started(&self, path: &str) -> Option<When> {
        self.started.get(path).copied()
    }

    /// Adds the repositories that a script of the tree makes.
    pub fn add_script(&mut self, path: &str, script: &Script) {
        self.repositories.extend(repositories::of_script(path, script));
    }

    /// Who is trusted to take on roles with a token of a CI system.
    pub fn trusts(&self) -> &[Trust] {
        &self.trusts
    }
}

fn directory(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(directory, _)| directory)
}

#[cfg(test)]
#[path = "infrastructure/tests.rs"]
mod tests;
