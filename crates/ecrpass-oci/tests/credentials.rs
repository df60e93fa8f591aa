//! Where credentials go: to the registry itself, and to nobody a registry names.

#![allow(clippy::indexing_slicing, clippy::string_slice)] // a test's way of failing
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used)]

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpListener;
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use ecrpass_core::Secret;
use ecrpass_oci::client::Blob;
use ecrpass_oci::{Http, Login, Origin, RegistryClient, RegistryError};

/// `AWS:secret`, as heads are kept.
const BASIC: &str = "basic qvdtonnly3jlda==";

/// A server that answers by path, and keeps the head of every request.
struct Server {
    address: String,
    heads: Arc<Mutex<Vec<String>>>,
}

impl Server {
    /// `answer` makes the answer to a request line, on a server at that address: status line and headers, then the body.
    fn start(answer: impl Fn(&str, &str) -> (String, String) + Send + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let heads: Arc<Mutex<Vec<String>>> = Arc::default();
        let (kept, own) = (Arc::clone(&heads), address.clone());
        thread::spawn(move || {
            for stream in listener.incoming() {
                let mut stream = stream.unwrap();
                let mut reader = BufReader::new(stream.try_clone().unwrap());
                let mut head = String::new();
                let mut length = 0;
                loop {
                    let mut line = String::new();
                    if reader.read_line(&mut line).unwrap() == 0 || line == "\r\n" {
                        break;
                    }
                    if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
                        length = value.trim().parse().unwrap();
                    }
                    head.push_str(&line);
                }
                reader.take(length).read_to_end(&mut Vec::new()).unwrap();
                let (start, body) = answer(head.lines().next().unwrap_or_default(), &own);
                kept.lock().unwrap().push(head.to_ascii_lowercase());
                let _ = write!(
                    stream,
                    "HTTP/1.1 {start}\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}",
                    body.len()
                );
            }
        });
        Self { address, heads }
    }

    fn heads(&self) -> Vec<String> {
        self.heads.lock().unwrap().clone()
    }

    fn client<'a>(&self, http: &'a Http) -> RegistryClient<'a> {
        let login = Login { username: "AWS".to_owned(), password: Secret::new("secret".to_owned()) };
        RegistryClient::new(http, Origin::http(&self.address).unwrap(), Some(login.header()))
    }
}

fn http() -> Http {
    Http::direct(Duration::from_secs(10))
}

fn challenge(realm: &str) -> (String, String) {
    (format!("401 Unauthorized\r\nwww-authenticate: Bearer realm=\"{realm}\",service=\"s\""), String::new())
}

#[test]
fn a_realm_of_another_server_gets_nothing() {
    let thief = Server::start(|_, _| ("200 OK".to_owned(), "{\"token\":\"t\"}".to_owned()));
    let realm = format!("http://{}/token?of=ecr", thief.address);
    let registry = Server::start(move |_, _| challenge(&realm));
    let http = http();
    let error = registry.client(&http).login(Some("team/app")).unwrap_err();
    assert!(
        matches!(&error, RegistryError::ForeignRealm { realm } if realm.ends_with(&thief.address)),
        "{error}"
    );
    assert!(thief.heads().is_empty(), "{:?}", thief.heads());
    // The registry itself was only asked what it wants, without them.
    assert!(registry.heads().iter().all(|head| !head.contains("authorization")));
}

#[test]
fn the_registrys_own_realm_gets_them_for_a_token() {
    let registry = Server::start(|line, own| match line {
        "GET /v2/ HTTP/1.1" => challenge(&format!("http://{own}/token")),
        "GET /token?service=s&scope=repository%3Ateam%2Fapp%3Apull HTTP/1.1" => {
            ("200 OK".to_owned(), "{\"token\":\"t0ken\"}".to_owned())
        }
        _ => ("404 Not Found".to_owned(), String::new()),
    });
    let http = http();
    // This one never takes the token: what it was sent is what counts.
    assert!(registry.client(&http).login(Some("team/app")).is_err());
    let heads = registry.heads();
    let sent: Vec<Option<&str>> =
        heads.iter().map(|head| head.lines().find(|line| line.starts_with("authorization"))).collect();
    let basic = format!("authorization: {BASIC}");
    assert_eq!(sent, [None, Some(basic.as_str()), Some("authorization: bearer t0ken")]);
}

#[test]
fn a_redirect_gets_no_credentials_and_goes_no_further() {
    let end = Server::start(|_, _| ("200 OK".to_owned(), "end".to_owned()));
    let hop = format!("http://{}/end", end.address);
    let store = Server::start(move |_, _| (format!("302 Found\r\nlocation: {hop}"), String::new()));
    let to = format!("http://{}/signed?x=1", store.address);
    let registry =
        Server::start(move |_, _| (format!("307 Temporary Redirect\r\nlocation: {to}"), String::new()));
    let http = http();
    let client = registry.client(&http);
    let Ok(Blob::Elsewhere(target)) = client.open_blob("team/app", "sha256:x", None) else { panic!() };
    let answer = client.fetch(&target, None).unwrap();
    assert_eq!(answer.status, 302);
    assert!(registry.heads().iter().all(|head| head.contains(BASIC)), "{:?}", registry.heads());
    assert!(store.heads().iter().all(|head| !head.contains("authorization")), "{:?}", store.heads());
    assert!(end.heads().is_empty());
}

