//! The forms of ECR's hosts as patterns, and what a pattern that looks like one of them is short of.

use ecrpass_core::Partition;
use ecrpass_core::account::is_account_id;
use ecrpass_core::registry::{HostError, Malformation, PUBLIC_DUAL_STACK_HOST, PUBLIC_HOST, Registry};
use ecrpass_credentials::aws_config::closest;

use super::pattern::label_matches;

/// A pattern for every form of host that ECR has, in every partition.
///
/// Source: ECR User Guide, "Making requests to Amazon ECR registries"; awslabs/amazon-eks-ami, nodeadm's own list.
pub fn patterns() -> Vec<String> {
    let mut all: Vec<String> = Vec::new();
    let mut add = |pattern: String| {
        if !all.contains(&pattern) {
            all.push(pattern);
        }
    };
    // The commercial partition is the last of the table, and most are there.
    let mut partitions: Vec<Partition> = Partition::all().collect();
    partitions.sort_unstable();
    for partition in partitions {
        for fips in ["", "-fips"] {
            add(format!("*.dkr.ecr{fips}.*.{}", partition.dns_suffix()));
            if let Some(suffix) = partition.dual_stack_registry_suffix() {
                add(format!("*.dkr-ecr{fips}.*.{suffix}"));
                // AWS's own pages print China's with a dot as well.
                if partition == Partition::AwsCn {
                    add(format!("*.dkr.ecr{fips}.*.{suffix}"));
                }
            }
        }
    }
    add(PUBLIC_HOST.to_owned());
    add(PUBLIC_DUAL_STACK_HOST.to_owned());
    all
}

/// What a pattern's host is, as far as ECR is concerned.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum HostKind {
    /// Some registry of ECR's has such a host.
    Ecr,
    /// Meant to be ECR's, and no registry has such a host: why, and what was probably meant.
    NotQuite(String, Option<String>),
    /// Another registry's, or none.
    Other,
}

/// Looks at the host of a pattern, in lower case and without its port.
pub(super) fn kind(host: &str) -> HostKind {
    if host.contains('*') && is_ecr(host) {
        return HostKind::Ecr;
    }
    let plain = if host.contains('*') { None } else { Some(Registry::parse(host)) };
    match plain {
        Some(Ok(_)) => return HostKind::Ecr,
        Some(Err(HostError::Malformed { problem, .. })) => {
            let meant = match &problem {
                Malformation::Form(right) => Some(right.clone()),
                // Not that of all accounts.
                Malformation::Account(wrong) => Some(host.replacen(wrong.as_str(), "<12 digits>", 1)),
                _ => nearest(host),
            };
            let why = match problem {
                Malformation::Form(_) => NO_SUCH_HOST.to_owned(),
                other => other.to_string(),
            };
            return HostKind::NotQuite(why, meant);
        }
        _ if !looks_like_ecr(host) => return HostKind::Other,
        _ => {}
    }
    if let Some((why, meant)) = of_form(host) {
        return HostKind::NotQuite(why, Some(meant));
    }
    let nearest = nearest(host);
    let why = match &nearest {
        Some(near) if near.split('.').count() > host.split('.').count() => {
            "a `*` stands for one part of a host, between two dots, and ECR's hosts have more parts"
        }
        _ => NO_SUCH_HOST,
    };
    HostKind::NotQuite(why.to_owned(), nearest)
}

const NO_SUCH_HOST: &str = "no registry of ECR has such a host";

