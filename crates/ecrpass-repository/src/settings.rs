//! What a repository and its registry can be set to.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use ecrpass_core::wildcard;
use serde::Serialize;

/// Whether a tag can be moved to another image.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Mutability {
    /// Whether it cannot.
    pub immutable: bool,
    /// The tags, with `*`, for which it is the other way round.
    pub except: BTreeSet<String>,
}

impl Mutability {
    /// The API's word for it.
    pub fn id(&self) -> &'static str {
        match (self.immutable, self.except.is_empty()) {
            (false, true) => "MUTABLE",
            (false, false) => "MUTABLE_WITH_EXCLUSION",
            (true, true) => "IMMUTABLE",
            (true, false) => "IMMUTABLE_WITH_EXCLUSION",
        }
    }

    /// From the API's word and filters.
    pub fn of(id: &str, except: impl IntoIterator<Item = String>) -> Self {
        Self { immutable: id.starts_with("IMMUTABLE"), except: except.into_iter().collect() }
    }
}

impl fmt::Display for Mutability {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.immutable { "immutable" } else { "mutable" })?;
        if self.except.is_empty() {
            return Ok(());
        }
        let except: Vec<&str> = self.except.iter().map(String::as_str).collect();
        write!(f, ", except {}", except.join(", "))
    }
}

/// How images are encrypted at rest.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub enum EncryptionKind {
    /// With keys of S3.
    #[default]
    Aes256,
    /// With a KMS key.
    Kms,
    /// With a KMS key, in two layers.
    KmsDsse,
}

impl EncryptionKind {
    /// The API's word for it.
    pub fn id(self) -> &'static str {
        match self {
            Self::Aes256 => "AES256",
            Self::Kms => "KMS",
            Self::KmsDsse => "KMS_DSSE",
        }
    }

    /// From the API's word.
    pub fn of(id: &str) -> Self {
        match id {
            "KMS" => Self::Kms,
            "KMS_DSSE" => Self::KmsDsse,
            _ => Self::Aes256,
        }
    }
}

/// How images are encrypted at rest, and with which key.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Encryption {
    /// How.
    pub kind: EncryptionKind,
    /// The KMS key; none for AWS's own.
    pub key: Option<String>,
}

impl Encryption {
    /// Whether `is` fulfils this: a key may be wanted by its id, and an alias says nothing about the key behind it.
    pub fn is_fulfilled_by(&self, is: &Self) -> bool {
        let key = match (&self.key, &is.key) {
            (None, _) => true,
            (Some(wanted), _) if wanted.contains("alias/") => true,
            (Some(wanted), Some(key)) => key == wanted || key.rsplit('/').next() == Some(wanted),
            (Some(_), None) => false,
        };
        self.kind == is.kind && key
    }
}

impl fmt::Display for Encryption {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.kind.id())?;
        match &self.key {
            Some(key) => write!(f, " with {key}"),
            None => Ok(()),
        }
    }
}

/// When images are scanned.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub enum ScanFrequency {
    /// When somebody asks for it.
    Manual,
    /// When they are pushed.
    OnPush,
    /// When they are pushed, and again whenever a vulnerability becomes known.
    Continuous,
}

impl ScanFrequency {
    /// The API's word for it.
    pub fn id(self) -> &'static str {
        match self {
            Self::Manual => "MANUAL",
            Self::OnPush => "SCAN_ON_PUSH",
            Self::Continuous => "CONTINUOUS_SCAN",
        }
    }

    /// From the API's word.
    pub fn of(id: &str) -> Self {
        match id {
            "SCAN_ON_PUSH" => Self::OnPush,
            "CONTINUOUS_SCAN" => Self::Continuous,
            _ => Self::Manual,
        }
    }
}

impl fmt::Display for ScanFrequency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Manual => "on request",
            Self::OnPush => "on push",
            Self::Continuous => "continuously",
        })
    }
}

/// Which repositories a registry scans when.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ScanRule {
    /// When.
    pub frequency: ScanFrequency,
    /// The repositories.
    pub filters: BTreeSet<String>,
}

