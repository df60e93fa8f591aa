//! Logins on the command line as rules look at them: whose they are, and whether they are ECR's.

use crate::commands::Scripted;
use crate::deeds::login::{Login, login};
use crate::deeds::password::{self, Fetched};
use crate::host::Host;
use crate::known::Known;
use crate::shell::Command;

/// A login to ECR.
pub struct EcrLogin<'a> {
    /// The command.
    pub command: &'a Command,
    /// Its index.
    pub index: usize,
    /// Its options.
    pub login: Login<'a>,
    /// The hosts it may be for.
    pub hosts: Vec<Host>,
    /// The password it is given, if that was fetched from ECR.
    pub fetched: Option<Fetched>,
}

/// The logins of a script that are surely for ECR: by their host, their user, or their password.
pub fn of<'a>(scripted: &Scripted<'a>) -> Vec<EcrLogin<'a>> {
    let mut all = Vec::new();
    for (index, command) in scripted.commands() {
        let Some(login) = login(command) else { continue };
        let hosts: Vec<Host> = login.server.map(|(_, word)| hosts_of(&word.value)).unwrap_or_default();
        let fetched = match &login.password {
            Some(password) => password::in_value(&password.value),
            None => password::of_input(scripted.script, index),
        };
        let is_ecr = |host: &Host| matches!(host, Host::Private { .. } | Host::Public);
        let is_other = !hosts.is_empty() && hosts.iter().all(|host| matches!(host, Host::Other(_)));
        let is_aws = login.user.as_ref().is_some_and(|user| user.value.exactly() == Some("AWS"));
        if hosts.iter().any(is_ecr) || (!is_other && (fetched.is_some() || is_aws)) {
            all.push(EcrLogin { command, index, login, hosts, fetched });
        }
    }
    all
}

/// The hosts that a server may be.
pub fn hosts_of(server: &Known) -> Vec<Host> {
    server.alternatives().map(Host::of_server).collect()
}

impl EcrLogin<'_> {
    /// The registry, if all of it is known.
    pub fn registry(&self) -> Option<ecrpass_core::registry::Registry> {
        self.hosts.first().and_then(Host::registry)
    }
}
