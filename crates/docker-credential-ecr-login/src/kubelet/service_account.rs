//! The pod's service account: which role its token is good for.
//!
//! Source: cloud-provider-aws `cmd/ecr-credential-provider`: an annotation of the account, else `AWS_ECR_ROLE_ARN`, else
//! what the node may.

use ecrpass_core::account::is_account_id;
use ecrpass_core::{Arn, DiagnosisId};
use ecrpass_credentials::credential_chain::ServiceAccount;
use ecrpass_credentials::refusal::Refusal;
use ecrpass_credentials::web_identity;
use ecrpass_helper::kubelet_request::{NAME, Request};

use crate::get::variable_os;
use crate::settings::ServiceAccountSettings;

/// The variable that names a role for all accounts.
const VARIABLE: &str = "AWS_ECR_ROLE_ARN";

/// The longest name of a session. Source: STS API Reference, `AssumeRoleWithWebIdentity`.
const MAX_NAME: usize = 64;

/// The account to ask for; `None` where the node itself is to.
///
/// # Errors
/// A [`Refusal`] where there is a token, and no role for it that is one: then nobody else's rights are used.
pub fn of(
    request: &Request<'_>,
    settings: &ServiceAccountSettings,
) -> Result<Option<ServiceAccount>, Refusal> {
    let variable = variable_os(VARIABLE).map(|value| value.to_string_lossy().into_owned());
    choose(request, settings, variable.as_deref())
}

fn choose(
    request: &Request<'_>,
    settings: &ServiceAccountSettings,
    variable: Option<&str>,
) -> Result<Option<ServiceAccount>, Refusal> {
    let Some(token) = request.secret() else { return Ok(None) };
    let subject = web_identity::claims(token.expose()).and_then(|claims| claims.subject);
    let annotated = || {
        let mut names = settings.role_annotations.iter();
        names.find_map(|name| Some((format!("annotation {name}"), request.annotation(name)?)))
    };
    let named = || {
        let value = variable.map(str::trim).filter(|value| !value.is_empty());
        value.map(|value| (format!("variable {VARIABLE}"), value))
    };
    match annotated().or_else(named) {
        Some((_, role)) if is_role(role) => {
            let session_name = session_name(subject.as_deref());
            Ok(Some(ServiceAccount { token, role_arn: role.to_owned(), session_name }))
        }
        Some((place, other)) => Err(Refusal::new(
            DiagnosisId::IrsaWebIdentityInvalid,
            format!("The {place} of {} is not the ARN of a role: `{other}`.", known(subject.as_deref())),
            "write arn:aws:iam::<account>:role/<name>",
        )),
        None if settings.require_role => Err(without_role(settings, subject.as_deref())),
        None => Ok(None),
    }
}

fn without_role(settings: &ServiceAccountSettings, subject: Option<&str>) -> Refusal {
    let annotation = settings.role_annotations.first().map_or("", String::as_str);
    let account = match subject.and_then(parts) {
        Some((namespace, name)) => format!("{name} --namespace {namespace}"),
        None => "<name>".to_owned(),
    };
    Refusal::new(
        DiagnosisId::IrsaWebIdentityInvalid,
        format!(
            "{} has no annotation {annotation}, or the kubelet's configuration does not list it, and without a role there is nothing for it (`require_role`).",
            known(subject)
        ),
        format!("kubectl annotate serviceaccount {account} {annotation}=<role ARN>"),
    )
}

fn known(subject: Option<&str>) -> String {
    subject.map_or_else(|| "this service account".to_owned(), |subject| format!("service account {subject}"))
}

fn is_role(text: &str) -> bool {
    Arn::parse(text).is_some_and(|arn| {
        arn.service == "iam"
            && arn.role_name().is_some_and(|name| !name.is_empty())
            && is_account_id(arn.account)
    })
}

/// Namespace and name of `system:serviceaccount:<namespace>:<name>`.
fn parts(subject: &str) -> Option<(&str, &str)> {
    subject.strip_prefix("system:serviceaccount:")?.split_once(':')
}

