//! EventBridge's rules of matching: whether an event meets a pattern.
//!
//! Source: EventBridge user guide, "Event pattern syntax" and "Comparison operators". `cidr` is not evaluated.

use ecrpass_audit::infrastructure::datum::{Datum, DatumKind};
use serde_json::Value as Event;

/// What a field that the event does not have means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Absent {
    /// What it means to EventBridge: no match, unless the pattern asks for that.
    NoMatch,
    /// Nothing: the event is only described as far as it matters, and so is what the pattern leaves open.
    Open,
}

/// Whether an event meets a pattern.
pub fn matches(pattern: &Datum, event: &Event, absent: Absent) -> bool {
    pattern.entries().iter().all(|entry| {
        if entry.key == "$or" && entry.value.items().iter().all(|item| !item.entries().is_empty()) {
            return entry.value.items().iter().any(|one| matches(one, event, absent));
        }
        field(&entry.value, event.get(&entry.key), absent)
    })
}

/// Whether one value meets the rules of a leaf: a list of literals and comparisons.
pub fn accepts(rules: &Datum, value: &str) -> bool {
    field(rules, Some(&Event::from(value)), Absent::Open)
}

fn field(rules: &Datum, value: Option<&Event>, absent: Absent) -> bool {
    match (&rules.kind, value) {
        (DatumKind::Map(_), Some(Event::Array(items))) => {
            items.iter().any(|item| matches(rules, item, absent))
        }
        (DatumKind::Map(_), Some(event @ Event::Object(_))) => matches(rules, event, absent),
        // Only what asks for absence can be met by nothing.
        (DatumKind::Map(_), None) => absent == Absent::Open || matches(rules, &Event::Null, absent),
        (DatumKind::Map(_), Some(_)) => false,
        (DatumKind::List(rules), None) => {
            absent == Absent::Open || rules.iter().any(|rule| operator(rule).is_some_and(asks_for_absence))
        }
        (DatumKind::List(rules), Some(Event::Array(items))) => {
            items.iter().any(|item| rules.iter().any(|rule| leaf(rule, item, absent)))
        }
        (DatumKind::List(rules), Some(value)) => rules.iter().any(|rule| leaf(rule, value, absent)),
        // What is put in later.
        _ => absent == Absent::Open,
    }
}

fn asks_for_absence((name, value): (&str, &Datum)) -> bool {
    name == "exists" && value.text() == Some("false")
}

/// The operator of a rule that is an object, and its argument.
fn operator(rule: &Datum) -> Option<(&str, &Datum)> {
    match rule.entries() {
        [entry] => Some((&entry.key, &entry.value)),
        _ => None,
    }
}

fn leaf(rule: &Datum, value: &Event, absent: Absent) -> bool {
    match &rule.kind {
        DatumKind::Text(passage) => value.as_str() == Some(passage.text()),
        DatumKind::Plain(text) => match value {
            Event::Bool(value) => text == if *value { "true" } else { "false" },
            Event::Number(number) => text.parse::<f64>().ok() == number.as_f64(),
            // A number without quotes in YAML is a text to whoever wrote it.
            _ => false,
        },
        DatumKind::Null => value.is_null(),
        DatumKind::Map(_) => {
            operator(rule).is_some_and(|(name, argument)| compare(name, argument, value, absent))
        }
        _ => absent == Absent::Open,
    }
}

fn compare(name: &str, argument: &Datum, value: &Event, absent: Absent) -> bool {
    let is_text = |meets: &dyn Fn(&str, &str) -> bool| {
        let Some(value) = value.as_str() else { return false };
        // `{"prefix": {"equals-ignore-case": "x"}}`
        if let Some(("equals-ignore-case", inner)) = operator(argument) {
            let (value, inner) = (value.to_lowercase(), inner.text().unwrap_or_default().to_lowercase());
            return meets(&value, &inner);
        }
        argument.text().is_some_and(|wanted| meets(value, wanted))
    };
    match name {
        "prefix" => is_text(&|value, wanted| value.starts_with(wanted)),
        "suffix" => is_text(&|value, wanted| value.ends_with(wanted)),
        "equals-ignore-case" => is_text(&|value, wanted| value.to_lowercase() == wanted.to_lowercase()),
        "wildcard" => is_text(&wildcard),
        "exists" => argument.text() == Some("true"),
        "numeric" => value.as_f64().is_some_and(|value| numeric(argument.items(), value)),
        "anything-but" => match operator(argument) {
            Some((name, inner)) => !inner.each().iter().any(|inner| compare(name, inner, value, absent)),
            None => !argument.each().iter().any(|one| leaf(one, value, absent)),
        },
        _ => absent == Absent::Open,
    }
}

