//! A client of the Model Context Protocol that writes its lines by hand.

#![allow(dead_code)] // each test file uses its part of it
#![allow(clippy::expect_used, clippy::indexing_slicing, clippy::unwrap_used)] // a test's way of failing

use std::io::{BufRead, BufReader, Read, Write};
use std::process::{Child, ChildStdin, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::common::{HOST, Home, login_expiring_in};

/// Somebody whose name is not to be said.
pub const ROLE: &str = "arn:aws:iam::123456789012:role/payments-deployer";

/// How long an answer may take.
const PATIENCE: Duration = Duration::from_secs(120);

/// A home with a login, keys, and a project that has both in it.
pub fn furnished() -> Home {
    let home = Home::with_helper();
    let auth = login_expiring_in(3_600);
    home.write(".docker/config.json", &json!({"auths": {HOST: {"auth": auth}}}).to_string(), 0o600);
    home.write(
        ".aws/credentials",
        "[default]\naws_access_key_id = AKIAPLANTEDPLANTED23\naws_secret_access_key = pLANTEDsecretpLANTEDsecretpLANTEDsecret12\n",
        0o600,
    );
    home.write(
        "project/.gitlab-ci.yml",
        &format!("push:\n  script:\n    - docker login -u AWS -p pLANTEDpassword123 {HOST}\n    - docker push {HOST}/app:1\n"),
        0o644,
    );
    home.write(
        "project/config.json",
        &json!({"auths": {HOST: {"auth": login_expiring_in(60)}}}).to_string(),
        0o644,
    );
    home
}

/// A server at a home, after the handshake.
pub fn assistant(home: &Home, arguments: &[&str]) -> Assistant {
    Assistant::start(home.command(&[&["mcp"], arguments].concat()))
}

/// A server, and what is said to it.
pub struct Assistant {
    child: Child,
    stdin: Option<ChildStdin>,
    lines: Receiver<String>,
    stderr: Option<JoinHandle<String>>,
    /// Everything that was answered.
    pub heard: String,
    number: u64,
}

/// What a tool answered.
#[derive(Debug)]
pub struct Answer {
    pub is_error: bool,
    /// The result for programs; null where there is none.
    pub value: Value,
    /// All its texts.
    pub text: String,
}

impl Assistant {
    /// Starts a server and says nothing.
    pub fn silent(mut command: Command) -> Self {
        let mut child =
            command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let (tell, lines) = channel();
        let stdout = BufReader::new(child.stdout.take().unwrap());
        std::thread::spawn(move || {
            for line in stdout.lines() {
                if tell.send(line.unwrap()).is_err() {
                    return;
                }
            }
        });
        let mut stderr = child.stderr.take().unwrap();
        let stderr = std::thread::spawn(move || {
            let mut text = String::new();
            stderr.read_to_string(&mut text).unwrap();
            text
        });
        let stdin = child.stdin.take();
        Self { child, stdin, lines, stderr: Some(stderr), heard: String::new(), number: 0 }
    }

    /// Starts a server and shakes hands.
    pub fn start(command: Command) -> Self {
        let mut new = Self::silent(command);
        new.greet();
        new
    }

    /// Shakes hands; what the server says of itself.
    pub fn greet(&mut self) -> Value {
        let client = json!({"name": "by-hand", "version": "1"});
        let greeting = json!({"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": client});
        let answer = self.ask("initialize", greeting);
        self.say(&json!({"jsonrpc": "2.0", "method": "notifications/initialized"}).to_string());
        answer["result"].clone()
    }

    /// Writes a line as it is.
    pub fn say(&mut self, line: &str) {
        let stdin = self.stdin.as_mut().unwrap();
        stdin.write_all(line.as_bytes()).unwrap();
        stdin.write_all(b"\n").unwrap();
    }

    /// Writes bytes as they are.
    pub fn say_bytes(&mut self, bytes: &[u8]) {
        self.stdin.as_mut().unwrap().write_all(bytes).unwrap();
    }

    /// Sends a request, and does not wait.
    pub fn send(&mut self, method: &str, parameters: Value) -> u64 {
        self.number += 1;
        let number = self.number;
        self.say(
            &json!({"jsonrpc": "2.0", "id": number, "method": method, "params": parameters}).to_string(),
        );
        number
    }

    /// The next line, which has to be a message.
    pub fn hear(&mut self) -> Value {
        let line = self.lines.recv_timeout(PATIENCE).expect("the server does not answer");
        self.heard.push_str(&line);
        self.heard.push('\n');
        let message: Value = serde_json::from_str(&line).expect("something other than the protocol");
        assert_eq!(message["jsonrpc"], "2.0", "{line}");
        message
    }

    /// Sends a request and waits for its answer; others are passed over.
    pub fn ask(&mut self, method: &str, parameters: Value) -> Value {
        let number = self.send(method, parameters);
        loop {
            let message = self.hear();
            if message["id"] == number {
                return message;
            }
        }
    }

    /// Calls a tool.
    pub fn call(&mut self, tool: &str, arguments: Value) -> Answer {
        let message = self.ask("tools/call", json!({"name": tool, "arguments": arguments}));
        let result = &message["result"];
        assert!(result.is_object(), "{message}");
        let texts = result["content"].as_array().unwrap().iter().map(|part| part["text"].as_str().unwrap());
        Answer {
            is_error: result["isError"].as_bool().unwrap_or(false),
            value: result["structuredContent"].clone(),
            text: texts.collect::<Vec<_>>().join("\n"),
        }
    }

    /// Closes its standard input and waits for its end: how, how long that took, and what it wrote to standard error.
    pub fn leave(mut self) -> (ExitStatus, Duration, String) {
        let started = Instant::now();
        drop(self.stdin.take());
        let status = loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                break status;
            }
            assert!(started.elapsed() < PATIENCE, "the server does not end");
            std::thread::sleep(Duration::from_millis(10));
        };
        let took = started.elapsed();
        for line in self.lines.iter() {
            self.heard.push_str(&line);
            let message: Value = serde_json::from_str(&line).expect("something other than the protocol");
            assert_eq!(message["jsonrpc"], "2.0", "{line}");
        }
        (status, took, self.stderr.take().unwrap().join().unwrap())
    }
}

impl Drop for Assistant {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