/// What CloudTrail shows: whose pull it was.
fn session_name(subject: Option<&str>) -> String {
    let Some((namespace, name)) = subject.and_then(parts) else { return NAME.to_owned() };
    let is_allowed = |c: char| c.is_ascii_alphanumeric() || "+=,.@_-".contains(c);
    let name = format!("{namespace}.{name}");
    name.chars().map(|c| if is_allowed(c) { c } else { '-' }).take(MAX_NAME).collect()
}

#[cfg(test)]
mod tests {
    use base64::Engine as _;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;

    use super::*;

    const ROLE: &str = "arn:aws:iam::123456789012:role/shop-pull";
    const ANNOTATION: &str = "eks.amazonaws.com/ecr-role-arn";

    fn jwt() -> String {
        let payload = r#"{"sub":"system:serviceaccount:shop:web","aud":["sts.amazonaws.com"]}"#;
        format!("e30.{}.sig", URL_SAFE_NO_PAD.encode(payload))
    }

    fn request<'a>(token: &'a str, annotations: &[(&str, &str)]) -> Request<'a> {
        let own = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        Request {
            version: "credentialprovider.kubelet.k8s.io/v1",
            image: "h/a".to_owned(),
            token,
            annotations: annotations.iter().map(own).collect(),
        }
    }

    #[test]
    fn the_role_is_the_annotations_then_the_variables_then_none() {
        let (token, settings) = (jwt(), ServiceAccountSettings::default());
        let other = "arn:aws:iam::123456789012:role/other";
        let role = |annotations: &[(&str, &str)], variable: Option<&str>| {
            let account = choose(&request(&token, annotations), &settings, variable).unwrap();
            account.map(|account| (account.role_arn, account.session_name))
        };
        let shop = |role: &str| Some((role.to_owned(), "shop.web".to_owned()));
        assert_eq!(role(&[(ANNOTATION, ROLE)], Some(other)), shop(ROLE));
        assert_eq!(role(&[(ANNOTATION, " ")], Some(other)), shop(other));
        assert_eq!(role(&[("eks.amazonaws.com/role-arn", ROLE)], Some(" ")), None);
        let settings = ServiceAccountSettings {
            role_annotations: vec![ANNOTATION.to_owned(), "eks.amazonaws.com/role-arn".to_owned()],
            require_role: true,
        };
        let irsa = request(&token, &[("eks.amazonaws.com/role-arn", ROLE)]);
        assert_eq!(choose(&irsa, &settings, None).unwrap().unwrap().role_arn, ROLE);
        // Without a token, as for a static pod, it is the node's pull.
        assert!(choose(&request("", &[(ANNOTATION, ROLE)]), &settings, Some(ROLE)).unwrap().is_none());
    }

    #[test]
    fn nobody_elses_rights_are_used_for_a_role_that_is_none() {
        let (token, settings) = (jwt(), ServiceAccountSettings::default());
        for role in [
            "my-role",
            "arn:aws:iam::1:role/x",
            "arn:aws:sts::123456789012:assumed-role/a/b",
            "arn:aws:iam::123456789012:role/",
        ] {
            let refusal = choose(&request(&token, &[(ANNOTATION, role)]), &settings, Some(ROLE)).unwrap_err();
            assert_eq!(refusal.id, DiagnosisId::IrsaWebIdentityInvalid);
            assert!(refusal.what.contains(role) && !refusal.to_string().contains(&token), "{refusal}");
        }
        let strict = ServiceAccountSettings { require_role: true, ..settings };
        let refusal = choose(&request(&token, &[]), &strict, None).unwrap_err();
        assert!(
            refusal
                .next
                .to_string()
                .contains("serviceaccount web --namespace shop eks.amazonaws.com/ecr-role-arn=")
        );
    }

    #[test]
    fn a_session_is_named_after_the_account() {
        assert_eq!(session_name(None), "ecr-credential-provider");
        let long = format!("system:serviceaccount:{}:x", "n".repeat(80));
        assert_eq!(session_name(Some(&long)).len(), MAX_NAME);
        assert_eq!(session_name(Some("system:serviceaccount:a/b:c")), "a-b.c");
    }
}
