//! The arguments of `ecrpass policy evaluate`.

use std::path::PathBuf;

use ecrpass_iam::Task;
use ecrpass_iam::managed::ManagedPolicy;

use crate::collect::registry_session::Place;
use crate::commands::policy::texts::{parse_task, task_names};
use crate::render::format::Format;

/// Arguments of `ecrpass policy evaluate`.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "A FILE contains a policy document, a list of them, what an `aws` command printed (get-role-policy, get-policy-version, get-repository-policy, describe-vpc-endpoints, describe-policy, get-account-authorization-details …), a Terraform plan as JSON or a CloudFormation template; - is standard input.\n\nWhat is not known stays open: a condition on a key that was not given makes the verdict `depends`. A layer without a file counts as having no policy, and is listed as not seen.\n\nOnly --live asks AWS: for iam:SimulateCustomPolicy with the policies given, or without --identity for iam:SimulatePrincipalPolicy with those attached.\n\nExit status: 0 when everything is certainly allowed, 1 when not, or when the simulator answers differently and no documented reason is known, 2 usage, 3 when a file cannot be read."
)]
pub struct Arguments {
    /// Who asks: the ARN of a user, a role, a session or an identity provider, or a service like lambda.amazonaws.com
    #[arg(long, value_name = "ARN")]
    pub principal: Option<String>,
    /// An action, such as ecr:PutImage
    #[arg(long = "action", value_name = "ACTION", num_args = 1.., value_parser = parse_action)]
    pub actions: Vec<String>,
    /// A task, which stands for all the actions it needs
    #[arg(long, value_parser = parse_task, conflicts_with = "actions", help = format!("What is to be done, as a task that takes several actions: {}", task_names()))]
    pub task: Option<Task>,
    /// The resource: an ARN, or an image, which stands for its repository
    #[arg(long, value_name = "ARN|IMAGE")]
    pub resource: Option<String>,
    /// A request with its complete context: {"principal": …, "action": …, "resource": …, "context": {…}}; a key that is
    /// not in it does not exist
    #[arg(long, value_name = "FILE", conflicts_with_all = ["context", "absent"])]
    pub request: Option<PathBuf>,
    /// A condition key and its value; given more than once for a key of several values
    #[arg(long, value_name = "KEY=VALUE", num_args = 1.., value_parser = parse_context)]
    pub context: Vec<(String, String)>,
    /// A condition key that the request does not have
    #[arg(long, value_name = "KEY", num_args = 1..)]
    pub absent: Vec<String>,
    /// All policies by layer in one file, as `ecrpass policy collect` writes it
    #[arg(long, value_name = "FILE", num_args = 1..)]
    pub policies: Vec<PathBuf>,
    /// What is attached to the principal, its groups included
    #[arg(long, value_name = "FILE", num_args = 1..)]
    pub identity: Vec<PathBuf>,
    /// One of AWS's managed policies that is attached to the principal, by name or ARN; built in
    #[arg(long, value_name = "NAME", num_args = 1.., value_parser = parse_managed)]
    pub managed: Vec<ManagedPolicy>,
    /// The repository's policy
    #[arg(long, value_name = "FILE")]
    pub repository_policy: Option<PathBuf>,
    /// The registry's policy
    #[arg(long, value_name = "FILE")]
    pub registry_policy: Option<PathBuf>,
    /// The principal's permissions boundary
    #[arg(long, value_name = "FILE", num_args = 1..)]
    pub boundary: Vec<PathBuf>,
    /// The service control policies of one level of the organization, from the root to the account
    #[arg(long, value_name = "FILE", num_args = 1..)]
    pub scp: Vec<PathBuf>,
    /// The resource control policies of one level of the repository's organization, from the root to the account
    #[arg(long, value_name = "FILE", num_args = 1..)]
    pub rcp: Vec<PathBuf>,
    /// The policies the session was begun with
    #[arg(long, value_name = "FILE", num_args = 1..)]
    pub session: Vec<PathBuf>,
    /// The policy of the VPC endpoint the request comes through
    #[arg(long, value_name = "FILE")]
    pub endpoint: Option<PathBuf>,
    /// The trust policy of the role that is to be assumed
    #[arg(long, value_name = "FILE")]
    pub trust: Option<PathBuf>,
    /// Ask IAM's simulator as well, and say where it says something else, and why
    #[arg(long)]
    pub live: bool,
    #[command(flatten)]
    pub(super) place: Place,
    /// How to print the result
    #[arg(long, value_enum, default_value_t)]
    pub format: Format,
}

fn parse_action(text: &str) -> Result<String, String> {
    let is_action = text.split_once(':').is_some_and(|(service, name)| {
        !service.is_empty() && !name.is_empty() && !text.contains(['*', '?', ' '])
    });
    if is_action {
        Ok(text.to_owned())
    } else {
        Err("an action looks like ecr:PutImage, without wildcards".to_owned())
    }
}

fn parse_context(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((key, value)) if !key.is_empty() => Ok((key.to_owned(), value.to_owned())),
        _ => Err("a key and its value look like aws:SourceVpce=vpce-0a1b2c3d".to_owned()),
    }
}

fn parse_managed(text: &str) -> Result<ManagedPolicy, String> {
    ManagedPolicy::named(text).ok_or_else(|| {
        let names = ecrpass_iam::managed::MANAGED.map(|policy| policy.name);
        format!(
            "it is not built in; known are {}. Next: save its document, and name the file with --identity",
            names.join(", ")
        )
    })
}
