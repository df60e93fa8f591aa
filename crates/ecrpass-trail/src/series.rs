//! What calls have in common that are counted together: everything about a call but its moment.

use std::sync::Arc;

use ecrpass_iam::denial;

use crate::ecs::cannot_pull;
use crate::event::{CallerKind, Event};
use crate::failure::is_denial;
use crate::names::{Name, Names, cut};

/// A kind of calls. Its parts are texts, or the names of texts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Series<T> {
    /// Who called. It comes first, so that all kinds of one principal stand together where they are ordered.
    pub principal: T,
    /// The service asked.
    pub source: T,
    /// The call.
    pub call: T,
    /// The region that was asked.
    pub region: T,
    /// The account whose trail has it.
    pub account: T,
    /// The account of the caller.
    pub caller_account: T,
    /// Why it was refused.
    pub error: T,
    /// What a denial says, without whom it was denied: sessions differ. Of a task that could not pull, why.
    pub denial: T,
    /// The repository.
    pub repository: T,
    /// The account of the registry.
    pub registry: T,
    /// The VPC endpoint. This, the address, the program and the session are known of calls straight to the API only.
    pub endpoint: T,
    /// The caller's address.
    pub address: T,
    /// The caller's program.
    pub agent: T,
    /// The session's name.
    pub session: T,
    /// The access key, where it is one that never expires.
    pub key: T,
    /// Of whom an identity provider vouched for: the subject.
    pub subject: T,
    /// The identity provider.
    pub provider: T,
    /// Whether these are the copies that the owner of a repository has of other accounts' calls.
    pub is_owners_copy: bool,
    /// Whether the caller is an IAM user.
    pub is_user: bool,
}

/// How much is kept of a program's name, in bytes.
const LONGEST_AGENT: usize = 160;

/// How much is kept of a denial, in bytes.
const LONGEST_DENIAL: usize = 600;

impl<'a> Series<&'a str> {
    /// The kind of a call.
    pub fn of(event: &'a Event<'_>) -> Self {
        let caller = &event.caller;
        let task = cannot_pull(event);
        let error = task.map(|(code, _)| code).or(event.error.as_deref()).unwrap_or_default();
        let message = message(event);
        let straight = is_straight(event);
        let if_straight = |text: &'a str| if straight { text } else { "" };
        let vouched = matches!(caller.kind, CallerKind::WebIdentity | CallerKind::Saml);
        Self {
            source: &event.source,
            call: &event.name,
            region: &event.region,
            account: &event.account,
            principal: &caller.principal,
            caller_account: caller
                .account
                .as_deref()
                .or_else(|| account_of(&caller.principal))
                .unwrap_or_default(),
            error,
            denial: if is_denial(error) || task.is_some() {
                cut(without_caller(message), LONGEST_DENIAL)
            } else {
                ""
            },
            repository: event.repositories().first().copied().unwrap_or_default(),
            registry: event.registry().unwrap_or_default(),
            endpoint: if_straight(event.vpc_endpoint.as_deref().unwrap_or_default()),
            address: if_straight(&event.address),
            agent: if_straight(cut(&event.agent, LONGEST_AGENT)),
            session: if_straight(session(caller.arn.as_deref().unwrap_or_default())),
            key: match event.uses_long_lived_key() {
                true => caller.access_key.as_deref().unwrap_or_default(),
                false => "",
            },
            subject: if vouched { caller.user_name.as_deref().unwrap_or_default() } else { "" },
            provider: if vouched { caller.identity_provider.as_deref().unwrap_or_default() } else { "" },
            is_owners_copy: event.is_owners_copy(),
            is_user: caller.kind == CallerKind::IamUser,
        }
    }

    /// The same without what tells one machine from another.
    pub fn coarse(mut self) -> Self {
        (self.address, self.agent, self.session, self.subject) = ("", "", "", "");
        self
    }
}

impl<'a> Series<&'a str> {
    /// What a kind says.
    pub fn said(series: &Series<Name>, names: &'a Names) -> Self {
        series.map(|name| names.text(name))
    }
}

impl Series<Arc<str>> {
    /// The same with its texts, which all kinds share: there may be as many kinds as sessions.
    pub fn named(series: &Series<Name>, names: &Names) -> Self {
        series.map(|name| names.shared(name))
    }
}

