//! The pages of the audit's rules: what each finds, shown by the fixtures that hold it, so that no example is made up.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use ecrpass_audit::audit::{Found, Question, audit};
use ecrpass_audit::kind::FileKind;
use ecrpass_audit::rule::Rule;
use ecrpass_audit::rules::RULES;
use ecrpass_audit::settings::Settings;
use ecrpass_audit::source::{Owner, SourceFile, Tree};
use ecrpass_diagnosis::catalogue;
use ecrpass_diagnosis::finding::Severity;

/// Where the pages stand.
pub const PAGES: &str = "docs/audit-rules";
const FIXTURES: &str = "crates/ecrpass-audit/tests/fixtures";
/// When fixtures are looked at: as their tests do.
const NOW: i64 = 1_790_000_000;

/// What stands in a page for what a fixture's tests fill in.
const FILLED_IN: [(&str, &str); 11] = [
    ("@@LIVE_PASSWORD@@", "(a password that still works)"),
    ("@@EXPIRED_PASSWORD@@", "(a password that has expired)"),
    ("@@LIVE_TOKEN@@", "(a login that still works)"),
    ("@@EXPIRED_TOKEN@@", "(a login that has expired)"),
    ("@@AKIA@@", "(an access key id)"),
    ("@@ASIA@@", "(a temporary access key id)"),
    ("@@SECRET@@", "(its secret key)"),
    ("@@EXAMPLE_AKIA@@", "(the access key id of AWS's documentation)"),
    ("@@EXAMPLE_SECRET@@", "(the secret key of AWS's documentation)"),
    ("@@HUB_AUTH@@", "(a login for Docker Hub)"),
    ("@@HUB_DOCKERCONFIG@@", "(a configuration with a login for Docker Hub)"),
];

/// A fixture as a page shows it.
struct Example {
    /// `1` of `hit-1.yml`.
    number: String,
    /// For the highlighter.
    language: String,
    /// Paths and texts, marks taken off.
    files: Vec<(String, String)>,
    /// The marked lines: file, line.
    marks: Vec<(String, usize)>,
    /// Whether it stands there as it is, so that an audit of it can be shown.
    is_plain: bool,
}

/// The pages, by their paths.
///
/// # Errors
/// When a fixture cannot be read.
pub fn pages() -> Result<BTreeMap<PathBuf, String>> {
    let mut pages = BTreeMap::new();
    let mut index = String::from(
        "# The audit's rules\n\nWritten by `cargo xtask generate`: what `ecrpass audit` and `ecrpass ci lint` find, each with an example from the tests.\nHow bad a finding is depends on where it is; the column says what the example is. *Fixed by `--fix`* means that at least one\nform of it has an edit that is safe.\n\n| rule | what is wrong | severity | fixed by `--fix` |\n| --- | --- | --- | --- |\n",
    );
    for rule in RULES {
        let (page, severity, is_fixed) = page(rule)?;
        let slug = rule.id.slug();
        let title = catalogue::find(rule.id).page.title();
        let _ = writeln!(
            index,
            "| [{slug}]({slug}.md) | {title} | {} | {} |",
            severity.map_or("", word),
            if is_fixed { "yes" } else { "" }
        );
        pages.insert(Path::new(PAGES).join(format!("{slug}.md")), page);
    }
    pages.insert(Path::new(PAGES).join("README.md"), index);
    Ok(pages)
}

/// A rule's page, how bad its example is, and whether safe edits exist.
fn page(rule: &Rule) -> Result<(String, Option<Severity>, bool)> {
    let slug = rule.id.slug();
    let entry = catalogue::find(rule.id);
    let all = examples(slug)?;
    let of =
        |kind: &'static str| all.iter().filter(move |(name, _)| name == kind).map(|(_, example)| example);
    let is_fixed = of("fixed").next().is_some();
    // One with a fixed file says the most; then one whose findings can be shown; then a short one.
    let rank = |example: &&Example| {
        let has_fixed = of("fixed").any(|fixed| fixed.number == example.number);
        let length: usize = example.files.iter().map(|(_, text)| text.lines().count()).sum();
        (!example.is_plain, !has_fixed, length)
    };
    let hit = of("hit").min_by_key(rank).with_context(|| format!("{slug} has no hit"))?;
    // What looks alike is in the same language.
    let near = of("near").filter(|near| near.is_plain);
    let near = near.min_by_key(|near| (near.language != hit.language, rank(near)));
    let found = if hit.is_plain { look(rule, &hit.files) } else { Vec::new() };
    let mut page = format!(
        "# Rule `{slug}`: {}\n\n{}\n\n[The cause, how to confirm it, and how to fix it](../diagnosis/{slug}.md)\n\n## What is reported\n\n",
        entry.page.title(),
        entry.page.explanation().split('\n').next().unwrap_or_default()
    );
    show(&mut page, hit);
    if found.is_empty() {
        for (path, line) in &hit.marks {
            let _ = writeln!(page, "- `{path}`, line {line}");
        }
    }
    for Found { finding, .. } in &found {
        let Some(place) = finding.evidence.first() else { continue };
        let _ = writeln!(
            page,
            "- `{}`, line {}, {}: {}",
            place.source,
            place.line.unwrap_or_default(),
            word(finding.severity),
            finding.title
        );
    }
    page.push('\n');
    if let Some(fixed) = of("fixed").find(|fixed| fixed.number == hit.number) {
        page.push_str("## After `ecrpass audit --fix`\n\n");
        show(&mut page, fixed);
    }
    if let Some(near) = near {
        page.push_str("## Not reported\n\nThis looks similar, and is fine:\n\n");
        show(&mut page, near);
    }
    let _ = write!(
        page,
        "## Leaving it out\n\nA comment on the line, or on the line above it, with a reason: `ecrpass: ignore[{slug}] …`. For a whole repository, in\n`ecrpass.toml`: `[audit.rules]`, `{slug} = \"off\"`. [More](../audit.md#leaving-something-out)\n"
    );
    Ok((page, found.first().map(|found| found.finding.severity), is_fixed))
}

