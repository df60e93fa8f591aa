//! `cargo xtask generate`: what is made from the diagnosis catalogue's files, so that each cause is declared once: the
//! names of all causes, the list of their modules, and the pages in `docs/diagnosis` and `docs/runbooks`. The pages of the
//! audit's rules come from their fixtures likewise, the JSON Schema of bundles from their types, the plot of the fleet's
//! calls from what its models wrote, the picture of the helper's speed from the table of figures, and the table of clients
//! from their models.

mod audit_rules;
mod clients;
mod performance;

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use ecrpass_diagnosis::catalogue;
use ecrpass_diagnosis::runbook::{self, Platform};

use crate::command::say;
use crate::fleet;

const CATALOGUE: &str = "crates/ecrpass-diagnosis/src/catalogue";
/// The list of modules.
const MODULES: &str = "crates/ecrpass-diagnosis/src/catalogue/generated.rs";
/// The names, where code that does not link the catalogue finds them.
const NAMES: &str = "crates/ecrpass-core/src/diagnosis_id.rs";
/// The Rust files that are made from the catalogue.
pub const WRITTEN: [&str; 2] = [MODULES, NAMES];
const PAGES: &str = "docs/diagnosis";
const RUNBOOKS: &str = "docs/runbooks";
/// Where the JSON Schema of support bundles stands.
const SCHEMA: &str = "docs/schema/bundle-1.json";

/// A cause, as its files say.
struct Cause {
    /// The folder it is in.
    group: String,
    module: String,
}

impl Cause {
    fn slug(&self) -> String {
        self.module.replace('_', "-")
    }

    /// The name of the variant.
    fn variant(&self) -> String {
        upper_camel(&self.module)
    }
}

/// `tag_not_found` as a type's or variant's name: `TagNotFound`.
fn upper_camel(module: &str) -> String {
    let words = module.split('_').map(|word| {
        let (first, rest) = word.split_at_checked(1).unwrap_or((word, ""));
        first.to_ascii_uppercase() + rest
    });
    words.collect()
}

