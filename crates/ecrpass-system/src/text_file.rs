//! Reads a file that should hold text, and does not wait for one that never ends.

use std::fs::File;
use std::io::{self, ErrorKind, Read};
use std::path::Path;

use zeroize::Zeroizing;

/// The largest file read, in bytes.
const MAX_FILE: u64 = 16 * 1024 * 1024;

/// Reads a file; it may hold secrets.
///
/// # Errors
/// When it cannot be read, is no regular file, is too large, or no UTF-8.
pub fn read(path: &Path) -> io::Result<Zeroizing<String>> {
    let mut bytes = Zeroizing::new(Vec::new());
    // Before it is opened: nobody may ever write to a pipe.
    if !path.metadata()?.is_file() {
        return Err(io::Error::other("it is not a regular file"));
    }
    let size = File::open(path)?.take(MAX_FILE + 1).read_to_end(&mut bytes)?;
    if size as u64 > MAX_FILE {
        return Err(io::Error::new(ErrorKind::FileTooLarge, "it is larger than 16 MiB"));
    }
    match std::str::from_utf8(&bytes) {
        Ok(text) => Ok(Zeroizing::new(text.to_owned())),
        Err(error) => Err(io::Error::new(
            ErrorKind::InvalidData,
            format!(
                "it is not UTF-8 (byte {}); PowerShell's `>` writes UTF-16, which no client reads",
                error.valid_up_to()
            ),
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_text_says_why() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("file");
        assert_eq!(read(&path).unwrap_err().kind(), ErrorKind::NotFound);
        assert!(read(directory.path()).unwrap_err().to_string().contains("not a regular file"));
        std::fs::write(&path, b"\xff\xfea\0").unwrap();
        let error = read(&path).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidData);
        assert!(error.to_string().contains("UTF-16"), "{error}");
        std::fs::write(&path, "text").unwrap();
        assert_eq!(read(&path).unwrap().as_str(), "text");
        std::fs::File::create(&path).unwrap().set_len(MAX_FILE + 1).unwrap();
        assert_eq!(read(&path).unwrap_err().kind(), ErrorKind::FileTooLarge);
    }
}
