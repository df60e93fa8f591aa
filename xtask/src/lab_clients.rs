//! The container clients that the lab runs besides Debian's, and the peers of the benchmark: which, and in which releases.

use std::ffi::OsString;
use std::path::PathBuf;

use anyhow::{Context, Result};

use crate::command::root;
use crate::go::{Program, build_in};

/// Amazon's helper.
pub const HELPER: Program = Program {
    name: "amazon-ecr-login",
    package: "github.com/awslabs/amazon-ecr-credential-helper/ecr-login/cli/docker-credential-ecr-login",
    version: "v0.12.0",
};

const HELM: Program = Program { name: "helm3", package: "helm.sh/helm/v3/cmd/helm", version: "v3.22.0" };

/// Those that every run of the end-to-end tests tries.
const CLIENTS: [Program; 4] = [
    Program {
        name: "crane",
        package: "github.com/google/go-containerregistry/cmd/crane",
        version: "v0.22.1",
    },
    Program { name: "oras", package: "oras.land/oras/cmd/oras", version: "v1.3.6" },
    HELM,
    Program { name: "regctl", package: "github.com/regclient/regclient/cmd/regctl", version: "v0.11.7" },
];

/// Those that take longest to build: `cargo xtask ci --full` tries them, and those that start Java.
const LARGE_CLIENTS: [Program; 2] = [
    Program { name: "helm4", package: "helm.sh/helm/v4/cmd/helm", version: "v4.3.1" },
    Program { name: "buildx", package: "github.com/docker/buildx/cmd/buildx", version: "v0.38.2" },
];

/// Built by Go modules of ours beside the lab: programs around what is a library or part of a node's daemon, and upstream's
/// credential provider of EKS, whose release `go install` refuses for a module that it replaces.
const MODULES: [(&str, &str); 3] = [("kubelet", "."), ("testcontainers", "."), (PROVIDER, PROVIDER_PACKAGE)];

/// Other programs from the module of the kubelet's keyring: its plugin package around both providers, and a pod's pull.
const KUBELET: [(&str, &str); 2] = [("./provider", "kubelet-provider"), ("./pull", "kubelet-pull")];

const PROVIDER: &str = "ecr-credential-provider";
const PROVIDER_PACKAGE: &str = "k8s.io/cloud-provider-aws/cmd/ecr-credential-provider";

/// Built by such a module, too, since its own has exclusions, which `go install` refuses. In its go.mod stands the newest
/// release that Go 1.26.8 builds.
const COMPOSE: (&str, &str) = ("docker-compose", "github.com/docker/compose/v5/cmd");

/// Builds what is missing; the directories in which the lab finds them, as in `PATH`.
pub fn build() -> Result<OsString> {
    let mut directories = build_all(&CLIENTS)?;
    for module in MODULES {
        directories.push(directory_of(module)?);
    }
    // Beside the others.
    for (package, name) in KUBELET {
        build_in(&kubelet_module(), package, name)?;
    }
    Ok(std::env::join_paths(directories)?)
}

/// The same for those of `--full`.
pub fn build_large() -> Result<OsString> {
    let mut directories = build_all(&LARGE_CLIENTS)?;
    directories.push(directory_of(COMPOSE)?);
    directories.push(crate::java::build()?);
    Ok(std::env::join_paths(directories)?)
}

/// A container runtime for the real kubelet; the directory that it is in, with what [`build`] builds.
pub fn runtime() -> Result<PathBuf> {
    let program = build_in(&kubelet_module(), "./runtime", "kubelet-runtime")?;
    Ok(program.parent().context("no directory")?.to_owned())
}

fn kubelet_module() -> PathBuf {
    root().join("crates/ecrpass-lab/clients/kubelet")
}

fn build_all(programs: &[Program]) -> Result<Vec<PathBuf>> {
    programs
        .iter()
        .map(|program| {
            program.build()?;
            program.directory()
        })
        .collect()
}

/// Helm.
pub fn helm() -> Result<PathBuf> {
    HELM.build()
}

/// Upstream's credential provider.
pub fn provider() -> Result<PathBuf> {
    build_module((PROVIDER, PROVIDER_PACKAGE))
}

fn build_module((name, package): (&str, &str)) -> Result<PathBuf> {
    build_in(&root().join("crates/ecrpass-lab/clients").join(name), package, name)
}

fn directory_of(module: (&str, &str)) -> Result<PathBuf> {
    Ok(build_module(module)?.parent().context("no directory")?.to_owned())
}
