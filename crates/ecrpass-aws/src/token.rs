//! Asking ECR for an authorization token, under one deadline, with the reason when there is none.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use aws_types::SdkConfig;
use ecrpass_core::DiagnosisId;
use ecrpass_core::error_chain::error_chain;
use ecrpass_core::time::{EpochSeconds, duration, rfc3339};
use ecrpass_core::{AuthorizationToken, Registry};
use ecrpass_credentials::aws_call::{CallOutcome, Exchange};
use ecrpass_credentials::refusal::{Attempt, Refusal};

use crate::ca_bundle;
use crate::clock::now;
use crate::credentials;
use crate::request::TokenRequest;
use crate::sdk::Transport;
use crate::wire::{RecordingClient, WireLog};
use ecrpass_system::machine;

/// Called now and then while AWS is asked, so that others can tell a process that waits from one that was stopped.
pub type Pulse = Arc<dyn Fn() + Send + Sync>;

/// A token fresh from AWS.
#[derive(Clone, Debug)]
pub struct FreshToken {
    /// User name and password.
    pub token: AuthorizationToken,
    /// When it expires, by this machine's clock: a clock that is wrong by an hour must not shorten or stretch the
    /// token's life.
    pub expires_at: EpochSeconds,
    /// When it was issued, by this machine's clock.
    pub issued_at: EpochSeconds,
    /// This machine's clock minus AWS's, in seconds; 0 when AWS's was not seen.
    pub clock_offset: i64,
    /// AWS's own clock when it answered, where it was seen.
    pub aws_time: Option<EpochSeconds>,
    /// When the token expires, by AWS's clock.
    pub aws_expires_at: EpochSeconds,
    /// Whether anybody said so. If not, it counts as over from the start: it can be used now, and is not to be kept.
    pub expiry_known: bool,
    /// The registry it was issued for, as AWS names it; not for ECR Public.
    pub proxy_endpoint: Option<String>,
}

/// An answer, and what was exchanged to get it.
#[derive(Debug)]
pub struct TokenAttempt {
    /// The token, or why there is none.
    pub result: Result<FreshToken, Refusal>,
    /// Every call made, for the log.
    pub exchanges: Vec<Exchange>,
}

/// Asks for a token. Blocks for at most the deadline. With a pulse, calls it at that interval.
pub fn request_token(request: &TokenRequest<'_>, pulse: Option<(Duration, Pulse)>) -> TokenAttempt {
    let log = WireLog::default();
    let result = run(request, &log, pulse);
    TokenAttempt { result, exchanges: log.exchanges() }
}

fn run(
    request: &TokenRequest<'_>,
    log: &WireLog,
    pulse: Option<(Duration, Pulse)>,
) -> Result<FreshToken, Refusal> {
    check_resources()?;
    let http = http_client(request, log)?;
    let runtime = runtime()?;
    if let Some((interval, pulse)) = pulse {
        runtime.spawn(async move {
            loop {
                pulse();
                tokio::time::sleep(interval).await;
            }
        });
    }
    let outcome = runtime.block_on(async {
        tokio::time::timeout(request.deadline, async {
            let config = sdk_config(request, http).await;
            raw_token(request.registry, &config).await
        })
        .await
    });
    // A name lookup that hangs sits in a thread of its own; do not wait for it.
    runtime.shutdown_background();
    let exchanges = log.exchanges();
    match outcome {
        Ok(Ok(raw)) => accept(raw, &exchanges),
        Ok(Err(error)) => Err(attempt(request, &exchanges, &error, None).refusal()),
        Err(_) => Err(attempt(request, &exchanges, "", Some(request.deadline)).refusal()),
    }
}

/// What is known of an attempt that failed.
pub(crate) fn attempt<'a>(
    request: &'a TokenRequest<'a>,
    exchanges: &'a [Exchange],
    error: &'a str,
    deadline: Option<Duration>,
) -> Attempt<'a> {
    Attempt {
        registry: request.registry,
        selection: request.selection,
        exchanges,
        error,
        deadline,
        // Who names a metadata service means one to be there.
        on_ec2: machine::on_ec2() || request.surroundings.var("AWS_EC2_METADATA_SERVICE_ENDPOINT").is_some(),
    }
}

