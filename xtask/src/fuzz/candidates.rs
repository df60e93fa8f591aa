//! Inputs for the fuzz targets out of the crates' fixtures: real logs, pipelines, manifests and configurations.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use ecrpass_fuzz::{audit, audit_models, yaml};

use crate::command::root;

/// The longest that is taken: a small input is mutated to something new more often.
const LONGEST: usize = 2048;

/// The candidates for a target; none for one whose seeds are written by hand.
pub fn of(target: &str) -> Result<Vec<Vec<u8>>> {
    let mut found = match target {
        "explain" | "redaction" | "denied_message" => logs()?,
        "audit" => files()?.iter().map(|(path, text)| with(index(&audit::PATHS, path), text)).collect(),
        "audit_models" => files()?.iter().filter_map(|(path, text)| Some(with(model(path)?, text))).collect(),
        "yaml" => files()?
            .iter()
            .filter(|(path, _)| [".yml", ".yaml", ".json"].iter().any(|end| path.ends_with(end)))
            .map(|(path, text)| with(index(&yaml::NAMES, path), text))
            .collect(),
        "policies" => files()?.iter().filter_map(|(_, text)| policy(text)).collect(),
        _ => Vec::new(),
    };
    found.retain(|input| input.len() <= LONGEST);
    found.sort();
    found.dedup();
    Ok(found)
}

/// An input whose first byte chooses how it is read.
fn with(choice: usize, text: &str) -> Vec<u8> {
    let mut input = vec![u8::try_from(choice).unwrap_or(0)];
    input.extend_from_slice(text.as_bytes());
    input
}

/// Which of the names a path is, or is most like: the same file name, else the same ending.
fn index(names: &[&str], path: &str) -> usize {
    let name = path.rsplit('/').next().unwrap_or(path);
    let ending = |name: &str| name.rsplit('.').next().map(str::to_owned);
    let like = |test: &dyn Fn(&str) -> bool| names.iter().position(|known| test(known));
    like(&|known| known == path || known.rsplit('/').next() == Some(name))
        .or_else(|| like(&|known| path.starts_with(".github/") && known.starts_with(".github/")))
        .or_else(|| like(&|known| known.contains('.') && ending(known) == ending(name)))
        .unwrap_or(names.len().saturating_sub(1))
}

fn model(path: &str) -> Option<usize> {
    let endings = [(".sh", 0), (".ps1", 1), (".cmd", 2), ("Dockerfile", 3), (".tf", 4)];
    let found = endings.into_iter().find(|(ending, _)| path.ends_with(ending)).map(|(_, at)| at);
    found.filter(|at| *at < audit_models::MODELS.len())
}

/// The first policy document in a file, with the principal that is chosen first.
fn policy(text: &str) -> Option<Vec<u8>> {
    let start = text.find("{\"Version\"").or_else(|| text.find("{\n  \"Version\""))?;
    let mut values = serde_json::Deserializer::from_str(text.get(start..)?).into_iter::<serde_json::Value>();
    let value = values.next()?.ok()?;
    Some(with(0, &value.to_string()))
}

/// The logs that causes are found in, one for each.
fn logs() -> Result<Vec<Vec<u8>>> {
    let mut found = Vec::new();
    for path in below(&root().join("crates/ecrpass-diagnosis/tests/fixtures/diagnosis"))? {
        let text = format!("\n{}", fs::read_to_string(&path)?);
        for section in text.split("\n=== ").skip(1) {
            let (_, log) = section.split_once('\n').unwrap_or((section, ""));
            found.push(log.as_bytes().to_vec());
        }
    }
    Ok(found)
}

/// The files of the audit's fixtures, with their paths.
fn files() -> Result<Vec<(String, String)>> {
    let mut found = Vec::new();
    for path in below(&root().join("crates/ecrpass-audit/tests/fixtures"))? {
        if path.extension().is_some_and(|extension| extension == "md") {
            continue;
        }
        let text = format!("\n{}", fs::read_to_string(&path)?);
        for file in text.split("\n--- ").skip(1) {
            let (path, text) = file.split_once('\n').unwrap_or((file, ""));
            // The marks of the fixtures are no part of the files.
            found.push((path.trim().to_owned(), text.replace(" # <-", "")));
        }
    }
    Ok(found)
}

/// All files below a folder, in the order of their names.
fn below(folder: &Path) -> Result<Vec<PathBuf>> {
    let (mut found, mut folders) = (Vec::new(), vec![folder.to_owned()]);
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).with_context(|| folder.display().to_string())? {
            let path = entry?.path();
            if path.is_dir() { folders.push(path) } else { found.push(path) }
        }
    }
    found.sort();
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fixtures_become_inputs_of_their_kind() {
        for (target, least) in
            [("explain", 200), ("audit", 200), ("audit_models", 40), ("yaml", 100), ("policies", 5)]
        {
            let found = of(target).unwrap();
            assert!(found.len() >= least, "{target}: {}", found.len());
        }
        assert!(of("tokens").unwrap().is_empty());
    }

    #[test]
    fn a_path_chooses_what_is_most_like_it() {
        let chosen = |path: &str| audit::PATHS[index(&audit::PATHS, path)];
        assert_eq!(chosen(".github/workflows/push.yml"), ".github/workflows/ci.yml");
        assert_eq!(chosen("ci/Jenkinsfile"), "Jenkinsfile");
        assert_eq!(chosen("scripts/login.sh"), "deploy.sh");
        assert_eq!(chosen("infra/ecr.tf"), "main.tf");
        assert_eq!(chosen("what/ever"), "notes.txt");
    }
}
