//! The shared config and credentials files: where they are, and reading them without the SDK, because the warm path of the helper needs them and must not pay for one.
//!
//! They are read once: what makes the cache key is what the credentials are taken from.

use std::borrow::Cow;
use std::env;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use std::time::Duration;

use ecrpass_core::CommandLine;
use ecrpass_core::DiagnosisId;
use ecrpass_core::hex::hex;
use ecrpass_credentials::aws_config::{AwsConfig, ConfigFile, FileKind};
use ecrpass_credentials::refusal::Refusal;
use zeroize::Zeroizing;

use ecrpass_system::bounded::{self, ReadError};
use ecrpass_system::{directory, machine};
use sha1::{Digest, Sha1};

/// The largest file read, in bytes. The largest seen in the field, generated for a thousand accounts, had 1 MB.
const MAX_FILE: usize = 4 * 1024 * 1024;

/// The most lines that say something: each is kept, and the helper is to stay small whatever is in its files. Ten thousand
/// profiles of three settings have as many.
const MOST_LINES: usize = 40_000;

/// How long a pipe in a file's place may take.
const PATIENCE: Duration = Duration::from_secs(2);

/// The home directory of this user in the user database, once it was looked up.
static LOOKED_UP: OnceLock<Option<PathBuf>> = OnceLock::new();

/// The user's home directory: `HOME`, on Windows `USERPROFILE`; `None` when neither is set.
pub fn home() -> Option<PathBuf> {
    named_home().or_else(|| LOOKED_UP.get().cloned().flatten())
}

/// From now on, [`home`] is that of the user database where no variable names one: what systemd starts has none.
pub fn look_home_up() {
    if named_home().is_none() {
        let _ = LOOKED_UP.set(machine::home_of_user());
    }
}

fn named_home() -> Option<PathBuf> {
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

/// Reads both files. One that is not there counts as empty, as in the SDKs. One that is there and cannot be read carries
/// the reason: what is in it may name other credentials than those that would be picked without it.
pub fn load() -> AwsConfig {
    AwsConfig::new(load_file(FileKind::Config), load_file(FileKind::Credentials))
}

/// The same, and what could not be read, for those who look at what others will do.
pub fn look() -> (AwsConfig, Vec<String>) {
    let config = load();
    let unread = [FileKind::Config, FileKind::Credentials]
        .into_iter()
        .filter_map(|kind| config.file(kind).unread.as_ref().map(|why| why.what.clone()));
    let unread = unread.collect();
    (config, unread)
}

fn load_file(kind: FileKind) -> ConfigFile {
    let Some(path) = path(kind) else { return ConfigFile::default() };
    match bounded::read(&path, MAX_FILE, PATIENCE) {
        // The text holds keys; what was taken from it is kept, the rest is wiped.
        Ok(bytes) => of_bytes(&Zeroizing::new(bytes), &path, kind),
        // A home that is none (`/dev/null`) holds nothing; a file in the place of `~/.aws` is somebody's mistake.
        Err(error) if error.is_not_found() && !path.parent().is_some_and(Path::is_file) => {
            ConfigFile::default()
        }
        Err(error) => ConfigFile::unread(unreadable(&path, &error)),
    }
}

/// A letter of an older encoding is passed over; what holds no text at all is no file without settings.
fn of_bytes(bytes: &[u8], path: &Path, kind: FileKind) -> ConfigFile {
    let text = String::from_utf8_lossy(bytes);
    if bytes.len() > MOST_LINES && text.lines().filter(|line| says_something(line)).nth(MOST_LINES).is_some()
    {
        return ConfigFile::unread(Refusal::new(
            DiagnosisId::AwsProfileInvalid,
            format!(
                "The AWS settings in {} cannot be used: they are more than {MOST_LINES} lines, without comments.",
                path.display()
            ),
            "keep the profiles of this machine in that file, and move the others to another one",
        ));
    }
    let file = ConfigFile::parse(&text, kind);
    let is_text = !bytes.contains(&0) && (matches!(text, Cow::Borrowed(_)) || !file.sections.is_empty());
    // What could not be decoded was copied.
    if let Cow::Owned(text) = text {
        drop(Zeroizing::new(text));
    }
    if is_text {
        return file;
    }
    ConfigFile::unread(Refusal::new(
        DiagnosisId::AwsProfileInvalid,
        format!("The AWS settings in {} cannot be used: it is no text in UTF-8.", path.display()),
        "save that file as UTF-8 (PowerShell's `>` writes UTF-16), or put back the one you had",
    ))
}

fn says_something(line: &str) -> bool {
    !matches!(line.trim_start().bytes().next(), None | Some(b'#' | b';'))
}

fn unreadable(path: &Path, error: &ReadError) -> Refusal {
    let id = DiagnosisId::AwsProfileInvalid;
    let shown = path.display();
    match error {
        ReadError::Io(error) if is_distress(error) => Refusal::transient(
            id,
            format!("The AWS settings in {shown} cannot be read just now: {error}."),
            "try again; if it stays, see what this machine lacks: memory, open files, its disk",
        ),
        ReadError::Io(error) if error.kind() == io::ErrorKind::PermissionDenied => {
            let place = directory::closed(path);
            let may_not = if place == path { "read" } else { "enter" };
            Refusal::new(
                id,
                format!(
                    "The AWS settings in {shown} cannot be read: this user may not {may_not} {}.",
                    place.display()
                ),
                format!(
                    "{}; then let this user in, or point AWS_CONFIG_FILE and AWS_SHARED_CREDENTIALS_FILE elsewhere",
                    CommandLine::shell("ls -ld").word(place.display().to_string())
                ),
            )
        }
        error => Refusal::new(
            id,
            format!("The AWS settings in {shown} cannot be read: {error}."),
            "point AWS_CONFIG_FILE and AWS_SHARED_CREDENTIALS_FILE at your AWS files, or unset them",
        ),
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

    #[test]
    fn what_is_no_text_is_no_file_without_settings() {
        let of = |bytes: &[u8]| of_bytes(bytes, Path::new("/f"), FileKind::Config);
        // A letter of Latin-1 in a comment, and in a value.
        for text in
            [&b"# J\xfcrgen's\n[default]\nregion = x\n"[..], b"[default]\nx = \xfc\n", b"", b"# none\n"]
        {
            assert!(of(text).unread.is_none(), "{text:?}");
        }
        for junk in [&b"\x7fELF\x01\0\0[default]\n"[..], b"\xff\xfe[\0d\0]\0", b"\x80\x81\xfe"] {
            let file = of(junk);
            assert!(file.unread.is_some_and(|why| why.what.contains("/f")) && file.sections.is_empty());
        }
    }
}
