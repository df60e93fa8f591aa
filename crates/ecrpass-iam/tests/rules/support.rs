//! A case as a file says it, and the policies most cases are made of.

use ecrpass_iam::inputs::{self, Found};
use ecrpass_iam::source::Source;
use ecrpass_iam::{Case, Decision, Layer, Policies, Principal, Verdict};
use serde_json::{Value, json};

pub const OWNER: &str = "222233334444";
pub const APP: &str = "arn:aws:ecr:eu-central-1:222233334444:repository/shop/app";
pub const ROLE: &str = "arn:aws:iam::222233334444:role/build";
pub const SESSION: &str = "arn:aws:sts::222233334444:assumed-role/build/77";
pub const USER: &str = "arn:aws:iam::222233334444:user/eve";
pub const GUEST: &str = "arn:aws:iam::888899990000:role/guest";
pub const GUEST_SESSION: &str = "arn:aws:sts::888899990000:assumed-role/guest/1";
pub const PULL: &str = "ecr:BatchGetImage";

pub const YES: Verdict = Verdict::Allowed;
pub const SILENT: Verdict = Verdict::ImplicitlyDenied;
pub const DENIED: Verdict = Verdict::ExplicitlyDenied;

/// Decides as a file says: `{"request": …, "policies": …}`.
pub fn decide(principal: &str, action: &str, resource: &str, context: &Value, policies: &Value) -> Decision {
    let text = json!({
        "request": {"principal": principal, "action": action, "resource": resource, "context": context},
        "policies": policies,
    });
    let (request, contents) = inputs::read_request(&Source::file("case.json", &text.to_string())).unwrap();
    let case = Case {
        principal: Principal::parse(&request.principal.unwrap()).unwrap(),
        actions: request.actions,
        resource: request.resource.unwrap(),
        context: request.context,
        is_complete: true,
    };
    let mut read = Policies::default();
    for Found { layer, level, reading, .. } in contents.found {
        let document = reading.document.unwrap();
        let levels = match layer.unwrap() {
            Layer::Identity => return_to(&mut read.identity, document),
            Layer::Boundary => return_to(&mut read.boundary, document),
            Layer::Session => return_to(&mut read.session, document),
            Layer::Repository => single(&mut read.repository, document),
            Layer::Registry => single(&mut read.registry, document),
            Layer::Endpoint => single(&mut read.endpoint, document),
            Layer::Trust => single(&mut read.trust, document),
            Layer::ServiceControl => Some((&mut read.service_control, document)),
            Layer::ResourceControl => Some((&mut read.resource_control, document)),
        };
        if let Some((levels, document)) = levels {
            levels.resize_with(levels.len().max(level + 1), Vec::new);
            levels[level].push(document);
        }
    }
    case.decide(&read).answers.remove(0).decision
}

type Levels<'a> = Option<(&'a mut Vec<Vec<ecrpass_iam::Document>>, ecrpass_iam::Document)>;

fn return_to<'a>(list: &mut Vec<ecrpass_iam::Document>, document: ecrpass_iam::Document) -> Levels<'a> {
    list.push(document);
    None
}

fn single<'a>(place: &mut Option<ecrpass_iam::Document>, document: ecrpass_iam::Document) -> Levels<'a> {
    *place = Some(document);
    None
}

pub fn policy(statements: &Value) -> Value {
    json!({"Version": "2012-10-17", "Statement": statements})
}

pub fn full() -> Value {
    policy(&json!({"Effect": "Allow", "Action": "*", "Resource": "*"}))
}

/// A policy of the caller's own that only speaks of another service.
pub fn elsewhere() -> Value {
    policy(&json!({"Effect": "Allow", "Action": "s3:*", "Resource": "*"}))
}

pub fn shared(principal: &Value) -> Value {
    policy(&json!({"Effect": "Allow", "Principal": principal, "Action": "ecr:*"}))
}

pub fn deny(statement: &Value) -> Value {
    let mut statement = statement.clone();
    statement["Effect"] = json!("Deny");
    policy(&statement)
}

/// The verdict on a pull by the role, under an identity policy of one statement about all of ECR with that condition.
pub fn under(version: &str, condition: &Value, context: &Value) -> Verdict {
    let statement = json!({"Effect": "Allow", "Action": "ecr:*", "Resource": "*", "Condition": condition});
    let identity = json!({"Version": version, "Statement": [statement]});
    decide(ROLE, PULL, APP, context, &json!({"identity": [identity]})).verdict
}
