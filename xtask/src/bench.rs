//! `cargo xtask bench`: the helper against Amazon's, in the same run, as whole processes.
//!
//! Figures are medians; only ratios travel from one machine to another.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ecrpass_core::AuthorizationToken;
use ecrpass_local::LocalEcr;
use sha2::Digest as _;

use crate::ci::lab_program;
use crate::command::{self, print, say};
use crate::lab_clients::{self, HELPER};
use crate::measure::{Figures, Subject, interleaved, nothing};
use crate::static_program;
use crate::tools::{self, MUSL, PEER};

pub const HOST: &str = "123456789012.dkr.ecr.us-east-1.amazonaws.com";

/// The variable that names Amazon's helper of today to what runs in the lab.
pub const PEER_VARIABLE: &str = "ECRPASS_BENCH_PEER";

/// The same for the kubelet's provider.
pub const PROVIDER_VARIABLE: &str = "ECRPASS_BENCH_PROVIDER";

/// What is measured against what, and what is wanted.
pub struct Target {
    pub what: String,
    pub measured: f64,
    pub unit: &'static str,
    pub wanted: Wanted,
}

pub enum Wanted {
    AtMost(f64),
    AtLeast(f64),
}

impl Target {
    fn is_met(&self) -> bool {
        match self.wanted {
            Wanted::AtMost(limit) => self.measured <= limit,
            Wanted::AtLeast(limit) => self.measured >= limit,
        }
    }
}

/// Runs all measurements.
pub fn run(runs: u32, json: bool, warm_only: bool) -> Result<()> {
    tools::packages(warm_only)?;
    if !Path::new(PEER).exists() {
        bail!("{PEER} is missing: apt-get install amazon-ecr-credential-helper");
    }
    let directory = tempfile::tempdir()?;
    say("building the static helper");
    static_program::build()?;
    let ours = installed(&static_program::path(), directory.path(), "ours")?;
    say("building Amazon's helper and provider, once");
    let peer_path = HELPER.build()?;
    let provider = lab_clients::provider()?;
    let (names, figures) = warm(directory.path(), &ours, &peer_path, runs)?;
    let [idle, ours, debians, peer] = &figures;
    let megabytes = |path: &Path| -> Result<f64> { Ok(std::fs::metadata(path)?.len() as f64 / 1e6) };
    let targets = [
        Target {
            what: "warm get, times doing nothing".to_owned(),
            measured: ours.median() / idle.median(),
            unit: "x",
            wanted: Wanted::AtMost(1.5),
        },
        Target {
            what: "warm get, times faster than Amazon's 0.12".to_owned(),
            measured: peer.median() / ours.median(),
            unit: "x",
            wanted: Wanted::AtLeast(10.0),
        },
        Target {
            what: "warm get, times faster than Amazon's 0.6".to_owned(),
            measured: debians.median() / ours.median(),
            unit: "x",
            wanted: Wanted::AtLeast(10.0),
        },
        Target {
            what: "peak memory of the warm get".to_owned(),
            measured: ours.peak as f64 / 1e6,
            unit: "MB",
            wanted: Wanted::AtMost(3.0),
        },
        Target {
            what: "size of the static helper".to_owned(),
            measured: megabytes(&static_program::path())?,
            unit: "MB",
            wanted: Wanted::AtMost(6.0),
        },
    ];
    if json {
        print(&as_json(&names, &figures, &targets).to_string());
    } else {
        table(&names, &figures);
        let sizes = (megabytes(&peer_path)?, megabytes(Path::new(PEER))?);
        print(&format!("\nsize of Amazon's helper: {:.1} MB, Debian's {:.1} MB\n", sizes.0, sizes.1));
        report(&targets);
    }
    if warm_only {
        return Ok(());
    }
    print("\nin the lab, against the same ECR over TLS:");
    let program = std::env::current_exe().context("where am I?")?;
    command::run(
        Command::new(lab_program()?)
            .arg("run")
            .arg("--")
            .arg(program)
            .arg("bench-cold")
            .env("ECRPASS_HELPER", static_program::path())
            .env(PEER_VARIABLE, peer_path)
            .env(PROVIDER_VARIABLE, provider),
    )
}

/// A copy, as a package manager makes it: the kernel caches what was written through a map, as linkers do, in smaller
/// pieces, and such a program starts slower.
fn installed(program: &Path, directory: &Path, name: &str) -> Result<PathBuf> {
    let copy = directory.join(format!("{name}-helper"));
    std::fs::copy(program, &copy)?;
    Ok(copy)
}

