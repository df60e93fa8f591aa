//! Files of infrastructure code as stacks.

use std::ops::Range;

use super::datum::{Datum, DatumKind, Entry};
use super::hcl::{self, TopBlock};
use super::intrinsics::datum;
use super::stack::{Language, Resource, Stack};
use crate::kind::FileKind;
use crate::source::SourceFile;
use crate::yaml::Node;

/// Reads a file; `None` where it is none of these, or damaged. `documents` are its YAML or JSON.
pub fn read<'a>(file: &SourceFile, documents: &dyn Fn() -> Option<&'a [Node]>) -> Option<Stack> {
    let name = file.name();
    let root = || documents()?.first();
    match file.kind {
        FileKind::Terraform if !name.ends_with(".json") => hcl_stack(file),
        FileKind::Terraform => Some(terraform_json(&file.path, root()?)),
        FileKind::Cloudformation if name.starts_with("serverless") => Some(serverless(&file.path, root()?)),
        FileKind::Cloudformation => Some(cloudformation(&file.path, root()?)),
        FileKind::EcsTask => Some(task(&file.path, root()?)),
        FileKind::Other if is_yaml(name) && file.text.contains("resources:") => pulumi(&file.path, root()?),
        FileKind::Other if name.ends_with(".json") && file.text.contains("\"builders\"") => {
            packer_json(&file.path, root()?)
        }
        // What `aws ec2 create-launch-template` is given, and tasks that start machines.
        FileKind::Other if name.ends_with(".json") && file.text.contains("\"HttpTokens\"") => {
            Some(stack(&file.path, Language::Json, vec![single("ec2:template", "", datum(root()?))]))
        }
        FileKind::Ansible if file.text.contains("http_tokens") => {
            Some(stack(&file.path, Language::Json, vec![single("ansible:tasks", "", datum(root()?))]))
        }
        _ => None,
    }
}

fn is_yaml(name: &str) -> bool {
    name.ends_with(".yml") || name.ends_with(".yaml")
}

fn stack(path: &str, language: Language, resources: Vec<Resource>) -> Stack {
    Stack {
        path: path.to_owned(),
        language,
        is_hcl: false,
        resources,
        locals: Vec::new(),
        variables: Vec::new(),
    }
}

fn hcl_stack(file: &SourceFile) -> Option<Stack> {
    let (blocks, attributes) = hcl::read(&file.text)?;
    let is_packer = file.name().ends_with(".pkr.hcl");
    let language = if is_packer { Language::Packer } else { Language::Terraform };
    let mut stack = Stack { is_hcl: true, ..stack(&file.path, language, Vec::new()) };
    // `.tfvars`: values for variables.
    stack.variables =
        attributes.entries().iter().map(named).map(|(name, value)| (name, Some(value))).collect();
    for block in blocks {
        match (block.kind.as_str(), block.labels.as_slice()) {
            ("locals", _) => stack.locals.extend(block.body.entries().iter().map(named)),
            ("variable", [name]) => {
                let default = block.body.get("default").filter(|value| !value.is_null()).cloned();
                stack.variables.push((name.clone(), default));
            }
            ("resource" | "source", [kind, name]) => {
                let (kind, name) = (kind.clone(), name.clone());
                stack.resources.push(resource(kind, name, block));
            }
            ("data", [kind, name]) => {
                let (kind, name) = (format!("data.{kind}"), name.clone());
                stack.resources.push(resource(kind, name, block));
            }
            ("module", [name]) => {
                let name = name.clone();
                stack.resources.push(resource("module".to_owned(), name, block));
            }
            ("build", _) => stack.resources.push(resource("build".to_owned(), String::new(), block)),
            _ => {}
        }
    }
    Some(stack)
}

fn named(entry: &Entry) -> (String, Datum) {
    (entry.key.clone(), entry.value.clone())
}

fn resource(kind: String, name: String, block: TopBlock) -> Resource {
    let is_off = block.body.get("count").and_then(Datum::text) == Some("0");
    Resource { kind, name, bytes: block.bytes, body: block.body, is_off }
}

fn of_entry(kind: String, entry: &Entry) -> Resource {
    let is_off = entry.value.get("count").and_then(Datum::text) == Some("0");
    Resource {
        kind,
        name: entry.key.clone(),
        bytes: entry.key_bytes.clone(),
        body: entry.value.clone(),
        is_off,
    }
}

/// `.tf.json`: the same as HCL, with blocks as objects.
fn terraform_json(path: &str, root: &Node) -> Stack {
    let root = with_templates(datum(root));
    let mut found = stack(path, Language::Terraform, Vec::new());
    for (key, prefix) in [("resource", ""), ("data", "data.")] {
        for kind in root.all(key).flat_map(|entry| entry.value.each()).flat_map(Datum::entries) {
            for entry in kind.value.each().iter().flat_map(Datum::entries) {
                found.resources.push(of_entry(format!("{prefix}{}", kind.key), entry));
            }
        }
    }
    for entry in root.all("module").flat_map(|entry| entry.value.entries()) {
        found.resources.push(of_entry("module".to_owned(), entry));
    }
    for entry in root.all("locals").flat_map(|entry| entry.value.each()).flat_map(Datum::entries) {
        found.locals.push(named(entry));
    }
    for entry in root.all("variable").flat_map(|entry| entry.value.entries()) {
        found.variables.push((entry.key.clone(), entry.value.get("default").cloned()));
    }
    found
}