/// `[">", 0, "<=", 5]`
fn numeric(rules: &[Datum], value: f64) -> bool {
    let (pairs, rest) = rules.as_chunks::<2>();
    rest.is_empty()
        && pairs.iter().all(|[name, limit]| {
            let Some(limit) = limit.text().and_then(|text| text.parse::<f64>().ok()) else { return false };
            match name.text() {
                Some("=") => (value - limit).abs() < f64::EPSILON,
                Some(">") => value > limit,
                Some(">=") => value >= limit,
                Some("<") => value < limit,
                Some("<=") => value <= limit,
                _ => false,
            }
        })
}

/// Whether a text meets a pattern in which `*` stands for anything.
pub fn wildcard(text: &str, pattern: &str) -> bool {
    let mut parts = pattern.split('*');
    let first = parts.next().unwrap_or_default();
    let Some(mut rest) = text.strip_prefix(first) else { return false };
    let Some(last) = parts.next_back() else { return rest.is_empty() };
    for part in parts {
        match rest.find(part) {
            Some(at) => rest = rest.get(at + part.len()..).unwrap_or_default(),
            None => return false,
        }
    }
    rest.ends_with(last)
}

#[cfg(test)]
mod tests {
    use ecrpass_audit::infrastructure::intrinsics::datum;
    use ecrpass_audit::yaml;
    use serde_json::json;

    use super::*;

    fn pattern(text: &str) -> Datum {
        datum(&yaml::read(text).unwrap()[0])
    }

    #[test]
    fn operators_do_what_eventbridge_says() {
        for (rules, value, expected) in [
            (r#"["a"]"#, json!("a"), true),
            (r#"["a"]"#, json!("ab"), false),
            (r#"["a", "b"]"#, json!(["c", "b"]), true),
            (r#"[{"prefix": "Can"}]"#, json!("CannotPull"), true),
            (r#"[{"prefix": {"equals-ignore-case": "CAN"}}]"#, json!("cannot"), true),
            (r#"[{"suffix": ".png"}]"#, json!("a.png"), true),
            (r#"[{"equals-ignore-case": "A"}]"#, json!("a"), true),
            (r#"[{"wildcard": "a*c*e"}]"#, json!("abcde"), true),
            (r#"[{"wildcard": "a*c*e"}]"#, json!("abde"), false),
            (r#"[{"anything-but": "a"}]"#, json!("b"), true),
            (r#"[{"anything-but": ["a", "b"]}]"#, json!("b"), false),
            (r#"[{"anything-but": {"prefix": "a"}}]"#, json!("ab"), false),
            (r#"[{"anything-but": {"suffix": ["x", "y"]}}]"#, json!("ay"), false),
            (r#"[{"numeric": [">", 0, "<=", 5]}]"#, json!(5), true),
            (r#"[{"numeric": [">", 0, "<=", 5]}]"#, json!(6), false),
            (r#"[{"exists": true}]"#, json!("x"), true),
            (r#"[{"exists": false}]"#, json!("x"), false),
            ("[null]", json!(null), true),
            ("[true]", json!(true), true),
            ("[3]", json!(3.0), true),
        ] {
            let whole = pattern(&format!("{{\"f\": {rules}}}"));
            assert_eq!(matches(&whole, &json!({ "f": value }), Absent::NoMatch), expected, "{rules} {value}");
        }
    }

    #[test]
    fn fields_may_be_absent_deep_or_one_of_several() {
        let either = pattern(r#"{"d": {"$or": [{"a": ["x"]}, {"b": {"c": [{"prefix": "y"}]}}]}}"#);
        for (event, expected) in [
            (json!({"d": {"a": "x"}}), true),
            (json!({"d": {"b": [{"c": "n"}, {"c": "yes"}]}}), true),
            (json!({"d": {"b": {"c": "n"}}}), false),
            (json!({"d": {}}), false),
            (json!({}), false),
        ] {
            assert_eq!(matches(&either, &event, Absent::NoMatch), expected, "{event}");
        }
        assert!(matches(&either, &json!({}), Absent::Open));
        let none = pattern(r#"{"d": {"e": [{"exists": false}]}}"#);
        assert!(matches(&none, &json!({"d": {}}), Absent::NoMatch));
        assert!(matches(&none, &json!({}), Absent::NoMatch));
        assert!(!matches(&none, &json!({"d": {"e": 1}}), Absent::NoMatch));
    }
}
