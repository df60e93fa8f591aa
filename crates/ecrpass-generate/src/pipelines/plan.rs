//! A wish, read: everything that both sides, the pipeline and the role, are written from.

use ecrpass_core::{ImageReference, Partition, Registry};
use ecrpass_iam::generate::Target;

use crate::pipelines::pins::Pins;
use crate::pipelines::platforms;
use crate::pipelines::refs;
use crate::pipelines::system::System;
use crate::pipelines::wanted::{Helper, PullThrough, Wanted};
use ecrpass_iam::generate::Refusal;

/// The longest name of a role.
const MAX_ROLE: usize = 64;

/// What is to be written.
#[derive(Clone, Debug)]
pub struct Plan {
    /// For which system.
    pub system: System,
    /// The image.
    pub reference: ImageReference,
    /// The registry.
    pub registry: Registry,
    /// The image without its tag: `HOST/REPOSITORY`.
    pub name: String,
    /// The image as it was given, tag or digest included.
    pub image: String,
    /// The repository in the registry.
    pub repository: String,
    /// The repository, for the policies.
    pub target: Target,
    /// The region that AWS is asked in.
    pub region: String,
    /// The partition.
    pub partition: Partition,
    /// The account of the role.
    pub account: String,
    /// The name of the role.
    pub role: String,
    /// Who asks, for the trust policy.
    pub claims: Vec<(String, String)>,
    /// Branches that push.
    pub branches: Vec<String>,
    /// Git tags that push.
    pub git_tags: Vec<String>,
    /// The environment of the job.
    pub environment: Option<String>,
    /// The platforms.
    pub platforms: Vec<String>,
    /// Tags beside the commit's.
    pub tags: Vec<String>,
    /// Cache rules.
    pub pull_through: Vec<PullThrough>,
    /// The directory that is built.
    pub context: String,
    /// The Dockerfile, if it is not in that directory.
    pub dockerfile: Option<String>,
    /// Where the job runs.
    pub runner: Option<String>,
    /// Where the helper comes from.
    pub helper: Helper,
    /// Whether the action that logs in is used.
    pub with_login_action: bool,
    /// Versions of actions and images.
    pub pins: Pins,
}

impl Plan {
    /// Reads a wish; `checks` says whether it can work.
    ///
    /// # Errors
    /// [`Refusal`] when something is missing, or cannot work.
    pub fn new(wanted: &Wanted) -> Result<Self, Refusal> {
        let system = wanted.system.ok_or_else(|| {
            let ids: Vec<&str> = System::ALL.iter().map(|system| system.id()).collect();
            Refusal::new("It is not said for which system.", format!("choose one of {}", ids.join(", ")))
        })?;
        let form = "name it with its registry: 123456789012.dkr.ecr.us-east-1.amazonaws.com/team/app";
        let read = ImageReference::parse(&wanted.image)
            .map_err(|error| Refusal::new(format!("`{}` is no image: {error}.", wanted.image), form))?;
        let registry = read
            .registry()
            .map_err(|error| Refusal::new(format!("`{}` is not in ECR: {error}.", wanted.image), form))?;
        let account = match (&wanted.account, registry.account()) {
            (Some(account), _) => account.clone(),
            (None, Some(account)) => account.to_owned(),
            (None, None) => {
                return Err(Refusal::new(
                    "It is not said in which account the role is, and hosts of ECR Public do not say it.",
                    "add --account with its twelve digits",
                ));
            }
        };
        if !ecrpass_core::account::is_account_id(&account) {
            return Err(Refusal::new(format!("`{account}` is not an account."), "give its twelve digits"));
        }
        let target =
            Target::parse(&format!("{}/{}", registry.host(), read.repository), None, Some(&account))?;
        let partition = registry.partition();
        let mut tags = Vec::new();
        for tag in read.tag.iter().filter(|_| system.builds()).chain(&wanted.tags) {
            if !tags.contains(tag) {
                tags.push(tag.clone());
            }
        }
        Ok(Self {
            system,
            name: format!("{}/{}", registry.host(), read.repository),
            image: wanted.image.trim().to_owned(),
            repository: read.repository.clone(),
            target,
            region: registry.region().to_owned(),
            partition,
            account,
            role: role(wanted, system, &read.repository)?,
            claims: claims(wanted, system)?,
            branches: wanted.branches.clone(),
            git_tags: wanted.git_tags.clone(),
            environment: wanted.environment.clone(),
            platforms: platforms::platforms(wanted, system)?,
            tags,
            pull_through: wanted.pull_through.clone(),
            context: wanted.context.clone().unwrap_or_else(|| ".".to_owned()),
            dockerfile: wanted.dockerfile.clone(),
            runner: wanted.runner.clone(),
            helper: wanted.helper.clone(),
            with_login_action: wanted.with_login_action,
            pins: Pins::new(&wanted.pins)?,
            registry,
            reference: read,
        })
    }

