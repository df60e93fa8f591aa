//! What a command line wants of a repository.

use std::collections::BTreeSet;
use std::fmt;
use std::path::PathBuf;

use ecrpass_core::account::is_account_id;
use ecrpass_core::{Partition, Registry};
use ecrpass_iam::source::Source;
use ecrpass_iam::{Layer, document};
use ecrpass_repository::lifecycle::{self, Made};
use ecrpass_repository::settings::{
    AppliedFor, CacheRule, Destination, Encryption, EncryptionKind, Mutability, ScanFrequency, Template,
};
use ecrpass_repository::wanted::Wanted;

use crate::collect::text_file::text_of;
use crate::error::CommandError;

/// What is wanted. What is not said stays as it is.
#[derive(Debug, clap::Args)]
pub struct Wish {
    /// Keep the newest N tagged images, and expire the others
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..), conflicts_with = "lifecycle")]
    keep: Option<u64>,
    /// Expire untagged images after so many days
    #[arg(long, value_name = "DAYS", value_parser = clap::value_parser!(u64).range(1..), conflicts_with = "lifecycle")]
    expire_untagged: Option<u64>,
    /// The lifecycle policy, as JSON; - for standard input
    #[arg(long, value_name = "FILE")]
    lifecycle: Option<PathBuf>,
    /// Whether a tag can be moved to another image
    #[arg(long, value_enum)]
    mutability: Option<Tags>,
    /// Tags, with *, for which it is the other way round
    #[arg(long, value_name = "TAG", value_delimiter = ',', requires = "mutability")]
    except: Vec<String>,
    /// How images are encrypted, once and for all: aes256, kms, kms=KEY, kms-dsse, kms-dsse=KEY
    #[arg(long, value_name = "KIND", value_parser = encryption)]
    encryption: Option<Encryption>,
    /// When images are scanned, by the registry's scanning configuration
    #[arg(long, value_enum)]
    scan: Option<Scan>,
    /// The repository policy, as JSON
    #[arg(long, value_name = "FILE")]
    policy: Option<PathBuf>,
    /// A tag of the repository; others stay
    #[arg(long = "tag", value_name = "KEY=VALUE", value_parser = tag)]
    tags: Vec<(String, String)>,
    /// A region, or account/region, to which the registry copies its images
    #[arg(long, value_name = "REGION", value_delimiter = ',')]
    replicate_to: Vec<String>,
    /// A pull-through cache: the beginning of the repositories' names, and the upstream registry
    #[arg(long, value_name = "PREFIX=HOST", value_parser = cache)]
    pull_through: Option<CacheRule>,
    /// The secret with the upstream registry's login
    #[arg(long, value_name = "ARN", requires = "pull_through")]
    credential_arn: Option<String>,
    /// The role that reads from an upstream ECR of another account
    #[arg(long, value_name = "ARN", requires = "pull_through")]
    upstream_role: Option<String>,
    /// A creation template for names that begin so, or ROOT: mutability, encryption, lifecycle, policy and tags as here
    #[arg(long, value_name = "PREFIX")]
    template: Option<String>,
    /// When the template is used
    #[arg(long, value_enum, value_delimiter = ',', requires = "template", default_value = "create-on-push")]
    template_for: Vec<Applied>,
    /// The role that repositories with tags or a KMS key are created with
    #[arg(long, value_name = "ARN", requires = "template")]
    template_role: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Tags {
    /// It can
    Mutable,
    /// It cannot
    Immutable,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Scan {
    /// When they are pushed
    OnPush,
    /// Again whenever a vulnerability becomes known, by Amazon Inspector
    Continuous,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Applied {
    /// When an image is pushed
    CreateOnPush,
    /// When an image is pulled through the cache
    PullThroughCache,
    /// When an image is replicated
    Replication,
}

impl Wish {
    /// The options that are given and that only private registries have.
    pub fn of_private_registries(&self) -> Vec<&'static str> {
        let all = [
            ("--keep", self.keep.is_some()),
            ("--expire-untagged", self.expire_untagged.is_some()),
            ("--lifecycle", self.lifecycle.is_some()),
            ("--mutability", self.mutability.is_some()),
            ("--encryption", self.encryption.is_some()),
            ("--scan", self.scan.is_some()),
            ("--replicate-to", !self.replicate_to.is_empty()),
            ("--pull-through", self.pull_through.is_some()),
            ("--template", self.template.is_some()),
        ];
        all.into_iter().filter(|(_, is_given)| *is_given).map(|(name, _)| name).collect()
    }

    /// What is wanted; `own_account` is asked for the account of the credentials where one is needed.
    ///
    /// # Errors
    /// When a file cannot be read, or a policy is one that ECR refuses.
    pub fn wanted(
        &self,
        name: &str,
        own_account: &dyn Fn() -> Result<String, CommandError>,
    ) -> Result<Wanted, CommandError> {
        let mut wanted = Wanted {
            name: name.to_owned(),
            mutability: self.mutability.map(|tags| Mutability {
                immutable: tags == Tags::Immutable,
                except: self.except.iter().cloned().collect(),
            }),
            encryption: self.encryption.clone(),
            scan: self.scan.map(|scan| match scan {
                Scan::OnPush => ScanFrequency::OnPush,
                Scan::Continuous => ScanFrequency::Continuous,
            }),
            lifecycle: self.lifecycle_text()?,
            policy: self.policy_text()?,
            tags: self.tags.iter().cloned().collect(),
            cache: self.cache()?,
            replicate_to: self.destinations(own_account)?,
            template: None,
        };
        wanted.template = self.template(&wanted)?;
        Ok(wanted)
    }

    fn lifecycle_text(&self) -> Result<Option<String>, CommandError> {
        let Some(path) = &self.lifecycle else {
            return Ok(Made { keep: self.keep, expire_untagged: self.expire_untagged }.text());
        };
        let text = text_of(path, "a lifecycle policy")?;
        lifecycle::read(&text).map_err(|problems| refused(&path.display().to_string(), &problems))?;
        Ok(Some(text))
    }

    fn policy_text(&self) -> Result<Option<String>, CommandError> {
        let Some(path) = &self.policy else { return Ok(None) };
        let text = text_of(path, "a repository policy")?;
        let source = Source::file(&path.display().to_string(), &text);
        match document::read_for(Layer::Repository, &source).accepted() {
            Ok(_) => Ok(Some(text)),
            Err(problems) => {
                let errors = problems.iter().filter(|problem| problem.is_error());
                let told = errors.map(|problem| (problem, problem.position.excerpt(source.file_text())));
                Err(refused_as(
                    source.name(),
                    told,
                    "correct it, or have one written: ecrpass policy generate",
                ))
            }
        }
    }

    fn cache(&self) -> Result<Option<CacheRule>, CommandError> {
        let Some(rule) = &self.pull_through else { return Ok(None) };
        let rule = CacheRule {
            credential_arn: self.credential_arn.clone(),
            role_arn: self.upstream_role.clone(),
            ..rule.clone()
        };
        let login = [
            "docker-hub",
            "github-container-registry",
            "gitlab-container-registry",
            "azure-container-registry",
            "chainguard",
        ];
        if rule.credential_arn.is_none() && rule.upstream.as_deref().is_some_and(|kind| login.contains(&kind))
        {
            return Err(CommandError::could_not_run(
                format!("{} is cached with a login only.", rule.upstream_url),
                "add --credential-arn with a secret of Secrets Manager whose name begins with ecr-pullthroughcache/",
            ));
        }
        Ok(Some(rule))
    }

    fn destinations(
        &self,
        own_account: &dyn Fn() -> Result<String, CommandError>,
    ) -> Result<BTreeSet<Destination>, CommandError> {
        let mut found = BTreeSet::new();
        for text in &self.replicate_to {
            let (account, region) = match text.split_once('/') {
                Some((account, region)) => (account.to_owned(), region),
                None => (own_account()?, text.as_str()),
            };
            if !is_account_id(&account) || Partition::of_region(region).is_none() {
                return Err(CommandError::could_not_run(
                    format!("`{text}` is no place to copy images to."),
                    "give a region, eu-west-1, or account and region, 210987654321/eu-west-1",
                ));
            }
            found.insert(Destination { region: region.to_owned(), account });
        }
        Ok(found)
    }

    fn template(&self, wanted: &Wanted) -> Result<Option<Template>, CommandError> {
        let Some(prefix) = &self.template else { return Ok(None) };
        let needs_role = !wanted.tags.is_empty()
            || wanted.encryption.as_ref().is_some_and(|encryption| encryption.kind != EncryptionKind::Aes256);
        if needs_role && self.template_role.is_none() {
            return Err(CommandError::could_not_run(
                "A creation template with tags or a KMS key needs a role that ECR creates the repositories with.",
                "add --template-role; it takes ecr:CreateRepository, ReplicateImage, TagResource, kms:CreateGrant, RetireGrant and DescribeKey",
            ));
        }
        let applied = self.template_for.iter().map(|applied| match applied {
            Applied::CreateOnPush => AppliedFor::CreateOnPush,
            Applied::PullThroughCache => AppliedFor::PullThroughCache,
            Applied::Replication => AppliedFor::Replication,
        });
        Ok(Some(Template {
            prefix: prefix.clone(),
            applied_for: applied.collect(),
            mutability: wanted.mutability.clone(),
            encryption: wanted.encryption.clone(),
            lifecycle: wanted.lifecycle.clone(),
            policy: wanted.policy.clone(),
            tags: wanted.tags.clone(),
            role_arn: self.template_role.clone(),
        }))
    }
}

/// A lifecycle policy that ECR refuses.
pub fn refused(name: &str, problems: &[lifecycle::Problem]) -> CommandError {
    let told = problems.iter().map(|problem| (problem, problem.excerpt.clone()));
    refused_as(name, told, "correct it: ECR refuses it so")
}

/// A file that ECR refuses, for the first of these problems, each with the line it stands on.
fn refused_as<P: fmt::Display>(
    name: &str,
    mut problems: impl Iterator<Item = (P, String)>,
    next: &str,
) -> CommandError {
    let first = problems.next();
    let more = match problems.count() {
        0 => String::new(),
        count => format!(" ({count} more)"),
    };
    let (what, excerpt) =
        first.map_or_else(Default::default, |(first, excerpt)| (format!("{name}:{first}{more}"), excerpt));
    CommandError::Invalid { what, excerpt, next: next.to_owned() }
}

fn encryption(text: &str) -> Result<Encryption, String> {
    let (kind, key) = match text.split_once('=') {
        Some((kind, key)) => (kind, Some(key.to_owned())),
        None => (text, None),
    };
    match (kind, key) {
        ("aes256", None) => Ok(Encryption::default()),
        ("kms", key) if key.as_deref() != Some("") => Ok(Encryption { kind: EncryptionKind::Kms, key }),
        ("kms-dsse", key) if key.as_deref() != Some("") => {
            Ok(Encryption { kind: EncryptionKind::KmsDsse, key })
        }
        _ => Err("write aes256, kms, kms=KEY, kms-dsse or kms-dsse=KEY".to_owned()),
    }
}

fn tag(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((key, value)) if !key.is_empty() => Ok((key.to_owned(), value.to_owned())),
        _ => Err("write KEY=VALUE".to_owned()),
    }
}

