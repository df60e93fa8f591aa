//! Faults on request: what can be made to go wrong, and how it is written on a command line.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use crate::fault_targets::{does_something, is_target, operations_of, places, services};

/// Something that goes wrong on request: `NAME[:TARGET][=ARG]`.
///
/// The target is an operation (`GetAuthorizationToken`), a service (`registry`), both (`sts:AssumeRole`) or `*`
/// for everything, which is also the default.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// What goes wrong.
    pub kind: FaultKind,
    /// What it happens to.
    pub target: String,
    /// How many more times it happens; `None` for always.
    pub times: Option<u32>,
}

/// The kinds of faults.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum FaultKind {
    /// The answer comes late.
    Latency(Duration),
    /// Too many requests.
    Throttle,
    /// The principal may not do it.
    Deny,
    /// The policy of a VPC endpoint does not allow it.
    VpcEndpointDeny,
    /// The session, or the registry's token, has expired.
    ExpiredSession,
    /// The credentials are not known here, as in a region that was never enabled.
    InvalidCredentials,
    /// A server error.
    ServerError,
    /// The connection is closed without an answer.
    Drop,
    /// No answer ever comes.
    Hang,
    /// The answer breaks off in the middle.
    Truncate,
    /// The answer is a success that holds nonsense, as from a captive portal.
    Garbage,
    /// Authorization tokens are issued already expired.
    ExpiredTokens,
    /// No authorization token is in the answer.
    NoTokens,
    /// Authorization tokens are no user and password.
    BrokenTokens,
    /// Nobody says when authorization tokens end.
    EndlessTokens,
    /// STS cannot reach the issuer of a web identity.
    IdentityProvider,
    /// The server's clock is wrong by so many seconds.
    ClockSkew(i64),
    /// Instance metadata is too many network hops away: token requests get no answer.
    HopLimit,
    /// The instance has no role.
    NoRole,
}

/// What an argument after `=` means for a fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Argument {
    /// None is taken.
    None,
    /// How many times; always when left out.
    Times,
    /// A length of time: `2s`, `500ms`, or bare seconds.
    Duration,
    /// Seconds ahead, or with a minus sign behind.
    Seconds,
}

/// A fault as the help text lists it.
#[derive(Clone, Copy, Debug)]
pub struct FaultHelp {
    /// The name to write.
    pub name: &'static str,
    /// What may follow after `=`.
    pub argument: Argument,
    /// What happens.
    pub summary: &'static str,
}

/// Every fault there is, in the order of the help text.
pub const ALL: [FaultHelp; 19] = [
    help("latency", Argument::Duration, "the answer comes late"),
    help("throttle", Argument::Times, "too many requests: ThrottlingException, or 429 from the registry"),
    help("deny", Argument::Times, "the principal may not do it: AccessDeniedException, or 403 DENIED"),
    help("vpc-endpoint-deny", Argument::Times, "the same, because no VPC endpoint policy allows it"),
    help("expired-session", Argument::Times, "the session, or the registry's token, has expired"),
    help("invalid-credentials", Argument::Times, "the credentials are not known, as in a region not enabled"),
    help("server-error", Argument::Times, "status 500"),
    help("drop", Argument::Times, "the connection is closed without an answer"),
    help("hang", Argument::Times, "no answer ever comes"),
    help("truncate", Argument::Times, "the answer breaks off in the middle"),
    help("garbage", Argument::Times, "status 200 with nonsense, as from a captive portal"),
    help("expired-tokens", Argument::None, "authorization tokens are issued already expired"),
    help("no-tokens", Argument::Times, "no authorization token is in the answer"),
    help("broken-tokens", Argument::Times, "authorization tokens are no user and password"),
    help("endless-tokens", Argument::Times, "nobody says when authorization tokens end"),
    help("identity-provider", Argument::Times, "STS cannot reach the issuer of a web identity"),
    help("clock-skew", Argument::Seconds, "the server's clock is wrong by so many seconds"),
    help("hop-limit", Argument::None, "instance metadata is one network hop too far away"),
    help("no-role", Argument::None, "the instance has no role"),
];

const fn help(name: &'static str, argument: Argument, summary: &'static str) -> FaultHelp {
    FaultHelp { name, argument, summary }
}

/// Why a text is no fault.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FaultError {
    /// No fault of that name.
    #[error("there is no fault `{name}`; there are: {}", names())]
    Unknown {
        /// The name as written.
        name: String,
    },
    /// The argument makes no sense for it.
    #[error("`{text}`: {wanted}")]
    Argument {
        /// The fault as written.
        text: String,
        /// What is wanted instead.
        wanted: String,
    },
}

