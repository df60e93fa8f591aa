//! The shared config and credentials files: where they are, and reading them without the SDK, because the warm
//! path of the helper needs them and must not pay for one.

use std::env;
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use ecrpass_credentials::aws_config::{AwsConfig, ConfigFile, FileKind};

/// The largest file read, in bytes. The largest seen in the field, generated for a thousand accounts, had 1 MB.
const MAX_FILE: u64 = 16 * 1024 * 1024;

/// The user's home directory: `HOME`, on Windows `USERPROFILE`; `None` when neither is set.
pub fn home() -> Option<PathBuf> {
    let variable = if cfg!(windows) { "USERPROFILE" } else { "HOME" };
    env::var_os(variable).filter(|home| !home.is_empty()).map(PathBuf::from)
}

/// Where the file of that kind is, by `AWS_CONFIG_FILE` or `AWS_SHARED_CREDENTIALS_FILE`, else below `~/.aws`.
pub fn path(kind: FileKind) -> Option<PathBuf> {
    let (variable, name) = match kind {
        FileKind::Config => ("AWS_CONFIG_FILE", "config"),
        FileKind::Credentials => ("AWS_SHARED_CREDENTIALS_FILE", "credentials"),
    };
    match env::var_os(variable).filter(|path| !path.is_empty()) {
        Some(path) => expand_home(Path::new(&path)),
        None => Some(home()?.join(".aws").join(name)),
    }
}

/// Reads both files. One that is missing or unreadable counts as empty, as in the SDKs.
pub fn read() -> AwsConfig {
    let file =
        |kind| ConfigFile::parse(&path(kind).and_then(|path| read_text(&path)).unwrap_or_default(), kind);
    AwsConfig::new(file(FileKind::Config), file(FileKind::Credentials))
}

fn read_text(path: &Path) -> Option<String> {
    let mut text = String::new();
    File::open(path).ok()?.take(MAX_FILE).read_to_string(&mut text).ok()?;
    Some(text)
}

/// `~` and `~/x` stand for the home directory.
fn expand_home(path: &Path) -> Option<PathBuf> {
    match path.strip_prefix("~") {
        Ok(rest) => Some(home()?.join(rest)),
        Err(_) => Some(path.to_owned()),
    }
}
