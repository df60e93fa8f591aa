//! A question as people ask it: may somebody do a task, or some actions, on a repository? Each action takes the resource
//! it acts on, and all answers together make one.

use ecrpass_core::{Arn, ImageReference, arn};

use crate::actions::{self, Scope};
use crate::context::Context;
use crate::denial::Reason;
use crate::evaluate::{Decision, Policies, Verdict, evaluate};
use crate::principal::Principal;
use crate::request::Request;
use crate::task;

/// A question.
#[derive(Clone, Debug)]
pub struct Case {
    /// Who.
    pub principal: Principal,
    /// What, in the order of the answers.
    pub actions: Vec<String>,
    /// On what; actions that act on no resource take `*` whatever stands here.
    pub resource: String,
    /// What is known of the request.
    pub context: Context,
    /// Whether the context holds every key there is, so that nothing follows from anything.
    pub is_complete: bool,
}

impl Case {
    /// The requests it takes, one for every action.
    pub fn requests(&self) -> Vec<Request> {
        self.actions.iter().map(|action| self.request(action)).collect()
    }

    fn request(&self, operation: &str) -> Request {
        let action = actions::permission(operation);
        let resource = match task::scope(action) {
            Some(Scope::Everything) => "*",
            _ => self.resource.as_str(),
        };
        let request = Request {
            principal: self.principal.clone(),
            action: action.to_owned(),
            resource: resource.to_owned(),
            context: self.context.clone(),
        };
        if self.is_complete { request } else { self.in_region(request).with_implied_keys() }
    }

    /// A login goes to the region of the registry, though it names no resource; to ECR Public's where none is named.
    fn in_region(&self, mut request: Request) -> Request {
        let region = Arn::parse(&self.resource).map(|arn| match (arn.service, arn.region) {
            ("ecr-public", "") => ecrpass_core::registry::PUBLIC_REGION,
            (_, region) => region,
        });
        let is_public = || self.actions.iter().any(|action| action.starts_with("ecr-public:"));
        let region = region.or_else(|| is_public().then_some(ecrpass_core::registry::PUBLIC_REGION));
        if let Some(region) = region.filter(|region| !region.is_empty()) {
            request.context = request.context.with_default("aws:RequestedRegion", region);
        }
        request
    }

    fn is_about_another_account(&self) -> bool {
        let owner = Arn::parse(&self.resource).and_then(|arn| arn.account());
        owner.is_some_and(|owner| self.principal.account().is_some_and(|caller| caller != owner))
    }

    /// The answers.
    pub fn decide(&self, policies: &Policies) -> Answers {
        // A login goes to the caller's own registry, of which nothing is known where the repository is another's.
        let own = self.is_about_another_account().then(|| Policies {
            registry: None,
            resource_control: Vec::new(),
            ..policies.clone()
        });
        let decide = |request: Request| {
            let policies = own.as_ref().filter(|_| request.resource == "*").unwrap_or(policies);
            let at_api = policies.api_endpoint.as_ref().filter(|_| !actions::asked_at(&request.action).0);
            let is_through = (at_api.is_some() || policies.endpoint.is_some()) && !self.is_complete;
            let request = if is_through { request.through_endpoint() } else { request };
            let decision = match at_api {
                Some(document) => {
                    let endpoint = Some(document.clone());
                    evaluate(&Policies { endpoint, ..policies.clone() }, &request)
                }
                None => evaluate(policies, &request),
            };
            Answer { request, decision }
        };
        Answers { answers: self.requests().into_iter().map(decide).collect() }
    }
}

/// The answer about one action.
#[derive(Clone, Debug)]
pub struct Answer {
    /// What was asked.
    pub request: Request,
    /// What becomes of it.
    pub decision: Decision,
}

/// The answers about all actions.
#[derive(Clone, Debug)]
pub struct Answers {
    /// One for every action, in their order.
    pub answers: Vec<Answer>,
}

impl Answers {
    /// What becomes of all of it: the worst of the answers.
    pub fn verdict(&self) -> Verdict {
        let has = |verdict: Verdict| self.answers.iter().any(|answer| answer.decision.verdict == verdict);
        [Verdict::ExplicitlyDenied, Verdict::ImplicitlyDenied, Verdict::Depends]
            .into_iter()
            .find(|verdict| has(*verdict))
            .unwrap_or(Verdict::Allowed)
    }

    /// The actions that are denied for certain, by name.
    pub fn missing(&self) -> Vec<&str> {
        let is_denied = |answer: &&Answer| {
            matches!(answer.decision.verdict, Verdict::ImplicitlyDenied | Verdict::ExplicitlyDenied)
        };
        let mut missing: Vec<&str> =
            self.answers.iter().filter(is_denied).map(|answer| answer.request.action.as_str()).collect();
        missing.sort_unstable();
        missing.dedup();
        missing
    }

