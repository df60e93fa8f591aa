//! One registry, asked with the same credentials all the time, or with none. Source: OCI distribution specification.
//!
//! Credentials go to the registry itself only: a `Bearer` challenge that names another server is refused, and a redirect
//! is followed without them, and never to this machine unless the registry is on it, too.

use ecrpass_core::Secret;
use serde_json::Value;
use ureq::RequestBuilder;
use ureq::typestate::WithoutBody;

use crate::challenge::Challenge;
use crate::error::{NetworkError, RegistryError};
use crate::http::{Http, Portion, Response, network_error, read, read_portion};
use crate::manifest;
use crate::origin::{Origin, shown, with_query};
use crate::resolve::resolve;
use ecrpass_core::address::{is_link_local, is_local};

/// How often who is asked for a layer may send us on.
const MOST_REDIRECTS: usize = 5;

/// A client for one registry.
pub struct RegistryClient<'a> {
    http: &'a Http,
    origin: Origin,
    /// What every request to the registry carries.
    authorization: Option<Secret>,
}

/// Where a blob is.
pub enum Blob {
    /// In the registry itself, which answered with it.
    Here(Response),
    /// At another address, which is signed.
    Elsewhere(Target),
}

/// An address a registry sent us to, which may be followed.
#[derive(Clone, Debug)]
pub struct Target {
    url: String,
    /// Its server.
    pub origin: Origin,
}

/// An upload that has begun.
pub struct Upload {
    url: String,
}

impl<'a> RegistryClient<'a> {
    /// A client that sends this `Authorization` as it is, as ECR's private registries want it.
    pub fn new(http: &'a Http, origin: Origin, authorization: Option<Secret>) -> Self {
        Self { http, origin, authorization }
    }

