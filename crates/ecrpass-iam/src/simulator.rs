//! AWS's own simulator: what of a case it can be told, and why it may say something else.
//!
//! A difference is explained by deciding again with what the simulator knows. Only what it is documented not to know
//! counts as a reason; where that does not lead to its answer, nothing is explained.
//!
//! Sources: IAM API reference, `SimulateCustomPolicy` and `SimulatePrincipalPolicy`; IAM User Guide, "IAM policy testing
//! with the IAM policy simulator".

use std::collections::BTreeSet;

use ecrpass_core::Arn;

use crate::case::{Answer, Answers, Case};
use crate::context::{Context, KeyValue, Values};
use crate::document::Document;
use crate::evaluate::{Policies, Verdict};
use crate::layer::Layer;
use crate::principal::PrincipalKind;

/// What the simulator is told.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Told {
    /// The user or role whose attached policies are taken; none where the policies are given.
    pub attached_to: Option<String>,
    /// What is attached, as texts.
    pub identity: Vec<String>,
    /// The permissions boundary.
    pub boundary: Vec<String>,
    /// The service control policies, by level.
    pub service_control: Vec<Vec<String>>,
    /// The resource's policy.
    pub resource_policy: Option<String>,
    /// The account that the resource and its policy belong to, as an ARN.
    pub resource_owner: Option<String>,
    /// Who calls, where the resource's policy has to know.
    pub caller: Option<String>,
    /// The condition keys whose values are known.
    pub context: Vec<(String, Values)>,
    /// The actions, each with its resource.
    pub requests: Vec<(String, String)>,
    /// The layers it is not told of, though there are such policies.
    pub untold: Vec<Layer>,
}

/// What it answers about one action.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Simulated {
    /// The action.
    pub action: String,
    /// The resource.
    pub resource: String,
    /// Its verdict: never that it depends.
    pub verdict: Verdict,
    /// The keys that policies look at and that it was not given.
    pub missing_keys: Vec<String>,
    /// Whether the organization's service control policies allow it; none where there are none.
    pub organization_allows: Option<bool>,
    /// Whether the permissions boundary allows it; none where there is none.
    pub boundary_allows: Option<bool>,
}

/// A documented reason for another answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Why {
    /// It knows no such policies, or takes them for users only.
    Untold(Vec<Layer>),
    /// It takes keys without a value for absent.
    AbsentKeys(Vec<String>),
    /// It knows what is attached; here, no such policy was given.
    Attached,
    /// A service control policy that is not among those given here denies.
    Organization,
    /// A permissions boundary that is not among those given here denies.
    Boundary,
}

/// The actions a user or role is simulated for; none for others, whom the simulator does not know.
pub fn told(case: &Case, policies: &Policies, seen: &BTreeSet<Layer>) -> Option<Told> {
    let arn = case.principal.arn()?;
    let source = match case.principal.kind() {
        PrincipalKind::User | PrincipalKind::Role => case.principal.text().to_owned(),
        PrincipalKind::Session => match case.context.get("aws:PrincipalArn") {
            KeyValue::Known(values) => values.all().first()?.clone(),
            _ => Arn::iam(arn.partition, arn.account, &format!("role/{}", arn.role_name()?)).to_string(),
        },
        _ => return None,
    };
    let is_user = case.principal.kind() == PrincipalKind::User;
    let is_attached = !seen.contains(&Layer::Identity);
    let text = |document: &Document| document.text().to_owned();
    let texts = |documents: &[Document]| documents.iter().map(text).collect::<Vec<String>>();
    let mut told = Told {
        attached_to: is_attached.then(|| source.clone()),
        identity: texts(&policies.identity),
        boundary: texts(&policies.boundary),
        service_control: policies.service_control.iter().map(|level| texts(level)).collect(),
        context: known_keys(case, policies),
        requests: case.requests().into_iter().map(|request| (request.action, request.resource)).collect(),
        ..Told::default()
    };
    // One resource policy, and users only.
    if let Some(document) = policies.repository.as_ref().or(policies.registry.as_ref()).filter(|_| is_user) {
        told.resource_policy = Some(text(document));
        told.caller = Some(source);
        let owner = Arn::parse(&case.resource).and_then(|arn| Some((arn.partition, arn.account()?)));
        told.resource_owner =
            owner.map(|(partition, account)| Arn::iam(partition, account, "root").to_string());
    }
    let is_untold = |layer: &Layer| match layer {
        Layer::Identity | Layer::Boundary => false,
        // With what is attached, the organization's own are taken.
        Layer::ServiceControl => is_attached,
        Layer::Repository => !is_user,
        Layer::Registry => !is_user || policies.repository.is_some(),
        Layer::ResourceControl | Layer::Session | Layer::Endpoint | Layer::Trust => true,
    };
    let mut layers: Vec<Layer> = policies.documents().map(|(layer, _)| layer).filter(is_untold).collect();
    layers.sort_unstable();
    layers.dedup();
    told.untold = layers;
    if is_attached {
        told.service_control.clear();
    } else if told.identity.is_empty() {
        // It takes no empty list. This is what everybody may do anyway.
        told.identity.push(HARMLESS.to_owned());
    }
    Some(told)
}

