//! Runs of commands that are held to their limits of time and memory.

#![allow(clippy::indexing_slicing, clippy::unwrap_used, clippy::print_stdout)] // a test's way of failing

use std::fs;
use std::process::Command;
use std::sync::{Mutex, OnceLock};
use std::thread;
use std::time::{Duration, Instant};

use crate::common::{ECRPASS, HOST, Home, expired_login};

/// What a run may take beyond its deadline.
const GRACE: Duration = Duration::from_millis(500);

/// The most memory of a run and of what it started, in kB.
const MOST: u64 = 64 * 1024;

/// What of that is the program's own, in kB. One built for tests has several times the code of the one that ships: what it
/// takes beyond this is not counted.
const OWN: u64 = 16 * 1024;

/// What a run may compute, in seconds: programs built for tests are slow.
const COMPUTED: f64 = 10.0;

/// How many runs at a time; most of them wait.
const AT_A_TIME: usize = 4;

/// A run of a command.
pub struct Run {
    pub code: Option<i32>,
    pub said: String,
    pub took: Duration,
    /// The most memory, in kB.
    pub memory: u64,
    /// Time of processors, in seconds.
    pub computed: f64,
}

/// Runs a command below GNU time, which is small: a child of ours would be charged with our own memory. What a program
/// takes that was built for tests, beyond [`OWN`] and without anything to do, does not count.
pub fn run(home: &Home, arguments: &[&str], variables: &[(&str, String)]) -> Run {
    let mut run = measured(home, arguments, variables);
    let uncounted = if cfg!(debug_assertions) { code_of_tests(arguments) } else { 0 };
    run.memory = run.memory.saturating_sub(uncounted);
    run
}

fn measured(home: &Home, arguments: &[&str], variables: &[(&str, String)]) -> Run {
    let figures = home.path("figures");
    let mut command = Command::new("/usr/bin/time");
    command.args(["-q", "-f", "%M %U %S", "-o"]).arg(&figures).arg(ECRPASS).args(arguments);
    home.furnish(&mut command);
    command.env("PATH", home.path("bin")).env("AWS_EC2_METADATA_DISABLED", "true");
    command.envs(variables.iter().map(|(name, value)| (name, value)));
    let started = Instant::now();
    let output = command.output().unwrap();
    let took = started.elapsed();
    let text = fs::read_to_string(&figures).unwrap();
    let numbers: Vec<f64> = text.split_whitespace().map(|number| number.parse().unwrap()).collect();
    let said = [output.stdout, output.stderr].concat();
    Run {
        code: output.status.code(),
        said: String::from_utf8_lossy(&said).into_owned(),
        took,
        memory: numbers[0] as u64,
        computed: numbers[1] + numbers[2],
    }
}

/// What the program takes beyond [`OWN`] with next to nothing to do, in kB. Commands that read scripts, pipelines and
/// policies have more code than the others.
fn code_of_tests(arguments: &[&str]) -> u64 {
    static BEYOND: [OnceLock<u64>; 2] = [OnceLock::new(), OnceLock::new()];
    let has_more =
        ["alarms", "audit", "canary", "kubelet", "policy", "setup", "trail"].contains(&arguments[0]);
    let idle: &[&str] = if has_more { &["audit", "build.log"] } else { &["--version"] };
    *BEYOND[usize::from(has_more)].get_or_init(|| {
        let (home, variables) = furnished();
        measured(&home, idle, &variables).memory.saturating_sub(OWN)
    })
}

/// A home in which everything works but the network: nothing listens on port 1.
pub fn furnished() -> (Home, Vec<(&'static str, String)>) {
    let home = Home::with_helper();
    let docker = format!(r#"{{"auths": {{"{HOST}": {{"auth": "{}"}}}}}}"#, expired_login());
    home.write(".docker/config.json", &docker, 0o600);
    home.write(".config/ecrpass/config.toml", "deadline = \"1s\"\n", 0o600);
    home.write("build.log", &format!("Error: pull {HOST}/a: no basic auth credentials\n"), 0o644);
    let variables = [
        ("AWS_ACCESS_KEY_ID", "AKIARZPUZDIKGB2VALC4"),
        ("AWS_SECRET_ACCESS_KEY", "s"),
        ("AWS_ENDPOINT_URL", "http://127.0.0.1:1"),
        ("HTTPS_PROXY", "http://127.0.0.1:1"),
    ];
    (home, variables.map(|(name, value)| (name, value.to_owned())).into())
}

/// Judges runs that are made anew for each try, several at a time, and says what was counted.
pub fn judge<T: Send>(what: &str, cases: Vec<T>, check: impl Fn(T) -> Verdict + Sync) {
    let number = cases.len();
    let left = Mutex::new(cases);
    let verdicts = Mutex::new(Vec::new());
    thread::scope(|scope| {
        for _ in 0..AT_A_TIME {
            scope.spawn(|| {
                loop {
                    let next = left.lock().unwrap().pop();
                    let Some(case) = next else { break };
                    let verdict = check(case);
                    verdicts.lock().unwrap().push(verdict);
                }
            });
        }
    });
    let verdicts = verdicts.into_inner().unwrap();
    let of = |is: fn(&Verdict) -> bool| verdicts.iter().filter(|verdict| is(verdict)).count();
    let late = of(|verdict| verdict.late.is_some());
    let heavy = of(|verdict| verdict.memory > MOST);
    let most = verdicts.iter().map(|verdict| verdict.memory).max().unwrap_or(0);
    println!("counted: runs={number} timed={number} late={late} heavy={heavy}");
    println!("attacked: {number} runs of commands, {what}: {most} kB at most, {late} late");
    let wrong: Vec<&String> = verdicts.iter().filter_map(|verdict| verdict.wrong.as_ref()).collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
    let late: Vec<&String> = verdicts.iter().filter_map(|verdict| verdict.late.as_ref()).collect();
    assert!(late.is_empty(), "{late:#?}");
    assert_eq!(heavy, 0, "{most} kB");
    assert!(number > 5);
}

/// What came of a case.
pub struct Verdict {
    memory: u64,
    late: Option<String>,
    wrong: Option<String>,
}

/// How much longer than on an idle machine it takes to compute for so many seconds, here and now.
fn delay(computed: f64) -> Duration {
    let (home, variables) = furnished();
    let run = run(&home, &["--version"], &variables);
    // Times of processors are told in hundredths.
    let stretch = run.took.as_secs_f64() / run.computed.max(0.02);
    Duration::from_secs_f64(computed * (stretch - 2.0).max(0.0))
}

/// Holds a run to its limits. Up to three times: what is late by nature is late each time, what a busy machine delays is
/// not.
pub fn held_to(limit: Duration, what: &str, mut run: impl FnMut() -> Run) -> Verdict {
    let mut verdict = Verdict { memory: 0, late: None, wrong: None };
    let mut took = Vec::new();
    for _ in 0..3 {
        let run = run();
        verdict.memory = verdict.memory.max(run.memory);
        // Not ended by a signal, which GNU time adds to 128, and no bug.
        if run.code.is_none_or(|code| code > 3) || run.said.contains("a bug in") {
            verdict.wrong = Some(format!("{what}: {:?} {}", run.code, run.said));
        } else if run.memory > MOST || run.computed > COMPUTED {
            verdict.wrong = Some(format!("{what}: {} kB, computed for {} s", run.memory, run.computed));
        }
        took.push(run.took);
        if run.took <= limit + GRACE || run.took <= limit + GRACE + delay(run.computed) {
            return verdict;
        }
    }
    verdict.late = Some(format!("{what} took {took:?}, and may take {limit:?}"));
    verdict
}
