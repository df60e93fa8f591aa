//! AWS Organizations, JSON 1.1, as its management account sees it: the units above an account, and the control policies at
//! each. A world without an organization refuses, as AWS refuses members.

use ecrpass_iam::denial::Reason;
use ecrpass_iam::policy_kind::PolicyKind;
use hyper::StatusCode;
use serde_json::{Value, json};

use super::ecr::{allow, denial, page};
use super::error::{ApiError, Protocol, aws_json};
use crate::active_faults::Active;
use crate::http::Request;
use crate::logged_response::{Handled, LoggedResponse};
use crate::principals::Principal;
use crate::sigv4::{self, Expected};
use crate::state::State;

/// The prefix of `X-Amz-Target`.
pub(crate) const TARGET: &str = "AWSOrganizationsV20161128.";

/// Answers one call.
pub(crate) fn handle(
    state: &State,
    request: &Request,
    body: &[u8],
    operation: &str,
    active: &Active,
) -> Handled {
    let expected = Expected { service: "organizations", region: None, window: 15 };
    let verified = match sigv4::verify(state, request, body, &expected) {
        Ok(verified) => verified,
        Err(refusal) => return Ok(ApiError::refused(Protocol::Json, refusal).answer(Protocol::Json)),
    };
    let principal = &verified.caller.principal;
    let answer = match respond(state, principal, body, operation, active) {
        Ok(output) => LoggedResponse::from(aws_json(StatusCode::OK, output.to_string())),
        Err(error) => error.answer(Protocol::Json),
    };
    Ok(answer.by(principal))
}

fn respond(
    state: &State,
    principal: &Principal,
    body: &[u8],
    operation: &str,
    active: &Active,
) -> Result<Value, ApiError> {
    let action = format!("organizations:{operation}");
    let denial = denial(principal, &action, "*", Reason::NotAllowed(PolicyKind::Identity));
    if let Some(error) = ApiError::from_fault(Protocol::Json, active, &denial) {
        return Err(error);
    }
    allow(principal, &action, "*")?;
    let levels =
        state.surroundings.lock().unwrap_or_else(std::sync::PoisonError::into_inner).organization.clone();
    if levels.is_empty() {
        let words = "You don't have permissions to access this resource.";
        return Err(ApiError::bad_request("AccessDeniedException", words));
    }
    let input: Value = serde_json::from_slice(body).unwrap_or_default();
    let text = |key: &str| input.get(key).and_then(Value::as_str).unwrap_or_default();
    // The root first; the last level is the account's own.
    let id = |level: usize| match level {
        0 => "r-root".to_owned(),
        level if level + 1 == levels.len() => principal.account.clone(),
        level => format!("ou-root-{level}"),
    };
    let level = |target: &str| (0..levels.len()).find(|level| id(*level) == target);
    let absent =
        |what: &str| ApiError::bad_request(&format!("{what}NotFoundException"), "There is no such thing.");
    match operation {
        "ListParents" => {
            let of = level(text("ChildId")).filter(|level| *level > 0).ok_or_else(|| absent("Child"))?;
            let kind = if of == 1 { "ROOT" } else { "ORGANIZATIONAL_UNIT" };
            Ok(json!({"Parents": [{"Id": id(of - 1), "Type": kind}]}))
        }
        "ListPoliciesForTarget" => {
            let of = level(text("TargetId")).ok_or_else(|| absent("Target"))?;
            let policies = levels.get(of).into_iter().flatten().enumerate();
            let wanted = policies.filter(|(_, (kind, ..))| *kind == text("Filter"));
            let all = wanted.map(|(index, (kind, name, _))| {
                json!({"Id": format!("p-{of}-{index}"), "Name": name, "Type": kind, "AwsManaged": false})
            });
            let mut output = page(&input, "Policies", all.collect());
            // These are written with a capital.
            if let Some(output) = output.as_object_mut()
                && let Some(token) = output.remove("nextToken")
            {
                output.insert("NextToken".to_owned(), token);
            }
            Ok(output)
        }
        "DescribePolicy" => {
            let number = |part: Option<&str>| part.and_then(|part| part.parse::<usize>().ok());
            let mut parts = text("PolicyId").split('-').skip(1);
            let place = number(parts.next()).zip(number(parts.next()));
            let found = place.and_then(|(level, index)| levels.get(level)?.get(index));
            let (kind, name, content) = found.ok_or_else(|| absent("Policy"))?;
            Ok(
                json!({"Policy": {"PolicySummary": {"Id": text("PolicyId"), "Name": name, "Type": kind}, "Content": content}}),
            )
        }
        _ => Err(ApiError::bad_request(
            "UnknownOperationException",
            format!("There is no operation {operation} here."),
        )),
    }
}
