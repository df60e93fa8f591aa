//! The proxy is missing, wrong, or not known to this process: what it looks like, and what fixes it. The page for users is `proxy_misconfigured.md`.

use ecrpass_core::DiagnosisId;
use ecrpass_credentials::aws_call::NetworkFailure;

use crate::catalogue::entry::{Diagnosis, Page, check, says};
use crate::catalogue::remedy::{by_hand, confirm, run};
use crate::check::{Case, CheckOutcome, Stage, found};
use crate::facts::Seen;
use crate::finding::Severity;

/// What shows that there is a proxy, and that somebody knows of it.
const PROXIES: [&str; 3] = ["http_proxy", "https_proxy", "http-proxy.conf"];

/// What a balancer of AWS's says of itself, as a page.
const BALANCERS: [&str; 3] = ["http 502", "http 503", "http 504"];

pub static DIAGNOSIS: Diagnosis = Diagnosis {
    id: DiagnosisId::ProxyMisconfigured,
    page: Page::new(include_str!("proxy_misconfigured.md")),
    severity: Severity::Error,
    signatures: &[
        // The connection is made, and then nothing comes through it.
        says(&["tls handshake timeout"]).about_ecr().weight(72),
        // Something between answers in its own protocol, or a mirror is meant.
        says(&["server gave http response to https client"]).about_ecr().weight(74),
        says(&["proxyconnect tcp"]).shared().weight(95),
        says(&["proxy authentication required"]).shared().weight(94),
        says(&["407 proxy"]).shared().weight(93),
        says(&["failed to connect to proxy url"]).shared().weight(95),
        says(&["proxyconnectionerror"]).shared().weight(94),
        says(&["cannot connect to proxy"]).shared().weight(94),
        says(&["connect tunnel failed"]).shared().weight(93),
        says(&["tunneling socket could not be established"]).shared().weight(94),
        says(&["unable to tunnel through proxy"]).shared().weight(94),
        says(&["inaccessible host", "api.ecr"]).weight(87),
        says(&["credential from external registry credential provider", "context deadline exceeded"])
            .weight(82),
        // A network that has a proxy lets nothing out without it.
        says(&["api.ecr", "i/o timeout"]).near(&PROXIES).weight(97),
        says(&["api.ecr", "connect timeout"]).near(&PROXIES).weight(97),
        says(&["dkr.ecr", "i/o timeout"]).near(&PROXIES).weight(97),
        says(&["dkr.ecr", "client.timeout exceeded"]).near(&PROXIES).weight(97),
        says(&["dkr.ecr", "request canceled while waiting for connection"]).near(&PROXIES).weight(97),
        says(&["dkr.ecr", "context deadline exceeded"]).near(&PROXIES).weight(97),
        says(&["invalid proxy url"]).weight(93),
        // A page in place of what AWS would say. S3 answers in XML, and AWS's own balancers with such pages of 502 to 504.
        says(&["getauthorizationtoken", "deserialization failed", "invalid character '<'"]).weight(93),
        says(&["error parsing http", "response body", "<!doctype html"])
            .about_ecr()
            .without(&BALANCERS)
            .weight(92),
        says(&["error parsing http", "response body", "<html"]).about_ecr().without(&BALANCERS).weight(92),
        says(&["unable to parse response", "invalid xml received"])
            .near(&["<!doctype html", "<html"])
            .about_ecr()
            .weight(91),
        says(&["unexpected media type text/html"]).about_ecr().weight(92),
        says(&["511 network authentication required"]).about_ecr().weight(94),
    ],
    remedies: &[
        run(
            "for the docker daemon; this restarts running containers",
            "sudo mkdir -p /etc/systemd/system/docker.service.d && printf '[Service]\\nEnvironment=\"HTTPS_PROXY=http://{proxy}\" \"NO_PROXY=localhost,127.0.0.1,169.254.169.254,169.254.170.2,169.254.170.23\"\\n' | sudo tee /etc/systemd/system/docker.service.d/ecr-proxy.conf && sudo systemctl daemon-reload && sudo systemctl restart docker",
        ),
        by_hand(
            "for containerd and the kubelet likewise; for the AWS CLI and the helper, export HTTPS_PROXY and NO_PROXY",
        ),
    ],
    confirm: &[confirm("docker info --format '{{.HTTPSProxy}} {{.NoProxy}}'")],
    check: check(Stage::Api, examine),
};

fn examine(case: &Case<'_>) -> CheckOutcome {
    let daemon = case.bundle.machine.daemon.known();
    let goes_direct = |list: &str| {
        list.split(',').map(|entry| entry.trim().trim_start_matches('*').trim_start_matches('.')).any(
            |entry| {
                !entry.is_empty()
                    && (case.subject.host == entry || case.subject.host.ends_with(&format!(".{entry}")))
            },
        )
    };
    let proxy = daemon
        .filter(|daemon| !daemon.no_proxy.as_deref().is_some_and(goes_direct))
        .and_then(|daemon| daemon.https_proxy.as_deref())
        .filter(|proxy| !proxy.is_empty());
    // The daemon fails where this process does not, and only the daemon goes through a proxy.
    if let (Some(proxy), Some(answer)) = (proxy, case.subject.daemon_login.known())
        && answer.status == 0
        && case.subject.login.known().is_some_and(|own| own.status != 0)
    {
        return found("the docker daemon", format!("it goes through the proxy {proxy}"))
            .and("the docker daemon's login", &answer.message)
            .title("The docker daemon's proxy does not reach the registry")
            .outcome();
    }
    if let Some((source, answer)) = case.foreign_answer() {
        let kind = answer.media_type.as_deref().unwrap_or("no media type");
        let words = match (answer.status, answer.message.as_str()) {
            (status, "") => format!("{status} with {kind}, which is no answer of a registry"),
            (0, words) => words.to_owned(),
            (status, words) => format!("{status}: {words}"),
        };
        return found(source, words)
            .title("Something that is not ECR answers in its place")
            .likely()
            .outcome();
    }
    case.without_variables(
        // What does not speak TLS, or has a certificate of the past while the clock is right, is hardly AWS.
        match &case.bundle.aws.clock {
            Seen::Known(_) => case.network_failure(&[
                NetworkFailure::Proxy,
                NetworkFailure::TlsProtocol,
                NetworkFailure::TlsExpired,
            ]),
            Seen::Unknown(_) => case.network_failure(&[NetworkFailure::Proxy, NetworkFailure::TlsProtocol]),
        },
        "if this network needs no proxy, remove the proxy setting",
        &["HTTPS_PROXY", "https_proxy", "ALL_PROXY"],
    )
}
