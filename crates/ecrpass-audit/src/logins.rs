//! What is wrong with the order of logins and pushes: none before it, one for another region, one for another account.
//!
//! The deeds are those of one job or one script, in the order in which they happen. Whoever might log in, did: a deed
//! that may be a login, and a login whose host is not known, cover everything.

use std::collections::{HashMap, HashSet};

use ecrpass_core::registry::Registry;

use crate::deed::{Deed, Place, What};
use crate::host::Host;
use crate::known::Known;

/// What surrounds the deeds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Start {
    /// Nothing is there before them: a hosted job begins with an empty home.
    Empty,
    /// A login may be there already: a machine of one's own, a script that others call.
    Unknown,
}

/// A problem with them.
#[derive(Clone, Debug)]
pub struct Problem<'a> {
    /// Which.
    pub kind: ProblemKind,
    /// The deeds it is about, the one to change first.
    pub deeds: Vec<&'a Deed>,
    /// The registry that is pushed to or pulled from, if all of it is known.
    pub registry: Option<Registry>,
    /// The host as it is written.
    pub host: String,
}

/// Which problem.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum ProblemKind {
    /// Nothing logs in before it.
    NoLogin {
        /// Something does, but only afterwards.
        later: bool,
    },
    /// A login was there, and a logout took it away.
    LoggedOut,
    /// The password is fetched in one region and used for a host of another, in one login.
    PasswordOfOtherRegion {
        /// The password's.
        region: String,
    },
    /// The login is for another region's registry.
    LoginOfOtherRegion {
        /// The login's.
        region: String,
    },
    /// The login is for another account's registry.
    LoginOfOtherAccount {
        /// The login's, if it is known.
        account: String,
    },
}

/// Builders that log in to ECR by themselves. Source: kaniko `pkg/creds/creds.go`; makisu and img do not.
const LOG_IN_THEMSELVES: [&str; 2] = ["kaniko", "ko"];

/// What is wrong, each cause once.
pub fn problems(deeds: &[Deed], start: Start) -> Vec<Problem<'_>> {
    let mut found: Vec<Problem<'_>> = Vec::new();
    // What changes who is logged in: few of many deeds.
    let changes: Vec<&Deed> = deeds.iter().filter(|deed| changes_logins(deed)).collect();
    let mut passed = 0;
    for deed in deeds {
        let (before, after) = changes.split_at(passed);
        passed += usize::from(changes_logins(deed));
        match &deed.what {
            What::Login { host, region, .. } => found.extend(password_of_other_region(deed, host, region)),
            What::Push { client, image } | What::Pull { client, image } => {
                // A pull that may fail (`|| true`) is for a cache.
                let is_optional = matches!(deed.what, What::Pull { .. }) && !deed.certain;
                if is_optional || deed.has_own_login || LOG_IN_THEMSELVES.contains(&client.as_str()) {
                    continue;
                }
                for image in image.alternatives() {
                    let host = Host::of_image(image);
                    if host.is_private() {
                        found.extend(use_without_login(deed, image, &host, before, after, start));
                    }
                }
            }
            _ => {}
        }
    }
    merged(found)
}

/// `get-login-password --region A | docker login … B`.
fn password_of_other_region<'a>(deed: &'a Deed, host: &Known, region: &Known) -> Option<Problem<'a>> {
    let hosts: Vec<Host> = host.alternatives().map(Host::of_server).collect();
    let regions = hosts.iter().map(|host| host.region().map(str::to_owned)).collect::<Option<Vec<_>>>()?;
    // One region for the hosts of a matrix or loop: it is wrong for all but its own.
    let one = region.exactly().filter(|_| deed.certain);
    let is_other =
        |of_host: &String| one.is_some_and(|one| one != of_host) && !crate::known::has_hole(of_host);
    let index = regions.iter().position(is_other);
    let of_host = Known::one_of(regions);
    if !region.contradicts(&of_host) && index.is_none() {
        return None;
    }
    let index = index.unwrap_or_default();
    Some(Problem {
        kind: ProblemKind::PasswordOfOtherRegion { region: region.alternatives().next()?.to_owned() },
        deeds: vec![deed],
        registry: hosts.get(index).and_then(Host::registry),
        host: host_text(host.alternatives().nth(index)?),
    })
}

