//! The folders of the catalogue: what kind of thing a cause is.

/// A folder of the catalogue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Group {
    /// Pipelines.
    Ci,
    /// A client, its configuration or its helper.
    Client,
    /// AWS credentials that are missing, wrong or over.
    Credentials,
    /// A secret that others can see.
    Exposure,
    /// The image and its name.
    Image,
    /// Clusters and what else runs images.
    Kubernetes,
    /// A login that is missing, wrong or over.
    Login,
    /// The way there.
    Network,
    /// A right that is missing, or denied.
    Policy,
    /// The registry and its repositories.
    Registry,
}
