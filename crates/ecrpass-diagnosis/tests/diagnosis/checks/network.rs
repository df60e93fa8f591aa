//! Cases of network paths: names, connections, certificates, proxies, and services that are busy or broken.

use ecrpass_core::DiagnosisId;
use ecrpass_credentials::aws_call::NetworkFailure;
use ecrpass_diagnosis::facts::{Destination, RegistryResponse, Seen, Variable};

use super::{Cases, of};
use crate::support::{Asked, healthy, unknown};

const TOKEN: &str = "GetAuthorizationToken";
const CLOSED: &str = "connection closed before message completed";

pub fn cases() -> Vec<Cases> {
    [names(), connections(), layers(), services()].into_iter().flatten().collect()
}

fn names() -> Vec<Cases> {
    const NO_NAME: &str = "api.ecr.us-east-1.amazonaws.com does not resolve: Name or service not known";
    const WRONG_NAME: &str = "invalid peer certificate: NotValidForName";
    const UNTRUSTED: &str = "invalid peer certificate: UnknownIssuer";
    vec![
        of(DiagnosisId::DnsResolutionFailure)
            .found(
                "the API's name",
                healthy().path_fails(Destination::Api, NetworkFailure::Dns, NO_NAME),
                "does not resolve",
            )
            .found(
                "AWS was asked, and the name did not resolve",
                healthy().token_refused(Asked::with_key().unreachable(TOKEN, NetworkFailure::Dns, "")),
                "The name api.ecr.us-east-1.amazonaws.com does not resolve",
            )
            .found(
                "the daemon's resolver",
                healthy().daemon_cut_off(
                    "Get \"https://123456789012.dkr.ecr.us-east-1.amazonaws.com/v2/\": dial tcp: lookup 123456789012.dkr.ecr.us-east-1.amazonaws.com on 10.0.0.2:53: no such host",
                ),
                "no such host",
            )
            .clear("every name resolves", healthy(), "no network path that was tried shows this")
            .unknown("nobody was asked", healthy().offline(), "--offline"),
        of(DiagnosisId::TlsCaUntrusted)
            .found(
                "a proxy that opens TLS",
                healthy().path_fails(Destination::Registry, NetworkFailure::Tls, UNTRUSTED),
                "UnknownIssuer",
            )
            .found(
                "AWS was asked through it",
                healthy().token_refused(Asked::with_key().unreachable(
                    TOKEN,
                    NetworkFailure::Tls,
                    UNTRUSTED,
                )),
                "is not trusted",
            )
            .found(
                "the daemon lacks the CA",
                healthy().daemon_cut_off(
                    "Get \"https://123456789012.dkr.ecr.us-east-1.amazonaws.com/v2/\": x509: certificate signed by unknown authority",
                ),
                "x509: certificate signed by unknown authority",
            )
            .clear("every certificate is trusted", healthy(), "no network path that was tried shows this")
            .clear(
                "it is for another name",
                healthy().path_fails(Destination::Registry, NetworkFailure::TlsName, WRONG_NAME),
                "no network path that was tried shows this",
            )
            .unknown("nobody was asked", healthy().offline(), "--offline"),
        of(DiagnosisId::TlsCertificateWrongName)
            .found(
                "another server at the registry's name",
                healthy().path_fails(Destination::Registry, NetworkFailure::TlsName, WRONG_NAME),
                "NotValidForName",
            )
            .found(
                "AWS was asked there",
                healthy().token_refused(Asked::with_key().unreachable(
                    TOKEN,
                    NetworkFailure::TlsName,
                    WRONG_NAME,
                )),
                "has a certificate for another name",
            )
            .found(
                "the daemon meets it",
                healthy().daemon_cut_off(
                    "Get \"https://123456789012.dkr.ecr.us-east-1.amazonaws.com/v2/\": tls: failed to verify certificate: x509: certificate is valid for api.ecr.us-east-1.amazonaws.com, not 123456789012.dkr.ecr.us-east-1.amazonaws.com",
                ),
                "is valid for",
            )
            .clear("every certificate is right", healthy(), "no network path that was tried shows this")
            .unknown("nobody was asked", healthy().offline(), "--offline"),
    ]
}

