//! What goes into packages: the programs, and what lies beside them.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail, ensure};

use super::about::{About, NAME, OWN_HELPER};
use super::target::Target;
use crate::command::{root, run};

/// The shells that completions are made for: as the program names them, and the file they look for.
const SHELLS: [(&str, &str); 5] = [
    ("bash", "ecrpass.bash"),
    ("zsh", "_ecrpass"),
    ("fish", "ecrpass.fish"),
    ("powershell", "_ecrpass.ps1"),
    ("elvish", "ecrpass.elv"),
];

/// Everything.
pub struct Material {
    /// By triple and name.
    pub programs: BTreeMap<(&'static str, String), Vec<u8>>,
    /// The licence.
    pub licence: Vec<u8>,
    /// The licences of the libraries.
    pub third_party: Vec<u8>,
    /// What has changed.
    pub changelog: Vec<u8>,
    /// Man pages, by file name.
    pub man: BTreeMap<String, Vec<u8>>,
    /// By shell.
    pub completions: BTreeMap<&'static str, Vec<u8>>,
}

impl Material {
    /// Reads what is in a directory of programs, with a directory for each target, and has the one that runs here write its
    /// pages and completions.
    ///
    /// # Errors
    /// When something is missing.
    pub fn collect(about: &About, programs: &Path, targets: &[Target], third_party: Vec<u8>) -> Result<Self> {
        let mut all = BTreeMap::new();
        for target in targets {
            for program in present(programs, *target)? {
                let path = programs.join(target.triple).join(target.file(&program));
                let bytes = std::fs::read(&path).with_context(|| path.display().to_string())?;
                all.insert((target.triple, program), bytes);
            }
        }
        let here = targets.iter().find(|target| target.runs_here());
        let here = here.context("none of the targets runs here, and the man pages are the program's own")?;
        let program = programs.join(here.triple).join(here.file(NAME));
        let read = |name: &str| {
            let path = root().join(name);
            std::fs::read(&path).with_context(|| path.display().to_string())
        };
        let completions = SHELLS.iter().map(|(shell, _)| Ok((*shell, completions(&program, shell)?)));
        Ok(Self {
            programs: all,
            licence: read("LICENSE")?,
            third_party,
            changelog: read("CHANGELOG.md")?,
            man: pages(about, &program)?,
            completions: completions.collect::<Result<_>>()?,
        })
    }

    /// A program of a target.
    ///
    /// # Errors
    /// When it was not built.
    pub fn program(&self, target: Target, name: &str) -> Result<Vec<u8>> {
        let found = self.programs.get(&(target.triple, name.to_owned()));
        found.cloned().with_context(|| format!("{name} was not built for {}", target.triple))
    }

