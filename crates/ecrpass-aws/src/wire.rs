//! The HTTP client below the SDK: it trusts the CAs this machine trusts, goes through the proxy the environment
//! names, and keeps a record of every exchange, because the SDK's errors do not tell which call of a credential
//! chain failed, nor what the server's clock said.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use aws_smithy_async::rt::sleep::SharedAsyncSleep;
use aws_smithy_http_client::proxy::ProxyConfig;
use aws_smithy_http_client::tls::{Provider, TlsContext, TrustStore, rustls_provider::CryptoMode};
use aws_smithy_http_client::{Connector, ConnectorBuilder};
use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::byte_stream::ByteStream;
use ecrpass_core::WipedBuffer;
use ecrpass_core::error_chain::error_chain;
use ecrpass_core::redact::redact;
use ecrpass_core::time::parse_http_date;
use ecrpass_credentials::aws_call::{CallOutcome, Exchange, NetworkFailure, ServiceError, is_page};

use crate::clock::now;

/// The largest answer that is read, in bytes. A token answer measures about 3 kB.
const MAX_ANSWER: usize = 1024 * 1024;

/// What was exchanged so far, in order; shared between the client and whoever asks.
#[derive(Clone, Debug, Default)]
pub struct WireLog(Arc<Mutex<Vec<Exchange>>>);

impl WireLog {
    /// The exchanges up to now, oldest first.
    pub fn exchanges(&self) -> Vec<Exchange> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Forgets all of them: of very many calls, only the last matters.
    #[cfg(feature = "storage")]
    pub(crate) fn forget(&self) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }

    fn push(&self, exchange: Exchange) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(exchange);
    }
}

/// An HTTP client for the SDK that records into a [`WireLog`].
#[derive(Clone)]
pub struct RecordingClient {
    log: WireLog,
    tls: TlsContext,
    connectors: Arc<Mutex<Vec<CachedConnector>>>,
}

struct CachedConnector {
    connect_timeout: Option<Duration>,
    read_timeout: Option<Duration>,
    connector: SharedHttpConnector,
}

impl RecordingClient {
    /// A client that trusts the system's CAs, and with `ca_bundle` (PEM, already checked) those too.
    pub fn new(log: WireLog, ca_bundle: Option<Vec<u8>>) -> Self {
        let mut trust = TrustStore::default();
        if let Some(pem) = ca_bundle {
            trust = trust.with_pem_certificate(pem);
        }
        // Building fails only for server names, of which none is given.
        let tls = TlsContext::builder().with_trust_store(trust).build().unwrap_or_default();
        Self { log, tls, connectors: Arc::default() }
    }

    /// What one call goes through, for callers below the SDK's clients.
    pub(crate) fn connector(
        &self,
        settings: &HttpConnectorSettings,
        sleep: Option<SharedAsyncSleep>,
    ) -> SharedHttpConnector {
        let (connect_timeout, read_timeout) = (settings.connect_timeout(), settings.read_timeout());
        let mut connectors = self.connectors.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(cached) = connectors
            .iter()
            .find(|cached| (cached.connect_timeout, cached.read_timeout) == (connect_timeout, read_timeout))
        {
            return cached.connector.clone();
        }
        let builder = || -> ConnectorBuilder {
            let mut builder = Connector::builder().connector_settings(settings.clone());
            builder.set_sleep_impl(sleep.clone());
            builder
        };
        let connector = SharedHttpConnector::new(RecordingConnector {
            log: self.log.clone(),
            direct: SharedHttpConnector::new(builder().build_http()),
            proxied: SharedHttpConnector::new(
                builder()
                    .proxy_config(ProxyConfig::from_env())
                    .tls_provider(Provider::Rustls(CryptoMode::Ring))
                    .tls_context(self.tls.clone())
                    .build(),
            ),
        });
        connectors.push(CachedConnector { connect_timeout, read_timeout, connector: connector.clone() });
        connector
    }
}

impl fmt::Debug for RecordingClient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RecordingClient")
    }
}

impl HttpClient for RecordingClient {
    fn http_connector(
        &self,
        settings: &HttpConnectorSettings,
        components: &RuntimeComponents,
    ) -> SharedHttpConnector {
        self.connector(settings, components.sleep_impl())
    }
}

#[derive(Debug)]
struct RecordingConnector {
    log: WireLog,
    /// For metadata endpoints: a proxy would answer for another machine, or not at all.
    direct: SharedHttpConnector,
    proxied: SharedHttpConnector,
}

impl HttpConnector for RecordingConnector {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let host = host_of(request.uri()).to_owned();
        let operation = operation_of(&request);
        let inner = if is_local(request.uri()) { &self.direct } else { &self.proxied };
        let answer = inner.call(request);
        let log = self.log.clone();
        HttpConnectorFuture::new(async move {
            let record = |outcome, server_time| {
                let operation = operation.clone();
                log.push(Exchange { operation, host, outcome, server_time, local_time: now() });
            };
            let response = match answer.await {
                Ok(response) => response,
                Err(error) => {
                    let outcome = unreachable_outcome(&error);
                    let is_final =
                        matches!(&outcome, CallOutcome::Unreachable { kind, .. } if kind.is_final());
                    record(outcome, None);
                    // The SDK tries again after every failure of a connection, but not after the caller's own.
                    return Err(if is_final { ConnectorError::user(error.into()) } else { error });
                }
            };
            let server_time = response.headers().get("date").and_then(parse_http_date);
            match buffered(response).await {
                Ok(response) => {
                    let outcome = outcome_of(&response, is_metadata(&operation));
                    record(outcome, server_time);
                    Ok(response)
                }
                Err(error) => {
                    record(unreachable_outcome(&error), server_time);
                    Err(error)
                }
            }
        })
    }
}

