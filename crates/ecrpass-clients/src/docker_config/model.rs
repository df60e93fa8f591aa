//! What stands in a configuration of docker or podman.

use std::ops::Range;

use ecrpass_json::{Pointer, Position};

use super::auth::StoredCredentials;

/// Which of the formats a file has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Format {
    /// `config.json` and `auth.json`: an object with `auths`, `credHelpers` and, for docker, `credsStore`.
    Current,
    /// `~/.dockercfg`: the entries of `auths` at the top.
    Legacy,
    /// regctl's own file: an object `hosts`, in which an entry has `user` and `pass`, and `credHelper`, beside its other
    /// settings.
    Regctl,
}

/// Whose reading of JSON counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Dialect {
    /// Go's: names without regard to case, repeated objects merged.
    Go,
    /// Everybody else's: names as they are, the last of several.
    Strict,
}

/// Which part of an entry is its login.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LoginPart {
    /// There is none.
    None,
    /// All of it.
    Entry,
    /// The password, this member of the entry; the others are other settings.
    Member(usize),
}

/// An entry of `auths`.
#[derive(Debug)]
pub struct AuthsEntry {
    /// The key: a host, a URL, or a host and a path.
    pub key: String,
    /// The way to the entry.
    pub pointer: Pointer,
    /// Where in it the login is.
    pub login: LoginPart,
    /// Its bytes.
    pub span: Range<usize>,
    /// Whether a later entry with the same key takes its place, or a later `null` that of the whole object.
    pub overridden: bool,
    /// Whether it is `null`, which Go takes for `{}` and docker-py for an error.
    pub is_null: bool,
    /// What it holds.
    pub credentials: StoredCredentials,
}

impl AuthsEntry {
    /// The way to what has to go so that its login is gone; `None` where there is none.
    pub fn login_pointer(&self) -> Option<Pointer> {
        match self.login {
            LoginPart::None => None,
            LoginPart::Entry => Some(self.pointer.clone()),
            LoginPart::Member(index) => Some([self.pointer.as_slice(), &[index]].concat()),
        }
    }

    /// The user whose password it holds, where both are there: docker's clients send neither half alone. Source:
    /// docker/distribution `registry/client/auth/session.go`.
    pub fn login_for_basic(&self) -> Option<String> {
        let (user, password) = self.credentials.decoded().ok()??;
        (!user.is_empty() && !password.is_empty()).then_some(user)
    }
}

/// An entry of `credHelpers`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HelperEntry {
    /// The key: for nearly every client, a bare host.
    pub key: String,
    /// The helper's name without `docker-credential-`; empty for "none, use the file".
    pub helper: String,
    /// The way to the entry.
    pub pointer: Pointer,
    /// Its bytes.
    pub span: Range<usize>,
    /// Whether a later entry with the same key takes its place, or a later `null` that of the whole object.
    pub overridden: bool,
}

/// `credsStore`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Store {
    /// The helper's name without `docker-credential-`.
    pub helper: String,
    /// The way to the member.
    pub pointer: Pointer,
    /// Its bytes.
    pub span: Range<usize>,
}

/// Something in the file that a client stumbles over, or passes over in silence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// What is wrong.
    pub kind: ProblemKind,
    /// Where.
    pub place: Position,
    /// The byte of that place.
    pub offset: usize,
    /// In words.
    pub message: String,
}

/// The kinds of problem.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProblemKind {
    /// A value of a type Go cannot put there: docker warns, keeps the helpers it could read, and decodes no `auths`.
    WrongType,
    /// The same in a field that only docker knows.
    WrongDockerType,
    /// The same in a field that docker's newest versions no longer know.
    WrongFormerType,
    /// A key that stands in the same object twice.
    DuplicateKey,
    /// An object of entries that stands in the file twice: Go's clients join the two.
    DuplicateObject,
    /// `null` behind such an object: Go's clients forget the entries read before.
    NullAfterObject,
    /// More text behind the configuration: Go's decoder does not look at it, other clients refuse the file.
    TrailingText,
    /// A field's name in another case: Go's clients read it, others do not.
    UnusualCase,
    /// An `auth` that is not base64 of `user:password`.
    Undecodable,
    /// A byte order mark, which Go's clients refuse.
    ByteOrderMark,
}

impl ProblemKind {
    /// Whether Go's decoder ends with an error, so that docker decodes no `auths`.
    pub fn stops_go(self) -> bool {
        matches!(self, Self::WrongType | Self::WrongDockerType | Self::WrongFormerType)
    }
}

/// A configuration, understood.
#[derive(Debug, Default)]
pub struct DockerConfig {
    /// The entries of `auths`, in the file's order.
    pub auths: Vec<AuthsEntry>,
    /// The entries of `credHelpers`, in the file's order.
    pub cred_helpers: Vec<HelperEntry>,
    /// `credsStore`, when it names a helper.
    pub creds_store: Option<Store>,
    /// Whether any of the three stands in the file with something in it: docker looks for a store of its own if not.
    pub is_configured: bool,
    /// What is wrong with the file.
    pub problems: Vec<Problem>,
    /// Where in `cred_helpers` the entries stand that are in force, one for each key, in the order of the keys.
    pub(super) helpers_in_force: Vec<usize>,
}

impl DockerConfig {
    /// The entry of `credHelpers` with exactly that key.
    pub fn helper_for(&self, key: &str) -> Option<&HelperEntry> {
        let entry = |index: usize| self.cred_helpers.get(index);
        let key_of = |index: usize| entry(index).map(|entry| entry.key.as_str());
        let found = self.helpers_in_force.binary_search_by_key(&Some(key), |&index| key_of(index)).ok()?;
        self.helpers_in_force.get(found).and_then(|&index| entry(index))
    }

    /// The entries of `auths` in force.
    pub fn auths_in_force(&self) -> impl Iterator<Item = &AuthsEntry> {
        self.auths.iter().filter(|entry| !entry.overridden)
    }
}
