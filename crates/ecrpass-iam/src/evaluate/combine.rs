//! How the layers are put together.
//!
//! A Deny of any layer ends it. Beyond that, within an account the identity's policies or the resource's have to allow,
//! inside of boundary and session; across accounts both have to; service control policies and the endpoint's policy
//! have to let it pass. Resource control policies only ever deny: the one that allows everything cannot be detached.

use std::collections::BTreeSet;

use super::decision::{Decision, Verdict};
use super::outcome::{self, LayerOutcome};
use super::policies::Policies;
use super::reach::Reach;
use crate::actions::{Grantor, grantor};
use crate::condition::truth::Truth;
use crate::document::Document;
use crate::layer::Layer;
use crate::principal::PrincipalKind;
use crate::request::Request;

/// Decides about a request.
pub fn evaluate(policies: &Policies, request: &Request) -> Decision {
    let asked = Asked::new(policies, request);
    let gates = asked.gates(request);
    let allowed = Truth::all(gates.iter().map(|gate| gate.passes.clone()));
    let denied = Truth::any(asked.layers.iter().map(|outcome| outcome.denies.clone()));
    let (verdict, layer, statement) = match (&allowed, &denied) {
        (_, Truth::Yes) => asked.denying(Verdict::ExplicitlyDenied, |truth| *truth == Truth::Yes),
        (Truth::No, _) => first(&gates, |truth| *truth == Truth::No)
            .map_or((Verdict::ImplicitlyDenied, Layer::Identity, None), |gate| {
                (Verdict::ImplicitlyDenied, gate.layer, None)
            }),
        (Truth::Yes, Truth::No) => asked.allowing(Verdict::Allowed),
        (Truth::Yes, Truth::Unknown(_)) => {
            asked.denying(Verdict::Depends, |truth| matches!(truth, Truth::Unknown(_)))
        }
        (Truth::Unknown(_), _) => {
            let layer = first(&gates, |truth| matches!(truth, Truth::Unknown(_)))
                .map_or(Layer::Identity, |gate| gate.layer);
            let statement = asked.outcomes(layer).find_map(|outcome| outcome.allows.by());
            (Verdict::Depends, layer, statement.cloned())
        }
    };
    let depends_on: BTreeSet<_> = match verdict {
        Verdict::Depends => allowed.dependencies().chain(denied.dependencies()).cloned().collect(),
        _ => BTreeSet::new(),
    };
    let hurdles = asked.hurdles(&gates);
    let depends_on = depends_on.into_iter().collect();
    Decision { verdict, layer, statement, depends_on, layers: asked.layers, hurdles }
}

/// Something a request has to pass, and the layer to look at when it does not.
struct Gate {
    layer: Layer,
    passes: Truth,
}

fn first(gates: &[Gate], wanted: impl Fn(&Truth) -> bool) -> Option<&Gate> {
    gates.iter().find(|gate| wanted(&gate.passes))
}

/// What every layer said. Several levels of control policies are several outcomes of one layer.
struct Asked {
    layers: Vec<LayerOutcome>,
    /// The layers that can let the request in from the side of what is acted on, the one to look at first.
    of_resource: &'static [Layer],
}

impl Asked {
    fn new(policies: &Policies, request: &Request) -> Self {
        let mut layers = Vec::new();
        let mut ask = |layer: Layer, documents: &[&Document]| {
            layers.push(outcome::of(
                layer,
                documents.iter().copied(),
                request,
                !policies.boundary.is_empty(),
            ));
        };
        let is_outside = request.principal.is_outside_of_accounts();
        // Source: Organizations User Guide, "Resource control policies", "Service control policies": neither touches
        // service-linked roles.
        let is_controlled = !request.is_by_service_linked_role();
        for level in policies.resource_control.iter().filter(|_| is_controlled) {
            ask(Layer::ResourceControl, &level.iter().collect::<Vec<_>>());
        }
        // What belongs to the caller's account says nothing of services and of federated identities.
        if !is_outside && is_controlled {
            for level in &policies.service_control {
                ask(Layer::ServiceControl, &level.iter().collect::<Vec<_>>());
            }
        }
        if let Some(document) = policies.repository.as_ref().filter(|_| has_repository(request)) {
            ask(Layer::Repository, &[document]);
        }
        if let Some(document) = &policies.registry {
            ask(Layer::Registry, &[document]);
        }
        if let Some(document) = policies.trust.as_ref().filter(|_| assumes_a_role(request)) {
            ask(Layer::Trust, &[document]);
        }
        if !is_outside {
            ask(Layer::Identity, &policies.identity.iter().collect::<Vec<_>>());
            if !policies.boundary.is_empty() {
                ask(Layer::Boundary, &policies.boundary.iter().collect::<Vec<_>>());
            }
            if !policies.session.is_empty() {
                ask(Layer::Session, &policies.session.iter().collect::<Vec<_>>());
            }
        }
        if let Some(document) = &policies.endpoint {
            ask(Layer::Endpoint, &[document]);
        }
        Self { layers, of_resource: of_resource(request) }
    }

    fn outcomes(&self, layer: Layer) -> impl Iterator<Item = &LayerOutcome> {
        self.layers.iter().filter(move |outcome| outcome.layer == layer)
    }

