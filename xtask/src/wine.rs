//! The helper for Windows, run by Wine: docker's protocol, and the cache below `%USERPROFILE%`. What Wine does not have is not
//! tested: access rights, the daemon's pipe, the credential store. No time that it takes means anything.

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, ensure};
use ecrpass_local::LocalEcr;
use serde_json::Value;

use crate::command::{run as execute, say, target};
use crate::release;
use crate::tools;

const TRIPLE: &str = "x86_64-pc-windows-gnu";

const HOST: &str = "123456789012.dkr.ecr.us-east-1.amazonaws.com";

const NOT_FOUND: &str = "credentials not found in native keychain";

/// Rust's library asks this library of Windows 10 for random numbers; Debian's Wine has the older way of asking alone.
const RANDOM: &str = "#include <windows.h>
BOOLEAN NTAPI SystemFunction036(PVOID, ULONG);
__declspec(dllexport) BOOL WINAPI ProcessPrng(PBYTE data, SIZE_T length) { return SystemFunction036(data, (ULONG)length); }
";

/// What a run said.
struct Said {
    code: Option<i32>,
    text: String,
}

/// Where it is run.
struct World {
    program: PathBuf,
    prefix: PathBuf,
    ecr: LocalEcr,
}

impl World {
    fn run(&self, action: &str, input: &str) -> Result<Said> {
        let mut wine = Command::new("wine64");
        wine.arg(&self.program).arg(action).env_clear().envs(self.ecr.env());
        wine.env("PATH", "/usr/bin:/bin").env("HOME", &self.prefix).env("WINEPREFIX", &self.prefix);
        wine.env("WINEDEBUG", "-all").env("AWS_EC2_METADATA_DISABLED", "true");
        wine.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut child = wine.spawn().context("cannot run wine64")?;
        child.stdin.take().context("no standard input")?.write_all(input.as_bytes())?;
        let output = child.wait_with_output()?;
        Ok(Said { code: output.status.code(), text: String::from_utf8_lossy(&output.stdout).into_owned() })
    }

    /// The password of a `get`.
    fn token(&self, input: &str) -> Result<String> {
        let said = self.run("get", input)?;
        let answer: Value =
            serde_json::from_str(&said.text).with_context(|| format!("`{}`", said.text.trim()))?;
        let field = |name: &str| answer.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
        ensure!(field("Username") == "AWS" && said.code == Some(0), "the user is `{}`", field("Username"));
        ensure!(self.ecr.issued_to(&field("Secret")).is_some(), "that is no token of the local ECR");
        Ok(field("Secret"))
    }

    fn calls(&self) -> u64 {
        self.ecr.call_count("GetAuthorizationToken")
    }
}

/// Builds it and tries it.
///
/// # Errors
/// What is not as it has to be.
pub fn run() -> Result<()> {
    tools::debian(&[
        ("wine64", "wine64", "runs programs for Windows"),
        ("gcc-mingw-w64-x86-64", "x86_64-w64-mingw32-gcc", "compiles what Wine lacks"),
    ])?;
    let directory = target().join("wine");
    fs::create_dir_all(&directory)?;
    let program = directory.join("docker-credential-ecr-login.exe");
    fs::copy(release::helper(TRIPLE)?, &program)?;
    random(&directory)?;
    let scratch = tempfile::tempdir()?;
    let world = World { program, prefix: scratch.path().join("prefix"), ecr: LocalEcr::start()? };
    fs::create_dir(&world.prefix)?;
    try_it(&world)?;
    say("  under Wine: protocol and cache");
    Ok(())
}

fn try_it(world: &World) -> Result<()> {
    let version = world.run("version", "")?;
    ensure!(version.text.contains(env!("CARGO_PKG_VERSION")), "version: `{}`", version.text.trim());
    let list = world.run("list", "")?;
    ensure!(list.text.trim() == "{}" && list.code == Some(0), "list: `{}`", list.text.trim());
    let other = world.run("get", "ghcr.io")?;
    ensure!(
        other.text.trim() == NOT_FOUND && other.code == Some(1),
        "another registry: `{}`",
        other.text.trim()
    );

    let token = world.token(HOST)?;
    ensure!(world.calls() == 1, "{} calls for the first token", world.calls());
    let files = below(&world.prefix, ".ecr")?;
    ensure!(!files.is_empty(), "no cache below %USERPROFILE%");
    // As a shell of Windows ends its lines.
    for spelling in [format!("{HOST}\r\n"), format!("https://{HOST}/v2/")] {
        ensure!(world.token(&spelling)? == token, "another token for {spelling:?}");
    }
    ensure!(world.calls() == 1, "the cache was not used: {} calls", world.calls());
    ensure!(world.run("list", "")?.text.contains(HOST), "the registry is not listed");
    ensure!(world.run("store", "{}")?.code == Some(0), "store failed");
    ensure!(world.run("erase", HOST)?.code == Some(0), "erase failed");
    ensure!(world.token(HOST)? != token && world.calls() == 2, "the token was not forgotten");
    Ok(())
}

/// Directories of a name, in the home of any user.
fn below(prefix: &Path, name: &str) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for user in fs::read_dir(prefix.join("drive_c/users")).context("Wine made no home")? {
        let directory = user?.path().join(name);
        if directory.is_dir() {
            found.push(directory);
        }
    }
    Ok(found)
}

/// Compiles what Wine lacks, beside the program.
fn random(directory: &Path) -> Result<()> {
    let source = directory.join("random.c");
    fs::write(&source, RANDOM)?;
    let mut compiler = Command::new("x86_64-w64-mingw32-gcc");
    compiler.args(["-shared", "-O1", "-o"]).arg(directory.join("bcryptprimitives.dll"));
    execute(compiler.arg(source).arg("-ladvapi32"))
}
