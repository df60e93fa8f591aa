//! Files that decide whose credentials are used, and that cannot be read, or not yet: they are waited for or refused,
//! and never taken for empty.

use std::fs::{self, File, Permissions};
use std::io::Write;
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt, chown, symlink};
use std::os::unix::net::UnixListener;
use std::path::{Path, PathBuf};
use std::process::Command;

use ecrpass_local::{DEFAULT_ACCOUNT, DEPLOY_ROLE, INSTANCE_ROLE};

use crate::world::{HOST, Run, World, finish, no_key, require_root, start, wait_until};

/// Where another principal's token could be had, if a file were taken for empty.
fn on_an_instance() -> World {
    let mut world = World::without_credentials();
    world.unset("AWS_EC2_METADATA_DISABLED");
    world
}

fn pipe(world: &World) -> PathBuf {
    let path = world.path("pipe");
    assert!(Command::new("mkfifo").arg(&path).status().unwrap().success());
    path
}

/// Who asked for the token.
fn principal(world: &World) -> String {
    let calls = world.ecr.calls();
    let [asked] =
        &calls.iter().filter(|call| call.operation == "GetAuthorizationToken").collect::<Vec<_>>()[..]
    else {
        panic!("{calls:?}");
    };
    asked.principal.clone().unwrap_or_default()
}

fn keys(world: &World) -> String {
    let key = world.ecr.access_key();
    format!("aws_access_key_id = {}\naws_secret_access_key = {}\n", key.id, key.secret.expose())
}

/// A `get` that finds a pipe without a writer: one comes once it has the pipe open. Again, where this machine was too
/// busy to write before it stopped waiting.
fn get_before_the_writer(world: &World, pipe: &Path, text: &str) -> Run {
    for _ in 0..5 {
        let mut child = world.start("get", HOST.as_bytes());
        let descriptors = format!("/proc/{}/fd", child.id());
        wait_until("the helper has the pipe open, or ended", || {
            let open = fs::read_dir(&descriptors).into_iter().flatten().flatten();
            open.filter_map(|entry| fs::read_link(entry.path()).ok()).any(|path| path == pipe)
                || child.try_wait().unwrap().is_some()
        });
        let flags = rustix::fs::OFlags::NONBLOCK.bits().cast_signed();
        // Where nobody has it open any more, there is nobody to write to.
        if let Ok(mut writer) = File::options().write(true).custom_flags(flags).open(pipe) {
            let _ = writer.write_all(text.as_bytes());
        }
        let run = finish(child);
        if !run.stderr.contains("its writer does not come") {
            return run;
        }
    }
    panic!("it did not wait for a writer");
}

#[test]
fn settings_in_a_pipe_wait_for_its_writer() {
    let mut world = World::new();
    let pipe = pipe(&world);
    world.set("ECRPASS_CONFIG", pipe.to_str().unwrap());
    let role = world.ecr.role_arn(DEFAULT_ACCOUNT, DEPLOY_ROLE);
    let text = format!("[[registry]]\nhost = \"*\"\nrole_arn = \"{role}\"\n");
    get_before_the_writer(&world, &pipe, &text).password();
    assert!(principal(&world).contains(DEPLOY_ROLE), "{}", principal(&world));
}

#[test]
fn aws_files_in_a_pipe_wait_for_its_writer() {
    for variable in ["AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"] {
        let mut world = on_an_instance();
        let pipe = pipe(&world);
        world.set(variable, pipe.to_str().unwrap());
        get_before_the_writer(&world, &pipe, &format!("[default]\n{}", keys(&world))).password();
        assert!(principal(&world).contains(":user/"), "{variable}: {}", principal(&world));
    }
}

#[test]
fn a_pipe_that_gives_nothing_is_an_error() {
    for (variable, slug) in [
        ("ECRPASS_CONFIG", "ecrpass-config-invalid"),
        ("AWS_CONFIG_FILE", "aws-profile-invalid"),
        ("AWS_SHARED_CREDENTIALS_FILE", "aws-profile-invalid"),
        ("AWS_WEB_IDENTITY_TOKEN_FILE", "irsa-web-identity-invalid"),
    ] {
        // Nobody writes.
        let mut world = on_an_instance();
        if variable == "ECRPASS_CONFIG" {
            world.variables = world.ecr.env();
        }
        let pipe = pipe(&world);
        world.set("AWS_ROLE_ARN", &world.ecr.role_arn(DEFAULT_ACCOUNT, DEPLOY_ROLE));
        world.set(variable, pipe.to_str().unwrap());
        assert_eq!(world.get(HOST).slug(), slug, "{variable}");
        // Who should write has failed.
        let script = format!("{variable}=<(false) exec \"$0\" \"$1\"");
        world.unset(variable);
        let run = finish(start(world.command_below("bash", &["-c", &script], "get"), HOST.as_bytes()));
        assert_eq!(run.slug(), slug, "{variable}");
        assert!(world.ecr.calls().is_empty(), "{variable}: {:?}", world.ecr.calls());
    }
}

