//! Which clients would send a stored token. What they do for a registry is worked out once for all registries that are
//! configured alike: a machine with thousands of them is no trap.

mod narrowed;
mod split;

use std::collections::HashMap;
use std::path::PathBuf;

use ecrpass_clients::client::{Client, Request, Resolution, Supplier, resolve};
use ecrpass_clients::docker_config::DockerConfig;
use ecrpass_clients::repair::HELPER as SUFFIX;
use ecrpass_core::environment::Environment;
use ecrpass_json::Document;

use self::narrowed::Narrowed;
use crate::system::files;
use crate::system::machine::LocalMachine;
use crate::system::programs;
use crate::system::tokens::{Holder, StoredToken};

/// What a client sends for a registry.
struct Use {
    client: Client,
    supplier: Supplier,
    helper: Option<String>,
    file: Option<PathBuf>,
    /// Which of the file's entries for the registry it takes.
    entry: Option<usize>,
}

/// Registries that are configured alike.
struct Alike {
    uses: Vec<Use>,
    /// Files named after the registry that clients look for, with a `*` in its place; the first had none of them.
    named_after: Vec<String>,
}

/// The clients of this user.
pub struct TokenUsers<'a> {
    environment: &'a dyn Environment,
    machine: Narrowed<'a>,
    known: HashMap<String, Alike>,
    ours_is_first: Option<bool>,
}

impl<'a> TokenUsers<'a> {
    /// The clients of this machine.
    pub fn new(environment: &'a dyn Environment) -> Self {
        let machine = Narrowed::new(LocalMachine::looking(environment));
        Self { environment, machine, known: HashMap::new(), ours_is_first: None }
    }

    /// The clients that would send a token. What another user's clients do cannot be predicted without their
    /// environment.
    pub fn of(&mut self, token: &StoredToken) -> Vec<String> {
        if token.user.is_some() || token.holder == Holder::Backup {
            return Vec::new();
        }
        let ours = match self.ours_is_first {
            Some(ours) => ours,
            None => {
                let first = self.environment.on_path(programs::HELPER);
                *self.ours_is_first.insert(first.is_some_and(|path| programs::is_ours(&path)))
            }
        };
        self.machine.look_for(&token.host);
        let entry = token.place.and_then(|place| self.machine.entry(token.source.as_ref(), place));
        let sends = |one: &&Use| {
            let asks_helper = matches!(one.supplier, Supplier::Helper | Supplier::Store)
                && one.helper.as_deref() == Some(SUFFIX);
            match token.holder {
                Holder::Cache => asks_helper && ours,
                Holder::GoCache => asks_helper && !ours,
                Holder::Backup => false,
                Holder::Variable => {
                    one.supplier == Supplier::Environment
                        || one.supplier == Supplier::Auths && one.file.is_none()
                }
                _ => {
                    let source = one.file.as_ref().map(|file| file.display().to_string());
                    one.supplier == Supplier::Auths
                        && source.as_deref() == Some(token.source.as_str())
                        && one.entry == entry
                }
            }
        };
        self.uses(&token.host).iter().filter(sends).map(|one| one.client.id().to_owned()).collect()
    }

    fn uses(&mut self, host: &str) -> &[Use] {
        let mut shape = self.machine.shape();
        let is_known = self.known.get(&shape).is_some_and(|alike| {
            !alike.named_after.iter().any(|path| self.machine.exists(&path.replace('*', host)))
        });
        if !is_known {
            let all = Client::ALL.into_iter();
            let uses: Vec<Use> = all
                .map(|client| {
                    let resolution = resolve(&Request::new(client, host), &self.machine);
                    let entry = self.entry_taken(&resolution);
                    let Resolution { outcome: supplier, helper, file, .. } = resolution;
                    Use { client, supplier, helper, file, entry }
                })
                .collect();
            let (there, absent) = self.machine.named_after();
            // By now it is known which files are looked at. What has a file of its own is like no other.
            shape = if there { format!("{host}\0") } else { self.machine.shape() };
            self.known.insert(shape.clone(), Alike { uses, named_after: absent });
        }
        self.known.get(&shape).map_or(&[], |alike| &alike.uses)
    }

    /// Which of its file's entries for the registry a client takes.
    fn entry_taken(&self, resolution: &Resolution) -> Option<usize> {
        let (path, place) = (resolution.file.as_ref()?, resolution.place?);
        let text = self.machine.text(path)?;
        let document = Document::parse(&text).ok()?;
        let config = DockerConfig::read(&document, files::format_of(path));
        config.auths.iter().position(|entry| document.place(entry.span.start) == place)
    }
}
