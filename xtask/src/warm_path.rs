//! `cargo xtask warm-path`: writes `linker/warm-path.ld`, the list of the functions that a warm `get` runs.
//!
//! They are seen, not guessed: the helper runs under callgrind, whose list becomes patterns for the linker. Hashes in
//! the names become `*`, so that the list outlives a change of compiler flags; what it misses still runs, only a page
//! fault later. Worth doing again when `cargo xtask bench` says that the warm path has become slower.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};
use ecrpass_local::LocalEcr;

use crate::command::{self, on_path, root, say};
use crate::static_program;
use crate::tools::{self, MUSL};

const HOST: &str = "123456789012.dkr.ecr.us-east-1.amazonaws.com";

const SCRIPT: &str = "linker/warm-path.ld";

const HEAD: &str = r"/* The code of the warm path, side by side. Written by `cargo xtask warm-path`.

   A warm `get` runs for less than half a millisecond, most of it page faults: the kernel maps 64 kB of the program per
   fault, and what the linker strews over three megabytes costs a fault each. First stands exactly what ran in a
   warm `get`, then what is likely to run in another one, in front of the SDK, which only runs when AWS is asked. */
SECTIONS
{
  .text.warm :
  {
    *crt1.o(.text .text.*)
    KEEP(*(SORT_NONE(.fini)))
";

const TAIL: &str = r"    *libc*.a:mem*.lo(.text .text.*)
    *libc*.a:str*.lo(.text .text.*)

    /* Near relations. */
    *(.text.*docker_credential_ecr_login*)
    *(.text.*ecrpass_credentials16credential_chain* .text.*ecrpass_credentials10aws_config* .text.*ecrpass_core8registry*
      .text.*ecrpass_core11environment* .text.*ecrpass_system*)
    *libc*.a:*(.text .text.*)
  }
}
INSERT BEFORE .text;
";

/// Writes the list.
pub fn run() -> Result<()> {
    if !on_path("valgrind") {
        bail!("valgrind is missing: apt-get install valgrind");
    }
    tools::targets()?;
    say("building the helper with its symbols");
    command::run(&mut command::command(&format!(
        "cargo rustc --quiet --locked --profile release-lto --target {MUSL} -p docker-credential-ecr-login \
         --bin docker-credential-ecr-login -- -C strip=none"
    )))?;
    let directory = tempfile::tempdir()?;
    let functions = functions(directory.path())?;
    let mut script = HEAD.to_owned();
    for function in &functions {
        writeln!(script, "    *(.text*.{function})")?;
    }
    script.push_str(TAIL);
    fs::write(root().join(SCRIPT), script)?;
    say(&format!("{SCRIPT}: {} functions", functions.len()));
    Ok(())
}

/// What runs in a warm `get`, as patterns.
fn functions(directory: &Path) -> Result<BTreeSet<String>> {
    let ecr = LocalEcr::start()?;
    let input = directory.join("host");
    fs::write(&input, HOST)?;
    let profile = directory.join("callgrind.out");
    let helper = static_program::path();
    let get = |program: &Path, arguments: &[String]| -> Result<()> {
        let status = Command::new(program)
            .args(arguments)
            .env_clear()
            .envs(ecr.env())
            .env("HOME", directory)
            .env("PATH", "/usr/bin:/bin")
            .stdin(fs::File::open(&input)?)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status()?;
        if status.success() { Ok(()) } else { bail!("{} failed: {status}", program.display()) }
    };
    get(&helper, &["get".to_owned()])?;
    let calls = ecr.calls().len();
    get(
        Path::new("/usr/bin/valgrind"),
        &[
            "--tool=callgrind".to_owned(),
            "--demangle=no".to_owned(),
            format!("--callgrind-out-file={}", profile.display()),
            helper.display().to_string(),
            "get".to_owned(),
        ],
    )?;
    if ecr.calls().len() != calls {
        bail!("the `get` under callgrind called the API: it was not warm");
    }
    let profile = fs::read_to_string(profile).context("callgrind wrote nothing")?;
    // `fn=(7) name` and `cfn=(7) name`; recursion adds `'2`. Addresses are functions without a name.
    let names = profile.lines().filter_map(|line| {
        let (_, name) = line.strip_prefix("fn=(").or_else(|| line.strip_prefix("cfn=("))?.split_once(") ")?;
        let name = name.split('\'').next()?;
        (!name.starts_with("0x") && !name.starts_with('(')).then(|| pattern(name))
    });
    let names: BTreeSet<String> = names.collect();
    if names.len() < 50 {
        bail!("callgrind saw only {} functions: are the symbols there?", names.len());
    }
    Ok(names)
}

/// A symbol with `*` for its hashes: `17h<16 digits>E` at the end of a legacy name, `Cs<digits>_` in a v0 one, and the
/// number LLVM appends to a copy.
fn pattern(symbol: &str) -> String {
    match symbol.rsplit_once('.') {
        Some((name, number)) if number.bytes().all(|b| b.is_ascii_digit()) => {
            format!("{}*", without_hashes(name))
        }
        _ => without_hashes(symbol),
    }
}

fn without_hashes(symbol: &str) -> String {
    if let Some((name, _)) = symbol.rsplit_once("17h").filter(|_| symbol.starts_with("_ZN")) {
        return format!("{}17h*", name.replace('$', "?"));
    }
    if !symbol.starts_with("_R") {
        return symbol.to_owned();
    }
    let mut parts = symbol.split("Cs");
    let mut pattern = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let after = part.trim_start_matches(|c: char| c.is_ascii_alphanumeric());
        pattern.push_str("Cs");
        match after.strip_prefix('_') {
            Some(after) => {
                pattern.push_str("*_");
                pattern.push_str(after);
            }
            None => pattern.push_str(part),
        }
    }
    pattern
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hashes_become_wildcards() {
        for (symbol, expected) in [
            ("getenv", "getenv"),
            (
                "_ZN4core3ptr51drop_in_place$LT$a..B$GT$17hc90561597e825acaE",
                "_ZN4core3ptr51drop_in_place?LT?a..B?GT?17h*",
            ),
            ("_RNvNtCsaz6eC2DG7lh_3std3env7__var_os.3818", "_RNvNtCs*_3std3env7__var_os*"),
            ("_RNvCsfLfy6EI15iL_7___rustc12___rust_alloc", "_RNvCs*_7___rustc12___rust_alloc"),
        ] {
            assert_eq!(pattern(symbol), expected);
        }
    }
}
