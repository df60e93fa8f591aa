//! Which documents it takes, and each of them.

use ecrpass_core::CallerKind;

use super::access::Access;
use super::draft::{Draft, Kind};
use super::refusal::Refusal;
use super::wanted::Wanted;
use super::{endpoint, identity, limits, registry, repository, trust};
use crate::task::{Side, Task};

/// Writes the documents, in the order in which they are put to work: whoever does it first, then who lets it in.
///
/// # Errors
/// [`Refusal`] when something is missing, cannot be right, or would be too large for AWS.
pub fn generate(wanted: &Wanted) -> Result<Vec<Draft>, Refusal> {
    let access = Access::new(wanted)?;
    let is_trust_alone = wanted.trust.is_some() || wanted.kinds == [Kind::Trust];
    if access.tasks.is_empty() && access.actions.is_empty() && !is_trust_alone {
        return Err(Refusal::new(
            "It is not said what is to be allowed.",
            "name a task, such as pull or push",
        ));
    }
    if access.tasks.contains(&Task::Replicate) && wanted.account.is_none() && access.principals.is_empty() {
        return Err(Refusal::new(
            "It is not said which account replicates into this registry.",
            "add --account with the twelve digits of the source account",
        ));
    }
    let kinds = if wanted.kinds.is_empty() { needed(&access, wanted) } else { in_order(&wanted.kinds) };
    // Unless it is asked for, the owner of a repository does not let in its own account.
    let shared = if wanted.kinds.is_empty() { access.shared() } else { access.clone() };
    let mut drafts = Vec::new();
    let (endpoints, kinds): (Vec<Kind>, Vec<Kind>) =
        kinds.into_iter().partition(|kind| Kind::ENDPOINTS.contains(kind));
    for kind in kinds {
        drafts.extend(match kind {
            Kind::Repository => repository::drafts(&shared, wanted)?,
            Kind::Registry => registry::drafts(&shared)?,
            Kind::Trust => vec![trust::draft(&access, wanted)?],
            identity => identity::drafts(&access, wanted, identity)?,
        });
    }
    if !endpoints.is_empty() {
        drafts.extend(endpoint::drafts(&access, &endpoints)?);
    }
    tell_apart(&mut drafts);
    name_role(&mut drafts);
    for draft in &drafts {
        limits::check(draft)?;
    }
    Ok(drafts)
}

/// A role comes before its policy.
const ORDER: [Kind; 10] = [
    Kind::Trust,
    Kind::Role,
    Kind::User,
    Kind::Boundary,
    Kind::Session,
    Kind::Repository,
    Kind::Registry,
    Kind::ApiEndpoint,
    Kind::RegistryEndpoint,
    Kind::LayerEndpoint,
];

fn in_order(kinds: &[Kind]) -> Vec<Kind> {
    ORDER.into_iter().filter(|kind| kinds.contains(kind)).collect()
}

/// Documents of one kind are called by their account, or else by their region, where there are several.
fn tell_apart(drafts: &mut [Draft]) {
    let before = drafts.to_vec();
    for draft in drafts {
        let alike: Vec<&Draft> =
            before.iter().filter(|other| (other.kind, &other.name) == (draft.kind, &draft.name)).collect();
        if alike.len() > 1 {
            let is_one_account = alike.iter().all(|other| other.account == draft.account);
            let end = if is_one_account { &draft.region } else { &draft.account };
            if let Some(end) = end {
                draft.name = format!("{}-{end}", draft.name);
            }
        }
    }
}

/// Where the role is made along with its policy, the policy is that role's.
fn name_role(drafts: &mut [Draft]) {
    let made = drafts.iter().find(|draft| draft.kind == Kind::Trust && draft.holder.is_none());
    let Some((name, account)) = made.map(|role| (role.name.clone(), role.account.clone())) else { return };
    for draft in drafts.iter_mut().filter(|draft| draft.kind == Kind::Role && draft.account == account) {
        draft.holder.get_or_insert_with(|| name.clone());
    }
}

/// The documents without which it does not work.
fn needed(access: &Access, wanted: &Wanted) -> Vec<Kind> {
    let mut kinds = Vec::new();
    let services = access.principals.iter().filter(|principal| principal.kind == CallerKind::Service).count();
    let is_service = services > 0 && services == access.principals.len();
    let users = access.principals.iter().filter(|principal| principal.kind == CallerKind::User).count();
    let is_user = users > 0 && users == access.principals.len();
    let by_caller = !access.actions_on(Side::Caller).is_empty();
    if by_caller && !is_service {
        kinds.push(if is_user { Kind::User } else { Kind::Role });
    }
    if wanted.trust.is_some() || access.tasks.iter().any(|task| trust::of_task(*task).is_some()) {
        kinds.push(Kind::Trust);
    }
    let is_let_in = is_service
        || access.organization.is_some()
        || access.targets.iter().any(|target| access.is_cross_account(target));
    let about_repositories =
        [false, true].into_iter().any(|is_public| !access.repository_actions(is_public).is_empty());
    if is_let_in && about_repositories {
        kinds.push(if in_registry(access) { Kind::Registry } else { Kind::Repository });
    }
    if access.tasks.contains(&Task::LambdaPull) {
        kinds.push(Kind::Repository);
    }
    if access.tasks.contains(&Task::Replicate) {
        kinds.push(Kind::Registry);
    }
    in_order(&kinds)
}

/// Whether it is for the registry's policy to let it in: the repositories are many, or need not exist yet.
fn in_registry(access: &Access) -> bool {
    let creates = access.repository_actions(false).iter().any(|action| action == "ecr:CreateRepository");
    creates || access.targets.iter().any(super::target::Target::is_pattern)
}
