//! `ecrpass kubelet check`: what is wrong with a `CredentialProviderConfig`.

use std::collections::BTreeMap;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use ecrpass_clients::client::ReadFailure;
use ecrpass_diagnosis::finding::{Finding, Severity};
use ecrpass_diagnosis::kubelet::{Binaries, Binary, ConfigFile, KubeletVersion, Surroundings, check, decode};
use ecrpass_system::text_file::{bytes, named_bytes};
use zeroize::Zeroizing;

use crate::error::CommandError;
use crate::render::findings::{self, ForPeople};
use crate::render::format::FindingsFormat as Format;
use crate::render::report;
use crate::render::ui::Ui;
use crate::system::standard_input::standard_input_for;

/// Arguments of `ecrpass kubelet check`.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "If the kubelet notices a mistake, it does not start; a pattern that matches no image it does not notice. This command finds both.\n\nExit status: 0 when nothing is wrong, 1 when something is, 3 when a file is not there or cannot be read."
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
    let mut found = Vec::new();
    for path in &arguments.files {
        if path == Path::new("-") {
            let text = standard_input_for("a CredentialProviderConfig")?;
            files.push(ConfigFile { name: "stdin".to_owned(), text: text.to_string() });
        } else if path.is_dir() {
            for path in directory(path, arguments.kubelet_version)? {
                // What a directory holds is a file; a pipe in it would be waited for.
                file(&path, bytes(&path), &mut files, &mut found)?;
            }
        } else {
            file(path, named_bytes(path), &mut files, &mut found)?;
        }
    }
    let binaries = arguments.bin_dir.as_deref().map(programs).transpose()?;
    found.extend(check(&files, &Surroundings { version: arguments.kubelet_version, binaries }));
    let is_wrong = found.iter().any(|finding| finding.severity != Severity::Note);
    let people = ForPeople {
        list: report::findings,
        nothing: "Nothing is wrong with it: the kubelet starts, and asks the provider.",
        note: "",
    };
    findings::print(found, arguments.format, people, ui)?;
    if is_wrong { Err(CommandError::Found) } else { Ok(()) }
}

/// Adds a file, or what is found in one that is no text.
fn file(
    path: &Path,
    read: std::io::Result<Vec<u8>>,
    files: &mut Vec<ConfigFile>,
    found: &mut Vec<Finding>,
) -> Result<(), CommandError> {
    let name = path.display().to_string();
    // It may hold secrets.
    let bytes = Zeroizing::new(read.map_err(|error| match error.kind() {
        ErrorKind::NotFound => CommandError::could_not_run(
            format!("{name} does not exist, and the kubelet would not start."),
            "write it first: ecrpass kubelet config",
        ),
        _ => CommandError::unreadable(path, &ReadFailure::from(&error), "run it as root"),
    })?);
    match decode(&name, &bytes) {
        Ok(text) => files.push(ConfigFile { name, text }),
        Err(why) => found.extend(why),
    }
    Ok(())
}

/// The files that the kubelet reads of a directory, in its order. Source: Kubernetes
/// `pkg/credentialprovider/plugin/config.go`, `readCredentialProviderConfig`.
fn directory(path: &Path, version: Option<KubeletVersion>) -> Result<Vec<PathBuf>, CommandError> {
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
    Ok(paths)
}

/// The programs in a directory.
fn programs(path: &Path) -> Result<Binaries, CommandError> {
    let shown = path.display();
    let entries = match ecrpass_system::directory::entries(path) {
        // Then no program is there, which is said where one is named.
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => Vec::new(),
        entries => entries
            .map_err(|error| CommandError::io(&format!("{shown} cannot be read"), error, "run it as root"))?,
    };
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
