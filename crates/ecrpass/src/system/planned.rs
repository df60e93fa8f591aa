//! The machine as it will be once what is planned is done: a dry run looks at that, and what is decided before it is
//! written.

use std::io;
use std::path::{Path, PathBuf};

use ecrpass_core::Secret;
use ecrpass_core::environment::{Environment, Overlay};
use zeroize::Zeroizing;

/// This machine, with these files and this program in place.
pub struct Planned<'a> {
    /// The machine as it is.
    pub environment: &'a dyn Environment,
    /// Files as they will be.
    pub files: Vec<(PathBuf, Zeroizing<String>)>,
    /// A name on `PATH`, and the program that will answer to it.
    pub program: Option<(String, PathBuf)>,
}

impl Planned<'_> {
    /// What is planned to be in a file, by whatever path it is named.
    pub fn planned(&self, path: &Path) -> Option<&Zeroizing<String>> {
        let same = |file: &Path| {
            file == path
                || file.canonicalize().is_ok_and(|file| path.canonicalize().is_ok_and(|path| file == path))
        };
        self.files.iter().rfind(|(file, _)| same(file)).map(|(_, text)| text)
    }
}

impl Overlay for Planned<'_> {
    fn below(&self) -> &dyn Environment {
        self.environment
    }

    fn file(&self, path: &Path) -> io::Result<Zeroizing<String>> {
        self.planned(path).map_or_else(|| self.environment.file(path), |text| Ok(text.clone()))
    }

    fn token_file(&self, path: &Path) -> Option<Secret> {
        match self.planned(path) {
            Some(text) => Some(Secret::new(text.as_str().to_owned())),
            None => self.environment.token_file(path),
        }
    }

    fn all_on_path(&self, program: &str) -> Vec<PathBuf> {
        let planned = self.program.iter().filter(|(name, _)| name == program).map(|(_, path)| path.clone());
        planned.chain(self.environment.all_on_path(program)).collect()
    }
}

#[cfg(test)]
mod tests {
    use ecrpass_core::environment::EnvironmentInMemory;

    use super::*;

    #[test]
    fn what_is_planned_is_there_for_every_reader() {
        let mut machine = EnvironmentInMemory::default();
        machine.files.insert("/t".into(), "now".to_owned());
        machine.programs = vec!["/a/p".into()];
        let planned = Planned {
            environment: &machine,
            files: vec![("/t".into(), Zeroizing::new("then".to_owned()))],
            program: Some(("p".to_owned(), "/b/x".into())),
        };
        let planned: &dyn Environment = &planned;
        assert_eq!(planned.file(Path::new("/t")).unwrap().as_str(), "then");
        assert_eq!(planned.token_file(Path::new("/t")).unwrap().expose(), "then");
        assert_eq!(planned.all_on_path("p"), [PathBuf::from("/b/x"), PathBuf::from("/a/p")]);
    }
}
