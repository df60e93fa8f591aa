//! The operator and the chart before a real API server: kube-apiserver and etcd, built from their Go modules, once.

use anyhow::Result;

use crate::command::{command, root, run as execute};
use crate::go::build_once;
use crate::tools::cache;

/// The release in the module's go.mod, and what the API server says of itself.
const RELEASE: &str = "v1.36.3";
const LINKER: &str = "-s -w -X k8s.io/component-base/version.gitVersion=v1.36.3 -X k8s.io/component-base/version.gitMajor=1 -X k8s.io/component-base/version.gitMinor=36";

/// Builds what is missing, and runs the tests.
pub fn run() -> Result<()> {
    let directory = cache()?.join("kubernetes").join(RELEASE);
    let module = root().join("crates/ecrpass-lab/clients/kube-apiserver");
    let build = |package: &str, name: &str| build_once(&module, package, &directory.join(name), LINKER);
    let etcd = build("go.etcd.io/etcd/server/v3", "etcd")?;
    let server = build("k8s.io/kubernetes/cmd/kube-apiserver", "kube-apiserver")?;
    let helm = crate::lab_clients::helm()?;
    let mut tests = command("cargo test --locked --workspace --test cluster -- --ignored --nocapture");
    tests.env("ECRPASS_ETCD", etcd).env("ECRPASS_KUBE_APISERVER", server);
    execute(tests.env("ECRPASS_HELM", helm))
}
