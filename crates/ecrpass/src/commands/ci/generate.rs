//! `ecrpass ci generate`: a pipeline and its role, from one wish.

use std::path::PathBuf;

use ecrpass_generate::pipelines::wanted::PullThrough;
use ecrpass_generate::pipelines::{IamFormat, Part, System, Wanted, generate};
use serde::Serialize;

use super::flags::{helper, pair, refused};
use crate::apply::new_files;
use crate::error::CommandError;
use crate::render::ui::{STRONG, Ui, styled};

/// How the result is printed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum Format {
    /// The files, each below its path; a single one as it is
    #[default]
    Text,
    /// One object, for programs
    Json,
}

/// How the policies are written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum Iam {
    /// One document for each, in the form for AWS
    #[default]
    Json,
    /// HCL for Terraform and OpenTofu
    Terraform,
    /// A template for each account
    Cloudformation,
}

/// A part of what is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Only {
    /// What the CI system or the service reads
    Pipeline,
    /// Who may use the role
    Trust,
    /// What the role may do
    Policy,
}

/// Arguments of `ecrpass ci generate`.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  IMAGE=123456789012.dkr.ecr.us-east-1.amazonaws.com/team/app\n  ecrpass ci generate github --image $IMAGE --code team/app --branch main \\\n    --claim repository-id=1 --claim owner-id=2 --platform amd64,arm64 --output .\n  ecrpass ci generate gitlab --image $IMAGE --code team/app --branch main --git-tag 'v*'\n  ecrpass ci generate ecs --image $IMAGE:v1 --role app-execution\n\nThe pipeline assumes a role with a token of its CI system; the credential helper gets the registry's password, and nothing is stored. The trust policy admits exactly this pipeline. What cannot work is refused, with the reason. See docs/ci.md.\n\nExit status: 0 when written, 1 when refused."
)]
pub struct Arguments {
    /// For which system
    #[arg(value_name = "SYSTEM", value_parser = parse_system, help = format!("For which system: {}", system_names()))]
    pub system: System,
    /// The image: HOST/REPOSITORY; for ecs, lambda, ec2 and eks with a tag or a digest
    #[arg(long, value_name = "IMAGE")]
    pub image: String,
    /// Where the code is: github OWNER/REPOSITORY, gitlab GROUP/PROJECT, bitbucket WORKSPACE/REPOSITORY, circleci
    /// ORGANIZATION-ID/PROJECT-ID, buildkite ORGANIZATION/PIPELINE, azure ORGANIZATION/PROJECT, jenkins the job's URL,
    /// codebuild the project
    #[arg(long, value_name = "PLACE")]
    pub code: Option<String>,
    /// A branch that pushes; * stands for any characters
    #[arg(long = "branch", value_name = "NAME")]
    pub branches: Vec<String>,
    /// A git tag that pushes
    #[arg(long = "git-tag", value_name = "NAME")]
    pub git_tags: Vec<String>,
    /// The environment of the job (github, bitbucket)
    #[arg(long, value_name = "NAME")]
    pub environment: Option<String>,
    /// A further claim of the token, such as repository-id=1; see docs/policy.md
    #[arg(long = "claim", value_name = "NAME=VALUE", value_parser = pair)]
    pub claims: Vec<(String, String)>,
    /// The name of the role; by default made from the repository's name
    #[arg(long, value_name = "NAME")]
    pub role: Option<String>,
    /// The account of the role, if not the registry's
    #[arg(long, value_name = "ACCOUNT")]
    pub account: Option<String>,
    /// The platforms of the image: amd64,arm64; by default amd64
    #[arg(long = "platform", value_name = "PLATFORM", value_delimiter = ',')]
    pub platforms: Vec<String>,
    /// A tag of the image, in addition to the commit
    #[arg(long = "tag", value_name = "TAG")]
    pub tags: Vec<String>,
    /// Pull base images of a registry through a cache rule: docker-hub=docker.io
    #[arg(long = "pull-through", value_name = "PREFIX=REGISTRY", value_parser = pair)]
    pub pull_through: Vec<(String, String)>,
    /// The directory that is built
    #[arg(long, value_name = "DIR")]
    pub context: Option<String>,
    /// The Dockerfile, if it is not in that directory
    #[arg(long, value_name = "FILE")]
    pub dockerfile: Option<String>,
    /// Where the job runs: a label, a queue, a pool, a machine's image
    #[arg(long, value_name = "NAME")]
    pub runner: Option<String>,
    /// Where the helper comes from: package, installed, a URL, or for GitHub OWNER/NAME@COMMIT of the action
    #[arg(long, value_name = "SOURCE")]
    pub helper: Option<String>,
    /// The SHA-256 of a helper that is downloaded
    #[arg(long, value_name = "HEX")]
    pub helper_sha256: Option<String>,
    /// Log in with aws-actions/amazon-ecr-login instead of the helper (github)
    #[arg(long)]
    pub with_login_action: bool,
    /// Another version of an action (NAME=COMMIT#VERSION) or an image (NAME=IMAGE@DIGEST)
    #[arg(long = "pin", value_name = "NAME=REFERENCE", value_parser = pair)]
    pub pins: Vec<(String, String)>,
    /// Write the files below this directory; existing files are not overwritten
    #[arg(long, value_name = "DIR")]
    pub output: Option<PathBuf>,
    /// Only this part
    #[arg(long, value_enum, value_name = "PART")]
    pub only: Option<Only>,
    /// How the policies are written
    #[arg(long, value_enum, default_value_t)]
    pub iam: Iam,
    /// How to print the result
    #[arg(long, value_enum, default_value_t)]
    pub format: Format,
}