/// A host in the form of ECR's, `<account>.dkr.ecr.<region>.<suffix>`, of which one part is wrong: why, and the right one.
fn of_form(host: &str) -> Option<(String, String)> {
    let forms =
        [(".dkr.ecr.", ""), (".dkr.ecr-fips.", "-fips"), (".dkr-ecr.", ""), (".dkr-ecr-fips.", "-fips")];
    let (account, rest, fips) = forms.iter().find_map(|(form, fips)| {
        let (account, rest) = host.split_once(form)?;
        Some((account, rest, fips))
    })?;
    let (region, suffix) = rest.split_once('.')?;
    // Without the region, what is left is a suffix, or the end of one.
    if account.contains('.') || suffix.is_empty() || !(region.contains('*') || region.contains('-')) {
        return None;
    }
    let mut suffixes: Vec<&str> = Partition::all()
        .flat_map(|partition| [Some(partition.dns_suffix()), partition.dual_stack_registry_suffix()])
        .flatten()
        .collect();
    suffixes.dedup();
    let of_region = Partition::of_region(region);
    let is_known = suffixes.contains(&suffix);
    let right = if is_known && of_region.is_none_or(|partition| is_of(suffix, partition)) {
        suffix
    } else if let Some(partition) = of_region {
        let dual = partition
            .dual_stack_registry_suffix()
            .filter(|_| suffix.starts_with("on.") || suffix.ends_with("api.aws"));
        dual.unwrap_or(partition.dns_suffix())
    } else {
        match suffix {
            "amazonaws.cn" => "amazonaws.com.cn",
            "amazonaws.com.com" => "amazonaws.com",
            // Those of the API's hosts.
            "api.aws" | "aws" => "on.aws",
            "api.amazonwebservices.com.cn" => "on.amazonwebservices.com.cn",
            _ => closest(suffix, suffixes.iter().copied())?,
        }
    };
    let hyphen = if right.starts_with("on.") { '-' } else { '.' };
    let meant = format!("{account}.dkr{hyphen}ecr{fips}.{region}.{right}");
    let why = if right == suffix {
        format!("with `{suffix}`, ECR's hosts have `dkr{hyphen}ecr`")
    } else {
        format!("its hosts do not end in `{suffix}`, but in `{right}`")
    };
    (meant != host).then_some((why, meant))
}

fn is_of(suffix: &str, partition: Partition) -> bool {
    partition.dns_suffix() == suffix || partition.dual_stack_registry_suffix() == Some(suffix)
}

/// Whether one of the forms, with an account and a region in their places, can be this.
fn is_ecr(host: &str) -> bool {
    let labels: Vec<&str> = host.split('.').collect();
    patterns().iter().any(|whole| {
        let form: Vec<&str> = whole.split('.').collect();
        form.len() == labels.len()
            && form.iter().zip(&labels).enumerate().all(|(number, (form, label))| match (*form, number) {
                ("*", 0) => label.contains('*') || is_account_id(label),
                ("*", _) => {
                    label.contains('*')
                        || Partition::of_region(label).is_some_and(|partition| {
                            whole.split_once(".*.").is_some_and(|(_, suffix)| is_of(suffix, partition))
                        })
                }
                (form, _) => label_matches(label, form),
            })
    })
}

/// Whether whoever wrote it had ECR in mind.
fn looks_like_ecr(host: &str) -> bool {
    let of_aws =
        ["amazonaws", "amazonwebservices", "on.aws", "c2s.ic.gov", "sc2s.sgov.gov", "cloud.adc-e.uk"];
    let is_of_aws = of_aws.iter().any(|name| host.contains(name));
    host.contains("ecr.aws")
        || host.contains("dkr") && host.contains("ecr")
        || is_of_aws && host.contains("ecr")
        || host.starts_with("*.") && is_of_aws
}

/// The form that has most in common with it, label by label from the end; none where that is too little.
fn nearest(host: &str) -> Option<String> {
    let labels: Vec<&str> = host.split('.').collect();
    let alike = |form: &String| {
        let form: Vec<&str> = form.split('.').collect();
        let ending =
            form.iter().rev().zip(labels.iter().rev()).take_while(|(one, other)| one == other).count();
        let shared = form.iter().filter(|label| **label != "*" && labels.contains(label)).count();
        (ending, shared, usize::MAX - form.len().abs_diff(labels.len()))
    };
    // The first of several that are as near is the most common one.
    let found = patterns().into_iter().rev().max_by_key(alike)?;
    // The account that was named stays.
    let account = labels.first().filter(|label| is_account_id(label));
    (alike(&found).0 > 0).then(|| match account {
        Some(account) => found.replacen('*', account, 1),
        None => found,
    })
}

#[cfg(test)]
mod tests {
    use super::super::pattern::matches_image;
    use super::*;

