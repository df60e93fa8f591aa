//! The hosts of private registries, in every form there is.

use super::error::Malformation;
use crate::account::is_account_id;
use crate::partition::Partition;

/// A private ECR registry and the host it was named by.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct PrivateRegistry {
    /// The registry id: the 12-digit account that owns the registry.
    pub account: String,
    /// The region, for example `eu-central-1`.
    pub region: String,
    /// The partition the region belongs to.
    pub partition: Partition,
    /// Whether this is the FIPS host.
    pub fips: bool,
    /// Whether this is the dual-stack host.
    pub dual_stack: bool,
    /// The host in lower case, without scheme, port, path and trailing dot.
    pub host: String,
}

/// How the registry label is spelt between account and region.
#[derive(Clone, Copy, PartialEq)]
enum Label {
    /// `dkr.ecr`
    Dotted,
    /// `dkr-ecr`, the dual-stack spelling
    Hyphenated,
}

/// Reads a host; `None` for one that has nothing to do with ECR.
///
/// # Errors
/// [`Malformation`] for one that was meant to be ECR's.
pub(super) fn parse_private(host: &str) -> Result<Option<PrivateRegistry>, Malformation> {
    let Some((account, label, fips, rest)) = split_label(host) else { return lookalike(host) };
    if rest.contains(".vpce.") {
        return Err(Malformation::VpcEndpoint);
    }
    if partition_of_suffix(rest).is_some() {
        return Err(Malformation::RegionMissing);
    }
    let Some((region, suffix)) = rest.split_once('.') else { return Ok(None) };
    // The first is a slip for China's suffix that many guides print. Source: kubernetes.io, "Configure a kubelet image
    // credential provider".
    let by_suffix =
        if suffix == "amazonaws.cn" { Some(Partition::AwsCn) } else { partition_of_suffix(suffix) };
    let Some(by_suffix) = by_suffix else { return Ok(None) };
    // From here on the host is ECR's, whatever may be wrong with it.
    if account.is_empty() {
        return Err(Malformation::AccountMissing);
    }
    if !is_account_id(account) {
        return Err(Malformation::Account(account.to_owned()));
    }
    let dual_stack = suffix.starts_with("on.");
    let partition = match Partition::of_region(region) {
        Some(partition) => partition,
        None => unknown_region(region, by_suffix)?,
    };
    let expected_suffix =
        if dual_stack { partition.dual_stack_registry_suffix() } else { Some(partition.dns_suffix()) };
    // AWS's own pages print China's dual-stack hosts with a dot, with a hyphen and under `on.aws`: take them all.
    let lenient = partition == Partition::AwsCn && dual_stack;
    let expected_label = if dual_stack { Label::Hyphenated } else { Label::Dotted };
    if !lenient && (expected_suffix != Some(suffix) || label != expected_label) {
        let suffix = expected_suffix.unwrap_or(partition.dns_suffix());
        let separator = if suffix.starts_with("on.") { '-' } else { '.' };
        let fips = if fips { "-fips" } else { "" };
        return Err(Malformation::Form(format!("{account}.dkr{separator}ecr{fips}.{region}.{suffix}")));
    }
    Ok(Some(PrivateRegistry {
        account: account.to_owned(),
        region: region.to_owned(),
        partition,
        fips,
        dual_stack,
        host: host.to_owned(),
    }))
}

/// Splits `<account>.dkr.ecr[-fips].<rest>` or its dual-stack spelling; the account may be empty or wrong.
fn split_label(host: &str) -> Option<(&str, Label, bool, &str)> {
    const LABELS: [(&str, Label, bool); 4] = [
        ("dkr.ecr.", Label::Dotted, false),
        ("dkr.ecr-fips.", Label::Dotted, true),
        ("dkr-ecr.", Label::Hyphenated, false),
        ("dkr-ecr-fips.", Label::Hyphenated, true),
    ];
    LABELS.iter().find_map(|&(text, label, fips)| {
        let (before, rest) = host.split_once(text)?;
        let account = if before.is_empty() { before } else { before.strip_suffix('.')? };
        Some((account, label, fips, rest))
    })
}

/// The partition (or, for suffixes two partitions share, one of them) that a registry suffix belongs to.
fn partition_of_suffix(suffix: &str) -> Option<Partition> {
    let has = |partition: &Partition| {
        partition.dns_suffix() == suffix || partition.dual_stack_registry_suffix() == Some(suffix)
    };
    // `aws` first: `amazonaws.com` and `on.aws` are also GovCloud's.
    if has(&Partition::Aws) { Some(Partition::Aws) } else { Partition::all().find(has) }
}

/// A region no table knows: an availability zone, a slip, or one that AWS opened after this was written.
fn unknown_region(region: &str, by_suffix: Partition) -> Result<Partition, Malformation> {
    if let Some(of_zone) = region.strip_suffix(|c: char| c.is_ascii_lowercase())
        && Partition::of_region(of_zone).is_some()
    {
        return Err(Malformation::AvailabilityZone(region.to_owned(), of_zone.to_owned()));
    }
    let mut words = region.split('-');
    let number = words.next_back().unwrap_or_default();
    let shaped = !number.is_empty()
        && number.bytes().all(|b| b.is_ascii_digit())
        && region.matches('-').count() >= 2
        && words.all(|word| !word.is_empty() && word.bytes().all(|b| b.is_ascii_lowercase()));
    if shaped { Ok(by_suffix) } else { Err(Malformation::Region(region.to_owned())) }
}

/// Hosts of AWS's that people take for a registry.
fn lookalike(host: &str) -> Result<Option<PrivateRegistry>, Malformation> {
    let aws = [".amazonaws.com", ".amazonaws.com.cn", ".amazonaws.eu", ".api.aws"]
        .iter()
        .any(|suffix| host.ends_with(suffix));
    if host == "gallery.ecr.aws" {
        Err(Malformation::Gallery)
    } else if aws && host.contains(".ecr.") && host.contains(".vpce.") {
        Err(Malformation::VpcEndpoint)
    } else if aws
        && ["api.ecr.", "api.ecr-fips.", "ecr.", "ecr-fips.", "api.ecr-public.", "ecr-public."]
            .iter()
            .any(|prefix| host.starts_with(prefix))
    {
        Err(Malformation::ApiEndpoint)
    } else if let Some((account, rest)) = host.split_once(".ecr.")
        && is_account_id(account)
        && rest.split_once('.').is_some_and(|(_, suffix)| partition_of_suffix(suffix).is_some())
    {
        Err(Malformation::Form(format!("{account}.dkr.ecr.{rest}")))
    } else {
        Ok(None)
    }
}
