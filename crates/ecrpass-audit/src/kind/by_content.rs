//! What a file's text says, where its name leaves it open. Nothing is parsed: a damaged file is still what it was
//! meant to be.

use crate::kind::FileKind;
use crate::system::System;

/// How much of a text is looked at, in bytes.
const LOOKED_AT: usize = 256 * 1024;

/// What the text of a file says.
pub(super) fn kind(path: &str, text: &str) -> Option<FileKind> {
    let text = head(text.strip_prefix('\u{feff}').unwrap_or(text));
    if let Some(kind) = by_first_line(text) {
        return kind;
    }
    let name = path.rsplit('/').next().unwrap_or(path);
    let name = name.trim_end_matches(".tpl").trim_end_matches(".j2").trim_end_matches(".template");
    let extension = name.rsplit_once('.').map_or("", |(_, extension)| extension);
    match extension {
        "yml" | "yaml" => yaml(path, text),
        "json" => json(text),
        "groovy" => groovy(text),
        "ini" | "cfg" => aws_file(text),
        _ if path.contains("cron") && is_crontab(text) => Some(FileKind::Crontab),
        // A name without an ending says nothing.
        _ if !name.contains('.') || extension == "conf" => {
            if text.trim_start().starts_with('{') {
                json(text)
            } else {
                aws_file(text)
            }
        }
        _ => None,
    }
}

fn head(text: &str) -> &str {
    let mut end = text.len().min(LOOKED_AT);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    text.get(..end).unwrap_or_default()
}

/// What says what it is in its first line.
fn by_first_line(text: &str) -> Option<Option<FileKind>> {
    let first = text.lines().next().unwrap_or_default();
    if let Some(program) = first.strip_prefix("#!") {
        let mut words = program.split_whitespace().map(|word| word.rsplit('/').next().unwrap_or(word));
        let shell = words.any(|word| matches!(word, "sh" | "bash" | "zsh" | "dash" | "ksh" | "ash"));
        let powershell = program.contains("pwsh");
        return Some(match (shell, powershell) {
            (true, _) => Some(FileKind::Shell),
            (_, true) => Some(FileKind::PowerShell),
            _ if program.contains("groovy") => Some(FileKind::Pipeline(System::Jenkins)),
            _ => None,
        });
    }
    if first.trim_end() == "#cloud-config"
        || first.to_ascii_lowercase().starts_with("content-type: multipart/mixed")
    {
        return Some(Some(FileKind::CloudInit));
    }
    None
}

/// Whether a line begins with that key, without indentation.
fn has_key(text: &str, key: &str) -> bool {
    text.lines().any(|line| line.strip_prefix(key).is_some_and(|rest| rest.starts_with(':')))
}

/// The value of a key without indentation.
fn value<'a>(text: &'a str, key: &str) -> Option<&'a str> {
    let rest = text.lines().find_map(|line| line.strip_prefix(key)?.strip_prefix(':'))?;
    Some(rest.trim().trim_matches(['"', '\'']))
}

