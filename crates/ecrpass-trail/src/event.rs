//! One call as CloudTrail recorded it: what passes from reading to answering. It borrows from the record it was read from,
//! and lives only as long as the [`Sink`] looks at it.

use std::borrow::Cow;

use ecrpass_core::access_key::{self, KeyKind};
use ecrpass_core::time::EpochSeconds;

/// One call, recorded.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Event<'a> {
    /// When it was answered.
    pub time: EpochSeconds,
    /// The record's id; empty where it has none.
    pub id: Cow<'a, str>,
    /// What the two records of a call across accounts have in common.
    pub shared_id: Option<Cow<'a, str>>,
    /// The service asked, by its host: `ecr.amazonaws.com`.
    pub source: Cow<'a, str>,
    /// The call: `GetAuthorizationToken`.
    pub name: Cow<'a, str>,
    /// The region that was asked.
    pub region: Cow<'a, str>,
    /// The account whose trail has the record; empty where it is not said.
    pub account: Cow<'a, str>,
    /// Who called.
    pub caller: Caller<'a>,
    /// The address of the caller; `AWS Internal`, or a service's host, where AWS called on its behalf.
    pub address: Cow<'a, str>,
    /// The program that called, as it calls itself.
    pub agent: Cow<'a, str>,
    /// The VPC endpoint that the call came through.
    pub vpc_endpoint: Option<Cow<'a, str>>,
    /// Why it was refused; none of a call that succeeded.
    pub error: Option<Cow<'a, str>>,
    /// The same in words.
    pub message: Option<Cow<'a, str>>,
    /// Whether it only reads, where the record says so.
    pub read_only: Option<bool>,
    /// What was asked for.
    pub parameters: Fields<'a>,
    /// What was answered.
    pub response: Fields<'a>,
    /// The objects it was about.
    pub resources: Vec<Resource<'a>>,
    /// Whether CloudTrail made it of something a service did by itself (`AwsServiceEvent`).
    pub is_service_event: bool,
}

/// Who called.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Caller<'a> {
    /// What kind of caller it is.
    pub kind: CallerKind,
    /// One name for each principal, whatever its sessions: the role with its path, the user, the service, the account;
    /// of a web identity the role asked for.
    pub principal: Cow<'a, str>,
    /// Its ARN as the record has it: of a session, with the session's name and without the role's path.
    pub arn: Option<Cow<'a, str>>,
    /// Its account.
    pub account: Option<Cow<'a, str>>,
    /// The unique id, with the session's name behind a colon.
    pub principal_id: Option<Cow<'a, str>>,
    /// The key that signed. What the registry does for a user of a long-lived key shows a temporary one.
    pub access_key: Option<Cow<'a, str>>,
    /// Its name: of a user, or the subject of a web identity.
    pub user_name: Option<Cow<'a, str>>,
    /// The service that called in its place; `AWS Internal` for what the registry does for docker.
    pub invoked_by: Option<Cow<'a, str>>,
    /// When the session began, in seconds since the epoch.
    pub session_began: Option<EpochSeconds>,
    /// How an instance was given its role: `1.0` or `2.0`.
    pub role_delivery: Option<Cow<'a, str>>,
    /// The identity provider that vouched.
    pub identity_provider: Option<Cow<'a, str>>,
}

/// The kinds of callers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum CallerKind {
    /// A role's session.
    AssumedRole,
    /// A role, in the records of some services.
    Role,
    /// A user, with a key of its own or a session of it.
    IamUser,
    /// A federated user.
    FederatedUser,
    /// The root user.
    Root,
    /// Another account: the copy of a record that the owner of a repository gets. It does not know who called.
    AwsAccount,
    /// A service.
    AwsService,
    /// Somebody whom an identity provider vouches for, asking for a role.
    WebIdentity,
    /// The same with SAML.
    Saml,
    /// Somebody of IAM Identity Center.
    IdentityCenter,
    /// The record does not say, or says something later.
    #[default]
    Unknown,
}

/// An object that a call was about.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Resource<'a> {
    /// Its ARN.
    pub arn: Cow<'a, str>,
    /// The account it belongs to.
    pub account: Option<Cow<'a, str>>,
}

/// The scalars of a JSON object, each with the keys that lead to it: `ModifyVpcEndpointRequest.VpcEndpointId`. Numbers and
/// booleans are written as JSON writes them, elements of an array have the path of the array. There are at most
/// [`Fields::MOST`] of them, and a long one is cut at [`Fields::LONGEST`] bytes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Fields<'a>(pub Vec<(Cow<'a, str>, Cow<'a, str>)>);

