//! What was asked of the server: a count per operation, and a log without secrets.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Mutex, PoisonError};

use ecrpass_core::time::EpochSeconds;
use serde::Serialize;

/// How many calls the log remembers; the counts go on.
const REMEMBERED: usize = 10_000;

/// One request and what came of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Call {
    /// When it came, by the server's clock.
    pub at: EpochSeconds,
    /// The service: `ecr`, `ecr-public`, `sts`, `iam`, `imds`, `container`, `sso`, `sso-oidc`, `registry`,
    /// `public-registry`, `bucket` or `unknown`.
    pub service: String,
    /// The operation, for example `GetAuthorizationToken` or `GetManifest`.
    pub operation: String,
    /// The HTTP method.
    pub method: String,
    /// The path, without the query.
    pub path: String,
    /// The host and port the client wrote.
    pub host: String,
    /// Whether it came over TLS.
    pub tls: bool,
    /// The kind of `Authorization` header it carried.
    pub authorization: Authorization,
    /// The user name of a Basic header; the password is not kept.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user: Option<String>,
    /// The access key id of an AWS signature, known or not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key_id: Option<String>,
    /// The ARN of the principal, once known.
    pub principal: Option<String>,
    /// The HTTP status; 0 when the connection was dropped.
    pub status: u16,
    /// The error code answered, for example `ThrottlingException`.
    pub error: Option<String>,
    /// The faults that applied.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub faults: Vec<String>,
    /// The client's `User-Agent`.
    pub user_agent: String,
}

/// The kind of `Authorization` header of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Authorization {
    /// There was none.
    None,
    /// User name and password.
    Basic,
    /// A bearer token.
    Bearer,
    /// An AWS signature.
    SigV4,
    /// Something else, such as a bare token for container credentials.
    Other,
}

/// The log.
#[derive(Debug, Default)]
pub(crate) struct Calls(Mutex<Inner>);

#[derive(Debug, Default)]
struct Inner {
    log: VecDeque<Call>,
    counts: BTreeMap<(String, String), u64>,
}

impl Calls {
    /// A call has come: it counts, however long it goes on, and whether or not anybody waits for its end.
    pub(crate) fn begin(&self, service: &str, operation: &str) {
        *self.lock().counts.entry((service.to_owned(), operation.to_owned())).or_default() += 1;
    }

    /// A call is over.
    pub(crate) fn end(&self, call: Call) {
        let mut inner = self.lock();
        if inner.log.len() == REMEMBERED {
            inner.log.pop_front();
        }
        inner.log.push_back(call);
    }

    pub(crate) fn log(&self) -> Vec<Call> {
        self.lock().log.iter().cloned().collect()
    }

    /// How many calls matched `target`: an operation, a service, `service:operation`, or `*`.
    pub(crate) fn count(&self, target: &str) -> u64 {
        self.lock()
            .counts
            .iter()
            .filter(|((service, operation), _)| matches_target(target, service, operation))
            .map(|(_, count)| count)
            .sum()
    }

    /// The counts as `service:operation`.
    pub(crate) fn counts(&self) -> BTreeMap<String, u64> {
        self.lock()
            .counts
            .iter()
            .map(|((service, operation), count)| (format!("{service}:{operation}"), *count))
            .collect()
    }

    pub(crate) fn clear(&self) {
        *self.lock() = Inner::default();
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Whether `target` (an operation, a service, `service:operation`, or `*`) means this call.
pub(crate) fn matches_target(target: &str, service: &str, operation: &str) -> bool {
    match target.split_once(':') {
        Some((wanted_service, wanted_operation)) => {
            wanted_service == service && wanted_operation == operation
        }
        None => target == "*" || target == service || target == operation,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn call(service: &str, operation: &str) -> Call {
        Call {
            at: 0,
            service: service.to_owned(),
            operation: operation.to_owned(),
            method: "POST".to_owned(),
            path: "/".to_owned(),
            host: "localhost".to_owned(),
            tls: false,
            authorization: Authorization::SigV4,
            user: None,
            key_id: None,
            principal: None,
            status: 200,
            error: None,
            faults: Vec::new(),
            user_agent: String::new(),
        }
    }

    #[test]
    fn counts_go_by_service_and_operation() {
        let calls = Calls::default();
        for (service, operation) in
            [("ecr", "GetAuthorizationToken"), ("ecr-public", "GetAuthorizationToken"), ("sts", "AssumeRole")]
        {
            calls.begin(service, operation);
            assert_eq!(calls.count(service), 1, "before it is over");
            calls.end(call(service, operation));
        }
        for (target, count) in [
            ("*", 3),
            ("ecr", 1),
            ("GetAuthorizationToken", 2),
            ("ecr-public:GetAuthorizationToken", 1),
            ("sts:GetAuthorizationToken", 0),
            ("imds", 0),
        ] {
            assert_eq!(calls.count(target), count, "{target}");
        }
        assert_eq!(calls.log().len(), 3);
        calls.clear();
        assert_eq!(calls.count("*"), 0);
    }

    #[test]
    fn the_log_is_bounded_and_the_counts_are_not() {
        let calls = Calls::default();
        for _ in 0..REMEMBERED + 5 {
            calls.begin("ecr", "x");
            calls.end(call("ecr", "x"));
        }
        assert_eq!(calls.log().len(), REMEMBERED);
        assert_eq!(calls.count("x"), REMEMBERED as u64 + 5);
    }
}
