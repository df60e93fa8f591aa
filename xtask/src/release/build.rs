//! Builds the programs of a target, one after the other, the same bytes wherever that is: no path of this machine gets into
//! them, and no time.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

use super::about::About;
use super::target::{System, Target};
use crate::command::{command, find_on_path, root, run, say, target as target_directory};
use crate::hooks;
use crate::tools::{self, Debian};

/// What compiles and links for other machines, of Debian. Rust's own targets for musl bring their C library with them.
const ARM: [Debian; 2] = [
    (
        "gcc-aarch64-linux-gnu",
        "aarch64-linux-gnu-gcc",
        "links the programs for ARM, and compiles the TLS library's C",
    ),
    ("libc6-dev-arm64-cross", "/usr/aarch64-linux-gnu/include/stdint.h", "the headers for that"),
];
const WINDOWS: [Debian; 1] = [("gcc-mingw-w64-x86-64", "x86_64-w64-mingw32-gcc", "the same for Windows")];

/// Builds what there is for a target, into `programs/TRIPLE`.
///
/// # Errors
/// When something cannot be built.
pub fn build(about: &About, target: Target, profile: &str, only: &[String], programs: &Path) -> Result<()> {
    let directory = programs.join(target.triple);
    std::fs::create_dir_all(&directory)?;
    let environment = environment(target)?;
    let path = tools::path_with_cargo_auditable()?;
    for program in
        target.programs().iter().filter(|name| only.is_empty() || only.iter().any(|only| only == *name))
    {
        say(&format!("  building {program} for {}", target.triple));
        let built = target_directory().join("release-build");
        let mut build = command("cargo auditable build --quiet --locked");
        build.env("PATH", &path).args(["--profile", profile]);
        // Each by itself: together they would have each other's features.
        build.args(["--target", target.triple, "-p", program, "--config", &flags(target, &built)?]);
        build.arg("--target-dir").arg(&built);
        build.envs(&environment).env("SOURCE_DATE_EPOCH", about.epoch.to_string());
        run(&mut build)?;
        let file = target.file(program);
        let from = built.join(target.triple).join(profile).join(&file);
        if target.runs_here() {
            hooks::absent(&from)?;
        }
        let to = directory.join(&file);
        let bytes = std::fs::copy(&from, &to).with_context(|| from.display().to_string())?;
        say(&format!("  {file}: {bytes} bytes"));
    }
    Ok(())
}

/// What rustc is given besides what `.cargo/config.toml` says: cargo joins these, while `RUSTFLAGS` would replace them.
fn flags(target: Target, built: &Path) -> Result<String> {
    let home = std::env::var_os("CARGO_HOME").map(PathBuf::from);
    let home = match home {
        Some(home) => home,
        None => PathBuf::from(std::env::var_os("HOME").context("neither CARGO_HOME nor HOME is set")?)
            .join(".cargo"),
    };
    // The last that fits counts.
    let mut flags: Vec<String> =
        [(home.as_path(), "/cargo"), (root().as_path(), "/ecrpass"), (built, "/target")]
            .into_iter()
            .map(|(from, to)| format!("--remap-path-prefix={}={to}", from.display()))
            .collect();
    if target.system == System::Windows {
        flags.push("-Clink-arg=-Wl,--no-insert-timestamp".to_owned());
    }
    let flags: Vec<String> =
        flags.iter().map(|flag| serde_json::Value::from(flag.as_str()).to_string()).collect();
    Ok(format!("target.{}.rustflags=[{}]", target.triple, flags.join(",")))
}

/// The compiler and linker of a target, installed if need be.
fn environment(target: Target) -> Result<BTreeMap<String, String>> {
    let mut environment = BTreeMap::new();
    let under = target.triple.replace('-', "_");
    match (target.system, target.runs_here()) {
        (System::MacOs, _) if cfg!(not(target_os = "macos")) => {
            bail!("{} is built on a Mac: Apple's libraries are nowhere else", target.triple)
        }
        (System::MacOs, _) => {
            // What Rust's own library asks for.
            let oldest = if target.machine() == "aarch64" { "11.0" } else { "10.12" };
            environment.insert("MACOSX_DEPLOYMENT_TARGET".to_owned(), oldest.to_owned());
        }
        (System::Windows, _) => tools::debian(&WINDOWS)?,
        (System::Linux, false) if target.machine() == "aarch64" => {
            tools::debian(&ARM)?;
            let compiler = "aarch64-linux-gnu-gcc";
            environment.insert(format!("CC_{under}"), compiler.to_owned());
            environment.insert(format!("AR_{under}"), "aarch64-linux-gnu-ar".to_owned());
            let linker = format!("CARGO_TARGET_{}_LINKER", under.to_ascii_uppercase());
            environment.insert(linker, compiler.to_owned());
        }
        (System::Linux, _) => {
            if find_on_path("musl-gcc").is_none() {
                tools::packages(true)?;
            }
        }
    }
    Ok(environment)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_path_of_this_machine_is_left_and_flags_are_toml() {
        let target = super::super::target::TARGETS[0];
        let flags = flags(target, Path::new("/somewhere \"else\"/target")).unwrap();
        assert!(
            flags.starts_with("target.x86_64-unknown-linux-musl.rustflags=[\"--remap-path-prefix="),
            "{flags}"
        );
        assert!(flags.contains(&format!("{}=/ecrpass\"", root().display())), "{flags}");
        // The target directory is often in the workspace, and has to be told from it.
        let (workspace, built) = (flags.find("=/ecrpass\""), flags.find("=/target\""));
        assert!(workspace.is_some() && workspace < built, "{flags}");
        assert!(flags.contains("/somewhere \\\"else\\\"/target"), "{flags}");
    }

    #[cfg(not(target_os = "macos"))]
    #[test]
    fn what_needs_a_mac_says_so() {
        let error = environment(Target::named("aarch64-apple-darwin").unwrap()).unwrap_err().to_string();
        assert!(error.contains("is built on a Mac"), "{error}");
    }
}
