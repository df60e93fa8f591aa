//! The response that carries a blob, whole or a range of it: the registry's and the layer bucket's alike.

use hyper::StatusCode;
use hyper::header::{ACCEPT_RANGES, CONTENT_LENGTH, CONTENT_RANGE, CONTENT_TYPE};
use tokio::io::AsyncSeekExt;

use super::error::V2Error;
use super::failure::V2Result;
use super::headers::DIGEST;
use crate::http::{self, FileBody, Request, Response};
use crate::storage::objects::Opened;

/// Sends a blob, or the range of it that is asked for.
pub(super) async fn send(request: &Request, blob: Opened, digest: &str) -> V2Result {
    let size = blob.size();
    let range = range(request.header("range"), size);
    let (first, end) = match range {
        Range::Whole => (0, size),
        Range::Part(first, end) => (first, end),
        Range::Impossible => return Err(V2Error::range_invalid().into()),
    };
    let length = end - first;
    let body = match blob {
        Opened::Memory(data) => {
            let index = |at: u64| usize::try_from(at).unwrap_or(usize::MAX).min(data.len());
            http::full(data.slice(index(first)..index(end)))
        }
        Opened::File(mut file, _) => {
            file.seek(std::io::SeekFrom::Start(first)).await?;
            FileBody::boxed(file, length)
        }
    };
    let mut response = Response::new(body);
    if matches!(range, Range::Part(..)) {
        *response.status_mut() = StatusCode::PARTIAL_CONTENT;
        let last = end.saturating_sub(1);
        http::set(&mut response, CONTENT_RANGE, &format!("bytes {first}-{last}/{size}"));
    }
    http::set(&mut response, ACCEPT_RANGES, "bytes");
    http::set(&mut response, CONTENT_TYPE, "application/octet-stream");
    http::set(&mut response, CONTENT_LENGTH, &length.to_string());
    http::set(&mut response, DIGEST, digest);
    Ok(response)
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Range {
    Whole,
    /// From the first byte up to, not including, the second.
    Part(u64, u64),
    Impossible,
}

/// Reads a `Range` header of one range; anything else means the whole.
fn range(header: &str, size: u64) -> Range {
    let Some((first, last)) = header.strip_prefix("bytes=").and_then(|range| range.split_once('-')) else {
        return Range::Whole;
    };
    let (first, end) = match (first.parse::<u64>(), last.parse::<u64>()) {
        (Ok(first), Ok(last)) => (first, last.saturating_add(1).min(size)),
        (Ok(first), Err(_)) if last.is_empty() => (first, size),
        (Err(_), Ok(suffix)) if first.is_empty() => (size.saturating_sub(suffix), size),
        _ => return Range::Whole,
    };
    if first < end { Range::Part(first, end) } else { Range::Impossible }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_are_read() {
        for (header, expected) in [
            ("", Range::Whole),
            ("bytes=0-", Range::Part(0, 10)),
            ("bytes=3-5", Range::Part(3, 6)),
            ("bytes=3-50", Range::Part(3, 10)),
            ("bytes=-4", Range::Part(6, 10)),
            ("bytes=10-", Range::Impossible),
            ("bytes=0-1,3-4", Range::Whole),
            ("lines=1-2", Range::Whole),
        ] {
            assert_eq!(range(header, 10), expected, "{header}");
        }
    }
}
