//! From what was seen while asking for a token to the reason there is none.
//!
//! The last exchange that failed decides: earlier ones were retried or stepped over. Only when nothing failed on
//! the wire was it a matter of this machine, and then the source's own settings and the SDK's words decide.

use std::time::Duration;

use ecrpass_core::DiagnosisId;
use ecrpass_core::redact::redact;

use super::attempt::{Attempt, renew};
use super::next_step::NextStep;
use super::reason::Refusal;
use super::sentence::{one_line, sentence};
use super::{network, service};
use crate::aws_call::CallOutcome;
use crate::credential_chain::{ProfileKind, ProfileSource, Source, no_credentials};

/// The operation that brings the token, as the wire names it.
const TOKEN_OPERATION: &str = "GetAuthorizationToken";

impl Attempt<'_> {
    /// The reason there is no token.
    pub fn refusal(&self) -> Refusal {
        self.refusal_of(TOKEN_OPERATION)
    }

    /// The reason that an operation, as the wire names it, has no answer.
    pub fn refusal_of(&self, operation: &str) -> Refusal {
        match self.exchanges.last() {
            Some(exchange) => match &exchange.outcome {
                CallOutcome::Refused { status, error, content_type } => {
                    service::refusal(self, exchange, *status, error.as_ref(), content_type.as_deref())
                }
                CallOutcome::Unreachable { kind, text } => network::refusal(self, exchange, *kind, text),
                // The credentials were good, the answer was not.
                CallOutcome::Success if exchange.operation == operation && self.deadline.is_none() => {
                    self.unreadable(operation)
                }
                CallOutcome::Success => self.local(operation),
            },
            None => self.local(operation),
        }
    }

    fn unreadable(&self, operation: &str) -> Refusal {
        let why = sentence(&one_line(&redact(self.error)), "no reason given");
        Refusal::transient(
            DiagnosisId::AwsServiceTransient,
            match operation {
                TOKEN_OPERATION => format!("AWS answered, but not with a token: {why}"),
                _ => format!("AWS answered {operation} with something else than its answer: {why}"),
            },
            NextStep::TryAgainOrCheckEndpoint,
        )
    }

    /// Nothing failed on the wire: the machine's own settings, files and programs.
    fn local(&self, operation: &str) -> Refusal {
        let error = one_line(&redact(self.error));
        if let Some(deadline) = self.deadline {
            return self.too_slow(deadline);
        }
        match &self.selection.source {
            Source::Profile(profile) => {
                if let Some(refusal) = signed_out(profile) {
                    return refusal;
                }
                let name = &profile.name;
                match &profile.base {
                    ProfileKind::Process { program } => Refusal::new(
                        DiagnosisId::NoAwsCredentials,
                        format!(
                            "`credential_process` of profile `{name}` failed: {}",
                            sentence(&error, "it gave no credentials")
                        ),
                        NextStep::CheckProcess { program: program.clone(), profile: name.clone() },
                    ),
                    ProfileKind::WebIdentity { token_file } => token_file_refusal(token_file, &error),
                    _ => Refusal::new(
                        DiagnosisId::AwsProfileInvalid,
                        format!(
                            "Profile `{name}` gave no credentials: {}",
                            sentence(&error, "the SDK gave no reason")
                        ),
                        NextStep::ConfigureList { profile: name.clone() },
                    ),
                }
            }
            Source::WebIdentity { token_file, .. } => token_file_refusal(token_file, &error),
            Source::ServiceAccount(_) => Refusal::new(
                DiagnosisId::IrsaWebIdentityInvalid,
                format!(
                    "The token of the service account could not be used: {}",
                    sentence(&error, "no reason given")
                ),
                NextStep::CompareWebIdentity,
            ),
            Source::Container { variable } => Refusal::new(
                DiagnosisId::NoAwsCredentials,
                format!(
                    "The container endpoint named by {variable} could not be used: {}",
                    sentence(&error, "no reason given")
                ),
                NextStep::CorrectContainerVariable { variable: (*variable).to_owned() },
            ),
            Source::InstanceMetadata if !self.exchanges.is_empty() => without_credentials(&error),
            Source::InstanceMetadata => no_credentials(&self.selection.notes),
            // A key needs no fetching: it is the asking itself that failed.
            Source::Environment(_) => self.unreadable(operation),
        }
    }

    fn too_slow(&self, deadline: Duration) -> Refusal {
        let limit = seconds(deadline);
        match &self.selection.source {
            Source::Profile(profile) if matches!(profile.base, ProfileKind::Process { .. }) => Refusal::new(
                DiagnosisId::NoAwsCredentials,
                format!("`credential_process` of profile `{}` took longer than {limit}.", profile.name),
                NextStep::SpeedUpProcess,
            ),
            _ => Refusal::transient(
                DiagnosisId::NetworkTimeoutEcrApi,
                format!("AWS did not answer within {limit}."),
                NextStep::CheckPathOrDeadline,
            ),
        }
    }
}

