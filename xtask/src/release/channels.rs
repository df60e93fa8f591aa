//! What other systems install by: a formula, manifests, a flake, a build script, a registry's entry. Each names files of the
//! release with their sums, so all are made from the archives and by nobody's hand.

mod aqua;
mod aur;
mod homebrew;
mod krew;
mod nix;
mod scoop;
mod sums;
mod winget;

use anyhow::Result;

use super::about::About;
use super::target::Target;

#[cfg(test)]
pub use aqua::WORKFLOW;
pub use sums::Sums;

/// The files: name, and what is in it.
pub fn files(about: &About, targets: &[Target], sums: &Sums) -> Result<Vec<(String, Vec<u8>)>> {
    let mut files = Vec::new();
    let mut add = |name: &str, text: String| files.push((name.to_owned(), text.into_bytes()));
    let unix: Vec<Target> = targets.iter().copied().filter(|it| !it.triple.contains("windows")).collect();
    let linux: Vec<Target> = targets.iter().copied().filter(|it| it.is_linux()).collect();
    let windows = targets.iter().copied().find(|it| it.triple.contains("windows"));
    if !unix.is_empty() {
        add("ecrpass.rb", homebrew::formula(about, &unix, sums)?);
        add("flake.nix", nix::flake(about, &unix, sums)?);
    }
    if !linux.is_empty() {
        add("PKGBUILD", aur::build_script(about, &linux, sums)?);
        add("SRCINFO", aur::information(about, &linux, sums)?);
    }
    if let Some(windows) = windows {
        add("ecrpass.scoop.json", scoop::manifest(about, windows, sums)?);
        for (name, text) in winget::manifests(about, windows, sums)? {
            add(&name, text);
        }
    }
    add("ecrpass.krew.yaml", krew::manifest(about, targets, sums)?);
    add("aqua-registry.yaml", aqua::entry(about));
    Ok(files)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::super::archive;
    use super::super::target::TARGETS;
    use super::*;

    fn sums() -> Sums {
        let mut sums = Sums::default();
        for target in TARGETS {
            sums.add(&archive::name(&About::example(), target), target.triple.as_bytes());
        }
        sums
    }

    /// Whatever they say of a file, the release says the same.
    #[test]
    fn every_file_that_is_named_is_there_and_has_the_sum_that_is_named() {
        let (about, sums) = (About::example(), sums());
        let files = files(&about, &TARGETS, &sums).unwrap();
        assert_eq!(files.len(), 10);
        let all: BTreeSet<&str> = sums.iter().map(|(_, sum)| sum).collect();
        let mut named = BTreeSet::new();
        for (name, bytes) in &files {
            let text = String::from_utf8(bytes.clone()).unwrap();
            for word in text.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| word.len() == 64) {
                let word = word.to_ascii_lowercase();
                assert!(all.contains(word.as_str()), "{name}: {word}");
                named.insert(word);
            }
            for url in
                text.split(['"', '\'', ' ', '\n']).filter(|word| word.contains("/releases/download/v0.1.0/"))
            {
                let file = url.rsplit('/').next().unwrap_or_default();
                assert!(sums.iter().any(|(name, _)| name == file), "{name}: {url}");
            }
            assert!(!text.contains('@') || !text.contains("@VERSION@"), "{name}");
        }
        assert_eq!(named.len(), TARGETS.len(), "an archive that nobody installs");
    }

    #[test]
    fn what_was_not_built_is_not_named() {
        let linux = Target::named("x86_64-unknown-linux-musl").unwrap();
        let files = files(&About::example(), &[linux], &sums()).unwrap();
        for (name, bytes) in files.iter().filter(|(name, _)| name != "aqua-registry.yaml") {
            let text = String::from_utf8(bytes.clone()).unwrap();
            assert!(!text.contains("windows") && !text.contains("darwin"), "{name}: {text}");
        }
    }
}
