//! `ecrpass mcp`: lets an assistant explain a log, examine this machine, resolve, evaluate policies and audit, over the
//! Model Context Protocol on standard input and output. It changes nothing, and says nothing that is secret.

mod answer;
mod channel;
mod given;
mod job;
mod paths;
mod question;
mod server;
mod tool;
mod tools;

use std::io::{IsTerminal, stdin};
use std::path::PathBuf;
use std::time::Duration;

use self::paths::Paths;
use self::server::Server;
use crate::error::CommandError;
use crate::render::ui::Ui;

/// How long what is under way may take to stop when the client is gone.
const PATIENCE: Duration = Duration::from_secs(2);

/// Arguments of `ecrpass mcp`.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "An assistant starts it, and talks to it until it closes standard input. In the settings of most of them:\n\n  {\"mcpServers\": {\"ecrpass\": {\"command\": \"ecrpass\", \"args\": [\"mcp\"]}}}\n\nIts tools change nothing and log nobody in; they read what this user may read. Secrets are taken out of all they answer, and account ids, names in ARNs, and hosts are replaced by stand-ins, which may be said back. docs/mcp.md describes the tools and their limits."
)]
pub struct Arguments {
    /// Also let files be read below DIR, besides the directory it is started in; can be given more than once
    #[arg(long = "allow", value_name = "DIR")]
    pub allowed: Vec<PathBuf>,
    /// Never use the network
    #[arg(long)]
    pub offline: bool,
    /// Say account ids, names and hosts as they are
    #[arg(long)]
    pub show_accounts: bool,
}

/// Runs the command, until the client has closed standard input.
///
/// # Errors
/// When a directory that was named is none, or nothing can be started here.
pub fn run(arguments: &Arguments, ui: &mut Ui) -> Result<(), CommandError> {
    let paths = Paths::new(&std::env::current_dir()?, &arguments.allowed)?;
    if stdin().is_terminal() {
        ui.note("note: this is for assistants, which start it by themselves; docs/mcp.md says how. Ctrl-D ends it.");
    }
    leave_terminal();
    let server = Server::new(paths, arguments.offline, !arguments.show_accounts);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let served = runtime.block_on(server.serve());
    runtime.shutdown_timeout(PATIENCE);
    served
}

/// Nobody is to be asked for a password, by a helper say, on the terminal that the client runs in. Where this is the
/// first process of a group, a shell or the client has seen to its terminal.
fn leave_terminal() {
    #[cfg(unix)]
    let _ = rustix::process::setsid();
}
