//! Takes secrets out of arbitrary text: logs, error messages, configurations, command lines.
//!
//! A secret is known by the name in front of it or by its own shape. Where that is in doubt it goes: a reader can do
//! without a word, nobody can take a password back. Hashes, ids, ARNs and image references stay.

mod below;
mod command;
mod gap;
mod image;
mod mark;
mod named;
mod pair;
mod query;
mod repeated;
mod said;
mod setting;
mod shape;
mod shell_word;
mod user_info;
mod whole;
mod word;

use std::borrow::Cow;
use std::ops::Range;

pub use mark::REDACTED;
pub use word::skip_escape;

/// The text without secrets. What is no secret stays byte for byte; doing it twice changes nothing more. Lines stay lines:
/// the n-th one of a document is the n-th one of its safe text.
pub fn redact(text: &str) -> Cow<'_, str> {
    applied(text, &replacements(text, true))
}

/// The same, in which the ids of access keys stay whole: they are no secrets, and say which key it is.
pub fn redact_secrets(text: &str) -> Cow<'_, str> {
    applied(text, &replacements(text, false))
}

/// A part of a text that is not to be seen, and what stands in its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Replacement {
    /// Its bytes.
    pub bytes: Range<usize>,
    /// What is seen instead.
    pub stand_in: &'static str,
}

/// The text of a field that holds an image reference, without secrets: a tag is none, whatever the repository is called.
pub fn redact_image(reference: &str) -> Cow<'_, str> {
    const FIELD: &str = "image: ";
    let safe = redact(&format!("{FIELD}{reference}")).into_owned();
    match safe.strip_prefix(FIELD) {
        Some(same) if same == reference => Cow::Borrowed(reference),
        Some(safe) => Cow::Owned(safe.to_owned()),
        None => redact(reference),
    }
}

/// What [`redact`] replaces, in the order of the text: for those who show a part of it, and have to know the whole.
pub fn hidden(text: &str) -> Vec<Replacement> {
    replacements(text, true)
}

fn replacements(text: &str, with_key_ids: bool) -> Vec<Replacement> {
    let mut output = Output { text, hidden: Vec::new(), copied: 0 };
    let mut around = word::Around::new(text);
    let mut at = 0;
    // Where a long secret ended: the rest of it may stand on the lines after it.
    let mut wrapped = None;
    while let Some(word) = word::next(text, at) {
        at = word.end;
        match secret(text, &mut around, &word, wrapped)
            .filter(|&(from, to)| from < to && from >= output.copied)
        {
            Some((from, to)) => {
                // A word that announces a secret may be one itself: `TOKEN-https://user:password@host`.
                let is_secret = text.get(word.start..word.end).is_some_and(shape::is_secret);
                if is_secret && from >= word.end && word.start >= output.copied {
                    output.hide(word.start, word.end);
                }
                output.hide(from, to);
                wrapped = (to - from >= word::WRAPPED).then_some(to);
                at = to.max(word.end);
            }
            None if with_key_ids => {
                for (from, to) in shape::access_key_ids(text, &word) {
                    // The first and the last four characters say which key it is; it is no secret, but half of one.
                    output.put(from + 4, to - 4, "…");
                }
            }
            None => {}
        }
    }
    let mut hidden = output.hidden;
    let known: Vec<Range<usize>> = hidden.iter().map(|one| one.bytes.clone()).collect();
    let more = repeated::places(text, &known);
    if !more.is_empty() {
        hidden.extend(more.into_iter().map(|bytes| Replacement { bytes, stand_in: REDACTED }));
        hidden.sort_by_key(|one| one.bytes.start);
    }
    hidden
}

fn applied<'a>(text: &'a str, hidden: &[Replacement]) -> Cow<'a, str> {
    if hidden.is_empty() {
        return Cow::Borrowed(text);
    }
    let (mut safe, mut copied) = (String::with_capacity(text.len()), 0);
    for Replacement { bytes, stand_in } in hidden {
        safe.push_str(text.get(copied..bytes.start).unwrap_or_default());
        safe.push_str(stand_in);
        copied = bytes.end;
    }
    safe.push_str(text.get(copied..).unwrap_or_default());
    Cow::Owned(safe)
}

