//! Requests and responses as the handlers see them, whatever listener they came in on.

use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt, Full, Limited};
use hyper::body::{Body as HttpBody, Frame, Incoming, SizeHint};
use hyper::header::{AUTHORIZATION, CONTENT_LENGTH, CONTENT_TYPE, HeaderName, HeaderValue};
use hyper::http::request::Parts;
use hyper::{HeaderMap, Method, StatusCode};
use serde_json::Value;
use tokio::io::{AsyncRead, ReadBuf};
use tokio::time::Sleep;
use zeroize::Zeroizing;

use crate::random;

/// The most an API request may measure, in bytes.
const MAX_API_BODY: usize = 1024 * 1024;

/// The same for ECR, whose layers come in parts of 10 MiB and more, in base64.
pub(crate) const MAX_LAYER_PART: usize = 32 * 1024 * 1024;

pub(crate) type Body = UnsyncBoxBody<Bytes, io::Error>;
pub(crate) type Response = hyper::Response<Body>;

/// The connection is to be closed without a (complete) answer.
#[derive(Debug)]
pub(crate) struct Abort;

impl fmt::Display for Abort {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the connection is dropped on purpose")
    }
}

impl std::error::Error for Abort {}

/// One request.
pub(crate) struct Request {
    pub(crate) parts: Parts,
    pub(crate) body: Option<Incoming>,
    pub(crate) peer: SocketAddr,
    pub(crate) tls: bool,
}

impl Request {
    pub(crate) fn method(&self) -> &Method {
        &self.parts.method
    }

    pub(crate) fn path(&self) -> &str {
        self.parts.uri.path()
    }

    pub(crate) fn headers(&self) -> &HeaderMap {
        &self.parts.headers
    }

    /// A header's text; empty when absent or not text.
    pub(crate) fn header(&self, name: &str) -> &str {
        self.parts.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }

    /// The host and port the client wrote.
    pub(crate) fn authority(&self) -> &str {
        match self.parts.uri.authority() {
            Some(authority) => authority.as_str(),
            None => self.header("host"),
        }
    }

    /// `https://host:port`, as the client sees this server.
    pub(crate) fn origin(&self) -> String {
        format!("{}://{}", if self.tls { "https" } else { "http" }, self.authority())
    }

    /// A query parameter, decoded.
    pub(crate) fn query(&self, name: &str) -> Option<String> {
        form_value(self.parts.uri.query().unwrap_or_default(), name)
    }

    /// The whole body, up to the size an API call may have.
    pub(crate) async fn read_body(&mut self) -> Result<Bytes, Abort> {
        self.read_body_up_to(MAX_API_BODY).await
    }

    /// The whole body, up to `limit` bytes.
    pub(crate) async fn read_body_up_to(&mut self, limit: usize) -> Result<Bytes, Abort> {
        match self.body.take() {
            Some(body) => {
                Limited::new(body, limit).collect().await.map(|body| body.to_bytes()).map_err(|_| Abort)
            }
            None => Ok(Bytes::new()),
        }
    }
}

/// How a request is authorized, without the secret.
pub(crate) fn authorization_kind(headers: &HeaderMap) -> crate::calls::Authorization {
    use crate::calls::Authorization;
    let Some(value) = headers.get(AUTHORIZATION) else { return Authorization::None };
    let scheme = value.to_str().unwrap_or_default().split(' ').next().unwrap_or_default();
    if scheme.eq_ignore_ascii_case("basic") {
        Authorization::Basic
    } else if scheme.eq_ignore_ascii_case("bearer") {
        Authorization::Bearer
    } else if scheme == "AWS4-HMAC-SHA256" {
        Authorization::SigV4
    } else {
        Authorization::Other
    }
}

