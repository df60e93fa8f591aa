//! `cargo xtask bench-explain`: how fast `explain` reads a large log in which nothing, little, or nearly everything is
//! ECR's, beside `grep` looking for the same texts in the same run.

use std::borrow::Cow;
use std::fs::{self, File};
use std::io::{BufWriter, Write};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Instant;

use anyhow::{Context, Result, ensure};
use ecrpass_diagnosis::engine::explain::GATES;

use crate::command::say;
use crate::measured;

/// The size of the log, in bytes.
const SIZE: usize = 1 << 30;
/// How often each program is run; the best time counts, as the machine is at its quietest then.
const RUNS: usize = 3;

/// What logs are made of, where nothing is wrong.
const LINES: [&str; 7] = [
    "2026-02-11T09:14:03.118Z INFO  [http-nio-8080-exec-4] c.e.orders.OrderController : GET /orders/4711 200 in 12 ms, 3 rows, cache hit\n",
    "{\"level\":\"info\",\"ts\":\"2026-02-11T09:14:03.118Z\",\"caller\":\"server/server.go:214\",\"msg\":\"request served\",\"path\":\"/v1/users/42\",\"status\":200,\"duration\":\"3.4ms\"}\n",
    "Feb 11 09:14:03 ip-10-0-3-4 kernel: [12345.678901] audit: type=1400 audit(1707642843.118:42): apparmor=\"ALLOWED\" operation=\"open\" name=\"snapd\"\n",
    "10.0.3.4 - - [11/Feb/2026:09:14:03 +0000] \"GET /static/app.js HTTP/1.1\" 304 0 \"-\" \"Mozilla/5.0 (X11; Linux x86_64)\"\n",
    "I0211 09:14:03.118000    1234 reconciler.go:211] \"operationExecutor.VerifyControllerAttachedVolume started for volume\" pod=\"default/web-0\"\n",
    "DEBUG worker-7 processed batch 99182 (512 items) in 88ms; queue depth 17; retries 0; next poll in 250ms\n",
    "    at com.example.orders.OrderService.lambda$load$3(OrderService.java:118) ~[classes!/:1.4.2]\n",
];

const FAILURE: &str = "Error response from daemon: Head \"https://123456789012.dkr.ecr.us-east-1.amazonaws.com/v2/team/app/manifests/1\": no basic auth credentials\n";

/// Measures and says so.
pub fn run() -> Result<()> {
    let program = measured::program()?;
    let directory = tempfile::tempdir()?;
    let gates = directory.path().join("gates");
    fs::write(&gates, GATES.join("\n"))?;
    for (name, kind) in [
        ("nothing in it", Kind::Clean),
        ("a failure every 10,000 lines", Kind::Failures(10_000)),
        ("a storm: nine of ten lines are failures", Kind::Storm),
        ("the same, of 40,000 images", Kind::Crowd),
    ] {
        let log = directory.path().join("log");
        write_log(&log, kind)?;
        let mut ours = f64::INFINITY;
        let mut grep = f64::INFINITY;
        for _ in 0..RUNS {
            let mut explain = Command::new(&program);
            ours = ours.min(seconds(explain.args(["--quiet", "explain"]).arg(&log))?);
            let mut peer = Command::new("grep");
            let peer = peer.env("LC_ALL", "C").args(["-F", "-c", "-f"]).arg(&gates).arg(&log);
            grep = grep.min(seconds(peer)?);
        }
        let megabytes = fs::metadata(&log)?.len() as f64 / 1e6;
        say(&format!(
            "  {name}: ecrpass explain {ours:.2} s ({:.0} MB/s), grep -F {grep:.2} s ({:.0} MB/s), ratio {:.2}",
            megabytes / ours,
            megabytes / grep,
            ours / grep
        ));
    }
    Ok(())
}

/// What is in a log.
#[derive(Clone, Copy)]
enum Kind {
    Clean,
    /// A failure in so many lines.
    Failures(usize),
    Storm,
    /// A storm in which hardly two lines name the same image.
    Crowd,
}

/// A name for an image, of letters only: one of 40,000.
fn image_name(number: usize) -> String {
    let mut left = number * 7919 % 40_000;
    let mut name = "shop/svc-".to_owned();
    for _ in 0..4 {
        name.push(char::from(b"abcdefghijklmnopqrstuvwxyz".get(left % 26).copied().unwrap_or_default()));
        left /= 26;
    }
    name
}

/// The images of a storm.
const IMAGES: [&str; 3] = ["shop/web", "shop/api", "team/worker"];

/// A line of an incident, as a kubelet writes it: of an image and many pods.
fn of_a_storm(number: usize, image: &str) -> String {
    const HOST: &str = "123456789012.dkr.ecr.us-east-1.amazonaws.com";
    let second = number / 400;
    let time = format!(
        "{:02}:{:02}:{:02}.{:06}",
        second / 3600 % 24,
        second / 60 % 60,
        second % 60,
        number * 37 % 1_000_000
    );
    let pod = format!("pod=\"shop/web-{:09x}-x{}kqj\"", number * 7919, number % 10);
    let words = match number % 10 {
        0 => {
            return format!(
                "I0211 {time}    1234 reconciler.go:211] \"operationExecutor.VerifyControllerAttachedVolume started for volume\" {pod}\n"
            );
        }
        1..=3 => format!(
            "pod_workers.go:1298] \"Error syncing pod, skipping\" err=\"failed to \\\"StartContainer\\\" for \\\"web\\\" with ImagePullBackOff: \\\"Back-off pulling image \\\\\\\"{HOST}/{image}:1.4.{}\\\\\\\"\\\"\"",
            number % 7
        ),
        _ => format!(
            "kuberuntime_image.go:55] \"Failed to pull image\" err=\"rpc error: code = Unknown desc = failed to pull and unpack image \\\"{HOST}/{image}:1.4.{0}\\\": failed to resolve reference \\\"{HOST}/{image}:1.4.{0}\\\": pull access denied, repository does not exist or may require authorization: authorization failed: no basic auth credentials\"",
            number % 7
        ),
    };
    format!("E0211 {time}    1234 {words} {pod}\n")
}

fn write_log(path: &Path, kind: Kind) -> Result<()> {
    let mut file = BufWriter::new(File::create(path)?);
    let (mut size, mut number) = (0, 0);
    while size < SIZE {
        // Any order will do, as long as it is always the same.
        let line = LINES.get(number * 7919 % 6151 % LINES.len()).copied().unwrap_or(FAILURE);
        let line = match kind {
            Kind::Clean => Cow::Borrowed(line),
            Kind::Failures(every) => Cow::Borrowed(if number % every == every / 2 { FAILURE } else { line }),
            Kind::Storm => {
                Cow::Owned(of_a_storm(number, IMAGES.get(number % 3).copied().unwrap_or_default()))
            }
            Kind::Crowd => Cow::Owned(of_a_storm(number, &image_name(number))),
        };
        file.write_all(line.as_bytes())?;
        size += line.len();
        number += 1;
    }
    file.flush().context("cannot write the log")
}

fn seconds(command: &mut Command) -> Result<f64> {
    let started = Instant::now();
    // Into a pipe: grep stops at the first match when nobody reads the count.
    let status = command.stdin(Stdio::null()).output()?.status;
    // Both say 0 or 1, by what they found.
    ensure!(status.code().is_some_and(|code| code < 2), "{command:?} failed");
    Ok(started.elapsed().as_secs_f64())
}
