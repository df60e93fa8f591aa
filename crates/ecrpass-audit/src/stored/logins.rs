//! The ECR logins of a file as what is reported: one for each registry and expiry, with all its places, and the edit
//! that takes it out of a client's configuration.

use std::ops::Range;

use ecrpass_clients::docker_config::DockerConfig;
use ecrpass_core::registry::Registry;
use ecrpass_core::time::duration;
use ecrpass_json::{Document, Edit};

use super::Stored;
use super::configs::of_file;
use super::pull_secret;
use super::tokens::StoredToken;
use crate::edit::{FileEdit, Replacement, Safety};
use crate::hit::Spot;
use crate::kind::FileKind;
use crate::source::SourceFile;

/// How many places of one login are told.
const MAX_PLACES: usize = 20;

/// A login with all its places in a file.
#[derive(Clone, Debug)]
pub struct Login<'a> {
    /// Its places.
    pub tokens: Vec<&'a StoredToken>,
    /// The registry, where something says which.
    pub registry: Option<Registry>,
    /// When it expires.
    pub expires_at: i64,
    /// The fields of the pull secrets that it is in.
    pub fields: Vec<Range<usize>>,
}

/// The logins of a file.
pub fn of<'a>(file: &SourceFile, stored: &'a Stored) -> Vec<Login<'a>> {
    let mut found: Vec<Login<'a>> = Vec::new();
    for token in &stored.tokens {
        let field = pull_secret::field(file, &token.bytes);
        // What stands in a pull secret has a remedy of its own.
        let is_same = |login: &&mut Login<'_>| {
            let is_same =
                login.registry == token.registry || login.registry.is_none() || token.registry.is_none();
            is_same && login.expires_at == token.expires_at && login.fields.is_empty() == field.is_none()
        };
        match found.iter_mut().find(is_same) {
            Some(login) => {
                login.tokens.push(token);
                login.registry = login.registry.take().or_else(|| token.registry.clone());
                login.fields.extend(field);
            }
            None => found.push(Login {
                tokens: vec![token],
                registry: token.registry.clone(),
                expires_at: token.expires_at,
                fields: field.into_iter().collect(),
            }),
        }
    }
    found
}

impl Login<'_> {
    /// Whether it is good at that time.
    pub fn is_live(&self, now: i64) -> bool {
        self.expires_at > now
    }

    /// Whether it is for the public registry.
    pub fn is_public(&self) -> bool {
        matches!(self.registry, Some(Registry::Public { .. }))
    }

    /// The registry in words.
    pub fn host(&self) -> &str {
        self.registry.as_ref().map_or("an ECR registry", Registry::host)
    }

    /// Its places: the logins, and the keys of pull secrets that they are folded under.
    pub fn spots(&self, file: &SourceFile, now: i64) -> Vec<Spot> {
        let label = if self.is_live(now) {
            format!("a login that is good for another {}", duration(self.expires_at - now))
        } else {
            format!("a login that expired {} ago", duration(now - self.expires_at))
        };
        let tokens = self.tokens.iter().take(MAX_PLACES);
        let tokens = tokens.map(|token| Spot::new(&file.path, token.bytes.clone(), label.clone()));
        let line = |byte: usize| file.position(byte).0;
        // A field is told where its login is folded onto further lines.
        let fields = self.fields.iter().zip(&self.tokens).take(MAX_PLACES);
        let fields = fields.filter(|(field, token)| line(field.start) != line(token.bytes.start));
        let fields = fields.map(|(field, _)| field);
        let fields = fields.map(|field| Spot::new(&file.path, field.clone(), "of this pull secret"));
        tokens.chain(fields).collect()
    }

    /// What takes it out of a client's configuration; `None` elsewhere.
    pub fn removal(&self, file: &SourceFile) -> Option<FileEdit> {
        if file.kind != FileKind::ClientConfig {
            return None;
        }
        let document = Document::parse_first(&file.text).ok()?;
        let config = DockerConfig::read(&document, of_file(file));
        let is_meant = |span: &Range<usize>| {
            self.tokens.iter().any(|token| span.start <= token.bytes.start && token.bytes.end <= span.end)
        };
        let entries = config.auths.iter().filter(|entry| is_meant(&entry.span));
        let edits: Vec<Edit> = entries.filter_map(|entry| entry.login_pointer().map(Edit::Remove)).collect();
        if edits.is_empty() {
            return None;
        }
        let (edited, _) = document.edited(&edits)?;
        let replacement = difference(&file.text, edited.text())?;
        Some(FileEdit {
            summary: format!("Take the expired login for {} out", self.host()),
            safety: Safety::Safe,
            replacements: vec![replacement],
        })
    }
}

