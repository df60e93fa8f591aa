//! What somebody else has to do: a message to send them, complete with who needs what, in which account, and the command
//! that allows it.

use ecrpass_core::{Arn, DiagnosisId};
use ecrpass_iam::PolicyKind;

use crate::finding::{Denial, Details, Fix};

/// Causes that an administrator of AWS ends, and whose: of the caller's account, or of the registry's.
const ASKED: [(DiagnosisId, Account); 10] = [
    (DiagnosisId::AssumeRoleDenied, Account::Callers),
    (DiagnosisId::CrossAccountRepoPolicyMissing, Account::Registrys),
    (DiagnosisId::ExplicitDenyPolicy, Account::Callers),
    (DiagnosisId::IamMissingEcrAction, Account::Callers),
    (DiagnosisId::IamMissingGetAuthorizationToken, Account::Callers),
    (DiagnosisId::IamMissingPullAction, Account::Callers),
    (DiagnosisId::IamMissingPushAction, Account::Callers),
    (DiagnosisId::KmsKeyAccessDenied, Account::Registrys),
    (DiagnosisId::LambdaRepoPolicyMissing, Account::Registrys),
    (DiagnosisId::PullThroughCacheError, Account::Callers),
];

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Account {
    Callers,
    Registrys,
}

/// The message; none where it is not somebody else's to do, or not known who is refused.
pub fn message(id: DiagnosisId, details: &Details, fixes: &[Fix]) -> Option<Fix> {
    let (_, whose) = ASKED.iter().find(|(asked, _)| *asked == id)?;
    let principal = details.principal.as_deref()?;
    let accounts = Accounts::of(details, principal);
    let layer = details.denial.as_ref().and_then(|denial| denial.reason.policy());
    let addressee = match layer {
        // What both have to allow is refused without a word of whose no it was.
        None if id == DiagnosisId::AssumeRoleDenied => accounts.administrator(Account::Registrys),
        None => accounts.administrator(*whose),
        Some(layer) => accounts.addressee(layer),
    }?;
    let action = details.action.as_deref().map_or_else(String::new, |action| format!(" {action}"));
    let asks = match layer {
        Some(layer) if id == DiagnosisId::ExplicitDenyPolicy => denied(layer, details.denial.as_ref()),
        _ if id == DiagnosisId::ExplicitDenyPolicy => "a policy explicitly denies".to_owned(),
        Some(PolicyKind::Trust) => "please let the role's trust policy allow".to_owned(),
        Some(PolicyKind::Resource) => "please let the repository's policy allow".to_owned(),
        _ => "please allow".to_owned(),
    };
    let too = match layer {
        None if id == DiagnosisId::AssumeRoleDenied && accounts.differ() => {
            " It takes both the role's trust policy and a policy of who calls."
        }
        _ => "",
    };
    let how = how(id, details, fixes).map_or_else(String::new, |command| match whose {
        // That is the whole policy of the repository.
        Account::Registrys => format!(" This does it, in place of the policy that is there: {command}"),
        Account::Callers => format!(" This does it: {command}"),
    });
    let on = on(details);
    Some(Fix::by_hand(format!("send this to {addressee}: \"{asks}{action}{on} to {principal}.{too}{how}\"")))
}

/// The accounts that a denial is about.
struct Accounts<'a> {
    callers: Option<&'a str>,
    /// Of the registry, or of the role that is to be assumed.
    owners: Option<&'a str>,
    /// The organization's, where the policy's ARN tells.
    organizations: Option<&'a str>,
}

impl<'a> Accounts<'a> {
    fn of(details: &'a Details, principal: &'a str) -> Self {
        let account = |arn: &'a str| Some(Arn::parse(arn)?.account).filter(|account| !account.is_empty());
        let denial = details.denial.as_ref();
        let of_resource = denial.and_then(|denial| account(denial.resource.as_deref()?));
        let policy = denial.and_then(|denial| denial.policy.as_deref());
        Self {
            callers: account(principal),
            owners: of_resource.or(details.account.as_deref()),
            organizations: policy.filter(|arn| arn.contains(":organizations:")).and_then(account),
        }
    }

    fn differ(&self) -> bool {
        self.callers.zip(self.owners).is_some_and(|(callers, owners)| callers != owners)
    }

