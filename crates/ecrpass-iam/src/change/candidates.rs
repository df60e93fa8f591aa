//! Changes worth trying: a list that gets one more or one less, a condition that spares the caller, a statement.

use std::ops::Range;

use ecrpass_json::quoted;

use super::within::Within;
use super::{edit, statement};
use crate::case::Answer;
use crate::condition::Condition;
use crate::condition::operator::Comparison;
use crate::context::{KeyValue, Values};
use crate::document::{self, Document, Effect, Statement};
use crate::evaluate::{Policies, StatementRef, Verdict};
use crate::layer::Layer;
use crate::request::Request;

/// How many statements of a document are tried.
const MAX_TRIED: usize = 40;

/// The longest document that is changed, in bytes; none that AWS takes is longer.
const MAX_LENGTH: usize = 64 * 1024;

/// The level of the policy of the API's endpoint, beside the registry's.
const API_ENDPOINT: usize = 1;

/// Where a document hangs: its layer, level, and number there; one past the last is a new one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) layer: Layer,
    level: usize,
    index: usize,
}

/// A change to one document.
pub(super) struct Step {
    pub(super) place: Place,
    pub(super) source: Option<String>,
    pub(super) within: Option<Within>,
    pub(super) old: String,
    pub(super) new: String,
}

impl Step {
    /// The document as it would be; `None` where AWS would refuse it.
    pub(super) fn reading(&self) -> Option<Document> {
        document::read(self.source.as_deref().unwrap_or("new"), &self.new).accepted().ok()
    }
}

impl Place {
    /// Puts a document there.
    pub(super) fn put(self, policies: &mut Policies, document: Document) {
        let documents = match self.layer {
            Layer::Repository => return policies.repository = Some(document),
            Layer::Registry => return policies.registry = Some(document),
            Layer::Endpoint if self.level == API_ENDPOINT => return policies.api_endpoint = Some(document),
            Layer::Endpoint => return policies.endpoint = Some(document),
            Layer::Trust => return policies.trust = Some(document),
            Layer::Identity => Some(&mut policies.identity),
            Layer::Boundary => Some(&mut policies.boundary),
            Layer::Session => Some(&mut policies.session),
            Layer::ServiceControl => policies.service_control.get_mut(self.level),
            Layer::ResourceControl => policies.resource_control.get_mut(self.level),
        };
        let Some(documents) = documents else { return };
        match documents.get_mut(self.index) {
            Some(old) => *old = document,
            None => documents.push(document),
        }
    }
}

/// What may be tried about requests that are denied for the same reason, the smallest change first.
pub(super) fn of(policies: &Policies, denied: &[&Answer]) -> Vec<Step> {
    let Some(first) = denied.first() else { return Vec::new() };
    let layer = first.decision.layer;
    match (&first.decision.statement, first.decision.verdict) {
        (Some(by), Verdict::ExplicitlyDenied) => sparing(policies, layer, by, &first.request),
        _ => allowing(policies, layer, denied),
    }
}

/// The documents of a layer that can be changed: not AWS's own, and none that AWS would not take.
fn documents(policies: &Policies, layer: Layer) -> Vec<(Place, &Document)> {
    let levels: Vec<Vec<&Document>> = match layer {
        Layer::Identity => vec![policies.identity.iter().collect()],
        Layer::Boundary => vec![policies.boundary.iter().collect()],
        Layer::Session => vec![policies.session.iter().collect()],
        Layer::ServiceControl => {
            policies.service_control.iter().map(|level| level.iter().collect()).collect()
        }
        Layer::ResourceControl => {
            policies.resource_control.iter().map(|level| level.iter().collect()).collect()
        }
        Layer::Repository => vec![policies.repository.iter().collect()],
        Layer::Registry => vec![policies.registry.iter().collect()],
        Layer::Endpoint => vec![policies.endpoint.iter().collect(), policies.api_endpoint.iter().collect()],
        Layer::Trust => vec![policies.trust.iter().collect()],
    };
    let numbered = levels.into_iter().enumerate().flat_map(|(level, documents)| {
        let number = move |(index, document)| (Place { layer, level, index }, document);
        documents.into_iter().enumerate().map(number).collect::<Vec<_>>()
    });
    numbered
        .filter(|(_, document)| document.text().len() <= MAX_LENGTH)
        .filter(|(_, document)| !document.is_of_aws)
        .collect()
}

/// A document and its text, ready to be edited.
struct Editable<'a> {
    place: Place,
    document: &'a Document,
}

impl Editable<'_> {
    /// A span of the document in its own text.
    fn own(&self, span: &Range<usize>) -> Range<usize> {
        let start = self.document.span.start;
        span.start.saturating_sub(start)..span.end.saturating_sub(start)
    }

    fn step(&self, new: Option<String>) -> Option<Step> {
        Some(Step {
            place: self.place,
            source: Some(self.document.name().to_string()),
            within: Within::of(self.document),
            old: self.document.text().to_owned(),
            new: new?,
        })
    }

    fn append(&self, list: &Range<usize>, item: &str) -> Option<Step> {
        self.step(edit::append_to_list(self.document.text(), &self.own(list), item))
    }
}

