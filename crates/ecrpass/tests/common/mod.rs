//! A home of its own for each test, with the helper on its `PATH`.

#![allow(clippy::string_slice)] // a test's way of failing
#![allow(dead_code, clippy::unwrap_used)] // each test file uses its part of it; a test's way of failing

use std::fs::{self, Permissions};
use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use tempfile::TempDir;

pub const HOST: &str = "123456789012.dkr.ecr.us-east-1.amazonaws.com";

/// The program under test.
pub const ECRPASS: &str = env!("CARGO_BIN_EXE_ecrpass");

/// A home directory.
pub struct Home(TempDir);

impl Home {
    /// An empty one, with no helper on `PATH`.
    pub fn bare() -> Self {
        let home = Self(tempfile::tempdir().unwrap());
        fs::create_dir(home.path("bin")).unwrap();
        home
    }

    /// One that is a repository of git's, made without git.
    pub fn repository() -> Self {
        let home = Self::bare();
        for directory in [".git/objects", ".git/refs"] {
            fs::create_dir_all(home.path(directory)).unwrap();
        }
        home.write(".git/HEAD", "ref: refs/heads/main\n", 0o644);
        home
    }

    /// One with our helper on `PATH`: the program itself, by that name.
    pub fn with_helper() -> Self {
        let home = Self::bare();
        std::os::unix::fs::symlink(ECRPASS, home.path("bin/docker-credential-ecr-login")).unwrap();
        home
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    pub fn write(&self, name: &str, text: &str, mode: u32) -> PathBuf {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, text).unwrap();
        fs::set_permissions(&path, Permissions::from_mode(mode)).unwrap();
        path
    }

    /// A program in this home's `bin`. Another process writes it: a file that is open here for writing may be inherited
    /// by what another test starts at that moment, and cannot be executed ("text file busy") until that has closed it.
    pub fn script(&self, name: &str, text: &str) {
        write_program(&self.path("bin").join(name), text);
    }

    /// What is in a directory.
    pub fn names(&self, directory: &str) -> Vec<String> {
        let entries = fs::read_dir(self.path(directory)).unwrap();
        let mut names: Vec<String> =
            entries.map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned()).collect();
        names.sort();
        names
    }

    /// The environment of a program that lives here.
    pub fn furnish(&self, command: &mut Command) {
        command
            .env_clear()
            .env("HOME", self.0.path())
            .env("XDG_RUNTIME_DIR", self.path("run"))
            .env("PATH", self.path("bin"))
            .current_dir(self.0.path())
            .stdin(Stdio::null());
        // strace and its like are to be found all the same.
        if command.get_program() != ECRPASS {
            command.env("PATH", format!("{}:/usr/bin:/bin", self.path("bin").display()));
        }
    }

    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(ECRPASS);
        self.furnish(&mut command);
        command.args(arguments);
        command
    }

    pub fn run(&self, arguments: &[&str]) -> Output {
        self.command(arguments).output().unwrap()
    }

    pub fn run_with_input(&self, arguments: &[&str], input: &str) -> Output {
        let mut command = self.command(arguments);
        let mut child =
            command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        // It may have ended without reading.
        let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
        child.wait_with_output().unwrap()
    }

    /// A text without this home's path and what the clock put in, for snapshots.
    pub fn anonymous(&self, text: &str) -> String {
        let text = text.replace(&*self.0.path().to_string_lossy(), "~");
        let ago = |line: &str| match (line.find(" expired "), line.find(" ago")) {
            (Some(from), Some(to)) if from < to => format!("{} expired long{}", &line[..from], &line[to..]),
            _ => line.to_owned(),
        };
        text.lines().map(ago).collect::<Vec<_>>().join("\n")
    }
}

/// Writes a program, see [`Home::script`].
pub fn write_program(path: &Path, text: &str) {
    let mut writer = Command::new("/bin/sh")
        .args(["-c", "cat > \"$0\" && chmod 755 \"$0\""])
        .arg(path)
        .stdin(Stdio::piped())
        .spawn()
        .unwrap();
    writer.stdin.take().unwrap().write_all(text.as_bytes()).unwrap();
    assert!(writer.wait().unwrap().success());
}

pub fn text(output: &Output) -> (Option<i32>, String, String) {
    (
        output.status.code(),
        String::from_utf8(output.stdout.clone()).unwrap(),
        String::from_utf8(output.stderr.clone()).unwrap(),
    )
}

/// The `auth` of an ECR login that expired in 2023.
pub fn expired_login() -> String {
    login(1_700_000_000)
}

/// The `auth` of an ECR login with that many seconds to go.
pub fn login_expiring_in(seconds: u64) -> String {
    let at = SystemTime::now() + Duration::from_secs(seconds);
    login(at.duration_since(UNIX_EPOCH).unwrap().as_secs())
}

fn login(expires_at: u64) -> String {
    let payload = format!(
        r#"{{"payload":"c2VjcmV0","datakey":"a2V5","version":"2","type":"DATA_KEY","expiration":{expires_at}}}"#
    );
    STANDARD.encode(format!("AWS:{}", STANDARD.encode(payload)))
}

/// Runs git in a home, as somebody whose settings say nothing.
pub fn git(home: &Home, arguments: &[&str]) {
    let mut command = Command::new("git");
    home.furnish(&mut command);
    let identity = ["-c", "user.name=a", "-c", "user.email=a@example.com", "-c", "init.defaultBranch=main"];
    let output = command.args(identity).args(arguments).output().unwrap();
    assert!(output.status.success(), "{output:?}");
}
