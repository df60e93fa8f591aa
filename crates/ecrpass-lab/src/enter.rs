//! Going into the closed world: the same program, started again in namespaces of its own.

use std::env;
use std::ffi::OsStr;
use std::fs;
use std::process::{Command, ExitStatus};

use anyhow::{Context, Result, bail};

/// Set for programs inside.
const INSIDE: &str = "ECRPASS_LAB_INSIDE";

/// Whether this process is inside already.
pub fn is_inside() -> bool {
    env::var_os(INSIDE).is_some()
}

/// Starts this program again, inside, with these arguments, and waits for its end.
///
/// # Errors
/// When namespaces cannot be made: not root, or a sandbox that forbids it.
pub fn enter<S: AsRef<OsStr>>(arguments: impl IntoIterator<Item = S>) -> Result<ExitStatus> {
    require_root()?;
    let program = env::current_exe().context("cannot find this program itself")?;
    Command::new("unshare")
        .args(["--net", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc", "--"])
        .arg(program)
        .args(arguments)
        .env(INSIDE, "1")
        .status()
        .context("cannot run `unshare`; install util-linux")
}

fn require_root() -> Result<()> {
    let status = fs::read_to_string("/proc/self/status").context("cannot read /proc/self/status")?;
    let effective = status
        .lines()
        .find_map(|line| line.strip_prefix("Uid:"))
        .and_then(|ids| ids.split_whitespace().nth(1));
    if effective != Some("0") {
        bail!("the closed world needs root (namespaces, mounts, a dockerd); run this with sudo");
    }
    Ok(())
}
