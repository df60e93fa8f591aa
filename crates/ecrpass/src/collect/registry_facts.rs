//! What the registry client saw, as facts.

use ecrpass_credentials::aws_call::NetworkFailure;
use ecrpass_diagnosis::facts::{self, Destination, Failure, RegistryResponse};
use ecrpass_oci::RegistryError;
use ecrpass_oci::http::Response;
use ecrpass_oci::network_path::NetworkPath;

/// An answer, or why there is none.
pub fn answer(result: &Result<Response, RegistryError>) -> RegistryResponse {
    match result {
        Ok(response) => RegistryResponse {
            status: response.status,
            digest: response.digest.clone(),
            media_type: response.media_type.clone(),
            foreign: response.is_page(),
            ..RegistryResponse::default()
        },
        Err(error) => failed(error),
    }
}

fn failed(error: &RegistryError) -> RegistryResponse {
    match error {
        RegistryError::Refused(refusal) => RegistryResponse {
            status: refusal.status,
            code: refusal.code.as_ref().map(|code| code.as_str().to_owned()),
            message: refusal.message.clone(),
            digest: refusal.digest.clone(),
            media_type: refusal.media_type.clone(),
            ..RegistryResponse::default()
        },
        RegistryError::Network(error) => RegistryResponse {
            message: error.words.clone(),
            failure: Some(error.kind),
            ..RegistryResponse::default()
        },
        RegistryError::NoToken { status } => RegistryResponse {
            status: *status,
            message: error.to_string(),
            failure: Some(NetworkFailure::Broken),
            ..RegistryResponse::default()
        },
        RegistryError::CutOff { status, .. } => RegistryResponse {
            status: *status,
            message: error.to_string(),
            failure: Some(NetworkFailure::Broken),
            ..RegistryResponse::default()
        },
        // Somebody answered, with what ECR answers to nobody.
        RegistryError::TooLarge { status } => RegistryResponse {
            status: *status,
            message: error.to_string(),
            foreign: true,
            ..RegistryResponse::default()
        },
        RegistryError::ForeignRealm { .. } | RegistryError::ForbiddenTarget { .. } => {
            RegistryResponse { message: error.to_string(), foreign: true, ..RegistryResponse::default() }
        }
    }
}

/// The network path to a host, as facts.
pub fn network_path(destination: Destination, path: NetworkPath) -> facts::NetworkPath {
    facts::NetworkPath {
        destination,
        host: path.host,
        addresses: path.addresses.iter().map(|address| address.ip().to_string()).collect(),
        private: path.private,
        proxy: path.proxy,
        connected_ms: path.connected_ms,
        status: path.status,
        server: path.server,
        failure: path.failure.map(|error| Failure { kind: error.kind, words: error.words }),
        took_ms: path.took_ms,
    }
}
