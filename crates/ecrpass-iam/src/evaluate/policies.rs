//! The policies that have a say in a request.

use super::outcome::StatementRef;
use crate::document::{Document, Statement};
use crate::layer::Layer;

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
    /// The service control policies of the caller's organization: one list for every level from the root to the
    /// account. At each level, one statement has to allow.
    pub service_control: Vec<Vec<Document>>,
    /// The resource control policies of the resource's organization, level by level.
    pub resource_control: Vec<Vec<Document>>,
    /// The policies passed when the session began.
    pub session: Vec<Document>,
    /// The policy of the VPC endpoint the request came through.
    pub endpoint: Option<Document>,
    /// That of the endpoint for ECR's API, where it is another than the registry's: what a [`Case`](crate::Case) asks there
    /// is judged by it.
    pub api_endpoint: Option<Document>,
    /// The trust policy of the role that is to be assumed.
    pub trust: Option<Document>,
}

impl Policies {
    /// All documents, each with its layer.
    pub fn documents(&self) -> impl Iterator<Item = (Layer, &Document)> {
        let lists = [
            (Layer::Identity, &self.identity),
            (Layer::Boundary, &self.boundary),
            (Layer::Session, &self.session),
        ];
        let levels = [
            (Layer::ServiceControl, &self.service_control),
            (Layer::ResourceControl, &self.resource_control),
        ];
        let single = [
            (Layer::Repository, &self.repository),
            (Layer::Registry, &self.registry),
            (Layer::Endpoint, &self.endpoint),
            (Layer::Endpoint, &self.api_endpoint),
            (Layer::Trust, &self.trust),
        ];
        let lists =
            lists.into_iter().flat_map(|(layer, list)| list.iter().map(move |document| (layer, document)));
        let levels = levels
            .into_iter()
            .flat_map(|(layer, levels)| levels.iter().flatten().map(move |document| (layer, document)));
        let single = single
            .into_iter()
            .flat_map(|(layer, document)| document.iter().map(move |document| (layer, document)));
        lists.chain(levels).chain(single)
    }

    /// The statement that is meant, and its document.
    pub fn statement(&self, layer: Layer, by: &StatementRef) -> Option<(&Document, &Statement)> {
        let mut documents =
            self.documents().filter(|(of, document)| *of == layer && *document.name() == by.source);
        documents.find_map(|(_, document)| {
            let statement = document.statements.iter().find(|statement| statement.position == by.position)?;
            Some((document, statement))
        })
    }
}
