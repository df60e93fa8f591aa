//! Which clients would send a stored token. What they do for a registry is worked out once for all registries that are
//! configured alike.

mod alike;
mod narrowed;
mod split;

use std::collections::HashMap;
use std::path::PathBuf;

use ecrpass_clients::client::{
    Client, ClientEnvironment as _, Request, Resolution, Supplier, Version, resolve,
};
use ecrpass_clients::docker_config::DockerConfig;
use ecrpass_clients::repair::HELPERS;
use ecrpass_core::environment::Environment;
use ecrpass_json::Document;

pub use self::alike::Alike;
pub use self::narrowed::Narrowed;
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

/// The clients of this user.
pub struct TokenUsers<'a> {
    environment: &'a dyn Environment,
    machine: Narrowed<'a>,
    known: Alike<Vec<Use>>,
    /// The names by which clients reach our helper.
    ours: Option<Vec<&'static str>>,
    /// The versions of the clients that are installed, whose rules depend on them.
    versions: Option<HashMap<Client, Version>>,
}

impl<'a> TokenUsers<'a> {
    /// The clients of this machine.
    pub fn new(environment: &'a dyn Environment) -> Self {
        let machine = Narrowed::new(LocalMachine::looking(environment));
        Self { environment, machine, known: Alike::default(), ours: None, versions: None }
    }

    /// The clients that would send a token. What another user's clients do cannot be predicted without their
    /// environment.
    pub fn of(&mut self, token: &StoredToken) -> Vec<&'static str> {
        if token.user.is_some() || token.holder == Holder::Backup {
            return Vec::new();
        }
        let is_cached = matches!(token.holder, Holder::Cache | Holder::GoCache);
        let ours = if is_cached { self.ours() } else { Vec::new() };
        self.machine.look_for(&token.host);
        let entry = token.place.and_then(|place| self.machine.entry(token.source.as_ref(), place));
        let sends = |one: &&Use| {
            let asks = matches!(one.supplier, Supplier::Helper | Supplier::Store);
            let helper = one.helper.as_deref().filter(|name| asks && HELPERS.contains(name));
            match token.holder {
                Holder::Cache => helper.is_some_and(|name| ours.contains(&name)),
                Holder::GoCache => helper.is_some_and(|name| !ours.contains(&name)),
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
        self.uses(&token.host).iter().filter(sends).map(|one| one.client.id()).collect()
    }

    /// The names by which clients reach our helper.
    fn ours(&mut self) -> Vec<&'static str> {
        let environment = self.environment;
        let is_ours = |name: &&str| {
            let program = environment.on_path(&format!("docker-credential-{name}"));
            program.is_some_and(|path| programs::is_ours(&path))
        };
        self.ours.get_or_insert_with(|| HELPERS.into_iter().filter(is_ours).collect()).clone()
    }

    fn uses(&mut self, host: &str) -> &[Use] {
        let environment = self.environment;
        let versions = self.versions.get_or_insert_with(|| programs::client_versions(environment));
        let work = |machine: &Narrowed<'_>| {
            let use_of = |client| {
                let version = versions.get(&client).copied();
                let resolution = resolve(&Request { version, ..Request::new(client, host) }, machine);
                let entry = entry_taken(machine, &resolution);
                let Resolution { outcome: supplier, helper, file, .. } = resolution;
                Use { client, supplier, helper, file, entry }
            };
            Client::ALL.into_iter().map(use_of).collect()
        };
        self.known.of(&mut self.machine, host, work).map_or(&[], Vec::as_slice)
    }
}

/// Which of its file's entries for the registry a client takes.
fn entry_taken(machine: &Narrowed<'_>, resolution: &Resolution) -> Option<usize> {
    let (path, place) = (resolution.file.as_ref()?, resolution.place?);
    let text = machine.text(path)?;
    let document = Document::parse_first(&text).ok()?;
    let config = DockerConfig::read(&document, files::format_of(path, machine.environment()));
    config.auths.iter().position(|entry| document.place(entry.span.start) == place)
}

#[cfg(test)]
mod tests {
    use std::fmt::Write as _;

    use ecrpass_core::environment::EnvironmentInMemory;

    use super::*;

    const LOGINS: [&str; 4] = [
        r#"{"auth": "QVdTOng="}"#,
        "{}",
        r#"{"auth": "QVdTOnk=", "email": "x"}"#,
        r#"{"identitytoken": "t"}"#,
    ];

    fn host(number: usize) -> String {
        format!("{}.dkr.ecr.eu-west-1.amazonaws.com", 100_000_000_000 + number)
    }

    /// A machine with that many registries, of a few kinds.
    fn machine(count: usize) -> EnvironmentInMemory {
        let mut environment = EnvironmentInMemory::default();
        environment.variables.insert("HOME".to_owned(), "/h".to_owned());
        environment.programs.push("/bin/docker-credential-ecr-login".into());
        let (mut auths, mut helpers) = (String::new(), String::new());
        for number in 0..count {
            let comma = if number == 0 { "" } else { "," };
            let key = if number % 3 == 0 { format!("https://{}/v1/", host(number)) } else { host(number) };
            write!(auths, "{comma}\n  \"{key}\": {}", LOGINS[number % LOGINS.len()]).unwrap();
            let helper = ["ecr-login", "", "gone"][number % 3];
            write!(helpers, "{comma}\"{}\": \"{helper}\"", host(number / 2)).unwrap();
        }
        let docker = format!("{{\"auths\": {{{auths}}}, \"credHelpers\": {{{helpers}}}}}");
        environment.files.insert("/h/.docker/config.json".into(), docker);
        environment
            .files
            .insert("/h/.config/containers/auth.json".into(), format!("{{\"auths\": {{{auths}}}}}"));
        environment
    }

    fn tokens(environment: &EnvironmentInMemory) -> Vec<StoredToken> {
        let read = |(path, text): (&PathBuf, &String)| {
            let document = Document::parse(text).unwrap();
            let config = DockerConfig::read(&document, files::format_of(path, environment));
            let token = |key: &str, start: usize| StoredToken {
                host: ecrpass_core::registry::normalize_host(key),
                holder: Holder::Client("docker"),
                source: path.display().to_string(),
                place: Some(document.place(start)),
                user: None,
                expires_at: None,
                refused: None,
            };
            config.auths_in_force().map(|entry| token(&entry.key, entry.span.start)).collect::<Vec<_>>()
        };
        environment.files.iter().flat_map(read).collect()
    }

    #[test]
    fn what_is_worked_out_once_is_what_each_client_does() {
        let environment = machine(48);
        let mut users = TokenUsers::new(&environment);
        let mut used = 0;
        for token in tokens(&environment) {
            let machine = LocalMachine::looking(&environment);
            let sends = |client: &Client| {
                let resolution = resolve(&Request::new(*client, &token.host), &machine);
                resolution.outcome == Supplier::Auths
                    && resolution.file.is_some_and(|file| file.display().to_string() == token.source)
                    && resolution.place == token.place
            };
            let expected: Vec<&str> =
                Client::ALL.iter().filter(|client| sends(client)).map(|client| client.id()).collect();
            assert_eq!(users.of(&token), expected, "{} in {}", token.host, token.source);
            used += expected.len();
        }
        assert!(used > 50, "{used}");
    }

    #[test]
    fn the_work_does_not_grow_with_the_registries() {
        let worked_out = |count: usize| {
            let environment = machine(count);
            let mut users = TokenUsers::new(&environment);
            for token in tokens(&environment) {
                users.of(&token);
            }
            users.known.count()
        };
        assert_eq!(worked_out(96), worked_out(4 * 96));
    }
}
