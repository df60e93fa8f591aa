//! Who is at the registry's door: ECR takes the whole token, of its own region, before its expiry, and nothing else.

use std::sync::Arc;

use hyper::header::AUTHORIZATION;

use super::call::Access;
use super::error::V2Error;
use super::front::Front;
use crate::http::Request;
use crate::principals::Principal;
use crate::state::State;
use crate::storage::repositories::RegistryId;
use crate::tokens::{Known, Scope};

/// A refusal, and whose it was when that is known.
pub(crate) struct Refused {
    pub(crate) principal: Option<Arc<Principal>>,
    pub(crate) error: V2Error,
}

impl From<V2Error> for Refused {
    fn from(error: V2Error) -> Self {
        Self { principal: None, error }
    }
}

/// Checks the `Authorization` header.
pub(crate) fn check(state: &State, request: &Request, front: &Front) -> Result<Access, Refused> {
    match front {
        Front::Private { region, .. } => private(state, request, front, region),
        Front::Public => public(state, request),
    }
}

fn private(state: &State, request: &Request, front: &Front, region: &str) -> Result<Access, Refused> {
    let challenge =
        || V2Error::challenge(format!("Basic realm=\"{}/\",service=\"ecr.amazonaws.com\"", request.origin()));
    let Some(password) = basic_password(request) else { return Err(challenge().into()) };
    let scope = Scope::Region(region.to_owned());
    let known = valid(state, password?.as_str(), &scope)?;
    Ok(Access { registry: front.id(), principal: known.principal })
}

fn public(state: &State, request: &Request) -> Result<Access, Refused> {
    let header = request.header(AUTHORIZATION.as_str());
    if header.is_empty() {
        let origin = request.origin();
        let host = ecrpass_core::registry::PUBLIC_HOST;
        let challenge = format!("Bearer realm=\"{origin}/token/\",service=\"{host}\",scope=\"aws\"");
        return Err(V2Error::challenge(challenge).into());
    }
    // Basic is only for `/token/`.
    let token = after_scheme(header, "bearer").ok_or_else(V2Error::invalid_token)?;
    let known = state
        .tokens
        .look_up(token)
        .filter(|known| known.scope == Scope::PublicBearer && known.expires_at > state.clock.now());
    let known = known.ok_or_else(V2Error::invalid_token)?;
    Ok(Access { registry: RegistryId::Public, principal: known.principal })
}

/// A token that is known, in force and for `scope`.
pub(super) fn valid(state: &State, password: &str, scope: &Scope) -> Result<Known, Refused> {
    let known = state.tokens.look_up(password).filter(|known| known.scope == *scope);
    let known = known.ok_or_else(V2Error::invalid_token)?;
    let refused = |error| Refused { principal: known.principal.clone(), error };
    if known.expires_at <= state.clock.now() {
        return Err(refused(V2Error::expired()));
    }
    if known.key_id.as_ref().is_some_and(|id| state.principals.key(id).is_none()) {
        return Err(refused(V2Error::denied(crate::api::error::INVALID_TOKEN)));
    }
    Ok(known)
}

/// The password of user `AWS`; an error for anything else that calls itself Basic, `None` without Basic.
pub(super) fn basic_password(request: &Request) -> Option<Result<String, Refused>> {
    let encoded = after_scheme(request.header(AUTHORIZATION.as_str()), "basic")?;
    let token = ecrpass_core::AuthorizationToken::decode(encoded);
    Some(match token {
        Ok(token) if token.username == "AWS" => Ok(token.password.expose().to_owned()),
        _ => Err(V2Error::invalid_token().into()),
    })
}

fn after_scheme<'a>(header: &'a str, scheme: &str) -> Option<&'a str> {
    let (found, rest) = header.split_once(' ')?;
    found.eq_ignore_ascii_case(scheme).then(|| rest.trim())
}