/// The one replacement that makes the second text of the first; `None` if they are the same.
pub fn difference(before: &str, after: &str) -> Option<Replacement> {
    let same = |pairs: &mut dyn Iterator<Item = (char, char)>| {
        pairs.take_while(|(one, other)| one == other).map(|(one, _)| one.len_utf8()).sum::<usize>()
    };
    let start = same(&mut before.chars().zip(after.chars()));
    let (rest_before, rest_after) = (before.get(start..)?, after.get(start..)?);
    let end = same(&mut rest_before.chars().rev().zip(rest_after.chars().rev()));
    let bytes = start..before.len() - end;
    let text = rest_after.get(..rest_after.len() - end)?.to_owned();
    (!bytes.is_empty() || !text.is_empty()).then_some(Replacement { bytes, text })
}

/// Whether a file only serves tests.
pub fn is_of_tests(path: &str) -> bool {
    let directories = path.rsplit_once('/').map_or("", |(directories, _)| directories);
    let names =
        ["test", "tests", "testdata", "fixture", "fixtures", "__tests__", "__fixtures__", "test-fixtures"];
    directories.split('/').any(|part| names.contains(&part.to_ascii_lowercase().as_str()))
}

#[cfg(test)]
mod tests {
    use base64::Engine as _;
    use ecrpass_clients::docker_config::Format;
    use ecrpass_core::token::BASE64;
    use proptest::prelude::*;

    use super::*;
    use crate::edit::apply;
    use crate::kind::Owner;

    fn file(text: &str) -> SourceFile {
        SourceFile {
            path: "home/a/.docker/config.json".to_owned(),
            text: text.to_owned(),
            kind: FileKind::ClientConfig,
            owner: Owner::Machine,
        }
    }

    fn token(expires_at: i64) -> String {
        let password =
            BASE64.encode(format!(r#"{{"payload":"aaaa","datakey":"b","expiration":{expires_at}}}"#));
        BASE64.encode(format!("AWS:{password}"))
    }

    #[test]
    fn the_difference_is_as_small_as_it_can_be() {
        for (before, after) in
            [("abc", "ac"), ("aXc", "aYYc"), ("ä", "äö"), ("abab", "ab"), ("", "x"), ("xä", "")]
        {
            let one = difference(before, after).unwrap();
            let mut text = before.to_owned();
            text.replace_range(one.bytes, &one.text);
            assert_eq!(text, after);
        }
        assert!(difference("same", "same").is_none());
    }

    proptest! {
        #[test]
        fn only_what_expired_is_taken_out(
            expired in prop::collection::vec(any::<bool>(), 1..5),
            at in 0_usize..5,
            is_on_one_line in any::<bool>(),
            crlf in any::<bool>(),
        ) {
            // Each host has a login of its own, and one is for another registry.
            let entry = |(index, expired): (usize, &bool)| {
                let host = format!("12345678901{index}.dkr.ecr.us-east-1.amazonaws.com");
                format!(r#""{host}": {{"auth": "{}"}}"#, token(if *expired { 5 } else { 5000 } + i64::try_from(index).unwrap()))
            };
            let mut entries: Vec<String> = expired.iter().enumerate().map(entry).collect();
            entries.insert(at.min(entries.len()), r#""ghcr.io": {"auth": "dTpw"}"#.to_owned());
            let (open, between) = if is_on_one_line { ("", ", ") } else { ("\n    ", ",\n    ") };
            let mut text = format!("{{\n  \"auths\": {{{open}{}{}}},\n  \"x\": 1\n}}", entries.join(between), open.trim_end_matches(' '));
            if crlf {
                text = text.replace('\n', "\r\n");
            }
            for _ in 0..expired.len() {
                let now = file(&text);
                let stored = Stored::of(&now, &|| None);
                let logins = of(&now, &stored);
                let Some(login) = logins.iter().find(|login| !login.is_live(1000)) else { break };
                let edit = login.removal(&now).unwrap();
                prop_assert_eq!(edit.replacements.len(), 1);
                text = apply(&text, &[&edit]).0;
            }
            let document = Document::parse(&text).unwrap();
            let config = DockerConfig::read(&document, Format::Current);
            prop_assert_eq!(config.auths.len(), 1 + expired.iter().filter(|expired| !**expired).count());
            for (index, entry) in entries.iter().enumerate() {
                let is_gone = entry.contains("dkr") && of(&file(entry), &Stored::of(&file(entry), &|| None)).iter().any(|login| !login.is_live(1000));
                prop_assert_eq!(!text.contains(entry.as_str()), is_gone, "{} {}", index, text);
            }
            let is_left_alone = text.ends_with("1\r\n}") || text.ends_with("1\n}");
            prop_assert!(is_left_alone);
        }
    }
}
