//! Takes secrets out of arbitrary text: logs, error messages, configurations, command lines.
//!
//! A secret is known by the name in front of it or by its own shape. Where that is in doubt it goes: a reader can do
//! without a word, nobody can take a password back. Hashes, ids, ARNs and image references stay.

mod command;
mod mark;
mod named;
mod query;
mod said;
mod shape;
mod user_info;
mod word;

use std::borrow::Cow;

pub use mark::REDACTED;
pub use word::skip_escape;

/// The text without secrets. What is no secret stays byte for byte; doing it twice changes nothing more.
pub fn redact(text: &str) -> Cow<'_, str> {
    let mut output = Output { text, safe: String::new(), copied: 0 };
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
            None => {
                for (from, to) in shape::access_key_ids(text, &word) {
                    // The first and the last four characters say which key it is; it is no secret, but half of one.
                    output.put(from + 4, to - 4, "…");
                }
            }
        }
    }
    output.finish()
}

/// What is written so far of the safe text.
struct Output<'a> {
    text: &'a str,
    safe: String,
    copied: usize,
}

impl<'a> Output<'a> {
    fn hide(&mut self, from: usize, to: usize) {
        if self.text.get(from..to) != Some(REDACTED) {
            self.put(from, to, REDACTED);
        }
    }

    fn put(&mut self, from: usize, to: usize, stand_in: &str) {
        self.safe.push_str(self.text.get(self.copied..from).unwrap_or_default());
        self.safe.push_str(stand_in);
        self.copied = to;
    }

    fn finish(mut self) -> Cow<'a, str> {
        if self.copied == 0 {
            return Cow::Borrowed(self.text);
        }
        self.safe.push_str(self.text.get(self.copied..).unwrap_or_default());
        Cow::Owned(self.safe)
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
        let secret = command::password(text, around, from, end);
        secret.or_else(|| named::value(text, around, from, end))
    };
    let named = by_name(start).or_else(|| (word.escape < start).then(|| by_name(word.escape)).flatten());
    named
        .or_else(|| named::after_scheme(text, start, end))
        .or_else(|| query::signature(text, start, end))
        .or_else(|| user_info::in_url(text, start, end))
        .or_else(|| user_info::bare(around, start, end))
        .or_else(|| said::value(text, start, end))
        .or_else(|| shape::is_secret(plain).then(|| (start, word::with_padding(text, end))))
}

