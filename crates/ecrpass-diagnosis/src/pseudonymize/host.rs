//! Which words of a text are hosts or addresses that belong to somebody.

use std::net::Ipv4Addr;

/// Hosts that everybody knows say nothing about anybody.
const KNOWN: [&str; 23] = [
    "amazonaws.com",
    "amazonaws.com.cn",
    "amazonaws.eu",
    "on.aws",
    "api.aws",
    "public.ecr.aws",
    "aws.amazon.com",
    "docker.io",
    "docker.com",
    "ghcr.io",
    "github.com",
    "githubusercontent.com",
    "gcr.io",
    "pkg.dev",
    "quay.io",
    "k8s.io",
    "kubernetes.io",
    "microsoft.com",
    "azurecr.io",
    "gitlab.com",
    "example.com",
    "localhost",
    "internal.invalid",
];

/// Endings by which a word with dots is taken for a host rather than for a file or a package.
const TOP: [&str; 18] = [
    "com", "net", "org", "io", "dev", "cloud", "internal", "local", "lan", "corp", "example", "eu", "de",
    "uk", "fr", "nl", "aws", "intra",
];

/// What software is called in a host's first label; says what answers there, not whose it is.
const GENERIC: [&str; 4] = ["artifactory", "harbor", "nexus", "registry"];

/// A host that is somebody's own.
pub(super) fn is_foreign(text: &str) -> bool {
    let lower = text.to_ascii_lowercase();
    let Some((name, top)) = lower.rsplit_once('.') else { return false };
    !name.is_empty()
        && name.bytes().any(|b| b.is_ascii_alphabetic())
        && TOP.contains(&top)
        && !KNOWN.iter().any(|known| lower == *known || lower.ends_with(&format!(".{known}")))
        && !lower.starts_with('.')
}

/// Whether a word behind `//` is somebody's own host, whatever it ends in: `proxy`, `cache.acme.xyz`.
pub(super) fn is_foreign_in_url(text: &str) -> bool {
    let lower = text.to_ascii_lowercase();
    // ECR's own hosts begin with an account id, which is replaced apart.
    let is_known = KNOWN.iter().any(|known| lower == *known || lower.ends_with(&format!(".{known}")));
    let is_template = lower.bytes().all(|b| !b.is_ascii_alphabetic()) || lower.contains('_');
    !is_known && !is_template && lower.len() > 1
}

/// The name EC2 gives a machine: `ip-10-0-3-4`, a node's name in Kubernetes.
pub(super) fn is_ec2_name(text: &str) -> bool {
    let numbers = text.strip_prefix("ip-").map(|rest| rest.split('-'));
    numbers.is_some_and(|numbers| {
        let numbers: Vec<&str> = numbers.collect();
        numbers.len() == 4 && numbers.iter().all(|number| number.parse::<u8>().is_ok())
    })
}

/// What a host's first label says of the software behind it.
pub(super) fn generic_label(host: &str) -> Option<&'static str> {
    let (first, _) = host.split_once('.')?;
    GENERIC.into_iter().find(|label| first.eq_ignore_ascii_case(label))
}

/// An IPv4 address that is somebody's: not loopback's, not AWS's link-local ones, not those of documentation.
pub(super) fn is_foreign_address(text: &str) -> bool {
    let Ok(address) = text.parse::<Ipv4Addr>() else { return false };
    !(address.is_loopback()
        || address.is_link_local()
        || address.is_unspecified()
        || address.is_broadcast()
        || address.is_documentation()
        || matches!(address.octets(), [198, 18, ..]))
}

/// An address that is nobody's: of the ranges for documentation, and when these are used up of the one for
/// benchmarks.
pub(super) fn pseudonym(known: usize) -> String {
    let last = known % 254 + 1;
    match known / 254 {
        0 => format!("192.0.2.{last}"),
        1 => format!("198.51.100.{last}"),
        2 => format!("203.0.113.{last}"),
        more => format!("198.18.{}.{last}", more % 256),
    }
}
