//! The closed world, put together.

use std::collections::BTreeMap;
use std::env;
use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use anyhow::{Context, Result, bail};
use ecrpass_local::{Ca, LocalEcr, names_for};

use crate::enter::is_inside;
use crate::names::{self, Bundle, LAYER_BUCKET, METADATA, OTHER_REGISTRY, REGIONS, SERVERS, must};
use crate::parts::{self, Part, STORAGE};

/// The registry most is tried with.
pub const HOST: &str = "123456789012.dkr.ecr.us-east-1.amazonaws.com";

/// Where the ECR's control API answers.
pub const CONTROL: &str = "127.0.0.1:4599";

/// The variable that names the helper to be tried.
const HELPER: &str = "ECRPASS_HELPER";

/// What the world consists of.
pub struct Lab {
    /// The Amazon ECR of this world, on port 443 under AWS's names.
    pub ecr: LocalEcr,
    /// A directory that is gone with the world.
    pub directory: PathBuf,
    /// The helper.
    pub helper: PathBuf,
    /// `ecrpass` itself; empty where it was not built, as in a lab for people.
    pub ecrpass: PathBuf,
    /// The operator; empty where it was not built.
    pub operator: PathBuf,
    socket: PathBuf,
    parts: Vec<Part>,
    pub(crate) docker: Mutex<Option<Part>>,
    pub(crate) names: Mutex<BTreeMap<String, String>>,
    pub(crate) bundle: Bundle,
}

/// How much of the world is wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Extent {
    /// Names, certificates and the ECR.
    Api,
    /// The storing registry and a docker daemon as well.
    Docker,
}

impl Lab {
    /// Builds the world. Only inside, where nothing else can be hurt.
    ///
    /// # Errors
    /// When a part is missing or does not start, with what to install.
    pub fn build(extent: Extent) -> Result<Self> {
        if !is_inside() {
            bail!("the world can only be built in namespaces of its own");
        }
        let helper = helper()?;
        let ecrpass = built("ecrpass").unwrap_or_default();
        let operator = built("ecrpass-operator").unwrap_or_default();
        must("mount", &["--make-rprivate", "/"])?;
        must("mount", &["-t", "tmpfs", "-o", "mode=755", "tmpfs", "/run"])?;
        let directory = PathBuf::from("/run/ecrpass-lab");
        fs::create_dir_all(&directory)?;
        names::network()?;
        let names = names::table();
        names::hosts(&directory, &names)?;
        let ca = Ca::generate()?;
        let bundle = Bundle::bind(&directory, &ca.pem())?;
        let mut certificate_names: Vec<String> =
            REGIONS.iter().flat_map(|region| names_for(region)).collect();
        certificate_names.push(OTHER_REGISTRY.to_owned());
        certificate_names.dedup();
        let certificate_names: Vec<&str> = certificate_names.iter().map(String::as_str).collect();
        let mut builder = LocalEcr::builder().ca(ca);
        for address in SERVERS {
            builder = builder.tls(SocketAddr::new(address.parse()?, 443), &certificate_names);
        }
        for address in METADATA {
            builder = builder.plain(SocketAddr::new(address.parse()?, 80));
        }
        builder = builder.plain(CONTROL.parse()?);
        let socket = directory.join("docker.sock");
        let mut running = Vec::new();
        let mut docker = None;
        if extent == Extent::Docker {
            running.push(parts::registry(&directory)?);
            builder = builder.forward_to(STORAGE).redirect_layers(Some(&format!("https://{LAYER_BUCKET}")));
            // podman's and buildah's images must not mix with the machine's.
            fs::create_dir_all("/var/lib/containers")?;
            must("mount", &["-t", "tmpfs", "tmpfs", "/var/lib/containers"])?;
            hide_peer()?;
            docker = Some(parts::dockerd(&directory, &socket, &[])?);
        }
        let ecr = builder.start().context("cannot start the local ECR")?;
        ecr.create_repository("team/app")?;
        Ok(Self {
            ecr,
            directory,
            helper,
            ecrpass,
            operator,
            socket,
            parts: running,
            docker: Mutex::new(docker),
            names: Mutex::new(names),
            bundle,
        })
    }

    /// Stops the programs of the world, the daemon first.
    pub fn stop(&mut self) {
        drop(self.docker.get_mut().unwrap_or_else(PoisonError::into_inner).take());
        while self.parts.pop().is_some() {}
    }

    /// Starts a node's containerd; it ends when it is dropped. And its socket.
    ///
    /// # Errors
    /// When it is not installed, or does not start.
    pub fn containerd(&self) -> Result<(Part, PathBuf)> {
        let socket = self.directory.join("containerd.sock");
        Ok((parts::containerd(&self.directory, &socket)?, socket))
    }

    /// The docker daemon's socket.
    pub fn socket(&self) -> &Path {
        &self.socket
    }
}

/// Amazon's helper has our name: out of sight, or "not on PATH" could not be tried.
fn hide_peer() -> Result<()> {
    const PEER: &str = "/usr/bin/docker-credential-ecr-login";
    if Path::new(PEER).exists() { must("mount", &["--bind", "/dev/null", PEER]) } else { Ok(()) }
}

/// The helper to be tried: `ECRPASS_HELPER`, else the one built beside this program.
fn helper() -> Result<PathBuf> {
    match env::var_os(HELPER) {
        Some(path) => Ok(PathBuf::from(path).canonicalize()?),
        None => built("docker-credential-ecr-login"),
    }
}

/// A program of ours, built beside this one.
fn built(name: &str) -> Result<PathBuf> {
    let program = env::current_exe()?;
    let debug = program.ancestors().find(|directory| directory.ends_with("debug"));
    let path = debug.map(|debug| debug.join(name)).unwrap_or_default();
    if !path.is_file() {
        bail!("there is no {}: cargo build -p {name}", path.display());
    }
    Ok(path.canonicalize()?)
}
