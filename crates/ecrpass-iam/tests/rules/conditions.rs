//! Conditions: operators, keys that are not there, keys of several values, variables.

use serde_json::{Value, json};

use crate::support::*;

#[test]
fn operators_compare_what_is_there() {
    let role = json!(ROLE);
    for (operator, key, expected_value, value, met) in [
        ("StringEquals", "aws:SourceVpce", json!(["vpce-1", "vpce-2"]), json!("vpce-2"), true),
        ("StringEquals", "AWS:sourcevpce", json!("vpce-1"), json!("vpce-1"), true),
        ("StringEquals", "aws:RequestedRegion", json!("eu-*"), json!("eu-central-1"), false),
        ("StringLike", "aws:RequestedRegion", json!("eu-*"), json!("eu-central-1"), true),
        ("StringLike", "aws:RequestedRegion", json!("EU-*"), json!("eu-central-1"), false),
        ("StringEqualsIgnoreCase", "aws:PrincipalTag/env", json!("PROD"), json!("prod"), true),
        ("StringNotEquals", "aws:SourceVpce", json!(["vpce-1", "vpce-2"]), json!("vpce-2"), false),
        ("StringNotEquals", "aws:SourceVpce", json!(["vpce-1", "vpce-2"]), json!("vpce-3"), true),
        ("StringNotLike", "aws:RequestedRegion", json!(["us-*", "eu-*"]), json!("eu-central-1"), false),
        ("NumericLessThan", "aws:MultiFactorAuthAge", json!(3600), json!("300"), true),
        ("NumericLessThan", "aws:MultiFactorAuthAge", json!("3600"), json!(3600), false),
        (
            "DateGreaterThan",
            "aws:CurrentTime",
            json!("2026-01-01T00:00:00Z"),
            json!("2026-06-01T12:00:00Z"),
            true,
        ),
        ("DateLessThan", "aws:TokenIssueTime", json!(1_767_225_600), json!("2025-12-31T23:59:59Z"), true),
        ("DateLessThanEquals", "aws:EpochTime", json!("2026-01-01T00:00:00Z"), json!(1_767_225_601), false),
        ("Bool", "aws:SecureTransport", json!(true), json!("true"), true),
        ("Bool", "aws:SecureTransport", json!("false"), json!(true), false),
        ("IpAddress", "aws:SourceIp", json!(["10.0.0.0/8", "2001:db8::/32"]), json!("2001:db8::7"), true),
        ("IpAddress", "aws:SourceIp", json!("203.0.113.7"), json!("203.0.113.7"), true),
        ("IpAddress", "aws:SourceIp", json!("203.0.113.0/24"), json!("2001:db8::7"), false),
        ("NotIpAddress", "aws:SourceIp", json!("203.0.113.0/24"), json!("2001:db8::7"), true),
        ("ArnEquals", "aws:PrincipalArn", json!("arn:aws:iam::*:role/bui*"), role.clone(), true),
        ("ArnLike", "aws:PrincipalArn", json!("arn:aws:*:role/build"), role.clone(), false),
        ("ArnNotEquals", "aws:PrincipalArn", json!(ROLE), role.clone(), false),
        ("ArnNotLike", "aws:PrincipalArn", json!("arn:aws:iam::*:user/*"), role, true),
        ("BinaryEquals", "x:bytes", json!("aGVsbG8="), json!("aGVsbG8="), true),
        ("Null", "aws:SourceVpce", json!("false"), json!("vpce-1"), true),
        ("Null", "aws:SourceVpce", json!(true), json!("vpce-1"), false),
    ] {
        let verdict = under("2012-10-17", &json!({operator: {key: expected_value}}), &json!({key: value}));
        assert_eq!(verdict == YES, met, "{operator} {key} {expected_value} {value}");
    }
}

