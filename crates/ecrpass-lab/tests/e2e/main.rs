//! The end-to-end tests: one closed world, the real clients, one test after the other.
//!
//! `cargo test -p ecrpass-lab` builds the world and runs them; names given on the command line choose some.

#![allow(clippy::print_stderr, clippy::unwrap_used)] // a test's way of failing

mod clients;
mod doctor;
mod failures;
mod guides;
mod matrix;
mod moto;
mod places;
mod sources;
mod warm_path;

use std::env;
use std::process::ExitCode;
use std::sync::{Mutex, OnceLock, PoisonError};

use anyhow::Result;
use ecrpass_lab::world::Extent;
use ecrpass_lab::{World, enter, is_inside};
use libtest_mimic::{Arguments, Failed, Trial};

/// A test: a name, and what to do in the world.
type Test = (&'static str, fn(&World) -> Result<()>);

fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    if !is_inside() && !arguments.list {
        return match enter(env::args_os().skip(1)) {
            Ok(status) if status.success() => ExitCode::SUCCESS,
            Ok(_) => ExitCode::FAILURE,
            Err(error) => {
                eprintln!("the end-to-end tests cannot run: {error:#}");
                ExitCode::FAILURE
            }
        };
    }
    run(arguments)
}

fn run(mut arguments: Arguments) -> ExitCode {
    static WORLD: OnceLock<Mutex<World>> = OnceLock::new();
    // They share the daemon, the storage and the faults of the one world.
    arguments.test_threads = Some(1);
    let tests: Vec<Test> = [
        clients::TESTS,
        failures::TESTS,
        guides::TESTS,
        sources::TESTS,
        moto::TESTS,
        warm_path::TESTS,
        places::TESTS,
        matrix::TESTS,
        doctor::TESTS,
    ]
    .concat();
    if !arguments.list {
        match World::build(Extent::Docker) {
            Ok(world) => drop(WORLD.set(Mutex::new(world))),
            Err(error) => {
                eprintln!("the closed world cannot be built: {error:#}");
                return ExitCode::FAILURE;
            }
        }
    }
    let trials = tests
        .into_iter()
        .map(|(name, test)| {
            Trial::test(name, move || {
                let world = WORLD.get().ok_or("no world")?.lock().unwrap_or_else(PoisonError::into_inner);
                world.ecr.clear_faults();
                world.ecr.clear_calls();
                test(&world).map_err(|error| Failed::from(format!("{error:#}")))
            })
        })
        .collect();
    let conclusion = libtest_mimic::run(&arguments, trials);
    if let Some(world) = WORLD.get() {
        // The daemon first, then the namespaces go with us.
        world.lock().unwrap_or_else(PoisonError::into_inner).stop();
    }
    conclusion.exit_code()
}
