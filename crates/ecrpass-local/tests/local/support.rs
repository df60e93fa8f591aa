//! A minimal HTTP client and signer, so that nothing but the server is under test.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use aws_credential_types::Credentials;
use aws_sigv4::http_request::{SignableBody, SignableRequest, SigningSettings, sign};
use aws_sigv4::sign::v4;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ecrpass_core::Secret;
use ecrpass_local::{AccessKey, LocalEcr};
use serde_json::Value;

pub const ECR: &str = "AmazonEC2ContainerRegistry_V20150921.";
/// A time for clocks that stand still: Sat, 06 Sep 2025 08:28:19 GMT.
pub const MORNING: i64 = 1_757_147_299;
/// How long something may take that cannot fail to happen; only a hang ever takes so long.
pub const PATIENCE: Duration = Duration::from_secs(60);
pub const PUBLIC: &str = "SpencerFrontendService.";

/// What came back.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

impl Answer {
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("{error}: {}", self.text()))
    }

    pub fn header(&self, name: &str) -> &str {
        self.headers
            .iter()
            .find(|(key, _)| key.eq_ignore_ascii_case(name))
            .map_or("", |(_, value)| value.as_str())
    }

    /// The code and message of a registry's error.
    pub fn registry_error(&self) -> (u16, String, String) {
        let error = &self.json()["errors"][0];
        let text = |name: &str| error[name].as_str().unwrap().to_owned();
        (self.status, text("code"), text("message"))
    }

    /// The code and message of an error in AWS's JSON protocol.
    pub fn json_error(&self) -> (u16, String, String) {
        let error = self.json();
        let text = |name: &str| error[name].as_str().unwrap().to_owned();
        (self.status, text("__type"), text("message"))
    }

    /// The same in the query protocol.
    pub fn xml_error(&self) -> (u16, String, String) {
        (self.status, self.element("Code"), self.element("Message"))
    }

    /// The text of an XML element.
    pub fn element(&self, name: &str) -> String {
        let text = self.text();
        let from = text.find(&format!("<{name}>")).unwrap_or_else(|| panic!("no {name} in {text}"));
        let rest = &text[from + name.len() + 2..];
        rest[..rest.find("</").unwrap()].to_owned()
    }
}

/// One request on a connection of its own.
pub struct Request<'a> {
    pub method: &'a str,
    pub path: &'a str,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

pub fn request<'a>(method: &'a str, path: &'a str) -> Request<'a> {
    Request { method, path, headers: Vec::new(), body: Vec::new() }
}

impl Request<'_> {
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    pub fn body(mut self, body: impl Into<Vec<u8>>) -> Self {
        self.body = body.into();
        self
    }

    pub fn password(self, password: &Secret) -> Self {
        self.basic("AWS", password.expose())
    }

    pub fn basic(self, user: &str, password: &str) -> Self {
        let encoded = STANDARD.encode(format!("{user}:{password}").as_bytes());
        self.header("Authorization", &format!("Basic {encoded}"))
    }

    pub fn send(self, ecr: &LocalEcr) -> Answer {
        self.try_send(ecr).unwrap()
    }

    pub fn try_send(self, ecr: &LocalEcr) -> std::io::Result<Answer> {
        let listener = ecr.listeners().iter().find(|listener| !listener.tls).unwrap();
        let stream = TcpStream::connect(listener.address)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        self.exchange(stream, &listener.address.to_string())
    }

    /// Sends it over an open connection, with `host` unless a header says otherwise.
    pub fn exchange(self, mut stream: impl Read + Write, host: &str) -> std::io::Result<Answer> {
        let mut head = format!("{} {} HTTP/1.1\r\n", self.method, self.path);
        if !self.headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("host")) {
            head.push_str(&format!("Host: {host}\r\n"));
        }
        for (name, value) in &self.headers {
            head.push_str(&format!("{name}: {value}\r\n"));
        }
        head.push_str(&format!("Content-Length: {}\r\nConnection: close\r\n\r\n", self.body.len()));
        // In one piece: a server that refuses at the head and closes while the body is still to come resets the
        // connection, and its answer may be lost.
        let message = [head.as_bytes(), &self.body].concat();
        stream.write_all(&message)?;
        stream.flush()?;
        read_answer(stream, self.method == "HEAD")
    }
}

