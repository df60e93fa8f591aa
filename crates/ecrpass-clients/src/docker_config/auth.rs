//! What an entry of `auths` holds, and how clients decode it.

use std::borrow::Cow;
use std::sync::OnceLock;

use base64::Engine as _;
use ecrpass_core::Secret;
use ecrpass_core::time::EpochSeconds;
use ecrpass_core::token::{BASE64, USERNAME, password_expiry};
use ecrpass_json::{Member, is_field};
use zeroize::{Zeroize, Zeroizing};

/// The fields of an entry, all of which may be missing.
#[derive(Clone, Debug, Default)]
pub struct StoredCredentials {
    /// Base64 of `user:password`.
    pub auth: Option<Secret>,
    /// The others. Most entries have none, and a large file has thousands.
    others: Option<Box<OtherFields>>,
    /// What the fields above say, once that was asked: decoding is what takes the time in a large file.
    said: OnceLock<Result<Option<StoredLogin>, AuthError>>,
}

/// The fields of an entry that `docker login` does not write there.
#[derive(Clone, Debug, Default)]
struct OtherFields {
    username: Option<String>,
    password: Option<Secret>,
    identity_token: Option<Secret>,
    registry_token: Option<Secret>,
}

/// What a stored login says of itself, without its password.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredLogin {
    /// The user name.
    pub user: Cow<'static, str>,
    /// When the password says it expires; `None` where it does not say.
    pub expires_at: Option<EpochSeconds>,
    /// Whether a line break, a space or the like got into the password, as on its way through a pipe.
    pub is_altered: bool,
}

/// Why an `auth` cannot be decoded. The text itself is never repeated.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AuthError {
    /// Not base64 with padding.
    #[error("is not valid base64")]
    Base64,
    /// Base64, but its padding is missing; Go's strict decoder refuses that.
    #[error("lacks the padding `=` at its end")]
    Padding,
    /// No user name and colon in front of the password.
    #[error("does not hold `user:password`")]
    Shape,
}

impl StoredCredentials {
    /// Whether a key of an entry is one of those read here.
    pub(super) fn is_field(key: &str) -> bool {
        ["auth", "username", "password", "identitytoken", "registrytoken"]
            .iter()
            .any(|name| is_field(key, name))
    }

    /// Reads the fields of an entry of `auths`.
    pub fn read(fields: &[Member]) -> Self {
        // The last one counts, as everywhere in Go; an empty one is none.
        let field = |name: &str| {
            let value = fields.iter().rev().find(|field| is_field(&field.key, name))?;
            value.value.text().filter(|text| !text.is_empty()).map(str::to_owned)
        };
        let others = OtherFields {
            username: field("username"),
            password: field("password").map(Secret::new),
            identity_token: field("identitytoken").map(Secret::new),
            registry_token: field("registrytoken").map(Secret::new),
        };
        Self { auth: field("auth").map(Secret::new), others: others.boxed(), said: OnceLock::new() }
    }

    /// Reads the fields of an entry of regctl's `hosts`. Source: regclient `config/host.go#Host`.
    pub(super) fn read_regctl(fields: &[Member]) -> Self {
        let field = |name: &str| {
            let value = fields.iter().rev().find(|field| is_field(&field.key, name))?;
            value.value.text().filter(|text| !text.is_empty()).map(str::to_owned)
        };
        let (username, password) = match field("pass") {
            Some(password) => (field("user"), Some(Secret::new(password))),
            // A name alone is no login, and none is made of it.
            None => (None, None),
        };
        let identity_token = field("token").map(Secret::new);
        let others = OtherFields { username, password, identity_token, registry_token: None };
        Self { others: others.boxed(), ..Self::default() }
    }

    /// The user name, when written apart.
    pub fn username(&self) -> Option<&str> {
        self.others.as_ref()?.username.as_deref()
    }

    /// The password, when written apart.
    pub fn password(&self) -> Option<&Secret> {
        self.others.as_ref()?.password.as_ref()
    }

    /// A refresh token; of no use with ECR.
    pub fn identity_token(&self) -> Option<&Secret> {
        self.others.as_ref()?.identity_token.as_ref()
    }

    /// A bearer token; of no use with ECR.
    pub fn registry_token(&self) -> Option<&Secret> {
        self.others.as_ref()?.registry_token.as_ref()
    }

    /// User name and password that are written apart, either of them empty where it is missing.
    fn written_apart(&self) -> Option<(String, Secret)> {
        let (username, password) = (self.username(), self.password());
        (username.is_some() || password.is_some())
            .then(|| (username.unwrap_or_default().to_owned(), password.cloned().unwrap_or_default()))
    }

    /// Whether nothing is in it: the marker `{}` that `docker login` leaves when a store has the password.
    pub fn is_empty(&self) -> bool {
        self.auth.is_none() && self.others.is_none()
    }

    /// User name and password as docker reads them: `auth`, or else `username` and `password`; `None` without.
    ///
    /// # Errors
    /// [`AuthError`] when `auth` cannot be decoded, at which docker stops reading entries.
    pub fn decoded(&self) -> Result<Option<(String, Secret)>, AuthError> {
        match &self.auth {
            Some(auth) => decode(auth.expose()).map(Some),
            None => Ok(self.written_apart()),
        }
    }

