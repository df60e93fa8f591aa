//! What the documentation marks as `<!-- executed -->` is executed as it stands there, in an empty home without a network
//! of AWS; a block marked `<!-- printed -->` behind it is what that printed. `<!-- executed: 1 -->` names the exit status.
//! `ECRPASS_WRITE_DOCS=1` writes what is printed into the documents.

#![cfg(unix)]
#![allow(clippy::indexing_slicing, clippy::panic, clippy::string_slice, clippy::unwrap_used)] // a test's way of failing

#[path = "../src/cli/blocks.rs"]
mod blocks;
mod common;

use std::fs;
use std::os::unix::fs::symlink;
use std::process::{Command, Stdio};

use blocks::{Block, blocks, documents, root};
use common::{ECRPASS, Home, text};

/// Runs the script of a block; what it printed, when it ended as it should.
fn execute(block: &Block, expected: i32) -> Result<String, String> {
    let home = Home::bare();
    symlink(ECRPASS, home.path("bin/ecrpass")).unwrap();
    fs::create_dir(home.path("work")).unwrap();
    let mut shell = Command::new("/bin/sh");
    home.furnish(&mut shell);
    let flags = if expected == 0 { "-euc" } else { "-uc" };
    shell.arg(flags).arg(block.script().unwrap()).current_dir(home.path("work")).stdin(Stdio::null());
    let (code, stdout, stderr) = text(&shell.output().unwrap());
    if code != Some(expected) {
        return Err(format!("{}: exit status {code:?}\n{stdout}{stderr}", block.place()));
    }
    Ok(home.anonymous(&stdout).trim_end().to_owned())
}

#[test]
fn what_is_marked_runs_and_prints_what_is_written() {
    let writes = std::env::var_os("ECRPASS_WRITE_DOCS").is_some();
    let mut wrong = Vec::new();
    let mut executed = 0;
    for (file, text) in documents() {
        let mut lines: Vec<&str> = text.lines().collect();
        let mut printed_now: Vec<(usize, usize, String)> = Vec::new();
        let mut printed: Option<String> = None;
        for block in blocks(&file, &text) {
            let mark = block.mark.as_deref().unwrap_or_default();
            if let Some(rest) = mark.strip_prefix("executed") {
                executed += 1;
                let expected = rest.trim_start_matches(':').trim();
                let expected = if expected.is_empty() { 0 } else { expected.parse().unwrap() };
                match execute(&block, expected) {
                    Ok(output) => printed = Some(output),
                    Err(why) => wrong.push(why),
                }
            } else if mark == "printed" {
                let Some(printed) = printed.take() else {
                    wrong.push(format!("{}: nothing was executed before", block.place()));
                    continue;
                };
                if block.text.trim_end() != printed && writes {
                    printed_now.push((block.line - 1, block.text.lines().count(), printed));
                } else if block.text.trim_end() != printed {
                    wrong.push(format!("{}: this is printed now:\n{printed}", block.place()));
                }
            }
        }
        // From the end, so that the lines before stay where they are.
        for (first, count, printed) in printed_now.iter().rev() {
            lines.splice(*first..first + count, printed.lines());
        }
        if !printed_now.is_empty() {
            fs::write(root().join(&file), lines.join("\n") + "\n").unwrap();
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(executed > 20, "{executed} blocks: the reader of the documentation has lost some");
}
