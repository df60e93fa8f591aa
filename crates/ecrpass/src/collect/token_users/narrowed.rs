//! This machine as one registry sees it: each file is read once, and holds only what concerns the registry.

use std::cell::{OnceCell, RefCell};
use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::sync::Arc;

use ecrpass_clients::client::{ClientEnvironment, FileState, HelperReply};
use ecrpass_clients::docker_config::Format;
use ecrpass_core::Registry;
use ecrpass_core::environment::Environment;
use ecrpass_json::Position;
use zeroize::Zeroizing;

use super::split::Split;
use crate::system::files;
use crate::system::machine::LocalMachine;

/// The variable that holds a configuration.
const VARIABLE: &str = "DOCKER_AUTH_CONFIG";

/// A file, as it was when it was first asked for.
enum Seen {
    Split(Split),
    Other(FileState),
}

/// A machine that shows what concerns one registry.
pub struct Narrowed<'a> {
    machine: LocalMachine<'a>,
    variable: Option<Seen>,
    host: String,
    files: RefCell<BTreeMap<PathBuf, Rc<Seen>>>,
    /// Files named after the registry, and whether they are there.
    named_after: RefCell<BTreeMap<PathBuf, bool>>,
    on_path: RefCell<HashMap<String, bool>>,
    registries_conf_helpers: OnceCell<Vec<String>>,
}

impl<'a> Narrowed<'a> {
    /// Shows this machine.
    pub fn new(machine: LocalMachine<'a>) -> Self {
        let text = machine.variable(VARIABLE);
        let variable = text.map(|text| seen(Format::Current, FileState::text(&Zeroizing::new(text))));
        Self {
            machine,
            variable,
            host: String::new(),
            files: RefCell::default(),
            named_after: RefCell::default(),
            on_path: RefCell::default(),
            registries_conf_helpers: OnceCell::new(),
        }
    }

    /// From now on, shows what concerns this registry.
    pub fn look_for(&mut self, host: &str) {
        host.clone_into(&mut self.host);
        self.named_after.borrow_mut().clear();
    }

    /// Which of the entries shown of a file stands at that place of the file itself.
    pub fn entry(&self, path: &Path, place: Position) -> Option<usize> {
        match &*self.seen(path) {
            Seen::Split(split) => split.entry(&self.host, place),
            Seen::Other(_) => None,
        }
    }

    /// A file's text, as it is shown.
    pub fn text(&self, path: &Path) -> Option<Arc<Zeroizing<String>>> {
        match self.file(path) {
            FileState::Text(text) => Some(text),
            _ => None,
        }
    }

    /// Whether there is such a file.
    pub fn exists(&self, path: &str) -> bool {
        !matches!(self.machine.file(Path::new(path)), FileState::Missing)
    }

    /// Whether a file named after the registry was found, and those that were not, with a `*` in its place.
    pub fn named_after(&self) -> (bool, Vec<String>) {
        let named = self.named_after.borrow();
        let absent = named.iter().filter(|(_, there)| !**there);
        let absent = absent.map(|(path, _)| path.to_string_lossy().replace(&self.host, "*")).collect();
        (named.values().any(|there| *there), absent)
    }

    /// What the files say for the registry, without its name and secrets: clients treat registries of one shape alike.
    pub fn shape(&self) -> String {
        // Its kind: the host without account and region.
        let mut shape = match Registry::parse(&self.host) {
            Ok(Registry::Private(registry)) => {
                self.host.replacen(registry.account.as_str(), "", 1).replacen(registry.region.as_str(), "", 1)
            }
            _ => self.host.clone(),
        };
        for file in self.files.borrow().values().map(Rc::as_ref).chain(&self.variable) {
            shape.push('\0');
            match file {
                Seen::Split(split) => split.shape(&self.host, &mut shape),
                Seen::Other(FileState::Text(text)) if text.contains(&self.host) => shape.push_str(&self.host),
                Seen::Other(_) => {}
            }
        }
        shape
    }

    fn seen(&self, path: &Path) -> Rc<Seen> {
        if let Some(seen) = self.files.borrow().get(path) {
            return Rc::clone(seen);
        }
        // Kept here, and not by the machine, which would keep the file of each registry, too.
        let environment = self.machine.environment;
        let format = files::format_of(path, environment);
        let file = Rc::new(seen(format, FileState::read(environment, path)));
        self.files.borrow_mut().insert(path.to_owned(), Rc::clone(&file));
        file
    }
}

fn seen(format: Format, file: FileState) -> Seen {
    let split = match &file {
        FileState::Text(text) => Split::of(format, text),
        _ => None,
    };
    split.map_or(Seen::Other(file), Seen::Split)
}

impl ClientEnvironment for Narrowed<'_> {
    fn environment(&self) -> &dyn Environment {
        self.machine.environment()
    }

    fn variable(&self, name: &str) -> Option<String> {
        match (&self.variable, name) {
            (Some(Seen::Split(split)), VARIABLE) => Some(split.text(&self.host).to_string()),
            _ => self.machine.variable(name),
        }
    }

    fn file(&self, path: &Path) -> FileState {
        if path.to_string_lossy().contains(&self.host) {
            let file = FileState::read(self.machine.environment, path);
            let is_there = !matches!(file, FileState::Missing);
            self.named_after.borrow_mut().insert(path.to_owned(), is_there);
            return file;
        }
        match &*self.seen(path) {
            Seen::Split(split) => FileState::Text(Arc::new(split.text(&self.host))),
            Seen::Other(file) => file.clone(),
        }
    }

    fn ask(&self, suffix: &str, _: &str) -> HelperReply {
        match self.on_path(&format!("docker-credential-{suffix}")) {
            true => HelperReply::NotAsked,
            false => HelperReply::Missing,
        }
    }

    fn list(&self, suffix: &str) -> Option<Vec<String>> {
        self.machine.list(suffix)
    }

    fn on_path(&self, program: &str) -> bool {
        let mut known = self.on_path.borrow_mut();
        *known.entry(program.to_owned()).or_insert_with(|| self.machine.on_path(program))
    }

    fn registries_conf_helpers(&self) -> Vec<String> {
        self.registries_conf_helpers.get_or_init(|| self.machine.registries_conf_helpers()).clone()
    }
}
