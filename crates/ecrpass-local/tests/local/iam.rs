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

#[test]
fn given_policies_are_simulated_as_aws_does() {
    let ecr = LocalEcr::start().unwrap();
    let custom = |rest: &[(&str, &str)]| {
        let mut form = form_urlencoded::Serializer::new(String::new());
        form.append_pair("Action", "SimulateCustomPolicy")
            .append_pair("ActionNames.member.1", "ecr:PutImage");
        form.append_pair("ResourceArns.member.1", "arn:aws:ecr:us-east-1:123456789012:repository/app");
        form.extend_pairs(rest);
        Signer::new(&ecr, ecr.access_key(), "iam").form(&form.finish()).send(&ecr)
    };
    let all = r#"{"Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}"#;
    let pulls = r#"{"Statement":{"Effect":"Allow","Action":"ecr:BatchGetImage","Resource":"*"}}"#;
    let vpce = r#"{"Statement":{"Effect":"Allow","Action":"*","Resource":"*","Condition":{"StringEquals":{"aws:SourceVpce":"vpce-1"}}}}"#;
    let open = r#"{"Statement":{"Effect":"Allow","Principal":"*","Action":"ecr:*"}}"#;
    const IDENTITY: &str = "PolicyInputList.member.1";
    const ACCOUNT: &str =
        "OrderedOrganizationPolicyInputList.member.2.ServiceControlPolicyInputList.member.1";
    const ROOT: &str = "OrderedOrganizationPolicyInputList.member.1.ServiceControlPolicyInputList.member.1";
    const KEY: &str = "ContextEntries.member.1.ContextKeyName";
    const VALUE: &str = "ContextEntries.member.1.ContextKeyValues.member.1";
    for (rest, decision, more) in [
        (vec![(IDENTITY, all)], "allowed", ""),
        (vec![(IDENTITY, pulls)], "implicitDeny", ""),
        (
            vec![(IDENTITY, all), (ROOT, all), (ACCOUNT, pulls)],
            "implicitDeny",
            "<AllowedByOrganizations>false<",
        ),
        (vec![(IDENTITY, all), (ROOT, all), (ACCOUNT, all)], "allowed", "<AllowedByOrganizations>true<"),
        (
            vec![(IDENTITY, all), ("PermissionsBoundaryPolicyInputList.member.1", pulls)],
            "implicitDeny",
            "<AllowedByPermissionsBoundary>false<",
        ),
        // A key that it is not given is absent, and named.
        (vec![(IDENTITY, vpce)], "implicitDeny", "<MissingContextValues><member>aws:SourceVpce</member>"),
        (vec![(IDENTITY, vpce), (KEY, "aws:SourceVpce"), (VALUE, "vpce-1")], "allowed", ""),
        (
            vec![
                (IDENTITY, pulls),
                ("ResourcePolicy", open),
                ("CallerArn", "arn:aws:iam::123456789012:user/ann"),
            ],
            "allowed",
            "",
        ),
    ] {
        let answer = custom(&rest);
        assert_eq!(answer.status, 200, "{rest:?}: {}", answer.text());
        assert_eq!(answer.element("EvalDecision"), decision, "{rest:?}");
        assert!(answer.text().contains(more), "{more}: {}", answer.text());
    }
    let role =
        [(IDENTITY, all), ("ResourcePolicy", open), ("CallerArn", "arn:aws:iam::123456789012:role/ci")];
    for refused in [&role[..], &[(IDENTITY, "{}")], &[(IDENTITY, all), ("ResourcePolicy", open)]] {
        assert_eq!(custom(refused).xml_error().1, "InvalidInput", "{refused:?}");
    }
}
