//! The file of a baseline: what an audit found before, and what is to be said only of what is new.

use std::hash::{BuildHasher, RandomState};
use std::path::Path;

use ecrpass_audit::baseline::{Baseline, Entry, Identity, SCHEMA};
use ecrpass_clients::client::FileState;

use crate::error::CommandError;
use crate::system::machine::read;

/// Reads one.
///
/// # Errors
/// When it is not there, or is none.
pub fn load(path: &Path) -> Result<Baseline, CommandError> {
    let next = "write it anew: ecrpass audit --write-baseline";
    match read(path) {
        FileState::Text(text) => {
            let baseline: Baseline = serde_json::from_str(&text).map_err(|error| {
                CommandError::could_not_run(format!("{} is no baseline: {error}.", path.display()), next)
            })?;
            if baseline.schema != SCHEMA {
                let what = format!("{} is a baseline of another version.", path.display());
                return Err(CommandError::could_not_run(what, next));
            }
            Ok(baseline)
        }
        FileState::Missing => {
            Err(CommandError::could_not_run(format!("{} does not exist.", path.display()), next))
        }
        FileState::Unreadable(why) => Err(CommandError::unreadable(path, &why, "check who may read it")),
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
