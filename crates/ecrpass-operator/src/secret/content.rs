//! What is in a pull secret: a docker configuration, of which the entries that are not ours stay byte for byte.

use ecrpass_core::{AuthorizationToken, Secret};
use ecrpass_json::{Document, JsonKind, Value, is_field, quoted};
use zeroize::Zeroizing;

use crate::digest;
use crate::token::Token;

/// The docker configuration in a secret.
pub struct Content(Document);

impl Content {
    /// Reads a secret's value; `None` for one that is no JSON object. One that is not there is empty.
    pub fn read(bytes: Option<&[u8]>) -> Option<Self> {
        // As Go's decoder does, which is the kubelet's: what is not UTF-8 becomes a replacement character.
        let text = String::from_utf8_lossy(bytes.unwrap_or_default());
        let document = Document::parse(&text).ok()?;
        document.root().members().is_some().then_some(Self(document))
    }

    /// Whether a kubelet understands it: one that it does not makes it ask nobody else for this pod.
    pub fn is_understood(&self) -> bool {
        !self.0.has_byte_order_mark()
            && self
                .auths()
                .all(|member| member.value.members().is_some() || matches!(member.value.kind, JsonKind::Null))
    }

    /// Every entry, its host first.
    fn entries(&self) -> impl Iterator<Item = &ecrpass_json::Member> {
        self.auths().flat_map(|member| member.value.members().unwrap_or_default())
    }

    /// The member that holds them, in whatever case it is written, and however often.
    fn auths(&self) -> impl Iterator<Item = &ecrpass_json::Member> {
        let members = self.0.root().members().unwrap_or_default().iter();
        members.filter(|member| is_field(&member.key, "auths"))
    }

    /// The hosts it has entries for.
    pub fn hosts(&self) -> impl Iterator<Item = &str> {
        self.entries().map(|member| member.key.as_str())
    }

    /// What the entry of a host is, as a digest; `None` where there is none, or more than one.
    pub fn sha256(&self, host: &str) -> Option<String> {
        let mut found = self.entries().filter(|member| member.key == host);
        let entry = found.next()?;
        if found.next().is_some() {
            return None;
        }
        let text = |name: &str| text(&entry.value, name).unwrap_or_default();
        Some(sha256(text("username"), text("password"), text("auth")))
    }

    /// Whether there is anything in it besides the entries of these hosts.
    pub fn has_others(&self, ours: &[&str]) -> bool {
        let members = self.0.root().members().unwrap_or_default();
        members.iter().any(|member| !is_field(&member.key, "auths"))
            || self.hosts().any(|host| !ours.contains(&host))
    }

    /// The text with these entries in the place of all that `ours` names: a token, or the entry that is there.
    pub fn with(&self, ours: &[&str], entries: &[(&str, Option<&Token>)]) -> Zeroizing<String> {
        let raw = |span: std::ops::Range<usize>| self.0.text().get(span).unwrap_or_default();
        let mut parts: Vec<Zeroizing<String>> = Vec::new();
        for member in self.entries().filter(|member| !ours.contains(&member.key.as_str())) {
            parts.push(Zeroizing::new(raw(member.span()).to_owned()));
        }
        for (host, token) in entries {
            match token {
                Some(token) => parts.push(entry(host, token)),
                None => parts.extend(
                    self.entries()
                        .find(|member| member.key == *host)
                        .map(|member| Zeroizing::new(raw(member.span()).to_owned())),
                ),
            }
        }
        let others = self.0.root().members().unwrap_or_default().iter();
        let others = others.filter(|member| !is_field(&member.key, "auths")).map(|member| raw(member.span()));
        let others: Vec<&str> = others.collect();
        let length = parts.iter().map(|part| part.len() + 1).sum::<usize>()
            + others.iter().map(|other| other.len() + 1).sum::<usize>()
            + 16;
        // Room for all of it at once: growing would leave pieces of a secret behind.
        let mut text = Zeroizing::new(String::with_capacity(length));
        text.push_str("{\"auths\":{");
        for (number, part) in parts.iter().enumerate() {
            text.push_str(if number > 0 { "," } else { "" });
            text.push_str(part);
        }
        text.push('}');
        for other in others {
            text.push(',');
            text.push_str(other);
        }
        text.push('}');
        text
    }
}

/// The text of a member.
fn text<'a>(entry: &'a Value, name: &str) -> Option<&'a str> {
    entry.members()?.iter().find(|member| member.key == name)?.value.text()
}

/// `"host":{…}`, as `kubectl create secret docker-registry` writes it.
fn entry(host: &str, token: &Token) -> Zeroizing<String> {
    let auth = AuthorizationToken::encode(&token.username, &token.password);
    let (username, password) = (quoted(&token.username), Zeroizing::new(quoted(token.password.expose())));
    Zeroizing::new(format!(
        "{}:{{\"username\":{username},\"password\":{},\"auth\":\"{}\"}}",
        quoted(host),
        *password,
        auth.expose()
    ))
}

