//! One record as it is written, and the event it becomes.

mod fields;
mod moment;
mod objects;
mod repair;
mod text;

use std::borrow::Cow;

use ecrpass_core::redact::redact_secrets;
use ecrpass_core::time::EpochSeconds;
use serde::Deserialize;

pub use self::moment::moment;
use self::objects::Objects;
pub use self::repair::repaired;
use self::text::{Present, Text, safe};
use crate::event::{Caller, CallerKind, Event, Fields};

/// How much is kept of a name, an address or the like, in bytes.
const NAME: usize = 2048;

/// How much is kept of a message, in bytes.
const MESSAGE: usize = 16 * 1024;

/// A record, or what one is wrapped in. Whatever has an unexpected type is as if it were not there.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Record<'a> {
    #[serde(borrow, rename = "eventVersion")]
    version: Text<'a>,
    #[serde(borrow, rename = "userIdentity")]
    identity: Option<Identity<'a>>,
    #[serde(borrow, rename = "eventTime")]
    time: Text<'a>,
    #[serde(borrow, rename = "eventSource")]
    source: Text<'a>,
    #[serde(borrow, rename = "eventName")]
    name: Text<'a>,
    #[serde(borrow, rename = "awsRegion")]
    region: Text<'a>,
    #[serde(borrow, rename = "sourceIPAddress")]
    address: Text<'a>,
    #[serde(borrow, rename = "userAgent")]
    agent: Text<'a>,
    #[serde(borrow, rename = "errorCode")]
    error: Text<'a>,
    #[serde(borrow, rename = "errorMessage")]
    message: Text<'a>,
    #[serde(borrow, rename = "requestParameters")]
    parameters: Fields<'a>,
    #[serde(borrow, rename = "responseElements")]
    response: Fields<'a>,
    #[serde(borrow, rename = "eventID")]
    id: Text<'a>,
    #[serde(borrow, rename = "readOnly")]
    read_only: Text<'a>,
    #[serde(borrow)]
    resources: Objects<'a>,
    #[serde(borrow, rename = "eventType")]
    event_type: Text<'a>,
    #[serde(borrow, rename = "eventCategory")]
    category: Text<'a>,
    #[serde(borrow, rename = "recipientAccountId")]
    account: Text<'a>,
    #[serde(borrow, rename = "sharedEventID")]
    shared_id: Text<'a>,
    #[serde(borrow, rename = "vpcEndpointId")]
    vpc_endpoint: Text<'a>,
    // EventBridge's envelope.
    #[serde(borrow)]
    detail: Option<Box<Record<'a>>>,
    // What `aws cloudtrail lookup-events` prints: the record is a string.
    #[serde(borrow, rename = "CloudTrailEvent")]
    looked_up: Text<'a>,
    // An event of CloudWatch Logs, likewise; EventBridge and others use the name for something else.
    #[serde(borrow, rename = "message")]
    log_message: Text<'a>,
    // A digest file.
    #[serde(rename = "digestS3Object")]
    digest_object: Present,
    #[serde(rename = "digestStartTime")]
    digest_start: Present,
    // A file whose list of records is none, or has an escape in its key.
    #[serde(rename = "Records")]
    records: Present,
}

