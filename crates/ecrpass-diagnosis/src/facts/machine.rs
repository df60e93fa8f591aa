//! Facts of the machine: who and where the process is, its programs, its docker configuration, its docker daemon.

use std::collections::{BTreeMap, BTreeSet};

use ecrpass_clients::client::Loaded;
use ecrpass_clients::repair::{Change, KnownMachine, Safety, problems};
use ecrpass_core::environment::OperatingSystem;
use ecrpass_core::redact::redact;
use ecrpass_core::registry::normalize_host;
use ecrpass_core::{DiagnosisId, Registry};
use ecrpass_json::{InvalidDocument, Position};
use serde::{Deserialize, Serialize};

use super::seen::Seen;
use super::word::Word;

/// The machine and the process, as far as they matter to a pull.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct MachineFacts {
    /// A name to tell bundles apart: the host's.
    #[serde(default)]
    pub name: String,
    /// The operating system, as docker names it: `linux`, `darwin`, `windows`.
    pub os: String,
    /// The architecture, as docker names it: `amd64`, `arm64`.
    pub architecture: String,
    /// The user's name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user: Option<String>,
    /// The user's number; 0 is root.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user_id: Option<u32>,
    /// The home directory in force.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub home: Option<String>,
    /// Who called `sudo`, and that user's home.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sudo_user: Option<String>,
    /// The CI system.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ci: Option<String>,
    /// The kind of container this runs in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub container: Option<String>,
    /// Whether this is the Windows Subsystem for Linux.
    #[serde(default)]
    pub wsl: bool,
    /// The distribution, `ID` of os-release: `debian`, `amzn`, `bottlerocket`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub distribution: Option<String>,
    /// Whether the firmware says Amazon EC2.
    #[serde(default)]
    pub ec2: bool,
    /// The variables that matter, without secrets.
    #[serde(default)]
    pub variables: Vec<Variable>,
    /// The programs that matter.
    #[serde(default)]
    pub programs: Vec<Program>,
    /// The files that hold registry logins.
    #[serde(default)]
    pub configurations: Vec<Configuration>,
    /// A directory on `PATH` this user may write to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub writable_on_path: Option<String>,
    /// The docker daemon.
    #[serde(default)]
    pub daemon: Seen<Daemon>,
}

impl MachineFacts {
    /// A variable that is set.
    pub fn variable(&self, name: &str) -> Option<&Variable> {
        self.variables.iter().find(|variable| variable.name == name)
    }

    /// Whether a program was looked for, and there is none that runs.
    pub fn lacks(&self, name: &str) -> bool {
        self.program(name).is_some_and(|program| program.first().is_none())
    }

    /// The operating system, as far as anything depends on it.
    pub fn system(&self) -> OperatingSystem {
        match self.os.as_str() {
            "windows" => OperatingSystem::Windows,
            "darwin" => OperatingSystem::MacOs,
            _ => OperatingSystem::Linux,
        }
    }

    /// A program.
    pub fn program(&self, name: &str) -> Option<&Program> {
        self.programs.iter().find(|program| program.name == name)
    }
}

/// A variable that is set.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Variable {
    /// Its name.
    pub name: String,
    /// Its value; none where it is a secret.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<String>,
}

/// A program that was looked for on `PATH`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Program {
    /// Its name.
    pub name: String,
    /// Every file of that name on `PATH`, in its order, whether it can be run or not.
    pub installed: Vec<Installed>,
    /// A file of that name outside `PATH`, where installers put it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub elsewhere: Option<String>,
}

impl Program {
    /// The one that runs: clients pass over files that are not executable.
    pub fn first(&self) -> Option<&Installed> {
        self.installed.iter().find(|file| file.executable)
    }
}

/// A program's file.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Installed {
    /// Its path.
    pub path: String,
    /// Whether this user may run it.
    pub executable: bool,
    /// The architecture it is built for, where its first bytes tell.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub architecture: Option<String>,
    /// What it says of its version.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// The file itself, where the path leads to it through links.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub real: Option<String>,
    /// Whose it is: the user's name, or number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner: Option<String>,
    /// The package that brought it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub package: Option<String>,
    /// What lets other users put another program in its place: the file, a directory, or its owner.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub replaceable: Option<String>,
}

impl Installed {
    /// Whether it is ours, by what it says of its version; `None` where it was not asked or did not answer.
    pub fn is_ours(&self) -> Option<bool> {
        self.version.as_ref().map(|version| version.contains("ecrpass"))
    }

    /// The file itself.
    pub fn real_path(&self) -> &str {
        self.real.as_deref().unwrap_or(&self.path)
    }
}

/// A file that holds registry logins.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Configuration {
    /// Its path.
    pub path: String,
    /// Whether the client in question reads it.
    #[serde(default)]
    pub own: bool,
    /// Why it cannot be read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unreadable: Option<String>,
    /// Why it was not looked through, though clients read it: a limit of this program, or the time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unread: Option<String>,
    /// What `ecrpass fix` finds in it: all that the registries in question meet, and a few more of each cause.
    #[serde(default, rename = "mistakes")]
    pub problems: Vec<ConfigProblem>,
    /// How many more it finds.
    #[serde(default, rename = "more_mistakes", skip_serializing_if = "is_none")]
    pub more_problems: usize,
    /// The hosts it holds logins or helpers for.
    #[serde(default)]
    pub hosts: Vec<String>,
}

/// What is said of a file that is more than this program reads, behind the limit.
pub const BEYOND: &str = ", and ecrpass reads no more";

impl Configuration {
    /// Whether it was not looked through because it is more than this program reads: what is wrong in it nobody knows.
    pub fn is_beyond_limits(&self) -> bool {
        self.unread.as_ref().is_some_and(|why| why.ends_with(BEYOND))
    }

