//! ECR logins anywhere in a text: as a password, as `auth` of a docker configuration, or deeper inside of base64, as in
//! a Secret of Kubernetes.
//!
//! A login is found by what its base64 begins with, and what is found is decoded: whether it is one, and until when it is
//! good, it says itself. What a text is made of is looked at once, however long it is.

use std::ops::Range;
use std::sync::LazyLock;

use base64::Engine as _;
use ecrpass_core::Secret;
use ecrpass_core::registry::Registry;
use ecrpass_core::token::{BASE64, MAX_LENGTH, password_expiry};
use memchr::memmem::Finder;

use super::base64_run::{self, Run};
use super::hosts;

/// A login that is stored in a text.
#[derive(Clone, Debug)]
pub struct StoredToken {
    /// Its bytes: of the whole run of base64 that it is in.
    pub bytes: Range<usize>,
    /// When it says it expires, in seconds since 1970.
    pub expires_at: i64,
    /// The registry that it is for, where something says so.
    pub registry: Option<Registry>,
    /// Whether it stands inside of more base64: a whole configuration, a script.
    pub is_wrapped: bool,
}

/// The most that is decoded as one run, in bytes.
const MAX_RUN: usize = 1 << 20;

/// How much is decoded of a text to find logins that are folded into several lines, in bytes.
const MAX_FOLDED: usize = 32 << 20;

/// How deep base64 may stand in base64.
const MAX_DEPTH: usize = 3;

/// How the JSON of a password begins.
const PASSWORD: &str = r#"{"payload""#;

/// `AWS:` and the first letters of a password.
const AUTH: &str = "AWS:ey";