fn connections() -> Vec<Cases> {
    const EXPIRED: &str = "invalid peer certificate: certificate expired";
    const SILENT: &str = "10.0.1.2:443: no answer within 5 s";
    const GO_SILENT: &str = "Get \"https://123456789012.dkr.ecr.us-east-1.amazonaws.com/v2/\": net/http: request canceled while waiting for connection (Client.Timeout exceeded while awaiting headers)";
    const GO_PROXY: &str = "Get \"https://123456789012.dkr.ecr.us-east-1.amazonaws.com/v2/\": proxyconnect tcp: dial tcp 10.0.0.9:3128: connect: connection refused";
    const REGISTRY: &str = "dkr.ecr.us-east-1.amazonaws.com";
    vec![
        of(DiagnosisId::NetworkTimeoutEcrApi)
            .found(
                "no connection",
                healthy().token_refused(Asked::with_key().unreachable(
                    TOKEN,
                    NetworkFailure::Timeout,
                    "no answer",
                )),
                "did not answer in time",
            )
            .found(
                "the deadline passes",
                healthy().token_refused(Asked::with_key().too_slow(12)),
                "AWS did not answer within 12 s",
            )
            .found(
                "the connection is closed without an answer",
                healthy()
                    .token_refused(Asked::with_key().unreachable(TOKEN, NetworkFailure::Broken, CLOSED))
                    .path_fails(Destination::Api, NetworkFailure::Broken, CLOSED),
                CLOSED,
            )
            .clear("a token is issued", healthy(), "ECR issued a token")
            .unknown("nobody was asked", healthy().offline(), "--offline"),
        of(DiagnosisId::NetworkTimeoutRegistry)
            .found(
                "nobody gets there",
                healthy()
                    .path_fails(Destination::Registry, NetworkFailure::Timeout, SILENT)
                    .daemon_cut_off(GO_SILENT),
                "no answer within 5 s",
            )
            .found(
                "this process does not",
                healthy().path_fails(Destination::Registry, NetworkFailure::Connect, SILENT),
                "no answer within 5 s",
            )
            .found("the daemon does not", healthy().daemon_cut_off(GO_SILENT), "Client.Timeout")
            .clear("it answers", healthy(), "the registry answers")
            .clear("the daemon fails at its proxy", healthy().daemon_cut_off(GO_PROXY), "the registry answers")
            .unknown("nobody was asked", healthy().offline(), "--offline")
            .unknown(
                "the name does not resolve",
                healthy().path_fails(Destination::Registry, NetworkFailure::Dns, "does not resolve"),
                "stopped before",
            ),
        of(DiagnosisId::ProxyMisconfigured)
            .found(
                "the daemon's proxy",
                healthy().daemon_proxy("http://proxy.corp:3128", "localhost").daemon_cut_off(GO_PROXY),
                "it goes through the proxy http://proxy.corp:3128",
            )
            .found(
                "this process's proxy",
                healthy()
                    .change(|bundle| {
                        bundle.machine.variables.push(Variable {
                            name: "HTTPS_PROXY".to_owned(),
                            value: Some("http://proxy.corp:3128".to_owned()),
                        });
                    })
                    .path_fails(Destination::Api, NetworkFailure::Proxy, "proxy refused to connect: 403"),
                "proxy refused to connect",
            )
            .found(
                "a page answers for the registry",
                healthy().subject(|subject| {
                    subject.login = Seen::Known(RegistryResponse {
                        status: 200,
                        media_type: Some("text/html; charset=utf-8".to_owned()),
                        foreign: true,
                        ..RegistryResponse::default()
                    });
                }),
                "200 with text/html; charset=utf-8, which is no answer of a registry",
            )
            .found(
                "something else answers for AWS",
                healthy().token_refused(Asked::with_key().refused(TOKEN, 407, "", "")),
                "Something that is not AWS answered",
            )
            .found(
                "what answers does not speak TLS",
                healthy().path_fails(
                    Destination::Registry,
                    NetworkFailure::TlsProtocol,
                    "received corrupt message of type InvalidContentType",
                ),
                "received corrupt message",
            )
            .found(
                "an old certificate, and the clock is right",
                healthy().path_fails(Destination::Registry, NetworkFailure::TlsExpired, EXPIRED),
                "certificate expired",
            )
            .clear("the daemon goes through it", healthy().daemon_proxy("http://proxy.corp:3128", ""), "no network path that was tried")
            .clear(
                "the daemon fails for its resolver, and goes there without the proxy",
                healthy().daemon_proxy("http://proxy.corp:3128", REGISTRY).daemon_cut_off(
                    "Get \"https://123456789012.dkr.ecr.us-east-1.amazonaws.com/v2/\": dial tcp: lookup x: no such host",
                ),
                "no network path that was tried",
            )
            .unknown("nobody was asked", healthy().offline(), "--offline"),
    ]
}

