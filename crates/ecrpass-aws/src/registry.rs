//! What a registry answers to credentials: the login, the manifest of an image, one byte of a layer, the beginning of an
//! upload.

use std::io::Read;

use ecrpass_core::platform::normal;
use ecrpass_core::redact::redact;
use ecrpass_core::{AuthorizationToken, Secret};
use ecrpass_credentials::aws_call::ServiceError;
use ecrpass_diagnosis::facts::{Destination, NetworkPath, RegistryResponse};
use serde_json::Value;
use ureq::http::Response;
use ureq::{Body, RequestBuilder};
use zeroize::Zeroizing;

use crate::probe::{Prober, failure};

/// The largest answer that is read, in bytes. Source: distribution's limit for manifests.
const MAX_ANSWER: u64 = 4 * 1024 * 1024;

/// The manifests clients take.
const MANIFESTS: &str = "application/vnd.oci.image.index.v1+json, application/vnd.docker.distribution.manifest.list.v2+json, \
     application/vnd.oci.image.manifest.v1+json, application/vnd.docker.distribution.manifest.v2+json";

/// Credentials for a registry.
pub struct Login {
    /// The user name.
    pub username: String,
    /// The password.
    pub password: Secret,
}

impl Login {
    fn basic(&self) -> Secret {
        let basic = AuthorizationToken::encode(&self.username, &self.password);
        Secret::new(format!("Basic {}", basic.expose()))
    }
}

/// One registry, asked with the same credentials all the time, or with none.
pub struct RegistryClient<'a> {
    prober: &'a Prober,
    host: &'a str,
    /// What every request carries.
    authorization: Option<Secret>,
}

/// What a registry said of an image.
#[derive(Default)]
pub struct Image {
    /// The manifest, or why there is none.
    pub manifest: RegistryResponse,
    /// The platforms it is there for.
    pub platforms: Vec<String>,
    /// The way to its layers.
    pub network: Option<NetworkPath>,
    /// One byte of a layer, or why not; `None` where it was not asked for.
    pub layer: Option<RegistryResponse>,
}

impl<'a> RegistryClient<'a> {
    /// A client that sends these credentials as they are, as ECR's private registries want them.
    pub fn new(prober: &'a Prober, host: &'a str, login: Option<&'a Login>) -> Self {
        let basic = login.map(Login::basic);
        Self { prober, host, authorization: basic }
    }

    /// `GET /v2/`: whether the credentials are taken. ECR Public takes them in exchange for a token of the registry's own.
    pub fn login(&mut self, repository: Option<&str>) -> RegistryResponse {
        match self.realm(repository) {
            Some(realm) => match self.exchange(&realm) {
                Ok(token) => {
                    self.authorization = Some(token);
                    self.send(self.prober.agent().get(self.url("/v2/"))).0
                }
                Err(answer) => answer,
            },
            None => self.send(self.prober.agent().get(self.url("/v2/"))).0,
        }
    }

    /// Where tokens are to be had, if the registry demands some. Source: distribution, "Token authentication".
    fn realm(&self, repository: Option<&str>) -> Option<String> {
        let answer = self.prober.agent().get(self.url("/v2/")).call().ok()?;
        let challenge = answer.headers().get("www-authenticate")?.to_str().ok()?;
        let parameters = challenge.strip_prefix("Bearer ")?;
        let parameter = |name: &str| {
            let (_, rest) = parameters.split_once(&format!("{name}=\""))?;
            rest.split('"').next()
        };
        let realm = parameter("realm").filter(|realm| realm.starts_with("https://"))?;
        let service = parameter("service").unwrap_or(self.host);
        // ECR Public's scope is always `aws`.
        let scope = match (parameter("scope"), repository) {
            (Some(scope), _) => format!("&scope={scope}"),
            (None, Some(name)) => format!("&scope=repository:{name}:pull"),
            (None, None) => String::new(),
        };
        Some(format!("{realm}?service={service}{scope}"))
    }

    fn exchange(&self, realm: &str) -> Result<Secret, RegistryResponse> {
        let (answer, body) = self.send(self.prober.agent().get(realm));
        if !answer.is_success() {
            return Err(answer);
        }
        let body = Zeroizing::new(body);
        let value: Value = serde_json::from_slice(&body).unwrap_or_default();
        let token = value["token"].as_str().or_else(|| value["access_token"].as_str());
        token.map(|token| Secret::new(format!("Bearer {token}"))).ok_or_else(|| RegistryResponse {
            status: answer.status,
            message: "the registry gave no token".to_owned(),
            failure: Some(ecrpass_credentials::aws_call::NetworkFailure::Broken),
            ..RegistryResponse::default()
        })
    }

