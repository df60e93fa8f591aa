//! The operators of conditions.
//!
//! Source: IAM User Guide, "IAM JSON policy elements: Condition operators". Their names are read without case.

use std::cmp::Ordering;
use std::fmt;

/// An operator with what stands before and behind its name: `ForAnyValue:StringLikeIfExists`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Operator {
    /// How many of the request's values have to compare.
    pub set: Option<SetOperator>,
    /// What is compared, and how.
    pub comparison: Comparison,
    /// Whether it is the opposite that is asked for: `StringNotEquals`.
    pub negated: bool,
    /// Whether an absent key meets it.
    pub if_exists: bool,
}

/// How many of a key's values have to compare.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SetOperator {
    /// All of them; so it is where there are none.
    ForAllValues,
    /// At least one.
    ForAnyValue,
}

/// What is compared, and how.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Comparison {
    /// Texts, letter by letter.
    StringEquals,
    /// Texts, without case.
    StringEqualsIgnoreCase,
    /// Texts with a pattern.
    StringLike,
    /// Numbers.
    Numeric(Order),
    /// Points in time.
    Date(Order),
    /// `true` or `false`.
    Bool,
    /// Bytes, in Base64.
    BinaryEquals,
    /// An address with an address or a range.
    IpAddress,
    /// ARNs with a pattern, part by part. `ArnEquals` and `ArnLike` are the same; the flag keeps the spelling.
    Arn {
        /// Whether it was written `ArnLike`.
        like: bool,
    },
    /// Whether the key does not exist.
    Null,
}

impl Comparison {
    /// Whether its values may hold variables. Of `Bool`, one page of the guide says so and another does not.
    pub fn knows_variables(self) -> bool {
        matches!(
            self,
            Self::StringEquals
                | Self::StringEqualsIgnoreCase
                | Self::StringLike
                | Self::Bool
                | Self::Arn { .. }
        )
    }
}

/// How two ordered values are to stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// The same.
    Equal,
    /// Below the policy's value.
    Less,
    /// Not above it.
    LessOrEqual,
    /// Above it.
    Greater,
    /// Not below it.
    GreaterOrEqual,
}

impl Order {
    /// Whether a request's value that compares so with the policy's is as it should be.
    pub fn accepts(self, ordering: Ordering) -> bool {
        match self {
            Self::Equal => ordering.is_eq(),
            Self::Less => ordering.is_lt(),
            Self::LessOrEqual => ordering.is_le(),
            Self::Greater => ordering.is_gt(),
            Self::GreaterOrEqual => ordering.is_ge(),
        }
    }
}

/// The names, what each compares, and whether it asks for the opposite.
const NAMES: [(&str, Comparison, bool); 27] = [
    ("StringEquals", Comparison::StringEquals, false),
    ("StringNotEquals", Comparison::StringEquals, true),
    ("StringEqualsIgnoreCase", Comparison::StringEqualsIgnoreCase, false),
    ("StringNotEqualsIgnoreCase", Comparison::StringEqualsIgnoreCase, true),
    ("StringLike", Comparison::StringLike, false),
    ("StringNotLike", Comparison::StringLike, true),
    ("NumericEquals", Comparison::Numeric(Order::Equal), false),
    ("NumericNotEquals", Comparison::Numeric(Order::Equal), true),
    ("NumericLessThan", Comparison::Numeric(Order::Less), false),
    ("NumericLessThanEquals", Comparison::Numeric(Order::LessOrEqual), false),
    ("NumericGreaterThan", Comparison::Numeric(Order::Greater), false),
    ("NumericGreaterThanEquals", Comparison::Numeric(Order::GreaterOrEqual), false),
    ("DateEquals", Comparison::Date(Order::Equal), false),
    ("DateNotEquals", Comparison::Date(Order::Equal), true),
    ("DateLessThan", Comparison::Date(Order::Less), false),
    ("DateLessThanEquals", Comparison::Date(Order::LessOrEqual), false),
    ("DateGreaterThan", Comparison::Date(Order::Greater), false),
    ("DateGreaterThanEquals", Comparison::Date(Order::GreaterOrEqual), false),
    ("Bool", Comparison::Bool, false),
    ("BinaryEquals", Comparison::BinaryEquals, false),
    ("IpAddress", Comparison::IpAddress, false),
    ("NotIpAddress", Comparison::IpAddress, true),
    ("ArnEquals", Comparison::Arn { like: false }, false),
    ("ArnNotEquals", Comparison::Arn { like: false }, true),
    ("ArnLike", Comparison::Arn { like: true }, false),
    ("ArnNotLike", Comparison::Arn { like: true }, true),
    ("Null", Comparison::Null, false),
];

impl Operator {
    /// Reads an operator; `None` when IAM knows none of that name.
    pub fn parse(text: &str) -> Option<Self> {
        let (set, name) = match text.split_once(':') {
            None => (None, text),
            Some((set, name)) if set.eq_ignore_ascii_case("ForAllValues") => {
                (Some(SetOperator::ForAllValues), name)
            }
            Some((set, name)) if set.eq_ignore_ascii_case("ForAnyValue") => {
                (Some(SetOperator::ForAnyValue), name)
            }
            Some(_) => return None,
        };
        let end = "IfExists";
        let (name, if_exists) =
            match name.len().checked_sub(end.len()).and_then(|at| name.split_at_checked(at)) {
                Some((name, last)) if last.eq_ignore_ascii_case(end) => (name, true),
                _ => (name, false),
            };
        let &(_, comparison, negated) = NAMES.iter().find(|(known, ..)| known.eq_ignore_ascii_case(name))?;
        // `Null` asks for existence itself.
        let fits = comparison != Comparison::Null || (!if_exists && set.is_none());
        fits.then_some(Self { set, comparison, negated, if_exists })
    }
}

impl fmt::Display for Operator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.set {
            Some(SetOperator::ForAllValues) => f.write_str("ForAllValues:")?,
            Some(SetOperator::ForAnyValue) => f.write_str("ForAnyValue:")?,
            None => {}
        }
        let name = NAMES
            .iter()
            .find(|(_, comparison, negated)| (*comparison, *negated) == (self.comparison, self.negated));
        f.write_str(name.map_or("", |(name, ..)| name))?;
        f.write_str(if self.if_exists { "IfExists" } else { "" })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_operator_is_printed_as_it_is_read() {
        for (name, ..) in NAMES {
            for set in ["", "ForAllValues:", "ForAnyValue:"] {
                for end in ["", "IfExists"] {
                    let text = format!("{set}{name}{end}");
                    let read = Operator::parse(&text);
                    if name == "Null" && text != "Null" {
                        assert_eq!(read, None, "{text}");
                    } else {
                        let read = read.unwrap();
                        assert_eq!(read.to_string(), text);
                        assert_eq!(Operator::parse(&text.to_uppercase()), Some(read), "{text}");
                    }
                }
            }
        }
        for text in ["", "StringMatches", "ForSomeValues:StringLike", "IfExists", "StringLike:ForAnyValue"] {
            assert_eq!(Operator::parse(text), None, "{text}");
        }
    }
}
