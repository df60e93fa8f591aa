//! Lists: repositories, tags, and what refers to an image.

use hyper::StatusCode;
use serde_json::{Value, json};

use super::authorize;
use super::call::{Access, Call};
use super::failure::V2Result;
use super::manifests::artifact_type;
use crate::http::{self, Request};
use crate::random;
use crate::state::State;

/// `/v2/_catalog`.
pub(super) fn catalog(state: &State, request: &Request, access: &Access) -> V2Result {
    authorize::check(state, access, "*", "ecr:DescribeRepositories", None, false)?;
    let names = state.repositories.list(&access.registry)?;
    let names = page(request, names.into_iter().map(|repository| repository.name).collect());
    Ok(http::json(StatusCode::OK, &json!({ "repositories": names })))
}

impl Call<'_> {
    pub(super) fn list_tags(&self, request: &Request) -> V2Result {
        let tags = page(request, self.state.repositories.tags(self.registry(), self.name())?);
        Ok(http::json(StatusCode::OK, &json!({"name": self.name(), "tags": tags})))
    }

    /// Artifacts (signatures, bills of materials) whose `subject` is this image.
    pub(super) fn referrers(&self, request: &Request, digest: &str) -> V2Result {
        let store = &self.state.repositories;
        let wanted = request.query("artifactType");
        let mut found = Vec::new();
        for candidate in store.manifests(self.registry(), self.name())? {
            let Some(manifest) = store.manifest(self.registry(), self.name(), &candidate)? else { continue };
            let json: Value = serde_json::from_slice(&manifest.body).unwrap_or_default();
            let kind = artifact_type(&json);
            let subject = json.pointer("/subject/digest").and_then(Value::as_str);
            if subject == Some(digest) && wanted.as_deref().is_none_or(|wanted| kind == Some(wanted)) {
                found.push(json!({
                    "mediaType": manifest.media_type,
                    "digest": random::sha256_digest(&manifest.body),
                    "size": manifest.body.len(),
                    "artifactType": kind,
                    "annotations": json.get("annotations"),
                }));
            }
        }
        let index = json!({
            "schemaVersion": 2,
            "mediaType": "application/vnd.oci.image.index.v1+json",
            "manifests": found,
        });
        Ok(http::response(StatusCode::OK, "application/vnd.oci.image.index.v1+json", index.to_string()))
    }
}

/// The page a client asks for with `n` and `last`.
fn page(request: &Request, mut names: Vec<String>) -> Vec<String> {
    if let Some(last) = request.query("last") {
        names.retain(|name| *name > last);
    }
    if let Some(most) = request.query("n").and_then(|most| most.parse().ok()) {
        names.truncate(most);
    }
    names
}