fn read_answer(stream: impl Read, is_head: bool) -> std::io::Result<Answer> {
    let gone = || std::io::Error::from(std::io::ErrorKind::UnexpectedEof);
    let mut reader = BufReader::new(stream);
    let mut line = String::new();
    reader.read_line(&mut line)?;
    let status = line.split(' ').nth(1).and_then(|status| status.parse().ok()).ok_or_else(gone)?;
    let mut headers = Vec::new();
    loop {
        let mut line = String::new();
        reader.read_line(&mut line)?;
        match line.trim_end().split_once(": ") {
            Some((name, value)) => headers.push((name.to_owned(), value.to_owned())),
            None => break,
        }
    }
    let mut answer = Answer { status, headers, body: Vec::new() };
    assert!(answer.header("transfer-encoding").is_empty(), "this client reads no chunks");
    let length: usize = answer.header("content-length").parse().unwrap_or(0);
    if !is_head {
        answer.body.resize(length, 0);
        reader.read_exact(&mut answer.body)?;
    }
    Ok(answer)
}

/// How a request is signed; the fields are what tests get wrong.
pub struct Signer<'a> {
    pub key: &'a AccessKey,
    pub service: &'a str,
    pub region: &'a str,
    pub host: String,
    pub time: SystemTime,
}

impl<'a> Signer<'a> {
    /// A signer whose clock agrees with the server's.
    pub fn new(ecr: &LocalEcr, key: &'a AccessKey, service: &'a str) -> Self {
        Self { key, service, region: "us-east-1", host: ecr.registry_address(), time: at(ecr.now()) }
    }

    pub fn region(mut self, region: &'a str) -> Self {
        self.region = region;
        self
    }

    pub fn host(mut self, host: &str) -> Self {
        host.clone_into(&mut self.host);
        self
    }

    pub fn time(mut self, time: SystemTime) -> Self {
        self.time = time;
        self
    }

    pub fn sign<'r>(&self, request: Request<'r>) -> Request<'r> {
        let mut request = request.header("host", &self.host);
        let identity = Credentials::new(
            &self.key.id,
            self.key.secret.expose(),
            self.key.session_token.as_ref().map(|token| token.expose().to_owned()),
            None,
            "test",
        )
        .into();
        let params = v4::SigningParams::builder()
            .identity(&identity)
            .region(self.region)
            .name(self.service)
            .time(self.time)
            .settings(SigningSettings::default())
            .build()
            .unwrap()
            .into();
        let uri = format!("http://{}{}", self.host, request.path);
        let headers: Vec<(String, String)> =
            request.headers.iter().map(|(name, value)| (name.to_lowercase(), value.clone())).collect();
        let signable = SignableRequest::new(
            request.method,
            uri,
            headers.iter().map(|(name, value)| (name.as_str(), value.as_str())),
            SignableBody::Bytes(&request.body),
        )
        .unwrap();
        let (instructions, _) = sign(signable, &params).unwrap().into_parts();
        for (name, value) in instructions.headers() {
            request.headers.push((name.to_owned(), value.to_owned()));
        }
        request
    }

    /// A signed call in AWS's JSON protocol.
    pub fn json(&self, target: &str, body: &str) -> Request<'static> {
        self.sign(
            request("POST", "/")
                .header("Content-Type", "application/x-amz-json-1.1")
                .header("X-Amz-Target", target)
                .body(body),
        )
    }

    /// A signed call in the query protocol.
    pub fn form(&self, form: &str) -> Request<'static> {
        self.sign(
            request("POST", "/")
                .header("Content-Type", "application/x-www-form-urlencoded")
                .body(format!("{form}&Version=2011-06-15")),
        )
    }
}

/// A number of seconds since 1970 as a time.
pub fn at(seconds: i64) -> SystemTime {
    UNIX_EPOCH + Duration::from_secs(u64::try_from(seconds).unwrap())
}

/// A local ECR whose clock stands still.
pub fn stopped() -> LocalEcr {
    LocalEcr::builder().stopped_clock(MORNING).start().unwrap()
}

/// Waits for something that another thread brings about.
pub fn wait_until(what: &str, happened: impl Fn() -> bool) {
    let started = Instant::now();
    while !happened() {
        assert!(started.elapsed() < PATIENCE, "in vain: {what}");
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// Asks for a token the ordinary way.
pub fn authorization_token(ecr: &LocalEcr, key: &AccessKey) -> Answer {
    Signer::new(ecr, key, "ecr").json(&format!("{ECR}GetAuthorizationToken"), "{}").send(ecr)
}

/// The password in a token answer.
pub fn password_of(answer: &Answer) -> Secret {
    let token = answer.json()["authorizationData"][0]["authorizationToken"].as_str().unwrap().to_owned();
    ecrpass_core::AuthorizationToken::decode(&token).unwrap().password
}

/// The whole way to a password.
pub fn password(ecr: &LocalEcr, key: &AccessKey) -> Secret {
    let answer = authorization_token(ecr, key);
    assert_eq!(answer.status, 200, "{}", answer.text());
    password_of(&answer)
}