/// Who called, as it is written.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Identity<'a> {
    #[serde(borrow, rename = "type")]
    kind: Text<'a>,
    #[serde(borrow)]
    principal_id: Text<'a>,
    #[serde(borrow)]
    arn: Text<'a>,
    #[serde(borrow)]
    account_id: Text<'a>,
    #[serde(borrow)]
    access_key_id: Text<'a>,
    #[serde(borrow)]
    user_name: Text<'a>,
    #[serde(borrow)]
    invoked_by: Text<'a>,
    #[serde(borrow)]
    identity_provider: Text<'a>,
    #[serde(borrow)]
    session_context: Option<Session<'a>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Session<'a> {
    #[serde(borrow)]
    session_issuer: Option<Issuer<'a>>,
    #[serde(borrow)]
    attributes: Option<Attributes<'a>>,
    #[serde(borrow)]
    web_id_federation_data: Option<Federation<'a>>,
    #[serde(borrow)]
    ec2_role_delivery: Text<'a>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Issuer<'a> {
    #[serde(borrow)]
    arn: Text<'a>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Attributes<'a> {
    #[serde(borrow)]
    creation_date: Text<'a>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Federation<'a> {
    #[serde(borrow)]
    federated_provider: Text<'a>,
}

/// What a JSON object is.
#[derive(Debug)]
pub enum Kind<'a> {
    /// A record of CloudTrail.
    Record(Box<Record<'a>>),
    /// A text that is one.
    Wrapped(Cow<'a, str>),
    /// A digest file.
    Digest,
    /// It should have a list of records.
    List,
    /// None of these.
    Other,
}

/// The categories of records.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Category {
    /// A call.
    Management,
    /// A call on data.
    Data,
    /// A statement of CloudTrail Insights.
    Insight,
    /// What an endpoint refused.
    NetworkActivity,
}

impl<'a> Record<'a> {
    /// Parses one.
    ///
    /// # Errors
    /// When it is no JSON, or holds what Rust's strings cannot: see [`repaired`].
    pub fn parse(text: &'a str) -> serde_json::Result<Self> {
        serde_json::from_str(text)
    }

    /// What it is.
    pub fn kind(mut self) -> Kind<'a> {
        if let Some(inner) = self.looked_up.take() {
            return Kind::Wrapped(inner);
        }
        if self.is_record() {
            return Kind::Record(Box::new(self));
        }
        if let Some(inner) = self.detail.take().filter(|inner| inner.is_record()) {
            return Kind::Record(inner);
        }
        if self.digest_object.0 || self.digest_start.0 {
            return Kind::Digest;
        }
        match self.log_message.take() {
            Some(inner) if inner.trim_start().starts_with('{') => Kind::Wrapped(inner),
            _ if self.records.0 => Kind::List,
            _ => Kind::Other,
        }
    }

    fn is_record(&self) -> bool {
        // What S3 and others notify of has the same keys, and sources like `aws:s3`.
        let is_call = self.name.is_some() && self.source.str().contains('.');
        let has_id = self.version.is_some() || self.id.is_some();
        has_id && (is_call || self.category() == Category::Insight)
    }

    /// Its category; older records have none.
    pub fn category(&self) -> Category {
        match (self.category.str(), self.event_type.str()) {
            ("Insight", _) | (_, "AwsCloudTrailInsight") => Category::Insight,
            ("NetworkActivity", _) | (_, "AwsVpceEvent") => Category::NetworkActivity,
            ("Data", _) => Category::Data,
            _ => Category::Management,
        }
    }

    /// Its version, if that is newer than what is known here.
    pub fn newer_version(&self) -> Option<Cow<'_, str>> {
        let version = self.version.str();
        let major = version.split('.').next().and_then(|major| major.parse::<u32>().ok());
        major.is_none_or(|major| major > 1).then(|| redact_secrets(version))
    }

    /// Its id.
    pub fn id(&self) -> &str {
        self.id.str()
    }

    /// The account whose trail it is in.
    pub fn account(&self) -> Cow<'_, str> {
        redact_secrets(self.account.str())
    }

    /// The region that was asked.
    pub fn region(&self) -> Cow<'_, str> {
        redact_secrets(self.region.str())
    }

    /// When it was; `None` when that cannot be read.
    pub fn time(&self) -> Option<EpochSeconds> {
        moment(self.time.str())
    }

    /// The service and the call.
    pub fn call(&self) -> (&str, &str) {
        (self.source.str(), self.name.str())
    }

    /// Whether it was refused.
    pub fn is_refused(&self) -> bool {
        self.error.is_some()
    }

    /// What was asked for.
    pub fn parameters(&self) -> &Fields<'a> {
        &self.parameters
    }

    /// The event it is of, in which no string looks like a secret: what comes of it is not asked again.
    pub fn into_event(mut self, time: EpochSeconds) -> Event<'a> {
        for (path, value) in self.parameters.0.iter_mut().chain(&mut self.response.0) {
            safe(path);
            safe(value);
        }
        let caller = caller(self.identity.take().unwrap_or_default(), &self.parameters);
        let is_service_event = self.event_type.str() == "AwsServiceEvent";
        Event {
            time,
            id: self.id.short(NAME).unwrap_or_default(),
            shared_id: self.shared_id.short(NAME),
            source: self.source.short(NAME).unwrap_or_default(),
            name: self.name.short(NAME).unwrap_or_default(),
            region: self.region.short(NAME).unwrap_or_default(),
            account: self.account.short(NAME).unwrap_or_default(),
            caller,
            address: self.address.short(NAME).unwrap_or_default(),
            agent: self.agent.short(NAME).unwrap_or_default(),
            vpc_endpoint: self.vpc_endpoint.short(NAME),
            error: self.error.short(NAME),
            message: self.message.short(MESSAGE),
            read_only: match self.read_only.str() {
                "true" => Some(true),
                "false" => Some(false),
                _ => None,
            },
            parameters: self.parameters,
            response: self.response,
            resources: self.resources.0,
            is_service_event,
        }
    }
}

