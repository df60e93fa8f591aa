//! What kind of thing somebody pasted: told by its text alone.

use ecrpass_clients::docker_config::Format;
use ecrpass_json::Document;
use ecrpass_json::{JsonKind as Json, Member};

use crate::facts::Bundle;

/// The kinds of text there is something to say about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InputKind {
    /// Nothing yet.
    Nothing,
    /// A configuration of docker, podman or regctl; perhaps a damaged one.
    Configuration(Format),
    /// What `ecrpass doctor --record` wrote.
    Bundle,
    /// A policy document of IAM's kind.
    Policy,
    /// Anything else: an error, a log.
    Log,
}

/// A text larger than this is a log, in bytes: no configuration comes near it.
const LARGEST: usize = 1024 * 1024;

/// How much of a text that cannot be parsed is searched for a configuration's keys, in bytes.
const SEARCHED: usize = 16 * 1024;

/// The keys by which a configuration is known, in lower case.
const TELLING: [&str; 3] = ["auths", "credhelpers", "credsstore"];

/// The keys that every policy document has, in lower case.
const POLICYS: [&str; 2] = ["statement", "effect"];

/// The keys of what holds policy documents, in lower case: answers of the AWS CLI, plans of Terraform, templates, collected
/// files.
const HOLD_POLICIES: [&str; 11] = [
    "policydocument",
    "policyversion",
    "policytext",
    "vpcendpoints",
    "userdetaillist",
    "roledetaillist",
    "groupdetaillist",
    "planned_values",
    "terraform_version",
    "awstemplateformatversion",
    "not_seen",
];

/// The same, where they stand one level further in.
const HOLD_POLICIES_INSIDE: [&str; 2] = ["assumerolepolicydocument", "policysummary"];

/// The kinds of resource of a template that hold a policy.
const WITH_POLICIES: [&str; 4] =
    ["AWS::IAM::", "AWS::ECR::", "AWS::EC2::VPCEndpoint", "AWS::Organizations::"];

/// Other keys of docker's that no log has.
const DOCKERS: [&str; 8] = [
    "httpheaders",
    "psformat",
    "detachkeys",
    "currentcontext",
    "clipluginsextradirs",
    "plugins",
    "proxies",
    "aliases",
];

/// What regctl's file says of a registry's login, in lower case.
const REGCTLS: [&str; 4] = ["user", "pass", "token", "credhelper"];

/// Tells the kind of a text.
pub fn kind(text: &str) -> InputKind {
    let start = text.trim_start_matches('\u{feff}').trim_start();
    if start.is_empty() {
        return InputKind::Nothing;
    }
    if Bundle::is_likely(text) {
        return InputKind::Bundle;
    }
    let configuration = |is_one: bool| is_one.then_some(InputKind::Configuration(Format::Current));
    let found = if text.len() > LARGEST {
        None
    } else if start.starts_with('{') {
        match Document::parse(text) {
            Ok(document) => of_members(start, document.root().members().unwrap_or_default()),
            Err(_) => configuration(has_key(start, &TELLING))
                .or_else(|| POLICYS.iter().all(|key| has_key(start, &[key])).then_some(InputKind::Policy)),
        }
    } else if start.starts_with('[') {
        let holds = POLICYS.iter().all(|key| has_key(start, &[key])) || has_key(start, &["vpcendpointid"]);
        (holds && ecrpass_json::parse(start).is_ok()).then_some(InputKind::Policy)
    } else if is_template(start) {
        Some(InputKind::Policy)
    } else {
        // The first brace was lost on the way.
        configuration(begins_with_key(start))
    };
    found.unwrap_or(InputKind::Log)
}

/// A CloudFormation template in YAML that has policies.
fn is_template(text: &str) -> bool {
    let begins =
        ["AWSTemplateFormatVersion", "Resources:", "Description:", "Transform:", "Parameters:", "---", "#"];
    begins.iter().any(|word| text.starts_with(word))
        && text.lines().any(|line| line.starts_with("Resources:"))
        && WITH_POLICIES.iter().any(|kind| text.contains(kind))
}

