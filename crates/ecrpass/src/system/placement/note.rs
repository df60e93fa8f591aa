//! The note of what was put in place: `placed.json` in the user's directory for the state of programs.

use std::fs;
use std::io::{self, ErrorKind};
use std::path::PathBuf;

use ecrpass_core::environment::{Environment, OperatingSystem};
use serde::{Deserialize, Serialize};

use super::link::Link;
use crate::system::atomic_file::write_own;

#[derive(Default, Serialize, Deserialize)]
struct Note {
    placed: Vec<Link>,
}

/// Where it is. Source: XDG Base Directory Specification 0.8, `XDG_STATE_HOME`.
pub fn file(environment: &dyn Environment) -> Option<PathBuf> {
    let directory = match environment.system() {
        OperatingSystem::Windows => environment.nonempty_var("LOCALAPPDATA").map(PathBuf::from),
        _ => environment.nonempty_var("XDG_STATE_HOME").map(PathBuf::from).filter(|path| path.is_absolute()),
    };
    let directory = directory.or_else(|| Some(environment.home()?.join(".local/state")))?;
    Some(directory.join("ecrpass").join("placed.json"))
}

/// What was put in place; nothing where no note can be read.
pub fn read(environment: &dyn Environment) -> Vec<Link> {
    let text = file(environment).and_then(|path| environment.file(&path).ok());
    text.and_then(|text| serde_json::from_str::<Note>(&text).ok()).unwrap_or_default().placed
}

/// Notes a link down.
///
/// # Errors
/// When the note cannot be written.
pub fn add(environment: &dyn Environment, link: &Link) -> io::Result<()> {
    let mut placed = read(environment);
    placed.retain(|other| other.path != link.path);
    placed.push(link.clone());
    write(environment, placed)
}

/// Forgets a link.
///
/// # Errors
/// When the note cannot be written.
pub fn remove(environment: &dyn Environment, link: &Link) -> io::Result<()> {
    let mut placed = read(environment);
    placed.retain(|other| other.path != link.path);
    write(environment, placed)
}

fn write(environment: &dyn Environment, placed: Vec<Link>) -> io::Result<()> {
    let path = file(environment).ok_or(ErrorKind::NotFound)?;
    if placed.is_empty() {
        return match fs::remove_file(&path) {
            Err(error) if error.kind() != ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        };
    }
    write_own(&path, &serde_json::to_string_pretty(&Note { placed })?)
}
