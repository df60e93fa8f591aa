//! `cargo xtask release verify DIRECTORY`: whether the files of a release are those that were made. Every sum, every subject
//! of the provenance, and the program that each bill of materials is of; a file too many is as wrong as one that changed.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{Cursor, Read as _};
use std::path::Path;

use anyhow::{Context, Result, bail, ensure};
use ecrpass_core::hex::{hex, is_sha256};
use serde_json::Value;
use sha2::{Digest as _, Sha256};

use super::sbom;
use super::target::Target;
use crate::command::say;

/// The file of sums.
pub const SUMS: &str = "SHA256SUMS";

/// How the provenance is called.
const PROVENANCE: &str = ".provenance.json";

/// Checks everything.
///
/// # Errors
/// All that is wrong.
pub fn verify(directory: &Path) -> Result<()> {
    let mut files = BTreeMap::new();
    for entry in std::fs::read_dir(directory).with_context(|| directory.display().to_string())? {
        let path = entry?.path();
        let name = path.file_name().and_then(|name| name.to_str()).context("a name that is no text")?;
        ensure!(path.is_file(), "{} is no file", path.display());
        files.insert(name.to_owned(), std::fs::read(&path)?);
    }
    let faults = faults(&files)?;
    if !faults.is_empty() {
        bail!("{} is not what was released:\n  {}", directory.display(), faults.join("\n  "));
    }
    say(&format!("  {} files: sums, provenance and bills of materials fit", files.len()));
    Ok(())
}

fn sum(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}

/// All that is wrong with the files of a release.
fn faults(files: &BTreeMap<String, Vec<u8>>) -> Result<Vec<String>> {
    let text = files.get(SUMS).with_context(|| format!("there is no {SUMS}"))?;
    let listed = listed(std::str::from_utf8(text).with_context(|| format!("{SUMS} is no text"))?)?;
    let mut faults = Vec::new();
    for (name, wanted) in &listed {
        match files.get(name) {
            None => faults.push(format!("{name} is missing")),
            Some(bytes) if sum(bytes) != *wanted => {
                faults.push(format!("{name} has the sum {}, and not {wanted}", sum(bytes)));
            }
            Some(_) => {}
        }
    }
    let strangers = files.keys().filter(|name| *name != SUMS && !listed.contains_key(*name));
    faults.extend(strangers.map(|name| format!("{name} is not in {SUMS}")));
    let (name, statement) =
        files.iter().find(|(name, _)| name.ends_with(PROVENANCE)).context("there is no provenance")?;
    faults.extend(subjects(name, statement, &listed)?);
    let bills = files.iter().filter(|(name, _)| name.ends_with(sbom::END));
    for (name, bytes) in bills {
        faults.extend(bill(name, bytes, files)?);
    }
    Ok(faults)
}

/// The lines of the file of sums.
fn listed(text: &str) -> Result<BTreeMap<String, String>> {
    let mut listed = BTreeMap::new();
    for line in text.lines() {
        let (sum, name) = line.split_once("  ").with_context(|| format!("{SUMS} has the line `{line}`"))?;
        ensure!(is_sha256(sum), "{SUMS}: `{sum}` is no SHA-256");
        ensure!(!name.contains(['/', '\\']), "{SUMS}: `{name}` leads elsewhere");
        ensure!(listed.insert(name.to_owned(), sum.to_owned()).is_none(), "{SUMS} names {name} twice");
    }
    ensure!(!listed.is_empty(), "{SUMS} is empty");
    Ok(listed)
}

/// What the provenance says of other files than there are.
fn subjects(name: &str, bytes: &[u8], listed: &BTreeMap<String, String>) -> Result<Vec<String>> {
    let statement: Value = serde_json::from_slice(bytes).with_context(|| format!("{name} is no JSON"))?;
    let all = statement.get("subject").and_then(Value::as_array).context("a provenance without subjects")?;
    let mut faults = Vec::new();
    let mut named = BTreeSet::new();
    for subject in all {
        let file = subject.get("name").and_then(Value::as_str).unwrap_or_default();
        let digest = subject.pointer("/digest/sha256").and_then(Value::as_str).unwrap_or_default();
        named.insert(file);
        if listed.get(file).map(String::as_str) != Some(digest) {
            faults.push(format!("{name} is of another {file} than {SUMS}"));
        }
    }
    let unnamed = listed.keys().filter(|file| *file != name && !named.contains(file.as_str()));
    faults.extend(unnamed.map(|file| format!("{name} does not name {file}")));
    Ok(faults)
}