/// How a registry scans.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Scanning {
    /// Whether Amazon Inspector does it, which costs; otherwise ECR itself.
    pub enhanced: bool,
    /// Which repositories, and when.
    pub rules: Vec<ScanRule>,
}

impl Scanning {
    /// When images of a repository are scanned, and the filter that says so; the most frequent counts.
    pub fn of(&self, repository: &str) -> Option<(ScanFrequency, &str)> {
        let rules = self.rules.iter();
        let filters =
            rules.flat_map(|rule| rule.filters.iter().map(|filter| (rule.frequency, filter.as_str())));
        filters.filter(|(_, filter)| scan_filter_matches(filter, repository)).max()
    }

    /// The same with one more filter.
    #[must_use]
    pub fn with(mut self, frequency: ScanFrequency, filter: &str) -> Self {
        match self.rules.iter_mut().find(|rule| rule.frequency == frequency) {
            Some(rule) => {
                rule.filters.insert(filter.to_owned());
            }
            None => self.rules.push(ScanRule { frequency, filters: BTreeSet::from([filter.to_owned()]) }),
        }
        self
    }
}

/// Whether a scan filter means a repository. Source: User Guide, "Filters to choose which repositories are scanned": one
/// without `*` means every name it is a part of.
pub fn scan_filter_matches(filter: &str, repository: &str) -> bool {
    if filter.contains('*') { wildcard::matches(filter, repository) } else { repository.contains(filter) }
}

/// Where images are copied to.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Destination {
    /// The region.
    pub region: String,
    /// The account.
    pub account: String,
}

impl fmt::Display for Destination {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.account, self.region)
    }
}

/// Which repositories a registry copies, and where to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ReplicationRule {
    /// Where to.
    pub destinations: BTreeSet<Destination>,
    /// The beginnings of the repositories' names; none for all repositories.
    pub prefixes: BTreeSet<String>,
}

impl ReplicationRule {
    /// Whether it is about a repository.
    pub fn is_for(&self, repository: &str) -> bool {
        self.prefixes.is_empty() || self.prefixes.iter().any(|prefix| repository.starts_with(prefix.as_str()))
    }
}

/// Which upstream registry a pull-through cache stands for.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct CacheRule {
    /// The beginning of the repositories' names, or `ROOT`.
    pub prefix: String,
    /// The upstream registry's host.
    pub upstream_url: String,
    /// The API's word for the kind of upstream.
    pub upstream: Option<String>,
    /// The secret with its login.
    pub credential_arn: Option<String>,
    /// The role for an ECR of another account.
    pub role_arn: Option<String>,
}

impl CacheRule {
    /// Whether it is about a repository. Source: User Guide, "pull-through-cache": `ROOT` is for all that no other means.
    pub fn is_for(&self, repository: &str) -> bool {
        let behind = repository.strip_prefix(self.prefix.as_str());
        self.prefix == "ROOT" || behind.is_some_and(|rest| rest.starts_with('/'))
    }
}

/// When a creation template is used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub enum AppliedFor {
    /// When an image is pushed.
    CreateOnPush,
    /// When an image is pulled through the cache.
    PullThroughCache,
    /// When an image is replicated.
    Replication,
}

impl AppliedFor {
    /// The API's word for it.
    pub fn id(self) -> &'static str {
        match self {
            Self::CreateOnPush => "CREATE_ON_PUSH",
            Self::PullThroughCache => "PULL_THROUGH_CACHE",
            Self::Replication => "REPLICATION",
        }
    }

    /// From the API's word.
    pub fn of(id: &str) -> Option<Self> {
        [Self::CreateOnPush, Self::PullThroughCache, Self::Replication].into_iter().find(|one| one.id() == id)
    }
}

