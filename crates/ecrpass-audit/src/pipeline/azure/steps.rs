//! Steps of Azure Pipelines: scripts, tasks, templates, what is published.

use crate::deed::{Deed, What};
use crate::known::Known;
use crate::passage::Passage;
use crate::pipeline::azure::lists::flattened;
use crate::pipeline::azure::tasks;
use crate::pipeline::azure::values::Values;
use crate::pipeline::model::{Kept, KeptAs, Setting, Step, StepKind, Uses};
use crate::pipeline::paths;
use crate::pipeline::scope::setting;
use crate::pipeline::scripts::Run;
use crate::shell::Dialect;
use crate::source::Tree;
use crate::yaml::Node;

/// How deep templates of steps may use each other.
const MAX_NESTING: usize = 8;
/// How many parameters of one are looked at.
const MAX_GIVEN: usize = 100;
/// How many of them are read in a job.
const MAX_TEMPLATES: usize = 200;

/// What is in force at a step.
pub(super) struct Walk<'a> {
    values: Values,
    tree: &'a Tree,
    /// The file that the steps stand in, and whether it is another one than the pipeline's.
    path: String,
    elsewhere: bool,
    pub kept: Vec<Kept>,
    /// How many more templates are read.
    left: usize,
}

impl<'a> Walk<'a> {
    pub fn new(values: Values, tree: &'a Tree, path: &str, elsewhere: bool) -> Self {
        Self { values, tree, path: path.to_owned(), elsewhere, kept: Vec::new(), left: MAX_TEMPLATES }
    }

    pub fn steps(&mut self, list: Option<&Node>, depth: usize) -> Vec<Step> {
        if depth > MAX_NESTING {
            return Vec::new();
        }
        let mut steps = Vec::new();
        for node in flattened(list, 0) {
            if node.get("template").is_some() {
                steps.extend(self.template(node, depth));
            } else {
                steps.push(self.step(node));
            }
        }
        steps
    }

    fn template(&mut self, node: &Node, depth: usize) -> Vec<Step> {
        let unseen = |bytes: &std::ops::Range<usize>| {
            let mut step = Step::new(bytes.clone(), StepKind::Other);
            step.deeds.push(Deed::new(bytes.clone(), What::MayLogIn));
            vec![step]
        };
        let path = node.text_of("template").unwrap_or_default();
        let directory = self.path.rsplit_once('/').map_or("", |(directory, _)| directory).to_owned();
        let file = paths::find(self.tree, &directory, path.trim_start_matches('/'));
        let Some(file) = file.filter(|_| self.left > 0) else { return unseen(&node.bytes) };
        self.left -= 1;
        let documents = self.tree.referred(file);
        let Some(root) = documents.first() else { return unseen(&node.bytes) };
        let mut inside = self.values.clone();
        inside.declare(root.get("parameters"));
        inside.give(node.get("parameters"), &self.values);
        let mut walk = Walk::new(inside, self.tree, &file.path, true);
        walk.left = self.left;
        let mut steps = walk.steps(root.get("steps"), depth + 1);
        if !self.elsewhere {
            let given = node.members_of("parameters").iter().take(MAX_GIVEN);
            let given: Vec<Setting> = given
                .map(|(key, value)| setting(&key.text, value, &|text| self.values.value(text)))
                .collect();
            steps.iter_mut().for_each(|step| step.given.clone_from(&given));
        }
        self.left = walk.left;
        self.values.scope = walk.values.scope;
        steps
    }

    fn step(&mut self, node: &Node) -> Step {
        let mut step = self.made(node);
        step.is_off = node.flag_of("enabled") == Some(false)
            || node.get("condition").and_then(Node::flag) == Some(false);
        let condition = node.text_of("condition");
        step.is_conditional =
            condition.is_some_and(|text| !text.starts_with("succeeded") && !text.starts_with("always"));
        step.id = node.text_of("name").map(str::to_owned);
        for deed in &mut step.deeds {
            deed.certain &= !step.is_conditional;
        }
        if self.elsewhere {
            step.path = Some(self.path.clone());
            for deed in &mut step.deeds {
                deed.path.get_or_insert_with(|| self.path.clone());
            }
        }
        step
    }

    fn made(&mut self, node: &Node) -> Step {
        for (name, dialect) in [
            ("script", Dialect::Posix),
            ("bash", Dialect::Posix),
            ("powershell", Dialect::PowerShell),
            ("pwsh", Dialect::PowerShell),
        ] {
            if let Some(passage) = node.get(name).and_then(Node::passage) {
                return self.run(node, passage, dialect, Some(name), None);
            }
        }
        if let Some((key, path)) = node.entry("publish") {
            self.keep(KeptAs::Artifact, path, &key.bytes);
        }
        match node.get("task") {
            Some(task) => self.task(node, task),
            None => Step::new(node.bytes.clone(), StepKind::Other),
        }
    }