    /// What is used for requests.
    pub fn http(&self) -> &'a Http {
        self.http
    }

    /// `GET /v2/`, as it is.
    ///
    /// # Errors
    /// When the registry refuses, or does not answer.
    pub fn ping(&self) -> Result<Response, RegistryError> {
        read(self.authorized(self.http.agent().get(self.origin.url("/v2/"))).call())
    }

    /// Whether the credentials are taken. A registry that takes them in exchange for a token of its own, as ECR Public
    /// does, is asked for one, which later requests carry.
    ///
    /// # Errors
    /// When the registry refuses, does not answer, or wants them to be sent elsewhere.
    pub fn login(&mut self, repository: Option<&str>) -> Result<Response, RegistryError> {
        // Where it does not answer, the next request says so.
        if let Ok(challenge) = self.challenge() {
            self.answer_challenge(challenge, repository)?;
        }
        self.ping()
    }

    /// Gets the token that a registry wants to be shown, where it wants one; later requests carry it.
    ///
    /// # Errors
    /// When the registry refuses, does not answer, or wants the credentials to be sent elsewhere.
    pub fn get_token(&mut self, repository: Option<&str>) -> Result<(), RegistryError> {
        let challenge = self.challenge()?;
        self.answer_challenge(challenge, repository)
    }

    /// What its requests carry.
    pub fn into_authorization(self) -> Option<Secret> {
        self.authorization
    }

    /// What the registry demands of somebody who shows nothing.
    fn challenge(&self) -> Result<Option<Challenge>, NetworkError> {
        let request = self.http.limited(self.http.agent().get(self.origin.url("/v2/")));
        let answer = request.call().map_err(network_error)?;
        let header = answer.headers().get("www-authenticate").and_then(|header| header.to_str().ok());
        Ok(header.and_then(Challenge::parse))
    }

    fn answer_challenge(
        &mut self,
        challenge: Option<Challenge>,
        repository: Option<&str>,
    ) -> Result<(), RegistryError> {
        if let Some(Challenge::Bearer { realm, service, scope }) = challenge {
            let scope = scope.or_else(|| repository.map(|name| format!("repository:{name}:pull")));
            self.authorization = Some(self.exchange(&realm, service.as_deref(), scope.as_deref())?);
        }
        Ok(())
    }

    /// A token for the credentials. Source: distribution, "Token authentication specification".
    fn exchange(
        &self,
        realm: &str,
        service: Option<&str>,
        scope: Option<&str>,
    ) -> Result<Secret, RegistryError> {
        let at = Origin::of_url(realm).filter(|at| self.origin.may_exchange_at(at));
        if at.is_none() {
            return Err(RegistryError::ForeignRealm { realm: shown(realm) });
        }
        let service = service.unwrap_or_else(|| self.origin.authority());
        let parameters: Vec<(&str, &str)> =
            std::iter::once(("service", service)).chain(scope.map(|scope| ("scope", scope))).collect();
        let url = with_query(realm, &parameters);
        let answer = read(self.authorized(self.http.agent().get(url)).call())?;
        let status = answer.status;
        let value: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
        let token = value.get("token").or_else(|| value.get("access_token")).and_then(Value::as_str);
        token.map(|token| Secret::new(format!("Bearer {token}"))).ok_or(RegistryError::NoToken { status })
    }

    /// A manifest, by tag or digest.
    ///
    /// # Errors
    /// When the registry refuses, or does not answer.
    pub fn manifest(&self, repository: &str, reference: &str) -> Result<Response, RegistryError> {
        let url = self.origin.url(&format!("/v2/{repository}/manifests/{reference}"));
        let request = self.http.agent().get(url).header("accept", manifest::ACCEPTED);
        let mut answer = read(self.authorized(request).call())?;
        answer.media_type = answer.media_type.or_else(|| manifest::media_type(&answer.body));
        Ok(answer)
    }

    /// Stores a manifest under a tag.
    ///
    /// # Errors
    /// When the registry refuses, or does not answer.
    pub fn put_manifest(
        &self,
        repository: &str,
        tag: &str,
        media_type: &str,
        manifest: &[u8],
    ) -> Result<Response, RegistryError> {
        let url = self.origin.url(&format!("/v2/{repository}/manifests/{tag}"));
        let request = self.http.agent().put(url).header("content-type", media_type);
        read(self.authorized(request).send(manifest))
    }

    /// A blob, or where it is. Of a large one, `range` is enough to see that it is there.
    ///
    /// # Errors
    /// When the registry refuses, does not answer, or sends us where it must not.
    pub fn open_blob(
        &self,
        repository: &str,
        digest: &str,
        range: Option<&str>,
    ) -> Result<Blob, RegistryError> {
        let url = self.origin.url(&format!("/v2/{repository}/blobs/{digest}"));
        let answer = read(ranged(self.authorized(self.http.agent().get(url)), range).call())?;
        match &answer.location {
            Some(location) if (300..400).contains(&answer.status) => {
                Ok(Blob::Elsewhere(self.target(location)?))
            }
            _ => Ok(Blob::Here(answer)),
        }
    }

    /// One byte of a blob, from wherever the registry and those it names lead to: the credentials go no further than to
    /// the registry, and of what is sent whole no more than the beginning is read. Tells every host it is led to.
    ///
    /// # Errors
    /// When somebody on the way refuses, does not answer, or leads where nobody must go.
    pub fn first_byte(
        &self,
        repository: &str,
        digest: &str,
        led_to: &mut dyn FnMut(&Origin),
    ) -> Result<Response, RegistryError> {
        const RANGE: Option<&str> = Some("bytes=0-0");
        let url = self.origin.url(&format!("/v2/{repository}/blobs/{digest}"));
        let request = ranged(self.authorized(self.http.agent().get(&url)), RANGE);
        let mut answer = read_portion(request.call(), Portion::FirstByte)?;
        let mut here = Target { url, origin: self.origin.clone() };
        for _ in 0..MOST_REDIRECTS {
            let Some(location) = answer.location.as_ref().filter(|_| (300..400).contains(&answer.status))
            else {
                return Ok(answer);
            };
            here = self.passed_on(&here, location)?;
            led_to(&here.origin);
            let request = self.http.limited(self.http.agent_for(&here.url).get(&here.url));
            let request = ranged(request, RANGE);
            answer = read_portion(request.call(), Portion::FirstByte)?;
        }
        Err(RegistryError::ForbiddenTarget { target: shown(&here.url), why: "it is one redirect too many" })
    }

    /// Where one who was asked for a layer sends us. Other than for credentials, plain HTTP will do, and so will a cache on
    /// this machine: clients check what they get against its digest. What only the machine's own link knows is nobody's
    /// to lead to.
    fn passed_on(&self, from: &Target, location: &str) -> Result<Target, RegistryError> {
        let url = from.origin.resolve(location);
        let refuse = |why| RegistryError::ForbiddenTarget { target: shown(&url), why };
        let origin = Origin::of_url(&url).ok_or_else(|| refuse("it is not the address of a server"))?;
        if origin.address().is_some_and(is_link_local) {
            return Err(refuse("it is on this machine's own link"));
        }
        Ok(Target { url, origin })
    }

    /// What is at an address the registry sent us to. No credentials go there: the address is signed.
    ///
    /// # Errors
    /// When it is refused, or there is no answer.
    pub fn fetch(&self, target: &Target, range: Option<&str>) -> Result<Response, RegistryError> {
        read(ranged(self.http.limited(self.http.agent().get(&target.url)), range).call())
    }

    /// A whole blob, wherever it is.
    ///
    /// # Errors
    /// As [`Self::open_blob`] and [`Self::fetch`].
    pub fn blob(&self, repository: &str, digest: &str) -> Result<Response, RegistryError> {
        match self.open_blob(repository, digest, None)? {
            Blob::Here(answer) => Ok(answer),
            Blob::Elsewhere(target) => self.fetch(&target, None),
        }
    }

    /// An address the registry sends us to, if it may be followed.
    fn target(&self, location: &str) -> Result<Target, RegistryError> {
        let url = self.origin.resolve(location);
        let refuse = |why| RegistryError::ForbiddenTarget { target: shown(&url), why };
        let origin = Origin::of_url(&url).ok_or_else(|| refuse("it is not the address of a server"))?;
        if !origin.is_as_safe_as(&self.origin) {
            return Err(refuse("it is not behind TLS"));
        }
        if self.reaches_this_machine(&origin) && !self.reaches_this_machine(&self.origin) {
            return Err(refuse("it is on this machine or its own link, and the registry is not"));
        }
        Ok(Target { url, origin })
    }

    /// Whether a server is at an address that only this machine can reach. Names are the proxy's to resolve where there
    /// is one.
    fn reaches_this_machine(&self, origin: &Origin) -> bool {
        if let Some(address) = origin.address() {
            return is_local(address);
        }
        if origin.host() == "localhost" || origin.host().ends_with(".localhost") {
            return true;
        }
        if self.http.proxy_for(&origin.url("/")).is_some() {
            return false;
        }
        // One that does not resolve is not reached at all.
        resolve(&origin.host_and_port(), self.http.patience())
            .is_ok_and(|addresses| addresses.iter().any(|address| is_local(address.ip())))
    }

    /// Begins an upload: what a push does first.
    ///
    /// # Errors
    /// When the registry refuses, does not answer, or wants it to go elsewhere.
    pub fn begin_upload(&self, repository: &str) -> Result<(Response, Option<Upload>), RegistryError> {
        let url = self.origin.url(&format!("/v2/{repository}/blobs/uploads/"));
        let answer = read(self.authorized(self.http.agent().post(url)).send_empty())?;
        let url = answer.location.as_deref().map(|location| self.origin.resolve(location));
        let is_here = |url: &String| Origin::of_url(url).is_some_and(|at| at.is_same_server(&self.origin));
        Ok((answer, url.filter(is_here).map(|url| Upload { url })))
    }

    /// Gives an upload up. Where that is not supported, it ends by itself.
    pub fn cancel_upload(&self, upload: &Upload) {
        let _ = self.authorized(self.http.agent().delete(&upload.url)).call();
    }

    /// Stores a blob.
    ///
    /// # Errors
    /// When the registry refuses, does not answer, or wants it to go elsewhere.
    pub fn upload(&self, repository: &str, digest: &str, data: &[u8]) -> Result<Response, RegistryError> {
        let (answer, upload) = self.begin_upload(repository)?;
        let Some(upload) = upload else {
            return Err(RegistryError::ForbiddenTarget {
                target: shown(answer.location.as_deref().unwrap_or_default()),
                why: "an upload carries credentials, which go to the registry itself only",
            });
        };
        let url = with_query(&upload.url, &[("digest", digest)]);
        let request = self.http.agent().put(url).header("content-type", "application/octet-stream");
        read(self.authorized(request).send(data))
    }

    fn authorized<Any>(&self, request: RequestBuilder<Any>) -> RequestBuilder<Any> {
        let request = self.http.limited(request);
        match &self.authorization {
            Some(authorization) => request.header("authorization", authorization.expose()),
            None => request,
        }
    }
}

