//! Fields whose name is a slip: clients pass them over in silence.

use ecrpass_core::DiagnosisId;
use ecrpass_core::registry::Registry;
use ecrpass_json::{Edit, Member, is_field};

use super::change::Safety;
use super::view::{Proposal, View};

/// The names people write for those that clients read, without regard to case.
const SLIPS: [(&str, &[&str]); 3] = [
    (
        "credsStore",
        &[
            "credStore",
            "credsStores",
            "credStores",
            "credentialsStore",
            "credentialStore",
            "credential-store",
        ],
    ),
    (
        "credHelpers",
        &[
            "credsHelpers",
            "credHelper",
            "credsHelper",
            "credentialHelpers",
            "credentialsHelpers",
            "credential-helpers",
        ],
    ),
    ("auths", &["auth"]),
];

pub(super) fn propose(view: &View<'_>, proposals: &mut Vec<Proposal>) {
    let members = view.document.root().members().unwrap_or_default();
    let slips = members.iter().enumerate().filter_map(|(index, member)| slip(view, members, index, member));
    proposals.extend(slips.chain(legacy_layout(view, members)));
}

fn slip(view: &View<'_>, members: &[Member], index: usize, member: &Member) -> Option<Proposal> {
    let is_slip = |member: &Member, slips: &[&str]| slips.iter().any(|slip| is_field(&member.key, slip));
    let (meant, slips) = SLIPS.iter().find(|(_, slips)| is_slip(member, slips))?;
    // Of several slips, the first gets the name.
    let is_there = members.iter().any(|other| is_field(&other.key, meant))
        || members.iter().take(index).any(|other| is_slip(other, slips));
    let (fits, what) = match *meant {
        "credsStore" => (member.value.text().is_some(), "the name of a helper"),
        _ => (member.value.members().is_some(), "an object"),
    };
    let id = DiagnosisId::ConfigJsonInvalid;
    let problem = format!("no client reads `{}`: the field is `{meant}`", member.key);
    let start = member.key_span.start;
    Some(if !fits {
        // Under the right name, clients would stop at it.
        let fix = format!("if it was meant to be one, name it `{meant}` and make it {what}; else remove it");
        view.proposal(id, start, problem, fix, Safety::Manual, None)
    } else if is_there {
        let fix = format!("move what is in it to `{meant}`");
        view.proposal(id, start, problem, fix, Safety::Manual, None)
    } else {
        // What was never read takes effect then, for other registries too.
        let edit = Edit::Rename(vec![index], (*meant).to_owned());
        view.proposal(id, start, problem, format!("rename it to `{meant}`"), Safety::Unsafe, Some(edit))
    })
}

/// Logins at the top, as in `~/.dockercfg`, in a file of another name.
fn legacy_layout(view: &View<'_>, members: &[Member]) -> Option<Proposal> {
    if view.config.is_configured {
        return None;
    }
    let is_login = |member: &&Member| {
        let fields = member.value.members().unwrap_or_default();
        let has = |name: &str| fields.iter().any(|field| is_field(&field.key, name));
        Registry::parse(&member.key).is_ok() && (has("auth") || has("password"))
    };
    let first = members.iter().find(is_login)?;
    Some(view.proposal(
        DiagnosisId::ConfigJsonInvalid,
        first.key_span.start,
        "the logins are at the top, as in ~/.dockercfg; in a file of this name, clients read those below `auths` only",
        "move them into an object named `auths`",
        Safety::Manual,
        None,
    ))
}
