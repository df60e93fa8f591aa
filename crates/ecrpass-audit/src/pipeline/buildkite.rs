//! Buildkite: commands and plugins. Agents may log in by a hook before each job, which no file of the tree shows.

use crate::deed::{Deed, What};
use crate::host;
use crate::known::Known;
use crate::pipeline::duration;
use crate::pipeline::model::{Host, Job, Kept, KeptAs, Pipeline, Setting, Step, StepKind, Uses};
use crate::pipeline::scope::{Scope, setting, settings_in};
use crate::pipeline::scripts::{Run, passage_of};
use crate::pipeline::substitution::{halved, substituted};
use crate::pipeline::suggests;
use crate::source::{SourceFile, Tree};
use crate::system::System;
use crate::yaml::{Key, Node};

/// Reads a pipeline.
pub fn read(root: &Node, _file: &SourceFile, tree: &Tree) -> Pipeline {
    let mut pipeline = Pipeline::new(System::Buildkite);
    let mut scope = Scope::default();
    let variables = settings_in(&mut scope, root.get("env"));
    let steps = root.get("steps").unwrap_or(root);
    for step in steps.items().unwrap_or_default() {
        let group = step.items_of("steps");
        let jobs = if group.is_empty() { std::slice::from_ref(step) } else { group };
        pipeline.jobs.extend(jobs.iter().filter_map(|node| job(node, root, &scope, &variables, tree)));
    }
    pipeline
}

fn job(node: &Node, root: &Node, scope: &Scope, variables: &[Setting], tree: &Tree) -> Option<Job> {
    node.members()?;
    let name = node
        .text_of("label")
        .or_else(|| node.text_of("key"))
        .or_else(|| node.text_of("name"))
        .unwrap_or("step");
    let mut job = Job::new(name, node.bytes.clone());
    job.host = (Host::Own, node.entry("agents").map(|(key, _)| key.bytes.clone()));
    job.is_off = node.flag_of("skip") == Some(true) || node.text_of("if") == Some("false");
    job.at_once = node.get("matrix").is_some() || node.get("parallelism").is_some();
    job.limit_minutes = node
        .get("timeout_in_minutes")
        .or_else(|| root.get("timeout_in_minutes"))
        .and_then(|limit| Some((duration::minutes(limit.text()?, 1)?, limit.bytes.clone())));
    job.variables = variables.to_vec();
    let mut scope = scope.clone();
    let legs = matrix(node);
    let mut own = settings_in(&mut scope, node.get("env"));
    for setting in own.iter_mut().filter(|setting| setting.raw.contains("{{")) {
        setting.value = filled(&setting.value, &legs);
        scope.set(setting.name.clone(), setting.value.clone());
    }
    job.variables.extend(own);
    let mut after = Vec::new();
    for (key, given) in plugins(node) {
        let (step, last) = plugin(&key, given.as_ref(), &scope);
        if last { after.push(step) } else { job.steps.push(step) }
    }
    let command = node.get("commands").or_else(|| node.get("command")).or_else(|| node.get("script"));
    if let Some(command) = command {
        // Variables are put in when the pipeline is uploaded, but for those whose mark is doubled.
        let passage = halved(&passage_of(command.each()), "$$");
        let bytes = command.each().first().map_or(command.bytes.clone(), |first| first.bytes.clone());
        let passage = substituted(&passage, "{{", "}}", &|name| {
            legs.iter().any(|(leg, _)| leg == name).then(|| format!("${{{{ {name} }}}}"))
        });
        let known = |name: &str| {
            scope.get(name).or_else(|| Some(legs.iter().find(|(leg, _)| leg == name)?.1.clone()))
        };
        job.steps.push(Run::posix(&passage, bytes).step_with(&scope, &known, tree));
    }
    job.steps.extend(after);
    if let Some((key, paths)) = node.entry("artifact_paths") {
        for path in paths.each() {
            let text = path.text().unwrap_or_default();
            for part in text.split(';').map(str::trim).filter(|part| !part.is_empty()) {
                let what = scope.expand(part);
                job.kept.push(Kept::path(
                    KeptAs::Artifact,
                    what,
                    part,
                    path.bytes.clone(),
                    key.bytes.clone(),
                ));
            }
        }
    }
    Some(job)
}

/// What `{{matrix}}` or `{{matrix.name}}` may be.
fn matrix(node: &Node) -> Vec<(String, Known)> {
    let Some(matrix) = node.get("matrix") else { return Vec::new() };
    let setup = matrix.get("setup").unwrap_or(matrix);
    let any = |node: &Node| {
        let texts = node.each().iter().filter_map(Node::text);
        Known::one_of(texts.map(str::to_owned))
    };
    match setup.members() {
        Some(members) => {
            members.iter().map(|(key, values)| (format!("matrix.{}", key.text), any(values))).collect()
        }
        None => vec![("matrix".to_owned(), any(setup))],
    }
}