/// One name for each principal, and the rest of what is known of it.
fn caller<'a>(identity: Identity<'a>, parameters: &Fields<'a>) -> Caller<'a> {
    let session = identity.session_context.unwrap_or_default();
    let issuer = session.session_issuer.and_then(|issuer| issuer.arn.short(NAME));
    let began = session.attributes.and_then(|attributes| moment(attributes.creation_date.str()));
    let federated = session.web_id_federation_data.and_then(|data| data.federated_provider.short(NAME));
    let kind = caller_kind(identity.kind.str());
    let (arn, account) = (identity.arn.short(NAME), identity.account_id.short(NAME));
    let (invoked_by, user_name) = (identity.invoked_by.short(NAME), identity.user_name.short(NAME));
    let principal_id = identity.principal_id.short(NAME);
    let role_asked_for = || {
        let is_asking = matches!(kind, CallerKind::WebIdentity | CallerKind::Saml);
        let role = parameters.0.iter().find(|(path, _)| path == "roleArn").map(|(_, role)| role.clone());
        is_asking.then(|| role.or_else(|| user_name.clone())).flatten()
    };
    let principal = issuer
        .or_else(role_asked_for)
        .or_else(|| arn.clone())
        .or_else(|| invoked_by.clone())
        .or_else(|| account.clone())
        .or_else(|| principal_id.clone())
        .unwrap_or(Cow::Borrowed("unknown"));
    Caller {
        kind,
        principal,
        arn,
        account,
        principal_id,
        access_key: identity.access_key_id.short(NAME),
        user_name,
        invoked_by,
        session_began: began,
        role_delivery: session.ec2_role_delivery.short(NAME),
        identity_provider: identity.identity_provider.short(NAME).or(federated),
    }
}

fn caller_kind(text: &str) -> CallerKind {
    match text {
        "AssumedRole" => CallerKind::AssumedRole,
        "Role" => CallerKind::Role,
        "IAMUser" => CallerKind::IamUser,
        "FederatedUser" => CallerKind::FederatedUser,
        "Root" => CallerKind::Root,
        "AWSAccount" => CallerKind::AwsAccount,
        "AWSService" => CallerKind::AwsService,
        "WebIdentityUser" => CallerKind::WebIdentity,
        "SAMLUser" => CallerKind::Saml,
        "IdentityCenterUser" => CallerKind::IdentityCenter,
        _ => CallerKind::Unknown,
    }
}

#[cfg(test)]
mod tests;
