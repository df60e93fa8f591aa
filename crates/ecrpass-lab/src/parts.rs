//! The programs that run in the world: a registry that stores, and a docker daemon.

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
