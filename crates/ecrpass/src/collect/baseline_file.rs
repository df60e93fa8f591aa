//! The file of a baseline: what an audit found before, and what is to be said only of what is new.

use std::hash::{BuildHasher, RandomState};
use std::path::Path;

use ecrpass_audit::baseline::{Baseline, Entry, Identity, SCHEMA};
use ecrpass_clients::client::FileState;
use ecrpass_core::CommandLine;

use crate::error::CommandError;
use crate::system::machine::{read, read_named};

/// The default name of a baseline.
pub const DEFAULT: &str = ".ecrpass-baseline.json";

/// Reads one, which may come out of a pipe.
///
/// # Errors
/// When it is not there, or is none.
pub fn load(path: &Path) -> Result<Baseline, CommandError> {
    let option = format!("--write-baseline={}", path.display());
    let command = CommandLine::shell("ecrpass audit").word(option);
    let shown = path.display();
    match read_named(path) {
        FileState::Text(text) => parse(&text).map_err(|why| {
            let next = match is_of_ours(&text) {
                true => format!("write it again: {command}"),
                false => format!("see what it is; if it can go, remove it and write a baseline: {command}"),
            };
            CommandError::could_not_run(format!("{shown} is no baseline: {why}."), next)
        }),
        FileState::Missing => Err(CommandError::could_not_run(
            format!("{shown} does not exist."),
            format!("write it: {command}"),
        )),
        FileState::Unreadable(why) => Err(CommandError::unreadable(path, &why, "check who may read it")),
    }
}

/// What is to be written anew.
#[derive(Debug)]
pub enum Former {
    /// There is none, or nothing in it.
    None,
    /// A baseline.
    Known(Baseline),
    /// One that was damaged, as by a merge, or is of another version: why it cannot be read.
    Damaged(String),
}

/// Reads the one that a new one takes the place of. Where baselines are (`is_its_place`), what is no JSON any more is taken
/// for one that was damaged; else a file has to look like one.
///
/// # Errors
/// When something else is there.
pub fn former(path: &Path, is_its_place: bool) -> Result<Former, CommandError> {
    let is_its_name = is_its_place && path.extension().is_some_and(|extension| extension == "json");
    let is_broken = |text: &str| serde_json::from_str::<serde::de::IgnoredAny>(text).is_err();
    match read(path) {
        FileState::Text(text) if text.trim().is_empty() => Ok(Former::None),
        FileState::Text(text) => match parse(&text) {
            Ok(baseline) => Ok(Former::Known(baseline)),
            Err(why) if is_its_name && is_broken(&text) || is_of_ours(&text) => Ok(Former::Damaged(why)),
            Err(_) => Err(CommandError::could_not_run(
                format!("{} exists already, and is no baseline.", path.display()),
                "name another file",
            )),
        },
        FileState::Missing => Ok(Former::None),
        FileState::Unreadable(why) => Err(CommandError::unreadable(path, &why, "check who may read it")),
    }
}

/// Whether it is a baseline, of whatever version, or was one.
fn is_of_ours(text: &str) -> bool {
    text.contains("ecrpass/baseline/")
}

fn parse(text: &str) -> Result<Baseline, String> {
    let baseline: Baseline = serde_json::from_str(text).map_err(|error| error.to_string())?;
    match baseline.schema == SCHEMA {
        true => Ok(baseline),
        false => Err("it is of another version".to_owned()),
    }
}

/// A baseline of what was found and of what stays of the known ones, with the key that it had, or a new one.
pub fn of<'a>(
    known: Option<&Baseline>,
    found: impl Iterator<Item = Identity<'a>>,
    stays: impl Fn(&Entry) -> bool,
) -> Baseline {
    let key = known.map_or_else(new_key, |known| known.key.clone());
    let known = known.map(|known| known.findings.as_slice()).unwrap_or_default();
    Baseline::of(&key, found, known.iter().filter(|entry| stays(entry)).cloned())
}

/// The text of its file.
///
/// # Errors
/// When it cannot be written as JSON.
pub fn text(baseline: &Baseline) -> Result<String, CommandError> {
    let text = serde_json::to_string_pretty(baseline).map_err(std::io::Error::other)?;
    Ok(format!("{text}\n"))
}

/// Made of chance, as the keys of the standard library's hash maps are.
fn new_key() -> String {
    let chance = || RandomState::new().hash_one(std::time::SystemTime::now());
    format!("{:016x}{:016x}", chance(), chance())
}
