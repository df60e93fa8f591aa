//! Names, addresses and certificates inside the world: AWS's own, all leading to loopback.

use std::collections::BTreeMap;
use std::fs;
use std::net::UdpSocket;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::thread;

use anyhow::{Context, Result, bail};

/// The regions the world has.
pub const REGIONS: [&str; 2] = ["us-east-1", "eu-west-1"];

/// The accounts whose registries have a name.
const ACCOUNTS: [&str; 2] = ["123456789012", "999999999999"];

/// The bucket that layers come from, in every region.
pub const LAYER_BUCKET: &str = "prod-{region}-starport-layer-bucket.s3.{region}.amazonaws.com";

/// Where the APIs answer. Not 127.0.0.1: dockerd takes registries there for insecure ones and falls back to plain HTTP.
const APIS: &str = "::1";
/// Where the registries answer; an address of their own for each part, so that one can be out of reach alone.
const REGISTRIES: &str = "fd00:ecc::a";
/// Where the layer buckets answer.
const BUCKETS: &str = "fd00:ecc::b";
/// Where STS answers.
pub const STS: &str = "fd00:ecc::c";
/// All of them.
pub const SERVERS: [&str; 4] = [APIS, REGISTRIES, BUCKETS, STS];

/// A registry that is not ECR's, with a password of its own.
pub const OTHER_REGISTRY: &str = "registry.example.com";

/// The metadata addresses of EC2 and ECS.
pub const METADATA: [&str; 2] = ["169.254.169.254", "169.254.170.2"];

/// Runs a program that must succeed.
pub fn must(program: &str, arguments: &[&str]) -> Result<()> {
    let output = Command::new(program)
        .args(arguments)
        .output()
        .with_context(|| format!("cannot run `{program}`; is its package installed?"))?;
    if !output.status.success() {
        bail!(
            "`{program} {}` failed: {}",
            arguments.join(" "),
            String::from_utf8_lossy(&output.stderr).trim()
        );
    }
    Ok(())
}

/// Brings loopback up, with the addresses of every part on it.
pub fn network() -> Result<()> {
    must("ip", &["link", "set", "lo", "up"])?;
    for address in METADATA {
        must("ip", &["address", "add", &format!("{address}/32"), "dev", "lo"])?;
    }
    for address in [REGISTRIES, BUCKETS, STS] {
        must("ip", &["address", "add", &format!("{address}/128"), "dev", "lo", "nodad"])?;
    }
    Ok(())
}

/// The names there are, by name, with their addresses.
pub fn table() -> BTreeMap<String, String> {
    let mut table = BTreeMap::new();
    let mut add = |name: String, address: &str| drop(table.insert(name, address.to_owned()));
    for region in REGIONS {
        for account in ACCOUNTS {
            add(format!("{account}.dkr.ecr.{region}.amazonaws.com"), REGISTRIES);
            add(format!("{account}.dkr.ecr-fips.{region}.amazonaws.com"), REGISTRIES);
            add(format!("{account}.dkr-ecr.{region}.on.aws"), REGISTRIES);
        }
        for name in ["api.ecr", "api.ecr-fips", "portal.sso", "oidc"] {
            add(format!("{name}.{region}.amazonaws.com"), APIS);
        }
        add(format!("ecr.{region}.api.aws"), APIS);
        add(format!("sts.{region}.amazonaws.com"), STS);
        add(LAYER_BUCKET.replace("{region}", region), BUCKETS);
    }
    for name in ["iam.amazonaws.com", "api.ecr-public.us-east-1.amazonaws.com", OTHER_REGISTRY] {
        add(name.to_owned(), APIS);
    }
    add("public.ecr.aws".to_owned(), REGISTRIES);
    table
}

/// Writes the hosts file, in its place once it is bound there.
pub fn write_hosts(directory: &Path, table: &BTreeMap<String, String>) -> Result<()> {
    let mut hosts = "127.0.0.1 localhost\n::1 localhost\n".to_owned();
    for (name, address) in table {
        hosts.push_str(&format!("{address} {name}\n"));
    }
    fs::write(directory.join("hosts"), hosts).context("cannot write the hosts file")
}

