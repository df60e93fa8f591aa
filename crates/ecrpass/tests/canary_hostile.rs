//! `ecrpass canary --once` as a process: who is led to for a layer, servers that mean no good, and collectors.

#![allow(clippy::indexing_slicing, clippy::string_slice)] // a test's way of failing
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, clippy::panic)] // a test's way of failing

#[path = "common/canary.rs"]
mod canary;
mod common;
#[path = "common/tunnel.rs"]
mod tunnel;

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener};
use std::sync::atomic::Ordering;
use std::thread;
use std::time::Duration;

use canary::{ACCOUNT, IMAGE, REGION, World, told};
use ecrpass_local::{Ca, LocalEcr, TinyImage};
use tunnel::Tunnel;

#[test]
fn who_signed_the_certificate_matters() {
    let world = World::new();
    let stranger = Ca::generate().unwrap();
    world.home.write("ca.pem", &stranger.pem(), 0o600);
    let told = world.once(&[IMAGE]);
    assert_eq!(
        (told.steps().as_str(), told.cause()),
        ("ok ok fail skip skip", "tls-ca-untrusted"),
        "{}",
        told.all
    );
}

/// A bucket that answers every request in this manner, over TLS of the world's own names.
fn elsewhere(answer: impl Fn(&str) -> (String, Vec<u8>) + Send + 'static) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    thread::spawn(move || {
        for stream in listener.incoming() {
            let Ok(mut stream) = stream else { return };
            let mut head = Vec::new();
            let mut buffer = [0; 1024];
            while !head.windows(4).any(|four| four == b"\r\n\r\n") {
                match stream.read(&mut buffer) {
                    Ok(length) if length > 0 => head.extend(&buffer[..length]),
                    _ => break,
                }
            }
            let (start, body) = answer(&String::from_utf8_lossy(&head));
            let _ = stream.write_all(format!("HTTP/1.1 {start}\r\nconnection: close\r\n\r\n").as_bytes());
            let _ = stream.write_all(&body);
        }
    });
    address
}

/// A world whose layers are at that address, and a command in it.
fn with_layers_at(
    address: &str,
    tunnel: impl Fn(&str) -> Option<SocketAddr> + Send + Sync + 'static,
) -> (World, Tunnel, LocalEcr) {
    let world = World::new();
    let any = "127.0.0.1:0".parse().unwrap();
    let builder = LocalEcr::builder().region(REGION).plain(any).tls(any, &[]);
    let ecr = builder.redirect_layers(Some(address)).start().unwrap();
    ecr.put_image(ACCOUNT, REGION, "team/app", "canary", &TinyImage::new("a")).unwrap();
    let tls = ecr.listeners().iter().find(|listener| listener.tls).unwrap().address;
    world.home.write("ca.pem", &ecr.ca_pem(), 0o600);
    (world, Tunnel::to(tls, tunnel), ecr)
}

#[test]
fn a_cache_on_the_way_to_a_layer_is_named_and_gets_no_credentials() {
    let heads = std::sync::Arc::new(std::sync::Mutex::new(Vec::new()));
    let kept = std::sync::Arc::clone(&heads);
    let end = elsewhere(move |head| {
        kept.lock().unwrap().push(head.to_ascii_lowercase());
        ("206 Partial Content\r\ncontent-length: 1".to_owned(), b"x".to_vec())
    });
    let to = format!("307 Temporary Redirect\r\ncontent-length: 0\r\nlocation: http://{end}/cached");
    let bucket = elsewhere(move |_| (to.clone(), Vec::new()));
    let (world, tunnel, ecr) = with_layers_at(&format!("http://{bucket}/layers"), |_| None);
    let mut command = world.command(&["--once", "--format", "json", IMAGE]);
    command.envs(ecr.env()).env("HTTPS_PROXY", tunnel.url());
    let told = told(&mut command, &world.home.path("none"));
    assert_eq!((told.status, told.steps().as_str()), (Some(0), "ok ok ok ok ok"), "{}", told.all);
    assert_eq!(told.report["targets"][0]["layer_host"], end.to_string());
    let heads = heads.lock().unwrap();
    assert_eq!(heads.len(), 1);
    assert!(heads[0].contains("range: bytes=0-0") && !heads[0].contains("authorization"), "{heads:?}");
    // Nobody leads to what only this machine and its hypervisor know.
    let (world, tunnel, ecr) = with_layers_at("http://169.254.169.254/latest/meta-data/x", |_| None);
    let mut command = world.command(&["--once", "--format", "json", IMAGE]);
    command.envs(ecr.env()).env("HTTPS_PROXY", tunnel.url());
    let told = canary::told(&mut command, &world.home.path("none"));
    assert_eq!(told.steps(), "ok ok ok ok fail", "{}", told.all);
}

