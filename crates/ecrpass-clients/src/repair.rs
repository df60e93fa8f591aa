//! Repairs a docker or podman configuration: finds what keeps ECR logins from working and edits it out, one member at
//! a time.
//!
//! A fix is *safe* when nothing that works stops working: what it removes is expired, unreadable or never matched,
//! and other registries' entries are left alone. The rest is offered as unsafe, or left to the user's hands.
//!
//! One fix can make another one possible: a key must be renamed before its value counts. So the file is looked at in
//! rounds, and all the edits of a round are made at once. Their number does not grow with the file.

mod change;
mod meaning;
mod names;
mod readability;
mod register;
mod registries;
mod store;
mod stored_logins;
mod view;

pub use change::{Change, HELPER, Safety, Situation};
use ecrpass_core::sort::sort_by_key;
use ecrpass_json::{Document, Edit, InvalidDocument};
pub use register::register;

use self::view::{Proposal, View};
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
    let original = Document::parse(text)?;
    let configured = meaning::configured(&original, &DockerConfig::read(&original, format), situation);
    let wanted = |safety: Safety| safety == Safety::Safe || with_unsafe && safety == Safety::Unsafe;
    let (mut document, mut changes, mut moved) = (None, Vec::new(), Vec::new());
    loop {
        let current = document.as_ref().unwrap_or(&original);
        let config = DockerConfig::read(current, format);
        let view = View {
            document: current,
            config: &config,
            configured: &configured,
            situation,
            original: &original,
            moved: &moved,
        };
        let mut proposals = proposals(&view, format);
        // From the end of the file, the order in which fixes are told that have the same place.
        sort_by_key(&mut proposals, |proposal| std::cmp::Reverse(proposal.offset));
        let round = round(&mut proposals, wanted);
        let edits: Vec<Edit> = round.iter().filter_map(|proposal| proposal.edit.clone()).collect();
        let edited = if edits.is_empty() { None } else { current.edited(&edits) };
        let Some((edited, by)) = edited else {
            proposals.extend(round);
            let mut left: Vec<Change> = proposals.into_iter().map(|proposal| proposal.change).collect();
            sort_by_key(&mut left, |change| change.place);
            sort_by_key(&mut changes, |change: &Change| change.place);
            return Ok(Repair { document: document.unwrap_or(original), changes, left });
        };
        changes.extend(round.into_iter().map(|proposal| proposal.change));
        document = Some(edited);
        moved.push(by);
    }
}

fn proposals(view: &View<'_>, format: Format) -> Vec<Proposal> {
    let mut proposals = readability::proposals(view);
    proposals.extend(stored_logins::proposals(view));
    if format == Format::Current {
        proposals.extend(names::proposals(view));
        proposals.extend(store::proposals(view));
        proposals.extend(registries::proposals(view));
    }
    proposals
}

/// Takes out the proposals whose edits are made next: those of members that are there, else new members.
fn round(proposals: &mut Vec<Proposal>, wanted: impl Fn(Safety) -> bool) -> Vec<Proposal> {
    let is_wanted = |proposal: &Proposal| proposal.edit.is_some() && wanted(proposal.change.safety);
    let round: Vec<Proposal> =
        proposals.extract_if(.., |proposal| is_wanted(proposal) && !proposal.waits).collect();
    if !round.is_empty() {
        return round;
    }
    let mut new: Vec<Proposal> = proposals.extract_if(.., |proposal| is_wanted(proposal)).collect();
    let edits: Vec<Edit> = new.iter().filter_map(|proposal| proposal.edit.clone()).collect();
    let later = new.split_off(register::at_once(&edits));
    proposals.splice(0..0, later);
    new
}
