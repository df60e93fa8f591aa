//! `ecrpass.toml`: how bad each rule is to a repository, and which of its files are not looked at.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use ecrpass_audit::settings::{Level, Matcher, Place, Settings};
use ecrpass_clients::client::FileState;
use ecrpass_core::DiagnosisId;
use ignore::gitignore::{Gitignore, GitignoreBuilder};
use serde::Deserialize;

use crate::collect::text_file::check_settings;
use crate::error::CommandError;
use crate::system::clean_path::clean;
use crate::system::machine::{read, read_named};

/// The names of the file, in a repository's root.
const NAMES: [&str; 2] = ["ecrpass.toml", ".ecrpass.toml"];

#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct File {
    audit: Audit,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
struct Audit {
    exclude: Vec<String>,
    baseline: Option<PathBuf>,
    rules: BTreeMap<String, String>,
    paths: Vec<Paths>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct Paths {
    paths: Vec<String>,
    level: Option<String>,
    #[serde(default)]
    rules: BTreeMap<String, String>,
}

/// What a repository says of its audit.
#[derive(Debug, Default)]
pub struct AuditSettings {
    /// How bad each rule is.
    pub settings: Settings,
    /// Where its baseline is.
    pub baseline: Option<PathBuf>,
}

/// Where settings may lead.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trust {
    /// To any file that the user may read.
    Everywhere,
    /// To files of the tree they are for: whoever wrote them may not read all that the user may.
    InTheTree,
}

impl Trust {
    /// Refuses a path that leads out of a tree, links followed. What is not there leads nowhere.
    ///
    /// # Errors
    /// When it does.
    pub fn check(self, path: &Path, root: &Path) -> Result<(), CommandError> {
        let is_inside = match (self, path.canonicalize(), root.canonicalize()) {
            (Self::Everywhere, ..) => true,
            (Self::InTheTree, Ok(path), Ok(root)) => path.starts_with(root),
            (Self::InTheTree, ..) => clean(path).starts_with(clean(root)),
        };
        match is_inside {
            true => Ok(()),
            false => Err(CommandError::could_not_run(
                "The settings in ecrpass.toml are not in the repository, or name a baseline that is not in it.",
                "leave that out; a file that is named there has to be one of the repository",
            )),
        }
    }
}

/// The settings in a file, or those in the root of a repository, if it has any.
///
/// # Errors
/// When the file cannot be read, says what is not understood, or leads where it may not.
pub fn settings(named: Option<&Path>, root: &Path, trust: Trust) -> Result<AuditSettings, CommandError> {
    let candidates: Vec<PathBuf> = match named {
        Some(path) => vec![path.to_owned()],
        None => NAMES.iter().map(|name| root.join(name)).collect(),
    };
    for path in candidates {
        trust.check(&path, root)?;
        // What a repository holds is a file; what is named may be a pipe.
        let state = if named.is_some() { read_named(&path) } else { read(&path) };
        match state {
            FileState::Text(text) => {
                check_settings(&path, &text)?;
                let settings = parse(&path, &text, root)?;
                settings.baseline.iter().try_for_each(|baseline| trust.check(baseline, root))?;
                return Ok(settings);
            }
            FileState::Missing if named.is_none() => {}
            FileState::Missing => {
                return Err(CommandError::could_not_run(
                    format!("{} does not exist.", path.display()),
                    "check the path of --config",
                ));
            }
            FileState::Unreadable(why) => {
                return Err(CommandError::unreadable(&path, &why, "check who may read it"));
            }
        }
    }
    Ok(AuditSettings::default())
}

fn parse(path: &Path, text: &str, root: &Path) -> Result<AuditSettings, CommandError> {
    let file: File = toml::from_str(text).map_err(|error| {
        let before = error.span().and_then(|span| text.get(..span.start)).unwrap_or_default();
        let line = 1 + before.matches('\n').count();
        wrong(path, Some(line), error.message())
    })?;
    let Audit { exclude, baseline, rules, paths } = file.audit;
    let mut places = Vec::new();
    for of_paths in paths {
        let all = of_paths.level.as_deref().map(|level| self::level(path, level)).transpose()?;
        places.push(Place {
            is_for: matcher(path, &of_paths.paths)?,
            all,
            rules: levels(path, &of_paths.rules)?,
        });
    }
    if !exclude.is_empty() {
        // Last, as the last one counts.
        places.push(Place {
            is_for: matcher(path, &exclude)?,
            all: Some(Level::Off),
            rules: BTreeMap::new(),
        });
    }
    let settings = Settings { rules: levels(path, &rules)?, places };
    Ok(AuditSettings { settings, baseline: baseline.map(|baseline| root.join(baseline)) })
}

fn levels(
    path: &Path,
    rules: &BTreeMap<String, String>,
) -> Result<BTreeMap<DiagnosisId, Level>, CommandError> {
    let mut levels = BTreeMap::new();
    for (slug, word) in rules {
        let id = DiagnosisId::parse(slug).ok_or_else(|| {
            wrong(path, None, &format!("no rule is named `{slug}`; ecrpass explain --list names them"))
        })?;
        levels.insert(id, level(path, word)?);
    }
    Ok(levels)
}

