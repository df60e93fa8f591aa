//! The steps of one run, and how each of them, and all of them together, can end.

use serde::Serialize;

/// A step, in the order in which they are tried.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Step {
    /// AWS credentials are found.
    Credentials,
    /// A token is issued.
    Token,
    /// The registry takes it.
    Ping,
    /// The manifest is had, and of a list that of one platform.
    Manifest,
    /// One byte of a layer is had.
    Layer,
}

impl Step {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Credentials, Self::Token, Self::Ping, Self::Manifest, Self::Layer];

    /// Its name, in reports and labels.
    pub fn id(self) -> &'static str {
        match self {
            Self::Credentials => "credentials",
            Self::Token => "token",
            Self::Ping => "ping",
            Self::Manifest => "manifest",
            Self::Layer => "layer",
        }
    }

    /// What comes after it.
    pub fn next(self) -> Option<Self> {
        Self::ALL.into_iter().find(|step| *step > self)
    }

    /// Whether it needs an image: of a registry alone it is not tried.
    pub fn is_of_image(self) -> bool {
        matches!(self, Self::Manifest | Self::Layer)
    }
}

/// How a step ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum StepState {
    /// Done.
    Ok,
    /// Failed: the step that carries the cause.
    Fail,
    /// Not tried.
    Skip,
    /// Cut off by the deadline.
    Unknown,
}

impl StepState {
    /// Its name.
    pub fn id(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Fail => "fail",
            Self::Skip => "skip",
            Self::Unknown => "unknown",
        }
    }
}

/// How a run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// Every step that was to be tried was done.
    Ok,
    /// A step failed.
    Fail,
    /// None failed, and not all are known.
    Unknown,
}

impl Verdict {
    /// Its name, in reports and labels.
    pub fn id(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Fail => "fail",
            Self::Unknown => "unknown",
        }
    }
}
