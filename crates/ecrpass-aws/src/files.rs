//! The shared config and credentials files: where they are, and reading them without the SDK, because the warm path of the helper needs them and must not pay for one.
//!
//! They are read once: what makes the cache key is what the credentials are taken from.

use std::env;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use ecrpass_core::DiagnosisId;
use ecrpass_core::hex::hex;
use ecrpass_credentials::aws_config::{AwsConfig, ConfigFile, FileKind};
use ecrpass_credentials::refusal::Refusal;
use zeroize::Zeroizing;

use ecrpass_system::bounded::{self, ReadError};
use sha1::{Digest, Sha1};

/// The largest file read, in bytes. The largest seen in the field, generated for a thousand accounts, had 1 MB.
const MAX_FILE: usize = 16 * 1024 * 1024;

/// How long a pipe in a file's place may take.
const PATIENCE: Duration = Duration::from_secs(2);

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
    let file = |kind| load_file(kind).unwrap_or_default();
    AwsConfig::new(file(FileKind::Config), file(FileKind::Credentials))
}

/// Reads both files. One that is missing, or that the system does not let us read, counts as empty, as in the SDKs.
///
/// # Errors
/// A [`Refusal`] for a file that is there and cannot be read to its end: half of it may name other credentials.
pub fn load() -> Result<AwsConfig, Refusal> {
    Ok(AwsConfig::new(load_file(FileKind::Config)?, load_file(FileKind::Credentials)?))
}

fn load_file(kind: FileKind) -> Result<ConfigFile, Refusal> {
    let Some(path) = path(kind) else { return Ok(ConfigFile::default()) };
    match bounded::read(&path, MAX_FILE, PATIENCE) {
        // The text holds keys; what was taken from it is kept, the rest is wiped.
        Ok(bytes) => Ok(ConfigFile::parse(&String::from_utf8_lossy(&Zeroizing::new(bytes)), kind)),
        // With no settings, other credentials would be picked: a system in distress is no machine without settings.
        Err(ReadError::Io(error)) if is_distress(&error) => Err(Refusal::transient(
            DiagnosisId::AwsProfileInvalid,
            format!("The AWS settings in {} cannot be read just now: {error}.", path.display()),
            "try again; if it stays, see what this machine lacks: memory, open files, its disk",
        )),
        Err(ReadError::Io(_)) => Ok(ConfigFile::default()),
        Err(error) => Err(Refusal::new(
            DiagnosisId::AwsProfileInvalid,
            format!("The AWS settings in {} cannot be used: {error}.", path.display()),
            "point AWS_CONFIG_FILE and AWS_SHARED_CREDENTIALS_FILE at your AWS files, or unset them",
        )),
    }
}

/// Whether a file may be there all the same.
#[cfg(unix)]
fn is_distress(error: &io::Error) -> bool {
    use rustix::io::Errno;
    const DISTRESS: [Errno; 6] =
        [Errno::MFILE, Errno::NFILE, Errno::NOMEM, Errno::IO, Errno::STALE, Errno::TIMEDOUT];
    Errno::from_io_error(error).is_some_and(|errno| DISTRESS.contains(&errno))
}

#[cfg(not(unix))]
fn is_distress(_: &io::Error) -> bool {
    false
}

/// Where the AWS CLI keeps a sign-in to IAM Identity Center: by the name of the session, or the start URL in the older
/// form. Source: botocore `utils.py#SSOTokenLoader`.
pub fn sso_sign_in(home: &Path, name: &str) -> PathBuf {
    home.join(".aws/sso/cache").join(format!("{}.json", hex(&Sha1::digest(name.as_bytes()))))
}

/// `~` and `~/x` stand for the home directory.
fn expand_home(path: &Path) -> Option<PathBuf> {
    match path.strip_prefix("~") {
        Ok(rest) => Some(home()?.join(rest)),
        Err(_) => Some(path.to_owned()),
    }
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn only_a_system_in_distress_may_still_have_the_file() {
        use rustix::io::Errno;
        for errno in [Errno::MFILE, Errno::NFILE, Errno::IO, Errno::STALE] {
            assert!(is_distress(&errno.into()), "{errno}");
        }
        for errno in
            [Errno::NOENT, Errno::ACCESS, Errno::NOTDIR, Errno::ISDIR, Errno::LOOP, Errno::NAMETOOLONG]
        {
            assert!(!is_distress(&errno.into()), "{errno}");
        }
    }
}
