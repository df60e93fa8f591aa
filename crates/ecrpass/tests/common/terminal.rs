//! A terminal for the program under test, and what may reach one.

#![allow(dead_code)] // each test file uses its part of it

use std::fs::File;
use std::io::{Read, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::PathBuf;
use std::process::{Command, ExitStatus};

use ecrpass_core::visible::visible;
use rustix::fs::OFlags;
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};

/// Runs a command with both outputs on a terminal of its own; its status, and all that reached the terminal.
pub fn on_terminal(command: Command) -> (ExitStatus, String) {
    typed_at("", command)
}

/// The same, with somebody at the keyboard who types this.
pub fn typed_at(typed: &str, mut command: Command) -> (ExitStatus, String) {
    let terminal = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
    grantpt(&terminal).unwrap();
    unlockpt(&terminal).unwrap();
    let name = PathBuf::from(ptsname(&terminal, Vec::new()).unwrap().into_string().unwrap());
    let not_ours = OFlags::NOCTTY.bits().try_into().unwrap();
    let end = File::options().read(true).write(true).custom_flags(not_ours).open(name).unwrap();
    if !typed.is_empty() {
        command.stdin(end.try_clone().unwrap());
    }
    command.env("TERM", "xterm-256color").stdout(end.try_clone().unwrap()).stderr(end);
    let mut child = command.spawn().unwrap();
    // With our own ends closed, the terminal hangs up when the command ends.
    drop(command);
    let mut seen = Vec::new();
    let mut buffer = [0; 4096];
    let mut terminal = File::from(terminal);
    terminal.write_all(typed.as_bytes()).unwrap();
    while let Ok(length @ 1..) = terminal.read(&mut buffer) {
        seen.extend_from_slice(&buffer[..length]);
    }
    (child.wait().unwrap(), String::from_utf8(seen).unwrap())
}

/// Our styles, and how the list of tasks is redrawn.
fn is_ours(escape: &str) -> bool {
    let redraws = escape.strip_suffix('A').is_some_and(|up| up.parse::<u16>().is_ok());
    redraws || ["0m", "1m", "2m", "4m", "31m", "32m", "33m", "36m", "J", "K", "2K"].contains(&escape)
}

/// What is wrong with a text on a terminal: an escape that is not ours, or a character that cannot be seen.
pub fn wrong_on_terminal(text: &str) -> Option<String> {
    let mut plain = String::new();
    for (index, piece) in text.replace("\r\n", "\n").split('\u{1b}').enumerate() {
        if index == 0 {
            plain.push_str(piece);
            continue;
        }
        let Some(rest) = piece.strip_prefix('[') else { return Some(format!("ESC {piece:?}")) };
        let Some(end) = rest.find(|c: char| c.is_ascii_alphabetic()) else {
            return Some(format!("CSI {rest:?}"));
        };
        let (escape, rest) = rest.split_at(end + 1);
        if !is_ours(escape) {
            return Some(format!("CSI {escape:?} before {rest:?}"));
        }
        plain.push_str(rest);
    }
    wrong_in_lines(&plain)
}

/// What is wrong with a text in a pipe: any escape, or a line that a CI system takes for a command.
pub fn wrong_in_pipe(text: &str) -> Option<String> {
    let command = |line: &&str| {
        line.trim_start().starts_with("::") || ["##[", "##vso["].iter().any(|command| line.contains(command))
    };
    if let Some(line) = text.lines().find(command) {
        return Some(format!("a command: {line:?}"));
    }
    wrong_in_lines(text)
}

fn wrong_in_lines(text: &str) -> Option<String> {
    let text = text.replace('\t', " ");
    let line = text.split('\n').find(|line| visible(line) != **line)?;
    Some(format!("hidden characters: {line:?}"))
}

/// The oracle itself.
#[test]
fn what_is_wrong_is_seen() {
    for good in ["", "a\u{1b}[1mb\u{1b}[0m\r\n", "\u{1b}[12A\u{1b}[J"] {
        assert_eq!(wrong_on_terminal(good), None);
    }
    for bad in [
        "a\rb",
        "\u{1b}[35m",
        "\u{1b}]0;x",
        "\u{9b}1m",
        "\u{202e}",
        "\u{7}",
        "\u{1b}[1;31m",
        "\u{1b}",
        "\u{1b}[2J",
    ] {
        assert!(wrong_on_terminal(bad).is_some(), "{bad:?}");
    }
    for bad in ["a\n ::error::x", "x ##[error]y", "\u{1b}[1m", "a\r\nb"] {
        assert!(wrong_in_pipe(bad).is_some(), "{bad:?}");
    }
    assert_eq!(wrong_in_pipe("a::b\n"), None);
}
