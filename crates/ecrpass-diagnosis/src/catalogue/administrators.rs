//! What somebody else has to do: a message to send them, complete with who needs what, in which account, and the command
//! that allows it.

use ecrpass_core::{DiagnosisId, Registry};

use crate::finding::{Details, Fix};

/// Causes that an administrator of AWS ends, and whose: of the caller's account, or of the registry's.
const ASKED: [(DiagnosisId, Account); 9] = [
    (DiagnosisId::AssumeRoleDenied, Account::Callers),
    (DiagnosisId::CrossAccountRepoPolicyMissing, Account::Registrys),
    (DiagnosisId::ExplicitDenyPolicy, Account::Callers),
    (DiagnosisId::IamMissingEcrAction, Account::Callers),
    (DiagnosisId::IamMissingGetAuthorizationToken, Account::Callers),
    (DiagnosisId::IamMissingPullAction, Account::Callers),
    (DiagnosisId::IamMissingPushAction, Account::Callers),
    (DiagnosisId::KmsKeyAccessDenied, Account::Registrys),
    (DiagnosisId::LambdaRepoPolicyMissing, Account::Registrys),
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
    let registry = details.host.as_deref().and_then(|host| Registry::parse(host).ok());
    let of_caller = principal.split(':').nth(4).filter(|account| !account.is_empty());
    let of_registry = registry.as_ref().and_then(Registry::account);
    let account = match whose {
        Account::Callers => of_caller.or(of_registry),
        Account::Registrys => of_registry.or(of_caller),
    }?;
    let action = details.action.as_deref().map_or_else(String::new, |action| format!(" {action}"));
    let on = match (&details.repository, details.host.as_deref()) {
        (Some(repository), Some(host)) => format!(" on {host}/{repository}"),
        (None, Some(host)) => format!(" on {host}"),
        _ => String::new(),
    };
    let denied = match id {
        DiagnosisId::ExplicitDenyPolicy => "a policy explicitly denies",
        _ => "please allow",
    };
    let how = fixes.iter().filter(|fix| !fix.looks).find_map(Fix::command);
    let how = match (id, how) {
        // A policy that denies is taken back where it is; no command is known for that.
        (DiagnosisId::ExplicitDenyPolicy, _) | (_, None) => String::new(),
        (_, Some(command)) => format!(" This does it: {command}"),
    };
    Some(Fix::by_hand(format!(
        "send this to the administrator of AWS account {account}: \"{denied}{action}{on} to {principal}.{how}\""
    )))
}

#[cfg(test)]
mod tests {
    use ecrpass_core::CommandLine;

    use super::*;

    #[test]
    fn the_message_says_who_needs_what_where() {
        let details = Details {
            host: Some("123456789012.dkr.ecr.us-east-1.amazonaws.com".to_owned()),
            repository: Some("team/app".to_owned()),
            principal: Some("arn:aws:sts::210987654321:assumed-role/ci/x".to_owned()),
            action: Some("ecr:BatchGetImage".to_owned()),
            ..Details::default()
        };
        let fixes = [Fix::run("allow it", CommandLine::shell("aws iam put-role-policy --role-name ci"))];
        let say = |id| message(id, &details, &fixes).map(|fix| fix.summary);
        let asks = say(DiagnosisId::IamMissingPullAction).unwrap();
        assert_eq!(
            asks,
            "send this to the administrator of AWS account 210987654321: \"please allow ecr:BatchGetImage on 123456789012.dkr.ecr.us-east-1.amazonaws.com/team/app to arn:aws:sts::210987654321:assumed-role/ci/x. This does it: aws iam put-role-policy --role-name ci\""
        );
        assert!(
            say(DiagnosisId::CrossAccountRepoPolicyMissing).unwrap().contains("AWS account 123456789012: ")
        );
        assert_eq!(say(DiagnosisId::TokenExpired), None);
        assert_eq!(message(DiagnosisId::IamMissingPullAction, &Details::default(), &fixes), None);
    }
}