/// A policy that gives nothing: whoever has credentials may ask whose they are.
const HARMLESS: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"sts:GetCallerIdentity","Resource":"*"}]}"#;

/// The keys that the policies look at, as far as their values are known.
fn known_keys(case: &Case, policies: &Policies) -> Vec<(String, Values)> {
    let conditions = policies
        .documents()
        .flat_map(|(_, document)| &document.statements)
        .flat_map(|statement| &statement.conditions);
    let keys: BTreeSet<String> = conditions.map(|condition| condition.key.clone()).collect();
    let requests = case.requests();
    let value = |key: &String| {
        let known = requests.iter().find_map(|request| match request.context.get(key) {
            KeyValue::Known(values) => Some(values.clone()),
            KeyValue::Absent | KeyValue::Unknown => None,
        });
        Some((key.clone(), known?))
    };
    keys.iter().filter_map(value).collect()
}

/// Whether both say the same, as far as what is not known goes: a verdict that depends is neither.
pub fn agrees(answer: &Answer, simulated: &Simulated) -> bool {
    answer.decision.verdict == simulated.verdict
}

/// Why the simulator says something else; none where no documented reason leads to its answer.
pub fn why(
    case: &Case,
    policies: &Policies,
    told: &Told,
    answer: &Answer,
    simulated: &Simulated,
) -> Option<Vec<Why>> {
    let one = Case { actions: vec![answer.request.action.clone()], ..case.clone() };
    let verdict = |case: &Case, policies: &Policies| case.decide(policies).verdict();
    let without = told.untold.iter().fold(policies.clone(), |policies, layer| without(policies, *layer));
    let closed = closed(&one);
    let keys = || Why::AbsentKeys(absent_keys(&one.decide(&without), simulated));
    let untold = || Why::Untold(told.untold.clone());
    if !told.untold.is_empty() && verdict(&one, &without) == simulated.verdict {
        return Some(vec![untold()]);
    }
    if verdict(&closed, policies) == simulated.verdict {
        return Some(vec![keys()]);
    }
    if !told.untold.is_empty() && verdict(&closed, &without) == simulated.verdict {
        return Some(vec![untold(), keys()]);
    }
    if told.attached_to.is_some() {
        return Some(vec![Why::Attached]);
    }
    let denied = simulated.verdict != Verdict::Allowed;
    match (simulated.organization_allows, simulated.boundary_allows) {
        (Some(false), _) if denied && policies.service_control.is_empty() => Some(vec![Why::Organization]),
        (_, Some(false)) if denied && policies.boundary.is_empty() => Some(vec![Why::Boundary]),
        _ => None,
    }
}

/// The same with every key that is not known taken for absent.
fn closed(case: &Case) -> Case {
    let request = case.requests().pop();
    let context = request.map_or_else(Context::complete, |request| request.context.into_complete());
    Case { context, is_complete: true, ..case.clone() }
}

fn absent_keys(answers: &Answers, simulated: &Simulated) -> Vec<String> {
    let on = answers.answers.iter().flat_map(|answer| &answer.decision.depends_on);
    let mut keys: Vec<String> = on.map(|on| on.key.clone()).collect();
    if keys.is_empty() {
        keys.clone_from(&simulated.missing_keys);
    }
    keys.sort();
    keys.dedup();
    keys
}

/// The policies without a layer.
fn without(mut policies: Policies, layer: Layer) -> Policies {
    match layer {
        Layer::Identity => policies.identity.clear(),
        Layer::Boundary => policies.boundary.clear(),
        Layer::Session => policies.session.clear(),
        Layer::ServiceControl => policies.service_control.clear(),
        Layer::ResourceControl => policies.resource_control.clear(),
        Layer::Repository => policies.repository = None,
        Layer::Registry => policies.registry = None,
        Layer::Endpoint => (policies.endpoint, policies.api_endpoint) = (None, None),
        Layer::Trust => policies.trust = None,
    }
    policies
}

impl std::fmt::Display for Why {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Untold(layers) => {
                let names: Vec<&str> = layers.iter().map(|layer| layer.id()).collect();
                let names = names.join(", ");
                let of_resource = |layer: &Layer| matches!(layer, Layer::Repository | Layer::Registry);
                if layers.iter().all(of_resource) {
                    write!(f, "it takes one resource policy, and for IAM users only: not {names}")
                } else {
                    write!(f, "it knows nothing of these policies: {names}")
                }
            }
            Self::AbsentKeys(keys) if keys.is_empty() => {
                f.write_str("it takes condition keys that it is not given for absent")
            }
            Self::AbsentKeys(keys) => {
                write!(f, "it takes keys that it is not given for absent: {}", keys.join(", "))
            }
            Self::Attached => {
                f.write_str("it decides by what is attached, and no such policy was given here: ecrpass policy collect reads them")
            }
            Self::Organization => {
                f.write_str("a service control policy denies it that was not given here: name it with --scp")
            }
            Self::Boundary => {
                f.write_str("a permissions boundary denies it that was not given here: name it with --boundary")
            }
        }
    }
}

#[cfg(test)]
mod tests;
