//! `cargo xtask generate`: what is made from the diagnosis catalogue's source files, so that each cause is declared
//! once: the list of modules with their pages, and the pages in `docs/diagnosis`. The JSON Schema of bundles comes from
//! their types likewise.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

use crate::command::say;

const SOURCES: &str = "crates/ecrpass-core/src/diagnosis";
const PAGES: &str = "docs/diagnosis";
/// Where the JSON Schema of support bundles stands.
const SCHEMA: &str = "docs/schema/bundle-1.json";
/// Files in the sources' directory that are no causes.
const NO_CAUSES: [&str; 2] = ["generated", "page"];

/// A cause as its source file tells it.
struct Cause {
    module: String,
    page: String,
}

/// Writes everything, or says what is out of date.
pub fn run(check: bool) -> Result<()> {
    let causes = causes()?;
    let mut files: BTreeMap<PathBuf, String> = BTreeMap::new();
    files.insert(Path::new(SOURCES).join("generated.rs"), module(&causes));
    for cause in &causes {
        files.insert(Path::new(PAGES).join(format!("{}.md", slug(&cause.module))), cause.page.clone());
    }
    files.insert(Path::new(PAGES).join("README.md"), index(&causes));
    files.insert(PathBuf::from(SCHEMA), schema()?);
    let mut stale = Vec::new();
    for (path, text) in &files {
        if fs::read_to_string(path).ok().as_ref() != Some(text) {
            stale.push(path.display().to_string());
            if !check {
                fs::create_dir_all(path.parent().unwrap_or(Path::new(".")))?;
                fs::write(path, text)?;
            }
        }
    }
    for entry in fs::read_dir(PAGES)? {
        let path = entry?.path();
        if !files.contains_key(&path) {
            bail!("{} belongs to no cause; remove it", path.display());
        }
    }
    match (check, stale.is_empty()) {
        (true, false) => bail!("out of date: {}; run cargo xtask generate", stale.join(", ")),
        (false, false) => say(&format!("  wrote {}", stale.join(", "))),
        _ => say(&format!("  {} causes, all up to date", causes.len())),
    }
    Ok(())
}

/// The JSON Schema of what `ecrpass doctor --record` writes.
fn schema() -> Result<String> {
    let mut schema = schemars::schema_for!(ecrpass_core::facts::Bundle);
    schema.insert("$id".to_owned(), ecrpass_core::facts::SCHEMA.into());
    Ok(format!("{}\n", serde_json::to_string_pretty(&schema)?))
}

fn slug(module: &str) -> String {
    module.replace('_', "-")
}

fn causes() -> Result<Vec<Cause>> {
    let mut causes = Vec::new();
    for entry in fs::read_dir(SOURCES)? {
        let path = entry?.path();
        let module = path.file_stem().and_then(|name| name.to_str()).unwrap_or_default().to_owned();
        if NO_CAUSES.contains(&module.as_str()) {
            continue;
        }
        let source = fs::read_to_string(&path)?;
        let page = page(&source).with_context(|| format!("in {}", path.display()))?;
        causes.push(Cause { module, page });
    }
    causes.sort_by(|a, b| a.module.cmp(&b.module));
    Ok(causes)
}

/// The doc comment, and what the static says about confirming and mending.
fn page(source: &str) -> Result<String> {
    let documentation = source.lines().map_while(|line| line.strip_prefix("//!"));
    let documentation: Vec<&str> = documentation.map(|line| line.strip_prefix(' ').unwrap_or(line)).collect();
    let documentation = documentation.join("\n");
    if !documentation.starts_with("# ") {
        bail!("the doc comment does not begin with a title");
    }
    // What to do comes before what to do afterwards.
    let (before, after) = match documentation.find("\n## Afterwards") {
        Some(at) => documentation.split_at(at),
        None => (documentation.as_str(), ""),
    };
    let mut page = before.trim_end().to_owned();
    let decide = texts(source.split("decide:").nth(1).context("no `decide`")?).next().unwrap_or_default();
    if !decide.is_empty() {
        write!(page, "\n\n## How to confirm\n\n    {}", placeholders(&decide))?;
    }
    page.push_str("\n\n## How to fix\n");
    let remedies = source.split("remedies:").nth(1).and_then(|rest| rest.split("decide:").next());
    let remedies = remedies.context("no `remedies`")?;
    let mut calls: Vec<(usize, &str)> = Vec::new();
    for name in ["run(", "by_hand(", "automatic(", "in_ci("] {
        calls.extend(remedies.match_indices(name).filter(|(at, _)| is_call(remedies, *at)));
    }
    if calls.is_empty() {
        bail!("no remedies are found");
    }
    // What is for one CI system stands behind what is for all.
    calls.sort_unstable_by_key(|(at, name)| (*name == "in_ci(", *at));
    for (at, name) in calls {
        let mut arguments = texts(remedies.get(at..).unwrap_or_default());
        let mut summary = placeholders(&arguments.next().context("a remedy without a text")?);
        if name == "in_ci(" {
            let text = placeholders(&arguments.next().context("a remedy without a text")?);
            summary = format!("in {}, {text}", ci_name(&summary));
        }
        write!(page, "\n- {summary}")?;
        match name {
            "run(" | "in_ci(" => {
                write!(page, ":\n\n      {}\n", placeholders(&arguments.next().context("no command")?))?
            }
            "automatic(" => page.push_str(":\n\n      ecrpass fix\n"),
            _ => page.push('\n'),
        }
    }
    if !after.is_empty() {
        write!(page, "\n{}\n", after.trim())?;
    }
    Ok(format!("{}\n", page.trim_end()))
}

