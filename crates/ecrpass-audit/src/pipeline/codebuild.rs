//! AWS CodeBuild: the phases of a build specification run one after the other in one shell.

use crate::known::Known;
use crate::pipeline::model::{Host, Job, Kept, KeptAs, Pipeline};
use crate::pipeline::scope::{Scope, settings_in};
use crate::pipeline::scripts::{Run, carry_over, passage_of};
use crate::source::{SourceFile, Tree};
use crate::system::System;
use crate::yaml::Node;

/// In the order in which they run.
const PHASES: [&str; 4] = ["install", "pre_build", "build", "post_build"];

/// Reads a build specification.
pub fn read(root: &Node, _file: &SourceFile, tree: &Tree) -> Pipeline {
    let mut pipeline = Pipeline::new(System::Codebuild);
    let Some((key, phases)) = root.entry("phases") else { return pipeline };
    let mut job = Job::new("build", key.bytes.clone());
    job.host = (Host::Hosted, None);
    let mut scope = Scope::default();
    // CodeBuild sets it to the project's own, and AWS CLI 2 prefers it: AWS_DEFAULT_REGION alone decides nothing here.
    // Source: AWS CLI 2 user guide, "Environment variables", AWS_REGION.
    scope.set("AWS_REGION", Known::named("AWS_REGION"));
    job.variables = settings_in(&mut scope, root.at(&["env", "variables"]));
    for name in ["parameter-store", "secrets-manager"] {
        for (key, _) in root.at(&["env", name]).and_then(Node::members).unwrap_or_default() {
            scope.set(key.text.clone(), Known::named(&key.text));
        }
    }
    for phase in PHASES.iter().filter_map(|phase| phases.get(phase)) {
        for name in ["commands", "finally"] {
            let commands = phase.each_of(name);
            let Some(first) = commands.first() else { continue };
            let passage = passage_of(commands);
            let step = Run::posix(&passage, first.bytes.clone()).step(&scope, tree);
            carry_over(&step, &mut scope);
            job.steps.push(step);
        }
    }
    job.kept = kept(root, &scope);
    pipeline.jobs.push(job);
    pipeline
}

/// Artifacts, reports, caches and exported variables.
fn kept(root: &Node, scope: &Scope) -> Vec<Kept> {
    let mut kept = Vec::new();
    let left_out = root.get("artifacts").map(|part| part.each_of("exclude-paths")).unwrap_or_default();
    let except: Vec<String> = left_out.iter().filter_map(Node::text).map(str::to_owned).collect();
    let mut add = |how, node: &Node, base: Option<&str>, by: &std::ops::Range<usize>| {
        for path in node.each() {
            let Some(text) = path.text() else { continue };
            let full = match base {
                Some(base) if !text.starts_with(['/', '~', '$']) => {
                    format!("{}/{text}", base.trim_end_matches('/'))
                }
                _ => text.to_owned(),
            };
            let what = scope.expand(&full);
            let made = Kept::path(how, what, text, path.bytes.clone(), by.clone());
            let is_artifact = how == KeptAs::Artifact;
            kept.push(Kept { except: if is_artifact { except.clone() } else { Vec::new() }, ..made });
        }
    };
    if let Some((key, artifacts)) = root.entry("artifacts") {
        let secondary = artifacts.members_of("secondary-artifacts").iter().map(|(_, part)| part);
        for part in secondary.chain([artifacts]) {
            if let Some(files) = part.get("files") {
                add(KeptAs::Artifact, files, part.text_of("base-directory"), &key.bytes);
            }
        }
    }
    if let Some((key, cache)) = root.entry("cache")
        && let Some(paths) = cache.get("paths")
    {
        add(KeptAs::Cache, paths, None, &key.bytes);
    }
    if let Some((key, exported)) = root.get("env").and_then(|env| env.entry("exported-variables")) {
        add(KeptAs::Output, exported, None, &key.bytes);
    }
    kept
}