    /// A file of which nothing is known yet.
    pub fn new(path: String, own: bool) -> Self {
        let (problems, hosts) = (Vec::new(), Vec::new());
        Self { path, own, unreadable: None, unread: None, problems, more_problems: 0, hosts }
    }

    /// What is to be seen in a file as Go's clients read it, and whether the client in question reads it; `about` are the
    /// hosts in question.
    pub fn of(
        path: String,
        own: bool,
        file: Result<&Loaded, &InvalidDocument>,
        about: &BTreeSet<String>,
        known: &KnownMachine<'_>,
    ) -> Self {
        let mut seen = Self::new(path, own);
        let file = match file {
            Ok(file) => file,
            Err(error) if error.is_limit => {
                seen.unread = Some(format!("{error}{BEYOND}"));
                return seen;
            }
            Err(error) => {
                let problem = ConfigProblem::invalid(error.place.line, error.place.column, &error.message);
                seen.problems.push(problem);
                return seen;
            }
        };
        let (config, document) = (&file.config, &file.document);
        let keys = config.auths.iter().map(|entry| (&entry.key, entry.span.start));
        let keys = keys.chain(config.cred_helpers.iter().map(|entry| (&entry.key, entry.span.start)));
        let keys: BTreeMap<Position, &String> =
            keys.map(|(key, start)| (document.place(start), key)).collect();
        // A key that is misspelt may be meant for any registry.
        let host_at = |place| {
            let registry = Registry::parse(&normalize_host(keys.get(&place)?)).ok()?;
            Some(registry.host().to_owned())
        };
        let logins =
            config.auths_in_force().filter(|entry| !entry.credentials.is_empty()).map(|entry| &entry.key);
        let helpers =
            config.cred_helpers.iter().filter(|entry| !entry.helper.is_empty() && !entry.overridden);
        let helpers = helpers.map(|entry| &entry.key);
        let hosts: BTreeSet<String> = logins.chain(helpers).map(|key| normalize_host(key)).collect();
        seen.hosts = hosts.iter().map(|host| redact(host).into_owned()).collect();
        drop(hosts);
        seen.add_problems(&problems(file, known), about, &host_at);
        seen
    }

    /// Keeps what was found in the file, of many alike a few. Those of no registry in particular are kept apart from the
    /// others: any of them may be what is wrong with any registry.
    fn add_problems(
        &mut self,
        problems: &[Change],
        about: &BTreeSet<String>,
        host_at: &dyn Fn(Position) -> Option<String>,
    ) {
        let mut alike: BTreeMap<(DiagnosisId, bool), usize> = BTreeMap::new();
        // A login that works is not missing a helper.
        let counts = |change: &Change| !(change.optional && change.id == DiagnosisId::NotLoggedIn);
        for change in problems.iter().filter(|change| counts(change)) {
            let host = host_at(change.place);
            let count = alike.entry((change.id, host.is_some())).or_default();
            *count += 1;
            if *count <= MOST_ALIKE || host.as_ref().is_some_and(|host| about.contains(host)) {
                self.problems.push(ConfigProblem { host, ..change.into() });
            } else {
                self.more_problems += 1;
            }
        }
    }
}

/// How many problems of one cause are kept of a file, besides those of the registries in question.
const MOST_ALIKE: usize = 20;

/// For serde, which gives a reference.
#[allow(clippy::trivially_copy_pass_by_ref)]
fn is_none(count: &usize) -> bool {
    *count == 0
}

/// The fix of what is no configuration at all.
const CORRECT_IT: &str = "correct it there";

/// Something wrong in a configuration.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ConfigProblem {
    /// The root cause's name.
    pub id: Word<DiagnosisId>,
    /// The line, from 1.
    pub line: usize,
    /// The column, from 1.
    pub column: usize,
    /// What is wrong.
    pub problem: String,
    /// What fixes it.
    pub fix: String,
    /// `safe`, `unsafe` or `manual`.
    pub safety: Word<Safety>,
    /// The registry whose entry it is, where it is the entry of one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub host: Option<String>,
}

impl ConfigProblem {
    /// A text that is no configuration.
    pub fn invalid(line: usize, column: usize, problem: &str) -> Self {
        Self {
            id: DiagnosisId::ConfigJsonInvalid.into(),
            line,
            column,
            problem: redact(problem).into_owned(),
            fix: CORRECT_IT.to_owned(),
            safety: Safety::Manual.into(),
            host: None,
        }
    }

    /// Whether no client reads anything of the file.
    pub fn is_of_all(&self) -> bool {
        self.id == DiagnosisId::ConfigJsonInvalid && self.fix == CORRECT_IT
    }

    /// Whether it may be what is wrong with a registry: it is that registry's entry, or none's in particular.
    pub fn concerns(&self, host: &str) -> bool {
        host.is_empty() || self.host.as_ref().is_none_or(|own| own == host)
    }
}

/// What `ecrpass fix` found.
impl From<&Change> for ConfigProblem {
    fn from(change: &Change) -> Self {
        Self {
            id: change.id.into(),
            line: change.place.line,
            column: change.place.column,
            problem: redact(&change.problem).into_owned(),
            fix: redact(&change.fix).into_owned(),
            safety: change.safety.into(),
            host: None,
        }
    }
}

/// The docker daemon, asked over its socket.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Daemon {
    /// Where it listens.
    pub address: String,
    /// Why it cannot be talked to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unreachable: Option<String>,
    /// Its version.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// Operating system and architecture, as in `linux/amd64`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub platform: Option<String>,
    /// Its proxy for https, without password.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub https_proxy: Option<String>,
    /// The hosts it reaches without it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub no_proxy: Option<String>,
    /// Registry mirrors.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub mirrors: Vec<String>,
}