impl Fields<'_> {
    /// How many are kept.
    pub const MOST: usize = 128;
    /// How much is kept of one, in bytes.
    pub const LONGEST: usize = 64 * 1024;

    /// The first value with this path, or with this key at the end of its path.
    pub fn get(&self, key: &str) -> Option<&str> {
        self.0.iter().find(|(path, _)| ends_in(path, key)).map(|(_, value)| value.as_ref())
    }

    /// Every value with this path, or with this key at the end of its path.
    pub fn all<'b>(&'b self, key: &'b str) -> impl Iterator<Item = &'b str> {
        self.0.iter().filter(move |(path, _)| ends_in(path, key)).map(|(_, value)| value.as_ref())
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// Whether a path is a key or ends in it.
fn ends_in(path: &str, key: &str) -> bool {
    path.strip_suffix(key).is_some_and(|before| before.is_empty() || before.ends_with('.'))
}

impl Event<'_> {
    /// Whether ECR was asked, private or public.
    pub fn is_ecr(&self) -> bool {
        is_ecr(&self.source)
    }

    /// Whether this is the copy of a call across accounts that the owner of the object has.
    pub fn is_owners_copy(&self) -> bool {
        self.caller.kind == CallerKind::AwsAccount
    }

    /// Calls are counted once by this: what both records of a call across accounts have in common, else the record's own.
    pub fn call_id(&self) -> &str {
        self.shared_id.as_deref().filter(|id| !id.is_empty()).unwrap_or(&self.id)
    }

    /// Whether the caller's own key never expires. Of what the registry does for docker it is not known.
    pub fn uses_long_lived_key(&self) -> bool {
        self.caller.access_key.as_deref().map(access_key::kind) == Some(KeyKind::LongTerm)
    }

    /// The repositories it was about: of the parameters, else of the objects, else of the message.
    pub fn repositories(&self) -> Vec<&str> {
        let mut names: Vec<&str> = self.parameters.all("repositoryName").collect();
        names.extend(self.parameters.all("repositoryNames"));
        if names.is_empty() {
            names.extend(self.resources.iter().filter_map(|resource| repository_of(&resource.arn)));
        }
        if names.is_empty() && self.is_ecr() {
            names.extend(self.message.as_deref().and_then(repository_in_words));
        }
        names.sort_unstable();
        names.dedup();
        names
    }

    /// The account of the registry it was about, where the record says so.
    pub fn registry(&self) -> Option<&str> {
        let of_resource = self.resources.iter().find_map(|resource| resource.account.as_deref());
        self.parameters.get("registryId").or(of_resource)
    }
}

/// Whether this is ECR, private or public: many a service has `ecr` in its name.
pub fn is_ecr(source: &str) -> bool {
    matches!(source, "ecr.amazonaws.com" | "ecr-public.amazonaws.com")
}

/// The repository that an ARN of ECR names.
fn repository_of(arn: &str) -> Option<&str> {
    let (service, name) = arn.split_once(":repository/")?;
    (service.contains(":ecr:") || service.contains(":ecr-public:")).then_some(name)
}

/// The repository in `… on resource: arn:aws:ecr:…:repository/NAME because …` or `The repository with name 'NAME' does …`.
fn repository_in_words(message: &str) -> Option<&str> {
    let by_arn = message
        .split([' ', '\'', '"', ',', '\n'])
        .find_map(|word| repository_of(word.trim_end_matches(['.', ';', ')'])));
    by_arn.or_else(|| {
        let (_, rest) = message.split_once("repository with name '")?;
        rest.split_once('\'').map(|(name, _)| name)
    })
}

/// Takes the events that can matter, one after the other and in no order; what lies in two trails has been left out once, as
/// far as [`crate::seen::Seen`] remembers it.
///
/// Several threads read, each into a sink of its own; in the end the sinks are put together.
pub trait Sink: Send + Sized {
    /// Looks at one.
    fn take(&mut self, event: &Event<'_>);

    /// Adds what another has seen.
    fn merge(&mut self, other: Self);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event<'a>(message: &'a str, arns: &[&'a str], names: &[&'a str]) -> Event<'a> {
        Event {
            source: "ecr.amazonaws.com".into(),
            message: Some(message.into()),
            resources: arns.iter().map(|arn| Resource { arn: (*arn).into(), account: None }).collect(),
            parameters: Fields(names.iter().map(|name| ("repositoryName".into(), (*name).into())).collect()),
            ..Event::default()
        }
    }

    #[test]
    fn the_repository_is_in_the_parameters_the_objects_or_the_words() {
        let arn = "arn:aws:ecr:eu-west-1:123456789012:repository/team/app";
        let denied = "User: x is not authorized to perform: ecr:BatchGetImage on resource: \
                      arn:aws-cn:ecr:cn-north-1:123456789012:repository/team/b because no identity-based policy allows it";
        let missing =
            "The repository with name 'team/c' does not exist in the registry with id '123456789012'";
        for (event, expected) in [
            (event(denied, &[arn], &["team/a"]), Some("team/a")),
            (event(denied, &[arn], &[]), Some("team/app")),
            (event(denied, &[], &[]), Some("team/b")),
            (event(missing, &["arn:aws:s3:::bucket/repository/x"], &[]), Some("team/c")),
            (event("Rate exceeded", &[], &[]), None),
        ] {
            assert_eq!(event.repositories().first().copied(), expected, "{event:?}");
        }
    }

    #[test]
    fn a_field_is_found_by_its_whole_path_or_its_last_key() {
        let fields = Fields(vec![
            ("ModifyVpcEndpointRequest.VpcEndpointId".into(), "vpce-1".into()),
            ("xroleName".into(), "no".into()),
            ("roleName".into(), "yes".into()),
        ]);
        assert_eq!(fields.get("VpcEndpointId"), Some("vpce-1"));
        assert_eq!(fields.get("ModifyVpcEndpointRequest.VpcEndpointId"), Some("vpce-1"));
        assert_eq!(fields.get("roleName"), Some("yes"));
        assert_eq!(fields.get("Name"), None);
    }

    #[test]
    fn a_call_across_accounts_is_counted_by_what_its_records_share() {
        let mut event = Event { id: "a".into(), shared_id: Some("s".into()), ..Event::default() };
        assert_eq!(event.call_id(), "s");
        event.shared_id = Some("".into());
        assert_eq!(event.call_id(), "a");
    }
}