/// What is known so far to be hidden.
struct Output<'a> {
    text: &'a str,
    hidden: Vec<Replacement>,
    copied: usize,
}

impl Output<'_> {
    /// Hides what stands there, each line for itself.
    fn hide(&mut self, from: usize, to: usize) {
        let text = self.text.get(from..to).unwrap_or_default();
        if !text.contains('\n') {
            return self.hide_line(from, to);
        }
        let mut at = from;
        for line in text.split_inclusive('\n') {
            let begin = line.len() - line.trim_start().len();
            let end = line.trim_end().len();
            if begin < end {
                self.hide_line(at + begin, at + end);
            }
            at += line.len();
        }
        self.copied = to;
    }

    fn hide_line(&mut self, from: usize, to: usize) {
        if self.text.get(from..to) != Some(REDACTED) {
            self.put(from, to, REDACTED);
        }
    }

    fn put(&mut self, from: usize, to: usize, stand_in: &'static str) {
        self.hidden.push(Replacement { bytes: from..to, stand_in });
        self.copied = to;
    }
}

/// The bytes to hide because of a word: itself, or what it announces.
fn secret(
    text: &str,
    around: &mut word::Around<'_>,
    word: &word::Word,
    wrapped: Option<usize>,
) -> Option<(usize, usize)> {
    let (start, end) = (word.start, word.end);
    let plain = text.get(start..end)?;
    if plain.starts_with("-----BEGIN")
        && let Some(block) = pem_block(text, start)
    {
        return Some(block);
    }
    if let Some(end) = wrapped.and_then(|from| word::continues(text, from, start, end)) {
        return Some((start, end));
    }
    // After a backslash the first letter may belong to an escape or to the word (`C:\token`): both count.
    let mut by_name = |from| {
        command::password(text, around, from, end).or_else(|| {
            let value = named::value(text, around, from, end)?;
            // What is behind the name of an image is its tag, whatever the repository is called.
            (!image::is_one(text, around, from, end)).then_some(value)
        })
    };
    let named = by_name(start).or_else(|| (word.escape < start).then(|| by_name(word.escape)).flatten());
    named
        .or_else(|| pair::value(text, around, start, end))
        .or_else(|| named::after_scheme(text, start, end))
        .or_else(|| query::signature(text, start, end))
        .or_else(|| user_info::in_url(text, start, end))
        .or_else(|| user_info::bare(around, start, end))
        .or_else(|| said::value(text, start, end).filter(|_| !image::is_one(text, around, start, end)))
        .or_else(|| {
            let begin = if shape::is_secret(plain) { Some(0) } else { shape::in_place_of_a_name(plain) };
            begin.map(|begin| (start + begin, word::with_padding(text, end)))
        })
}

/// A private key between its BEGIN and END lines.
fn pem_block(text: &str, start: usize) -> Option<(usize, usize)> {
    let rest = text.get(start..)?;
    // A BEGIN line is short and of few letters; what follows them, masked or not, does not decide.
    const KIND: &str = "PRIVATE KEY";
    let is_of_line = |b: &u8| b.is_ascii_uppercase() || b.is_ascii_digit() || matches!(b, b' ' | b'-');
    let line = rest.get(..rest.bytes().take(100).take_while(|b| is_of_line(b)).count())?;
    let kind = line.find(KIND)? + KIND.len();
    let dashes = line.get(kind..)?.find("-----").map_or(0, |at| at + "-----".len());
    let body = start + kind + dashes;
    let after = text.get(body..)?;
    Some((body, body + after.find("-----END").unwrap_or(after.len())))
}

#[cfg(test)]
mod in_pieces;

