//! The state of Lambda functions that are images: Lambda pulls for them, as nobody else does.

use aws_sdk_lambda::error::ProvideErrorMetadata;
use ecrpass_core::error_chain::error_chain;
use ecrpass_core::redact::redact;

use crate::request::TokenRequest;
use crate::token;
use crate::wire::WireLog;

/// What Lambda tells of a function.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FunctionSeen {
    /// The image it runs; none where it is no image.
    pub image: Option<String>,
    /// `Active`, `Pending`, `Inactive` or `Failed`.
    pub state: Option<String>,
    /// The code of the reason of its state or, where that has none or is only that it was not called for a while, of its
    /// last update's failure.
    pub reason_code: Option<String>,
    /// The same in words, without secrets.
    pub reason: Option<String>,
}

/// Asks for a function, by its ARN. Blocks for at most the request's deadline.
///
/// # Errors
/// Why it is not known, in words without secrets.
pub fn function(request: &TokenRequest<'_>, arn: &str) -> Result<FunctionSeen, String> {
    token::check_resources().map_err(|refusal| refusal.what)?;
    let log = WireLog::default();
    let http = token::http_client(request, &log).map_err(|refusal| refusal.what)?;
    let runtime = token::runtime().map_err(|refusal| refusal.what)?;
    let asked = async {
        let config = token::sdk_config(request, http).await;
        // A FIPS or dual-stack registry says nothing of Lambda.
        let config =
            aws_sdk_lambda::config::Builder::from(&config).use_fips(false).use_dual_stack(false).build();
        aws_sdk_lambda::Client::from_conf(config).get_function().function_name(arn).send().await
    };
    let ended = runtime.block_on(async { tokio::time::timeout(request.deadline, asked).await });
    runtime.shutdown_background();
    let answer = match ended {
        Ok(Ok(answer)) => answer,
        Ok(Err(error)) => {
            let words = match (error.code(), error.message()) {
                (Some(code), message) => format!("{code}: {}", message.unwrap_or("no message")),
                (None, _) => error_chain(&error),
            };
            return Err(redact(&words).into_owned());
        }
        Err(_) => return Err(format!("Lambda did not answer within {} s", request.deadline.as_secs())),
    };
    let image = answer.code().and_then(|code| code.image_uri()).map(str::to_owned);
    let Some(seen) = answer.configuration() else { return Err("Lambda told nothing of it".to_owned()) };
    let update_failed = seen.last_update_status().is_some_and(|status| status.as_str() == "Failed");
    let text = |text: &str| redact(text).chars().take(300).collect::<String>();
    let by_state = seen.state_reason_code().map(|code| code.as_str().to_owned());
    let by_update = || seen.last_update_status_reason_code().map(|code| code.as_str().to_owned());
    // Every function that is not called for some weeks is idle: that says nothing of its image.
    let says_nothing = by_state.as_deref().is_none_or(|code| code == "Idle");
    let (code, reason) = if says_nothing && update_failed {
        (by_update(), seen.last_update_status_reason())
    } else {
        (by_state, seen.state_reason())
    };
    Ok(FunctionSeen {
        image,
        state: seen.state().map(|state| state.as_str().to_owned()),
        reason_code: code.map(|code| text(&code)),
        reason: reason.map(text),
    })
}
