//! What IAM says is attached to whom, and that the same decides.

use ecrpass_local::{AccessKey, LocalEcr, Policy, Role};
use serde_json::{Value, json};

use crate::support::{Answer, ECR, Signer};

const BOUNDARY: &str = "arn:aws:iam::123456789012:policy/boundary";
const SHARED: &str = "arn:aws:iam::aws:policy/Shared";

fn document(effect: &str, action: &str) -> String {
    json!({"Version": "2012-10-17", "Statement": [{"Effect": effect, "Action": action, "Resource": "*"}]})
        .to_string()
}

fn iam(ecr: &LocalEcr, form: &str) -> Answer {
    Signer::new(ecr, ecr.access_key(), "iam").form(form).send(ecr)
}

fn decoded(text: &str) -> Value {
    let pairs: Vec<(String, String)> =
        form_urlencoded::parse(format!("d={text}").as_bytes()).into_owned().collect();
    serde_json::from_str(&pairs[0].1).unwrap()
}

fn user(ecr: &LocalEcr) -> AccessKey {
    let policy = Policy::nothing()
        .allow("ecr:GetAuthorizationToken", "*")
        .inline("one", &document("Allow", "ecr:DescribeRegistry"))
        .managed(SHARED, &document("Allow", "ecr:GetRegistryPolicy"))
        .group_inline("team", "of-team", &document("Allow", "ecr:DescribeRepositories"))
        .group_managed("team", SHARED, &document("Allow", "ecr:GetRegistryPolicy"))
        .bounded_by(BOUNDARY, &document("Allow", "ecr:Get*"));
    ecr.add_user("123456789012", "ann", policy)
}

#[test]
fn everything_attached_is_listed_and_fetched() {
    let ecr = LocalEcr::start().unwrap();
    user(&ecr);
    let names = iam(&ecr, "Action=ListUserPolicies&UserName=ann&MaxItems=1");
    assert_eq!(
        (names.element("member"), names.element("IsTruncated")),
        ("local".to_owned(), "true".to_owned())
    );
    let form = format!("Action=ListUserPolicies&UserName=ann&MaxItems=1&Marker={}", names.element("Marker"));
    let rest = iam(&ecr, &form);
    assert_eq!((rest.element("member"), rest.element("IsTruncated")), ("one".to_owned(), "false".to_owned()));
    let inline = iam(&ecr, "Action=GetUserPolicy&UserName=ann&PolicyName=one").element("PolicyDocument");
    assert_eq!(decoded(&inline)["Statement"][0]["Action"], "ecr:DescribeRegistry");
    assert!(!inline.contains('{'), "it is encoded: {inline}");
    assert_eq!(iam(&ecr, "Action=ListAttachedUserPolicies&UserName=ann").element("PolicyArn"), SHARED);
    assert_eq!(iam(&ecr, "Action=GetUser&UserName=ann").element("PermissionsBoundaryArn"), BOUNDARY);
    assert_eq!(iam(&ecr, "Action=ListGroupsForUser&UserName=ann").element("GroupName"), "team");
    assert_eq!(iam(&ecr, "Action=ListGroupPolicies&GroupName=team").element("member"), "of-team");
    assert_eq!(iam(&ecr, "Action=ListAttachedGroupPolicies&GroupName=team").element("PolicyArn"), SHARED);
    for arn in [SHARED, BOUNDARY] {
        assert_eq!(iam(&ecr, &format!("Action=GetPolicy&PolicyArn={arn}")).element("DefaultVersionId"), "v1");
        let version = iam(&ecr, &format!("Action=GetPolicyVersion&PolicyArn={arn}&VersionId=v1"));
        assert_eq!(decoded(&version.element("Document"))["Version"], "2012-10-17");
    }
    assert_eq!(iam(&ecr, "Action=GetUser&UserName=gone").xml_error().1, "NoSuchEntity");
    assert_eq!(iam(&ecr, "Action=GetUserPolicy&UserName=ann&PolicyName=gone").xml_error().1, "NoSuchEntity");
}

#[test]
fn a_role_has_its_trust_policy() {
    let ecr = LocalEcr::start().unwrap();
    ecr.add_role(Role::new("123456789012", "path/ci").external_id("blue"));
    let role = iam(&ecr, "Action=GetRole&RoleName=ci");
    assert_eq!(role.element("Arn"), "arn:aws:iam::123456789012:role/path/ci");
    let trust = decoded(&role.element("AssumeRolePolicyDocument"));
    assert_eq!(trust["Statement"][0]["Condition"]["StringEquals"]["sts:ExternalId"], "blue");
    assert_eq!(iam(&ecr, "Action=ListRolePolicies&RoleName=ci").element("member"), "local");
}

#[test]
fn what_is_attached_decides_and_the_boundary_limits_it() {
    let ecr = LocalEcr::start().unwrap();
    let key = user(&ecr);
    let call =
        |operation: &str| Signer::new(&ecr, &key, "ecr").json(&format!("{ECR}{operation}"), "{}").send(&ecr);
    // Allowed by the managed policy, and there is none.
    assert_eq!(call("GetRegistryPolicy").json_error().1, "RegistryPolicyNotFoundException");
    assert_eq!(call("GetAuthorizationToken").status, 200);
    // Allowed by the inline policy and by the group's, and not by the boundary.
    for operation in ["DescribeRegistry", "DescribeRepositories"] {
        let (_, code, message) = call(operation).json_error();
        assert_eq!(code, "AccessDeniedException");
        assert!(
            message.ends_with(&format!("because no permissions boundary allows the ecr:{operation} action")),
            "{message}"
        );
    }
}