#[test]
fn of_a_layer_without_end_a_byte_is_read() {
    const WHOLE: usize = 64 << 20;
    let sent = std::sync::Arc::new(std::sync::atomic::AtomicUsize::new(0));
    let counter = std::sync::Arc::clone(&sent);
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let plain = listener.local_addr().unwrap();
    thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let _ = stream.read(&mut [0; 4096]);
        let _ = stream.write_all(format!("HTTP/1.1 200 OK\r\ncontent-length: {WHOLE}\r\n\r\n").as_bytes());
        while let Ok(length) = stream.write(&[0; 64 * 1024]) {
            counter.fetch_add(length, Ordering::Relaxed);
        }
    });
    let (world, tunnel, ecr) = with_layers_at(&format!("http://{plain}/x"), |_| None);
    let mut command = world.command(&["--once", "--format", "json", "--metrics-file", "metrics.prom", IMAGE]);
    command.envs(ecr.env()).env("HTTPS_PROXY", tunnel.url());
    let told = told(&mut command, &world.home.path("metrics.prom"));
    assert_eq!((told.status, told.steps().as_str()), (Some(0), "ok ok ok ok ok"), "{}", told.all);
    // What the system's buffers took in until the connection was closed.
    let sent = sent.load(Ordering::Relaxed);
    assert!(sent < WHOLE / 4, "{sent}");
}

#[test]
fn hostile_registries_end_in_a_step_that_fails() {
    let world = World::new();
    let endless = elsewhere(|_| {
        ("200 OK\r\ndocker-distribution-api-version: registry/2.0".to_owned(), vec![b'x'; 32 << 20])
    });
    let garbage = elsewhere(|_| ("999 \u{1b}[31mx".to_owned(), b"\x00\xff".to_vec()));
    for (server, steps) in [(endless, "ok ok fail skip skip"), (garbage, "ok ok fail skip skip")] {
        // Not TLS at all: the handshake is what fails.
        let tunnel = Tunnel::to(server, |_| None);
        let mut command = world.command(&["--once", "--format", "json", "--patience", "2s", IMAGE]);
        let told = told(command.env("HTTPS_PROXY", tunnel.url()), &world.home.path("none"));
        assert_eq!((told.status, told.steps().as_str()), (Some(1), steps), "{}", told.all);
        assert!(!told.all.contains('\u{1b}'), "{}", told.all);
    }
}

#[test]
fn a_dead_collector_fails_no_run() {
    let world = World::new();
    let told = world.once(&["--otlp", "http://127.0.0.1:1", IMAGE]);
    assert_eq!((told.status, told.steps().as_str()), (Some(0), "ok ok ok ok ok"), "{}", told.all);
    assert_eq!(told.metric("ecrpass_canary_export_failures_total", &[("exporter", "otlp")]), Some(1.0));
    // One that lives gets the metrics.
    let (tell, heard) = std::sync::mpsc::channel();
    let collector = elsewhere(move |head| {
        tell.send(head.to_owned()).unwrap();
        ("200 OK\r\ncontent-length: 2".to_owned(), b"{}".to_vec())
    });
    let told = world.once(&["--otlp", &format!("http://{collector}"), IMAGE]);
    assert_eq!(told.metric("ecrpass_canary_export_failures_total", &[]), None, "{}", told.all);
    let head = heard.recv_timeout(Duration::from_secs(20)).unwrap();
    assert!(
        head.starts_with("POST /v1/metrics HTTP/1.1")
            && head.to_ascii_lowercase().contains("content-type: application/json"),
        "{head}"
    );
}
