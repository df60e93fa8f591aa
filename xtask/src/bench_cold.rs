//! The part of the benchmark that runs in the lab, where AWS's names lead to a local ECR: nothing cached, credentials that
//! cost requests of their own, and many processes at once.

use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;

use anyhow::{Context, Result, bail};

use crate::bench::{HOST, PEER_VARIABLE, PROVIDER_VARIABLE, Target, Wanted, helper, report, table};
use crate::command::print;
use crate::measure::{Figures, Subject, in_turn};
use crate::static_program;
use crate::tools;

/// How many ask at once.
const CROWD: usize = 64;

/// Where the credentials come from: what the table calls it, and the profile in the lab's home; `None` for an access key in
/// the environment.
const CREDENTIALS: [(&str, Option<&str>); 3] =
    [("an access key", None), ("an assumed role", Some("assumed")), ("SSO", Some("sso"))];

/// A helper to be measured.
struct Contender {
    name: &'static str,
    program: PathBuf,
    /// Whether it understands profiles with an `sso_session`.
    knows_sso: bool,
}

/// One kind of credentials, and who is measured with it.
struct Case<'a> {
    what: &'static str,
    profile: Option<&'static str>,
    contenders: Vec<&'a Contender>,
    runs: u32,
}

/// What is the same for all of them.
struct Ring {
    directory: tempfile::TempDir,
    /// The home with the profiles.
    profiles: PathBuf,
    /// The access key.
    key: BTreeMap<&'static str, String>,
    input: PathBuf,
}

/// Measures everything.
///
/// # Errors
/// When it is not run in the lab, or a program fails.
pub fn run(runs: u32) -> Result<()> {
    let directory = tempfile::tempdir()?;
    let input = directory.path().join("host");
    std::fs::write(&input, HOST)?;
    let key = ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"];
    let key = key.iter().map(|name| Ok((*name, variable(name)?))).collect::<Result<_>>()?;
    let ring = Ring { directory, profiles: variable("ECRPASS_LAB_HOME")?.into(), key, input };
    let contenders = [
        Contender { name: "ours", program: static_program::path(), knows_sso: true },
        Contender { name: "Amazon's 0.12.0", program: variable(PEER_VARIABLE)?.into(), knows_sso: true },
        Contender { name: "Amazon's 0.6.0", program: tools::PEER.into(), knows_sso: false },
    ];
    let mut targets = Vec::new();
    for (what, profile) in CREDENTIALS {
        let contenders = contenders.iter().filter(|one| one.knows_sso || profile != Some("sso")).collect();
        let case = Case { what, profile, contenders, runs };
        ring.cold(&case, &mut targets)?;
        ring.warm(&case, &mut targets)?;
        ring.node(&case, &mut targets)?;
        ring.crowd(&case, &mut targets)?;
    }
    print("");
    report(&targets);
    Ok(())
}

impl Ring {
    /// A `get` with these credentials, in a home of its own, so that caches do not meet.
    fn get(&self, contender: &Contender, profile: Option<&str>, home: &Path) -> Result<Command> {
        std::fs::create_dir_all(home)?;
        let mut command = helper(&contender.program, home);
        self.credentials(&mut command, profile);
        // The cache of SSO's tokens is found by the home alone.
        let link = home.join(".aws");
        if !link.exists() {
            std::os::unix::fs::symlink(self.profiles.join(".aws"), link)?;
        }
        Ok(command)
    }

    fn credentials(&self, command: &mut Command, profile: Option<&str>) {
        match profile {
            Some(profile) => command.env("AWS_PROFILE", profile),
            None => command.envs(&self.key),
        };
    }

    /// Every helper, in a home that is named by the state its cache is in.
    fn subjects(&self, state: &str, case: &Case<'_>) -> Result<Vec<Subject>> {
        let subject = |contender: &&Contender| {
            let home = self.directory.path().join(format!("{state} {} {}", case.what, contender.name));
            let command = self.get(contender, case.profile, &home)?;
            Ok(Subject { name: contender.name, command, input: self.input.clone() })
        };
        case.contenders.iter().map(subject).collect()
    }

