//! Kubernetes's own programs and its store, built from their Go modules, once.

use std::path::PathBuf;

use anyhow::Result;

use crate::command::root;
use crate::go::build_once;
use crate::tools::cache;

/// The release in the module's go.mod, and what the programs say of themselves.
const RELEASE: &str = "v1.36.3";
const LINKER: &str = "-s -w -X k8s.io/component-base/version.gitVersion=v1.36.3 -X k8s.io/component-base/version.gitMajor=1 -X k8s.io/component-base/version.gitMinor=36";

/// The store.
pub fn etcd() -> Result<PathBuf> {
    build("go.etcd.io/etcd/server/v3", "etcd")
}

/// The API server.
pub fn apiserver() -> Result<PathBuf> {
    build("k8s.io/kubernetes/cmd/kube-apiserver", "kube-apiserver")
}

/// The kubelet.
pub fn kubelet() -> Result<PathBuf> {
    build("k8s.io/kubernetes/cmd/kubelet", "kubelet")
}

fn build(package: &str, name: &str) -> Result<PathBuf> {
    let module = root().join("crates/ecrpass-lab/clients/kube-apiserver");
    build_once(&module, package, &cache()?.join("kubernetes").join(RELEASE).join(name), LINKER)
}
