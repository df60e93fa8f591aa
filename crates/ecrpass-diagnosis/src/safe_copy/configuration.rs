//! A configuration whose secrets are replaced by stand-ins that every client, and every check, reads as the same thing.

use std::ops::Range;

use base64::Engine as _;
use ecrpass_clients::docker_config::{AuthError, Format, StoredCredentials};
use ecrpass_core::redact::redact;
use ecrpass_core::token::{BASE64, USERNAME, password_expiry};
use ecrpass_json::{Document, is_field, mask};
use ecrpass_json::{JsonKind, Member, Value, quoted};

use crate::pseudonymize::Masker;

/// What stands in a secret's place.
const STAND_IN: &str = "redacted";

/// The text without secrets. What is no configuration is treated as the text it is.
pub(super) fn without_secrets(text: &str, format: Format, masker: &Masker) -> String {
    // What stands behind the configuration may hold anything.
    let Ok(document) = Document::parse(text) else { return mask(text) };
    let text = document.text();
    let mut edits = Edits { masker, edits: Vec::new() };
    let members = document.root().members().unwrap_or_default();
    match format {
        Format::Legacy => edits.logins(members),
        Format::Regctl => {
            for member in members.iter().filter(|member| is_field(&member.key, "hosts")) {
                match member.value.members() {
                    Some(entries) => edits.regctls_logins(entries),
                    None => edits.hide(&member.value),
                }
            }
        }
        Format::Current => {
            for member in members {
                if is_field(&member.key, "auths") {
                    match member.value.members() {
                        Some(entries) => edits.logins(entries),
                        None => edits.hide(&member.value),
                    }
                } else if is_field(&member.key, "credHelpers") {
                    for helper in member.value.members().unwrap_or_default() {
                        masker.learn_host(&helper.key);
                    }
                } else if is_field(&member.key, "HttpHeaders") {
                    for header in member.value.members().unwrap_or_default() {
                        edits.hide(&header.value);
                    }
                }
            }
        }
    }
    let mut output = String::with_capacity(text.len());
    let mut at = 0;
    for (span, stand_in) in edits.edits {
        output.push_str(&redact(text.get(at..span.start).unwrap_or_default()));
        output.push_str(&stand_in);
        at = span.end;
    }
    output.push_str(&redact(text.get(at..).unwrap_or_default()));
    output
}

/// Which bytes become what, in the order of the text.
struct Edits<'a> {
    masker: &'a Masker,
    edits: Vec<(Range<usize>, String)>,
}

impl Edits<'_> {
    fn replace(&mut self, value: &Value, json: String) {
        self.edits.push((value.span.clone(), json));
    }

    /// Any value by an empty one of its kind: the kind is what clients stumble over.
    fn hide(&mut self, value: &Value) {
        match &value.kind {
            JsonKind::Null | JsonKind::Bool => {}
            JsonKind::Number => self.replace(value, "0".to_owned()),
            JsonKind::String(text) if text.is_empty() => {}
            JsonKind::String(_) => self.replace(value, quoted(STAND_IN)),
            JsonKind::Array(_) | JsonKind::Deep { is_object: false } => self.replace(value, "[]".to_owned()),
            JsonKind::Object(_) | JsonKind::Deep { is_object: true } => self.replace(value, "{}".to_owned()),
        }
    }

    fn logins(&mut self, entries: &[Member]) {
        for entry in entries {
            self.masker.learn_host(&entry.key);
            match entry.value.members() {
                None => self.hide(&entry.value),
                Some(fields) => fields.iter().for_each(|field| self.field(field)),
            }
        }
    }

    /// Entries of regctl's: a login beside settings, which stay.
    fn regctls_logins(&mut self, entries: &[Member]) {
        for entry in entries {
            self.masker.learn_host(&entry.key);
            for field in entry.value.members().unwrap_or_default() {
                let is = |name: &str| is_field(&field.key, name);
                match field.value.text().filter(|text| !text.is_empty()) {
                    Some(text) if is("pass") => self.replace(&field.value, quoted(&password(text))),
                    Some(text) if is("user") => {
                        let user = self.user(text);
                        self.replace(&field.value, quoted(&user));
                    }
                    Some(text) if is("hostname") => self.masker.learn_host(text),
                    _ if ["pass", "user", "token", "clientKey", "clientCert"].iter().any(|name| is(name)) => {
                        self.hide(&field.value);
                    }
                    _ => {}
                }
            }
        }
    }

    fn field(&mut self, field: &Member) {
        let is = |name: &str| is_field(&field.key, name);
        let text = field.value.text().filter(|text| !text.is_empty());
        match text {
            Some(text) if is("auth") => {
                let stand_in = self.auth(field, text);
                self.replace(&field.value, quoted(&stand_in));
            }
            Some(text) if is("password") => self.replace(&field.value, quoted(&password(text))),
            Some(text) if is("username") => {
                let user = self.user(text);
                self.replace(&field.value, quoted(&user));
            }
            // Left to the masker.
            Some(_) if is("email") => {}
            _ => self.hide(&field.value),
        }
    }

    /// An `auth` that decodes to the like, or fails to in the same way.
    fn auth(&self, field: &Member, text: &str) -> String {
        let stored = StoredCredentials::read(std::slice::from_ref(field));
        match stored.decoded() {
            Ok(Some((user, secret))) => {
                BASE64.encode(format!("{}:{}", self.user(&user), password(secret.expose())))
            }
            Ok(None) => String::new(),
            Err(AuthError::Base64) => format!("[{STAND_IN}]"),
            Err(AuthError::Shape) => BASE64.encode(STAND_IN),
            Err(AuthError::Padding) => {
                let stored = BASE64.decode(text.replace(['\r', '\n'], "")).unwrap_or_default();
                let text = String::from_utf8(stored).unwrap_or_default();
                let (user, secret) = text.split_once(':').unwrap_or((USERNAME, ""));
                let mut like = format!("{}:{}", self.user(user), password(secret));
                // Two of three lengths have padding to lack.
                if like.len().is_multiple_of(3) {
                    like.push('0');
                }
                BASE64.encode(like).trim_end_matches('=').to_owned()
            }
        }
    }

    fn user(&self, name: &str) -> String {
        // Everybody's, and what tells a login of ECR's from others.
        if name == USERNAME { name.to_owned() } else { self.masker.user(name) }
    }
}

/// A password that expires when the real one does.
fn password(real: &str) -> String {
    match password_expiry(real) {
        Some(at) => BASE64.encode(format!(r#"{{"payload":"{STAND_IN}","expiration":{at}}}"#)),
        None => STAND_IN.to_owned(),
    }
}
