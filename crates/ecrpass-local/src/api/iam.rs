//! IAM, query protocol: `SimulatePrincipalPolicy`, answered from what the principals of this world may do; the rest reads
//! what is attached to them.

use ecrpass_iam::Verdict;
use ecrpass_iam::denial::Reason;
use ecrpass_iam::policy_kind::PolicyKind;

use super::ecr::denial;
use super::error::{ApiError, IAM, Protocol, xml_text};
use super::iam_reads::{self, unknown};
use super::sts_reply::result_in;
use crate::active_faults::Active;
use crate::http::{Request, Response, form_value};
use crate::logged_response::{Handled, LoggedResponse};
use crate::permission::{account_of, check_identity, decide};
use crate::principals::Principal;
use crate::sigv4::{self, Expected};
use crate::state::State;

const SIMULATE: &str = "SimulatePrincipalPolicy";

/// Whether this is IAM's operation, wherever it is sent.
pub(crate) fn is_operation(operation: &str) -> bool {
    operation == SIMULATE || iam_reads::OPERATIONS.contains(&operation)
}

/// Answers one call.
pub(crate) fn handle(
    world: &State,
    request: &Request,
    body: &[u8],
    operation: &str,
    active: &Active,
) -> Handled {
    let text = String::from_utf8_lossy(body);
    let form = if body.is_empty() { request.parts.uri.query().unwrap_or_default() } else { &text };
    // IAM is global: it takes the region that signers have.
    let expected = Expected { service: "iam", region: None, window: 15 };
    let verified = match sigv4::verify(world, request, body, &expected) {
        Ok(verified) => verified,
        Err(refusal) => return Ok(ApiError::refused(Protocol::Query, refusal).iam_answer()),
    };
    let principal = &verified.caller.principal;
    let answer = match respond(world, principal, operation, form, active) {
        Ok(response) => LoggedResponse::from(response),
        Err(error) => error.iam_answer(),
    };
    Ok(answer.by(principal))
}

fn respond(
    world: &State,
    principal: &Principal,
    operation: &str,
    form: &str,
    active: &Active,
) -> Result<Response, ApiError> {
    if iam_reads::OPERATIONS.contains(&operation) {
        return iam_reads::respond(world, principal, operation, form, active);
    }
    let source = form_value(form, "PolicySourceArn").unwrap_or_default();
    let action = format!("iam:{operation}");
    let denied = |reason| denial(principal, &action, &source, reason);
    if let Some(error) =
        ApiError::from_fault(Protocol::Query, active, &denied(Reason::NotAllowed(PolicyKind::Identity)))
    {
        return Err(error);
    }
    if operation != SIMULATE {
        return Err(ApiError::bad_request(
            "InvalidAction",
            format!("Could not find operation {operation} for version 2010-05-08"),
        ));
    }
    let reason = match check_identity(principal, &action, &source) {
        // Nobody looks into another account.
        Ok(()) if account_of(&source) != Some(principal.account.as_str()) => {
            Some(Reason::NotAllowed(PolicyKind::Resource))
        }
        checked => checked.err(),
    };
    if let Some(reason) = reason {
        return Err(ApiError::denied(Protocol::Query, &denied(reason)));
    }
    let simulated = world.principals.by_arn(&source).ok_or_else(|| unknown(&source))?;
    let actions = members(form, "ActionNames");
    let mut resources = members(form, "ResourceArns");
    if resources.is_empty() {
        resources.push("*".to_owned());
    }
    let mut results = String::new();
    for action in &actions {
        for resource in &resources {
            results.push_str(&result(&simulated, action, resource));
        }
    }
    let inside = format!(
        "    <IsTruncated>false</IsTruncated>\n    <EvaluationResults>\n{results}    </EvaluationResults>\n"
    );
    Ok(result_in(IAM, operation, &inside))
}

fn result(principal: &Principal, action: &str, resource: &str) -> String {
    let decision = match decide(principal, action, resource, None).map(|decision| decision.verdict) {
        Some(Verdict::Allowed) => "allowed",
        Some(Verdict::ExplicitlyDenied) => "explicitDeny",
        Some(Verdict::ImplicitlyDenied | Verdict::Depends) | None => "implicitDeny",
    };
    format!(
        "      <member>\n        <EvalActionName>{}</EvalActionName>\n        <EvalResourceName>{}</EvalResourceName>\n        <EvalDecision>{decision}</EvalDecision>\n        <MatchedStatements/>\n        <MissingContextValues/>\n      </member>\n",
        xml_text(action),
        xml_text(resource)
    )
}

/// A list as the query protocol writes it: `Name.member.1`, `Name.member.2` and so on.
fn members(form: &str, name: &str) -> Vec<String> {
    (1..).map_while(|index| form_value(form, &format!("{name}.member.{index}"))).collect()
}
