//! A configuration for people's eyes. Passwords stand in it under names nobody foresaw: headers, misspelt fields, values
//! of the wrong type. So strings are hidden, but for those of fields that are known to hold none.

use std::ops::Range;

use ecrpass_core::redact::{REDACTED, redact};

use crate::damaged::{LONGEST_SHOWN, SECRET_KEYS, dot_secrets};
use crate::document::Document;
use crate::value::{JsonKind, Member, Value, is_field};

/// The text with its secrets hidden. Works on pieces too, and on text that is no valid JSON.
pub fn mask(text: &str) -> String {
    let hidden = if text.trim().is_empty() { None } else { Document::parse_first(text).ok() };
    let hidden = match hidden {
        Some(document) => {
            let rest = document.trailing().unwrap_or(text.len());
            let read = without(text.get(..rest).unwrap_or_default(), &secrets(document.root()));
            let behind = text.get(rest..).unwrap_or_default();
            read + &dot_secrets(behind, 0..behind.len())
        }
        None => dot_secrets(text, 0..text.len()),
    };
    redact(&hidden).into_owned()
}

fn without(text: &str, secrets: &[Range<usize>]) -> String {
    let (mut output, mut end) = (String::with_capacity(text.len() / 2), 0);
    for secret in secrets {
        output.push_str(text.get(end..secret.start).unwrap_or_default());
        output.push_str(REDACTED);
        end = secret.end;
    }
    output.push_str(text.get(end..).unwrap_or_default());
    output
}

/// The insides of strings that may be secrets, and numbers in a secret's place.
fn secrets(root: &Value) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    for Member { key, value, .. } in root.members().unwrap_or_default() {
        look(value, is_secret(key), is_harmless(key), 1, &mut found);
    }
    found
}

fn look(value: &Value, is_named: bool, is_shown: bool, depth: usize, found: &mut Vec<Range<usize>>) {
    match &value.kind {
        JsonKind::Object(members) => {
            for member in members {
                look(&member.value, is_named || is_secret(&member.key), is_shown, depth + 1, found);
            }
        }
        JsonKind::Array(values) => {
            values.iter().for_each(|value| look(value, is_named, is_shown, depth, found))
        }
        JsonKind::String(text) => {
            if is_named || !is_shown || text.len() > LONGEST_SHOWN || is_login(text) {
                let inside = value.span.start + 1..value.span.end.saturating_sub(1);
                if !inside.is_empty() {
                    found.push(inside);
                }
            }
        }
        JsonKind::Number if is_named || !is_shown && depth > 1 => found.push(value.span.clone()),
        // Nobody looked what is in it.
        JsonKind::Deep { .. } => found.push(value.span.clone()),
        JsonKind::Number | JsonKind::Null | JsonKind::Bool => {}
    }
}

fn is_secret(key: &str) -> bool {
    SECRET_KEYS.iter().any(|secret| is_field(key, secret))
}

/// Fields that hold no secrets: helpers' names in any spelling, and how docker looks. Proxies are shown as far as they
/// are understood.
fn is_harmless(key: &str) -> bool {
    let key = key.to_ascii_lowercase();
    let is_helper = key.starts_with("cred") && (key.contains("store") || key.contains("helper"));
    is_helper
        || key.ends_with("format")
        || matches!(key.as_str(), "proxies" | "currentcontext" | "detachkeys" | "clipluginsextradirs")
}

/// Whether there may be a password in front of an `@` that redaction does not know for one.
fn is_login(text: &str) -> bool {
    text.contains('@') && redact(text) == text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_secret_is_shown_whatever_it_is_named() {
        for text in [
            r#"{"auth":"SECRET"}"#,
            r#"{"auth":{"h":{"auth":"SECRET"}}}"#,
            r#"{"auths":"SECRET"}"#,
            r#"{"auths":{"h":"SECRET","i":["SECRET"],"j":{"pass":"SECRET"}}}"#,
            r#"{"Authz":{"h":{"token":"SECRET","x":"SECRET"}}}"#,
            r#"{"auth":{"h":{"auth":{"x":"SECRET"}}}}"#,
            r#"{"HttpHeaders":{"X-Meta":"SECRET","X-Other":"SECRET"}}"#,
            r#"{"proxies":{"default":{"httpProxy":"u:SECRET@p:80","noProxy":"SECRET@p"}}}"#,
            r#"{"credsStore":"SECRET@h","password":"SECRET"}"#,
            r#"{"auth":{"h":{"auth":"SECRET"#,
            r#"{"auths":{}} {"auths":{"h":{"auth":"SECRET"}}}"#,
            &format!("{{\"credHelpers\":{}\"SECRET\"{}}}", "[".repeat(300), "]".repeat(300)),
        ] {
            assert!(!mask(text).contains("SECRET"), "{}", mask(text));
        }
        assert_eq!(
            mask(r#"{"auths":{"h":{"password":12345}}}"#),
            r#"{"auths":{"h":{"password":[redacted]}}}"#
        );
    }

    #[test]
    fn what_is_no_secret_is_shown() {
        for text in [
            "",
            " \n",
            r#"{"credHelpers":{"h":"ecr-login"},"credStore":"desktop","psFormat":"{{.ID}}","a":[1, 2]}"#,
            r#"{"auths":{"h":{}},"proxies":{"default":{"httpProxy":"http://p:80"}},"currentContext":"c"}"#,
        ] {
            assert_eq!(mask(text), text);
        }
    }
}
