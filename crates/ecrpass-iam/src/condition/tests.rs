//! What each operator does with a value, without one, and with one that is not known.

use super::*;

fn condition(operator: &str, key: &str, values: &[&str]) -> Condition {
    Condition {
        operator_text: operator.to_owned(),
        operator: Operator::parse(operator),
        key: key.to_owned(),
        values: values.iter().map(|value| Expected::new(value, true)).collect(),
        span: 0..0,
        values_span: 0..0,
    }
}

fn several(values: &[&str]) -> Values {
    Values::Several(values.iter().map(|&value| value.to_owned()).collect())
}

/// Whether a key of that value meets it.
fn met(operator: &str, values: &[&str], value: &str) -> bool {
    condition(operator, "aws:k", values).evaluate(&Context::complete().with("AWS:K", value)) == Truth::Yes
}

#[test]
fn operators_compare() {
    let role = "arn:aws:iam::111122223333:role/ci";
    for (operator, values, value, expected) in [
        ("StringEquals", &["a", "b"][..], "b", true),
        ("StringEquals", &["a*"], "ab", false),
        ("StringEquals", &["A"], "a", false),
        ("stringequals", &["a"], "a", true),
        ("StringNotEquals", &["a", "b"], "b", false),
        ("StringNotEquals", &["a", "b"], "c", true),
        ("StringEqualsIgnoreCase", &["A"], "a", true),
        ("StringNotEqualsIgnoreCase", &["A"], "a", false),
        ("StringLike", &["a*", "?"], "abc", true),
        ("StringLike", &["A*"], "abc", false),
        ("StringNotLike", &["a*", "b*"], "bc", false),
        ("NumericEquals", &["10"], "10.0", true),
        ("NumericNotEquals", &["10"], "11", true),
        ("NumericLessThan", &["10"], "9", true),
        ("NumericLessThan", &["10"], "10", false),
        ("NumericLessThanEquals", &["10"], "10", true),
        ("NumericGreaterThan", &["10"], "9", false),
        ("NumericGreaterThanEquals", &["10"], "10", true),
        ("NumericLessThan", &["ten"], "9", false),
        ("DateLessThan", &["2026-03-01T00:00:00Z"], "2026-02-28T23:59:59Z", true),
        ("DateLessThan", &["1772323200"], "2026-03-01T00:00:00Z", false),
        ("DateGreaterThanEquals", &["2026-03-01"], "2026-03-01T00:00:00Z", true),
        ("DateNotEquals", &["2026-03-01"], "2026-03-01T00:00:00Z", false),
        ("Bool", &["true"], "TRUE", true),
        ("Bool", &["true"], "false", false),
        ("Bool", &["yes"], "yes", false),
        ("BinaryEquals", &["QmluYXJ5"], "QmluYXJ5", true),
        ("IpAddress", &["10.0.0.0/8", "203.0.113.0/24"], "203.0.113.9", true),
        ("NotIpAddress", &["10.0.0.0/8"], "2001:db8::1", true),
        ("NotIpAddress", &["10.0.0.0/8", "203.0.113.0/24"], "203.0.113.9", false),
        ("ArnLike", &["arn:aws:iam::*:role/*"], role, true),
        ("ArnEquals", &["arn:aws:iam::*:role/c?"], role, true),
        ("ArnEquals", &["arn:aws:iam:*:role/ci"], role, false),
        ("ArnNotLike", &["arn:aws:iam::*:user/*"], role, true),
        ("ArnNotEquals", &[role], role, false),
        ("ArnLike", &["*"], role, true),
        ("Null", &["false"], "x", true),
        ("Null", &["true"], "x", false),
    ] {
        assert_eq!(met(operator, values, value), expected, "{operator} {values:?} {value}");
    }
}

