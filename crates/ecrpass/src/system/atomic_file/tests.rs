//! Other programs write at the worst moment, runs are killed, and everything a file has is kept.
#![allow(clippy::unwrap_used, clippy::panic)] // a test's way of failing

mod made;

use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};
use std::process::{Command, Stdio};
use std::time::Instant;

use super::exchange::Moment;
use super::*;

fn names(directory: &Path) -> Vec<String> {
    let entries = fs::read_dir(directory).unwrap();
    let mut names: Vec<String> =
        entries.map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    names
}

fn all_texts(directory: &Path) -> Vec<String> {
    names(directory).iter().map(|name| fs::read_to_string(directory.join(name)).unwrap()).collect()
}

/// Replaces a file as most programs do.
fn write_as_docker(path: &Path, text: &str) {
    let new = path.with_extension("docker");
    fs::write(&new, text).unwrap();
    fs::rename(new, path).unwrap();
}

#[test]
fn links_stay_links_and_modes_stay() {
    let directory = tempfile::tempdir().unwrap();
    let (real, link) = (directory.path().join("real.json"), directory.path().join("config.json"));
    fs::write(&real, "{}").unwrap();
    fs::set_permissions(&real, fs::Permissions::from_mode(0o640)).unwrap();
    symlink("real.json", &link).unwrap();
    Original::read(&link).unwrap().replace("new").unwrap();
    assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
    assert_eq!(fs::read_to_string(&real).unwrap(), "new");
    assert_eq!(fs::metadata(&real).unwrap().permissions().mode() & 0o777, 0o640);
    assert_eq!(Original::read(&link).unwrap().last_backup().unwrap().as_str(), "{}");
    let backup = backups::backups(&real).pop().unwrap().1;
    assert_eq!(fs::metadata(backup).unwrap().permissions().mode() & 0o777, 0o600);
    assert!(Original::read(&link).unwrap().undo().unwrap());
    assert_eq!(fs::read_to_string(&link).unwrap(), "{}");
    assert_eq!(fs::metadata(&real).unwrap().permissions().mode() & 0o777, 0o640);
    assert_eq!(names(directory.path()), ["config.json", "real.json", "real.json.undone-by-ecrpass"]);
}

#[test]
fn what_has_a_login_in_it_is_kept_for_its_owner_alone() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("config.json");
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    let login = r#"{"auths": {"x.example": {"auth": "dTpw"}}}"#;
    fs::write(&path, login).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
    Original::read(&path).unwrap().replace("{}").unwrap();
    assert_eq!(mode(&path), 0o644);
    assert_eq!(mode(&backups::backups(&path).pop().unwrap().1), 0o600);
    assert!(Original::read(&path).unwrap().undo().unwrap());
    assert_eq!((mode(&path), fs::read_to_string(&path).unwrap().as_str()), (0o600, login));
}

#[test]
fn a_write_at_any_moment_is_not_lost() {
    for moment in [Moment::Prepared, Moment::Looked, Moment::Exchanged(0)] {
        for in_place in [false, true] {
            for undo in [false, true] {
                let directory = tempfile::tempdir().unwrap();
                let path = directory.path().join("config.json");
                fs::write(&path, "old").unwrap();
                if undo {
                    Original::read(&path).unwrap().replace("new").unwrap();
                }
                let original = Original::read(&path).unwrap();
                let mut write = |now: Moment| {
                    if now == moment {
                        if in_place {
                            fs::write(&path, "foreign").unwrap();
                        } else {
                            write_as_docker(&path, "foreign");
                        }
                    }
                };
                if undo {
                    let _ = original.undo_while(&mut write);
                } else {
                    let _ = original.replace_while("new", &mut write);
                }
                drop(original);
                let case = format!("{moment:?} in place {in_place} undo {undo}");
                // What the other program wrote last is in the file.
                assert_eq!(fs::read_to_string(&path).unwrap(), "foreign", "{case}");
                // And the old text is not lost either, as long as nobody wrote over it.
                let was_undone = undo && moment == Moment::Exchanged(0);
                let is_kept = all_texts(directory.path()).contains(&"old".to_owned());
                assert!(!undo || was_undone || is_kept, "{case}");
                assert!(!names(directory.path()).iter().any(|name| name.contains(".swap")), "{case}");
            }
        }
    }
}

