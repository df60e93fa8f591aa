//! `cargo xtask bench-trail`: how fast trails are read, by one thread and by two, and in how much memory as they grow,
//! beside `zcat` that only unpacks the same files, and DuckDB with what `trail sql` prints for it, where it is installed.

use std::fs::{self, File};
use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Instant;

use anyhow::{Context, Result, ensure};
use ecrpass_core::time::{basic, rfc3339};
use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::{Value, json};

use crate::command::{command, say, target};

/// How many files of a trail there are, each time: what is held must not grow with them.
const GROWING: [usize; 3] = [100, 200, 400];

/// How many records a file has.
const RECORDS: u64 = 2000;

/// How often each program is run; the best time counts, as the machine is at its quietest then.
const RUNS: usize = 3;

/// 2026-11-24T00:00:00Z.
const BEGIN: i64 = 1_795_478_400;

/// Measures and says so.
pub fn run() -> Result<()> {
    let built =
        command("cargo build --quiet --locked --release -p ecrpass-trail --features fast --example scan")
            .status()?;
    ensure!(built.success(), "the example `scan` cannot be built");
    let program = target().join("release/examples/scan");
    let directory = tempfile::tempdir()?;
    let mut written = 0;
    let mut number = 0;
    for files in GROWING {
        while written < files {
            write_file(directory.path(), written, &mut number)?;
            written += 1;
        }
        for threads in ["1", "2"] {
            say(&format!("{files} files, threads: {threads}"));
            let mut scan = Command::new(&program);
            let output = scan.args(["--threads", threads]).arg(directory.path()).output()?;
            ensure!(output.status.success(), "`scan` failed");
            String::from_utf8_lossy(&output.stdout).lines().for_each(|line| say(&format!("  {line}")));
        }
    }
    let unpack = "find . -name '*.gz' -print0 | xargs -0 zcat > /dev/null";
    say(&format!(
        "zcat alone: {:.2} s",
        best(Command::new("sh").args(["-c", unpack]).current_dir(directory.path()))?
    ));
    match duckdb(directory.path()) {
        Ok(seconds) => say(&format!("DuckDB, the first question: {seconds:.2} s")),
        Err(error) => say(&format!("DuckDB is not measured: {error}")),
    }
    Ok(())
}

/// DuckDB's time for who fails with what, on the files as they lie.
fn duckdb(directory: &Path) -> Result<f64> {
    let location = directory.display().to_string();
    let mut ask = command("cargo run --quiet --locked -- trail sql duckdb --question errors");
    let output = ask.args(["--location", &location]).output()?;
    ensure!(output.status.success(), "`trail sql` failed");
    let question = directory.join("question.sql");
    fs::write(&question, output.stdout)?;
    best(Command::new("duckdb").stdin(Stdio::null()).arg("-f").arg(&question))
}

fn best(program: &mut Command) -> Result<f64> {
    let mut best = f64::INFINITY;
    for _ in 0..RUNS {
        let began = Instant::now();
        let status = program.stdout(Stdio::null()).status().with_context(|| format!("{program:?}"))?;
        ensure!(status.success(), "{program:?} failed");
        best = best.min(began.elapsed().as_secs_f64());
    }
    Ok(best)
}

/// One file as CloudTrail delivers it: a sixth of it is ECR's, and of that one call in twenty is refused.
fn write_file(directory: &Path, file: usize, number: &mut u64) -> Result<()> {
    let account = match file % 3 {
        0 => "444455556666",
        1 => "123456789012",
        _ => "111122223333",
    };
    let written = BEGIN + i64::try_from(file)? * 100;
    let day = directory.join(format!("AWSLogs/{account}/CloudTrail/eu-west-1/2026/11/24"));
    fs::create_dir_all(&day)?;
    let stamp = basic(written);
    let name =
        format!("{account}_CloudTrail_eu-west-1_{}Z_{file:016}.json.gz", stamp.get(..13).unwrap_or_default());
    let mut records = Vec::new();
    for _ in 0..RECORDS {
        *number += 1;
        records.push(record(*number, account, written));
    }
    let mut encoder = GzEncoder::new(File::create(day.join(name))?, Compression::default());
    encoder.write_all(json!({ "Records": records }).to_string().as_bytes())?;
    encoder.finish()?;
    Ok(())
}

fn record(number: u64, account: &str, written: i64) -> Value {
    // Mixes the bits, so that ids do not compress better than real ones.
    let mut id = number.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    id = (id ^ id >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let id = format!("{id:016x}{:016x}", id.wrapping_mul(0x94d0_49bb_1331_11eb));
    let (source, name) = match number % 6 {
        0 => ("ecr.amazonaws.com", "BatchGetImage"),
        1 => ("ec2.amazonaws.com", "DescribeInstances"),
        2 => ("secretsmanager.amazonaws.com", "GetSecretValue"),
        3 => ("kms.amazonaws.com", "Decrypt"),
        4 => ("sts.amazonaws.com", "AssumeRole"),
        _ => ("s3.amazonaws.com", "GetBucketAcl"),
    };
    let role = number % 40;
    let session = number % 977;
    let mut record = json!({
        "eventVersion": "1.11",
        "userIdentity": {
            "type": "AssumedRole", "principalId": format!("AROAEXAMPLE{role:010}:i-{session:017x}"),
            "arn": format!("arn:aws:sts::{account}:assumed-role/node-{role}/i-{session:017x}"), "accountId": account,
            "accessKeyId": format!("ASIA{session:016}"),
            "sessionContext": {
                "sessionIssuer": {
                    "type": "Role", "principalId": format!("AROAEXAMPLE{role:010}"),
                    "arn": format!("arn:aws:iam::{account}:role/nodes/node-{role}"), "accountId": account,
                    "userName": format!("node-{role}")
                },
                "webIdFederationData": {},
                "attributes": { "creationDate": "2026-11-24T00:00:00Z", "mfaAuthenticated": "false" },
                "ec2RoleDelivery": "2.0"
            },
        },
        "eventTime": rfc3339(written + i64::try_from(number % 300).unwrap_or_default()),
        "eventSource": source, "eventName": name, "awsRegion": "eu-west-1", "sourceIPAddress": "10.20.30.40",
        "userAgent": "aws-sdk-go-v2/1.32.5 os/linux lang/go#1.23.4 md/GOOS#linux md/GOARCH#amd64",
        "requestParameters": { "registryId": "123456789012", "repositoryName": format!("team/app-{}", number % 50) },
        "responseElements": null, "requestID": id.get(4..), "eventID": id, "readOnly": true, "eventType": "AwsApiCall",
        "managementEvent": true, "recipientAccountId": account, "eventCategory": "Management",
        "tlsDetails": {
            "tlsVersion": "TLSv1.3", "cipherSuite": "TLS_AES_128_GCM_SHA256",
            "clientProvidedHostHeader": format!("{source}.eu-west-1.amazonaws.com")
        },
    });
    if number.is_multiple_of(120)
        && let Some(record) = record.as_object_mut()
    {
        record.insert("errorCode".to_owned(), "AccessDenied".into());
        let words = "because no identity-based policy allows the ecr:BatchGetImage action";
        record.insert("errorMessage".to_owned(), words.into());
    }
    record
}
