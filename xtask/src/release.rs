//! `cargo xtask release`: everything that is attached to a release, made of one build per target, with its checksums.
//!
//! `docs/releasing.md` says how a release is made, and how users check one.

mod about;
mod apk;
mod archive;
mod build;
mod channels;
mod check;
mod deb;
mod graph;
mod helm_chart;
mod image;
mod judges;
mod licences;
mod linux;
mod material;
mod npm;
mod pack;
mod provenance;
mod rpm;
mod sbom;
mod target;
mod tree;
mod verify;
mod wheel;
#[cfg(test)]
mod workflow;

use std::path::{Path, PathBuf};

use anyhow::{Result, ensure};

use crate::command::target as target_directory;
use crate::tools;
use about::About;
use target::Target;

/// What is asked for.
#[derive(Clone, Debug, Default)]
pub struct Wish {
    /// The targets; those that this machine builds where none is named.
    pub targets: Vec<String>,
    /// The parts; all where none is named.
    pub parts: Vec<String>,
    /// The programs; all where none is named.
    pub only: Vec<String>,
    /// Cargo's profile.
    pub profile: Option<String>,
    /// The repository on GitHub.
    pub repository: Option<String>,
    /// Where the programs are, or are put.
    pub programs: Option<PathBuf>,
    /// Where the files are put.
    pub output: Option<PathBuf>,
}

/// How the programs that ship are built.
const PROFILE: &str = "release-lto";

impl Wish {
    fn profile(&self) -> &str {
        self.profile.as_deref().unwrap_or(PROFILE)
    }

    fn targets(&self) -> Result<Vec<Target>> {
        if self.targets.is_empty() {
            return Ok(Target::built_here());
        }
        self.targets.iter().map(|triple| Target::named(triple)).collect()
    }

    fn programs(&self) -> PathBuf {
        self.programs
            .clone()
            .unwrap_or_else(|| target_directory().join("release-programs").join(self.profile()))
    }

    fn output(&self, about: &About) -> PathBuf {
        self.output.clone().unwrap_or_else(|| target_directory().join(format!("release-{}", about.version)))
    }

    /// The same as arguments, but for the directories.
    fn arguments(&self) -> Vec<String> {
        let options = self.targets.iter().map(|it| ("--target", it));
        let options = options.chain(self.parts.iter().map(|it| ("--part", it)));
        let options = options.chain(self.only.iter().map(|it| ("--program", it)));
        let options = options.chain(self.profile.iter().map(|it| ("--profile", it)));
        let options = options.chain(self.repository.iter().map(|it| ("--repository", it)));
        options.flat_map(|(name, value)| [name.to_owned(), value.clone()]).collect()
    }
}

/// Builds the programs alone.
///
/// # Errors
/// When one cannot be built.
pub fn build(wish: &Wish) -> Result<()> {
    let about = About::new(wish.repository.as_deref())?;
    let targets = wish.targets()?;
    let triples: Vec<&str> = targets.iter().map(|target| target.triple).collect();
    tools::rust_targets(&triples)?;
    for target in targets {
        build::build(&about, target, wish.profile(), &wish.only, &wish.programs())?;
    }
    Ok(())
}

/// The helper of a target as it ships, built; where it is.
///
/// # Errors
/// When it cannot be built.
pub fn helper(triple: &str) -> Result<PathBuf> {
    let wish =
        Wish { targets: vec![triple.to_owned()], only: vec![about::HELPER.to_owned()], ..Wish::default() };
    build(&wish)?;
    Ok(wish.programs().join(triple).join(Target::named(triple)?.file(about::HELPER)))
}

/// What everybody gets of a target as it ships, built: where the helper is, and the command.
///
/// # Errors
/// When one cannot be built.
pub fn programs(triple: &str) -> Result<[PathBuf; 2]> {
    let both = [about::HELPER, about::NAME];
    let only = both.map(str::to_owned).to_vec();
    let wish = Wish { targets: vec![triple.to_owned()], only, ..Wish::default() };
    build(&wish)?;
    let (target, directory) = (Target::named(triple)?, wish.programs().join(triple));
    Ok(both.map(|name| directory.join(target.file(name))))
}

/// Packs what was built.
///
/// # Errors
/// When something is missing.
pub fn pack(wish: &Wish) -> Result<()> {
    let about = About::new(wish.repository.as_deref())?;
    let parts = pack::parts(&wish.parts)?;
    let output = wish.output(&about);
    pack::pack(&about, &wish.targets()?, &parts, wish.profile(), &wish.programs(), &output)?;
    verify::verify(&output)
}

/// Builds and packs; with `check` twice.
///
/// # Errors
/// When something cannot be made, or comes out differently the second time.
pub fn make(wish: &Wish, check: bool) -> Result<()> {
    build(wish)?;
    pack(wish)?;
    if check {
        let about = About::new(wish.repository.as_deref())?;
        ensure!(wish.programs.is_none(), "--check builds the programs itself");
        check::check(&about, &wish.arguments(), &wish.output(&about))?;
    }
    Ok(())
}

/// What CI makes twice and compares each time: the programs that everybody runs, for this machine, without the linking as one
/// that takes longest; and has judged.
///
/// # Errors
/// As [`make`] and [`judge`].
pub fn short() -> Result<()> {
    let words = |words: &[&str]| words.iter().map(|&word| word.to_owned()).collect();
    let wish = Wish {
        targets: words(&[tools::MUSL]),
        parts: words(&["archives", "deb", "image"]),
        only: words(&[about::HELPER, about::NAME]),
        profile: Some("release".to_owned()),
        output: Some(target_directory().join("release-short")),
        ..Wish::default()
    };
    make(&wish, true)?;
    judge(&target_directory().join("release-short"))
}

/// Everything, twice, and judged.
///
/// # Errors
/// As [`make`] and [`judge`].
pub fn full() -> Result<()> {
    let wish = Wish::default();
    make(&wish, true)?;
    judge(&wish.output(&About::new(None)?))
}

/// Checks the files of a release.
///
/// # Errors
/// All that is wrong with them.
pub fn verify(directory: &Path) -> Result<()> {
    verify::verify(directory)
}

/// Has the packages in a directory judged by those who install them.
///
/// # Errors
/// What they find.
pub fn judge(directory: &Path) -> Result<()> {
    judges::run(directory)
}
