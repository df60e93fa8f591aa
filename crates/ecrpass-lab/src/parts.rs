//! The programs that run in the world: a registry that stores, a docker daemon, and a node's containerd.

use std::fs::{self, File};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

use crate::names::must;

/// How long a part may take to start.
const START: Duration = Duration::from_secs(60);

/// How long a part may take to end when asked.
const STOP: Duration = Duration::from_secs(10);

/// Where the storing registry listens.
pub const STORAGE: &str = "127.0.0.1:5000";

/// A program that is stopped with its owner.
pub struct Part(Child);

impl Part {
    /// Asks it to end, so that it leaves nothing behind for its successor to trip over.
    pub fn stop(mut self) -> Result<()> {
        must("kill", &["-TERM", &self.0.id().to_string()])?;
        let asked = Instant::now();
        while self.0.try_wait()?.is_none() {
            // Dropping it is the other way.
            if asked.elapsed() > STOP {
                break;
            }
            thread::sleep(Duration::from_millis(20));
        }
        Ok(())
    }
}

impl Drop for Part {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// A node's container runtime of the world's own. It pulls as a node does; nothing has to run.
pub fn containerd(directory: &Path, socket: &Path) -> Result<Part> {
    let config = directory.join("containerd.toml");
    let path = |name: &str| directory.join(name).display().to_string();
    // containerd looks here for hosts that want something special; there are none.
    fs::create_dir_all(directory.join("containerd-hosts"))?;
    fs::write(
        &config,
        format!(
            "version = 2\nroot = {:?}\nstate = {:?}\n[grpc]\naddress = {:?}\n[plugins.\"io.containerd.internal.v1.opt\"]\npath = {:?}\n[plugins.\"io.containerd.grpc.v1.cri\"]\nenable_selinux = false\n[plugins.\"io.containerd.grpc.v1.cri\".containerd]\nsnapshotter = \"native\"\n[plugins.\"io.containerd.grpc.v1.cri\".registry]\nconfig_path = {:?}\n",
            path("containerd"),
            path("containerd-state"),
            socket.display().to_string(),
            path("containerd-opt"),
            path("containerd-hosts"),
        ),
    )?;
    let log = directory.join("containerd.log");
    let mut command = Command::new("containerd");
    command.arg("--config").arg(&config);
    // The machine's proxy is not this world's.
    for name in ["HTTPS_PROXY", "HTTP_PROXY", "SSL_CERT_FILE", "SSL_CERT_DIR"] {
        command.env_remove(name);
    }
    let mut child = start(&mut command, &log, "containerd")?;
    // Its socket is there before all of its services are.
    let ready = || {
        let mut ask = Command::new("ctr");
        ask.arg("--address").arg(socket).args(["plugins", "list", "id==cri"]);
        ask.output().is_ok_and(|output| String::from_utf8_lossy(&output.stdout).contains(" ok"))
    };
    wait(&mut child, &log, "containerd with its CRI", ready)?;
    Ok(Part(child))
}

fn start(command: &mut Command, log: &Path, package: &str) -> Result<Child> {
    let log = File::create(log)?;
    command
        .stdin(Stdio::null())
        .stdout(log.try_clone()?)
        .stderr(log)
        .spawn()
        .with_context(|| format!("cannot run {:?}: apt-get install {package}", command.get_program()))
}

fn wait(child: &mut Child, log: &Path, what: &str, ready: impl Fn() -> bool) -> Result<()> {
    let started = Instant::now();
    while !ready() {
        if let Some(status) = child.try_wait()? {
            bail!("{what} ended ({status}):\n{}", fs::read_to_string(log).unwrap_or_default());
        }
        if started.elapsed() > START {
            bail!("{what} did not start:\n{}", fs::read_to_string(log).unwrap_or_default());
        }
        thread::sleep(Duration::from_millis(20));
    }
    Ok(())
}

/// Docker's own registry program, for the images.
pub fn registry(directory: &Path) -> Result<Part> {
    let config = directory.join("registry.yml");
    let storage = directory.join("registry");
    fs::write(
        &config,
        format!(
            "version: 0.1\nlog: {{level: warn}}\nstorage:\n  filesystem: {{rootdirectory: {}}}\n  delete: {{enabled: true}}\nhttp:\n  addr: {STORAGE}\n",
            storage.display()
        ),
    )?;
    let log = directory.join("registry.log");
    let mut child =
        start(Command::new("docker-registry").arg("serve").arg(&config), &log, "docker-registry")?;
    wait(&mut child, &log, "docker-registry", || TcpStream::connect(STORAGE).is_ok())?;
    Ok(Part(child))
}

/// A docker daemon of the world's own. It never runs a container: pulling, pushing and building need none.
pub fn dockerd(directory: &Path, socket: &Path, environment: &[(&str, &str)]) -> Result<Part> {
    let log = directory.join("dockerd.log");
    let mut command = Command::new("dockerd");
    command
        .args(["--bridge", "none", "--iptables=false", "--ip6tables=false", "--storage-driver", "vfs"])
        .arg("--data-root")
        .arg(directory.join("docker"))
        .arg("--exec-root")
        .arg(directory.join("docker-exec"))
        .arg("--pidfile")
        .arg(directory.join("dockerd.pid"))
        .arg("--host")
        .arg(format!("unix://{}", socket.display()))
        // The machine's proxy is not this world's.
        .env_remove("HTTPS_PROXY")
        .env_remove("HTTP_PROXY")
        .env_remove("SSL_CERT_FILE")
        .env_remove("SSL_CERT_DIR")
        .envs(environment.iter().copied());
    let mut child = start(&mut command, &log, "docker.io")?;
    let ready = || {
        Command::new("docker")
            .arg("--host")
            .arg(format!("unix://{}", socket.display()))
            .arg("version")
            .output()
            .is_ok_and(|output| output.status.success())
    };
    wait(&mut child, &log, "dockerd", ready)?;
    Ok(Part(child))
}
