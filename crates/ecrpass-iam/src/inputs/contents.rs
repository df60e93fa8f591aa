//! What a file holds: documents, and what it only mentions.

use crate::document::Reading;
use crate::layer::Layer;

/// A document that was found in a file.
#[derive(Clone, Debug)]
pub struct Found {
    /// The kind of policy it is, where the file says so.
    pub layer: Option<Layer>,
    /// The level of the organization, counted from the root, where the file has several; of the VPC endpoints, the API's is
    /// at 1.
    pub level: usize,
    /// What the file calls it.
    pub label: Option<String>,
    /// The resource it belongs to, where the file says so.
    pub resource: Option<String>,
    /// What was read.
    pub reading: Reading,
}

/// What a file holds.
#[derive(Clone, Debug, Default)]
pub struct Contents {
    /// Its documents, in the order of the text.
    pub found: Vec<Found>,
    /// The layers it speaks of, even to say that there is no policy.
    pub seen: Vec<Layer>,
    /// The principal whose policies they are, where the file says so.
    pub principal: Option<String>,
    /// What it mentions and does not hold: a managed policy that is attached, a role that is not in it.
    pub missing: Vec<String>,
}

/// A document where there are no levels.
pub(super) fn found(layer: Option<Layer>, reading: Reading) -> Found {
    Found { layer, level: 0, label: None, resource: None, reading }
}