    /// An image: its manifest, its platforms, and one byte of one of its layers.
    pub fn image(&self, repository: &str, reference: &str) -> Image {
        let (manifest, body) = self.manifest(repository, reference);
        let mut image = Image { manifest, ..Image::default() };
        if !image.manifest.is_success() {
            return image;
        }
        let mut body = body;
        if let Some(list) = body["manifests"].as_array().cloned() {
            let listed: Vec<&Value> =
                list.iter().filter(|one| one["platform"]["architecture"] != "unknown").collect();
            let named =
                |one: &&&Value| one["platform"]["architecture"].as_str().is_some_and(|name| !name.is_empty());
            image.platforms = listed.iter().filter(named).map(|one| platform(&one["platform"])).collect();
            image.platforms.dedup();
            let Some(digest) = listed.first().and_then(|one| one["digest"].as_str()) else { return image };
            body = self.manifest(repository, digest).1;
        } else if let Some(config) =
            body["config"]["digest"].as_str().and_then(|d| self.config(repository, d))
        {
            // Charts and other artifacts have none.
            image.platforms =
                config["architecture"].as_str().map(|_| platform(&config)).into_iter().collect();
        }
        let smallest =
            body["layers"].as_array().into_iter().flatten().min_by_key(|layer| layer["size"].as_u64());
        if let Some(digest) = smallest.and_then(|layer| layer["digest"].as_str()) {
            let (answer, network) = self.layer(repository, digest);
            image.layer = Some(answer);
            image.network = network;
        }
        image
    }

    fn manifest(&self, repository: &str, reference: &str) -> (RegistryResponse, Value) {
        let url = self.url(&format!("/v2/{repository}/manifests/{reference}"));
        let (mut answer, body) = self.send(self.prober.agent().get(url).header("accept", MANIFESTS));
        let value: Value = serde_json::from_slice(&body).unwrap_or_default();
        if answer.media_type.is_none() {
            answer.media_type = value["mediaType"].as_str().map(str::to_owned);
        }
        (answer, value)
    }

    /// The configuration of an image, which holds its platform.
    fn config(&self, repository: &str, digest: &str) -> Option<Value> {
        let url = self.url(&format!("/v2/{repository}/blobs/{digest}"));
        let (answer, body) = self.follow(&url, None);
        if answer.is_success() { serde_json::from_slice(&body).ok() } else { None }
    }

    /// One byte of a layer, and the way to where it lies.
    fn layer(&self, repository: &str, digest: &str) -> (RegistryResponse, Option<NetworkPath>) {
        let url = self.url(&format!("/v2/{repository}/blobs/{digest}"));
        let redirect = self.redirect(&url);
        let network = redirect.and_then(|to| {
            let rest = to.strip_prefix("https://")?;
            let host = rest.split(['/', '?']).next()?;
            Some(self.prober.network_path(Destination::Layers, host, "/"))
        });
        if let Some(network) = &network
            && let Some(failure) = &network.failure
        {
            let answer = RegistryResponse {
                message: failure.words.clone(),
                failure: Some(failure.kind),
                ..RegistryResponse::default()
            };
            return (answer, Some(network.clone()));
        }
        (self.follow(&url, Some("bytes=0-0")).0, network)
    }

    /// Where a layer lies, if not in the registry itself.
    fn redirect(&self, url: &str) -> Option<String> {
        let request = self.authorized(self.prober.agent().get(url)).header("range", "bytes=0-0");
        let answer = request.call().ok()?;
        let location = answer.headers().get("location")?.to_str().ok()?;
        Some(location.to_owned())
    }

    /// Gets something that may lie elsewhere. The credentials are the registry's and go nowhere else: the address is
    /// signed.
    fn follow(&self, url: &str, range: Option<&str>) -> (RegistryResponse, Vec<u8>) {
        let ranged = |request: RequestBuilder<ureq::typestate::WithoutBody>| match range {
            Some(range) => request.header("range", range),
            None => request,
        };
        match self.redirect(url) {
            Some(to) => read(ranged(self.prober.agent().get(to)).call()),
            None => read(ranged(self.authorized(self.prober.agent().get(url))).call()),
        }
    }

