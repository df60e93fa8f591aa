//! What can be wrong with TLS is told apart, and not tried again and again.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use ecrpass_local::LocalEcr;

use crate::world::{HOST, World};

/// A server that says the same to everybody; how often it was called.
fn server(answer: &'static [u8]) -> (u16, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let (port, count) = (listener.local_addr().unwrap().port(), Arc::new(AtomicUsize::new(0)));
    let counted = count.clone();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let Ok(mut stream) = stream else { return };
            counted.fetch_add(1, Ordering::Relaxed);
            let _ = stream.read(&mut [0; 4096]);
            let _ = stream.write_all(answer);
        }
    });
    (port, count)
}

#[test]
fn what_does_not_speak_tls_is_no_untrusted_authority() {
    for (answer, slug, calls) in [
        (&b"HTTP/1.1 400 Bad Request\r\n\r\n"[..], "proxy-misconfigured", 1),
        (b"\x00\x01garbage\xff\xff", "proxy-misconfigured", 1),
        // An alert: this version of the protocol is not spoken.
        (b"\x15\x03\x03\x00\x02\x02\x46", "proxy-misconfigured", 1),
        (b"", "aws-service-transient", 6),
    ] {
        let (port, count) = server(answer);
        let mut world = World::new();
        world.set("AWS_ENDPOINT_URL", &format!("https://127.0.0.1:{port}"));
        let run = world.get(HOST);
        assert_eq!(run.slug(), slug, "{}", run.stderr);
        assert!(!run.stderr.contains("AWS_CA_BUNDLE"), "{}", run.stderr);
        let count = count.load(Ordering::Relaxed);
        assert!(count <= calls, "{count} calls for {slug}");
    }
}

#[test]
fn a_certificate_is_refused_for_what_is_wrong_with_it() {
    let ecr =
        LocalEcr::builder().tls("127.0.0.1:0".parse().unwrap(), &["elsewhere.example"]).start().unwrap();
    let address = ecr.listeners().iter().find(|listener| listener.tls).unwrap().address;
    let mut world = World::new();
    world.set("AWS_ENDPOINT_URL", &format!("https://localhost:{}", address.port()));
    let run = world.get(HOST);
    assert_eq!(run.slug(), "tls-ca-untrusted");
    assert!(run.stderr.contains("Next: set AWS_CA_BUNDLE"), "{}", run.stderr);

    let ca = world.write("ca.pem", &ecr.ca_pem());
    world.set("AWS_CA_BUNDLE", ca.to_str().unwrap());
    let run = world.get(HOST);
    assert_eq!(run.slug(), "tls-certificate-wrong-name");
    assert!(run.stderr.contains("certificate for another name"), "{}", run.stderr);
    assert!(!world.log().contains("times)"), "{}", world.log());
}
