//! What a user sees if a command meets something it was not made for: one line that says so, instead of the words of a
//! panic, which may repeat a secret or somebody else's text. The helper has its own, in the words of its protocol.

use std::panic::{self, PanicHookInfo};

use ecrpass_core::bug;

use crate::render::out;

/// The exit status: it could not be run.
const STATUS: i32 = 3;

/// Takes the place of the standard library's hook. Programs that are built to abort call it all the same.
pub fn install() {
    panic::set_hook(Box::new(answer));
}

#[expect(clippy::exit, reason = "a panic of any thread ends the command, and by then it has said so")]
fn answer(info: &PanicHookInfo<'_>) {
    out::last_words(&format!(
        "ecrpass: a bug in ecrpass itself stopped it{}. Next: try again; if it fails again, report it with the command and this line\n",
        bug::place(info.location())
    ));
    std::process::exit(STATUS);
}

/// Ways to fail, for the tests of this file: only in programs built for tests.
#[cfg(debug_assertions)]
#[derive(Clone, Copy, Debug, clap::ValueEnum)]
pub enum Bug {
    /// In the main thread.
    Main,
    /// In another one.
    Thread,
    /// While standard error is being written.
    Writing,
}

/// Fails.
#[cfg(debug_assertions)]
#[expect(clippy::panic, clippy::disallowed_methods, reason = "that is what it is for")]
pub fn provoke(bug: Bug) {
    let words = "\u{1b}]0;a secret\u{7}";
    match bug {
        Bug::Main => panic!("{words}"),
        Bug::Thread => drop(std::thread::spawn(move || panic!("{words}")).join()),
        Bug::Writing => {
            struct Failing;
            impl std::fmt::Display for Failing {
                fn fmt(&self, _: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                    panic!("inside a formatter")
                }
            }
            let _ = std::io::Write::write_fmt(&mut std::io::stderr().lock(), format_args!("{Failing}"));
        }
    }
}
