//! A job of GitLab CI.

use std::ops::Range;

use crate::known::Known;
use crate::pipeline::gitlab::files::{self, Entry, Files};
use crate::pipeline::gitlab::inherits::Inherits;
use crate::pipeline::gitlab::merge::{Merged, Part};
use crate::pipeline::model::{Host, Job, Kept, KeptAs, Setting, Step};
use crate::pipeline::scope::{Scope, setting, settings_in};
use crate::pipeline::scripts::{Run, carry_over, passage_of};
use crate::pipeline::{duration, images};
use crate::source::Tree;
use crate::yaml::Node;

/// How deep `!reference` may lead to `!reference`.
const MAX_REFERENCES: usize = 10;
/// How many values are looked at for the commands of a job.
const MAX_LINES: usize = 10_000;

/// What holds for all jobs.
pub(super) struct Global {
    variables: Vec<Setting>,
    scope: Scope,
    /// `default:` and the older keys at the top.
    parts: Vec<Part>,
    /// Whether templates are included that are not in the tree.
    is_open: bool,
}

impl Global {
    pub fn read(files: &Files) -> Self {
        let mut scope = Scope::default();
        let mut variables = Vec::new();
        for entry in files.all("variables") {
            variables.extend(settings_in(&mut scope, Some(&entry.node)));
        }
        let mut parts = Vec::new();
        for name in ["image", "services", "before_script", "after_script", "cache"] {
            let setting = files.get(name).filter(|entry| !files::is_job(&entry.node));
            parts.extend(setting.map(|entry| Part {
                key: entry.key.clone(),
                node: entry.node.clone(),
                path: entry.path.clone(),
            }));
        }
        for entry in files.all("default") {
            for (key, node) in entry.node.members().unwrap_or_default() {
                parts.push(Part { key: key.clone(), node: node.clone(), path: entry.path.clone() });
            }
        }
        Self { variables, scope, parts, is_open: files.is_open }
    }

    fn get(&self, name: &str) -> Option<&Part> {
        self.parts.iter().rfind(|part| part.key.text == name)
    }
}

/// Reads a job; nothing if the entry is none.
pub(super) fn read(name: &str, files: &Files, global: &Global, tree: &Tree, is_part: bool) -> Option<Job> {
    let entry = files.get(name)?;
    if entry.node.members().is_none() {
        return commands_alone(name, entry, files, global, tree);
    }
    let merged = Merged::of(name, files);
    let script = merged.get("script");
    let mut job = Job::new(name, entry.key.bytes.clone());
    job.is_part = is_part || merged.is_open;
    job.is_off = is_off(&merged);
    let inherits = Inherits::of(&merged);
    let mut scope = Scope::default();
    if inherits.all_variables() {
        scope = global.scope.clone();
        job.variables.clone_from(&global.variables);
    } else {
        job.variables
            .extend(global.variables.iter().filter(|setting| inherits.variable(&setting.name)).cloned());
        scope.extend(&job.variables);
    }
    for part in merged.all("variables") {
        job.variables
            .extend(settings_in(&mut scope, Some(&part.node)).into_iter().filter(|_| part.path.is_none()));
    }
    of_rules(&merged, &mut scope);
    // ID tokens are variables too.
    let of_default = global.get("id_tokens").filter(|_| inherits.setting("id_tokens"));
    for part in merged.all("id_tokens").chain(of_default) {
        for (key, node) in part.node.members().unwrap_or_default() {
            let value = Known::named(&key.text);
            job.variables.push(Setting { value, ..setting(&key.text, node, &|_| Known::Unknown) });
        }
    }
    if let Some(legs) = matrix(&merged, &scope) {
        job.at_once = true;
        fill(&mut scope, &legs);
        // Variables of all levels may name those of the matrix.
        let of_all = files.all("variables").map(|entry| &entry.node);
        for node in of_all.chain(merged.all("variables").map(|part| &part.node)) {
            settings_in(&mut scope, Some(node));
        }
        fill(&mut scope, &legs);
    }
    let default = |name: &str| global.get(name).filter(|_| inherits.setting(name));
    let either = |name: &str| merged.get(name).or_else(|| default(name));
    if let Some(part) = either("image") {
        let image = part.node.get("name").unwrap_or(&part.node);
        let value = image.text().map_or(Known::Unknown, |text| scope.expand(text));
        job.container = Some((value, image.bytes.clone()));
    }
    job.host = host(&job, either("tags"));
    let tags = either("tags").map(|part| part.node.each()).unwrap_or_default();
    job.labels = tags.iter().filter_map(Node::text).map(str::to_owned).collect();
    job.oidc = oidc(&merged, default("id_tokens"), global.is_open, &job.bytes);
    job.limit_minutes = either("timeout")
        .filter(|part| part.path.is_none())
        .and_then(|part| Some((duration::minutes(part.node.text()?, 1)?, part.node.bytes.clone())));
    let lines = |part: Option<&Part>| part.map(|part| lines_of(part, files)).unwrap_or_default();
    let job_scope = scope.clone();
    let mut before = lines(either("before_script"));
    before.extend(lines(script));
    job.steps.extend(steps(before, &mut scope, tree));
    // The last part runs in a shell of its own.
    let mut after_scope = job_scope;
    job.steps.extend(steps(lines(either("after_script")), &mut after_scope, tree));
    job.kept = kept(&either, &scope);
    // A job of an included file is reported where it stands.
    if entry.path.is_some() {
        job.steps.iter_mut().for_each(|step| {
            step.path.get_or_insert_with(|| entry.path.clone().unwrap_or_default());
        });
        return None;
    }
    Some(job)
}

