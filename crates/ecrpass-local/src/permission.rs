//! Whether a principal may do something: by its own policy, and by the repository's.

use ecrpass_core::Arn;
use ecrpass_iam::context::Context;
use ecrpass_iam::denial::Reason;
use ecrpass_iam::document::{self, Document};
use ecrpass_iam::{self as iam, Decision, Policies, Request};
use serde_json::json;

use crate::principals::Principal;
use crate::storage::repositories::Repository;

/// Checks one action on one resource, an ARN or `*`, by the identity policy alone: what the resource's owner would say
/// is not known, or not asked.
pub(crate) fn check_identity(principal: &Principal, action: &str, resource: &str) -> Result<(), Reason> {
    outcome(decide(principal, action, resource, None))
}

/// Checks one action on one repository, as IAM does: in one account either policy may allow, across accounts both
/// must, and a denial in any of them stands. The registry's policy, where it has one, is as good as the repository's.
pub(crate) fn check(
    principal: &Principal,
    action: &str,
    resource: &str,
    repository: &Repository,
    registry: Option<&str>,
) -> Result<(), Reason> {
    let read = |name: &str, text: Option<&str>| text.and_then(|text| document::read(name, text).document);
    let owner = Owner {
        repository: read("repository policy", repository.policy.as_deref()),
        registry: read("registry policy", registry),
    };
    outcome(decide(principal, action, resource, Some(owner)))
}

/// What the owner of a repository says.
pub(crate) struct Owner {
    repository: Option<Document>,
    registry: Option<Document>,
}

/// Decides by the identity policy and, where it is known, by the repository's.
pub(crate) fn decide(
    principal: &Principal,
    action: &str,
    resource: &str,
    owner: Option<Owner>,
) -> Option<Decision> {
    let caller = iam::Principal::parse(&principal.arn)?;
    let mut policies = Policies {
        identity: principal.policy.documents(),
        boundary: principal.policy.boundary().into_iter().collect(),
        session: principal.policy.session().into_iter().collect(),
        ..Policies::default()
    };
    match owner {
        Some(Owner { repository, registry }) => {
            policies.repository = repository;
            policies.registry = registry;
        }
        // An owner who leaves it to the caller's account.
        None => policies.registry = shared_with(&principal.account),
    }
    let context = Context::partial().with("aws:PrincipalArn", principal.principal_arn.as_str());
    let (action, resource) = (action.to_owned(), resource.to_owned());
    let request = Request { principal: caller, action, resource, context }.with_implied_keys();
    Some(iam::evaluate(&policies, &request))
}

/// Nothing opens by mistake: what depends on keys this world does not have counts as denied.
fn outcome(decision: Option<Decision>) -> Result<(), Reason> {
    decision.map_or(Some(Reason::Unsaid), |decision| decision.reason()).map_or(Ok(()), Err)
}

/// A policy that leaves everything to an account, whose own policies then decide.
pub(crate) fn shared_with(account: &str) -> Option<Document> {
    let statement = json!({"Effect": "Allow", "Principal": {"AWS": account}, "Action": "*"});
    let text = json!({"Statement": statement}).to_string();
    document::read("owner", &text).document
}

/// The account of an ARN.
pub(crate) fn account_of(arn: &str) -> Option<&str> {
    Arn::parse(arn)?.account()
}

#[cfg(test)]
mod tests {
    use ecrpass_iam::policy_kind::PolicyKind;
    use serde_json::Value;

    use super::*;
    use crate::policy::Policy;

    const USER: &str = "arn:aws:iam::123456789012:user/a";
    const SESSION: &str = "arn:aws:sts::123456789012:assumed-role/deploy/me";
    const ARN: &str = "arn:aws:ecr:eu-west-1:123456789012:repository/team/app";
    const ELSEWHERE: &str = "arn:aws:ecr:eu-west-1:999999999999:repository/team/app";

