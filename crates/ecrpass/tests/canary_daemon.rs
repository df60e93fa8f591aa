//! `ecrpass canary` as a process that stays: its endpoint, its beat, what it counts, what it takes from a changed file, and
//! how it ends.

#![allow(clippy::indexing_slicing, clippy::string_slice)] // a test's way of failing
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, clippy::panic)] // a test's way of failing

#[path = "common/canary.rs"]
mod canary;
mod common;
#[path = "common/tunnel.rs"]
mod tunnel;

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::{Duration, Instant};

use canary::{ACCOUNT, IMAGE, REGION, REGISTRY, World, metric, unhurried};
use ecrpass_local::TinyImage;
use serde_json::Value;

/// How long something that must come is waited for.
const PATIENCE: Duration = Duration::from_secs(60);

/// A canary at work.
struct Daemon {
    child: Child,
    address: String,
    notes: Receiver<String>,
    lines: Receiver<String>,
}

impl Daemon {
    fn start(world: &World, arguments: &[&str]) -> Self {
        let mut command = world.command(&["--listen", "127.0.0.1:0", "--format", "json"]);
        command.args(unhurried(arguments));
        let mut child =
            command.args(arguments).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let (notes, lines) = (heard(child.stderr.take().unwrap()), heard(child.stdout.take().unwrap()));
        let first = notes.recv_timeout(PATIENCE).unwrap();
        let address =
            first.split("http://").nth(1).unwrap_or_else(|| panic!("{first}")).trim_end_matches("/metrics");
        Self { child, address: address.to_owned(), notes, lines }
    }

    fn get(&self, path: &str, accept: &str) -> (u16, String) {
        let mut stream = TcpStream::connect(&self.address).unwrap();
        let head = format!("GET {path} HTTP/1.1\r\nhost: x\r\naccept: {accept}\r\nconnection: close\r\n\r\n");
        stream.write_all(head.as_bytes()).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        let status = answer.split(' ').nth(1).unwrap().parse().unwrap();
        (status, answer)
    }

    fn metric(&self, name: &str, labels: &[(&str, &str)]) -> Option<f64> {
        metric(&self.get("/metrics", "").1, name, labels)
    }

    /// Waits until a series is as it should be.
    fn until(&self, name: &str, labels: &[(&str, &str)], is_it: impl Fn(Option<f64>) -> bool) {
        let end = Instant::now() + PATIENCE;
        loop {
            let value = self.metric(name, labels);
            if is_it(value) {
                return;
            }
            assert!(Instant::now() < end, "{name} {labels:?} is {value:?}: {}", self.get("/metrics", "").1);
            thread::sleep(Duration::from_millis(50));
        }
    }

    /// Waits for a run's line.
    fn run(&self) -> Value {
        serde_json::from_str(&self.lines.recv_timeout(PATIENCE).unwrap()).unwrap()
    }

