//! Addresses that only this machine, its link or its private network knows: where a stranger's answer may not send us,
//! and where plain HTTP is as good as HTTPS.

use std::net::{IpAddr, Ipv4Addr};

/// An address only a private network has, as the interface endpoints of a VPC do.
pub fn is_private(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(v4) => v4.is_private(),
        IpAddr::V6(v6) => v6.is_unique_local(),
    }
}

/// Loopback, link-local (where metadata services are) or unspecified: what only this machine can reach.
pub fn is_local(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(v4) => is_local_v4(v4),
        // `fd00:ec2::254` is EC2's metadata service. Source: EC2 User Guide, "Access instance metadata".
        IpAddr::V6(v6) => {
            v6.is_loopback()
                || v6.is_unspecified()
                || v6.is_unicast_link_local()
                || v6.segments().starts_with(&[0xfd00, 0x0ec2])
                || v6.to_ipv4_mapped().is_some_and(is_local_v4)
        }
    }
}

/// Where metadata services are: what only this machine's own link knows.
pub fn is_link_local(address: IpAddr) -> bool {
    is_local(address) && !address.to_canonical().is_loopback()
}

fn is_local_v4(v4: Ipv4Addr) -> bool {
    v4.is_loopback() || v4.is_link_local() || v4.is_unspecified()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn private_addresses_are_those_of_a_vpc() {
        let private = |text: &str| is_private(text.parse().unwrap());
        assert!(private("10.0.3.4") && private("172.31.0.9") && private("fd00::7"));
        assert!(!private("52.94.1.2") && !private("127.0.0.1") && !private("::1"));
    }

    #[test]
    fn a_link_knows_more_than_a_machine() {
        let of_link = |text: &str| is_link_local(text.parse().unwrap());
        assert!(of_link("169.254.169.254") && of_link("fd00:ec2::254") && of_link("::ffff:169.254.169.254"));
        assert!(
            !of_link("127.0.0.1") && !of_link("::1") && !of_link("::ffff:127.0.0.1") && !of_link("10.0.0.1")
        );
    }

    #[test]
    fn local_addresses_are_those_of_this_machine_and_its_link() {
        let local = |text: &str| is_local(text.parse().unwrap());
        for text in [
            "127.0.0.1",
            "127.9.9.9",
            "169.254.169.254",
            "169.254.170.2",
            "0.0.0.0",
            "::1",
            "fe80::1",
            "::ffff:127.0.0.1",
            "::ffff:169.254.169.254",
            "fd00:ec2::254",
        ] {
            assert!(local(text), "{text}");
        }
        for text in ["52.94.1.2", "10.0.0.1", "192.168.1.1", "fd00::7", "2600::1"] {
            assert!(!local(text), "{text}");
        }
    }
}