    fn principal(arn: &str, policy: Policy) -> Principal {
        let principal_arn = arn.replace(":sts:", ":iam:").replace(":assumed-role/deploy/me", ":role/deploy");
        let account = account_of(arn).unwrap().to_owned();
        Principal { arn: arn.to_owned(), principal_arn, account, unique_id: String::new(), policy }
    }

    /// What becomes of a pull by somebody without identity policy from a repository with this statement.
    fn with_statement(statement: &Value, arn: &str) -> Result<(), Reason> {
        let mut repository = Repository::new("team/app", 0, false);
        repository.policy = Some(json!({"Statement": statement}).to_string());
        check(&principal(arn, Policy::nothing()), "ecr:BatchGetImage", ARN, &repository, None)
    }

    #[test]
    fn deny_wins_and_tokens_need_a_star() {
        let policy = Policy::nothing()
            .allow("ecr:GetAuthorizationToken", "team/*")
            .allow("ecr:*", "team/*")
            .deny("ecr:PutImage", "team/secret");
        let caller = principal(USER, policy);
        let identity = |action: &str, resource: &str| check_identity(&caller, action, resource);
        let none = Err(Reason::NotAllowed(PolicyKind::Identity));
        assert_eq!(identity("ecr:GetAuthorizationToken", "*"), none);
        assert_eq!(identity("ecr:PutImage", ARN), Ok(()));
        assert_eq!(identity("ecr:PutImage", ELSEWHERE), Ok(()));
        assert_eq!(
            identity("ecr:PutImage", "arn:aws:ecr:eu-west-1:123456789012:repository/team/secret"),
            Err(Reason::Denied(Some(PolicyKind::Identity)))
        );
        assert_eq!(identity("ecr:PutImage", "arn:aws:ecr:eu-west-1:123456789012:repository/other"), none);
        let puller = principal(USER, Policy::pull_only());
        assert_eq!(check_identity(&puller, "ecr:GetAuthorizationToken", "*"), Ok(()));
    }

    #[test]
    fn across_accounts_both_have_to_allow() {
        let resource = Err(Reason::NotAllowed(PolicyKind::Resource));
        let mut repository = Repository::new("team/app", 0, false);
        let guest = principal(USER, Policy::allow_all());
        let poor = principal(USER, Policy::nothing());
        assert_eq!(check(&guest, "ecr:BatchGetImage", ELSEWHERE, &repository, None), resource);
        repository.policy =
            Some(json!({"Statement": {"Effect": "Allow", "Principal": "*", "Action": "ecr:*"}}).to_string());
        assert_eq!(check(&guest, "ecr:BatchGetImage", ELSEWHERE, &repository, None), Ok(()));
        assert_eq!(
            check(&poor, "ecr:BatchGetImage", ELSEWHERE, &repository, None),
            Err(Reason::NotAllowed(PolicyKind::Identity))
        );
        assert_eq!(check(&poor, "ecr:BatchGetImage", ARN, &repository, None), Ok(()));
    }

    #[test]
    fn conditions_that_are_not_known_let_nobody_in() {
        let statement =
            |effect: &str, action: &str| json!({"Effect": effect, "Principal": "*", "Action": [action]});
        let denied = Err(Reason::Denied(Some(PolicyKind::Resource)));
        let allow = statement("Allow", "ecr:batch*");
        assert_eq!(with_statement(&allow, USER), Ok(()));
        assert_eq!(with_statement(&json!([allow, statement("Deny", "ecr:*")]), USER), denied);
        let mut conditional = statement("Allow", "*");
        conditional["Condition"] = json!({"StringEquals": {"aws:SourceVpce": "vpce-1"}});
        assert!(with_statement(&conditional, USER).is_err());
        conditional["Effect"] = json!("Deny");
        assert_eq!(with_statement(&json!([allow, conditional]), USER), denied);
        let mut named = statement("Allow", "*");
        named["Condition"] = json!({"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/deploy"}});
        assert_eq!(with_statement(&named, SESSION), Ok(()));
        assert!(with_statement(&named, USER).is_err());
    }
}
