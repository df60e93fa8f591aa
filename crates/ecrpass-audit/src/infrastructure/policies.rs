//! The IAM documents of a tree, wherever they stand, with what each hangs on.

use std::collections::HashMap;
use std::ops::Range;

use ecrpass_iam::document::Document;
use ecrpass_iam::layer::Layer;
use ecrpass_iam::source::Source;

use super::datum::{Datum, DatumKind};
use super::given;
use super::policy;
use super::scope::Scope;
use super::stack::{Resource, Stack};

/// How many uses of one name are looked at.
const MAX_USES: usize = 200;

/// A document that was found.
#[derive(Debug)]
pub struct FoundPolicy {
    /// The document; its places lead to the file through its source.
    pub document: Document,
    /// What kind of policy it is, as far as the file says so.
    pub layer: Option<Layer>,
    /// The roles and users it hangs on, by the names that the files give them; empty where nobody says so.
    pub owners: Vec<String>,
    /// Whether there may be statements that are not written in it.
    pub is_partial: bool,
    /// How statements are written there.
    pub form: Form,
}

/// How a document is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// JSON, in a file of its own or in a text.
    Json,
    /// YAML.
    Yaml,
    /// An object of HCL, as in `jsonencode`.
    HclObject,
    /// Blocks of an `aws_iam_policy_document`.
    HclBlocks,
}

impl FoundPolicy {
    /// Where a piece of the document stands in the file.
    pub fn range(&self, range: &Range<usize>) -> Range<usize> {
        self.document.source.range(range)
    }

    /// Whether two documents may hang on the same role.
    pub fn shares_owner(&self, other: &Self) -> bool {
        self.is_of(&other.owners)
    }

    /// Whether it may hang on one of these.
    pub fn is_of(&self, owners: &[String]) -> bool {
        self.owners.iter().any(|owner| owners.iter().any(|other| is_same_owner(owner, other)))
    }
}

/// The documents of a file. `source` is the file.
pub fn of_stack(source: &Source, scope: &Scope<'_>, stack: &Stack) -> Vec<FoundPolicy> {
    let mut found = Vec::new();
    for resource in stack.resources.iter().filter(|resource| !resource.is_off) {
        of_resource(source, scope, stack, resource, &mut found);
    }
    for (name, value) in &stack.locals {
        let place = users_of(scope, &format!("local.{name}"));
        let mut visit = |_: &str, datum: &Datum| {
            if let Some((document, form)) = written(source, scope, stack, datum) {
                found.push(place.with(document, form, false));
            }
        };
        value.walk("", &mut visit);
    }
    found
}

fn of_resource(
    source: &Source,
    scope: &Scope<'_>,
    stack: &Stack,
    resource: &Resource,
    found: &mut Vec<FoundPolicy>,
) {
    if resource.kind == "data.aws_iam_policy_document" {
        let place = users_of(scope, &resource.address());
        if let Some(document) = policy::of_data_source(source, scope, &resource.body) {
            found.push(place.with(document, Form::HclBlocks, policy::is_partial(&resource.body)));
        }
        return;
    }
    let mut skip_until = 0;
    let mut visit = |key: &str, datum: &Datum| {
        // What stands in a document is no document.
        if datum.bytes.end <= skip_until {
            return;
        }
        if let Some((document, form)) = written(source, scope, stack, datum) {
            skip_until = datum.bytes.end;
            found.push(Place::of(scope, resource, key).with(document, form, false));
        }
    };
    resource.body.walk("", &mut visit);
}