/// The digest of the entry that is written for a token.
pub fn sha256_of(token: &Token) -> String {
    let auth: Secret = AuthorizationToken::encode(&token.username, &token.password);
    sha256(&token.username, token.password.expose(), auth.expose())
}

fn sha256(username: &str, password: &str, auth: &str) -> String {
    digest::full(Zeroizing::new(format!("{username}\0{password}\0{auth}")).as_bytes())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn token(password: &str) -> Token {
        Token {
            username: "AWS".to_owned(),
            password: Secret::new(password.to_owned()),
            issued: 0,
            expires: 1,
            mark: std::sync::Arc::from("m"),
            fingerprint: String::new(),
        }
    }

    #[test]
    fn an_entry_is_what_kubectl_would_write() {
        let content = Content::read(None).unwrap();
        let text = content.with(&[], &[("h", Some(&token("secret")))]);
        // `kubectl create secret docker-registry --docker-username AWS --docker-password secret`, without the e-mail.
        assert_eq!(
            *text,
            r#"{"auths":{"h":{"username":"AWS","password":"secret","auth":"QVdTOnNlY3JldA=="}}}"#
        );
        let content = Content::read(Some(text.as_bytes())).unwrap();
        assert_eq!(content.sha256("h"), Some(sha256_of(&token("secret"))));
        assert_ne!(content.sha256("h"), Some(sha256_of(&token("other"))));
        assert!(!content.has_others(&["h"]) && content.has_others(&[]));
    }

    #[test]
    fn what_is_not_ours_stays_byte_for_byte() {
        let text = "{\"x\" : [1, 2],\n \"auths\": {\"quay.io\" : {\"auth\":  \"dTpw\"}, \"h\": {}, \"z\": {\"a\": 1}}}";
        let content = Content::read(Some(text.as_bytes())).unwrap();
        let after = content.with(&["h"], &[("h", Some(&token("p")))]);
        assert!(
            after.starts_with("{\"auths\":{\"quay.io\" : {\"auth\":  \"dTpw\"},\"z\": {\"a\": 1},\"h\":{"),
            "{}",
            *after
        );
        assert!(after.ends_with("},\"x\" : [1, 2]}"), "{}", *after);
        let kept = content.with(&["h"], &[("h", None)]);
        assert!(kept.contains("\"h\": {}"), "{}", *kept);
        assert_eq!(content.with(&["h", "z", "quay.io"], &[]).as_str(), "{\"auths\":{},\"x\" : [1, 2]}");
    }

    #[test]
    fn what_no_kubelet_understands_is_none() {
        let understood = |text: &[u8]| Content::read(Some(text)).map(|content| content.is_understood());
        for text in ["{", "[]", "{} {}"] {
            assert_eq!(understood(text.as_bytes()), None, "{text}");
        }
        assert_eq!(understood(&[0xff]), None);
        for text in ["{\"auths\": 3}", "\u{feff}{}", "{\"auths\": {}, \"Auths\": []}"] {
            assert_eq!(understood(text.as_bytes()), Some(false), "{text}");
        }
        for text in ["", "{}", "{\"auths\": {}}", "{\"auths\": null}"] {
            assert_eq!(understood(text.as_bytes()), Some(true), "{text}");
        }
        assert_eq!(understood(b"{\"auths\": {\"h\": {\"email\": \"\xe9\"}}}"), Some(true));
    }

    #[test]
    fn an_entry_that_is_there_twice_is_nobody_s() {
        let content = Content::read(Some(b"{\"auths\": {\"h\": {}, \"h\": {}}}")).unwrap();
        assert_eq!(content.sha256("h"), None);
        let after = content.with(&["h"], &[("h", Some(&token("p")))]);
        assert_eq!(after.matches("\"h\"").count(), 1);
    }

    proptest! {
        #[test]
        fn every_result_can_be_read(hosts in proptest::collection::vec("[a-c]", 0..5), password in "[ -~]{1,20}") {
            let members: Vec<String> = hosts.iter().map(|host| format!("\"{host}\":{{}}")).collect();
            let text = format!("{{\"auths\":{{{}}}}}", members.join(","));
            let content = Content::read(Some(text.as_bytes())).unwrap();
            let after = content.with(&["a"], &[("a", Some(&token(&password)))]);
            let after = Content::read(Some(after.as_bytes())).unwrap();
            prop_assert_eq!(after.sha256("a"), Some(sha256_of(&token(&password))));
            for host in ["b", "c"] {
                let count = |content: &Content| content.hosts().filter(|known| *known == host).count();
                prop_assert_eq!(count(&after), count(&content));
            }
        }
    }
}
