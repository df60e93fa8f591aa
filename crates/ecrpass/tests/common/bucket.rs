//! A bucket as S3 serves it: listed, and read in ranges. It may be in another region than the one that is asked, or refuse.

#![allow(dead_code, clippy::unwrap_used)] // each test file uses its part of it; a test's way of failing

use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::process::Command;
use std::sync::{Arc, Mutex};
use std::thread;

/// A server on loopback with one bucket, `trail`.
pub struct Bucket {
    address: String,
    state: Arc<Mutex<State>>,
}

#[derive(Default)]
struct State {
    objects: Vec<(String, Vec<u8>)>,
    region: Option<&'static str>,
    is_refusing: bool,
    requests: Vec<String>,
}

impl Bucket {
    /// One with these objects.
    pub fn with(objects: &[(&str, &[u8])]) -> Self {
        let objects = objects.iter().map(|(key, bytes)| ((*key).to_owned(), bytes.to_vec())).collect();
        let state = Arc::new(Mutex::new(State { objects, ..State::default() }));
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let shared = Arc::clone(&state);
        // It ends with the test's process.
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let state = Arc::clone(&shared);
                thread::spawn(move || serve(&stream, &state));
            }
        });
        Self { address, state }
    }

    /// It is in this region, and says so to whoever signs for another.
    pub fn in_region(self, region: &'static str) -> Self {
        self.state.lock().unwrap().region = Some(region);
        self
    }

    /// It may not be listed.
    pub fn refusing(self) -> Self {
        self.state.lock().unwrap().is_refusing = true;
        self
    }

    /// What was asked.
    pub fn requests(&self) -> Vec<String> {
        self.state.lock().unwrap().requests.clone()
    }

    /// Has a command ask here.
    pub fn furnish(&self, mut command: Command) -> Command {
        command
            .env("AWS_ENDPOINT_URL_S3", &self.address)
            .env("AWS_ACCESS_KEY_ID", "AKIAIOSFODNN7EXAMPLE")
            .env("AWS_SECRET_ACCESS_KEY", "secret");
        command
    }
}

fn serve(mut stream: &TcpStream, state: &Mutex<State>) {
    let mut reader = BufReader::new(stream);
    loop {
        let mut head = Vec::new();
        loop {
            let mut line = String::new();
            if reader.read_line(&mut line).unwrap_or(0) == 0 {
                return;
            }
            let line = line.trim_end().to_owned();
            if line.is_empty() {
                break;
            }
            head.push(line);
        }
        let (status, headers, body) = answer(&head, &mut state.lock().unwrap());
        let head = format!("HTTP/1.1 {status}\r\ncontent-length: {}\r\n{headers}\r\n", body.len());
        if stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(&body)).is_err() {
            return;
        }
    }
}

fn answer(head: &[String], state: &mut State) -> (&'static str, String, Vec<u8>) {
    let request = head.first().cloned().unwrap_or_default();
    let target = request.split(' ').nth(1).unwrap_or_default().to_owned();
    state.requests.push(target.clone());
    let header = |name: &str| {
        head.iter().find_map(|line| line.to_ascii_lowercase().strip_prefix(name).map(str::to_owned))
    };
    let error = |code: &str| {
        format!("<?xml version=\"1.0\"?><Error><Code>{code}</Code><Message>no</Message></Error>").into_bytes()
    };
    if state.is_refusing {
        return ("403 Forbidden", String::new(), error("AccessDenied"));
    }
    if let Some(region) = state.region {
        let says = format!("x-amz-bucket-region: {region}\r\n");
        if !header("authorization:").unwrap_or_default().contains(&format!("/{region}/s3/")) {
            return ("301 Moved Permanently", says, error("PermanentRedirect"));
        }
    }
    let (path, query) = target.split_once('?').unwrap_or((&target, ""));
    let key = path.strip_prefix("/trail").unwrap_or_default().trim_start_matches('/').to_owned();
    if key.is_empty() {
        let prefix = query.split('&').find_map(|pair| pair.strip_prefix("prefix=")).unwrap_or_default();
        let prefix = prefix.replace("%2F", "/");
        // A page for each object.
        let after = query.split('&').find_map(|pair| pair.strip_prefix("continuation-token=")).unwrap_or("0");
        let number: usize = after.parse().unwrap();
        let mut found = state.objects.iter().filter(|(key, _)| key.starts_with(&prefix)).skip(number);
        let entry = found
            .next()
            .map(|(key, bytes)| format!("<Contents><Key>{key}</Key><Size>{}</Size></Contents>", bytes.len()));
        let next =
            found.next().map(|_| format!("<NextContinuationToken>{}</NextContinuationToken>", number + 1));
        let body = format!(
            "<?xml version=\"1.0\"?><ListBucketResult><Name>trail</Name><IsTruncated>{}</IsTruncated>{}{}</ListBucketResult>",
            next.is_some(),
            entry.unwrap_or_default(),
            next.unwrap_or_default()
        );
        return ("200 OK", "content-type: application/xml\r\n".to_owned(), body.into_bytes());
    }
    let Some((_, bytes)) = state.objects.iter().find(|(known, _)| *known == key) else {
        return ("404 Not Found", String::new(), error("NoSuchKey"));
    };
    let range = header("range: bytes=").unwrap_or_default();
    let (from, to) = range.split_once('-').unwrap();
    let (from, to): (usize, usize) = (from.parse().unwrap(), to.parse().unwrap());
    let part = bytes[from..=to].to_vec();
    ("206 Partial Content", format!("content-range: bytes {from}-{to}/{}\r\n", bytes.len()), part)
}
