//! Puts this program where clients look for a credential helper: a link by the helper's name in a directory of `PATH`
//! that this user may write, never in place of a file that is there, and noted down so that it can be undone.

mod directory;
mod link;
mod note;

use std::env;
use std::fs;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use ecrpass_core::CommandLine;
use ecrpass_core::command_line::Quotes;
use ecrpass_core::environment::Environment;

use self::directory::{after_all, candidates};
pub use self::link::Link;
use crate::error::CommandError;
use crate::system::programs;

/// Where our helper of a name stands.
#[derive(Debug)]
pub enum Standing {
    /// On `PATH`.
    There,
    /// Nowhere, and this link puts it there.
    Missing(Link),
    /// Nowhere, and no directory of `PATH` can be written: this link, and a line that puts its directory on `PATH`.
    OffPath(Link, CommandLine),
    /// Another program is found by that name first.
    Foreign(PathBuf),
    /// Nowhere, and there is no place for it; why.
    Homeless(String),
}

/// Where the helper stands that clients call by that name: `docker-credential-…`.
pub fn standing(environment: &dyn Environment, program: &str) -> Standing {
    if let Some(first) = environment.on_path(program) {
        return if programs::is_ours(&first) { Standing::There } else { Standing::Foreign(first) };
    }
    let target = match target(environment) {
        Ok(target) => target,
        Err(error) => {
            return Standing::Homeless(format!("where ecrpass itself lies cannot be found out: {error}"));
        }
    };
    let name = format!("{program}{}", env::consts::EXE_SUFFIX);
    let own = note::read(environment);
    let is_own = |path: &Path| own.iter().any(|link| link.path == path);
    let is_free = |path: &Path| match path.symlink_metadata() {
        Err(error) => error.kind() == ErrorKind::NotFound,
        // A link of ours whose program has moved.
        Ok(_) => is_own(path) && !path.exists(),
    };
    let link = |directory: PathBuf| Link { path: directory.join(&name), target: target.clone() };
    let mut places = candidates(environment, target.parent()).into_iter();
    if let Some(place) = places.find(|directory| is_free(&directory.join(&name))) {
        return Standing::Missing(link(place));
    }
    let off_path = after_all(environment).filter(|directory| {
        let path = directory.join(&name);
        is_free(&path) || is_own(&path)
    });
    match off_path {
        Some(directory) => {
            let line = CommandLine::shell("export PATH=\"$PATH\":")
                .value(directory.display().to_string(), Quotes::Bare);
            Standing::OffPath(link(directory), line)
        }
        None => Standing::Homeless(
            "no directory of PATH can be written, and there is no home directory".to_owned(),
        ),
    }
}

/// The directory of `PATH` that the helper would be put into.
pub fn place(environment: &dyn Environment) -> Option<PathBuf> {
    let target = target(environment).ok()?;
    candidates(environment, target.parent()).into_iter().next()
}

/// The program that answers: the helper beside this one, which is smaller, else this one, which is the helper when it is
/// called so. By the path that `PATH` leads to: it outlasts an update, which the place behind all links need not.
fn target(environment: &dyn Environment) -> io::Result<PathBuf> {
    let exact = env::current_exe()?;
    let is_us = |path: &PathBuf| {
        path.canonicalize().is_ok_and(|path| exact.canonicalize().is_ok_and(|us| us == path))
    };
    let known = environment.all_on_path("ecrpass").into_iter().filter(|path| path.is_absolute()).find(is_us);
    let us = known.unwrap_or(exact);
    let beside = us.with_file_name(format!("{}{}", programs::HELPERS[1], env::consts::EXE_SUFFIX));
    // A link there may be led elsewhere by somebody else.
    let is_file = beside.symlink_metadata().is_ok_and(|metadata| metadata.is_file());
    Ok(if is_file && programs::is_ours(&beside) { beside } else { us })
}

/// Makes a link, and notes it down.
///
/// # Errors
/// When it cannot be made.
pub fn make(environment: &dyn Environment, link: &Link) -> Result<(), CommandError> {
    let failed = |error: io::Error| {
        let next = CommandLine::shell("sudo ln -s")
            .word(link.target.display().to_string())
            .path(link.path.display().to_string());
        CommandError::io(&format!("{} cannot be made", link.path.display()), error, next.to_string())
    };
    // Noted first: what is made is then known to be ours, whatever ends this process in between.
    note::add(environment, link).map_err(failed)?;
    match link.create() {
        // Another run of ours was faster.
        Err(error) if error.kind() == ErrorKind::AlreadyExists && programs::is_ours(&link.path) => Ok(()),
        other => other.map_err(failed),
    }
}

/// Whether a link is as it was made. A copy has no target to compare.
fn stands(link: &Link) -> bool {
    link.leads_there().unwrap_or_else(|| link.path.exists() && !cfg!(unix) && programs::is_ours(&link.path))
}

/// The links that were made here and are there still.
pub fn made(environment: &dyn Environment) -> Vec<Link> {
    note::read(environment).into_iter().filter(stands).collect()
}

/// Every link that was noted down, whether it is there still or not.
pub fn noted(environment: &dyn Environment) -> Vec<Link> {
    note::read(environment)
}

/// The directory that the note is in.
pub fn note_directory(environment: &dyn Environment) -> Option<PathBuf> {
    Some(note::file(environment)?.parent()?.to_path_buf())
}

/// Takes away a link that was made here.
///
/// # Errors
/// When it cannot be removed.
pub fn undo(environment: &dyn Environment, link: &Link) -> Result<(), CommandError> {
    let failed = |error: io::Error| {
        let next = CommandLine::shell("rm").path(link.path.display().to_string());
        CommandError::io(&format!("{} cannot be removed", link.path.display()), error, next.to_string())
    };
    if stands(link) {
        fs::remove_file(&link.path).map_err(failed)?;
    }
    note::remove(environment, link).map_err(failed)
}