/// Reads the whole answer into memory, up to [`MAX_ANSWER`].
async fn buffered(mut response: HttpResponse) -> Result<HttpResponse, ConnectorError> {
    let length = response.headers().get("content-length").and_then(|length| length.parse().ok());
    let mut stream = ByteStream::new(response.take_body());
    // An answer holds a token: in a place of the right size from the start, or wiped where it leaves one.
    let mut bytes = WipedBuffer::with_capacity(length.unwrap_or(0).min(MAX_ANSWER));
    while let Some(chunk) = stream.next().await {
        let chunk = chunk.map_err(|error| ConnectorError::io(error.into()))?;
        bytes.extend(&chunk);
        if bytes.len() > MAX_ANSWER {
            return Err(ConnectorError::other("the answer is larger than 1 MiB".into(), None));
        }
    }
    *response.body_mut() = SdkBody::from(std::mem::take(&mut *bytes.into_bytes()));
    Ok(response)
}

/// A page that comes in place of an answer is none: no service of AWS answers with one, except instance metadata, whose
/// answers are taken for what they hold.
fn outcome_of(response: &HttpResponse, is_metadata: bool) -> CallOutcome {
    let status = response.status();
    let is_foreign = response.headers().get("content-type").is_some_and(is_page);
    if status.is_success() && (is_metadata || !is_foreign) {
        return CallOutcome::Success;
    }
    let header = response.headers().get("x-amzn-errortype");
    CallOutcome::Refused {
        status: status.as_u16(),
        error: response.body().bytes().and_then(|body| ServiceError::parse(header, body)),
        content_type: response.headers().get("content-type").map(str::to_owned),
    }
}

/// Whether an operation is a path of instance metadata.
fn is_metadata(operation: &str) -> bool {
    operation.starts_with("/latest/")
}

fn unreachable_outcome(error: &ConnectorError) -> CallOutcome {
    let text = redact(&error_chain(error)).into_owned();
    let kind = if error.is_timeout() { NetworkFailure::Timeout } else { NetworkFailure::classify(&text) };
    CallOutcome::Unreachable { kind, text }
}

/// `https://user:password@host:port/path` → `host:port`.
fn host_of(uri: &str) -> &str {
    let rest = uri.split_once("://").map_or(uri, |(_, rest)| rest);
    let authority = rest.split(['/', '?', '#']).next().unwrap_or(rest);
    authority.rsplit_once('@').map_or(authority, |(_, host)| host)
}

/// Plain HTTP to this machine or to the link-local metadata addresses.
fn is_local(uri: &str) -> bool {
    let Some(rest) = uri.strip_prefix("http://") else { return false };
    let host = host_of(rest);
    let name = match host.strip_prefix('[').and_then(|v6| v6.split_once(']')) {
        Some((v6, _)) => v6,
        None => host.split(':').next().unwrap_or(host),
    };
    name == "localhost" || name.parse().is_ok_and(ecrpass_core::address::is_local)
}

/// The operation a request asks for: `X-Amz-Target`, the query protocol's `Action`, or the path.
fn operation_of(request: &HttpRequest) -> String {
    if let Some(target) = request.headers().get("x-amz-target") {
        return target.rsplit('.').next().unwrap_or(target).to_owned();
    }
    let action = request.body().bytes().and_then(|body| {
        let body = std::str::from_utf8(body).ok()?;
        body.split('&').find_map(|pair| pair.strip_prefix("Action=")).map(str::to_owned)
    });
    action.unwrap_or_else(|| path_of(request.uri()).to_owned())
}

/// The path of a URI, without its query.
fn path_of(uri: &str) -> &str {
    let rest = uri.split_once("://").map_or(uri, |(_, rest)| rest);
    let path = rest.find('/').and_then(|at| rest.get(at..)).unwrap_or("/");
    path.split('?').next().unwrap_or(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn metadata_endpoints_never_go_through_a_proxy() {
        for uri in [
            "http://169.254.169.254/latest/api/token",
            "http://169.254.170.2/v2/credentials/x",
            "http://[fd00:ec2::254]/latest/",
            "http://[fd00:ec2::23]:80/v1/credentials",
            "http://127.0.0.1:4566/",
            "http://localhost/",
        ] {
            assert!(is_local(uri), "{uri}");
        }
        for uri in [
            "https://127.0.0.1/",
            "http://ecr.example/",
            "http://10.0.0.1/",
            "https://api.ecr.us-east-1.amazonaws.com",
        ] {
            assert!(!is_local(uri), "{uri}");
        }
    }

    #[test]
    fn requests_are_named() {
        let mut request = HttpRequest::new(SdkBody::from("Version=2011-06-15&Action=AssumeRole&RoleArn=x"));
        request.set_uri("https://sts.us-east-1.amazonaws.com/?a=b").unwrap();
        assert_eq!(operation_of(&request), "AssumeRole");
        request
            .headers_mut()
            .insert("x-amz-target", "AmazonEC2ContainerRegistry_V20150921.GetAuthorizationToken");
        assert_eq!(operation_of(&request), "GetAuthorizationToken");
        let mut metadata = HttpRequest::empty();
        metadata.set_uri("http://169.254.169.254/latest/api/token?x").unwrap();
        assert_eq!(operation_of(&metadata), "/latest/api/token");
        assert_eq!(host_of(metadata.uri()), "169.254.169.254");
        assert_eq!(host_of("https://user:pass@word@ecr.example:8443/x@y"), "ecr.example:8443");
    }
}
