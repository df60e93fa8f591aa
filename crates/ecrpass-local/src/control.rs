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
use crate::storage::repositories::{RegistryId, Repository, is_repository_name};
use crate::world::World;

/// Answers one request; only to this machine, and not to a web page.
pub(crate) async fn handle(world: &World, request: &mut Request) -> Result<Response, Abort> {
    let from_here = request.peer.ip().to_canonical().is_loopback();
    if !from_here || request.headers().contains_key("origin") {
        return Ok(error(StatusCode::FORBIDDEN, "the control API answers programs on this machine only"));
    }
    let body = request.read_body().await?;
    let path = request.path().strip_prefix("/_local/").unwrap_or_default();
    Ok(match (request.method(), path) {
        (&Method::GET, "status") => http::json(StatusCode::OK, &status(world)),
        (&Method::GET, "calls") => {
            let calls = json!({"counts": world.calls.counts(), "calls": world.calls.log()});
            http::json(StatusCode::OK, &calls)
        }
        (&Method::DELETE, "calls") => {
            world.calls.clear();
            http::empty(StatusCode::NO_CONTENT)
        }
        (&Method::GET, "faults") => {
            let known = ALL.map(|fault| json!({"name": fault.name, "summary": fault.summary}));
            http::json(StatusCode::OK, &json!({"faults": faults(world), "known": known}))
        }
        (&Method::POST, "faults") => add_faults(world, &body),
        (&Method::DELETE, "faults") => match request.query("fault") {
            Some(fault) if world.remove_fault(&fault) == 0 => {
                error(StatusCode::NOT_FOUND, &format!("the fault {fault} is not on"))
            }
            Some(_) => http::empty(StatusCode::NO_CONTENT),
            None => {
                world.clear_faults();
                http::empty(StatusCode::NO_CONTENT)
            }
        },
        (&Method::GET, "repositories") => list_repositories(world, request),
        (&Method::POST, "repositories") => create_repository(world, &body),
        (&Method::GET, "ca.pem") => {
            http::response(StatusCode::OK, "application/x-pem-file", world.ca_pem.clone())
        }
        _ => error(StatusCode::NOT_FOUND, "no such thing; see the documentation of the control API"),
    })
}

fn status(world: &World) -> Value {
    json!({
        "account": world.settings.account,
        "region": world.settings.region,
        "default_registry": world.settings.default_registry.host(),
        "now": world.clock.now(),
        "tokens_issued": world.tokens.issued(),
    })
}

fn faults(world: &World) -> Vec<String> {
    world.faults.list().iter().map(ToString::to_string).collect()
}

fn add_faults(world: &World, body: &[u8]) -> Response {
    let input: Value = serde_json::from_slice(body).unwrap_or_default();
    let several = input["faults"].as_array().into_iter().flatten();
    let wanted: Vec<&Value> = input.get("fault").into_iter().chain(several).collect();
    if wanted.is_empty() {
        return error(StatusCode::BAD_REQUEST, r#"send {"fault": "NAME[:TARGET][=ARG]"}"#);
    }
    let parsed: Result<Vec<Fault>, _> =
        wanted.iter().map(|text| text.as_str().unwrap_or_default().parse()).collect();
    match parsed {
        Ok(parsed) => {
            parsed.into_iter().for_each(|fault| world.add_fault(fault));
            http::json(StatusCode::CREATED, &json!({ "faults": faults(world) }))
        }
        Err(wrong) => error(StatusCode::BAD_REQUEST, &wrong.to_string()),
    }
}

fn list_repositories(world: &World, request: &Request) -> Response {
    let registry = registry(world, request.query("account"), request.query("region"));
    match world.repositories.list(&registry) {
        Ok(found) => {
            let names: Vec<String> = found.into_iter().map(|repository| repository.name).collect();
            http::json(StatusCode::OK, &json!({ "repositories": names }))
        }
        Err(failed) => error(StatusCode::INTERNAL_SERVER_ERROR, &failed.to_string()),
    }
}

fn create_repository(world: &World, body: &[u8]) -> Response {
    let input: Value = serde_json::from_slice(body).unwrap_or_default();
    let text = |name: &str| input[name].as_str().map(str::to_owned);
    let Some(name) = text("name").filter(|name| is_repository_name(name)) else {
        return error(StatusCode::BAD_REQUEST, r#"send {"name": "team/app"}, a valid repository name"#);
    };
    let registry = registry(world, text("account"), text("region"));
    let repository = Repository::new(&name, world.clock.now(), input["immutable"] == true);
    match world.repositories.create(&registry, &repository) {
        Ok(true) => http::json(StatusCode::CREATED, &json!({ "name": repository.name })),
        Ok(false) => error(StatusCode::CONFLICT, "the repository exists"),
        Err(failed) => error(StatusCode::INTERNAL_SERVER_ERROR, &failed.to_string()),
    }
}

/// The registry meant; `public` as the account is ECR Public.
fn registry(world: &World, account: Option<String>, region: Option<String>) -> RegistryId {
    match account {
        Some(account) if account == "public" => RegistryId::Public,
        account => RegistryId::Private {
            account: account.unwrap_or_else(|| world.settings.account.clone()),
            region: region.unwrap_or_else(|| world.settings.region.clone()),
        },
    }
}

fn error(status: StatusCode, message: &str) -> Response {
    http::json(status, &json!({ "error": message }))
}