/// A value with those put in.
fn filled(value: &Known, legs: &[(String, Known)]) -> Known {
    let mut value = value.clone();
    for (name, known) in legs {
        let marks = [format!("{{{{{name}}}}}"), format!("{{{{ {name} }}}}")];
        if known.is_unknown()
            || !value.alternatives().any(|text| marks.iter().any(|mark| text.contains(mark)))
        {
            continue;
        }
        let with = |leg: &str| {
            value.map(|text| marks.iter().fold(text.to_owned(), |text, mark| text.replace(mark, leg)))
        };
        let all: Vec<Known> = known.alternatives().map(with).collect();
        value = Known::any(&all);
    }
    value
}

/// The plugins of a step: a list of names or of mappings with one name, or one mapping.
fn plugins(node: &Node) -> Vec<(Key, Option<Node>)> {
    let mut all = Vec::new();
    for plugin in node.each_of("plugins") {
        if let Some(text) = plugin.text() {
            all.push((Key { text: text.to_owned(), bytes: plugin.bytes.clone() }, None));
        }
        for (key, given) in plugin.members().unwrap_or_default() {
            all.push((key.clone(), Some(given.clone())));
        }
    }
    all
}

/// A plugin as a step, and whether it works after the command or in its place.
fn plugin(key: &Key, given: Option<&Node>, scope: &Scope) -> (Step, bool) {
    let (name, version) = match key.text.split_once('#') {
        Some((name, version)) => (name, Some(version.to_owned())),
        None => (key.text.as_str(), None),
    };
    let inputs = given.and_then(Node::members).unwrap_or_default().iter();
    let inputs = inputs.map(|(key, value)| setting(&key.text, value, &|text| scope.expand(text))).collect();
    let uses = Uses { name: name.to_owned(), version, bytes: key.bytes.clone(), inputs };
    let short = name.trim_end_matches(".git").trim_end_matches("-buildkite-plugin");
    let short = short.rsplit('/').next().unwrap_or(short);
    let (whats, last) = match short {
        "ecr" => (logins(given, &uses), false),
        "docker-compose" => (pushes(given, scope), true),
        "aws-assume-role-with-web-identity" | "assume-role" => (vec![credentials(&uses)], false),
        "docker" | "docker-cache" | "artifacts" | "cache" => (Vec::new(), false),
        short if suggests::login(short) => (vec![What::MayLogIn], false),
        _ => (Vec::new(), false),
    };
    let mut step = Step::new(key.bytes.clone(), StepKind::Uses(uses));
    // The setting to change, where there is one.
    let region = given.and_then(|given| given.entry("region")).map(|(key, _)| key.bytes.clone());
    let at = region.filter(|_| short == "ecr").unwrap_or_else(|| key.bytes.clone());
    let pushed =
        given.and_then(|given| given.get("push")).map(|push| push.each().to_vec()).unwrap_or_default();
    let mut pushed = pushed.iter().filter(|item| item.text().is_some_and(|text| text.contains(':')));
    step.deeds = whats
        .into_iter()
        .map(|what| {
            let place = match what {
                What::Push { .. } => {
                    pushed.next().map_or_else(|| key.bytes.clone(), |item| item.bytes.clone())
                }
                _ => at.clone(),
            };
            Deed::new(place, what)
        })
        .collect();
    (step, last)
}

/// Source: buildkite-plugins/ecr-buildkite-plugin `hooks/environment`: `region`, else the environment's, which agents set.
fn logins(given: Option<&Node>, uses: &Uses) -> Vec<What> {
    let region = uses.value("region");
    let accounts = given.and_then(|given| {
        ["account-ids", "account_ids", "registry-accounts"].iter().find_map(|name| given.get(name))
    });
    let accounts: Vec<&str> =
        accounts.map(Node::each).unwrap_or_default().iter().filter_map(Node::text).collect();
    let accounts = accounts.iter().flat_map(|text| text.split(',')).map(str::trim);
    let mut hosts: Vec<Known> = accounts
        .map(|account| match account {
            "public.ecr.aws" => Known::Exactly(account.to_owned()),
            account => host::host_of(&Known::one_of([account.to_owned()]), &region),
        })
        .collect();
    if hosts.is_empty() {
        hosts.push(host::host_of(&Known::Unknown, &region));
    }
    let login = |host| What::Login {
        client: "docker".to_owned(),
        host,
        user: Known::Exactly("AWS".to_owned()),
        region: Known::Unknown,
        to_all: false,
    };
    hosts.into_iter().map(login).collect()
}

/// `push: ["app:host/app:tag"]`
fn pushes(given: Option<&Node>, scope: &Scope) -> Vec<What> {
    let items = given.and_then(|given| given.get("push")).map(Node::each).unwrap_or_default();
    let images = items.iter().filter_map(Node::text).filter_map(|text| text.split_once(':'));
    images.map(|(_, image)| What::Push { client: "docker".to_owned(), image: scope.expand(image) }).collect()
}

fn credentials(uses: &Uses) -> What {
    let role = uses.value("role-arn");
    let account = match &role {
        Known::Unknown => Known::Unknown,
        role => role.map(|role| crate::arn::account(role).unwrap_or("${?}").to_owned()),
    };
    let from_oidc = uses.name.contains("web-identity");
    What::Credentials { role, account, region: uses.value("region"), from_keys: false, from_oidc }
}
