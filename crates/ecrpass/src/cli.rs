//! The command line: what there is to say, and the help that explains it.

use clap::{Parser, Subcommand};

use crate::commands::{demo, doctor, explain, fix, local, login, resolve, setup, status, token, whoami};

/// Makes Amazon ECR authentication failures go away.
#[derive(Debug, Parser)]
#[command(
    version,
    max_term_width = 100,
    after_help = "Exit status: 0 nothing wrong, 1 problems found or the action refused, 2 usage, 3 could not run.\n\nNew here? `ecrpass demo` shows it all in two minutes, without an AWS account."
)]
pub struct Cli {
    /// Say nothing but results and errors
    #[arg(long, short, global = true)]
    pub quiet: bool,
    /// Replace account ids, the names in ARNs and hosts, each always by the same
    #[arg(long, global = true)]
    pub mask_accounts: bool,
    /// What to do
    #[command(subcommand)]
    pub command: Command,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// The two-minute tour: breaks a docker login the common ways, and mends it, on an ECR of its own
    Demo(demo::Arguments),
    /// Finds out why a pull or push fails here, as this user, and what mends it
    Doctor(doctor::Arguments),
    /// Finds the root cause in an error log, or runs a command and explains why it failed
    Explain(explain::Arguments),
    /// Repairs the configurations of docker and podman, and shows what it does
    Fix(fix::Arguments),
    /// Runs an Amazon ECR on loopback, for trying things and for tests
    Local(local::Arguments),
    /// Logs docker, podman or another client in, for 12 hours
    Login(login::Arguments),
    /// Says which credentials a client will really send for a registry, and why
    Resolve(resolve::Arguments),
    /// Names the credential helper for registries, in the files of docker, podman and the kubelet
    Setup(setup::Arguments),
    /// Says which ECR tokens this machine holds, for how long, and who would use them
    Status(status::Arguments),
    /// Prints a registry password, for tools that cannot use a credential helper
    Token(token::Arguments),
    /// Says where AWS credentials come from here, and which ones each tool would use
    Whoami(whoami::Arguments),
}
