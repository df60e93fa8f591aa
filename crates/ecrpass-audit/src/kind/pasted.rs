//! What a text is that comes without a name: as which file it would be found in a repository.

use crate::kind::FileKind;
use crate::yaml::{self, Node};

/// What is larger is a log, in bytes.
const LARGEST: usize = 256 * 1024;

/// The path that such a file has; `None` for what is no file of these.
pub fn path_of_pasted(text: &str) -> Option<&'static str> {
    if text.len() > LARGEST {
        return None;
    }
    let text = text.trim_start_matches('\u{feff}');
    let lines = || text.lines().map(str::trim).filter(|line| !line.is_empty());
    let first = lines().next()?;
    if first.starts_with("#!") {
        return Some("script.sh");
    }
    if first.starts_with("#cloud-config") {
        return Some("user-data");
    }
    let code = || lines().filter(|line| !line.starts_with('#') && !line.starts_with("//"));
    let words: Vec<&str> = code().next()?.split_whitespace().collect();
    let begins = |word: &str| words.first().is_some_and(|first| first.eq_ignore_ascii_case(word));
    // `FROM image`, `FROM --platform=x image AS name`: a sentence goes on.
    let is_stage = |line: &str| {
        let mut words = line.split_whitespace().filter(|word| !word.starts_with("--"));
        words.next().is_some_and(|word| word.eq_ignore_ascii_case("from"))
            && match words.collect::<Vec<_>>().as_slice() {
                [_] => true,
                [_, word, _] => word.eq_ignore_ascii_case("as"),
                _ => false,
            }
    };
    if (begins("from") || begins("arg")) && code().any(is_stage) {
        return Some("Dockerfile");
    }
    if FileKind::of("pasted.groovy", text) != FileKind::Other {
        return Some("Jenkinsfile");
    }
    let is_block = |line: &str| {
        let word = line.split(['"', ' ', '{']).next().unwrap_or_default();
        ["resource", "module", "data", "provider", "terraform", "locals", "variable"].contains(&word)
            && line.ends_with('{')
    };
    if code().any(is_block) {
        return Some("main.tf");
    }
    let documents = yaml::read_partly(text).0;
    of_document(text, documents.first()?)
}

fn of_document(text: &str, root: &Node) -> Option<&'static str> {
    let members = root.members()?;
    let has = |key: &str| root.get(key).is_some();
    let all = |keys: &[&str]| keys.iter().all(|key| has(key));
    if all(&["on", "jobs"]) {
        return Some(".github/workflows/pasted.yml");
    }
    if root.at(&["runs", "using"]).is_some() {
        return Some("action.yml");
    }
    if all(&["version", "jobs"]) && (has("workflows") || has("orbs") || has("executors")) {
        return Some(".circleci/config.yml");
    }
    if root.get("pipelines").and_then(Node::members).is_some() {
        return Some("bitbucket-pipelines.yml");
    }
    if all(&["version", "phases"]) {
        return Some("buildspec.yml");
    }
    let of_content = FileKind::of("pasted.yml", text);
    match of_content {
        FileKind::Pipeline(crate::system::System::Azure) => return Some("azure-pipelines.yml"),
        // What a cluster tells of a pod is an answer, and no file.
        FileKind::Kubernetes if has("status") || is_told(root) => return None,
        FileKind::Pipeline(_) | FileKind::Kubernetes => return Some("manifest.yaml"),
        FileKind::Cloudformation => return Some("template.yaml"),
        FileKind::EcsTask => return Some("task.json"),
        FileKind::IamPolicy => return Some("policy.json"),
        FileKind::Compose => return Some("compose.yaml"),
        FileKind::Ansible => return Some("playbook.yml"),
        _ => {}
    }
    let is_step = |step: &Node| {
        ["command", "commands", "plugins", "wait", "trigger"].iter().any(|key| step.get(key).is_some())
    };
    if root.items_of("steps").iter().any(is_step) {
        return Some(if has("kind") { ".drone.yml" } else { ".buildkite/pipeline.yml" });
    }
    let is_job = |(_, job): &(crate::yaml::Key, Node)| job.get("script").is_some();
    if has("stages") || members.iter().any(is_job) {
        return Some(".gitlab-ci.yml");
    }
    None
}

/// Whether a document is what a cluster tells: events, lists of what is there.
fn is_told(root: &Node) -> bool {
    let kind = root.text_of("kind").unwrap_or_default();
    kind == "Event" || kind.ends_with("List") || root.at(&["metadata", "uid"]).is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_without_a_name_is_known_by_what_it_says() {
        for (text, path) in [
            ("name: x\non: push\njobs:\n  a: {}\n", Some(".github/workflows/pasted.yml")),
            ("# x\nFROM alpine\nRUN x\n", Some("Dockerfile")),
            ("ARG V=1\nFROM a:$V\n", Some("Dockerfile")),
            ("from here on it fails\n", None),
            ("services:\n  a:\n    image: x\n", Some("compose.yaml")),
            ("apiVersion: v1\nkind: Pod\n", Some("manifest.yaml")),
            ("apiVersion: v1\nkind: Pod\nstatus: {phase: Pending}\n", None),
            ("resource \"aws_ecr_repository\" \"a\" {\n}\n", Some("main.tf")),
            ("pipeline {\n  agent any\n}\n", Some("Jenkinsfile")),
            ("version: 0.2\nphases:\n  build: {}\n", Some("buildspec.yml")),
            ("version: 2.1\norbs: {}\njobs: {}\n", Some(".circleci/config.yml")),
            ("stages: [a]\npush:\n  script: [x]\n", Some(".gitlab-ci.yml")),
            ("steps:\n- command: x\n", Some(".buildkite/pipeline.yml")),
            ("#!/bin/sh\nx\n", Some("script.sh")),
            ("Error: denied: Your authorization token has expired.\n", None),
            ("time=\"x\" level=error msg=\"failed: 401\"\nerror: x\n", None),
            ("{\"Version\": \"2012-10-17\", \"Statement\": []}", Some("policy.json")),
            ("{\"auths\": {}}", None),
            ("", None),
        ] {
            assert_eq!(path_of_pasted(text), path, "{text}");
        }
    }
}
