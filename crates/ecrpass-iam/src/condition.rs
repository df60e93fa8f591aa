//! One line of a statement's Condition, and whether a request meets it.
//!
//! Source: IAM User Guide, "IAM JSON policy elements: Condition operators" and "Creating a condition with multiple keys or
//! values": values are alternatives; under a negated operator none of them may match. A key that the request does not
//! have fails a positive operator and meets a negated one, and so does a variable without a value ("Variables and tags",
//! "Policy variables with no value").

pub mod operator;
pub mod truth;
pub mod values;

use std::ops::Range;

use crate::arn_pattern::ArnPattern;
use crate::context::{Context, KeyValue, Values};
use crate::template::{Resolved, Template};
use operator::{Comparison, Operator, SetOperator};
use truth::{Dependency, Truth};

/// One operator over one key: `"StringEquals": {"aws:SourceVpce": ["vpce-1", "vpce-2"]}`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Condition {
    /// The operator as it is written.
    pub operator_text: String,
    /// The operator; `None` when IAM knows none of that name, and nobody can say what it asks for.
    pub operator: Option<Operator>,
    /// The key as it is written.
    pub key: String,
    /// What its values are compared with.
    pub values: Vec<Expected>,
    /// The bytes of key and values.
    pub span: Range<usize>,
    /// The bytes of its values: a list, or one of them.
    pub values_span: Range<usize>,
}

/// A value of a condition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Expected {
    template: Template,
    arn: ArnPattern,
}

impl Expected {
    /// Reads a value; `variables` says whether the document's version knows them.
    pub fn new(text: &str, variables: bool) -> Self {
        Self { template: Template::new(text, variables), arn: ArnPattern::condition(text, variables) }
    }

    /// The value as it is written.
    pub fn text(&self) -> &str {
        self.template.text()
    }

    /// The names of the keys whose values are put in.
    pub fn variables(&self) -> impl Iterator<Item = &str> {
        self.template.variables()
    }

    /// The names of those among them that nothing stands in for.
    pub fn without_default(&self) -> impl Iterator<Item = &str> {
        self.template.without_default()
    }
}

impl Condition {
    /// Whether a request meets it.
    pub fn evaluate(&self, context: &Context) -> Truth {
        let Some(operator) = self.operator else { return self.depends_on(&self.key) };
        if operator.comparison == Comparison::Null {
            let Some(is_there) = context.has(&self.key) else { return self.depends_on(&self.key) };
            let wanted = if is_there { "false" } else { "true" };
            return self.values.iter().any(|expected| expected.text().eq_ignore_ascii_case(wanted)).into();
        }
        let value = match context.get(&self.key) {
            KeyValue::Unknown => return self.depends_on(&self.key),
            // A key without any value is as good as none.
            KeyValue::Known(Values::Several(values)) if values.is_empty() => None,
            KeyValue::Known(values) => Some(values),
            KeyValue::Absent => None,
        };
        match (value, operator.set) {
            // "If the key does not exist, the condition returns false" ("Single-valued vs. multivalued context keys"), also
            // behind IfExists: there is no value that could be any.
            (None, Some(SetOperator::ForAnyValue)) => Truth::No,
            (None, Some(SetOperator::ForAllValues)) => Truth::Yes,
            (None, None) => (operator.if_exists || operator.negated).into(),
            (Some(Values::One(value)), None) => self.compares(operator, value, context),
            // The guide leaves it open what a key of several values does without a set operator; not met is the answer
            // that lets nobody in.
            (Some(Values::Several(_)), None) => Truth::No,
            (Some(values), Some(SetOperator::ForAllValues)) => {
                // Source: the same guide: "… or if the key values resolve to a null data set, such as an empty string".
                let real = values.all().iter().filter(|value| !value.is_empty());
                Truth::all(real.map(|value| self.compares(operator, value, context)))
            }
            (Some(values), Some(SetOperator::ForAnyValue)) => {
                Truth::any(values.all().iter().map(|value| self.compares(operator, value, context)))
            }
        }
    }

    /// Whether one value of the request compares as the operator asks.
    fn compares(&self, operator: Operator, value: &str, context: &Context) -> Truth {
        let compared = self.values.iter().map(|expected| {
            let matches = match matches(operator.comparison, expected, value, context) {
                Resolved::Value(matches) => matches.into(),
                Resolved::Nothing => Truth::No,
                Resolved::Unknown(key) => self.depends_on(&key),
            };
            if operator.negated { !matches } else { matches }
        });
        if operator.negated { Truth::all(compared) } else { Truth::any(compared) }
    }

    fn depends_on(&self, key: &str) -> Truth {
        let values = self.values.iter().map(|value| value.text().to_owned()).collect();
        Truth::depends(Dependency { key: key.to_owned(), operator: self.operator_text.clone(), values })
    }
}

/// The letters of a text, in lower case.
fn lower(text: &str) -> impl Iterator<Item = char> {
    text.chars().flat_map(char::to_lowercase)
}

/// Whether a value of the request is the one a policy has. Numbers, dates, addresses and bytes take no variables.
fn matches(comparison: Comparison, expected: &Expected, value: &str, context: &Context) -> Resolved<bool> {
    let literal = |is_same: fn(&str, &str) -> bool| match expected.template.literal(context) {
        Resolved::Value(wanted) => Resolved::Value(is_same(&wanted, value)),
        Resolved::Nothing => Resolved::Nothing,
        Resolved::Unknown(key) => Resolved::Unknown(key),
    };
    let wanted = expected.text();
    Resolved::Value(match comparison {
        Comparison::StringEquals => return literal(|wanted, value| wanted == value),
        Comparison::StringEqualsIgnoreCase => {
            return literal(|wanted, value| lower(wanted).eq(lower(value)));
        }
        Comparison::Bool => {
            return literal(|wanted, value| {
                ["true", "false"]
                    .iter()
                    .any(|word| wanted.eq_ignore_ascii_case(word) && value.eq_ignore_ascii_case(word))
            });
        }
        Comparison::StringLike => return expected.template.matches(value, context),
        Comparison::Arn { .. } => return expected.arn.matches(value, context),
        Comparison::Numeric(order) => {
            values::numbers(value, wanted).is_some_and(|found| order.accepts(found))
        }
        Comparison::Date(order) => values::dates(value, wanted).is_some_and(|found| order.accepts(found)),
        Comparison::IpAddress => values::is_address_in(value, wanted),
        Comparison::BinaryEquals => value == wanted,
        // Answered by whether the key exists.
        Comparison::Null => false,
    })
}

#[cfg(test)]
mod tests;
