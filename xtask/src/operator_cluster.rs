//! The operator and the chart before a real API server: kube-apiserver and etcd, built from their Go modules, once.

use anyhow::Result;

use crate::command::{command, root, run as execute, target};
use crate::go::build_once;
use crate::tools::{self, cache};

/// The release in the module's go.mod, and what the API server says of itself.
const RELEASE: &str = "v1.36.3";
const LINKER: &str = "-s -w -X k8s.io/component-base/version.gitVersion=v1.36.3 -X k8s.io/component-base/version.gitMajor=1 -X k8s.io/component-base/version.gitMinor=36";

/// Where Debian puts the library.
const FAKETIME: &str = "/usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1";

/// Builds what is missing, and runs the tests.
pub fn run() -> Result<()> {
    let directory = cache()?.join("kubernetes").join(RELEASE);
    let module = root().join("crates/ecrpass-lab/clients/kube-apiserver");
    let build = |package: &str, name: &str| build_once(&module, package, &directory.join(name), LINKER);
    let etcd = build("go.etcd.io/etcd/server/v3", "etcd")?;
    let server = build("k8s.io/kubernetes/cmd/kube-apiserver", "kube-apiserver")?;
    execute(&mut command("cargo build --release --locked -p ecrpass-operator"))?;
    tools::debian(&[("faketime", "faketime", "lets hours pass for the operator")])?;
    let helm = crate::lab_clients::helm()?;
    // One after the other: each has an API server of its own.
    let mut tests =
        command("cargo test --locked --workspace --test cluster -- --ignored --nocapture --test-threads=1");
    tests.env("ECRPASS_ETCD", etcd).env("ECRPASS_KUBE_APISERVER", server);
    tests.env("ECRPASS_HELM", helm).env("ECRPASS_OPERATOR", target().join("release/ecrpass-operator"));
    execute(tests.env("ECRPASS_FAKETIME", FAKETIME))
}