    /// The user as the kubelet reads it: `auth` with or without padding, else `username`; `None` where user or password
    /// is missing, with which containerd sends nothing. Source: kubernetes/kubernetes
    /// `pkg/credentialprovider/config.go#decodeDockerConfigFieldAuth`.
    ///
    /// # Errors
    /// [`AuthError`] when `auth` cannot be decoded.
    pub fn login_for_kubelet(&self) -> Result<Option<String>, AuthError> {
        let (user, password) = match &self.auth {
            // Go passes over line breaks.
            Some(auth) => decode_padded_or_not(&Zeroizing::new(auth.expose().replace(['\r', '\n'], "")))?,
            None => self.written_apart().unwrap_or_default(),
        };
        Ok((!user.is_empty() && !password.is_empty()).then_some(user))
    }

    /// The user as Java's clients read it: as [`Self::login_for_kubelet`], but a line break is no base64. Source: Jib
    /// `DockerConfigCredentialRetriever.java#retrieve`.
    ///
    /// # Errors
    /// [`AuthError`] when `auth` cannot be decoded.
    pub fn login_for_java(&self) -> Result<Option<String>, AuthError> {
        if self.has_line_break() { Err(AuthError::Base64) } else { self.login_for_kubelet() }
    }

    /// Whether a line break is in `auth`: Go's clients pass over it.
    pub fn has_line_break(&self) -> bool {
        self.auth.as_ref().is_some_and(|auth| auth.expose().contains(['\r', '\n']))
    }

    /// The login without its password; `None` where there is none. Decoded at the first call only.
    ///
    /// # Errors
    /// [`AuthError`] when `auth` cannot be decoded.
    pub fn login(&self) -> Result<Option<&StoredLogin>, AuthError> {
        let said = self.said.get_or_init(|| {
            let decoded = self.decoded()?;
            Ok(decoded.map(|(user, password)| StoredLogin {
                user: if user == USERNAME { Cow::Borrowed(USERNAME) } else { Cow::Owned(user) },
                expires_at: password_expiry(password.expose()),
                is_altered: is_altered(password.expose()),
            }))
        });
        said.as_ref().map(Option::as_ref).map_err(|error| *error)
    }

    /// The user, where it is not the one that ECR knows: it refuses such a login, whatever its password.
    pub fn other_user(&self) -> Option<&str> {
        let user: &str = &self.login().ok()??.user;
        (user != USERNAME).then_some(user)
    }

    /// When the password says it expires; `None` when there is none or it does not say.
    pub fn expires_at(&self) -> Option<EpochSeconds> {
        self.login().ok()??.expires_at
    }
}

impl OtherFields {
    /// Nothing, where none of them is there.
    fn boxed(self) -> Option<Box<Self>> {
        let Self { username, password, identity_token, registry_token } = &self;
        let is_there =
            username.is_some() || [password, identity_token, registry_token].into_iter().any(Option::is_some);
        is_there.then(|| Box::new(self))
    }
}

/// Whether something is in a password that base64 never has, and that a terminal or an editor puts there.
pub fn is_altered(password: &str) -> bool {
    password.contains(|c: char| c.is_control() || c.is_whitespace())
}

/// Decodes as docker does: padded base64, line breaks inside passed over, NULs at the end of the password cut off.
/// Source: docker/cli `cli/config/configfile/file.go#decodeAuth`.
fn decode(auth: &str) -> Result<(String, Secret), AuthError> {
    let auth = Zeroizing::new(auth.replace(['\r', '\n'], ""));
    let decoded = decode_padded_or_not(&auth);
    if !matches!(decoded, Err(AuthError::Base64)) && !auth.len().is_multiple_of(4) {
        return Err(AuthError::Padding);
    }
    decoded
}

fn decode_padded_or_not(auth: &str) -> Result<(String, Secret), AuthError> {
    let bytes = BASE64.decode(auth.as_bytes()).map_err(|_| AuthError::Base64)?;
    let text = match String::from_utf8(bytes) {
        Ok(text) => Zeroizing::new(text),
        Err(error) => {
            error.into_bytes().zeroize();
            return Err(AuthError::Shape);
        }
    };
    match text.split_once(':') {
        Some((username, password)) if !username.is_empty() => {
            Ok((username.to_owned(), Secret::new(password.trim_matches('\0').to_owned())))
        }
        _ => Err(AuthError::Shape),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(auth: &str) -> StoredCredentials {
        StoredCredentials { auth: Some(Secret::new(auth.to_owned())), ..Default::default() }
    }

    #[test]
    fn auth_is_decoded_as_docker_decodes_it() {
        let decoded = with("QVdTOmE6Yg==").decoded().unwrap().unwrap();
        assert_eq!((decoded.0.as_str(), decoded.1.expose()), ("AWS", "a:b"));
        assert_eq!(with("QVdT\nOmE6\r\nYg==").decoded().unwrap().unwrap().0, "AWS");
        for (auth, error) in [
            ("QVdTOmE6Yg", AuthError::Padding),
            ("%", AuthError::Base64),
            ("QVdT", AuthError::Shape),
            ("OnA=", AuthError::Shape),
            ("/////w==", AuthError::Shape),
        ] {
            assert_eq!(with(auth).decoded().unwrap_err(), error, "{auth}");
        }
        assert!(StoredCredentials::default().decoded().unwrap().is_none());
    }
}
