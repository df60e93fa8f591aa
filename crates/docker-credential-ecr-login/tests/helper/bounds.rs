//! Time and memory: whatever hangs, in whatever place, costs the deadline and half a second at most, and nothing that
//! somebody else chose fills the memory.

use std::any::Any;
use std::fs::{self, OpenOptions};
use std::net::{Ipv4Addr, TcpListener, UdpSocket};
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use ecrpass_local::{DEFAULT_ACCOUNT, DEPLOY_ROLE};

use crate::hostile::check;
use crate::world::{GRACE, HOST, Run, World, attacked, files, finish, in_time, no_key, require_root, start};

const DEADLINE: Duration = Duration::from_secs(1);

/// What a pipe holds until somebody reads of it, in bytes: on Linux, unless it is told otherwise.
const FULL_PIPE: usize = 64 * 1024;

fn world() -> World {
    let world = World::new();
    world.config("deadline = \"1s\"\n");
    world
}

fn fifo(path: &Path) -> fs::File {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    let _ = fs::remove_file(path);
    assert!(Command::new("mkfifo").arg(path).status().unwrap().success());
    // Held open, so that a reader waits for a word that never comes.
    OpenOptions::new().read(true).write(true).open(path).unwrap()
}

/// A name, and what makes the helper come across a path.
type Place = (&'static str, fn(&mut World, &Path));

/// Every path that a variable or a convention leads to, as a pipe that nobody feeds and as a device without end.
#[test]
fn no_file_hangs_it_or_fills_its_memory() {
    let places: [Place; 10] = [
        ("AWS_CONFIG_FILE", |world, path| world.set("AWS_CONFIG_FILE", path.to_str().unwrap())),
        ("AWS_SHARED_CREDENTIALS_FILE", |world, path| {
            world.set("AWS_SHARED_CREDENTIALS_FILE", path.to_str().unwrap());
        }),
        ("~/.aws/config", |world, path| link(path, &world.path(".aws/config"))),
        ("config.toml", |world, path| link(path, &world.path(".config/ecrpass/config.toml"))),
        ("AWS_CA_BUNDLE", |world, path| world.set("AWS_CA_BUNDLE", path.to_str().unwrap())),
        ("SSL_CERT_FILE", |world, path| world.set("SSL_CERT_FILE", path.to_str().unwrap())),
        ("AWS_WEB_IDENTITY_TOKEN_FILE", |world, path| {
            no_key(world);
            world.set("AWS_ROLE_ARN", &world.ecr.role_arn(DEFAULT_ACCOUNT, DEPLOY_ROLE));
            world.set("AWS_WEB_IDENTITY_TOKEN_FILE", path.to_str().unwrap());
        }),
        ("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", |world, path| {
            no_key(world);
            world.set("AWS_CONTAINER_CREDENTIALS_FULL_URI", &world.ecr.pod_identity_uri());
            world.set("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", path.to_str().unwrap());
        }),
        ("the sign-in of IAM Identity Center", |world, path| {
            no_key(world);
            world.aws_config(
                "[default]\nsso_session = corp\nsso_account_id = 123456789012\nsso_role_name = r\n[sso-session corp]\nsso_start_url = https://x\nsso_region = us-east-1\n",
            );
            let name = world.ecr.sso_sign_in("corp", "https://x", 3600, true).name;
            link(path, &world.path(&format!(".aws/sso/cache/{name}")));
        }),
        ("the cache's entry", |world, path| {
            world.get(HOST).password();
            let entry = world.token_files().remove(0);
            link(path, &entry);
        }),
    ];
    for (name, lead_to) in places {
        for device in [None, Some("/dev/zero")] {
            let mut world = world();
            let pipe = world.path("pipe");
            let held = device.is_none().then(|| fifo(&pipe));
            lead_to(&mut world, device.map_or(pipe.as_path(), Path::new));
            // The deadline stands in it: without it, a pipe may take two seconds of the usual ten.
            let limit = if name == "config.toml" { 2 * DEADLINE } else { DEADLINE };
            in_time(limit + GRACE, &format!("{name} as {device:?}"), || {
                let (run, took) = world.timed_within_memory(HOST);
                check(&run, &format!("{name} as {device:?}"));
                took
            });
            drop(held);
        }
    }
    attacked("20 files that are pipes or devices");
}

/// As many profiles as an AWS file may have, and more: neither fills the memory.
#[test]
fn no_number_of_profiles_fills_its_memory() {
    let profile = "[p]\na=b\n";
    let key = "[default]\naws_access_key_id = AKIARZPUZDIKGB2VALC4\naws_secret_access_key = s\n";
    for (text, slug) in [
        (format!("{key}{}", profile.repeat(400_000)), "aws-profile-invalid"),
        (format!("{key}{}", "x\n".repeat(1_000_000)), "aws-profile-invalid"),
        (format!("{key}{}", profile.repeat(600_000)), "aws-profile-invalid"),
        (format!("{key}{}{}", profile.repeat(19_000), "# a comment\n".repeat(200_000)), "invalid-access-key"),
    ] {
        let mut world = World::new();
        no_key(&mut world);
        for name in ["AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"] {
            let path = world.write(name, &text);
            world.set(name, path.to_str().unwrap());
        }
        let script = "ulimit -d 60000; exec \"$0\" \"$1\"";
        let run = finish(start(world.command_below("sh", &["-c", script], "get"), HOST.as_bytes()));
        assert_eq!(run.slug(), slug, "{} bytes", text.len());
    }
}

/// A path of the world that leads to the pipe or the device.
fn link(to: &Path, path: &Path) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    let _ = fs::remove_file(path);
    std::os::unix::fs::symlink(to, path).unwrap();
}

