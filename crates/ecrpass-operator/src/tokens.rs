//! Asks AWS for tokens, and looks whether the credentials behind one are still the same. Each call reads variables and
//! files anew: keys and projected tokens are replaced while the operator runs.

use std::time::Duration;

use ecrpass_aws::{TokenRequest, files, request_token};
use ecrpass_core::DiagnosisId;
use ecrpass_core::environment::ReadOnce;
use ecrpass_core::time::EpochSeconds;
use ecrpass_credentials::credential_chain::Surroundings;
use ecrpass_credentials::refusal::Refusal;
use ecrpass_system::ProcessEnvironment;

use crate::settings::TokenSource;
use crate::token::{LEAST_LEFT, Refused, Token};

/// How long one token may take, with all calls that it needs.
const DEADLINE: Duration = Duration::from_secs(20);

/// A token, and what AWS's clock said.
#[derive(Debug)]
pub struct Answer {
    /// The token.
    pub token: Token,
    /// AWS's time, where it was seen.
    pub aws_time: Option<EpochSeconds>,
}

/// Asks for a token. Blocks for at most the deadline.
///
/// # Errors
/// Why there is none.
pub fn ask(source: &TokenSource) -> Result<Answer, Refused> {
    let files = files::load();
    let environment = ReadOnce::<ProcessEnvironment>::default();
    let surroundings = Surroundings { environment: &environment, files: &files };
    let selection = surroundings.select(&source.over).map_err(|refusal| refused(&refusal, None))?;
    let fingerprint = selection.fingerprint(&surroundings, &source.registry).as_str().to_owned();
    let request = TokenRequest {
        registry: &source.registry,
        selection: &selection,
        surroundings: &surroundings,
        deadline: DEADLINE,
    };
    let fresh = request_token(&request, None).result;
    let fresh = fresh.map_err(|refusal| refused(&refusal, Some(&fingerprint)))?;
    let useless = |text: String| Refused {
        cause: DiagnosisId::AwsServiceTransient.slug().to_owned(),
        text,
        transient: true,
        fingerprint: Some(fingerprint.clone()),
    };
    if !fresh.expiry_known {
        return Err(useless(
            "AWS answered with a token and without its expiry, which cannot be kept".to_owned(),
        ));
    }
    let lives = fresh.aws_expires_at.saturating_sub(fresh.aws_time.unwrap_or(fresh.issued_at));
    if lives <= LEAST_LEFT {
        return Err(useless(format!(
            "AWS answered with a token that is good for {lives} s, which is not written"
        )));
    }
    let token = Token {
        username: fresh.token.username,
        password: fresh.token.password,
        issued: fresh.aws_time.unwrap_or(fresh.issued_at),
        expires: fresh.aws_expires_at,
        mark: source.mark.clone(),
        fingerprint,
    };
    Ok(Answer { token, aws_time: fresh.aws_time })
}

/// The fingerprint of the credentials that would be used now; `None` where there are none.
pub fn fingerprint(source: &TokenSource) -> Option<String> {
    let files = files::load();
    let environment = ReadOnce::<ProcessEnvironment>::default();
    let surroundings = Surroundings { environment: &environment, files: &files };
    let selection = surroundings.select(&source.over).ok()?;
    Some(selection.fingerprint(&surroundings, &source.registry).as_str().to_owned())
}

fn refused(refusal: &Refusal, fingerprint: Option<&str>) -> Refused {
    Refused {
        cause: refusal.id.slug().to_owned(),
        text: refusal.to_string(),
        transient: refusal.transient,
        fingerprint: fingerprint.map(str::to_owned),
    }
}