/// A list of commands that jobs refer to, in a file that others include.
fn commands_alone(name: &str, entry: &Entry, files: &Files, global: &Global, tree: &Tree) -> Option<Job> {
    let is_list = name.starts_with('.') && entry.node.items().is_some() && entry.path.is_none();
    let mut job = Job::new(name, entry.key.bytes.clone());
    job.is_part = true;
    let part = Part { key: entry.key.clone(), node: entry.node.clone(), path: None };
    job.steps = steps(lines_of(&part, files), &mut global.scope.clone(), tree);
    is_list.then_some(job)
}

/// `when: never`, for all cases.
fn is_off(merged: &Merged) -> bool {
    let never = |node: &Node| node.text_of("when") == Some("never");
    if merged.get("when").is_some_and(|part| part.node.text() == Some("never")) {
        return true;
    }
    let Some(rules) = merged.get("rules") else { return false };
    let rules = rules.node.each();
    !rules.is_empty() && rules.iter().all(never)
}

/// `rules:variables`: a variable is what the rule says by which the job comes to be, or what was said before.
fn of_rules(merged: &Merged, scope: &mut Scope) {
    let Some(rules) = merged.get("rules") else { return };
    let never = |rule: &&Node| rule.text_of("when") != Some("never");
    let rules: Vec<&Node> = rules.node.each().iter().filter(never).collect();
    let mut names: Vec<&str> = Vec::new();
    for (key, _) in rules.iter().flat_map(|rule| rule.members_of("variables")) {
        if !names.contains(&key.text.as_str()) {
            names.push(&key.text);
        }
    }
    for name in names {
        let before = || scope.get(name).unwrap_or_else(|| Known::named(name));
        let values: Vec<Known> = rules
            .iter()
            .map(|rule| {
                rule.at(&["variables", name])
                    .and_then(Node::text)
                    .map_or_else(before, |text| scope.expand(text))
            })
            .collect();
        scope.set(name.to_owned(), Known::any(&values));
    }
}

/// `parallel: matrix:`: each variable is one of several; `None` if only one job is made.
fn matrix(merged: &Merged, scope: &Scope) -> Option<Vec<(String, Known)>> {
    let parallel = merged.get("parallel")?;
    let mut values: Vec<(String, Vec<Known>)> = Vec::new();
    for (key, value) in parallel.node.items_of("matrix").iter().filter_map(Node::members).flatten() {
        let texts = value.each().iter().filter_map(Node::text).map(|text| scope.expand(text));
        match values.iter_mut().find(|(name, _)| *name == key.text) {
            Some((_, all)) => all.extend(texts),
            None => values.push((key.text.clone(), texts.collect())),
        }
    }
    Some(values.into_iter().map(|(name, all)| (name, Known::any(&all))).collect())
}

fn fill(scope: &mut Scope, legs: &[(String, Known)]) {
    for (name, value) in legs {
        scope.set(name.clone(), value.clone());
    }
}

/// A job in a well-known image begins with an empty home; what a runner's own image or machine holds is not known.
fn host(job: &Job, tags: Option<&Part>) -> (Host, Option<Range<usize>>) {
    if let Some((image, bytes)) = &job.container {
        let host = if images::is_plain(image) { Host::Hosted } else { Host::Unknown };
        return (host, Some(bytes.clone()));
    }
    let Some(tags) = tags else { return (Host::Unknown, None) };
    let is_shell =
        tags.node.each().iter().filter_map(Node::text).any(|tag| tag.to_ascii_lowercase().contains("shell"));
    (if is_shell { Host::Own } else { Host::Unknown }, Some(tags.key.bytes.clone()))
}

