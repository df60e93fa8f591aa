//! `ecrpass ci convert`: logins by stored keys or passwords rewritten, as a diff.

use std::path::PathBuf;

use ecrpass_core::Registry;
use ecrpass_generate::convert::Target;
use ecrpass_generate::pipelines::pins::Pins;

use super::flags::{helper, pair, refused};
use crate::apply::conversion::{self, Format};
use crate::collect::audit_tree::{self, Extent};
use crate::error::CommandError;
use crate::render::ui::Ui;

/// Arguments of `ecrpass ci convert`.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  ecrpass ci convert .github/workflows/push.yml --role arn:aws:iam::123456789012:role/ecr-push\n  ecrpass ci convert .gitlab-ci.yml --role arn:aws:iam::123456789012:role/ecr-push --write\n\nFor GitHub, GitLab, CircleCI, Bitbucket, Buildkite, Azure and Jenkins. The job assumes the role with a token of its CI system, and the credential helper gets the password. Nothing else in the file changes. What is not understood is reported with its position, and that file is left as it is.\n\nExit status: 0 when converted, or when there is nothing to convert; 1 when something is not understood, or a file cannot be written."
)]
pub struct Arguments {
    /// Files of pipelines
    #[arg(value_name = "FILE", required = true)]
    pub files: Vec<PathBuf>,
    /// The ARN of the role that the jobs assume
    #[arg(long, value_name = "ARN")]
    pub role: String,
    /// The registry, where a file does not say it
    #[arg(long, value_name = "HOST")]
    pub registry: Option<String>,
    /// Whom the CI system's tokens are for, if not for whom they usually are
    #[arg(long, value_name = "AUDIENCE")]
    pub audience: Option<String>,
    /// The service connection of type AWS (Azure)
    #[arg(long, value_name = "NAME")]
    pub connection: Option<String>,
    /// The credential that is a file with a token (Jenkins); without, aws-oidc-token
    #[arg(long, value_name = "ID")]
    pub credential: Option<String>,
    /// Where the helper comes from: package, installed, or a URL
    #[arg(long, value_name = "SOURCE")]
    pub helper: Option<String>,
    /// The SHA-256 of a helper that is downloaded
    #[arg(long, value_name = "HEX")]
    pub helper_sha256: Option<String>,
    /// Another version of an action: NAME=COMMIT#VERSION
    #[arg(long = "pin", value_name = "NAME=REFERENCE", value_parser = pair)]
    pub pins: Vec<(String, String)>,
    /// Change the files; without, the changes are only shown
    #[arg(long)]
    pub write: bool,
    /// How to print the result
    #[arg(long, value_enum, default_value_t)]
    pub format: Format,
}

/// Runs the command.
///
/// # Errors
/// [`CommandError::Found`] when a place is not understood.
pub fn run(arguments: &Arguments, ui: &mut Ui) -> Result<(), CommandError> {
    let registry = arguments.registry.as_deref().map(Registry::parse).transpose().map_err(|error| {
        CommandError::problems(
            format!("--registry is not one of ECR: {error}."),
            "give a host like 123456789012.dkr.ecr.us-east-1.amazonaws.com",
        )
    })?;
    let target = Target {
        role_arn: arguments.role.clone(),
        registry,
        helper: helper(arguments.helper.as_deref(), arguments.helper_sha256.as_deref())?,
        pins: Pins::new(&arguments.pins).map_err(refused)?,
        audience: arguments.audience.clone(),
        connection: arguments.connection.clone(),
        credential: arguments.credential.clone(),
    };
    target.check().map_err(refused)?;
    let here = std::env::current_dir()?;
    let trees = audit_tree::collect(&arguments.files, &Extent::All, &here, ecrpass_aws::clock::now())?;
    conversion::run(trees, &target, arguments.write, arguments.format, &here, ui)
}
