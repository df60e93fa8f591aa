//! EC2, query protocol: the VPC endpoints of this world, for whoever collects their policies.

use ecrpass_iam::denial::Reason;
use ecrpass_iam::policy_kind::PolicyKind;
use hyper::StatusCode;

use super::ecr::denial;
use super::error::{ApiError, Protocol, xml_text};
use crate::active_faults::Active;
use crate::http::{self, Request, Response, form_value};
use crate::logged_response::{Handled, LoggedResponse};
use crate::operations;
use crate::permission::check_identity;
use crate::principals::Principal;
use crate::random;
use crate::sigv4::{self, Expected};
use crate::state::State;
use crate::surroundings::VpcEndpoint;

/// Whether this is EC2's operation, wherever it is sent.
pub(crate) fn is_operation(operation: &str) -> bool {
    operations::EC2.contains(&operation)
}

/// Answers one call.
pub(crate) fn handle(
    state: &State,
    request: &Request,
    body: &[u8],
    operation: &str,
    region: Option<&str>,
    active: &Active,
) -> Handled {
    let expected = Expected { service: "ec2", region, window: 5 };
    let verified = match sigv4::verify(state, request, body, &expected) {
        Ok(verified) => verified,
        Err(refusal) => return Ok(refused(&ApiError::refused(Protocol::Query, refusal))),
    };
    let principal = &verified.caller.principal;
    let form = String::from_utf8_lossy(body);
    let answer = match respond(state, principal, operation, &form, active) {
        Ok(response) => LoggedResponse::from(response),
        Err(error) => refused(&error),
    };
    Ok(answer.by(principal))
}

fn respond(
    state: &State,
    principal: &Principal,
    operation: &str,
    form: &str,
    active: &Active,
) -> Result<Response, ApiError> {
    let action = format!("ec2:{operation}");
    let denied = |reason| denial(principal, &action, "*", reason);
    let usual = denied(Reason::NotAllowed(PolicyKind::Identity));
    if let Some(error) = ApiError::from_fault(Protocol::Query, active, &usual) {
        return Err(error);
    }
    check_identity(principal, &action, "*")
        .map_err(|reason| ApiError::denied(Protocol::Query, &denied(reason)))?;
    if !is_operation(operation) {
        let words = format!("The action {operation} is not valid for this web service.");
        return Err(ApiError::bad_request("InvalidAction", words));
    }
    let around = state.surroundings.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    let items: String = around.vpc_endpoints.iter().filter(|one| is_wanted(form, one)).map(item).collect();
    let body = format!(
        "<DescribeVpcEndpointsResponse xmlns=\"http://ec2.amazonaws.com/doc/2016-11-15/\"><requestId>{}</requestId><vpcEndpointSet>{items}</vpcEndpointSet></DescribeVpcEndpointsResponse>\n",
        random::uuid()
    );
    Ok(http::response(StatusCode::OK, "text/xml", body))
}

/// Whether every filter names one of its values for this endpoint, as the filters of EC2 do.
fn is_wanted(form: &str, endpoint: &VpcEndpoint) -> bool {
    let filters = (1..).map_while(|number| {
        let name = form_value(form, &format!("Filter.{number}.Name"))?;
        let values =
            (1..).map_while(move |value| form_value(form, &format!("Filter.{number}.Value.{value}")));
        Some((name, values.collect::<Vec<_>>()))
    });
    filters.into_iter().all(|(name, values)| match name.as_str() {
        "service-name" => values.contains(&endpoint.service),
        "vpc-id" => values.contains(&endpoint.vpc),
        "vpc-endpoint-id" => values.contains(&endpoint.id),
        _ => false,
    })
}

fn item(endpoint: &VpcEndpoint) -> String {
    let VpcEndpoint { id, vpc, service, policy } = endpoint;
    format!(
        "<item><vpcEndpointId>{}</vpcEndpointId><vpcEndpointType>Interface</vpcEndpointType><vpcId>{}</vpcId><serviceName>{}</serviceName><state>available</state><policyDocument>{}</policyDocument></item>",
        xml_text(id),
        xml_text(vpc),
        xml_text(service),
        xml_text(policy)
    )
}

/// EC2 has codes and a frame of its own. Source: EC2 API Reference, "Error codes".
fn refused(error: &ApiError) -> LoggedResponse {
    let (status, code) = match error.code.as_str() {
        "AccessDenied" => (StatusCode::FORBIDDEN, "UnauthorizedOperation"),
        "InvalidClientTokenId" | "SignatureDoesNotMatch" => (StatusCode::UNAUTHORIZED, "AuthFailure"),
        "Throttling" => (StatusCode::SERVICE_UNAVAILABLE, "RequestLimitExceeded"),
        code => (error.status, code),
    };
    let body = format!(
        "<Response><Errors><Error><Code>{code}</Code><Message>{}</Message></Error></Errors><RequestID>{}</RequestID></Response>\n",
        xml_text(&error.message),
        random::uuid()
    );
    LoggedResponse::from(http::response(status, "text/xml", body)).with_error(code)
}
