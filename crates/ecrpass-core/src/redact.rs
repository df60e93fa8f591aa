//! Takes secrets out of arbitrary text: logs, error messages, configurations, command lines.
//!
//! A secret is known by the name in front of it or by its own shape. Where that is in doubt it goes: a reader can do
//! without a word, nobody can take a password back. Hashes, ids, ARNs and image references stay.

mod shape;

use std::borrow::Cow;

/// What stands in a secret's place.
pub const REDACTED: &str = "[redacted]";

/// Names whose value is a secret, in lower case without `_`, `-` and `.`; a name may end with them.
const SECRET_NAMES: [&str; 20] = [
    "password",
    "passwd",
    "secret",
    "secretkey",
    "secretaccesskey",
    "sessiontoken",
    "securitytoken",
    "authorizationtoken",
    "authtoken",
    "accesstoken",
    "refreshtoken",
    "idtoken",
    "identitytoken",
    "registrytoken",
    "bearertoken",
    "webidentitytoken",
    "apikey",
    "xamzsignature",
    "dockerconfigjson",
    "privatekey",
];

/// The text without secrets. What is no secret stays byte for byte; doing it twice changes nothing more.
pub fn redact(text: &str) -> Cow<'_, str> {
    let mut output = String::new();
    let mut copied = 0;
    let mut at = 0;
    while let Some((start, end)) = next_word(text, at) {
        at = end;
        let word = &text[start..end];
        let hidden = if word.starts_with("-----BEGIN") || text[start..].starts_with("-----BEGIN") {
            pem_block(text, start)
        } else if let Some(value) = named_value(text, start, end) {
            Some(value)
        } else if let Some(value) = user_info(text, start, end).or_else(|| bare_user_info(text, end)) {
            Some(value)
        } else if shape::is_secret(word) {
            Some((start, with_padding(text, end)))
        } else if let Some((head, tail)) = shape::access_key_id(word) {
            output.push_str(&text[copied..start]);
            output.push_str(head);
            output.push('…');
            output.push_str(tail);
            copied = end;
            None
        } else {
            None
        };
        if let Some((from, to)) = hidden.filter(|&(from, to)| from < to && from >= copied) {
            if &text[from..to] != REDACTED {
                output.push_str(&text[copied..from]);
                output.push_str(REDACTED);
                copied = to;
            }
            at = to.max(end);
        }
    }
    if copied == 0 {
        return Cow::Borrowed(text);
    }
    output.push_str(&text[copied..]);
    Cow::Owned(output)
}

fn is_word(b: u8) -> bool {
    b.is_ascii_alphanumeric() || matches!(b, b'+' | b'/' | b'_' | b'-' | b'.' | b'%' | b'~')
}

/// The next run of characters that secrets and names are made of.
fn next_word(text: &str, from: usize) -> Option<(usize, usize)> {
    let bytes = text.as_bytes();
    let start = from + bytes.get(from..)?.iter().position(|&b| is_word(b))?;
    let length = bytes[start..].iter().position(|&b| !is_word(b)).unwrap_or(bytes.len() - start);
    Some((start, start + length))
}

/// Base64 ends in `=`, which is not part of a word.
fn with_padding(text: &str, end: usize) -> usize {
    end + text[end..].bytes().take(3).take_while(|&b| b == b'=').count()
}

