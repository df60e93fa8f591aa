//! A machine that remembers which of its files a client looked into.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use super::environment::{ClientEnvironment, FileState, HelperReply, Platform};

/// Another machine, and the files that were read of it.
pub(super) struct Witness<'a> {
    machine: &'a dyn ClientEnvironment,
    read: RefCell<BTreeSet<PathBuf>>,
}

impl<'a> Witness<'a> {
    pub(super) fn new(machine: &'a dyn ClientEnvironment) -> Self {
        Self { machine, read: RefCell::default() }
    }

    /// The files that were there when somebody looked.
    pub(super) fn files_read(&self) -> BTreeSet<PathBuf> {
        self.read.borrow().clone()
    }
}

// Every method is passed on, those with a default among them: the machine may have its own.
impl ClientEnvironment for Witness<'_> {
    fn variable(&self, name: &str) -> Option<String> {
        self.machine.variable(name)
    }

    fn file(&self, path: &Path) -> FileState {
        let state = self.machine.file(path);
        if !matches!(state, FileState::Missing) {
            self.read.borrow_mut().insert(path.to_owned());
        }
        state
    }

    fn ask(&self, suffix: &str, server_url: &str) -> HelperReply {
        self.machine.ask(suffix, server_url)
    }

    fn list(&self, suffix: &str) -> Option<Vec<String>> {
        self.machine.list(suffix)
    }

    fn on_path(&self, program: &str) -> bool {
        self.machine.on_path(program)
    }

    fn platform(&self) -> Platform {
        self.machine.platform()
    }

    fn user_id(&self) -> u32 {
        self.machine.user_id()
    }

    fn registries_conf_helpers(&self) -> Vec<String> {
        self.machine.registries_conf_helpers()
    }

    fn home(&self) -> Option<PathBuf> {
        self.machine.home()
    }

    fn nonempty_var(&self, name: &str) -> Option<String> {
        self.machine.nonempty_var(name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::client::{Client, EnvironmentInMemory, Operation, Request, resolve};

    #[test]
    fn a_resolution_knows_the_files_it_rests_on() {
        let mut machine = EnvironmentInMemory::default();
        machine.variables.insert("HOME".to_owned(), "/home/ada".to_owned());
        let docker = PathBuf::from("/home/ada/.docker/config.json");
        machine.files.insert(docker.clone(), "{}".to_owned());
        machine.files.insert("/home/ada/.docker/plain/config.json".into(), "{}".to_owned());
        let request = |client| Request {
            host: "123456789012.dkr.ecr.us-east-1.amazonaws.com".to_owned(),
            repository: None,
            client,
            version: None,
            operation: Operation::Pull,
            configs: Vec::new(),
        };
        let read = |client, machine: &EnvironmentInMemory| resolve(&request(client), machine).files_read;
        assert_eq!(read(Client::Docker, &machine), BTreeSet::from([docker]));
        machine.variables.insert("DOCKER_CONFIG".to_owned(), "/nowhere".to_owned());
        assert_eq!(read(Client::Docker, &machine), BTreeSet::new());
    }
}
