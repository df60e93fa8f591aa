//! `ecrpass kubelet install`: the credential provider onto this node.

use std::path::{Path, PathBuf};

use super::{carry_out, node, stay, wanted};
use crate::apply::node::{Job, State};
use crate::error::CommandError;
use crate::render::ui::Ui;

/// The helper, beside this program.
const HELPER: &str = "docker-credential-ecr-login";

/// Arguments of `ecrpass kubelet install`.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Before anything is replaced, the provider is run in its final directory, as the kubelet would run it. Each file is replaced in one step, the old one stays next to it, and `ecrpass kubelet restore` puts it back. If the kubelet already has a configuration that names the provider, only the program is replaced, and nothing is restarted.\n\nExamples:\n  ecrpass kubelet install            # on an EKS node: in user data, or now\n  ecrpass kubelet install --restart 123456789012.dkr.ecr.eu-west-1.amazonaws.com\n  ecrpass kubelet install --check    # says whether everything is in place\n\nExit status: 0 when it is installed, 1 when it cannot be installed on this node, the provider does not answer, or --check finds something to do."
)]
pub struct Arguments {
    /// What the configuration is to say.
    #[command(flatten)]
    pub wanted: wanted::Arguments,
    /// The node.
    #[command(flatten)]
    pub node: node::Arguments,
    /// The program to install [default: docker-credential-ecr-login beside this program]
    #[arg(long, value_name = "FILE")]
    pub provider: Option<PathBuf>,
    /// Do not ask the provider for a login, as where a node's image is made
    #[arg(long)]
    pub no_verify: bool,
    /// Only say what there is to do
    #[arg(long, conflicts_with = "stay")]
    pub check: bool,
    /// What happens after that.
    #[command(flatten)]
    pub stay: stay::Arguments,
}

/// Runs the command.
///
/// # Errors
/// [`CommandError`], with what to do.
pub fn run(arguments: &Arguments, ui: &mut Ui) -> Result<(), CommandError> {
    let job = job(arguments)?;
    if arguments.check {
        return check(&job, ui);
    }
    if arguments.stay.stay {
        return stay::installed(&job, &arguments.stay, arguments.node.node_name.as_deref(), ui);
    }
    let work = carry_out::install(&job, ui)?;
    if work.is_none() {
        ui.result("Nothing to do: everything is in place.")?;
        may_be_due(&job, ui)?;
    }
    Ok(())
}

/// Says so where the kubelet may have yet to be restarted, and its start is not to be seen.
fn may_be_due(job: &Job, ui: &mut Ui) -> Result<(), CommandError> {
    if job.restart_due()? == State::Perhaps {
        ui.result(&format!(
            "The kubelet has to be restarted, unless that was done since its configuration changed: {}",
            job.site.restart.join(" ")
        ))?;
    }
    Ok(())
}

fn check(job: &Job, ui: &mut Ui) -> Result<(), CommandError> {
    let work = job.work()?;
    if work.is_none() {
        ui.result("Everything is in place.")?;
        return may_be_due(job, ui);
    }
    if work.is_restart_alone() {
        ui.result(&format!("To be done: {}.", job.site.restart.join(" ")))?;
        return Err(CommandError::Found);
    }
    let parts = [
        (work.program, "another program"),
        (work.config, "another configuration"),
        (work.flags, "the flags"),
    ];
    let parts: Vec<&str> =
        parts.into_iter().filter(|(is_missing, _)| *is_missing).map(|(_, what)| what).collect();
    ui.result(&format!("To be installed: {}.", parts.join(", ")))?;
    Err(CommandError::Found)
}

fn job(arguments: &Arguments) -> Result<Job, CommandError> {
    let site = arguments.node.site()?;
    let wanted = arguments.wanted.wanted(site.platform)?;
    let path = match &arguments.provider {
        Some(path) => path.clone(),
        None => beside_us()?,
    };
    let program = std::fs::read(&path).map_err(|error| {
        CommandError::io(
            &format!("{} cannot be read", path.display()),
            error,
            "name the program: --provider FILE",
        )
    })?;
    Ok(Job {
        root: arguments.node.root.clone(),
        images: arguments.wanted.registries.clone(),
        verify: !arguments.no_verify,
        chroot: arguments.node.chroot,
        restart: arguments.node.watched(),
        site,
        program,
        wanted,
    })
}

/// The helper beside this program, or this program: it plays the provider by that name.
fn beside_us() -> Result<PathBuf, CommandError> {
    let ours = std::env::current_exe()?;
    let helper = ours.parent().unwrap_or(Path::new("/")).join(HELPER);
    Ok(if helper.is_file() { helper } else { ours })
}
