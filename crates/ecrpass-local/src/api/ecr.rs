//! The ECR API, JSON 1.1: who calls what, and `GetAuthorizationToken`. The other operations have files of their own.

use ecrpass_core::account::is_account_id;
use ecrpass_iam::denial::{Denied, Reason};
use ecrpass_iam::policy_kind::PolicyKind;
use hyper::StatusCode;
use serde_json::{Map, Value, json};

use super::error::{ApiError, Protocol, aws_json};
use super::token_fields;
use crate::active_faults::Active;
use crate::faults::FaultKind;
use crate::http::Request;
use crate::logged_response::{Handled, LoggedResponse};
use crate::permission;
use crate::principals::Principal;
use crate::sigv4::{self, Expected, Verified};
use crate::state::State;
use crate::storage::repositories::{RegistryId, Repository, is_repository_name};
use crate::tokens::{Known, Scope};

/// The prefix of `X-Amz-Target`.
pub(crate) const TARGET: &str = "AmazonEC2ContainerRegistry_V20150921.";

/// What AWS says a repository name must look like.
pub(super) const NAME_RULE: &str = r"(?:[a-z0-9]+(?:[._-][a-z0-9]+)*/)*[a-z0-9]+(?:[._-][a-z0-9]+)*";

/// Answers one call.
pub(crate) async fn handle(
    state: &State,
    request: &Request,
    body: &[u8],
    operation: &str,
    region: Option<&str>,
    active: &Active,
) -> Handled {
    let expected = Expected { service: "ecr", region, window: 15 };
    let verified = match sigv4::verify(state, request, body, &expected) {
        Ok(verified) => verified,
        Err(refusal) => {
            return Ok(ApiError::refused(Protocol::Json, refusal).answer(Protocol::Json));
        }
    };
    let result = respond(state, &verified, request, body, operation, active).await;
    let answer = match result {
        Ok(value) => LoggedResponse::from(aws_json(StatusCode::OK, value.to_string())),
        Err(error) => error.answer(Protocol::Json),
    };
    Ok(answer.by(&verified.caller.principal))
}

async fn respond(
    state: &State,
    verified: &Verified,
    request: &Request,
    body: &[u8],
    operation: &str,
    active: &Active,
) -> Result<Value, ApiError> {
    let principal = &verified.caller.principal;
    let action = format!("ecr:{operation}");
    let input = serde_json::from_slice(if body.is_empty() { b"{}" } else { body });
    let call = Call { state, verified, request, action, input: input.as_ref().unwrap_or(&Value::Null) };
    let resource = match (call.text("resourceArn"), call.text("repositoryName")) {
        ("", "") => "*".to_owned(),
        ("", name) => state.repository_arn(&call.registry()?, name),
        (arn, _) => arn.to_owned(),
    };
    let denial = denial(principal, &call.action, &resource, Reason::NotAllowed(PolicyKind::Identity));
    if let Some(error) = ApiError::from_fault(Protocol::Json, active, &denial) {
        return Err(error);
    }
    if input.is_err() {
        return Err(ApiError::bad_request("SerializationException", "The request is not valid JSON."));
    }
    match operation {
        "GetAuthorizationToken" => {
            allow(principal, &call.action, "*")?;
            call.authorization_token(active)
        }
        "DescribeRepositories" => call.describe_repositories(),
        "CreateRepository" => call.create_repository(),
        "DeleteRepository" => call.delete_repository().await,
        "PutImageTagMutability" => call.put_image_tag_mutability(),
        "PutImageScanningConfiguration" => call.put_image_scanning_configuration(),
        "GetLifecyclePolicy" => call.get_lifecycle_policy(),
        "PutLifecyclePolicy" => call.put_lifecycle_policy(),
        "DeleteLifecyclePolicy" => call.delete_lifecycle_policy(),
        "ListTagsForResource" => call.list_tags_for_resource(),
        "TagResource" => call.tag_resource(),
        "UntagResource" => call.untag_resource(),
        "GetRepositoryPolicy" => call.get_repository_policy(),
        "SetRepositoryPolicy" => call.set_repository_policy(),
        "DeleteRepositoryPolicy" => call.delete_repository_policy(),
        "DescribeImages" => call.describe_images().await,
        "ListImages" => call.list_images().await,
        "BatchGetImage" => call.batch_get_image().await,
        "PutImage" => call.put_image().await,
        "BatchCheckLayerAvailability" => call.batch_check_layer_availability().await,
        "GetDownloadUrlForLayer" => call.get_download_url_for_layer().await,
        "InitiateLayerUpload" => call.initiate_layer_upload().await,
        "UploadLayerPart" => call.upload_layer_part().await,
        "CompleteLayerUpload" => call.complete_layer_upload().await,
        _ => call.of_registry(operation),
    }
}

/// Checks the identity policy.
pub(crate) fn allow(principal: &Principal, action: &str, resource: &str) -> Result<(), ApiError> {
    permission::check_identity(principal, action, resource)
        .map_err(|reason| ApiError::denied(Protocol::Json, &denial(principal, action, resource, reason)))
}

pub(crate) fn denial<'a>(
    principal: &'a Principal,
    action: &'a str,
    resource: &'a str,
    reason: Reason,
) -> Denied<'a> {
    Denied { principal: &principal.arn, action, resource: Some(resource), reason, policy_arn: None }
}

/// One call, before anything allowed it.
pub(super) struct Call<'a> {
    pub(super) state: &'a State,
    pub(super) verified: &'a Verified,
    pub(super) request: &'a Request,
    /// `ecr:…`.
    pub(super) action: String,
    pub(super) input: &'a Value,
}

