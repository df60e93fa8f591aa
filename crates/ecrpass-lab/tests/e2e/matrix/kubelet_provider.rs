//! Our credential provider and upstream's, both run by the kubelet's own plugin package on the same cases: the same outcome
//! where upstream is right, and a list of the cases where it is not, each with its reason.

mod cases;

use std::fs;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail, ensure};
use base64::Engine as _;
use ecrpass_core::Registry;
use ecrpass_lab::{CONTROL, Lab, Session};
use serde_json::{Value, json};

use self::cases::{Case, Wanted};
use super::runs::built_client;

/// What the kubelet would do for a case.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It pulls with a login that the registry takes.
    Opens,
    /// It sends a login that the registry of this host does not take, or that was not for it to have.
    Refused,
    /// It pulls without a login.
    Nothing,
}

/// How a provider did.
#[derive(Debug, PartialEq, Eq)]
struct Done {
    outcomes: Vec<Outcome>,
    /// How often AWS was asked for a token.
    calls: u64,
    /// Who asked last.
    principal: String,
}

/// The two providers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Provider {
    Ours,
    Upstreams,
}

/// Every case by both.
pub fn both_providers(lab: &Lab) -> Result<()> {
    let mut wrong = Vec::new();
    let mut differences = 0;
    let cases = cases::all(lab);
    for case in &cases {
        let ours = run(lab, case, Provider::Ours).with_context(|| case.name)?;
        let upstreams = run(lab, case, Provider::Upstreams).with_context(|| case.name)?;
        let is_as_wanted = match &case.wanted {
            Wanted::Same(outcome) => {
                ours.outcomes.iter().chain(&upstreams.outcomes).all(|one| one == outcome)
                    && ours.principal == upstreams.principal
            }
            Wanted::Differs { ours: outcome, upstreams: other, calls, .. } => {
                differences += 1;
                ours.outcomes.iter().all(|one| one == outcome)
                    && upstreams.outcomes.iter().all(|one| one == other)
                    && calls.as_ref().is_none_or(|(own, theirs)| *own == ours.calls && theirs.contains(&upstreams.calls))
                    // A difference that is gone has no place in the list.
                    && ours != upstreams
            }
        };
        if !is_as_wanted {
            wrong.push(format!(
                "{}: wanted {:?}\n  ours {ours:?}\n  upstream's {upstreams:?}",
                case.name, case.wanted
            ));
        }
        let reason = case.wanted.reason();
        ensure!(
            reason.is_none_or(|reason| reason.len() > 20),
            "{}: a difference without a reason",
            case.name
        );
    }
    ensure!(differences >= 8 && cases.len() > 2 * differences, "{differences} of {}", cases.len());
    if !wrong.is_empty() {
        bail!("{} of {} cases:\n{}", wrong.len(), cases.len(), wrong.join("\n"));
    }
    Ok(())
}

/// Runs a case by a provider, with nothing cached.
fn run(lab: &Lab, case: &Case, provider: Provider) -> Result<Done> {
    let mut session = Session::new(lab)?;
    let directory = session.path("providers");
    fs::create_dir_all(&directory)?;
    let program = match provider {
        Provider::Ours => lab.helper.clone(),
        Provider::Upstreams => built_client("ecr-credential-provider")?,
    };
    symlink(program, directory.join("ecr-credential-provider"))?;
    if case.node_role {
        session.set("AWS_EC2_METADATA_SERVICE_ENDPOINT", &format!("http://{CONTROL}"));
    } else {
        session.credentials();
        session.set("AWS_EC2_METADATA_DISABLED", "true");
    }
    session.set("AWS_ENDPOINT_URL", &format!("http://{CONTROL}"));
    session.set("AWS_REGION", "us-east-1");
    for (name, value) in &case.env {
        session.set(name, value);
    }
    if let Some(config) = &case.settings {
        session.write(".config/ecrpass/config.toml", config)?;
    }
    session.write("config.yaml", &case.config())?;
    lab.ecr.clear_faults();
    for fault in &case.faults {
        lab.ecr.add_fault(fault.parse().map_err(|error| anyhow::anyhow!("{fault}: {error}"))?);
    }
    lab.ecr.clear_calls();
    let answers = look_up(&session, case, &directory)?;
    let mut outcomes = Vec::new();
    for (pod, answer) in case.pods.iter().zip(&answers) {
        let image = pod["image"].as_str().unwrap_or_default();
        outcomes.push(outcome(lab, case.stands_for.unwrap_or(image), answer)?);
    }
    ensure!(outcomes.len() == case.pods.len(), "{} answers", outcomes.len());
    let calls = lab.ecr.calls();
    let last = calls.iter().rev().find(|call| call.operation == "GetAuthorizationToken");
    // Sessions have names of their own.
    let principal = last.and_then(|call| call.principal.clone()).unwrap_or_default();
    let principal = match principal.split_once("assumed-role/") {
        Some((_, session)) => session.split('/').next().unwrap_or_default().to_owned(),
        None => principal,
    };
    let done = Done { outcomes, calls: lab.ecr.call_count("GetAuthorizationToken"), principal };
    lab.ecr.clear_faults();
    Ok(done)
}

/// Has the kubelet's package look the images up.
fn look_up(session: &Session<'_>, case: &Case, directory: &Path) -> Result<Vec<Value>> {
    let mut kubelet = Command::new(built_client("kubelet-provider")?);
    kubelet.arg(session.path("config.yaml")).arg(directory).env_clear().envs(session.environment());
    if case.together {
        kubelet.env("TOGETHER", "1");
    }
    let mut child = kubelet.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn()?;
    let lines: String = case.pods.iter().map(|pod| format!("{pod}\n")).collect();
    child.stdin.take().context("no input")?.write_all(lines.as_bytes())?;
    let output = child.wait_with_output()?;
    ensure!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8_lossy(&output.stdout);
    Ok(text.lines().map(serde_json::from_str).collect::<Result<_, _>>()?)
}

/// What the registry makes of the logins that the kubelet would try.
fn outcome(lab: &Lab, image: &str, answer: &Value) -> Result<Outcome> {
    let logins = answer["logins"].as_array().context("no list of logins")?;
    if logins.is_empty() {
        return Ok(Outcome::Nothing);
    }
    let host = image.split('/').next().unwrap_or_default();
    let host = host.split(':').next().unwrap_or_default().to_lowercase();
    // Whoever is there takes it, and may use it.
    let Ok(registry) = Registry::parse(&host) else { return Ok(Outcome::Refused) };
    for login in logins {
        let (user, password) = (login["username"].as_str(), login["password"].as_str());
        let (user, password) = (user.unwrap_or_default(), password.unwrap_or_default());
        // Its registry wants a token of its own first.
        if registry.is_public() {
            let is_issued = lab.ecr.issued_to(password).is_some();
            return Ok(if is_issued { Outcome::Opens } else { Outcome::Refused });
        }
        let auth = base64::engine::general_purpose::STANDARD.encode(format!("{user}:{password}"));
        let mut stream = TcpStream::connect(CONTROL)?;
        write!(
            stream,
            "GET /v2/ HTTP/1.1\r\nHost: {host}\r\nAuthorization: Basic {auth}\r\nConnection: close\r\n\r\n"
        )?;
        let mut text = String::new();
        stream.read_to_string(&mut text)?;
        if text.split(' ').nth(1) == Some("200") {
            return Ok(Outcome::Opens);
        }
    }
    Ok(Outcome::Refused)
}

/// A pod without a service account.
fn pod(image: &str) -> Value {
    json!({"image": image, "namespace": "shop", "account": ""})
}
