//! What files an assistant may have read: those below the directory that the server was started in, and below what its
//! user allowed.

use std::path::{Path, PathBuf};

use ecrpass_system::real_path;

use super::answer::repeated;
use crate::error::CommandError;
use crate::system::clean_path::clean;

/// The directories, without links in them.
#[derive(Debug)]
pub(super) struct Paths {
    here: PathBuf,
    allowed: Vec<PathBuf>,
}

impl Paths {
    /// The directory that the server was started in, and those that its user allowed.
    ///
    /// # Errors
    /// When one of them cannot be read.
    pub(super) fn new(here: &Path, more: &[PathBuf]) -> Result<Self, CommandError> {
        let here = real_path(here)?;
        // Programs with windows start others in the root: that is nobody's choice of all files.
        let own = here.parent().map(|_| here.clone());
        let more = more.iter().map(|path| {
            real_path(&here.join(path)).map_err(|error| {
                CommandError::io(&format!("{} cannot be read", path.display()), error, "check the path")
            })
        });
        let allowed = own.into_iter().map(Ok).chain(more).collect::<Result<_, _>>()?;
        Ok(Self { here, allowed })
    }

    /// The path without links, where it may be read.
    ///
    /// # Errors
    /// Why not, for the assistant.
    pub(super) fn permit(&self, path: &str) -> Result<PathBuf, String> {
        let named = self.here.join(path);
        let real = match real_path(&named) {
            Ok(real) => real,
            // What is outside is not told apart from what is not there.
            Err(error) if self.is_inside(&clean(&named)) => {
                return Err(format!("`{}` cannot be read: {error}. Next: check the path", repeated(path)));
            }
            Err(_) => clean(&named),
        };
        if self.is_inside(&real) {
            return Ok(real);
        }
        let here = match self.allowed.as_slice() {
            [] => "it was started in the root directory, and reads nothing by itself".to_owned(),
            [first, ..] => format!("it reads below {}", repeated(&first.display().to_string())),
        };
        Err(format!(
            "`{}` may not be read by this server: {here}. Next: whoever starts it can allow more: ecrpass mcp --allow DIR",
            repeated(path)
        ))
    }

    fn is_inside(&self, path: &Path) -> bool {
        self.allowed.iter().any(|allowed| path.starts_with(allowed))
    }
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use std::fs;
    use std::os::unix::fs::symlink;

    use super::*;

    #[test]
    fn nothing_outside_is_read_by_whatever_way() {
        let all = tempfile::tempdir().unwrap();
        let all = all.path().canonicalize().unwrap();
        for directory in ["here/a", "here-too", "more"] {
            fs::create_dir_all(all.join(directory)).unwrap();
        }
        fs::write(all.join("secret"), "").unwrap();
        symlink(all.join("secret"), all.join("here/link")).unwrap();
        symlink("..", all.join("here/up")).unwrap();
        let paths = Paths::new(&all.join("here"), &[]).unwrap();
        for inside in [".", "a", "./a/../a", "a/.."] {
            assert!(paths.permit(inside).is_ok(), "{inside}");
        }
        let absolute = all.join("secret").display().to_string();
        for outside in [
            "..",
            "../secret",
            "../nothing",
            "link",
            "up/secret",
            "a/../../secret",
            "../here-too",
            "/etc",
            &absolute,
        ] {
            let why = paths.permit(outside).unwrap_err();
            assert!(why.contains("may not be read") && why.contains("--allow"), "{outside}: {why}");
        }
        let why = paths.permit("nothing").unwrap_err();
        assert!(why.contains("cannot be read"), "{why}");
        let wider = Paths::new(&all.join("here"), &[PathBuf::from("../more")]).unwrap();
        assert!(
            wider.permit("../more").is_ok()
                && wider.permit("a").is_ok()
                && wider.permit("../secret").is_err()
        );
        assert!(Paths::new(&all, &[PathBuf::from("gone")]).is_err());
    }

    #[test]
    fn the_root_is_no_choice() {
        let paths = Paths::new(Path::new("/"), &[]).unwrap();
        assert!(paths.permit("/etc").unwrap_err().contains("started in the root"));
        assert!(Paths::new(Path::new("/"), &[PathBuf::from("/etc")]).unwrap().permit("etc").is_ok());
    }
}