    #[test]
    fn every_form_of_a_host_is_matched_by_one_pattern() {
        let patterns = patterns();
        for host in [
            "dkr.ecr.us-east-1.amazonaws.com",
            "dkr.ecr-fips.us-gov-west-1.amazonaws.com",
            "dkr-ecr.eu-west-1.on.aws",
            "dkr-ecr-fips.us-east-2.on.aws",
            "dkr.ecr.cn-north-1.amazonaws.com.cn",
            "dkr-ecr.cn-north-1.on.amazonwebservices.com.cn",
            "dkr.ecr.cn-north-1.on.amazonwebservices.com.cn",
            "dkr.ecr.eusc-de-east-1.amazonaws.eu",
            "dkr.ecr.us-iso-east-1.c2s.ic.gov",
            "dkr.ecr.us-isob-east-1.sc2s.sgov.gov",
            "dkr.ecr.eu-isoe-west-1.cloud.adc-e.uk",
            "dkr.ecr.us-isof-south-1.csp.hci.ic.gov",
        ] {
            let image = format!("123456789012.{host}/team/app");
            let matching = patterns.iter().filter(|pattern| matches_image(pattern, &image)).count();
            assert_eq!(matching, 1, "{image}");
        }
        for image in ["public.ecr.aws/nginx/nginx", "ecr-public.aws.com/a/b"] {
            assert_eq!(patterns.iter().filter(|pattern| matches_image(pattern, image)).count(), 1, "{image}");
        }
        for image in
            ["docker.io/library/nginx", "123456789012.dkr.ecr.us-east-1.amazonaws.com.evil.example/a"]
        {
            assert!(!patterns.iter().any(|pattern| matches_image(pattern, image)), "{image}");
        }
    }

    #[test]
    fn what_was_meant_to_be_ecrs_is_told_from_what_was_not() {
        for pattern in patterns() {
            assert_eq!(kind(&pattern), HostKind::Ecr, "{pattern}");
        }
        for pattern in
            ["123456789012.dkr.ecr.us-east-1.amazonaws.com", "*.dkr.ecr.us-*.amazonaws.com", "public.ecr.aws"]
        {
            assert_eq!(kind(pattern), HostKind::Ecr, "{pattern}");
        }
        for other in
            ["docker.io", "*.azurecr.io", "ghcr.io", "localhost", "*", "registry.k8s.io", "*.pkg.dev"]
        {
            assert_eq!(kind(other), HostKind::Other, "{other}");
        }
        for (pattern, meant) in [
            ("*.dkr.ecr.*.amazonaws.cn", "*.dkr.ecr.*.amazonaws.com.cn"),
            ("*.amazonaws.com", "*.dkr.ecr.*.amazonaws.com"),
            ("*.dkr.ecr.amazonaws.com", "*.dkr.ecr.*.amazonaws.com"),
            ("*.dkr.ecr.*.on.aws", "*.dkr-ecr.*.on.aws"),
            (
                "123456789012.dkr.ecr.cn-north-1.amazonaws.com",
                "123456789012.dkr.ecr.cn-north-1.amazonaws.com.cn",
            ),
            ("123456789012.dkr.ecr.*.amazonaws.cn", "123456789012.dkr.ecr.*.amazonaws.com.cn"),
            (
                "123456789012.dkr.ecr.cn-north-1.amazonaws.cn",
                "123456789012.dkr.ecr.cn-north-1.amazonaws.com.cn",
            ),
            ("*.dkr.ecr.*.api.aws", "*.dkr-ecr.*.on.aws"),
            ("*.dkr.ecr.*.amazonaws.con", "*.dkr.ecr.*.amazonaws.com"),
            ("*.dkr-ecr.*.amazonaws.com", "*.dkr.ecr.*.amazonaws.com"),
            ("*.dkr.ecr.us-gov-west-1.amazonaws.eu", "*.dkr.ecr.us-gov-west-1.amazonaws.com"),
            ("12345678901.dkr.ecr.eu-west-1.amazonaws.com", "<12 digits>.dkr.ecr.eu-west-1.amazonaws.com"),
        ] {
            let HostKind::NotQuite(_, found) = kind(pattern) else {
                panic!("{pattern}: {:?}", kind(pattern))
            };
            assert_eq!(found.as_deref(), Some(meant), "{pattern}");
        }
    }

    #[test]
    fn the_reason_is_the_part_that_is_wrong() {
        for (pattern, words) in [
            ("*.dkr.ecr.*.amazonaws.cn", "do not end in `amazonaws.cn`"),
            ("*.dkr-ecr.*.amazonaws.com", "with `amazonaws.com`, ECR's hosts have `dkr.ecr`"),
            ("*.amazonaws.com", "have more parts"),
            ("12345678901.dkr.ecr.eu-west-1.amazonaws.com", "12 digits"),
        ] {
            let HostKind::NotQuite(why, _) = kind(pattern) else { panic!("{pattern}") };
            assert!(why.contains(words), "{pattern}: {why}");
        }
    }
}