/// A name, whom to ask for, what hangs, and what must come of it.
type Hang = (&'static str, &'static str, fn(&mut World) -> Box<dyn Any>, fn(&Run));

const HANGS: [Hang; 7] = [
    (
        "a delegate",
        "ghcr.io",
        |world| {
            world.config("deadline = \"1s\"\ndelegate = \"fake\"\n");
            Box::new(world.script("bin/docker-credential-fake", "#!/bin/sh\nexec sleep 600\n"))
        },
        |run| assert_eq!(run.slug(), "credential-delegate-slow"),
    ),
    (
        "a credential_process and what it started",
        HOST,
        |world| {
            no_key(world);
            let script = world.script("creds.sh", "#!/bin/sh\nsleep 600 & sleep 600\n");
            world.aws_config(&format!("[default]\ncredential_process = {}\n", script.display()));
            Box::new(())
        },
        |run| assert_eq!(run.slug(), "no-aws-credentials"),
    ),
    (
        "somebody who holds every lock and does nothing",
        HOST,
        |world| {
            world.config("deadline = \"30s\"\n");
            world.get(HOST).password();
            world.config("deadline = \"1s\"\n");
            fs::remove_file(&world.token_files()[0]).unwrap();
            let locks = files(&world.tokens(), "lock").into_iter().map(|path| {
                let file = OpenOptions::new().read(true).append(true).open(path).unwrap();
                file.lock().unwrap();
                file
            });
            let locks: Vec<_> = locks.collect();
            assert_eq!(locks.len(), 2);
            Box::new(locks)
        },
        // Whether AWS answers in what is left of a second is a matter of the machine.
        |run| check(run, "held locks"),
    ),
    (
        "an API that takes the call and says nothing",
        HOST,
        |world| {
            world.ecr.add_fault("hang:GetAuthorizationToken".parse().unwrap());
            Box::new(())
        },
        |run| assert_eq!(run.slug(), "network-timeout-ecr-api"),
    ),
    (
        "an instance metadata service that says nothing",
        HOST,
        |world| {
            no_key(world);
            world.unset("AWS_EC2_METADATA_DISABLED");
            let silent = silent();
            world.set("AWS_EC2_METADATA_SERVICE_ENDPOINT", &url(&silent));
            Box::new(silent)
        },
        |run| drop(run.slug()),
    ),
    (
        "a container endpoint that says nothing",
        HOST,
        |world| {
            no_key(world);
            let silent = silent();
            world.set("AWS_CONTAINER_CREDENTIALS_FULL_URI", &url(&silent));
            Box::new(silent)
        },
        |run| drop(run.slug()),
    ),
    (
        "a proxy that says nothing",
        HOST,
        |world| {
            let silent = silent();
            world.set("AWS_ENDPOINT_URL", "https://ecr.invalid");
            world.set("HTTPS_PROXY", &url(&silent));
            Box::new(silent)
        },
        |run| drop(run.slug()),
    ),
];

/// Takes connections, as the kernel does for it, and never answers.
fn silent() -> TcpListener {
    TcpListener::bind("127.0.0.1:0").unwrap()
}

fn url(listener: &TcpListener) -> String {
    format!("http://{}", listener.local_addr().unwrap())
}

