//! Which name the helper is set up under, and what has to be done so that clients find it.

use std::path::Path;

use ecrpass_clients::repair::HELPERS;
use ecrpass_core::CommandLine;
use ecrpass_core::environment::Environment;

use crate::error::CommandError;
use crate::system::placement::{self, Link, Standing, standing};
use crate::system::planned::Planned;
use crate::system::programs;

/// The helper as it is set up.
pub struct Helper {
    /// Its name in configurations.
    pub name: &'static str,
    /// The link that clients find it by, where it has to be made.
    pub link: Option<Link>,
}

/// Why clients cannot find it.
pub struct Unreachable {
    /// What is in the way.
    what: String,
    /// A link in a directory that is not on `PATH`, and the line that puts it there.
    off_path: Option<(Link, CommandLine)>,
}

/// Chooses a name for the helper: the wanted one, else our own, else the common one where that is on `PATH`.
///
/// # Errors
/// When it cannot be put on `PATH`.
pub fn choose(environment: &dyn Environment, wanted: Option<&'static str>) -> Result<Helper, Unreachable> {
    let [own, common] = HELPERS;
    let name = wanted.unwrap_or(own);
    let stands = |name: &str| standing(environment, &program(name));
    let unreachable = match stands(name) {
        Standing::There => return Ok(Helper { name, link: None }),
        Standing::Missing(link) => return Ok(Helper { name, link: Some(link) }),
        // Amazon's; the user wants that name.
        Standing::Foreign(_) if wanted == Some(common) => return Ok(Helper { name, link: None }),
        Standing::Foreign(path) => Unreachable {
            what: format!("{} is another program of that name.", path.display()),
            off_path: None,
        },
        Standing::OffPath(link, line) => Unreachable {
            what: format!("no directory of PATH can be written: {} has no place there.", program(name)),
            off_path: Some((link, line)),
        },
        Standing::Homeless(why) => {
            Unreachable { what: format!("{} is not on PATH: {why}.", program(name)), off_path: None }
        }
    };
    // What answers to the other name will do.
    if wanted.is_none() && matches!(stands(common), Standing::There | Standing::Foreign(_)) {
        return Ok(Helper { name: common, link: None });
    }
    Err(unreachable)
}

fn program(name: &str) -> String {
    format!("docker-credential-{name}")
}

impl Helper {
    /// The machine once the link is made.
    pub fn planned<'a>(&self, environment: &'a dyn Environment) -> Planned<'a> {
        let program = self.link.as_ref().map(|link| (program(self.name), link.target.clone()));
        Planned { environment, files: Vec::new(), program }
    }

    /// Makes the link, where there is one to be made.
    ///
    /// # Errors
    /// When it cannot be made.
    pub fn put_in_place(&self, environment: &dyn Environment) -> Result<(), CommandError> {
        self.link.as_ref().map_or(Ok(()), |link| placement::make(environment, link))
    }

    /// The link as it is shown.
    pub fn shown(&self, dry_run: bool) -> Option<[String; 2]> {
        let link = self.link.as_ref()?;
        let what = if dry_run { "would be put on PATH" } else { "is on PATH now" };
        Some([format!("the helper {what}, as {}:", program(self.name)), format!("  + {}", link.shown())])
    }
}

impl Unreachable {
    /// As an error; where a line for the shell ends it, with that line and `again`. The link is made then, unless this
    /// is a dry run.
    pub fn into_error(
        self,
        environment: &dyn Environment,
        again: CommandLine,
        dry_run: bool,
    ) -> CommandError {
        match self.off_path {
            Some((link, line)) => {
                if !dry_run
                    && !link.path.exists()
                    && let Err(error) = placement::make(environment, &link)
                {
                    return error;
                }
                let directory = shown_directory(&link.path);
                let place = if dry_run {
                    format!("It would be put in {directory}.")
                } else {
                    format!("It is in {directory} now.")
                };
                let what = format!("{} {place}", self.what);
                CommandError::problems(what, line.and(again).to_string())
            }
            None => CommandError::problems(
                self.what,
                "put ecrpass on PATH under that name, or use the name of Amazon's helper: --name ecr-login",
            ),
        }
    }
}

fn shown_directory(path: &Path) -> String {
    path.parent().unwrap_or(path).display().to_string()
}

/// Takes back the links that were made here and that no configuration needs any more; each as it is shown. `needed` are
/// the names that configurations have.
///
/// # Errors
/// When one cannot be removed.
pub fn undo(environment: &dyn Environment, needed: &[&str]) -> Result<Vec<String>, CommandError> {
    let mut removed = Vec::new();
    for link in placement::made(environment) {
        let name = link.path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        let is_needed = needed.iter().any(|helper| name == program(helper));
        // Where another of the name takes its place, nobody misses it.
        let others = environment.all_on_path(&name).into_iter().filter(|path| *path != link.path);
        if is_needed && !others.into_iter().any(|path| programs::is_ours(&path)) {
            continue;
        }
        placement::undo(environment, &link)?;
        removed.push(link.path.display().to_string());
    }
    Ok(removed)
}
