//! The ECR registries that files name, for `setup`: those that `doctor` finds in them, since both read the files in the
//! same way.
//!
//! A file of no known kind, and a template that is no YAML yet, is read as text: an image reference looks the same
//! everywhere.

use std::collections::HashSet;

use ecrpass_core::registry::{HostError, Registry};

use super::deployment_file::{DeploymentFile, DeploymentKind};
use super::error::TargetError;
use super::read;
use super::target::Target;
use super::variables::{Budget, Expander, Style};

/// Stands in a line for what has no value.
const UNKNOWN: char = '\u{1}';

/// A place where a registry is named.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct NamedRegistry {
    /// The line, from 1.
    pub line: usize,
    /// The registry's host; or why it is not known.
    pub host: Result<String, String>,
}

/// Finds the registries in a file. `variable` knows the values of the environment and of `.env`.
pub fn named_registries(
    name: &str,
    text: &str,
    variable: &dyn Fn(&str) -> Option<String>,
) -> Vec<NamedRegistry> {
    let all = match read(name, text, variable) {
        Ok(document) => of_document(&document, text, variable),
        Err(TargetError::Limit { place, message }) => {
            vec![NamedRegistry { line: place.line, host: Err(message) }]
        }
        Err(error @ TargetError::TooLarge { .. }) => {
            vec![NamedRegistry { line: 1, host: Err(error.to_string()) }]
        }
        Err(_) => in_text(text, variable),
    };
    let mut seen = HashSet::new();
    all.into_iter().filter(|named| seen.insert(named.clone())).collect()
}

fn of_document(
    document: &DeploymentFile,
    text: &str,
    variable: &dyn Fn(&str) -> Option<String>,
) -> Vec<NamedRegistry> {
    let mut found: Vec<NamedRegistry> = document.targets.iter().filter_map(of_target).collect();
    // Manifests have images in fields that only their own controllers know.
    if !matches!(document.kind, DeploymentKind::Compose | DeploymentKind::Dockerfile) {
        let known: HashSet<usize> = found.iter().map(|named| named.line).collect();
        let others = in_text(text, variable).into_iter();
        found.extend(others.filter(|named| named.host.is_ok() && !known.contains(&named.line)));
    }
    found
}

fn of_target(target: &Target) -> Option<NamedRegistry> {
    let line = target.place.as_ref().map_or(1, |place| place.line);
    let host = match (&target.registry, Registry::parse(&target.host)) {
        (Some(registry), _) => Ok(registry.host().to_owned()),
        (None, Err(HostError::Malformed { .. })) => Err(target.notes.first()?.clone()),
        // A variable or a template took it away.
        (None, _) if target.host.is_empty() => Err(target.notes.first()?.clone()),
        (None, _) => return None,
    };
    Some(NamedRegistry { line, host })
}

fn in_text(text: &str, variable: &dyn Fn(&str) -> Option<String>) -> Vec<NamedRegistry> {
    let budget = Budget::new();
    let expander =
        Expander { style: Style::Compose, value: variable, budget: &budget, unknown: Some(UNKNOWN) };
    let mut found = Vec::new();
    for (number, line) in text.lines().enumerate().filter(|(_, line)| !line.trim_start().starts_with('#')) {
        let filled = expander.fill(line);
        let missing: Vec<&str> = filled.missing.iter().map(|(name, _)| name.as_str()).collect();
        found.extend(
            hosts(&filled.text, &missing).into_iter().map(|host| NamedRegistry { line: number + 1, host }),
        );
    }
    found
}

