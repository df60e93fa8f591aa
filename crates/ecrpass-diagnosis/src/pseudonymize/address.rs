//! IPv6 addresses, and which addresses are nobody's.

use std::net::{IpAddr, Ipv6Addr};

/// The longest way to write an IPv6 address.
const LONGEST: usize = 45;

/// An IPv6 address at the start of a word that is somebody's.
pub(super) fn v6_at_start(text: &str) -> Option<&str> {
    let bytes = text.as_bytes();
    let length = bytes
        .iter()
        .take(LONGEST + 2)
        .position(|b| !(b.is_ascii_hexdigit() || matches!(b, b':' | b'.')))
        .unwrap_or(bytes.len().min(LONGEST + 2));
    if bytes.get(length).is_some_and(u8::is_ascii_alphanumeric) {
        return None;
    }
    let run = text.get(..length)?;
    // `2600::1:` is an address and punctuation; `dead::beef` may be a path in a program.
    let address = run.trim_end_matches('.');
    let address = address.strip_suffix(':').filter(|rest| !rest.ends_with(':')).unwrap_or(address);
    let parsed: Ipv6Addr = address.parse().ok()?;
    let is_somebodys = !(parsed.is_loopback() || parsed.is_unspecified() || is_documentation(&parsed));
    // The addresses of EC2's own services are everybody's.
    let is_ec2 = matches!(parsed.segments(), [0xfd00, 0xec2, ..]);
    (is_somebodys && !is_ec2 && address.bytes().any(|b| b.is_ascii_digit())).then_some(address)
}

fn is_documentation(address: &Ipv6Addr) -> bool {
    matches!(address.segments(), [0x2001, 0xdb8, ..])
}

/// An address that is nobody's, of the range for documentation.
pub(super) fn pseudonym_v6(known: usize) -> String {
    format!("2001:db8::{:x}", known + 1)
}

/// Whether an address is of the ranges that stand-ins are taken from.
pub(super) fn is_ours(text: &str) -> bool {
    match text.parse() {
        Ok(IpAddr::V4(address)) => address.is_documentation() || matches!(address.octets(), [198, 18, ..]),
        Ok(IpAddr::V6(address)) => is_documentation(&address),
        Err(_) => false,
    }
}
