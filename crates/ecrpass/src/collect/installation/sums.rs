//! Whether the programs are the files that were released: their SHA-256 beside what `--checksum` or a SHA256SUMS says.

use std::path::{Path, PathBuf};
use std::time::Duration;

use ecrpass_core::hex::{hex, is_sha256};
use ecrpass_diagnosis::facts::Program;
use ecrpass_diagnosis::installation::{Installation, Sum, SumResult};
use ecrpass_system::{bounded, text_file};
use sha2::{Digest, Sha256};

use crate::error::CommandError;

/// The largest program that is read, in bytes.
const MOST: usize = 256 * 1024 * 1024;

/// The list that a release has beside its files.
const LIST: &str = "SHA256SUMS";

/// What the programs should be.
pub enum Checksums {
    /// What a SHA256SUMS beside each says, where there is one.
    Beside,
    /// The helper in use has this one.
    Of(String),
    /// As this list says.
    List(PathBuf, Vec<(String, String)>),
}

impl Checksums {
    /// As `--checksum` has it: a SHA-256, or a list of them.
    ///
    /// # Errors
    /// When a list cannot be read, or has none.
    pub fn named(text: Option<&str>) -> Result<Self, CommandError> {
        let Some(text) = text else { return Ok(Self::Beside) };
        let lower = text.to_ascii_lowercase();
        if is_sha256(&lower) {
            return Ok(Self::Of(lower));
        }
        let path = PathBuf::from(text);
        let read = text_file::read(&path)
            .map_err(|error| CommandError::io(&format!("{text} cannot be read"), error, "check the path"))?;
        let all = entries(&read);
        if all.is_empty() {
            return Err(CommandError::could_not_run(
                format!("{text} has no SHA-256 in it."),
                "name the SHA256SUMS of the release, or give the 64 digits themselves",
            ));
        }
        Ok(Self::List(path, all))
    }
}

/// Compares the programs of ours that are in use.
pub fn compare(seen: &Installation, checksums: &Checksums) -> Vec<Sum> {
    let firsts = seen.programs().filter_map(Program::first).filter(|file| file.is_ours() == Some(true));
    let own = seen.machine.program("ecrpass").and_then(Program::first);
    let mut files: Vec<&Path> = firsts.chain(own).map(|file| Path::new(file.real_path())).collect();
    let mut known = std::collections::HashSet::new();
    files.retain(|file| known.insert(*file));
    match checksums {
        Checksums::Of(digest) => {
            let file = files.first().map(|file| one(file, "--checksum", Some(digest)));
            file.into_iter().collect()
        }
        Checksums::List(path, all) => {
            let source = path.display().to_string();
            files.iter().map(|file| one(file, &source, listed(all, file))).collect()
        }
        Checksums::Beside => files.into_iter().filter_map(beside).collect(),
    }
}

/// A list beside a program may be another's.
fn beside(file: &Path) -> Option<Sum> {
    let list = file.with_file_name(LIST);
    let all = entries(&text_file::read(&list).ok()?);
    let digest = listed(&all, file)?;
    Some(one(file, &list.display().to_string(), Some(digest)))
}

fn one(file: &Path, source: &str, wanted: Option<&str>) -> Sum {
    let result = match wanted {
        None => SumResult::NotListed,
        Some(wanted) => match bounded::read(file, MOST, Duration::ZERO) {
            Ok(bytes) if hex(&Sha256::digest(&bytes)) == wanted => SumResult::Whole,
            Ok(_) => SumResult::Different,
            Err(error) => SumResult::Unknown(error.to_string()),
        },
    };
    Sum { file: file.display().to_string(), source: source.to_owned(), result }
}

/// The digest of a file's name.
fn listed<'a>(all: &'a [(String, String)], file: &Path) -> Option<&'a str> {
    let name = file.file_name()?.to_str()?;
    all.iter().find(|(other, _)| other == name).map(|(_, digest)| digest.as_str())
}

/// The names in a list with their digests. Source: GNU coreutils, sha256sum(1): the digest, a space, a space or `*`, a
/// name.
fn entries(text: &str) -> Vec<(String, String)> {
    let entry = |line: &str| {
        let (digest, name) = line.trim().split_once([' ', '\t'])?;
        let digest = digest.to_ascii_lowercase();
        let name = name.trim_start().trim_start_matches('*');
        let name = name.rsplit(['/', '\\']).next().unwrap_or(name);
        (is_sha256(&digest) && !name.is_empty()).then(|| (name.to_owned(), digest))
    };
    text.lines().filter_map(entry).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_are_read_as_sha256sum_writes_them() {
        let digest = "0123456789abcdef".repeat(4);
        let text = format!(
            "{digest}  ecrpass\r\n{} *bin/docker-credential-ecr-login\nnot one\n# x\n",
            digest.to_uppercase()
        );
        let all = entries(&text);
        assert_eq!(all.len(), 2);
        assert_eq!(listed(&all, Path::new("/usr/bin/docker-credential-ecr-login")), Some(digest.as_str()));
        assert_eq!(listed(&all, Path::new("/usr/bin/other")), None);
        assert!(
            matches!(Checksums::named(Some(&digest.to_uppercase())), Ok(Checksums::Of(same)) if same == digest)
        );
        assert!(Checksums::named(Some("/nonexistent")).is_err());
    }

    #[test]
    fn one_changed_byte_is_another_file() {
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("ecrpass");
        std::fs::write(&file, b"program").unwrap();
        let digest = hex(&Sha256::digest(b"program"));
        std::fs::write(directory.path().join(LIST), format!("{digest}  ecrpass\n")).unwrap();
        assert_eq!(beside(&file).unwrap().result, SumResult::Whole);
        std::fs::write(&file, b"progran").unwrap();
        assert_eq!(beside(&file).unwrap().result, SumResult::Different);
        assert_eq!(
            one(&directory.path().join("gone"), "x", Some(&digest)).result,
            SumResult::Unknown(std::io::Error::from_raw_os_error(2).to_string())
        );
        assert_eq!(one(&file, "x", None).result, SumResult::NotListed);
    }
}
