//! What records become, those that are odd among them.

use serde_json::{Value, json};

use super::*;

fn record(more: &Value) -> String {
    let mut record = json!({
        "eventVersion": "1.11",
        "userIdentity": {
            "type": "AssumedRole", "principalId": "AROA:i-1", "accountId": "444455556666", "accessKeyId": "ASIA1",
            "arn": "arn:aws:sts::444455556666:assumed-role/node/i-1",
            "sessionContext": {
                "sessionIssuer": { "type": "Role", "arn": "arn:aws:iam::444455556666:role/path/node" },
                "attributes": { "creationDate": "2026-11-24T06:00:00Z" }, "ec2RoleDelivery": "2.0"
            }
        },
        "eventTime": "2026-11-24T10:00:00Z", "eventSource": "ecr.amazonaws.com", "eventName": "BatchGetImage",
        "awsRegion": "eu-west-1", "sourceIPAddress": "AWS Internal", "userAgent": "AWS Internal",
        "requestParameters": { "repositoryName": "team/app", "imageIds": [{ "imageTag": "v1" }, { "imageTag": "v2" }] },
        "responseElements": null, "eventID": "e-1", "readOnly": true, "recipientAccountId": "444455556666",
        "resources": [{ "accountId": "123456789012", "ARN": "arn:aws:ecr:eu-west-1:123456789012:repository/team/app" }],
        "sharedEventID": "s-1", "eventCategory": "Management", "eventType": "AwsApiCall",
        "unknown": { "deep": [[[{}]]] },
    });
    for (key, value) in more.as_object().unwrap() {
        record[key] = value.clone();
    }
    record.to_string()
}

fn event(text: &str) -> Event<'_> {
    let Kind::Record(record) = Record::parse(text).unwrap().kind() else { panic!("{text}") };
    let time = record.time().unwrap_or_default();
    record.into_event(time)
}

#[test]
fn a_record_becomes_an_event_without_copying_its_texts() {
    let text = record(&json!({}));
    let event = event(&text);
    assert_eq!(event.time, 1_795_514_400);
    assert_eq!((event.id.as_ref(), event.call_id()), ("e-1", "s-1"));
    assert_eq!(event.caller.principal, "arn:aws:iam::444455556666:role/path/node");
    assert_eq!(event.caller.kind, CallerKind::AssumedRole);
    assert_eq!(event.caller.session_began, Some(1_795_500_000));
    assert_eq!(event.caller.role_delivery.as_deref(), Some("2.0"));
    assert_eq!(event.parameters.all("imageIds.imageTag").collect::<Vec<_>>(), ["v1", "v2"]);
    assert_eq!((event.repositories(), event.registry()), (vec!["team/app"], Some("123456789012")));
    assert_eq!((event.read_only, event.error.as_deref()), (Some(true), None));
    assert!(matches!(event.source, Cow::Borrowed(_)) && matches!(event.caller.principal, Cow::Borrowed(_)));
}

#[test]
fn each_kind_of_caller_has_one_name() {
    let role = "arn:aws:iam::1:role/r";
    for (identity, expected) in [
        (
            json!({ "type": "IAMUser", "arn": "arn:aws:iam::1:user/u", "userName": "u" }),
            "arn:aws:iam::1:user/u",
        ),
        (json!({ "type": "AWSService", "invokedBy": "lambda.amazonaws.com" }), "lambda.amazonaws.com"),
        (json!({ "accountId": "123456789012", "invokedBy": "AWS Internal" }), "AWS Internal"),
        (
            json!({ "type": "AWSAccount", "accountId": "123456789012", "principalId": "AROA:x" }),
            "123456789012",
        ),
        (json!({ "type": "WebIdentityUser", "userName": "repo:x", "arn": "" }), role),
        (json!({ "type": "Unknown", "principalId": "p" }), "p"),
        (json!({}), "unknown"),
        (Value::Null, "unknown"),
    ] {
        let text = record(&json!({ "userIdentity": identity, "requestParameters": { "roleArn": role } }));
        assert_eq!(event(&text).caller.principal, expected, "{identity}");
    }
}

#[test]
fn values_of_another_type_than_expected_lose_nothing_else() {
    let text = record(&json!({
        "userAgent": 7, "errorCode": null, "readOnly": "false", "resources": ["arn:x", null, { "type": "t" }],
        "eventTime": 1_795_514_400_000_i64, "requestParameters": "text", "sharedEventID": { "a": 1 },
    }));
    let event = event(&text);
    assert_eq!((event.agent.as_ref(), event.read_only, event.time), ("7", Some(false), 1_795_514_400));
    assert!(event.resources.is_empty() && event.shared_id.is_none() && event.error.is_none());
}

#[test]
fn what_is_wrapped_is_found_and_what_is_no_record_is_not_one() {
    let inner = record(&json!({}));
    let value: Value = serde_json::from_str(&inner).unwrap();
    let bridge = json!({ "version": "0", "detail-type": "AWS API Call via CloudTrail", "resources": ["arn:x"], "detail": value });
    assert_eq!(event(&bridge.to_string()).id, "e-1");
    for wrapped in
        [json!({ "EventId": "e-1", "CloudTrailEvent": inner }), json!({ "id": "0", "message": inner })]
    {
        let text = wrapped.to_string();
        let kind = Record::parse(&text).unwrap().kind();
        assert!(matches!(&kind, Kind::Wrapped(text) if *text == inner), "{kind:?}");
    }
    for (value, is_expected) in [
        (
            json!({ "digestS3Object": "x", "logFiles": [] }),
            (|kind| matches!(kind, Kind::Digest)) as fn(Kind<'_>) -> bool,
        ),
        (json!({ "Records": null }), |kind| matches!(kind, Kind::List)),
        (json!({ "hello": "world", "message": "text" }), |kind| matches!(kind, Kind::Other)),
        (
            json!({ "eventVersion": "2.1", "eventSource": "aws:s3", "eventName": "ObjectCreated:Put" }),
            |kind| matches!(kind, Kind::Other),
        ),
        (
            json!({ "detail-type": "EC2 Instance State-change Notification", "detail": { "state": "stopped" } }),
            |kind| matches!(kind, Kind::Other),
        ),
    ] {
        let text = value.to_string();
        assert!(is_expected(Record::parse(&text).unwrap().kind()), "{text}");
    }
}

#[test]
fn depth_and_size_of_parameters_are_bounded() {
    let deep = format!("{}1{}", "[".repeat(20_000), "]".repeat(20_000));
    let text = record(&json!({ "requestParameters": "@" })).replace("\"@\"", &deep);
    assert!(event(&text).parameters.is_empty());
    let many: Vec<u32> = (0..10_000).collect();
    let text = record(&json!({ "requestParameters": { "long": "é".repeat(100_000), "many": many } }));
    let event = event(&text);
    assert_eq!(event.parameters.0.len(), Fields::MOST);
    assert_eq!(event.parameters.get("long").map(str::len), Some(Fields::LONGEST));
}

#[test]
fn only_a_new_major_version_is_unknown() {
    for (version, expected) in [("1.04", None), ("1.99", None), ("2.0", Some("2.0")), ("next", Some("next"))]
    {
        let text = record(&json!({ "eventVersion": version }));
        assert_eq!(Record::parse(&text).unwrap().newer_version().as_deref(), expected);
    }
}