fn layers() -> Vec<Cases> {
    vec![
        of(DiagnosisId::S3LayerAccessBlocked)
            .found(
                "the endpoint's policy",
                healthy().layer_refused(403, "AccessDenied", "Access Denied"),
                "AccessDenied Access Denied",
            )
            .found(
                "no route to S3",
                healthy().path_fails(Destination::Layers, NetworkFailure::Timeout, "no answer within 5 s"),
                "no answer within 5 s",
            )
            .clear("a layer is had", healthy(), "the first byte of a layer was downloaded")
            .clear(
                "S3's answer breaks off",
                healthy().subject(|subject| subject.layer = Seen::Known(cut_off())),
                "the answer broke off",
            )
            .unknown("nobody was asked", healthy().offline(), "--offline")
            .unknown(
                "the bucket's name does not resolve",
                healthy().path_fails(Destination::Layers, NetworkFailure::Dns, "does not resolve"),
                "stopped before",
            )
            .unknown(
                "there is no manifest",
                healthy().manifest_refused(404, "MANIFEST_UNKNOWN", "Requested image not found"),
                "no manifest",
            ),
    ]
}

/// An answer that began, and broke off.
fn cut_off() -> RegistryResponse {
    RegistryResponse {
        status: 200,
        message: "the answer was cut off: unexpected end of file".to_owned(),
        failure: Some(NetworkFailure::Broken),
        ..RegistryResponse::default()
    }
}

fn services() -> Vec<Cases> {
    let login = |status, message: &'static str| {
        healthy().login_refused(status, message).subject(|subject| {
            // The daemon's own answer has the registry's words, not a status of the login's.
            subject.daemon_login = unknown("no answer within 15 s");
            subject.own_token = false;
        })
    };
    vec![
        of(DiagnosisId::AwsServiceTransient)
            .found("the registry fails", login(503, "Service Unavailable"), "503 Service Unavailable")
            .found(
                "the manifest breaks off",
                healthy().subject(|subject| subject.manifest = Seen::Known(cut_off())),
                "200 the answer was cut off",
            )
            .found(
                "S3 fails",
                healthy().layer_refused(500, "InternalError", "We encountered an internal error."),
                "500 We encountered an internal error.",
            )
            .found(
                "the API fails",
                healthy().token_refused(Asked::with_key().refused(TOKEN, 503, "", "")),
                "failed on AWS's side",
            )
            .found(
                "an answer that is no token",
                healthy().token_refused(Asked::with_key().took(TOKEN).sdk_says("unexpected end of file")),
                "not with a token",
            )
            .clear("it answers", healthy(), "ECR issued a token")
            .unknown("nobody was asked", healthy().offline(), "--offline"),
        of(DiagnosisId::Throttled)
            .found("the registry", login(429, "toomanyrequests: Rate exceeded"), "Rate exceeded")
            .found(
                "the API",
                healthy().token_refused(Asked::with_key().refused(
                    TOKEN,
                    400,
                    "ThrottlingException",
                    "Rate exceeded",
                )),
                "AWS is throttling GetAuthorizationToken",
            )
            .found(
                "S3",
                healthy().layer_refused(503, "SlowDown", "Please reduce your request rate."),
                "reduce your",
            )
            .clear("it answers", healthy(), "ECR issued a token")
            .unknown("nobody was asked", healthy().offline(), "--offline")
            .unknown(
                "the token is not known",
                healthy()
                    .subject(|subject| subject.token = Seen::Unknown("no answer within 15 s".to_owned())),
                "no answer within 15 s",
            ),
    ]
}