/// The metadata service answered, and its answer held no credentials.
fn without_credentials(error: &str) -> Refusal {
    // Source: EC2 User Guide, "Retrieve security credentials from instance metadata": `Code` is not `Success` then.
    let next = if error.contains("AssumeRoleUnauthorizedAccess") {
        NextStep::from("let ec2.amazonaws.com sts:AssumeRole the instance's role in that role's trust policy")
    } else {
        NextStep::AttachInstanceRole
    };
    Refusal::new(
        DiagnosisId::NoAwsCredentials,
        format!("The instance metadata service gave no credentials: {}", sentence(error, "no reason given")),
        next,
    )
}

/// A time limit in words: whole seconds, and below one second tenths of it.
fn seconds(limit: Duration) -> String {
    let seconds = limit.as_secs_f64();
    if seconds < 0.95 { format!("{:.1} s", seconds.max(0.1)) } else { format!("{seconds:.0} s") }
}

/// What a profile is refused with whose sign-in is over or missing; `None` where it rests on none.
pub fn signed_out(profile: &ProfileSource) -> Option<Refusal> {
    let name = &profile.name;
    let (id, what) = match &profile.base {
        ProfileKind::Sso { .. } => (
            DiagnosisId::SsoSessionExpired,
            format!("The IAM Identity Center session of profile `{name}` has expired, or there is none."),
        ),
        ProfileKind::LoginSession => (
            DiagnosisId::NoAwsCredentials,
            format!("The `aws login` session of profile `{name}` has ended, or there is none."),
        ),
        _ => return None,
    };
    Some(Refusal::new(id, what, renew(profile)))
}

