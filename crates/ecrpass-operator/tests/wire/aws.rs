//! AWS as the operator sees it: tokens of twelve hours by a clock of its own, refusals, and silence.

use std::time::{SystemTime, UNIX_EPOCH};

use ecrpass_core::time::http_date;
use ecrpass_core::{AuthorizationToken, Secret};
use hyper::Response;
use hyper::header::DATE;
use serde_json::json;

use super::api::{Body, respond};

/// What AWS has given out, and how it behaves.
#[derive(Default)]
pub struct Aws {
    /// Whether it refuses.
    pub denied: bool,
    /// Whether it breaks every connection off.
    pub silent: bool,
    /// By so many seconds its clock is ahead of this machine's.
    pub ahead: i64,
    /// A token's password is at least so long.
    pub password_length: usize,
    /// By so many seconds a token's life is shorter than twelve hours.
    pub shorter: i64,
    /// When each token expires, by its clock; the number in a password is the place in this list, from 1.
    pub expiries: Vec<i64>,
}

impl Aws {
    /// The time by its clock.
    pub fn now(&self) -> i64 {
        let here = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs();
        i64::try_from(here).unwrap() + self.ahead
    }

    /// So many tokens were given out.
    pub fn tokens(&self) -> usize {
        self.expiries.len()
    }

    /// The answer to a request for a token; none where it is silent.
    pub fn answer(&mut self) -> Option<Response<Body>> {
        if self.silent {
            return None;
        }
        if self.denied {
            let error = json!({"__type": "AccessDeniedException",
                "message": "User: arn:aws:iam::123456789012:user/ci is not authorized to perform: ecr:GetAuthorizationToken on resource: * because no identity-based policy allows the ecr:GetAuthorizationToken action"});
            return Some(respond(400, &error));
        }
        let (now, length) = (self.now(), self.password_length);
        let expires = now + 43_200 - self.shorter;
        self.expiries.push(expires);
        let password = format!("wire-password-{}-", self.tokens());
        let password = Secret::new(format!("{password:-<length$}"));
        let data = json!({"authorizationData": [{
            "authorizationToken": AuthorizationToken::encode("AWS", &password).expose(),
            "expiresAt": expires,
            "proxyEndpoint": "https://123456789012.dkr.ecr.eu-west-1.amazonaws.com"
        }]});
        let mut response = respond(200, &data);
        response.headers_mut().insert(DATE, http_date(now).parse().unwrap());
        Some(response)
    }
}
