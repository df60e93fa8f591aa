//! A Windows of Wine's, made for one run: where its users' home is, how a program is run in it, and its end.

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result};
use tempfile::TempDir;

use crate::command::run as execute;

/// Where Debian's package wine64 has it; it puts nothing on `PATH`.
pub const WINE: &str = "/usr/lib/wine/wine64";

/// What its programs share, which outlives them for some seconds.
const SERVER: &str = "/usr/lib/wine/wineserver64";

/// What a run said.
#[derive(Debug)]
pub struct Said {
    pub code: Option<i32>,
    pub stdout: String,
    pub stderr: String,
}

/// The Windows.
pub struct World {
    prefix: TempDir,
    /// `%USERPROFILE%`, as this side sees it.
    pub home: PathBuf,
}

impl World {
    /// Makes one below a directory.
    pub fn new(directory: &Path) -> Result<Self> {
        let mut world = Self { prefix: tempfile::tempdir_in(directory)?, home: PathBuf::new() };
        execute(world.command(Path::new("wineboot")).arg("--init").stderr(Stdio::null()))?;
        world.home = home(world.prefix())?;
        Ok(world)
    }

    /// The directory that it is in.
    pub fn prefix(&self) -> &Path {
        self.prefix.path()
    }

    /// A program with the environment of a fresh login, and nothing of this side's.
    pub fn command(&self, program: &Path) -> Command {
        let mut wine = Command::new(WINE);
        wine.arg(program).env_clear().env("PATH", "/usr/bin:/bin");
        wine.env("HOME", self.prefix()).env("WINEPREFIX", self.prefix()).env("WINEDEBUG", "-all");
        wine.env("AWS_EC2_METADATA_DISABLED", "true").stdin(Stdio::null());
        wine
    }
}

impl Drop for World {
    fn drop(&mut self) {
        for option in ["-k", "-w"] {
            let mut server = Command::new(SERVER);
            server.arg(option).env("WINEPREFIX", self.prefix()).env("HOME", self.prefix());
            let _ = server.stdin(Stdio::null()).stderr(Stdio::null()).status();
        }
    }
}

/// Runs a command to its end.
pub fn said(command: &mut Command, input: &[u8]) -> Result<Said> {
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().context("cannot run Wine")?;
    // It may have ended without reading.
    let _ = child.stdin.take().context("no standard input")?.write_all(input);
    let output = child.wait_with_output()?;
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    Ok(Said { code: output.status.code(), stdout: text(&output.stdout), stderr: text(&output.stderr) })
}

/// A path as programs for Windows name it: all of this side is a drive.
pub fn of_windows(path: &Path) -> String {
    format!("Z:{}", path.display()).replace('/', "\\")
}

/// The home of the one user.
fn home(prefix: &Path) -> Result<PathBuf> {
    let users = prefix.join("drive_c/users");
    for user in fs::read_dir(&users).context("Wine made no home")? {
        let user = user?.path();
        if user.is_dir() && !user.ends_with("Public") {
            return Ok(user);
        }
    }
    anyhow::bail!("there is no user in {}", users.display())
}