/// Whether the job has ID tokens; their names are variables of it.
fn oidc(
    merged: &Merged,
    of_default: Option<&Part>,
    is_open: bool,
    job: &Range<usize>,
) -> (Option<bool>, Range<usize>) {
    let declared = merged.get("id_tokens").or(of_default);
    match declared {
        // What is referred to is not in the tree.
        Some(part) if part.node.tag.is_some() => (None, part.key.bytes.clone()),
        Some(part) => (Some(true), part.key.bytes.clone()),
        None if merged.is_open || is_open => (None, job.clone()),
        None => (Some(false), job.clone()),
    }
}

/// The commands of a setting, each with the file that it stands in.
fn lines_of(part: &Part, files: &Files) -> Vec<(Node, Option<String>)> {
    let mut lines = Vec::new();
    collect(&part.node, part.path.as_ref(), files, 0, &mut lines, &mut 0);
    lines
}

fn collect(
    node: &Node,
    path: Option<&String>,
    files: &Files,
    depth: usize,
    lines: &mut Vec<(Node, Option<String>)>,
    seen: &mut usize,
) {
    *seen += 1;
    if depth > MAX_REFERENCES || *seen > MAX_LINES {
        return;
    }
    if node.tag.as_deref() == Some("!reference") {
        let names: Vec<&str> = node.each().iter().filter_map(Node::text).collect();
        let Some((job, inner)) = names.split_first() else { return };
        let Some(entry) = files.get(job) else { return };
        let found = match (entry.node.at(inner), inner) {
            (Some(found), _) => Some((found.clone(), entry.path.clone())),
            // The setting may come from what the job extends.
            (None, [setting]) => {
                Merged::of(job, files).get(setting).map(|part| (part.node.clone(), part.path.clone()))
            }
            (None, _) => None,
        };
        if let Some((found, path)) = found {
            collect(&found, path.as_ref(), files, depth + 1, lines, seen);
        }
    } else if node.text().is_some() {
        lines.push((node.clone(), path.cloned()));
    } else {
        for item in node.items().unwrap_or_default() {
            collect(item, path, files, depth + 1, lines, seen);
        }
    }
}

/// The steps of commands that run in one shell: one for each run of lines of the same file.
fn steps(lines: Vec<(Node, Option<String>)>, scope: &mut Scope, tree: &Tree) -> Vec<Step> {
    let mut steps = Vec::new();
    for lines in lines.chunk_by(|one, other| one.1 == other.1) {
        let Some((first, path)) = lines.first() else { continue };
        let passage = passage_of(lines.iter().map(|(node, _)| node));
        let mut step = Run::posix(&passage, first.bytes.clone()).step(scope, tree);
        carry_over(&step, scope);
        step.path.clone_from(path);
        for deed in &mut step.deeds {
            deed.path = deed.path.take().or_else(|| path.clone());
        }
        steps.push(step);
    }
    steps
}

/// Artifacts, reports and caches.
fn kept<'a>(setting: &dyn Fn(&str) -> Option<&'a Part>, scope: &Scope) -> Vec<Kept> {
    let mut kept = Vec::new();
    let either = |name: &str| setting(name).filter(|part| part.path.is_none());
    let mut untracked = None;
    let mut add = |how, node: &Node, by: &Range<usize>, except: &[String]| {
        for path in node.each() {
            if let Some(text) = path.text() {
                let what = scope.expand(text);
                let made = Kept::path(how, what, text, path.bytes.clone(), by.clone());
                kept.push(Kept { except: except.to_vec(), ..made });
            }
        }
    };
    if let Some(artifacts) = either("artifacts") {
        let left_out = artifacts.node.each_of("exclude").iter().filter_map(Node::text);
        let left_out: Vec<String> = left_out
            .flat_map(|path| scope.expand(path).alternatives().map(str::to_owned).collect::<Vec<_>>())
            .collect();
        if let Some(paths) = artifacts.node.get("paths") {
            add(KeptAs::Artifact, paths, &artifacts.key.bytes, &left_out);
        }
        // All files of the project's directory that git does not know.
        if let Some((key, value)) = artifacts.node.entry("untracked")
            && value.flag() == Some(true)
        {
            let path = Kept::path(
                KeptAs::Artifact,
                Known::Exactly(".".to_owned()),
                ".",
                key.bytes.clone(),
                artifacts.key.bytes.clone(),
            );
            untracked = Some(Kept { except: left_out, ..path });
        }
        if let Some(dotenv) = artifacts.node.at(&["reports", "dotenv"]) {
            add(KeptAs::Dotenv, dotenv, &artifacts.key.bytes, &[]);
        }
    }
    if let Some(caches) = either("cache") {
        for cache in caches.node.each() {
            if let Some(paths) = cache.get("paths") {
                add(KeptAs::Cache, paths, &caches.key.bytes, &[]);
            }
        }
    }
    kept.extend(untracked);
    kept
}
