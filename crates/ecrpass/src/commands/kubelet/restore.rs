//! `ecrpass kubelet restore`: what was on this node before the provider.

use ecrpass_diagnosis::kubelet::Wanted;

use super::{carry_out, node, stay};
use crate::apply::node::{Job, Restored};
use crate::error::CommandError;
use crate::render::ui::Ui;

/// Arguments of `ecrpass kubelet restore`.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "First the kubelet's flags, then its configuration, then the program. A file that somebody else has replaced in the meantime stays, and the older one stays next to it. A configuration that the kubelet's flags still name, and a program that a configuration still names, stay as well: the kubelet does not start without them.\n\nExit status: 0 when everything is restored, 1 when something of it has to stay, 3 when a file could not be put back."
)]
pub struct Arguments {
    /// The node.
    #[command(flatten)]
    pub node: node::Arguments,
    /// Stay until told to stop, as a DaemonSet has to
    #[arg(long)]
    pub stay: bool,
}

/// Runs the command.
///
/// # Errors
/// [`CommandError`], with what to do.
pub fn run(arguments: &Arguments, ui: &mut Ui) -> Result<(), CommandError> {
    let site = arguments.node.site()?;
    let job = Job {
        root: arguments.node.root.clone(),
        wanted: Wanted { platform: site.platform, ..Wanted::default() },
        site,
        program: Vec::new(),
        images: Vec::new(),
        verify: false,
        chroot: arguments.node.chroot,
        restart: arguments.node.watched(),
    };
    if carry_out::restore(&job, ui)? == Restored::Nothing {
        ui.result("Nothing to do: ecrpass has installed nothing here.")?;
    }
    if arguments.stay { stay::until_told(ui) } else { Ok(()) }
}