/// Writes everything, or says what is out of date. The pages are those of the catalogue this program was built with:
/// after a new cause it has to run twice.
pub fn run(check: bool) -> Result<()> {
    let causes = causes()?;
    let mut files: BTreeMap<PathBuf, String> = BTreeMap::new();
    files.insert(PathBuf::from(MODULES), modules(&causes));
    files.insert(PathBuf::from(NAMES), names(&causes));
    let is_built_in = catalogue::all().map(|entry| entry.id.slug()).eq(causes.iter().map(Cause::slug));
    if is_built_in {
        for entry in catalogue::all() {
            files.insert(Path::new(PAGES).join(format!("{}.md", entry.id)), entry.whole_page());
        }
        files.insert(Path::new(PAGES).join("README.md"), index());
        for platform in Platform::ALL {
            files.insert(Path::new(RUNBOOKS).join(format!("{}.md", platform.id())), runbook::page(platform));
        }
        files.insert(Path::new(RUNBOOKS).join("README.md"), runbook::index());
        files.extend(audit_rules::pages()?);
        files.insert(PathBuf::from(SCHEMA), schema()?);
        files.insert(PathBuf::from(fleet::PLOT), fleet::plot()?);
        let figures = fs::read_to_string(performance::PAGE)?;
        files.insert(PathBuf::from(performance::PICTURE), performance::picture(&figures)?);
        let configuration = fs::read_to_string(clients::PAGE)?;
        files.insert(PathBuf::from(clients::PAGE), clients::page(&configuration)?);
    }
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
    if !is_built_in && !check {
        say(&format!("  wrote {}", stale.join(", ")));
        let mut again = crate::command::command("cargo xtask generate");
        return crate::command::run(&mut again);
    }
    for directory in [PAGES, RUNBOOKS, audit_rules::PAGES] {
        for entry in fs::read_dir(directory)? {
            let path = entry?.path();
            if !files.contains_key(&path) {
                bail!("{} belongs to no cause, rule or platform; remove it", path.display());
            }
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
    let mut schema = schemars::schema_for!(ecrpass_diagnosis::facts::Bundle);
    schema.insert("$id".to_owned(), ecrpass_diagnosis::facts::SCHEMA.into());
    Ok(format!("{}\n", serde_json::to_string_pretty(&schema)?))
}

/// Every `<group>/<id>.rs`, in the order of the names.
fn causes() -> Result<Vec<Cause>> {
    let mut causes = Vec::new();
    for group in fs::read_dir(CATALOGUE)? {
        let group = group?.path();
        if !group.is_dir() {
            continue;
        }
        for file in fs::read_dir(&group)? {
            let file = file?.path();
            let name = |path: &Path| path.file_stem().and_then(|name| name.to_str()).map(str::to_owned);
            if file.extension().is_some_and(|extension| extension == "rs") {
                let module = name(&file).context("a file name that is no text")?;
                let group = name(&group).context("a folder name that is no text")?;
                if !file.with_extension("md").exists() {
                    bail!("{} has no page {module}.md beside it", file.display());
                }
                causes.push(Cause { group, module });
            }
        }
    }
    // In the order of the slugs, as users see them.
    causes.sort_by_key(Cause::slug);
    Ok(causes)
}

fn modules(causes: &[Cause]) -> String {
    let mut text = String::from(
        "//! The list of causes. Written by `cargo xtask generate` from the files beside it.\n\nuse ecrpass_core::DiagnosisId;\n\nuse super::entry::Diagnosis;\nuse super::group::Group;\n\n",
    );
    for Cause { group, module } in causes {
        let _ = write!(text, "#[path = \"{group}/{module}.rs\"]\nmod {module};\n");
    }
    let _ = write!(
        text,
        "\n/// Every cause with the folder it is in, in the order of its name.\npub(super) static ENTRIES: [(Group, &Diagnosis); {}] = [\n",
        causes.len()
    );
    for cause in causes {
        let group = upper_camel(&cause.group);
        let _ = writeln!(text, "    (Group::{group}, &{}::DIAGNOSIS),", cause.module);
    }
    text.push_str(
        "];\n\n/// The entry of a cause.\npub(super) fn entry(id: DiagnosisId) -> &'static Diagnosis {\n    match id {\n",
    );
    for cause in causes {
        let _ = writeln!(text, "        DiagnosisId::{} => &{}::DIAGNOSIS,", cause.variant(), cause.module);
    }
    text.push_str("    }\n}\n");
    text
}

fn names(causes: &[Cause]) -> String {
    let mut list = NamesList::default();
    for cause in causes {
        let (slug, variant) = (cause.slug(), cause.variant());
        let _ = write!(list.variants, "    /// `{slug}`.\n    {variant},\n");
        let _ = writeln!(list.all, "        Self::{variant},");
        let _ = writeln!(list.slugs, "            Self::{variant} => \"{slug}\",");
    }
    include_str!("generate/diagnosis_id.rs.in")
        .replace("@count@", &causes.len().to_string())
        .replace("@variants@", list.variants.trim_end())
        .replace("@all@", list.all.trim_end())
        .replace("@slugs@", list.slugs.trim_end())
}

/// The three lists in the file of names.
#[derive(Default)]
struct NamesList {
    variants: String,
    all: String,
    slugs: String,
}

fn index() -> String {
    let mut text = String::from(
        "# The diagnosis catalogue\n\nEvery root cause that `ecrpass explain`, `doctor` and `audit` know. `ecrpass explain --id NAME` prints the same in the terminal.\n\nStart with the error: `ecrpass explain <log>`, which fills the placeholders in. `<host>` is\n`<account>.dkr.ecr.<region>.amazonaws.com`, whose account owns the repository; `<repository>` is the image's name after the\nhost, without the tag; `<client>` is docker, buildx, podman and so on; `<caller>` is the ARN of the role or user, for\n`arn:aws:sts::111122223333:assumed-role/NAME/SESSION` that of the role NAME; `<role>` is NAME.\n\n| name | what is wrong |\n| --- | --- |\n",
    );
    for entry in catalogue::all() {
        let _ = writeln!(text, "| [{0}]({0}.md) | {1} |", entry.id, entry.page.title());
    }
    text
}