fn ranged(request: RequestBuilder<WithoutBody>, range: Option<&str>) -> RequestBuilder<WithoutBody> {
    match range {
        Some(range) => request.header("range", range),
        None => request,
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn no_registry_sends_us_to_this_machine_unless_it_is_on_it() {
        let http = Http::direct(Duration::from_secs(3));
        let sent = |registry: &str, to: &str| {
            let origin = Origin::of_url(registry).unwrap();
            RegistryClient::new(&http, origin, None).target(to).map(|target| target.url)
        };
        for to in [
            "https://127.0.0.1/x",
            "https://localhost/x",
            "https://169.254.169.254/latest/meta-data/",
            "https://[::1]/x",
            "https://[::ffff:127.0.0.1]/x",
            "https://user@192.0.2.7/x",
            "http://192.0.2.7/x",
            "file:///etc/passwd",
        ] {
            let error = sent("https://192.0.2.1/", to).unwrap_err();
            assert!(matches!(error, RegistryError::ForbiddenTarget { .. }), "{to}: {error}");
        }
        assert_eq!(sent("https://192.0.2.1/", "/v2/x").unwrap(), "https://192.0.2.1/v2/x");
        assert_eq!(sent("https://192.0.2.1/", "https://192.0.2.7/x").unwrap(), "https://192.0.2.7/x");
        assert_eq!(
            sent("http://127.0.0.1:5000/", "http://127.0.0.1:6000/x").unwrap(),
            "http://127.0.0.1:6000/x"
        );
    }
}
