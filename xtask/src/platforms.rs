//! That the programs compile, without a warning, for the systems whose machines CI is not: macOS on both processors, Windows.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use anyhow::Result;

use crate::command::{command, run as execute, say, target};
use crate::tools;

/// The one that differs most comes first.
const TARGETS: [&str; 3] = ["x86_64-pc-windows-gnu", "aarch64-apple-darwin", "x86_64-apple-darwin"];

/// Stands in for a C compiler. `cargo check` links nothing, so what the TLS library's C would become is not looked at, and
/// no compiler for these systems is needed.
const COMPILER: &str = r#"#!/bin/sh
output=
while [ $# -gt 0 ]; do
  case $1 in
    # Which compiler is it?
    -E) echo clang ;;
    -o) output=$2; shift ;;
    -o*) output=${1#-o} ;;
  esac
  shift
done
[ -z "$output" ] || : > "$output"
"#;

/// The same for what puts its objects together: an archive that is empty.
const ARCHIVER: &str = "#!/bin/sh\nprintf '!<arch>\\n' > \"$2\"\n";

/// Checks them.
///
/// # Errors
/// When something does not compile, or the compiler has something to say.
pub fn run() -> Result<()> {
    tools::rust_targets(&TARGETS)?;
    let directory = target().join("no-compiler");
    fs::create_dir_all(&directory)?;
    let (compiler, archiver) = (script(&directory, "cc", COMPILER)?, script(&directory, "ar", ARCHIVER)?);
    for triple in TARGETS {
        let under = triple.replace('-', "_");
        let mut check = command("cargo check --quiet --locked -p ecrpass -p docker-credential-ecr-login");
        check
            .args(["--target", triple, "--config"])
            .arg(format!("target.{triple}.rustflags=[\"-Dwarnings\"]"));
        check.env(format!("CC_{under}"), &compiler).env(format!("AR_{under}"), &archiver);
        // Otherwise it is looked for with a program of Apple's.
        execute(check.env("SDKROOT", &directory))?;
        say(&format!("  {triple}: no warning"));
    }
    Ok(())
}

fn script(directory: &Path, name: &str, text: &str) -> Result<PathBuf> {
    let path = directory.join(name);
    fs::write(&path, text)?;
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755))?;
    Ok(path)
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use super::*;

    #[test]
    fn the_stand_ins_write_what_is_asked_for() {
        let directory = tempfile::tempdir().unwrap();
        let compiler = script(directory.path(), "cc", COMPILER).unwrap();
        let object = directory.path().join("x.o");
        let status = Command::new(&compiler).args(["-O2", "-c", "x.c", "-o"]).arg(&object).status().unwrap();
        assert!(status.success() && object.is_file());
        let family = Command::new(&compiler).args(["-E", "x.c"]).output().unwrap();
        assert_eq!(family.stdout, b"clang\n");
        let archiver = script(directory.path(), "ar", ARCHIVER).unwrap();
        let library = directory.path().join("libx.a");
        assert!(Command::new(archiver).arg("cq").arg(&library).arg(&object).status().unwrap().success());
        assert_eq!(fs::read(library).unwrap(), b"!<arch>\n");
    }
}