/// A document that is written there: an object with statements, or a text that is JSON.
fn written(source: &Source, scope: &Scope<'_>, stack: &Stack, datum: &Datum) -> Option<(Document, Form)> {
    match &datum.kind {
        DatumKind::Map(_) => {
            let statements = datum.get("Statement")?;
            let statement = scope.follow(statements).datum;
            let is_policy = statement.each().iter().any(|each| {
                let each = scope.follow(each).datum;
                each.get("Effect").is_some() || each.get("Action").is_some()
            });
            let form = if stack.is_hcl {
                Form::HclObject
            } else if is_json(source) {
                Form::Json
            } else {
                Form::Yaml
            };
            if is_policy { Some((policy::of_object(source, scope, datum)?, form)) } else { None }
        }
        DatumKind::Text(passage) => Some((policy::of_text(source, passage)?, Form::Json)),
        DatumKind::Template(_) => Some((policy::of_text(source, &scope.passage(datum)?)?, Form::Json)),
        _ => None,
    }
}

fn is_json(source: &Source) -> bool {
    source.file_text().trim_start().starts_with(['{', '['])
}

/// What a document hangs on.
#[derive(Clone, Debug, Default)]
struct Place {
    layer: Option<Layer>,
    owners: Vec<String>,
}

impl Place {
    fn with(&self, document: Document, form: Form, is_partial: bool) -> FoundPolicy {
        FoundPolicy { document, layer: self.layer, owners: self.owners.clone(), is_partial, form }
    }

    /// Of a document that stands in a resource, under a key of it.
    fn of(scope: &Scope<'_>, resource: &Resource, key: &str) -> Self {
        let layer = layer(resource, key);
        let mut owners = owners(scope, resource);
        if resource.kind == "aws_iam_policy"
            || resource.is(&["AWS::IAM::ManagedPolicy", "aws:iam/policy:Policy"])
        {
            owners.extend(attached_to(scope, &resource.address()));
            if is_boundary(scope, &resource.address()) {
                return Self { layer: Some(Layer::Boundary), owners };
            }
        }
        Self { layer, owners }
    }
}

/// Who uses a document by its name: its kind is that of the first use that tells.
fn users_of(scope: &Scope<'_>, address: &str) -> Place {
    let mut place = Place::default();
    for (resource, key) in scope.uses(address).take(MAX_USES) {
        // A part of another document says nothing.
        if resource.kind != "data.aws_iam_policy_document" {
            let user = Place::of(scope, resource, key);
            place.layer = place.layer.or(user.layer);
            place.owners.extend(user.owners);
        }
    }
    place
}

/// The kinds of resources that hold a policy, and of which kind it is.
fn layer(resource: &Resource, key: &str) -> Option<Layer> {
    let lower = key.to_ascii_lowercase();
    if lower.starts_with("assumerolepolicy")
        || lower.starts_with("assume_role_policy")
        || lower.contains("trust")
    {
        return Some(Layer::Trust);
    }
    match resource.kind.as_str() {
        "aws_ecr_repository_policy"
        | "aws:ecr:RepositoryPolicy"
        | "aws:ecr/repositoryPolicy:RepositoryPolicy" => Some(Layer::Repository),
        "AWS::ECR::Repository" => Some(Layer::Repository),
        "aws_ecr_registry_policy" | "AWS::ECR::RegistryPolicy" => Some(Layer::Registry),
        "module" if lower.contains("repository_policy") => Some(Layer::Repository),
        "module" if lower.contains("registry_policy") => Some(Layer::Registry),
        "aws_iam_role_policy"
        | "aws_iam_user_policy"
        | "aws_iam_group_policy"
        | "aws_iam_policy"
        | "aws_iam_role"
        | "AWS::IAM::Role"
        | "AWS::IAM::User"
        | "AWS::IAM::Group"
        | "AWS::IAM::Policy"
        | "AWS::IAM::ManagedPolicy"
        | "AWS::IAM::UserPolicy"
        | "AWS::IAM::RolePolicy"
        | "AWS::Serverless::Function"
        | "serverless:role"
        | "aws_ssoadmin_permission_set_inline_policy" => Some(Layer::Identity),
        "aws_organizations_policy" | "AWS::Organizations::Policy" => Some(Layer::ServiceControl),
        kind if kind.contains("vpc_endpoint") || kind == "AWS::EC2::VPCEndpoint" => Some(Layer::Endpoint),
        kind if kind.starts_with("aws:iam") => Some(Layer::Identity),
        // Buckets, queues, keys, ECR Public: policies of other services.
        kind if kind.starts_with("aws_") || kind.starts_with("AWS::") => Some(Layer::Session),
        _ => None,
    }
}