/// The value after a secret's name: `name=value`, `"name": "value"`, `name: value`, `--name value`.
fn named_value(text: &str, start: usize, end: usize) -> Option<(usize, usize)> {
    let word = &text[start..end];
    let rest = &text[end..];
    let flag = word.starts_with("--") && rest.starts_with(' ');
    let name: String = word
        .bytes()
        .filter(|b| !matches!(b, b'_' | b'-' | b'.'))
        .map(|b| char::from(b.to_ascii_lowercase()))
        .collect();
    if word == "-p" && rest.starts_with(' ') && is_login(text, start) {
        return value_at(text, end + 1);
    }
    if is_in_arn(text, start) || is_containerds(text, start, &name) {
        return None;
    }
    let short = matches!(name.as_str(), "auth" | "token");
    let header = name == "authorization";
    if !short && !header && !SECRET_NAMES.iter().any(|secret| name.ends_with(secret)) {
        return None;
    }
    // Between name and value: quotes (escaped too), white space, one `=` or `:`.
    let mut separator = None;
    let mut offset = 0;
    for c in rest.chars().take(12) {
        match c {
            '=' | ':' if separator.is_none() => separator = Some(c),
            '"' | '\'' | '\\' => {}
            ' ' | '\t' => {}
            _ => break,
        }
        offset += c.len_utf8();
    }
    let between = &rest[..offset];
    let quoted = between.contains('"') || between.contains('\'');
    let counts = match separator {
        Some('=') => true,
        // Prose: "invalid token: expired".
        Some(_) => quoted || header || !short,
        None => flag,
    };
    if !counts {
        return None;
    }
    if header {
        // To the end of the line; of a quoted header, to the quote.
        let opened = text[..start].chars().next_back().filter(|c| matches!(c, '"' | '\''));
        let closes =
            |c: char| matches!(c, '\n' | '\r') || Some(c) == opened || quoted && matches!(c, '"' | '\'');
        let length = rest[offset..].find(closes).unwrap_or(rest.len() - offset);
        return Some((end + offset, end + offset + length));
    }
    let (from, to) = value_at(text, end + offset)?;
    // "password: required" and "password is wrong" are prose, but one word after `name:` is not worth the risk
    // unless it is plainly a word.
    let value = &text[from..to];
    let prose = separator == Some(':')
        && !quoted
        && value.bytes().all(|b| b.is_ascii_lowercase())
        && value.len() <= 12;
    (!prose).then_some((from, to))
}

/// Whether a name is a part of an ARN: `arn:aws:secretsmanager:…:secret:NAME` names a secret and holds none.
fn is_in_arn(text: &str, at: usize) -> bool {
    let before = text.get(..at).unwrap_or_default();
    let begins =
        before.rfind(|c: char| c.is_whitespace() || "\"'`<([,=".contains(c)).map_or(0, |space| space + 1);
    before.get(begins..).is_some_and(|word| word.starts_with("arn:aws"))
}

/// Whether `authorization` is no header but the end of "repository does not exist or may require authorization: …",
/// behind which stands why.
fn is_containerds(text: &str, at: usize, name: &str) -> bool {
    name == "authorization" && text.get(..at).is_some_and(|before| before.ends_with("may require "))
}

/// Whether the command line up to here logs in somewhere.
fn is_login(text: &str, at: usize) -> bool {
    let line = text[..at].rsplit('\n').next().unwrap_or_default();
    line.contains("login")
}

fn value_at(text: &str, from: usize) -> Option<(usize, usize)> {
    let rest = text.get(from..)?;
    let opened = text[..from].ends_with(['"', '\'']);
    let length = if opened {
        rest.find(['"', '\'', '\n']).unwrap_or(rest.len())
    } else {
        rest.find(|c: char| c.is_whitespace() || matches!(c, '"' | '\'' | ',' | '&' | ';' | ')' | '}' | '<'))
            .unwrap_or(rest.len())
    };
    // An escaped quote ends the value before its backslash.
    let value = rest[..length].trim_end_matches('\\');
    (!value.is_empty()).then_some((from, from + value.len()))
}

/// The password in `user:password@host`, as it stands in registries' keys when somebody forgot the scheme.
fn bare_user_info(text: &str, end: usize) -> Option<(usize, usize)> {
    let rest = text[end..].strip_prefix(':')?;
    let at = rest.find(|c: char| c.is_whitespace() || matches!(c, '/' | '"' | '\'' | '<' | '@' | ','))?;
    let host = rest[at..].strip_prefix('@')?;
    let length =
        host.find(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '.' | '-'))).unwrap_or(host.len());
    let is_host = host[..length].trim_end_matches('.').contains('.');
    (is_host && at > 0).then_some((end + 1, end + 1 + at))
}

/// The password in `scheme://user:password@host`.
fn user_info(text: &str, start: usize, end: usize) -> Option<(usize, usize)> {
    let rest = text[end..].strip_prefix("://").filter(|_| start < end)?;
    let begin = end + 3;
    let authority = &rest[..rest
        .find(|c: char| c.is_whitespace() || matches!(c, '/' | '"' | '\'' | '<'))
        .unwrap_or(rest.len())];
    let at = authority.rfind('@')?;
    let colon = authority[..at].find(':')?;
    Some((begin + colon + 1, begin + at))
}

