//! From the SDK's types to ours, and back.

use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_ecr::types as sdk;
use aws_smithy_types::error::operation::BuildError;
use ecrpass_repository::settings::{
    AppliedFor, CacheRule, Destination, Encryption, EncryptionKind, Mutability, ReplicationRule,
    ScanFrequency, ScanRule, Scanning, Template,
};

use super::described::Described;

fn text(text: Option<&str>) -> String {
    text.unwrap_or_default().to_owned()
}

pub(super) fn described(repository: &sdk::Repository) -> Described {
    let encryption = repository
        .encryption_configuration()
        .map(|given| (given.encryption_type().as_str(), given.kms_key()));
    Described {
        arn: text(repository.repository_arn()),
        account: text(repository.registry_id()),
        name: text(repository.repository_name()),
        uri: text(repository.repository_uri()),
        created_at: repository.created_at().map_or(0, |at| at.secs()),
        mutability: mutability(
            repository.image_tag_mutability(),
            repository.image_tag_mutability_exclusion_filters(),
        ),
        encryption: self::encryption(encryption),
        scan_on_push: repository.image_scanning_configuration().is_some_and(|scan| scan.scan_on_push()),
    }
}

pub(super) fn public(repository: &aws_sdk_ecrpublic::types::Repository) -> Described {
    Described {
        arn: text(repository.repository_arn()),
        account: text(repository.registry_id()),
        name: text(repository.repository_name()),
        uri: text(repository.repository_uri()),
        created_at: repository.created_at().map_or(0, |at| at.secs()),
        ..Described::default()
    }
}

fn mutability(
    kind: Option<&sdk::ImageTagMutability>,
    filters: &[sdk::ImageTagMutabilityExclusionFilter],
) -> Mutability {
    let kind = kind.map_or("MUTABLE", sdk::ImageTagMutability::as_str);
    Mutability::of(kind, filters.iter().map(|filter| filter.filter().to_owned()))
}

fn encryption(given: Option<(&str, Option<&str>)>) -> Encryption {
    let (kind, key) = given.unwrap_or(("AES256", None));
    Encryption { kind: EncryptionKind::of(kind), key: key.map(str::to_owned) }
}

pub(super) fn tags(tags: &[sdk::Tag]) -> BTreeMap<String, String> {
    tags.iter().map(|tag| (tag.key().to_owned(), tag.value().to_owned())).collect()
}

pub(super) fn scanning(given: &sdk::RegistryScanningConfiguration) -> Scanning {
    let rules = given.rules().iter().map(|rule| ScanRule {
        frequency: ScanFrequency::of(rule.scan_frequency().as_str()),
        filters: rule.repository_filters().iter().map(|filter| filter.filter().to_owned()).collect(),
    });
    Scanning {
        enhanced: given.scan_type().is_some_and(|kind| *kind == sdk::ScanType::Enhanced),
        rules: rules.collect(),
    }
}

pub(super) fn replication(given: &sdk::ReplicationConfiguration) -> Vec<ReplicationRule> {
    let rules = given.rules().iter().map(|rule| ReplicationRule {
        destinations: rule
            .destinations()
            .iter()
            .map(|to| Destination { region: to.region().to_owned(), account: to.registry_id().to_owned() })
            .collect(),
        prefixes: rule.repository_filters().iter().map(|filter| filter.filter().to_owned()).collect(),
    });
    rules.collect()
}

pub(super) fn cache(rule: &sdk::PullThroughCacheRule) -> CacheRule {
    CacheRule {
        prefix: text(rule.ecr_repository_prefix()),
        upstream_url: text(rule.upstream_registry_url()),
        upstream: rule.upstream_registry().map(|kind| kind.as_str().to_owned()),
        credential_arn: rule.credential_arn().map(str::to_owned),
        role_arn: rule.custom_role_arn().map(str::to_owned),
    }
}

pub(super) fn template(template: &sdk::RepositoryCreationTemplate) -> Template {
    let filters = template.image_tag_mutability_exclusion_filters();
    let encryption = template.encryption_configuration();
    Template {
        prefix: text(template.prefix()),
        applied_for: template.applied_for().iter().filter_map(|one| AppliedFor::of(one.as_str())).collect(),
        mutability: template.image_tag_mutability().map(|kind| mutability(Some(kind), filters)),
        encryption: encryption
            .map(|given| self::encryption(Some((given.encryption_type().as_str(), given.kms_key())))),
        lifecycle: template.lifecycle_policy().map(str::to_owned),
        policy: template.repository_policy().map(str::to_owned),
        tags: tags(template.resource_tags()),
        role_arn: template.custom_role_arn().map(str::to_owned),
    }
}

