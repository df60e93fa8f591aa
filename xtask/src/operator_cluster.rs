//! The operator before a real API server.

use anyhow::Result;

use crate::command::{command, run as execute};
use crate::kubernetes;

/// Builds what is missing, and runs the tests.
pub fn run() -> Result<()> {
    let mut tests = command("cargo test --locked --workspace --test cluster -- --ignored --nocapture");
    tests.env("ECRPASS_ETCD", kubernetes::etcd()?).env("ECRPASS_KUBE_APISERVER", kubernetes::apiserver()?);
    execute(&mut tests)
}
