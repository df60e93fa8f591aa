//! Files that we made go away again; what another program has written in their place does not.

use std::fs;

use super::super::Original;
use super::super::exchange::take_away;

#[test]
fn a_file_that_was_made_goes_away_again() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("config.json");
    let replace = |text: &str| Original::read(&path).unwrap().replace(text).unwrap();
    let undo = || Original::read(&path).unwrap().undo();
    replace("{\"a\": 1}");
    replace("{\"a\": 2}");
    assert!(undo().unwrap());
    assert_eq!(fs::read_to_string(&path).unwrap(), "{\"a\": 1}");
    assert!(undo().unwrap());
    assert!(!path.exists());
    assert!(!undo().unwrap());
    // One that somebody has written in since stays, and so does one that was there.
    replace("{\"a\": 1}");
    fs::write(&path, "{\"b\": 1}").unwrap();
    assert!(undo().is_err());
    assert_eq!(fs::read_to_string(&path).unwrap(), "{\"b\": 1}");
    let other = directory.path().join("auth.json");
    fs::write(&other, "{}\n").unwrap();
    Original::read(&other).unwrap().replace("{\"a\": 1}").unwrap();
    assert!(Original::read(&other).unwrap().undo().unwrap());
    assert_eq!(fs::read_to_string(&other).unwrap(), "{}\n");
}

#[test]
fn what_another_program_wrote_is_not_taken_away() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("config.json");
    fs::write(&path, "theirs").unwrap();
    take_away(&path, "{}\n");
    assert_eq!(fs::read_to_string(&path).unwrap(), "theirs");
    fs::write(&path, "{}\n").unwrap();
    take_away(&path, "{}\n");
    assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 0);
}
