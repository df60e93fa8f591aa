//! Where a path really leads, named as people name it: Windows answers with `\\?\C:\…`, which equals no other spelling, and
//! which few programs take.

use std::borrow::Cow;
use std::io;
use std::path::{Path, PathBuf};

/// The most characters that a path without the prefix may have for all programs. Source: Microsoft, "Naming Files, Paths,
/// and Namespaces".
const LONGEST: usize = 259;

/// Names that are devices wherever they stand. Source: the same.
const DEVICES: [&str; 6] = ["AUX", "CON", "CONIN$", "CONOUT$", "NUL", "PRN"];

/// The path behind all links.
///
/// # Errors
/// When it leads nowhere, or cannot be looked at.
pub fn real_path(path: &Path) -> io::Result<PathBuf> {
    let real = path.canonicalize()?;
    if cfg!(windows)
        && let Some(text) = real.to_str()
        && let Cow::Owned(plain) = plain(text)
    {
        return Ok(plain.into());
    }
    Ok(real)
}

/// A path of Windows without the prefix, where it means the same without.
fn plain(path: &str) -> Cow<'_, str> {
    let Some(rest) = path.strip_prefix(r"\\?\") else { return Cow::Borrowed(path) };
    let plain = match rest.strip_prefix(r"UNC\") {
        Some(share) => format!(r"\\{share}"),
        None if has_drive(rest) => rest.to_owned(),
        None => return Cow::Borrowed(path),
    };
    let is_same = plain.encode_utf16().count() <= LONGEST && rest.split('\\').all(is_ordinary);
    if is_same { Cow::Owned(plain) } else { Cow::Borrowed(path) }
}

fn has_drive(path: &str) -> bool {
    let mut characters = path.chars();
    characters.next().is_some_and(|letter| letter.is_ascii_alphabetic())
        && characters.as_str().starts_with(":\\")
}

/// Whether Windows takes a name as it is: it drops points and spaces at the end, and has its devices.
fn is_ordinary(name: &str) -> bool {
    let stem = name.split('.').next().unwrap_or_default().trim_end().to_ascii_uppercase();
    let is_port = ["COM", "LPT"].iter().any(|port| {
        stem.strip_prefix(port).is_some_and(|number| {
            number.chars().count() == 1 && number.chars().all(|digit| "0123456789¹²³".contains(digit))
        })
    });
    !name.ends_with(['.', ' ']) && !is_port && !DEVICES.contains(&stem.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_prefix_goes_where_it_means_nothing() {
        let long = format!(r"\\?\C:\{}", "a".repeat(300));
        for (path, expected) in [
            (r"\\?\C:\Users\ada\.docker\config.json", r"C:\Users\ada\.docker\config.json"),
            (r"\\?\UNC\server\share\x", r"\\server\share\x"),
            (r"\\?\C:\", r"C:\"),
            // It is needed.
            (long.as_str(), long.as_str()),
            (r"\\?\C:\x \y", r"\\?\C:\x \y"),
            (r"\\?\C:\x.", r"\\?\C:\x."),
            (r"\\?\C:\nul.txt", r"\\?\C:\nul.txt"),
            (r"\\?\C:\Com1", r"\\?\C:\Com1"),
            (r"\\?\Volume{1}\x", r"\\?\Volume{1}\x"),
            (r"\\?\C:x", r"\\?\C:x"),
            // None is there.
            (r"C:\console\com10", r"C:\console\com10"),
            ("/home/ada", "/home/ada"),
            ("", ""),
        ] {
            assert_eq!(plain(path), expected);
        }
        assert_eq!(plain(r"\\?\C:\console\com10\nullable"), r"C:\console\com10\nullable");
    }

    #[test]
    fn a_path_that_leads_nowhere_is_none() {
        let directory = tempfile::tempdir().unwrap();
        assert!(real_path(directory.path()).unwrap().is_dir());
        assert!(real_path(&directory.path().join("none")).is_err());
    }
}
