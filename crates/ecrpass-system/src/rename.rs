//! Putting a file in the place of another. Windows refuses that while anybody has the other one open, be it for the blink of
//! an eye to read it, and so would each of several that do it at once; so it is tried for a while there.

use std::io;
use std::path::Path;

/// How often Windows is asked, and how long is waited in between, in milliseconds: half a second in all.
#[cfg(windows)]
const TRIES: u32 = 50;
#[cfg(windows)]
const PAUSE: u64 = 10;

/// Gives a file another name, in place of what has that name.
///
/// # Errors
/// As `std::fs::rename`; on Windows, what stands open there or may not be replaced is refused only after half a second.
pub fn rename(from: &Path, to: &Path) -> io::Result<()> {
    #[cfg(windows)]
    for _ in 1..TRIES {
        match std::fs::rename(from, to) {
            Err(error) if is_in_use(&error) && !to.is_dir() => {
                std::thread::sleep(std::time::Duration::from_millis(PAUSE));
            }
            ended => return ended,
        }
    }
    std::fs::rename(from, to)
}

/// Whether somebody has it open: ERROR_ACCESS_DENIED, which also is what it says to a place that may not be written, and
/// ERROR_SHARING_VIOLATION.
#[cfg(windows)]
fn is_in_use(error: &io::Error) -> bool {
    matches!(error.raw_os_error(), Some(5 | 32))
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::rename;

    #[test]
    fn the_new_file_takes_the_place_of_the_old_one() {
        let directory = tempfile::tempdir().unwrap();
        let [new, old] = ["new", "old"].map(|name| directory.path().join(name));
        fs::write(&new, "new").unwrap();
        fs::write(&old, "old").unwrap();
        rename(&new, &old).unwrap();
        assert_eq!(fs::read_to_string(&old).unwrap(), "new");
        assert!(!new.exists());
        assert!(rename(&new, &old).is_err());
    }

    /// Opened in a way that forbids to replace it, as editors and scanners do it.
    #[cfg(windows)]
    #[test]
    fn a_file_that_is_open_for_a_moment_is_waited_for() {
        use std::os::windows::fs::OpenOptionsExt;

        let directory = tempfile::tempdir().unwrap();
        let [new, old] = ["new", "old"].map(|name| directory.path().join(name));
        fs::write(&new, "new").unwrap();
        fs::write(&old, "old").unwrap();
        let open = fs::OpenOptions::new().read(true).share_mode(1).open(&old).unwrap();
        std::thread::scope(|scope| {
            scope.spawn(move || {
                std::thread::sleep(std::time::Duration::from_millis(100));
                drop(open);
            });
            rename(&new, &old).unwrap();
        });
        assert_eq!(fs::read_to_string(&old).unwrap(), "new");
    }
}
