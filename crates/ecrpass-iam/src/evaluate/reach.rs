//! Whom a `Principal` element names, and how far an Allow for them reaches.

use std::collections::BTreeSet;

use ecrpass_core::Arn;
use ecrpass_core::account::is_account_id;

use crate::condition::Condition;
use crate::condition::operator::Comparison;
use crate::condition::truth::{Dependency, Truth};
use crate::document::model::{Listed, Located, Named, NamedKind};
use crate::principal::{Principal, PrincipalKind};

/// How far an Allow of a resource's policy reaches within the caller's account. Source: IAM User Guide, "Determining
/// whether a request is allowed or denied within an account", the table of principals.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reach {
    /// To the account, which has to pass it on by identity policies.
    Account,
    /// To the role: in place of its identity policies, but within its boundary and the session's policies.
    Role,
    /// To whoever it is: past the boundary as well. The guide says so of `*` with a condition on `aws:PrincipalArn` only;
    /// of `*` alone it says nothing, and past a session's policies nobody has seen it reach.
    Anybody,
    /// To the caller itself, past boundary and session policies that do not speak of it.
    Caller,
}

/// Whom an element names, as far as the caller goes; `None` when it is not the caller.
pub fn reach(listed: &Listed<Named>, principal: &Principal, conditions: &[Condition]) -> Option<Reach> {
    listed.items.iter().filter_map(|item| reach_of(&item.value, principal, conditions)).max()
}

fn reach_of(named: &Named, principal: &Principal, conditions: &[Condition]) -> Option<Reach> {
    if named.is_everyone() {
        let is_direct = principal.is_outside_of_accounts() || conditions.iter().any(names_the_caller);
        return Some(if is_direct { Reach::Caller } else { Reach::Anybody });
    }
    match (named.kind, principal.kind()) {
        (NamedKind::Service, PrincipalKind::Service) | (NamedKind::Federated, PrincipalKind::Federated) => {
            (named.text == principal.text()).then_some(Reach::Caller)
        }
        (NamedKind::Aws, PrincipalKind::Service | PrincipalKind::Federated) => None,
        (NamedKind::Aws, kind) => {
            let caller = principal.arn()?;
            if is_account_of(&named.text, &caller) {
                // The root user is its account.
                return Some(if kind == PrincipalKind::Root { Reach::Caller } else { Reach::Account });
            }
            if named.text == principal.text() {
                return Some(if kind == PrincipalKind::Role { Reach::Role } else { Reach::Caller });
            }
            is_role_of(&named.text, &caller).then_some(Reach::Role)
        }
        _ => None,
    }
}

/// `ArnEquals` or `ArnLike` over the caller's ARN: with `*` it is as good as naming the caller.
fn names_the_caller(condition: &Condition) -> bool {
    let is_positive = condition.operator.is_some_and(|operator| {
        matches!(operator.comparison, Comparison::Arn { .. })
            && !operator.negated
            && !operator.if_exists
            && operator.set.is_none()
    });
    is_positive && condition.key.eq_ignore_ascii_case("aws:PrincipalArn")
}

/// Whether a name is the account of an ARN: its number or its root.
fn is_account_of(name: &str, caller: &Arn<'_>) -> bool {
    if is_account_id(name) {
        return name == caller.account;
    }
    Arn::parse(name).is_some_and(|arn| arn == Arn::iam(caller.partition, caller.account, "root"))
}

/// Whether a name is the role of a session, whose ARN does not show the role's path.
fn is_role_of(name: &str, caller: &Arn<'_>) -> bool {
    let Some(role) = Arn::parse(name) else { return false };
    caller.service == "sts"
        && role.service == "iam"
        && (role.partition, role.account) == (caller.partition, caller.account)
        && role.role_name().is_some_and(|name| caller.role_name() == Some(name))
}

