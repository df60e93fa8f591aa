//! Repairs a docker or podman configuration: finds what keeps ECR logins from working and edits it out, one member at
//! a time.
//!
//! A fix is *safe* when nothing that works stops working: what it removes is expired, unreadable or never matched,
//! and other registries' entries are left alone. The rest is offered as unsafe, or left to the user's hands.

mod logins;
mod names;
mod registries;
mod store;

use ecrpass_core::DiagnosisId;
use ecrpass_core::redact::redact;
use ecrpass_core::time::EpochSeconds;
use ecrpass_json::{Document, InvalidDocument, Position};
pub use registries::register;
use serde::Serialize;

use self::registries::Configured;
use crate::client::Platform;
use crate::docker_config::{DockerConfig, Format, ProblemKind};

/// The helper's name in configurations.
pub const HELPER: &str = "ecr-login";

/// What is known of the machine the file is on.
pub struct Situation<'a> {
    /// The time.
    pub now: EpochSeconds,
    /// The operating system.
    pub platform: Platform,
    /// Whether `docker-credential-<suffix>` is on `PATH`; `None` where that cannot be known, as in a filter.
    pub is_installed: Option<&'a dyn Fn(&str) -> bool>,
    /// Registries in use besides those in the file: from caches, or named by the user.
    pub registries: &'a [String],
    /// The helper our own helper hands other registries on to.
    pub delegate: Option<&'a str>,
    /// The store that was set before, as far as a backup tells.
    pub previous_store: Option<&'a str>,
}

impl Situation<'_> {
    fn installed(&self, suffix: &str) -> bool {
        self.is_installed.is_none_or(|is_installed| is_installed(suffix))
    }

    fn known_missing(&self, suffix: &str) -> bool {
        self.is_installed.is_some_and(|is_installed| !is_installed(suffix))
    }
}

/// How far a fix may go by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Safety {
    /// Applied without asking.
    Safe,
    /// Applied on request.
    Unsafe,
    /// For the user to do.
    Manual,
}

/// Something wrong, and what to do about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// The root cause's name.
    pub id: DiagnosisId,
    /// Where, in the file as it was.
    pub place: Position,
    /// What is wrong.
    pub problem: String,
    /// The fix, in one line.
    pub fix: String,
    /// How far it may go.
    pub safety: Safety,
}

/// A change and the edit that makes it; none for what is done by hand.
struct Proposal {
    change: Change,
    offset: usize,
    edited: Option<Document>,
}

/// A repaired file.
#[derive(Debug)]
pub struct Repair {
    /// The text, the old one if nothing was to be done.
    pub document: Document,
    /// What was changed, in the file's order.
    pub changes: Vec<Change>,
    /// What was found and left.
    pub left: Vec<Change>,
}

/// Repairs a text.
///
/// # Errors
/// [`InvalidDocument`] when it is no configuration; nothing can be repaired then.
pub fn repair(
    text: &str,
    format: Format,
    situation: &Situation<'_>,
    with_unsafe: bool,
) -> Result<Repair, InvalidDocument> {
    let mut document = Document::parse(text)?;
    let original = DockerConfig::read(&document, format);
    let configured = registries::configured(&document, &original, situation);
    let store_place = original.creds_store.map(|store| document.place(store.span.start));
    let mut changes = Vec::new();
    // The places of what is left are those of the old file, too.
    let mut places: Option<Vec<Change>> = None;
    loop {
        let config = DockerConfig::read(&document, format);
        let view = View {
            document: &document,
            config: &config,
            format,
            configured: &configured,
            store_place,
            situation,
        };
        let mut proposals = view.proposals();
        let places = places.get_or_insert_with(|| {
            proposals.iter().map(|proposal| proposal.change.clone()).collect::<Vec<_>>()
        });
        // From the end of the file, so that the places of what is still to come stay those of the old file.
        proposals.sort_by_key(|proposal| std::cmp::Reverse(proposal.offset));
        let next = proposals.iter().position(|proposal| {
            let wanted = proposal.change.safety == Safety::Safe
                || with_unsafe && proposal.change.safety == Safety::Unsafe;
            wanted && proposal.edited.is_some()
        });
        let Some(next) = next else {
            changes.sort_by_key(|change: &Change| change.place);
            let mut left: Vec<Change> = proposals.into_iter().map(|proposal| proposal.change).collect();
            for change in &mut left {
                let same = |old: &&Change| old.id == change.id && old.problem == change.problem;
                change.place = places.iter().find(same).map_or(change.place, |old| old.place);
            }
            left.sort_by_key(|change| change.place);
            return Ok(Repair { document, changes, left });
        };
        let proposal = proposals.swap_remove(next);
        changes.push(proposal.change);
        if let Some(edited) = proposal.edited {
            document = edited;
        }
    }
}