pub(super) fn sdk_tags(tags: &BTreeMap<String, String>) -> Result<Option<Vec<sdk::Tag>>, BuildError> {
    let made: Result<Vec<sdk::Tag>, BuildError> =
        tags.iter().map(|(key, value)| sdk::Tag::builder().key(key).value(value).build()).collect();
    Ok(Some(made?).filter(|tags| !tags.is_empty()))
}

pub(super) fn sdk_mutability(mutability: &Mutability) -> sdk::ImageTagMutability {
    sdk::ImageTagMutability::from(mutability.id())
}

/// None where there is none: an empty list is not the same.
pub(super) fn sdk_exclusions(
    except: &BTreeSet<String>,
) -> Result<Option<Vec<sdk::ImageTagMutabilityExclusionFilter>>, BuildError> {
    let made: Result<Vec<_>, BuildError> = except
        .iter()
        .map(|filter| {
            sdk::ImageTagMutabilityExclusionFilter::builder()
                .filter_type(sdk::ImageTagMutabilityExclusionFilterType::Wildcard)
                .filter(filter)
                .build()
        })
        .collect();
    Ok(Some(made?).filter(|filters| !filters.is_empty()))
}

pub(super) fn sdk_encryption(encryption: &Encryption) -> Result<sdk::EncryptionConfiguration, BuildError> {
    sdk::EncryptionConfiguration::builder()
        .encryption_type(encryption.kind.id().into())
        .set_kms_key(encryption.key.clone())
        .build()
}

pub(super) fn sdk_template_encryption(
    encryption: &Encryption,
) -> Result<sdk::EncryptionConfigurationForRepositoryCreationTemplate, BuildError> {
    sdk::EncryptionConfigurationForRepositoryCreationTemplate::builder()
        .encryption_type(encryption.kind.id().into())
        .set_kms_key(encryption.key.clone())
        .build()
}

pub(super) fn sdk_scan_rules(scanning: &Scanning) -> Result<Vec<sdk::RegistryScanningRule>, BuildError> {
    let rule = |rule: &ScanRule| {
        let filters: Result<Vec<_>, BuildError> = rule
            .filters
            .iter()
            .map(|filter| {
                sdk::ScanningRepositoryFilter::builder()
                    .filter(filter)
                    .filter_type(sdk::ScanningRepositoryFilterType::Wildcard)
                    .build()
            })
            .collect();
        sdk::RegistryScanningRule::builder()
            .scan_frequency(rule.frequency.id().into())
            .set_repository_filters(Some(filters?))
            .build()
    };
    scanning.rules.iter().map(rule).collect()
}

pub(super) fn sdk_replication(
    rules: &[ReplicationRule],
) -> Result<sdk::ReplicationConfiguration, BuildError> {
    let rule = |rule: &ReplicationRule| {
        let destinations: Result<Vec<_>, BuildError> = rule
            .destinations
            .iter()
            .map(|to| {
                sdk::ReplicationDestination::builder().region(&to.region).registry_id(&to.account).build()
            })
            .collect();
        let filters: Result<Vec<_>, BuildError> = rule
            .prefixes
            .iter()
            .map(|prefix| {
                sdk::RepositoryFilter::builder()
                    .filter(prefix)
                    .filter_type(sdk::RepositoryFilterType::PrefixMatch)
                    .build()
            })
            .collect();
        sdk::ReplicationRule::builder()
            .set_destinations(Some(destinations?))
            .set_repository_filters(Some(filters?).filter(|filters| !filters.is_empty()))
            .build()
    };
    let rules: Result<Vec<_>, BuildError> = rules.iter().map(rule).collect();
    sdk::ReplicationConfiguration::builder().set_rules(Some(rules?)).build()
}

pub(super) fn sdk_applied_for(template: &Template) -> Vec<sdk::RctAppliedFor> {
    template.applied_for.iter().map(|applied| sdk::RctAppliedFor::from(applied.id())).collect()
}
