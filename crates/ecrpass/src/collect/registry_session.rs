//! The API of a registry, with the credentials and in the region that a command line and this machine name.

use std::time::Duration;

use docker_credential_ecr_login::configured_override;
use ecrpass_aws::TokenRequest;
use ecrpass_aws::files;
use ecrpass_aws::registry_api::{ApiFailure, FailureKind, RegistryApi};
use ecrpass_core::account::is_account_id;
use ecrpass_core::environment::Environment;
use ecrpass_core::registry::HostError;
use ecrpass_core::{ImageReference, Partition, Registry};
use ecrpass_credentials::credential_chain::{Override, Surroundings};
use ecrpass_credentials::refusal::NextStep;
use ecrpass_iam::PolicyKind;
use ecrpass_iam::denial::{self, Reason};

use crate::error::CommandError;
use crate::system::named_profile::NamedProfile;

/// The account in the host that the SDK's settings are made for where none is named: they need a region and endpoints, and
/// no account.
const NO_ACCOUNT: &str = "000000000000";

/// Where to ask, and as whom.
#[derive(Clone, Debug, clap::Args)]
pub struct Place {
    /// The region; otherwise AWS_REGION, AWS_DEFAULT_REGION, or that of the profile
    #[arg(long, value_name = "REGION")]
    pub region: Option<String>,
    /// The account of the registry; otherwise that of the credentials
    #[arg(long, value_name = "ID")]
    pub account: Option<String>,
    /// The profile of the AWS files to take credentials from
    #[arg(long, value_name = "NAME")]
    pub profile: Option<String>,
    /// How long one call to AWS may take, in seconds
    #[arg(long, value_name = "SECONDS", default_value_t = 30, value_parser = clap::value_parser!(u64).range(1..=600))]
    pub deadline: u64,
    /// The region where none is named anywhere.
    #[arg(skip)]
    pub otherwise: Option<&'static str>,
}

/// A repository as it was named: by its name, or as an image of a registry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Named {
    /// Its name.
    pub repository: String,
    /// The tag, where one was named.
    pub tag: Option<String>,
    /// The digest, where one was named.
    pub digest: Option<String>,
}

/// Where it was asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asked {
    /// The region.
    pub region: String,
    /// The account, where one was named.
    pub account: Option<String>,
    /// Whether it is ECR Public.
    pub is_public: bool,
}

impl Place {
    /// Understands `team/app`, `team/app:tag`, an image with its host, or a repository's ARN, and takes account and region
    /// from it.
    ///
    /// # Errors
    /// When it is none of these, or the host is not ECR's.
    pub fn understand(&mut self, text: &str) -> Result<(Named, bool), CommandError> {
        let next =
            "name a repository, team/app, or an image, <account>.dkr.ecr.<region>.amazonaws.com/team/app:tag";
        if let Some(arn) = ecrpass_core::Arn::parse(text) {
            let name = arn.repository().ok_or_else(|| {
                CommandError::could_not_run(format!("`{text}` is no repository's ARN."), next)
            })?;
            if !arn.region.is_empty() {
                self.region.get_or_insert_with(|| arn.region.to_owned());
            }
            self.account.get_or_insert_with(|| arn.account.to_owned());
            let named = Named { repository: name.to_owned(), tag: None, digest: None };
            return Ok((named, arn.service == "ecr-public"));
        }
        let image = ImageReference::parse(text)
            .map_err(|error| CommandError::could_not_run(format!("`{text}`: {error}."), next))?;
        let mut is_public = false;
        if image.host.is_some() {
            let registry = image.registry().map_err(|error| not_ecr(&error))?;
            is_public = registry.is_public();
            if let Some(account) = registry.account() {
                self.region.get_or_insert_with(|| registry.region().to_owned());
                self.account.get_or_insert_with(|| account.to_owned());
            }
        }
        Ok((Named { repository: image.repository, tag: image.tag, digest: image.digest }, is_public))
    }

