//! Replaces what identifies a company in a text, the same thing by the same name each time: account ids, the names in
//! ARNs, hosts, addresses, e-mail addresses. For reports that leave the house; secrets are [`crate::redact`]'s business.

mod email;
mod host;

use std::collections::HashMap;
use std::sync::Mutex;

use crate::finding::Finding;

/// Remembers what was replaced by what.
#[derive(Debug, Default)]
pub struct Masker(Mutex<Names>);

#[derive(Debug, Default)]
struct Names {
    accounts: HashMap<String, String>,
    names: HashMap<String, String>,
    hosts: HashMap<String, String>,
    addresses: HashMap<String, String>,
    users: HashMap<String, String>,
}

impl Masker {
    /// The text without what identifies.
    pub fn mask(&self, text: &str) -> String {
        let Ok(mut names) = self.0.lock() else { return String::new() };
        let mut output = String::with_capacity(text.len());
        let mut rest = text;
        while !rest.is_empty() {
            let start = rest.find(|c| is_word(c) || c == '\u{1b}').unwrap_or(rest.len());
            let (between, word) = rest.split_at(start);
            output.push_str(between);
            if let Some(code) = word.strip_prefix('\u{1b}') {
                // A terminal's control sequence is no part of the word after it.
                let end =
                    |code: &str| code.find(|c: char| c.is_ascii_alphabetic()).map_or(code.len(), |at| at + 1);
                let length = code.strip_prefix('[').map_or(0, |code| 1 + end(code));
                let (sequence, after) = word.split_at(1 + length);
                output.push_str(sequence);
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

    /// A stand-in for a user's name.
    pub fn user(&self, name: &str) -> String {
        match self.0.lock() {
            Ok(mut names) => Names::named(&mut names.users, name, "user-"),
            Err(_) => String::new(),
        }
    }

    /// A finding without what identifies; its mark still points at the same words.
    pub fn finding(&self, mut finding: Finding) -> Finding {
        for evidence in &mut finding.evidence {
            let marked = evidence.mark.and_then(|(from, to)| evidence.text.get(from..to)).map(str::to_owned);
            evidence.text = self.mask(&evidence.text);
            evidence.source = self.mask(&evidence.source);
            evidence.mark = marked.and_then(|marked| {
                let at = evidence.text.find(&marked)?;
                Some((at, at + marked.len()))
            });
        }
        finding.title = self.mask(&finding.title);
        finding.explanation = self.mask(&finding.explanation);
        for fix in &mut finding.fixes {
            fix.summary = self.mask(&fix.summary);
            fix.command = fix.command.as_ref().map(|command| self.mask(command));
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

/// Whether a word is one of ours already: masking twice is masking once.
fn is_masked(word: &str) -> bool {
    let bare = word.strip_suffix(".example").unwrap_or(word);
    // `registry.host-1`
    let bare = bare.rsplit('.').next().unwrap_or(bare);
    KINDS.iter().chain(&["host-", "user-", "100000000"]).any(|kind| {
        bare.strip_prefix(kind).is_some_and(|n| !n.is_empty() && n.bytes().all(|b| b.is_ascii_digit()))
    })
}

/// The stand-ins for names in ARNs; what the name tells of a role stays, since causes are told by it.
const KINDS: [&str; 4] = ["name-", "execution-name-", "node-name-", "i-name-"];

/// The kind of stand-in for a name: a task's execution role, a node's role, an instance as a session.
fn telling(name: &str) -> &'static str {
    let lower = name.to_ascii_lowercase();
    let [plain, execution, node, instance] = KINDS;
    match () {
        () if lower.contains("execution") => execution,
        () if lower.contains("node") => node,
        () if lower.starts_with("i-") => instance,
        () => plain,
    }
}

/// What accounts, ARNs and hosts are made of.
fn is_word(c: char) -> bool {
    c.is_ascii_alphanumeric() || "._-:/@+=".contains(c)
}

impl Names {
    fn word(&mut self, word: &str, output: &mut String) {
        if let Some(at) = word.find("arn:aws") {
            let (before, arn) = word.split_at(at);
            self.plain(before, output);
            self.arn(arn, output);
        } else {
            self.plain(word, output);
        }
    }

    /// `arn:partition:service:region:account:resource`
    fn arn(&mut self, arn: &str, output: &mut String) {
        let parts: Vec<&str> = arn.splitn(6, ':').collect();
        for (index, part) in parts.iter().enumerate() {
            if index > 0 {
                output.push(':');
            }
            match index {
                0..=3 => output.push_str(part),
                4 => self.plain(part, output),
                _ => self.resource(part, output),
            }
        }
    }

    /// `assumed-role/NAME/SESSION`: the kind stays.
    fn resource(&mut self, resource: &str, output: &mut String) {
        // A repository's name stands everywhere else too.
        if resource.starts_with("repository/") {
            output.push_str(resource);
            return;
        }
        let trailing = resource.len() - resource.trim_end_matches(['.', ':', ',']).len();
        let (resource, punctuation) = resource.split_at(resource.len() - trailing);
        for (index, part) in resource.split('/').enumerate() {
            if index > 0 {
                output.push('/');
                let name = Self::named(&mut self.names, part, telling(part));
                output.push_str(&name);
            } else {
                output.push_str(part);
            }
        }
        output.push_str(punctuation);
    }

    /// Account ids, hosts and e-mail addresses in what is no ARN.
    fn plain(&mut self, word: &str, output: &mut String) {
        let is_part = |c: char| !(c.is_ascii_alphanumeric() || c == '.' || c == '-' || c == '_');
        let mut rest = word;
        let mut in_url = false;
        while !rest.is_empty() {
            if let Some((user, domain)) = email::at_start(rest) {
                output.push_str(&Self::named(&mut self.users, user, "user-"));
                output.push('@');
                self.part(domain, true, output);
                rest = rest.get(user.len() + 1 + domain.len()..).unwrap_or_default();
                continue;
            }
            let end = rest.find(is_part).unwrap_or(rest.len());
            let (part, after) = rest.split_at(end);
            // What comes before an `@` is a user.
            self.part(part, in_url && !after.starts_with('@'), output);
            let next = after.chars().next();
            output.extend(next);
            in_url = output.ends_with("//");
            rest = after.get(next.map_or(0, char::len_utf8)..).unwrap_or_default();
        }
    }

    /// A run of letters, digits, dots and hyphens; in a URL, or behind an `@`, it is a host for certain.
    fn part(&mut self, part: &str, is_host: bool, output: &mut String) {
        let bare = part.trim_end_matches('.');
        let dots = part.get(bare.len()..).unwrap_or_default();
        if is_masked(bare) {
            output.push_str(bare);
        } else if let Some(name) = self.names.get(bare) {
            output.push_str(name);
        } else if host::is_foreign_address(bare) {
            let known = self.addresses.len();
            output.push_str(self.addresses.entry(bare.to_owned()).or_insert_with(|| host::pseudonym(known)));
        } else if host::is_foreign(bare)
            || host::is_ec2_name(bare)
            || is_host && host::is_foreign_in_url(bare)
        {
            if let Some(label) = host::generic_label(bare) {
                output.push_str(label);
                output.push('.');
            }
            output.push_str(&Self::named(&mut self.hosts, bare, "host-"));
            output.push_str(".example");
        } else {
            self.accounts(bare, output);
        }
        output.push_str(dots);
    }

    /// Account ids that stand alone, begin a host or stand inside a name: `cdk-assets-123456789012-us-east-1`.
    fn accounts(&mut self, text: &str, output: &mut String) {
        for piece in text.split_inclusive(['.', '-', '_']) {
            let label = piece.trim_end_matches(['.', '-', '_']);
            if is_account(label) && !is_masked(label) {
                let known = self.accounts.len();
                output.push_str(self.accounts.entry(label.to_owned()).or_insert_with(|| pseudonym(known)));
            } else {
                output.push_str(label);
            }
            output.push_str(piece.get(label.len()..).unwrap_or_default());
        }
    }

    fn named(names: &mut HashMap<String, String>, name: &str, kind: &str) -> String {
        if is_masked(name) {
            return name.to_owned();
        }
        let known = names.len() + 1;
        names.entry(name.to_owned()).or_insert_with(|| format!("{kind}{known}")).clone()
    }
}

fn is_account(text: &str) -> bool {
    text.len() == 12 && text.bytes().all(|b| b.is_ascii_digit())
}

/// Account ids that are nobody's: 100000000001, 100000000002 and so on.
fn pseudonym(known: usize) -> String {
    format!("{}", 100_000_000_001_u64 + known as u64)
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
}
