//! AWS partitions: which regions belong together, and the DNS suffixes their services answer under.
//!
//! Source: botocore 1.43.11, `data/partitions.json`.

use std::fmt;

/// A group of regions with its own accounts, credentials and DNS suffixes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Partition {
    /// The commercial regions.
    Aws,
    /// China.
    AwsCn,
    /// The European Sovereign Cloud.
    AwsEusc,
    /// US Top Secret.
    AwsIso,
    /// US Secret.
    AwsIsoB,
    /// Allied European isolated regions.
    AwsIsoE,
    /// US isolated regions, third group.
    AwsIsoF,
    /// US GovCloud.
    AwsUsGov,
}

/// One row of the table: id, the region prefixes, then the DNS suffixes.
struct Row {
    partition: Partition,
    id: &'static str,
    /// A region is one of these, a word of letters, digits and underscores, and a number, joined by hyphens.
    region_prefixes: &'static [&'static str],
    dns_suffix: &'static str,
    dual_stack_dns_suffix: &'static str,
    /// Registry hosts that answer over IPv4 and IPv6, where AWS has published the name.
    dual_stack_registry_suffix: Option<&'static str>,
}

/// Ordered so that a longer prefix stands before one it starts with (`us-gov` before `us`).
const TABLE: [Row; 8] = [
    Row {
        partition: Partition::AwsUsGov,
        id: "aws-us-gov",
        region_prefixes: &["us-gov"],
        dns_suffix: "amazonaws.com",
        dual_stack_dns_suffix: "api.aws",
        dual_stack_registry_suffix: Some("on.aws"),
    },
    Row {
        partition: Partition::AwsIso,
        id: "aws-iso",
        region_prefixes: &["us-iso"],
        dns_suffix: "c2s.ic.gov",
        dual_stack_dns_suffix: "api.aws.ic.gov",
        dual_stack_registry_suffix: None,
    },
    Row {
        partition: Partition::AwsIsoB,
        id: "aws-iso-b",
        region_prefixes: &["us-isob"],
        dns_suffix: "sc2s.sgov.gov",
        dual_stack_dns_suffix: "api.aws.scloud",
        dual_stack_registry_suffix: None,
    },
    Row {
        partition: Partition::AwsIsoE,
        id: "aws-iso-e",
        region_prefixes: &["eu-isoe"],
        dns_suffix: "cloud.adc-e.uk",
        dual_stack_dns_suffix: "api.cloud-aws.adc-e.uk",
        dual_stack_registry_suffix: None,
    },
    Row {
        partition: Partition::AwsIsoF,
        id: "aws-iso-f",
        region_prefixes: &["us-isof"],
        dns_suffix: "csp.hci.ic.gov",
        dual_stack_dns_suffix: "api.aws.hci.ic.gov",
        dual_stack_registry_suffix: None,
    },
    Row {
        partition: Partition::AwsEusc,
        id: "aws-eusc",
        region_prefixes: &["eusc-de"],
        dns_suffix: "amazonaws.eu",
        dual_stack_dns_suffix: "api.amazonwebservices.eu",
        dual_stack_registry_suffix: None,
    },
    Row {
        partition: Partition::AwsCn,
        id: "aws-cn",
        region_prefixes: &["cn"],
        dns_suffix: "amazonaws.com.cn",
        dual_stack_dns_suffix: "api.amazonwebservices.com.cn",
        dual_stack_registry_suffix: Some("on.amazonwebservices.com.cn"),
    },
    Row {
        partition: Partition::Aws,
        id: "aws",
        region_prefixes: &["us", "eu", "ap", "sa", "ca", "me", "af", "il", "mx"],
        dns_suffix: "amazonaws.com",
        dual_stack_dns_suffix: "api.aws",
        dual_stack_registry_suffix: Some("on.aws"),
    },
];

impl Partition {
    /// Every partition, in no meaningful order.
    pub fn all() -> impl Iterator<Item = Self> {
        TABLE.iter().map(|row| row.partition)
    }

    /// The partition a region name belongs to; `None` for a name that no partition would give a region.
    pub fn of_region(region: &str) -> Option<Self> {
        TABLE
            .iter()
            .find(|row| row.region_prefixes.iter().any(|prefix| is_region(region, prefix)))
            .map(|row| row.partition)
    }

    fn row(self) -> &'static Row {
        // Every variant has a row (tested below); the first one is a harmless answer to an impossible question.
        TABLE.iter().find(|row| row.partition == self).unwrap_or(&TABLE[0])
    }

    /// The id used in ARNs, for example `aws-us-gov`.
    pub fn id(self) -> &'static str {
        self.row().id
    }

    /// The suffix of service endpoints and registries, for example `amazonaws.com.cn`.
    pub fn dns_suffix(self) -> &'static str {
        self.row().dns_suffix
    }

    /// The suffix of dual-stack service endpoints, for example `api.aws`.
    pub fn dual_stack_dns_suffix(self) -> &'static str {
        self.row().dual_stack_dns_suffix
    }

    /// The suffix of dual-stack registries; `None` where AWS has published none (EUSC, ISO).
    pub fn dual_stack_registry_suffix(self) -> Option<&'static str> {
        self.row().dual_stack_registry_suffix
    }
}

impl fmt::Display for Partition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.id())
    }
}

/// Whether `region` is `<prefix>-<word>-<number>`, as botocore's region patterns have it.
fn is_region(region: &str, prefix: &str) -> bool {
    let Some(rest) = region.strip_prefix(prefix).and_then(|rest| rest.strip_prefix('-')) else {
        return false;
    };
    let Some((word, number)) = rest.split_once('-') else { return false };
    !word.is_empty()
        && word.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_')
        && !number.is_empty()
        && number.bytes().all(|b| b.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn regions_find_their_partition() {
        for (region, partition) in [
            ("us-east-1", Some(Partition::Aws)),
            ("ap-southeast-7", Some(Partition::Aws)),
            ("mx-central-1", Some(Partition::Aws)),
            ("us-gov-west-1", Some(Partition::AwsUsGov)),
            ("us-iso-east-1", Some(Partition::AwsIso)),
            ("us-isob-east-1", Some(Partition::AwsIsoB)),
            ("eu-isoe-west-1", Some(Partition::AwsIsoE)),
            ("us-isof-south-1", Some(Partition::AwsIsoF)),
            ("eusc-de-east-1", Some(Partition::AwsEusc)),
            ("cn-northwest-1", Some(Partition::AwsCn)),
            ("us-east-1a", None),
            ("us-east", None),
            ("US-EAST-1", None),
            ("mars-north-1", None),
            ("", None),
        ] {
            assert_eq!(Partition::of_region(region), partition, "{region}");
        }
    }

    #[test]
    fn every_partition_has_its_own_row() {
        for partition in Partition::all() {
            assert_eq!(partition.row().partition, partition);
        }
        assert_eq!(Partition::all().count(), 8);
    }
}
