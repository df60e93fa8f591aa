//! The ECR API: `GetAuthorizationToken`, `DescribeRepositories` and `CreateRepository`, JSON 1.1.

use hyper::StatusCode;
use serde_json::{Value, json};

use super::error::{ApiError, Protocol, aws_json};
use crate::answer::{Answer, Handled};
use crate::faults::{Active, FaultKind};
use crate::http::Request;
use crate::policy::{Decision, Denial, Reason};
use crate::principals::Principal;
use crate::sigv4::{self, Expected, Verified};
use crate::storage::repositories::{RegistryId, Repository, is_repository_name};
use crate::tokens::{Known, Scope};
use crate::world::World;

/// The prefix of `X-Amz-Target`.
pub(crate) const TARGET: &str = "AmazonEC2ContainerRegistry_V20150921.";

/// What AWS says a repository name must look like.
const NAME_RULE: &str = r"(?:[a-z0-9]+(?:[._-][a-z0-9]+)*/)*[a-z0-9]+(?:[._-][a-z0-9]+)*";

/// Answers one call.
pub(crate) fn handle(
    world: &World,
    request: &Request,
    body: &[u8],
    operation: &str,
    region: Option<&str>,
    active: &Active,
) -> Handled {
    let expected = Expected { service: "ecr", region, window: 15 };
    let verified = match sigv4::verify(world, request, body, &expected) {
        Ok(verified) => verified,
        Err(refusal) => {
            return Ok(ApiError::refused(Protocol::Json, refusal).answer(Protocol::Json));
        }
    };
    let result = respond(world, &verified, body, operation, active);
    let answer = match result {
        Ok(value) => Answer::from(aws_json(StatusCode::OK, value.to_string())),
        Err(error) => error.answer(Protocol::Json),
    };
    Ok(answer.by(&verified.caller.principal))
}

fn respond(
    world: &World,
    verified: &Verified,
    body: &[u8],
    operation: &str,
    active: &Active,
) -> Result<Value, ApiError> {
    let principal = &verified.caller.principal;
    let action = format!("ecr:{operation}");
    let denial = denial(principal, &action, "*", Reason::NoIdentityPolicy);
    if let Some(error) = ApiError::from_fault(Protocol::Json, active, &denial) {
        return Err(error);
    }
    let input: Value = serde_json::from_slice(if body.is_empty() { b"{}" } else { body })
        .map_err(|_| ApiError::bad_request("SerializationException", "The request is not valid JSON."))?;
    let call = Call { world, verified, input: &input };
    match operation {
        "GetAuthorizationToken" => {
            allow(principal, &action, None, "*")?;
            call.authorization_token(active)
        }
        "DescribeRepositories" => call.describe_repositories(),
        "CreateRepository" => call.create_repository(),
        _ => Err(ApiError::bad_request(
            "UnknownOperationException",
            format!("The local ECR does not have the operation {operation}."),
        )),
    }
}

/// Checks the identity policy.
pub(crate) fn allow(
    principal: &Principal,
    action: &str,
    repository: Option<&str>,
    resource: &str,
) -> Result<(), ApiError> {
    let reason = match principal.policy.evaluate(action, repository) {
        Decision::Allowed => return Ok(()),
        Decision::ImplicitDeny => Reason::NoIdentityPolicy,
        Decision::ExplicitDeny => Reason::IdentityPolicyDenies,
    };
    Err(ApiError::denied(Protocol::Json, &denial(principal, action, resource, reason)))
}

pub(crate) fn denial(principal: &Principal, action: &str, resource: &str, reason: Reason) -> Denial {
    Denial {
        principal: principal.arn.clone(),
        action: action.to_owned(),
        resource: resource.to_owned(),
        reason,
    }
}

struct Call<'a> {
    world: &'a World,
    verified: &'a Verified,
    input: &'a Value,
}

