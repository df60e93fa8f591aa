//! The outcome of a resolution and the way there.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use ecrpass_core::Registry;
use ecrpass_core::redact::redact;
use ecrpass_core::time::{EpochSeconds, rfc3339};
use ecrpass_core::token::USERNAME;
use ecrpass_json::Position;
use serde::Serialize;

use super::request::{Client, Request};

/// The name of the JSON format.
const SCHEMA: &str = "ecrpass/resolution/1";

/// Where the credentials come from in the end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Supplier {
    /// A credential helper named for this registry, or built into the client.
    Helper,
    /// The helper named as `credsStore` for all registries.
    Store,
    /// An entry of `auths`.
    Auths,
    /// A variable.
    Environment,
    /// Nothing is sent; a private registry answers `no basic auth credentials`.
    Anonymous,
    /// The client stops before it asks the registry.
    Error,
    /// A file is beyond what this program reads.
    Unknown,
}

impl Supplier {
    /// The word used in JSON.
    pub fn id(self) -> &'static str {
        match self {
            Self::Helper => "helper",
            Self::Store => "store",
            Self::Auths => "auths",
            Self::Environment => "environment",
            Self::Anonymous => "anonymous",
            Self::Error => "error",
            Self::Unknown => "unknown",
        }
    }
}

/// What the registry gets to see, as far as it can be foretold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Sent {
    /// No `Authorization` header.
    Nothing,
    /// An empty user name and password: containers/image answers a Basic challenge even with nothing in hand.
    EmptyBasic,
    /// One of these user names and its password; several where the client picks by chance.
    Basic(Vec<String>),
    /// The helper's answer, which was not asked for.
    HelpersAnswer,
}

/// One look at one place.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ResolutionStep {
    /// Where was looked.
    pub step: String,
    /// Whether something was there.
    pub found: bool,
    /// What, and what it means.
    pub detail: String,
}

/// How it ends; made by the rules.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Ending {
    /// A helper answers.
    Helper { suffix: String, store: bool, sent: Sent },
    /// A file's entries: more than one where chance decides.
    Auths { file: PathBuf, entries: Vec<Entry>, sent: Sent },
    /// A variable.
    Environment { variable: &'static str, expires_at: Option<EpochSeconds>, sent: Sent },
    /// Nothing is found.
    Anonymous(Sent),
    /// The client gives up.
    Error(String),
    /// Nobody can tell: why.
    Unknown(String),
}

/// An entry of `auths` that is used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Entry {
    pub(super) key: String,
    pub(super) place: Position,
    pub(super) expires_at: Option<EpochSeconds>,
}

impl Ending {
    pub(super) const NOTHING: Self = Self::Anonymous(Sent::Nothing);

    /// The users whose passwords may be sent, where they are known.
    pub(super) fn users(&self) -> &[String] {
        match self {
            Self::Helper { sent: Sent::Basic(users), .. }
            | Self::Auths { sent: Sent::Basic(users), .. }
            | Self::Environment { sent: Sent::Basic(users), .. } => users,
            _ => &[],
        }
    }
}

/// The steps taken so far.
#[derive(Debug, Default)]
pub(super) struct Trace {
    steps: Vec<ResolutionStep>,
    by_chance: bool,
}

impl Trace {
    pub(super) fn found(&mut self, step: impl Into<String>, detail: impl Into<String>) {
        self.push(step.into(), true, &detail.into());
    }

    pub(super) fn not_found(&mut self, step: impl Into<String>, detail: impl Into<String>) {
        self.push(step.into(), false, &detail.into());
    }

    /// What is found, and used in some runs only.
    pub(super) fn found_by_chance(&mut self, step: impl Into<String>, detail: impl Into<String>) {
        self.by_chance = true;
        self.found(step, detail);
    }

    /// A user name or a helper's message may hold what nobody should see.
    fn push(&mut self, step: String, found: bool, detail: &str) {
        let step = redact(&step).into_owned();
        self.steps.push(ResolutionStep { step, found, detail: redact(detail).into_owned() });
    }
}

/// Who supplies a client's credentials for a host.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Resolution {
    /// The format, for programs.
    pub schema: &'static str,
    /// The host that was asked about.
    pub host: String,
    /// The client.
    #[serde(serialize_with = "as_name")]
    pub client: Client,
    /// The client's version, when it was known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client_version: Option<String>,
    /// How the client's rules were verified: `run`, or `read` in its source.
    pub verified: &'static str,
    /// The operation's name.
    pub operation: &'static str,
    /// Where the credentials come from.
    pub outcome: Supplier,
    /// The helper that answers, or failed.
    pub helper: Option<String>,
    /// The file whose entry is used.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub file: Option<PathBuf>,
    /// The place in that file.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub place: Option<Position>,
    /// When the stored token expires, where it says so.
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "as_rfc3339")]
    pub expires_at: Option<EpochSeconds>,
    /// Why ECR refuses what is sent, whatever its time.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refused: Option<String>,
    /// The outcome in a sentence.
    pub summary: String,
    /// Why the client stops, where it does; the summary says it, too.
    #[serde(skip)]
    pub stops: Option<String>,
    /// The steps that led there.
    pub steps: Vec<ResolutionStep>,
    /// What the registry gets to see.
    #[serde(skip)]
    pub sent: Sent,
    /// Whether it is sent in some runs and not in others.
    #[serde(skip)]
    pub by_chance: bool,
    /// The files that the client looked into and that were there, readable or not.
    #[serde(skip)]
    pub files_read: BTreeSet<PathBuf>,
}

