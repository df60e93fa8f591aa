//! An image or registry that is asked about, and where it is named.

use std::fmt;

use ecrpass_core::registry::Registry;
use serde::{Deserialize, Serialize};

use super::file_position::FilePosition;
use super::puller::Puller;

/// An image or a registry somebody will pull from or push to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Target {
    /// The registry host with its port, as written; `docker.io` for a bare name. Empty if a variable took it away.
    pub host: String,
    /// The registry, if ECR serves it.
    #[serde(with = "registry_by_host", default)]
    pub registry: Option<Registry>,
    /// The repository, as the registry names it: `library/alpine` for a bare `alpine`.
    pub repository: Option<String>,
    /// The tag, if there is one.
    pub tag: Option<String>,
    /// The digest, if there is one.
    pub digest: Option<String>,
    /// Where it is named; `None` if it was typed.
    pub place: Option<FilePosition>,
    /// The platforms wanted, for example `linux/arm64`; several are separated by commas.
    pub platform: Option<String>,
    /// Whether it is built and pushed, not only pulled.
    pub pushes: bool,
    /// Who pulls it.
    pub puller: Puller,
    /// What is odd about the reference: unset variables, an impossible host, a scheme in front.
    pub notes: Vec<String>,
}

impl Target {
    /// The image as one text, without place and platform.
    pub fn image(&self) -> String {
        self.to_string()
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.host)?;
        if let Some(repository) = &self.repository {
            write!(f, "/{repository}")?;
        }
        if let Some(tag) = &self.tag {
            write!(f, ":{tag}")?;
        }
        if let Some(digest) = &self.digest {
            write!(f, "@{digest}")?;
        }
        Ok(())
    }
}

/// A registry is written as its host.
mod registry_by_host {
    use ecrpass_core::registry::Registry;
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    pub fn serialize<S: Serializer>(registry: &Option<Registry>, to: S) -> Result<S::Ok, S::Error> {
        registry.as_ref().map(Registry::host).serialize(to)
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Registry>, D::Error> {
        let host = Option::<String>::deserialize(from)?;
        host.map(|host| Registry::parse(&host)).transpose().map_err(serde::de::Error::custom)
    }
}
