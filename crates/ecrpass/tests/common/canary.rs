//! A canary beside a local ECR that has its own names.

#![allow(dead_code, clippy::panic, clippy::unwrap_used)] // each test file uses its part of it; a test's way of failing

use std::process::Command;

use ecrpass_local::{Builder, LocalEcr, TinyImage};
use serde_json::Value;

use crate::common::{Home, text};
use crate::tunnel::Tunnel;

pub const REGISTRY: &str = "123456789012.dkr.ecr.eu-west-1.amazonaws.com";
pub const IMAGE: &str = "123456789012.dkr.ecr.eu-west-1.amazonaws.com/team/app:canary";
pub const ACCOUNT: &str = "123456789012";
pub const REGION: &str = "eu-west-1";
const BUCKET: &str = "https://prod-{region}-starport-layer-bucket.s3.{region}.amazonaws.com";

/// An ECR with one image, and a home whose programs reach it by the names that AWS has.
pub struct World {
    pub ecr: LocalEcr,
    pub home: Home,
    pub tunnel: Tunnel,
}

/// How a run ended.
pub struct Told {
    pub status: Option<i32>,
    pub report: Value,
    pub metrics: String,
    pub all: String,
}

impl World {
    pub fn new() -> Self {
        Self::of(LocalEcr::builder())
    }

    pub fn with_faults(faults: &[&str]) -> Self {
        Self::of(
            faults.iter().fold(LocalEcr::builder(), |builder, fault| builder.fault(fault.parse().unwrap())),
        )
    }

    pub fn of(builder: Builder) -> Self {
        let any = "127.0.0.1:0".parse().unwrap();
        let ecr =
            builder.region(REGION).plain(any).tls(any, &[]).redirect_layers(Some(BUCKET)).start().unwrap();
        ecr.put_image(ACCOUNT, REGION, "team/app", "canary", &TinyImage::new("a canary")).unwrap();
        let tls = ecr.listeners().iter().find(|listener| listener.tls).unwrap().address;
        let home = Home::bare();
        home.write("ca.pem", &ecr.ca_pem(), 0o600);
        Self { ecr, home, tunnel: Tunnel::to(tls, |_| None) }
    }

    /// The address behind the names.
    pub fn tls(&self) -> std::net::SocketAddr {
        self.ecr.listeners().iter().find(|listener| listener.tls).unwrap().address
    }

    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = self.home.command(&[&["canary"], arguments].concat());
        command
            .envs(self.ecr.env())
            .env("AWS_EC2_METADATA_DISABLED", "true")
            .env("HTTPS_PROXY", self.tunnel.url())
            .env("SSL_CERT_FILE", self.home.path("ca.pem"));
        command
    }

    pub fn once(&self, arguments: &[&str]) -> Told {
        let metrics = self.home.path("metrics.prom");
        let _ = std::fs::remove_file(&metrics);
        let mut command = self.command(&["--once", "--format", "json", "--metrics-file", "metrics.prom"]);
        command.args(unhurried(arguments));
        told(command.args(arguments), &metrics)
    }
}

/// Times that a busy machine keeps to, where a test names none of its own.
pub fn unhurried(arguments: &[&str]) -> Vec<&'static str> {
    let times = [("--patience", "20s"), ("--deadline", "60s")];
    let missing = times.into_iter().filter(|(name, _)| !arguments.contains(name));
    missing.flat_map(|(name, time)| [name, time]).collect()
}

/// What came of a run that writes its metrics there.
pub fn told(command: &mut Command, metrics: &std::path::Path) -> Told {
    let (status, stdout, stderr) = text(&command.output().unwrap());
    let report = serde_json::from_str(&stdout).unwrap_or_default();
    let metrics = std::fs::read_to_string(metrics).unwrap_or_default();
    Told { status, report, metrics, all: stdout + &stderr }
}

impl Told {
    /// How the steps of the first target ended.
    pub fn steps(&self) -> String {
        let steps = &self.report["targets"][0]["steps"];
        ["credentials", "token", "ping", "manifest", "layer"]
            .map(|step| steps[step].as_str().unwrap_or("?").to_owned())
            .join(" ")
    }

    pub fn cause(&self) -> &str {
        self.report["targets"][0]["cause"].as_str().unwrap_or_default()
    }

    /// The value of a series, by its name and some of its labels.
    pub fn metric(&self, name: &str, labels: &[(&str, &str)]) -> Option<f64> {
        metric(&self.metrics, name, labels)
    }
}

/// The value of a series in an exposition.
pub fn metric(text: &str, name: &str, labels: &[(&str, &str)]) -> Option<f64> {
    let mut lines = text.lines().filter(|line| {
        let is_it =
            line.strip_prefix(name).is_some_and(|rest| rest.starts_with('{') || rest.starts_with(' '));
        is_it && labels.iter().all(|(label, value)| line.contains(&format!("{label}=\"{value}\"")))
    });
    let line = lines.next()?;
    assert!(lines.next().is_none(), "{name} {labels:?} is there twice: {text}");
    line.rsplit_once(' ')?.1.parse().ok()
}
