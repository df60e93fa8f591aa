//! Killed before each step, and run again: the file is always one of the two, and in the end what was asked for.

use std::fs;
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use super::{Change, KeptFile, Returned};

/// Ends the work before the step of a number.
fn killed_before(step: usize) -> impl FnMut(&'static str) -> io::Result<()> {
    let mut left = step;
    move |_| {
        if left == 0 {
            return Err(io::Error::other("killed"));
        }
        left -= 1;
        Ok(())
    }
}

fn go_on(_: &'static str) -> io::Result<()> {
    Ok(())
}

fn state(file: &KeptFile) -> Option<String> {
    file.text().unwrap()
}

fn leftovers(directory: &Path) -> Vec<String> {
    let mut names: Vec<String> = fs::read_dir(directory)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned())
        .filter(|name| name.contains(".ecrpass-"))
        .collect();
    names.sort();
    names
}

#[test]
fn killed_at_any_step_it_is_the_old_one_or_the_new_one() {
    for old in [Some("old"), None] {
        let mut steps = 0;
        for step in 0.. {
            let directory = tempfile::tempdir().unwrap();
            let file = KeptFile::new(directory.path().join("provider"));
            if let Some(old) = old {
                fs::write(file.path(), old).unwrap();
            }
            let ended = file.replace(b"new", 0o755, &mut killed_before(step));
            let now = state(&file);
            assert!(now.as_deref() == old || now.as_deref() == Some("new"), "{step}: {now:?}");
            let is_over = ended.is_ok();

            // Killed again while it is taken back, and taken back then.
            let given = tempfile::tempdir().unwrap();
            copy(directory.path(), given.path());
            for again in 0..8 {
                let file = KeptFile::new(given.path().join("provider"));
                let _ = file.give_back(&mut killed_before(again));
                let now = state(&file);
                assert!(now.as_deref() == old || now.as_deref() == Some("new"), "{step} {again}: {now:?}");
            }
            let file_given = KeptFile::new(given.path().join("provider"));
            file_given.give_back(&mut go_on).unwrap();
            assert_eq!(state(&file_given).as_deref(), old, "{step}");

            // Run again: there, executable, and the old one kept; given back, nothing of ours is left.
            file.replace(b"new", 0o755, &mut go_on).unwrap();
            assert_eq!(state(&file).as_deref(), Some("new"));
            assert_eq!(fs::metadata(file.path()).unwrap().permissions().mode() & 0o7777, 0o755);
            assert_eq!(file.replace(b"new", 0o755, &mut go_on).unwrap(), Change::None);
            assert_eq!(file.give_back(&mut go_on).unwrap(), Returned::Done);
            assert_eq!(state(&file).as_deref(), old);
            assert_eq!(leftovers(directory.path()), Vec::<String>::new(), "{step}");
            assert_eq!(file.give_back(&mut go_on).unwrap(), Returned::NotOurs);
            if is_over {
                steps = step;
                break;
            }
        }
        assert!(steps >= 4, "{steps} steps");
    }
}

fn copy(from: &Path, to: &Path) {
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        fs::copy(entry.path(), to.join(entry.file_name())).unwrap();
    }
}

#[test]
fn a_newer_one_of_ours_keeps_the_first_that_was_there() {
    for step in 0..12 {
        let directory = tempfile::tempdir().unwrap();
        let file = KeptFile::new(directory.path().join("provider"));
        fs::write(file.path(), "upstream").unwrap();
        file.replace(b"ours 1", 0o755, &mut go_on).unwrap();
        let _ = file.replace(b"ours 2", 0o755, &mut killed_before(step));
        file.replace(b"ours 2", 0o755, &mut go_on).unwrap();
        assert_eq!(fs::read_to_string(file.before()).unwrap(), "upstream");
        assert_eq!(file.give_back(&mut go_on).unwrap(), Returned::Done);
        assert_eq!(state(&file).as_deref(), Some("upstream"), "{step}");
    }
}

