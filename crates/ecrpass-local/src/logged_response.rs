//! What a handler answers, with what the call log wants to know about it.

use crate::http::{Abort, Response};
use crate::principals::Principal;

/// A response, and who got it and why.
pub(crate) struct LoggedResponse {
    pub(crate) response: Response,
    /// The principal's ARN.
    pub(crate) principal: Option<String>,
    /// The error code.
    pub(crate) error: Option<String>,
}

/// What a handler returns; [`Abort`] closes the connection.
pub(crate) type Handled = Result<LoggedResponse, Abort>;

impl LoggedResponse {
    #[must_use]
    pub(crate) fn with_error(mut self, code: &str) -> Self {
        self.error = Some(code.to_owned());
        self
    }

    #[must_use]
    pub(crate) fn by(mut self, principal: &Principal) -> Self {
        self.principal = Some(principal.arn.clone());
        self
    }
}

impl From<Response> for LoggedResponse {
    fn from(response: Response) -> Self {
        Self { response, principal: None, error: None }
    }
}
