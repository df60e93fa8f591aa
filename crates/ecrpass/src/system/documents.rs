//! Files that others read, too: documents that a team checks in. Each is there whole or as it was.

use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::path::Path;

/// Writes a file for everybody whom the umask allows, in place of one that is there.
///
/// # Errors
/// When it cannot be written; what was there is still there then.
pub fn write(directory: &Path, name: &str, text: &str) -> io::Result<()> {
    fs::create_dir_all(directory)?;
    let temporary = directory.join(format!(".{name}.{}", std::process::id()));
    let written = OpenOptions::new().write(true).create_new(true).open(&temporary).and_then(|mut file| {
        file.write_all(text.as_bytes())?;
        file.sync_all()?;
        fs::rename(&temporary, directory.join(name))
    });
    if let Err(error) = &written
        && error.kind() != io::ErrorKind::AlreadyExists
    {
        // Nobody else knows it.
        let _ = fs::remove_file(&temporary);
    }
    written
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_there_whole_and_nothing_else_is() {
        let home = tempfile::tempdir().unwrap();
        let directory = home.path().join("a/b");
        write(&directory, "x.yaml", "old").unwrap();
        write(&directory, "x.yaml", "new").unwrap();
        assert_eq!(fs::read_to_string(directory.join("x.yaml")).unwrap(), "new");
        fs::create_dir(directory.join("y.yaml")).unwrap();
        assert!(write(&directory, "y.yaml", "text").is_err());
        assert_eq!(fs::read_dir(&directory).unwrap().count(), 2);
    }
}
