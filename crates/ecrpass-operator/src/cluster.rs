//! The cluster as a job sees it: a handful of calls, so that a test can be one.

pub mod announce;
pub mod api_server;
pub mod connect;
pub mod feeds;

use std::fmt;
use std::future::Future;

use k8s_openapi::api::core::v1::{Secret, ServiceAccount};
use serde_json::Value;

use crate::work::{Cause, Failure};

/// Why a call failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CallError {
    /// There is no such object, or no such namespace.
    NotFound,
    /// There is one already.
    Exists,
    /// It is another version by now.
    Conflict,
    /// The namespace is being deleted.
    Terminating,
    /// Anything else.
    Other(Failure),
}

impl CallError {
    /// A failure for a cause.
    pub fn other(cause: Cause, text: impl Into<String>) -> Self {
        Self::Other(Failure { cause, text: text.into() })
    }
}

impl fmt::Display for CallError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NotFound => "there is no such object or namespace",
            Self::Exists => "it is there already",
            Self::Conflict => "somebody else changed it",
            Self::Terminating => "the namespace is being deleted",
            Self::Other(failure) => &failure.text,
        })
    }
}

/// What a call comes to.
pub type Call<T> = Result<T, CallError>;

/// The calls.
pub trait Cluster: Send + Sync {
    /// A secret.
    fn secret(&self, namespace: &str, name: &str) -> impl Future<Output = Call<Secret>> + Send;

    /// Creates a secret.
    fn create_secret(&self, secret: &Secret) -> impl Future<Output = Call<Secret>> + Send;

    /// Merges a patch into the version of a secret that it names.
    fn patch_secret(
        &self,
        namespace: &str,
        name: &str,
        patch: &Value,
    ) -> impl Future<Output = Call<Secret>> + Send;

    /// Deletes the version of a secret that is given.
    fn delete_secret(&self, secret: &Secret) -> impl Future<Output = Call<()>> + Send;

    /// A service account.
    fn account(&self, namespace: &str, name: &str) -> impl Future<Output = Call<ServiceAccount>> + Send;

    /// Merges a patch into the version of a service account that it names.
    fn patch_account(
        &self,
        namespace: &str,
        name: &str,
        patch: &Value,
    ) -> impl Future<Output = Call<ServiceAccount>> + Send;
}
