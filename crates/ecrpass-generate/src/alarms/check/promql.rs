//! As much of PromQL as the rules have to see: which series an expression selects, and what is done with them.
//!
//! Source: Prometheus `promql/parser/generated_parser.y` and `lex.go`.

mod tokens;

use std::ops::Range;

use self::tokens::{Kind, Token, tokens};

/// An expression, taken apart.
#[derive(Debug, Default)]
pub struct Expression {
    /// What is selected, in the order it stands.
    pub selectors: Vec<Selector>,
    /// Comparisons with a number: the operator, the number, and where they stand.
    pub comparisons: Vec<(String, f64, Range<usize>)>,
    /// The names of functions and aggregations.
    pub calls: Vec<String>,
}

/// A selector of series.
#[derive(Debug)]
pub struct Selector {
    /// The metric, unless only its matchers say that.
    pub name: Option<String>,
    /// Its bytes.
    pub bytes: Range<usize>,
    /// Its matchers.
    pub matchers: Vec<Matcher>,
    /// What stands around it, from the outside in.
    pub around: Vec<Around>,
}

/// A matcher of a label.
#[derive(Debug)]
pub struct Matcher {
    /// The label.
    pub label: String,
    /// `=`, `!=`, `=~` or `!~`.
    pub operator: String,
    /// The value.
    pub value: String,
    /// Its bytes, from the label on.
    pub bytes: Range<usize>,
}

/// What stands around a selector.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Around {
    /// A function, by its name.
    Function(String),
    /// An aggregation by these labels, or without these.
    Aggregation {
        /// Its name.
        name: String,
        /// Whether only these labels are kept; otherwise all others are.
        keeps: bool,
        /// The labels.
        labels: Vec<String>,
    },
}

const AGGREGATIONS: [&str; 14] = [
    "sum",
    "min",
    "max",
    "avg",
    "count",
    "group",
    "stddev",
    "stdvar",
    "topk",
    "bottomk",
    "quantile",
    "count_values",
    "limitk",
    "limit_ratio",
];

const WORDS: [&str; 12] = [
    "and",
    "or",
    "unless",
    "on",
    "ignoring",
    "group_left",
    "group_right",
    "bool",
    "offset",
    "by",
    "without",
    "atan2",
];

/// Takes an expression apart. What is no PromQL is passed over.
pub fn read(text: &str) -> Expression {
    let tokens = tokens(text);
    let mut found = Expression::default();
    let mut around: Vec<Option<Around>> = Vec::new();
    let mut at = 0;
    // What the next parenthesis belongs to.
    let mut next: Option<Around> = None;
    while let Some(token) = tokens.get(at) {
        let follows = |sign: &str| tokens.get(at + 1).is_some_and(|token| token.is(sign));
        match &token.kind {
            Kind::Name(name) if AGGREGATIONS.contains(&name.as_str()) && !follows("{") => {
                found.calls.push(name.clone());
                let (aggregation, then) = aggregation(&tokens, at, name);
                next = Some(aggregation);
                at = then;
                continue;
            }
            Kind::Name(name) if WORDS.contains(&name.as_str()) => {
                // Labels in parentheses are none of the expression.
                if name != "bool" && name != "offset" && follows("(") {
                    at = end_of(&tokens, at + 1);
                    continue;
                }
            }
            Kind::Name(name) if follows("(") => {
                found.calls.push(name.clone());
                next = Some(Around::Function(name.clone()));
            }
            Kind::Name(name) => {
                let matchers = if follows("{") { matchers(&tokens, at + 1) } else { Vec::new() };
                found.selectors.push(Selector {
                    name: Some(name.clone()),
                    bytes: token.bytes.clone(),
                    matchers,
                    around: around.iter().flatten().cloned().collect(),
                });
                if follows("{") {
                    at = end_of(&tokens, at + 1);
                    continue;
                }
            }
            Kind::Sign(sign) => match sign.as_str() {
                "(" => around.push(next.take()),
                ")" => {
                    around.pop();
                }
                "{" => {
                    found.selectors.push(Selector {
                        name: None,
                        bytes: token.bytes.clone(),
                        matchers: matchers(&tokens, at),
                        around: around.iter().flatten().cloned().collect(),
                    });
                    at = end_of(&tokens, at);
                    continue;
                }
                "[" => {
                    at = end_of(&tokens, at);
                    continue;
                }
                "==" | "!=" | ">" | "<" | ">=" | "<=" => {
                    let number = tokens.get(at + 1).filter(|token| token.name() != Some("bool"));
                    let number = number.or_else(|| tokens.get(at + 2));
                    if let Some(Token { kind: Kind::Number(number), bytes }) = number {
                        let bytes = token.bytes.start..bytes.end;
                        found.comparisons.push((sign.clone(), *number, bytes));
                    }
                }
                _ => {}
            },
            Kind::Text(_) | Kind::Number(_) => {}
        }
        at += 1;
    }
    found
}

/// An aggregation, and the place of its parenthesis: labels may stand before or behind it.
fn aggregation(tokens: &[Token], at: usize, name: &str) -> (Around, usize) {
    let clause = |at: usize| match tokens.get(at).and_then(Token::name) {
        Some(word @ ("by" | "without")) => Some(word == "by"),
        _ => None,
    };
    let (keeps, labels_at, open) = match clause(at + 1) {
        Some(keeps) => (keeps, Some(at + 2), end_of(tokens, at + 2)),
        None => {
            let behind = end_of(tokens, at + 1);
            match clause(behind) {
                Some(keeps) => (keeps, Some(behind + 1), at + 1),
                None => (true, None, at + 1),
            }
        }
    };
    let labels = labels_at.map(|at| names(tokens, at)).unwrap_or_default();
    (Around::Aggregation { name: name.to_owned(), keeps, labels }, open)
}

