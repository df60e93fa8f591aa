//! What stands at a place after something was written to it: devices, pipes, sockets and links as before, files whole.

#![allow(clippy::unwrap_used)] // a test's way of failing

use std::os::unix::fs::{FileTypeExt, MetadataExt, PermissionsExt, symlink};
use std::os::unix::net::UnixListener;

use rustix::fs::{CWD, FileType, mknodat};

use super::*;

fn ui() -> Ui {
    Ui::new(true, false)
}

fn mode(path: &Path) -> u32 {
    path.metadata().unwrap().mode() & 0o7777
}

/// All names in a directory: nothing of ours is left in it.
fn names(directory: &Path) -> Vec<String> {
    let entries = fs::read_dir(directory).unwrap();
    let mut names: Vec<String> =
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

/// Writes in both ways, and says what is there after each.
fn write(path: &Path, access: Access, mut is_right: impl FnMut(&str)) {
    NamedOutput::prepare(path, access).unwrap().write("one\n", &mut ui()).unwrap();
    is_right("one\n");
    let output = NamedOutput::prepare(path, access).unwrap();
    let draft = output.begin().unwrap();
    draft.writer().unwrap().write_all(b"two\nlines\n").unwrap();
    output.put(draft, &mut ui()).unwrap();
    // Whoever reads from a socket reads until it is closed.
    drop(output);
    is_right("two\nlines\n");
}

#[test]
fn files_keep_their_mode_and_new_ones_get_the_one_that_fits() {
    let directory = tempfile::tempdir().unwrap();
    let path = |name: &str| directory.path().join(name);
    for (name, before, access, wanted) in [
        ("kept", Some(0o640), Access::Owner, 0o640),
        ("open", Some(0o666), Access::Umask, 0o666),
        ("secret", None, Access::Owner, 0o600),
        ("all", None, Access::All, 0o644),
    ] {
        if let Some(mode) = before {
            fs::write(path(name), "before, and longer than what comes").unwrap();
            fs::set_permissions(path(name), fs::Permissions::from_mode(mode)).unwrap();
        }
        write(&path(name), access, |text| {
            assert_eq!(fs::read_to_string(path(name)).unwrap(), text);
            assert_eq!(mode(&path(name)), wanted, "{name}");
        });
    }
    // As anybody's new file is.
    fs::write(path("plain"), "").unwrap();
    write(&path("new"), Access::Umask, |_| assert_eq!(mode(&path("new")), mode(&path("plain"))));
    assert_eq!(names(directory.path()), ["all", "kept", "new", "open", "plain", "secret"]);
}

#[test]
fn links_are_followed_and_pipes_sockets_and_devices_stay() {
    let directory = tempfile::tempdir().unwrap();
    let path = |name: &str| directory.path().join(name);
    fs::write(path("target"), "old").unwrap();
    symlink("target", path("link")).unwrap();
    write(&path("link"), Access::Owner, |text| {
        assert_eq!(fs::read_to_string(path("target")).unwrap(), text);
        assert!(path("link").is_symlink());
    });

    mknodat(CWD, path("pipe"), FileType::Fifo, 0o600.into(), 0).unwrap();
    symlink("pipe", path("to-pipe")).unwrap();
    for name in ["pipe", "to-pipe"] {
        let mut reader = File::options().read(true).write(true).open(path("pipe")).unwrap();
        write(&path(name), Access::Umask, |text| {
            let mut got = vec![0; text.len()];
            reader.read_exact(&mut got).unwrap();
            assert_eq!(got, text.as_bytes());
            assert!(path("pipe").metadata().unwrap().file_type().is_fifo());
        });
    }
    // A process that another test just starts has the reader, too, until it becomes its program.
    let begun = std::time::Instant::now();
    let error = loop {
        match NamedOutput::open(&path("pipe"), Access::Umask) {
            Err(error) => break error,
            Ok(_) => assert!(begun.elapsed().as_secs() < 10, "somebody reads from it"),
        }
    };
    assert_eq!(error.to_string(), "nobody reads from it");

    let listener = UnixListener::bind(path("socket")).unwrap();
    write(&path("socket"), Access::Umask, |text| {
        let mut got = String::new();
        listener.accept().unwrap().0.read_to_string(&mut got).unwrap();
        assert_eq!(got, text);
        assert!(path("socket").metadata().unwrap().file_type().is_socket());
    });

    write(Path::new("/dev/null"), Access::Owner, |_| {
        assert!(Path::new("/dev/null").metadata().unwrap().file_type().is_char_device());
    });
    // As root it would be replaced, were it not for the rule.
    if mknodat(CWD, path("null"), FileType::CharacterDevice, 0o666.into(), rustix::fs::makedev(1, 3)).is_ok()
        && File::options().write(true).open(path("null")).is_ok()
    {
        write(&path("null"), Access::Owner, |_| {
            assert!(path("null").metadata().unwrap().file_type().is_char_device());
        });
    }
}

#[test]
fn what_a_process_has_open_is_written_to() {
    use std::os::fd::AsRawFd;
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("log");
    fs::write(&path, "before\n").unwrap();
    let open = File::options().append(true).open(&path).unwrap();
    let before = path.metadata().unwrap().ino();
    let name = format!("/dev/fd/{}", open.as_raw_fd());
    NamedOutput::prepare(Path::new(&name), Access::Owner).unwrap().write("after\n", &mut ui()).unwrap();
    assert_eq!(fs::read_to_string(&path).unwrap(), "before\nafter\n");
    assert_eq!(path.metadata().unwrap().ino(), before);
}

#[test]
fn nothing_is_lost_before_the_new_text_is_complete() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("file");
    fs::write(&path, "old").unwrap();
    let output = NamedOutput::prepare(&path, Access::Umask).unwrap();
    let draft = output.begin().unwrap();
    draft.writer().unwrap().write_all(b"half").unwrap();
    assert_eq!(fs::read_to_string(&path).unwrap(), "old");
    drop(draft);
    assert_eq!(fs::read_to_string(&path).unwrap(), "old");
    assert_eq!(names(directory.path()), ["file"]);
}

