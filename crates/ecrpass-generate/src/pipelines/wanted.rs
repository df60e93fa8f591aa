//! What somebody wants a pipeline or a recipe for. Nothing here has been checked yet.

use ecrpass_core::safe_line::safe_line;
use ecrpass_iam::generate::Refusal;

use crate::pipelines::pins::is_commit;
use crate::pipelines::system::System;

/// Where the credential helper comes from.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Helper {
    /// From the package of the job's system, where the job may install packages; else it has to be there.
    #[default]
    Usual,
    /// It is on the machine or in the image already.
    Installed,
    /// From the package `amazon-ecr-credential-helper` of the job's system.
    Package,
    /// From a URL; checked against its SHA-256.
    Download {
        /// Where it is: `https://…`.
        url: String,
        /// Its SHA-256, in hexadecimal.
        sha256: String,
    },
    /// By this project's own action for GitHub: `OWNER/NAME@COMMIT`.
    Action(String),
}

impl Helper {
    /// Checks what is put into scripts.
    ///
    /// # Errors
    /// [`Refusal`] for a URL, a sum or a reference that is none.
    pub fn check(&self) -> Result<(), Refusal> {
        match self {
            Self::Action(action) => {
                let is_name = |name: &str| {
                    name.split('/').count() >= 2
                        && name.split('/').all(|part| !part.is_empty())
                        && name.chars().all(|c| c.is_ascii_alphanumeric() || "/._-".contains(c))
                };
                let fits =
                    action.split_once('@').is_some_and(|(name, commit)| is_commit(commit) && is_name(name));
                if !fits {
                    return Err(Refusal::new(
                        format!("`{}` is not an action of GitHub at a commit.", safe_line(action)),
                        "give OWNER/NAME@ and the 40 digits of a commit",
                    ));
                }
            }
            Self::Download { url, sha256 } => {
                let is_plain = |c: char| c.is_ascii_alphanumeric() || "/._-~:@+%=?&".contains(c);
                let is_url = url
                    .strip_prefix("https://")
                    .is_some_and(|rest| rest.contains('/') && rest.chars().all(is_plain));
                if !is_url {
                    return Err(Refusal::new(
                        format!("`{}` is not where a helper can be fetched.", safe_line(url)),
                        "give a URL with https://",
                    ));
                }
                if sha256.len() != 64 || !sha256.bytes().all(|b| b.is_ascii_hexdigit()) {
                    return Err(Refusal::new(
                        "A helper that is fetched is handed the job's credentials, so what comes has to be checked.",
                        "add --helper-sha256 with the 64 digits that SHA256SUMS of the release has for it",
                    ));
                }
            }
            Self::Usual | Self::Installed | Self::Package => {}
        }
        Ok(())
    }
}

/// Images of another registry that are pulled through a cache rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PullThrough {
    /// The rule's prefix: `docker-hub`.
    pub prefix: String,
    /// The registry it stands for: `docker.io`.
    pub upstream: String,
}

/// What is wanted.
#[derive(Clone, Debug, Default)]
pub struct Wanted {
    /// For which system.
    pub system: Option<System>,
    /// The image: `HOST/REPOSITORY`, with a tag or a digest where it is run.
    pub image: String,
    /// Where the code is, as the system says it.
    pub code: Option<String>,
    /// Branches that push.
    pub branches: Vec<String>,
    /// Git tags that push.
    pub git_tags: Vec<String>,
    /// The environment the job is in.
    pub environment: Option<String>,
    /// What else says who asks: `repository-id=1`.
    pub claims: Vec<(String, String)>,
    /// The name of the role.
    pub role: Option<String>,
    /// The account of the role, if it is not the registry's.
    pub account: Option<String>,
    /// The platforms of the image: `linux/amd64`.
    pub platforms: Vec<String>,
    /// Tags of the image beside the commit's: `latest`.
    pub tags: Vec<String>,
    /// Cache rules to pull base images through.
    pub pull_through: Vec<PullThrough>,
    /// The directory that is built.
    pub context: Option<String>,
    /// The Dockerfile.
    pub dockerfile: Option<String>,
    /// Where the job runs: a label, a pool, an image of the machine.
    pub runner: Option<String>,
    /// Where the helper comes from.
    pub helper: Helper,
    /// Whether the action that logs in is used in place of the helper.
    pub with_login_action: bool,
    /// Other versions of actions and images: name and reference.
    pub pins: Vec<(String, String)>,
}