/// What may stand in the place of a file, and how it gets there.
type Odd = (&'static str, fn(&Path) -> Option<UnixListener>);

const ODD: [Odd; 5] = [
    ("a directory", |path| {
        fs::create_dir(path).unwrap();
        None
    }),
    ("a link to itself", |path| {
        symlink(path, path).unwrap();
        None
    }),
    ("a socket", |path| Some(UnixListener::bind(path).unwrap())),
    ("a program", |path| {
        fs::copy("/bin/true", path).unwrap();
        None
    }),
    ("what an editor wrote as UTF-16", |path| {
        let text = "[default]\nregion = us-east-1\n".encode_utf16().flat_map(u16::to_le_bytes);
        fs::write(path, [0xff, 0xfe].into_iter().chain(text).collect::<Vec<u8>>()).unwrap();
        None
    }),
];

#[test]
fn what_cannot_be_read_in_the_place_of_an_aws_file_is_not_passed_over() {
    for name in ["config", "credentials"] {
        for (what, put) in ODD {
            let mut world = on_an_instance();
            let path = world.path(".aws").join(name);
            fs::create_dir(world.path(".aws")).unwrap();
            let held = put(&path);
            let run = world.get(HOST);
            assert_eq!(run.slug(), "aws-profile-invalid", "{name} as {what}");
            assert!(run.stderr.contains(path.to_str().unwrap()), "{}", run.stderr);
            world.set("AWS_PROFILE", "p");
            assert_eq!(world.get(HOST).slug(), "aws-profile-invalid", "{name} as {what}");
            assert!(world.ecr.calls().is_empty(), "{name} as {what}: {:?}", world.ecr.calls());
            // Of these, the environment's key is asked first, and needs no file.
            world.variables = world.ecr.env();
            world.get(HOST).password();
            assert!(principal(&world).contains(":user/"), "{}", principal(&world));
            drop(held);
        }
    }
}

#[test]
fn an_aws_file_that_is_not_there_is_fine() {
    for what in ["nothing", "no directory", "a link that leads nowhere", "an empty file", "/dev/null"] {
        let world = on_an_instance();
        let (directory, path) = (world.path(".aws"), world.path(".aws/config"));
        match what {
            "no directory" => fs::write(directory, "").unwrap(),
            "a link that leads nowhere" => {
                fs::create_dir(directory).unwrap();
                symlink("nowhere", path).unwrap();
            }
            "an empty file" => drop(world.write(".aws/config", "")),
            "/dev/null" => {
                fs::create_dir(directory).unwrap();
                symlink("/dev/null", path).unwrap();
            }
            _ => {}
        }
        world.get(HOST).password();
        assert!(principal(&world).contains(INSTANCE_ROLE), "{what}: {}", principal(&world));
    }
}

#[test]
fn an_aws_file_that_this_user_may_not_read_is_not_passed_over() {
    require_root();
    for (closed, may_not) in [(".aws/credentials", "may not read"), (".aws", "may not enter")] {
        let world = on_an_instance();
        world.write(".aws/credentials", &format!("[default]\n{}", keys(&world)));
        let program = world.program_for_everybody();
        for path in ["", ".aws", ".aws/credentials"] {
            chown(world.path(path), Some(65534), Some(65534)).unwrap();
        }
        let script =
            format!("exec setpriv --reuid 65534 --regid 65534 --clear-groups {} get", program.display());
        let get = || finish(start(world.command_below("sh", &["-c", &script], "get"), HOST.as_bytes()));
        let mode = fs::metadata(world.path(closed)).unwrap().permissions();
        fs::set_permissions(world.path(closed), Permissions::from_mode(0o000)).unwrap();
        let run = get();
        assert_eq!(run.slug(), "aws-profile-invalid", "{closed}");
        let place = format!("{may_not} {}", world.path(closed).display());
        assert!(run.stderr.contains(&place), "{}", run.stderr);
        assert!(world.ecr.calls().is_empty(), "{closed}: {:?}", world.ecr.calls());
        fs::set_permissions(world.path(closed), mode).unwrap();
        get().password();
        assert!(principal(&world).contains(":user/"), "{}", principal(&world));
    }
}

#[test]
fn an_empty_web_identity_token_is_told_without_a_call() {
    for text in ["", " \n"] {
        let mut world = World::new();
        no_key(&mut world);
        let file = world.write("token", text);
        let role = world.ecr.role_arn(DEFAULT_ACCOUNT, DEPLOY_ROLE);
        world.aws_config(&format!(
            "[profile p]\nrole_arn = {role}\nweb_identity_token_file = {}\n",
            file.display()
        ));
        for by_profile in [true, false] {
            if by_profile {
                world.set("AWS_PROFILE", "p");
            } else {
                world.unset("AWS_PROFILE");
                world.set("AWS_ROLE_ARN", &role);
                world.set("AWS_WEB_IDENTITY_TOKEN_FILE", file.to_str().unwrap());
            }
            let run = world.get(HOST);
            assert_eq!(run.slug(), "irsa-web-identity-invalid");
            assert!(run.stderr.contains("it is empty"), "{}", run.stderr);
            assert!(world.ecr.calls().is_empty(), "{:?}", world.ecr.calls());
        }
    }
}