    fn account(&self, whose: Account) -> Option<&'a str> {
        match whose {
            Account::Callers => self.callers.or(self.owners),
            Account::Registrys => self.owners.or(self.callers),
        }
    }

    fn administrator(&self, whose: Account) -> Option<String> {
        Some(format!("the administrator of AWS account {}", self.account(whose)?))
    }

    /// Who may change a policy of that kind.
    fn addressee(&self, layer: PolicyKind) -> Option<String> {
        let organization = |whose| {
            let account = self.account(whose)?;
            let management =
                self.organizations.map_or_else(String::new, |id| format!(" (management account {id})"));
            Some(format!("who manages the organization of AWS account {account}{management}"))
        };
        match layer {
            PolicyKind::Identity | PolicyKind::Boundary | PolicyKind::Session => {
                self.administrator(Account::Callers)
            }
            PolicyKind::Resource | PolicyKind::Trust => self.administrator(Account::Registrys),
            // The organization of the caller limits who calls, that of the resource what may be called.
            PolicyKind::ServiceControl => organization(Account::Callers),
            PolicyKind::ResourceControl => organization(Account::Registrys),
            PolicyKind::Endpoint => {
                Some("the owner of the VPC endpoint that the call came through".to_owned())
            }
        }
    }
}

/// What a policy of that kind does, for the beginning of a sentence.
fn denied(layer: PolicyKind, denial: Option<&Denial>) -> String {
    let name = layer.aws_name();
    let arn = denial.and_then(|denial| denial.policy.as_deref());
    let arn = arn.map_or_else(String::new, |arn| format!(" {arn}"));
    match denial.is_some_and(|denial| denial.reason.is_explicit()) {
        true => {
            let article = if layer == PolicyKind::Identity { "an" } else { "a" };
            format!("{article} {name}{arn} explicitly denies")
        }
        false => format!("no {name}{arn} allows"),
    }
}

/// On what.
fn on(details: &Details) -> String {
    let resource = details.denial.as_ref().and_then(|denial| denial.resource.as_deref());
    match (&details.repository, details.host.as_deref()) {
        (Some(repository), Some(host)) => format!(" on {host}/{repository}"),
        (None, Some(host)) => format!(" on {host}"),
        (_, None) => {
            resource.filter(|resource| *resource != "*").map_or_else(String::new, |arn| format!(" on {arn}"))
        }
    }
}

/// The command that grants what was refused.
fn how(id: DiagnosisId, details: &Details, fixes: &[Fix]) -> Option<String> {
    // A policy that denies is taken back where it is; no command is known for that.
    if id == DiagnosisId::ExplicitDenyPolicy {
        return None;
    }
    let action = details.action.as_deref().map(|action| format!("\"{action}\""));
    let grants = |command: &String| {
        command.contains("\"Effect\":\"Allow\"")
            && action.as_ref().is_none_or(|action| command.contains(action.as_str()))
    };
    fixes.iter().filter(|fix| !fix.looks).filter_map(Fix::command).find(grants)
}

#[cfg(test)]
mod tests {
    use ecrpass_core::CommandLine;

    use super::*;

    const GRANT: &str =
        r#"aws iam put-role-policy --policy-document '{"Effect":"Allow","Action":"ecr:BatchGetImage"}'"#;

    #[test]
    fn the_message_says_who_needs_what_where() {
        let details = Details {
            host: Some("123456789012.dkr.ecr.us-east-1.amazonaws.com".to_owned()),
            account: Some("123456789012".to_owned()),
            repository: Some("team/app".to_owned()),
            principal: Some("arn:aws:sts::210987654321:assumed-role/ci/x".to_owned()),
            action: Some("ecr:BatchGetImage".to_owned()),
            ..Details::default()
        };
        let fixes = [Fix::run("allow it", CommandLine::shell(GRANT))];
        let say = |id| message(id, &details, &fixes).map(|fix| fix.summary);
        let asks = say(DiagnosisId::IamMissingPullAction).unwrap();
        assert_eq!(
            asks,
            format!(
                "send this to the administrator of AWS account 210987654321: \"please allow ecr:BatchGetImage on 123456789012.dkr.ecr.us-east-1.amazonaws.com/team/app to arn:aws:sts::210987654321:assumed-role/ci/x. This does it: {GRANT}\""
            )
        );
        assert!(
            say(DiagnosisId::CrossAccountRepoPolicyMissing).unwrap().contains("AWS account 123456789012: ")
        );
        assert_eq!(say(DiagnosisId::TokenExpired), None);
        assert_eq!(message(DiagnosisId::IamMissingPullAction, &Details::default(), &fixes), None);
    }

