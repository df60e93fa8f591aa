//! The commands that repair a login here, with this machine's paths and this registry's host.

use ecrpass_clients::client::{Client, Supplier};
use ecrpass_core::CommandLine;

use super::Case;
use crate::check::{CheckOutcome, Proof};
use crate::finding::{Fix, OwnCommand, SetupTarget};

impl Case<'_> {
    /// Names the helper for this registry; only in words where the host is none of ECR's, or the client asks no helper.
    pub fn setup(&self, summary: &str) -> Fix {
        self.setup_as(summary, Fix::own)
    }

    /// The same, without asking.
    pub fn automatic_setup(&self, summary: &str) -> Fix {
        self.setup_as(summary, Fix::automatic)
    }

    fn setup_as(&self, summary: &str, fix: fn(String, OwnCommand) -> Fix) -> Fix {
        match self.setup_command() {
            Some(setup) => fix(summary.to_owned(), setup),
            None => Fix::by_hand(summary),
        }
    }

    /// The command that names the helper for this registry.
    pub fn setup_command(&self) -> Option<OwnCommand> {
        let target = SetupTarget::of(self.client().unwrap_or(Client::Docker))?;
        Some(OwnCommand::Setup { registry: self.registry.clone()?, target })
    }

    /// The command that puts a configuration aside and begins a new one.
    pub fn begin_anew(&self, path: &str) -> CommandLine {
        let aside = CommandLine::shell("mv").word(path).word(format!("{path}.broken"));
        match self.setup_command() {
            Some(setup) => aside.and(setup.command_line()),
            None => aside,
        }
    }

    /// Names the helper for this registry: what fixes every login that is no good, where nothing comes before it.
    pub fn with_setup(&self, proof: Proof, summary: &str) -> Proof {
        match self.supplier() {
            Some(Supplier::Environment) => proof
                .run(
                    "unset the variable, which overrides every credential helper",
                    CommandLine::shell("unset DOCKER_AUTH_CONFIG"),
                )
                .fix(self.setup(summary)),
            _ => proof.fix(self.automatic_setup(summary)),
        }
    }

    /// Puts a way out in front of the others: without variables that are set here.
    pub fn without_variables(
        &self,
        outcome: CheckOutcome,
        summary: &str,
        names: &[&'static str],
    ) -> CheckOutcome {
        let set: Vec<&'static str> =
            names.iter().copied().filter(|name| self.bundle.machine.variable(name).is_some()).collect();
        match outcome {
            CheckOutcome::Found(mut proof) if !set.is_empty() => {
                let others = std::mem::take(&mut proof.fixes);
                let mut proof = proof.run(
                    summary,
                    set.iter().fold(CommandLine::shell("unset"), |line, name| line.shell_word(name)),
                );
                for name in &set {
                    let value =
                        self.bundle.machine.variable(name).and_then(|variable| variable.value.as_deref());
                    proof = proof.and(*name, value.unwrap_or("is set"));
                }
                proof.fixes.extend(others);
                proof.outcome()
            }
            other => other,
        }
    }

    /// The command that has ecrpass answer in a program's place.
    pub fn link(&self, path: &str) -> CommandLine {
        let directory = path.rsplit_once('/').map(|(directory, _)| directory);
        let is_own = directory.is_some() && directory == self.bundle.machine.writable_on_path.as_deref();
        let link = CommandLine::shell(if is_own { "ln -sf" } else { "sudo ln -sf" });
        let ecrpass = self.bundle.machine.program("ecrpass").and_then(|program| program.first());
        let link = match ecrpass {
            Some(file) => link.word(&file.path),
            None => link.shell_word("\"$(command -v ecrpass)\""),
        };
        link.word(path)
    }

    /// The command that has ecrpass answer as the helper.
    pub fn link_on_path(&self) -> CommandLine {
        let directory = self.bundle.machine.writable_on_path.as_deref().unwrap_or("/usr/local/bin");
        self.link(&format!("{directory}/docker-credential-ecr-login"))
    }
}
