//! A verdict where not all policies are there: what the others are taken to say, and the word about that.

use ecrpass_core::Arn;
use ecrpass_iam::actions::Scope;
use ecrpass_iam::case::Answers;
use ecrpass_iam::context::Context;
use ecrpass_iam::document::read;
use ecrpass_iam::task::{self, Task};
use ecrpass_iam::{Case, Layer, Policies, Principal};

use super::pasted::One;

/// What the caller's policies are taken to say where others are looked at.
const CALLER_ALLOWS: &str = r#"{"Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}"#;

/// What the repository's owner is taken to say.
const OWNER_ALLOWS: &str = r#"{"Statement":{"Effect":"Allow","Principal":"*","Action":"*"}}"#;

/// Decides what the task takes, the rest of the world allowing it; with a word about that rest.
pub(super) fn decide(
    documents: &[One],
    task: Task,
    principal: Principal,
    resource: String,
) -> Result<(&'static str, Answers), String> {
    let documents: Vec<&One> = documents.iter().filter(|one| one.layer != Layer::Trust).collect();
    if documents.is_empty() {
        return Err("A trust policy says who may become the role, and nothing of ECR.".to_owned());
    }
    let is_resources = |layer: Layer| matches!(layer, Layer::Repository | Layer::Registry);
    let owner = Arn::parse(&resource).and_then(|arn| arn.account()).map(str::to_owned);
    let is_foreign = principal.account() != owner.as_deref();
    let has_resource = documents.iter().any(|one| is_resources(one.layer));
    let has_identity = documents.iter().any(|one| one.layer == Layer::Identity);
    // Of those alone, what they say for themselves counts.
    let of_resource = documents.iter().all(|one| is_resources(one.layer));
    let (assumed, caller_allows) = match (has_identity, is_foreign) {
        (true, true) if !has_resource => {
            ("The repository's own policy, in the other account, has to allow it too.", false)
        }
        (true, _) => ("Nothing else denies it.", false),
        (false, true) if of_resource => {
            ("The caller's own policies, in the other account, have to allow it too.", true)
        }
        (false, false) if of_resource => (
            "The caller's own policies say nothing; the login, which no such policy can allow, is theirs.",
            false,
        ),
        (false, _) => ("The caller's own policies allow everything.", true),
    };
    let mut policies = Policies::default();
    if caller_allows {
        policies.identity.extend(read("the rest", CALLER_ALLOWS).document);
    }
    if is_foreign && !has_resource {
        policies.repository = read("the rest", OWNER_ALLOWS).document;
    }
    for one in documents {
        put(one, &resource, &mut policies);
    }
    let actions = task.actions().into_iter().filter(|action| {
        // A token is asked of the caller's own account, and no resource has a say in it.
        !of_resource || task::scope(action) == Some(Scope::Repository)
    });
    let actions: Vec<String> = actions.map(str::to_owned).collect();
    if actions.is_empty() {
        return Err("This task takes nothing that such a policy has a say in.".to_owned());
    }
    let case = Case { principal, actions, resource, context: Context::partial(), is_complete: false };
    Ok((assumed, case.decide(&policies)))
}

fn put(one: &One, resource: &str, policies: &mut Policies) {
    let document = one.document.clone();
    let level = |levels: &mut Vec<Vec<_>>, document| {
        levels.resize_with(levels.len().max(one.level + 1), Vec::new);
        if let Some(level) = levels.get_mut(one.level) {
            level.push(document);
        }
    };
    match one.layer {
        Layer::Identity => policies.identity.push(document),
        Layer::Boundary => policies.boundary.push(document),
        Layer::Session => policies.session.push(document),
        Layer::ServiceControl => level(&mut policies.service_control, document),
        Layer::ResourceControl => level(&mut policies.resource_control, document),
        Layer::Endpoint if one.level > 0 => policies.api_endpoint = Some(document),
        Layer::Endpoint => policies.endpoint = Some(document),
        Layer::Registry => policies.registry = Some(document),
        Layer::Repository if is_about(one, resource) => policies.repository = Some(document),
        Layer::Repository | Layer::Trust => {}
    }
}

/// Whether a repository's policy is that of the repository in question.
fn is_about(one: &One, resource: &str) -> bool {
    one.resource
        .as_deref()
        .is_none_or(|of| of == resource || Arn::parse(resource).and_then(|arn| arn.repository()) == Some(of))
}
