//! The configuration as it is written, before anything in it was checked.

use serde::Deserialize;

/// All of it.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Written {
    pub owner: Option<String>,
    #[serde(default)]
    pub scope: Scope,
    pub not_ready_before: Option<String>,
    pub spread: Option<String>,
    pub writes_per_second: Option<u32>,
    #[serde(default)]
    pub registry: Vec<WrittenRegistry>,
    #[serde(default)]
    pub pull_secret: Vec<WrittenPullSecret>,
}

/// Where it may look.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Scope {
    /// In the whole cluster.
    #[default]
    Cluster,
    /// In the namespaces that are written out.
    Namespaces,
}

/// Registries with the same credentials.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct WrittenRegistry {
    pub name: Option<String>,
    pub hosts: Vec<String>,
    pub accounts: Vec<String>,
    pub regions: Vec<String>,
    pub aliases: Vec<String>,
    pub profile: Option<String>,
    pub role_arn: Option<String>,
    pub external_id: Option<String>,
    pub session_name: Option<String>,
}

/// A secret, and where it goes.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WrittenPullSecret {
    pub name: String,
    pub registries: Option<Vec<String>>,
    #[serde(default)]
    pub namespaces: Vec<String>,
    pub selector: Option<String>,
    #[serde(default)]
    pub exclude: Vec<String>,
    pub service_accounts: Option<Vec<String>>,
    #[serde(default)]
    pub position: Position,
    #[serde(default)]
    pub adopt: bool,
    #[serde(default)]
    pub globs: bool,
}

/// Where in a service account's list an entry of ours goes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Position {
    /// Before the others.
    First,
    /// Behind them.
    #[default]
    Last,
}
