//! Files that were understood already: who asks about many registries need not have them parsed for each.

use std::cell::RefCell;
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::rc::Rc;

use ecrpass_json::{Document, InvalidDocument};

use crate::docker_config::{Dialect, DockerConfig, Format};

/// A document, and what it says.
pub(super) type Parsed = (Rc<Document>, Rc<DockerConfig>);

/// What was parsed so far.
#[derive(Default)]
pub struct ParsedFiles(RefCell<HashMap<(PathBuf, Format, Dialect), Parsed>>);

impl ParsedFiles {
    /// A file, parsed unless its text is still the one that was.
    pub(super) fn of(
        &self,
        path: &Path,
        format: Format,
        dialect: Dialect,
        text: &str,
    ) -> Result<Parsed, InvalidDocument> {
        let key = (path.to_owned(), format, dialect);
        if let Some((document, config)) = self.0.borrow().get(&key)
            && document.text() == text
        {
            return Ok((Rc::clone(document), Rc::clone(config)));
        }
        let parsed = parse(format, dialect, text)?;
        self.0.borrow_mut().insert(key, parsed.clone());
        Ok(parsed)
    }
}

/// Parses a file.
pub(super) fn parse(format: Format, dialect: Dialect, text: &str) -> Result<Parsed, InvalidDocument> {
    let document = Document::parse(text)?;
    let config = DockerConfig::read_as(&document, format, dialect);
    Ok((Rc::new(document), Rc::new(config)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_parsed_once_and_again_when_it_has_changed() {
        let files = ParsedFiles::default();
        let of = |text: &str| files.of(Path::new("/c"), Format::Current, Dialect::Go, text).unwrap();
        let first = of(r#"{"auths": {"a": {}}}"#);
        assert!(Rc::ptr_eq(&first.0, &of(r#"{"auths": {"a": {}}}"#).0));
        let second = of(r#"{"auths": {"b": {}}}"#);
        assert_eq!((first.1.auths[0].key.as_str(), second.1.auths[0].key.as_str()), ("a", "b"));
        assert!(files.of(Path::new("/c"), Format::Current, Dialect::Go, "{").is_err());
    }
}