#[test]
fn whatever_hangs_costs_the_deadline() {
    for (name, host, hang, judge) in HANGS {
        in_time(DEADLINE + GRACE, name, || {
            let mut world = world();
            let held = hang(&mut world);
            let (run, took) = world.timed_within_memory(host);
            judge(&run);
            drop(held);
            took
        });
    }
    attacked(&format!("{} things that hang", HANGS.len()));
}

#[test]
fn names_that_nobody_looks_up_cost_the_deadline() {
    require_root();
    // A resolver that takes questions and never answers, in the place of this machine's own. The address is this
    // process's: other tests may run on the machine at the same time.
    let [_, high, middle, low] = std::process::id().to_be_bytes();
    let address = Ipv4Addr::new(127, 64 | high, middle, low);
    let resolver = UdpSocket::bind((address, 53)).unwrap();
    in_time(DEADLINE + GRACE, "a name lookup", || {
        let mut world = world();
        world.set("AWS_ENDPOINT_URL", "https://ecr.hanging.example");
        let resolv = world.write("resolv.conf", &format!("nameserver {address}\noptions timeout:30\n"));
        let script = format!("mount --bind {} /etc/resolv.conf && exec \"$0\" get", resolv.display());
        let command = world.command_below("unshare", &["-m", "sh", "-c", &script], "get");
        let started = Instant::now();
        let run = finish(start(command, HOST.as_bytes()));
        let took = started.elapsed();
        let slug = run.slug();
        assert!(slug == "network-timeout-ecr-api" || slug == "dns-resolution-failure", "{slug}");
        took
    });
    // It was asked, so this showed something.
    resolver.set_nonblocking(true).unwrap();
    assert!(resolver.recv(&mut [0; 512]).is_ok());
}

#[test]
fn output_that_nobody_reads_costs_a_moment() {
    for (action, is_error) in [("get", false), ("list", true)] {
        let world = world();
        // It is not there, and `list` says so on standard error.
        world.config("deadline = \"1s\"\ndelegate = \"gone\"\n");
        let (reader, mut writer) = std::io::pipe().unwrap();
        std::io::Write::write_all(&mut writer, &[0; FULL_PIPE]).unwrap();
        let mut command = world.command(action);
        command.stdin(std::process::Stdio::piped());
        match is_error {
            true => command.stdout(std::process::Stdio::null()).stderr(writer),
            false => command.stdout(writer).stderr(std::process::Stdio::null()),
        };
        let started = Instant::now();
        let mut child = command.spawn().unwrap();
        std::io::Write::write_all(&mut child.stdin.take().unwrap(), HOST.as_bytes()).unwrap();
        let ended = child.wait().unwrap();
        assert!(started.elapsed() < DEADLINE + GRACE, "{:?}", started.elapsed());
        assert_eq!(ended.success(), is_error, "{action}");
        drop(reader);
    }
}

#[test]
fn input_that_is_never_closed_costs_the_deadline() {
    for action in ["get", "store", "erase"] {
        in_time(DEADLINE + GRACE, action, || {
            let world = world();
            let mut command = world.command(action);
            let (reader, mut writer) = std::io::pipe().unwrap();
            command.stdin(reader).stdout(std::process::Stdio::piped()).stderr(std::process::Stdio::piped());
            std::io::Write::write_all(&mut writer, HOST.as_bytes()).unwrap();
            let started = Instant::now();
            let child = command.spawn().unwrap();
            // Its other end stays open here until the program has ended by itself.
            let run = finish(child);
            let took = started.elapsed();
            drop(writer);
            // With a cause and a next step, in both places.
            assert_eq!(run.slug(), "malformed-registry-host", "{action}");
            assert!(run.stdout.contains("not closed in time"), "{}", run.stdout);
            took
        });
    }
}

#[test]
fn a_list_needs_no_input() {
    let world = World::new();
    world.get(HOST).password();
    let (reader, writer) = std::io::pipe().unwrap();
    let mut command = world.command("list");
    command.stdin(reader).stdout(std::process::Stdio::piped()).stderr(std::process::Stdio::piped());
    // Its other end stays open here until the program has ended by itself.
    let run = finish(command.spawn().unwrap());
    drop(writer);
    assert_eq!((run.code, run.stderr.as_str()), (Some(0), ""), "{}", run.stdout);
    assert!(run.stdout.contains(HOST), "{}", run.stdout);
}
