//! What each kind of policy may have, and what does not do what it seems to.

use super::*;
use crate::document::read;

fn found(layer: Layer, statement: &str) -> Vec<String> {
    let document = read("p.json", &format!("{{\"Statement\":{{{statement}}}}}")).accepted().unwrap();
    check(&document, layer).iter().map(|problem| problem.kind.to_string()).collect()
}

#[test]
fn each_layer_has_its_elements() {
    let identity = "\"Effect\":\"Allow\",\"Action\":\"ecr:PutImage\",\"Resource\":\"*\"";
    let repository = "\"Effect\":\"Allow\",\"Action\":\"ecr:PutImage\",\"Principal\":\"*\"";
    let both = format!("{repository},\"Resource\":\"*\"");
    for (layer, statement, expected) in [
        (Layer::Identity, identity, &[][..]),
        (Layer::Identity, &both, &["this kind of policy must not have Principal"]),
        (
            Layer::Identity,
            repository,
            &["this kind of policy must not have Principal", "Resource is missing"],
        ),
        (Layer::Repository, repository, &[]),
        (Layer::Repository, &both, &["this kind of policy must not have Resource"]),
        (
            Layer::Repository,
            identity,
            &["Principal is missing", "this kind of policy must not have Resource"],
        ),
        (Layer::Registry, &both, &[]),
        (Layer::Registry, repository, &["Resource is missing"]),
        (Layer::Trust, repository, &[]),
    ] {
        let mut found = found(layer, statement);
        found.sort();
        let mut expected: Vec<&str> = expected.to_vec();
        expected.sort_unstable();
        assert_eq!(found, expected, "{layer} {statement}");
    }
}

#[test]
fn a_policy_that_is_to_be_attached_is_read_as_strictly_as_aws_reads_it() {
    let first = |layer: Layer, text: &str| {
        let read = read_for(layer, &Source::file("p.json", text)).accepted();
        read.err().map(|problems| {
            let error = problems.iter().find(|problem| problem.is_error()).unwrap();
            format!("{} {}", error.position, error.kind.id())
        })
    };
    let allow = "{\"Effect\":\"Allow\",\"Principal\":\"*\",\"Action\":\"ecr:BatchGetImage\"}";
    let whole = |statement: &str| format!("{{\"Version\":\"2012-10-17\",\n\"Statement\":{statement}}}");
    let said = |place: &str| Some(place.to_owned());
    assert_eq!(first(Layer::Repository, &whole(allow)), None);
    // AWS takes it, and what it warns of is no reason to refuse it.
    assert_eq!(first(Layer::Repository, &whole(&allow.replace("BatchGetImage", "Nothing"))), None);
    let twice = format!("{},\n\"Statement\":{allow}}}", whole(allow).strip_suffix('}').unwrap());
    for (text, expected) in [
        (twice, "3:1 duplicate-key"),
        (whole(&allow.replace("\"Allow\"", "1")), "2:23 wrong-type"),
        (whole(&allow.replace("\"Principal\":\"*\",", "")), "2:13 missing-element"),
        (
            whole(&allow.replace("\"Action\"", "\"Resource\":\"*\",\"Action\"")),
            "2:47 element-not-in-this-policy",
        ),
        (whole("[]"), "2:13 missing-element"),
        ("{\"Version\":2012}".to_owned(), "1:1 missing-element"),
        ("{".to_owned(), "1:2 syntax"),
        (whole(&allow.replace("ecr:", &"x".repeat(10_240))), "1:1 over-limit"),
    ] {
        assert_eq!(first(Layer::Repository, &text), said(expected), "{text}");
    }
    // A registry policy speaks of resources.
    assert_eq!(first(Layer::Registry, &whole(allow)), said("2:13 missing-element"));
}