    fn terminate(&mut self) -> Option<i32> {
        let kill = format!("kill -TERM {}", self.child.id());
        assert!(Command::new("/bin/sh").args(["-c", &kill]).status().unwrap().success());
        self.child.wait().unwrap().code()
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The lines of an output, as they come.
fn heard(output: impl Read + Send + 'static) -> Receiver<String> {
    let (tell, lines) = channel();
    thread::spawn(move || {
        for line in BufReader::new(output).lines() {
            let Ok(line) = line else { return };
            if tell.send(line).is_err() {
                return;
            }
        }
    });
    lines
}

#[test]
fn it_answers_in_both_formats_and_ends_when_it_is_asked_to() {
    let world = World::new();
    let mut daemon = Daemon::start(&world, &["--interval", "2s", IMAGE]);
    let report = daemon.run();
    assert_eq!(
        (&report["schema"], &report["targets"][0]["result"]),
        (&"ecrpass/canary/1".into(), &"ok".into())
    );
    daemon.until("ecrpass_canary_up", &[("target", "team/app:canary")], |value| value == Some(1.0));
    assert_eq!(daemon.metric("ecrpass_canary_interval_seconds", &[]), Some(2.0));
    let (status, text) = daemon.get("/metrics", "text/plain");
    assert!(
        status == 200
            && text.to_ascii_lowercase().contains("content-type: text/plain; version=0.0.4; charset=utf-8"),
        "{text}"
    );
    let (_, open) = daemon.get("/metrics", "application/openmetrics-text;version=1.0.0,text/plain;q=0.5");
    assert!(
        open.to_ascii_lowercase()
            .contains("content-type: application/openmetrics-text; version=1.0.0; charset=utf-8"),
        "{open}"
    );
    assert!(open.ends_with("# EOF\n"), "{open}");
    assert_eq!(
        ["/livez", "/healthz", "/readyz", "/x"].map(|path| daemon.get(path, "").0),
        [200, 200, 200, 404]
    );
    assert_eq!(daemon.terminate(), Some(0));
    assert!(TcpStream::connect(&daemon.address).is_err());
}

#[test]
fn a_lost_right_is_seen_within_an_interval_and_the_cause_goes_with_it() {
    let world = World::new();
    let daemon = Daemon::start(&world, &["--interval", "2s", IMAGE]);
    assert_eq!(daemon.run()["targets"][0]["result"], "ok");
    world.ecr.add_fault("deny:registry:GetManifest".parse().unwrap());
    let cause = [("cause", "iam-missing-pull-action")];
    daemon.until("ecrpass_canary_cause", &cause, |value| value == Some(1.0));
    assert_eq!(daemon.metric("ecrpass_canary_up", &[]), Some(0.0));
    world.ecr.clear_faults();
    daemon.until("ecrpass_canary_cause", &cause, |value| value.is_none());
    daemon.until("ecrpass_canary_up", &[], |value| value == Some(1.0));
    // What was counted stays.
    assert!(daemon.metric("ecrpass_canary_failures_total", &cause).is_some_and(|count| count >= 1.0));
    assert!(
        daemon.metric("ecrpass_canary_runs_total", &[("result", "ok")]).is_some_and(|count| count >= 2.0)
    );
}

#[test]
fn a_run_that_is_due_while_one_is_under_way_is_left_out() {
    let world = World::with_faults(&["latency:registry:GetManifest=5s"]);
    let daemon =
        Daemon::start(&world, &["--interval", "2s", "--deadline", "40s", "--patience", "30s", IMAGE]);
    assert_eq!(daemon.get("/readyz", "").0, 503);
    assert_eq!(daemon.run()["targets"][0]["result"], "ok");
    daemon.until("ecrpass_canary_skipped_total", &[], |value| value.is_some_and(|count| count >= 1.0));
    let runs = daemon.metric("ecrpass_canary_runs_total", &[("result", "ok")]).unwrap();
    // One after the other: as many tokens as runs, but for the one under way.
    assert!(world.ecr.call_count("GetAuthorizationToken") as f64 <= runs + 2.0);
}

#[test]
fn a_changed_file_changes_the_targets() {
    let world = World::new();
    world.ecr.put_image(ACCOUNT, REGION, "team/b", "canary", &TinyImage::new("b")).unwrap();
    let file = |images: &[&str]| {
        let targets = images.iter().map(|image| format!("[[target]]\nimage = \"{REGISTRY}/{image}\"\n"));
        format!("interval = \"2s\"\n{}", targets.collect::<String>())
    };
    // As the kubelet mounts a ConfigMap: a link to a directory that is exchanged.
    world.home.write("one/canary.toml", &file(&["team/app:canary"]), 0o600);
    world.home.write("two/canary.toml", &file(&["team/b:canary", "team/app:canary"]), 0o600);
    world.home.write("bad/canary.toml", "interval = 1 s\n", 0o600);
    let point_to = |directory: &str| {
        let _ = std::fs::remove_file(world.home.path("new"));
        std::os::unix::fs::symlink(directory, world.home.path("new")).unwrap();
        std::fs::rename(world.home.path("new"), world.home.path("data")).unwrap();
    };
    point_to("one");
    let daemon = Daemon::start(&world, &["--config", "data/canary.toml"]);
    daemon.until("ecrpass_canary_up", &[("target", "team/app:canary")], |value| value == Some(1.0));
    assert_eq!(daemon.metric("ecrpass_canary_up", &[("target", "team/b:canary")]), None);
    point_to("two");
    daemon.until("ecrpass_canary_up", &[("target", "team/b:canary")], |value| value == Some(1.0));
    let before = daemon.metric("ecrpass_canary_runs_total", &[("target", "team/app:canary")]).unwrap();
    assert!(before >= 1.0);
    // One that is wrong changes nothing, and is told of.
    point_to("bad");
    let end = Instant::now() + PATIENCE;
    let note = loop {
        let note = daemon.notes.recv_timeout(end.saturating_duration_since(Instant::now())).unwrap();
        if note.contains("stay as they were") {
            break note;
        }
    };
    assert!(note.contains("data/canary.toml:1:"), "{note}");
    daemon.until("ecrpass_canary_runs_total", &[("target", "team/app:canary")], |value| {
        value.unwrap() > before
    });
    world.home.write("one/canary.toml", &file(&["team/b:canary"]), 0o600);
    point_to("one");
    daemon.until("ecrpass_canary_up", &[("target", "team/app:canary")], |value| value.is_none());
}

#[test]
fn a_target_behind_a_cache_rule_is_dropped_and_the_others_are_run() {
    let world = World::new();
    world.ecr.add_cache_rule(ACCOUNT, "docker-hub", "registry-1.docker.io").unwrap();
    let cached = format!("{REGISTRY}/docker-hub/library/redis:7");
    let daemon = Daemon::start(&world, &["--interval", "2s", IMAGE, &cached]);
    daemon.until("ecrpass_canary_runs_total", &[("target", "team/app:canary")], |value| {
        value.is_some_and(|runs| runs >= 2.0)
    });
    assert!(!daemon.get("/metrics", "").1.contains("docker-hub"));
    assert_eq!(daemon.get("/readyz", "").0, 200);
    // Nothing else to do is the end.
    let mut alone = Daemon::start(&world, &["--interval", "2s", &cached]);
    assert_eq!(alone.child.wait().unwrap().code(), Some(2));
    assert_eq!(world.ecr.calls().iter().filter(|call| call.path.contains("redis")).count(), 0);
}

#[test]
fn files_and_pushes_that_fail_are_counted_and_stop_nothing() {
    let world = World::new();
    let daemon = Daemon::start(
        &world,
        &["--interval", "2s", "--otlp", "http://127.0.0.1:1", "--metrics-file", "nowhere/x.prom", IMAGE],
    );
    for exporter in ["otlp", "metrics-file"] {
        daemon.until("ecrpass_canary_export_failures_total", &[("exporter", exporter)], |value| {
            value.is_some()
        });
    }
    daemon.until("ecrpass_canary_runs_total", &[("result", "ok")], |value| {
        value.is_some_and(|runs| runs >= 2.0)
    });
}

#[test]
fn whoever_asks_for_nonsense_or_for_ever_hinders_nobody() {
    let world = World::new();
    let daemon = Daemon::start(&world, &["--interval", "2s", IMAGE]);
    // Connections that say nothing, or too much.
    let mut open: Vec<TcpStream> = (0..20).map(|_| TcpStream::connect(&daemon.address).unwrap()).collect();
    for (at, stream) in open.iter_mut().enumerate() {
        let _ = match at % 3 {
            0 => stream.write_all(b"GET /metrics HTT"),
            1 => stream.write_all(&vec![b'x'; 64 * 1024]),
            _ => Ok(()),
        };
    }
    daemon.until("ecrpass_canary_up", &[], |value| value == Some(1.0));
    let mut stream = TcpStream::connect(&daemon.address).unwrap();
    stream
        .write_all(b"POST /metrics HTTP/1.1\r\nhost: x\r\ncontent-length: 0\r\nconnection: close\r\n\r\n")
        .unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 405"), "{answer}");
}

const CHART: &str = include_str!("../../../charts/ecrpass/templates/canary/workload.yaml");

#[test]
fn targets_that_get_no_turn_are_told_by_its_health_and_accounts_are_hidden() {
    // More targets than run at once, each of which takes longer than its interval.
    let world = World::with_faults(&["latency:registry:Ping=20s"]);
    let tags: Vec<String> = (0..70).map(|tag| format!("{REGISTRY}/team/app:{tag}")).collect();
    let mut arguments = vec!["--mask-accounts", "--interval", "2s", "--deadline", "60s", "--patience", "30s"];
    arguments.extend(tags.iter().map(String::as_str));
    let daemon = Daemon::start(&world, &arguments);
    let end = Instant::now() + PATIENCE;
    loop {
        let (status, answer) = daemon.get("/healthz", "");
        if status == 503 {
            assert!(answer.contains("not run on time"), "{answer}");
            break;
        }
        assert!(Instant::now() < end, "{answer}");
        thread::sleep(Duration::from_millis(200));
    }
    // What only has too much to do is not killed by Kubernetes.
    for probed in [include_str!("../../../charts/manifests/canary.yaml"), CHART] {
        let (_, probe) = probed.split_once("livenessProbe:").unwrap();
        let (_, path) = probe.split_once("path: ").unwrap();
        let path = path.split(',').next().unwrap();
        assert_eq!(daemon.get(path, ""), (200, daemon.get("/livez", "").1), "{path}");
    }
    let (_, metrics) = daemon.get("/metrics", "");
    assert!(metrics.contains("ecrpass_canary_interval_seconds{") && !metrics.contains(ACCOUNT), "{metrics}");
    // One whose runs take long, and are begun, is well.
    let daemon =
        Daemon::start(&world, &["--interval", "2s", "--deadline", "60s", "--patience", "30s", IMAGE]);
    daemon.until("ecrpass_canary_skipped_total", &[], |value| value.is_some_and(|count| count >= 3.0));
    assert_eq!(daemon.get("/healthz", "").0, 200);
}
