//! Reasons of the network: which host was not reached, and how.

use ecrpass_core::DiagnosisId;

use super::Refusal;
use super::cause::{Attempt, sentence};
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
            format!("unset {variable} outside ECS and EKS; inside, restart the task or pod"),
        );
    }
    let words = sentence(text, "no further word");
    match kind {
        NetworkFailure::Dns => Refusal::transient(
            DiagnosisId::DnsResolutionFailure,
            format!("The name {host} does not resolve."),
            format!(
                "nslookup {host}; in a VPC, check DNS support and the private DNS of the ecr.api endpoint"
            ),
        ),
        NetworkFailure::Tls => Refusal::transient(
            DiagnosisId::TlsCaUntrusted,
            format!("The certificate of {host} is not trusted: {words}"),
            "export AWS_CA_BUNDLE=<your company's CA file>, or add that CA to the system's store",
        ),
        NetworkFailure::TlsName => Refusal::transient(
            DiagnosisId::ProxyMisconfigured,
            format!("What answers for {host} has a certificate for another name: {words}"),
            "check what the name leads to: AWS_ENDPOINT_URL, HTTPS_PROXY, the hosts file, the private DNS of the VPC endpoint",
        ),
        NetworkFailure::TlsExpired => Refusal::transient(
            DiagnosisId::ClockSkew,
            format!("By this machine's clock, the certificate of {host} is not valid now: {words}"),
            "date -u; if that is right, whoever runs the proxy or endpoint has to renew its certificate",
        ),
        NetworkFailure::TlsProtocol => Refusal::transient(
            DiagnosisId::ProxyMisconfigured,
            format!("What answers for {host} does not speak TLS as AWS does: {words}"),
            "check that AWS_ENDPOINT_URL and HTTPS_PROXY have the right scheme and port",
        ),
        NetworkFailure::Proxy => Refusal::transient(
            DiagnosisId::ProxyMisconfigured,
            format!("The proxy did not connect to {host}: {words}"),
            "correct HTTPS_PROXY, or name the host in NO_PROXY",
        ),
        NetworkFailure::Connect | NetworkFailure::Timeout => Refusal::transient(
            DiagnosisId::NetworkTimeoutEcrApi,
            match kind {
                NetworkFailure::Timeout => format!("{host} did not answer in time."),
                _ => format!("No connection to {host}: {words}"),
            },
            format!(
                "curl -v https://{host}/; check the route, the firewall, the proxy, or the VPC endpoint for ecr.api"
            ),
        ),
        NetworkFailure::Broken => Refusal::transient(
            DiagnosisId::AwsServiceTransient,
            format!("The connection to {host} broke off: {words}"),
            "try again; if it stays, look for a proxy or firewall that cuts connections",
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
        "aws ec2 modify-instance-metadata-options --http-put-response-hop-limit 2 --instance-id <id>",
    )
}