#[test]
fn what_somebody_else_put_there_meanwhile_is_kept_too() {
    let directory = tempfile::tempdir().unwrap();
    let file = KeptFile::new(directory.path().join("provider"));
    fs::write(file.path(), "upstream 1").unwrap();
    file.replace(b"ours", 0o755, &mut go_on).unwrap();
    // An update of the node's image.
    fs::write(directory.path().join("other"), "upstream 2").unwrap();
    fs::rename(directory.path().join("other"), file.path()).unwrap();
    assert_eq!(file.give_back(&mut go_on).unwrap(), Returned::Replaced);
    assert_eq!(state(&file).as_deref(), Some("upstream 2"));
    file.replace(b"ours", 0o755, &mut go_on).unwrap();
    assert_eq!(file.give_back(&mut go_on).unwrap(), Returned::Done);
    assert_eq!(state(&file).as_deref(), Some("upstream 2"));
    // Removed meanwhile, by somebody who wants it gone.
    file.replace(b"ours", 0o755, &mut go_on).unwrap();
    fs::remove_file(file.path()).unwrap();
    file.replace(b"ours", 0o755, &mut go_on).unwrap();
    assert_eq!(file.give_back(&mut go_on).unwrap(), Returned::Done);
    assert_eq!(state(&file), None);
}

#[test]
fn links_are_replaced_and_put_back_as_links() {
    let directory = tempfile::tempdir().unwrap();
    let target = directory.path().join("target");
    fs::write(&target, "upstream").unwrap();
    let file = KeptFile::new(directory.path().join("provider"));
    std::os::unix::fs::symlink(&target, file.path()).unwrap();
    file.replace(b"ours", 0o755, &mut go_on).unwrap();
    assert_eq!(fs::read_to_string(&target).unwrap(), "upstream");
    assert_eq!(file.give_back(&mut go_on).unwrap(), Returned::Done);
    assert_eq!(fs::read_link(file.path()).unwrap(), target);
    // Nor is one followed that somebody put where we write.
    let victim = directory.path().join("victim");
    fs::write(&victim, "safe").unwrap();
    std::os::unix::fs::symlink(&victim, file.candidate()).unwrap();
    file.replace(b"ours", 0o755, &mut go_on).unwrap();
    assert_eq!(fs::read_to_string(&victim).unwrap(), "safe");
}

#[test]
fn what_cannot_be_put_there_leaves_nothing_that_takes_room() {
    // Steps that fail, as on a disk that is full; a directory in the way of each file that is written.
    for name in ["", ".ecrpass-ours", ".ecrpass-before"] {
        let directory = tempfile::tempdir().unwrap();
        let file = KeptFile::new(directory.path().join("provider"));
        if name.is_empty() {
            fs::create_dir_all(file.path().join("x")).unwrap();
        } else {
            fs::write(file.path(), "old").unwrap();
            fs::create_dir_all(directory.path().join(format!("provider{name}")).join("x")).unwrap();
        }
        file.prepare(b"new", 0o755, &mut go_on).unwrap();
        assert!(file.put(&mut go_on).is_err(), "{name}");
        let left: Vec<String> = leftovers(directory.path())
            .into_iter()
            .filter(|left| !left.ends_with(name) || name.is_empty())
            .collect();
        assert_eq!(left, Vec::<String>::new(), "{name}");
    }
}

#[test]
fn links_lead_to_places_below_the_root() {
    let outside = tempfile::tempdir().unwrap();
    let root = outside.path().join("root");
    fs::create_dir_all(root.join("data")).unwrap();
    // What this machine has in that place is another file.
    let target = outside.path().join("data");
    fs::write(&target, "of this machine").unwrap();
    let inside = root.join(target.strip_prefix("/").unwrap());
    fs::create_dir_all(inside.parent().unwrap()).unwrap();
    fs::write(&inside, "of that machine").unwrap();
    std::os::unix::fs::symlink(&target, root.join("provider")).unwrap();
    let file = KeptFile::below(&root, root.join("provider"));
    assert_eq!(state(&file).as_deref(), Some("of that machine"));
    file.replace(b"ours", 0o755, &mut go_on).unwrap();
    assert_eq!(
        (state(&file).as_deref(), fs::read_to_string(&target).unwrap().as_str()),
        (Some("ours"), "of this machine")
    );
    assert_eq!(file.give_back(&mut go_on).unwrap(), Returned::Done);
    assert_eq!(state(&file).as_deref(), Some("of that machine"));
}

#[test]
fn it_is_known_beforehand_whether_the_file_will_go() {
    for old in [Some("old"), None] {
        let directory = tempfile::tempdir().unwrap();
        let file = KeptFile::new(directory.path().join("provider"));
        if let Some(old) = old {
            fs::write(file.path(), old).unwrap();
        }
        assert!(!file.would_go().unwrap());
        file.replace(b"ours", 0o755, &mut go_on).unwrap();
        assert_eq!(file.would_go().unwrap(), old.is_none());
        fs::write(file.path(), "theirs").unwrap();
        assert!(!file.would_go().unwrap());
    }
}