#[test]
fn a_place_where_nothing_can_be_is_told_and_nothing_is_made() {
    let directory = tempfile::tempdir().unwrap();
    let path = |name: &str| directory.path().join(name);
    fs::write(path("file"), "").unwrap();
    symlink("nowhere", path("dangling")).unwrap();
    for (name, why) in [
        ("none/x", "there is no directory"),
        ("file/x", "Not a directory"),
        ("", "is a directory"),
        ("dangling", "it is a link to nowhere"),
    ] {
        let error = NamedOutput::prepare(&path(name), Access::Umask).unwrap_err().to_string();
        assert!(error.contains("cannot be written: ") && error.contains(why), "{error}");
    }
    assert!(make_directory(&path("none/deep")).unwrap_err().to_string().contains("there is no directory"));
    assert!(make_directory(&path("file")).is_err());
    assert_eq!(names(directory.path()), ["dangling", "file"]);
    make_directory(&path("new")).unwrap();
    write_new(&path("new/x"), "text").unwrap();
    assert_eq!(write_new(&path("new/x"), "other").unwrap_err().kind(), ErrorKind::AlreadyExists);
    assert_eq!(fs::read_to_string(path("new/x")).unwrap(), "text");
    assert_eq!(names(&path("new")), ["x"]);
}

#[test]
fn a_source_is_no_place_for_the_result() {
    let directory = tempfile::tempdir().unwrap();
    let path = |name: &str| directory.path().join(name);
    fs::create_dir(path("logs")).unwrap();
    fs::write(path("logs/a"), "").unwrap();
    symlink("logs/a", path("link")).unwrap();
    for (output, input, is_refused) in [
        ("logs/a", "logs/a", true),
        ("link", "logs/a", true),
        ("logs/a", "link", true),
        ("logs/new", "logs", true),
        ("new", "logs", false),
        ("logs/b", "logs/a", false),
        ("logs/b", "missing", false),
    ] {
        let refused =
            NamedOutput::prepare(&path(output), Access::Umask).unwrap().refuse_inputs(&[path(input)]);
        assert_eq!(refused.is_err(), is_refused, "{output} {input}");
    }
}

#[test]
fn a_file_that_alone_may_be_written_keeps_its_owner_and_place() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("file");
    fs::write(&path, "old and longer").unwrap();
    let before = path.metadata().unwrap().ino();
    overwrite(&path, &mut "new".as_bytes()).unwrap();
    assert_eq!(fs::read_to_string(&path).unwrap(), "new");
    assert_eq!(path.metadata().unwrap().ino(), before);
    // Whoever may write nothing into the directory: root may.
    fs::set_permissions(directory.path(), fs::Permissions::from_mode(0o555)).unwrap();
    write(&path, Access::Umask, |text| assert_eq!(fs::read_to_string(&path).unwrap(), text));
    fs::set_permissions(directory.path(), fs::Permissions::from_mode(0o755)).unwrap();
}
