//! The commands that repair a login here, with this machine's paths and this registry's host.

use ecrpass_clients::client::{Client, Supplier};
use ecrpass_core::CommandLine;
use ecrpass_credentials::credential_chain::SourceKind;

use super::Case;
use crate::check::link::{link, link_on_path};
use crate::check::{CheckOutcome, Proof};
use crate::facts::Destination;
use crate::finding::{Fix, OwnCommand, SetupTarget};

/// The variables that hold keys.
const KEYS: [&str; 4] =
    ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_SECURITY_TOKEN"];

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
        let aside = CommandLine::shell("mv").path(path).path(format!("{path}.broken"));
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

    /// Puts a way out in front of the others: without the variable that leads AWS's own hosts elsewhere; of several, the
    /// one that decides.
    pub fn without_endpoint_variable(&self, outcome: CheckOutcome) -> CheckOutcome {
        let api = self.network_path(Destination::Api);
        let is_about_api = self.refusal().is_some() || api.is_some_and(|way| way.failure.is_some());
        if !is_about_api {
            return outcome;
        }
        let of_service =
            if self.is_public() { "AWS_ENDPOINT_URL_ECR_PUBLIC" } else { "AWS_ENDPOINT_URL_ECR" };
        let is_set = |name: &&str| self.bundle.machine.variable(name).is_some();
        match [of_service, "AWS_ENDPOINT_URL"].into_iter().find(is_set) {
            Some(name) => self.without_variables(outcome, "ask the ordinary endpoint", &[name]),
            None => outcome,
        }
    }

    /// Puts a way out in front of the others: without the keys in variables, where a profile has others.
    pub fn without_keys_in_variables(&self, outcome: CheckOutcome) -> CheckOutcome {
        let places = &self.bundle.aws.places;
        let has = |kind| places.iter().any(|place| place.found && place.place == kind);
        if !has(SourceKind::Environment) || !has(SourceKind::Profile) {
            return outcome;
        }
        let summary = "use the profile: the keys in these variables come before it";
        self.without_variables(outcome, summary, &KEYS)
    }

    /// The command that takes the keys out of the variables, where there are some: they come before every profile.
    pub fn keys_in_variables(&self) -> Option<CommandLine> {
        let mut set = KEYS.iter().filter(|name| self.bundle.machine.variable(name).is_some()).peekable();
        set.peek()?;
        Some(set.fold(CommandLine::shell("unset"), |line, name| line.shell_word(name)))
    }

    /// The command that has ecrpass answer in a program's place.
    pub fn link(&self, path: &str) -> CommandLine {
        link(&self.bundle.machine, path)
    }

    /// The command that has ecrpass answer as the helper.
    pub fn link_on_path(&self, name: &str) -> CommandLine {
        link_on_path(&self.bundle.machine, name)
    }
}