fn token_file_refusal(token_file: &str, error: &str) -> Refusal {
    Refusal::new(
        DiagnosisId::IrsaWebIdentityInvalid,
        format!(
            "The web identity token file {token_file} could not be used: {}",
            sentence(error, "no reason given")
        ),
        NextStep::CorrectTokenFile,
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use ecrpass_core::environment::EnvironmentInMemory;
    use ecrpass_core::registry::Registry;

    use crate::aws_call::{Exchange, NetworkFailure, ServiceError};
    use crate::aws_config::{AwsConfig, ConfigFile, FileKind};
    use crate::credential_chain::{Override, Surroundings};

    const CONFIG: &str = "[profile role]\nrole_arn = arn:aws:iam::1:role/r\nsource_profile = base\n[profile base]\naws_access_key_id = k\naws_secret_access_key = s\n[profile sso]\nsso_session = c\nsso_account_id = 1\nsso_role_name = r\n[sso-session c]\nsso_start_url = https://x\nsso_region = us-east-1\n[profile process]\ncredential_process = /opt/creds --x\n";

    fn exchange(operation: &str, outcome: CallOutcome) -> Exchange {
        let (server_time, local_time) = (Some(1_000_000), 1_003_600);
        Exchange { operation: operation.to_owned(), host: "h".to_owned(), outcome, server_time, local_time }
    }

    fn refused(operation: &str, status: u16, code: &str, message: &str) -> Vec<Exchange> {
        let error =
            (!code.is_empty()).then(|| ServiceError { code: code.to_owned(), message: message.to_owned() });
        vec![exchange(
            operation,
            CallOutcome::Refused { status, error, content_type: Some("text/html".to_owned()) },
        )]
    }

    fn unreachable(operation: &str, kind: NetworkFailure) -> Vec<Exchange> {
        vec![exchange(operation, CallOutcome::Unreachable { kind, text: "words".to_owned() })]
    }

    fn refusal(
        variables: &[(&str, &str)],
        exchanges: &[Exchange],
        deadline: Option<Duration>,
        on_ec2: bool,
    ) -> Refusal {
        refusal_of(TOKEN_OPERATION, variables, exchanges, deadline, on_ec2)
    }

    fn refusal_of(
        operation: &str,
        variables: &[(&str, &str)],
        exchanges: &[Exchange],
        deadline: Option<Duration>,
        on_ec2: bool,
    ) -> Refusal {
        let files = AwsConfig::new(ConfigFile::parse(CONFIG, FileKind::Config), ConfigFile::default());
        let environment = EnvironmentInMemory::of_variables(variables.iter().copied());
        let surroundings = Surroundings { environment: &environment, files: &files };
        let selection = surroundings.select(&Override::default()).unwrap();
        let registry = Registry::parse("123456789012.dkr.ecr.us-east-1.amazonaws.com").unwrap();
        Attempt {
            registry: &registry,
            selection: &selection,
            exchanges,
            error: "the SDK's words",
            deadline,
            on_ec2,
        }
        .refusal_of(operation)
    }

    const KEY: [(&str, &str); 2] =
        [("AWS_ACCESS_KEY_ID", "AKIARZPUZDIKGB2VALC4"), ("AWS_SECRET_ACCESS_KEY", "s")];

    /// Variables, exchanges, the slug, and whether it may pass by itself.
    type Case = (Vec<(&'static str, &'static str)>, Vec<Exchange>, &'static str, bool);

    #[test]
    fn what_was_seen_decides() {
        const TOKEN: &str = "GetAuthorizationToken";
        let profile = |name: &'static str| vec![("AWS_PROFILE", name)];
        let denied = "User: arn:u is not authorized to perform: ecr:GetAuthorizationToken on resource: * because no identity-based policy allows the ecr:GetAuthorizationToken action";
        let cases: Vec<Case> = vec![
            (
                KEY.to_vec(),
                refused(TOKEN, 400, "AccessDeniedException", denied),
                "iam-missing-get-authorization-token",
                false,
            ),
            (
                KEY.to_vec(),
                refused(
                    TOKEN,
                    400,
                    "AccessDeniedException",
                    &denied.replace(
                        "because no identity-based policy allows",
                        "with an explicit deny in a service control policy:",
                    ),
                ),
                "explicit-deny-policy",
                false,
            ),
            (
                KEY.to_vec(),
                refused(
                    TOKEN,
                    400,
                    "InvalidSignatureException",
                    "Signature expired: A is now earlier than B",
                ),
                "clock-skew",
                false,
            ),
            (KEY.to_vec(), refused(TOKEN, 400, "ThrottlingException", "Rate exceeded"), "throttled", true),
            (KEY.to_vec(), refused(TOKEN, 503, "", ""), "aws-service-transient", true),
            (KEY.to_vec(), refused(TOKEN, 407, "", ""), "proxy-misconfigured", true),
            // A captive portal: its page in place of the answer, the way to it, or the status made for it.
            (KEY.to_vec(), refused(TOKEN, 200, "", ""), "proxy-misconfigured", true),
            (KEY.to_vec(), refused(TOKEN, 302, "", ""), "proxy-misconfigured", true),
            (KEY.to_vec(), refused(TOKEN, 511, "", ""), "proxy-misconfigured", true),
            (KEY.to_vec(), unreachable(TOKEN, NetworkFailure::Dns), "dns-resolution-failure", true),
            (KEY.to_vec(), unreachable(TOKEN, NetworkFailure::Tls), "tls-ca-untrusted", true),
            (KEY.to_vec(), unreachable(TOKEN, NetworkFailure::TlsName), "tls-certificate-wrong-name", true),
            (KEY.to_vec(), unreachable(TOKEN, NetworkFailure::TlsExpired), "clock-skew", true),
            (KEY.to_vec(), unreachable(TOKEN, NetworkFailure::TlsProtocol), "proxy-misconfigured", true),
            (KEY.to_vec(), vec![exchange(TOKEN, CallOutcome::Success)], "aws-service-transient", true),
            (
                profile("role"),
                refused(
                    "AssumeRole",
                    403,
                    "AccessDenied",
                    "User: arn:u is not authorized to perform: sts:AssumeRole on resource: arn:r",
                ),
                "assume-role-denied",
                false,
            ),
            (
                profile("role"),
                vec![exchange("AssumeRole", CallOutcome::Success), exchange(TOKEN, CallOutcome::Success)],
                "aws-service-transient",
                true,
            ),
            (profile("sso"), vec![], "sso-session-expired", false),
            (
                profile("sso"),
                refused(
                    "/federation/credentials",
                    401,
                    "UnauthorizedException",
                    "Session token not found or invalid",
                ),
                "sso-session-expired",
                false,
            ),
            (profile("process"), vec![], "no-aws-credentials", false),
            (vec![], unreachable("/latest/api/token", NetworkFailure::Timeout), "no-aws-credentials", false),
            (
                vec![],
                refused("/latest/meta-data/iam/security-credentials/", 404, "", ""),
                "no-aws-credentials",
                false,
            ),
        ];
        for (variables, exchanges, slug, transient) in cases {
            let refusal = refusal(&variables, &exchanges, None, false);
            assert_eq!((refusal.id.slug(), refusal.transient), (slug, transient), "{exchanges:?}\n{refusal}");
        }
        let filter = refused("/latest/api/token", 403, "", "");
        assert_eq!(refusal(&[], &filter, None, false).id, DiagnosisId::NoAwsCredentials);
        assert_eq!(refusal(&[], &filter, None, true).id, DiagnosisId::ImdsUnreachableOrHopLimit);
        let hop_limit = refusal(&[], &unreachable("/latest/api/token", NetworkFailure::Timeout), None, true);
        assert_eq!(hop_limit.id, DiagnosisId::ImdsUnreachableOrHopLimit);
        let skew = refusal(
            &KEY,
            &refused(TOKEN, 400, "SignatureDoesNotMatch", "The request signature"),
            None,
            false,
        );
        assert!(skew.what.contains("1 h ahead of AWS's"), "{skew}");
    }

    #[test]
    fn a_deadline_names_what_took_the_time() {
        assert_eq!(
            refusal(&KEY, &[], Some(Duration::from_secs(10)), false).id,
            DiagnosisId::NetworkTimeoutEcrApi
        );
        let process = refusal(&[("AWS_PROFILE", "process")], &[], Some(Duration::from_secs(10)), false);
        assert!(process.what.contains("took longer than 10 s."), "{process}");
        for (milliseconds, said) in
            [(300, "0.3 s"), (50, "0.1 s"), (949, "0.9 s"), (950, "1 s"), (9_500, "10 s")]
        {
            let refusal = refusal(&KEY, &[], Some(Duration::from_millis(milliseconds)), false);
            assert!(refusal.what.ends_with(&format!("within {said}.")), "{refusal}");
        }
    }

    /// Whatever the credentials come from: they were good enough for an answer.
    #[test]
    fn an_answer_that_is_none_is_not_the_fault_of_the_credentials() {
        let answered = |operation: &str| vec![exchange(operation, CallOutcome::Success)];
        for variables in [KEY.to_vec(), vec![("AWS_PROFILE", "role")], vec![("AWS_PROFILE", "sso")]] {
            let of = |operation: &str, deadline: Option<Duration>| {
                refusal_of(operation, &variables, &answered(operation), deadline, false)
            };
            let listed = of("DescribeRepositories", None);
            assert_eq!(listed.id, DiagnosisId::AwsServiceTransient);
            assert_eq!(
                listed.what,
                "AWS answered DescribeRepositories with something else than its answer: the SDK's words."
            );
            assert!(of(TOKEN_OPERATION, None).what.contains("but not with a token"));
            // What answered was the page before.
            assert!(
                of("DescribeRepositories", Some(Duration::from_secs(5)))
                    .what
                    .contains("did not answer within 5 s")
            );
        }
    }
}
