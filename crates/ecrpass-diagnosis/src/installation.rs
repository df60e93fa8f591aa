//! Whether the helper is installed as it should be: every program of its names, which of them answers, whether its file
//! is whole and safe from others, where services would not find it, and whether its cache can be used.
//!
//! The programs are doctor's facts. What is wrong with them is judged here, for `ecrpass self check` and for the notes of
//! other commands about a program that stands in front of ours.

mod bundled;
mod checks;
mod notes;
mod service_paths;
mod shadow;

use ecrpass_core::environment::OperatingSystem;
use serde::Serialize;

pub use self::bundled::{BUNDLED, product};
pub use self::checks::findings;
pub use self::notes::notes;
pub use self::service_paths::{Service, services};
pub use self::shadow::Shadow;
use crate::facts::{Installed, MachineFacts, Program};

/// The names of the helper, ours alone first, and the kubelet's name for it.
pub const NAMES: [&str; 3] =
    ["docker-credential-ecrpass", "docker-credential-ecr-login", "ecr-credential-provider"];

/// All that was seen.
#[derive(Clone, Debug, Default)]
pub struct Installation {
    /// The machine, with every program of the helper's names, each asked for its version.
    pub machine: MachineFacts,
    /// The version of this program.
    pub version: String,
    /// The names that configurations have for the helper, without `docker-credential-`.
    pub configured: Vec<Configured>,
    /// Where services would look, and what they would find there.
    pub services: Vec<SeenService>,
    /// Copies that other products bring, wherever they are.
    pub bundled: Vec<Bundled>,
    /// Files that were compared with a checksum.
    pub sums: Vec<Sum>,
    /// The cache.
    pub cache: Cache,
}

/// A configuration that names the helper.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Configured {
    /// The name, as it stands there.
    pub name: String,
    /// The file.
    pub file: String,
}

/// A service's `PATH`, and what is found there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct SeenService {
    /// The service.
    #[serde(flatten)]
    pub service: Service,
    /// The names of the helper's programs that are found there.
    pub finds: Vec<String>,
}

/// A copy that another product brings.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Bundled {
    /// The product.
    pub product: String,
    /// The copy.
    pub path: String,
}

/// A file, and what it should be.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Sum {
    /// The file.
    pub file: String,
    /// Where the checksum it should have was read, or `--checksum`.
    pub source: String,
    /// What came of it.
    pub result: SumResult,
}

/// What came of comparing a file with its checksum.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case", tag = "is", content = "why")]
pub enum SumResult {
    /// It is whole.
    Whole,
    /// It is another file, or part of one.
    Different,
    /// There is no checksum of it there.
    NotListed,
    /// It could not be read, and why.
    Unknown(String),
}

/// The helper's cache.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Cache {
    /// Where it is; none where nothing is kept on disk.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub directory: Option<String>,
    /// Whether it can be used.
    pub state: CacheState,
}

/// Whether the cache can be used.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case", tag = "is", content = "why")]
pub enum CacheState {
    /// It is this user's alone, and can be written.
    Usable,
    /// It is not there yet, and can be made.
    ToBeMade,
    /// Nothing is kept on disk: the settings, or a variable, say so.
    #[default]
    Off,
    /// It cannot be written, and why.
    Unwritable(String),
    /// Others may read or write it, as these modes say.
    Open(String),
    /// It is another user's.
    Foreign(String),
    /// The settings cannot be understood, and why.
    Unknown(String),
}

/// A name of the helper, and the files of that name.
#[derive(Debug, Serialize)]
pub struct Helper<'a> {
    /// The program's name.
    pub name: &'a str,
    /// The configurations that name it.
    pub configured_in: Vec<&'a str>,
    /// Every file of that name on `PATH`, in its order.
    pub files: Vec<HelperFile<'a>>,
    /// One outside `PATH`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub elsewhere: Option<&'a str>,
}

/// A file of one of the helper's names.
#[derive(Debug, Serialize)]
pub struct HelperFile<'a> {
    /// The file.
    #[serde(flatten)]
    pub file: &'a Installed,
    /// Whether it is ours; none where it did not answer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ours: Option<bool>,
    /// The product it belongs to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub product: Option<&'static str>,
    /// The file in front of it, which answers in its place.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub shadowed_by: Option<&'a str>,
}

impl Installation {
    /// The programs of the helper's names, with Windows's in WSL.
    pub fn programs(&self) -> impl Iterator<Item = &Program> {
        let is_one = |program: &&Program| NAMES.contains(&program.name.trim_end_matches(".exe"));
        self.machine.programs.iter().filter(is_one)
    }

    /// Every name, with what is found by it.
    pub fn helpers(&self) -> Vec<Helper<'_>> {
        self.programs().map(|program| self.helper(program)).collect()
    }

    fn helper<'a>(&'a self, program: &'a Program) -> Helper<'a> {
        let first = program.first();
        let file = |file: &'a Installed| HelperFile {
            file,
            ours: file.is_ours(),
            product: product(file.real_path()).or_else(|| product(&file.path)),
            shadowed_by: first.filter(|first| *first != file).map(|first| first.path.as_str()),
        };
        let names =
            |one: &&Configured| program.name.strip_prefix("docker-credential-") == Some(one.name.as_str());
        Helper {
            name: &program.name,
            configured_in: self.configured.iter().filter(names).map(|one| one.file.as_str()).collect(),
            files: program.installed.iter().map(file).collect(),
            elsewhere: program.elsewhere.as_deref(),
        }
    }

    /// The first of our helpers that answers, whatever it is called.
    fn ours(&self) -> Option<&Installed> {
        self.programs().filter_map(Program::first).find(|file| file.is_ours() == Some(true))
    }

    fn system(&self) -> OperatingSystem {
        self.machine.system()
    }
}

#[cfg(test)]
mod tests;
