//! Replaces what identifies a company in a text, the same thing by the same name each time: account ids, the names in
//! ARNs, hosts, addresses, e-mail addresses. For reports that leave the house; secrets are [`ecrpass_core::redact`]'s business.

mod address;
mod email;
mod host;
mod names;

use std::sync::Mutex;

use ecrpass_core::redact::skip_escape;
use names::{Names, Table};

use crate::finding::{Action, Finding};

/// Remembers what was replaced by what.
#[derive(Debug, Default)]
pub struct Masker(Mutex<Names>);

impl Masker {
    /// The text without what identifies.
    pub fn mask(&self, text: &str) -> String {
        let Ok(mut names) = self.0.lock() else { return String::new() };
        names.reserve(text);
        let mut output = String::with_capacity(text.len());
        let mut rest = text;
        while !rest.is_empty() {
            let start = rest.find(|c| is_word(c) || matches!(c, '\u{1b}' | '\\')).unwrap_or(rest.len());
            let (between, word) = rest.split_at(start);
            output.push_str(between);
            // An escape in JSON or a terminal's control sequence is no part of the word after it.
            let escape = skip_escape(word.as_bytes(), 0).max(usize::from(word.starts_with('\\')));
            if escape > 0 {
                let (escape, after) = word.split_at(escape);
                output.push_str(escape);
                rest = after;
                continue;
            }
            let end = word.find(|c| !is_word(c)).unwrap_or(word.len());
            let (word, after) = word.split_at(end);
            names.word(word, &mut output);
            rest = after;
        }
        output
    }

    /// The text with the names that its stand-ins were given out for: what somebody who was told only those says back.
    pub fn unmask(&self, text: &str) -> String {
        let Ok(names) = self.0.lock() else { return text.to_owned() };
        let issued = names.issued();
        let mut output = String::with_capacity(text.len());
        let mut rest = text;
        while let Some(first) = rest.chars().next() {
            let (taken, put) = match names::issued_at_start(&issued, &output, rest) {
                Some(found) => found,
                None => (first.len_utf8(), rest.get(..first.len_utf8()).unwrap_or_default()),
            };
            output.push_str(put);
            rest = rest.get(taken..).unwrap_or_default();
        }
        output
    }

    /// A stand-in for a user's name.
    pub fn user(&self, name: &str) -> String {
        match self.0.lock() {
            Ok(mut names) => names.named(Table::Users, name, "user-"),
            Err(_) => String::new(),
        }
    }

    /// Learns a host by its place, whatever it ends in: a registry's key in a configuration.
    pub(crate) fn learn_host(&self, key: &str) {
        if let Ok(mut names) = self.0.lock() {
            names.learn_host(key);
        }
    }

    /// A finding without what identifies; its mark still points at the same words.
    pub fn finding(&self, mut finding: Finding) -> Finding {
        for evidence in &mut finding.evidence {
            let marked = evidence.mark.and_then(|(from, to)| evidence.text.get(from..to)).map(str::to_owned);
            evidence.text = self.mask(&evidence.text);
            evidence.source = self.mask(&evidence.source);
            evidence.label = evidence.label.as_ref().map(|label| self.mask(label));
            evidence.mark = marked.and_then(|marked| {
                let at = evidence.text.find(&marked)?;
                Some((at, at + marked.len()))
            });
        }
        finding.title = self.mask(&finding.title);
        finding.explanation = self.mask(&finding.explanation);
        for fix in finding.fixes.iter_mut().chain(&mut finding.confirm) {
            fix.summary = self.mask(&fix.summary);
            if let Some(command) = fix.command() {
                fix.action = Action::Reported(self.mask(&command));
            }
        }
        if let Some(details) = &mut finding.details {
            for value in
                [&mut details.host, &mut details.account, &mut details.repository, &mut details.principal]
            {
                *value = value.as_ref().map(|value| self.mask(value));
            }
        }
        for consequence in &mut finding.consequences {
            *consequence = self.mask(consequence);
        }
        finding.after = finding.after.as_ref().map(|after| self.mask(after));
        finding
    }
}