    /// Nothing cached; also the kubelet's provider, which caches nothing.
    fn cold(&self, case: &Case<'_>, targets: &mut Vec<Target>) -> Result<()> {
        let mut subjects = self.subjects("cold", case)?;
        for subject in &mut subjects {
            subject.command.env("AWS_ECR_DISABLE_CACHE", "1");
        }
        subjects.push(self.provider(case)?);
        let figures = in_turn(&mut subjects, case.runs)?;
        show(&format!("nothing cached, {}", case.what), &subjects, &figures);
        ratio(targets, &format!("cold, {}, times Amazon's 0.12", case.what), &figures, 1.0);
        Ok(())
    }

    /// A token in the cache. A helper that asks for credentials before it looks there pays for them.
    fn warm(&self, case: &Case<'_>, targets: &mut Vec<Target>) -> Result<()> {
        let mut subjects = self.subjects("warm", case)?;
        // The first runs, which are not counted, fill the caches.
        let figures = in_turn(&mut subjects, case.runs)?;
        show(&format!("a token in the cache, {}", case.what), &subjects, &figures);
        ratio(targets, &format!("warm, {}, times Amazon's 0.12", case.what), &figures, 0.1);
        Ok(())
    }

    /// The kubelet's provider with a token in the cache: ours, and cloud-provider-aws's, which has none.
    fn node(&self, case: &Case<'_>, targets: &mut Vec<Target>) -> Result<()> {
        let Some(ours) = case.contenders.first() else { return Ok(()) };
        let home = self.directory.path().join(format!("node {}", case.what));
        let mut command =
            self.get(&Contender { program: self.link(&ours.program)?, ..**ours }, case.profile, &home)?;
        command.arg("get-credentials");
        let provider = self.provider(case)?;
        let input = provider.input.clone();
        let mut subjects = vec![Subject { name: "ours, for the kubelet", command, input }, provider];
        let figures = in_turn(&mut subjects, case.runs)?;
        show(&format!("for the kubelet, a token in our cache, {}", case.what), &subjects, &figures);
        ratio(targets, &format!("kubelet, {}, times upstream's provider", case.what), &figures, 0.1);
        Ok(())
    }

    /// A program by the name that the kubelet calls.
    fn link(&self, program: &Path) -> Result<PathBuf> {
        let link = self.directory.path().join("ecr-credential-provider");
        if !link.exists() {
            std::os::unix::fs::symlink(program, &link)?;
        }
        Ok(link)
    }

    /// cloud-provider-aws's provider.
    fn provider(&self, case: &Case<'_>) -> Result<Subject> {
        let request = self.directory.path().join("request");
        std::fs::write(
            &request,
            format!(
                "{{\"apiVersion\":\"credentialprovider.kubelet.k8s.io/v1\",\"kind\":\"CredentialProviderRequest\",\"image\":\"{HOST}/team/app\"}}"
            ),
        )?;
        let mut provider = Command::new(variable(PROVIDER_VARIABLE)?);
        provider.env_clear().env("HOME", &self.profiles).env("PATH", "/usr/bin:/bin");
        self.credentials(&mut provider, case.profile);
        Ok(Subject { name: "ecr-credential-provider", command: provider, input: request })
    }