/// A private key between its BEGIN and END lines.
fn pem_block(text: &str, start: usize) -> Option<(usize, usize)> {
    let rest = &text[start..];
    let line = &rest[..rest.find(['\n', '\\']).unwrap_or(rest.len())];
    if !line.contains("PRIVATE KEY") {
        return None;
    }
    let body = start + line.len();
    let length = text[body..].find("-----END").unwrap_or(text.len() - body);
    Some((body, body + length))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const SECRET_KEY: &str = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";

    #[test]
    fn secrets_go() {
        let token = format!("eyJwYXlsb2FkIjoi{}", "Ab3/".repeat(300));
        let auth = format!("QVdTOmV5SndZ{}==", "Zk9x".repeat(100));
        for text in [
            format!("aws_secret_access_key = {SECRET_KEY}"),
            format!("export AWS_SESSION_TOKEN=IQoJb3JpZ2lu{}", "Xy9+".repeat(60)),
            format!(r#"{{"auths":{{"h":{{"auth":"{auth}"}}}}}}"#),
            format!(r#""{{\"auth\":\"{auth}\"}}""#),
            format!("got {token} from ECR"),
            format!("key {SECRET_KEY}, then"),
            "docker login -u AWS -p hunter2secret https://x".to_owned(),
            "docker login --password hunter2secret x".to_owned(),
            "docker login --password=hunter2secret x".to_owned(),
            "Authorization: Basic aHVudGVyMnNlY3JldA==".to_owned(),
            "pull https://AWS:hunter2secret@host/x failed".to_owned(),
            "no helper is named for u:hunter2secret@h.example".to_owned(),
            "Authorization: Bearer abc password='hunter2 x' and more".to_owned(),
            "curl -H 'Authorization: Bearer hunter2' https://h".to_owned(),
            "password: Hunter2secret".to_owned(),
            "jwt eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJ4In0.c2lnbmF0dXJlaHVudGVyMg".to_owned(),
            "-----BEGIN RSA PRIVATE KEY-----\nhunter2\n-----END RSA PRIVATE KEY-----".to_owned(),
            "token ghp_hunter2secrethunter2secrethunter2se".to_owned(),
            "?X-Amz-Signature=hunter2secret&x=1".to_owned(),
        ] {
            let output = redact(&text);
            for secret in [SECRET_KEY, "hunter2", "aHVudGVyMn", &token, auth.trim_end_matches('='), "IQoJ"] {
                assert!(!output.contains(secret), "{output}");
            }
            assert!(output.contains(REDACTED), "{output}");
            assert_eq!(redact(&output), output);
        }
    }

    #[test]
    fn everything_else_stays() {
        for text in [
            "no basic auth credentials",
            "denied: Your authorization token has expired. Reauthenticate and try again.",
            "The security token included in the request is invalid",
            "error: token: expired",
            "password: required",
            "sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
            "commit 3b18e512dba79e4c8300dd08aeb37f8e728b8dad",
            "123456789012.dkr.ecr.us-east-1.amazonaws.com/team/app:v1.2.3-rc1",
            "arn:aws:sts::123456789012:assumed-role/AWSReservedSSO_Admin_0123456789abcdef/me@example.com",
            "request id 8f0e1c52-94b2-4f6e-8d9e-0a1b2c3d4e5f",
            "/var/lib/docker/overlay2/l/some/very/long/path/to/a/file.txt",
            "--password-stdin",
            "https://user@host/path",
            "alpine:3.18@sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
            "git@github.com:acme/app.git",
            "repository does not exist or may require authorization: server message: insufficient_scope",
            "arn:aws:secretsmanager:us-east-1:123456789012:secret:ecr-pullthroughcache/hub-AbCdEf",
        ] {
            assert_eq!(redact(text), text);
        }
        assert_eq!(redact("key AKIAIOSFODNN7EXAMPLE"), "key AKIA…MPLE");
    }

    proptest! {
        #[test]
        fn any_text_is_answered_once_and_for_all(text in any::<String>()) {
            let once = redact(&text).into_owned();
            prop_assert_eq!(redact(&once), once.as_str());
        }

        #[test]
        fn planted_secrets_go(
            before in "[ -~]{0,40}", after in "[ -~]{0,40}",
            secret in prop_oneof![
                "eyJwYXlsb2FkIjoi[a-zA-Z0-9+/]{200,400}", "[A-Za-z0-9+/]{120,300}(Aa1)[A-Za-z0-9+/]{20}",
            ],
            wrap in prop::sample::select(vec![(" ", " "), ("\"", "\""), ("=", "\n"), ("'", "'"), ("(", ")"), (": ", ",")]),
        ) {
            let text = format!("{before}{}{secret}{}{after}", wrap.0, wrap.1);
            prop_assert!(!redact(&text).contains(&secret), "{}", text);
        }
    }
}
