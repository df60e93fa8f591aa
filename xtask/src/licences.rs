//! The licences of what is shipped, as their packages hold them: one text that goes with every archive and image.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;

use anyhow::{Context, Result, bail};

use crate::command::root;
use crate::packages::{self, Package, SHIPPED};

/// How the files begin that hold licences and what has to be said with them, in lower case.
const NAMES: [&str; 6] = ["license", "licence", "copying", "notice", "copyright", "unlicense"];

const MIT: &str = "Permission is hereby granted, free of charge, to any person obtaining a copy of this software and associated
documentation files (the \"Software\"), to deal in the Software without restriction, including without limitation the
rights to use, copy, modify, merge, publish, distribute, sublicense, and/or sell copies of the Software, and to permit
persons to whom the Software is furnished to do so, subject to the following conditions:

The above copyright notice and this permission notice shall be included in all copies or substantial portions of the
Software.

THE SOFTWARE IS PROVIDED \"AS IS\", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR IMPLIED, INCLUDING BUT NOT LIMITED TO THE
WARRANTIES OF MERCHANTABILITY, FITNESS FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT. IN NO EVENT SHALL THE AUTHORS OR
COPYRIGHT HOLDERS BE LIABLE FOR ANY CLAIM, DAMAGES OR OTHER LIABILITY, WHETHER IN AN ACTION OF CONTRACT, TORT OR
OTHERWISE, ARISING FROM, OUT OF OR IN CONNECTION WITH THE SOFTWARE OR THE USE OR OTHER DEALINGS IN THE SOFTWARE.";

/// The licences of everything that the programs and the page link, the same for the same `Cargo.lock`.
///
/// # Errors
/// When a package has no licence that can be passed on, or cannot be read.
pub fn third_party_licences() -> Result<String> {
    let (parts, mut texts) = (packages::parts()?, BTreeMap::<String, BTreeSet<String>>::new());
    let shipped = |package: &Package| parts.get(&package.id()).is_some_and(|part| SHIPPED.contains(part));
    let mut count = 0;
    for package in packages::all()?.into_iter().filter(shipped) {
        count += 1;
        let title = format!("{} {} ({})", package.name, package.version, package.licence);
        for text in texts_of(&package).with_context(|| title.clone())? {
            texts.entry(text).or_default().insert(title.clone());
        }
    }
    let mut all = format!(
        "ecrpass is under the Apache License 2.0. Its programs contain {count} packages by other people, under these licences.\n"
    );
    let rule = "-".repeat(80);
    let mut texts: Vec<_> = texts.into_iter().map(|(text, titles)| (titles, text)).collect();
    texts.sort();
    for (titles, text) in texts {
        let titles: Vec<String> = titles.into_iter().collect();
        let _ = write!(all, "\n{rule}\n{}\n{rule}\n\n{text}\n", titles.join("\n"));
    }
    Ok(all)
}

/// The texts that go with a package.
fn texts_of(package: &Package) -> Result<Vec<String>> {
    let mut files = Vec::new();
    for entry in fs::read_dir(&package.directory).with_context(|| package.directory.display().to_string())? {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        if entry.file_type()?.is_file()
            && NAMES.iter().any(|begin| name.to_ascii_lowercase().starts_with(begin))
        {
            files.push((name, fs::read_to_string(entry.path())?));
        }
    }
    files.sort();
    // Of several licences to choose from, the shortest one is enough.
    let mit: Vec<_> =
        files.iter().filter(|(name, _)| name.to_ascii_uppercase().contains("MIT")).cloned().collect();
    let may_choose = package.licence.contains("MIT") && package.licence.contains(" OR ")
        || package.licence.contains("MIT/");
    if may_choose && !mit.is_empty() && !package.licence.contains(" AND ") {
        let said = |name: &str| {
            ["notice", "copyright"].iter().any(|begin| name.to_ascii_lowercase().starts_with(begin))
        };
        files.retain(|(name, _)| said(name));
        files.extend(mit);
    }
    if files.iter().all(|(_, text)| text.trim().is_empty()) {
        return Ok(vec![standard(package)?]);
    }
    Ok(files.into_iter().map(|(_, text)| settled(&text)).filter(|text| !text.is_empty()).collect())
}

/// The text of a licence that its package names and does not hold.
fn standard(package: &Package) -> Result<String> {
    if package.licence.contains("MIT") {
        let authors = if package.authors.is_empty() {
            format!("the authors of {}", package.name)
        } else {
            package.authors.join(", ")
        };
        return Ok(format!("MIT License\n\nCopyright (c) {authors}\n\n{MIT}"));
    }
    if package.licence.contains("Apache-2.0") {
        return Ok(settled(&fs::read_to_string(root().join("LICENSE"))?));
    }
    bail!("the package holds no licence, and the text of `{}` is not known here", package.licence)
}

/// The same text however its lines end.
fn settled(text: &str) -> String {
    let lines: Vec<&str> = text.lines().map(str::trim_end).collect();
    lines.join("\n").trim_matches('\n').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn package(licence: &str, files: &[(&str, &str)]) -> (tempfile::TempDir, Package) {
        let directory = tempfile::tempdir().unwrap();
        for (name, text) in files {
            fs::write(directory.path().join(name), text).unwrap();
        }
        let package = Package {
            name: "a".to_owned(),
            version: "1.0.0".to_owned(),
            directory: directory.path().to_owned(),
            licence: licence.to_owned(),
            authors: vec!["Ann <a@b.example>".to_owned()],
            repository: String::new(),
            description: String::new(),
            has_build_script: false,
            is_macro: false,
        };
        (directory, package)
    }

    #[test]
    fn the_files_of_a_package_are_taken_and_one_of_two_licences_is_enough() {
        let files =
            [("LICENSE-MIT", "mit\r\n"), ("LICENSE-APACHE", "long"), ("NOTICE", "say this"), ("src.rs", "x")];
        let (_kept, both) = package("MIT OR Apache-2.0", &files);
        assert_eq!(texts_of(&both).unwrap(), ["say this", "mit"]);
        let (_kept, all) = package("(MIT OR Apache-2.0) AND Unicode-3.0", &files);
        assert_eq!(texts_of(&all).unwrap(), ["long", "mit", "say this"]);
    }

    #[test]
    fn a_package_without_its_licence_gets_the_text_it_names_or_stops_the_release() {
        let (_kept, mit) = package("MIT OR Apache-2.0", &[]);
        let text = texts_of(&mit).unwrap().concat();
        assert!(text.contains("Copyright (c) Ann") && text.contains("WITHOUT WARRANTY"), "{text}");
        let (_kept, apache) = package("Apache-2.0", &[]);
        assert!(texts_of(&apache).unwrap().concat().contains("Apache License"));
        let (_kept, other) = package("ISC", &[]);
        assert!(texts_of(&other).is_err());
    }
}
