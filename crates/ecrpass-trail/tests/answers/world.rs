//! A small world: who calls, what is refused, what is changed.

use ecrpass_trail::accumulator::{Accumulator, Span};
use ecrpass_trail::answers::{Wanted, answer};
use ecrpass_trail::event::{Caller, CallerKind, Event, Fields, Resource, Sink};
use ecrpass_trail::report::{Incident, Report};

/// 2026-11-24T06:00:00Z.
pub const START: i64 = 1_795_500_000;
pub const HOUR: i64 = 3_600;
pub const CALLERS: &str = "444455556666";
pub const REGISTRY: &str = "123456789012";
pub const MANAGEMENT: &str = "999988887777";
pub const REGION: &str = "eu-west-1";
pub const NODE: &str = "arn:aws:iam::444455556666:role/nodes/node";
pub const IDENTITY: &str = "because no identity-based policy allows the ACTION action";
pub const RESOURCE: &str = "because no resource-based policy allows the ACTION action";

/// The events, and the number of the next.
#[derive(Default)]
pub struct World {
    pub events: Vec<Event<'static>>,
    next: u32,
}

impl World {
    /// One more id.
    pub fn id(&mut self) -> String {
        self.next += 1;
        format!("00000000-0000-4000-8000-{:012}", self.next)
    }

    /// A call of the role `node`, or of anybody.
    pub fn call(&mut self, at: i64, name: &str, who: &str) -> &mut Event<'static> {
        let role = who.rsplit('/').next().unwrap().to_owned();
        let kind = if who.contains(":user/") {
            CallerKind::IamUser
        } else if who.contains(":role/") {
            CallerKind::AssumedRole
        } else {
            CallerKind::AwsService
        };
        let account = who.split(':').nth(4).unwrap_or(REGISTRY).to_owned();
        let caller = Caller {
            kind,
            principal: who.to_owned().into(),
            arn: (kind == CallerKind::AssumedRole)
                .then(|| format!("arn:aws:sts::{account}:assumed-role/{role}/i-1").into()),
            account: Some(account.clone().into()),
            access_key: (kind == CallerKind::IamUser).then(|| "AKIAIOSFODNN7EXAMPLE".into()),
            ..Caller::default()
        };
        let event = Event {
            time: START + at,
            id: self.id().into(),
            source: "ecr.amazonaws.com".into(),
            name: name.to_owned().into(),
            region: REGION.into(),
            account: account.into(),
            caller,
            address: "10.0.0.1".into(),
            agent: "ecr-credential-provider/v1.31.0 aws-sdk-go-v2/1.32.5".into(),
            ..Event::default()
        };
        self.events.push(event);
        self.events.last_mut().unwrap()
    }

    /// A call through the registry, about a repository of the registry's account.
    pub fn pull(&mut self, at: i64, who: &str, repository: &str) -> &mut Event<'static> {
        let shared = self.id();
        let arn = format!("arn:aws:ecr:{REGION}:{REGISTRY}:repository/{repository}");
        let event = self.call(at, "BatchGetImage", who);
        event.caller.invoked_by = Some("AWS Internal".into());
        (event.address, event.agent) = ("AWS Internal".into(), "AWS Internal".into());
        event.shared_id = Some(shared.into());
        event.resources = vec![Resource { arn: arn.into(), account: Some(REGISTRY.into()) }];
        event
    }

    /// The same call, as the owner of the repository sees it.
    pub fn owners_copy(&mut self) {
        let mut copy = self.events.last().unwrap().clone();
        copy.id = self.id().into();
        let account = copy.caller.account.clone();
        copy.caller = Caller {
            kind: CallerKind::AwsAccount,
            principal: account.clone().unwrap_or_default(),
            account,
            invoked_by: Some("AWS Internal".into()),
            ..Caller::default()
        };
        copy.account = REGISTRY.into();
        self.events.push(copy);
    }

    /// Calls that succeed, every some seconds, from a moment until another.
    pub fn life(&mut self, who: &str, from: i64, until: i64, every: i64) {
        let mut at = from;
        while at < until {
            self.call(at, "GetAuthorizationToken", who);
            at += every;
        }
    }

    /// Calls that are refused, likewise.
    pub fn denied(&mut self, who: &str, from: i64, until: i64, every: i64, why: &str) {
        let mut at = from;
        while at < until {
            let event = self.call(at, "GetAuthorizationToken", who);
            refuse(event, "ecr:GetAuthorizationToken", "*", why);
            at += every;
        }
    }

    /// A change, by its parameters.
    pub fn change(&mut self, at: i64, source: &str, name: &str, parameters: &[(&str, &str)]) -> String {
        let global = ["iam", "organizations"].iter().any(|service| source.starts_with(service));
        let id = self.id();
        self.events.push(Event {
            time: START + at,
            id: id.clone().into(),
            source: source.to_owned().into(),
            name: name.to_owned().into(),
            region: if global { "us-east-1".into() } else { REGION.into() },
            account: CALLERS.into(),
            caller: Caller { principal: "arn:aws:iam::444455556666:role/admin".into(), ..Caller::default() },
            parameters: Fields(
                parameters
                    .iter()
                    .map(|(key, value)| ((*key).to_owned().into(), (*value).to_owned().into()))
                    .collect(),
            ),
            ..Event::default()
        });
        id
    }

    /// A change of the role `node`.
    pub fn role_change(&mut self, at: i64, name: &str) -> String {
        self.change(at, "iam.amazonaws.com", name, &[("roleName", "node"), ("policyName", "ecr")])
    }

    /// The last event, to change it.
    pub fn last(&mut self) -> &mut Event<'static> {
        self.events.last_mut().unwrap()
    }

    /// The answers.
    pub fn report(&self) -> Report {
        self.narrow(Span::default(), &Wanted::default())
    }

    /// The answers to a narrower question.
    pub fn narrow(&self, span: Span, wanted: &Wanted) -> Report {
        let mut accumulator = Accumulator::of(span);
        for event in &self.events {
            accumulator.take(event);
        }
        answer(accumulator.finish(), wanted)
    }

    /// The only incident.
    pub fn incident(&self) -> Incident {
        let report = self.report();
        assert_eq!(report.incidents.len(), 1, "{:#?}", report.incidents);
        report.incidents.into_iter().next().unwrap()
    }
}

/// Makes a call a refused one.
pub fn refuse(event: &mut Event<'static>, action: &str, resource: &str, why: &str) {
    let arn = event.caller.arn.clone().unwrap_or_else(|| event.caller.principal.clone());
    let why = why.replace("ACTION", action);
    event.error = Some("AccessDenied".into());
    event.message = Some(
        format!("User: {arn} is not authorized to perform: {action} on resource: {resource} {why}").into(),
    );
}

/// What is named as the cause, in order.
pub fn named(incident: &Incident) -> Vec<&str> {
    incident.causes.iter().map(|cause| cause.event_id.as_str()).collect()
}
