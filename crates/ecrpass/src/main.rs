//! `ecrpass`: the commands. Called as `docker-credential-ecr-login`, it is the credential helper.

mod apply;
mod cli;
mod collect;
mod commands;
mod demo;
mod error;
mod own_command;
mod render;
mod system;

use std::env;
use std::path::Path;
use std::process::ExitCode;

use clap::Parser;

use crate::cli::{Cli, Command};
use crate::render::ui::Ui;

fn main() -> ExitCode {
    if called_as_helper() {
        return docker_credential_ecr_login::main();
    }
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            // Help and version are results, mistakes are usage errors; clap knows which goes where.
            let _ = error.print();
            return ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(2));
        }
    };
    let mut ui = Ui::new(cli.quiet, cli.mask_accounts);
    let result = match cli.command {
        Command::Demo(arguments) => commands::demo::run(&arguments, &mut ui),
        Command::Doctor(arguments) => commands::doctor::run(&arguments, &own_command::carry_out, &mut ui),
        Command::Explain(arguments) => return commands::explain::run(&arguments, &mut ui),
        Command::Fix(arguments) => commands::fix::run(&arguments, &mut ui),
        Command::Local(arguments) => commands::local::run(&arguments, &mut ui),
        Command::Login(arguments) => commands::login::run(&arguments, &mut ui),
        Command::Resolve(arguments) => commands::resolve::run(&arguments, &mut ui),
        Command::Setup(arguments) => commands::setup::run(&arguments, &mut ui),
        Command::Status(arguments) => commands::status::run(&arguments, &mut ui),
        Command::Whoami(arguments) => commands::whoami::run(&arguments, &mut ui),
        Command::Token(arguments) => commands::token::run(&arguments, &mut ui),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => error.report(&mut ui),
    }
}

/// Whether the name we were called by is the helper's, as through a link made by `ecrpass demo`.
fn called_as_helper() -> bool {
    env::args_os()
        .next()
        .as_deref()
        .and_then(|program| Path::new(program).file_stem())
        .is_some_and(|name| name == "docker-credential-ecr-login")
}