/// The names in the parentheses that begin there.
fn names(tokens: &[Token], at: usize) -> Vec<String> {
    let inside = tokens.get(at + 1..end_of(tokens, at).saturating_sub(1)).unwrap_or_default();
    inside.iter().filter_map(Token::name).map(str::to_owned).collect()
}

/// Behind the bracket that closes the one there.
fn end_of(tokens: &[Token], at: usize) -> usize {
    let mut depth = 0_usize;
    for (index, token) in tokens.iter().enumerate().skip(at) {
        if let Kind::Sign(sign) = &token.kind {
            match sign.as_str() {
                "(" | "{" | "[" => depth += 1,
                ")" | "}" | "]" => depth = depth.saturating_sub(1),
                _ => {}
            }
        }
        if depth == 0 {
            return index + 1;
        }
    }
    tokens.len().max(at + 1)
}

fn matchers(tokens: &[Token], at: usize) -> Vec<Matcher> {
    let inside = tokens.get(at + 1..end_of(tokens, at).saturating_sub(1)).unwrap_or_default();
    let mut found = Vec::new();
    for window in inside.windows(3) {
        let [label, sign, value] = window else { continue };
        if let (Kind::Name(name), Kind::Sign(operator), Kind::Text(text)) =
            (&label.kind, &sign.kind, &value.kind)
            && matches!(operator.as_str(), "=" | "!=" | "=~" | "!~")
        {
            found.push(Matcher {
                label: name.clone(),
                operator: operator.clone(),
                value: text.clone(),
                bytes: label.bytes.start..value.bytes.end,
            });
        }
    }
    found
}

impl Selector {
    /// The metric that it names, by a matcher, too.
    pub fn metric(&self) -> Option<&str> {
        self.name.as_deref().or_else(|| {
            self.matchers
                .iter()
                .find(|matcher| matcher.label == "__name__")
                .map(|matcher| matcher.value.as_str())
        })
    }

    /// Whether a value of a label is among those that are selected.
    pub fn takes(&self, label: &str, value: &str) -> bool {
        self.matchers.iter().filter(|matcher| matcher.label == label).all(|matcher| {
            match matcher.operator.as_str() {
                "=" => matcher.value == value,
                "!=" => matcher.value != value,
                "=~" => alternative(&matcher.value, value),
                _ => !alternative(&matcher.value, value),
            }
        })
    }

    /// Whether a label is gone from what the expression gives.
    pub fn loses(&self, label: &str) -> bool {
        self.around.iter().any(|around| match around {
            Around::Aggregation { name, .. } if matches!(name.as_str(), "topk" | "bottomk" | "limitk") => {
                false
            }
            Around::Aggregation { keeps, labels, .. } => labels.iter().any(|name| name == label) != *keeps,
            Around::Function(name) => name == "absent" || name == "absent_over_time",
        })
    }

    /// Whether it stands in one of these functions or aggregations.
    pub fn is_in(&self, names: &[&str]) -> bool {
        self.around.iter().any(|around| match around {
            Around::Function(name) | Around::Aggregation { name, .. } => names.contains(&name.as_str()),
        })
    }
}

/// Whether a regular expression of alternatives matches a word; what is more than alternatives and `.*` is taken to match.
fn alternative(expression: &str, value: &str) -> bool {
    let inner = expression.trim_start_matches('^').trim_end_matches('$');
    let inner = match inner.strip_prefix("(?:").or_else(|| inner.strip_prefix('(')) {
        Some(rest) if rest.matches(')').count() == 1 && rest.ends_with(')') => rest.trim_end_matches(')'),
        _ => inner,
    };
    inner.split('|').any(|one| {
        let plain = one.replace(".*", "*").replace(".+", "*");
        if plain.chars().all(|c| c.is_ascii_alphanumeric() || "_-*".contains(c)) {
            crate::alarms::pattern::wildcard(value, &plain)
        } else {
            true
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn selectors_know_what_is_done_with_them() {
        let read = read(
            "max by (pod) (kube_pod_x{reason=~\"A|B.*\", ns!=\"k\"}) > 0 and on (pod) sum(rate(y[5m] offset 1h)) without (reason) # max(z)",
        );
        let names: Vec<_> = read.selectors.iter().map(|selector| selector.metric().unwrap()).collect();
        assert_eq!(names, ["kube_pod_x", "y"]);
        let [x, y] = read.selectors.as_slice() else { panic!("{read:?}") };
        assert!(x.takes("reason", "A") && x.takes("reason", "Bcd") && !x.takes("reason", "C"));
        assert!(x.loses("reason") && !x.loses("pod"));
        assert!(y.loses("reason") && !y.loses("pod") && y.is_in(&["rate"]));
        assert_eq!(read.comparisons.len(), 1);
        assert_eq!(read.comparisons[0].1, 0.0);
        assert_eq!(read.calls, ["max", "sum", "rate"]);
    }

    #[test]
    fn names_may_be_matchers_and_metrics_words() {
        let read = read("{__name__=~\"a|b\"} or count{x='1'} == bool 1");
        assert_eq!(read.selectors[0].metric(), Some("a|b"));
        assert_eq!(read.selectors[1].metric(), Some("count"));
        assert_eq!(read.comparisons[0].0, "==");
    }

    #[test]
    fn what_is_no_expression_ends() {
        for text in ["", "((((", "a{b=", "\"", "}}}", "sum by", "max(", "a[5m", "ä > 1", "sum by (a"] {
            let _ = read(text);
        }
    }
}
