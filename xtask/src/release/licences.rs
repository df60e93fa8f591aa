//! The texts of the licences of everything that is linked: most ask that they come with the programs.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;

use anyhow::{Result, ensure};

use super::graph::{Graph, Key, Library};

/// How the files are called that hold them.
const BEGINNINGS: [&str; 5] = ["license", "licence", "copying", "notice", "unlicense"];

/// The most that such a text measures.
const MOST: u64 = 256 * 1024;

/// One text for all programs: each licence once, with the libraries that have it.
///
/// # Errors
/// When a library says neither its licence nor has a text of it.
pub fn texts(graphs: &[Graph]) -> Result<String> {
    let mut libraries: BTreeMap<&Key, &Library> = BTreeMap::new();
    for graph in graphs {
        libraries.extend(graph.libraries.iter().filter(|(_, library)| library.is_published));
    }
    let mut by_text: BTreeMap<String, Vec<&Key>> = BTreeMap::new();
    let mut without = Vec::new();
    for (key, library) in &libraries {
        let found = of(&library.directory)?;
        ensure!(!found.is_empty() || !library.licence.is_empty(), "{} {} has no licence", key.0, key.1);
        if found.is_empty() {
            without.push((key, &library.licence));
        }
        for text in found {
            by_text.entry(text).or_default().push(key);
        }
    }
    let mut all = String::from("The programs are linked of the libraries below, each under its licence.\n\n");
    for (key, library) in &libraries {
        let _ = writeln!(all, "{} {}: {}", key.0, key.1, library.licence);
    }
    if !without.is_empty() {
        all += "\nThese come without a text, and are under the licences named, whose texts are below:\n\n";
        for (key, licence) in without {
            let _ = writeln!(all, "{} {}: {licence}", key.0, key.1);
        }
    }
    for (text, keys) in &by_text {
        let names: Vec<String> = keys.iter().map(|(name, version)| format!("{name} {version}")).collect();
        let _ = write!(all, "\n{}\n{}\n\n{text}\n", "=".repeat(80), names.join(", "));
    }
    Ok(all)
}

/// The texts in a library's directory.
fn of(directory: &Path) -> Result<Vec<String>> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(directory)? {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().to_ascii_lowercase();
        let is_one = BEGINNINGS.iter().any(|beginning| name.starts_with(beginning));
        let metadata = entry.metadata()?;
        if is_one && metadata.is_file() && metadata.len() <= MOST && !name.ends_with(".rs") {
            let text = String::from_utf8_lossy(&std::fs::read(entry.path())?).replace("\r\n", "\n");
            let lines: Vec<&str> = text.lines().map(str::trim_end).collect();
            found.push(lines.join("\n").trim_matches('\n').to_owned());
        }
    }
    found.sort();
    found.dedup();
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_stands_once_with_all_that_have_it() {
        let directory = tempfile::tempdir().unwrap();
        std::fs::write(directory.path().join("LICENSE-MIT"), "MIT License\r\n\r\nCopyright X  \n").unwrap();
        std::fs::write(directory.path().join("lib.rs"), "code").unwrap();
        let mut graph = Graph::example();
        for library in graph.libraries.values_mut() {
            library.directory = directory.path().to_owned();
        }
        let other = ("other".to_owned(), "1.0.0".to_owned());
        let memchr = graph.libraries[&("memchr".to_owned(), "2.8.3".to_owned())].clone();
        graph.libraries.insert(other, memchr);
        let text = texts(&[graph.clone(), graph]).unwrap();
        assert_eq!(text.matches("MIT License\n\nCopyright X\n").count(), 1, "{text}");
        assert!(text.contains("\nmemchr 2.8.3, other 1.0.0\n"), "{text}");
        assert!(!text.contains("ecrpass-core"), "{text}");
    }

    #[test]
    fn a_library_without_any_licence_is_refused() {
        let directory = tempfile::tempdir().unwrap();
        let mut graph = Graph::example();
        for library in graph.libraries.values_mut() {
            library.directory = directory.path().to_owned();
        }
        assert!(texts(&[graph.clone()]).unwrap().contains("without a text"));
        for library in graph.libraries.values_mut() {
            library.licence.clear();
        }
        assert!(texts(&[graph]).is_err());
    }
}