impl Resolution {
    pub(super) fn new(
        request: &Request,
        ending: Ending,
        Trace { steps, by_chance }: Trace,
        files_read: BTreeSet<PathBuf>,
    ) -> Self {
        let chance = if by_chance { " In some runs it sends nothing." } else { "" };
        let summary = format!("{}{chance}", redact(&summary(request, &ending)));
        let expires_at = match &ending {
            // Where chance decides, the one that ends first.
            Ending::Auths { entries, .. } => entries.iter().filter_map(|entry| entry.expires_at).min(),
            Ending::Environment { expires_at, .. } => *expires_at,
            _ => None,
        };
        let refused = refused(&request.host, ending.users());
        let stops = match &ending {
            Ending::Error(message) => Some(redact(message).into_owned()),
            _ => None,
        };
        let (outcome, helper, file, place, sent) = match ending {
            Ending::Helper { suffix, store, sent } => {
                let outcome = if store { Supplier::Store } else { Supplier::Helper };
                (outcome, Some(suffix), None, None, sent)
            }
            Ending::Auths { file, entries, sent } => {
                (Supplier::Auths, None, Some(file), entries.first().map(|entry| entry.place), sent)
            }
            Ending::Environment { sent, .. } => (Supplier::Environment, None, None, None, sent),
            Ending::Anonymous(sent) => (Supplier::Anonymous, None, None, None, sent),
            Ending::Error(_) => (Supplier::Error, None, None, None, Sent::Nothing),
            Ending::Unknown(_) => (Supplier::Unknown, None, None, None, Sent::Nothing),
        };
        Self {
            schema: SCHEMA,
            host: request.host.clone(),
            client: request.client,
            client_version: request.version.map(|version| version.to_string()),
            verified: request.client.verified().id(),
            operation: request.operation.id(),
            outcome,
            helper,
            file,
            place,
            expires_at,
            refused,
            summary,
            stops,
            steps,
            sent,
            by_chance,
            files_read,
        }
    }

    /// Whether a registry will take what is sent, as far as can be told: there is something, it has not expired, and
    /// it is not refused whatever its time.
    pub fn works(&self, now: EpochSeconds) -> bool {
        !matches!(self.outcome, Supplier::Anonymous | Supplier::Error | Supplier::Unknown)
            && self.expires_at.is_none_or(|at| at > now)
            && self.refused.is_none()
    }
}

#[allow(clippy::trivially_copy_pass_by_ref)] // serde's signature
fn as_name<S: serde::Serializer>(client: &Client, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(client.id())
}

#[allow(clippy::ref_option)] // serde's signature
fn as_rfc3339<S: serde::Serializer>(at: &Option<EpochSeconds>, serializer: S) -> Result<S::Ok, S::Error> {
    match at {
        Some(at) => serializer.serialize_str(&rfc3339(*at)),
        None => serializer.serialize_none(),
    }
}

/// Whether a registry of ECR's refuses these users, and why.
fn refused(host: &str, users: &[String]) -> Option<String> {
    let other = users.iter().find(|user| *user != USERNAME)?;
    Registry::parse(host).ok()?;
    Some(redact(&other_user(other)).into_owned())
}

/// Why ECR refuses the login of a user that it does not know. Source: Amazon ECR User Guide, "Private registry
/// authentication": the user name is `AWS`.
pub fn other_user(user: &str) -> String {
    format!("the user name is `{user}`, and ECR takes {USERNAME} only")
}

fn summary(request: &Request, ending: &Ending) -> String {
    let client = request.client.title();
    match ending {
        Ending::Helper { suffix, store, .. } => {
            let by = if *store { "credsStore, for all registries" } else { "for this registry" };
            format!("{client} uses what docker-credential-{suffix} answers ({by}).")
        }
        Ending::Auths { file, entries, .. } if entries.len() > 1 => {
            let keys: Vec<&str> = entries.iter().map(|entry| entry.key.as_str()).collect();
            format!(
                "{client} uses one of {} entries in {}, by chance: {}.",
                keys.len(),
                file.display(),
                keys.join(", ")
            )
        }
        Ending::Auths { file, entries, .. } => {
            let place = entries.first().map(|entry| format!(":{}", entry.place)).unwrap_or_default();
            format!("{client} uses the password stored at {}{place}.", file.display())
        }
        Ending::Environment { variable, .. } => format!("{client} uses what {variable} holds."),
        Ending::Anonymous(_) => {
            format!("{client} has no credentials for {}; a private registry will refuse.", request.host)
        }
        Ending::Error(message) => format!("{client} stops: {message}"),
        Ending::Unknown(why) => format!("Unknown: what {client} uses cannot be told. {why}."),
    }
}

/// A path and a place in it.
pub(super) fn at(path: &Path, place: Position) -> String {
    format!("{}:{place}", path.display())
}