/// How repositories are made that somebody pushes, caches or replicates into being.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Template {
    /// The beginning of the repositories' names, or `ROOT`.
    pub prefix: String,
    /// When it is used.
    pub applied_for: BTreeSet<AppliedFor>,
    /// Whether tags can be moved.
    pub mutability: Option<Mutability>,
    /// How images are encrypted.
    pub encryption: Option<Encryption>,
    /// The lifecycle policy.
    pub lifecycle: Option<String>,
    /// The repository policy.
    pub policy: Option<String>,
    /// The tags.
    pub tags: BTreeMap<String, String>,
    /// The role ECR creates them with, needed for tags and KMS.
    pub role_arn: Option<String>,
}

impl Template {
    /// Whether it is about a repository.
    pub fn is_for(&self, repository: &str) -> bool {
        self.prefix == "ROOT" || repository.starts_with(self.prefix.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_those_of_the_api() {
        for (immutable, except, id) in [
            (false, &[][..], "MUTABLE"),
            (true, &[], "IMMUTABLE"),
            (true, &["latest"], "IMMUTABLE_WITH_EXCLUSION"),
            (false, &["v*"], "MUTABLE_WITH_EXCLUSION"),
        ] {
            let except: Vec<String> = except.iter().map(|&text| text.to_owned()).collect();
            let mutability = Mutability::of(id, except.clone());
            assert_eq!((mutability.immutable, mutability.id()), (immutable, id));
            assert!(except.iter().all(|tag| mutability.to_string().contains(tag)));
        }
        for kind in [EncryptionKind::Aes256, EncryptionKind::Kms, EncryptionKind::KmsDsse] {
            assert_eq!(EncryptionKind::of(kind.id()), kind);
        }
        for frequency in [ScanFrequency::Manual, ScanFrequency::OnPush, ScanFrequency::Continuous] {
            assert_eq!(ScanFrequency::of(frequency.id()), frequency);
        }
        assert_eq!(AppliedFor::of("CREATE_ON_PUSH"), Some(AppliedFor::CreateOnPush));
        assert_eq!(AppliedFor::of("LATER"), None);
    }

    #[test]
    fn a_key_is_the_same_by_id_and_by_arn() {
        let is = |key: &str| Encryption { kind: EncryptionKind::Kms, key: Some(key.to_owned()) };
        let arn = is("arn:aws:kms:us-east-1:123456789012:key/1234abcd");
        assert!(is("1234abcd").is_fulfilled_by(&arn) && arn.is_fulfilled_by(&arn));
        assert!(!is("234abcd").is_fulfilled_by(&arn) && !is("other").is_fulfilled_by(&arn));
        assert!(Encryption { kind: EncryptionKind::Kms, key: None }.is_fulfilled_by(&arn));
        assert!(!Encryption::default().is_fulfilled_by(&arn) && !arn.is_fulfilled_by(&Encryption::default()));
    }

    #[test]
    fn the_most_frequent_scan_counts() {
        let scanning = Scanning { enhanced: true, rules: Vec::new() }
            .with(ScanFrequency::OnPush, "*")
            .with(ScanFrequency::Continuous, "team/")
            .with(ScanFrequency::OnPush, "app");
        assert_eq!(scanning.rules.len(), 2);
        assert_eq!(scanning.of("my-team/app"), Some((ScanFrequency::Continuous, "team/")));
        assert_eq!(scanning.of("other").map(|(frequency, _)| frequency), Some(ScanFrequency::OnPush));
        assert_eq!(Scanning::default().of("other"), None);
    }

    #[test]
    fn prefixes_mean_what_ecr_means() {
        let rule = |prefix: &str| CacheRule { prefix: prefix.to_owned(), ..CacheRule::default() };
        assert!(rule("hub").is_for("hub/library/nginx") && !rule("hub").is_for("hubble/x"));
        assert!(rule("ROOT").is_for("anything"));
        let all = ReplicationRule { destinations: BTreeSet::new(), prefixes: BTreeSet::new() };
        assert!(all.is_for("x"));
        let some = ReplicationRule { prefixes: BTreeSet::from(["team/".to_owned()]), ..all };
        assert!(some.is_for("team/app") && !some.is_for("my/team/app"));
    }
}