/// The HTTP client below the SDK's, for a request whose every value was checked.
pub(crate) fn http_client(request: &TokenRequest<'_>, log: &WireLog) -> Result<RecordingClient, Refusal> {
    request.surroundings.check(request.selection)?;
    let bundle = request.surroundings.var("AWS_CA_BUNDLE");
    let bundle = bundle.map(|path| ca_bundle::read(&PathBuf::from(path))).transpose()?;
    ca_bundle::check_system_file(request.surroundings.environment)?;
    Ok(RecordingClient::new(log.clone(), bundle))
}

/// How many files and connections a call to AWS has open at once.
const DESCRIPTORS: usize = 8;

/// Looks whether there are enough descriptors, and a thread to look names up in: tokio and the reader of certificates
/// panic where there are none.
pub(crate) fn check_resources() -> Result<(), Refusal> {
    let null = if cfg!(windows) { "NUL" } else { "/dev/null" };
    let open = |_| std::fs::File::open(null);
    match (0..DESCRIPTORS).map(open).collect::<Result<Vec<_>, _>>() {
        // 24 and 23: this process has no more, or the system has not. Other errors say nothing about it.
        Err(error) if matches!(error.raw_os_error(), Some(23 | 24)) => return Err(no_resources(&error)),
        _ => {}
    }
    let thread = std::thread::Builder::new().spawn(|| {}).map_err(|error| {
        no_resources(&std::io::Error::new(error.kind(), format!("it starts no more threads ({error})")))
    })?;
    // It does nothing that could fail.
    let _ = thread.join();
    Ok(())
}

fn no_resources(error: &std::io::Error) -> Refusal {
    Refusal::transient(
        DiagnosisId::AwsServiceTransient,
        format!("The system has no resources left for a network connection: {error}."),
        "raise the limits of this process (ulimit -n, -u and -v), or free memory, then try again",
    )
}

pub(crate) fn runtime() -> Result<tokio::runtime::Runtime, Refusal> {
    tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(|error| no_resources(&error))
}

/// What both APIs return.
pub(crate) struct RawToken {
    token: Option<String>,
    expires_at: Option<EpochSeconds>,
    proxy_endpoint: Option<String>,
}

/// The settings of the SDK's clients.
pub(crate) async fn sdk_config(request: &TokenRequest<'_>, http: RecordingClient) -> SdkConfig {
    let end = Instant::now() + request.deadline;
    credentials::sdk_config(request, &Transport::new(request, http), end).await
}

/// Asks the API of that registry for a token.
pub(crate) async fn raw_token(registry: &Registry, config: &SdkConfig) -> Result<RawToken, String> {
    if registry.is_public() {
        let client = aws_sdk_ecrpublic::Client::new(config);
        let output = client.get_authorization_token().send().await.map_err(|error| error_chain(&error))?;
        let data = output.authorization_data;
        return Ok(RawToken {
            expires_at: data.as_ref().and_then(|data| data.expires_at).map(|at| at.secs()),
            token: data.and_then(|data| data.authorization_token),
            proxy_endpoint: None,
        });
    }
    let client = aws_sdk_ecr::Client::new(config);
    let output = client.get_authorization_token().send().await.map_err(|error| error_chain(&error))?;
    let data = output.authorization_data.and_then(|list| list.into_iter().next());
    Ok(RawToken {
        expires_at: data.as_ref().and_then(|data| data.expires_at).map(|at| at.secs()),
        proxy_endpoint: data.as_ref().and_then(|data| data.proxy_endpoint.clone()),
        token: data.and_then(|data| data.authorization_token),
    })
}