#[test]
fn actions_are_held_to_what_ecr_has() {
    let scoped = "\"Resource\":\"arn:aws:ecr:us-east-1:111122223333:repository/a\"";
    for (action, expected) in [
        ("ecr:PutImage", None),
        ("ecr:*", None),
        ("s3:Whatever", None),
        ("ecr:PutImages", Some("ECR has no action ecr:PutImages")),
        (
            "ecr:GetAuthorizationToken",
            Some(
                "ecr:GetAuthorizationToken takes no resource: only a statement with Resource \"*\" allows it",
            ),
        ),
        (
            "ecr:GetAuth*",
            Some("ecr:GetAuth* takes no resource: only a statement with Resource \"*\" allows it"),
        ),
    ] {
        let statement = format!("\"Effect\":\"Allow\",\"Action\":\"{action}\",{scoped}");
        assert_eq!(found(Layer::Identity, &statement), Vec::from_iter(expected), "{action}");
    }
    let variable = "\"Effect\":\"Allow\",\"Action\":\"ecr:PutImage\",\"Resource\":\"arn:aws:ecr:*:*:repository/${aws:username}\"";
    assert_eq!(
        found(Layer::Identity, variable),
        ["variables are taken literally without \"Version\": \"2012-10-17\""]
    );
}

#[test]
fn not_principal_is_never_harmless() {
    let statement = |effect: &str| {
        format!("\"Effect\":\"{effect}\",\"Action\":\"ecr:*\",\"NotPrincipal\":{{\"AWS\":\"111122223333\"}}")
    };
    assert_eq!(found(Layer::Repository, &statement("Allow")), ["NotPrincipal is only allowed in a Deny"]);
    assert_eq!(found(Layer::Repository, &statement("Deny")).len(), 1);
}

fn identity(statement: &str) -> Vec<String> {
    found(Layer::Identity, &format!("{statement},\"Resource\":\"*\""))
}

#[test]
fn conditions_that_do_not_do_what_they_seem_to_are_named() {
    let allow = "\"Effect\":\"Allow\",\"Action\":\"ecr:PutImage\",\"Condition\":";
    for (condition, expected) in [
        ("{\"StringEquals\":{\"aws:SourceVpce\":\"vpce-1\"}}", None),
        (
            "{\"StringEquals\":{\"aws:PrincipalOrgID\":\"o-*\"}}",
            Some("StringEquals takes the * or ? in o-* literally"),
        ),
        ("{\"StringNotEquals\":{\"aws:PrincipalOrgID\":\"o-?\"}}", Some("StringNotLike knows wildcards")),
        ("{\"StringLike\":{\"aws:PrincipalOrgID\":\"o-*\"}}", None),
        (
            "{\"ForAnyValue:StringEquals\":{\"aws:SourceVpce\":\"vpce-1\"}}",
            Some("aws:SourceVpce has one value"),
        ),
        ("{\"StringLike\":{\"aws:PrincipalOrgPaths\":\"o-1/*\"}}", Some("write ForAnyValue:StringLike")),
        ("{\"ForAnyValue:StringLike\":{\"aws:PrincipalOrgPaths\":\"o-1/*\"}}", None),
        (
            "{\"ForAllValues:StringLike\":{\"aws:PrincipalOrgPaths\":\"o-1/*\"}}",
            Some("ForAllValues is met when"),
        ),
        (
            "{\"ForAllValues:StringLike\":{\"aws:PrincipalOrgPaths\":\"o-1/*\"},\"Null\":{\"aws:PrincipalOrgPaths\":\"false\"}}",
            None,
        ),
        ("{\"IpAddress\":{\"aws:SourceIp\":\"10.0.0.0/33\"}}", Some("it has to be an address or a range")),
        ("{\"NotIpAddress\":{\"aws:SourceIp\":[\"10.0.0.1\",\"2001:db8::/32\"]}}", None),
        ("{\"DateLessThan\":{\"aws:CurrentTime\":\"tomorrow\"}}", Some("it has to be a date")),
        ("{\"DateLessThan\":{\"aws:CurrentTime\":1772323200}}", None),
        ("{\"NumericLessThan\":{\"aws:MultiFactorAuthAge\":\"1h\"}}", Some("it has to be a number")),
        ("{\"Bool\":{\"aws:MultiFactorAuthPresent\":\"yes\"}}", Some("it has to be true or false")),
        ("{\"ArnLike\":{\"aws:PrincipalArn\":\"role/ci\"}}", Some("it has to be an ARN")),
        ("{\"StringEquals\":{\"aws:RequestTag/team\":\"a\"}}", Some("never has aws:RequestTag/team")),
        ("{\"StringEquals\":{\"aws:ResourceTag/team\":\"a\"}}", None),
    ] {
        let found = identity(&format!("{allow}{condition}"));
        assert_eq!(found.len(), usize::from(expected.is_some()), "{condition}: {found:?}");
        assert!(found.first().is_none_or(|text| text.contains(expected.unwrap())), "{condition}: {found:?}");
    }
}