impl<T: Copy> Series<T> {
    /// The same with other parts.
    pub fn map<U>(&self, mut f: impl FnMut(T) -> U) -> Series<U> {
        Series {
            source: f(self.source),
            call: f(self.call),
            region: f(self.region),
            account: f(self.account),
            principal: f(self.principal),
            caller_account: f(self.caller_account),
            error: f(self.error),
            denial: f(self.denial),
            repository: f(self.repository),
            registry: f(self.registry),
            endpoint: f(self.endpoint),
            address: f(self.address),
            agent: f(self.agent),
            session: f(self.session),
            key: f(self.key),
            subject: f(self.subject),
            provider: f(self.provider),
            is_owners_copy: self.is_owners_copy,
            is_user: self.is_user,
        }
    }
}

/// What a record says of its failure.
pub fn message<'a>(event: &'a Event<'_>) -> &'a str {
    let of_task = cannot_pull(event).map(|(_, reason)| reason);
    of_task.or(event.message.as_deref()).unwrap_or_default()
}

/// Whether the caller asked the API itself: of what AWS does on its behalf there is no address.
fn is_straight(event: &Event<'_>) -> bool {
    let by_aws = event.caller.invoked_by.as_deref().is_some_and(|by| !by.is_empty());
    !by_aws && event.caller.kind != CallerKind::AwsService && !event.is_service_event
}

/// The name of the session in an ARN, or nothing.
fn session(arn: &str) -> &str {
    ecrpass_core::Arn::parse(arn).and_then(|arn| arn.session_name()).unwrap_or_default()
}

/// The account in an ARN.
fn account_of(principal: &str) -> Option<&str> {
    ecrpass_core::Arn::parse(principal).and_then(|arn| arn.account())
}

/// A denial without its `User: ARN`, which names a session; other messages as they are.
fn without_caller(message: &str) -> &str {
    let Some(denied) = denial::parse(message) else { return message };
    match message.split_once(denied.principal) {
        Some((_, rest)) if !denied.principal.is_empty() => rest.trim_start_matches(['"', '\\']).trim_start(),
        _ => message,
    }
}

/// A denial as AWS wrote it, but for the caller: what [`denial::parse`] reads.
pub fn with_caller(denial: &str) -> String {
    format!("User: - {denial}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::Caller;

    #[test]
    fn sessions_of_a_role_share_their_denials() {
        let of = |session: &str| {
            let arn = format!("arn:aws:sts::123456789012:assumed-role/ci/{session}");
            Event {
                source: "ecr.amazonaws.com".into(),
                name: "BatchGetImage".into(),
                error: Some("AccessDenied".into()),
                message: Some(
                    format!(
                        "User: {arn} is not authorized to perform: ecr:BatchGetImage on resource: \
                         arn:aws:ecr:eu-west-1:123456789012:repository/a because no identity-based policy allows \
                         the ecr:BatchGetImage action"
                    )
                    .into(),
                ),
                address: "AWS Internal".into(),
                caller: Caller {
                    kind: CallerKind::AssumedRole,
                    principal: "arn:aws:iam::123456789012:role/ci".into(),
                    arn: Some(arn.into()),
                    invoked_by: Some("AWS Internal".into()),
                    ..Caller::default()
                },
                ..Event::default()
            }
        };
        let (one, other) = (of("i-1"), of("i-2"));
        let series = Series::of(&one);
        assert_eq!(series, Series::of(&other));
        assert_eq!((series.repository, series.caller_account, series.session), ("a", "123456789012", ""));
        let denial = with_caller(series.denial);
        let denied = denial::parse(&denial).unwrap();
        assert_eq!(denied.action, "ecr:BatchGetImage");
        assert_eq!(denied.reason, denial::Reason::NotAllowed(ecrpass_iam::policy_kind::PolicyKind::Identity));
    }

    #[test]
    fn where_from_is_known_of_calls_to_the_api_only() {
        let mut event = Event {
            address: "10.0.0.1".into(),
            agent: "x".repeat(1_000).into(),
            caller: Caller {
                kind: CallerKind::AssumedRole,
                arn: Some("arn:aws:sts::123456789012:assumed-role/ci/i-1".into()),
                ..Caller::default()
            },
            ..Event::default()
        };
        let series = Series::of(&event);
        assert_eq!((series.address, series.session, series.agent.len()), ("10.0.0.1", "i-1", LONGEST_AGENT));
        assert_eq!(series.coarse().address, "");
        event.caller.invoked_by = Some("AWS Internal".into());
        assert_eq!(Series::of(&event).address, "");
    }
}