/// The hosts in a line whose variables are filled in.
fn hosts(line: &str, unknown: &[&str]) -> Vec<Result<String, String>> {
    let mut unknown = unknown.iter();
    let words = line.split(|c: char| !(c.is_ascii_alphanumeric() || ".-_".contains(c) || c == UNKNOWN));
    let mut found = Vec::new();
    for word in words {
        let missing: Vec<&str> = word.matches(UNKNOWN).filter_map(|_| unknown.next().copied()).collect();
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
    use proptest::prelude::*;

    use super::*;

    fn variable(name: &str) -> Option<String> {
        (name == "ACCOUNT").then(|| "123456789012".to_owned())
    }

    fn found(name: &str, text: &str) -> Vec<(usize, Result<String, String>)> {
        named_registries(name, text, &variable).into_iter().map(|named| (named.line, named.host)).collect()
    }

    fn ok(line: usize, host: &str) -> (usize, Result<String, String>) {
        (line, Ok(host.to_owned()))
    }

    #[test]
    fn images_are_found_in_all_kinds_of_files() {
        let compose = "services:\n  web:\n    image: \"${ACCOUNT}.dkr.ecr.${REGION:-${R:-eu-west-1}}.amazonaws.com/web:1\"\n  db:\n    image: postgres:16\n";
        let eu = "123456789012.dkr.ecr.eu-west-1.amazonaws.com";
        assert_eq!(found("compose.yaml", compose), [ok(3, eu)]);
        let dockerfile = "ARG REGISTRY=123456789012.dkr.ecr.us-east-1.amazonaws.com\nFROM ${REGISTRY}/base:1 AS build\nFROM public.ecr.aws/docker/library/alpine\nCOPY --from=$REGISTRY/tool /t /t\n# 999999999999.dkr.ecr.us-east-1.amazonaws.com/old\n";
        let us = "123456789012.dkr.ecr.us-east-1.amazonaws.com";
        assert_eq!(found("Dockerfile", dockerfile), [ok(2, us), ok(3, "public.ecr.aws"), ok(4, us)]);
        let manifest = "apiVersion: v1\nkind: Pod\nspec:\n  containers:\n  - image: 123456789012.DKR.ecr.cn-north-1.amazonaws.com.cn/a@sha256:00\n  runner: 123456789012.dkr.ecr.us-east-1.amazonaws.com/b\n";
        let cn = "123456789012.dkr.ecr.cn-north-1.amazonaws.com.cn";
        assert_eq!(found("pod.yaml", manifest), [ok(5, cn), ok(6, us)]);
        let template = "{{- if .Values.on }}\nkind: Pod\nspec:\n  image: {{ .Values.name }}\n  other: ${ACCOUNT}.dkr.ecr.us-east-1.amazonaws.com/a\n{{- end }}\n";
        assert_eq!(found("templates/pod.yaml", template), [ok(5, us)]);
    }

    #[test]
    fn what_cannot_be_filled_in_is_said() {
        let why = |text: &str| found("x.yaml", text).pop().map(|(_, host)| host.err().unwrap_or_default());
        assert_eq!(
            why("image: ${AWS_ACCOUNT_ID}.dkr.ecr.$AWS_REGION.amazonaws.com/a"),
            Some("no value here for AWS_ACCOUNT_ID and AWS_REGION".to_owned())
        );
        let template = "image: {{ .Values.account }}.dkr.ecr.us-east-1.amazonaws.com/a";
        assert_eq!(why(template), Some("no value here for .Values.account".to_owned()));
        assert_eq!(why("image: docker.io/library/alpine"), None);
        assert_eq!(why("price: $$5 and ${ and $ and ${}"), None);
        let quoted =
            "services:\n  a:\n    image: \"{{ .Values.account }}.dkr.ecr.us-east-1.amazonaws.com/a\"\n";
        assert!(why(quoted).unwrap().contains("helm template"));
        let compose = "services:\n  a:\n    image: ${ID:?set it}.dkr.ecr.us-east-1.amazonaws.com/a\n";
        assert_eq!(why(compose), Some("variable ID is not set: set it".to_owned()));
    }

    /// An image reference with variables in it.
    fn image() -> impl Strategy<Value = String> {
        let account = prop::sample::select(vec![
            "123456789012",
            "$ACCOUNT",
            "${ACCOUNT}",
            "${ACCOUNT:-1}",
            "${NONE:-${ACCOUNT}}",
            "${NONE-123456789012}",
            "${ACCOUNT:+210987654321}",
            "${NONE:+1}",
            "${NONE:?why}",
            "$NONE",
            "1234",
            "$$ACCOUNT",
        ]);
        let region = prop::sample::select(vec!["us-east-1", "${REGION:-eu-west-1}", "${REGION}", "nowhere"]);
        let other = prop::sample::select(vec![
            "alpine:3",
            "public.ecr.aws/a/b",
            "$NONE/x",
            "ghcr.io/a/b",
            "${NONE:-public.ecr.aws}/c",
        ]);
        let ecr = |(account, region)| format!("{account}.dkr.ecr.{region}.amazonaws.com/app:1");
        prop_oneof![3 => (account, region).prop_map(ecr), 1 => other.prop_map(str::to_owned)]
    }

    /// The hosts that `doctor` examines.
    fn examined(name: &str, text: &str) -> Vec<String> {
        let targets = read(name, text, &variable).map(|document| document.targets).unwrap_or_default();
        targets.iter().filter_map(|target| Some(target.registry.as_ref()?.host().to_owned())).collect()
    }

    fn set_up(name: &str, text: &str) -> Vec<String> {
        named_registries(name, text, &variable).into_iter().filter_map(|named| named.host.ok()).collect()
    }

    proptest! {
        #[test]
        fn setup_and_doctor_find_the_same(images in prop::collection::vec(image(), 1..5), default in image()) {
            let services = images.iter().enumerate().map(|(n, image)| format!("  s{n}:\n    image: \"{image}\"\n"));
            let stages: String = images.iter().map(|image| format!("FROM {image}\n")).collect();
            for (name, text) in [
                ("compose.yaml", format!("services:\n{}", services.collect::<String>())),
                ("Dockerfile", format!("ARG ACCOUNT\nARG NONE\nARG BASE={default}\nFROM $BASE\n{stages}")),
            ] {
                prop_assert_eq!(set_up(name, &text), examined(name, &text), "{}", text);
            }
        }
    }
}
