//! `ecrpass`: the commands. Called as `docker-credential-ecrpass` or `docker-credential-ecr-login`, it is the credential
//! helper, as `ecr-credential-provider` the kubelet's, and as `docker-ecrpass` docker's plugin.

#![cfg_attr(test, allow(clippy::string_slice))] // a test's way of failing

mod apply;
mod cli;
mod collect;
mod commands;
mod demo;
mod error;
mod last_resort;
mod render;
mod system;

use std::env;
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;

use ecrpass_core::environment::Environment;
use ecrpass_system::ProcessEnvironment;

use crate::render::ui::Ui;

/// The one of musl is slow where threads meet in it, as those of an audit do. On other processors it is the one there is: their
/// static programs are compiled with glibc's headers, which this one would take for its own.
#[cfg(all(target_os = "linux", target_env = "musl", target_arch = "x86_64"))]
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

fn main() -> ExitCode {
    if called_as_helper() {
        return docker_credential_ecr_login::main();
    }
    last_resort::install();
    ecrpass_system::outlive_limit();
    let cli = match cli::plugin::arguments(env::args_os().collect()).and_then(cli::parse) {
        Ok(cli) => cli,
        Err(status) => return status,
    };
    let environment: Arc<dyn Environment> = Arc::new(ProcessEnvironment);
    cli.command.run(&environment, cli::definition, &mut Ui::new(cli.quiet, cli.mask_accounts))
}

/// Whether the name we were called by is one of the helper's, as through a link that `ecrpass setup` made.
fn called_as_helper() -> bool {
    let Some(program) = env::args_os().next() else { return false };
    let is_helper = |name: &std::ffi::OsStr| system::programs::HELPERS.iter().any(|helper| name == *helper);
    Path::new(&program).file_stem().is_some_and(is_helper)
        || docker_credential_ecr_login::is_kubelet_provider(&program)
}