fn yaml(path: &str, text: &str) -> Option<FileKind> {
    if text.trim_start().starts_with('{') && !text.trim_start().starts_with("{{") {
        return json(text);
    }
    let has = |key| has_key(text, key);
    if has("apiVersion") && has("kind") {
        let is_template = path.contains("/templates/") || path.starts_with("templates/");
        if is_template && text.contains("{{") {
            return Some(FileKind::HelmTemplate);
        }
        let version = value(text, "apiVersion").unwrap_or_default();
        let kind = value(text, "kind").unwrap_or_default();
        if version.starts_with("tekton.dev/") {
            return Some(FileKind::Pipeline(System::Tekton));
        }
        let workflows = ["Workflow", "WorkflowTemplate", "ClusterWorkflowTemplate", "CronWorkflow"];
        if version.starts_with("argoproj.io/") && workflows.contains(&kind) {
            return Some(FileKind::Pipeline(System::Argo));
        }
        return Some(FileKind::Kubernetes);
    }
    if has("Resources") && text.contains("AWS::") {
        return Some(FileKind::Cloudformation);
    }
    if has("phases") && value(text, "version").is_some_and(|version| version.starts_with("0.")) {
        return Some(FileKind::Pipeline(System::Codebuild));
    }
    let is_azure_task = |line: &str| {
        let task = line.trim_start().trim_start_matches("- ").strip_prefix("task:");
        task.is_some_and(|task| task.contains('@'))
    };
    if text.lines().any(is_azure_task) {
        return Some(FileKind::Pipeline(System::Azure));
    }
    let is_play =
        |line: &str| ["- hosts:", "  hosts:", "- import_playbook:"].iter().any(|key| line.starts_with(key));
    let of_role = ["tasks", "handlers"].iter().any(|part| path.split('/').any(|name| name == *part));
    if text.lines().any(is_play) || of_role && text.lines().any(|line| line.starts_with("- ")) {
        return Some(FileKind::Ansible);
    }
    if has("services") && ["image:", "build:"].iter().any(|key| text.contains(key)) {
        return Some(FileKind::Compose);
    }
    None
}

fn json(text: &str) -> Option<FileKind> {
    let has = |key: &str| text.contains(&format!("\"{key}\""));
    if has("apiVersion") && has("kind") {
        return Some(FileKind::Kubernetes);
    }
    if has("Resources") && text.contains("AWS::") {
        return Some(FileKind::Cloudformation);
    }
    if has("containerDefinitions") {
        return Some(FileKind::EcsTask);
    }
    if has("Statement") && (has("Version") || has("Effect")) {
        return Some(FileKind::IamPolicy);
    }
    if has("terraform_version") && has("resources") {
        return Some(FileKind::TerraformState);
    }
    if ["auths", "credHelpers", "credsStore", "credStore"].iter().any(|key| has(key)) {
        return Some(FileKind::ClientConfig);
    }
    // Written without quotes it is still meant for docker, which cannot read it.
    if text.contains("credHelpers") || text.contains("credsStore") {
        return Some(FileKind::ClientConfig);
    }
    None
}

/// Whether each line is a schedule with a command, a comment or a variable.
fn is_crontab(text: &str) -> bool {
    let is_field = |field: &str| {
        field.starts_with(|first: char| first == '*' || first.is_ascii_alphanumeric())
            && field
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'*' | b'/' | b',' | b'-'))
            && field.contains(|character: char| character == '*' || character.is_ascii_digit())
    };
    let is_schedule = |line: &str| {
        let mut words = line.split_whitespace();
        let times = if line.starts_with('@') {
            words.next().is_some_and(|word| {
                matches!(word, "@reboot" | "@hourly" | "@daily" | "@midnight" | "@weekly" | "@monthly")
            })
        } else {
            // The last two may be names of months and days.
            words.by_ref().take(3).filter(|field| is_field(field)).count() == 3 && words.nth(1).is_some()
        };
        times && words.next().is_some()
    };
    let is_variable = |line: &str| {
        line.split_once('=').is_some_and(|(name, _)| {
            name.trim().bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
        })
    };
    let lines = || text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
    lines().any(is_schedule) && lines().all(|line| is_schedule(line) || is_variable(line))
}

fn groovy(text: &str) -> Option<FileKind> {
    let is_pipeline = text.lines().any(|line| {
        let line = line.trim_start();
        ["pipeline {", "pipeline{", "node {", "node{", "node(", "podTemplate("]
            .iter()
            .any(|begin| line.starts_with(begin))
    });
    is_pipeline.then_some(FileKind::Pipeline(System::Jenkins))
}

fn aws_file(text: &str) -> Option<FileKind> {
    let has_key = text.lines().any(|line| {
        let line = line.trim_start().to_ascii_lowercase();
        line.starts_with("aws_access_key_id") && line.contains('=')
    });
    let has_section = text.lines().any(|line| line.starts_with('[') && line.trim_end().ends_with(']'));
    (has_key && has_section).then_some(FileKind::AwsFile)
}
