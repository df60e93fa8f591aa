//! A team's policies and their data: the files of the directories that are named.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use ecrpass_rego::input;
use ecrpass_rego::question::PolicyFile;
use ecrpass_system::bounded;
use serde_json::{Map, Value};

use crate::error::CommandError;

/// The largest file that is read, in bytes.
const MAX_FILE: usize = 16 * 1024 * 1024;

/// How deep directories are looked into.
const MAX_DEPTH: usize = 16;

/// How many files are read at most.
const MAX_FILES: usize = 10_000;

/// How long a pipe may take that stands in the place of a file.
const PATIENCE: Duration = Duration::from_secs(1);

/// Policies and their data.
#[derive(Debug, Default)]
pub struct PolicyFiles {
    /// The policies.
    pub policies: Vec<PolicyFile>,
    /// What `data` holds besides.
    pub data: Value,
}

/// The files that end in `.rego` at these places, with `data.json` and `data.yaml` beside them, and the JSON and YAML
/// files at the places of data.
///
/// # Errors
/// When something cannot be read, or two files of data contradict each other.
pub fn read(policies: &[PathBuf], data: &[PathBuf]) -> Result<PolicyFiles, CommandError> {
    let mut found = PolicyFiles { policies: Vec::new(), data: Value::Object(Map::new()) };
    for place in policies {
        for path in files(place)? {
            let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
            if name.ends_with(".rego") {
                found.policies.push(PolicyFile { path: path.display().to_string(), text: text(&path)? });
            } else if ["data.json", "data.yaml", "data.yml"].contains(&name.as_str()) {
                put(&mut found.data, &path, &[])?;
            }
        }
    }
    for place in data {
        for path in files(place)? {
            let ending = path.extension().map(|ending| ending.to_string_lossy().into_owned());
            if ending.is_some_and(|ending| ["json", "yaml", "yml"].contains(&ending.as_str())) {
                // As OPA: a directory below the place is a name.
                let below = path.strip_prefix(place).ok().and_then(Path::parent);
                let names: Vec<String> =
                    below.into_iter().flatten().map(|name| name.to_string_lossy().into_owned()).collect();
                put(&mut found.data, &path, &names)?;
            }
        }
    }
    if found.policies.is_empty() {
        let places: Vec<String> = policies.iter().map(|place| place.display().to_string()).collect();
        return Err(CommandError::could_not_run(
            format!("There is no policy in {}.", places.join(", ")),
            "name the directory with the .rego files",
        ));
    }
    Ok(found)
}

/// The files below a place, sorted, or the place itself.
fn files(place: &Path) -> Result<Vec<PathBuf>, CommandError> {
    let metadata = std::fs::metadata(place).map_err(|error| {
        CommandError::io(&format!("{} cannot be read", place.display()), error, "check the path")
    })?;
    if !metadata.is_dir() {
        return Ok(vec![place.to_owned()]);
    }
    let mut found = Vec::new();
    below(place, 0, &mut found)?;
    found.sort();
    Ok(found)
}

fn below(directory: &Path, depth: usize, found: &mut Vec<PathBuf>) -> Result<(), CommandError> {
    let read = std::fs::read_dir(directory).map_err(|error| {
        CommandError::io(&format!("{} cannot be read", directory.display()), error, "check the path")
    })?;
    for entry in read {
        let entry = entry?;
        let kind = entry.file_type()?;
        if found.len() >= MAX_FILES {
            return Err(CommandError::could_not_run(
                format!("{} has more than {MAX_FILES} files.", directory.display()),
                "name the directory of the policies alone",
            ));
        }
        // A link may lead anywhere, also back; what it leads to is read if it is a file.
        if kind.is_dir() && depth < MAX_DEPTH {
            below(&entry.path(), depth + 1, found)?;
        } else if kind.is_file() || kind.is_symlink() && entry.path().is_file() {
            found.push(entry.path());
        }
    }
    Ok(())
}

fn text(path: &Path) -> Result<String, CommandError> {
    let bytes = bounded::read_until(path, MAX_FILE, Instant::now() + PATIENCE).map_err(|error| {
        CommandError::could_not_run(
            format!("{} cannot be read: {error}.", path.display()),
            "check who may read it",
        )
    })?;
    String::from_utf8(bytes).map_err(|_| {
        CommandError::could_not_run(format!("{} is not in UTF-8.", path.display()), "write it in UTF-8")
    })
}

/// Puts a file of data to the others, below these names.
fn put(data: &mut Value, path: &Path, names: &[String]) -> Result<(), CommandError> {
    let wrong = |what: &str| {
        CommandError::could_not_run(format!("{}: {what}.", path.display()), "correct the file of data")
    };
    let mut documents = input::parse("yaml", &text(path)?);
    let value = match documents.len() {
        0 => return Ok(()),
        1 => documents.remove(0),
        _ => return Err(wrong("data is one document, and there are several")),
    };
    let value = names.iter().rev().fold(value, |value, name| serde_json::json!({ name: value }));
    merge(data, value).map_err(|name| wrong(&format!("`{name}` is in another file of data, too")))
}

/// Puts an object into another; the name that both have and that is no object.
fn merge(into: &mut Value, from: Value) -> Result<(), String> {
    let (Value::Object(into), Value::Object(from)) = (into, from) else { return Err("data".to_owned()) };
    for (name, value) in from {
        match into.get_mut(&name) {
            None => {
                into.insert(name, value);
            }
            Some(known @ Value::Object(_)) if value.is_object() => merge(known, value)?,
            Some(known) if *known == value => {}
            Some(_) => return Err(name),
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::fs;

    use serde_json::json;

    use super::*;

    #[test]
    fn policies_and_data_are_gathered() {
        let directory = tempfile::tempdir().unwrap();
        let at = |name: &str| directory.path().join(name);
        fs::create_dir_all(at("policy/deep")).unwrap();
        fs::create_dir_all(at("data/team")).unwrap();
        for (name, text) in [
            ("policy/b.rego", "package b\n"),
            ("policy/deep/a.rego", "package a\n"),
            ("policy/data.yaml", "allowed: [x]\n"),
            ("policy/README.md", "x"),
            ("data/one.json", "{\"n\": {\"a\": 1}}"),
            ("data/two.yaml", "n:\n  b: 2\n"),
            ("data/team/three.yaml", "c: 3\n"),
        ] {
            fs::write(at(name), text).unwrap();
        }
        let found = read(&[at("policy")], &[at("data")]).unwrap();
        let names: Vec<bool> = found
            .policies
            .iter()
            .zip(["b.rego", "a.rego"])
            .map(|(file, name)| file.path.ends_with(name))
            .collect();
        assert_eq!(names, [true, true]);
        assert_eq!(found.data, json!({"allowed": ["x"], "n": {"a": 1, "b": 2}, "team": {"c": 3}}));
        fs::write(at("data/four.json"), "{\"n\": {\"a\": 2}}").unwrap();
        assert!(read(&[at("policy")], &[at("data")]).unwrap_err().to_string().contains("`a` is in another"));
        let error = read(&[at("data")], &[]).unwrap_err().to_string();
        assert!(error.contains("There is no policy in"), "{error}");
    }
}
