//! Which node is meant, as `install` and `restore` are told.

use std::path::PathBuf;
use std::time::Duration;

use ecrpass_diagnosis::kubelet::Site;

use super::wanted::Platform;
use crate::apply::node::refused;
use crate::collect::node::node_facts;
use crate::error::CommandError;

/// The node.
// Its group would be another's of the same name.
#[derive(Debug, clap::Args)]
#[group(skip)]
pub struct Arguments {
    /// The directory below which the node's files are
    #[arg(long, value_name = "DIRECTORY", default_value = "/")]
    pub root: PathBuf,
    /// Where the node comes from; recognized when left out
    #[arg(long, value_enum)]
    pub platform: Option<Platform>,
    /// The node's name in the cluster
    #[arg(long, value_name = "NAME", env = "NODE_NAME")]
    pub node_name: Option<String>,
    /// Run the provider, and what restarts the kubelet, with --root for their root
    #[arg(long)]
    pub chroot: bool,
    /// Restart the kubelet where its configuration changed, and put the old one back if it does not come up again
    #[arg(long)]
    pub restart: bool,
    /// How long the kubelet has to run after that
    #[arg(long, value_name = "SECONDS", default_value_t = 20, requires = "restart")]
    pub watch: u64,
}

impl Arguments {
    /// The place for the provider.
    ///
    /// # Errors
    /// Where the node is not ours, not known, or this is not root.
    pub fn site(&self) -> Result<Site, CommandError> {
        if self.root.as_os_str() == "/" && !rustix::process::geteuid().is_root() {
            return Err(CommandError::could_not_run(
                "The kubelet runs the provider as root, so that root has to put it there.",
                "run it with sudo",
            ));
        }
        let facts = node_facts(&self.root, self.node_name.clone());
        Site::of(&facts, self.platform.map(Platform::model)).map_err(refused)
    }

    /// How long the kubelet is watched after a restart; `None` where it is not restarted.
    pub fn watched(&self) -> Option<Duration> {
        self.restart.then(|| Duration::from_secs(self.watch))
    }
}