/// Takes the token only if it is one and alive.
pub(crate) fn accept(raw: RawToken, exchanges: &[Exchange]) -> Result<FreshToken, Refusal> {
    let fresh = read(raw, exchanges)?;
    let now = fresh.aws_time.unwrap_or(fresh.issued_at);
    let life = fresh.aws_expires_at.saturating_sub(now);
    if life <= 0 && fresh.expiry_known {
        return Err(Refusal::transient(
            DiagnosisId::TokenExpired,
            format!(
                "AWS answered with a token that expired at {}, {} ago.",
                rfc3339(fresh.aws_expires_at),
                duration(life)
            ),
            "try again; if AWS_ENDPOINT_URL is set, check what answers there",
        ));
    }
    Ok(fresh)
}

/// Takes the token only if it is one, also if it is over.
pub(crate) fn read(raw: RawToken, exchanges: &[Exchange]) -> Result<FreshToken, Refusal> {
    let unusable = |what: String| {
        Refusal::transient(
            DiagnosisId::AwsServiceTransient,
            what,
            "try again; if AWS_ENDPOINT_URL is set, check what answers there",
        )
    };
    let text = raw.token.unwrap_or_default();
    let token = AuthorizationToken::decode(&text)
        .map_err(|error| unusable(format!("AWS answered without a usable token: {error}.")))?;
    // AWS's are base64; what else a server sends ends up in a terminal or a client's header.
    let is_plain = |text: &str| text.bytes().all(|b| b.is_ascii_graphic());
    if !is_plain(&token.username) || !is_plain(token.password.expose()) {
        return Err(unusable(
            "AWS answered with a token that has characters no password of ECR has.".to_owned(),
        ));
    }
    let answered = exchanges.iter().rev().find(|exchange| exchange.outcome == CallOutcome::Success);
    let issued_at = answered.map_or_else(now, |exchange| exchange.local_time);
    let server_time = answered.and_then(|exchange| exchange.server_time);
    // Whichever of the two says less.
    let said = raw.expires_at.into_iter().chain(token.expires_at).min();
    let now = server_time.unwrap_or(issued_at);
    let expires_at = said.unwrap_or(now);
    let life = expires_at.saturating_sub(now);
    Ok(FreshToken {
        token,
        expires_at: issued_at.saturating_add(life),
        issued_at,
        aws_time: server_time,
        aws_expires_at: expires_at,
        expiry_known: said.is_some(),
        clock_offset: server_time.map_or(0, |server| issued_at.saturating_sub(server)),
        proxy_endpoint: raw.proxy_endpoint,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_with_other_characters_is_refused() {
        let answer = |user: &str, password: &str| {
            let token = AuthorizationToken::encode(user, &ecrpass_core::Secret::new(password.to_owned()));
            let expires_at = Some(now().saturating_add(3600));
            accept(RawToken { token: Some(token.expose().to_owned()), expires_at, proxy_endpoint: None }, &[])
        };
        assert!(answer("AWS", "abc+/=").is_ok());
        for (user, password) in
            [("AWS", "\u{1b}[31m\n::error"), ("A\nB", "abc"), ("AWS", "ünï"), ("AWS", "a b")]
        {
            let refusal = answer(user, password).unwrap_err();
            assert_eq!(refusal.id, DiagnosisId::AwsServiceTransient);
            assert!(!refusal.to_string().contains(password), "{refusal}");
        }
    }

    #[test]
    fn a_token_whose_end_nobody_knows_is_over_from_the_start() {
        let token = AuthorizationToken::encode("AWS", &ecrpass_core::Secret::new("opaque".to_owned()));
        let raw = |expires_at| RawToken {
            token: Some(token.expose().to_owned()),
            expires_at,
            proxy_endpoint: None,
        };
        let fresh = accept(raw(None), &[]).unwrap();
        assert!(!fresh.expiry_known && fresh.expires_at == fresh.issued_at);
        assert!(accept(raw(Some(now() + 60)), &[]).unwrap().expiry_known);
        assert_eq!(accept(raw(Some(now())), &[]).unwrap_err().id, DiagnosisId::TokenExpired);
    }
}
