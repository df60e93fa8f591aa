//! The container endpoint (ECS task role, EKS Pod Identity), asked with the values that were checked and that the
//! cache's key was made from: the SDK's own provider would read its variables and the token's file again, at another
//! moment and by other rules.
//!
//! Sources: AWS SDKs and Tools Reference Guide, "Container credential provider"; aws-config 1.13, `ecs.rs` and
//! `http_credential_provider.rs`.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, ToSocketAddrs};

use aws_credential_types::Credentials;
use aws_smithy_runtime_api::client::http::HttpConnector;
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use ecrpass_core::Secret;
use ecrpass_core::error_chain::error_chain;
use ecrpass_core::redact::redact;
use serde::Deserialize;

use crate::sdk::{FIRST_PAUSE, TRIES, Transport};

/// The addresses of the container services, which speak plain HTTP: those of ECS and of EKS.
const SERVICES: [IpAddr; 3] = [
    IpAddr::V4(Ipv4Addr::new(169, 254, 170, 2)),
    IpAddr::V4(Ipv4Addr::new(169, 254, 170, 23)),
    IpAddr::V6(Ipv6Addr::new(0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x23)),
];

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Written {
    access_key_id: String,
    secret_access_key: String,
    token: String,
}

/// What one try came to.
enum Failed {
    /// The next may go better.
    Passing(String),
    /// The next may go better, and the one after that will not: it answers, and not with credentials.
    Garbled(String),
    Final(String),
}

/// Asks the endpoint, again if need be, until the caller loses its patience.
pub(super) async fn credentials(
    transport: &Transport,
    url: &str,
    authorization: Option<&Secret>,
) -> Result<Credentials, String> {
    check_destination(url).await?;
    let mut pause = FIRST_PAUSE;
    let mut was_garbled = false;
    for _ in 1..TRIES {
        match ask(transport, url, authorization).await {
            Ok(credentials) => return Ok(credentials),
            Err(Failed::Final(reason)) => return Err(reason),
            Err(Failed::Garbled(reason)) if was_garbled => return Err(reason),
            Err(Failed::Garbled(_)) => was_garbled = true,
            Err(Failed::Passing(_)) => {}
        }
        tokio::time::sleep(pause).await;
        pause = pause.saturating_mul(2);
    }
    ask(transport, url, authorization)
        .await
        .map_err(|(Failed::Passing(reason) | Failed::Garbled(reason) | Failed::Final(reason))| reason)
}

async fn ask(
    transport: &Transport,
    url: &str,
    authorization: Option<&Secret>,
) -> Result<Credentials, Failed> {
    let mut request = HttpRequest::empty();
    request.set_uri(url).map_err(|error| Failed::Final(error_chain(&error)))?;
    let mut headers = vec![("accept", "application/json")];
    headers.extend(authorization.map(|token| ("authorization", token.expose())));
    for (name, value) in headers {
        let set = request.headers_mut().try_insert(name, value.to_owned());
        set.map_err(|_| Failed::Final(format!("the {name} cannot stand in a request")))?;
    }
    let answer = transport.connector().call(request).await.map_err(|error| {
        let reason = error_chain(&error);
        if error.is_user() { Failed::Final(reason) } else { Failed::Passing(reason) }
    })?;
    let status = answer.status();
    if status.is_server_error() {
        return Err(Failed::Passing(format!("it answered {}", status.as_u16())));
    }
    if !status.is_success() {
        return Err(Failed::Final(format!("it answered {}", status.as_u16())));
    }
    parse(answer.body().bytes().unwrap_or_default())
}

fn parse(answer: &[u8]) -> Result<Credentials, Failed> {
    #[derive(Deserialize)]
    struct Refused {
        #[serde(alias = "Code")]
        code: String,
        #[serde(alias = "Message", default)]
        message: String,
    }
    match serde_json::from_slice::<Written>(answer) {
        Ok(Written { access_key_id, secret_access_key, token }) => {
            Ok(Credentials::new(access_key_id, secret_access_key, Some(token), None, "container"))
        }
        // The parser's own words may quote the answer, which holds a secret.
        Err(error) => Err(match serde_json::from_slice::<Refused>(answer) {
            Ok(refused) => Failed::Final(format!("{}: {}", refused.code, redact(&refused.message))),
            Err(_) => Failed::Garbled(format!(
                "it answered without credentials in JSON (line {}, column {})",
                error.line(),
                error.column()
            )),
        }),
    }
}

/// Without TLS, credentials come from this machine or from a container service only: from elsewhere, anybody could
/// give them.
async fn check_destination(url: &str) -> Result<(), String> {
    let Some(rest) = url.strip_prefix("http://") else { return Ok(()) };
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let host = match authority.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        Some((v6, _)) => v6,
        None => authority.split(':').next().unwrap_or_default(),
    };
    let addresses = match host.parse::<IpAddr>() {
        Ok(address) => vec![address],
        Err(_) => look_up(host.to_owned()).await?,
    };
    if addresses.iter().all(|address| address.is_loopback() || SERVICES.contains(address)) {
        return Ok(());
    }
    Err("plain http:// leads to another machine than this one or a container service; use https://"
        .to_owned())
}

/// In a thread of its own, which nobody waits for when the time is up.
async fn look_up(host: String) -> Result<Vec<IpAddr>, String> {
    let look = move || (host.as_str(), 80).to_socket_addrs().map(|found| found.map(|at| at.ip()).collect());
    match tokio::task::spawn_blocking(look).await {
        Ok(Ok(addresses)) => Ok(addresses),
        Ok(Err(error)) => Err(error.to_string()),
        Err(_) => Err("its name could not be looked up".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn now<T>(future: impl Future<Output = T>) -> T {
        tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(future)
    }

    #[test]
    fn only_this_machine_and_container_services_speak_plain_http() {
        for url in [
            "http://127.0.0.1:4566/x",
            "http://[::1]/x",
            "http://localhost/x",
            "http://169.254.170.2/v2/credentials/x",
            "http://169.254.170.23/v1/credentials",
            "http://[fd00:ec2::23]/v1/credentials",
            "https://203.0.113.7/x",
        ] {
            assert_eq!(now(check_destination(url)), Ok(()), "{url}");
        }
        for url in ["http://203.0.113.7/x", "http://169.254.169.254/x", "http://[2001:db8::1]:80/x"] {
            assert!(now(check_destination(url)).is_err(), "{url}");
        }
    }

    #[test]
    fn answers_are_credentials_a_reason_or_tried_again() {
        let good =
            br#"{"AccessKeyId":"A","SecretAccessKey":"s","Token":"t","Expiration":"2026-02-25T06:03:31Z"}"#;
        let credentials = parse(good).ok().unwrap();
        assert_eq!((credentials.access_key_id(), credentials.session_token()), ("A", Some("t")));
        let refused = parse(br#"{"code":"AccessDenied","message":"no role"}"#);
        assert!(matches!(refused, Err(Failed::Final(reason)) if reason == "AccessDenied: no role"));
        for garbage in [&b""[..], b"not json", b"{}", br#"{"AccessKeyId":"A","SecretAccessKey":"hidden"}"#] {
            let Err(Failed::Garbled(reason)) = parse(garbage) else { panic!("{garbage:?}") };
            assert!(!reason.contains("hidden"), "{reason}");
        }
    }
}