    /// The completions: shell, file, content.
    pub fn completions(&self) -> impl Iterator<Item = (&'static str, &'static str, Vec<u8>)> {
        SHELLS.iter().filter_map(|(shell, file)| Some((*shell, *file, self.completions.get(shell)?.clone())))
    }
}

/// Which programs of a target are there. The two that users run have to be.
fn present(directory: &Path, target: Target) -> Result<Vec<String>> {
    use super::about::HELPER;
    let directory = directory.join(target.triple);
    let is_there = |name: &&&str| directory.join(target.file(name)).is_file();
    let found: Vec<String> =
        target.programs().iter().filter(is_there).map(|name| (*name).to_owned()).collect();
    for name in [HELPER, NAME] {
        ensure!(found.iter().any(|found| found == name), "{} has no {name}", directory.display());
    }
    Ok(found)
}

/// What a program says.
fn said(program: &Path, arguments: &[&str]) -> Result<Vec<u8>> {
    let shown = format!("{} {}", program.display(), arguments.join(" "));
    let mut command = Command::new(program);
    let output = command.args(arguments).stdin(Stdio::null()).output().with_context(|| shown.clone())?;
    if !output.status.success() || output.stdout.is_empty() {
        bail!("`{shown}`: {}, {}", output.status, String::from_utf8_lossy(&output.stderr));
    }
    Ok(output.stdout)
}

fn completions(program: &Path, shell: &str) -> Result<Vec<u8>> {
    said(program, &["completions", shell])
}

/// The program's pages, and that of the helper, which is written by hand: it has no commands to describe.
fn pages(about: &About, program: &Path) -> Result<BTreeMap<String, Vec<u8>>> {
    let directory = tempfile::tempdir()?;
    run(Command::new(program).arg("man").arg(directory.path()).stdin(Stdio::null()))?;
    let mut pages = BTreeMap::new();
    for entry in std::fs::read_dir(directory.path())? {
        let entry = entry?;
        let name = entry.file_name().into_string().ok().context("a file name that is no text")?;
        pages.insert(name, std::fs::read(entry.path())?);
    }
    ensure!(pages.contains_key(&format!("{NAME}.1")), "`{NAME} man` wrote no {NAME}.1");
    let name = format!("{OWN_HELPER}.1");
    let page = std::fs::read_to_string(root().join("packaging/man").join(&name))?;
    pages.insert(name, page.replace("@VERSION@", &about.version).into_bytes());
    Ok(pages)
}

#[cfg(test)]
impl Material {
    /// For tests: one target, with an operator.
    pub fn example() -> Self {
        let target = super::target::TARGETS[0];
        let program =
            |name: &str| ((target.triple, name.to_owned()), format!("the program {name}").into_bytes());
        Self {
            programs: target.programs().iter().map(|name| program(name)).collect(),
            licence: b"Apache License\n".to_vec(),
            third_party: b"MIT License\n".to_vec(),
            changelog: b"# Changelog\n".to_vec(),
            man: ["ecrpass.1", "docker-credential-ecrpass.1"]
                .map(|name| (name.to_owned(), b".TH X 1\n".to_vec()))
                .into(),
            completions: SHELLS.iter().map(|(shell, _)| (*shell, b"complete\n".to_vec())).collect(),
        }
    }

    /// The targets that there are programs for.
    pub fn targets(&self) -> Vec<Target> {
        let is_there = |target: &Target| self.programs.keys().any(|(triple, _)| *triple == target.triple);
        super::target::TARGETS.into_iter().filter(is_there).collect()
    }

    /// For tests: the same for these targets.
    pub fn example_of(triples: &[&'static str]) -> Self {
        let mut material = Self::example();
        material.programs.clear();
        for triple in triples {
            for name in Target::named(triple).unwrap().programs() {
                let bytes = format!("{name} of {triple}").into_bytes();
                material.programs.insert((*triple, (*name).to_owned()), bytes);
            }
        }
        material
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_program_is_named() {
        let directory = tempfile::tempdir().unwrap();
        let target = super::super::target::TARGETS[0];
        let folder = directory.path().join(target.triple);
        std::fs::create_dir(&folder).unwrap();
        std::fs::write(folder.join("ecrpass"), "x").unwrap();
        let error = present(directory.path(), target).unwrap_err().to_string();
        assert!(error.ends_with("has no docker-credential-ecr-login"), "{error}");
        std::fs::write(folder.join("docker-credential-ecr-login"), "x").unwrap();
        assert_eq!(present(directory.path(), target).unwrap(), ["docker-credential-ecr-login", "ecrpass"]);
    }

    #[test]
    fn the_helpers_page_is_there_and_bears_the_version() {
        let page = std::fs::read_to_string(root().join("packaging/man/docker-credential-ecrpass.1")).unwrap();
        assert!(page.contains("@VERSION@"));
    }

    #[test]
    fn a_program_that_fails_is_no_completion() {
        assert!(said(Path::new("false"), &[]).is_err());
        assert!(said(Path::new("true"), &[]).is_err(), "it says nothing");
        assert_eq!(said(Path::new("echo"), &["a"]).unwrap(), b"a\n");
    }
}
