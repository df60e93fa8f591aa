//! The cluster by its API server.

use std::future::Future;
use std::time::Duration;

use ecrpass_core::error_chain::error_chain;
use ecrpass_core::redact::redact;
use k8s_openapi::api::core::v1::{Secret, ServiceAccount};
use kube::api::{Api, DeleteParams, Patch, PatchParams, PostParams, Preconditions};
use kube::{Client, Error};
use serde_json::Value;

use super::{Call, CallError, Cluster};
use crate::names::OPERATOR;
use crate::work::{Cause, Failure};

/// How long a call may take, with its repetitions.
const PATIENCE: Duration = Duration::from_secs(30);

/// The API server.
#[derive(Clone)]
pub struct ApiServer {
    client: Client,
}

impl ApiServer {
    /// By this client.
    pub fn new(client: Client) -> Self {
        Self { client }
    }

    fn secrets(&self, namespace: &str) -> Api<Secret> {
        Api::namespaced(self.client.clone(), namespace)
    }

    fn accounts(&self, namespace: &str) -> Api<ServiceAccount> {
        Api::namespaced(self.client.clone(), namespace)
    }
}

impl Cluster for ApiServer {
    async fn secret(&self, namespace: &str, name: &str) -> Call<Secret> {
        within(self.secrets(namespace).get(name)).await
    }

    async fn create_secret(&self, secret: &Secret) -> Call<Secret> {
        let namespace = secret.metadata.namespace.clone().unwrap_or_default();
        let params = PostParams { field_manager: Some(OPERATOR.to_owned()), ..PostParams::default() };
        within(self.secrets(&namespace).create(&params, secret)).await
    }

    async fn patch_secret(&self, namespace: &str, name: &str, patch: &Value) -> Call<Secret> {
        within(self.secrets(namespace).patch(name, &params(), &Patch::Merge(Hidden(patch)))).await
    }

    async fn delete_secret(&self, secret: &Secret) -> Call<()> {
        let (namespace, name) = (secret.metadata.namespace.clone(), secret.metadata.name.clone());
        let preconditions = Preconditions {
            uid: secret.metadata.uid.clone(),
            resource_version: secret.metadata.resource_version.clone(),
        };
        let params = DeleteParams::default().preconditions(preconditions);
        let api = self.secrets(&namespace.unwrap_or_default());
        within(api.delete(&name.unwrap_or_default(), &params)).await.map(|_| ())
    }

    async fn account(&self, namespace: &str, name: &str) -> Call<ServiceAccount> {
        within(self.accounts(namespace).get(name)).await
    }

    async fn patch_account(&self, namespace: &str, name: &str, patch: &Value) -> Call<ServiceAccount> {
        within(self.accounts(namespace).patch(name, &params(), &Patch::Merge(patch))).await
    }
}

fn params() -> PatchParams {
    PatchParams { field_manager: Some(OPERATOR.to_owned()), ..PatchParams::default() }
}

/// A patch with a token in it: kube asks for a way to print it, and gets one that says nothing.
struct Hidden<'a>(&'a Value);

impl serde::Serialize for Hidden<'_> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
    }
}

impl std::fmt::Debug for Hidden<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("[redacted]")
    }
}

/// Waits for a call, but not for ever.
pub async fn within<T>(call: impl Future<Output = Result<T, Error>>) -> Call<T> {
    match tokio::time::timeout(PATIENCE, call).await {
        Ok(Ok(value)) => Ok(value),
        Ok(Err(error)) => Err(call_error(&error)),
        Err(_) => {
            let text = format!("no answer within {} s", PATIENCE.as_secs());
            Err(CallError::other(Cause::Unreachable, text))
        }
    }
}

/// What an error of the client's means.
pub fn call_error(error: &Error) -> CallError {
    let Error::Api(status) = error else { return CallError::Other(not_answered(error)) };
    let is_terminating = || {
        let causes = status.details.iter().flat_map(|details| &details.causes);
        causes.into_iter().any(|cause| cause.reason == "NamespaceTerminating")
    };
    let cause = if status.is_not_found() {
        return CallError::NotFound;
    } else if status.is_already_exists() {
        return CallError::Exists;
    } else if status.is_conflict() {
        return CallError::Conflict;
    } else if status.is_forbidden() && is_terminating() {
        return CallError::Terminating;
    } else if status.is_forbidden() {
        Cause::Forbidden
    } else if matches!(status.code, 400 | 405 | 413 | 415 | 422) {
        Cause::Rejected
    } else {
        // 401 while a token is exchanged, 429, and what a server says that is not well.
        Cause::Unreachable
    };
    CallError::other(cause, format!("{} ({})", redact(&status.message), status.code))
}

/// What an error means that the API server did not answer with.
pub fn not_answered(error: &Error) -> Failure {
    match error {
        // Its text may repeat what was read.
        Error::SerdeError(_) => Failure {
            cause: Cause::Rejected,
            text: "what the API server answered is not what it should be".to_owned(),
        },
        error => Failure { cause: Cause::Unreachable, text: redact(&error_chain(error)).into_owned() },
    }
}

#[cfg(test)]
mod tests {
    use kube::core::Status;
    use kube::core::response::{StatusCause, StatusDetails};

    use super::*;

    #[test]
    fn statuses_are_told_apart() {
        let of = |code: u16, reason: &str| {
            call_error(&Error::Api(Status::failure("words", reason).with_code(code).boxed()))
        };
        assert_eq!(of(404, "NotFound"), CallError::NotFound);
        assert_eq!(of(409, "AlreadyExists"), CallError::Exists);
        assert_eq!(of(409, "Conflict"), CallError::Conflict);
        for (code, reason, cause) in [
            (403, "Forbidden", Cause::Forbidden),
            (422, "Invalid", Cause::Rejected),
            (401, "Unauthorized", Cause::Unreachable),
            (429, "TooManyRequests", Cause::Unreachable),
            (500, "InternalError", Cause::Unreachable),
            (503, "", Cause::Unreachable),
        ] {
            assert_eq!(of(code, reason), CallError::other(cause, format!("words ({code})")), "{code}");
        }
        let cause = StatusCause {
            reason: "NamespaceTerminating".to_owned(),
            message: String::new(),
            field: String::new(),
        };
        let details = StatusDetails {
            name: String::new(),
            group: String::new(),
            kind: String::new(),
            uid: String::new(),
            causes: vec![cause],
            retry_after_seconds: 0,
        };
        let status = Status::failure("words", "Forbidden").with_code(403).with_details(details);
        assert_eq!(call_error(&Error::Api(status.boxed())), CallError::Terminating);
        let secret = Value::from("hunter2");
        assert_eq!(format!("{:?}", Hidden(&secret)), "[redacted]");
    }
}
