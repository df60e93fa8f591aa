//! What stands in the way of an `erase`: the file that tells one from the next, a full disk, a disk that cannot be
//! written. The erased token never comes back, and no `get` fails for it.

use std::fs::{self, Permissions};
use std::os::unix::fs::{PermissionsExt, chown, symlink};
use std::path::Path;
use std::process::Command;

use crate::world::{HOST, PATIENCE, World, finish, require_root, start};

/// A name, and what is put in the place of the file that changes with every `erase`.
type Spoiled = (&'static str, fn(&Path));

const SPOILED: [Spoiled; 8] = [
    ("unreadable", |path| {
        fs::write(path, "1").unwrap();
        fs::set_permissions(path, Permissions::from_mode(0o000)).unwrap();
    }),
    ("writable by all", |path| {
        fs::write(path, "1").unwrap();
        fs::set_permissions(path, Permissions::from_mode(0o666)).unwrap();
    }),
    ("somebody else's", |path| {
        fs::write(path, "1").unwrap();
        fs::set_permissions(path, Permissions::from_mode(0o600)).unwrap();
        chown(path, Some(1000), Some(1000)).unwrap();
    }),
    ("a pipe", |path| assert!(Command::new("mkfifo").arg(path).status().unwrap().success())),
    ("a device", |path| symlink("/dev/zero", path).unwrap()),
    ("a directory", |path| fs::create_dir(path).unwrap()),
    ("a directory with something in it", |path| fs::create_dir_all(path.join("x")).unwrap()),
    ("huge", |path| {
        fs::write(path, "x".repeat(100_000)).unwrap();
        fs::set_permissions(path, Permissions::from_mode(0o600)).unwrap();
    }),
];

fn spoil(world: &World, how: fn(&Path)) {
    let path = world.tokens().join("erased");
    let _ = fs::remove_file(&path);
    let _ = fs::remove_dir_all(&path);
    how(&path);
}

#[test]
fn whatever_is_in_its_place_an_erase_is_not_undone() {
    require_root();
    for (name, how) in SPOILED {
        // Before AWS is asked, and while it is.
        for early in [true, false] {
            let world = World::new();
            world.config("deadline = \"60s\"\n");
            world.get(HOST).password();
            fs::remove_file(&world.token_files()[0]).unwrap();
            if early {
                spoil(&world, how);
            }
            let hold = world.ecr.hold("GetAuthorizationToken");
            let getting = world.start("get", HOST.as_bytes());
            assert!(hold.wait_for_requests(1, PATIENCE));
            if !early {
                spoil(&world, how);
            }
            assert_eq!(world.run("erase", HOST).code, Some(0), "{name}");
            drop(hold);
            finish(getting).password();
            assert!(world.token_files().is_empty(), "{name}, {early}: the erased token came back");
        }
    }
}

#[test]
fn whatever_is_in_its_place_get_answers() {
    require_root();
    for (name, how) in SPOILED {
        let world = World::new();
        world.get(HOST).password();
        fs::remove_file(&world.token_files()[0]).unwrap();
        spoil(&world, how);
        let token = world.get(HOST).password();
        // What can be put right was put right: the token is kept.
        let kept = name != "a directory with something in it";
        assert_eq!(world.get(HOST).password() == token, kept, "{name}");
        if !kept {
            assert!(world.log().contains("nobody can tell whether it was erased"), "{}", world.log());
        }
    }
}

/// The helper with its tokens on a disk of its own, and what a script does with it.
fn on_a_small_disk(world: &World, options: &str, script: &str) -> std::process::Child {
    let script = format!(
        "mkdir -p .ecr/tokens && mount -t tmpfs -o mode=700,{options} none .ecr/tokens && chmod 700 .ecr .ecr/tokens && {script}"
    );
    start(world.command_below("unshare", &["-m", "sh", "-c", &script], "get"), HOST.as_bytes())
}

#[test]
fn a_full_disk_neither_fails_a_get_nor_keeps_what_was_erased() {
    require_root();
    // Full of bytes, and full of files; first with nothing there, then with a token and an earlier `erase`.
    for options in ["size=16k", "size=1m,nr_inodes=8"] {
        for before in
            ["true", "\"$0\" get < host > /dev/null && \"$0\" erase < host && \"$0\" get < host > /dev/null"]
        {
            let world = World::new();
            world.write("host", HOST);
            // `$0` is the helper. While it asks AWS, the disk is filled, the token erased, and room made again.
            let script = format!(
                "{before}; rm -f .ecr/tokens/*.json; touch ready; while [ ! -e go ]; do sleep 0.01; done; \
                 ($0 get < host > answer; echo $? > status) & \
                 while [ ! -e asked ]; do sleep 0.01; done; \
                 i=0; while head -c 4096 /dev/zero > .ecr/tokens/fill$i && [ $i -lt 300 ]; do i=$((i+1)); done 2>/dev/null; \
                 $0 erase < host; rm -f .ecr/tokens/fill*; touch erased; wait; ls .ecr/tokens > left"
            );
            let child = on_a_small_disk(&world, options, &script);
            crate::world::wait_until("the disk is there", || world.path("ready").exists());
            let hold = world.ecr.hold("GetAuthorizationToken");
            fs::write(world.path("go"), "").unwrap();
            assert!(hold.wait_for_requests(1, PATIENCE));
            fs::write(world.path("asked"), "").unwrap();
            crate::world::wait_until("it was erased", || world.path("erased").exists());
            drop(hold);
            let run = finish(child);
            assert_eq!(fs::read_to_string(world.path("status")).unwrap(), "0\n", "{}", run.stderr);
            assert!(fs::read_to_string(world.path("answer")).unwrap().contains("Secret"));
            let left = fs::read_to_string(world.path("left")).unwrap();
            assert!(!left.contains(".json"), "{options}: the erased token came back: {left}");
        }
    }
}

#[test]
fn an_erase_that_cannot_erase_says_so() {
    require_root();
    let world = World::new();
    world.get(HOST).password();
    let script =
        "mount --bind .ecr/tokens .ecr/tokens && mount -o remount,ro,bind .ecr/tokens && exec \"$0\" erase";
    let command = world.command_below("unshare", &["-m", "sh", "-c", script], "erase");
    let run = finish(start(command, HOST.as_bytes()));
    assert_eq!(run.code, Some(1), "{}", run.stdout);
    assert!(run.stdout.contains("is still cached"), "{}", run.stdout);
    assert_eq!(run.stdout.lines().count(), 1);
}