/// The roles a policy resource is for.
fn owners(scope: &Scope<'_>, resource: &Resource) -> Vec<String> {
    if resource.is(&[
        "aws_iam_role",
        "aws_iam_user",
        "AWS::IAM::Role",
        "AWS::IAM::User",
        "AWS::Serverless::Function",
    ]) || resource.kind == "serverless:role"
    {
        return vec![resource.address()];
    }
    let keys = ["role", "roles", "user", "users", "Roles", "Users", "RoleName"];
    let named = keys.iter().filter_map(|key| resource.body.get(key)).flat_map(Datum::each);
    named.map(|datum| owner_name(scope, datum)).collect()
}

/// A role by its address where it is a resource of the same scope, else by what is written.
fn owner_name(scope: &Scope<'_>, datum: &Datum) -> String {
    match datum.reference() {
        Some(name) => match scope.resource(name) {
            Some((_, resource, rest)) => match instance(resource, rest) {
                Some(key) => format!("{}[{key}]", resource.address()),
                None => resource.address(),
            },
            // Of another module: `aws_iam_role.ci.name` and `aws_iam_role.ci.id` are one.
            None => name.splitn(3, '.').take(2).collect::<Vec<_>>().join("."),
        },
        None => scope.known(datum).alternatives().next().unwrap_or("${?}").to_owned(),
    }
}

/// Which one of several that a resource is made for: `build` of `aws_iam_role.ci["build"].id`.
fn instance<'a>(resource: &Resource, rest: &'a str) -> Option<&'a str> {
    resource.body.get("for_each")?;
    rest.rsplit_once('.').map(|(key, _)| key)
}

/// Whether two names may be one role's: all that a resource makes, and one of them.
fn is_same_owner(one: &str, other: &str) -> bool {
    let is_all = |all: &str, one: &str| one.strip_prefix(all).is_some_and(|rest| rest.starts_with('['));
    one == other || is_all(one, other) || is_all(other, one)
}

/// The roles that a policy of a name is attached to.
fn attached_to(scope: &Scope<'_>, address: &str) -> Vec<String> {
    let keys = ["policy_arn", "managed_policy_arns", "ManagedPolicyArns", "policyArn"];
    let users = scope.uses(address).take(MAX_USES).filter(|(_, key)| keys.contains(key));
    users.flat_map(|(resource, _)| owners(scope, resource)).collect()
}

fn is_boundary(scope: &Scope<'_>, address: &str) -> bool {
    let keys = ["permissions_boundary", "PermissionsBoundary", "permissionsBoundary"];
    scope.uses(address).take(MAX_USES).any(|(_, key)| keys.contains(&key))
}

/// One of AWS's own policies where it is attached.
#[derive(Clone, Debug)]
pub struct AttachedPolicy {
    /// Its name: `AmazonEC2ContainerRegistryReadOnly`.
    pub name: String,
    /// Who has it; empty where nobody says so.
    pub owners: Vec<String>,
    /// The file.
    pub path: String,
    /// Its bytes.
    pub bytes: Range<usize>,
}

/// AWS's own policies that are attached in the files of a scope.
pub fn attached(scope: &Scope<'_>) -> Vec<AttachedPolicy> {
    let mut found: HashMap<(String, usize), AttachedPolicy> = HashMap::new();
    for (stack, resource) in scope.resources() {
        resource.body.walk("", &mut |key, datum| {
            let texts = datum_texts(scope, resource, datum);
            let Some(name) = texts.iter().find_map(|text| managed_name(key, text)) else { return };
            let place = (stack.path.clone(), datum.bytes.start);
            found.entry(place).or_insert_with(|| AttachedPolicy {
                name,
                owners: owners(scope, resource),
                path: stack.path.clone(),
                bytes: datum.bytes.clone(),
            });
        });
    }
    for stack in scope.stacks() {
        for (value, resource, key) in given::used(stack, scope) {
            value.walk(key, &mut |key, datum| {
                let Some(name) = datum.text().and_then(|text| managed_name(key, text)) else { return };
                let (path, bytes) = (stack.path.clone(), datum.bytes.clone());
                let owners = owners(scope, resource);
                found.entry((path.clone(), bytes.start)).or_insert(AttachedPolicy {
                    name,
                    owners,
                    path,
                    bytes,
                });
            });
        }
    }
    let mut policies: Vec<AttachedPolicy> = found.into_values().collect();
    policies.sort_by(|one, other| (&one.path, one.bytes.start).cmp(&(&other.path, other.bytes.start)));
    policies
}