#[test]
fn a_pipe_that_comes_into_its_place_is_not_waited_for() {
    use rustix::fs::{CWD, FileType, mknodat};
    for moment in [Moment::Prepared, Moment::Looked] {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("config.json");
        fs::write(&path, "old").unwrap();
        let replaced = Original::read(&path).unwrap().replace_while("new", &mut |now| {
            if now == moment {
                fs::remove_file(&path).unwrap();
                mknodat(CWD, &path, FileType::Fifo, 0o600.into(), 0).unwrap();
            }
        });
        assert!(matches!(replaced, Ok(Replaced::Changed)), "{moment:?}");
        assert!(
            !fs::metadata(&path).unwrap().is_file(),
            "{moment:?}: it is what the other program put there"
        );
    }
}

#[test]
fn several_writes_are_all_kept() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("config.json");
    fs::write(&path, "old").unwrap();
    let original = Original::read(&path).unwrap();
    let result = original.replace_while("new", &mut |moment| match moment {
        Moment::Looked => write_as_docker(&path, "first"),
        Moment::Exchanged(0) => write_as_docker(&path, "second"),
        _ => {}
    });
    let error = result.unwrap_err().to_string();
    assert!(error.contains("kept-by-ecrpass") && error.contains("diff "), "{error}");
    assert_eq!(fs::read_to_string(&path).unwrap(), "second");
    assert!(all_texts(directory.path()).contains(&"first".to_owned()));
    // One that goes on writing ends it, and loses nothing of the last two.
    let mut count = 0;
    let original = Original::look(&path).unwrap();
    let _ = original.replace_while("new", &mut |moment| {
        if matches!(moment, Moment::Looked | Moment::Exchanged(_)) {
            count += 1;
            write_as_docker(&path, &format!("write {count}"));
        }
    });
    assert!(count < 20, "{count}");
    assert!(all_texts(directory.path()).contains(&format!("write {count}")), "{count}");
}

#[test]
fn a_file_that_appears_or_goes_meanwhile_is_left_alone() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("config.json");
    let original = Original::read(&path).unwrap();
    let replaced = original.replace_while("new", &mut |moment| {
        if moment == Moment::Looked {
            fs::write(&path, "foreign").unwrap();
        }
    });
    assert_eq!(replaced.unwrap(), Replaced::Changed);
    assert_eq!(fs::read_to_string(&path).unwrap(), "foreign");
    drop(original);
    let original = Original::read(&path).unwrap();
    let replaced = original.replace_while("new", &mut |moment| {
        if moment == Moment::Looked {
            fs::remove_file(&path).unwrap();
        }
    });
    assert_eq!(replaced.unwrap(), Replaced::Changed);
    assert_eq!(names(directory.path()), [""; 0]);
}

#[test]
fn a_change_is_made_anew_on_what_another_program_wrote() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("config.json");
    fs::write(&path, "old").unwrap();
    let mut seen = Vec::new();
    update(&path, |original| {
        let text = original.text.clone().unwrap();
        seen.push(text.to_string());
        // Before the lock is taken, and under it.
        if seen.len() <= 2 {
            write_as_docker(&path, &format!("foreign {}", seen.len()));
        }
        Ok(((), Some(Zeroizing::new(format!("{}, changed", text.as_str())))))
    })
    .unwrap();
    assert_eq!(seen, ["old", "foreign 1", "foreign 2"]);
    assert_eq!(fs::read_to_string(&path).unwrap(), "foreign 2, changed");
    let mut decided = 0;
    update(&path, |_| {
        decided += 1;
        Ok(((), Some(Zeroizing::new("ours".to_owned()))))
    })
    .unwrap();
    assert_eq!((decided, fs::read_to_string(&path).unwrap().as_str()), (1, "ours"));
    let never = update(&path, |_| {
        write_as_docker(&path, &format!("again {}", fs::read_to_string(&path).unwrap()));
        Ok(((), Some(Zeroizing::new("ours".to_owned()))))
    });
    assert!(never.unwrap_err().to_string().contains("changed by another program each time"));
}