    /// The ARN of the role.
    pub fn role_arn(&self) -> String {
        ecrpass_core::Arn::iam(self.partition.id(), &self.account, &format!("role/{}", self.role)).to_string()
    }

    /// The registry's host.
    pub fn host(&self) -> &str {
        self.registry.host()
    }

    /// The value of a claim.
    pub fn claim(&self, name: &str) -> Option<&str> {
        self.claims.iter().find(|(given, _)| given == name).map(|(_, value)| value.as_str())
    }

    /// The comments that a file begins with.
    pub fn header(&self, what: &str) -> Vec<String> {
        vec![
            format!("{what} {}.", self.name),
            format!(
                "Written by `ecrpass ci generate {}`, along with the policies of {}.",
                self.system.id(),
                self.role_arn()
            ),
        ]
    }
}

/// The name of the role: the one that is given, or one after what it is for.
fn role(wanted: &Wanted, system: System, repository: &str) -> Result<String, Refusal> {
    let fits = |c: char| c.is_ascii_alphanumeric() || "+=,.@_-".contains(c);
    if let Some(name) = &wanted.role {
        if name.is_empty() || name.len() > MAX_ROLE || !name.chars().all(fits) {
            return Err(Refusal::new(
                format!("`{}` cannot be the name of a role.", ecrpass_core::safe_line::safe_line(name)),
                "give at most 64 letters, digits and + = , . @ _ -",
            ));
        }
        return Ok(name.clone());
    }
    let verb = if system.builds() { "push" } else { "pull" };
    let mut name = format!("ecr-{verb}-{}", repository.replace('/', "-"));
    name.truncate(MAX_ROLE);
    Ok(name.trim_end_matches(['-', '.', '_']).to_owned())
}

/// Who asks, for the trust policy: from the place of the code, the refs, and what else is said.
fn claims(wanted: &Wanted, system: System) -> Result<Vec<(String, String)>, Refusal> {
    let mut claims = Vec::new();
    match (system.code(), &wanted.code) {
        (Some((form, names)), Some(code)) => {
            let parts: Vec<&str> = match names {
                [_] if system != System::Bitbucket => vec![code.as_str()],
                _ => code.splitn(2, '/').collect(),
            };
            let is_whole = parts.iter().all(|part| !part.is_empty())
                && (parts.len() == 2 || names.len() == 1 && system != System::Bitbucket);
            if !is_whole {
                return Err(Refusal::new(
                    format!("`{}` does not say where the code is.", ecrpass_core::safe_line::safe_line(code)),
                    format!("for {} it is {form}", system.name()),
                ));
            }
            claims.extend(
                names.iter().zip(&parts).map(|(name, part)| ((*name).to_owned(), (*part).to_owned())),
            );
        }
        (Some((form, _)), None) => {
            return Err(Refusal::new(
                "It is not said where the code is, and without that anybody's pipeline could use the role.",
                format!("add --code: for {} it is {form}", system.name()),
            ));
        }
        (None, Some(_)) => {
            return Err(Refusal::new(
                format!("{} runs images, wherever their code is.", system.name()),
                "leave --code out",
            ));
        }
        (None, None) => {}
    }
    for name in wanted.branches.iter().chain(&wanted.git_tags) {
        refs::check(name)?;
    }
    match (system, &wanted.environment) {
        // The environment stands in place of the branch in the subject.
        (System::Github, Some(environment)) => claims.push(("environment".to_owned(), environment.clone())),
        (System::Github | System::Gitlab | System::Circleci | System::Buildkite, _) => {
            claims.extend(wanted.branches.iter().map(|branch| ("branch".to_owned(), branch.clone())));
            claims.extend(wanted.git_tags.iter().map(|tag| ("tag".to_owned(), tag.clone())));
        }
        _ => {}
    }
    claims.extend(wanted.claims.iter().cloned());
    Ok(claims)
}
