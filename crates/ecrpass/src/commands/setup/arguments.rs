//! What `ecrpass setup` can be told.

use std::path::PathBuf;

use crate::render::format::Format;

/// What can be set up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Client {
    /// docker's file, which most clients read
    Docker,
    /// podman's auth.json, for podman, skopeo and buildah
    Podman,
    /// Prints the kubelet's CredentialProviderConfig, and changes nothing
    Kubelet,
}

/// Arguments of `ecrpass setup`.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Without --client: docker's file, and podman's own where podman, skopeo or buildah is installed and would not use the helper otherwise. Running it again changes nothing.\n\nExit status: 0 when the clients will use the helper, 1 when one will not or was refused, 3 when nothing could be done."
)]
#[command(group = clap::ArgGroup::new("which").required(true).multiple(true))]
pub struct Arguments {
    /// Registries, by host or by an image in them
    #[arg(value_name = "REGISTRY", group = "which")]
    pub registries: Vec<String>,
    /// Accounts; with --region, the registry of each in every region
    #[arg(long = "account", value_name = "ID", value_delimiter = ',', requires = "regions", group = "which")]
    pub accounts: Vec<String>,
    /// Regions for --account
    #[arg(long = "region", value_name = "REGION", value_delimiter = ',', requires = "accounts")]
    pub regions: Vec<String>,
    /// Compose files, Dockerfiles and manifests to find registries in, or a directory of them
    #[arg(long = "from", value_name = "PATH", group = "which")]
    pub sources: Vec<PathBuf>,
    /// What to set up
    #[arg(long = "client", value_enum)]
    pub clients: Vec<Client>,
    /// Show what would be changed, and change nothing
    #[arg(long)]
    pub dry_run: bool,
    /// Do not have the installed clients ask the registries afterwards
    #[arg(long)]
    pub no_check: bool,
    /// How to print the result
    #[arg(long, value_enum, default_value_t)]
    pub format: Format,
}
