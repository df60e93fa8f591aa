//! What a client is: its names, where it runs, how one logs in with it, and its rules. Each has one in the list of
//! clients, or in the file that has its rules.

use super::environment::ClientEnvironment;
use super::login_file::LoginFile;
use super::request::Request;
use super::resolution::{Ending, Trace};

/// Follows a client's rules.
type Resolve = fn(&Request, &dyn ClientEnvironment, &mut Trace) -> Ending;

/// A client.
#[derive(Clone, Copy)]
pub(super) struct Model {
    /// The name used on the command line and in JSON.
    pub(super) id: &'static str,
    /// What it is, for people.
    pub(super) title: &'static str,
    /// Other names people use for it.
    pub(super) aliases: &'static [&'static str],
    /// The program to look for on `PATH`; `None` for what is a library or runs elsewhere.
    pub(super) program: Option<&'static str>,
    /// Who talks to registries.
    pub(super) runs: Runs,
    /// The commands that log in, with a password from standard input, and out, before the host. Source: the clients' own
    /// manuals.
    pub(super) login: (&'static str, &'static str),
    /// The files in which it keeps logins, and which no client before it in the list keeps: docker's are docker's alone.
    pub(super) keeps: &'static [LoginFile],
    /// How its rules were verified.
    pub(super) verified: Verified,
    /// Its rules.
    pub(super) resolve: Resolve,
}

/// How the rules of a client were verified.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verified {
    /// The real client, in these versions, was given every configuration of the matrix, and what it sent was compared.
    Run(&'static str),
    /// They were read in its source; it was not run.
    Read,
}

impl Verified {
    /// The word used in JSON.
    pub fn id(self) -> &'static str {
        match self {
            Self::Run(_) => "run",
            Self::Read => "read",
        }
    }
}

/// Who talks to registries for a client.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Runs {
    /// The client itself.
    Alone,
    /// The docker daemon.
    ByDaemon,
    /// It itself, on a node, with credentials that cannot be had by looking where it looks.
    OnNode,
}

impl Model {
    /// A client that is called what it is, runs alone and reads docker's logins.
    pub(super) const fn new(id: &'static str, resolve: Resolve) -> Self {
        let login = ("docker login --username AWS --password-stdin", "docker logout");
        let (runs, verified) = (Runs::Alone, Verified::Read);
        Self { id, title: id, aliases: &[], program: None, runs, login, keeps: &[], verified, resolve }
    }

    pub(super) const fn title(self, title: &'static str) -> Self {
        Self { title, ..self }
    }

    pub(super) const fn aliases(self, aliases: &'static [&'static str]) -> Self {
        Self { aliases, ..self }
    }

    pub(super) const fn program(self, program: &'static str) -> Self {
        Self { program: Some(program), ..self }
    }

    pub(super) const fn by_daemon(self) -> Self {
        Self { runs: Runs::ByDaemon, ..self }
    }

    pub(super) const fn on_node(self) -> Self {
        Self { runs: Runs::OnNode, ..self }
    }

    /// Versions that were run in the lab.
    pub(super) const fn run(self, versions: &'static str) -> Self {
        Self { verified: Verified::Run(versions), ..self }
    }

    pub(super) const fn login(self, log_in: &'static str, log_out: &'static str) -> Self {
        Self { login: (log_in, log_out), ..self }
    }

    /// The files that are its own.
    pub(super) const fn keeps(self, keeps: &'static [LoginFile]) -> Self {
        Self { keeps, ..self }
    }
}
