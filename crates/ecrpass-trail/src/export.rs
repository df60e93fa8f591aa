//! The events that matter as compact lines of JSON, for engines that are quick with those.
//!
//! Fields have CloudTrail's own names, so that `trail` reads what it wrote. Parameters are those that name an object;
//! policies, secrets' values and whatever else somebody sent are left out, and what looks like a secret is masked.

use std::io::{self, Write};
use std::sync::{Arc, Mutex, PoisonError};

use ecrpass_core::redact::redact;
use ecrpass_core::time::rfc3339;
use serde::Serialize;
use serde_json::{Map, Value};

use crate::change::{is_name, tells_by_being_there};
use crate::event::{CallerKind, Event, Fields, Sink};

/// How much is gathered before it is written, in bytes.
const PIECE: usize = 256 * 1024;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Line<'a> {
    event_version: &'static str,
    event_time: String,
    event_source: &'a str,
    event_name: &'a str,
    aws_region: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    recipient_account_id: &'a str,
    /// The one name of the principal, for tables.
    principal: &'a str,
    user_identity: Identity<'a>,
    #[serde(rename = "sourceIPAddress", skip_serializing_if = "str::is_empty")]
    address: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    user_agent: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    vpc_endpoint_id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error_code: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error_message: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    read_only: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    request_parameters: Option<Map<String, Value>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    resources: Vec<Object<'a>>,
    #[serde(rename = "eventID")]
    id: &'a str,
    #[serde(rename = "sharedEventID", skip_serializing_if = "Option::is_none")]
    shared_id: Option<&'a str>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Identity<'a> {
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    kind: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    arn: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    account_id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    access_key_id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    user_name: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    invoked_by: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    identity_provider: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    session_context: Option<Session<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Session<'a> {
    session_issuer: Issuer<'a>,
}

#[derive(Serialize)]
struct Issuer<'a> {
    arn: &'a str,
}

#[derive(Serialize)]
struct Object<'a> {
    #[serde(rename = "ARN")]
    arn: &'a str,
    #[serde(rename = "accountId", skip_serializing_if = "Option::is_none")]
    account: Option<&'a str>,
}

/// The line of an event, with its line feed.
pub fn line(event: &Event<'_>) -> String {
    let caller = &event.caller;
    let is_role = matches!(caller.kind, CallerKind::AssumedRole | CallerKind::Role);
    let issuer = is_role.then_some(caller.principal.as_ref()).filter(|arn| arn.contains(":role/"));
    let user_agent = redact(&event.agent);
    let line = Line {
        event_version: "1.11",
        event_time: rfc3339(event.time),
        event_source: &event.source,
        event_name: &event.name,
        aws_region: &event.region,
        recipient_account_id: &event.account,
        principal: &caller.principal,
        user_identity: Identity {
            kind: kind(caller.kind),
            arn: caller.arn.as_deref(),
            account_id: caller.account.as_deref(),
            access_key_id: caller.access_key.as_deref(),
            user_name: caller.user_name.as_deref(),
            invoked_by: caller.invoked_by.as_deref(),
            identity_provider: caller.identity_provider.as_deref(),
            session_context: issuer.map(|arn| Session { session_issuer: Issuer { arn } }),
        },
        address: &event.address,
        user_agent: &user_agent,
        vpc_endpoint_id: event.vpc_endpoint.as_deref(),
        error_code: event.error.as_deref(),
        error_message: event.message.as_deref().map(|message| redact(message).into_owned()),
        read_only: event.read_only,
        request_parameters: names(&event.parameters),
        resources: event
            .resources
            .iter()
            .map(|object| Object { arn: &object.arn, account: object.account.as_deref() })
            .collect(),
        id: &event.id,
        shared_id: event.shared_id.as_deref(),
    };
    // The types are ours and hold nothing JSON cannot say.
    let mut text = serde_json::to_string(&line).unwrap_or_default();
    text.push('\n');
    text
}

/// The parameters that name something. Several with one name are a list.
fn names(fields: &Fields<'_>) -> Option<Map<String, Value>> {
    let mut found: Map<String, Value> = Map::new();
    for (path, value) in &fields.0 {
        let value = match path.as_ref() {
            path if is_name(path) => Value::String(redact(value).into_owned()),
            // What is in a policy is nobody's business; that one was sent is what matters.
            path if tells_by_being_there(path) => Value::String("left out".to_owned()),
            _ => continue,
        };
        match found.get_mut(path.as_ref()) {
            None => {
                found.insert(path.to_string(), value);
            }
            Some(Value::Array(list)) => list.push(value),
            Some(other) => *other = Value::Array(vec![other.take(), value]),
        }
    }
    (!found.is_empty()).then_some(found)
}

