//! The file with the configuration: reading it, and noticing that its content is another.

use std::path::{Path, PathBuf};
use std::time::Duration;

use ecrpass_system::bounded;

use crate::settings::{Language, Settings};

/// The largest configuration, in bytes; a ConfigMap holds no more.
const MOST: usize = 1024 * 1024;

/// How long a pipe in its place may take.
const PATIENCE: Duration = Duration::from_secs(2);

/// A configuration and the text it was read from.
#[derive(Debug)]
pub struct SettingsFile {
    path: PathBuf,
    text: String,
    /// How often in a row it could not be read.
    unread: u32,
}

impl SettingsFile {
    /// Reads a file.
    ///
    /// # Errors
    /// What is wrong: the file, the line and column, and why.
    pub fn read(path: &Path) -> Result<(Self, Settings), String> {
        let text = text(path)?;
        let settings = parse(path, &text)?;
        Ok((Self { path: path.to_owned(), text, unread: 0 }, settings))
    }

    /// Looks again; `None` where the content is what it was. What is wrong is said once.
    pub fn again(&mut self) -> Option<Result<Settings, String>> {
        let text = match text(&self.path) {
            Ok(text) => text,
            Err(why) => {
                self.unread = self.unread.saturating_add(1);
                // A volume is changed by swapping a link: what the next look does not see either is gone.
                return (self.unread == 2).then_some(Err(why));
            }
        };
        self.unread = 0;
        if text == self.text {
            return None;
        }
        self.text = text;
        Some(parse(&self.path, &self.text))
    }
}

fn text(path: &Path) -> Result<String, String> {
    let bytes =
        bounded::read(path, MOST, PATIENCE).map_err(|error| format!("{}: {error}", path.display()))?;
    String::from_utf8(bytes).map_err(|_| format!("{}: it is not UTF-8", path.display()))
}

fn parse(path: &Path, text: &str) -> Result<Settings, String> {
    let is_json = path.extension().is_some_and(|extension| extension == "json");
    let language = if is_json { Language::Json } else { Language::Toml };
    Settings::parse(text, language).map_err(|problem| match problem.position {
        Some(_) => format!("{}:{problem}", path.display()),
        None => format!("{}: {problem}", path.display()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::tests::SMALL;

    #[test]
    fn only_a_changed_content_counts() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("operator.toml");
        assert!(SettingsFile::read(&path).unwrap_err().contains("operator.toml"));
        std::fs::write(&path, SMALL).unwrap();
        let (mut file, settings) = SettingsFile::read(&path).unwrap();
        assert_eq!(&*settings.pull_secrets[0].name, "ecr");
        std::fs::write(&path, SMALL).unwrap();
        assert!(file.again().is_none());
        std::fs::write(&path, SMALL.replace("\"ecr\"", "\"other\"")).unwrap();
        assert_eq!(&*file.again().unwrap().unwrap().pull_secrets[0].name, "other");
        std::fs::write(&path, format!("{SMALL}x = 1")).unwrap();
        let wrong = file.again().unwrap().unwrap_err();
        assert!(wrong.contains("operator.toml:8:1: unknown field `x`"), "{wrong}");
        // Said once.
        assert!(file.again().is_none());
        std::fs::remove_file(&path).unwrap();
        assert!(file.again().is_none());
        assert!(file.again().unwrap().unwrap_err().contains("operator.toml"));
        assert!(file.again().is_none());
        std::fs::write(&path, SMALL).unwrap();
        assert!(file.again().unwrap().is_ok());
    }
}