    /// Many at once with nothing cached: until the last has its token, and how often ECR was asked for one.
    fn crowd(&self, case: &Case<'_>, targets: &mut Vec<Target>) -> Result<()> {
        let what = case.what;
        print(&format!("\n{CROWD} at once, nothing cached, {what}"));
        print(&format!(
            "{:<30} {:>10} {:>10} {:>10} {:>14} {:>8}",
            "until the last is done", "min ms", "median ms", "max ms", "calls (median)", "failed"
        ));
        let rounds = (case.runs / 8).max(3);
        let mut results: Vec<Crowd> = case.contenders.iter().map(|_| Crowd::default()).collect();
        for round in 0..rounds {
            for (contender, result) in case.contenders.iter().zip(&mut results) {
                let home = self.directory.path().join(format!("crowd {what} {} {round}", contender.name));
                let mut command = self.get(contender, case.profile, &home)?;
                result.add(&mut command, &self.input)?;
            }
        }
        for (contender, result) in case.contenders.iter().zip(&mut results) {
            result.milliseconds.sort_by(f64::total_cmp);
            result.calls.sort_unstable();
            let figures = result.figures();
            print(&format!(
                "{:<30} {:>10.1} {:>10.1} {:>10.1} {:>14} {:>8}",
                contender.name,
                figures.min(),
                figures.median(),
                figures.max(),
                result.median_calls(),
                result.failed
            ));
        }
        if let [ours, peer, ..] = results.as_slice() {
            targets.push(Target {
                what: format!("{CROWD} at once, {what}, times Amazon's 0.12"),
                measured: ours.figures().median() / peer.figures().median(),
                unit: "x",
                wanted: Wanted::AtMost(1.0),
            });
            targets.push(Target {
                what: format!("{CROWD} at once, {what}, calls"),
                measured: ours.median_calls() as f64,
                unit: "",
                wanted: Wanted::AtMost(1.0),
            });
        }
        Ok(())
    }
}

/// What came of many at once.
#[derive(Default)]
struct Crowd {
    milliseconds: Vec<f64>,
    calls: Vec<u64>,
    failed: usize,
}

impl Crowd {
    fn add(&mut self, command: &mut Command, input: &Path) -> Result<()> {
        let before = token_calls()?;
        let started = Instant::now();
        let mut children = Vec::new();
        for _ in 0..CROWD {
            let input = std::fs::File::open(input)?;
            command.stdin(input).stdout(Stdio::null()).stderr(Stdio::null());
            children.push(command.spawn().context("cannot start a helper")?);
        }
        for mut child in children {
            self.failed += usize::from(!child.wait()?.success());
        }
        self.milliseconds.push(started.elapsed().as_secs_f64() * 1000.0);
        self.calls.push(token_calls()? - before);
        Ok(())
    }

    fn figures(&self) -> Figures {
        Figures { milliseconds: self.milliseconds.clone(), peak: 0 }
    }

    fn median_calls(&self) -> u64 {
        self.calls.get(self.calls.len() / 2).copied().unwrap_or_default()
    }
}

/// How often the lab's ECR was asked for a token, as its control API says.
fn token_calls() -> Result<u64> {
    let address = variable("ECRPASS_LAB_CONTROL")?;
    let mut stream = TcpStream::connect(&address).with_context(|| format!("nobody listens at {address}"))?;
    write!(stream, "GET /_local/calls HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n")?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    let (_, body) = answer.split_once("\r\n\r\n").context("no answer of the control API")?;
    // Its length is sent along: the body is one piece.
    let calls: serde_json::Value = serde_json::from_str(body).context("the control API answers no JSON")?;
    let counts = calls.get("counts").and_then(serde_json::Value::as_object).context("no counts")?;
    let of_tokens = counts.iter().filter(|(name, _)| name.ends_with("GetAuthorizationToken"));
    Ok(of_tokens.filter_map(|(_, count)| count.as_u64()).sum())
}

fn show(title: &str, subjects: &[Subject], figures: &[Figures]) {
    print(&format!("\n{title}"));
    let names: Vec<&str> = subjects.iter().map(|subject| subject.name).collect();
    table(&names, figures);
}

/// Ours beside Amazon's of today: the first two.
fn ratio(targets: &mut Vec<Target>, what: &str, figures: &[Figures], limit: f64) {
    if let [ours, peer, ..] = figures {
        targets.push(Target {
            what: what.to_owned(),
            measured: ours.median() / peer.median(),
            unit: "x",
            wanted: Wanted::AtMost(limit),
        });
    }
}

fn variable(name: &str) -> Result<String> {
    match std::env::var(name) {
        Ok(value) => Ok(value),
        Err(_) => bail!("{name} is not set: `cargo xtask bench` runs this inside the lab"),
    }
}
