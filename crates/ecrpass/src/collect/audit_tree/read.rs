//! Reads files within bounds, and makes text of what is text.

use std::path::Path;
use std::time::{Duration, Instant};

use ecrpass_audit::kind::FileKind;
use ecrpass_audit::named;
use ecrpass_audit::prefilter::{Interest, interest};
use ecrpass_system::bounded::{self, ReadError};

use super::gathered::{Gathered, Keeps, Skipped, source, tree_path};
use super::prefilter::{is_lost_text, is_text, is_utf16, matters};

/// The largest file that is read, in bytes.
pub(super) const MAX_FILE: usize = 16 * 1024 * 1024;

/// How long a pipe may take that came into the place of a file.
const PATIENCE: Duration = Duration::from_secs(1);

/// How long one may take that is named, as `<(…)` is.
const NAMED_PATIENCE: Duration = Duration::from_secs(10);

/// A file's bytes.
pub(super) fn bytes(path: &Path) -> Result<Vec<u8>, ReadError> {
    bounded::read_until(path, MAX_FILE, Instant::now() + PATIENCE)
}

/// Why a file was not read.
pub(super) fn skipped(path: &Path, error: &ReadError) -> Skipped {
    let is_denied =
        matches!(error, ReadError::Io(error) if error.kind() == std::io::ErrorKind::PermissionDenied);
    Skipped { path: path.to_owned(), why: error.to_string(), is_denied }
}

/// A file that is no text.
pub(super) fn no_text(path: &Path) -> Skipped {
    let why = "it is no text in UTF-8, or in UTF-16 with its mark".to_owned();
    Skipped { path: path.to_owned(), why, is_denied: false }
}

/// The text of a file; none if it is no text. What is not UTF-8 in it is replaced: that is no part of any name or token.
pub(super) fn text(bytes: Vec<u8>) -> Option<String> {
    if is_utf16(&bytes) {
        let is_little = bytes.starts_with(b"\xff\xfe");
        let units = bytes.get(2..).unwrap_or_default().chunks_exact(2).map(|pair| {
            let pair = [pair.first().copied().unwrap_or(0), pair.get(1).copied().unwrap_or(0)];
            if is_little { u16::from_le_bytes(pair) } else { u16::from_be_bytes(pair) }
        });
        return Some(char::decode_utf16(units).map(|unit| unit.unwrap_or('\u{fffd}')).collect());
    }
    if !is_text(&bytes) {
        return None;
    }
    Some(match String::from_utf8(bytes) {
        Ok(text) => text,
        Err(error) => String::from_utf8_lossy(error.as_bytes()).into_owned(),
    })
}

/// Reads a file that was named, whatever is in it.
pub(super) fn named(root: &Path, path: &Path, is_repository: bool, gathered: &mut Gathered) {
    match bounded::read_until(path, MAX_FILE, Instant::now() + NAMED_PATIENCE) {
        Ok(bytes) => match text(bytes) {
            Some(text) => {
                gathered.looked_at += 1;
                let path = tree_path(path.strip_prefix(root).unwrap_or(path));
                gathered.files.push(source(path, text, is_repository));
            }
            // Of a picture that is all there is to say.
            None if interest(&path.to_string_lossy()) == Interest::None => gathered.looked_at += 1,
            None => gathered.skipped.push(no_text(path)),
        },
        Err(error) => gathered.skipped.push(skipped(path, &error)),
    }
}

/// Reads the files that were passed over and that files which matter name: what they set or include counts there.
pub(super) fn named_by_others(root: &Path, is_repository: bool, gathered: &mut Gathered) {
    let mut next = 0;
    while let Some(file) = gathered.files.get(next) {
        next += 1;
        for named in named::by(file) {
            let Some(path) = named.paths.iter().find(|path| gathered.passed_over.contains(*path)) else {
                continue;
            };
            gathered.passed_over.remove(path);
            // It was read before, and may be gone meanwhile.
            let Some(text) = bytes(&root.join(path)).ok().and_then(text) else { continue };
            let mut file = source(path.clone(), text, is_repository);
            file.kind = named.kind.filter(|_| FileKind::by_name(path).is_none()).unwrap_or(file.kind);
            gathered.files.push(file);
        }
    }
}

/// Reads a file that was come across, and keeps it if it can matter.
pub(super) fn met(root: &Path, path: &Path, is_repository: bool, keeps: Keeps, gathered: &mut Gathered) {
    let name = tree_path(path.strip_prefix(root).unwrap_or(path));
    let interest = if keeps(&name) { Interest::Always } else { interest(&name) };
    if interest == Interest::None {
        return;
    }
    match bytes(path) {
        Ok(bytes) if is_lost_text(&bytes, interest) => gathered.skipped.push(no_text(path)),
        Ok(bytes) => {
            gathered.looked_at += 1;
            let is_wide = is_utf16(&bytes);
            if is_wide || matters(&bytes, interest) {
                gathered.files.extend(text(bytes).map(|text| source(name, text, is_repository)));
            } else if interest == Interest::Subjects && bytes.len() <= named::LARGEST {
                gathered.passed_over.insert(name);
            }
        }
        // It went away meanwhile.
        Err(error) if error.is_not_found() => {}
        Err(error) => gathered.skipped.push(skipped(path, &error)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_in_other_encodings_are_read_and_pictures_are_not() {
        let wide: Vec<u8> =
            [0xff, 0xfe].into_iter().chain("é\n".encode_utf16().flat_map(u16::to_le_bytes)).collect();
        assert_eq!(text(wide).as_deref(), Some("é\n"));
        assert_eq!(text(b"a\xffb".to_vec()).as_deref(), Some("a\u{fffd}b"));
        assert_eq!(text(b"\x89PNG\0\0".to_vec()), None);
        assert_eq!(text(b"\xff\xfe\0\0a\0\0\0".to_vec()), None);
    }
}