#[test]
fn variables_stand_where_they_are_known() {
    let found = |effect: &str, condition: &str| {
        let text = format!(
            "{{\"Version\":\"2012-10-17\",\"Statement\":{{\"Effect\":\"{effect}\",\"Action\":\"ecr:PutImage\",\"Resource\":\"*\",\"Condition\":{condition}}}}}"
        );
        let document = read("p.json", &text).accepted().unwrap();
        check(&document, Layer::Identity).iter().map(|problem| problem.kind.id()).collect::<Vec<_>>()
    };
    let tag = "{\"StringEquals\":{\"aws:ResourceTag/team\":\"${aws:PrincipalTag/team}\"}}";
    assert_eq!(found("Allow", tag), [""; 0]);
    assert_eq!(found("Deny", tag), ["variable-may-be-missing"]);
    // A Deny that is met in doubt keeps people out, an Allow lets them in.
    let negated = tag.replace("StringEquals", "StringNotEquals");
    assert_eq!(found("Deny", &negated), [""; 0]);
    assert_eq!(found("Allow", &negated), ["variable-may-be-missing"]);
    let with_default = tag.replace("team}", "team, 'none'}");
    assert_eq!(found("Deny", &with_default), [""; 0]);
    assert_eq!(found("Allow", "{\"StringEquals\":{\"aws:PrincipalOrgID\":\"${*}\"}}"), [""; 0]);
    let number = "{\"NumericLessThan\":{\"aws:MultiFactorAuthAge\":\"${aws:PrincipalTag/age}\"}}";
    assert_eq!(found("Allow", number), ["variable-is-literal"]);
}

#[test]
fn what_an_allow_grants_beside_or_never_grants_is_named() {
    let text = r#"{"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "NotAction": "iam:*", "Resource": "*"},
        {"Effect": "Allow", "Action": "ecr:PutImage", "NotResource": "arn:aws:ecr:us-east-1:111122223333:repository/a"},
        {"Effect": "Allow", "Action": "ecr:Put*", "Resource": "arn:aws:ecr:us-east-1:111122223333:repository/b"},
        {"Effect": "Deny", "Action": "ecr:P*", "Resource": "arn:aws:ecr:*:111122223333:repository/*"},
        {"Effect": "Deny", "NotAction": "ecr:*", "Resource": "*"}
    ]}"#;
    let document = read("p.json", text).accepted().unwrap();
    let found: Vec<(usize, &str)> = check(&document, Layer::Identity)
        .iter()
        .map(|problem| (problem.position.line, problem.kind.id()))
        .collect();
    assert_eq!(found, [(2, "allows-the-rest"), (3, "allows-the-rest"), (4, "unreachable-statement")]);
    // A Deny that asks for something, or matches less, takes nothing back for good.
    for (deny, expected) in [
        ("\"Action\":\"ecr:*\",\"Resource\":\"*\"", 1),
        ("\"Action\":\"ecr:PutImag?\",\"Resource\":\"*\"", 1),
        ("\"Action\":\"ecr:BatchGetImage\",\"Resource\":\"*\"", 0),
        ("\"Action\":\"ecr:*\",\"Resource\":\"arn:aws:ecr:us-east-1:111122223333:repository/b?\"", 0),
        (
            "\"Action\":\"ecr:*\",\"Resource\":\"*\",\"Condition\":{\"Bool\":{\"aws:MultiFactorAuthPresent\":\"false\"}}",
            0,
        ),
    ] {
        let text = format!(
            "{{\"Statement\":[{{\"Effect\":\"Allow\",\"Action\":\"ecr:PutImage\",\"Resource\":\"arn:aws:ecr:us-east-1:111122223333:repository/b*\"}},{{\"Effect\":\"Deny\",{deny}}}]}}"
        );
        let document = read("p.json", &text).accepted().unwrap();
        assert_eq!(check(&document, Layer::Identity).len(), expected, "{deny}");
    }
}