/// What accounts, ARNs and hosts are made of.
fn is_word(c: char) -> bool {
    c.is_ascii_alphanumeric() || "._-:/@+=".contains(c)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_identifies_is_replaced_consistently() {
        let masker = Masker::default();
        let masked = masker.mask(
            "User: arn:aws:sts::123456789012:assumed-role/payments/ada@corp.example is not authorized on 123456789012.dkr.ecr.us-east-1.amazonaws.com/app:1, 999999999999 and ip-10-0-3-4.ec2.internal via http://proxy.corp.example:3128.",
        );
        assert_eq!(
            masked,
            "User: arn:aws:sts::100000000001:assumed-role/name-1/name-2 is not authorized on 100000000001.dkr.ecr.us-east-1.amazonaws.com/app:1, 100000000002 and host-1.example via http://host-2.example:3128."
        );
        assert_eq!(
            masker.mask("arn:aws:iam::999999999999:role/payments"),
            "arn:aws:iam::100000000002:role/name-1"
        );
        assert_eq!(masker.mask("--role-name payments"), "--role-name name-1");
        assert_eq!(masker.mask(&masked), masked);
        let styled = masker.mask("\u{1b}[1m123456789012.dkr.ecr.us-east-1.amazonaws.com\u{1b}[0m");
        assert_eq!(styled, "\u{1b}[1m100000000001.dkr.ecr.us-east-1.amazonaws.com\u{1b}[0m");
        assert_eq!(
            masker.mask("mail ada.l+x@corp.example from 10.1.2.3 (ip-10-1-2-3) through http://cache:3128/ to assets-123456789012-eu"),
            "mail user-1@host-3.example from 192.0.2.1 (host-4.example) through http://host-5.example:3128/ to assets-100000000001-eu"
        );
        assert_eq!(masker.mask("https://registry.acme.xyz/v2/"), "https://registry.host-6.example/v2/");
        // Nothing that is known to everybody, and nothing that only looks like it.
        for plain in [
            "unix:///var/run/docker.sock",
            "public.ecr.aws/docker/library/alpine:3",
            "https://registry-1.docker.io/v2/",
            "config.json:3:5",
            "1.2.3",
            "1234567890123",
            "git@github.com:app.git",
            "app@sha256:00",
            "http://169.254.169.254/latest/ and http://127.0.0.1:5000, http://localhost/",
        ] {
            assert_eq!(masker.mask(plain), plain);
        }
    }

    #[test]
    fn what_was_told_in_stand_ins_is_understood() {
        let masker = Masker::default();
        for text in [
            "arn:aws:sts::123456789012:assumed-role/payments/ada@corp.example",
            "999999999999.dkr.ecr.us-east-1.amazonaws.com/app:1",
            "http://proxy.corp.example:3128 and registry.acme.xyz, 10.1.2.3, assets-123456789012-eu",
            "arn:aws:iam::1:role/a-long-name arn:aws:iam::1:role/another-one",
        ] {
            let masked = masker.mask(text);
            assert_ne!(masked, text);
            assert_eq!(masker.unmask(&masked), text, "{masked}");
        }
        // What was never given out stays, and so does what only contains it.
        for text in ["100000000099", "name-99", "1000000000011", "my-name-1", "", "é 100000000001x"] {
            assert_eq!(masker.unmask(text), text);
        }
    }

    #[test]
    fn what_looks_like_a_stand_in_is_nobody_elses() {
        let masked = Masker::default().mask(
            "host-1.example a.corp.com 100000000001 234567890123 192.0.2.1 10.1.2.3 name-1 arn:aws:iam::1:role/payments",
        );
        assert_eq!(
            masked,
            "host-1.example host-2.example 100000000001 100000000002 192.0.2.1 192.0.2.2 name-1 arn:aws:iam::1:role/name-2"
        );
    }

    #[test]
    fn names_of_things_are_not_replaced_elsewhere() {
        let masker = Masker::default();
        assert_eq!(
            masker.mask("arn:aws:iam::1:role/docker arn:aws:iam::1:role/ci docker login ci"),
            "arn:aws:iam::1:role/name-1 arn:aws:iam::1:role/name-2 docker login ci"
        );
    }

    #[test]
    fn addresses_of_either_kind_go() {
        let masker = Masker::default();
        assert_eq!(
            masker.mask("dial tcp [2600:1f18:24e6:b900::5]:443 from 2600:1f18:24e6:b900::5/64, ::1, fd00:ec2::254, std::a, 12:30:45"),
            "dial tcp [2001:db8::1]:443 from 2001:db8::1/64, ::1, fd00:ec2::254, std::a, 12:30:45"
        );
        assert_eq!(masker.mask("addr:2600:1f18::7: refused"), "addr:2001:db8::2: refused");
        assert_eq!(masker.mask("[2001:db8::1]"), "[2001:db8::1]");
        assert_eq!(
            masker.mask("email=ada@x.com ada@x.com"),
            "email=user-1@host-1.example user-1@host-1.example"
        );
    }

    #[test]
    fn escapes_are_no_part_of_a_word() {
        let masker = Masker::default();
        assert_eq!(
            masker.mask(r"\n234567890123.dkr.ecr\t10.1.2.3\u001b[32m234567890123 \\n234567890123"),
            r"\n100000000001.dkr.ecr\t192.0.2.1\u001b[32m100000000001 \\n100000000001"
        );
    }
}
