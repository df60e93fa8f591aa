//! IAM's simulator: `SimulatePrincipalPolicy` and `SimulateCustomPolicy`, decided by the same crate as everything here, and
//! with what AWS's own does not know left out: it takes keys that it is not given for absent, and resource policies for
//! users only.

use ecrpass_core::Arn;
use ecrpass_iam::condition::truth::Dependency;
use ecrpass_iam::context::{Context, Values};
use ecrpass_iam::document::{self, Document};
use ecrpass_iam::principal::PrincipalKind;
use ecrpass_iam::{self as iam, Policies, Request, Verdict};

use super::error::{ApiError, xml_text};
use super::iam_reads::unknown;
use crate::http::form_value;
use crate::permission::shared_with;
use crate::state::State;

/// What is asked about: the ARN of a principal, or nothing in particular.
pub(super) fn subject(operation: &str, form: &str) -> String {
    match operation {
        "SimulatePrincipalPolicy" => form_value(form, "PolicySourceArn").unwrap_or_default(),
        _ => "*".to_owned(),
    }
}

/// The answer's inside; `account` is that of whoever asks.
pub(super) fn simulate(
    state: &State,
    account: &str,
    operation: &str,
    form: &str,
) -> Result<String, ApiError> {
    let given = documents(form, "PolicyInputList")?;
    let mut policies = Policies { identity: given, ..Policies::default() };
    let mut source = form_value(form, "CallerArn");
    if operation == "SimulatePrincipalPolicy" {
        let arn = subject(operation, form);
        let principal = state.principals.by_arn(&arn).ok_or_else(|| unknown(&arn))?;
        policies.identity.extend(principal.policy.documents());
        policies.boundary = principal.policy.boundary().into_iter().collect();
        source.get_or_insert(arn);
    }
    let boundary = documents(form, "PermissionsBoundaryPolicyInputList")?;
    if !boundary.is_empty() {
        policies.boundary = boundary;
    }
    policies.service_control = levels(form)?;
    let caller =
        source.unwrap_or_else(|| Arn::iam(&state.partition_id(), account, "user/simulated").to_string());
    let caller =
        iam::Principal::parse(&caller).ok_or_else(|| invalid(format!("Invalid Entity Arn: {caller}")))?;
    match form_value(form, "ResourcePolicy") {
        Some(text) => {
            let named = form_value(form, "CallerArn");
            if named.is_none() || caller.kind() != PrincipalKind::User {
                return Err(invalid(
                    "CallerArn has to be the ARN of an IAM user where there is a ResourcePolicy",
                ));
            }
            policies.repository = Some(read("ResourcePolicy", &text)?);
        }
        // An owner who leaves it to the caller's account.
        None => policies.registry = shared_with(caller.account().unwrap_or(account)),
    }
    let context = context(form);
    let mut resources = members(form, "ResourceArns");
    if resources.is_empty() {
        resources.push("*".to_owned());
    }
    let mut results = String::new();
    for action in members(form, "ActionNames") {
        for resource in &resources {
            let request = Request {
                principal: caller.clone(),
                action: action.clone(),
                resource: resource.clone(),
                context: context.clone(),
            };
            results.push_str(&result(&policies, request.with_implied_keys()));
        }
    }
    Ok(format!(
        "    <IsTruncated>false</IsTruncated>\n    <EvaluationResults>\n{results}    </EvaluationResults>\n"
    ))
}

fn result(policies: &Policies, request: Request) -> String {
    let open = iam::evaluate(policies, &request);
    let keys = |on: &Dependency| format!("<member>{}</member>", xml_text(&on.key));
    let missing: String = open.depends_on.iter().map(keys).collect();
    let closed = Request { context: request.context.clone().into_complete(), ..request };
    let decision = match iam::evaluate(policies, &closed).verdict {
        Verdict::Allowed => "allowed",
        Verdict::ExplicitlyDenied => "explicitDeny",
        Verdict::ImplicitlyDenied | Verdict::Depends => "implicitDeny",
    };
    let allows = |alone: Policies| iam::evaluate(&alone, &closed).is_allowed();
    let organization = (!policies.service_control.is_empty()).then(|| {
        let alone = Policies { service_control: policies.service_control.clone(), ..everything() };
        detail("OrganizationsDecisionDetail", "AllowedByOrganizations", allows(alone))
    });
    let boundary = (!policies.boundary.is_empty()).then(|| {
        // As if it granted: a repository policy that names the caller would pass it by.
        let registry = shared_with(closed.principal.account().unwrap_or_default());
        let alone = Policies { identity: policies.boundary.clone(), registry, ..Policies::default() };
        detail("PermissionsBoundaryDecisionDetail", "AllowedByPermissionsBoundary", allows(alone))
    });
    format!(
        "      <member>\n        <EvalActionName>{}</EvalActionName>\n        <EvalResourceName>{}</EvalResourceName>\n        <EvalDecision>{decision}</EvalDecision>\n        <MatchedStatements/>\n        <MissingContextValues>{missing}</MissingContextValues>\n{}{}      </member>\n",
        xml_text(&closed.action),
        xml_text(&closed.resource),
        organization.unwrap_or_default(),
        boundary.unwrap_or_default(),
    )
}

fn detail(name: &str, member: &str, is_allowed: bool) -> String {
    format!("        <{name}><{member}>{is_allowed}</{member}></{name}>\n")
}

/// Policies that stand in nobody's way.
fn everything() -> Policies {
    let read = |text: &str| document::read("everything", text).document;
    let identity = read(r#"{"Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}"#);
    let repository = read(r#"{"Statement":{"Effect":"Allow","Principal":"*","Action":"*"}}"#);
    Policies { identity: identity.into_iter().collect(), repository, ..Policies::default() }
}

fn context(form: &str) -> Context {
    let mut context = Context::partial();
    for number in 1.. {
        let part = |name: &str| format!("ContextEntries.member.{number}.{name}");
        let Some(key) = form_value(form, &part("ContextKeyName")) else { break };
        context = context.with(&key, Values::of(&key, members(form, &part("ContextKeyValues"))));
    }
    context
}

fn levels(form: &str) -> Result<Vec<Vec<Document>>, ApiError> {
    let of_level = |number: usize| {
        let name =
            format!("OrderedOrganizationPolicyInputList.member.{number}.ServiceControlPolicyInputList");
        let level = documents(form, &name);
        (!matches!(&level, Ok(documents) if documents.is_empty())).then_some(level)
    };
    (1..).map_while(of_level).collect()
}

fn documents(form: &str, name: &str) -> Result<Vec<Document>, ApiError> {
    members(form, name).iter().map(|text| read(name, text)).collect()
}

fn read(name: &str, text: &str) -> Result<Document, ApiError> {
    let reading = document::read(name, text);
    reading.accepted().map_err(|_| invalid(format!("Invalid Input Policy: {name}")))
}

fn invalid(message: impl Into<String>) -> ApiError {
    ApiError::bad_request("InvalidInput", message.into())
}

/// A list as the query protocol writes it: `Name.member.1`, `Name.member.2` and so on.
fn members(form: &str, name: &str) -> Vec<String> {
    (1..).map_while(|index| form_value(form, &format!("{name}.member.{index}"))).collect()
}