/// A CI system's name as people write it.
fn ci_name(id: &str) -> &str {
    match id {
        "github" => "GitHub Actions",
        "gitlab" => "GitLab CI",
        "jenkins" => "Jenkins",
        "codebuild" => "CodeBuild",
        "circleci" => "CircleCI",
        other => other,
    }
}

/// Whether a name stands where a call begins, not inside a text.
fn is_call(source: &str, at: usize) -> bool {
    source
        .get(..at)
        .and_then(|before| before.chars().next_back())
        .is_none_or(|c| c.is_whitespace() || c == '[')
        && source.get(..at).is_some_and(|before| {
            let line = before.rsplit('\n').next().unwrap_or_default();
            matches!(line.trim(), "" | "remedies: &[" | ": &[" | "&[")
        })
}

/// `{host}` as people read it.
fn placeholders(text: &str) -> String {
    let mut text = text.to_owned();
    for name in
        ["host", "account", "region", "repository", "tag", "caller", "role", "action", "profile", "client"]
    {
        text = text.replace(&format!("{{{name}}}"), &format!("<{name}>"));
    }
    text
}

/// The string literals of a source text, unescaped.
fn texts(source: &str) -> impl Iterator<Item = String> {
    let mut rest = source.chars();
    std::iter::from_fn(move || {
        rest.by_ref().find(|c| *c == '"')?;
        let mut text = String::new();
        while let Some(c) = rest.next() {
            match c {
                '"' => return Some(text),
                '\\' => match rest.next() {
                    Some('n') => text.push('\n'),
                    Some(c) => text.push(c),
                    None => return None,
                },
                c => text.push(c),
            }
        }
        None
    })
}

fn module(causes: &[Cause]) -> String {
    let mut text = String::from(
        "//! The list of causes and their pages. Written by `cargo xtask generate` from the files beside it.\n\nuse super::{Case, Diagnosis, Outcome, Severity, Stage, automatic, by_hand, check, in_ci, run, says};\n\n",
    );
    for cause in causes {
        let _ = write!(text, "#[path = \"{0}.rs\"]\nmod {0};\n", cause.module);
    }
    let _ = write!(
        text,
        "\n/// Every cause, with its page.\n#[rustfmt::skip]\npub(super) static ENTRIES: [(&Diagnosis, &str); {}] = [\n",
        causes.len()
    );
    for cause in causes {
        let _ = writeln!(text, "    (&{}::DIAGNOSIS, {:?}),", cause.module, cause.page);
    }
    text.push_str("];\n");
    text
}

fn index(causes: &[Cause]) -> String {
    let mut text = String::from(
        "# The diagnosis catalogue\n\nEvery root cause that `ecrpass explain` knows. `ecrpass explain --id NAME` prints the same in the terminal.\n\nStart with the error: `ecrpass explain <log>`, which fills the placeholders in. `<host>` is\n`<account>.dkr.ecr.<region>.amazonaws.com`, whose account owns the repository; `<repository>` is the image's name after the\nhost, without the tag; `<client>` is docker, buildx, podman and so on; `<caller>` is the ARN of the role or user, for\n`arn:aws:sts::111122223333:assumed-role/NAME/SESSION` that of the role NAME; `<role>` is NAME.\n\n| name | what is wrong |\n| --- | --- |\n",
    );
    for cause in causes {
        let slug = slug(&cause.module);
        let title = cause.page.lines().next().unwrap_or_default().trim_start_matches("# ");
        let _ = writeln!(text, "| [{slug}]({slug}.md) | {title} |");
    }
    text
}