fn warm(directory: &Path, ours: &Path, peer: &Path, runs: u32) -> Result<([&'static str; 4], [Figures; 4])> {
    let ecr = LocalEcr::start()?;
    let input = directory.join("host");
    std::fs::write(&input, HOST)?;
    let ours_home = directory.join("ours");
    let peer_home = directory.join("peer");
    for home in [&ours_home, &peer_home] {
        std::fs::create_dir_all(home)?;
    }
    let mut ours = helper(ours, &ours_home);
    ours.envs(ecr.env());
    // Mints the token that all further runs find.
    let status = ours.stdin(std::fs::File::open(&input)?).stdout(std::process::Stdio::null()).status()?;
    if !status.success() {
        bail!("the first `get` failed");
    }
    seed_peer(&peer_home, &ecr)?;
    let mut debians = helper(Path::new(PEER), &peer_home);
    let mut peer = helper(peer, &peer_home);
    let key = ecr.access_key();
    for peer in [&mut debians, &mut peer] {
        // The old one ignores endpoint variables, and needs none with its cache filled.
        peer.env("AWS_ACCESS_KEY_ID", &key.id).env("AWS_SECRET_ACCESS_KEY", key.secret.expose());
    }
    let calls = ecr.calls().len();
    let idle = installed(&nothing(directory, MUSL)?, directory, "idle")?;
    let names = [
        "a program that does nothing",
        "ours, warm get",
        "Amazon's 0.6.0, warm get",
        "Amazon's 0.12.0, warm get",
    ];
    let [idle_name, ours_name, debians_name, peer_name] = names;
    let subjects =
        [(idle_name, Command::new(idle)), (ours_name, ours), (debians_name, debians), (peer_name, peer)];
    let mut subjects = subjects.map(|(name, command)| Subject { name, command, input: input.clone() });
    say(&format!("measuring, {runs} runs each"));
    let figures = interleaved(&mut subjects, runs)?;
    if ecr.calls().len() != calls {
        bail!("a warm `get` called the API: what was measured was not warm");
    }
    Ok((names, figures))
}

/// A `get` by a helper, with nothing in its environment but a home.
pub fn helper(program: &Path, home: &Path) -> Command {
    let mut command = Command::new(program);
    command.arg("get").env_clear().env("HOME", home).env("PATH", "/usr/bin:/bin");
    command
}

/// Fills the cache of Amazon's helpers. Format: amazon-ecr-credential-helper 0.6.0 and 0.12.0, `ecr-login/cache/file.go`.
fn seed_peer(home: &Path, ecr: &LocalEcr) -> Result<()> {
    let password = ecr.forge_password("us-east-1", 12 * 60 * 60);
    let token = AuthorizationToken::encode("AWS", &password);
    let entry = serde_json::json!({
        "AuthorizationToken": token.expose(),
        "RequestedAt": "2026-01-01T00:00:00Z",
        "ExpiresAt": "2126-01-01T00:00:00Z",
        "ProxyEndpoint": format!("https://{HOST}"),
        "Service": "ecr",
    });
    let registries: serde_json::Map<String, serde_json::Value> =
        peer_cache_keys(&ecr.access_key().id).into_iter().map(|key| (key, entry.clone())).collect();
    let cache = serde_json::json!({"Version": "1.0", "Registries": registries});
    let directory = home.join(".ecr");
    std::fs::create_dir_all(&directory)?;
    std::fs::write(directory.join("cache.json"), cache.to_string())?;
    Ok(())
}

/// `<region>-<key>-<registry id>`. 0.6.0's key is base64 of the access key id followed by the MD5 of nothing: its code
/// appends the digest to its argument instead of hashing it. 0.12.0's is base64 of the SHA-256. Source:
/// `ecr-login/cache/build.go`.
fn peer_cache_keys(access_key_id: &str) -> [String; 2] {
    const MD5_OF_NOTHING: [u8; 16] =
        [0xd4, 0x1d, 0x8c, 0xd9, 0x8f, 0x00, 0xb2, 0x04, 0xe9, 0x80, 0x09, 0x98, 0xec, 0xf8, 0x42, 0x7e];
    let mut bytes = access_key_id.as_bytes().to_vec();
    bytes.extend(MD5_OF_NOTHING);
    [bytes, sha2::Sha256::digest(access_key_id).to_vec()]
        .map(|bytes| format!("us-east-1-{}-123456789012", STANDARD.encode(bytes)))
}

pub fn table(names: &[&str], figures: &[Figures]) {
    print(&format!(
        "{:<30} {:>10} {:>10} {:>10} {:>12}",
        "whole process", "min ms", "median ms", "max ms", "peak MB"
    ));
    for (name, figures) in names.iter().zip(figures) {
        print(&format!(
            "{name:<30} {:>10.3} {:>10.3} {:>10.3} {:>12.1}",
            figures.min(),
            figures.median(),
            figures.max(),
            figures.peak as f64 / 1e6
        ));
    }
}

pub fn report(targets: &[Target]) {
    for target in targets {
        let wanted = match target.wanted {
            Wanted::AtMost(limit) => format!("at most {limit}"),
            Wanted::AtLeast(limit) => format!("at least {limit}"),
        };
        let verdict = if target.is_met() { "met" } else { "MISSED" };
        print(&format!(
            "{:<40} {:>7.2} {:<3} wanted {wanted:<14} {verdict}",
            target.what, target.measured, target.unit
        ));
    }
}

fn as_json(names: &[&str], figures: &[Figures], targets: &[Target]) -> serde_json::Value {
    let programs: Vec<_> = names
        .iter()
        .zip(figures)
        .map(|(name, figures)| {
            serde_json::json!({"name": name, "min_ms": figures.min(), "median_ms": figures.median(),
                "max_ms": figures.max(), "peak_bytes": figures.peak, "runs": figures.milliseconds.len()})
        })
        .collect();
    let targets: Vec<_> = targets
        .iter()
        .map(|target| serde_json::json!({"what": target.what, "measured": target.measured, "met": target.is_met()}))
        .collect();
    serde_json::json!({"programs": programs, "targets": targets})
}
