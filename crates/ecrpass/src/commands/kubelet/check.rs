//! `ecrpass kubelet check`: what is wrong with a `CredentialProviderConfig`.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use ecrpass_clients::client::FileState;
use ecrpass_diagnosis::finding::Severity;
use ecrpass_diagnosis::kubelet::{Binaries, Binary, ConfigFile, KubeletVersion, Surroundings, check};

use crate::error::CommandError;
use crate::render::findings::{self, ForPeople};
use crate::render::format::FindingsFormat as Format;
use crate::render::report;
use crate::render::ui::Ui;
use crate::system::machine::{read, read_named};
use crate::system::standard_input::standard_input_for;

/// Arguments of `ecrpass kubelet check`.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "If the kubelet notices a mistake, it does not start; a pattern that matches no image it does not notice. This command finds both.\n\nExit status: 0 when nothing is wrong, 1 when something is."
)]
pub struct Arguments {
    /// The files, or the directory, of --image-credential-provider-config; - is standard input
    #[arg(value_name = "FILE", required = true)]
    pub files: Vec<PathBuf>,
    /// The kubelet's version, as kubectl get nodes shows it; the newest known when left out
    #[arg(long, value_name = "VERSION")]
    pub kubelet_version: Option<KubeletVersion>,
    /// The directory of --image-credential-provider-bin-dir, to see whether the programs are there
    #[arg(long, value_name = "DIR")]
    pub bin_dir: Option<PathBuf>,
    /// How to print the result
    #[arg(long, value_enum, default_value_t)]
    pub format: Format,
}

/// How many files of a directory are read.
const MOST_FILES: usize = 100;

/// Runs the command.
///
/// # Errors
/// [`CommandError::Found`] when something is wrong.
pub fn run(arguments: &Arguments, ui: &mut Ui) -> Result<(), CommandError> {
    let mut files = Vec::new();
    for path in &arguments.files {
        if path == Path::new("-") {
            let text = standard_input_for("a CredentialProviderConfig")?;
            files.push(ConfigFile { name: "stdin".to_owned(), text: text.to_string() });
        } else if path.is_dir() {
            files.extend(directory(path, arguments.kubelet_version)?);
        } else {
            files.push(file(path, read_named(path))?);
        }
    }
    let binaries = arguments.bin_dir.as_deref().map(programs).transpose()?;
    let found = check(&files, &Surroundings { version: arguments.kubelet_version, binaries });
    let is_wrong = found.iter().any(|finding| finding.severity != Severity::Note);
    let people = ForPeople {
        list: report::findings,
        nothing: "Nothing is wrong with it: the kubelet starts, and asks the provider.",
        note: "",
    };
    findings::print(found, arguments.format, people, ui)?;
    if is_wrong { Err(CommandError::Found) } else { Ok(()) }
}

fn file(path: &Path, state: FileState) -> Result<ConfigFile, CommandError> {
    match state {
        FileState::Text(text) => Ok(ConfigFile { name: path.display().to_string(), text: text.to_string() }),
        FileState::Missing => Err(CommandError::could_not_run(
            format!("{} does not exist, and the kubelet would not start.", path.display()),
            "write it first: ecrpass kubelet config",
        )),
        FileState::Unreadable(why) => Err(CommandError::unreadable(path, &why, "run it as root")),
    }
}

/// The files that the kubelet reads of a directory, in its order. Source: Kubernetes
/// `pkg/credentialprovider/plugin/config.go`, `readCredentialProviderConfig`.
fn directory(path: &Path, version: Option<KubeletVersion>) -> Result<Vec<ConfigFile>, CommandError> {
    let shown = path.display();
    if let Some(version) = version.filter(|version| *version < KubeletVersion::FIRST_DIRECTORY) {
        return Err(CommandError::problems(
            format!("{shown} is a directory, and the kubelet of {version} does not start with one."),
            "give it a file; directories are read from 1.34 on",
        ));
    }
    let entries = ecrpass_system::directory::entries(path)
        .map_err(|error| CommandError::io(&format!("{shown} cannot be read"), error, "run it as root"))?;
    let is_config = |path: &PathBuf| {
        let extension = path.extension().and_then(|extension| extension.to_str());
        matches!(extension, Some("json" | "yaml" | "yml")) && !path.is_dir()
    };
    let mut paths: Vec<PathBuf> = entries.into_iter().filter(is_config).take(MOST_FILES).collect();
    paths.sort();
    if paths.is_empty() {
        return Err(CommandError::problems(
            format!("{shown} has no *.json, *.yaml or *.yml, and the kubelet does not start with it."),
            format!("ecrpass kubelet config > {}", path.join("ecr.yaml").display()),
        ));
    }
    // What a directory holds is a file; a pipe in it would be waited for.
    paths.iter().map(|path| file(path, read(path))).collect()
}

/// The programs in a directory.
fn programs(path: &Path) -> Result<Binaries, CommandError> {
    let shown = path.display();
    let entries = ecrpass_system::directory::entries(path).map_err(|error| {
        CommandError::io(
            &format!("{shown} cannot be read"),
            error,
            "make it first: the kubelet does not start without it",
        )
    })?;
    let mut files = BTreeMap::new();
    for entry in entries {
        let Some(name) = entry.file_name().and_then(|name| name.to_str()) else { continue };
        if let Some(binary) = binary(&entry) {
            files.insert(name.to_owned(), binary);
        }
    }
    Ok(Binaries { directory: shown.to_string(), files })
}

#[cfg(unix)]
fn binary(path: &Path) -> Option<Binary> {
    use std::os::unix::fs::MetadataExt;
    let metadata = std::fs::metadata(path).ok().filter(std::fs::Metadata::is_file)?;
    Some(match metadata.mode() {
        mode if mode & 0o111 == 0 => Binary::NotExecutable,
        mode if mode & 0o022 != 0 => Binary::WritableByOthers,
        _ => Binary::Program,
    })
}

#[cfg(not(unix))]
fn binary(path: &Path) -> Option<Binary> {
    path.is_file().then_some(Binary::Program)
}