/// What lets the actions in: in a statement that is there, in a new one, in a new document.
fn allowing(policies: &Policies, layer: Layer, denied: &[&Answer]) -> Vec<Step> {
    let Some(request) = denied.first().map(|answer| &answer.request) else { return Vec::new() };
    let same = denied.iter().filter(|answer| answer.request.resource == request.resource);
    let actions: Vec<&str> = same.map(|answer| answer.request.action.as_str()).collect();
    let documents = documents(policies, layer);
    let mut steps = Vec::new();
    for (place, document) in &documents {
        let editable = Editable { place: *place, document };
        let fitting = document.statements.iter().filter(|statement| is_for(statement, request));
        for statement in fitting.take(MAX_TRIED) {
            steps.extend(with_actions(&editable, statement, &actions));
        }
    }
    let Some(statement) = statement::allowing(layer, request, &actions) else { return steps };
    for (place, document) in &documents {
        let editable = Editable { place: *place, document };
        steps.extend(document.statements_span.as_ref().and_then(|span| editable.append(span, &statement)));
    }
    let is_new = match layer {
        Layer::Identity => Some(policies.identity.len()),
        Layer::Repository | Layer::Registry | Layer::Trust => documents.is_empty().then_some(0),
        _ => None,
    };
    steps.extend(is_new.map(|index| Step {
        place: Place { layer, level: 0, index },
        source: None,
        within: None,
        old: String::new(),
        new: statement::document(&statement),
    }));
    steps
}

/// Whether a statement is one that such an action belongs to: an Allow by name, on all resources only if it has to be.
fn is_for(statement: &Statement, request: &Request) -> bool {
    let is_on_everything = statement
        .resources
        .as_ref()
        .is_some_and(|listed| listed.negated || listed.items.iter().any(|item| item.value.is_everything()));
    statement.effect == Effect::Allow
        && !statement.actions.negated
        && is_on_everything == (request.resource == "*")
}

/// The statement with more actions, one after the other.
fn with_actions(editable: &Editable<'_>, statement: &Statement, actions: &[&str]) -> Option<Step> {
    let mut text = editable.document.text().to_owned();
    let mut list = editable.own(&statement.actions.value_span);
    for action in actions {
        let longer = edit::append_to_list(&text, &list, &quoted(action))?;
        list.end += longer.len() - text.len();
        text = longer;
    }
    editable.step(Some(text))
}

/// What keeps a Deny from the caller, or from what it does.
fn sparing(policies: &Policies, layer: Layer, by: &StatementRef, request: &Request) -> Vec<Step> {
    let found = documents(policies, layer).into_iter().find_map(|(place, document)| {
        let is_it = |statement: &&Statement| {
            statement.effect == Effect::Deny
                && statement.position == by.position
                && *document.name() == by.source
        };
        Some((Editable { place, document }, document.statements.iter().find(is_it)?))
    });
    let Some((editable, statement)) = found else { return Vec::new() };
    let mut steps = Vec::new();
    if statement.actions.negated {
        steps.extend(editable.append(&statement.actions.value_span, &quoted(&request.action)));
    }
    if let Some(listed) =
        statement.resources.as_ref().filter(|listed| listed.negated && request.resource != "*")
    {
        steps.extend(editable.append(&listed.value_span, &quoted(&request.resource)));
    }
    // What hangs on the caller alone can leave the action out for good.
    if layer == Layer::Identity && !statement.actions.negated {
        steps.extend(without_action(&editable, statement, &request.action));
    }
    for condition in &statement.conditions {
        steps.extend(
            another_value(condition, request)
                .and_then(|value| editable.append(&condition.values_span, &quoted(&value))),
        );
    }
    steps.extend(exception(&editable, statement, request));
    steps
}

fn without_action(editable: &Editable<'_>, statement: &Statement, action: &str) -> Option<Step> {
    let items = &statement.actions.items;
    let index = items.iter().position(|item| item.value.text.eq_ignore_ascii_case(action))?;
    let spans: Vec<Range<usize>> = items.iter().map(|item| editable.own(&item.span)).collect();
    editable.step(edit::remove(editable.document.text(), &spans, index))
}

/// The value that a condition of a Deny would have to spare as well, where it spares some.
fn another_value(condition: &Condition, request: &Request) -> Option<String> {
    let operator = condition.operator.filter(|operator| operator.negated && operator.set.is_none())?;
    let is_text = matches!(
        operator.comparison,
        Comparison::StringEquals
            | Comparison::StringEqualsIgnoreCase
            | Comparison::StringLike
            | Comparison::IpAddress
            | Comparison::Arn { .. }
    );
    match request.context.get(&condition.key) {
        KeyValue::Known(Values::One(value)) if is_text && !value.contains(['*', '?', '$']) => {
            Some(value.clone())
        }
        _ => None,
    }
}

/// A condition that makes an exception for the caller.
fn exception(editable: &Editable<'_>, statement: &Statement, request: &Request) -> Option<Step> {
    let caller = statement::principal_arn(request)?;
    let block = format!("{{{}: {}}}", quoted("aws:PrincipalArn"), quoted(&caller));
    let text = editable.document.text();
    let is_taken = statement.conditions.iter().any(|condition| condition.operator_text == "ArnNotEquals");
    editable.step(match &statement.conditions_span {
        Some(_) if is_taken => None,
        Some(span) => edit::append_to_object(text, &editable.own(span), "ArnNotEquals", &block),
        None => {
            let conditions = format!("{{{}: {block}}}", quoted("ArnNotEquals"));
            edit::append_to_object(text, &editable.own(&statement.span), "Condition", &conditions)
        }
    })
}