    /// The message for AWS's own sentence.
    fn sent(id: DiagnosisId, sentence: &str, fixes: &[Fix]) -> String {
        let denied = ecrpass_iam::denial::parse(sentence).unwrap();
        let details = Details {
            principal: Some(denied.principal.to_owned()),
            action: Some(denied.action.to_owned()),
            denial: Some(Denial::of(&denied)),
            ..Details::default()
        };
        message(id, &details, fixes).unwrap().summary
    }

    #[test]
    fn it_goes_to_whoever_may_change_the_policy_that_said_no() {
        const REFUSED: &str = "User: arn:aws:iam::210987654321:user/ada is not authorized to perform: ecr:BatchGetImage on resource: arn:aws:ecr:us-east-1:123456789012:repository/app";
        const ORGANIZATION: &str = "arn:aws:organizations::111122223333:policy/o-a/x/p-b";
        for (reason, to, asks) in [
            (
                "with an explicit deny in a resource-based policy".to_owned(),
                "the administrator of AWS account 123456789012",
                "a resource-based policy explicitly denies",
            ),
            (
                format!("with an explicit deny in a service control policy: {ORGANIZATION}"),
                "who manages the organization of AWS account 210987654321 (management account 111122223333)",
                "a service control policy arn:aws:organizations::111122223333:policy/o-a/x/p-b explicitly denies",
            ),
            (
                "with an explicit deny in a resource control policy".to_owned(),
                "who manages the organization of AWS account 123456789012",
                "a resource control policy explicitly denies",
            ),
            (
                "because no permissions boundary allows the ecr:BatchGetImage action".to_owned(),
                "the administrator of AWS account 210987654321",
                "no permissions boundary allows",
            ),
            (
                "because no session policy allows the ecr:BatchGetImage action".to_owned(),
                "the administrator of AWS account 210987654321",
                "no session policy allows",
            ),
            (
                "because no VPC endpoint policy allows the ecr:BatchGetImage action".to_owned(),
                "the owner of the VPC endpoint that the call came through",
                "no VPC endpoint policy allows",
            ),
            (
                "with an explicit deny".to_owned(),
                "the administrator of AWS account 210987654321",
                "a policy explicitly denies",
            ),
        ] {
            let sent = sent(DiagnosisId::ExplicitDenyPolicy, &format!("{REFUSED} {reason}"), &[]);
            let expected = format!(
                "send this to {to}: \"{asks} ecr:BatchGetImage on arn:aws:ecr:us-east-1:123456789012:repository/app to arn:aws:iam::210987654321:user/ada.\""
            );
            assert_eq!(sent, expected);
        }
    }

    #[test]
    fn a_role_of_another_account_is_its_administrators() {
        const REFUSED: &str = "User: arn:aws:iam::210987654321:user/ada is not authorized to perform: sts:AssumeRole on resource: arn:aws:iam::123456789012:role/push";
        let sent = sent(DiagnosisId::AssumeRoleDenied, REFUSED, &[]);
        assert!(sent.starts_with("send this to the administrator of AWS account 123456789012: "), "{sent}");
        assert!(sent.contains("both the role's trust policy and a policy of who calls"), "{sent}");
        let own = "because no identity-based policy allows the sts:AssumeRole action";
        let sent = self::sent(DiagnosisId::AssumeRoleDenied, &format!("{REFUSED} {own}"), &[]);
        assert!(sent.starts_with("send this to the administrator of AWS account 210987654321: "), "{sent}");
    }

    #[test]
    fn a_command_that_does_not_grant_what_was_refused_is_not_passed_on() {
        const REFUSED: &str = "User: arn:aws:iam::210987654321:user/ada is not authorized to perform: ecr:PutImage on resource: arn:aws:ecr:us-east-1:210987654321:repository/app because no identity-based policy allows the ecr:PutImage action";
        let fixes = [Fix::run("allow it", CommandLine::shell(GRANT))];
        let sent = sent(DiagnosisId::IamMissingPushAction, REFUSED, &fixes);
        assert!(!sent.contains("This does it"), "{sent}");
    }
}
