//! Web identity tokens: made for tests, and read as STS reads them.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ecrpass_core::Secret;
use ecrpass_core::time::EpochSeconds;
use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Value, json};
use sha2::Sha256;

/// What STS reads in a token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Claims {
    pub(crate) issuer: String,
    pub(crate) audience: Vec<String>,
    pub(crate) subject: String,
    /// The UID of a Kubernetes service account.
    pub(crate) account_uid: Option<String>,
    pub(crate) expires_at: EpochSeconds,
}

/// What is wrong with a token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum JwtError {
    /// Not three parts of base64url, or no JSON inside.
    Malformed,
    /// Not signed by this server.
    Signature,
    /// A claim is absent.
    Missing(&'static str),
}

/// Signs the claims; with a shared key, because issuer and verifier are the same program here.
pub(crate) fn sign(key: &Secret, claims: &Claims) -> Secret {
    let audience = match claims.audience.as_slice() {
        [one] => json!(one),
        several => json!(several),
    };
    let header = json!({"alg": "HS256", "typ": "JWT"});
    let mut payload = json!({
        "iss": claims.issuer,
        "aud": audience,
        "sub": claims.subject,
        "exp": claims.expires_at,
        "iat": claims.expires_at - 3_600,
    });
    if let (Some(uid), Some(fields)) = (&claims.account_uid, payload.as_object_mut()) {
        let parts: Vec<&str> = claims.subject.split(':').collect();
        let part = |number: usize| parts.get(number).copied().unwrap_or_default();
        // Source: Kubernetes, "Managing Service Accounts", bound tokens.
        let account = json!({"name": part(3), "uid": uid});
        let bound = json!({"namespace": part(2), "serviceaccount": account});
        fields.insert("kubernetes.io".to_owned(), bound);
    }
    let encode = |value: Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let signed = format!("{}.{}", encode(header), encode(payload));
    let signature = mac(key, &signed);
    Secret::new(format!("{signed}.{signature}"))
}

/// Reads a token and checks its signature, but neither expiry nor whom it is for.
pub(crate) fn verify(key: &Secret, token: &str) -> Result<Claims, JwtError> {
    let (signed, signature) = token.rsplit_once('.').ok_or(JwtError::Malformed)?;
    let (_, payload) = signed.split_once('.').ok_or(JwtError::Malformed)?;
    let payload = URL_SAFE_NO_PAD.decode(payload).map_err(|_| JwtError::Malformed)?;
    let payload: Value = serde_json::from_slice(&payload).map_err(|_| JwtError::Malformed)?;
    if signature != mac(key, signed) {
        return Err(JwtError::Signature);
    }
    let text = |claim: &'static str| {
        payload.get(claim).and_then(Value::as_str).map(str::to_owned).ok_or(JwtError::Missing(claim))
    };
    let audience = match payload.get("aud") {
        Some(Value::String(one)) => vec![one.clone()],
        Some(Value::Array(several)) => several.iter().filter_map(Value::as_str).map(str::to_owned).collect(),
        _ => return Err(JwtError::Missing("aud")),
    };
    Ok(Claims {
        issuer: text("iss")?,
        audience,
        subject: text("sub")?,
        account_uid: payload
            .pointer("/kubernetes.io/serviceaccount/uid")
            .and_then(Value::as_str)
            .map(str::to_owned),
        expires_at: payload.get("exp").and_then(Value::as_i64).ok_or(JwtError::Missing("exp"))?,
    })
}

fn mac(key: &Secret, signed: &str) -> String {
    // A MAC takes a key of any length, so this cannot fail; an empty signature matches nothing.
    Hmac::<Sha256>::new_from_slice(key.expose().as_bytes()).map_or_else(
        |_| String::new(),
        |mut mac| {
            mac.update(signed.as_bytes());
            URL_SAFE_NO_PAD.encode(mac.finalize().into_bytes())
        },
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_read_back_and_changes_show() {
        let key = Secret::new("k".to_owned());
        let claims = Claims {
            issuer: "https://issuer.example".to_owned(),
            audience: vec!["sts.amazonaws.com".to_owned()],
            subject: "repo:o/r:ref:refs/heads/main".to_owned(),
            account_uid: None,
            expires_at: 2_000_000_000,
        };
        let token = sign(&key, &claims);
        assert_eq!(verify(&key, token.expose()).as_ref(), Ok(&claims));
        assert_eq!(verify(&Secret::new("other".to_owned()), token.expose()), Err(JwtError::Signature));
        assert_eq!(verify(&key, "a.b"), Err(JwtError::Malformed));
        assert_eq!(verify(&key, "nonsense"), Err(JwtError::Malformed));
        let several = Claims { audience: vec!["a".to_owned(), "b".to_owned()], ..claims };
        assert_eq!(verify(&key, sign(&key, &several).expose()), Ok(several.clone()));
        let bound = Claims {
            subject: "system:serviceaccount:shop:web".to_owned(),
            account_uid: Some("u-1".to_owned()),
            ..several
        };
        assert_eq!(verify(&key, sign(&key, &bound).expose()), Ok(bound));
    }
}
