//! Azure Pipelines: stages, jobs and steps, with the templates of the tree.

mod lists;
mod steps;
mod tasks;
mod values;

use crate::pipeline::azure::lists::flattened;
use crate::pipeline::azure::steps::Walk;
use crate::pipeline::azure::values::Values;
use crate::pipeline::images;
use crate::pipeline::model::{Host, Job, Pipeline};
use crate::pipeline::paths;
use crate::source::{SourceFile, Tree};
use crate::system::System;
use crate::yaml::Node;

/// How deep templates may be used in templates.
const MAX_NESTING: usize = 10;
/// How many jobs there may be.
const MAX_JOBS: usize = 500;

/// Reads a pipeline or a template of one.
pub fn read(root: &Node, file: &SourceFile, tree: &Tree) -> Pipeline {
    let mut reader = Reader { left: MAX_JOBS, pipeline: Pipeline::new(System::Azure), tree };
    let mut values = Values::default();
    values.declare(root.get("parameters"));
    values.read(root.get("variables"), &file.path, tree);
    let is_template =
        root.get("trigger").is_none() && root.get("pool").is_none() && root.get("parameters").is_some();
    let place = Place { pool: root.get("pool"), path: &file.path, own: true, is_template };
    reader.holder(root, &values, place, 0);
    reader.pipeline
}

struct Reader<'a> {
    /// How many more templates are read.
    left: usize,
    pipeline: Pipeline,
    tree: &'a Tree,
}

/// Where something stands.
#[derive(Clone, Copy)]
struct Place<'a> {
    pool: Option<&'a Node>,
    path: &'a str,
    /// In the file that is read, not in one of its templates.
    own: bool,
    is_template: bool,
}

impl Reader<'_> {
    /// Something with stages, jobs or steps.
    fn holder(&mut self, node: &Node, values: &Values, place: Place<'_>, depth: usize) {
        if depth > MAX_NESTING {
            return;
        }
        for stage in flattened(node.get("stages"), 0) {
            let mut values = values.clone();
            values.read(stage.get("variables"), place.path, self.tree);
            let place = Place { pool: stage.get("pool").or(place.pool), ..place };
            if stage.get("template").is_some() {
                self.template(stage, &values, place, depth);
            } else if stage.text_of("condition") != Some("false") {
                self.holder(stage, &values, place, depth + 1);
            }
        }
        for node in flattened(node.get("jobs"), 0) {
            if node.get("template").is_some() {
                self.template(node, values, place, depth);
            } else {
                self.job(node, values, place);
            }
        }
        if node.get("steps").is_some() {
            self.job(node, values, place);
        }
    }

    fn template(&mut self, node: &Node, values: &Values, place: Place<'_>, depth: usize) {
        let Some(path) = node.text_of("template").filter(|path| !path.contains('@')) else { return };
        let directory = place.path.rsplit_once('/').map_or("", |(directory, _)| directory);
        let Some(file) =
            paths::find(self.tree, directory, path.trim_start_matches('/')).filter(|_| self.left > 0)
        else {
            return;
        };
        self.left -= 1;
        let documents = self.tree.referred(file);
        let Some(root) = documents.first() else { return };
        let mut inside = values.clone();
        inside.declare(root.get("parameters"));
        inside.give(node.get("parameters"), values);
        let place = Place { pool: place.pool, path: &file.path, own: false, is_template: false };
        self.holder(root, &inside, place, depth + 1);
    }

    fn job(&mut self, node: &Node, values: &Values, place: Place<'_>) {
        if self.pipeline.jobs.len() >= MAX_JOBS {
            return;
        }
        let name = node.text_of("job").or_else(|| node.text_of("deployment")).unwrap_or("job");
        let mut job = Job::new(name, node.bytes.clone());
        let mut values = values.clone();
        let is_root = node.get("job").is_none() && node.get("deployment").is_none();
        if !is_root {
            values.read(node.get("variables"), place.path, self.tree);
        }
        job.variables = values.settings.clone();
        job.is_part = place.is_template;
        job.is_off = node.get("condition").and_then(Node::flag) == Some(false);
        job.at_once =
            node.at(&["strategy", "matrix"]).is_some() || node.at(&["strategy", "parallel"]).is_some();
        values.matrix(node.at(&["strategy", "matrix"]));
        job.host = host(node.get("pool").or(place.pool), &values);
        if let Some(container) = node.get("container") {
            let image = container.get("image").unwrap_or(container);
            let value = values.value(image.text().unwrap_or_default());
            if !images::is_plain(&value) {
                job.host.0 = Host::Unknown;
            }
            job.container = Some((value, image.bytes.clone()));
        }
        job.limit_minutes = node.get("timeoutInMinutes").and_then(|limit| {
            Some((values.value(limit.text()?).exactly()?.parse().ok()?, limit.bytes.clone()))
        });
        let mut walk = Walk::new(values, self.tree, place.path, !place.own);
        let mut lists: Vec<&Node> = vec![node];
        for strategy in node.members_of("strategy").iter().map(|(_, strategy)| strategy) {
            let hooks = ["preDeploy", "deploy", "routeTraffic", "postRouteTraffic"];
            lists.extend(hooks.iter().filter_map(|hook| strategy.get(hook)));
        }
        for list in lists {
            let steps = walk.steps(list.get("steps"), 0);
            job.steps.extend(steps);
        }
        job.kept = walk.kept;
        // What a template of another file says is reported with the file that uses it only for what it does.
        if !place.own {
            job.kept.clear();
            job.limit_minutes = None;
            job.host.1 = None;
        }
        self.pipeline.jobs.push(job);
    }
}

/// Microsoft's machines are named by their image; other pools are one's own or scale sets.
fn host(pool: Option<&Node>, values: &Values) -> (Host, Option<std::ops::Range<usize>>) {
    let Some(pool) = pool else { return (Host::Unknown, None) };
    let bytes = Some(pool.bytes.clone());
    if let Some(image) = pool.text_of("vmImage") {
        let image = values.value(image);
        let is_hosted = image.alternatives().all(|image| {
            let image = image.to_ascii_lowercase();
            ["ubuntu", "windows", "macos", "vs20"].iter().any(|system| image.starts_with(system))
        });
        return (if is_hosted { Host::Hosted } else { Host::Unknown }, bytes);
    }
    match pool.text().or_else(|| pool.text_of("name")) {
        Some(name) if name.eq_ignore_ascii_case("default") => (Host::Own, bytes),
        _ => (Host::Unknown, bytes),
    }
}
