//! The tests of the helper's protocol and cache, run with another build of it than the one beside them.

use std::path::Path;

use anyhow::Result;

use crate::command::{command, run as execute, say, test_threads};

/// Those that say nothing about time: an emulator is slow to start.
pub const TESTS: [&str; 4] = ["protocol::", "contract::", "cache::", "provider_protocol::"];

/// A test, and why it is not run.
pub type NotRun = (&'static str, &'static str);

/// What no program that ships can do.
pub const OF_TEST_BUILDS: NotRun = (
    "protocol::a_bug_of_our_own_is_one_line_of_the_protocol",
    "what ships has no way to fail that tests could use",
);

/// Runs them against a program.
///
/// # Errors
/// When one fails.
pub fn run(program: &Path, not_run: &[NotRun]) -> Result<()> {
    let mut tests = command("cargo test --locked --workspace --test helper --no-fail-fast --");
    tests.args(TESTS);
    for (test, why) in [OF_TEST_BUILDS].iter().chain(not_run) {
        say(&format!("  NOT run: {test}: {why}"));
        tests.args(["--skip", test]);
    }
    tests.env("HELPER_UNDER_TEST", program).env("RUST_TEST_THREADS", test_threads());
    execute(&mut tests)
}
