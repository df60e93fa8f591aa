//! Reasons of the network: which host was not reached, and how.

use ecrpass_core::DiagnosisId;

use super::attempt::Attempt;
use super::next_step::NextStep;
use super::reason::Refusal;
use super::sentence::sentence;
use crate::aws_call::{Exchange, NetworkFailure};
use crate::credential_chain::{Source, no_credentials};

/// What stands before the reason when the proxy itself was not reached. Source: hyper-util, `connect/proxy/tunnel.rs`.
const NOT_REACHED: &str = "failed to create underlying connection: ";

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
    let words = sentence(text, "no details");
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
        NetworkFailure::TlsName => Refusal::transient(
            DiagnosisId::TlsCertificateWrongName,
            format!("The server at {host} has a certificate for another name: {words}"),
            "check which server the name leads to: AWS_ENDPOINT_URL, HTTPS_PROXY, the hosts file, the private DNS of the VPC endpoint",
        ),
        NetworkFailure::TlsExpired => Refusal::transient(
            DiagnosisId::ClockSkew,
            format!("By this machine's clock, the certificate of {host} is not valid now: {words}"),
            "date -u; if the date is right, the owner of the proxy or endpoint has to renew its certificate",
        ),
        NetworkFailure::TlsProtocol => Refusal::transient(
            DiagnosisId::ProxyMisconfigured,
            format!("The server at {host} does not speak TLS as AWS does: {words}"),
            "check that AWS_ENDPOINT_URL and HTTPS_PROXY have the right scheme and port",
        ),
        NetworkFailure::Proxy => Refusal::transient(
            DiagnosisId::ProxyMisconfigured,
            match text.split_once(NOT_REACHED) {
                Some((_, why)) => {
                    format!("The proxy to {host} cannot be reached: {}", sentence(why, "no details"))
                }
                None => format!("The proxy did not connect to {host}: {words}"),
            },
            NextStep::CorrectProxy,
        ),
        NetworkFailure::Connect | NetworkFailure::Timeout => Refusal::transient(
            DiagnosisId::NetworkTimeoutEcrApi,
            match kind {
                NetworkFailure::Timeout => format!("{host} did not answer in time."),
                _ => format!("Cannot connect to {host}: {words}"),
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
        format!("The instance metadata service {how}."),
        NextStep::RaiseHopLimit,
    )
}
