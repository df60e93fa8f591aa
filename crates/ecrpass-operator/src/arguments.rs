//! The command line.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

use crate::names::is_object;

/// Keeps the pull secrets of a cluster fresh: tokens of Amazon ECR, from one call to AWS per credential and region
#[derive(Debug, Parser)]
#[command(name = "ecrpass-operator", version, max_term_width = 100)]
pub struct Arguments {
    #[command(subcommand)]
    pub command: Command,
}

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Keeps secrets fresh until it is told to stop
    #[command(after_help = "\
Examples:
  ecrpass-operator run --config operator.toml --dry-run   # what it would write, without tokens
  ecrpass-operator run --config operator.toml --once      # from a CronJob
  ecrpass-operator run                                    # in a pod: /etc/ecrpass/operator.toml")]
    Run(Run),
    /// Reads a configuration: what it means, or what is wrong with it, with line and column
    #[command(after_help = "\
Examples:
  ecrpass-operator check operator.toml")]
    Check {
        /// The configuration; JSON where its name ends in .json
        file: PathBuf,
    },
    /// Takes its entries out of the service accounts, then deletes its secrets, then the lease
    #[command(after_help = "\
Examples:
  ecrpass-operator remove --dry-run   # what that would be, and when secrets expire if they stay
  ecrpass-operator remove")]
    Remove(Remove),
}

/// Where things are.
#[derive(Debug, Args)]
pub struct Where {
    /// The configuration; JSON where its name ends in .json
    #[arg(
        long,
        value_name = "FILE",
        env = "ECRPASS_OPERATOR_CONFIG",
        default_value = "/etc/ecrpass/operator.toml"
    )]
    pub config: PathBuf,
    /// Which cluster: a kubeconfig, instead of the pod's service account
    #[arg(long, value_name = "FILE")]
    pub kubeconfig: Option<PathBuf>,
    /// The context in the kubeconfig
    #[arg(long, value_name = "NAME")]
    pub context: Option<String>,
    /// The lease that replicas share
    #[arg(
        long,
        value_name = "NAME",
        env = "ECRPASS_OPERATOR_LEASE",
        default_value = "ecrpass-operator",
        value_parser = object_name
    )]
    pub lease: String,
    /// The namespace of the lease [default: the pod's own, else default]
    #[arg(long, value_name = "NAME", env = "POD_NAMESPACE")]
    pub namespace: Option<String>,
}

fn object_name(text: &str) -> Result<String, &'static str> {
    if is_object(text, "") {
        return Ok(text.to_owned());
    }
    Err("a lease's name has at most 253 lower-case letters, digits, `-` and `.`")
}

#[derive(Debug, Args)]
pub struct Run {
    #[command(flatten)]
    pub place: Where,
    /// Where metrics and probes are: /metrics, /healthz, /readyz
    #[arg(long, value_name = "ADDRESS", env = "ECRPASS_OPERATOR_LISTEN", default_value = "0.0.0.0:8080")]
    pub listen: SocketAddr,
    /// This replica's name in the lease [default: host name and process]
    #[arg(long, value_name = "NAME", env = "POD_NAME")]
    pub identity: Option<String>,
    /// Write without a lease: for one replica only
    #[arg(long)]
    pub no_leader_election: bool,
    /// Make everything fresh, and end: 0 when all is, 1 when something is not
    #[arg(long)]
    pub once: bool,
    /// Print what would be done, and end: no call to AWS, no write, no lease
    #[arg(long)]
    pub dry_run: bool,
}

#[derive(Debug, Args)]
pub struct Remove {
    #[command(flatten)]
    pub place: Where,
    /// Print what would be removed, and when secrets expire if they stay
    #[arg(long)]
    pub dry_run: bool,
}
