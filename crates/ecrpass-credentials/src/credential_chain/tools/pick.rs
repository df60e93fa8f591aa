//! What a tool takes: the place, what its credentials rest on, and the roles assumed on top.

use ecrpass_core::access_key::{self, KeyKind};
use ecrpass_core::time::EpochSeconds;

use super::settings::{Section, Setting};
use crate::aws_config::FileKind;
use crate::credential_chain::precedence::SourceKind;

/// What a tool makes of it all: something it takes, nothing at all, or the reason it stops for.
pub(super) type Verdict = Result<Option<Pick>, String>;

/// What a tool takes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Pick {
    pub(super) place: SourceKind,
    /// The profile its credentials are of; `None` where they are of none.
    pub(super) profile: Option<String>,
    /// The profile at the end of its chain, which is the one to sign in for.
    pub(super) base_profile: Option<String>,
    pub(super) base: Base,
    /// The roles assumed on top, one after the other.
    pub(super) roles: Vec<String>,
    /// Where the setting that decided stands.
    pub(super) at: Option<(FileKind, usize)>,
}

/// What credentials rest on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Base {
    Key { id: String, has_token: bool, spoiled: Option<Spoiled>, expires: Option<EpochSeconds> },
    WebIdentity { token_file: String, role: String },
    Sso { sign_in: String, role: String, account: String },
    Login { session: String },
    Process { command: String },
    Container,
    InstanceMetadata,
}

/// What makes a key useless, whatever AWS knows of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Spoiled {
    /// A part of it cannot be sent, as it holds a line end or the like; the part's name.
    Unsendable(&'static str),
    /// The secret holds what no secret can: white space, a quote or a comment.
    Secret,
}

/// What is wrong with the text of a key, id, secret and token.
pub(super) fn spoiled(id: &str, secret: &str, token: Option<&str>) -> Option<Spoiled> {
    let unsendable = |part: &str| part.contains(|c: char| c.is_ascii_control());
    if unsendable(id) {
        Some(Spoiled::Unsendable("id"))
    } else if token.is_some_and(unsendable) {
        Some(Spoiled::Unsendable("session token"))
    } else {
        let odd = |c: char| c.is_whitespace() || matches!(c, '"' | '\'' | '#' | ';');
        secret.contains(odd).then_some(Spoiled::Secret)
    }
}

impl Pick {
    /// Credentials of no profile.
    pub(super) fn of(place: SourceKind, base: Base) -> Self {
        Self { place, profile: None, base_profile: None, base, roles: Vec::new(), at: None }
    }

    /// Credentials that the settings of a profile lead to.
    pub(super) fn of_profile(name: &str, base: Base, decisive: Option<&Setting>) -> Self {
        Self {
            place: SourceKind::Profile,
            profile: Some(name.to_owned()),
            base_profile: Some(name.to_owned()),
            base,
            roles: Vec::new(),
            at: decisive.map(|setting| setting.at),
        }
    }

    /// The same with a role on top, which the profile names.
    pub(super) fn assuming(mut self, role: &str, profile: &str, decisive: Option<&Setting>) -> Self {
        self.roles.push(role.to_owned());
        self.place = SourceKind::Profile;
        self.profile = Some(profile.to_owned());
        self.at = decisive.map(|setting| setting.at);
        self
    }

    /// Why AWS will refuse the key that signs, where that can be told.
    pub(super) fn refused(&self, now: EpochSeconds) -> Option<String> {
        let Base::Key { id, has_token, spoiled, expires } = &self.base else { return None };
        if expires.is_some_and(|end| end <= now) {
            return Some("AWS will refuse the key: its session has ended".to_owned());
        }
        let looks_like_a_key =
            (16..=128).contains(&id.len()) && id.bytes().all(|b| b.is_ascii_alphanumeric());
        match access_key::kind(id) {
            _ if *spoiled == Some(Spoiled::Secret) => Some(
                "AWS will refuse the key: its secret holds what no secret can, such as white space, quotes or a comment"
                    .to_owned(),
            ),
            _ if !looks_like_a_key => Some(
                "AWS will refuse the key: its id holds what no id can, such as quotes or a comment"
                    .to_owned(),
            ),
            KeyKind::Temporary if !has_token => {
                Some("AWS will refuse the key: it is temporary, and its session token is missing".to_owned())
            }
            KeyKind::LongTerm if *has_token => Some(
                "AWS will refuse the key: it is a long-term one, and a session token is sent with it"
                    .to_owned(),
            ),
            _ => None,
        }
    }
}

/// The key of a section, by these names of its token.
pub(super) fn key(section: &Section, tokens: &[&str]) -> Base {
    let get = |name: &str| section.get(name).unwrap_or_default().to_owned();
    let token = tokens.iter().find_map(|name| section.get(name));
    Base::Key {
        id: get("aws_access_key_id"),
        spoiled: spoiled(&get("aws_access_key_id"), &get("aws_secret_access_key"), token),
        has_token: token.is_some_and(|token| !token.is_empty()),
        expires: section_expiry(section),
    }
}

/// The settings that programs note the end of a key in: saml2aws, aws-azure-login, gimme-aws-creds and others. No SDK
/// reads them.
pub(super) const EXPIRY: [&str; 5] = [
    "x_security_token_expires",
    "aws_expiration",
    "aws_session_expiration",
    "expiration",
    "token_expiration",
];

/// When the key of a section ends, where that was noted.
pub(super) fn section_expiry(section: &Section) -> Option<EpochSeconds> {
    EXPIRY.iter().filter_map(|name| section.get(name)).find_map(moment)
}

/// A moment as these programs write it.
pub(super) fn moment(text: &str) -> Option<EpochSeconds> {
    let text = text.trim().replacen(' ', "T", 1);
    ecrpass_core::time::parse_rfc3339(&text)
        .or_else(|| ecrpass_core::time::parse_rfc3339(&format!("{text}Z")))
}

/// Whether a text can be a region; the tools refuse others.
pub(super) fn is_region(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
}