fn level(path: &Path, word: &str) -> Result<Level, CommandError> {
    Level::parse(word)
        .ok_or_else(|| wrong(path, None, &format!("`{word}` is no level: off, note, warning and error are")))
}

fn matcher(path: &Path, patterns: &[String]) -> Result<Matcher, CommandError> {
    // As in .gitignore: people know these.
    let mut builder = GitignoreBuilder::new("");
    for pattern in patterns {
        builder
            .add_line(None, pattern)
            .map_err(|error| wrong(path, None, &format!("`{pattern}` is no pattern: {error}")))?;
    }
    let ignore: Gitignore = builder
        .build()
        .map_err(|error| wrong(path, None, &format!("the patterns cannot be used: {error}")))?;
    Ok(Box::new(move |path| ignore.matched_path_or_any_parents(path, false).is_ignore()))
}

fn wrong(path: &Path, line: Option<usize>, what: &str) -> CommandError {
    let line = line.map(|line| format!(":{line}")).unwrap_or_default();
    CommandError::could_not_run(
        format!("{}{line}: {}.", path.display(), what.trim_end_matches('.')),
        "correct it; docs/audit.md shows what can be said there",
    )
}

#[cfg(test)]
mod tests {
    use ecrpass_diagnosis::finding::Severity;

    use super::*;

    fn parsed(text: &str) -> Result<AuditSettings, CommandError> {
        parse(Path::new("ecrpass.toml"), text, Path::new("/r"))
    }

    #[test]
    fn files_and_rules_are_judged_as_it_says() {
        let of = parsed(
            "[audit]\nexclude = [\"vendor/\"]\nbaseline = \"known.json\"\n[audit.rules]\nstatic-keys-in-pipeline = \"off\"\n[[audit.paths]]\npaths = [\"examples/**\"]\nlevel = \"note\"\nrules = { token-in-log = \"error\" }\n",
        )
        .unwrap();
        assert_eq!(of.baseline.as_deref(), Some(Path::new("/r/known.json")));
        let severity = |id, path| of.settings.severity(id, path, Severity::Warning);
        assert_eq!(severity(DiagnosisId::StaticKeysInPipeline, "ci.yml"), None);
        assert_eq!(severity(DiagnosisId::NotLoggedIn, "ci.yml"), Some(Severity::Warning));
        assert_eq!(severity(DiagnosisId::NotLoggedIn, "a/vendor/ci.yml"), None);
        assert_eq!(severity(DiagnosisId::NotLoggedIn, "examples/a/ci.yml"), Some(Severity::Note));
        assert_eq!(severity(DiagnosisId::TokenInLog, "examples/a/ci.yml"), Some(Severity::Error));
    }

    #[cfg(unix)]
    #[test]
    fn strangers_settings_lead_nowhere_else() {
        let all = tempfile::tempdir().unwrap();
        let root = all.path().join("r");
        std::fs::create_dir_all(root.join("ci")).unwrap();
        std::fs::write(all.path().join("secret"), "x").unwrap();
        std::fs::write(root.join("ci/known.json"), "{}").unwrap();
        std::os::unix::fs::symlink("../secret", root.join("link")).unwrap();
        std::os::unix::fs::symlink("..", root.join("up")).unwrap();
        let absolute = all.path().join("secret").display().to_string();
        let of = |baseline: &str, trust: Trust| {
            std::fs::write(root.join("ecrpass.toml"), format!("[audit]\nbaseline = {baseline:?}\n")).unwrap();
            settings(None, &root, trust)
        };
        for outside in
            [&absolute, "../secret", "link", "up/secret", "ci/../../secret", "/nothing", "../nothing"]
        {
            let why = of(outside, Trust::InTheTree).unwrap_err().to_string();
            assert!(why.contains("not in the repository") && !why.contains("secret"), "{outside}: {why}");
            assert!(of(outside, Trust::Everywhere).is_ok(), "{outside}");
        }
        for inside in ["ci/known.json", "gone.json", "ci/../ci/known.json"] {
            assert!(of(inside, Trust::InTheTree).is_ok(), "{inside}");
        }
        // Nor is the file itself another one.
        std::fs::remove_file(root.join("ecrpass.toml")).unwrap();
        std::os::unix::fs::symlink("../secret", root.join("ecrpass.toml")).unwrap();
        assert!(
            settings(None, &root, Trust::InTheTree)
                .unwrap_err()
                .to_string()
                .contains("not in the repository")
        );
    }

    #[test]
    fn what_is_wrong_names_the_file_and_what_is_right() {
        for (text, said) in [
            ("[audit]\nexcluded = []\n", "ecrpass.toml:2: "),
            ("[audit.rules]\ntokn = \"off\"\n", "no rule is named `tokn`"),
            ("[audit.rules]\ntoken-in-log = \"fatal\"\n", "`fatal` is no level"),
            ("[audit]\nexclude = [\"a{b\"]\n", "is no pattern"),
        ] {
            let error = parsed(text).unwrap_err().to_string();
            assert!(error.contains(said), "{error}");
        }
    }
}
