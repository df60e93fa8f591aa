//! What `ecrpass setup` can be told.

use std::path::PathBuf;

use ecrpass_clients::repair::HELPERS;

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

/// The names that the helper goes by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Name {
    /// ours alone
    Ecrpass,
    /// Amazon's, which Docker Desktop and Rancher Desktop put a helper of their own under
    EcrLogin,
}

impl Name {
    /// As it stands in configurations.
    pub fn id(self) -> &'static str {
        let [own, common] = HELPERS;
        match self {
            Self::Ecrpass => own,
            Self::EcrLogin => common,
        }
    }
}

/// Arguments of `ecrpass setup`.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Without a registry it proposes those that it finds: in the configurations of docker and podman, in compose files, manifests and Dockerfiles below this directory, in the helper's cache; and those of the accounts and regions of EKS clusters in the kubeconfig and of AWS profiles. It asks before it sets any of them up.\n\nWithout --client: docker's file, and podman's own where podman, skopeo or buildah is installed and would not use the helper otherwise. Logins to these registries that have expired are removed, as some clients would send them. Where the helper is not on PATH, a link by its name is put into a directory of PATH that you may write, never in place of another file. Running it again changes nothing; ecrpass fix --undo takes it back.\n\nExit status: 0 when the clients will use the helper, 1 when one will not or was refused, 3 when nothing could be done."
)]
#[command(group = clap::ArgGroup::new("which").multiple(true))]
pub struct Arguments {
    /// Registries, by host or by an image in them; where none is named, those that are found are proposed
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
    /// Set up all that are proposed, without asking
    #[arg(long, short, conflicts_with = "which")]
    pub yes: bool,
    /// What to set up
    #[arg(long = "client", value_enum)]
    pub clients: Vec<Client>,
    /// The helper's name in the configurations; when left out, ecrpass, and entries with the other name stay where our
    /// helper answers to it
    #[arg(long, value_enum)]
    pub name: Option<Name>,
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
