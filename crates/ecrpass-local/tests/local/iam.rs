//! IAM's simulation of what a principal may do.

use ecrpass_local::{AccessKey, LocalEcr, Policy, Role};

use crate::support::{Answer, Signer};

fn simulate(ecr: &LocalEcr, key: &AccessKey, source: &str, rest: &str) -> Answer {
    let form = format!("Action=SimulatePrincipalPolicy&PolicySourceArn={source}&{rest}");
    Signer::new(ecr, key, "iam").form(&form).send(ecr)
}

#[test]
fn decisions_are_those_of_the_policies() {
    let ecr = LocalEcr::start().unwrap();
    let policy = Policy::pull_only().deny("ecr:BatchGetImage", "secret/*");
    let role = ecr.add_role(Role::new("123456789012", "puller").policy(policy));
    let secret = "arn:aws:ecr:us-east-1:123456789012:repository/secret/app";
    for (action, resource, decision) in [
        ("ecr:GetAuthorizationToken", "*", "allowed"),
        ("ecr:BatchGetImage", secret, "explicitDeny"),
        ("ecr:BatchGetImage", "arn:aws:ecr:us-east-1:123456789012:repository/app", "allowed"),
        ("ecr:PutImage", secret, "implicitDeny"),
    ] {
        let rest = format!("ActionNames.member.1={action}&ResourceArns.member.1={resource}");
        let answer = simulate(&ecr, ecr.access_key(), &role, &rest);
        assert_eq!(answer.status, 200, "{}", answer.text());
        assert_eq!(answer.element("EvalActionName"), action);
        assert_eq!(answer.element("EvalResourceName"), resource);
        assert_eq!(answer.element("EvalDecision"), decision, "{action} {resource}");
    }
    let two = "ActionNames.member.1=ecr:PutImage&ActionNames.member.2=ecr:BatchGetImage";
    let user = "arn:aws:iam::123456789012:user/local";
    let answer = simulate(&ecr, ecr.access_key(), user, two);
    assert_eq!(answer.text().matches("<EvalDecision>allowed</EvalDecision>").count(), 2);
    assert_eq!(ecr.call_count("iam:SimulatePrincipalPolicy"), 5);
}

#[test]
fn refusals_are_those_of_iam() {
    let ecr = LocalEcr::start().unwrap();
    let nobody = ecr.add_user("123456789012", "nobody", Policy::pull_only());
    let user = "arn:aws:iam::123456789012:user/nobody";
    let rest = "ActionNames.member.1=ecr:PutImage";
    let (status, code, message) = simulate(&ecr, &nobody, user, rest).xml_error();
    assert_eq!((status, code.as_str()), (403, "AccessDenied"));
    assert_eq!(
        message,
        format!(
            "User: {user} is not authorized to perform: iam:SimulatePrincipalPolicy on resource: {user} because no identity-based policy allows the iam:SimulatePrincipalPolicy action"
        )
    );
    let missing = "arn:aws:iam::123456789012:role/gone";
    let gone = simulate(&ecr, ecr.access_key(), missing, rest).xml_error();
    assert_eq!(gone, (404, "NoSuchEntity".to_owned(), "The role with name gone cannot be found.".to_owned()));
    let session = "arn:aws:sts::123456789012:assumed-role/deploy/me";
    assert_eq!(simulate(&ecr, ecr.access_key(), session, rest).xml_error().1, "InvalidInput");
    ecr.add_fault("throttle:iam".parse().unwrap());
    assert_eq!(simulate(&ecr, ecr.access_key(), user, rest).xml_error().1, "Throttling");
}
