//! `cargo xtask bench-audit`: how long an audit takes over a tree of 100,000 files, beside `rg` looking for the texts of
//! its prefilter in the same run, and how much memory it holds for that tree and for a quarter of it.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Instant;

use anyhow::{Context, Result, ensure};
use ecrpass_audit::prefilter::{SECRETS, SUBJECTS};

use crate::command::say;
use crate::measured;

/// How many files there are.
const FILES: usize = 100_000;
/// How much of them are pipelines, in bytes.
const PIPELINES: usize = 10_000_000;
/// How often each program is run; the best time counts, as the machine is at its quietest then.
const RUNS: usize = 3;

/// Measures and says so.
pub fn run() -> Result<()> {
    let program = measured::program()?;
    let directory = tempfile::tempdir()?;
    let texts = directory.path().join("texts");
    fs::write(&texts, [SECRETS.as_slice(), SUBJECTS.as_slice()].concat().join("\n"))?;
    for (name, share) in [("a quarter", 4), ("the whole", 1)] {
        let tree = directory.path().join(format!("tree-{share}"));
        plant(&tree, FILES / share, PIPELINES / share)?;
        let audit = || {
            let mut audit = Command::new(&program);
            audit.args(["audit", "--quiet", "--fail-on", "never", "--format", "json"]).arg(&tree);
            audit
        };
        let mut ours = f64::INFINITY;
        let mut peer = f64::INFINITY;
        for _ in 0..RUNS {
            ours = ours.min(seconds(audit())?);
            let mut rg = Command::new("rg");
            rg.args(["--fixed-strings", "--ignore-case", "--hidden", "--files-with-matches", "--file"])
                .arg(&texts)
                .arg(&tree);
            peer = peer.min(seconds(rg).unwrap_or(f64::NAN));
        }
        let ratio = ours / peer;
        let peak = peak(audit())? / 1024;
        say(&format!(
            "  {name} of {FILES} files: ecrpass audit {ours:.2} s, rg {peer:.2} s, ratio {ratio:.2}; {peak} MiB"
        ));
    }
    Ok(())
}

/// Writes a tree: sources, documents and data in which nothing is, some scripts, and pipelines.
fn plant(root: &Path, files: usize, pipelines: usize) -> Result<()> {
    let kinds = ["rs", "go", "ts", "md", "json", "txt", "yaml", "py"];
    let filler = "let the value of the next line be what it was before, and nothing else\n".repeat(40);
    for number in 0..files {
        let place = root.join(format!("m{}/p{}", number % 97, number / 97 % 53));
        if number < 97 * 53 {
            fs::create_dir_all(&place)?;
        }
        let kind = kinds.get(number % kinds.len()).copied().unwrap_or("txt");
        let length = filler.len() * (number * 7919 % 100) / 100;
        let text = filler.get(..length).unwrap_or(&filler);
        fs::write(place.join(format!("f{number}.{kind}")), format!("// {number}\n{text}"))?;
    }
    let workflows = root.join(".github/workflows");
    fs::create_dir_all(&workflows)?;
    let (mut written, mut number) = (0, 0);
    while written < pipelines {
        let text = workflow(number);
        written += text.len();
        fs::write(workflows.join(format!("w{number}.yml")), text)?;
        number += 1;
    }
    Ok(())
}

/// A workflow without a fault.
fn workflow(number: usize) -> String {
    let mut text = format!(
        "name: build {number}\non: push\npermissions: {{ id-token: write, contents: read }}\njobs:\n"
    );
    for job in 0..12 {
        let _ = write!(
            text,
            "  build-{job}:\n    runs-on: ubuntu-latest\n    timeout-minutes: 30\n    steps:\n      - uses: actions/checkout@v4\n      - uses: aws-actions/configure-aws-credentials@v6\n        with:\n          role-to-assume: arn:aws:iam::123456789012:role/ci\n          aws-region: eu-west-1\n      - uses: aws-actions/amazon-ecr-login@v2\n      - run: |\n          docker build -t 123456789012.dkr.ecr.eu-west-1.amazonaws.com/app-{number}:$GITHUB_SHA .\n          docker push 123456789012.dkr.ecr.eu-west-1.amazonaws.com/app-{number}:$GITHUB_SHA\n"
        );
    }
    text
}

fn seconds(mut command: Command) -> Result<f64> {
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    let started = Instant::now();
    let status = command.status().with_context(|| format!("cannot run {:?}", command.get_program()))?;
    ensure!(status.code().is_some_and(|code| code < 3), "{:?} failed: {status}", command.get_program());
    Ok(started.elapsed().as_secs_f64())
}

/// The most memory it holds, in kilobytes, by GNU time.
fn peak(measured: Command) -> Result<u64> {
    let mut command = Command::new("/usr/bin/time");
    command.args(["--format", "%M", "--quiet"]).arg(measured.get_program()).args(measured.get_args());
    let output =
        command.stdout(Stdio::null()).output().context("cannot run /usr/bin/time: apt-get install time")?;
    let text = String::from_utf8_lossy(&output.stderr);
    text.lines().last().unwrap_or_default().trim().parse().with_context(|| format!("GNU time says {text}"))
}
