//! A model of 5,000 namespaces whose pull secrets are kept fresh for 48 hours, and how often AWS is asked for a token
//! meanwhile: by the operator's own timetable, and by a CronJob in each namespace, as guides write it.
//!
//! What it finds is written to docs/fleet/namespaces.csv, of which `cargo xtask generate` makes a plot; with
//! ECRPASS_WRITE_FLEET set, this test writes it anew.

use std::path::Path;

use ecrpass_core::token::LIFETIME;

use crate::digest;
use crate::renewal::token_due;

const NAMESPACES: u64 = 5_000;
const HOUR: i64 = 3600;
const END: i64 = 48 * HOUR;

/// Sources of credentials times regions: as many calls are needed each half of a token's life.
const TOKENS: usize = 20;

/// AWS answers so many calls of one account in one region in a second.
const QUOTA: u32 = 500;

/// How long it takes until the pods of jobs that are due in the same second run, in seconds.
const JOB_START: u64 = 10;

/// A row of the file, in seconds.
const ROW: usize = 300;

fn seconds() -> Vec<u32> {
    vec![0; usize::try_from(END).unwrap()]
}

/// The operator: a call for each token at its start, and then whenever its timetable says so.
fn operator() -> Vec<u32> {
    let mut calls = seconds();
    for token in 0..TOKENS {
        let mut issued = 0;
        while issued < END {
            calls[usize::try_from(issued).unwrap()] += 1;
            issued = token_due(issued, issued + LIFETIME, &format!("source {token}"));
        }
    }
    calls
}

/// `0 */6 * * *` in each namespace.
fn cron_jobs() -> Vec<u32> {
    let mut calls = seconds();
    for namespace in 0..NAMESPACES {
        for (run, at) in (0..END).step_by(6 * 3600).enumerate() {
            let late = digest::number(&format!("{namespace} {run}")) % JOB_START;
            calls[usize::try_from(at).unwrap() + usize::try_from(late).unwrap()] += 1;
        }
    }
    calls
}

fn peak(calls: &[u32]) -> u32 {
    calls.iter().copied().max().unwrap_or_default()
}

#[test]
fn namespaces_cost_no_calls() {
    let (ours, theirs) = (operator(), cron_jobs());
    let total = |calls: &[u32]| calls.iter().map(|calls| u64::from(*calls)).sum::<u64>();
    // At the start all at once; later each at its own time.
    assert_eq!(peak(&ours), u32::try_from(TOKENS).unwrap());
    assert!(peak(&ours[60..]) <= 4, "{}", peak(&ours[60..]));
    // Half life less a tenth of it, at the earliest.
    let most = TOKENS as i64 * (1 + END / (LIFETIME / 2 - LIFETIME / 20));
    assert!(total(&ours) <= u64::try_from(most).unwrap(), "{} of {most}", total(&ours));
    assert_eq!(total(&theirs), NAMESPACES * 8);
    // The model is none if nobody has the trouble that it is about.
    assert!(peak(&theirs) > QUOTA, "{}", peak(&theirs));

    let rows = ours.chunks(ROW).zip(theirs.chunks(ROW)).enumerate();
    let rows: String = rows
        .map(|(row, (ours, theirs))| format!("{},{},{}\n", row * ROW / 60, peak(ours), peak(theirs)))
        .collect();
    let text = format!(
        "# {NAMESPACES} namespaces, {TOKENS} tokens: calls to GetAuthorizationToken in the worst second of five minutes. In all: {} by the operator, {} by CronJobs\nminute,operator,cronjobs\n{rows}",
        total(&ours),
        total(&theirs)
    );
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/fleet/namespaces.csv");
    if std::env::var_os("ECRPASS_WRITE_FLEET").is_some() {
        std::fs::write(&path, &text).unwrap();
    }
    let written = std::fs::read_to_string(path).unwrap_or_default();
    assert!(written == text, "docs/fleet/namespaces.csv is out of date: run this with ECRPASS_WRITE_FLEET=1");
}
