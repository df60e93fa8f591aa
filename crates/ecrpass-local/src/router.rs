//! Sends each request where its host, path and target say, with the faults in force and a line in the call log.

use std::sync::Arc;

use bytes::Bytes;
use ecrpass_core::Registry;
use ecrpass_core::registry::normalize_host;
use ecrpass_core::time::http_date;
use hyper::header::{CONTENT_TYPE, DATE, HeaderValue, USER_AGENT};
use hyper::{Method, StatusCode};

use crate::active_faults::Active;
use crate::api::{ec2, ecr, iam, organizations, public, sts};
use crate::calls::{Authorization, Call};
use crate::control;
use crate::faults::FaultKind;
use crate::http::{self, Abort, Request, Response, authorization_kind, basic_user, form_value};
use crate::logged_response::{Handled, LoggedResponse};
use crate::metadata::{container, imds};
use crate::registry::front::Front;
use crate::registry::operation::Operation;
use crate::registry::{self, bucket, public_token};
use crate::sso::api as sso;
use crate::state::State;

/// What a request is for.
enum Route {
    Ecr(String),
    EcrPublic(String),
    Sts(String),
    Iam(String),
    Organizations(String),
    Ec2(String),
    Imds,
    Container,
    SsoPortal,
    SsoOidc,
    Registry(Front, Operation),
    PublicToken,
    Bucket,
    Unknown,
}

impl Route {
    /// Service and operation, as the call log and faults name them.
    fn names(&self, request: &Request) -> (&'static str, String) {
        match self {
            Self::Ecr(operation) => ("ecr", operation.clone()),
            Self::EcrPublic(operation) => ("ecr-public", operation.clone()),
            Self::Sts(operation) => ("sts", operation.clone()),
            Self::Iam(operation) => ("iam", operation.clone()),
            Self::Organizations(operation) => ("organizations", operation.clone()),
            Self::Ec2(operation) => ("ec2", operation.clone()),
            Self::Imds => ("imds", imds::operation(request.method(), request.path()).to_owned()),
            Self::Container => ("container", "GetCredentials".to_owned()),
            Self::SsoPortal => ("sso", "GetRoleCredentials".to_owned()),
            Self::SsoOidc => ("sso-oidc", "CreateToken".to_owned()),
            Self::Registry(front, operation) => (front.service(), operation.name().to_owned()),
            Self::PublicToken => ("public-registry", "Token".to_owned()),
            Self::Bucket => ("bucket", "GetObject".to_owned()),
            Self::Unknown => ("unknown", request.method().to_string()),
        }
    }
}

/// Answers one request.
pub(crate) async fn handle(state: Arc<State>, mut request: Request) -> Result<Response, Abort> {
    let mut response = if request.path().starts_with("/_local/") {
        control::handle(&state, &mut request).await?
    } else {
        serve(&state, request).await?
    };
    if let Ok(date) = HeaderValue::from_str(&http_date(state.clock.now())) {
        response.headers_mut().insert(DATE, date);
    }
    Ok(response)
}

async fn serve(state: &State, mut request: Request) -> Result<Response, Abort> {
    let host = normalize_host(request.authority());
    let (route, body) = route(state, &mut request, &host).await?;
    let (service, operation) = route.names(&request);
    let challenged =
        matches!(route, Route::Registry(..)) && authorization_kind(request.headers()) == Authorization::None;
    let active = state.faults.take(service, &operation, |kind| !(challenged && kind.is_refusal()));
    let mut record = Record::new(state, &request, service, operation, &active);

    state.holds.pass(service, &record.call.operation).await;
    tokio::time::sleep(active.latency()).await;
    if active.has(FaultKind::Hang) {
        std::future::pending::<()>().await;
    }
    if active.has(FaultKind::Drop) {
        return Err(Abort);
    }
    if active.has(FaultKind::Garbage) {
        record.call.status = StatusCode::OK.as_u16();
        return Ok(garbage());
    }
    let answer = dispatch(state, request, &host, route, &body, &active).await?;
    record.call.status = answer.response.status().as_u16();
    record.call.principal = answer.principal;
    record.call.error = answer.error;
    if active.has(FaultKind::Truncate) {
        return http::truncated(answer.response).await;
    }
    Ok(answer.response)
}