    /// Does something with the API.
    ///
    /// # Errors
    /// When no region is known, settings contradict themselves, or the work fails.
    pub fn ask<T>(
        &self,
        environment: &dyn Environment,
        is_public: bool,
        work: impl FnOnce(&mut RegistryApi<'_>, &Asked) -> Result<T, CommandError>,
    ) -> Result<T, CommandError> {
        if let Some(account) = self.account.as_deref().filter(|account| !is_account_id(account)) {
            return Err(CommandError::could_not_run(
                format!("`{account}` is no account: that is twelve digits."),
                "aws sts get-caller-identity shows your own",
            ));
        }
        let (config, _) = files::look();
        let environment = NamedProfile { environment, profile: self.profile.as_deref() };
        let surroundings = Surroundings { environment: &environment, files: &config };
        let of_profile = || {
            let profile = config.profile(&surroundings.profile_name())?;
            profile.get("region").map(str::to_owned)
        };
        let variables = ["AWS_REGION", "AWS_DEFAULT_REGION"].into_iter();
        let region =
            self.region.clone().or_else(|| variables.filter_map(|name| surroundings.var(name)).next());
        let region = region.or_else(of_profile).map(|region| region.trim().to_owned());
        let host = if is_public {
            ecrpass_core::registry::PUBLIC_HOST.to_owned()
        } else {
            let region = region.as_deref().or(self.otherwise).ok_or_else(|| {
                CommandError::could_not_run(
                    "It is not known which region is meant.",
                    "add --region, or export AWS_REGION",
                )
            })?;
            let partition = Partition::of_region(region).ok_or_else(|| {
                CommandError::could_not_run(
                    format!("`{region}` is not a region of AWS."),
                    "give a region like us-east-1",
                )
            })?;
            let account = self.account.as_deref().unwrap_or(NO_ACCOUNT);
            format!("{account}.dkr.ecr.{region}.{}", partition.dns_suffix())
        };
        let registry = Registry::parse(&host).map_err(|error| not_ecr(&error))?;
        let over = match &self.profile {
            Some(profile) => Override {
                profile: Some(profile.clone()),
                profile_option: Some("--profile"),
                ..Override::default()
            },
            None => configured_override(&host)?,
        };
        let selection = surroundings.select(&over).map_err(CommandError::Unanswered)?;
        let deadline = Duration::from_secs(self.deadline);
        let request = TokenRequest {
            registry: &registry,
            selection: &selection,
            surroundings: &surroundings,
            deadline,
        };
        let connected = RegistryApi::connect(&request, self.account.as_deref());
        let mut api = connected.map_err(CommandError::Unanswered)?;
        let asked = Asked { region: registry.region().to_owned(), account: self.account.clone(), is_public };
        work(&mut api, &asked)
    }
}

fn not_ecr(error: &HostError) -> CommandError {
    CommandError::could_not_run(format!("{error}."), "name a registry of Amazon ECR")
}

/// What a failed call means for a command that has nothing to say without its answer; `doing` is what it was for.
pub fn failed(doing: &str, failure: ApiFailure) -> CommandError {
    match refused(doing, failure) {
        CommandError::Problems { what, next } => CommandError::could_not_run(what, next),
        other => other,
    }
}

/// What a failed call means for a command that was to do something: AWS's no is an answer.
pub fn refused(doing: &str, failure: ApiFailure) -> CommandError {
    let ApiFailure { operation, kind, words, refusal } = failure;
    if let Some(mut refusal) = refusal {
        if refusal.next == NextStep::CheckPathOrDeadline {
            refusal.next = "check the network path to AWS, or give it more time with --deadline".into();
        }
        return CommandError::Unanswered(*refusal);
    }
    let what = format!("{doing}: {operation} failed: {words}.").replace("..", ".");
    let service = match operation {
        "SimulateCustomPolicy" | "SimulatePrincipalPolicy" => "iam",
        "DescribeRegistries" => "ecr-public",
        "DecodeAuthorizationMessage" | "GetCallerIdentity" => "sts",
        "GetObject" => "s3",
        // The right to list a bucket has another name than the call.
        "ListObjectsV2" => {
            let next = match kind {
                FailureKind::Denied => {
                    "have s3:ListBucket allowed on the bucket, and s3:GetObject on its objects"
                }
                FailureKind::NotFound => "check the bucket's name",
                FailureKind::Throttled => "wait some seconds, then try again",
                _ => "try again, or copy the objects with `aws s3 sync` and name the directory",
            };
            return CommandError::problems(what, next);
        }
        _ => "ecr",
    };
    let next = match kind {
        FailureKind::Denied => allow(&words, service, operation),
        FailureKind::Throttled => "AWS limits requests: wait some seconds, then try again".to_owned(),
        FailureKind::NotFound => "check the name, the region and the account".to_owned(),
        FailureKind::AlreadyExists => "somebody else created it in the meantime: try again".to_owned(),
        FailureKind::Invalid => "correct what AWS refuses, then try again".to_owned(),
        FailureKind::Credentials | FailureKind::Other => "try again".to_owned(),
    };
    CommandError::problems(what, next)
}

/// What ends a denial: AWS may say which action it was about, and which policy stood in the way.
fn allow(words: &str, service: &str, operation: &str) -> String {
    let denied = denial::parse(words);
    let own = format!("{service}:{operation}");
    let action = denied.map(|denied| denied.action).filter(|action| action.contains(':')).unwrap_or(&own);
    // Whoever reads this is the caller.
    let stands_in = |kind: Option<PolicyKind>| {
        kind.map(|kind| format!(" in {}", kind.name().replacen("its ", "your ", 1))).unwrap_or_default()
    };
    match denied.map(|denied| denied.reason) {
        Some(Reason::Denied(kind)) => {
            format!("have the deny of {action}{} leave you out, then try again", stands_in(kind))
        }
        Some(Reason::NotAllowed(kind)) => {
            format!("have {action} allowed{}, then try again", stands_in(Some(kind)))
        }
        Some(Reason::Unsaid) | None => format!("have {action} allowed, then try again"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn denied(reason: Reason) -> String {
        let action = "ecr:DescribeRepositories";
        let principal = "arn:aws:iam::123456789012:role/ci";
        let denied = denial::Denied { principal, action, resource: Some("*"), reason, policy_arn: None };
        let failure = ApiFailure {
            operation: "DescribeRepositories",
            kind: FailureKind::Denied,
            words: format!("AccessDeniedException: {denied}"),
            refusal: None,
        };
        failed("It could not be looked at", failure).to_string()
    }

    #[test]
    fn the_policy_that_says_no_is_the_one_to_change() {
        for kind in PolicyKind::ALL {
            let (silent, explicit) = (denied(Reason::NotAllowed(kind)), denied(Reason::Denied(Some(kind))));
            let name = kind.name().replacen("its ", "your ", 1);
            let next = format!("Next: have ecr:DescribeRepositories allowed in {name}, then try again");
            assert!(silent.ends_with(&next), "{silent}");
            let next = format!(
                "Next: have the deny of ecr:DescribeRepositories in {name} leave you out, then try again"
            );
            assert!(explicit.ends_with(&next), "{explicit}");
        }
        let unsaid = denied(Reason::Unsaid);
        assert!(unsaid.ends_with("Next: have ecr:DescribeRepositories allowed, then try again"), "{unsaid}");
    }
}