    /// Why what is denied or uncertain is so, each reason once, in the order of the actions.
    pub fn reasons(&self) -> Vec<(Reason, Vec<&Answer>)> {
        let mut reasons: Vec<(Reason, Vec<&Answer>)> = Vec::new();
        for answer in &self.answers {
            let Some(reason) = answer.decision.reason() else { continue };
            let is_same = |(known, answers): &&mut (Reason, Vec<&Answer>)| {
                let alike = |other: &&Answer| {
                    (other.decision.layer, &other.decision.statement, &other.decision.depends_on)
                        == (answer.decision.layer, &answer.decision.statement, &answer.decision.depends_on)
                        && other.decision.verdict == answer.decision.verdict
                };
                *known == reason && answers.first().is_some_and(alike)
            };
            match reasons.iter_mut().find(is_same) {
                Some((_, answers)) => answers.push(answer),
                None => reasons.push((reason, vec![answer])),
            }
        }
        reasons
    }
}

/// Why a text is no resource.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NoResource(String);

impl std::fmt::Display for NoResource {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for NoResource {}

/// The resource that is meant: an ARN or `*` as it stands, an image as its repository. A repository of ECR Public has no
/// account in its name; there it is the caller's own.
///
/// # Errors
/// [`NoResource`] for anything else.
pub fn resource(text: &str, principal: &Principal) -> Result<String, NoResource> {
    if text == "*" || Arn::parse(text).is_some() {
        return Ok(text.to_owned());
    }
    let image = ImageReference::parse(text).map_err(|error| NoResource(error.to_string()))?;
    let registry = image.registry().map_err(|error| NoResource(error.to_string()))?;
    if let Some(arn) = registry.repository_arn(&image.repository) {
        return Ok(arn);
    }
    // Behind the alias of the registry, which stands for an account.
    let name = image.repository.split_once('/').map(|(_, name)| name);
    match (name, principal.account()) {
        (Some(name), Some(account)) => Ok(arn::public_repository_arn(account, name)),
        _ => Err(NoResource(format!("{text} does not say whose registry it is: name the repository's ARN"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::context::KeyValue;
    use crate::document;

    const REPOSITORY: &str = "arn:aws:ecr:eu-west-1:111122223333:repository/team/app";

    fn case(actions: &[&str]) -> Case {
        Case {
            principal: Principal::parse("arn:aws:iam::111122223333:role/ci").unwrap(),
            actions: actions.iter().map(|&action| action.to_owned()).collect(),
            resource: REPOSITORY.to_owned(),
            context: Context::partial(),
            is_complete: false,
        }
    }

    fn answers(statement: &str) -> Answers {
        let text = format!("{{\"Version\":\"2012-10-17\",\"Statement\":{statement}}}");
        let identity = vec![document::read("p.json", &text).accepted().unwrap()];
        let case = case(&["ecr:GetAuthorizationToken", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"]);
        case.decide(&Policies { identity, ..Policies::default() })
    }

    #[test]
    fn every_action_takes_its_resource_and_the_worst_answer_counts() {
        let all = answers("{\"Effect\":\"Allow\",\"Action\":\"ecr:*\",\"Resource\":\"*\"}");
        let resources: Vec<&str> =
            all.answers.iter().map(|answer| answer.request.resource.as_str()).collect();
        assert_eq!(resources, ["*", REPOSITORY, REPOSITORY]);
        assert_eq!((all.verdict(), all.missing()), (Verdict::Allowed, Vec::new()));
        let scoped =
            answers(&format!("{{\"Effect\":\"Allow\",\"Action\":\"ecr:*\",\"Resource\":\"{REPOSITORY}\"}}"));
        assert_eq!(
            (scoped.verdict(), scoped.missing()),
            (Verdict::ImplicitlyDenied, vec!["ecr:GetAuthorizationToken"])
        );
        let none = answers("{\"Effect\":\"Deny\",\"Action\":\"ecr:Get*\",\"Resource\":\"*\"}");
        assert_eq!(none.verdict(), Verdict::ExplicitlyDenied);
        assert_eq!(
            none.missing(),
            ["ecr:BatchGetImage", "ecr:GetAuthorizationToken", "ecr:GetDownloadUrlForLayer"]
        );
        // What is denied for the same reason is said once.
        let counts: Vec<usize> = none.reasons().iter().map(|(_, answers)| answers.len()).collect();
        assert_eq!(counts, [2, 1]);
    }

    #[test]
    fn a_login_is_no_matter_of_the_other_account() {
        let read = |text: &str| document::read("p.json", text).accepted().unwrap();
        let policies = Policies {
            identity: vec![read(
                "{\"Statement\":{\"Effect\":\"Allow\",\"Action\":\"*\",\"Resource\":\"*\"}}",
            )],
            registry: Some(read(
                "{\"Statement\":{\"Effect\":\"Deny\",\"Principal\":\"*\",\"Action\":\"*\",\"Resource\":\"*\"}}",
            )),
            ..Policies::default()
        };
        let mut case = case(&["ecr:GetAuthorizationToken", "ecr:BatchGetImage"]);
        assert_eq!(case.decide(&policies).missing().len(), 2);
        case.principal = Principal::parse("arn:aws:iam::444455556666:role/guest").unwrap();
        assert_eq!(case.decide(&policies).missing(), ["ecr:BatchGetImage"]);
    }

    #[test]
    fn each_request_goes_through_its_own_endpoint() {
        let read = |text: &str| document::read("p.json", text).accepted().unwrap();
        let allow = |action: &str| {
            let of = format!(
                "{{\"Effect\":\"Allow\",\"Principal\":\"*\",\"Action\":\"{action}\",\"Resource\":\"*\"}}"
            );
            Some(read(&format!("{{\"Statement\":{of}}}")))
        };
        let identity =
            vec![read("{\"Statement\":{\"Effect\":\"Allow\",\"Action\":\"*\",\"Resource\":\"*\"}}")];
        let (login, pull) = (allow("ecr:GetAuthorizationToken"), allow("ecr:BatchGetImage"));
        let policies = Policies { identity, endpoint: pull, api_endpoint: login, ..Policies::default() };
        let case = case(&["ecr:GetAuthorizationToken", "ecr:BatchGetImage"]);
        assert_eq!(case.decide(&policies).verdict(), Verdict::Allowed);
        let (endpoint, api_endpoint) = (policies.api_endpoint.clone(), policies.endpoint.clone());
        let turned = Policies { endpoint, api_endpoint, ..policies };
        assert_eq!(case.decide(&turned).missing(), ["ecr:BatchGetImage", "ecr:GetAuthorizationToken"]);
    }

    #[test]
    fn a_login_goes_to_the_region_of_the_registry() {
        let fence = "[{\"Effect\":\"Allow\",\"Action\":\"*\",\"Resource\":\"*\"},{\"Effect\":\"Deny\",\"Action\":\"*\",\"Resource\":\"*\",\"Condition\":{\"StringNotEquals\":{\"aws:RequestedRegion\":\"REGION\"}}}]";
        assert_eq!(answers(&fence.replace("REGION", "eu-west-1")).verdict(), Verdict::Allowed);
        assert_eq!(answers(&fence.replace("REGION", "eu-west-2")).missing().len(), 3);
        // ECR Public has one, also where no resource says so.
        let public = Case { resource: "*".to_owned(), ..case(&crate::actions::PUBLIC_LOGIN) };
        let known = |request: &Request| request.context.get("aws:RequestedRegion") != KeyValue::Unknown;
        assert!(public.requests().iter().all(known));
    }

    #[test]
    fn what_follows_for_certain_is_no_matter_of_what_is_not_known() {
        let verdict = |condition: &str, statement: &str, endpoint: bool| {
            let read = |text: &str| document::read("p.json", text).accepted().unwrap();
            let allow = "{\"Effect\":\"Allow\",\"Action\":\"*\",\"Resource\":\"*\"";
            let identity =
                read(&format!("{{\"Statement\":[{allow}}},{statement},\"Condition\":{condition}}}]}}"));
            let open = read(&format!("{{\"Statement\":{allow},\"Principal\":\"*\"}}}}"));
            let mut case = case(&["ecr:BatchGetImage"]);
            case.principal = Principal::parse("arn:aws:sts::111122223333:assumed-role/ci/s").unwrap();
            let endpoint = endpoint.then_some(open);
            case.decide(&Policies { identity: vec![identity], endpoint, ..Policies::default() }).verdict()
        };
        let deny = "{\"Effect\":\"Deny\",\"Action\":\"*\",\"Resource\":\"*\"";
        let token = "{\"Null\":{\"aws:TokenIssueTime\":\"true\"}}";
        let address = "{\"NotIpAddress\":{\"aws:SourceIp\":\"203.0.113.0/24\"}}";
        assert_eq!(verdict(token, deny, false), Verdict::Allowed);
        assert_eq!(verdict(address, deny, false), Verdict::Depends);
        assert_eq!(verdict(address, deny, true), Verdict::ExplicitlyDenied);
    }

    #[test]
    fn images_stand_for_their_repository() {
        let principal = Principal::parse("arn:aws:iam::111122223333:role/ci").unwrap();
        for (text, expected) in [
            ("*", Some("*")),
            (REPOSITORY, Some(REPOSITORY)),
            ("111122223333.dkr.ecr.eu-west-1.amazonaws.com/team/app:v1", Some(REPOSITORY)),
            (
                "111122223333.dkr.ecr.cn-north-1.amazonaws.com.cn/app",
                Some("arn:aws-cn:ecr:cn-north-1:111122223333:repository/app"),
            ),
            ("public.ecr.aws/x1y2z3/team/app", Some("arn:aws:ecr-public::111122223333:repository/team/app")),
            ("public.ecr.aws/app", None),
            ("team/app", None),
            ("", None),
        ] {
            assert_eq!(resource(text, &principal).ok().as_deref(), expected, "{text}");
        }
    }
}