fn names() -> String {
    ALL.map(|fault| fault.name).join(", ")
}

impl Fault {
    /// A fault that always happens to everything.
    pub fn new(kind: FaultKind) -> Self {
        Self { kind, target: "*".to_owned(), times: None }
    }

    /// Only for this target: an operation, a service, or `service:operation`.
    #[must_use]
    pub fn on(mut self, target: &str) -> Self {
        target.clone_into(&mut self.target);
        self
    }

    /// Whether it happens only where layers are, to which a registry redirects its clients.
    pub fn is_of_bucket(&self) -> bool {
        ["bucket", "bucket:GetObject", "GetObject"].contains(&self.target.as_str())
    }

    /// Only the next so many times.
    #[must_use]
    pub fn times(mut self, times: u32) -> Self {
        self.times = Some(times);
        self
    }
}

impl FaultKind {
    /// The name it is written by.
    pub fn name(self) -> &'static str {
        match self {
            Self::Latency(_) => "latency",
            Self::Throttle => "throttle",
            Self::Deny => "deny",
            Self::VpcEndpointDeny => "vpc-endpoint-deny",
            Self::ExpiredSession => "expired-session",
            Self::InvalidCredentials => "invalid-credentials",
            Self::ServerError => "server-error",
            Self::Drop => "drop",
            Self::Hang => "hang",
            Self::Truncate => "truncate",
            Self::Garbage => "garbage",
            Self::ExpiredTokens => "expired-tokens",
            Self::NoTokens => "no-tokens",
            Self::BrokenTokens => "broken-tokens",
            Self::EndlessTokens => "endless-tokens",
            Self::IdentityProvider => "identity-provider",
            Self::ClockSkew(_) => "clock-skew",
            Self::HopLimit => "hop-limit",
            Self::NoRole => "no-role",
        }
    }

    /// Whether it refuses what the caller presents, so that it needs a caller who presents something.
    pub(crate) fn is_refusal(self) -> bool {
        matches!(
            self,
            Self::Throttle
                | Self::Deny
                | Self::VpcEndpointDeny
                | Self::ExpiredSession
                | Self::InvalidCredentials
        )
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.kind.name())?;
        if self.target != "*" {
            write!(f, ":{}", self.target)?;
        }
        match (self.kind, self.times) {
            (FaultKind::Latency(delay), _) => write!(f, "={}ms", delay.as_millis()),
            (FaultKind::ClockSkew(seconds), _) => write!(f, "={seconds}"),
            (_, Some(times)) => write!(f, "={times}"),
            (_, None) => Ok(()),
        }
    }
}

impl FromStr for Fault {
    type Err = FaultError;

    fn from_str(text: &str) -> Result<Self, FaultError> {
        let (name, argument) = match text.split_once('=') {
            Some((name, argument)) => (name, Some(argument)),
            None => (text, None),
        };
        // `latency=2s:registry` is as clear as `latency:registry=2s`.
        let (argument, behind) = match argument.and_then(|argument| argument.split_once(':')) {
            Some((argument, target)) if !name.contains(':') => (Some(argument), Some(target)),
            _ => (argument, None),
        };
        let (name, target) = name.split_once(':').unwrap_or((name, behind.unwrap_or("*")));
        let Some(known) = ALL.iter().find(|known| known.name == name) else {
            return Err(FaultError::Unknown { name: name.to_owned() });
        };
        let wrong = |wanted: String| FaultError::Argument { text: text.to_owned(), wanted };
        if target.is_empty() {
            return Err(wrong(format!("name a target after the colon, for example {name}:registry")));
        }
        if !is_target(target) {
            return Err(wrong(match operations_of(target) {
                Some(operations) => {
                    format!("there is no such operation; of that service there are {operations}")
                }
                None => format!(
                    "there is neither a service nor an operation `{target}`; services are {}, an operation is for example GetAuthorizationToken or sts:AssumeRole",
                    services()
                ),
            }));
        }
        // A test whose fault never happens would say that all is well.
        if !does_something(name, target) {
            return Err(wrong(format!("{name} does nothing to {target}; it can be for {}", places(name))));
        }
        let mut times = None;
        match (known.argument, argument) {
            (Argument::None, Some(_)) => return Err(wrong(format!("{name} takes no argument"))),
            (Argument::Times, Some(argument)) => {
                let count = argument.parse().ok().filter(|&count| count > 0);
                times =
                    Some(count.ok_or_else(|| wrong(format!("write how many times, for example {name}=3")))?);
            }
            _ => {}
        }
        let kind = match name {
            "latency" => {
                let wanted = || wrong("write how long, for example latency=2s or latency=500ms".to_owned());
                FaultKind::Latency(argument.and_then(parse_duration).ok_or_else(wanted)?)
            }
            "clock-skew" => {
                let wanted = || wrong("write the seconds, for example clock-skew=-1200".to_owned());
                FaultKind::ClockSkew(argument.and_then(|text| text.parse().ok()).ok_or_else(wanted)?)
            }
            "throttle" => FaultKind::Throttle,
            "deny" => FaultKind::Deny,
            "vpc-endpoint-deny" => FaultKind::VpcEndpointDeny,
            "expired-session" => FaultKind::ExpiredSession,
            "invalid-credentials" => FaultKind::InvalidCredentials,
            "server-error" => FaultKind::ServerError,
            "drop" => FaultKind::Drop,
            "hang" => FaultKind::Hang,
            "truncate" => FaultKind::Truncate,
            "garbage" => FaultKind::Garbage,
            "expired-tokens" => FaultKind::ExpiredTokens,
            "no-tokens" => FaultKind::NoTokens,
            "broken-tokens" => FaultKind::BrokenTokens,
            "endless-tokens" => FaultKind::EndlessTokens,
            "identity-provider" => FaultKind::IdentityProvider,
            "hop-limit" => FaultKind::HopLimit,
            "no-role" => FaultKind::NoRole,
            _ => return Err(FaultError::Unknown { name: name.to_owned() }),
        };
        Ok(Self { kind, target: target.to_owned(), times })
    }
}