/// Whether the program that a bill is of is in the release.
fn bill(name: &str, bytes: &[u8], files: &BTreeMap<String, Vec<u8>>) -> Result<Option<String>> {
    let bom: Value = serde_json::from_slice(bytes).with_context(|| format!("{name} is no JSON"))?;
    let at = |pointer: &str| bom.pointer(pointer).and_then(Value::as_str).map(str::to_owned);
    let program = at("/metadata/component/name").with_context(|| format!("{name} is of nothing"))?;
    let wanted = at("/metadata/component/hashes/0/content").with_context(|| format!("{name} has no sum"))?;
    let properties = bom.pointer("/metadata/component/properties").and_then(Value::as_array);
    let triple = properties.into_iter().flatten().find_map(|property| {
        let is_target = property.get("name").and_then(Value::as_str) == Some(sbom::TARGET);
        is_target.then(|| property.get("value").and_then(Value::as_str)).flatten()
    });
    let target = Target::named(triple.with_context(|| format!("{name} is for no machine"))?)?;
    let mut found = Vec::new();
    for (file, bytes) in files {
        if file.contains(target.triple) && (file.ends_with(".tar.gz") || file.ends_with(".zip")) {
            found.extend(inside(file, bytes, &target.file(&program)).with_context(|| file.clone())?);
        }
    }
    // The operator is in no archive.
    let bare = [program.clone(), format!("{program}-{}", target.machine())];
    found.extend(bare.iter().filter_map(|name| files.get(name)).map(|bytes| sum(bytes)));
    Ok((!found.contains(&wanted)).then(|| format!("{name} is of a {program} that is not in the release")))
}

/// The sum of a program in an archive.
fn inside(archive: &str, bytes: &[u8], program: &str) -> Result<Option<String>> {
    let fits = |path: &str| path.rsplit('/').next() == Some(program);
    let mut content = Vec::new();
    if archive.ends_with(".zip") {
        let mut zip = zip::ZipArchive::new(Cursor::new(bytes))?;
        for at in 0..zip.len() {
            let mut file = zip.by_index(at)?;
            if fits(&file.name()?) {
                file.read_to_end(&mut content)?;
                return Ok(Some(sum(&content)));
            }
        }
        return Ok(None);
    }
    let mut tar = tar::Archive::new(flate2::read::GzDecoder::new(bytes));
    for entry in tar.entries()? {
        let mut entry = entry?;
        let name = entry.path()?.display().to_string();
        if entry.header().entry_type().is_file() && fits(&name) {
            entry.read_to_end(&mut content)?;
            return Ok(Some(sum(&content)));
        }
    }
    Ok(None)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::release::about::About;
    use crate::release::archive;
    use crate::release::channels::Sums;
    use crate::release::graph::Graph;
    use crate::release::material::Material;
    use crate::release::provenance;

    fn release() -> BTreeMap<String, Vec<u8>> {
        let (about, material) = (About::example(), Material::example());
        let target = material.targets()[0];
        let mut files = BTreeMap::new();
        files.extend([archive::archive(&about, target, &material).unwrap()]);
        files.extend(archive::bare(target, &material).unwrap());
        let program = material.program(target, "ecrpass").unwrap();
        files.extend([sbom::sbom(&about, target, &Graph::example(), &program).unwrap()]);
        sealed(files)
    }

    fn sealed(mut files: BTreeMap<String, Vec<u8>>) -> BTreeMap<String, Vec<u8>> {
        let about = About::example();
        let mut sums = Sums::default();
        for (name, bytes) in &files {
            sums.add(name, bytes);
        }
        let statement = provenance::statement(&about, &[], "release", &sums, b"", b"").unwrap();
        sums.add(&provenance::name(&about), &statement);
        files.insert(provenance::name(&about), statement);
        let text: String = sums.iter().map(|(name, sum)| format!("{sum}  {name}\n")).collect();
        files.insert(SUMS.to_owned(), text.into_bytes());
        files
    }

    #[test]
    fn a_release_is_what_it_says() {
        assert_eq!(faults(&release()).unwrap(), Vec::<String>::new());
    }

    #[test]
    fn a_changed_byte_is_found_in_every_file() {
        let files = release();
        for name in files.keys() {
            let mut changed = files.clone();
            let bytes = changed.get_mut(name).unwrap();
            let middle = bytes.len() / 2;
            bytes[middle] ^= 1;
            let is_found = faults(&changed).map_or(true, |faults| !faults.is_empty());
            assert!(is_found, "{name}");
        }
    }

    #[test]
    fn a_file_too_many_and_one_too_few_are_found() {
        let mut more = release();
        more.insert("stranger".to_owned(), Vec::new());
        assert_eq!(faults(&more).unwrap(), ["stranger is not in SHA256SUMS"]);
        let mut fewer = release();
        fewer.remove("ecrpass-operator");
        assert_eq!(faults(&fewer).unwrap(), ["ecrpass-operator is missing"]);
    }

    #[test]
    fn a_bill_of_another_program_is_found_though_all_sums_fit() {
        let mut files = release();
        let bill = files.keys().find(|name| name.ends_with(sbom::END)).unwrap().clone();
        let target = Material::example().targets()[0];
        let other = sbom::sbom(&About::example(), target, &Graph::example(), b"another").unwrap().1;
        files.insert(bill.clone(), other);
        files.retain(|name, _| name != SUMS && !name.ends_with(PROVENANCE));
        let found = faults(&sealed(files)).unwrap();
        assert_eq!(found, [format!("{bill} is of a ecrpass that is not in the release")]);
    }

    #[test]
    fn sums_that_lead_elsewhere_are_refused() {
        let sum = "0".repeat(64);
        for text in ["", "x", &format!("{sum}  ../x\n"), &format!("{sum}  a\n{sum}  a\n"), "abc  a\n"] {
            assert!(listed(text).is_err(), "{text}");
        }
    }
}
