//! What is wrong with a server's TLS is told as what it is, by `token`, by `doctor` and by the probe of the registry: a CA
//! is only to be added where that helps.

#![allow(clippy::unwrap_used)] // a test's way of failing
#![cfg(target_os = "linux")]

mod common;

use std::io::{Read, Write};
use std::net::TcpListener;
use std::time::Duration;

use common::{HOST, Home, text};
use ecrpass_credentials::aws_call::NetworkFailure;
use ecrpass_local::{Ca, LocalEcr};
use ecrpass_oci::network_path::probe;
use ecrpass_oci::{Http, Origin};

/// What is wrong, what the way to the registry is said to be, the cause by name, and whether its CA is trusted.
struct Case {
    what: &'static str,
    server: fn() -> Server,
    kind: NetworkFailure,
    slug: &'static str,
}

struct Server {
    port: u16,
    ca: Option<String>,
    /// Kept until the case is over.
    _ecr: Option<LocalEcr>,
}

fn with_certificate(ca: Ca, name: &str, is_trusted: bool) -> Server {
    let builder = LocalEcr::builder().ca(ca).plain("127.0.0.1:0".parse().unwrap());
    let ecr = builder.tls("127.0.0.1:0".parse().unwrap(), &[name]).start().unwrap();
    let port = ecr.listeners().iter().find(|listener| listener.tls).unwrap().address.port();
    Server { port, ca: is_trusted.then(|| ecr.ca_pem()), _ecr: Some(ecr) }
}

fn that_says(answer: &'static [u8]) -> Server {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let Ok(mut stream) = stream else { return };
            let _ = stream.read(&mut [0; 4096]);
            let _ = stream.write_all(answer);
        }
    });
    Server { port, ca: None, _ecr: None }
}

const CASES: [Case; 7] = [
    Case {
        what: "an unknown authority",
        server: || with_certificate(Ca::generate().unwrap(), "localhost", false),
        kind: NetworkFailure::Tls,
        slug: "tls-ca-untrusted",
    },
    Case {
        what: "another name",
        server: || with_certificate(Ca::generate().unwrap(), "elsewhere.example", true),
        kind: NetworkFailure::TlsName,
        slug: "tls-certificate-wrong-name",
    },
    Case {
        what: "a certificate that has expired",
        server: || with_certificate(Ca::generate().unwrap().issuing_expired(), "localhost", true),
        kind: NetworkFailure::TlsExpired,
        slug: "clock-skew",
    },
    Case {
        what: "plain HTTP",
        server: || that_says(b"HTTP/1.1 400 Bad Request\r\n\r\n"),
        kind: NetworkFailure::TlsProtocol,
        slug: "proxy-misconfigured",
    },
    Case {
        what: "garbage",
        server: || that_says(b"\x00\x01garbage\xff\xff"),
        kind: NetworkFailure::TlsProtocol,
        slug: "proxy-misconfigured",
    },
    Case {
        what: "another version",
        server: || that_says(b"\x15\x03\x03\x00\x02\x02\x46"),
        kind: NetworkFailure::TlsProtocol,
        slug: "proxy-misconfigured",
    },
    Case {
        what: "nothing",
        server: || that_says(b""),
        kind: NetworkFailure::Broken,
        slug: "aws-service-transient",
    },
];

#[test]
fn what_is_wrong_with_it_is_told_apart() {
    for case in CASES {
        let what = case.what;
        let server = (case.server)();
        let home = Home::with_helper();
        let mut variables = vec![
            ("AWS_ENDPOINT_URL".to_owned(), format!("https://localhost:{}", server.port)),
            ("AWS_ACCESS_KEY_ID".to_owned(), "AKIARZPUZDIKGB2VALC4".to_owned()),
            ("AWS_SECRET_ACCESS_KEY".to_owned(), "s".to_owned()),
        ];
        let ca = server.ca.as_ref().map(|pem| home.write("ca.pem", pem, 0o600));
        variables.extend(ca.iter().map(|path| ("AWS_CA_BUNDLE".to_owned(), path.display().to_string())));
        let run =
            |arguments: &[&str]| text(&home.command(arguments).envs(variables.clone()).output().unwrap());

        let (code, stdout, stderr) = run(&["token", HOST]);
        assert_eq!((code, stdout.as_str()), (Some(1), ""), "{what}: {stderr}");
        assert!(stderr.contains(&format!("[{}]", case.slug)), "{what}: {stderr}");
        assert_eq!(stderr.contains("AWS_CA_BUNDLE"), case.kind == NetworkFailure::Tls, "{what}: {stderr}");

        let (_, stdout, stderr) = run(&["doctor", HOST, "--deadline", "10", "--format", "json"]);
        let report: serde_json::Value = serde_json::from_str(&stdout).unwrap();
        let ids: Vec<&str> = report
            .get("findings")
            .and_then(|all| all.as_array())
            .unwrap()
            .iter()
            .filter_map(|it| it.get("id")?.as_str())
            .collect();
        assert!(ids.contains(&case.slug), "{what}: {ids:?} {stderr}");
        assert_eq!(ids.contains(&"tls-ca-untrusted"), case.kind == NetworkFailure::Tls, "{what}: {ids:?}");

        // The same of a registry, whose name cannot be chosen here.
        let http = Http::new(
            &ca.iter().map(std::path::PathBuf::as_path).collect::<Vec<_>>(),
            Duration::from_secs(10),
        );
        let seen = probe(&http, &Origin::https(&format!("localhost:{}", server.port)).unwrap(), "/v2/");
        let failure = seen.failure.unwrap();
        assert_eq!(failure.kind, case.kind, "{what}: {failure}");
    }
}
