//! What one layer says about a request.

use std::sync::Arc;

use ecrpass_json::Position;

use super::reach::Reach;
use super::statement::{Applies, Asked, Circumstances, Mismatch, applies};
use crate::condition::truth::Truth;
use crate::document::{Document, Effect};
use crate::layer::Layer;
use crate::request::Request;

/// A statement, by its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StatementRef {
    /// What the document is called.
    pub source: Arc<str>,
    /// Where the statement begins.
    pub position: Position,
    /// Its name.
    pub sid: Option<Arc<str>>,
}

/// What a layer says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LayerOutcome {
    /// Which layer.
    pub layer: Layer,
    /// Whether a statement denies.
    pub denies: Truth,
    /// The statement that denies, or may.
    pub denied_by: Option<StatementRef>,
    /// What its statements allow.
    pub allows: Allowed,
    /// The statements that do not speak of the request, and the first thing that does not fit.
    pub missed: Vec<(StatementRef, Mismatch)>,
}

/// What statements allow, by how far they reach.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Allowed {
    grants: Vec<(Reach, Truth, StatementRef)>,
}

impl Allowed {
    /// Whether something is allowed at least as far.
    pub fn reaching(&self, least: Reach) -> Truth {
        Truth::any(
            self.grants.iter().filter(|(reach, ..)| *reach >= least).map(|(_, truth, _)| truth.clone()),
        )
    }

    /// Whether something is allowed at all.
    pub fn at_all(&self) -> Truth {
        self.reaching(Reach::Account)
    }

    /// The statement that allows, or else one that may; those that reach further come first.
    pub fn by(&self) -> Option<&StatementRef> {
        let of = |wanted: fn(&Truth) -> bool| {
            let fitting = self.grants.iter().filter(move |(_, truth, _)| wanted(truth));
            // The first of those that reach furthest.
            fitting.rev().max_by_key(|(reach, ..)| *reach).map(|(.., statement)| statement)
        };
        of(|truth| *truth == Truth::Yes).or_else(|| of(|_| true))
    }
}

/// Asks the documents of one layer, or of one of its levels; `has_boundary` says whether the caller has one.
pub fn of<'a>(
    layer: Layer,
    documents: impl IntoIterator<Item = &'a Document>,
    request: &Request,
    has_boundary: bool,
) -> LayerOutcome {
    let mut denies = Truth::No;
    let mut denied_by: Option<(bool, StatementRef)> = None;
    let mut grants = Vec::new();
    let mut missed = Vec::new();
    let asked = Asked::of(request);
    let circumstances = Circumstances { names_principals: layer.names_principals(), has_boundary };
    for document in documents {
        for statement in &document.statements {
            let at = || StatementRef {
                source: document.name().clone(),
                position: statement.position,
                sid: statement.sid.clone(),
            };
            let Applies { truth, reach, mismatch } = applies(statement, request, &asked, circumstances);
            match (mismatch, statement.effect) {
                (Some(mismatch), _) => missed.push((at(), mismatch)),
                (None, Effect::Allow) => grants.push((reach, truth, at())),
                (None, Effect::Deny) => {
                    let is_certain = truth == Truth::Yes;
                    if denied_by.as_ref().is_none_or(|(certain, _)| is_certain && !certain) {
                        denied_by = Some((is_certain, at()));
                    }
                    denies = denies.or(truth);
                }
            }
        }
    }
    LayerOutcome {
        layer,
        denies,
        denied_by: denied_by.map(|(_, statement)| statement),
        allows: Allowed { grants },
        missed,
    }
}