fn of_members(text: &str, members: &[Member]) -> Option<InputKind> {
    let has = |names: &[&str]| {
        members.iter().any(|member| names.contains(&member.key.to_ascii_lowercase().as_str()))
    };
    if members.is_empty() || has(&TELLING) {
        return Some(InputKind::Configuration(Format::Current));
    }
    let holds = has(&[POLICYS[0]])
        || has(&HOLD_POLICIES)
        || has_key(text, &HOLD_POLICIES_INSIDE)
        || text.contains("\"ecrpass/policies/");
    if holds || has(&["resources"]) && WITH_POLICIES.iter().any(|kind| text.contains(kind)) {
        return Some(InputKind::Policy);
    }
    let is_login = |member: &Member| {
        let is_auth = |field: &Member| field.key == "auth" && matches!(field.value.kind, Json::String(_));
        member.value.members().is_some_and(|fields| fields.iter().any(is_auth))
    };
    if members.iter().all(is_login) {
        return Some(InputKind::Configuration(Format::Legacy));
    }
    if members.iter().any(is_regctls) {
        return Some(InputKind::Configuration(Format::Regctl));
    }
    has(&DOCKERS).then_some(InputKind::Configuration(Format::Current))
}

/// Whether a member is the object in which regctl keeps logins.
fn is_regctls(member: &Member) -> bool {
    let is_login = |field: &Member| {
        field.value.text().is_some() && REGCTLS.contains(&field.key.to_ascii_lowercase().as_str())
    };
    let hosts = member.value.members().filter(|_| member.key.eq_ignore_ascii_case("hosts"));
    hosts
        .unwrap_or_default()
        .iter()
        .any(|host| host.value.members().is_some_and(|fields| fields.iter().any(is_login)))
}

fn has_key(text: &str, keys: &[&str]) -> bool {
    let end = (0..=SEARCHED.min(text.len())).rev().find(|&end| text.is_char_boundary(end));
    let head = text.get(..end.unwrap_or(0)).unwrap_or_default().to_ascii_lowercase();
    keys.iter().any(|key| head.contains(&format!("\"{key}\"")))
}

fn begins_with_key(text: &str) -> bool {
    let key = text.strip_prefix('"').and_then(|rest| rest.split('"').next());
    key.is_some_and(|key| TELLING.iter().any(|telling| key.eq_ignore_ascii_case(telling)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_are_told_apart() {
        let current = InputKind::Configuration(Format::Current);
        for (text, expected) in [
            (" \n", InputKind::Nothing),
            ("\u{feff}{\"auths\": {}}", current),
            ("{}", current),
            ("{\"CredHelpers\": {\"h\": \"ecr-login\"},}", current),
            ("\"auths\": {\"h\": {}}", current),
            ("{\"psFormat\": \"table\"}", current),
            ("{\"h\": {\"auth\": \"QVdTOng=\"}}", InputKind::Configuration(Format::Legacy)),
            (
                "{\"hosts\": {\"h\": {\"user\": \"AWS\", \"pass\": \"p\"}}}",
                InputKind::Configuration(Format::Regctl),
            ),
            ("{\"hosts\": [\"unix:///run/docker.sock\"]}", InputKind::Log),
            ("{\"hosts\": {\"web1\": {\"port\": 80}}}", InputKind::Log),
            ("{\"log\": \"denied\\n\", \"stream\": \"stderr\"}", InputKind::Log),
            ("{\"log\": \"a\"}\n{\"log\": \"b\"}\n", InputKind::Log),
            ("{\n  \"schema\": \"ecrpass/bundle/1\",", InputKind::Bundle),
            ("{\"Version\": \"2012-10-17\", \"Statement\": []}", InputKind::Policy),
            ("{\"Statement\": [{\"Effect\": \"Allow\",}]", InputKind::Policy),
            ("{\"Statement\": 1", InputKind::Log),
            ("[{\"Statement\": [{\"Effect\": \"Allow\"}]}]", InputKind::Policy),
            ("{\"RoleName\": \"ci\", \"PolicyDocument\": {}}", InputKind::Policy),
            ("{\"Role\": {\"AssumeRolePolicyDocument\": {}}}", InputKind::Policy),
            ("{\"format_version\": \"1.2\", \"planned_values\": {}}", InputKind::Policy),
            ("{\"Resources\": {\"R\": {\"Type\": \"AWS::ECR::Repository\"}}}", InputKind::Policy),
            ("Resources:\n  R:\n    Type: AWS::ECR::Repository\n", InputKind::Policy),
            ("{\"level\": \"error\", \"resources\": []}", InputKind::Log),
            ("[ERROR] denied: {\"policyText\": 1}", InputKind::Log),
            ("no basic auth credentials", InputKind::Log),
            ("level=error msg=\"\\\"auths\\\"\"", InputKind::Log),
        ] {
            assert_eq!(kind(text), expected, "{text}");
        }
    }
}