#[test]
fn what_was_changed_after_us_is_not_undone() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("config.json");
    fs::write(&path, "old").unwrap();
    Original::read(&path).unwrap().replace("new").unwrap();
    fs::write(&path, "newer").unwrap();
    let error = Original::read(&path).unwrap().undo().unwrap_err();
    assert!(error.to_string().contains("was changed since"), "{error}");
    assert_eq!(fs::read_to_string(&path).unwrap(), "newer");
}

#[test]
fn what_is_gone_comes_back() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("config.json");
    fs::write(&path, "old").unwrap();
    Original::read(&path).unwrap().replace("new").unwrap();
    fs::remove_file(&path).unwrap();
    assert!(Original::read(&path).unwrap().undo().unwrap());
    assert_eq!((fs::read_to_string(&path).unwrap().as_str(), names(directory.path()).len()), ("old", 1));
}

#[test]
fn a_file_that_is_being_rewritten_in_place_is_waited_for() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("config.json");
    fs::write(&path, "").unwrap();
    let (emptied, text) = (path.clone(), "theirs");
    let writer = std::thread::spawn(move || {
        let mut file = fs::File::create(emptied).unwrap();
        std::thread::sleep(Duration::from_millis(150));
        std::io::Write::write_all(&mut file, text.as_bytes()).unwrap();
    });
    assert_eq!(Original::look(&path).unwrap().text.unwrap().as_str(), text);
    writer.join().unwrap();
    fs::write(&path, "").unwrap();
    assert_eq!(Original::look(&path).unwrap().text.unwrap().as_str(), "");
}

#[test]
fn copies_are_their_owners_alone_whatever_is_in_them() {
    for text in ["{}", r#"{"auth":{"h":{"auth":"x"}}}"#, r#"{"password":"x"}"#] {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("config.json");
        fs::write(&path, text).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
        Original::read(&path).unwrap().replace(r#"{"a":1}"#).unwrap();
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(&backups::backups(&path).pop().unwrap().1), 0o600, "{text}");
        assert!(Original::read(&path).unwrap().undo().unwrap());
        assert_eq!(mode(&path), if text == "{}" { 0o644 } else { 0o600 }, "{text}");
        assert_eq!(mode(&directory.path().join("config.json.undone-by-ecrpass")), 0o600, "{text}");
    }
}

#[test]
fn new_files_are_private_and_backups_few() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("new/config.json");
    for text in 0..9 {
        Original::read(&path).unwrap().replace(&text.to_string()).unwrap();
    }
    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    assert_eq!(names(path.parent().unwrap()).len(), backups::BACKUPS + 1);
    let dangling = directory.path().join("dangling");
    symlink("elsewhere.json", &dangling).unwrap();
    Original::read(&dangling).unwrap().replace("x").unwrap();
    assert_eq!(fs::read_to_string(directory.path().join("elsewhere.json")).unwrap(), "x");
}