#[test]
fn what_is_not_there_fails_what_is_positive_and_meets_what_is_negated() {
    for (operator, met) in [
        ("StringEquals", false),
        ("StringLike", false),
        ("StringNotEquals", true),
        ("StringNotLike", true),
        ("StringEqualsIfExists", true),
        ("StringNotEqualsIfExists", true),
        ("NumericLessThan", false),
        ("DateLessThan", false),
        ("Bool", false),
        ("BoolIfExists", true),
        ("IpAddress", false),
        ("NotIpAddress", true),
        ("ArnLike", false),
        ("ArnNotLike", true),
        ("ArnLikeIfExists", true),
        ("ForAllValues:StringEquals", true),
        ("ForAnyValue:StringEquals", false),
        ("ForAnyValue:StringEqualsIfExists", false),
        ("Null", true),
    ] {
        assert_eq!(
            under("2012-10-17", &json!({operator: {"aws:k": "true"}}), &json!({})) == YES,
            met,
            "{operator}"
        );
    }
    // So a Deny with `IfExists` denies those without the key, and one without it does not.
    let fence = |operator: &str| {
        let deny = deny(
            &json!({"Action": "ecr:*", "Resource": "*", "Condition": {operator: {"aws:MultiFactorAuthPresent": "false"}}}),
        );
        decide(USER, PULL, APP, &json!({}), &json!({"identity": [full(), deny]})).verdict
    };
    assert_eq!((fence("Bool"), fence("BoolIfExists")), (YES, DENIED));
}

#[test]
fn keys_of_several_values_are_compared_one_by_one() {
    for (operator, wanted, values, met) in [
        ("ForAllValues:StringEquals", json!(["a", "b"]), json!(["a", "b"]), true),
        ("ForAllValues:StringEquals", json!(["a"]), json!(["a", "b"]), false),
        ("ForAllValues:StringEquals", json!(["a"]), json!([]), true),
        ("ForAllValues:StringLike", json!(["a*"]), json!(["", "ab"]), true),
        ("ForAnyValue:StringEquals", json!(["a"]), json!(["a", "b"]), true),
        ("ForAnyValue:StringEquals", json!(["c"]), json!(["a", "b"]), false),
        ("ForAnyValue:StringEquals", json!(["a"]), json!([]), false),
        ("ForAnyValue:StringNotEquals", json!(["a"]), json!(["a", "b"]), true),
        ("ForAllValues:StringNotEquals", json!(["a"]), json!(["a", "b"]), false),
        ("ForAnyValue:StringEquals", json!(["a"]), json!("a"), true),
        // Without a set operator the guide does not say; it lets nobody in.
        ("StringEquals", json!(["a"]), json!(["a"]), false),
    ] {
        let verdict =
            under("2012-10-17", &json!({operator: {"aws:TagKeys": wanted}}), &json!({"aws:TagKeys": values}));
        assert_eq!(verdict == YES, met, "{operator} {wanted} {values}");
    }
}

#[test]
fn conditions_add_up() {
    let condition = json!({
        "StringEquals": {"aws:SourceVpce": "vpce-1", "aws:PrincipalOrgID": ["o-1", "o-2"]},
        "Bool": {"aws:SecureTransport": "true"},
    });
    let context = |vpce: &str, organization: &str, tls: &str| json!({"aws:SourceVpce": vpce, "aws:PrincipalOrgID": organization, "aws:SecureTransport": tls});
    for (context, met) in [
        (context("vpce-1", "o-2", "true"), true),
        (context("vpce-2", "o-2", "true"), false),
        (context("vpce-1", "o-3", "true"), false),
        (context("vpce-1", "o-1", "false"), false),
        (json!({"aws:SourceVpce": "vpce-1", "aws:SecureTransport": "true"}), false),
    ] {
        assert_eq!(under("2012-10-17", &condition, &context) == YES, met, "{context}");
    }
}

