//! Names, addresses and certificates inside the world: AWS's own, all leading to loopback.

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, bail};

/// The regions the world has.
pub const REGIONS: [&str; 2] = ["us-east-1", "eu-west-1"];

/// The accounts whose registries have a name.
pub const ACCOUNTS: [&str; 2] = ["123456789012", "999999999999"];

/// The bucket that layers come from, in every region.
pub const LAYER_BUCKET: &str = "prod-{region}-starport-layer-bucket.s3.{region}.amazonaws.com";

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

/// Brings loopback up, with the metadata addresses on it.
pub fn network() -> Result<()> {
    must("ip", &["link", "set", "lo", "up"])?;
    for address in METADATA {
        must("ip", &["address", "add", &format!("{address}/32"), "dev", "lo"])?;
    }
    Ok(())
}

/// Puts our hosts file and resolver in the place of the machine's, for this world only.
pub fn hosts(directory: &Path) -> Result<()> {
    let mut hosts = "127.0.0.1 localhost\n::1 localhost\n".to_owned();
    // ::1 and not 127.0.0.1: dockerd takes registries there for insecure ones and falls back to plain HTTP.
    let mut add = |name: String| hosts.push_str(&format!("::1 {name}\n"));
    for region in REGIONS {
        for account in ACCOUNTS {
            add(format!("{account}.dkr.ecr.{region}.amazonaws.com"));
            add(format!("{account}.dkr.ecr-fips.{region}.amazonaws.com"));
            add(format!("{account}.dkr-ecr.{region}.on.aws"));
        }
        for name in ["api.ecr", "api.ecr-fips", "sts", "portal.sso", "oidc"] {
            add(format!("{name}.{region}.amazonaws.com"));
        }
        add(format!("ecr.{region}.api.aws"));
        add(LAYER_BUCKET.replace("{region}", region));
    }
    for name in
        ["iam.amazonaws.com", "public.ecr.aws", "api.ecr-public.us-east-1.amazonaws.com", OTHER_REGISTRY]
    {
        add(name.to_owned());
    }
    bind(directory, "hosts", &hosts, "/etc/hosts")?;
    // Nothing answers there: a name that is not in the hosts file fails at once.
    bind(directory, "resolv.conf", "nameserver 127.0.0.1\noptions timeout:1 attempts:1\n", "/etc/resolv.conf")
}

/// Adds a CA to those everything in the world trusts.
pub fn trust(directory: &Path, ca: &str) -> Result<()> {
    const BUNDLE: &str = "/etc/ssl/certs/ca-certificates.crt";
    let system = fs::read_to_string(BUNDLE).unwrap_or_default();
    fs::write(directory.join("ca.pem"), ca)?;
    bind(directory, "ca-certificates.crt", &format!("{system}\n{ca}"), BUNDLE)
}

fn bind(directory: &Path, name: &str, content: &str, place: &str) -> Result<()> {
    let path = directory.join(name);
    fs::write(&path, content).with_context(|| format!("cannot write {}", path.display()))?;
    if !Path::new(place).exists() {
        fs::write(place, "").with_context(|| format!("cannot make {place}"))?;
    }
    must("mount", &["--bind", &path.display().to_string(), place])
}