/// A private key between its BEGIN and END lines.
fn pem_block(text: &str, start: usize) -> Option<(usize, usize)> {
    let rest = text.get(start..)?;
    // A BEGIN line is short; more is not searched, or a line of nothing but these would take for ever.
    let length =
        rest.bytes().take(100).position(|b| matches!(b, b'\n' | b'\\')).unwrap_or(rest.len().min(100));
    let line = rest.get(..length)?;
    if !line.contains("PRIVATE KEY") {
        return None;
    }
    let body = start + line.len();
    let after = text.get(body..)?;
    Some((body, body + after.find("-----END").unwrap_or(after.len())))
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
            "https://oauth2accesstoken@host/path",
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

    /// Texts with hunter2 in them, and what must stay of them.
    #[test]
    fn secrets_go_however_they_are_written() {
        let wrapped = format!("eyJwYXlsb2FkIjoi{0}\n{0}\n  {0}\nhunter2A==\n", "Ab3/hunter2".repeat(7));
        for (text, stays) in [
            (r#"{"log":"\nAuthorization: Basic aHVudGVyMnNlY3JldA==\nHost: h"}"#, r#"\nHost: h"}"#),
            (r"\nghp_hunter2secrethunter2secrethunter2se", r"\n["),
            ("\u{1b}[1;32mghp_hunter2secrethunter2secrethunter2se\u{1b}[0m", "\u{1b}[1;32m["),
            (r"\u001b[32mghp_hunter2secrethunter2secrethunter2se\u001b[0m", r"]\u001b[0m"),
            (r"C:\token=hunter2", "token=["),
            (r#"docker login -u AWS -p "hunter2" h"#, r#"" h"#),
            ("docker login -p 'hunter2 x' h", "' h"),
            ("docker login -p=hunter2 h", "] h"),
            ("docker login --password  hunter2 h", "] h"),
            (r#"["docker","login","--password","hunter2","h"]"#, r#"","h"]"#),
            (r#"["docker", "login", "-p", "hunter2", "h"]"#, r#"", "h"]"#),
            (r#"\"--password\", \"hunter2\", \"h\""#, r#"\", \"h\""#),
            ("'Authorization': b'Basic hunter2hunter2', 'Host': 'h'", ", 'Host': 'h'"),
            (r#"{"Authorization": ["Basic hunter2hunter2"], "a": 1}"#, r#""], "a": 1}"#),
            ("sent Bearer hunter2hunter2 to h", " to h"),
            ("Proxy-Authorization: Digest hunter2", ": ["),
            (r#"{"password": "o'hunter2", "a": 1}"#, r#"", "a": 1}"#),
            (r#"{"password": "o\"hunter2", "a": 1}"#, r#"", "a": 1}"#),
            (r#""{\"password\": \"o\\\"hunter2\", \"a\": 1}""#, r#"\", \"a\": 1}""#),
            (&wrapped, "]\n[redacted]\n  ["),
            ("arn:aws:iam::1:role/x;password=hunter2", "role/x;password="),
            ("arn:aws:iam::1:role/x|password=hunter2&a=1", "&a=1"),
            ("DOCKER_PASS=hunter2", "DOCKER_PASS="),
            ("CI_JOB_TOKEN=hunter2", "="),
            ("X-Vault-Token: hvs.hunter2", "X-Vault-Token: "),
            ("MYSQL_PWD=hunter2", "="),
            ("Cookie: a=b; session=hunter2", "Cookie: ["),
            ("hosts:\n  - h\n    auth: hunter2A=\n  x: y", "\n  x: y"),
            ("a: b\ntoken: hunter2\n", "token: ["),
            ("skopeo copy --src-creds u:hunter2 --dest-creds=u:hunter2 a b", "u:[redacted] a b"),
            ("skopeo inspect --creds 'u:hunter2' a", "' a"),
            ("curl -s -u u:hunter2 https://h", "] https://h"),
            ("git clone https://hunter2Secret@h.example/x", "@h.example/x"),
            ("keys: user:hunter2Passw0rd@host.tld", "user:[redacted]@host.tld"),
            ("user:p@hunter2@host.tld", "@host.tld"),
            (r#"{"httpProxy":"u:hunter2@p:80"}"#, r#""u:[redacted]@p:80""#),
            ("HTTPS_PROXY=u:hunter2@proxy:3128/", "@proxy:3128/"),
            ("docker login -u AWS --password-stdin <<< hunter2 denied: x", "<<< [redacted] denied: x"),
            ("docker login --password-stdin h <<<'hunter2 x' denied: x", "h <<<'[redacted]' denied"),
            ("echo hunter2 | docker login -u AWS --password-stdin h", "echo [redacted] | docker login -u"),
            ("+ echo -n \"hunter2 x\" | docker login --password-stdin h", "-n \"[redacted]\" | docker"),
            ("printf %s hunter2 | docker login --password-stdin h", "printf %s [redacted] | docker"),
            ("printf '%s\\n' 'hunter2'|docker login --password-stdin h", "'%s\\n' '[redacted]'|docker"),
            ("proxy=user:hunter2@proxy:80 x", "proxy=user:[redacted]@proxy:80 x"),
            ("https_proxy=user:hunter2@proxy x", "user:[redacted]@proxy x"),
            ("sshpass -p hunter2 ssh h", "-p [redacted] ssh h"),
            ("sshpass -phunter2 ssh h", "-p[redacted] ssh h"),
            ("docker login -u AWS -phunter2 h", "-p[redacted] h"),
            ("curl -k AWS:hunter2 h", "AWS:[redacted] h"),
            ("Token hunter2 denied: x", "Token [redacted] denied: x"),
            ("passwd hunter2 denied: x", "passwd [redacted] denied: x"),
            ("the PASSWORD is hunter2. x", "is [redacted]. x"),
            ("the password was \"hunter2\" x", "was \"[redacted]\" x"),
            ("x: Token: Hunter2hunter2 x", "Token: [redacted] x"),
            ("external_id=hunter2 x", "external_id=[redacted] x"),
            ("ExternalId hunter2 x", "ExternalId [redacted] x"),
            ("aws sts assume-role --external-id hunter2 x", "[redacted] x"),
        ] {
            let output = redact(text);
            assert!(!output.contains("hunter2") && output.contains(stays), "{text}\n{output}");
            assert_eq!(redact(&output), output);
        }
        for (text, safe) in [
            ("Token SECRETSAUCE denied: x", "Token [redacted] denied: x"),
            ("passwd SECRETSAUCE x", "passwd [redacted] x"),
            ("PASSWORD is SECRETSAUCE x", "PASSWORD is [redacted] x"),
            ("password is openSesame x", "password is [redacted] x"),
            ("ExternalId SECRETSAUCE x", "ExternalId [redacted] x"),
        ] {
            assert_eq!(redact(text), safe);
        }
        assert_eq!(redact("a: b\npassword: swordfish"), "a: b\npassword: [redacted]");
        for text in [
            format!("key is {SECRET_KEY}."),
            format!(r"\t{SECRET_KEY}\n"),
            "AKIAIOSFODNN7EXAMPLE.".to_owned(),
            r"\tAKIAIOSFODNN7EXAMPLE".to_owned(),
            "Credential=AKIAIOSFODNN7EXAMPLE/20250101/us-east-1".to_owned(),
            "X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20250101".to_owned(),
            "x%3DAKIAIOSFODNN7EXAMPLE".to_owned(),
        ] {
            let output = redact(&text);
            assert!(!output.contains(SECRET_KEY) && !output.contains("IOSFODNN7EX"), "{output}");
            assert_eq!(redact(&output), output);
        }
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