/// `2s`, `500ms`, `1.5` (seconds).
fn parse_duration(text: &str) -> Option<Duration> {
    if let Some(milliseconds) = text.strip_suffix("ms") {
        return milliseconds.parse().ok().map(Duration::from_millis);
    }
    let seconds: f64 = text.strip_suffix('s').unwrap_or(text).parse().ok()?;
    Duration::try_from_secs_f64(seconds).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_fault_is_read_and_written() {
        for known in ALL {
            let argument = match known.argument {
                Argument::None => "",
                Argument::Times => "=3",
                Argument::Duration => "=500ms",
                Argument::Seconds => "=-1200",
            };
            for target in ["", ":GetAuthorizationToken", ":sts:AssumeRole", ":imds"] {
                let text = format!("{}{target}{argument}", known.name);
                let fault: Fault = match text.parse() {
                    Ok(fault) => fault,
                    Err(error) => {
                        let said = format!("`{text}`: {} does nothing to {}", known.name, &target[1..]);
                        assert!(error.to_string().starts_with(&said), "{error}");
                        continue;
                    }
                };
                assert_eq!(fault.to_string(), text);
                assert_eq!(fault.kind.name(), known.name);
            }
        }
    }

    #[test]
    fn what_is_wrong_is_said() {
        for (text, message) in [
            ("latency", "`latency`: write how long, for example latency=2s or latency=500ms"),
            ("latency=-1", "`latency=-1`: write how long, for example latency=2s or latency=500ms"),
            ("throttle=0", "`throttle=0`: write how many times, for example throttle=3"),
            ("no-role=1", "`no-role=1`: no-role takes no argument"),
            ("drop:", "`drop:`: name a target after the colon, for example drop:registry"),
            ("clock-skew", "`clock-skew`: write the seconds, for example clock-skew=-1200"),
            ("latency=2s:nowhere", "services are"),
            ("deny:registry:Ping", "deny does nothing to registry:Ping; it can be for ecr, ecr-public, sts,"),
            (
                "identity-provider:ecr",
                "`identity-provider:ecr`: identity-provider does nothing to ecr; it can be for sts:AssumeRoleWithWebIdentity",
            ),
            ("deny:registry:GetManifst", "of that service there are Ping, Catalog,"),
            (
                "deny:nonsense",
                "`deny:nonsense`: there is neither a service nor an operation `nonsense`; services are ecr, ecr-public, sts, iam, organizations, ec2, imds, container, sso, sso-oidc, registry, public-registry, bucket, an operation is for example GetAuthorizationToken or sts:AssumeRole",
            ),
        ] {
            let said = text.parse::<Fault>().unwrap_err().to_string();
            assert!(said == message || said.contains(message) && !message.starts_with('`'), "{said}");
        }
        let behind: Fault = "latency=90s:registry:GetManifest".parse().unwrap();
        assert_eq!(behind, "latency:registry:GetManifest=90s".parse().unwrap());
        let unknown = "trottle".parse::<Fault>().unwrap_err().to_string();
        assert!(
            unknown.starts_with("there is no fault `trottle`; there are: latency, throttle,"),
            "{unknown}"
        );
    }
}
