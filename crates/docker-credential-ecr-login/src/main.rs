//! The program docker runs: see the library.

#![cfg_attr(test, allow(clippy::string_slice))] // a test's way of failing

use std::process::ExitCode;

/// Small allocations of all sizes side by side: the warm path touches a few pages instead of a dozen.
#[cfg(target_env = "musl")]
#[global_allocator]
static ALLOCATOR: dlmalloc::GlobalDlmalloc = dlmalloc::GlobalDlmalloc;

fn main() -> ExitCode {
    docker_credential_ecr_login::main()
}