async fn dispatch(
    state: &State,
    request: Request,
    host: &str,
    route: Route,
    body: &[u8],
    active: &Active,
) -> Handled {
    let region = api_region(host);
    let region = region.as_deref();
    match route {
        Route::Ecr(operation) => ecr::handle(state, &request, body, &operation, region, active).await,
        Route::EcrPublic(operation) => {
            public::handle(state, &request, body, &operation, region, active).await
        }
        Route::Sts(operation) => sts::handle(state, &request, body, &operation, region, active),
        Route::Organizations(operation) => organizations::handle(state, &request, body, &operation, active),
        Route::Ec2(operation) => ec2::handle(state, &request, body, &operation, region, active),
        Route::Iam(operation) => iam::handle(state, &request, body, &operation, active),
        Route::Imds => imds::handle(state, &request, active).await,
        Route::Container => container::handle(state, &request, active),
        Route::SsoPortal => sso::portal(state, &request, active),
        Route::SsoOidc => sso::create_token(state, body, active),
        Route::Registry(front, operation) => {
            registry::handle(state, request, &front, &operation, active).await
        }
        Route::PublicToken => public_token::handle(state, &request, active),
        Route::Bucket => bucket::handle(state, &request, active).await,
        Route::Unknown => Ok(LoggedResponse::from(http::response(
            StatusCode::NOT_FOUND,
            "text/plain; charset=utf-8",
            "the local ECR serves nothing here\n",
        ))
        .with_error("NotFound")),
    }
}

/// Decides what a request is for; the body is read where the API needs it whole.
async fn route(state: &State, request: &mut Request, host: &str) -> Result<(Route, Bytes), Abort> {
    let path = request.path().to_owned();
    let nothing = Bytes::new();
    if bucket::is_bucket(host, &path) {
        return Ok((Route::Bucket, nothing));
    }
    let by_host = Registry::parse(host).ok();
    let is_api = request.headers().contains_key("x-amz-target");
    if let Some(registry) = by_host
        && !is_api
    {
        return Ok((registry_route(request, &registry), nothing));
    }
    if let Some(target) = request.headers().get("x-amz-target").and_then(|value| value.to_str().ok()) {
        let route = if let Some(operation) = target.strip_prefix(ecr::TARGET) {
            Route::Ecr(operation.to_owned())
        } else if let Some(operation) = target.strip_prefix(public::TARGET) {
            Route::EcrPublic(operation.to_owned())
        } else if let Some(operation) = target.strip_prefix(organizations::TARGET) {
            Route::Organizations(operation.to_owned())
        } else {
            Route::Unknown
        };
        return Ok((route, request.read_body_up_to(http::MAX_LAYER_PART).await?));
    }
    let is_get = matches!(*request.method(), Method::GET | Method::HEAD);
    if container::ecs_id(&path).is_some() && is_get || path == container::POD_IDENTITY_PATH {
        return Ok((Route::Container, nothing));
    }
    if path.starts_with("/latest/") {
        return Ok((Route::Imds, nothing));
    }
    if path == "/federation/credentials" {
        return Ok((Route::SsoPortal, nothing));
    }
    let is_json = request.header(CONTENT_TYPE.as_str()).starts_with("application/json");
    if path == "/token" && *request.method() == Method::POST && is_json {
        return Ok((Route::SsoOidc, request.read_body().await?));
    }
    if path == "/v2" || path.starts_with("/v2/") || path == "/token" || path == "/token/" {
        return Ok((registry_route(request, &state.settings.default_registry), nothing));
    }
    if path == "/" {
        let body = if is_get { nothing } else { request.read_body().await? };
        let form = String::from_utf8_lossy(&body);
        let query = request.parts.uri.query().unwrap_or_default();
        let action = form_value(&form, "Action").or_else(|| form_value(query, "Action"));
        if let Some(action) = action {
            if host.starts_with("iam.") || iam::is_operation(&action) {
                return Ok((Route::Iam(action), body));
            }
            if host.starts_with("ec2.") || ec2::is_operation(&action) {
                return Ok((Route::Ec2(action), body));
            }
            return Ok((Route::Sts(action), body));
        }
    }
    Ok((Route::Unknown, Bytes::new()))
}

