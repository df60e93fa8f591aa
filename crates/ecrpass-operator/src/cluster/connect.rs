//! How the API server is found: a kubeconfig where one is named, else the pod's own account, else the user's kubeconfig.

use std::path::{Path, PathBuf};

use ecrpass_core::error_chain::error_chain;
use hyper::header::{HeaderValue, USER_AGENT};
use kube::config::{KubeConfigOptions, Kubeconfig};
use kube::{Client, Config};

use crate::tls;

/// Where to look.
#[derive(Clone, Debug, Default)]
pub struct Place {
    /// The kubeconfig.
    pub kubeconfig: Option<PathBuf>,
    /// The context in it.
    pub context: Option<String>,
}

/// A client for it.
///
/// # Errors
/// What is missing or wrong, in a sentence.
pub async fn connect(place: &Place) -> Result<Client, String> {
    tls::install();
    let mut config = config(place).await?;
    config.headers.push((
        USER_AGENT,
        HeaderValue::from_static(concat!("ecrpass-operator/", env!("CARGO_PKG_VERSION"))),
    ));
    Client::try_from(config)
        .map_err(|error| format!("the API server cannot be used: {}", error_chain(&error)))
}

async fn config(place: &Place) -> Result<Config, String> {
    let options = KubeConfigOptions { context: place.context.clone(), ..KubeConfigOptions::default() };
    if let Some(path) = &place.kubeconfig {
        return from_file(path, &options).await;
    }
    if place.context.is_none()
        && let Ok(config) = Config::incluster()
    {
        return Ok(config);
    }
    Config::from_kubeconfig(&options).await.map_err(|error| {
        format!(
            "no cluster can be reached: this is no pod with a service account's token, and the user's kubeconfig says: {}",
            error_chain(&error)
        )
    })
}

async fn from_file(path: &Path, options: &KubeConfigOptions) -> Result<Config, String> {
    let wrong = |error: &dyn std::error::Error| format!("the kubeconfig {}: {error}", path.display());
    let kubeconfig = Kubeconfig::read_from(path).map_err(|error| wrong(&error))?;
    Config::from_custom_kubeconfig(kubeconfig, options).await.map_err(|error| wrong(&error))
}
