//! The instance metadata service, asked in both its versions: that the older answers and the newer does not tells of a
//! hop limit.

use std::time::{Duration, Instant};

use ecrpass_core::redact::redact;
use ecrpass_diagnosis::facts::Metadata;
use ureq::http::Response;
use ureq::{Agent, Body};

use crate::probe::{failure, milliseconds};

/// Where it answers on EC2.
const ENDPOINT: &str = "http://169.254.169.254";
/// How long one request may take: on EC2 it answers within a millisecond.
const PATIENCE: Duration = Duration::from_millis(1500);
/// Where the role's name stands.
const ROLE: &str = "/latest/meta-data/iam/security-credentials/";

/// Asks it. The session token and the role's credentials are not kept.
pub fn probe() -> Metadata {
    let named =
        std::env::var("AWS_EC2_METADATA_SERVICE_ENDPOINT").ok().filter(|value| !value.trim().is_empty());
    let endpoint = named.unwrap_or_else(|| ENDPOINT.to_owned()).trim_end_matches('/').to_owned();
    let agent: Agent = Agent::config_builder()
        .http_status_as_error(false)
        .timeout_global(Some(PATIENCE))
        // A proxy would answer for another machine.
        .proxy(None)
        .build()
        .new_agent();
    let mut seen = Metadata { endpoint: redact(&endpoint).into_owned(), ..Metadata::default() };
    let started = Instant::now();
    let token = agent
        .put(format!("{endpoint}/latest/api/token"))
        .header("x-aws-ec2-metadata-token-ttl-seconds", "60")
        .send_empty();
    seen.took_ms = milliseconds(started);
    let session = match token {
        Ok(answer) => {
            seen.version_2 = Some(answer.status().as_u16());
            if answer.status().is_success() { text(answer) } else { None }
        }
        Err(error) => {
            seen.failure = Some(failure(&error).1);
            None
        }
    };
    let old = agent.get(format!("{endpoint}{ROLE}")).call();
    let role = match (&session, old) {
        (Some(session), old) => {
            seen.version_1 = old.ok().map(|answer| answer.status().as_u16());
            let request = agent.get(format!("{endpoint}{ROLE}")).header("x-aws-ec2-metadata-token", session);
            request.call().ok().filter(|answer| answer.status().is_success()).and_then(text)
        }
        (None, Ok(answer)) => {
            seen.version_1 = Some(answer.status().as_u16());
            if answer.status().is_success() { text(answer) } else { None }
        }
        (None, Err(_)) => None,
    };
    seen.role = role.and_then(|role| role.lines().next().map(|role| redact(role.trim()).into_owned()));
    seen
}

fn text(answer: Response<Body>) -> Option<String> {
    answer.into_body().with_config().limit(64 * 1024).read_to_string().ok()
}
