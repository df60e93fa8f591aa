//! ECR Public's `/token/`: a bearer token for anybody, or for whoever logged in.

use hyper::StatusCode;
use serde_json::json;

use super::authenticate::{basic_password, valid};
use super::error::V2Error;
use crate::active_faults::Active;
use crate::faults::FaultKind;
use crate::http::{self, Request};
use crate::logged_response::{Handled, LoggedResponse};
use crate::state::State;
use crate::tokens::{Known, Scope};

/// How long a bearer token lives, in seconds.
const LIFETIME: i64 = 3_600;

/// Answers one request.
pub(crate) fn handle(state: &State, request: &Request, active: &Active) -> Handled {
    let is_head = request.method() == hyper::Method::HEAD;
    let error = if active.has(FaultKind::Throttle) {
        Some(V2Error::throttled())
    } else if active.has(FaultKind::ServerError) {
        Some(V2Error::internal("the fault server-error is on"))
    } else if active.has(FaultKind::ExpiredSession) {
        Some(V2Error::expired())
    } else if active.has(FaultKind::Deny) || active.has(FaultKind::InvalidCredentials) {
        Some(V2Error::denied("Not Authorized"))
    } else {
        None
    };
    if let Some(error) = error {
        return Ok(error.answer(is_head));
    }
    let login = match basic_password(request) {
        None => None,
        Some(password) => {
            let checked = password.and_then(|password| valid(state, &password, &Scope::PublicLogin));
            match checked {
                Ok(known) => Some(known),
                // A stale login bars the way that would be open without one.
                Err(refused) => {
                    let answer = refused.error.answer(is_head);
                    return Ok(match refused.principal {
                        Some(principal) => answer.by(&principal),
                        None => answer,
                    });
                }
            }
        }
    };
    let principal = login.as_ref().and_then(|known| known.principal.clone());
    let lifetime = if active.has(FaultKind::ExpiredTokens) { -60 } else { LIFETIME };
    let token = state.tokens.issue(Known {
        principal: principal.clone(),
        key_id: login.and_then(|known| known.key_id),
        scope: Scope::PublicBearer,
        expires_at: state.clock.now() + lifetime,
    });
    let answer = LoggedResponse::from(http::json(StatusCode::OK, &json!({"token": token.expose()})));
    Ok(match principal {
        Some(principal) => answer.by(&principal),
        None => answer,
    })
}