impl Call<'_> {
    fn authorization_token(&self, active: &Active) -> Result<Value, ApiError> {
        let caller = &self.verified.caller;
        let region = &self.verified.region;
        let mut accounts = vec![caller.principal.account.clone()];
        if let Some(ids) = self.input["registryIds"].as_array().filter(|ids| !ids.is_empty()) {
            accounts = ids.iter().map(|id| id.as_str().unwrap_or_default().to_owned()).collect();
        }
        if accounts.len() > 10 || accounts.iter().any(|id| !is_account(id)) {
            return Err(invalid_parameter(
                "registryIds",
                "Member must satisfy regular expression pattern: [0-9]{12}",
            ));
        }
        let expires_at = self.world.token_expiry(active.has(FaultKind::ExpiredTokens));
        let data: Vec<Value> = accounts
            .iter()
            .map(|account| {
                let password = self.world.tokens.issue(Known {
                    principal: Some(caller.principal.clone()),
                    key_id: Some(caller.key_id.clone()),
                    scope: Scope::Region(region.clone()),
                    expires_at,
                });
                let token = ecrpass_core::AuthorizationToken::encode("AWS", &password);
                json!({
                    "authorizationToken": token.expose(),
                    // AWS writes milliseconds as a fraction.
                    "expiresAt": expires_at as f64 + 0.25,
                    "proxyEndpoint": format!("https://{}", self.world.registry_host(account, region)),
                })
            })
            .collect();
        Ok(json!({ "authorizationData": data }))
    }

    fn registry(&self) -> Result<RegistryId, ApiError> {
        let account = match self.input["registryId"].as_str() {
            Some(account) if is_account(account) => account.to_owned(),
            Some(_) => {
                return Err(invalid_parameter(
                    "registryId",
                    "Member must satisfy regular expression pattern: [0-9]{12}",
                ));
            }
            None => self.verified.caller.principal.account.clone(),
        };
        Ok(RegistryId::Private { account, region: self.verified.region.clone() })
    }

    fn describe_repositories(&self) -> Result<Value, ApiError> {
        let registry = self.registry()?;
        let store = &self.world.repositories;
        let action = "ecr:DescribeRepositories";
        let wanted: Option<Vec<&str>> = self.input["repositoryNames"]
            .as_array()
            .filter(|names| !names.is_empty())
            .map(|names| names.iter().filter_map(Value::as_str).collect());
        let found = match wanted {
            Some(names) => {
                let mut found = Vec::new();
                for name in names {
                    self.allow(action, &registry, name)?;
                    let repository = store.repository(&registry, name).map_err(storage_error)?;
                    found.push(repository.ok_or_else(|| {
                        ApiError::bad_request("RepositoryNotFoundException", registry.missing(name))
                    })?);
                }
                found
            }
            None => {
                self.allow(action, &registry, "*")?;
                store.list(&registry).map_err(storage_error)?
            }
        };
        let first = self.input["nextToken"].as_str().and_then(|token| token.parse().ok()).unwrap_or(0_usize);
        let most = self.input["maxResults"].as_u64().map_or(100, |most| usize::try_from(most).unwrap_or(100));
        let page: Vec<Value> = found
            .iter()
            .skip(first)
            .take(most)
            .map(|repository| self.describe(&registry, repository))
            .collect();
        let mut output = json!({ "repositories": page });
        if found.len() > first + most {
            output["nextToken"] = json!((first + most).to_string());
        }
        Ok(output)
    }

    fn create_repository(&self) -> Result<Value, ApiError> {
        let registry = self.registry()?;
        let name = self.input["repositoryName"].as_str().unwrap_or_default();
        if !is_repository_name(name) {
            return Err(invalid_parameter(
                "repositoryName",
                &format!("must satisfy regular expression '{NAME_RULE}'"),
            ));
        }
        self.allow("ecr:CreateRepository", &registry, name)?;
        let repository = Repository {
            name: name.to_owned(),
            created_at: self.world.clock.now(),
            immutable: self.input["imageTagMutability"] == "IMMUTABLE",
            shared_with: Vec::new(),
        };
        if !self.world.repositories.create(&registry, &repository).map_err(storage_error)? {
            return Err(ApiError::bad_request(
                "RepositoryAlreadyExistsException",
                format!(
                    "The repository with name '{name}' already exists in the registry with id '{}'",
                    registry.id()
                ),
            ));
        }
        Ok(json!({ "repository": self.describe(&registry, &repository) }))
    }

    fn allow(&self, action: &str, registry: &RegistryId, name: &str) -> Result<(), ApiError> {
        allow(&self.verified.caller.principal, action, Some(name), &self.world.repository_arn(registry, name))
    }

    fn describe(&self, registry: &RegistryId, repository: &Repository) -> Value {
        let host = self.world.registry_host(registry.id(), &self.verified.region);
        json!({
            "repositoryArn": self.world.repository_arn(registry, &repository.name),
            "registryId": registry.id(),
            "repositoryName": repository.name,
            "repositoryUri": format!("{host}/{}", repository.name),
            "createdAt": repository.created_at as f64,
            "imageTagMutability": if repository.immutable { "IMMUTABLE" } else { "MUTABLE" },
            "imageScanningConfiguration": {"scanOnPush": false},
            "encryptionConfiguration": {"encryptionType": "AES256"},
        })
    }
}

fn is_account(text: &str) -> bool {
    text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit())
}

fn invalid_parameter(name: &str, rule: &str) -> ApiError {
    ApiError::bad_request(
        "InvalidParameterException",
        format!("Invalid parameter at '{name}' failed to satisfy constraint: '{rule}'"),
    )
}

/// The storage directory failed; AWS would call that its own fault.
fn storage_error(error: std::io::Error) -> ApiError {
    ApiError::new(
        StatusCode::INTERNAL_SERVER_ERROR,
        "ServerException",
        format!("the local ECR's storage directory failed: {error}"),
    )
}