    /// Begins an upload and gives it up again: what a push does first.
    pub fn begin_upload(&self, repository: &str) -> RegistryResponse {
        let url = self.url(&format!("/v2/{repository}/blobs/uploads/"));
        let request = self.prober.agent().post(url);
        let response = self.authorized(request).send_empty();
        let location = response.as_ref().ok().and_then(|response| {
            let location = response.headers().get("location")?.to_str().ok()?;
            Some(if location.starts_with('/') { self.url(location) } else { location.to_owned() })
        });
        let answer = read(response).0;
        if let Some(location) = location.filter(|location| location.starts_with(&self.url("/"))) {
            // Where it is not supported, the upload ends by itself.
            let _ = self.authorized(self.prober.agent().delete(location)).call();
        }
        answer
    }

    fn url(&self, path: &str) -> String {
        format!("https://{}{path}", self.host)
    }

    fn authorized<B>(&self, request: RequestBuilder<B>) -> RequestBuilder<B> {
        match &self.authorization {
            Some(authorization) => request.header("authorization", authorization.expose()),
            None => request,
        }
    }

    fn send(&self, request: RequestBuilder<ureq::typestate::WithoutBody>) -> (RegistryResponse, Vec<u8>) {
        read(self.authorized(request).call())
    }
}

/// `linux/arm64/v8` of `{"os": …, "architecture": …, "variant": …}`.
fn platform(value: &Value) -> String {
    let part = |name: &str| value[name].as_str().unwrap_or_default();
    let text = format!("{}/{}", part("os"), part("architecture"));
    normal(&if part("variant").is_empty() { text } else { format!("{text}/{}", part("variant")) })
}

fn read(response: Result<Response<Body>, ureq::Error>) -> (RegistryResponse, Vec<u8>) {
    let response = match response {
        Ok(response) => response,
        Err(error) => {
            let (kind, words) = failure(&error);
            return (
                RegistryResponse { message: words, failure: Some(kind), ..RegistryResponse::default() },
                Vec::new(),
            );
        }
    };
    let header = |name: &str| {
        let value = response.headers().get(name).and_then(|value| value.to_str().ok());
        value.map(|value| redact(value).chars().take(200).collect::<String>())
    };
    let mut answer = RegistryResponse {
        status: response.status().as_u16(),
        digest: header("docker-content-digest"),
        media_type: header("content-type"),
        ..RegistryResponse::default()
    };
    let mut body = Vec::new();
    let read = response.into_body().into_reader().take(MAX_ANSWER).read_to_end(&mut body);
    if let Err(error) = read
        && answer.is_success()
    {
        answer = RegistryResponse {
            message: format!("the answer breaks off: {error}"),
            failure: Some(ecrpass_credentials::aws_call::NetworkFailure::Broken),
            ..RegistryResponse::default()
        };
    }
    if !answer.is_success() && answer.status != 0 {
        (answer.code, answer.message) = said(&body);
    }
    (answer, body)
}

/// Code and words of a refusal: the registry's JSON, S3's XML, or plain text.
fn said(body: &[u8]) -> (Option<String>, String) {
    let text = String::from_utf8_lossy(body.get(..body.len().min(64 * 1024)).unwrap_or_default());
    let value: Value = serde_json::from_str(&text).unwrap_or_default();
    if let Some(error) = value["errors"].get(0) {
        let code = error["code"].as_str().map(str::to_owned);
        let message = error["message"].as_str().unwrap_or_default();
        return (code, redact(message).into_owned());
    }
    if let Some(error) = ServiceError::parse(None, body).filter(|error| !error.code.is_empty()) {
        return (Some(error.code), error.message);
    }
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    (None, redact(&line).chars().take(300).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refusals_are_read_in_every_form() {
        let registry = br#"{"errors":[{"code":"NAME_UNKNOWN","message":"The repository with name 'x' does not exist"}]}"#;
        assert_eq!(
            said(registry),
            (Some("NAME_UNKNOWN".to_owned()), "The repository with name 'x' does not exist".to_owned())
        );
        let s3 = b"<?xml version=\"1.0\"?><Error><Code>AccessDenied</Code><Message>Access Denied</Message></Error>";
        assert_eq!(said(s3), (Some("AccessDenied".to_owned()), "Access Denied".to_owned()));
        assert_eq!(said(b"Not\n Authorized"), (None, "Not Authorized".to_owned()));
    }

    #[test]
    fn platforms_have_their_common_form() {
        let value = serde_json::json!({"os": "linux", "architecture": "arm64", "variant": "v8"});
        assert_eq!(platform(&value), "linux/arm64");
    }
}
