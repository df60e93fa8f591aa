//! `cargo xtask bench-explain`: how fast `explain` reads a large log in which nothing, or little, is ECR's, beside
//! `grep` looking for the same texts in the same run.

use std::fs::{self, File};
use std::io::{BufWriter, Write};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Instant;

use anyhow::{Context, Result, ensure};
use ecrpass_diagnosis::engine::explain::GATES;

use crate::command::{command, say, target};

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
    let built = command("cargo build --quiet --locked --profile release-lto -p ecrpass").status()?;
    ensure!(built.success(), "ecrpass cannot be built");
    let program = target().join("release-lto/ecrpass");
    let directory = tempfile::tempdir()?;
    let gates = directory.path().join("gates");
    fs::write(&gates, GATES.join("\n"))?;
    for (name, every) in [("nothing in it", None), ("a failure every 10,000 lines", Some(10_000))] {
        let log = directory.path().join("log");
        write_log(&log, every)?;
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

fn write_log(path: &Path, every: Option<usize>) -> Result<()> {
    let mut file = BufWriter::new(File::create(path)?);
    let (mut size, mut number) = (0, 0);
    while size < SIZE {
        // Any order will do, as long as it is always the same.
        let line = LINES.get(number * 7919 % 6151 % LINES.len()).copied().unwrap_or(FAILURE);
        let line = if every.is_some_and(|every| number % every == every / 2) { FAILURE } else { line };
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
