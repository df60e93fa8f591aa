//! Web identity tokens, as far as they can be read without proving them: who issued them, for whom, about whom, until when.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ecrpass_core::time::EpochSeconds;
use serde_json::Value;

/// What a token claims.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Claims {
    /// Who issued it.
    pub issuer: Option<String>,
    /// For whom it is: STS, most often.
    pub audience: Vec<String>,
    /// Whom it is about.
    pub subject: Option<String>,
    /// When it expires.
    pub expires_at: Option<EpochSeconds>,
}

fn payload(token: &str) -> Option<Value> {
    let payload = token.trim().split('.').nth(1)?;
    let bytes = URL_SAFE_NO_PAD.decode(payload.trim_end_matches('=')).ok()?;
    let value: Value = serde_json::from_slice(&bytes).ok()?;
    value.is_object().then_some(value)
}

/// The claims that decide who the token makes its bearer, and that stay when it is renewed: issuer, subject, audience
/// and what AWS turns into tags of the session. `None` for a text that is no JSON Web Token or names nobody.
pub fn stable_claims(token: &str) -> Option<Vec<(String, String)>> {
    let value = payload(token)?;
    value.get("sub")?;
    let claims = value.as_object()?.iter();
    let mut stable: Vec<(String, String)> = claims
        .filter(|(name, _)| {
            ["iss", "sub", "aud", "azp", "amr"].contains(&name.as_str())
                || name.starts_with("https://aws.amazon.com/")
        })
        .map(|(name, value)| (name.clone(), value.to_string()))
        .collect();
    stable.sort_unstable();
    Some(stable)
}

/// The UID of the Kubernetes service account a token is about. Source: Kubernetes, "Managing Service Accounts", bound
/// tokens.
pub fn service_account_uid(token: &str) -> Option<String> {
    let uid = payload(token)?.get("kubernetes.io")?.get("serviceaccount")?.get("uid")?.as_str()?.to_owned();
    Some(uid)
}

/// Reads the claims of a JSON Web Token; `None` for a text that is none. Its signature is not looked at.
pub fn claims(token: &str) -> Option<Claims> {
    let value = payload(token)?;
    let text = |name: &str| value.get(name)?.as_str().map(str::to_owned);
    let audience = match value.get("aud") {
        Some(Value::String(one)) => vec![one.clone()],
        Some(Value::Array(all)) => all.iter().filter_map(|one| one.as_str().map(str::to_owned)).collect(),
        _ => Vec::new(),
    };
    Some(Claims {
        issuer: text("iss"),
        audience,
        subject: text("sub"),
        expires_at: value.get("exp").and_then(Value::as_i64),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn claims_are_read() {
        let payload = URL_SAFE_NO_PAD.encode(
            r#"{"iss":"https://oidc.eks.us-east-1.amazonaws.com/id/X","aud":["sts.amazonaws.com"],"sub":"system:serviceaccount:a:b","exp":1700000000}"#,
        );
        let claims = claims(&format!("e30.{payload}.sig\n")).unwrap();
        assert_eq!(claims.audience, ["sts.amazonaws.com"]);
        assert_eq!(claims.subject.as_deref(), Some("system:serviceaccount:a:b"));
        assert_eq!(claims.expires_at, Some(1_700_000_000));
        for text in ["", "a.b.c", "a", "e30.e30", "e30.W10.x"] {
            assert!(super::claims(text).is_none_or(|claims| claims == Claims::default()), "{text}");
            assert_eq!(service_account_uid(text), None, "{text}");
        }
    }

    #[test]
    fn the_account_of_a_bound_token_is_known() {
        let payload = URL_SAFE_NO_PAD.encode(
            r#"{"sub":"system:serviceaccount:a:b","kubernetes.io":{"namespace":"a","serviceaccount":{"name":"b","uid":"u-1"},"pod":{"name":"p"}}}"#,
        );
        assert_eq!(service_account_uid(&format!("e30.{payload}.sig")).as_deref(), Some("u-1"));
    }
}
