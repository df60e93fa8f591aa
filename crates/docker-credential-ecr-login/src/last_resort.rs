//! What a client sees if this program meets something it was not made for: one line of the protocol instead of a
//! program that ends with a signal and says nothing.

use std::panic::{self, PanicHookInfo};
use std::path::PathBuf;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};

use ecrpass_aws::clock::now;
use ecrpass_core::{DiagnosisId, bug};

use crate::{journal, stdio};

static LOG: OnceLock<Option<PathBuf>> = OnceLock::new();

/// Whether the reader of standard output wants an answer or nothing.
static IS_SILENT: AtomicBool = AtomicBool::new(false);

/// Nothing goes to standard output: the kubelet reads the reason on standard error.
pub fn keep_off_stdout() {
    IS_SILENT.store(true, Ordering::Relaxed);
}

/// Says where the details go, once that is known.
pub fn log_to(directory: Option<PathBuf>) {
    let _ = LOG.set(directory);
}

/// Takes the place of the standard library's hook. Programs that are built to abort call it all the same.
pub fn install() {
    panic::set_hook(Box::new(answer));
}

#[expect(clippy::exit, reason = "a panic of any thread ends the helper, and by then it has said so")]
fn answer(info: &PanicHookInfo<'_>) {
    let place = bug::place(info.location());
    let id = DiagnosisId::InternalError.slug();
    let line = format!(
        "ecr-login: [{id}] The helper stopped because of a bug in it{place}. Next: try again; if it fails again, report it with the last lines of ~/.ecr/log/ecr-login.log\n"
    );
    ecrpass_system::outlive_limit();
    // First what the client waits for: the rest may fail.
    if !IS_SILENT.load(Ordering::Relaxed) {
        let _ = stdio::write_all(line.as_bytes());
    }
    let _ = stdio::remark(line.as_bytes());
    let words = info.payload_as_str().unwrap_or("no words");
    let directory = LOG.get().and_then(Option::as_deref);
    journal::write(directory, now(), &format!("the helper panicked{place}: {words}"));
    std::process::exit(1);
}

/// Fails, for the tests of this file: only in programs built for tests.
#[cfg(debug_assertions)]
#[expect(clippy::panic, reason = "that is what it is for")]
pub fn provoke() {
    panic!("\u{1b}]0;a secret\u{7}");
}

#[cfg(all(test, unix))]
mod tests {
    use std::process::Command;

    use super::*;

    /// Tells the process that is to panic from the one that looks at it.
    const CHILD: &str = "LAST_RESORT_CHILD";

    #[test]
    fn a_panic_says_one_line_with_its_own_slug() {
        if let Some(directory) = std::env::var_os(CHILD) {
            install();
            log_to(Some(directory.into()));
            panic!("a word for the log");
        }
        let directory = tempfile::tempdir().unwrap();
        let output = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "last_resort::tests::a_panic_says_one_line_with_its_own_slug", "--nocapture"])
            .env(CHILD, directory.path())
            .output()
            .unwrap();
        assert_eq!(output.status.code(), Some(1));
        let (stdout, stderr) =
            (String::from_utf8(output.stdout).unwrap(), String::from_utf8(output.stderr).unwrap());
        // The test's own harness prints around it.
        let line = stdout.lines().find(|line| line.contains("ecr-login")).unwrap();
        let slug = DiagnosisId::InternalError.slug();
        assert!(
            line.contains(&format!("ecr-login: [{slug}] ")) && line.contains("last_resort.rs:"),
            "{line}"
        );
        assert!(stderr.contains(slug) && !stderr.contains("a word for the log"), "{stderr}");
        let log = std::fs::read_to_string(directory.path().join("log/ecr-login.log")).unwrap();
        assert!(log.contains("a word for the log"), "{log}");
    }
}
