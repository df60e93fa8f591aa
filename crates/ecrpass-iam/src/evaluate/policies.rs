//! The policies that have a say in a request.

use crate::document::Document;

/// The policies, by layer. A layer without documents has no say, except for the identity's: there, nothing allows.
#[derive(Clone, Debug, Default)]
pub struct Policies {
    /// Whatever is attached to the caller: inline, managed, of its groups.
    pub identity: Vec<Document>,
    /// The repository's own policy.
    pub repository: Option<Document>,
    /// The registry's policy.
    pub registry: Option<Document>,
    /// The caller's permissions boundary.
    pub boundary: Vec<Document>,
    /// The service control policies of the caller's organisation: one list for every level from the root to the
    /// account. At each level, one statement has to allow.
    pub service_control: Vec<Vec<Document>>,
    /// The resource control policies of the resource's organisation, level by level.
    pub resource_control: Vec<Vec<Document>>,
    /// The policies passed when the session began.
    pub session: Vec<Document>,
    /// The policy of the VPC endpoint the request came through.
    pub endpoint: Option<Document>,
    /// The trust policy of the role that is to be assumed.
    pub trust: Option<Document>,
}
