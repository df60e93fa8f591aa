//! Plain requests: the one place that makes a client, with its TLS provider, its deadlines, and without redirects.

use std::io::Read;
use std::path::Path;
use std::time::{Duration, Instant};

use ecrpass_core::error_chain::error_chain;
use ecrpass_core::redact::redact;
use ecrpass_credentials::aws_call::{NetworkFailure, is_page};
use ureq::http::Response as HttpResponse;
use ureq::{Agent, Body, Proxy, RequestBuilder};
use zeroize::Zeroizing;

use crate::error::{NetworkError, RegistryError};
use crate::refusal::{Refusal, words};
use crate::tls;

/// How long one thing may take: a name, a connection, an answer.
const PATIENCE: Duration = Duration::from_secs(5);

/// The largest answer that is read, in bytes. Source: distribution's limit for manifests.
const MAX_ANSWER: u64 = 4 * 1024 * 1024;

/// A client for plain requests, which trusts what this machine trusts.
#[derive(Clone, Debug)]
pub struct Http {
    agent: Agent,
    /// For plain HTTP, which a proxy for HTTPS has nothing to do with.
    plain: Agent,
    patience: Duration,
    uses_proxy: bool,
    /// How long one request may take, where it is less than for the others.
    limit: Option<Duration>,
    /// When all requests have to be over.
    end: Option<Instant>,
}

impl Http {
    /// One that goes through the proxy that the environment names. `more_roots` are files of further CAs in PEM, such as
    /// docker's for one registry. Each request may take at most `deadline`.
    pub fn new(more_roots: &[&Path], deadline: Duration) -> Self {
        Self::build(more_roots, deadline, true)
    }

    /// One that goes through no proxy, which would answer for another machine.
    pub fn direct(deadline: Duration) -> Self {
        Self::build(&[], deadline, false)
    }

    fn build(more_roots: &[&Path], deadline: Duration, uses_proxy: bool) -> Self {
        // A name, a connection and an answer, one after the other.
        let patience = PATIENCE.min(deadline / 3);
        let tls = tls::trusting(more_roots);
        let agent = |uses_proxy: bool| {
            Agent::config_builder()
                .tls_config(tls.clone())
                .http_status_as_error(false)
                .max_redirects(0)
                .max_redirects_will_error(false)
                .proxy(if uses_proxy { Proxy::try_from_env() } else { None })
                .timeout_resolve(Some(patience))
                .timeout_connect(Some(patience))
                .timeout_recv_response(Some(patience))
                .timeout_global(Some(deadline))
                .user_agent(concat!("ecrpass/", env!("CARGO_PKG_VERSION")))
                .build()
                .new_agent()
        };
        let plain = agent(uses_proxy && has_plain_proxy());
        Self { agent: agent(uses_proxy), plain, patience, uses_proxy, limit: None, end: None }
    }

    /// The same client, each of whose requests may take so long from its name to its last byte, and each part of it as
    /// long.
    #[must_use]
    pub fn within(&self, limit: Duration) -> Self {
        Self { patience: limit, limit: Some(limit), ..self.clone() }
    }

    /// The same client, all of whose requests together may take so long from now on, with whatever they are led to.
    #[must_use]
    pub fn within_altogether(&self, limit: Duration) -> Self {
        Self { end: Instant::now().checked_add(limit), ..self.within(limit) }
    }

    /// `GET`, with these headers.
    ///
    /// # Errors
    /// When it is refused, or there is no answer.
    pub fn get(&self, url: &str, headers: &[(&str, &str)]) -> Result<Response, RegistryError> {
        let request = self.limited(self.agent_for(url).get(url));
        read(headers.iter().fold(request, |request, (name, value)| request.header(*name, *value)).call())
    }

    /// `PUT` of nothing, with these headers.
    ///
    /// # Errors
    /// When it is refused, or there is no answer.
    pub fn put_empty(&self, url: &str, headers: &[(&str, &str)]) -> Result<Response, RegistryError> {
        let request = self.limited(self.agent_for(url).put(url));
        read(
            headers.iter().fold(request, |request, (name, value)| request.header(*name, *value)).send_empty(),
        )
    }

    /// `POST` of a body, with these headers.
    ///
    /// # Errors
    /// When it is refused, or there is no answer.
    pub fn post(&self, url: &str, headers: &[(&str, &str)], body: &[u8]) -> Result<Response, RegistryError> {
        let request = self.limited(self.agent_for(url).post(url));
        read(headers.iter().fold(request, |request, (name, value)| request.header(*name, *value)).send(body))
    }

    /// A request that takes no longer than it may.
    pub(crate) fn limited<Any>(&self, request: RequestBuilder<Any>) -> RequestBuilder<Any> {
        let Some(limit) = self.limit else { return request };
        let left = self.end.map(|end| end.saturating_duration_since(Instant::now()));
        // Nothing at all would be no limit.
        let limit = left.map_or(limit, |left| left.min(limit)).max(Duration::from_millis(1));
        request
            .config()
            .timeout_resolve(Some(limit))
            .timeout_connect(Some(limit))
            .timeout_recv_response(Some(limit))
            .timeout_global(Some(limit))
            .build()
    }

    /// The client itself.
    pub(crate) fn agent(&self) -> &Agent {
        &self.agent
    }

