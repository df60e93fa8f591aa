//! The platforms of an image: those that an index lists, or the one that the configuration of a single image names.

use std::path::PathBuf;
use std::time::Duration;

use ecrpass_aws::registry_api::RegistryApi;
use ecrpass_core::environment::Environment;
use ecrpass_oci::Http;
use ecrpass_oci::manifest::platform_of_config;
use serde_json::Value;

use crate::collect::registry_session::Asked;

/// The platforms, or why they are not known; `fetch` gets the contents of a URL.
pub(super) fn of(
    api: &RegistryApi<'_>,
    name: &str,
    digest: &str,
    asked: &Asked,
    fetch: &dyn Fn(&str) -> Result<Vec<u8>, String>,
) -> Result<Vec<String>, String> {
    if asked.is_public {
        return Err(
            "the API of ECR Public gives out no manifests: docker manifest inspect shows them".to_owned()
        );
    }
    let why = |failure: ecrpass_aws::registry_api::ApiFailure| failure.to_string();
    let Some((_, manifest)) = api.manifests(name, &[digest.to_owned()]).map_err(why)?.into_iter().next()
    else {
        return Ok(Vec::new());
    };
    if manifest.get("manifests").is_some_and(Value::is_array) {
        return Ok(listed(&manifest));
    }
    // What is no image, such as a signature, has a configuration that says nothing.
    let Some(config) = manifest.pointer("/config/digest").and_then(Value::as_str) else {
        return Ok(Vec::new());
    };
    let body = fetch(&api.blob_url(name, config).map_err(why)?)?;
    Ok(platform_of_config(&body).into_iter().collect())
}

fn listed(manifest: &Value) -> Vec<String> {
    let listed = manifest["manifests"].as_array().into_iter().flatten();
    let platform = |entry: &Value| {
        let platform = &entry["platform"];
        let (os, architecture) = (platform["os"].as_str()?, platform["architecture"].as_str()?);
        // What is listed beside the images: attestations of builds.
        (os != "unknown").then(|| match platform["variant"].as_str() {
            Some(variant) => format!("{os}/{architecture}/{variant}"),
            None => format!("{os}/{architecture}"),
        })
    };
    listed.filter_map(platform).collect()
}

/// Fetches a URL that was signed: its host is S3's, or the API's own.
pub(super) fn fetch(url: &str, environment: &dyn Environment, deadline: Duration) -> Result<Vec<u8>, String> {
    let bundle = environment.nonempty_var("AWS_CA_BUNDLE").map(PathBuf::from);
    let http = Http::new(&bundle.iter().map(PathBuf::as_path).collect::<Vec<_>>(), deadline);
    // The URL itself is as good as a login, and is in no message.
    let answer = http.get(url, &[]).map_err(|error| format!("the image's configuration: {error}"))?;
    Ok(answer.body.to_vec())
}
