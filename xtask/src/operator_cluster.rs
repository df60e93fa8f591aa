//! The operator and the chart before a real API server.

use anyhow::Result;

use crate::command::{command, run as execute, target};
use crate::{kubernetes, lab_clients, tools};

/// Where Debian puts the library.
const FAKETIME: &str = "/usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1";

/// Builds what is missing, and runs the tests.
pub fn run() -> Result<()> {
    execute(&mut command("cargo build --release --locked -p ecrpass-operator"))?;
    tools::debian(&[("faketime", "faketime", "lets hours pass for the operator")])?;
    // One after the other: each has an API server of its own.
    let mut tests =
        command("cargo test --locked --workspace --test cluster -- --ignored --nocapture --test-threads=1");
    tests.env("ECRPASS_ETCD", kubernetes::etcd()?).env("ECRPASS_KUBE_APISERVER", kubernetes::apiserver()?);
    tests.env("ECRPASS_HELM", lab_clients::helm()?);
    tests.env("ECRPASS_OPERATOR", target().join("release/ecrpass-operator"));
    execute(tests.env("ECRPASS_FAKETIME", FAKETIME))
}