    /// The client for an address that somebody else named, of whichever scheme.
    pub(crate) fn agent_for(&self, url: &str) -> &Agent {
        if url.starts_with("http://") { &self.plain } else { &self.agent }
    }

    /// How long a name, a connection or an answer may take.
    pub(crate) fn patience(&self) -> Duration {
        self.patience
    }

    /// The proxy that a URL is asked through.
    pub(crate) fn proxy_for(&self, url: &str) -> Option<Proxy> {
        let proxy = Proxy::try_from_env().filter(|_| self.uses_proxy)?;
        let uri = url.parse().ok()?;
        (!proxy.is_no_proxy(&uri)).then_some(proxy)
    }
}

/// Whether a proxy is named that plain HTTP goes through.
fn has_plain_proxy() -> bool {
    let names = ["ALL_PROXY", "all_proxy", "HTTP_PROXY", "http_proxy"];
    names.into_iter().any(|name| std::env::var(name).is_ok_and(|value| !value.trim().is_empty()))
}

/// What a server answered.
#[derive(Clone, Debug, Default)]
pub struct Response {
    /// The status.
    pub status: u16,
    /// The digest of what was answered, by the registry.
    pub digest: Option<String>,
    /// Its media type.
    pub media_type: Option<String>,
    /// Where it is to be had, if elsewhere.
    pub location: Option<String>,
    /// What the registry demands.
    pub challenge: Option<String>,
    /// Whether it says that it speaks the registry protocol, as every registry does.
    pub is_registrys: bool,
    /// The body; of a token endpoint's, a secret.
    pub body: Zeroizing<Vec<u8>>,
}

impl Response {
    /// Whether it is a web page: what a proxy or a captive portal shows in place of a registry.
    pub fn is_page(&self) -> bool {
        self.media_type.as_deref().is_some_and(is_page)
    }
}

/// How much of an answer is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Portion {
    /// All of it, up to a limit.
    Whole,
    /// The first byte; who sends more is hung up on.
    FirstByte,
}

/// An answer read to its end; whatever is no success and no redirect is a refusal.
pub(crate) fn read(response: Result<HttpResponse<Body>, ureq::Error>) -> Result<Response, RegistryError> {
    read_portion(response, Portion::Whole)
}

/// The same, of which a success is read no further than that.
pub(crate) fn read_portion(
    response: Result<HttpResponse<Body>, ureq::Error>,
    portion: Portion,
) -> Result<Response, RegistryError> {
    let response = response.map_err(network_error)?;
    let raw =
        |name: &str| response.headers().get(name).and_then(|value| value.to_str().ok()).map(str::to_owned);
    let safe = |name: &str| raw(name).map(|value| redact(&value).chars().take(200).collect::<String>());
    let status = response.status();
    let mut answer = Response {
        status: status.as_u16(),
        digest: safe("docker-content-digest"),
        media_type: safe("content-type"),
        location: raw("location"),
        challenge: raw("www-authenticate"),
        is_registrys: response.headers().contains_key("docker-distribution-api-version"),
        body: Zeroizing::default(),
    };
    let most = if status.is_success() && portion == Portion::FirstByte { 1 } else { MAX_ANSWER + 1 };
    let read = response.into_body().into_reader().take(most).read_to_end(&mut answer.body);
    if status.is_success() {
        let length = read.map_err(|error| RegistryError::CutOff {
            status: answer.status,
            why: NetworkError {
                kind: NetworkFailure::Broken,
                words: redact(&error.to_string()).into_owned(),
                source: Some(Box::new(error)),
            },
        })?;
        // Half of it would be taken for the whole.
        if length as u64 > MAX_ANSWER {
            return Err(RegistryError::TooLarge { status: answer.status });
        }
        return Ok(answer);
    }
    if status.is_redirection() && answer.location.is_some() {
        return Ok(answer);
    }
    let (code, message) = words(&answer.body);
    let Response { status, digest, media_type, .. } = answer;
    Err(RegistryError::Refused(Refusal { status, code, message, digest, media_type }))
}

/// How a request failed.
pub(crate) fn network_error(error: ureq::Error) -> NetworkError {
    let words = redact(&error_chain(&error)).into_owned();
    let kind = match error {
        ureq::Error::HostNotFound | ureq::Error::Timeout(ureq::Timeout::Resolve) => NetworkFailure::Dns,
        ureq::Error::Timeout(_) => NetworkFailure::Timeout,
        // Not every certificate that is refused is from an unknown authority.
        ureq::Error::Tls(_) | ureq::Error::Rustls(_) => match NetworkFailure::classify(&words) {
            kind if kind.is_final() => kind,
            _ => NetworkFailure::Tls,
        },
        ureq::Error::ConnectProxyFailed(_) | ureq::Error::InvalidProxyUrl => NetworkFailure::Proxy,
        ureq::Error::ConnectionFailed => NetworkFailure::Connect,
        _ => NetworkFailure::classify(&words),
    };
    NetworkError { kind, words, source: Some(Box::new(error)) }
}

/// A status as browsers and docker print it, such as `404 Not Found`.
pub fn status_line(status: u16) -> String {
    ureq::http::StatusCode::from_u16(status).map_or_else(|_| status.to_string(), |status| status.to_string())
}
