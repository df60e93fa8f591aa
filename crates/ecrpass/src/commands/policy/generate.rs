//! `ecrpass policy generate`: the smallest policies that a task takes.

use ecrpass_core::Registry;
use ecrpass_iam::Task;
use ecrpass_iam::generate::format::{cloudformation, eksctl, json, terraform};
use ecrpass_iam::generate::trust::place::{Place, Trusted};
use ecrpass_iam::generate::{Draft, Kind, Refusal, Target, Wanted, generate};
use serde::Serialize;

use super::texts::{self, Labelled, Ordered, parse_task, task_names};
use crate::error::CommandError;
use crate::render::ui::Ui;

/// How documents are printed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum Format {
    /// JSON for people: several documents one after the other, each with its title
    #[default]
    Text,
    /// JSON for programs: one document is the document itself, several are a list with labels
    Json,
    /// HCL for Terraform and OpenTofu
    Terraform,
    /// A template for each account
    Cloudformation,
    /// A cluster's configuration with the service account (with --trust irsa or pod-identity)
    Eksctl,
}

/// Arguments of `ecrpass policy generate`.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  HOST=123456789012.dkr.ecr.us-east-1.amazonaws.com\n  ecrpass policy generate push --repository $HOST/team/app\n  ecrpass policy generate pull --repository \"$HOST/team/*\" --account 210987654321\n  ecrpass policy generate push --repository $HOST/team/app --trust github \\\n    --claim repository=team/app --claim repository-id=1 --claim owner-id=2 --claim branch=main\n\nWithout --for, all documents that are needed are written: across accounts, one for each account. What cannot work is refused.\n\nExit status: 0 when written, 1 when refused."
)]
pub struct Arguments {
    /// What the policy has to allow
    #[arg(value_name = "TASK", value_parser = parse_task, help = format!("What is to be done: {}", task_names()))]
    pub tasks: Vec<Task>,
    /// Allow this ECR action, in addition to those of the tasks
    #[arg(long = "action", value_name = "ACTION")]
    pub actions: Vec<String>,
    /// The repositories: an image, an ARN, or HOST/PREFIX/* for all below a prefix
    #[arg(long = "repository", value_name = "IMAGE")]
    pub repositories: Vec<String>,
    /// The registry for repositories that are named without one
    #[arg(long, value_name = "HOST")]
    pub registry: Option<String>,
    /// What the documents are attached to
    #[arg(long = "for", value_name = "KIND", value_parser = parse_kind, help = format!("What the documents hang on: {}", kind_names()))]
    pub kinds: Vec<Kinds>,
    /// Write a session policy, to be passed when a role is assumed; the same as --for session
    #[arg(long)]
    pub session: bool,
    /// The account of the caller, if it is not the repository's: of the role, the Lambda functions, the replicating registry
    #[arg(long, value_name = "ACCOUNT")]
    pub account: Option<String>,
    /// The caller: the ARN of a role, user or session, an account, or a service
    #[arg(long = "principal", value_name = "ARN")]
    pub principals: Vec<String>,
    /// The organization whose members may use the repository
    #[arg(long, value_name = "ID", conflicts_with = "principals")]
    pub organization: Option<String>,
    /// Who may use the role
    #[arg(long, value_name = "PLACE", value_parser = parse_place, help = format!("Who may use the role: {}", place_names()))]
    pub trust: Option<Place>,
    /// Narrows --trust, such as repository=team/app; see docs/policy.md
    #[arg(long = "claim", value_name = "NAME=VALUE", value_parser = parse_claim, requires = "trust")]
    pub claims: Vec<(String, String)>,
    /// The only Lambda function that may pull
    #[arg(long, value_name = "NAME")]
    pub function: Option<String>,
    /// The KMS key of repositories that are created
    #[arg(long, value_name = "ARN")]
    pub kms_key: Option<String>,
    /// The role that may be named in creation templates
    #[arg(long, value_name = "ARN")]
    pub pass_role: Option<String>,
    /// How to print the result
    #[arg(long, value_enum, default_value_t)]
    pub format: Format,
}

