//! Where on the path from the name of an image to its last byte a cause strikes.

use serde::{Deserialize, Serialize};

/// How far on the path from the name of an image to its last byte a cause strikes. What strikes earlier has to be fixed
/// earlier: nothing behind it can be seen to work before.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Stage {
    /// The name of the image or registry.
    Name,
    /// The client's files and its daemon.
    Client,
    /// AWS credentials.
    Credentials,
    /// The machine's clock.
    Clock,
    /// The network path to the API that issues tokens.
    Api,
    /// The token.
    Token,
    /// Which credentials the client sends.
    Login,
    /// The network path to the registry.
    Registry,
    /// What the registry says to these credentials.
    Authentication,
    /// Repository and policies.
    Repository,
    /// Tag, manifest and platform.
    Image,
    /// The layers.
    Layers,
}

impl Stage {
    /// All of them, in the order of the path.
    pub const ALL: [Self; 12] = [
        Self::Name,
        Self::Client,
        Self::Credentials,
        Self::Clock,
        Self::Api,
        Self::Token,
        Self::Login,
        Self::Registry,
        Self::Authentication,
        Self::Repository,
        Self::Image,
        Self::Layers,
    ];

    /// In a word or two, for people.
    pub fn title(self) -> &'static str {
        match self {
            Self::Name => "name",
            Self::Client => "client",
            Self::Credentials => "AWS credentials",
            Self::Clock => "clock",
            Self::Api => "ECR API",
            Self::Token => "token",
            Self::Login => "login",
            Self::Registry => "registry",
            Self::Authentication => "authentication",
            Self::Repository => "repository",
            Self::Image => "image",
            Self::Layers => "layers",
        }
    }
}
