//! Conditions that do not do what they seem to.
//!
//! Source: IAM User Guide, "Condition operators", "Multivalued context keys", "Variables and tags".

use crate::condition::operator::{Comparison, Operator, SetOperator};
use crate::condition::{Condition, values};
use crate::document::model::{Effect, Statement, Version};
use crate::document::problem::ProblemKind;
use crate::keys::{self, Cardinality};

/// What is odd about the conditions of a statement.
pub(super) fn check(statement: &Statement, version: Version, report: &mut impl FnMut(usize, ProblemKind)) {
    for condition in &statement.conditions {
        let Some(operator) = condition.operator else { continue };
        if let Some(kind) = several(statement, condition, operator) {
            report(condition.span.start, kind);
        }
        for value in &condition.values {
            let text = value.text();
            let variables: Vec<&str> = value.variables().collect();
            if version == Version::V2012 && !variables.is_empty() && !operator.comparison.knows_variables() {
                let operator = condition.operator_text.clone();
                report(condition.span.start, ProblemKind::VariableIsLiteral(operator));
            } else if let Some(key) = value.without_default().next()
                && (statement.effect == Effect::Deny) != operator.negated
            {
                let (key, is_met) = (key.to_owned(), operator.negated);
                report(condition.span.start, ProblemKind::VariableMayBeMissing { key, is_met });
            }
            if let Some(kind) = odd(condition, operator, text, !variables.is_empty()) {
                report(condition.span.start, kind);
            }
        }
    }
}

/// What its key and its set operator have to do with each other.
fn several(statement: &Statement, condition: &Condition, operator: Operator) -> Option<ProblemKind> {
    let (name, key) = (condition.operator_text.clone(), condition.key.clone());
    match (operator.set, keys::cardinality(&key)) {
        (Some(_), Some(Cardinality::One)) => Some(ProblemKind::SetOperatorOnOneValue { operator: name, key }),
        (None, Some(Cardinality::Several)) if operator.comparison != Comparison::Null => {
            Some(ProblemKind::SeveralValues { operator: name, key })
        }
        (Some(SetOperator::ForAllValues), _)
            if statement.effect == Effect::Allow && !has_to_be_there(statement, &key) =>
        {
            Some(ProblemKind::ForAllValuesAllows(key))
        }
        _ => None,
    }
}

/// Whether another condition asks for the key's existence.
fn has_to_be_there(statement: &Statement, key: &str) -> bool {
    statement.conditions.iter().any(|condition| {
        condition.key.eq_ignore_ascii_case(key)
            && condition.operator.is_some_and(|operator| operator.comparison == Comparison::Null)
            && condition.values.iter().any(|value| value.text().eq_ignore_ascii_case("false"))
    })
}

/// A value that its operator compares with nothing, or not as it seems.
fn odd(condition: &Condition, operator: Operator, value: &str, has_variables: bool) -> Option<ProblemKind> {
    let instead = match (operator.comparison, operator.negated) {
        (Comparison::StringEquals, false) => Some("StringLike"),
        (Comparison::StringEquals, true) => Some("StringNotLike"),
        _ => None,
    };
    // `${*}` is a star that is meant.
    let is_wild = !has_variables && !value.contains("${") && value.contains(['*', '?']);
    if let Some(instead) = instead.filter(|_| is_wild) {
        return Some(ProblemKind::WildcardIsLiteral {
            operator: condition.operator_text.clone(),
            value: value.to_owned(),
            instead,
        });
    }
    if has_variables {
        return None;
    }
    let expected = match operator.comparison {
        Comparison::Numeric(_) if !values::is_number(value) => "a number",
        Comparison::Date(_) if !values::is_date(value) => {
            "a date like 2026-01-31T12:00:00Z, or seconds since 1970"
        }
        Comparison::IpAddress if !values::is_range(value) => "an address or a range like 203.0.113.0/24",
        Comparison::Bool | Comparison::Null
            if !value.eq_ignore_ascii_case("true") && !value.eq_ignore_ascii_case("false") =>
        {
            "true or false"
        }
        Comparison::Arn { .. } if !condition_arn(value) => "an ARN of six parts",
        _ => return None,
    };
    let operator = condition.operator_text.clone();
    Some(ProblemKind::NoSuchValue { operator, value: value.to_owned(), expected })
}

fn condition_arn(value: &str) -> bool {
    crate::arn_pattern::ArnPattern::condition(value, true).is_well_formed()
}