/// The kinds that one word stands for.
#[derive(Clone, Debug)]
pub struct Kinds(Vec<Kind>);

fn parse_kind(text: &str) -> Result<Kinds, String> {
    let kinds = Kind::named(text);
    if kinds.is_empty() {
        return Err(format!("there is no such kind; known are {}", kind_names()));
    }
    Ok(Kinds(kinds))
}

fn kind_names() -> String {
    Kind::CHOICES.join(", ")
}

fn parse_place(text: &str) -> Result<Place, String> {
    Place::from_id(text).ok_or_else(|| format!("there is no such place; known are {}", place_names()))
}

fn place_names() -> String {
    Place::ALL.map(Place::id).join(", ")
}

fn parse_claim(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((name, value)) if !name.is_empty() => Ok((name.to_owned(), value.to_owned())),
        _ => Err("a claim looks like repository=team/app".to_owned()),
    }
}

/// Runs the command.
///
/// # Errors
/// [`CommandError::Problems`] when what is wanted cannot be right.
pub fn run(arguments: &Arguments, ui: &mut Ui) -> Result<(), CommandError> {
    let wanted = wanted(arguments).map_err(refused)?;
    let drafts = generate(&wanted).map_err(refused)?;
    match arguments.format {
        Format::Text => match drafts.as_slice() {
            [draft] => texts::alone(draft, ui)?,
            drafts => texts::all(drafts, ui)?,
        },
        Format::Json => match drafts.as_slice() {
            [draft] => ui.json(&Ordered(&json::value(draft)))?,
            drafts => ui.json(&List::new(drafts))?,
        },
        Format::Terraform => ui.results(terraform::configuration(&drafts).lines())?,
        Format::Cloudformation => {
            ui.results(cloudformation::templates(&drafts).map_err(refused)?.lines())?;
        }
        Format::Eksctl => {
            let text = eksctl::configuration(&drafts, wanted.trust.as_ref()).map_err(refused)?;
            ui.results(text.lines())?;
        }
    }
    Ok(())
}

/// Several documents, for programs.
#[derive(Serialize)]
struct List<'a> {
    schema: &'static str,
    documents: Vec<Labelled<'a>>,
}

impl<'a> List<'a> {
    fn new(drafts: &'a [Draft]) -> Self {
        Self {
            schema: "ecrpass/written-policies/1",
            documents: drafts.iter().map(|draft| Labelled { draft, is_whole: true }).collect(),
        }
    }
}

fn refused(refusal: Refusal) -> CommandError {
    CommandError::problems(refusal.what, refusal.next)
}

fn wanted(arguments: &Arguments) -> Result<Wanted, Refusal> {
    let registry = arguments
        .registry
        .as_deref()
        .map(|host| {
            Registry::parse(host).map_err(|error| {
                Refusal::new(
                    format!("`{host}` is not a registry of ECR: {error}."),
                    "give a host like 123456789012.dkr.ecr.us-east-1.amazonaws.com",
                )
            })
        })
        .transpose()?;
    let target = |text: &String| Target::parse(text, registry.as_ref(), arguments.account.as_deref());
    let mut kinds: Vec<Kind> = arguments.kinds.iter().flat_map(|Kinds(kinds)| kinds.clone()).collect();
    if arguments.session {
        kinds.push(Kind::Session);
    }
    Ok(Wanted {
        tasks: arguments.tasks.clone(),
        actions: arguments.actions.clone(),
        targets: arguments.repositories.iter().map(target).collect::<Result<_, _>>()?,
        kinds,
        account: arguments.account.clone(),
        principals: arguments.principals.clone(),
        organization: arguments.organization.clone(),
        function: arguments.function.clone(),
        key: arguments.kms_key.clone(),
        passed_role: arguments.pass_role.clone(),
        trust: arguments.trust.map(|place| Trusted { place, claims: arguments.claims.clone() }),
    })
}
