//! What is asked: which client, in which version, is to do what, with which registry.

use std::fmt;
use std::path::PathBuf;

macro_rules! define_clients {
    ($($client:ident = $model:expr,)*) => {
        /// A program that pulls or pushes images.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[allow(missing_docs)] // their names, as `Client::title` spells them
        pub enum Client {
            $($client,)*
        }

        impl Client {
            /// All of them, the most used first.
            pub const ALL: [Self; [$(Self::$client),*].len()] = [$(Self::$client),*];
        }
    };
}

clients!(define_clients);

impl fmt::Display for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.id())
    }
}

/// What the client is asked to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operation {
    /// Pull an image.
    Pull,
    /// Push an image.
    Push,
    /// Build an image whose base is in the registry.
    Build,
    /// Log in, without user name and password on the command line.
    Login,
    /// Create or run a container, or a swarm service.
    Create,
}

impl Operation {
    /// The name used on the command line.
    pub fn id(self) -> &'static str {
        match self {
            Self::Pull => "pull",
            Self::Push => "push",
            Self::Build => "build",
            Self::Login => "login",
            Self::Create => "create",
        }
    }
}

/// A client's version, as far as it decides anything.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Version {
    /// The first number.
    pub major: u32,
    /// The second.
    pub minor: u32,
    /// The third.
    pub patch: u32,
}

impl Version {
    /// A version of two or three numbers.
    pub const fn new(major: u32, minor: u32, patch: u32) -> Self {
        Self { major, minor, patch }
    }

    /// The first thing in a text that looks like a version: `Docker version 28.2.2, build e6534b4`.
    pub fn find(text: &str) -> Option<Self> {
        text.split(|c: char| !c.is_ascii_digit() && c != '.').find_map(|word| {
            let mut numbers = word.trim_matches('.').split('.').map(str::parse);
            let major = numbers.next()?.ok()?;
            let minor = numbers.next()?.ok()?;
            Some(Self::new(major, minor, numbers.next().and_then(Result::ok).unwrap_or(0)))
        })
    }

    /// A version as a person writes it: `29`, `28.5`, `v28.0.3`.
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim().trim_start_matches('v');
        let whole: Option<u32> = text.parse().ok();
        whole.map(|major| Self::new(major, 0, 0)).or_else(|| Self::find(text))
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}.{}", self.major, self.minor, self.patch)
    }
}

/// What is to be resolved.
#[derive(Clone, Debug)]
pub struct Request {
    /// The registry's host, with its port if it has one, as it stands in image references.
    pub host: String,
    /// The repository, for clients that look at it.
    pub repository: Option<String>,
    /// The client.
    pub client: Client,
    /// Its version; the newest known when `None`.
    pub version: Option<Version>,
    /// What it is to do.
    pub operation: Operation,
    /// Files to read in place of the client's own.
    pub configs: Vec<PathBuf>,
}

impl Request {
    /// A pull by the newest version of a client.
    pub fn new(client: Client, host: impl Into<String>) -> Self {
        Self {
            host: host.into(),
            repository: None,
            client,
            version: None,
            operation: Operation::Pull,
            configs: Vec::new(),
        }
    }

    /// Whether the client is at least that version; the newest is assumed where none is known.
    pub(super) fn at_least(&self, major: u32, minor: u32, patch: u32) -> bool {
        self.version.is_none_or(|version| version >= Version::new(major, minor, patch))
    }
}
