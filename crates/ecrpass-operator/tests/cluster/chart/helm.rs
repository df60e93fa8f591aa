//! Helm, with a home of its own and the test's API server.

use std::os::unix::fs::OpenOptionsExt as _;
use std::path::PathBuf;
use std::process::{Child, Command, Output, Stdio};

use crate::parts::program;

/// Helm, as somebody who may do everything.
pub struct Helm {
    home: tempfile::TempDir,
}

/// A file of this repository.
pub fn repository(path: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..").join(path).canonicalize().unwrap()
}

impl Helm {
    pub fn new(kubeconfig: &str) -> Self {
        use std::io::Write as _;
        let home = tempfile::tempdir().unwrap();
        let mut options = std::fs::OpenOptions::new();
        // It warns of a file that others can read.
        options.write(true).create_new(true).mode(0o600);
        let mut file = options.open(home.path().join("kubeconfig")).unwrap();
        file.write_all(kubeconfig.as_bytes()).unwrap();
        Self { home }
    }

    /// A file with values.
    pub fn values(&self, name: &str, text: &str) -> String {
        let path = self.home.path().join(name);
        std::fs::write(&path, text).unwrap();
        path.display().to_string()
    }

    /// A command; `CHART` stands for the chart.
    fn command(&self, arguments: &str) -> Command {
        let mut command = Command::new(program("ECRPASS_HELM"));
        command
            .env_clear()
            .env("HOME", self.home.path())
            .env("KUBECONFIG", self.home.path().join("kubeconfig"));
        for word in arguments.split_whitespace() {
            if word == "CHART" {
                command.arg(repository("charts/ecrpass"));
            } else {
                command.arg(word);
            }
        }
        command.stdin(Stdio::null());
        command
    }

    /// Runs it to its end; it has to succeed, and to warn of nothing.
    pub fn run(&self, arguments: &str) -> String {
        said(arguments, &self.command(arguments).output().unwrap())
    }

    /// Runs what has to fail; what it says.
    pub fn refused(&self, arguments: &str) -> String {
        let output = self.command(arguments).output().unwrap();
        assert!(!output.status.success(), "{arguments}: {output:?}");
        String::from_utf8(output.stderr).unwrap()
    }

    /// Starts what waits for something in the cluster.
    pub fn begin(&self, arguments: &str) -> Child {
        self.command(arguments).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
    }
}

/// What it printed, where it has succeeded without a warning.
pub fn said(what: &str, output: &Output) -> String {
    let words = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && words.is_empty(), "helm {what}: {}\n{words}", output.status);
    String::from_utf8(output.stdout.clone()).unwrap()
}