#[test]
fn resources_that_no_repository_is_are_named() {
    for (resource, expected) in [
        ("arn:aws:ecr:us-east-1:111122223333:repository/a", 0),
        ("arn:aws:ecr:*:*:*", 0),
        ("arn:aws:ecr:us-east-1:111122223333:repo*", 0),
        ("arn:aws:ecr-public::111122223333:repository/a", 0),
        ("arn:aws:ecr:us-east-1:111122223333:repository/a:latest", 1),
        ("arn:aws:ecr::111122223333:repository/a", 1),
        ("arn:aws:ecr:us-east-1:111122223333:a", 1),
        ("arn:aws:ecr-public:us-east-1:111122223333:repository/a", 1),
        ("arn:aws:ecr:*:repository/team/*", 1),
        ("arn:aws:ecr:repository/a", 1),
        ("arn:aws:ecr:*", 0),
        ("arn:aws:ECR:us-east-1:111122223333:repository/a", 1),
        ("arn:aws:s3:::bucket", 0),
    ] {
        let statement =
            format!("\"Effect\":\"Allow\",\"Action\":\"ecr:PutImage\",\"Resource\":\"{resource}\"");
        assert_eq!(found(Layer::Identity, &statement).len(), expected, "{resource}");
    }
}

#[test]
fn trust_policies_look_at_whose_token_it_is() {
    let provider = "arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com";
    let trust = |condition: &str| {
        let statement = format!(
            "\"Effect\":\"Allow\",\"Action\":\"sts:AssumeRoleWithWebIdentity\",\"Principal\":{{\"Federated\":\"{provider}\"}},\"Condition\":{{\"StringEquals\":{{\"token.actions.githubusercontent.com:{condition}\":\"x\"}}}}"
        );
        found(Layer::Trust, &statement)
    };
    assert_eq!(trust("sub"), [""; 0]);
    assert!(trust("aud")[0].contains("is shared"));
    let both = trust("colour");
    assert_eq!(both.len(), 2, "{both:?}");
}

#[test]
fn leftovers_and_documents_that_are_too_long_are_named() {
    let deleted =
        "\"Effect\":\"Allow\",\"Action\":\"ecr:PutImage\",\"Principal\":{\"AWS\":\"AROAEXAMPLEEXAMPLE12\"}";
    assert!(found(Layer::Repository, deleted)[0].contains("deleted principal"));
    let long = format!(
        "\"Sid\":\"{}\",\"Effect\":\"Allow\",\"Action\":\"ecr:PutImage\",\"Resource\":\"*\"",
        "a".repeat(6_200)
    );
    assert_eq!(found(Layer::Identity, &long), [""; 0]);
    let found = found(Layer::Boundary, &long);
    assert!(found[0].ends_with("too many: a managed policy may have 6144"), "{found:?}");
}
