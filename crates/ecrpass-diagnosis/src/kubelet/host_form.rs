//! The forms of ECR's hosts as patterns, and what a pattern that looks like one of them is short of.

use ecrpass_core::Partition;
use ecrpass_core::account::is_account_id;
use ecrpass_core::registry::{HostError, Malformation, PUBLIC_DUAL_STACK_HOST, PUBLIC_HOST, Registry};

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
    if !host.contains('*') {
        return match Registry::parse(host) {
            Ok(_) => HostKind::Ecr,
            Err(HostError::NotEcr { .. }) if !looks_like_ecr(host) => HostKind::Other,
            Err(HostError::Malformed { problem: Malformation::Form(right), .. }) => {
                HostKind::NotQuite("no registry of ECR has such a host".to_owned(), Some(right))
            }
            Err(error) => HostKind::NotQuite(reason(&error), nearest(host)),
        };
    }
    if !looks_like_ecr(host) {
        return HostKind::Other;
    }
    let nearest = nearest(host);
    let why = match &nearest {
        Some(near) if near.split('.').count() > host.split('.').count() => {
            "a `*` stands for one part of a host, between two dots, and ECR's hosts have more parts"
        }
        _ => "no registry of ECR has such a host",
    };
    HostKind::NotQuite(why.to_owned(), nearest)
}

fn reason(error: &HostError) -> String {
    match error {
        HostError::Malformed { problem, .. } => problem.to_string(),
        HostError::NotEcr { .. } => "no registry of ECR has such a host".to_owned(),
    }
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
                            let suffixes =
                                [Some(partition.dns_suffix()), partition.dual_stack_registry_suffix()];
                            suffixes
                                .into_iter()
                                .flatten()
                                .any(|suffix| whole.ends_with(&format!("*.{suffix}")))
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
        ] {
            let HostKind::NotQuite(_, found) = kind(pattern) else {
                panic!("{pattern}: {:?}", kind(pattern))
            };
            assert_eq!(found.as_deref(), Some(meant), "{pattern}");
        }
    }
}
