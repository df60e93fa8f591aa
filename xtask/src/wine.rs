//! The programs for Windows, run by Wine: the tests of the helper's protocol and cache that mean anything there, and
//! `explain`, `fix` and `resolve` with the files that Windows' programs write. What Wine does not have is not tested, and is
//! named. No time that it takes means anything.

mod commands;
mod helper;
mod world;

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::Result;

use self::world::{WINE, World};
use crate::command::{run as execute, say, target};
use crate::release;
use crate::tools;

const TRIPLE: &str = "x86_64-pc-windows-gnu";

/// Rust's library asks this library of Windows 10 for random numbers; Debian's Wine has the older way of asking alone.
const RANDOM: &str = "#include <windows.h>
BOOLEAN NTAPI SystemFunction036(PVOID, ULONG);
__declspec(dllexport) BOOL WINAPI ProcessPrng(PBYTE data, SIZE_T length) { return SystemFunction036(data, (ULONG)length); }
";

/// What a machine with Windows has and Wine has not.
const NOT_RUN: [&str; 4] = [
    "access lists: whose files are, and who may read them",
    "the docker daemon's named pipe, and Windows' credential store",
    "consoles: no colour, no question, no Ctrl-C",
    "programs of 32 bits: Debian's wine64 has no part for them, and ours are of 64",
];

/// Builds them and tries them.
///
/// # Errors
/// What is not as it has to be.
pub fn run() -> Result<()> {
    tools::debian(&[
        ("wine64", WINE, "runs programs for Windows"),
        ("gcc-mingw-w64-x86-64", "x86_64-w64-mingw32-gcc", "compiles what Wine lacks"),
    ])?;
    let directory = target().join("wine");
    let [own, bin] = ["own", "bin"].map(|name| directory.join(name));
    for directory in [&own, &bin] {
        fs::create_dir_all(directory)?;
        let library = directory.join("bcryptprimitives.dll");
        compile(directory, "random.c", RANDOM, &["-shared"], &library, &["-ladvapi32"])?;
    }
    compile(&bin, "start.c", helper::START, &["-municode"], &bin.join("start.exe"), &[])?;
    let [program, command] = release::programs(TRIPLE)?;
    for name in helper::NAMES {
        fs::copy(&program, bin.join(format!("{name}.exe")))?;
    }
    fs::copy(command, own.join("ecrpass.exe"))?;
    let world = World::new(&directory)?;
    helper::run(&world, &bin)?;
    commands::run(&world, &own, &bin)?;
    for what in NOT_RUN {
        say(&format!("  NOT run, Wine has none: {what}"));
    }
    Ok(())
}

/// Compiles a text in C for Windows.
fn compile(
    directory: &Path,
    name: &str,
    text: &str,
    options: &[&str],
    to: &Path,
    libraries: &[&str],
) -> Result<()> {
    let source = directory.join(name);
    fs::write(&source, text)?;
    let mut compiler = Command::new("x86_64-w64-mingw32-gcc");
    compiler.args(options).args(["-O1", "-o"]).arg(to).arg(source).args(libraries);
    execute(&mut compiler)
}