/// The files of an example, each below its path.
fn show(page: &mut String, example: &Example) {
    for (path, text) in &example.files {
        let _ = write!(page, "`{path}`:\n\n````{}\n{}\n````\n\n", example.language, text.trim_end());
    }
}

fn word(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Note => "note",
    }
}

/// What a rule finds in files of a repository.
fn look(rule: &Rule, files: &[(String, String)]) -> Vec<Found> {
    let files = files.iter().map(|(path, text)| SourceFile {
        path: path.clone(),
        text: text.clone(),
        kind: FileKind::of(path, text),
        owner: Owner::Repository,
    });
    let tree = Tree::new(files.collect(), NOW);
    let settings = Settings::default();
    audit(&tree, &Question { rules: &[rule], settings: &settings, only: None, only_pipelines: false }).found
}

/// The fixtures of a rule, each with its kind: `hit`, `near`, `fixed`.
fn examples(slug: &str) -> Result<Vec<(String, Example)>> {
    let directory = Path::new(FIXTURES).join(slug);
    let entries = fs::read_dir(&directory).with_context(|| format!("cannot read {}", directory.display()))?;
    let mut paths: Vec<PathBuf> =
        entries.map(|entry| Ok(entry?.path())).collect::<std::io::Result<Vec<_>>>()?;
    paths.sort();
    let mut all = Vec::new();
    for path in paths {
        let text = fs::read_to_string(&path)?;
        let stem = path.file_stem().and_then(|stem| stem.to_str()).unwrap_or_default();
        let (kind, number) = stem.split_once('-').context("a fixture without a number")?;
        let language = match path.extension().and_then(|extension| extension.to_str()).unwrap_or_default() {
            "yml" | "yaml" => "yaml",
            "tf" => "hcl",
            "ps1" => "powershell",
            "sh" | "json" | "groovy" | "dockerfile" => {
                path.extension().and_then(|it| it.to_str()).unwrap_or_default()
            }
            _ => "text",
        };
        all.push((kind.to_owned(), example(&text, number, language)));
    }
    Ok(all)
}

fn example(text: &str, number: &str, language: &str) -> Example {
    let is_plain = !text.contains("@@") && !text.starts_with("=== ");
    let mut files: Vec<(String, String)> = Vec::new();
    let mut marks = Vec::new();
    for line in text.lines() {
        let is_path = |path: &&str| !path.is_empty() && !path.contains([' ', ':', '#', '"']);
        if let Some(path) = line.strip_prefix("--- ").map(str::trim_end).filter(is_path) {
            files.push((path.to_owned(), String::new()));
            continue;
        }
        let Some((path, text)) = files.last_mut() else { continue };
        let mut line = line;
        while let Some((before, _)) = line.rsplit_once("# <-").filter(|(before, word)| {
            before.ends_with([' ', '\t']) && ["", "error", "warning", "note"].contains(&word.trim())
        }) {
            marks.push((path.clone(), 1 + text.matches('\n').count()));
            line = before.trim_end_matches([' ', '\t']);
        }
        text.push_str(line);
        text.push('\n');
    }
    if !is_plain {
        for (_, text) in &mut files {
            *text = without_secrets(text);
        }
    }
    Example { number: number.to_owned(), language: language.to_owned(), files, marks, is_plain }
}

/// A text in which words stand for what tests fill in.
fn without_secrets(text: &str) -> String {
    let mut text = text.to_owned();
    for (mark, words) in FILLED_IN {
        text = text.replace(mark, words);
    }
    // `@@LIVE_DOCKERCONFIG:HOST@@`
    while let Some((before, rest)) = text.split_once("@@") {
        let (mark, after) = rest.split_once("@@").unwrap_or((rest, ""));
        let (kind, host) = mark.split_once(':').unwrap_or((mark, ""));
        let state = if kind.starts_with("LIVE") { "still works" } else { "has expired" };
        text = format!("{before}(a configuration with a login for {host} that {state}){after}");
    }
    text
}
