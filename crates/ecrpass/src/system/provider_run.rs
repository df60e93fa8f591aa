//! Runs a credential provider as the kubelet does: by its path, with one request on standard input, for a minute at most,
//! in an environment of little more than what the configuration adds.

use std::ffi::OsString;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use ecrpass_core::redact::redact;
use ecrpass_diagnosis::kubelet::{Answer, Entry, judge};
use ecrpass_system::program::{self, ProcessError};

/// The kubelet ends a provider then. Source: Kubernetes `pkg/credentialprovider/plugin/plugin.go`.
const PATIENCE: Duration = Duration::from_secs(60);

/// The most that an answer may take.
const MOST: usize = 1024 * 1024;

/// A provider to be run.
pub struct Provider<'a> {
    /// Its program.
    pub program: &'a Path,
    /// How it is run.
    pub entry: &'a Entry,
    /// The node's file system, where the provider is to see that as the root.
    pub inside: Option<&'a Path>,
}

impl Provider<'_> {
    /// Asks for an image.
    ///
    /// # Errors
    /// Why the kubelet would go on without an answer, in one line.
    pub fn ask(&self, image: &str) -> Result<Answer, String> {
        let request = serde_json::json!({
            "kind": "CredentialProviderRequest",
            "apiVersion": format!("credentialprovider.kubelet.k8s.io/{}", self.entry.api),
            "image": image,
        });
        let arguments: Vec<OsString> = self.entry.args.iter().map(Into::into).collect();
        let finished = self.run(&arguments, request.to_string().as_bytes())?;
        judge(&finished, &self.entry.api, image)
    }

    /// Whether it can be run here at all.
    ///
    /// # Errors
    /// Why not, in one line.
    pub fn starts(&self) -> Result<(), String> {
        self.run(&["--version".into()], b"").map(drop)
    }

    /// What it writes to standard output.
    fn run(&self, arguments: &[OsString], input: &[u8]) -> Result<zeroize::Zeroizing<Vec<u8>>, String> {
        let mut command = match self.inside {
            None => Command::new(self.program),
            Some(root) => inside(root, self.program).map_err(|error| error.to_string())?,
        };
        command.args(arguments);
        command.env_clear().env("PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin");
        command.envs(self.entry.env.iter().map(|(name, value)| (name, value)));
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let end = Instant::now() + PATIENCE;
        let finished = loop {
            match program::run(&mut command, input, MOST, end) {
                // It was just written, and another thread's child has it open until it runs its own program.
                Err(ProcessError::Start(error))
                    if error.kind() == ErrorKind::ExecutableFileBusy && Instant::now() < end =>
                {
                    std::thread::sleep(Duration::from_millis(10));
                }
                other => break other.map_err(|error| error.to_string())?,
            }
        };
        if finished.status.success() {
            return Ok(finished.stdout);
        }
        let said = String::from_utf8_lossy(&finished.stderr);
        Err(match last_said(&said) {
            line if line.is_empty() => format!("it ended with {}", finished.status),
            line => redact(&line).into_owned(),
        })
    }
}

/// The last line of what a program said; of our own, what to do is in a line of its own below.
fn last_said(said: &str) -> String {
    let mut lines = said.lines().rev().map(str::trim).filter(|line| !line.is_empty());
    match lines.next().unwrap_or_default() {
        next if next.starts_with("Next: ") => {
            lines.next().map_or_else(|| next.to_owned(), |what| format!("{what} {next}"))
        }
        line => line.to_owned(),
    }
}

/// A command that runs a program with another directory for its root: through this program itself, which goes there first.
///
/// # Errors
/// When this program cannot be found.
pub fn inside(root: &Path, program: &Path) -> std::io::Result<Command> {
    let mut command = Command::new(std::env::current_exe()?);
    let path =
        program.strip_prefix(root).map_or_else(|_| program.to_owned(), |path| PathBuf::from("/").join(path));
    command.args(["kubelet", "inside"]).arg(root).arg("--").arg(path);
    Ok(command)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_it_said_last_is_repeated_with_what_to_do() {
        assert_eq!(
            last_said("a\nerror: no such file.\n  Next: check the path\n\n"),
            "error: no such file. Next: check the path"
        );
        assert_eq!(last_said("a\nb\n"), "b");
        assert_eq!(last_said("Next: x"), "Next: x");
        assert_eq!(last_said(""), "");
    }
}