#[test]
fn an_upload_stays_with_the_registry() {
    let elsewhere = Server::start(|_, _| ("201 Created".to_owned(), String::new()));
    let to = format!("http://{}/upload/1", elsewhere.address);
    let registry = Server::start(move |_, _| (format!("202 Accepted\r\nlocation: {to}"), String::new()));
    let http = http();
    let error = registry.client(&http).upload("team/app", "sha256:x", b"data").unwrap_err();
    assert!(matches!(error, RegistryError::ForbiddenTarget { .. }), "{error}");
    assert!(elsewhere.heads().is_empty());
    let own = Server::start(|line, _| match line.starts_with("POST") {
        true => ("202 Accepted\r\nlocation: /v2/team/app/blobs/uploads/1?state=a".to_owned(), String::new()),
        false => ("201 Created".to_owned(), String::new()),
    });
    assert_eq!(own.client(&http).upload("team/app", "sha256:x", b"data").unwrap().status, 201);
    let put = own.heads().pop().unwrap();
    assert!(put.starts_with("put /v2/team/app/blobs/uploads/1?state=a&digest=sha256%3ax http"), "{put}");
}

#[test]
fn refusals_keep_code_and_status() {
    let registry = Server::start(|_, _| {
        let body = "{\"errors\":[{\"code\":\"DENIED\",\"message\":\"not you\"}]}";
        ("403 Forbidden\r\ncontent-type: application/json".to_owned(), body.to_owned())
    });
    let error = registry.client(&http()).manifest("team/app", "1").unwrap_err();
    let refusal = error.refusal().unwrap();
    assert_eq!((refusal.status, refusal.message.as_str()), (403, "not you"));
    assert_eq!(refusal.code.as_ref().map(|code| code.as_str()), Some("DENIED"));
    assert_eq!(refusal.media_type.as_deref(), Some("application/json"));
}

#[test]
fn a_byte_of_a_layer_is_fetched_from_far_away_without_credentials() {
    let end = Server::start(|_, _| ("200 OK".to_owned(), "x".repeat(8 << 20)));
    let hop = format!("http://{}/end", end.address);
    let bucket =
        Server::start(move |_, _| (format!("307 Temporary Redirect\r\nlocation: {hop}"), String::new()));
    let to = format!("http://{}/signed?x=1", bucket.address);
    let registry =
        Server::start(move |_, _| (format!("307 Temporary Redirect\r\nlocation: {to}"), String::new()));
    let http = http().within(Duration::from_secs(9));
    let mut led_to = Vec::new();
    let got = registry
        .client(&http)
        .first_byte("team/app", "sha256:1", &mut |origin| led_to.push(origin.authority().to_owned()))
        .unwrap();
    // Not all of it, though the range was ignored.
    assert_eq!((got.status, got.body.len()), (200, 1));
    assert_eq!(led_to, [bucket.address.clone(), end.address.clone()]);
    let sends = |server: &Server, what: &str| server.heads().iter().all(|head| head.contains(what));
    assert!(sends(&registry, BASIC) && sends(&registry, "range: bytes=0-0"));
    assert!(!sends(&bucket, "authorization") && sends(&bucket, "range: bytes=0-0"));
    assert!(!sends(&end, "authorization") && sends(&end, "range: bytes=0-0"));
}

#[test]
fn who_is_sent_in_circles_gives_up() {
    let registry = Server::start(|_, own| {
        (format!("307 Temporary Redirect\r\nlocation: http://{own}/again"), String::new())
    });
    let http = http();
    let error = registry.client(&http).first_byte("team/app", "sha256:1", &mut |_| {}).unwrap_err();
    assert!(error.to_string().contains("one redirect too many"), "{error}");
    assert_eq!(registry.heads().len(), 6);
}

#[test]
fn a_request_takes_no_longer_than_it_may() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    // Accepts, and says nothing.
    let _held = thread::spawn(move || listener.incoming().collect::<Vec<_>>());
    let http = http().within(Duration::from_millis(300));
    let started = std::time::Instant::now();
    let error = RegistryClient::new(&http, Origin::http(&address).unwrap(), None).ping().unwrap_err();
    assert!(matches!(error, RegistryError::Network(_)), "{error}");
    // With much slack: the client itself would have waited for ten seconds.
    assert!(started.elapsed() < Duration::from_secs(3), "{:?}", started.elapsed());
}

#[test]
fn what_is_led_to_takes_no_more_time_than_all_of_it_may() {
    // Each answer alone would come in time.
    let registry = Server::start(|_, own| {
        thread::sleep(Duration::from_millis(400));
        (format!("307 Temporary Redirect\r\nlocation: http://{own}/again"), String::new())
    });
    let http = http().within_altogether(Duration::from_millis(600));
    let error = registry.client(&http).first_byte("team/app", "sha256:1", &mut |_| {}).unwrap_err();
    assert!(matches!(error, RegistryError::Network(_)), "{error}");
    assert!(registry.heads().len() <= 2, "{:?}", registry.heads());
}

#[test]
fn what_breaks_off_or_has_no_end_was_answered() {
    let answers = |start: &'static str, bytes: usize| {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap().to_string();
        thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            let _ = stream.read(&mut [0; 4096]);
            let _ = stream.write_all(format!("HTTP/1.1 {start}\r\n\r\n").as_bytes());
            let _ = stream.write_all(&vec![b'x'; bytes]);
        });
        let http = http();
        RegistryClient::new(&http, Origin::http(&address).unwrap(), None).manifest("team/app", "1")
    };
    let error = answers("200 OK\r\ncontent-length: 100", 50).unwrap_err();
    assert!(matches!(error, RegistryError::CutOff { status: 200, .. }), "{error}");
    let error = answers("200 OK\r\ncontent-length: 99999999", 5 << 20).unwrap_err();
    assert!(matches!(error, RegistryError::TooLarge { status: 200 }), "{error}");
    // Hung up on without a word.
    let error = answers("", 0).unwrap_err();
    assert!(matches!(error, RegistryError::Network(_)), "{error}");
}
