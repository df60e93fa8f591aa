//! Reasons of the network: which host was not reached, and how.

use ecrpass_core::DiagnosisId;

use super::attempt::Attempt;
use super::next_step::NextStep;
use super::reason::Refusal;
use super::sentence::sentence;
use crate::aws_call::{Exchange, NetworkFailure};
use crate::credential_chain::{Source, no_credentials};

pub(super) fn refusal(
    attempt: &Attempt<'_>,
    exchange: &Exchange,
    kind: NetworkFailure,
    text: &str,
) -> Refusal {
    let host = &exchange.host;
    if exchange.operation.starts_with("/latest/") {
        return metadata(attempt, kind);
    }
    if let Source::Container { variable } = attempt.selection.source
        && exchange.operation.starts_with('/')
    {
        return Refusal::transient(
            DiagnosisId::NoAwsCredentials,
            format!("The container endpoint {host}, named by {variable}, does not answer."),
            NextStep::CorrectContainerVariable { variable: variable.to_owned() },
        );
    }
    let words = sentence(text, "no further word");
    match kind {
        NetworkFailure::Dns => Refusal::transient(
            DiagnosisId::DnsResolutionFailure,
            format!("The name {host} does not resolve."),
            NextStep::Resolve { host: host.clone() },
        ),
        NetworkFailure::Tls => Refusal::transient(
            DiagnosisId::TlsCaUntrusted,
            format!("The certificate of {host} is not trusted: {words}"),
            NextStep::TrustCa,
        ),
        NetworkFailure::Proxy => Refusal::transient(
            DiagnosisId::ProxyMisconfigured,
            format!("The proxy did not connect to {host}: {words}"),
            NextStep::CorrectProxy,
        ),
        NetworkFailure::Connect | NetworkFailure::Timeout => Refusal::transient(
            DiagnosisId::NetworkTimeoutEcrApi,
            match kind {
                NetworkFailure::Timeout => format!("{host} did not answer in time."),
                _ => format!("No connection to {host}: {words}"),
            },
            NextStep::Reach { host: host.clone() },
        ),
        NetworkFailure::Broken => Refusal::transient(
            DiagnosisId::AwsServiceTransient,
            format!("The connection to {host} broke off: {words}"),
            NextStep::TryAgainOrFindProxy,
        ),
    }
}

/// The metadata service not answering means "not on EC2" almost everywhere but on EC2.
fn metadata(attempt: &Attempt<'_>, kind: NetworkFailure) -> Refusal {
    if !attempt.on_ec2 {
        return no_credentials(&attempt.selection.notes);
    }
    let how = if kind == NetworkFailure::Timeout { "does not answer in time" } else { "cannot be reached" };
    Refusal::transient(
        DiagnosisId::ImdsUnreachableOrHopLimit,
        format!(
            "This is an EC2 instance, but its metadata service {how} (from a container, the hop limit is the usual cause)."
        ),
        NextStep::RaiseHopLimit,
    )
}
