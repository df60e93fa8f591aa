//! What a client sees if this program meets something it was not made for: one line of the protocol instead of a
//! program that ends with a signal and says nothing.

use std::panic::{self, PanicHookInfo};
use std::path::PathBuf;
use std::sync::OnceLock;

use ecrpass_aws::clock::now;
use ecrpass_core::{DiagnosisId, bug};

use crate::{journal, stdio};

static LOG: OnceLock<Option<PathBuf>> = OnceLock::new();

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
    let id = DiagnosisId::AwsServiceTransient.slug();
    let line = format!(
        "ecr-login: [{id}] The helper stopped because of a bug in it{place}. Next: try again; if it fails again, report it with the last lines of ~/.ecr/log/ecr-login.log\n"
    );
    // First what the client waits for: the rest may fail.
    let _ = stdio::write_all(line.as_bytes());
    let _ = std::io::Write::write_all(&mut std::io::stderr(), line.as_bytes());
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