impl Proposal {
    /// The same, at the place it had in the old file.
    fn at(mut self, place: Option<Position>) -> Self {
        self.change.place = place.unwrap_or(self.change.place);
        self
    }
}

/// A file as the checks see it.
struct View<'a> {
    document: &'a Document,
    config: &'a DockerConfig,
    format: Format,
    /// The ECR registries the file was made for.
    configured: &'a [Configured],
    /// Where `credsStore` stood before anything was inserted in front of it.
    store_place: Option<Position>,
    situation: &'a Situation<'a>,
}

impl View<'_> {
    fn proposals(&self) -> Vec<Proposal> {
        let mut proposals = self.readability();
        proposals.extend(logins::proposals(self));
        if self.format == Format::Current {
            proposals.extend(names::proposals(self));
            proposals.extend(store::proposals(self));
            proposals.extend(registries::proposals(self));
        }
        proposals
    }

    fn proposal(
        &self,
        id: DiagnosisId,
        offset: usize,
        problem: impl Into<String>,
        fix: impl Into<String>,
        safety: Safety,
        edited: Option<Document>,
    ) -> Proposal {
        let place = self.document.place(offset);
        // What cannot be edited is left to the user's hands.
        let safety = if edited.is_some() { safety } else { Safety::Manual };
        // A key may hold a password: `user:password@host`.
        let told = |text: String| redact(&text).into_owned();
        let change = Change { id, place, problem: told(problem.into()), fix: told(fix.into()), safety };
        Proposal { change, offset, edited }
    }

    /// What keeps clients from reading the file to its end.
    fn readability(&self) -> Vec<Proposal> {
        let mut proposals = Vec::new();
        for problem in &self.config.problems {
            let manual = |fix: &str| {
                let change = Change {
                    id: DiagnosisId::ConfigJsonInvalid,
                    place: problem.place,
                    problem: redact(&problem.message).into_owned(),
                    fix: fix.to_owned(),
                    safety: Safety::Manual,
                };
                Proposal { change, offset: 0, edited: None }
            };
            proposals.push(match problem.kind {
                ProblemKind::ByteOrderMark => self.proposal(
                    DiagnosisId::ConfigJsonInvalid,
                    0,
                    problem.message.clone(),
                    "remove the byte order mark",
                    Safety::Safe,
                    self.document.without_byte_order_mark(),
                ),
                ProblemKind::WrongType | ProblemKind::WrongDockerType => {
                    manual("correct it by hand; until then docker decodes no stored logins")
                }
                ProblemKind::DuplicateKey => manual("keep one of them; clients take the last"),
                // Those of ECR's are removed with the entry; others are not ours to touch.
                ProblemKind::Undecodable if self.is_ours(problem.place) => continue,
                ProblemKind::Undecodable => {
                    manual("log in to that registry again; docker stops reading there")
                }
                ProblemKind::UnusualCase => continue,
            });
        }
        proposals
    }

    /// Whether a problem lies in an entry of an ECR registry.
    fn is_ours(&self, place: Position) -> bool {
        self.config.auths.iter().any(|entry| {
            let (start, end) = (self.document.place(entry.span.start), self.document.place(entry.span.end));
            start <= place && place <= end && registries::host_of(&entry.key).is_some()
        })
    }
}
