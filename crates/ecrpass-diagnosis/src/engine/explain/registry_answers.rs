//! The HTTP status that a line says a registry answered with, in whatever words the client has for it: `status=401`,
//! `[http 401]`, `StatusCode: 404, ""`, `403 Client Error: Forbidden for url`.

/// The statuses that make a difference, and the tag that each adds to a line.
const STATUSES: [(&str, &str); 10] = [
    ("400", "@answered-400"),
    ("401", "@answered-401"),
    ("403", "@answered-403"),
    ("404", "@answered-404"),
    ("405", "@answered-405"),
    ("429", "@answered-429"),
    ("500", "@answered-5xx"),
    ("502", "@answered-5xx"),
    ("503", "@answered-5xx"),
    ("504", "@answered-5xx"),
];

/// What stands before a number that is a status.
const BEFORE: [&str; 16] = [
    "status",
    "status_code",
    "statuscode",
    "status code",
    "code",
    "http",
    "http/1.1",
    "http/2",
    "http/2.0",
    "error",
    "returned",
    "responded",
    "response",
    "answered",
    "got",
    "with",
];

/// What stands behind it.
const BEHIND: [&str; 14] = [
    "unauthorized",
    "not authorized",
    "forbidden",
    "not found",
    "bad request",
    "method not allowed",
    "too many requests",
    "client error",
    "server error",
    "internal server error",
    "bad gateway",
    "service unavailable",
    "gateway time",
    "denied",
];

/// As much as is read before and behind a number, in bytes.
const AROUND: usize = 24;

/// The tag of the first status in a line; a port, a tag or a number of lines is none.
pub fn answer(line: &str) -> Option<&'static str> {
    let bytes = line.as_bytes();
    let is_part = |byte: Option<&u8>| byte.is_some_and(|b| b.is_ascii_alphanumeric() || b"-_/".contains(b));
    let mut at = 0;
    while let Some(start) = bytes.iter().skip(at).position(u8::is_ascii_digit).map(|more| at + more) {
        let length = bytes.iter().skip(start).take_while(|byte| byte.is_ascii_digit()).count();
        at = start + length;
        let has_fraction = bytes.get(at) == Some(&b'.') && bytes.get(at + 1).is_some_and(u8::is_ascii_digit);
        let before = start.checked_sub(1).and_then(|before| bytes.get(before));
        if has_fraction || is_part(before) || is_part(bytes.get(at)) {
            continue;
        }
        let number = line.get(start..at).unwrap_or_default();
        let Some((_, tag)) = STATUSES.iter().find(|(status, _)| *status == number) else { continue };
        // A docker daemon that could not do it: what it was answered itself comes behind.
        if *tag == "@answered-5xx"
            && line.get(at..).is_some_and(|behind| behind.starts_with(" Server Error for http+docker:"))
        {
            continue;
        }
        if is_said(bytes.get(start.saturating_sub(AROUND)..start), bytes.get(at..)) {
            return Some(*tag);
        }
    }
    None
}

/// Whether what stands around a number says that it is a status.
fn is_said(before: Option<&[u8]>, behind: Option<&[u8]>) -> bool {
    let text = |bytes: Option<&[u8]>| {
        let bytes = bytes.unwrap_or_default();
        let bytes = bytes.get(..bytes.len().min(AROUND)).unwrap_or_default();
        String::from_utf8_lossy(bytes).to_ascii_lowercase()
    };
    let (before, behind) = (text(before), text(behind));
    let filler = [' ', ':', '=', '"', '\'', '(', '[', '<', '-', ','];
    let before = before.trim_end_matches(filler);
    let behind = behind.trim_start_matches(filler).trim_start_matches([')', ']', ' ']);
    let ends = |word: &&str| {
        before.strip_suffix(*word).is_some_and(|rest| !rest.ends_with(|c: char| c.is_ascii_alphanumeric()))
    };
    // `responseStatusCode: 401` is one word of which the end counts.
    BEFORE.iter().any(ends)
        || before.ends_with("statuscode")
        || BEHIND.iter().any(|word| behind.starts_with(word))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_status_is_known_by_the_words_around_it() {
        for (line, tag) in [
            ("http: non-successful response (status=401 body=\"Not Authorized\\n\")", "@answered-401"),
            ("request failed: unauthorized [http 401]: basic auth required", "@answered-401"),
            ("reading manifest 1 in HOST/app: StatusCode: 403, \"\"", "@answered-403"),
            ("403 Client Error: Forbidden for url: https://HOST/v2/app/manifests/1", "@answered-403"),
            ("Registry HOST responded with HTTP 404 for app", "@answered-404"),
            ("{\"status\":429,\"path\":\"/v2/\"}", "@answered-429"),
            ("HEAD https://HOST/v2/a: 503 Service Unavailable", "@answered-5xx"),
            ("responseStatusCode: 405", "@answered-405"),
        ] {
            assert_eq!(answer(line), Some(tag), "{line}");
        }
        for line in [
            "pushed HOST/app:401",
            "https://HOST:443/v2/app/manifests/403",
            "HOST/app-404: Pushed",
            "line 404 of 500, 401 layers",
            "took 403 ms, 500 of 503 bytes",
            "kept 404.5 MB",
            "HTTP 200",
            "error 4010",
        ] {
            assert_eq!(answer(line), None, "{line}");
        }
    }
}
