//! The operator as a process, with the test's API server as its cluster and its AWS.

use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use crate::api::Api;

/// The configuration of most tests.
pub const CONFIG: &str = r#"
[[registry]]
accounts = ["123456789012"]
regions = ["eu-west-1"]
[[pull_secret]]
name = "ecr"
selector = "pull=yes"
"#;

/// The host in it.
pub const HOST: &str = "123456789012.dkr.ecr.eu-west-1.amazonaws.com";

/// How long anything may take on a machine that is busy.
const PATIENCE: Duration = Duration::from_secs(60);

/// A home for the operator.
pub struct Home {
    pub directory: tempfile::TempDir,
    pub api: Api,
    /// More variables for the operator.
    pub variables: Vec<(&'static str, String)>,
}

/// An operator that runs. It is killed when it is not needed any more.
pub struct Running {
    child: Child,
    pub port: u16,
    log: PathBuf,
}

impl Home {
    pub fn new(config: &str) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let api = Api::start();
        let kubeconfig = format!(
            "apiVersion: v1\nkind: Config\nclusters:\n- name: c\n  cluster:\n    server: http://{}\nusers:\n- name: u\n  user: {{}}\ncontexts:\n- name: c\n  context:\n    cluster: c\n    user: u\n    namespace: operator\ncurrent-context: c\n",
            api.address
        );
        std::fs::write(directory.path().join("kubeconfig"), kubeconfig).unwrap();
        std::fs::write(directory.path().join("operator.toml"), config).unwrap();
        Self { directory, api, variables: Vec::new() }
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    pub fn command(&self, arguments: &[&str]) -> Command {
        // What users run, where that is to be measured.
        let program = std::env::var_os("ECRPASS_OPERATOR");
        let mut command =
            Command::new(program.unwrap_or_else(|| env!("CARGO_BIN_EXE_ecrpass-operator").into()));
        command.env_clear();
        command
            .args(arguments)
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("HOME", self.directory.path())
            .env("AWS_ACCESS_KEY_ID", "AKIAIOSFODNN7EXAMPLE")
            .env("AWS_SECRET_ACCESS_KEY", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY")
            .env("AWS_ENDPOINT_URL_ECR", format!("http://{}", self.api.address))
            .envs(self.variables.iter().cloned())
            .stdin(Stdio::null());
        command
    }

    fn place(&self, command: &mut Command) {
        command.arg("--config").arg(self.path("operator.toml"));
        command.arg("--kubeconfig").arg(self.path("kubeconfig"));
    }

    /// Runs a command to its end.
    pub fn run(&self, arguments: &[&str]) -> Output {
        let mut command = self.command(arguments);
        self.place(&mut command);
        command.output().unwrap()
    }

    /// Starts it.
    pub fn start(&self, identity: &str) -> Running {
        self.start_with(identity, &[])
    }

    /// The same with more arguments.
    pub fn start_with(&self, identity: &str, arguments: &[&str]) -> Running {
        let port = free_port();
        let mut command =
            self.command(&["run", "--identity", identity, "--listen", &format!("127.0.0.1:{port}")]);
        self.place(&mut command);
        command.args(arguments);
        self.start_command(identity, port, command)
    }

    /// Starts a command that listens on that port.
    pub fn start_command(&self, identity: &str, port: u16, mut command: Command) -> Running {
        let log = self.path(&format!("{identity}.log"));
        let child = command.stderr(std::fs::File::create(&log).unwrap()).spawn().unwrap();
        Running { child, port, log }
    }
}

impl Running {
    pub fn log(&self) -> String {
        std::fs::read_to_string(&self.log).unwrap()
    }

    /// The answer to a GET: status and body.
    pub fn get(&self, path: &str) -> (u16, String) {
        use std::io::{Read as _, Write as _};
        let Ok(mut stream) = std::net::TcpStream::connect(("127.0.0.1", self.port)) else {
            return (0, String::new());
        };
        write!(stream, "GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").unwrap();
        let mut text = String::new();
        stream.read_to_string(&mut text).unwrap();
        let status = text.split(' ').nth(1).unwrap().parse().unwrap();
        (status, text.split_once("\r\n\r\n").unwrap().1.to_owned())
    }

    /// Kilobytes of memory.
    pub fn memory(&self) -> u64 {
        self.kilobytes("VmRSS:")
    }

    /// The most that it had, in kilobytes.
    pub fn peak_memory(&self) -> u64 {
        self.kilobytes("VmHWM:")
    }

    fn kilobytes(&self, of: &str) -> u64 {
        let path = format!("/proc/{}/status", self.child.id());
        let status = std::fs::read_to_string(Path::new(&path)).unwrap();
        let line = status.lines().find_map(|line| line.strip_prefix(of)).unwrap();
        line.trim().trim_end_matches(" kB").parse().unwrap()
    }

    fn signal(&self, signal: &str) {
        let sent = Command::new("kill").args(["-s", signal, &self.child.id().to_string()]).status().unwrap();
        assert!(sent.success());
    }

    /// Lets it stand still.
    pub fn pause(&self) {
        self.signal("STOP");
    }

    /// Lets it go on.
    pub fn resume(&self) {
        self.signal("CONT");
    }

    /// Sends SIGTERM, and waits for the end.
    pub fn stop(mut self) -> i32 {
        self.signal("TERM");
        until("it has ended", || self.child.try_wait().unwrap().is_some());
        self.child.wait().unwrap().code().unwrap()
    }

    /// Kills it where it stands.
    pub fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // It may have ended.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A port that was free a moment ago.
pub fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

/// Waits for something.
pub fn until(what: &str, is: impl FnMut() -> bool) {
    until_within(PATIENCE, what, is);
}

/// The same for what takes longer.
pub fn until_within(patience: Duration, what: &str, mut is: impl FnMut() -> bool) {
    let begun = Instant::now();
    while !is() {
        assert!(begun.elapsed() < patience, "still not: {what}");
        std::thread::sleep(Duration::from_millis(20));
    }
}
