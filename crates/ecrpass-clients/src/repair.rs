//! Repairs a docker or podman configuration: finds what keeps ECR logins from working and edits it out, one member at
//! a time.
//!
//! A fix is *safe* when nothing that works stops working: what it removes is expired, unreadable or never matched,
//! the helper is named where no login can work, or where it was asked and logs in, and other registries' entries are
//! left alone. The rest is offered as unsafe, or left to the user's hands.
//!
//! One fix can make another one possible: a key must be renamed before its value counts. So the file is looked at in
//! rounds, and all the edits of a round are made at once. Their number does not grow with the file.

mod change;
mod fields;
mod helper;
mod meaning;
mod names;
mod pull_secret;
mod readability;
mod register;
mod registries;
mod store;
mod stored_logins;
mod unregister;
mod view;
mod working;

pub use change::{Change, HELPERS, HelperFailure, HelperLogin, KnownMachine, Safety, is_helper};
use ecrpass_core::sort::sort_by_key;
use ecrpass_json::{Document, Edit, InvalidDocument, Moved};
pub use pull_secret::{Renewal, renew};
pub use register::register;
pub use stored_logins::without_dead_logins;
pub use unregister::{Unregistered, Withdrawn, unregister};

use ecrpass_core::DiagnosisId;

use self::view::{Proposal, View};
use self::working::WorkingLogins;
use crate::client::Loaded;
use crate::docker_config::{DockerConfig, Format};

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

/// What is said of an empty file: docker takes it for one without settings, other clients refuse it. It is left as it is:
/// a program that rewrites its file in place has emptied it first, and a file put in its place would take what that
/// program writes next.
pub fn of_empty(command: &str) -> Option<Repair> {
    let document = Document::parse("{}\n").ok()?;
    let change = Change {
        id: DiagnosisId::ConfigJsonInvalid,
        place: document.place(0),
        problem: "the file is empty: docker reads it as one without settings; podman, Python and Java clients stop there"
            .to_owned(),
        fix: format!("if no program is writing it, put an empty object in it: {command}"),
        safety: Safety::Manual,
        optional: false,
    };
    Some(Repair { document, changes: Vec::new(), left: vec![change] })
}

/// Repairs a text.
///
/// # Errors
/// [`InvalidDocument`] when it is no configuration; nothing can be repaired then.
pub fn repair(
    text: &str,
    format: Format,
    known: &KnownMachine<'_>,
    with_unsafe: bool,
) -> Result<Repair, InvalidDocument> {
    let original = Document::parse_first(text)?;
    let (edited, changes, left) = in_rounds(&original, None, format, known, with_unsafe);
    Ok(Repair { document: edited.unwrap_or(original), changes, left })
}

/// What a safe repair changes in a file as Go's clients read it, and then what it leaves.
pub fn problems(file: &Loaded, known: &KnownMachine<'_>) -> Vec<Change> {
    let (_, mut changes, left) = in_rounds(&file.document, Some(&file.config), file.format, known, false);
    changes.extend(left);
    changes
}

/// The document with all edits made, where there were any; what they changed, and what is left. What the original says
/// is read of it unless it is given.
fn in_rounds(
    original: &Document,
    mut understood: Option<&DockerConfig>,
    format: Format,
    known: &KnownMachine<'_>,
    with_unsafe: bool,
) -> (Option<Document>, Vec<Change>, Vec<Change>) {
    let wanted = |safety: Safety| safety == Safety::Safe || with_unsafe && safety == Safety::Unsafe;
    let (mut document, mut changes, mut moved): (Option<Document>, Vec<Change>, Vec<Moved>) =
        Default::default();
    // The registries are looked for once, and again when a field got the name by which clients read it.
    let (mut configured, mut is_new) = (Vec::new(), true);
    loop {
        let current = document.as_ref().unwrap_or(original);
        // What was understood of the file is gone before it is edited: of a large one, both at once are much.
        let mut proposals = {
            let read;
            let config = match understood.take() {
                Some(config) => config,
                None => {
                    read = DockerConfig::read(current, format);
                    &read
                }
            };
            if std::mem::take(&mut is_new) {
                let place = |offset| view::place(original, &moved, offset);
                meaning::add_configured(&mut configured, config, known, &place);
            }
            let view = View {
                document: current,
                config,
                configured: &configured,
                known,
                original,
                moved: &moved,
                logins: &WorkingLogins::of(config, known),
            };
            proposals(&view, format)
        };
        // From the end of the file, the order in which fixes are told that have the same place.
        sort_by_key(&mut proposals, |proposal| std::cmp::Reverse(proposal.offset));
        let now = round(&mut proposals, wanted);
        let round = proposals.get_mut(..now).unwrap_or_default();
        let renames = round.iter().any(Proposal::renames_a_field);
        let edits: Vec<Edit> = round.iter_mut().filter_map(|proposal| proposal.edit.take()).collect();
        let mut proposed: Vec<Change> = proposals.into_iter().map(|proposal| proposal.change).collect();
        let mut left = proposed.split_off(now);
        // In no more room than they take.
        proposed.shrink_to_fit();
        let edited = if edits.is_empty() { None } else { current.edited(&edits) };
        let Some((edited, by)) = edited else {
            left.extend(proposed);
            sort_by_key(&mut left, |change| change.place);
            sort_by_key(&mut changes, |change: &Change| change.place);
            return (document, changes, left);
        };
        is_new = renames;
        changes.extend(proposed);
        document = Some(edited);
        moved.push(by);
    }
}

/// In one list from the start: of a large file, each copy is much.
fn proposals(view: &View<'_>, format: Format) -> Vec<Proposal> {
    let mut proposals = Vec::new();
    readability::propose(view, &mut proposals);
    stored_logins::propose(view, &mut proposals);
    if format == Format::Current {
        names::propose(view, &mut proposals);
        store::propose(view, &mut proposals);
        registries::propose(view, &mut proposals);
        fields::propose(view, &mut proposals);
        helper::propose(view, &mut proposals);
    }
    proposals
}

/// Puts the proposals in front whose edits are made next, and says how many those are: all of members that are there,
/// else of new members.
fn round(proposals: &mut [Proposal], wanted: impl Fn(Safety) -> bool) -> usize {
    let is_wanted = |proposal: &Proposal| proposal.edit.is_some() && wanted(proposal.change.safety);
    let is_next = |proposal: &Proposal| is_wanted(proposal) && !proposal.waits;
    let next = proposals.iter().filter(|proposal| is_next(proposal)).count();
    if next > 0 {
        sort_by_key(proposals, |proposal| !is_next(proposal));
        return next;
    }
    sort_by_key(proposals, |proposal| !is_wanted(proposal));
    let new = proposals.iter().take_while(|proposal| is_wanted(proposal));
    register::at_once(new.filter_map(|proposal| proposal.edit.as_ref()))
}