#[cfg(test)]
mod written;

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
            "mask-password: 'hunter2'".to_owned(),
            "variables: {AWS_SECRET_ACCESS_KEY: \"Ab3\\\n    /hunter2secret\"}".to_owned(),
            "with: { password: \"Ab3\n    hunter2 x\", b: 1 }".to_owned(),
            "env: {A: b, SECRET_KEY: 'Ab3\n    hunter2'}".to_owned(),
            "id-token: hunter2".to_owned(),
            "awk '{printf \"hunter2\"}' | docker login -u AWS --password-stdin h".to_owned(),
            "printf '{hunter2}' | docker login -u AWS --password-stdin h".to_owned(),
            "jwt eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJ4In0.c2lnbmF0dXJlaHVudGVyMg".to_owned(),
            "-----BEGIN RSA PRIVATE KEY-----\nhunter2\n-----END RSA PRIVATE KEY-----".to_owned(),
            format!("{}-https://u:hunter2@h", "hunter2Ab3".repeat(12)),
            format!("{}-https://u:@-https://u:hunter2@h", "hunter2Ab3".repeat(12)),
            // Begins like a key and is none.
            format!("-----BEGIN{}", "hunter2Ab3".repeat(12)),
            "token ghp_hunter2secrethunter2secrethunter2se".to_owned(),
            "?X-Amz-Signature=hunter2secret&x=1".to_owned(),
            "https://h/x?Signature=hunter2~secret__&Key-Pair-Id=K".to_owned(),
            "https://h/x?Expires=1&Signature=hunter2%2Bsecret%3D".to_owned(),
            r#"{"url":"https://h/x?Expires=1\u0026Signature=hunter2"}"#.to_owned(),
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
            "Signature=expired: 20260101T000000Z is now earlier than 20260101T001500Z",
            "SignedHeaders=host, Signature",
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
            "permissions:\n  id-token: write",
            "token: expired",
            "docker run -u 1000:1000 -p 80:80 x",
            "WWW-Authenticate: Bearer realm=\"https://h/\",service=\"h\"",
            "uses basic authentication",
            "Token expired",
            "token has expired",
            "the password is wrong",
            "PASSWORD IS REQUIRED",
            "the token is ExpiredToken",
            "Token us-east-1 is for another region",
            "authorization token ECR gave",
            "token AWS_SESSION_TOKEN is unset",
            "secret regcred2 not found",
            "security token InvalidClientTokenId",
            "the token 123456789012.dkr.ecr.us-east-1.amazonaws.com gave",
            "token for https://h1/x",
            "AWS::ECR::Repository",
            "AWS:arn:aws:iam::123456789012:root",
            "echo \"$PASSWORD\" | docker login --password-stdin h",
            "docker login --password-stdin h <<< \"$(aws ecr get-login-password)\"",
            "echo starting the build",
            "alpine:3.18@sha256:80",
            "sshpass -e ssh h",
            "with:\n  mask-password: 'false'",
            "mask-password: \"true\"",
            "it has these now: contents: read, id-token: write. Add what else it takes",
            "aws ecr get-login | awk '{printf $6}' | docker login -u AWS --password-stdin h",
            "aws ecr get-login | awk '{ print $6 }' | docker login -u AWS --password-stdin h",
            "https://oauth2accesstoken@host/path",
            "https://user@host/path",
            "alpine:3.18@sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
            "git@github.com:acme/app.git",
            "repository does not exist or may require authorization: server message: insufficient_scope",
            "arn:aws:secretsmanager:us-east-1:123456789012:secret:ecr-pullthroughcache/hub-AbCdEf",
            "FailedToRetrieveImagePullSecret: Unable to retrieve some image pull secrets (regcred); attempting to pull the image may not succeed.",
        ] {
            assert_eq!(redact(text), text);
        }
        assert_eq!(redact("key AKIAIOSFODNN7EXAMPLE"), "key AKIA…MPLE");
    }

    #[test]
    fn a_minified_document_stays_one() {
        for text in [
            r#"{"a":"Authorization: Basic aHVudGVyMg==","b":1}"#,
            r#"{"a":"password=\u0022x\u0022 y","b":1}"#,
            r#"{"a":"token=x\\","b":"it's \"password\": \"x\""}"#,
            r#"{"a":"'Authorization: x\"y","password":"","b":1}"#,
        ] {
            let output = redact(text);
            assert!(serde_json::from_str::<serde_json::Value>(&output).is_ok(), "{output}");
        }
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
