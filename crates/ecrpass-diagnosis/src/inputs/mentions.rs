//! The ECR registries that compose files, Dockerfiles and Kubernetes manifests mention.
//!
//! These files are read as text, line by line: an image reference looks the same in all of them, and in the templates
//! they are made from. Variables are filled in as docker and compose do.

use std::collections::BTreeMap;

use ecrpass_core::registry::{HostError, Registry};

/// Stands in a line for a variable that has no value.
const UNKNOWN: char = '\u{1}';

/// A place where a registry is named.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mention {
    /// The line, from 1.
    pub line: usize,
    /// The registry's host; or why it cannot be told.
    pub host: Result<String, String>,
}

/// Finds the registries in a text. `variable` knows the values of the environment and of `.env`.
pub fn mentions(text: &str, variable: &dyn Fn(&str) -> Option<String>) -> Vec<Mention> {
    let mut own = BTreeMap::new();
    let mut found: Vec<Mention> = Vec::new();
    for (number, line) in text.lines().enumerate() {
        let line = line.trim_start();
        if line.starts_with('#') {
            continue;
        }
        let value = |name: &str| variable(name).or_else(|| own.get(name).cloned());
        let filled = fill_in(line, &value);
        for host in hosts(&filled.text, &filled.unknown) {
            let mention = Mention { line: number + 1, host };
            if !found.contains(&mention) {
                found.push(mention);
            }
        }
        own.extend(assignment(&filled.text));
    }
    found
}

/// `ARG name=value` and `ENV name=value` of a Dockerfile.
fn assignment(line: &str) -> Option<(String, String)> {
    let (instruction, rest) = line.split_once(char::is_whitespace)?;
    if !instruction.eq_ignore_ascii_case("ARG") && !instruction.eq_ignore_ascii_case("ENV") {
        return None;
    }
    let (name, value) = rest.trim().split_once('=')?;
    let value = value.split_whitespace().next().unwrap_or_default().trim_matches(['"', '\'']);
    (!value.contains(UNKNOWN)).then(|| (name.to_owned(), value.to_owned()))
}

struct Filled {
    text: String,
    /// The names of the variables without a value, in order.
    unknown: Vec<String>,
}

/// Fills in `$name`, `${name}`, `${name:-default}`, `${name-default}`; `$$` is a dollar sign.
fn fill_in(line: &str, value: &dyn Fn(&str) -> Option<String>) -> Filled {
    let mut filled = Filled { text: String::new(), unknown: Vec::new() };
    let mut rest = line;
    while let Some((before, after)) = rest.split_once('$') {
        filled.text.push_str(before);
        let is_name = |c: char| c.is_ascii_alphanumeric() || c == '_';
        let (name, default, remaining) = if let Some(after) = after.strip_prefix('$') {
            filled.text.push('$');
            rest = after;
            continue;
        } else if let Some((inside, remaining)) =
            after.strip_prefix('{').and_then(|inside| inside.split_once('}'))
        {
            let end = inside.find(|c| !is_name(c)).unwrap_or(inside.len());
            let (name, operator) = inside.split_at(end);
            let default = operator.strip_prefix(":-").or_else(|| operator.strip_prefix('-'));
            (name, default, remaining)
        } else {
            let end = after.find(|c| !is_name(c)).unwrap_or(after.len());
            let (name, remaining) = after.split_at(end);
            (name, None, remaining)
        };
        match value(name).filter(|value| !value.is_empty()).or_else(|| default.map(str::to_owned)) {
            Some(value) => filled.text.push_str(&value),
            None if name.is_empty() => filled.text.push('$'),
            None => {
                filled.text.push(UNKNOWN);
                filled.unknown.push(name.to_owned());
            }
        }
        rest = remaining;
    }
    filled.text.push_str(rest);
    filled
}

/// The hosts in a line whose variables are filled in.
fn hosts(line: &str, unknown: &[String]) -> Vec<Result<String, String>> {
    let mut unknown = unknown.iter();
    let words = line.split(|c: char| !(c.is_ascii_alphanumeric() || ".-_".contains(c) || c == UNKNOWN));
    let mut found = Vec::new();
    for word in words {
        let missing: Vec<&str> =
            word.matches(UNKNOWN).filter_map(|_| unknown.next().map(String::as_str)).collect();
        let lower = word.to_ascii_lowercase();
        if !(lower.contains(".dkr.ecr") || lower.contains(".dkr-ecr") || lower.starts_with("public.ecr.aws"))
        {
            continue;
        }
        if !missing.is_empty() {
            found.push(Err(format!("no value here for {}", missing.join(" and "))));
            continue;
        }
        match Registry::parse(word.trim_matches('.')) {
            Ok(registry) => found.push(Ok(registry.host().to_owned())),
            Err(error @ HostError::Malformed { .. }) => found.push(Err(error.to_string())),
            Err(HostError::NotEcr { .. }) => {}
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> Vec<(usize, Result<String, String>)> {
        let variable = |name: &str| (name == "ACCOUNT").then(|| "123456789012".to_owned());
        mentions(text, &variable).into_iter().map(|mention| (mention.line, mention.host)).collect()
    }

    fn ok(line: usize, host: &str) -> (usize, Result<String, String>) {
        (line, Ok(host.to_owned()))
    }

    #[test]
    fn images_are_found_in_all_kinds_of_files() {
        let compose = "services:\n  web:\n    image: \"${ACCOUNT}.dkr.ecr.${REGION:-eu-west-1}.amazonaws.com/web:1\"\n  db:\n    image: postgres:16\n";
        assert_eq!(found(compose), [ok(3, "123456789012.dkr.ecr.eu-west-1.amazonaws.com")]);
        let dockerfile = "ARG REGISTRY=123456789012.dkr.ecr.us-east-1.amazonaws.com\nFROM ${REGISTRY}/base:1 AS build\nFROM public.ecr.aws/docker/library/alpine\nCOPY --from=$REGISTRY/tool /t /t\n# 999999999999.dkr.ecr.us-east-1.amazonaws.com/old\n";
        let us = "123456789012.dkr.ecr.us-east-1.amazonaws.com";
        assert_eq!(found(dockerfile), [ok(1, us), ok(2, us), ok(3, "public.ecr.aws"), ok(4, us)]);
        let manifest = "    - image: 123456789012.DKR.ecr.cn-north-1.amazonaws.com.cn/a@sha256:00\n";
        assert_eq!(found(manifest), [ok(1, "123456789012.dkr.ecr.cn-north-1.amazonaws.com.cn")]);
    }

    #[test]
    fn what_cannot_be_filled_in_is_told() {
        let why = |text: &str| found(text).pop().map(|(_, host)| host.err().unwrap_or_default());
        assert_eq!(
            why("image: ${AWS_ACCOUNT_ID}.dkr.ecr.$AWS_REGION.amazonaws.com/a"),
            Some("no value here for AWS_ACCOUNT_ID and AWS_REGION".to_owned())
        );
        assert!(why("image: {{ .Values.account }}.dkr.ecr.us-east-1.amazonaws.com/a").is_some());
        assert_eq!(why("image: docker.io/library/alpine"), None);
        assert_eq!(why("price: $$5 and ${ and $ and ${}"), None);
    }
}
