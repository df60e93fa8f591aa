//! TLS with the server's own CA, on several listeners at once.

use std::io::{Read, Write};
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr, TcpStream};
use std::sync::Arc;

use ecrpass_local::{Ca, LocalEcr, StartError};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};

use crate::support::{Answer, request, wait_until};

fn connect(address: SocketAddr, name: &str, ca_pem: &str) -> std::io::Result<impl Read + Write> {
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from_pem_slice(ca_pem.as_bytes()).unwrap()).unwrap();
    let config = ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let name = ServerName::try_from(name.to_owned()).unwrap();
    let mut connection = ClientConnection::new(Arc::new(config), name).unwrap();
    let mut stream = TcpStream::connect(address)?;
    connection.complete_io(&mut stream)?;
    Ok(StreamOwned::new(connection, stream))
}

fn ping(address: SocketAddr, name: &str, ca_pem: &str) -> std::io::Result<Answer> {
    request("GET", "/v2/").exchange(connect(address, name, ca_pem)?, name)
}

#[test]
fn every_listener_serves_everything() {
    let any = |ip: std::net::IpAddr| SocketAddr::new(ip, 0);
    let ecr = LocalEcr::builder()
        .plain(any(Ipv4Addr::LOCALHOST.into()))
        .tls(any(Ipv4Addr::LOCALHOST.into()), &[])
        .tls(any(Ipv6Addr::LOCALHOST.into()), &["*.dkr.ecr.eu-west-1.amazonaws.com", "::1"])
        .start()
        .unwrap();
    let [plain, first, second] = ecr.listeners() else { panic!("{ecr:?}") };
    assert_eq!((plain.tls, first.tls, second.tls), (false, true, true));
    assert_eq!(ecr.url(), format!("http://{}", plain.address));
    assert_eq!(second.url(), format!("https://[::1]:{}", second.address.port()));
    let ca = ecr.ca_pem();
    for name in ["123456789012.dkr.ecr.us-east-1.amazonaws.com", "public.ecr.aws", "localhost", "127.0.0.1"] {
        let answer = ping(first.address, name, &ca).unwrap();
        assert_eq!(answer.status, 401);
        assert!(
            answer.header("www-authenticate").contains(&format!("realm=\"https://{name}/")),
            "{answer:?}"
        );
    }
    assert_eq!(
        ping(second.address, "123456789012.dkr.ecr.eu-west-1.amazonaws.com", &ca).unwrap().status,
        401
    );
    let other_name = ping(second.address, "123456789012.dkr.ecr.us-east-1.amazonaws.com", &ca);
    assert_eq!(other_name.unwrap_err().kind(), std::io::ErrorKind::InvalidData);
    assert!(ecr.calls().iter().all(|call| call.tls));
}

#[test]
fn a_stranger_does_not_trust_it() {
    let any = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
    let ecr = LocalEcr::builder().tls(any, &[]).start().unwrap();
    let stranger = Ca::generate().unwrap();
    let error = ping(ecr.listeners()[0].address, "localhost", &stranger.pem()).unwrap_err();
    assert_eq!(error.kind(), std::io::ErrorKind::InvalidData, "{error}");
    let own = Ca::generate().unwrap();
    let pem = own.pem();
    let ecr = LocalEcr::builder().tls(any, &["localhost"]).ca(own).start().unwrap();
    assert_eq!(ping(ecr.listeners()[0].address, "localhost", &pem).unwrap().status, 401);
}

#[test]
fn what_cannot_start_says_why() {
    let taken = LocalEcr::start().unwrap();
    let address = taken.listeners()[0].address;
    let error = LocalEcr::builder().plain(address).start().unwrap_err();
    assert!(matches!(error, StartError::Listen { .. }));
    assert!(error.to_string().starts_with(&format!("cannot listen on {address}: ")), "{error}");
    let error = LocalEcr::builder().account("12").start().unwrap_err().to_string();
    assert_eq!(error, "the account `12` is not 12 digits");
    let error = LocalEcr::builder().region("us-east-1a").start().unwrap_err().to_string();
    assert_eq!(error, "`us-east-1a` is not an AWS region");
    let file = tempfile::NamedTempFile::new().unwrap();
    let error = LocalEcr::builder().directory(file.path()).start().unwrap_err().to_string();
    assert!(error.starts_with(&format!("cannot use {} as storage: ", file.path().display())), "{error}");
    let any = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
    let error = LocalEcr::builder().tls(any, &[]).redirect_layers(None).start().unwrap_err().to_string();
    assert!(error.contains("needs a plain listener"), "{error}");
}

#[test]
fn it_stops_when_dropped() {
    let ecr = LocalEcr::start().unwrap();
    let address = ecr.listeners()[0].address;
    // Also with a request that hangs.
    ecr.add_fault("hang".parse().unwrap());
    let mut open = TcpStream::connect(address).unwrap();
    open.set_read_timeout(Some(std::time::Duration::from_secs(60))).unwrap();
    open.write_all(b"GET /v2/ HTTP/1.1\r\nHost: x\r\n\r\n").unwrap();
    drop(ecr);
    let mut rest = Vec::new();
    match open.read_to_end(&mut rest) {
        Ok(_) => {}
        Err(error) => assert_eq!(error.kind(), std::io::ErrorKind::ConnectionReset, "{error}"),
    }
    assert!(rest.is_empty(), "{rest:?}");
    // The port may be somebody else's by now, for a while.
    wait_until("nobody listens any more", || TcpStream::connect(address).is_err());
}