#[test]
fn an_absent_key_meets_what_is_negated_or_optional() {
    for (operator, expected) in [
        ("StringEquals", false),
        ("StringNotEquals", true),
        ("StringEqualsIfExists", true),
        ("StringNotEqualsIfExists", true),
        ("ForAllValues:StringEquals", true),
        ("ForAnyValue:StringEquals", false),
        ("ForAnyValue:StringNotEquals", false),
        ("ForAnyValue:StringEqualsIfExists", false),
        ("ForAnyValue:StringNotEqualsIfExists", false),
        ("ForAllValues:StringEqualsIfExists", true),
        ("Bool", false),
        ("NumericLessThan", false),
        ("NumericNotEquals", true),
        ("NotIpAddress", true),
        ("ArnNotLike", true),
    ] {
        let condition = condition(operator, "aws:k", &["1"]);
        assert_eq!(condition.evaluate(&Context::complete()), expected.into(), "{operator}");
        let empty = Context::complete().with("aws:k", several(&[]));
        assert_eq!(condition.evaluate(&empty), expected.into(), "{operator} of no value");
        let unknown = condition.evaluate(&Context::partial());
        assert_eq!(
            unknown.dependencies().map(|on| on.key.as_str()).collect::<Vec<_>>(),
            ["aws:k"],
            "{operator}"
        );
    }
    let null = |value: &str| condition("Null", "aws:k", &[value]).evaluate(&Context::complete());
    assert_eq!((null("true"), null("false")), (Truth::Yes, Truth::No));
}

#[test]
fn sets_are_compared_value_by_value() {
    for (operator, wanted, values, expected) in [
        ("ForAllValues:StringEquals", &["a", "b"][..], &["a", "b"][..], true),
        ("ForAllValues:StringEquals", &["a"], &["a", "b"], false),
        ("ForAllValues:StringEquals", &["a"], &["", ""], true),
        ("ForAnyValue:StringEquals", &["a"], &["a", "b"], true),
        ("ForAnyValue:StringEquals", &["c"], &["a", "b"], false),
        ("ForAllValues:StringNotEquals", &["a"], &["b", "c"], true),
        ("ForAllValues:StringNotEquals", &["a"], &["a", "c"], false),
        ("ForAnyValue:StringNotEquals", &["a"], &["a", "c"], true),
        ("ForAnyValue:StringLike", &["o-1/r-1/*"], &["o-1/r-1/ou-1/"], true),
        ("StringEquals", &["a"], &["a"], false),
        ("StringNotEquals", &["b"], &["a"], false),
    ] {
        let context = Context::complete().with("aws:TagKeys", several(values));
        assert_eq!(
            condition(operator, "aws:TagKeys", wanted).evaluate(&context),
            expected.into(),
            "{operator} {wanted:?} {values:?}"
        );
    }
}

#[test]
fn a_variable_without_value_equals_nothing() {
    let tags = |operator: &str, context: &Context| {
        condition(operator, "aws:ResourceTag/team", &["${aws:PrincipalTag/team}"]).evaluate(context)
    };
    let resource = Context::complete().with("aws:ResourceTag/team", "a");
    assert_eq!(tags("StringEquals", &resource), Truth::No);
    // The guide's own example: "Access is explicitly denied when aws:principaltag/Team is not set".
    for negated in
        ["StringNotEquals", "StringNotLike", "StringNotEqualsIgnoreCase", "StringNotEqualsIfExists"]
    {
        assert_eq!(tags(negated, &resource), Truth::Yes, "{negated}");
    }
    let listed =
        |values: &[&str]| condition("StringNotEquals", "aws:ResourceTag/team", values).evaluate(&resource);
    assert_eq!(listed(&["${aws:PrincipalTag/team}", "b"]), Truth::Yes);
    assert_eq!(listed(&["${aws:PrincipalTag/team}", "a"]), Truth::No);
    let role = Context::complete().with("aws:PrincipalArn", "arn:aws:iam::444455556666:role/r");
    let by_arn = condition(
        "ArnNotEquals",
        "aws:PrincipalArn",
        &["arn:aws:iam::444455556666:role/${aws:PrincipalTag/team}"],
    );
    assert_eq!(by_arn.evaluate(&role), Truth::Yes);
    assert_eq!(tags("StringNotEquals", &Context::complete()), Truth::Yes);
    let both = resource.clone().with("aws:PrincipalTag/team", "a");
    assert_eq!(tags("StringEquals", &both), Truth::Yes);
    let unknown = tags("StringEquals", &Context::partial().with("aws:ResourceTag/team", "a"));
    assert_eq!(unknown.dependencies().next().unwrap().key, "aws:PrincipalTag/team");
}

#[test]
fn an_unknown_operator_decides_nothing() {
    let found = condition("StringMatches", "aws:k", &["a"]).evaluate(&Context::complete().with("aws:k", "a"));
    assert_eq!(found.dependencies().next().unwrap().operator, "StringMatches");
}
