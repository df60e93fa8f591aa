//! What the simulator is told, and that every difference has the reason that it has.

use super::*;
use crate::document::read;
use crate::principal::Principal;

const REPOSITORY: &str = "arn:aws:ecr:eu-west-1:111122223333:repository/team/app";
const USER: &str = "arn:aws:iam::111122223333:user/ann";
const ROLE: &str = "arn:aws:iam::111122223333:role/ci";

fn document(statement: &str) -> Document {
    read("p.json", &format!("{{\"Version\":\"2012-10-17\",\"Statement\":{statement}}}")).accepted().unwrap()
}

fn all() -> Document {
    document("{\"Effect\":\"Allow\",\"Action\":\"*\",\"Resource\":\"*\"}")
}

fn case(principal: &str) -> Case {
    Case {
        principal: Principal::parse(principal).unwrap(),
        actions: vec!["ecr:GetAuthorizationToken".to_owned(), "ecr:PutImage".to_owned()],
        resource: REPOSITORY.to_owned(),
        context: Context::partial(),
        is_complete: false,
    }
}

fn seen() -> BTreeSet<Layer> {
    BTreeSet::from([Layer::Identity])
}

/// Why the simulator says that about `ecr:PutImage`.
fn reasons(case: &Case, policies: &Policies, verdict: Verdict) -> Option<Vec<Why>> {
    let told = told(case, policies, &seen()).unwrap();
    let answers = case.decide(policies);
    let answer = answers.answers.last().unwrap();
    let simulated = Simulated {
        action: answer.request.action.clone(),
        resource: answer.request.resource.clone(),
        verdict,
        missing_keys: Vec::new(),
        organization_allows: None,
        boundary_allows: None,
    };
    assert!(!agrees(answer, &simulated));
    why(case, policies, &told, answer, &simulated)
}

#[test]
fn it_is_told_each_request_with_its_resource_and_what_it_takes() {
    let open = document(
        "{\"Effect\":\"Allow\",\"Principal\":\"*\",\"Action\":\"ecr:*\",\"Condition\":{\"StringEquals\":{\"aws:RequestedRegion\":\"eu-west-1\",\"aws:SourceVpce\":\"vpce-1\"}}}",
    );
    let policies = Policies {
        identity: vec![all()],
        repository: Some(open),
        service_control: vec![vec![all()], vec![all()]],
        session: vec![all()],
        ..Policies::default()
    };
    let of_user = told(&case(USER), &policies, &seen()).unwrap();
    assert_eq!(
        of_user.requests,
        [("ecr:GetAuthorizationToken", "*"), ("ecr:PutImage", REPOSITORY)]
            .map(|(action, resource)| (action.to_owned(), resource.to_owned()))
    );
    assert_eq!((of_user.caller.as_deref(), of_user.attached_to.as_deref()), (Some(USER), None));
    assert_eq!(of_user.resource_owner.as_deref(), Some("arn:aws:iam::111122223333:root"));
    assert_eq!(of_user.context, [("aws:RequestedRegion".to_owned(), Values::from("eu-west-1"))]);
    assert_eq!((of_user.service_control.len(), of_user.untold), (2, vec![Layer::Session]));
    // A role's resource policy cannot be told, and a session stands for its role.
    let session = "arn:aws:sts::111122223333:assumed-role/ci/1";
    let of_session = told(&case(session), &policies, &BTreeSet::new()).unwrap();
    assert_eq!((of_session.attached_to.as_deref(), of_session.resource_policy), (Some(ROLE), None));
    assert_eq!(of_session.untold, [Layer::Repository, Layer::ServiceControl, Layer::Session]);
    assert_eq!(told(&case("lambda.amazonaws.com"), &policies, &seen()), None);
    // Nothing attached is said without an empty list.
    let nothing = told(&case(ROLE), &Policies::default(), &seen()).unwrap();
    assert_eq!(nothing.identity, [HARMLESS]);
}

#[test]
fn a_difference_is_explained_by_what_it_does_not_know() {
    let endpoint = document(
        "{\"Effect\":\"Allow\",\"Principal\":\"*\",\"Action\":\"ecr:BatchGetImage\",\"Resource\":\"*\"}",
    );
    let fenced = Policies { identity: vec![all()], endpoint: Some(endpoint), ..Policies::default() };
    assert_eq!(
        reasons(&case(ROLE), &fenced, Verdict::Allowed),
        Some(vec![Why::Untold(vec![Layer::Endpoint])])
    );
    // What it is told cannot be the reason.
    assert_eq!(reasons(&case(ROLE), &fenced, Verdict::ExplicitlyDenied), None);
    let conditional = document(
        "{\"Effect\":\"Allow\",\"Action\":\"*\",\"Resource\":\"*\",\"Condition\":{\"StringEquals\":{\"aws:SourceVpce\":\"vpce-1\"}}}",
    );
    let depends = Policies { identity: vec![conditional], ..Policies::default() };
    assert_eq!(
        reasons(&case(ROLE), &depends, Verdict::ImplicitlyDenied),
        Some(vec![Why::AbsentKeys(vec!["aws:SourceVpce".to_owned()])])
    );
    let both = Policies { endpoint: fenced.endpoint.clone(), ..depends };
    let open = Policies {
        identity: vec![document(
            "[{\"Effect\":\"Allow\",\"Action\":\"*\",\"Resource\":\"*\"},{\"Effect\":\"Deny\",\"Action\":\"*\",\"Resource\":\"*\",\"Condition\":{\"StringEquals\":{\"aws:SourceVpce\":\"vpce-1\"}}}]",
        )],
        ..both
    };
    assert_eq!(
        reasons(&case(ROLE), &open, Verdict::Allowed),
        Some(vec![Why::Untold(vec![Layer::Endpoint]), Why::AbsentKeys(vec!["aws:SourceVpce".to_owned()])])
    );
    let repository = document(
        "{\"Effect\":\"Allow\",\"Principal\":{\"AWS\":\"arn:aws:iam::111122223333:role/ci\"},\"Action\":\"ecr:*\"}",
    );
    let of_resource = Policies { repository: Some(repository), ..Policies::default() };
    let found = reasons(&case(ROLE), &of_resource, Verdict::ImplicitlyDenied).unwrap();
    assert_eq!(found, [Why::Untold(vec![Layer::Repository])]);
    assert!(found[0].to_string().contains("for IAM users only"));
}

#[test]
fn what_only_aws_knows_is_a_reason() {
    let policies = Policies { identity: vec![all()], ..Policies::default() };
    let (case, told) = (case(ROLE), told(&case(ROLE), &policies, &seen()).unwrap());
    let answers = case.decide(&policies);
    let answer = answers.answers.last().unwrap();
    let simulated = |organization_allows, boundary_allows| Simulated {
        action: answer.request.action.clone(),
        resource: answer.request.resource.clone(),
        verdict: Verdict::ImplicitlyDenied,
        missing_keys: Vec::new(),
        organization_allows,
        boundary_allows,
    };
    let ask = |simulated: &Simulated| why(&case, &policies, &told, answer, simulated);
    assert_eq!(ask(&simulated(Some(false), None)), Some(vec![Why::Organization]));
    assert_eq!(ask(&simulated(None, Some(false))), Some(vec![Why::Boundary]));
    assert_eq!(ask(&simulated(Some(true), None)), None);
}
