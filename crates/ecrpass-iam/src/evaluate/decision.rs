//! What becomes of a request, and why.

use std::fmt;

use super::outcome::{LayerOutcome, StatementRef};
use crate::condition::truth::Dependency;
use crate::denial::{Denied, Reason};
use crate::layer::Layer;
use crate::request::Request;

/// What becomes of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It is allowed.
    Allowed,
    /// It is denied, because something that has to allow it does not. A statement may deny it on top.
    ImplicitlyDenied,
    /// A statement denies it.
    ExplicitlyDenied,
    /// That depends on keys whose values are not known.
    Depends,
}

impl Verdict {
    /// One word for machines.
    pub fn id(self) -> &'static str {
        match self {
            Self::Allowed => "allowed",
            Self::ImplicitlyDenied => "implicitly-denied",
            Self::ExplicitlyDenied => "explicitly-denied",
            Self::Depends => "depends",
        }
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.id())
    }
}

/// What becomes of a request, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decision {
    /// What becomes of it.
    pub verdict: Verdict,
    /// The layer that decides.
    pub layer: Layer,
    /// The statement that decides; none where it is missing.
    pub statement: Option<StatementRef>,
    /// What it depends on; empty unless it does.
    pub depends_on: Vec<Dependency>,
    /// What every layer says, in the order they are asked.
    pub layers: Vec<LayerOutcome>,
    /// How many things stand in its way: what denies, and what has to allow and does not.
    pub hurdles: usize,
}

impl Decision {
    /// Whether the request is allowed for certain.
    pub fn is_allowed(&self) -> bool {
        self.verdict == Verdict::Allowed
    }

    /// Why it is denied, as AWS would say it; `None` when it is allowed. What depends counts as denied.
    pub fn reason(&self) -> Option<Reason> {
        let kind = self.layer.policy_kind();
        let may_deny = self.statement.is_some()
            && self
                .layers
                .iter()
                .any(|outcome| outcome.layer == self.layer && outcome.denied_by == self.statement);
        match self.verdict {
            Verdict::Allowed => None,
            Verdict::ExplicitlyDenied => Some(Reason::Denied(Some(kind))),
            Verdict::Depends if may_deny => Some(Reason::Denied(Some(kind))),
            Verdict::ImplicitlyDenied | Verdict::Depends => Some(Reason::NotAllowed(kind)),
        }
    }

    /// The denial AWS would write; `None` when it is allowed.
    pub fn denied<'a>(&self, request: &'a Request) -> Option<Denied<'a>> {
        Some(Denied {
            principal: request.principal.text(),
            action: &request.action,
            resource: Some(&request.resource),
            reason: self.reason()?,
            policy_arn: None,
        })
    }
}