fn kind(kind: CallerKind) -> Option<&'static str> {
    Some(match kind {
        CallerKind::AssumedRole => "AssumedRole",
        CallerKind::Role => "Role",
        CallerKind::IamUser => "IAMUser",
        CallerKind::FederatedUser => "FederatedUser",
        CallerKind::Root => "Root",
        CallerKind::AwsAccount => "AWSAccount",
        CallerKind::AwsService => "AWSService",
        CallerKind::WebIdentity => "WebIdentityUser",
        CallerKind::Saml => "SAMLUser",
        CallerKind::IdentityCenter => "IdentityCenterUser",
        CallerKind::Unknown => return None,
    })
}

/// Writes events as lines. Each thread has one; they share what is written to.
#[derive(Debug)]
pub struct Exporter<W: Write + Send> {
    writer: Arc<Mutex<Output<W>>>,
    gathered: String,
    span: crate::accumulator::Span,
}

/// What is written to.
#[derive(Debug)]
struct Output<W> {
    writer: W,
    lines: u64,
    failed: Option<io::Error>,
}

impl<W: Write + Send> Exporter<W> {
    /// One that writes there.
    pub fn new(writer: W, span: crate::accumulator::Span) -> Self {
        let output = Output { writer, lines: 0, failed: None };
        Self { writer: Arc::new(Mutex::new(output)), gathered: String::new(), span }
    }

    /// Another one that writes to the same.
    pub fn another(&self) -> Self {
        Self { writer: self.writer.clone(), gathered: String::new(), span: self.span }
    }

    /// Writes what is left, and says how many lines there were.
    ///
    /// # Errors
    /// When something could not be written.
    pub fn finish(mut self) -> io::Result<u64> {
        self.write();
        let mut output = self.writer.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(error) = output.failed.take() {
            return Err(error);
        }
        output.writer.flush()?;
        Ok(output.lines)
    }

    fn write(&mut self) {
        let mut output = self.writer.lock().unwrap_or_else(PoisonError::into_inner);
        if output.failed.is_none() {
            match output.writer.write_all(self.gathered.as_bytes()) {
                Ok(()) => output.lines += self.gathered.lines().count() as u64,
                Err(error) => output.failed = Some(error),
            }
        }
        self.gathered.clear();
    }
}

impl<W: Write + Send> Sink for Exporter<W> {
    fn take(&mut self, event: &Event<'_>) {
        if !self.span.has(event.time) {
            return;
        }
        self.gathered.push_str(&line(event));
        if self.gathered.len() >= PIECE {
            self.write();
        }
    }

    fn merge(&mut self, mut other: Self) {
        other.write();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::accumulator::Span;
    use crate::event::Caller;

    fn event() -> Event<'static> {
        Event {
            time: 1_764_000_000,
            id: "e1".into(),
            source: "ec2.amazonaws.com".into(),
            name: "ModifyVpcEndpoint".into(),
            region: "eu-west-1".into(),
            account: "123456789012".into(),
            caller: Caller {
                kind: CallerKind::AssumedRole,
                principal: "arn:aws:iam::123456789012:role/x/ci".into(),
                arn: Some("arn:aws:sts::123456789012:assumed-role/ci/me".into()),
                ..Caller::default()
            },
            agent: "x password=hunter2hunter2".into(),
            parameters: Fields(vec![
                ("ModifyVpcEndpointRequest.VpcEndpointId".into(), "vpce-1".into()),
                ("ModifyVpcEndpointRequest.PolicyDocument".into(), "{\"secret\":\"hunter2hunter2\"}".into()),
                ("secretString".into(), "hunter2hunter2".into()),
            ]),
            ..Event::default()
        }
    }

    #[test]
    fn names_are_exported_and_secrets_never() {
        let line = line(&event());
        assert!(!line.contains("hunter2"), "{line}");
        let value: Value = serde_json::from_str(&line).unwrap();
        assert_eq!(value["requestParameters"]["ModifyVpcEndpointRequest.VpcEndpointId"], "vpce-1");
        assert_eq!(value["requestParameters"]["ModifyVpcEndpointRequest.PolicyDocument"], "left out");
        assert_eq!(value["userIdentity"]["sessionContext"]["sessionIssuer"]["arn"], value["principal"]);
        assert_eq!(value["eventTime"], "2025-11-24T16:00:00Z");
        assert_eq!(line.lines().count(), 1);
    }

    #[test]
    fn threads_write_whole_lines_to_one_place() {
        let mut one = Exporter::new(Vec::new(), Span::default());
        let mut other = one.another();
        one.take(&event());
        other.take(&event());
        one.merge(other);
        assert_eq!(one.finish().unwrap(), 2);
    }
}
