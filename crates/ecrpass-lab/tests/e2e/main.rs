//! The end-to-end tests: one closed world, the real clients, one test after the other.
//!
//! `cargo test --workspace --test e2e` builds the world and runs them; names given on the command line choose some.

#![allow(clippy::indexing_slicing, clippy::string_slice)] // a test's way of failing
#![allow(clippy::print_stderr, clippy::unwrap_used)] // a test's way of failing

mod clients;
mod disruptions;
mod doctor;
mod failures;
mod guides;
mod matrix;
mod moto;
mod pipelines;
mod pod_pull;
mod policies;
mod sources;
mod test;
mod warm_path;

use std::env;
use std::process::ExitCode;
use std::sync::{Mutex, OnceLock, PoisonError};

use ecrpass_lab::{Extent, Lab, enter, is_inside};
use libtest_mimic::{Arguments, Failed, Trial};

use crate::test::Test;

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
    static LAB: OnceLock<Mutex<Lab>> = OnceLock::new();
    // They share the daemon, the storage and the faults of the one world.
    arguments.test_threads = Some(1);
    let tests: Vec<Test> = [
        clients::TESTS,
        failures::TESTS,
        guides::TESTS,
        sources::TESTS,
        moto::TESTS,
        pipelines::TESTS,
        pod_pull::TESTS,
        pod_pull::KUBELET_TESTS,
        policies::TESTS,
        warm_path::TESTS,
        disruptions::TESTS,
        matrix::TESTS,
        matrix::SLOW_TESTS,
        doctor::TESTS,
    ]
    .concat();
    if !arguments.list {
        match Lab::build(Extent::Docker) {
            Ok(lab) => drop(LAB.set(Mutex::new(lab))),
            Err(error) => {
                eprintln!("the closed world cannot be built: {error:#}");
                return ExitCode::FAILURE;
            }
        }
    }
    let slow = matrix::SLOW_TESTS.iter().chain(pod_pull::KUBELET_TESTS);
    let trials = tests
        .into_iter()
        .map(|(name, test)| {
            Trial::test(name, move || {
                let lab = LAB.get().ok_or("no world")?.lock().unwrap_or_else(PoisonError::into_inner);
                lab.ecr.clear_faults();
                lab.ecr.clear_calls();
                test(&lab).map_err(|error| Failed::from(format!("{error:#}")))
            })
            .with_ignored_flag(slow.clone().any(|(slow, _)| *slow == name))
        })
        .collect();
    let conclusion = libtest_mimic::run(&arguments, trials);
    if let Some(lab) = LAB.get() {
        // The daemon first, then the namespaces go with us.
        lab.lock().unwrap_or_else(PoisonError::into_inner).stop();
    }
    conclusion.exit_code()
}