/// Whether a `NotPrincipal` element leaves the caller in.
///
/// To spare a session, the guide says, its ARN, the role's and the account's all have to be listed; what AWS does when
/// only some are listed it does not say for good ("might deny"), so neither is that decided here.
pub fn is_denied_by_exclusion(listed: &Listed<Named>, principal: &Principal) -> Truth {
    let is_listed = |fits: &dyn Fn(&str) -> bool| {
        listed.items.iter().any(|item| item.value.kind == NamedKind::Aws && fits(&item.value.text))
    };
    let is_own = |item: &Located<Named>| item.value.text == principal.text();
    if listed.items.iter().any(|item| item.value.is_everyone()) {
        return Truth::No;
    }
    let Some(caller) = principal.arn().filter(|_| !principal.is_outside_of_accounts()) else {
        return Truth::from(!listed.items.iter().any(is_own));
    };
    let mut facets = vec![is_listed(&|name| is_account_of(name, &caller))];
    if principal.kind() != PrincipalKind::Root {
        facets.push(is_listed(&|name| name == principal.text()));
    }
    if principal.kind() == PrincipalKind::Session {
        facets.push(is_listed(&|name| is_role_of(name, &caller)));
    }
    match (facets.contains(&true), facets.contains(&false)) {
        (true, false) => Truth::No,
        (false, _) => Truth::Yes,
        (true, true) => Truth::Unknown(BTreeSet::from([Dependency {
            key: "NotPrincipal".to_owned(),
            operator: String::new(),
            values: listed.items.iter().map(|item| item.value.text.clone()).collect(),
        }])),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::read;

    fn element(principal: &str) -> (Listed<Named>, Vec<Condition>) {
        let text = format!("{{\"Statement\":{{\"Effect\":\"Deny\",\"Action\":\"*\",{principal}}}}}");
        let statement = read("p.json", &text).document.unwrap().statements.remove(0);
        (statement.principals.unwrap(), statement.conditions)
    }

    const USER: &str = "arn:aws:iam::111122223333:user/a";
    const ROLE: &str = "arn:aws:iam::111122223333:role/deploy";
    const SESSION: &str = "arn:aws:sts::111122223333:assumed-role/deploy/me";

    #[test]
    fn callers_are_recognised() {
        use Reach::{Account, Anybody, Caller, Role};
        for (principal, caller, expected) in [
            ("\"*\"", USER, Some(Anybody)),
            ("{\"AWS\":\"*\"}", SESSION, Some(Anybody)),
            ("\"*\"", "lambda.amazonaws.com", Some(Caller)),
            ("{\"AWS\":\"111122223333\"}", USER, Some(Account)),
            ("{\"AWS\":[\"arn:aws:iam::111122223333:root\"]}", SESSION, Some(Account)),
            ("{\"AWS\":\"arn:aws:iam::111122223333:root\"}", "arn:aws:iam::111122223333:root", Some(Caller)),
            ("{\"AWS\":\"arn:aws-cn:iam::111122223333:root\"}", SESSION, None),
            ("{\"AWS\":\"arn:aws:iam::999999999999:root\"}", USER, None),
            ("{\"AWS\":\"arn:aws:iam::111122223333:user/a\"}", USER, Some(Caller)),
            ("{\"AWS\":\"arn:aws:iam::111122223333:user/b\"}", USER, None),
            ("{\"AWS\":\"arn:aws:iam::111122223333:role/ci/deploy\"}", SESSION, Some(Role)),
            ("{\"AWS\":\"arn:aws:iam::111122223333:role/ci/deploy\"}", ROLE, None),
            ("{\"AWS\":\"arn:aws:iam::111122223333:role/deploy\"}", ROLE, Some(Role)),
            ("{\"AWS\":\"arn:aws:iam::111122223333:role/deploy2\"}", SESSION, None),
            ("{\"AWS\":\"arn:aws:iam::999999999999:role/deploy\"}", SESSION, None),
            ("{\"AWS\":\"arn:aws:sts::111122223333:assumed-role/deploy/me\"}", SESSION, Some(Caller)),
            ("{\"AWS\":\"arn:aws:sts::111122223333:assumed-role/deploy/you\"}", SESSION, None),
            ("{\"AWS\":\"AROAEXAMPLE\"}", SESSION, None),
            ("{\"AWS\":\"arn:aws:iam::111122223333:role/*\"}", SESSION, None),
            ("{\"Service\":\"lambda.amazonaws.com\"}", USER, None),
            (
                "{\"Service\":[\"a.amazonaws.com\",\"lambda.amazonaws.com\"]}",
                "lambda.amazonaws.com",
                Some(Caller),
            ),
            ("{\"AWS\":\"111122223333\"}", "lambda.amazonaws.com", None),
            ("{\"Federated\":\"accounts.google.com\"}", "accounts.google.com", Some(Caller)),
            (
                "\"*\",\"Condition\":{\"ArnLike\":{\"aws:PrincipalArn\":\"arn:aws:iam::111122223333:role/deploy\"}}",
                SESSION,
                Some(Caller),
            ),
            ("{\"AWS\":[\"111122223333\",\"arn:aws:iam::111122223333:role/deploy\"]}", SESSION, Some(Role)),
        ] {
            let (listed, conditions) = element(&format!("\"Principal\":{principal}"));
            let caller = Principal::parse(caller).unwrap();
            assert_eq!(reach(&listed, &caller, &conditions), expected, "{principal} {}", caller.text());
        }
    }

    #[test]
    fn to_be_spared_all_of_a_caller_is_listed() {
        let denied = |names: &[&str], caller: &str| {
            let (listed, _) = element(&format!("\"NotPrincipal\":{{\"AWS\":{names:?}}}"));
            is_denied_by_exclusion(&listed, &Principal::parse(caller).unwrap())
        };
        let account = "arn:aws:iam::111122223333:root";
        assert_eq!(denied(&[SESSION, ROLE, account], SESSION), Truth::No);
        assert_eq!(denied(&[USER, "111122223333"], USER), Truth::No);
        assert_eq!(denied(&[ROLE, account], ROLE), Truth::No);
        assert_eq!(denied(&[USER], SESSION), Truth::Yes);
        assert_eq!(denied(&["999999999999"], USER), Truth::Yes);
        for (names, caller) in [(&[USER][..], USER), (&[account], USER), (&[ROLE, account], SESSION)] {
            assert_eq!(denied(names, caller).dependencies().next().unwrap().key, "NotPrincipal");
        }
        let (listed, _) = element("\"NotPrincipal\":{\"Service\":\"lambda.amazonaws.com\"}");
        let service = |name: &str| is_denied_by_exclusion(&listed, &Principal::parse(name).unwrap());
        assert_eq!(service("lambda.amazonaws.com"), Truth::No);
        assert_eq!(service("ec2.amazonaws.com"), Truth::Yes);
    }
}
