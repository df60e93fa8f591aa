//! The operator before a real API server: kube-apiserver and etcd, built from their Go modules, once.

use std::path::Path;

use anyhow::Result;

use crate::command::{command, root, run as execute};
use crate::go::build_in;
use crate::tools::cache;

/// Says who builds it; the release is in the module's go.mod.
const VERSION: &str = "-X k8s.io/component-base/version.gitVersion=v1.36.3 -X k8s.io/component-base/version.gitMajor=1 -X k8s.io/component-base/version.gitMinor=36";

/// Builds what is missing, and runs the tests.
pub fn run() -> Result<()> {
    let directory = cache()?.join("kubernetes").join("v1.36.3");
    let module = root().join("crates/ecrpass-lab/clients/kube-apiserver");
    let etcd = build(&module, "go.etcd.io/etcd/server/v3", &directory.join("etcd"))?;
    let server = build(&module, "k8s.io/kubernetes/cmd/kube-apiserver", &directory.join("kube-apiserver"))?;
    let mut tests =
        command("cargo test --locked -p ecrpass-operator --test cluster -- --ignored --nocapture");
    execute(tests.env("ECRPASS_ETCD", etcd).env("ECRPASS_KUBE_APISERVER", server))
}
