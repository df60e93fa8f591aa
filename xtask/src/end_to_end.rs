//! The tests in the lab: the usual ones, those that take long, and those with the real kubelet.

use std::ffi::OsString;
use std::path::PathBuf;

use anyhow::Result;

use crate::command::{command, run as execute};
use crate::{kubernetes, lab_clients, static_program, tools};

/// What the names of the tests with the real kubelet begin with.
const KUBELET: &str = "the_real_kubelet";

/// The usual ones.
pub fn usual() -> Result<()> {
    lab_tests("", lab_clients::build()?, &[])
}

/// Those whose clients take long to build, or start Java hundreds of times.
pub fn full() -> Result<()> {
    lab_tests(&format!(" -- --ignored --skip {KUBELET}"), lab_clients::build_large()?, &[])
}

/// The real kubelet as a node, with our provider and with the operator's secret.
pub fn kubelet() -> Result<()> {
    let programs = [
        ("ECRPASS_ETCD", kubernetes::etcd()?),
        ("ECRPASS_KUBE_APISERVER", kubernetes::apiserver()?),
        ("ECRPASS_KUBELET", kubernetes::kubelet()?),
    ];
    lab_tests(&format!(" -- --ignored {KUBELET}"), lab_clients::runtime()?.into(), &programs)
}

/// The tests in the lab, with the directories that hold its built clients, and what else a variable names.
fn lab_tests(arguments: &str, clients: OsString, programs: &[(&str, PathBuf)]) -> Result<()> {
    tools::moto()?;
    execute(&mut command("cargo build --quiet --locked --workspace --bin ecrpass --bin ecrpass-operator"))?;
    let mut tests = command(&format!("cargo test --locked --workspace --test e2e --no-fail-fast{arguments}"));
    tests.env("ECRPASS_HELPER", static_program::path()).env("ECRPASS_LAB_MOTO", tools::moto_directory()?);
    tests.env("ECRPASS_LAB_CLIENTS", clients).envs(programs.iter().map(|(name, program)| (name, program)));
    execute(&mut tests)
}