impl Call<'_> {
    fn authorization_token(&self, active: &Active) -> Result<Value, ApiError> {
        let caller = &self.verified.caller;
        let region = self.state.settings.token_region.as_ref().unwrap_or(&self.verified.region);
        let mut accounts = vec![caller.principal.account.clone()];
        if let Some(ids) = self.input["registryIds"].as_array().filter(|ids| !ids.is_empty()) {
            accounts = ids.iter().map(|id| id.as_str().unwrap_or_default().to_owned()).collect();
        }
        if accounts.len() > 10 || accounts.iter().any(|id| !is_account_id(id)) {
            return Err(invalid_parameter(
                "registryIds",
                "Member must satisfy regular expression pattern: [0-9]{12}",
            ));
        }
        let expires_at = self.state.token_expiry(active.has(FaultKind::ExpiredTokens));
        let data: Vec<Value> = accounts
            .iter()
            .filter_map(|account| {
                let known = Known {
                    principal: Some(caller.principal.clone()),
                    key_id: Some(caller.key_id.clone()),
                    scope: Scope::Region(region.clone()),
                    expires_at,
                };
                let mut fields = token_fields::issue(self.state, active, known)?;
                let endpoint = format!("https://{}", self.state.registry_host(account, region));
                fields.insert("proxyEndpoint".to_owned(), endpoint.into());
                Some(Value::Object(fields))
            })
            .collect();
        Ok(json!({ "authorizationData": data }))
    }

    pub(super) fn registry(&self) -> Result<RegistryId, ApiError> {
        let account = match self.input["registryId"].as_str() {
            Some(account) if is_account_id(account) => account.to_owned(),
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

    /// The repository that is named, once everything allows the operation on it.
    pub(super) fn repository(&self) -> Result<(RegistryId, Repository), ApiError> {
        let registry = self.registry()?;
        let name = self.text("repositoryName");
        self.repository_named(registry, name)
    }

    /// The same by its name.
    pub(super) fn repository_named(
        &self,
        registry: RegistryId,
        name: &str,
    ) -> Result<(RegistryId, Repository), ApiError> {
        if !is_repository_name(name) {
            return Err(invalid_parameter(
                "repositoryName",
                &format!("must satisfy regular expression '{NAME_RULE}'"),
            ));
        }
        let found = self.state.repositories.repository(&registry, name).map_err(storage_error)?;
        self.allow(&registry, name, found.as_ref())?;
        match found {
            Some(repository) => Ok((registry, repository)),
            None => Err(ApiError::bad_request("RepositoryNotFoundException", registry.missing(name))),
        }
    }

    /// Checks everything that may allow or deny this operation on a repository.
    pub(super) fn allow(
        &self,
        registry: &RegistryId,
        name: &str,
        repository: Option<&Repository>,
    ) -> Result<(), ApiError> {
        let principal = &self.verified.caller.principal;
        let resource = self.state.repository_arn(registry, name);
        let policy = self.state.repositories.registry_settings(registry).map_err(storage_error)?.policy;
        let checked = match repository {
            Some(repository) => {
                permission::check(principal, &self.action, &resource, repository, policy.as_deref())
            }
            None => permission::check_identity(principal, &self.action, &resource),
        };
        checked.map_err(|reason| {
            ApiError::denied(Protocol::Json, &denial(principal, &self.action, &resource, reason))
        })
    }

    /// A text of the input; empty where there is none.
    pub(super) fn text(&self, name: &str) -> &str {
        self.input[name].as_str().unwrap_or_default()
    }

    /// Whether a switch of the input is on.
    pub(super) fn is_on(&self, pointer: &str) -> bool {
        self.input.pointer(pointer).and_then(Value::as_bool) == Some(true)
    }

    /// A list of texts of the input.
    pub(super) fn texts(&self, name: &str) -> Vec<&str> {
        self.input[name].as_array().into_iter().flatten().filter_map(Value::as_str).collect()
    }

    /// The page that `nextToken` and `maxResults` ask for, as an output under `name`.
    pub(super) fn page(&self, name: &str, all: Vec<Value>) -> Value {
        page(self.input, name, all)
    }
}

/// The page that an input's `nextToken` and `maxResults` ask for, as an output under `name`.
pub(super) fn page(input: &Value, name: &str, all: Vec<Value>) -> Value {
    let first = input["nextToken"].as_str().and_then(|token| token.parse().ok()).unwrap_or(0_usize);
    let most = input["maxResults"].as_u64().map_or(100, |most| usize::try_from(most).unwrap_or(100));
    let more = all.len() > first.saturating_add(most);
    let page: Vec<Value> = all.into_iter().skip(first).take(most).collect();
    let mut output = Map::from_iter([(name.to_owned(), page.into())]);
    if more {
        output.insert("nextToken".to_owned(), (first + most).to_string().into());
    }
    output.into()
}

pub(super) fn invalid_parameter(name: &str, rule: &str) -> ApiError {
    ApiError::bad_request(
        "InvalidParameterException",
        format!("Invalid parameter at '{name}' failed to satisfy constraint: '{rule}'"),
    )
}

/// The storage directory failed; AWS would call that its own fault.
pub(super) fn storage_error(error: std::io::Error) -> ApiError {
    ApiError::new(
        StatusCode::INTERNAL_SERVER_ERROR,
        "ServerException",
        format!("the local ECR's storage failed: {error}"),
    )
}
