//! Replaces what identifies a company in a text, the same thing by the same name each time: account ids, the names in
//! ARNs, hosts. For reports that leave the house; secrets are [`crate::redact`]'s business.

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
}

/// Hosts that everybody knows say nothing about anybody.
const KNOWN: [&str; 22] = [
    "amazonaws.com",
    "amazonaws.com.cn",
    "amazonaws.eu",
    "on.aws",
    "api.aws",
    "public.ecr.aws",
    "aws.amazon.com",
    "docker.io",
    "docker.com",
    "ghcr.io",
    "github.com",
    "githubusercontent.com",
    "gcr.io",
    "pkg.dev",
    "quay.io",
    "k8s.io",
    "microsoft.com",
    "azurecr.io",
    "gitlab.com",
    "example.com",
    "localhost",
    "internal.invalid",
];

/// Endings by which a word with dots is taken for a host rather than for a file or a package.
const TOP: [&str; 18] = [
    "com", "net", "org", "io", "dev", "cloud", "internal", "local", "lan", "corp", "example", "eu", "de",
    "uk", "fr", "nl", "aws", "intra",
];

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
    let numbered = |kind: &str| {
        word.strip_prefix(kind).is_some_and(|rest| {
            let number = rest.strip_suffix(".example").unwrap_or(rest);
            !number.is_empty() && number.bytes().all(|b| b.is_ascii_digit())
        })
    };
    numbered("name-") || numbered("host-") || numbered("100000000")
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
                let name = Self::named(&mut self.names, part, "name");
                output.push_str(&name);
            } else {
                output.push_str(part);
            }
        }
        output.push_str(punctuation);
    }

    /// Account ids and hosts in what is no ARN.
    fn plain(&mut self, word: &str, output: &mut String) {
        let is_part = |c: char| !(c.is_ascii_alphanumeric() || c == '.' || c == '-' || c == '_');
        let mut rest = word;
        while !rest.is_empty() {
            let end = rest.find(is_part).unwrap_or(rest.len());
            let (part, after) = rest.split_at(end);
            self.part(part, output);
            let next = after.chars().next();
            output.extend(next);
            rest = after.get(next.map_or(0, char::len_utf8)..).unwrap_or_default();
        }
    }

    fn part(&mut self, part: &str, output: &mut String) {
        let bare = part.trim_end_matches('.');
        let dots = part.get(bare.len()..).unwrap_or_default();
        if is_masked(bare) {
            output.push_str(bare);
        } else if let Some(name) = self.names.get(bare) {
            output.push_str(name);
        } else if is_foreign_host(bare) {
            let host = Self::named(&mut self.hosts, bare, "host");
            output.push_str(&host);
            output.push_str(".example");
        } else {
            // An account id may begin a host, or stand alone.
            for (index, label) in bare.split('.').enumerate() {
                if index > 0 {
                    output.push('.');
                }
                if is_account(label) && !is_masked(label) {
                    let known = self.accounts.len();
                    let account = self.accounts.entry(label.to_owned()).or_insert_with(|| pseudonym(known));
                    output.push_str(account);
                } else {
                    output.push_str(label);
                }
            }
        }
        output.push_str(dots);
    }

    fn named(names: &mut HashMap<String, String>, name: &str, kind: &str) -> String {
        if is_masked(name) {
            return name.to_owned();
        }
        let known = names.len() + 1;
        names.entry(name.to_owned()).or_insert_with(|| format!("{kind}-{known}")).clone()
    }
}

fn is_account(text: &str) -> bool {
    text.len() == 12 && text.bytes().all(|b| b.is_ascii_digit())
}

/// Account ids that are nobody's: 100000000001, 100000000002 and so on.
fn pseudonym(known: usize) -> String {
    format!("{}", 100_000_000_001_u64 + known as u64)
}

/// A host that is somebody's own.
fn is_foreign_host(text: &str) -> bool {
    let lower = text.to_ascii_lowercase();
    let Some((name, top)) = lower.rsplit_once('.') else { return false };
    !name.is_empty()
        && name.bytes().any(|b| b.is_ascii_alphabetic())
        && TOP.contains(&top)
        && !KNOWN.iter().any(|known| lower == *known || lower.ends_with(&format!(".{known}")))
        && !lower.starts_with('.')
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
        // Nothing that is known to everybody, and nothing that only looks like it.
        for plain in [
            "public.ecr.aws/docker/library/alpine:3",
            "https://registry-1.docker.io/v2/",
            "config.json:3:5",
            "1.2.3",
            "1234567890123",
        ] {
            assert_eq!(masker.mask(plain), plain);
        }
    }
}
