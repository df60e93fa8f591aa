//! Whether one statement speaks of a request.

use super::reach::{Reach, is_denied_by_exclusion, reach};
use crate::arn_pattern::{ArnParts, ArnPattern};
use crate::condition::truth::{Dependency, Truth};
use crate::document::model::Located;
use crate::document::{Effect, Statement};
use crate::request::Request;
use crate::template::Resolved;

/// What a statement has to do with a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Applies {
    /// Whether it speaks of it.
    pub truth: Truth,
    /// How far an Allow reaches; policies that name no principals speak of their caller alone.
    pub reach: Reach,
    /// The first element that does not fit.
    pub mismatch: Option<Mismatch>,
}

/// An element that keeps a statement from speaking of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mismatch {
    /// It is for others.
    Principal,
    /// It is about other actions.
    Action,
    /// It is about other resources.
    Resource,
    /// The condition of this number is not met.
    Condition(usize),
}

/// What is known of whoever asks, beside the request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Circumstances {
    /// Whether statements of this layer are for somebody.
    pub names_principals: bool,
    /// Whether the caller has a permissions boundary.
    pub has_boundary: bool,
}

/// A request's action and resource, ready to be compared with many statements.
#[derive(Clone, Debug)]
pub struct Asked<'a> {
    lowercase_action: String,
    resource: ArnParts<'a>,
}

impl<'a> Asked<'a> {
    /// Takes a request apart.
    pub fn of(request: &'a Request) -> Self {
        Self {
            lowercase_action: request.action.to_ascii_lowercase(),
            resource: ArnParts::of(&request.resource),
        }
    }
}

/// Compares a statement with a request.
pub fn applies(
    statement: &Statement,
    request: &Request,
    asked: &Asked<'_>,
    circumstances: Circumstances,
) -> Applies {
    let not = |mismatch| Applies { truth: Truth::No, reach: Reach::Account, mismatch: Some(mismatch) };
    let is_listed = statement.actions.items.iter().any(|item| item.value.matches(&asked.lowercase_action));
    if is_listed == statement.actions.negated {
        return not(Mismatch::Action);
    }
    let (principal, reach) = principal(statement, request, circumstances);
    if principal == Truth::No {
        return not(Mismatch::Principal);
    }
    let resource = resource(statement, request, asked);
    if resource == Truth::No {
        return not(Mismatch::Resource);
    }
    let mut truth = principal.and(resource);
    for (index, condition) in statement.conditions.iter().enumerate() {
        truth = truth.and(condition.evaluate(&request.context));
        if truth == Truth::No {
            return not(Mismatch::Condition(index));
        }
    }
    Applies { truth, reach, mismatch: None }
}

fn principal(statement: &Statement, request: &Request, circumstances: Circumstances) -> (Truth, Reach) {
    match &statement.principals {
        // IAM forbids NotPrincipal in an Allow.
        Some(listed) if listed.negated && statement.effect == Effect::Allow => (Truth::No, Reach::Account),
        // Source: IAM User Guide, "NotPrincipal": it denies every principal that has a boundary, whomever it lists.
        Some(listed) if listed.negated && circumstances.has_boundary => (Truth::Yes, Reach::Account),
        Some(listed) if listed.negated => {
            (is_denied_by_exclusion(listed, &request.principal), Reach::Account)
        }
        Some(listed) => match reach(listed, &request.principal, &statement.conditions) {
            Some(reach) => (Truth::Yes, reach),
            None => (Truth::No, Reach::Account),
        },
        None => (Truth::from(!circumstances.names_principals), Reach::Account),
    }
}

/// Where a statement names no resource, it is about what its policy hangs on.
fn resource(statement: &Statement, request: &Request, asked: &Asked<'_>) -> Truth {
    let Some(listed) = &statement.resources else { return Truth::Yes };
    let depends = |key: String, item: &Located<ArnPattern>| {
        let values = vec![item.value.text().to_owned()];
        Truth::depends(Dependency { key, operator: String::new(), values })
    };
    let matches =
        |item: &Located<ArnPattern>| match item.value.matches_parts(&asked.resource, &request.context) {
            Resolved::Value(matches) => matches.into(),
            Resolved::Nothing => Truth::No,
            Resolved::Unknown(key) => depends(key, item),
        };
    if !listed.negated {
        return Truth::any(listed.items.iter().map(matches));
    }
    // Of a variable without a value nobody can say what it leaves out.
    Truth::all(listed.items.iter().map(|item| {
        let resolves = match item.value.resolves(&request.context) {
            Resolved::Value(()) => Truth::Yes,
            Resolved::Nothing => Truth::No,
            Resolved::Unknown(key) => depends(key, item),
        };
        resolves.and(!matches(item))
    }))
}
