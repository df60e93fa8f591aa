//! What the checks and tests need on the machine, installed where it is missing.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};

use crate::command::{command, on_path, output, root, run, say};

/// A Debian package, a program that tells whether it is there, and what it is for.
pub type Debian = (&'static str, &'static str, &'static str);

/// The Debian packages.
const PACKAGES: [Debian; 23] = [
    ("gcc", "gcc", "compiles the TLS library's C and assembly"),
    ("g++", "g++", "compiles libFuzzer"),
    ("musl-tools", "musl-gcc", "the same for the static programs"),
    ("docker.io", "dockerd", "end-to-end tests"),
    ("containerd", "containerd", "pulls for pods in the end-to-end tests"),
    ("docker-registry", "docker-registry", "end-to-end tests"),
    ("podman", "podman", "end-to-end tests"),
    ("skopeo", "skopeo", "end-to-end tests"),
    ("buildah", "buildah", "end-to-end tests"),
    ("iptables", "iptables", "end-to-end tests"),
    ("iproute2", "ip", "end-to-end tests"),
    ("strace", "strace", "makes system calls fail, and shows that the warm path opens no socket"),
    ("amazon-ecr-credential-helper", "docker-credential-ecr-login", "the peer of the benchmark"),
    ("time", "time", "measures memory"),
    ("python3-venv", "python3", "moto, the second opinion on AWS calls"),
    ("util-linux", "unshare", "the closed world"),
    ("chromium", "chromium", "tests of the web page"),
    ("nodejs", "node", "the same"),
    ("npm", "npm", "the same"),
    ("default-jdk-headless", "javac", "Jib and testcontainers in the end-to-end tests"),
    ("maven", "mvn", "the same"),
    ("systemd", "systemd-analyze", "judges the units of runner images"),
    ("shellcheck", "shellcheck", "reads the scripts of generated pipelines"),
];

/// The peer's helper, where Debian puts it.
pub const PEER: &str = "/usr/bin/docker-credential-ecr-login";

/// The target of the programs that ship.
pub const MUSL: &str = "x86_64-unknown-linux-musl";

const CARGO_DENY: &str = "0.20.2";
const CARGO_MUTANTS: &str = "27.0.0";
const MDBOOK: &str = "0.5.4";
const CARGO_AUDITABLE: &str = "0.7.7";
const MOTO: &str = "moto[server]==5.2.5";
const DOCKER_PY: &str = "docker==7.2.0";
/// Of both versions, so that a new one gets a new environment.
const MOTO_DIRECTORY: &str = "moto-5.2.5-docker-7.2.0";

const PLAYWRIGHT: &str = "playwright-core@1.65.1";
const AXE: &str = "axe-core@4.14.1";

/// Installs the missing Debian packages: those of builds and of tests without a network and, unless `fast`, of all tests.
pub fn packages(fast: bool) -> Result<()> {
    let always = ["gcc", "musl-tools", "strace", "time"];
    // These are installed by the steps that want them.
    let later = ["default-jdk-headless", "g++", "maven", "shellcheck", "systemd"];
    install(|package| if fast { always.contains(&package) } else { !later.contains(&package) })
}

/// Installs those of the packages that are wanted and missing.
fn install(wanted: impl Fn(&str) -> bool) -> Result<()> {
    let wanted: Vec<Debian> = PACKAGES.into_iter().filter(|(package, _, _)| wanted(package)).collect();
    debian(&wanted)
}

/// Installs those of these packages that are missing.
///
/// # Errors
/// When they cannot be had.
pub fn debian(packages: &[Debian]) -> Result<()> {
    let missing: Vec<_> = packages
        .iter()
        .filter(|(package, program, _)| match *package {
            "amazon-ecr-credential-helper" => !PathBuf::from(PEER).exists(),
            _ => !on_path(program) && !PathBuf::from("/usr/sbin").join(program).exists(),
        })
        .collect();
    if missing.is_empty() {
        return Ok(());
    }
    for (package, _, purpose) in &missing {
        say(&format!("  missing: {package} ({purpose})"));
    }
    if !on_path("apt-get") {
        bail!("there is no apt-get here to install them; install them by hand and run again");
    }
    run(&mut command("apt-get update -qq")).context("as root?")?;
    let mut packages = command("apt-get install -y -qq --no-install-recommends");
    // crun or runc start the containers of dockerd and podman; recommended packages bring too much.
    packages.args(missing.iter().map(|(package, _, _)| *package)).args(["runc", "crun", "ca-certificates"]);
    packages.env("DEBIAN_FRONTEND", "noninteractive");
    run(&mut packages).context("as root?")
}

/// The standard library for the static programs and for wasm32.
pub fn targets() -> Result<()> {
    rust_targets(&[MUSL, "wasm32-unknown-unknown"])
}

/// The standard library for these targets.
///
/// # Errors
/// When one is missing and cannot be had.
pub fn rust_targets(targets: &[&str]) -> Result<()> {
    let sysroot = output(&mut command("rustc --print sysroot"))?;
    let libraries = PathBuf::from(sysroot.trim()).join("lib/rustlib");
    let mut missing = targets.iter().filter(|name| !libraries.join(name).exists());
    let Some(first) = missing.next() else { return Ok(()) };
    if !on_path("rustup") {
        bail!("the Rust target {first} is not installed, and there is no rustup to install it");
    }
    run(command("rustup target add").arg(first).args(missing))
}

/// Where what is compiled or downloaded once is kept: outside of `target`, so that a fresh checkout finds it.
pub fn cache() -> Result<PathBuf> {
    if let Some(directory) = std::env::var_os("ECRPASS_CACHE") {
        return Ok(PathBuf::from(directory));
    }
    let home = std::env::var_os("HOME").context("neither HOME nor ECRPASS_CACHE is set")?;
    Ok(PathBuf::from(home).join(".cache/ecrpass"))
}

/// `cargo deny`: the one on this machine, or one compiled once and kept.
pub fn cargo_deny() -> Result<Command> {
    subcommand("deny", CARGO_DENY)
}

/// `cargo mutants`, likewise.
pub fn cargo_mutants() -> Result<Command> {
    subcommand("mutants", CARGO_MUTANTS)
}

/// A subcommand of cargo: the one on this machine, or one compiled once and kept.
fn subcommand(name: &str, version: &str) -> Result<Command> {
    if command(&format!("cargo {name} --version")).output().is_ok_and(|output| output.status.success()) {
        return Ok(command(&format!("cargo {name}")));
    }
    let mut found = Command::new(cargo_tool(&format!("cargo-{name}"), version, &[])?);
    found.arg(name).current_dir(root()).stdin(Stdio::null());
    Ok(found)
}

/// A program of crates.io, compiled once and kept.
fn cargo_tool(name: &str, version: &str, options: &[&str]) -> Result<PathBuf> {
    let directory = cache()?.join(format!("{name}-{version}"));
    let program = directory.join("bin").join(name);
    if !program.exists() {
        say(&format!("  compiling {name}, once (some minutes)"));
        // Without optimisation it compiles in half the time and is fast enough.
        let mut install = command("cargo install --quiet --locked --debug");
        run(install.args([name, "--version", version]).args(options).arg("--root").arg(&directory))?;
    }
    Ok(program)
}

/// `PATH` on which `cargo auditable` is found: it has the programs say what they are linked of.
///
/// # Errors
/// When it cannot be compiled.
pub fn path_with_cargo_auditable() -> Result<OsString> {
    let program = cargo_tool("cargo-auditable", CARGO_AUDITABLE, &[])?;
    let directory = program.parent().context("a program has a directory")?.to_owned();
    let path = std::env::var_os("PATH").unwrap_or_default();
    Ok(std::env::join_paths(std::iter::once(directory).chain(std::env::split_paths(&path)))?)
}

/// mdBook, which makes the site of the documentation: without its server, with its search.
///
/// # Errors
/// When it cannot be compiled.
pub fn mdbook() -> Result<PathBuf> {
    cargo_tool("mdbook", MDBOOK, &["--no-default-features", "--features", "search"])
}

/// Where moto lives.
pub fn moto_directory() -> Result<PathBuf> {
    Ok(cache()?.join(MOTO_DIRECTORY))
}

/// moto and docker-py.
pub fn moto() -> Result<()> {
    python(MOTO_DIRECTORY, &[MOTO, DOCKER_PY], "moto and docker-py").map(drop)
}

/// Packages of PyPI, in a virtual environment of their own in the cache, installed once; where it is.
///
/// # Errors
/// When they cannot be had.
pub fn python(name: &str, packages: &[&str], what: &str) -> Result<PathBuf> {
    python_and(name, packages, &[], what, |_| Ok(()))
}

/// The same with `more` beside them, which `add` installs.
///
/// # Errors
/// When something cannot be had.
pub fn python_and(
    name: &str,
    packages: &[&str],
    more: &[&str],
    what: &str,
    add: impl FnOnce(&Path) -> Result<()>,
) -> Result<PathBuf> {
    let directory = cache()?.join(name);
    // Written last, so that half of an installation is made again.
    let complete = directory.join("complete");
    let wanted = [packages, more].concat().join(" ");
    if !complete.exists() || fs::read_to_string(&complete)? != wanted {
        say(&format!("  installing {what}, once"));
        fs::create_dir_all(&directory)?;
        run(command("python3 -m venv --clear").arg(&directory))?;
        let mut pip = Command::new(directory.join("bin/pip"));
        run(pip.args(["install", "--quiet"]).args(packages).current_dir(root()).stdin(Stdio::null()))?;
        add(&directory)?;
        fs::write(&complete, wanted)?;
    }
    Ok(directory)
}

/// Where the tests of the web page find their libraries.
pub fn browser_directory() -> Result<PathBuf> {
    Ok(cache()?.join("browser"))
}

/// A compiler for Java, and what downloads its libraries.
pub fn java() -> Result<()> {
    install(|package| ["default-jdk-headless", "maven"].contains(&package))
}

/// A compiler for C++.
pub fn cpp() -> Result<()> {
    install(|package| package == "g++")
}

/// What judges units.
pub fn systemd() -> Result<()> {
    install(|package| package == "systemd")
}

/// What finds mistakes in shell scripts.
pub fn shellcheck() -> Result<()> {
    install(|package| package == "shellcheck")
}

/// Playwright, which drives Debian's Chromium, and axe, which checks accessibility.
pub fn browser() -> Result<()> {
    install(|package| ["chromium", "nodejs", "npm"].contains(&package))?;
    let directory = browser_directory()?;
    let is_there = |name: &str, package: &str| {
        let manifest = directory.join("node_modules").join(name).join("package.json");
        let version = package.rsplit('@').next().unwrap_or_default();
        fs::read_to_string(manifest).is_ok_and(|text| text.contains(&format!("\"version\": \"{version}\"")))
    };
    if is_there("playwright-core", PLAYWRIGHT) && is_there("axe-core", AXE) {
        return Ok(());
    }
    fs::create_dir_all(&directory)?;
    let mut install = command("npm install --no-audit --no-fund --save-exact --loglevel error");
    run(install.arg("--prefix").arg(&directory).args([PLAYWRIGHT, AXE]))
}
