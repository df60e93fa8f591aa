//! What can be wrong around the ECR: hosts out of reach, names that do not resolve, a CA nobody trusts, a daemon that is
//! down or has a broken proxy.
//!
//! Whatever is disrupted here is restored when its [`Guard`] goes, so that a test which fails disturbs no other.

use std::net::IpAddr;
use std::sync::{MutexGuard, PoisonError};

use anyhow::{Context, Result, ensure};

use crate::lab::Lab;
use crate::names::{self, must};
use crate::parts;

/// Something disrupted; restored when this is dropped.
#[must_use = "it is restored when this is dropped"]
pub struct Guard<'a>(Option<Box<dyn FnOnce() -> Result<()> + 'a>>);

impl<'a> Guard<'a> {
    fn new(restore: impl FnOnce() -> Result<()> + 'a) -> Self {
        Self(Some(Box::new(restore)))
    }

    /// Restores it now.
    ///
    /// # Errors
    /// When that fails; a drop says nothing then.
    pub fn restore(mut self) -> Result<()> {
        self.0.take().map_or(Ok(()), |restore| restore())
    }
}

impl Drop for Guard<'_> {
    fn drop(&mut self) {
        if let Some(restore) = self.0.take() {
            // The next test meets the damage and says so.
            let _ = restore();
        }
    }
}

impl Lab {
    /// Lets every packet to a host (a name of this world, or an address) vanish: connections to it never open, and
    /// open ones stand still.
    ///
    /// All hosts of a kind share one address: the APIs, the registries, the layer buckets, STS.
    ///
    /// # Errors
    /// When the host is unknown or the packet filter refuses.
    pub fn black_hole(&self, host: &str) -> Result<Guard<'static>> {
        self.filter(host, &["-j", "DROP"])
    }

    /// Lets a host refuse every new connection.
    ///
    /// # Errors
    /// When the host is unknown or the packet filter refuses.
    pub fn refuse(&self, host: &str) -> Result<Guard<'static>> {
        // Only what opens a connection: the refusal itself goes to the same address, as client and server share it.
        self.filter(host, &["-p", "tcp", "--syn", "-j", "REJECT", "--reject-with", "tcp-reset"])
    }

    fn filter(&self, host: &str, target: &[&str]) -> Result<Guard<'static>> {
        let address = self.address(host)?;
        let program = if address.is_ipv4() { "iptables" } else { "ip6tables" };
        let address = address.to_string();
        let rule = |command: &'static str| {
            let mut arguments = vec!["-w", command, "INPUT", "-d", &address];
            arguments.extend(target);
            arguments.into_iter().map(str::to_owned).collect::<Vec<String>>()
        };
        let run = move |rule: &[String]| must(program, &rule.iter().map(String::as_str).collect::<Vec<_>>());
        run(&rule("-I"))?;
        let undo = rule("-D");
        Ok(Guard::new(move || run(&undo)))
    }

    /// The address a host has now.
    fn address(&self, host: &str) -> Result<IpAddr> {
        if let Ok(address) = host.parse() {
            return Ok(address);
        }
        let names = self.names();
        let address = names.get(host).with_context(|| format!("{host} is no name of this world"))?;
        Ok(address.parse()?)
    }

    /// Gives a name another address, or with `None` takes the name away, so that it does not resolve.
    ///
    /// Programs written in Go, and so docker's daemon, notice it after five seconds.
    ///
    /// # Errors
    /// When the hosts file cannot be written.
    pub fn rename(&self, host: &str, address: Option<IpAddr>) -> Result<Guard<'_>> {
        let before = self.names().get(host).cloned();
        self.set_name(host, address.map(|address| address.to_string()))?;
        let host = host.to_owned();
        Ok(Guard::new(move || self.set_name(&host, before)))
    }

    fn set_name(&self, host: &str, address: Option<String>) -> Result<()> {
        let mut names = self.names();
        match address {
            Some(address) => drop(names.insert(host.to_owned(), address)),
            None => drop(names.remove(host)),
        }
        names::write_hosts(&self.directory, &names)
    }

    fn names(&self) -> MutexGuard<'_, std::collections::BTreeMap<String, String>> {
        self.names.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes the world's CA away from everybody, the docker daemon included.
    ///
    /// # Errors
    /// When the bundle cannot be written or the daemon does not come back.
    pub fn untrust(&self) -> Result<Guard<'_>> {
        let guard = Guard::new(|| self.trust());
        self.set_trust(false)?;
        Ok(guard)
    }

    /// Trusts the world's CA again.
    ///
    /// # Errors
    /// When the bundle cannot be written or the daemon does not come back.
    pub fn trust(&self) -> Result<()> {
        self.set_trust(true)
    }

    fn set_trust(&self, trusted: bool) -> Result<()> {
        self.bundle.trust(trusted)?;
        // The daemon reads it once.
        if self.stop_daemon()? { self.start_docker(&[]) } else { Ok(()) }
    }

    /// Restarts the docker daemon with these variables: a broken proxy, for example.
    ///
    /// # Errors
    /// When it does not come back.
    pub fn restart_docker(&self, environment: &[(&str, &str)]) -> Result<Guard<'_>> {
        let guard = Guard::new(|| {
            self.stop_daemon()?;
            self.start_docker(&[])
        });
        self.stop_daemon()?;
        self.start_docker(environment)?;
        Ok(guard)
    }

    /// Stops the docker daemon.
    ///
    /// # Errors
    /// When it cannot be told to.
    pub fn stop_docker(&self) -> Result<Guard<'_>> {
        self.stop_daemon()?;
        Ok(Guard::new(|| self.start_docker(&[])))
    }

    /// Starts the docker daemon.
    ///
    /// # Errors
    /// When it runs already or does not start.
    pub fn start_docker(&self, environment: &[(&str, &str)]) -> Result<()> {
        let mut docker = self.docker.lock().unwrap_or_else(PoisonError::into_inner);
        ensure!(docker.is_none(), "the docker daemon runs already");
        *docker = Some(parts::dockerd(&self.directory, self.socket(), environment)?);
        Ok(())
    }

    /// Stops it; whether it ran.
    fn stop_daemon(&self) -> Result<bool> {
        let docker = self.docker.lock().unwrap_or_else(PoisonError::into_inner).take();
        docker.map_or(Ok(false), |docker| docker.stop().map(|()| true))
    }
}
