//! The control API under `/_local/`: faults, calls and repositories, for tests in other languages.
//!
//! | request | does |
//! | --- | --- |
//! | `GET /_local/status` | account, region, the server's clock, how many tokens were issued |
//! | `GET /_local/calls`, `DELETE` | counts and log; forget them |
//! | `GET /_local/faults`, `DELETE [?fault=…]` | the faults in force; end them, or those of a name |
//! | `POST /_local/faults` `{"fault": "throttle:ecr=3"}` | one more fault, or several as `{"faults": […]}` |
//! | `GET /_local/repositories[?account=…&region=…]` | names of repositories |
//! | `POST /_local/repositories` `{"name": "team/app", "immutable": false}` | a new one, also with `account`, `region` |
//! | `GET /_local/ca.pem` | the CA of the TLS listeners |

use hyper::{Method, StatusCode};
use serde_json::{Value, json};

use crate::faults::{ALL, Fault};
use crate::http::{self, Abort, Request, Response};
use crate::state::State;
use crate::storage::repositories::{RegistryId, Repository, is_repository_name};

/// Answers one request; only to this machine, and not to a web page.
pub(crate) async fn handle(state: &State, request: &mut Request) -> Result<Response, Abort> {
    let from_here = request.peer.ip().to_canonical().is_loopback();
    if !from_here || request.headers().contains_key("origin") {
        return Ok(error(StatusCode::FORBIDDEN, "the control API answers programs on this machine only"));
    }
    let body = request.read_body().await?;
    let path = request.path().strip_prefix("/_local/").unwrap_or_default();
    Ok(match (request.method(), path) {
        (&Method::GET, "status") => http::json(StatusCode::OK, &status(state)),
        (&Method::GET, "calls") => {
            let calls = json!({"counts": state.calls.counts(), "calls": state.calls.log()});
            http::json(StatusCode::OK, &calls)
        }
        (&Method::DELETE, "calls") => {
            state.calls.clear();
            http::empty(StatusCode::NO_CONTENT)
        }
        (&Method::GET, "faults") => {
            let known = ALL.map(|fault| json!({"name": fault.name, "summary": fault.summary}));
            http::json(StatusCode::OK, &json!({"faults": faults(state), "known": known}))
        }
        (&Method::POST, "faults") => add_faults(state, &body),
        (&Method::DELETE, "faults") => match request.query("fault") {
            Some(fault) if state.remove_fault(&fault) == 0 => {
                error(StatusCode::NOT_FOUND, &format!("the fault {fault} is not on"))
            }
            Some(_) => http::empty(StatusCode::NO_CONTENT),
            None => {
                state.clear_faults();
                http::empty(StatusCode::NO_CONTENT)
            }
        },
        (&Method::GET, "repositories") => list_repositories(state, request),
        (&Method::POST, "repositories") => create_repository(state, &body),
        (&Method::GET, "ca.pem") => {
            http::response(StatusCode::OK, "application/x-pem-file", state.ca_pem.clone())
        }
        _ => error(StatusCode::NOT_FOUND, "no such thing; see the documentation of the control API"),
    })
}

fn status(state: &State) -> Value {
    json!({
        "account": state.settings.account,
        "region": state.settings.region,
        "default_registry": state.settings.default_registry.host(),
        "now": state.clock.now(),
        "tokens_issued": state.tokens.issued(),
    })
}

fn faults(state: &State) -> Vec<String> {
    state.faults.list().iter().map(ToString::to_string).collect()
}

fn add_faults(state: &State, body: &[u8]) -> Response {
    let input: Value = serde_json::from_slice(body).unwrap_or_default();
    let several = input.get("faults").and_then(Value::as_array).into_iter().flatten();
    let wanted: Vec<&Value> = input.get("fault").into_iter().chain(several).collect();
    if wanted.is_empty() {
        return error(StatusCode::BAD_REQUEST, r#"send {"fault": "NAME[:TARGET][=ARG]"}"#);
    }
    let parsed: Result<Vec<Fault>, _> =
        wanted.iter().map(|text| text.as_str().unwrap_or_default().parse()).collect();
    match parsed {
        Ok(parsed) => {
            parsed.into_iter().for_each(|fault| state.add_fault(fault));
            http::json(StatusCode::CREATED, &json!({ "faults": faults(state) }))
        }
        Err(wrong) => error(StatusCode::BAD_REQUEST, &wrong.to_string()),
    }
}

fn list_repositories(state: &State, request: &Request) -> Response {
    let registry = registry(state, request.query("account"), request.query("region"));
    match state.repositories.list(&registry) {
        Ok(found) => {
            let names: Vec<String> = found.into_iter().map(|repository| repository.name).collect();
            http::json(StatusCode::OK, &json!({ "repositories": names }))
        }
        Err(failed) => error(StatusCode::INTERNAL_SERVER_ERROR, &failed.to_string()),
    }
}

fn create_repository(state: &State, body: &[u8]) -> Response {
    let input: Value = serde_json::from_slice(body).unwrap_or_default();
    let text = |name: &str| input.get(name).and_then(Value::as_str).map(str::to_owned);
    let Some(name) = text("name").filter(|name| is_repository_name(name)) else {
        return error(StatusCode::BAD_REQUEST, r#"send {"name": "team/app"}, a valid repository name"#);
    };
    let registry = registry(state, text("account"), text("region"));
    let repository = Repository::new(
        &name,
        state.clock.now(),
        input.get("immutable").and_then(Value::as_bool) == Some(true),
    );
    match state.repositories.create(&registry, &repository) {
        Ok(true) => http::json(StatusCode::CREATED, &json!({ "name": repository.name })),
        Ok(false) => error(StatusCode::CONFLICT, "the repository exists"),
        Err(failed) => error(StatusCode::INTERNAL_SERVER_ERROR, &failed.to_string()),
    }
}

/// The registry meant; `public` as the account is ECR Public.
fn registry(state: &State, account: Option<String>, region: Option<String>) -> RegistryId {
    match account {
        Some(account) if account == "public" => RegistryId::Public,
        account => RegistryId::Private {
            account: account.unwrap_or_else(|| state.settings.account.clone()),
            region: region.unwrap_or_else(|| state.settings.region.clone()),
        },
    }
}

fn error(status: StatusCode, message: &str) -> Response {
    http::json(status, &json!({ "error": message }))
}