/// A push or pull that nothing before it covers.
fn use_without_login<'a>(
    deed: &'a Deed,
    image: &str,
    host: &Host,
    before: &[&'a Deed],
    after: &[&'a Deed],
    start: Start,
) -> Option<Problem<'a>> {
    let problem = |kind, deeds| {
        let host_name = host_text(image);
        Some(Problem { kind, deeds, registry: host.registry(), host: host_name })
    };
    if let Some(last) = before.iter().rposition(|earlier| covers(earlier, host)) {
        // What a helper serves, a logout does not take away.
        let only_logins = before
            .iter()
            .filter(|earlier| covers(earlier, host))
            .all(|earlier| matches!(earlier.what, What::Login { to_all: false, .. }));
        let after_it = before.get(last + 1..).unwrap_or_default();
        let logout = after_it.iter().find(|deed| is_logout_of(deed, host)).filter(|_| only_logins)?;
        return problem(ProblemKind::LoggedOut, vec![deed, logout]);
    }
    let logins: Vec<(&Deed, Host)> = before.iter().flat_map(|deed| logins_to_ecr(deed)).collect();
    // A login for the same account in another region is closer than one for another account.
    let same_account = |theirs: &Host| theirs.account().is_none() || theirs.account() == host.account();
    let in_other_region =
        logins.iter().filter(|(_, theirs)| same_account(theirs)).find_map(|(login, theirs)| {
            let (mine, their) = (host.region()?, theirs.region()?);
            (mine != their).then(|| (*login, their.to_owned()))
        });
    if let Some((login, region)) = in_other_region {
        return problem(ProblemKind::LoginOfOtherRegion { region }, vec![deed, login]);
    }
    let of_other_account = logins.iter().find_map(|(login, theirs)| {
        let (mine, their) = (host.account()?, theirs.account()?);
        (mine != their).then(|| (*login, their.to_owned()))
    });
    if let Some((login, account)) = of_other_account {
        return problem(ProblemKind::LoginOfOtherAccount { account }, vec![deed, login]);
    }
    if !logins.is_empty() {
        return None;
    }
    let later = after.iter().find(|later| later.certain && is_login_for(later, host));
    match (later, start) {
        (Some(later), _) => problem(ProblemKind::NoLogin { later: true }, vec![deed, later]),
        (None, Start::Empty) => problem(ProblemKind::NoLogin { later: false }, vec![deed]),
        (None, Start::Unknown) => None,
    }
}

/// Whether others are logged in after a deed than before it, perhaps.
fn changes_logins(deed: &Deed) -> bool {
    matches!(deed.what, What::MayLogIn | What::Login { .. } | What::Helper { .. } | What::Logout { .. })
}

/// Whether a deed may have logged in there.
fn covers(deed: &Deed, host: &Host) -> bool {
    match &deed.what {
        What::MayLogIn | What::Login { to_all: true, .. } => true,
        What::Login { host: theirs, .. } => {
            theirs.alternatives().any(|theirs| Host::of_server(theirs).may_be(host))
        }
        What::Helper { hosts } => {
            hosts.is_empty() || hosts.iter().any(|theirs| Host::of_server(theirs).may_be(host))
        }
        _ => false,
    }
}

/// Whether a deed surely logs out of exactly this.
fn is_logout_of(deed: &Deed, host: &Host) -> bool {
    let What::Logout { host: theirs } = &deed.what else { return false };
    let is_known = host.account().is_some() && host.region().is_some();
    deed.certain && is_known && theirs.exactly().is_some_and(|theirs| Host::of_server(theirs) == *host)
}

/// Whether a deed surely logs in to this or all of ECR.
fn is_login_for(deed: &Deed, host: &Host) -> bool {
    match &deed.what {
        What::Login { host: theirs, .. } => theirs
            .alternatives()
            .map(Host::of_server)
            .any(|theirs| theirs.is_private() && theirs.may_be(host)),
        _ => false,
    }
}

/// The private registries of ECR that a deed logs in to.
fn logins_to_ecr(deed: &Deed) -> Vec<(&Deed, Host)> {
    match &deed.what {
        What::Login { host, .. } => {
            let hosts = host.alternatives().map(Host::of_server).filter(Host::is_private);
            hosts.map(|host| (deed, host)).collect()
        }
        _ => Vec::new(),
    }
}

/// One finding for a registry and a cause: the further pushes are evidence.
fn merged(found: Vec<Problem<'_>>) -> Vec<Problem<'_>> {
    let mut merged: Vec<Problem<'_>> = Vec::new();
    let mut known: HashMap<(ProblemKind, String), (usize, HashSet<Place<'_>>)> = HashMap::new();
    for mut problem in found {
        let deeds = std::mem::take(&mut problem.deeds);
        let (index, places) = known
            .entry((problem.kind.clone(), problem.host.clone()))
            .or_insert_with(|| (merged.len(), HashSet::new()));
        if *index == merged.len() {
            merged.push(problem);
        }
        let further = deeds.into_iter().filter(|deed| places.insert(deed.place()));
        if let Some(same) = merged.get_mut(*index) {
            same.deeds.extend(further);
        }
    }
    merged
}

/// The host of an image or server as it is written.
fn host_text(text: &str) -> String {
    let text = text.split_once("://").map_or(text, |(_, rest)| rest);
    let end = crate::known::find_outside_holes(text, &['/']).unwrap_or(text.len());
    text.get(..end).unwrap_or(text).to_owned()
}

#[cfg(test)]
#[path = "logins/tests.rs"]
mod tests;
