//! The program beside a local ECR.

#![allow(dead_code, clippy::panic, clippy::unwrap_used)] // each test file uses its part of it; a test's way of failing

use std::process::Command;

use ecrpass_local::LocalEcr;
use serde_json::Value;

use crate::common::{Home, text};

pub type Told = (Option<i32>, String, String);

/// A command that asks this ECR.
pub fn with(ecr: &LocalEcr, home: &Home, arguments: &[&str]) -> Command {
    let mut command = home.command(arguments);
    command.envs(ecr.env()).env("AWS_EC2_METADATA_DISABLED", "true");
    command
}

pub fn run(ecr: &LocalEcr, home: &Home, arguments: &[&str]) -> Told {
    text(&with(ecr, home, arguments).output().unwrap())
}

pub fn ensure(ecr: &LocalEcr, home: &Home, arguments: &[&str]) -> Told {
    run(ecr, home, &[&["repo", "ensure"][..], arguments].concat())
}

/// The report of a run that prints JSON.
pub fn json((_, stdout, stderr): &Told) -> Value {
    serde_json::from_str(stdout).unwrap_or_else(|error| panic!("{error}: {stdout}{stderr}"))
}