fn registry_route(request: &Request, registry: &Registry) -> Route {
    let front = match registry {
        Registry::Private(registry) => {
            Front::Private { account: registry.account.clone(), region: registry.region.clone() }
        }
        Registry::Public { .. } => Front::Public,
    };
    if front == Front::Public && matches!(request.path(), "/token" | "/token/") {
        return Route::PublicToken;
    }
    Route::Registry(front, Operation::parse(request.method(), request.path()))
}

/// The region an API host names, in any of its forms; `None` on loopback and for global hosts.
fn api_region(host: &str) -> Option<String> {
    let mut labels = host.split('.').skip_while(|label| *label == "api");
    let service = labels.next()?;
    let known = ["ec2", "ecr", "ecr-fips", "ecr-public", "sts", "sts-fips"].contains(&service);
    let region = labels.next()?;
    (known && ecrpass_core::Partition::of_region(region).is_some()).then(|| region.to_owned())
}

/// The key id in an AWS signature: `AWS4-HMAC-SHA256 Credential=KEY/…`.
fn signing_key(authorization: &str) -> Option<String> {
    let (_, credential) = authorization.strip_prefix("AWS4-HMAC-SHA256")?.split_once("Credential=")?;
    // The scope behind it has four parts; what is before them is the key, whatever it holds.
    let (credential, _) = credential.split_once(", SignedHeaders=").unwrap_or((credential, ""));
    credential.rsplitn(5, '/').nth(4).map(str::to_owned)
}

/// What a captive portal or a proxy's own page looks like to a client.
fn garbage() -> Response {
    http::response(
        StatusCode::OK,
        "text/html; charset=utf-8",
        "<!doctype html><title>Welcome</title><p>Please sign in to use this network.\n",
    )
}

/// The line in the call log: written when the request is over, even if the client goes away before that. It counts from the
/// start.
struct Record<'a> {
    state: &'a State,
    call: Call,
}

impl<'a> Record<'a> {
    fn new(state: &'a State, request: &Request, service: &str, operation: String, active: &Active) -> Self {
        let call = Call {
            at: state.clock.now(),
            service: service.to_owned(),
            operation,
            method: request.method().to_string(),
            path: request.path().to_owned(),
            host: request.authority().to_owned(),
            tls: request.tls,
            authorization: authorization_kind(request.headers()),
            user: basic_user(request.headers()),
            key_id: signing_key(request.header("authorization")),
            principal: None,
            status: 0,
            error: None,
            faults: active.names(),
            user_agent: request.header(USER_AGENT.as_str()).to_owned(),
        };
        state.calls.begin(&call.service, &call.operation);
        Self { state, call }
    }
}

impl Drop for Record<'_> {
    fn drop(&mut self) {
        self.state.calls.end(self.call.clone());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn api_hosts_name_their_region() {
        for (host, region) in [
            ("api.ecr.eu-west-1.amazonaws.com", Some("eu-west-1")),
            ("api.ecr-fips.us-east-1.amazonaws.com", Some("us-east-1")),
            ("ecr.us-east-1.api.aws", Some("us-east-1")),
            ("api.ecr-public.us-east-1.amazonaws.com", Some("us-east-1")),
            ("sts.us-gov-west-1.amazonaws.com", Some("us-gov-west-1")),
            ("api.ecr.cn-north-1.amazonaws.com.cn", Some("cn-north-1")),
            ("sts.amazonaws.com", None),
            ("127.0.0.1", None),
            ("localhost", None),
        ] {
            assert_eq!(api_region(host).as_deref(), region, "{host}");
        }
    }
}
