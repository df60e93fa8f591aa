//! Documents for Terraform and OpenTofu: each as a data source, and the resource that puts it to work.
//!
//! Source: documentation of hashicorp/aws 6, `aws_iam_policy_document` and the resources used here.

use crate::generate::draft::{Draft, Kind, NewStatement};
use crate::purpose::purpose;

/// All documents in one configuration, each with the account it belongs to.
pub fn configuration(drafts: &[Draft]) -> String {
    let blocks: Vec<String> = drafts.iter().map(|draft| block(draft, draft.role_made(drafts))).collect();
    let mut parts: Vec<String> = Vec::new();
    for variable in drafts.iter().filter_map(variable) {
        if !parts.contains(&variable) {
            parts.push(variable);
        }
    }
    parts.extend(blocks);
    parts.join("\n")
}

/// What a draft's data source and resource are called.
fn label(draft: &Draft) -> String {
    let name = match draft.kind {
        Kind::Role | Kind::User | Kind::ApiEndpoint | Kind::RegistryEndpoint | Kind::LayerEndpoint => {
            draft.name.clone()
        }
        kind => format!("{}-{}", draft.name, kind.id()),
    };
    name.replace(|c: char| !c.is_ascii_alphanumeric(), "_")
}

fn endpoint_variable(kind: Kind) -> Option<&'static str> {
    match kind {
        Kind::ApiEndpoint => Some("ecr_api_vpc_endpoint_id"),
        Kind::RegistryEndpoint => Some("ecr_dkr_vpc_endpoint_id"),
        Kind::LayerEndpoint => Some("s3_vpc_endpoint_id"),
        _ => None,
    }
}

fn variable(draft: &Draft) -> Option<String> {
    let name = endpoint_variable(draft.kind)?;
    Some(format!("variable \"{name}\" {{\n  type = string\n}}\n"))
}

fn block(draft: &Draft, made_role: Option<&Draft>) -> String {
    let mut text = String::new();
    let mut line = |indent: usize, content: &str| {
        text.push_str(&"  ".repeat(indent));
        text.push_str(content);
        text.push('\n');
    };
    line(0, &format!("# The {}.", draft.title()));
    for note in &draft.notes {
        line(0, &format!("# {note}"));
    }
    let label = label(draft);
    line(0, &format!("data \"aws_iam_policy_document\" \"{label}\" {{"));
    for (index, statement) in draft.statements.iter().enumerate() {
        if index > 0 {
            line(0, "");
        }
        for (indent, content) in statement_lines(statement) {
            line(indent, &content);
        }
    }
    line(0, "}");
    let resource = resource(draft, &label, made_role.map(self::label));
    if !resource.is_empty() {
        line(0, "");
        for content in resource {
            line(0, &content);
        }
    }
    text
}

fn statement_lines(statement: &NewStatement) -> Vec<(usize, String)> {
    let mut lines = vec![
        (1, format!("# {}", statement.comment)),
        (1, "statement {".to_owned()),
        (2, format!("sid    = {}", quoted(&statement.sid))),
        (2, "effect = \"Allow\"".to_owned()),
    ];
    if let Some(principal) = &statement.principal {
        let (kind, names) = principal.parts();
        let everyone = ["*".to_owned()];
        let names = if names.is_empty() { everyone.as_slice() } else { names };
        lines.extend([
            (2, String::new()),
            (2, "principals {".to_owned()),
            (3, format!("type        = {}", quoted(kind))),
            (3, format!("identifiers = {}", list(names))),
            (2, "}".to_owned()),
        ]);
    }
    lines.extend([(2, String::new()), (2, "actions = [".to_owned())]);
    // As `terraform fmt` has it, comments stand below each other.
    let width = statement.actions.iter().map(|action| quoted(action).len() + 1).max().unwrap_or_default();
    for action in &statement.actions {
        let item = format!("{},", quoted(action));
        let line = purpose(action).map_or_else(|| item.clone(), |why| format!("{item:width$} # {why}"));
        lines.push((3, line));
    }
    lines.push((2, "]".to_owned()));
    if !statement.resources.is_empty() {
        lines.push((2, String::new()));
        lines.push((2, "resources = [".to_owned()));
        lines.extend(statement.resources.iter().map(|resource| (3, format!("{},", quoted(resource)))));
        lines.push((2, "]".to_owned()));
    }
    for condition in &statement.conditions {
        lines.extend([
            (2, String::new()),
            (2, "condition {".to_owned()),
            (3, format!("test     = {}", quoted(condition.operator))),
            (3, format!("variable = {}", quoted(&condition.key))),
            (3, format!("values   = {}", list(&condition.values))),
            (2, "}".to_owned()),
        ]);
    }
    lines.push((1, "}".to_owned()));
    // Empty lines have no indentation.
    lines.into_iter().map(|(indent, text)| if text.is_empty() { (0, text) } else { (indent, text) }).collect()
}

/// The resource that holds the document: type, then arguments whose values are aligned.
fn resource(draft: &Draft, label: &str, made_role: Option<String>) -> Vec<String> {
    let json = format!("data.aws_iam_policy_document.{label}.json");
    let name = || ("name", quoted(&draft.name));
    let holder = |key: &'static str| (key, quoted(draft.holder.as_deref().unwrap_or_default()));
    let (kind, arguments) = match (draft.kind, &draft.holder) {
        (Kind::Role, Some(_)) => {
            let role = made_role
                .map_or_else(|| holder("role"), |role| ("role", format!("aws_iam_role.{role}.name")));
            ("aws_iam_role_policy", vec![name(), role, ("policy", json)])
        }
        (Kind::User, Some(_)) => ("aws_iam_user_policy", vec![name(), holder("user"), ("policy", json)]),
        (Kind::Role | Kind::User | Kind::Boundary, _) => ("aws_iam_policy", vec![name(), ("policy", json)]),
        // It is passed when the session begins.
        (Kind::Session, _) => return Vec::new(),
        (Kind::Repository, _) if draft.region.is_none() => {
            ("aws_ecrpublic_repository_policy", vec![holder("repository_name"), ("policy", json)])
        }
        (Kind::Repository, _) => ("aws_ecr_repository_policy", vec![holder("repository"), ("policy", json)]),
        (Kind::Registry, _) => ("aws_ecr_registry_policy", vec![("policy", json)]),
        (Kind::ApiEndpoint | Kind::RegistryEndpoint | Kind::LayerEndpoint, _) => {
            let variable = endpoint_variable(draft.kind).unwrap_or_default();
            let id = format!("var.{variable}");
            ("aws_vpc_endpoint_policy", vec![("vpc_endpoint_id", id), ("policy", json)])
        }
        (Kind::Trust, holder) => {
            let role = holder.as_deref().unwrap_or(&draft.name);
            ("aws_iam_role", vec![("name", quoted(role)), ("assume_role_policy", json)])
        }
    };
    let width = arguments.iter().map(|(key, _)| key.len()).max().unwrap_or_default();
    let mut lines = vec![format!("resource \"{kind}\" \"{label}\" {{")];
    lines.extend(arguments.iter().map(|(key, value)| format!("  {key:width$} = {value}")));
    lines.push("}".to_owned());
    lines
}

fn list(values: &[String]) -> String {
    let values: Vec<String> = values.iter().map(|value| quoted(value)).collect();
    format!("[{}]", values.join(", "))
}

/// A string of HCL: JSON's, in which `${` and `%{` begin nothing.
fn quoted(text: &str) -> String {
    ecrpass_json::quoted(text).replace("${", "$${").replace("%{", "%%{")
}