/// What is looked for.
struct Needles {
    /// A password, or `AWS:` and one, by its first letters.
    direct: Vec<(Finder<'static>, bool)>,
    /// The same inside of more base64, at each of the three places where its letters may fall.
    wrapped: Vec<Finder<'static>>,
}

static NEEDLES: LazyLock<Needles> = LazyLock::new(|| {
    let (password, auth) = (stable(PASSWORD, 0), stable(AUTH, 0));
    let finder = |text: &str| Finder::new(text).into_owned();
    let wrapped = [&password, &auth].into_iter().flat_map(|inner| (0..3).map(|shift| stable(inner, shift)));
    Needles {
        wrapped: wrapped.map(|text| finder(&text)).collect(),
        direct: vec![(finder(&auth), true), (finder(&password), false)],
    }
});

/// The letters of a text's base64 that do not depend on what stands around it, where it begins at that byte of three.
fn stable(text: &str, shift: usize) -> String {
    let padded = format!("{}{text}", "\0".repeat(shift));
    let encoded = BASE64.encode(padded.as_bytes());
    let from = [0, 2, 3].get(shift).copied().unwrap_or_default();
    let to = padded.len() * 8 / 6;
    encoded.get(from..to).unwrap_or_default().to_owned()
}

/// How many logins of a text are told: with more it is a dump of them, and those say enough.
const MAX_TOLD: usize = 200;

/// The logins of a text, in its order.
pub fn find(text: &str) -> Vec<StoredToken> {
    let mut found = within(text, 0);
    found.truncate(MAX_TOLD);
    for token in &mut found {
        if token.registry.is_none() {
            token.registry = hosts::near(text, &token.bytes);
        }
    }
    found
}

fn within(text: &str, depth: usize) -> Vec<StoredToken> {
    let mut found: Vec<StoredToken> = Vec::new();
    let mut budget = MAX_FOLDED;
    for (finder, is_auth) in &NEEDLES.direct {
        for at in finder.find_iter(text.as_bytes()).filter(|at| base64_run::begins_at(text, *at)) {
            found.extend(direct(text, at, *is_auth, &mut budget));
        }
    }
    if depth < MAX_DEPTH {
        // An `auth` holds a password that is encoded once more: it was found already.
        let mut known: Vec<Range<usize>> = found.iter().map(|token| token.bytes.clone()).collect();
        known.sort_by_key(|bytes| bytes.start);
        let is_known = |at: usize| {
            let before = known.partition_point(|bytes| bytes.start <= at);
            before.checked_sub(1).and_then(|index| known.get(index)).is_some_and(|bytes| at < bytes.end)
        };
        let mut done = 0;
        let finders = NEEDLES.wrapped.iter();
        let mut places: Vec<usize> = finders.flat_map(|finder| finder.find_iter(text.as_bytes())).collect();
        places.sort_unstable();
        for at in places {
            if at < done || is_known(at) {
                continue;
            }
            let run = base64_run::around(text, at, MAX_RUN);
            done = run.bytes.end.max(at + 1);
            found.extend(wrapped(&run, depth));
        }
    }
    found.sort_by_key(|token| (token.bytes.start, token.bytes.end));
    found
}

/// A password or an `auth` that begins there.
fn direct(text: &str, at: usize, is_auth: bool, budget: &mut usize) -> Option<StoredToken> {
    for (tries, run) in base64_run::from(text, at, MAX_LENGTH).enumerate() {
        let length = run.letters.expose().len();
        if tries > 0 {
            *budget = budget.checked_sub(length)?;
        }
        let expires_at = if is_auth {
            decode(&run.letters).and_then(|decoded| expiry(decoded.expose().strip_prefix("AWS:")?))
        } else {
            expiry(run.letters.expose())
        };
        if let Some(expires_at) = expires_at {
            return Some(StoredToken { bytes: run.bytes, expires_at, registry: None, is_wrapped: false });
        }
    }
    None
}

/// When a password expires; only of what has the parts of one of ECR's.
fn expiry(password: &str) -> Option<i64> {
    let expires_at = password_expiry(password)?;
    let json = decode_text(password)?;
    let has = |part: &str| json.expose().contains(part);
    (has("\"payload\"") || has("\"datakey\"")).then_some(expires_at)
}

/// The logins inside of a run, at its place.
fn wrapped(run: &Run, depth: usize) -> Vec<StoredToken> {
    let Some(inner) = decode(&run.letters) else { return Vec::new() };
    let mut tokens = within(inner.expose(), depth + 1);
    for token in &mut tokens {
        if token.registry.is_none() {
            token.registry = hosts::near(inner.expose(), &token.bytes);
        }
        token.bytes = run.bytes.clone();
        token.is_wrapped = true;
    }
    tokens
}

fn decode(letters: &Secret) -> Option<Secret> {
    decode_text(letters.expose())
}

fn decode_text(letters: &str) -> Option<Secret> {
    let bytes = BASE64.decode(letters.as_bytes()).ok()?;
    String::from_utf8(bytes).ok().map(Secret::new)
}

impl StoredToken {
    /// Whether it is for the public registry.
    pub fn is_public(&self) -> bool {
        matches!(self.registry, Some(Registry::Public { .. }))
    }