#[test]
fn variables_are_put_in_where_they_are_known() {
    let tags = json!({"aws:PrincipalTag/team": "shop", "aws:ResourceTag/team": "shop"});
    let equal = |value: &str| json!({"StringEquals": {"aws:ResourceTag/team": value}});
    for (version, condition, context, met) in [
        ("2012-10-17", equal("${aws:PrincipalTag/team}"), tags.clone(), true),
        ("2008-10-17", equal("${aws:PrincipalTag/team}"), tags.clone(), false),
        (
            "2012-10-17",
            equal("${aws:PrincipalTag/team}"),
            json!({"aws:PrincipalTag/team": "a", "aws:ResourceTag/team": "b"}),
            false,
        ),
        ("2012-10-17", equal("${aws:PrincipalTag/none, 'shop'}"), tags.clone(), true),
        ("2012-10-17", equal("${aws:PrincipalTag/none}"), json!({"aws:ResourceTag/team": ""}), false),
        (
            "2012-10-17",
            equal("${aws:PrincipalTag/team}"),
            json!({"aws:PrincipalTag/team": "", "aws:ResourceTag/team": ""}),
            false,
        ),
        // What is put in is no pattern, and a star can be meant.
        (
            "2012-10-17",
            json!({"StringLike": {"aws:ResourceTag/team": "${aws:PrincipalTag/team}"}}),
            json!({"aws:PrincipalTag/team": "*", "aws:ResourceTag/team": "b"}),
            false,
        ),
        (
            "2012-10-17",
            json!({"StringLike": {"aws:ResourceTag/team": "${*}"}}),
            json!({"aws:ResourceTag/team": "*"}),
            true,
        ),
        (
            "2012-10-17",
            json!({"StringLike": {"aws:ResourceTag/team": "${*}"}}),
            json!({"aws:ResourceTag/team": "b"}),
            false,
        ),
        // A variable without a value equals nothing: what is negated is met.
        (
            "2012-10-17",
            json!({"StringNotEquals": {"aws:ResourceTag/team": "${aws:PrincipalTag/none}"}}),
            tags.clone(),
            true,
        ),
        (
            "2012-10-17",
            json!({"StringNotEquals": {"aws:ResourceTag/team": ["x", "${aws:PrincipalTag/none}"]}}),
            tags,
            true,
        ),
        // Unless the key itself is not there; and an empty value is one.
        (
            "2012-10-17",
            json!({"StringNotEquals": {"aws:ResourceTag/team": "${aws:PrincipalTag/none}"}}),
            json!({}),
            true,
        ),
        (
            "2012-10-17",
            json!({"StringNotEquals": {"aws:ResourceTag/team": "${aws:PrincipalTag/team}"}}),
            json!({"aws:ResourceTag/team": "a", "aws:PrincipalTag/team": ""}),
            true,
        ),
    ] {
        assert_eq!(under(version, &condition, &context) == YES, met, "{version} {condition} {context}");
    }
    let in_resource = |resource: &str, context: Value| {
        let identity = policy(&json!({"Effect": "Allow", "Action": "ecr:*", "Resource": resource}));
        decide(ROLE, PULL, APP, &context, &json!({"identity": [identity]})).verdict
    };
    let by_tag = "arn:aws:ecr:*:*:repository/${aws:PrincipalTag/team}/*";
    assert_eq!(in_resource(by_tag, json!({"aws:PrincipalTag/team": "shop"})), YES);
    assert_eq!(in_resource(by_tag, json!({"aws:PrincipalTag/team": "*"})), SILENT);
    assert_eq!(in_resource(by_tag, json!({})), SILENT);
    // And so it is with everything but a resource.
    let but = |resource: &str, context: Value| {
        let identity = policy(
            &json!({"Effect": "Allow", "Action": "ecr:*", "NotResource": ["arn:aws:ecr:*:*:repository/x", resource]}),
        );
        decide(ROLE, PULL, APP, &context, &json!({"identity": [identity]})).verdict
    };
    assert_eq!(but(by_tag, json!({"aws:PrincipalTag/team": "other"})), YES);
    assert_eq!(but(by_tag, json!({"aws:PrincipalTag/team": "shop"})), SILENT);
    assert_eq!(but(by_tag, json!({})), SILENT);
    // Only behind the fifth colon.
    let account = "arn:aws:ecr:*:${aws:PrincipalAccount}:repository/shop/*";
    assert_eq!(in_resource(account, json!({"aws:PrincipalAccount": OWNER})), SILENT);
}