/// Terraform's JSON writes `${…}` in texts: what is nothing but that is a reference.
fn with_templates(mut datum: Datum) -> Datum {
    datum.kind = match datum.kind {
        DatumKind::Text(passage) => {
            let inside = passage.text().strip_prefix("${").and_then(|rest| rest.strip_suffix('}'));
            match inside.map(str::trim) {
                Some(name) if name.chars().all(|c| c.is_alphanumeric() || "._-".contains(c)) => {
                    DatumKind::Reference(name.to_owned())
                }
                _ => DatumKind::Text(passage),
            }
        }
        DatumKind::List(items) => DatumKind::List(items.into_iter().map(with_templates).collect()),
        DatumKind::Map(entries) => DatumKind::Map(
            entries.into_iter().map(|entry| Entry { value: with_templates(entry.value), ..entry }).collect(),
        ),
        kind => kind,
    };
    datum
}

fn cloudformation(path: &str, root: &Node) -> Stack {
    let root = datum(root);
    let mut found = stack(path, Language::Cloudformation, cloudformation_resources(&root));
    found.variables = parameters(&root);
    found
}

fn parameters(root: &Datum) -> Vec<(String, Option<Datum>)> {
    let parameters = root.get("Parameters").map(Datum::entries).unwrap_or_default();
    parameters.iter().map(|entry| (entry.key.clone(), entry.value.get("Default").cloned())).collect()
}

fn cloudformation_resources(root: &Datum) -> Vec<Resource> {
    let entries = root.get("Resources").map(Datum::entries).unwrap_or_default();
    entries.iter().filter_map(cloudformation_resource).collect()
}

fn cloudformation_resource(entry: &Entry) -> Option<Resource> {
    let kind = entry.value.get("Type")?.text()?.to_owned();
    let body = entry.value.get("Properties").cloned();
    let body = body.unwrap_or_else(|| Datum::new(entry.value.bytes.clone(), DatumKind::Map(Vec::new())));
    Some(Resource { kind, name: entry.key.clone(), bytes: entry.key_bytes.clone(), body, is_off: false })
}

/// serverless.yml: CloudFormation under `resources`, and statements for its functions' role.
fn serverless(path: &str, root: &Node) -> Stack {
    let root = datum(root);
    let mut resources = Vec::new();
    for each in root.get("resources").map(Datum::each).unwrap_or_default() {
        resources.extend(cloudformation_resources(each));
    }
    let provider = root.get("provider");
    let statements = provider.and_then(|provider| {
        provider.at(&["iam", "role", "statements"]).or_else(|| provider.get("iamRoleStatements"))
    });
    if let Some(statements) = statements {
        let entry = Entry {
            key: "Statement".to_owned(),
            key_bytes: statements.bytes.clone(),
            value: statements.clone(),
        };
        let document = Datum::new(statements.bytes.clone(), DatumKind::Map(vec![entry]));
        resources.push(single("serverless:role", "(role)", document));
    }
    let managed = provider.and_then(|provider| provider.at(&["iam", "role", "managedPolicies"]));
    if let Some(managed) = managed {
        resources.push(single("serverless:managed", "(role)", managed.clone()));
    }
    for function in root.get("functions").map(Datum::entries).unwrap_or_default() {
        if let Some(statements) = function.value.get("iamRoleStatements") {
            let entry = Entry {
                key: "Statement".to_owned(),
                key_bytes: statements.bytes.clone(),
                value: statements.clone(),
            };
            let document = Datum::new(statements.bytes.clone(), DatumKind::Map(vec![entry]));
            resources.push(single("serverless:role", &function.key, document));
        }
    }
    stack(path, Language::Cloudformation, resources)
}

fn single(kind: &str, name: &str, body: Datum) -> Resource {
    let bytes: Range<usize> = body.bytes.start..body.bytes.start;
    Resource { kind: kind.to_owned(), name: name.to_owned(), bytes, body, is_off: false }
}

/// Pulumi's YAML: `type: aws:iam:Policy` and `properties`.
fn pulumi(path: &str, root: &Node) -> Option<Stack> {
    let root = with_templates(datum(root));
    let entries = root.get("resources")?.entries();
    if !entries.iter().any(|entry| {
        entry.value.get("type").and_then(Datum::text).is_some_and(|kind| kind.starts_with("aws"))
    }) {
        return None;
    }
    let resources: Vec<Resource> = entries
        .iter()
        .filter_map(|entry| {
            let kind = entry.value.get("type")?.text()?.to_owned();
            let body = entry.value.get("properties")?.clone();
            let bytes = entry.key_bytes.clone();
            Some(Resource { kind, name: entry.key.clone(), bytes, body, is_off: false })
        })
        .collect();
    Some(stack(path, Language::Pulumi, resources))
}

/// A task definition, also as `aws ecs describe-task-definition` prints it.
fn task(path: &str, root: &Node) -> Stack {
    let root = datum(root);
    let body = root.get("taskDefinition").cloned().unwrap_or(root);
    stack(path, Language::Json, vec![single("ecs:task", "", body)])
}

/// Packer's older templates.
fn packer_json(path: &str, root: &Node) -> Option<Stack> {
    let root = datum(root);
    let builders = root.get("builders")?.items();
    let mut resources: Vec<Resource> = builders
        .iter()
        .map(|builder| {
            let kind = builder.get("type").and_then(Datum::text).unwrap_or("builder");
            single(kind, "", builder.clone())
        })
        .collect();
    if let Some(provisioners) = root.get("provisioners") {
        resources.push(single("build", "", provisioners.clone()));
    }
    Some(stack(path, Language::Packer, resources))
}