/// Puts our hosts file and resolver in the place of the machine's, for this world only.
pub fn hosts(directory: &Path, table: &BTreeMap<String, String>) -> Result<()> {
    write_hosts(directory, table)?;
    bind(directory, "hosts", "/etc/hosts")?;
    // Its server knows no name at all: what is not in the hosts file fails at once.
    fs::write(directory.join("resolv.conf"), "nameserver 127.0.0.1\noptions timeout:1 attempts:1\n")?;
    bind(directory, "resolv.conf", "/etc/resolv.conf")?;
    let socket = UdpSocket::bind("127.0.0.1:53").context("cannot answer DNS")?;
    thread::spawn(move || deny_names(&socket));
    Ok(())
}

/// Answers every question about a name with NXDOMAIN.
fn deny_names(socket: &UdpSocket) {
    let mut buffer = [0; 512];
    while let Ok((length, peer)) = socket.recv_from(&mut buffer) {
        if let Some(answer) = buffer.get(..length).and_then(name_unknown) {
            let _ = socket.send_to(&answer, peer);
        }
    }
}

/// The answer NXDOMAIN to a query; `None` for what is none.
fn name_unknown(query: &[u8]) -> Option<Vec<u8>> {
    let (&[first, second, flags, ..], question) = query.split_first_chunk::<12>()?;
    // The name ends with an empty label; type and class follow.
    let name = question.iter().position(|&byte| byte == 0)?;
    let question = question.get(..(name + 5).min(question.len()))?;
    // An answer to this, with the error "no such name"; one question and nothing else, whatever extensions came along.
    let header = [first, second, 0x80 | flags & 0x79, 0x83, 0, 1, 0, 0, 0, 0, 0, 0];
    Some([&header, question].concat())
}

/// The certificates that everything in the world trusts.
pub struct Bundle {
    path: PathBuf,
    system: String,
    ca: String,
}

impl Bundle {
    /// Puts a bundle with the CA in the place of the machine's.
    pub fn bind(directory: &Path, ca: &str) -> Result<Self> {
        const PLACE: &str = "/etc/ssl/certs/ca-certificates.crt";
        fs::write(directory.join("ca.pem"), ca)?;
        let bundle = Self {
            path: directory.join("ca-certificates.crt"),
            system: fs::read_to_string(PLACE).unwrap_or_default(),
            ca: ca.to_owned(),
        };
        bundle.trust(true)?;
        bind(directory, "ca-certificates.crt", PLACE)?;
        Ok(bundle)
    }

    /// Takes the CA in, or out.
    pub fn trust(&self, trusted: bool) -> Result<()> {
        let ca = if trusted { self.ca.as_str() } else { "" };
        fs::write(&self.path, format!("{}\n{ca}", self.system)).context("cannot write the CA bundle")
    }
}

fn bind(directory: &Path, name: &str, place: &str) -> Result<()> {
    let path = directory.join(name);
    if !Path::new(place).exists() {
        fs::write(place, "").with_context(|| format!("cannot make {place}"))?;
    }
    must("mount", &["--bind", &path.display().to_string(), place])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_name_is_known() {
        let query = b"\x12\x34\x01\x20\0\x01\0\0\0\0\0\x01\x03ecr\0\0\x01\0\x01and more";
        let answer = name_unknown(query).unwrap();
        assert_eq!(answer, b"\x12\x34\x81\x83\0\x01\0\0\0\0\0\0\x03ecr\0\0\x01\0\x01");
        assert_eq!(name_unknown(b"\x12\x34\x01\x20\0\x01\0\0\0\0\0"), None);
        assert_eq!(name_unknown(b"\x12\x34\x01\x20\0\x01\0\0\0\0\0\0endless"), None);
    }
}
