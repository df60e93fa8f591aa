//! Where a client's credentials for a registry come from, as `ecrpass resolve` finds it.

use ecrpass_clients::client::{self, Resolution, Supplier};
use serde::{Deserialize, Serialize};

use super::word::Word;
use crate::location::Location;

/// Where a client's credentials come from; see `ecrpass resolve`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Resolved {
    /// `helper`, `store`, `auths`, `environment`, `anonymous` or `error`.
    pub outcome: Word<Supplier>,
    /// The helper.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub helper: Option<String>,
    /// The file, with line and column.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<Location>,
    /// Whether they are sent in some runs and not in others.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub by_chance: bool,
    /// In a sentence.
    pub summary: String,
    /// The way there.
    #[serde(default)]
    pub steps: Vec<ResolutionStep>,
}

impl From<&Resolution> for Resolved {
    fn from(resolution: &Resolution) -> Self {
        let at = resolution.file.as_ref().map(|file| {
            let file = file.display().to_string();
            match resolution.place {
                Some(place) => Location::new(file, place.line, place.column),
                None => Location::file(file),
            }
        });
        let step = |step: &client::ResolutionStep| ResolutionStep {
            step: step.step.clone(),
            found: step.found,
            detail: step.detail.clone(),
        };
        Self {
            outcome: resolution.outcome.into(),
            helper: resolution.helper.clone(),
            at,
            by_chance: resolution.by_chance,
            summary: resolution.summary.clone(),
            steps: resolution.steps.iter().map(step).collect(),
        }
    }
}

/// A step of a resolution.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ResolutionStep {
    /// Where was looked.
    pub step: String,
    /// Whether something was there.
    pub found: bool,
    /// What.
    pub detail: String,
}
