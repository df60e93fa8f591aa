//! Policy documents in the forms in which people have them: bare, in a list, in what AWS's CLI prints, in a string inside
//! of JSON, percent-encoded, in `get-account-authorization-details`, in a Terraform plan, by layer in one file.
//!
//! Wherever a document stands, its places are those of the file it was found in.

mod authorization_details;
mod contents;
mod embedded;
mod json;
mod layered;
mod request;
mod terraform;

use ecrpass_json::{JsonKind, Value, parse_at_most};

use self::contents::found;
pub use self::contents::{Contents, Found};
use self::embedded::document;
use self::json::{get, items, text_of};
pub use self::request::RequestFile;
use crate::document::read::MAX_LENGTH;
use crate::document::{Problem, ProblemKind, read_source, read_value};
use crate::layer::Layer;
use crate::principal::Principal;
use crate::source::Source;

/// How many values a file may hold: each is kept with its place, in many times the memory it takes in the text.
const MAX_VALUES: usize = 200_000;

/// How many documents of a file are taken: far more than hang together anywhere.
const MAX_DOCUMENTS: usize = 5_000;

/// How deep answers may stand in each other: a list of lists of answers.
const MAX_DEPTH: usize = 4;

/// Reads a file; of a whole account's policies those are taken that hang on the principal.
///
/// # Errors
/// When it is no JSON.
pub fn read(source: &Source, principal: Option<&Principal>) -> Result<Contents, Problem> {
    if let Some(decoded) = embedded::percent_decoded(source) {
        return Ok(Contents { found: vec![found(None, read_source(&decoded))], ..Contents::default() });
    }
    // Before it is parsed, which takes many times its size.
    if source.text().len() > MAX_LENGTH && json::has_key(source.text(), "Statement") {
        return Ok(Contents { found: vec![found(None, read_source(source))], ..Contents::default() });
    }
    let root = parse(source)?;
    let mut contents = Contents::default();
    value(source, &root, principal, 0, &mut contents);
    match contents.found.get(MAX_DOCUMENTS) {
        Some(_) => Err(Problem {
            position: source.position(0),
            kind: ProblemKind::Syntax(format!("there are more than {MAX_DOCUMENTS} policies in it")),
        }),
        None => Ok(contents),
    }
}

/// Reads a request, and the policies that stand beside it in the file: `{"request": {…}, "policies": {…}}`.
///
/// # Errors
/// When it is no JSON, or no request.
pub fn read_request(source: &Source) -> Result<(RequestFile, Contents), Problem> {
    let root = parse(source)?;
    let request = request::take(source, &root)?;
    let mut contents = Contents::default();
    if get(&root, "policies").is_some() {
        layered::take(source, &root, &mut contents);
    }
    Ok((request, contents))
}

fn parse(source: &Source) -> Result<Value, Problem> {
    parse_at_most(MAX_VALUES, source.text()).map_err(|error| {
        let position = source.position(error.offset);
        Problem { position, kind: ProblemKind::Syntax(error.message) }
    })
}

/// Takes the documents out of a value, whatever form it has; what has none of them is a document that is wrong.
fn value(
    source: &Source,
    value: &Value,
    principal: Option<&Principal>,
    depth: usize,
    contents: &mut Contents,
) {
    match &value.kind {
        JsonKind::Array(values) if depth < MAX_DEPTH => {
            for (index, each) in values.iter().enumerate() {
                if contents.found.len() > MAX_DOCUMENTS {
                    break;
                }
                let before = contents.found.len();
                self::value(source, each, principal, depth + 1, contents);
                // A list of lists is one list for every level.
                if depth == 0 && matches!(each.kind, JsonKind::Array(_)) {
                    for found in contents.found.iter_mut().skip(before) {
                        found.level = index;
                    }
                }
            }
        }
        JsonKind::Object(_) => object(source, value, principal, contents),
        // No policy.
        JsonKind::Null => {}
        _ => contents.found.push(found(None, document(source, value))),
    }
}

fn object(source: &Source, object: &Value, principal: Option<&Principal>, contents: &mut Contents) {
    let is_document = get(object, "Statement").is_some()
        || !authorization_details::take(source, object, principal, contents)
            && !terraform::take(source, object, contents)
            && !layered::take(source, object, contents)
            && !answer(source, object, contents);
    if is_document {
        contents.found.push(found(None, read_value(source, object)));
    }
}

/// What AWS's CLI and SDKs print; whether it is one of those.
fn answer(source: &Source, object: &Value, contents: &mut Contents) -> bool {
    let mut push = |layer: Option<Layer>, value: &Value| {
        contents.found.push(found(layer, document(source, value)));
    };
    // One of `aws ec2 describe-vpc-endpoints`.
    if get(object, "VpcEndpointId").is_some() && get(object, "ServiceName").is_some() {
        contents.found.extend(endpoint(source, object));
    // `aws iam get-role-policy`, `get-user-policy`, `get-group-policy`.
    } else if let Some(value) = get(object, "PolicyDocument") {
        push(Some(Layer::Identity), value);
    // `aws iam get-policy-version`.
    } else if let Some(value) = get(object, "PolicyVersion").and_then(|version| get(version, "Document")) {
        push(None, value);
    // `aws iam get-role`.
    } else if let Some(value) = get(object, "Role").and_then(|role| get(role, "AssumeRolePolicyDocument")) {
        push(Some(Layer::Trust), value);
    // `aws ecr get-repository-policy`, `get-registry-policy`.
    } else if let Some(value) = get(object, "policyText") {
        let is_repository = get(object, "repositoryName").is_some();
        push(Some(if is_repository { Layer::Repository } else { Layer::Registry }), value);
    // `aws organizations describe-policy`.
    } else if let Some(policy) = get(object, "Policy").filter(|policy| get(policy, "Content").is_some()) {
        let kind =
            get(policy, "PolicySummary").and_then(|summary| get(summary, "Type")).and_then(Value::text);
        let layer = match kind {
            Some("SERVICE_CONTROL_POLICY") => Some(Layer::ServiceControl),
            Some("RESOURCE_CONTROL_POLICY") => Some(Layer::ResourceControl),
            _ => None,
        };
        get(policy, "Content").into_iter().for_each(|value| push(layer, value));
    // `aws ec2 describe-vpc-endpoints`.
    } else if let Some(endpoints) = get(object, "VpcEndpoints").and_then(items) {
        contents.found.extend(endpoints.iter().filter_map(|each| endpoint(source, each)));
    } else {
        return false;
    }
    true
}

/// The policy of a VPC endpoint; none of one for another service, S3's above all, where it is said what it is for.
fn endpoint(source: &Source, endpoint: &Value) -> Option<Found> {
    let service = text_of(endpoint, "ServiceName");
    let ends = |end: &str| service.is_some_and(|service| service.ends_with(end));
    if service.is_some() && !ends(".ecr.dkr") && !ends(".ecr.api") {
        return None;
    }
    let label = text_of(endpoint, "VpcEndpointId").zip(service);
    Some(Found {
        level: usize::from(ends(".ecr.api")),
        label: label.map(|(id, service)| format!("policy of the VPC endpoint {id} for {service}")),
        ..found(Some(Layer::Endpoint), document(source, get(endpoint, "PolicyDocument")?))
    })
}

#[cfg(test)]
mod tests;
