//! The instance metadata service, asked in both its versions: that the older answers and the newer does not tells of a
//! hop limit.

use std::time::{Duration, Instant};

use ecrpass_core::redact::redact;
use ecrpass_core::time::milliseconds;
use ecrpass_credentials::credential_chain::Instance;
use ecrpass_diagnosis::facts::Metadata;
use ecrpass_oci::http::Response;
use ecrpass_oci::{Http, RegistryError};

/// How long one request may take: on EC2 it answers within a millisecond.
const PATIENCE: Duration = Duration::from_millis(1500);
/// Where the role's name stands.
const ROLE: &str = "/latest/meta-data/iam/security-credentials/";

/// Asks the one at that address. The session token and the role's credentials are not kept.
pub fn probe(endpoint: &str) -> Metadata {
    let endpoint = endpoint.trim_end_matches('/');
    let http = Http::direct(PATIENCE);
    let mut seen = Metadata { endpoint: redact(endpoint).into_owned(), ..Metadata::default() };
    let started = Instant::now();
    let token = http.put_empty(
        &format!("{endpoint}/latest/api/token"),
        &[("x-aws-ec2-metadata-token-ttl-seconds", "60")],
    );
    seen.took_ms = milliseconds(started.elapsed());
    seen.version_2 = status(&token);
    let session = match token {
        Ok(answer) => text(&answer),
        Err(RegistryError::Refused(_)) => None,
        Err(error) => {
            seen.failure = Some(error.to_string());
            None
        }
    };
    let role_url = format!("{endpoint}{ROLE}");
    let old = http.get(&role_url, &[]);
    seen.version_1 = status(&old);
    let role = match &session {
        Some(session) => http.get(&role_url, &[("x-aws-ec2-metadata-token", session)]),
        None => old,
    };
    let role = role.ok().as_ref().and_then(text);
    seen.role = role.and_then(|role| role.lines().next().map(|role| redact(role.trim()).into_owned()));
    seen
}

/// The role of the instance, asked for as the SDKs do, within a second.
pub fn role(endpoint: &str) -> Instance {
    let endpoint = endpoint.trim_end_matches('/');
    let http = Http::direct(Duration::from_secs(1));
    let lifetime = [("x-aws-ec2-metadata-token-ttl-seconds", "60")];
    let Some(session) =
        http.put_empty(&format!("{endpoint}/latest/api/token"), &lifetime).ok().as_ref().and_then(text)
    else {
        return Instance::Absent;
    };
    let answer = http.get(&format!("{endpoint}{ROLE}"), &[("x-aws-ec2-metadata-token", &session)]);
    let role = answer.ok().as_ref().and_then(text);
    match role.as_deref().and_then(|role| role.lines().next()).map(str::trim).filter(|role| !role.is_empty())
    {
        Some(role) => Instance::Role(role.to_owned()),
        None => Instance::NoRole,
    }
}

/// The status, where there was an answer.
fn status(answer: &Result<Response, RegistryError>) -> Option<u16> {
    match answer {
        Ok(answer) => Some(answer.status),
        Err(error) => error.refusal().map(|refusal| refusal.status),
    }
}

fn text(answer: &Response) -> Option<String> {
    let is_success = (200..300).contains(&answer.status);
    std::str::from_utf8(&answer.body).ok().filter(|_| is_success).map(str::to_owned)
}
