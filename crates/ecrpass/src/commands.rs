//! One file per command, and the list of them: a new one is a file and three lines here.

mod alarms;
mod ask_policies;
mod audit;
mod canary;
mod ci;
mod completions;
mod demo;
mod doctor;
mod explain;
mod fix;
mod itself;
mod kubelet;
mod local;
mod login;
mod man;
mod mcp;
mod policy;
mod repo;
mod resolve;
mod setup;
mod status;
mod token;
mod trail;
mod uninstall;
mod whoami;

use ecrpass_diagnosis::finding::{FixExtent, OwnCommand, SetupTarget};

use crate::error::CommandError;
use std::process::ExitCode;
use std::sync::Arc;

use clap::Subcommand;
use ecrpass_core::environment::Environment;

use crate::render::ui::Ui;

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Writes alarms on failed pulls, and finds mistakes in existing ones
    Alarms(alarms::Arguments),
    /// Asks a team's policies, in a process of their own; `ecrpass audit --policy` calls it
    #[command(hide = true)]
    AskPolicies,
    /// Finds ECR logins, tokens and keys in files, and logins that will fail
    Audit(audit::Arguments),
    /// Pulls a little at an interval, and says when that fails, and why
    Canary(canary::Arguments),
    /// Looks at pipelines
    Ci(ci::Arguments),
    /// Prints what makes a shell complete commands and options
    Completions(completions::Arguments),
    /// A two-minute tour: breaks a docker login in the common ways, and fixes it, with an embedded ECR
    Demo(demo::Arguments),
    /// Finds out why a pull or push fails here, as this user, and what fixes it
    Doctor(doctor::Arguments),
    /// Finds the root cause in an error log, or runs a command and explains why it failed
    Explain(explain::Arguments),
    /// Repairs the configurations of docker and podman, and shows what it does
    Fix(fix::Arguments),
    /// Writes and checks the kubelet's configuration for the credential provider
    Kubelet(kubelet::Arguments),
    /// Runs an Amazon ECR on loopback, for trying things and for tests
    Local(local::Arguments),
    /// Logs docker, podman or another client in, for 12 hours
    Login(login::Arguments),
    /// Writes manual pages of all commands; packages are made with it
    #[command(hide = true)]
    Man(man::Arguments),
    /// Lets an assistant explain, examine and audit over the Model Context Protocol, and change nothing
    Mcp(mcp::Arguments),
    /// Writes, evaluates, explains and collects IAM policies for ECR
    Policy(policy::Arguments),
    /// Lists, finds, shows and sets up repositories
    Repo(repo::Arguments),
    /// Says which credentials a client will really send for a registry, and why
    Resolve(resolve::Arguments),
    /// Checks this installation
    #[command(name = "self")]
    Itself(itself::Arguments),
    /// Sets up the credential helper for registries, in the files of docker, podman and the kubelet
    Setup(setup::Arguments),
    /// Says which ECR tokens this machine holds, for how long, and who would use them
    Status(status::Arguments),
    /// Prints a registry password, for tools that cannot use a credential helper
    Token(token::Arguments),
    /// Answers from CloudTrail who fails at ECR, since when, and which change came before
    Trail(Box<trail::Arguments>),
    /// Puts back what was there before: configurations, links, the cache
    Uninstall(uninstall::Arguments),
    /// Says where AWS credentials come from here, and which ones each tool would use
    Whoami(whoami::Arguments),
    /// Fails, for the tests of what is said then
    #[cfg(debug_assertions)]
    #[command(hide = true)]
    ProvokeBug {
        /// How
        #[arg(value_enum)]
        bug: crate::last_resort::Bug,
    },
}

impl Command {
    /// Runs it, and says what went wrong; `definition` is that of all commands.
    pub fn run(
        &self,
        environment: &Arc<dyn Environment>,
        definition: fn() -> clap::Command,
        ui: &mut Ui,
    ) -> ExitCode {
        let here = environment.as_ref();
        let result = match self {
            Self::Alarms(arguments) => alarms::run(arguments, ui),
            Self::AskPolicies => ask_policies::run(ui),
            Self::Audit(arguments) => audit::run(arguments, here, ui),
            Self::Canary(arguments) => return canary::run(arguments, environment, ui),
            Self::Ci(arguments) => ci::run(arguments, ui),
            Self::Completions(arguments) => completions::run(arguments, &definition(), ui),
            Self::Demo(arguments) => demo::run(arguments, here, ui),
            Self::Doctor(arguments) => doctor::run(arguments, environment, &carry_out, ui),
            Self::Explain(arguments) => return explain::run(arguments, here, ui),
            Self::Fix(arguments) => fix::run(arguments, here, ui),
            Self::Itself(arguments) => itself::run(arguments, here, ui),
            Self::Kubelet(arguments) => kubelet::run(arguments, ui),
            Self::Local(arguments) => local::run(arguments, ui),
            Self::Login(arguments) => login::run(arguments, here, ui),
            Self::Man(arguments) => man::run(arguments, definition(), ui),
            Self::Mcp(arguments) => mcp::run(arguments, ui),
            Self::Policy(arguments) => policy::run(arguments, here, ui),
            Self::Repo(arguments) => repo::run(arguments, here, ui),
            Self::Resolve(arguments) => resolve::run(arguments, here, ui),
            Self::Setup(arguments) => setup::run(arguments, here, ui),
            Self::Status(arguments) => status::run(arguments, here, ui),
            Self::Token(arguments) => token::run(arguments, ui),
            Self::Trail(arguments) => trail::run(arguments, here, ui),
            Self::Uninstall(arguments) => uninstall::run(arguments, here, ui),
            Self::Whoami(arguments) => whoami::run(arguments, here, ui),
            #[cfg(debug_assertions)]
            Self::ProvokeBug { bug } => {
                crate::last_resort::provoke(*bug);
                Ok(())
            }
        };
        match result {
            Ok(()) => ExitCode::SUCCESS,
            Err(error) => error.report(ui),
        }
    }
}

/// Carries one of our own commands out, as a fix names it, if it is one that changes something; the others are for people.
///
/// # Errors
/// Those of the command.
fn carry_out(command: &OwnCommand, environment: &dyn Environment, ui: &mut Ui) -> Result<(), CommandError> {
    match command {
        OwnCommand::Fix { extent } => {
            let arguments = fix::Arguments {
                files: Vec::new(),
                configs: Vec::new(),
                offline: false,
                dry_run: *extent == FixExtent::DryRun,
                with_unsafe: *extent == FixExtent::Unsafe,
                undo: false,
                format: crate::render::format::Format::Text,
            };
            fix::run(&arguments, environment, ui)
        }
        OwnCommand::Setup { registry, target } => {
            let arguments = setup::Arguments {
                registries: vec![registry.host().to_owned()],
                accounts: Vec::new(),
                regions: Vec::new(),
                sources: Vec::new(),
                yes: false,
                clients: match target {
                    SetupTarget::Docker => Vec::new(),
                    SetupTarget::Podman => vec![setup::Client::Podman],
                    SetupTarget::Kubelet => vec![setup::Client::Kubelet],
                },
                name: None,
                dry_run: false,
                no_check: false,
                format: crate::render::format::Format::Text,
            };
            setup::run(&arguments, environment, ui)
        }
        OwnCommand::Audit
        | OwnCommand::AuditFix { .. }
        | OwnCommand::Doctor { .. }
        | OwnCommand::Explain { .. }
        | OwnCommand::Login { .. }
        | OwnCommand::Resolve { .. }
        | OwnCommand::Status
        | OwnCommand::Token { .. }
        | OwnCommand::Whoami => Ok(()),
    }
}
