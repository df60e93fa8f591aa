//! Authorization tokens: what `ecr:GetAuthorizationToken` returns, read without asking anybody.
//!
//! The token is base64 of `AWS:<password>`, and that is also what `auth` holds in a docker configuration. The
//! password is itself base64 of JSON with an `expiration` in epoch seconds. AWS does not document that inner
//! format, so a password in any other form is still a password, only one whose expiry cannot be read.

mod expiration;

use base64::Engine as _;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use zeroize::{Zeroize, Zeroizing};

use self::expiration::Expiration;
use crate::Secret;
use crate::time::EpochSeconds;

/// The user name that goes with every ECR password.
pub const USERNAME: &str = "AWS";

/// How long a fresh token lives, in seconds. Source: ECR API reference, `GetAuthorizationToken`.
pub const LIFETIME: i64 = 12 * 60 * 60;

/// The longest token taken for one, in bytes. Real ones measure about 3 kB.
pub const MAX_LENGTH: usize = 64 * 1024;

/// Base64 with padding, read with or without, as lenient about the last bits as the clients are.
pub const BASE64: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_allow_trailing_bits(true)
        .with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// A decoded authorization token.
#[derive(Clone, Debug)]
pub struct AuthorizationToken {
    /// The user name: `AWS` for a token of ECR's.
    pub username: String,
    /// What a registry wants as the password.
    pub password: Secret,
    /// When the token says it expires; `None` when it is not in the format ECR uses.
    pub expires_at: Option<EpochSeconds>,
}

/// Why a text is no authorization token. The text itself is never repeated.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TokenError {
    /// Not base64, or not UTF-8 inside.
    #[error("the authorization token is not valid base64")]
    Base64,
    /// No colon between user name and password, or one of them empty.
    #[error("the authorization token does not hold `user:password`")]
    Shape,
    /// Longer than [`MAX_LENGTH`].
    #[error("the authorization token is longer than {MAX_LENGTH} bytes")]
    TooLong,
}

impl AuthorizationToken {
    /// Decodes `authorizationToken` of the API, or `auth` of a docker configuration: base64, padded or not.
    ///
    /// # Errors
    /// [`TokenError`] when the text is not base64 of `user:password`.
    pub fn decode(token: &str) -> Result<Self, TokenError> {
        if token.len() > MAX_LENGTH {
            return Err(TokenError::TooLong);
        }
        let text = decode_base64(token.trim()).ok_or(TokenError::Base64)?;
        match text.split_once(':') {
            Some((username, password)) if !username.is_empty() && !password.is_empty() => Ok(Self {
                username: username.to_owned(),
                expires_at: password_expiry(password),
                password: Secret::new(password.to_owned()),
            }),
            _ => Err(TokenError::Shape),
        }
    }

    /// Encodes user name and password the way `auth` holds them in a docker configuration.
    pub fn encode(username: &str, password: &Secret) -> Secret {
        let text = Zeroizing::new(format!("{username}:{}", password.expose()));
        Secret::new(BASE64.encode(text.as_bytes()))
    }
}

/// When a registry password says it expires; `None` for a password that is not ECR's, or of an unknown form.
pub fn password_expiry(password: &str) -> Option<EpochSeconds> {
    if password.len() > MAX_LENGTH {
        return None;
    }
    let json = decode_base64(password.trim())?;
    match serde_json::from_str(&json) {
        Ok(Expiration::Of(seconds)) if seconds > 0 => Some(seconds),
        _ => None,
    }
}

fn decode_base64(text: &str) -> Option<Zeroizing<String>> {
    let bytes = BASE64.decode(text).ok()?;
    match String::from_utf8(bytes) {
        Ok(text) => Some(Zeroizing::new(text)),
        Err(error) => {
            error.into_bytes().zeroize();
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn password(inner: &str) -> String {
        BASE64.encode(inner.as_bytes())
    }

    #[test]
    fn expiry_is_read_from_the_password() {
        let inner =
            r#"{"payload":"p","datakey":"AQEBAH","version":"2","type":"DATA_KEY","expiration":1757147299}"#;
        let token = BASE64.encode(format!("AWS:{}", password(inner)).as_bytes());
        let decoded = AuthorizationToken::decode(&token).unwrap();
        assert_eq!(decoded.username, "AWS");
        assert_eq!(decoded.expires_at, Some(1_757_147_299));
        assert_eq!(AuthorizationToken::encode("AWS", &decoded.password).expose(), token);
        let unpadded = token.trim_end_matches('=');
        assert_eq!(AuthorizationToken::decode(unpadded).unwrap().expires_at, Some(1_757_147_299));
    }

    #[test]
    fn other_passwords_have_no_expiry() {
        for other in [
            "123456789012-auth-token".to_owned(),
            password("not json"),
            password(r#"{"payload":"p"}"#),
            password(r#"{"expiration":"soon"}"#),
            password(r#"{"expiration":-5}"#),
            password(r#"{"expiration":1e300}"#),
        ] {
            assert_eq!(password_expiry(&other), None, "{other}");
        }
        assert_eq!(password_expiry(&password(r#"{"expiration":1757147299.75}"#)), Some(1_757_147_299));
    }

    #[test]
    fn what_is_no_token_is_refused_without_repeating_it() {
        for (text, error) in [
            ("%%%", TokenError::Base64),
            ("QVdT", TokenError::Shape),
            ("OnNlY3JldA==", TokenError::Shape),
            ("QVdTOg==", TokenError::Shape),
            ("/////w==", TokenError::Base64),
        ] {
            assert_eq!(AuthorizationToken::decode(text).unwrap_err(), error, "{text}");
        }
        assert_eq!(AuthorizationToken::decode(&"A".repeat(MAX_LENGTH + 1)).unwrap_err(), TokenError::TooLong);
    }

    proptest! {
        #[test]
        fn any_text_is_answered(text in any::<String>()) {
            let _ = AuthorizationToken::decode(&text);
            let _ = password_expiry(&text);
        }

        #[test]
        fn any_expiration_comes_back(expiration in 1_i64..i64::MAX) {
            let inner = password(&format!(r#"{{"expiration":{expiration}}}"#));
            prop_assert_eq!(password_expiry(&inner), Some(expiration));
        }
    }
}