    fn run(
        &mut self,
        node: &Node,
        passage: &Passage,
        dialect: Dialect,
        shell: Option<&str>,
        region: Option<Known>,
    ) -> Step {
        let mut scope = self.values.scope.clone();
        let mut variables = Vec::new();
        for (key, value) in node.members_of("env") {
            let made = setting(&key.text, value, &|text| self.values.value(text));
            scope.set(key.text.clone(), made.value.clone());
            variables.push(made);
        }
        if let Some(region) = region {
            scope.set("AWS_REGION", region.clone());
            scope.set("AWS_DEFAULT_REGION", region);
        }
        let rendered = self.values.rendered(passage);
        let directory =
            node.text_of("workingDirectory").and_then(|path| paths::joined("", path)).unwrap_or_default();
        let run = Run { dialect, directory: &directory, ..Run::posix(&rendered, node.bytes.clone()) };
        let mut step =
            run.step_with(&scope, &|name| scope.get(name).or_else(|| self.values.lookup(name)), self.tree);
        step.shell = shell.map(str::to_owned);
        step.variables = variables;
        self.set_by(&step);
        step
    }

    /// `echo "##vso[task.setvariable variable=NAME]value"` sets a variable for the steps after it.
    fn set_by(&mut self, step: &Step) {
        let Some(script) = step.script() else { return };
        for command in script.commands.iter().filter(|command| !command.is_off) {
            for word in command.words.iter().filter(|word| word.raw.contains("##vso[task.setvariable")) {
                let set = word.value.alternatives().next().and_then(assignment);
                let Some((name, _)) = set else { continue };
                let name = name.to_owned();
                let value =
                    word.value.map(|text| assignment(text).map_or("${?}", |(_, value)| value).to_owned());
                self.values.scope.set(name, if command.is_conditional { Known::Unknown } else { value });
            }
        }
    }

    fn task(&mut self, node: &Node, task: &Node) -> Step {
        let text = task.text().unwrap_or_default();
        let (name, version) = match text.split_once('@') {
            Some((name, version)) => (name, Some(version.to_owned())),
            None => (text, None),
        };
        let inputs: Vec<Setting> = node
            .members_of("inputs")
            .iter()
            .map(|(key, value)| setting(&key.text, value, &|text| self.values.value(text)))
            .collect();
        let uses = Uses { name: name.to_owned(), version, bytes: task.bytes.clone(), inputs };
        let input = |names: &[&str]| {
            let found = node
                .members_of("inputs")
                .iter()
                .find(|(key, _)| names.iter().any(|name| key.text.eq_ignore_ascii_case(name)));
            found.map(|(_, value)| value.clone())
        };
        match name {
            "PublishPipelineArtifact" | "PublishBuildArtifacts" => {
                if let Some(path) = input(&["targetPath", "path", "PathtoPublish"]) {
                    self.keep(KeptAs::Artifact, &path, &task.bytes);
                }
            }
            "Cache" | "CacheBeta" => {
                if let Some(path) = input(&["path"]) {
                    self.keep(KeptAs::Cache, &path, &task.bytes);
                }
            }
            _ => {}
        }
        let (script, dialect, shell) = tasks::script(name, &uses);
        if let Some(passage) = input(script).and_then(|node| node.passage().cloned()) {
            // The AWS tasks set credentials and region for their script.
            let region = uses.filled("regionName").map(|region| region.value.clone());
            return self.run(node, &passage, dialect, shell, region);
        }
        let mut step = Step::new(node.bytes.clone(), StepKind::Other);
        step.deeds =
            tasks::deeds(&uses).into_iter().map(|what| Deed::new(task.bytes.clone(), what)).collect();
        step.kind = StepKind::Uses(uses);
        step
    }

    fn keep(&mut self, how: KeptAs, path: &Node, by: &std::ops::Range<usize>) {
        for path in path.each() {
            let Some(text) = path.text() else { continue };
            for line in text.lines().map(str::trim).filter(|line| !line.is_empty()) {
                let what = self.values.value(line);
                self.kept.push(Kept::path(how, what, line, path.bytes.clone(), by.clone()));
            }
        }
    }
}

/// The name and value of `##vso[task.setvariable variable=NAME;…]value`; not of an output, which has another name.
fn assignment(text: &str) -> Option<(&str, &str)> {
    let (settings, value) = text.split_once("##vso[task.setvariable ")?.1.split_once(']')?;
    let mut settings = settings.split(';').map(str::trim);
    let name = settings.clone().find_map(|setting| setting.strip_prefix("variable="))?;
    let is_output = settings.any(|setting| setting.eq_ignore_ascii_case("isoutput=true"));
    (!is_output).then_some((name, value))
}