    /// The registry's host in words.
    pub fn host(&self) -> &str {
        match &self.registry {
            Some(registry) => registry.host(),
            None => "an ECR registry",
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const HOST: &str = "123456789012.dkr.ecr.eu-west-1.amazonaws.com";

    fn password(expiration: i64) -> String {
        BASE64.encode(format!(
            r#"{{"payload":"{}=","datakey":"AQEBAH","version":"2","type":"DATA_KEY","expiration":{expiration}}}"#,
            "aB3/".repeat(80)
        ))
    }

    fn auth(expiration: i64) -> String {
        BASE64.encode(format!("AWS:{}", password(expiration)))
    }

    fn config(host: &str) -> String {
        format!("{{\n\t\"auths\": {{\n\t\t\"{host}\": {{\n\t\t\t\"auth\": \"{}\"\n\t\t}}\n\t}}\n}}", auth(77))
    }

    fn found(text: &str) -> Vec<(String, i64, Option<String>)> {
        find(text)
            .into_iter()
            .map(|token| {
                let registry = token.registry.map(|registry| registry.host().to_owned());
                (text[token.bytes].to_owned(), token.expires_at, registry)
            })
            .collect()
    }

    #[test]
    fn files_with_logins_are_read() {
        let direct = NEEDLES.direct.iter().map(|(finder, _)| finder);
        for needle in direct.chain(&NEEDLES.wrapped) {
            let needle = std::str::from_utf8(needle.needle()).unwrap();
            assert!(crate::prefilter::SECRETS.iter().any(|text| needle.contains(text)), "{needle}");
        }
    }

    #[test]
    fn every_form_is_found() {
        let (plain, encoded) = (password(77), auth(77));
        let whole = BASE64.encode(config(HOST));
        for (text, bytes) in [
            (format!("docker login -u AWS -p {plain} {HOST}\n"), &plain),
            (format!("ECR_PASSWORD={plain}\nHOST={HOST}\n"), &plain),
            (config(HOST), &encoded),
            (format!("# {HOST}\nexport TOKEN='{encoded}'\n"), &encoded),
            (format!("data:\n  .dockerconfigjson: {whole}\n"), &whole),
            (format!("{{\".dockerconfigjson\":\"{whole}\"}}"), &whole),
        ] {
            assert_eq!(found(&text), [(bytes.clone(), 77, Some(HOST.to_owned()))], "{text}");
        }
        let user = BASE64.encode(format!(
            "{{\"auths\":{{\"{HOST}\":{{\"username\":\"AWS\",\"password\":\"{plain}\"}}}}}}"
        ));
        assert_eq!(found(&user), [(user.clone(), 77, Some(HOST.to_owned()))]);
        // At each of the three places.
        for front in ["x", "xy", "xyz"] {
            let text = BASE64.encode(format!("{front} {encoded} {HOST}"));
            assert_eq!(found(&text).len(), 1, "{front}");
        }
    }

    #[test]
    fn folded_runs_are_one() {
        let whole = BASE64.encode(config(HOST));
        let lines: Vec<&str> =
            whole.as_bytes().chunks(76).map(|line| std::str::from_utf8(line).unwrap()).collect();
        for ending in ["\n    ", "\r\n    "] {
            let text =
                format!("data:\n  .dockerconfigjson: |{ending}{}\n  other: YWJj\n", lines.join(ending));
            let tokens = find(&text);
            assert_eq!(tokens.len(), 1);
            assert_eq!(tokens[0].registry.as_ref().unwrap().host(), HOST);
            assert!(text[tokens[0].bytes.clone()].starts_with(lines[0]));
        }
        // A line of letters behind a whole login does not belong to it.
        let text = format!("{}\ndone\n", password(77));
        assert_eq!(found(&text), [(password(77), 77, None)]);
    }

    #[test]
    fn what_is_no_login_is_passed_over() {
        for text in [
            BASE64.encode(r#"{"payload":"x"}"#),
            BASE64.encode(r#"{"expiration":"2015-12-30T12:00:00.000Z","conditions":[]}"#),
            BASE64.encode(r#"{"expiration":1757147299}"#),
            BASE64.encode("AWS:eyes"),
            BASE64.encode("acme:dckr_pat_abc"),
            "eyJwYXlsb2Fk".to_owned(),
            "QVdTOmV5".to_owned(),
            "$(aws ecr get-login-password)".to_owned(),
        ] {
            assert!(found(&text).is_empty(), "{text}");
        }
    }

    #[test]
    fn the_nearest_host_counts() {
        let text =
            format!("registry: ghcr.io\nimage: {HOST}/app\npublic.ecr.aws: x\npassword: {}\n", password(5));
        assert!(find(&text)[0].is_public());
    }

    #[test]
    fn long_texts_take_time_by_their_length() {
        // Much that begins like a login and is none, and one line that never ends.
        let text = "QVdTOmV5".repeat(200_000) + &"eyJwYXlsb2Fk\n".repeat(50_000);
        assert!(find(&text).is_empty());
    }

    proptest! {
        #[test]
        fn any_text_is_answered(text in any::<String>()) {
            for token in find(&text) {
                prop_assert!(text.get(token.bytes).is_some());
            }
        }

        #[test]
        fn places_are_in_the_text(front in "[a-zA-Z0-9+/=\n ]{0,40}", behind in "[a-zA-Z0-9+/=\n \"]{0,40}", cut in 0_usize..600) {
            let login = auth(9);
            let cut = login.len().saturating_sub(cut);
            let text = format!("{front}{}{behind}", &login[..cut]);
            for token in find(&text) {
                prop_assert!(text.get(token.bytes).is_some());
            }
        }
    }
}