    /// Whether a layer allows, at every level that it has; one that was not asked stands in nobody's way.
    fn passes(&self, layer: Layer) -> Truth {
        Truth::all(self.outcomes(layer).map(|outcome| outcome.allows.at_all()))
    }

    /// Whether the policy of what is acted on allows, at least that far.
    fn resource(&self, least: Reach) -> Truth {
        Truth::any(self.of_resource.iter().flat_map(|layer| {
            self.outcomes(*layer).map(|outcome| outcome.allows.reaching(least)).collect::<Vec<_>>()
        }))
    }

    fn identity(&self, request: &Request) -> Truth {
        // The root user needs no policy.
        if request.principal.kind() == PrincipalKind::Root {
            return Truth::Yes;
        }
        Truth::any(self.outcomes(Layer::Identity).map(|outcome| outcome.allows.at_all()))
    }

    /// Everything that has to be passed, in the order in which the first one that is not is to be looked at.
    fn gates(&self, request: &Request) -> Vec<Gate> {
        let gate = |layer, passes| Gate { layer, passes };
        let of_resource = self.of_resource.first().copied().unwrap_or(Layer::Identity);
        let mut gates = vec![gate(Layer::ServiceControl, self.passes(Layer::ServiceControl))];
        let identity = self.identity(request);
        let (boundary, session) = (self.passes(Layer::Boundary), self.passes(Layer::Session));
        if request.principal.is_outside_of_accounts() {
            gates.push(gate(of_resource, self.resource(Reach::Account)));
        } else if is_cross_account(request) {
            gates.extend([
                gate(Layer::Identity, identity),
                gate(Layer::Boundary, boundary),
                gate(Layer::Session, session),
                gate(of_resource, self.resource(Reach::Account)),
            ]);
        } else {
            // An Allow for the caller itself reaches past boundary and session, one for anybody past the boundary.
            let past_session = self.resource(Reach::Caller);
            let past_boundary = self.resource(Reach::Anybody);
            let by_role = self.resource(Reach::Role);
            if assumes_a_role(request) {
                // Nobody assumes a role that does not trust its account at least.
                gates.push(gate(Layer::Trust, self.resource(Reach::Account)));
            }
            gates.extend([
                gate(Layer::Identity, identity.or(by_role)),
                gate(Layer::Boundary, boundary.or(past_boundary)),
                gate(Layer::Session, session.or(past_session)),
            ]);
        }
        gates.push(gate(Layer::Endpoint, self.passes(Layer::Endpoint)));
        gates
    }

    /// What denies, and what does not allow; of control policies every level counts.
    fn hurdles(&self, gates: &[Gate]) -> usize {
        let denying = self.layers.iter().filter(|outcome| outcome.denies == Truth::Yes);
        let levels = self.outcomes(Layer::ServiceControl).filter(|level| level.allows.at_all() == Truth::No);
        let closed =
            gates.iter().filter(|gate| gate.layer != Layer::ServiceControl && gate.passes == Truth::No);
        denying.count() + levels.count() + closed.count()
    }

    /// The first layer that denies in that manner, and its statement.
    fn denying(
        &self,
        verdict: Verdict,
        wanted: impl Fn(&Truth) -> bool,
    ) -> (Verdict, Layer, Option<super::outcome::StatementRef>) {
        let outcome = self.layers.iter().find(|outcome| wanted(&outcome.denies));
        outcome.map_or((verdict, Layer::Identity, None), |outcome| {
            (verdict, outcome.layer, outcome.denied_by.clone())
        })
    }

    /// The layer that lets the request in, and its statement.
    fn allowing(&self, verdict: Verdict) -> (Verdict, Layer, Option<super::outcome::StatementRef>) {
        let granting = [Layer::Identity]
            .iter()
            .chain(self.of_resource)
            .find_map(|layer| self.outcomes(*layer).find(|outcome| outcome.allows.at_all() == Truth::Yes));
        granting.map_or((verdict, Layer::Identity, None), |outcome| {
            (verdict, outcome.layer, outcome.allows.by().cloned())
        })
    }
}

/// The layers whose Allow lets a request in from the side of what it acts on, the one first that is to be changed where none
/// does.
fn of_resource(request: &Request) -> &'static [Layer] {
    if assumes_a_role(request) {
        return &[Layer::Trust];
    }
    match grantor(&request.action) {
        Grantor::Nobody => &[],
        Grantor::Repository if has_repository(request) => &[Layer::Repository, Layer::Registry],
        Grantor::Registry | Grantor::Repository => &[Layer::Registry],
    }
}

/// Whether the request is about a repository that exists, so that the repository's policy is asked.
fn has_repository(request: &Request) -> bool {
    let is_creation =
        request.action.split_once(':').is_some_and(|(_, name)| name.eq_ignore_ascii_case("CreateRepository"));
    let resource = ecrpass_core::Arn::parse(&request.resource);
    resource.is_some_and(|arn| arn.repository().is_some()) && !is_creation
}

/// Whether the request is one that a role's trust policy answers.
fn assumes_a_role(request: &Request) -> bool {
    let action = request.action.to_ascii_lowercase();
    action.starts_with("sts:assumerole")
        || matches!(action.as_str(), "sts:tagsession" | "sts:setsourceidentity")
}

fn is_cross_account(request: &Request) -> bool {
    match (request.principal.account(), request.resource_account()) {
        (Some(caller), Some(owner)) => caller != owner,
        _ => false,
    }
}