#[test]
fn a_lock_that_another_process_holds_is_not_waited_for_long() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("config.json");
    fs::write(&path, "old").unwrap();
    let mut holder = Command::new("flock")
        .arg(directory.path())
        .args(["sh", "-c", "echo locked; read line"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut line = String::new();
    let mut output = io::BufReader::new(holder.stdout.take().unwrap());
    io::BufRead::read_line(&mut output, &mut line).unwrap();
    let started = Instant::now();
    let error = match Original::read_within(&path, Duration::from_millis(100)) {
        Err(error) => error.to_string(),
        Ok(_) => panic!("it was locked"),
    };
    assert!(started.elapsed() < Duration::from_secs(30), "it waited");
    assert!(error.contains("locked for") && error.contains("Next: "), "{error}");
    if cfg!(target_os = "linux") {
        assert!(error.contains(&format!("process {} (flock)", holder.id())), "{error}");
    }
    // Looking needs no lock.
    assert!(Original::look(&path).is_ok());
    drop(holder.stdin.take());
    holder.wait().unwrap();
    assert!(Original::read(&path).is_ok());
}

#[test]
fn leftovers_of_killed_runs_go_and_nobody_elses() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("config.json");
    fs::write(&path, "text").unwrap();
    // A number that no process has: the largest there may be. Source: Linux `PID_MAX_LIMIT`.
    let dead = 4_194_304;
    let of = temporary::fingerprint;
    let write = |name: String, text: &str| fs::write(directory.path().join(name), text).unwrap();
    write(format!(".config.json.ecrpass-{dead}-0-{}.tmp", of("new")), "ne");
    write(format!(".config.json.ecrpass-{dead}-1-{}.swap", of("new")), "new");
    write(format!(".config.json.ecrpass-{dead}-2-{}.swap", of("new")), "text");
    write(format!(".config.json.before-ecrpass-001-{}.ecrpass-{dead}-3-{}.tmp", of("a"), of("b")), "b");
    let foreign = [
        format!(".config.json.ecrpass-{}-0-{}.tmp", std::process::id(), of("new")),
        format!(".config.json.ecrpass-{dead}-0-{}.tmp.bak", of("new")),
        format!(".config.json.ecrpass-{dead}-0-xyz.tmp"),
        format!(".other.json.ecrpass-{dead}-0-{}.tmp", of("new")),
        ".config.json.ecrpass-mine.tmp".to_owned(),
    ];
    for name in &foreign {
        write(name.clone(), "theirs");
    }
    // The text of another program, which was swapped out when the run was killed.
    write(format!(".config.json.ecrpass-{dead}-4-{}.swap", of("new")), "foreign");
    let original = Original::read(&path).unwrap();
    assert!(original.notes.iter().any(|note| note.contains("kept-by-ecrpass")), "{:?}", original.notes);
    let mut expected: Vec<String> = foreign.to_vec();
    expected.push("config.json".to_owned());
    expected.push(format!("config.json.kept-by-ecrpass-{}", of("foreign")));
    expected.sort();
    assert_eq!(names(directory.path()), expected);
    assert!(all_texts(directory.path()).contains(&"foreign".to_owned()));
}

#[test]
fn hard_links_are_told_before_they_part() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("config.json");
    fs::write(&path, "old").unwrap();
    assert!(Original::look(&path).unwrap().notes.is_empty());
    fs::hard_link(&path, directory.path().join("second")).unwrap();
    let notes = Original::look(&path).unwrap().notes;
    assert!(notes.iter().any(|note| note.contains("2 names (hard links)")), "{notes:?}");
}

#[cfg(target_os = "linux")]
#[test]
fn extended_attributes_and_access_lists_are_kept() {
    use rustix::fs::{XattrFlags, getxattr, setxattr};
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("config.json");
    fs::write(&path, "{}").unwrap();
    setxattr(&path, "user.note", b"kept", XattrFlags::empty()).unwrap();
    let value = |path: &Path, name: &str| {
        let mut value = vec![0; 1024];
        let length = getxattr(path, name, value.as_mut_slice()).ok()?;
        value.truncate(length);
        Some(value)
    };
    // Version 2; the owner, user 12345, the group, the mask, others. Source: Linux `posix_acl_xattr.h`.
    let mut list = 2_u32.to_le_bytes().to_vec();
    for (tag, rights, id) in
        [(1_u16, 6_u16, u32::MAX), (2, 4, 12345), (4, 4, u32::MAX), (16, 4, u32::MAX), (32, 0, u32::MAX)]
    {
        list.extend([tag.to_le_bytes(), rights.to_le_bytes()].concat());
        list.extend(id.to_le_bytes());
    }
    let has_lists = setxattr(&path, "system.posix_acl_access", &list, XattrFlags::empty()).is_ok();
    let mode = fs::metadata(&path).unwrap().mode();
    Original::read(&path).unwrap().replace("{} ").unwrap();
    assert_eq!(value(&path, "user.note").as_deref(), Some(&b"kept"[..]));
    assert_eq!(fs::metadata(&path).unwrap().mode(), mode);
    if has_lists {
        assert_eq!(value(&path, "system.posix_acl_access"), Some(list));
    }
    // A copy with a login in it is for nobody on the list.
    let login = r#"{"auths": {"x.example": {"auth": "dTpw"}}}"#;
    fs::write(&path, login).unwrap();
    Original::read(&path).unwrap().replace("{}").unwrap();
    let backup = backups::backups(&path).pop().unwrap().1;
    assert_eq!(value(&backup, "system.posix_acl_access"), None);
    assert_eq!(value(&backup, "user.note").as_deref(), Some(&b"kept"[..]));
    assert_eq!(fs::metadata(&backup).unwrap().mode() & 0o077, 0);
}