/// The hosts of upstream registries, and the API's word for each. Source: ECR API reference, `UpstreamRegistry`.
const UPSTREAMS: [(&str, &str); 7] = [
    ("registry-1.docker.io", "docker-hub"),
    ("public.ecr.aws", "ecr-public"),
    ("quay.io", "quay"),
    ("registry.k8s.io", "k8s"),
    ("ghcr.io", "github-container-registry"),
    ("registry.gitlab.com", "gitlab-container-registry"),
    ("cgr.dev", "chainguard"),
];

fn cache(text: &str) -> Result<CacheRule, String> {
    let (prefix, host) =
        text.split_once('=').ok_or("write PREFIX=HOST, for example hub=registry-1.docker.io")?;
    let host = if host == "docker.io" { "registry-1.docker.io" } else { host };
    // Source: ECR API reference, `CreatePullThroughCacheRule`.
    let is_name = |prefix: &str| {
        (2..=30).contains(&prefix.len())
            && prefix
                .bytes()
                .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"._-/".contains(&byte))
    };
    if prefix != "ROOT" && !is_name(prefix) {
        return Err("the prefix has 2 to 30 lower-case characters, or is ROOT".to_owned());
    }
    let known = UPSTREAMS.iter().find(|(known, _)| *known == host).map(|(_, kind)| *kind);
    let kind = known
        .or_else(|| host.ends_with(".azurecr.io").then_some("azure-container-registry"))
        .or_else(|| Registry::parse(host).is_ok().then_some("ecr"));
    let kind = kind.ok_or_else(|| {
        let known: Vec<&str> = UPSTREAMS.iter().map(|(host, _)| *host).collect();
        format!("ECR caches {}, NAME.azurecr.io and other ECRs", known.join(", "))
    })?;
    Ok(CacheRule {
        prefix: prefix.to_owned(),
        upstream_url: host.to_owned(),
        upstream: Some(kind.to_owned()),
        ..CacheRule::default()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn upstreams_are_known_by_their_host() {
        for (text, kind) in [
            ("hub=docker.io", "docker-hub"),
            ("ROOT=public.ecr.aws", "ecr-public"),
            ("mine=x.azurecr.io", "azure-container-registry"),
            ("other=123456789012.dkr.ecr.us-east-1.amazonaws.com", "ecr"),
        ] {
            assert_eq!(cache(text).unwrap().upstream.as_deref(), Some(kind), "{text}");
        }
        for text in ["hub", "h=quay.io", "HUB=quay.io", "hub=example.com"] {
            assert!(cache(text).is_err(), "{text}");
        }
    }

    #[test]
    fn words_of_the_command_line_are_read() {
        assert_eq!(encryption("kms=alias/x").unwrap().key.as_deref(), Some("alias/x"));
        assert!(
            encryption("aes256=x").is_err() && encryption("kms=").is_err() && encryption("rot13").is_err()
        );
        assert_eq!(tag("a=b=c").unwrap(), ("a".to_owned(), "b=c".to_owned()));
        assert!(tag("a").is_err() && tag("=b").is_err());
    }
}
