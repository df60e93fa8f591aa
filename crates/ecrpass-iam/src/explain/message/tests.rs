//! Denials as people paste them.

use proptest::prelude::*;

use super::*;
use crate::policy_kind::PolicyKind;

const PLAIN: &str = "User: arn:aws:sts::444455556666:assumed-role/ci/42 is not authorized to perform: ecr:InitiateLayerUpload on resource: arn:aws:ecr:us-east-1:111122223333:repository/team/app because no identity-based policy allows the ecr:InitiateLayerUpload action";

fn one(text: &str) -> Said {
    match find(text).as_slice() {
        [Found::Denied(said)] => said.clone(),
        other => panic!("{text}: {other:?}"),
    }
}

#[test]
fn a_denial_is_found_however_it_was_wrapped() {
    let expected = one(PLAIN);
    assert_eq!(expected.reason, Reason::NotAllowed(PolicyKind::Identity));
    assert_eq!(expected.resource.as_deref(), Some("arn:aws:ecr:us-east-1:111122223333:repository/team/app"));
    let json = format!("{{\"message\":\"denied: {PLAIN}\",\"code\":\"AccessDenied\"}}");
    let twice = format!("{{\"log\":{}}}", ecrpass_json::quoted(&json));
    let broken_at_blanks =
        PLAIN.replace(" perform: ", "\n      perform: ").replace(" because", "\r\n  because");
    let broken_in_words = PLAIN
        .as_bytes()
        .chunks(40)
        .map(|part| String::from_utf8_lossy(part).into_owned())
        .collect::<Vec<_>>();
    for text in [
        format!("denied: {PLAIN}"),
        format!("An error occurred (AccessDeniedException) when calling the X operation: {PLAIN}"),
        format!(
            "#12 ERROR: failed to push: unexpected status: {PLAIN}\n#13 session policy: nothing, explicit deny"
        ),
        format!("\u{1b}[31m{PLAIN}\u{1b}[0m"),
        PLAIN.replace(
            "arn:aws:ecr:us-east-1:111122223333:repository/team/app",
            "\"arn:aws:ecr:us-east-1:111122223333:repository/team/app\"",
        ),
        json,
        twice,
        broken_at_blanks,
        broken_in_words.join("\n"),
        format!("{PLAIN}.\n{PLAIN}"),
    ] {
        assert_eq!(one(&text), expected, "{text}");
    }
}

#[test]
fn what_is_not_said_is_not_made_up() {
    let said = one(
        "User: arn:aws:iam::111122223333:user/a is not authorized to perform: ecr:PutImage. The session policy of yesterday has an explicit deny",
    );
    assert_eq!((said.action.as_str(), said.resource, said.reason), ("ecr:PutImage", None, Reason::Unsaid));
    let kms = one(
        "User: arn:aws:iam::111122223333:user/a is not authorized to perform: kms:Decrypt on this resource because no identity-based policy allows the kms:Decrypt action",
    );
    assert_eq!((kms.resource, kms.reason), (None, Reason::NotAllowed(PolicyKind::Identity)));
    let scp = one(&format!(
        "{} with an explicit deny in a service control policy: arn:aws:organizations::1:policy/o-x/service_control_policy/p-y",
        PLAIN.split(" because").next().unwrap()
    ));
    assert_eq!(scp.reason, Reason::Denied(Some(PolicyKind::ServiceControl)));
    assert_eq!(
        scp.policy_arn.as_deref(),
        Some("arn:aws:organizations::1:policy/o-x/service_control_policy/p-y")
    );
    assert_eq!(find("all is well"), []);
}

#[test]
fn what_only_aws_can_decode_is_recognised() {
    let text = "You are not authorized to perform this operation. Encoded authorization failure message: 4GIOHlTkIaWHQD-x_Y. x";
    assert_eq!(find(text), [Found::Encoded("4GIOHlTkIaWHQD-x_Y".to_owned())]);
    let bare = "An error occurred (AccessDeniedException) when calling the PutImage operation: ";
    assert_eq!(find(bare), [Found::Bare(Some("PutImage".to_owned()))]);
    let decoded = r#"{"allowed":false,"explicitDeny":true,"context":{"principal":{"id":"x","arn":"arn:aws:iam::111122223333:user/a"},"action":"ecr:PutImage","resource":"arn:aws:ecr:us-east-1:111122223333:repository/a","conditions":{"items":[{"key":"aws:SourceVpce","values":{"items":[{"value":"vpce-1"}]}},{"key":"aws:TagKeys","values":{"items":[]}}]}}}"#;
    for text in [decoded.to_owned(), format!("{{\"DecodedMessage\": {}}}", ecrpass_json::quoted(decoded))] {
        let said = one(&text);
        assert_eq!((said.action.as_str(), said.reason), ("ecr:PutImage", Reason::Denied(None)));
        let keys = [("aws:SourceVpce", vec!["vpce-1"]), ("aws:TagKeys", Vec::new())];
        let found: Vec<(&str, Vec<&str>)> = said
            .keys
            .iter()
            .map(|(key, values)| (key.as_str(), values.iter().map(String::as_str).collect()))
            .collect();
        assert_eq!(found, keys);
    }
}

proptest! {
    #[test]
    fn any_text_is_answered(text in "\\PC{0,80}", before in "\\PC{0,20}", between in "[ \"\\\\\\n:a-z.]{0,30}") {
        let _ = find(&text);
        let _ = find(&format!("{before}{USER}{between}{ACTION}{text}{between}"));
    }
}
