//! Restarts a kubelet and watches whether it stays.

use std::path::Path;
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use ecrpass_system::program;

use crate::system::provider_run::inside;

/// How long one command may take.
const PATIENCE: Duration = Duration::from_secs(90);

/// How often it is looked whether the kubelet runs.
const BETWEEN: Duration = Duration::from_millis(500);

/// Restarts the kubelet; it has to run all the time that it is watched, after a moment to start.
pub fn kubelet(words: &[&str], root: Option<&Path>, watched: Duration) -> Result<(), String> {
    run(words, root)?;
    // What snap starts tells by its own exit status.
    let ["systemctl", "restart", unit] = words else { return Ok(()) };
    let started = Instant::now();
    let mut has_run = false;
    loop {
        let runs = run(&["systemctl", "is-active", "--quiet", unit], root).is_ok();
        if has_run && !runs {
            return Err(format!("{unit} stopped again"));
        }
        has_run |= runs;
        if started.elapsed() >= watched {
            return if has_run { Ok(()) } else { Err(format!("{unit} does not run")) };
        }
        thread::sleep(BETWEEN.min(watched));
    }
}

fn run(words: &[&str], root: Option<&Path>) -> Result<(), String> {
    let [name, arguments @ ..] = words else { return Ok(()) };
    let mut command = match root {
        None => Command::new(name),
        Some(root) => inside(root, Path::new(name)).map_err(|error| error.to_string())?,
    };
    // It is asked for the node's services, wherever it stands.
    command.args(arguments).env("SYSTEMD_IGNORE_CHROOT", "1");
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let finished = program::run(&mut command, b"", 64 * 1024, Instant::now() + PATIENCE)
        .map_err(|error| format!("{name}: {error}"))?;
    if finished.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&finished.stderr);
    Err(said.lines().next().map_or_else(|| format!("{name}: {}", finished.status), str::to_owned))
}
