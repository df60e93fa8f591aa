//! Authorization tokens and web identity tokens.

use ecrpass_core::AuthorizationToken;
use ecrpass_core::token::password_expiry;
use ecrpass_credentials::web_identity::{claims, service_account_uid, stable_claims};

/// A token that is read can be written and read again, says nothing of its password, and expires when its password does.
pub fn run(input: &[u8]) {
    let Ok(text) = std::str::from_utf8(input) else { return };
    if let Ok(token) = AuthorizationToken::decode(text) {
        let password = token.password.expose();
        assert_eq!(token.expires_at, password_expiry(password));
        let encoded = AuthorizationToken::encode(&token.username, &token.password);
        let again = AuthorizationToken::decode(encoded.expose());
        assert!(
            again.is_ok_and(|again| {
                again.username == token.username
                    && again.password.expose() == password
                    && again.expires_at == token.expires_at
            }),
            "what was written is another token"
        );
        let shown = format!("{token:?}");
        let in_name = token.username.contains(password);
        assert!(password.len() < 24 || in_name || !shown.contains(password), "{shown}");
    }
    if let Some(expiry) = password_expiry(text) {
        assert!(expiry > 0);
    }
    let named = stable_claims(text);
    assert!(claims(text).is_some() || named.is_none() && service_account_uid(text).is_none());
    if let Some(named) = named {
        // A renewed token of the same bearer has the same: expiry and id are not in it.
        assert!(named.iter().all(|(name, _)| !["exp", "iat", "nbf", "jti"].contains(&name.as_str())));
        assert!(named.is_sorted());
    }
}