fn parse_system(text: &str) -> Result<System, String> {
    System::from_id(text).ok_or_else(|| format!("there is no such system; known are {}", system_names()))
}

fn system_names() -> String {
    System::ALL.map(System::id).join(", ")
}

#[derive(Serialize)]
struct File<'a> {
    path: &'a str,
    #[serde(rename = "for")]
    part: &'static str,
    text: &'a str,
}

#[derive(Serialize)]
struct Written<'a> {
    schema: &'static str,
    system: &'static str,
    files: Vec<File<'a>>,
    commands: Vec<String>,
    notes: Vec<String>,
}

/// Runs the command.
///
/// # Errors
/// [`CommandError::Problems`] when what is wanted cannot work, or a file is there already.
pub fn run(arguments: &Arguments, ui: &mut Ui) -> Result<(), CommandError> {
    let iam = match arguments.iam {
        Iam::Json => IamFormat::Json,
        Iam::Terraform => IamFormat::Terraform,
        Iam::Cloudformation => IamFormat::Cloudformation,
    };
    if iam != IamFormat::Json && arguments.only == Some(Only::Trust) {
        return Err(CommandError::problems(
            "In this format, who may use the role and what it may do are one file.",
            "use --only policy, or --iam json",
        ));
    }
    let recipe = generate(&wanted(arguments)?).map_err(refused)?;
    let mut files = recipe.all_files(iam).map_err(refused)?;
    if let Some(only) = arguments.only {
        let part = match only {
            Only::Pipeline => Part::Pipeline,
            Only::Trust => Part::Trust,
            Only::Policy => Part::Policy,
        };
        files.retain(|file| file.part == part);
    }
    let has_policies = files.iter().any(|file| file.part != Part::Pipeline);
    let commands = if has_policies { recipe.commands(iam) } else { Vec::new() };
    let notes = recipe.all_notes();
    if let Some(directory) = &arguments.output {
        let texts: Vec<(&str, &str)> =
            files.iter().map(|file| (file.path.as_str(), file.text.as_str())).collect();
        new_files::write(directory, &texts, ui)?;
    } else if arguments.format == Format::Text {
        match files.as_slice() {
            [file] => ui.results(file.text.lines())?,
            files => {
                for (index, file) in files.iter().enumerate() {
                    if index > 0 {
                        ui.result("")?;
                    }
                    ui.result(&styled(STRONG, &format!("==> {} <==", file.path)))?;
                    ui.results(file.text.lines())?;
                }
            }
        }
    }
    if arguments.format == Format::Json {
        let files = files
            .iter()
            .map(|file| File { path: &file.path, part: file.part.id(), text: &file.text })
            .collect();
        let system = arguments.system.id();
        return Ok(ui.json(&Written { schema: "ecrpass/pipeline/1", system, files, commands, notes })?);
    }
    ui.notes(notes.iter().map(|note| format!("note: {note}")));
    ui.notes(commands.iter().map(|command| format!("Next, in iam/: {command}")));
    Ok(())
}

fn wanted(arguments: &Arguments) -> Result<Wanted, CommandError> {
    Ok(Wanted {
        system: Some(arguments.system),
        image: arguments.image.clone(),
        code: arguments.code.clone(),
        branches: arguments.branches.clone(),
        git_tags: arguments.git_tags.clone(),
        environment: arguments.environment.clone(),
        claims: arguments.claims.clone(),
        role: arguments.role.clone(),
        account: arguments.account.clone(),
        platforms: arguments.platforms.clone(),
        tags: arguments.tags.clone(),
        pull_through: arguments
            .pull_through
            .iter()
            .map(|(prefix, upstream)| PullThrough { prefix: prefix.clone(), upstream: upstream.clone() })
            .collect(),
        context: arguments.context.clone(),
        dockerfile: arguments.dockerfile.clone(),
        runner: arguments.runner.clone(),
        helper: helper(arguments.helper.as_deref(), arguments.helper_sha256.as_deref())?,
        with_login_action: arguments.with_login_action,
        pins: arguments.pins.clone(),
    })
}
