//! Whether an image can be had: its manifest, the platforms it is there for, and one byte of its smallest layer.

use crate::client::{Blob, RegistryClient};
use crate::error::{NetworkError, RegistryError};
use crate::http::Response;
use crate::manifest::{Manifest, platform_of_config};
use crate::network_path::{NetworkPath, probe};

/// The least of a layer.
const FIRST_BYTE: Option<&str> = Some("bytes=0-0");

/// What a registry answered about an image.
pub struct ImageCheck {
    /// The manifest, or why there is none.
    pub manifest: Result<Response, RegistryError>,
    /// The platforms it is there for.
    pub platforms: Vec<String>,
    /// The network path to its layers, where they are elsewhere.
    pub path: Option<NetworkPath>,
    /// One byte of a layer, or why not; `None` where it was not requested.
    pub layer: Option<Result<Response, RegistryError>>,
}

/// Asks for an image.
pub fn check(client: &RegistryClient<'_>, repository: &str, reference: &str) -> ImageCheck {
    let manifest = client.manifest(repository, reference);
    let mut image = ImageCheck { manifest, platforms: Vec::new(), path: None, layer: None };
    let Ok(answer) = &image.manifest else { return image };
    let layers = match Manifest::parse(&answer.body) {
        Manifest::Index { platforms, first } => {
            image.platforms = platforms;
            let Some(digest) = first else { return image };
            match client.manifest(repository, &digest).map(|answer| Manifest::parse(&answer.body)) {
                Ok(Manifest::Image { layers, .. }) => layers,
                _ => return image,
            }
        }
        Manifest::Image { config, layers } => {
            let config = config.and_then(|config| client.blob(repository, &config.digest).ok());
            image.platforms =
                config.and_then(|config| platform_of_config(&config.body)).into_iter().collect();
            layers
        }
    };
    if let Some(smallest) = layers.iter().min_by_key(|layer| layer.size) {
        let (layer, path) = first_byte(client, repository, &smallest.digest);
        image.layer = Some(layer);
        image.path = path;
    }
    image
}

/// One byte of a layer, and the network path to where it is.
fn first_byte(
    client: &RegistryClient<'_>,
    repository: &str,
    digest: &str,
) -> (Result<Response, RegistryError>, Option<NetworkPath>) {
    let target = match client.open_blob(repository, digest, FIRST_BYTE) {
        Ok(Blob::Here(answer)) => return (Ok(answer), None),
        Err(error) => return (Err(error), None),
        Ok(Blob::Elsewhere(target)) => target,
    };
    let path = probe(client.http(), &target.origin, "/");
    let answer = match &path.failure {
        Some(failure) => Err(NetworkError::new(failure.kind, failure.words.clone()).into()),
        None => client.fetch(&target, FIRST_BYTE),
    };
    (answer, Some(path))
}