/// The user name of a Basic header, which may be empty.
pub(crate) fn basic_user(headers: &HeaderMap) -> Option<String> {
    let (scheme, encoded) = headers.get(AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    let decoded = Zeroizing::new(STANDARD.decode(encoded.trim()).ok()?);
    let user = decoded.split(|&byte| byte == b':').next()?;
    scheme.eq_ignore_ascii_case("basic").then(|| String::from_utf8_lossy(user).into_owned())
}

/// A value of a form or query string, decoded.
pub(crate) fn form_value(form: &str, name: &str) -> Option<String> {
    form_urlencoded::parse(form.as_bytes()).find(|(key, _)| key == name).map(|(_, value)| value.into_owned())
}

/// A response with a body in memory.
pub(crate) fn response(status: StatusCode, content_type: &str, body: impl Into<Bytes>) -> Response {
    let mut response = hyper::Response::new(full(body));
    *response.status_mut() = status;
    set(&mut response, CONTENT_TYPE, content_type);
    response
}

/// A response without a body.
pub(crate) fn empty(status: StatusCode) -> Response {
    let mut response = hyper::Response::new(full(Bytes::new()));
    *response.status_mut() = status;
    response
}

/// A JSON response.
pub(crate) fn json(status: StatusCode, value: &Value) -> Response {
    response(status, "application/json", value.to_string())
}

/// Sets a header; a value that no header can hold is left out.
pub(crate) fn set(response: &mut Response, name: HeaderName, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        response.headers_mut().insert(name, value);
    }
}

/// Gives a response a request id under the name its service uses.
pub(crate) fn set_request_id(response: &mut Response, name: &'static str) {
    set(response, HeaderName::from_static(name), &random::uuid());
}

pub(crate) fn full(body: impl Into<Bytes>) -> Body {
    Full::new(body.into()).map_err(|never| match never {}).boxed_unsync()
}

/// The first half of a response that claims to be whole: its `Content-Length` stays, then the connection ends.
pub(crate) async fn truncated(response: Response) -> Result<Response, Abort> {
    let (mut parts, body) = response.into_parts();
    let bytes = body.collect().await.map_err(|_| Abort)?.to_bytes();
    parts.headers.insert(CONTENT_LENGTH, HeaderValue::from(bytes.len()));
    let half = Truncated {
        data: Some(bytes.slice(..bytes.len() / 2)),
        whole: bytes.len() as u64,
        pause: Box::pin(tokio::time::sleep(Duration::from_millis(20))),
    };
    Ok(hyper::Response::from_parts(parts, half.boxed_unsync()))
}

struct Truncated {
    data: Option<Bytes>,
    whole: u64,
    /// Lets the half that is sent reach the client before the connection goes.
    pause: Pin<Box<Sleep>>,
}

impl HttpBody for Truncated {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, io::Error>>> {
        if let Some(data) = self.data.take() {
            return Poll::Ready(Some(Ok(Frame::data(data))));
        }
        ready!(self.pause.as_mut().poll(context));
        Poll::Ready(Some(Err(io::Error::other(Abort))))
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.whole)
    }
}

/// A body read from a file, piece by piece.
pub(crate) struct FileBody {
    file: tokio::fs::File,
    remaining: u64,
}

impl FileBody {
    /// The next `length` bytes of `file`.
    pub(crate) fn boxed(file: tokio::fs::File, length: u64) -> Body {
        Self { file, remaining: length }.boxed_unsync()
    }
}

impl HttpBody for FileBody {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, io::Error>>> {
        const PIECE: usize = 64 * 1024;
        if self.remaining == 0 {
            return Poll::Ready(None);
        }
        let wanted = usize::try_from(self.remaining).unwrap_or(PIECE).min(PIECE);
        let mut buffer = vec![0; wanted];
        let mut read = ReadBuf::new(&mut buffer);
        if let Err(error) = ready!(Pin::new(&mut self.file).poll_read(context, &mut read)) {
            return Poll::Ready(Some(Err(error)));
        }
        let length = read.filled().len();
        if length == 0 {
            return Poll::Ready(Some(Err(io::ErrorKind::UnexpectedEof.into())));
        }
        buffer.truncate(length);
        self.remaining -= length as u64;
        Poll::Ready(Some(Ok(Frame::data(buffer.into()))))
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.remaining)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms_are_decoded() {
        let form = "Action=AssumeRole&RoleArn=arn%3Aaws%3Aiam%3A%3A1%3Arole%2Fx&Empty=&Plus=a+b&Bad=%zz%4";
        assert_eq!(form_value(form, "Action").as_deref(), Some("AssumeRole"));
        assert_eq!(form_value(form, "RoleArn").as_deref(), Some("arn:aws:iam::1:role/x"));
        assert_eq!(form_value(form, "Empty").as_deref(), Some(""));
        assert_eq!(form_value(form, "Plus").as_deref(), Some("a b"));
        assert_eq!(form_value(form, "Bad").as_deref(), Some("%zz%4"));
        assert_eq!(form_value(form, "Missing"), None);
    }
}