/// The texts that a value may be.
fn datum_texts(scope: &Scope<'_>, resource: &Resource, datum: &Datum) -> Vec<String> {
    match &datum.kind {
        DatumKind::Text(passage) => vec![passage.text().to_owned()],
        DatumKind::Template(_) => {
            let text = scope.known(datum).alternatives().next().map(str::to_owned).unwrap_or_default();
            match text.split_once("${each.value}").or_else(|| text.split_once("${each.key}")) {
                Some((before, behind)) => {
                    let each = each_of(scope, resource, text.contains("${each.key}"));
                    each.iter().map(|value| format!("{before}{value}{behind}")).collect()
                }
                None => vec![text],
            }
        }
        // What stands in the resource's own list is found there.
        DatumKind::Reference(name) if matches!(name.as_str(), "each.value" | "each.key") => {
            let is_named = resource.body.get("for_each").is_some_and(|each| each.names(&|_| true));
            if is_named { each_of(scope, resource, name == "each.key") } else { Vec::new() }
        }
        _ => Vec::new(),
    }
}

/// The values or keys that a resource is made for, each once.
fn each_of(scope: &Scope<'_>, resource: &Resource, keys: bool) -> Vec<String> {
    let Some(given) = resource.body.get("for_each") else { return Vec::new() };
    let followed = scope.follow(given);
    let collection = match &followed.datum.kind {
        DatumKind::Call(name, arguments) if name == "toset" => {
            arguments.first().map(|list| scope.follow(list))
        }
        _ => Some(followed),
    };
    // Another list may be given to a module.
    let Some(collection) = collection.filter(|collection| !collection.is_default) else { return Vec::new() };
    let items = collection.datum.items().iter().filter_map(Datum::text).map(str::to_owned);
    let entries = collection.datum.entries().iter();
    let of_entries = entries.filter_map(|entry| match keys {
        true => Some(entry.key.clone()),
        false => entry.value.text().map(str::to_owned),
    });
    items.chain(of_entries).collect()
}

/// The name of a policy of AWS's that a text names, where it is attached.
fn managed_name(key: &str, text: &str) -> Option<String> {
    let name = match text.rsplit_once('/') {
        Some((front, name)) if front.contains(":policy") || front.starts_with("service-role") => name,
        Some(_) => return None,
        // SAM takes bare names, data sources of Terraform as well.
        None if matches!(key, "Policies" | "name") => text,
        None => return None,
    };
    ecrpass_iam::managed::ManagedPolicy::named(name).map(|policy| policy.name.to_owned())
}

/// What kind of policy a file of its own is, as far as its path says so.
pub fn layer_of_path(path: &str) -> Option<Layer> {
    let path = path.to_ascii_lowercase();
    let has = |words: &[&str]| words.iter().any(|word| path.contains(word));
    if has(&["boundary", "boundaries"]) {
        Some(Layer::Boundary)
    } else if path
        .split(['/', '-', '_', '.'])
        .any(|part| matches!(part, "scp" | "scps" | "guardrail" | "guardrails"))
    {
        Some(Layer::ServiceControl)
    } else if has(&["vpce", "vpc-endpoint", "vpc_endpoint", "endpoint"]) {
        Some(Layer::Endpoint)
    } else {
        None
    }
}
