//! The files as the AWS SDK for Go reads them: whatever it cannot read is passed over without a word.
//!
//! Sources: aws-sdk-go-v2 `internal/ini` 1.8.4 and `config` 1.32.10, `shared_config.go`.

use super::pick::EXPIRY;
use super::settings::{Section, Sections, Setting};
use crate::aws_config::FileKind;

/// Two of these are taken over only together.
const KEY: [&str; 2] = ["aws_access_key_id", "aws_secret_access_key"];

/// What the credentials file may add to a profile of the config file.
const MERGED: [&str; 14] = [
    "role_arn",
    "source_profile",
    "credential_source",
    "external_id",
    "mfa_serial",
    "role_session_name",
    "region",
    "credential_process",
    "web_identity_token_file",
    "sso_session",
    "sso_account_id",
    "sso_region",
    "sso_role_name",
    "sso_start_url",
];

/// The sections of a text, by `name` or `type name`.
fn sections(text: &str, file: FileKind) -> Sections {
    let mut sections = Sections::default();
    let (mut section, mut last): (Option<String>, Option<String>) = (None, None);
    for (index, line) in text.split('\n').enumerate() {
        let is_space = |c: char| c == ' ' || c == '\t';
        let text = line.trim_start_matches(is_space);
        if line.trim().is_empty() || text.starts_with(['#', ';']) {
            continue;
        }
        if let Some(name) = header(line) {
            sections.add(&name);
            (section, last) = (Some(name).filter(|name| !name.is_empty()), None);
            continue;
        }
        let Some(at) = &section else { continue };
        let indented = line.starts_with(is_space);
        let below =
            last.as_deref().and_then(|last| sections.get(at)?.setting(last)).map(|s| s.value.is_empty());
        if indented && below == Some(true) {
            // A setting of a group, such as `s3 =`.
            continue;
        }
        let text = if indented { text } else { without_comment(line) };
        match split(text) {
            Some((name, value)) => {
                let value = if indented { without_comment(value).trim() } else { value };
                let name = name.to_lowercase();
                last = Some(name.clone());
                let value = unquoted(value).to_owned();
                sections.set(at, Setting { name, value, at: (file, index + 1) });
            }
            None if indented => {
                if let Some(setting) = last.as_deref().and_then(|last| sections.setting_mut(at, last)) {
                    setting.value.push('\n');
                    setting.value.push_str(text);
                }
            }
            None => {}
        }
    }
    sections
}

/// `[ type name ] ; comment`
fn header(line: &str) -> Option<String> {
    let line = line.split(['#', ';']).next()?.trim();
    let inner = line.strip_prefix('[')?.strip_suffix(']')?.trim();
    let mut parts = inner.splitn(2, [' ', '\t']);
    let first = parts.next()?;
    Some(match parts.next() {
        Some(rest) => format!("{first} {}", rest.trim_start_matches([' ', '\t'])),
        None => first.to_owned(),
    })
}

fn without_comment(line: &str) -> &str {
    let end = [" #", " ;", "\t#", "\t;"].iter().filter_map(|start| line.find(start)).min();
    line.get(..end.unwrap_or(line.len())).unwrap_or(line)
}

/// `=` or `:`, whichever comes first.
fn split(text: &str) -> Option<(&str, &str)> {
    let (name, value) = text.split_once(['=', ':'])?;
    Some((name.trim(), value.trim()))
}

fn unquoted(value: &str) -> &str {
    let within = |quote: char| value.strip_prefix(quote).and_then(|rest| rest.strip_suffix(quote));
    within('"').or_else(|| within('\'')).unwrap_or(value)
}

/// The two files laid over each other, as profiles by name and `sso-session name`. A profile with half of an access
/// key has the setting `partial`.
pub(super) fn profiles(config: &str, credentials: &str) -> Sections {
    let read = sections(config, FileKind::Config);
    let mut merged = Sections::default();
    for section in &read.0 {
        let name = match section.name.strip_prefix("profile ") {
            Some(name) => name,
            // `[profile default]` beats it.
            None if section.name.eq_ignore_ascii_case("default") && read.get("profile default").is_none() => {
                &section.name
            }
            None if section.name.starts_with("sso-session ") => &section.name,
            None => continue,
        };
        let mut section = Section { name: name.to_owned(), settings: section.settings.clone() };
        mark_partial(&mut section);
        merged.put(section);
    }
    for mut from in sections(credentials, FileKind::Credentials).0 {
        if from.name.starts_with("profile ") {
            continue;
        }
        mark_partial(&mut from);
        let Some(mut into) = merged.get(&from.name).cloned() else {
            merged.put(from);
            continue;
        };
        into.remove(PARTIAL);
        let whole = KEY.iter().all(|name| from.has(name));
        if whole {
            // When a key ends is noted beside it.
            EXPIRY.iter().for_each(|name| into.remove(name));
        }
        let of_key = KEY.into_iter().chain(["aws_session_token"]).chain(EXPIRY);
        let names = of_key.filter(|_| whole).chain(MERGED);
        for name in names.chain(["login_session", PARTIAL]) {
            from.setting(name).cloned().into_iter().for_each(|setting| into.set(setting));
        }
        merged.put(into);
    }
    merged
}

/// Stands for an error that a section has.
pub(super) const PARTIAL: &str = "\0partial";

fn mark_partial(section: &mut Section) {
    let held = section.settings.iter().find(|setting| KEY.contains(&setting.name.as_str()));
    if let Some(setting) = held.filter(|_| !KEY.iter().all(|name| section.has(name))) {
        let at = setting.at;
        section.set(Setting { name: PARTIAL.to_owned(), value: "yes".to_owned(), at });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn get(config: &str, credentials: &str, profile: &str, name: &str) -> Option<String> {
        profiles(config, credentials).get(profile)?.get(name).map(str::to_owned)
    }

    #[test]
    fn what_cannot_be_read_is_passed_over() {
        // Its first section is not seen behind a byte order mark.
        assert_eq!(get("\u{feff}[default]\nregion = a\n", "", "default", "region"), None);
        let text = "[default]\n<<<<<<< HEAD\nregion = a # c\r\n=======\nREGION : \"b\"\n";
        assert_eq!(get(text, "", "default", "region").as_deref(), Some("b"));
        assert_eq!(get("[ profile x ]\na=1\n[x]\na=2\n", "", "x", "a").as_deref(), Some("1"));
        assert_eq!(get("[profile \"x\"]\na=1\n", "", "\"x\"", "a").as_deref(), Some("1"));
        assert_eq!(get("[profile my prof]\na=1\n", "", "my prof", "a").as_deref(), Some("1"));
        assert_eq!(get("[default]\ns3 =\n  region = x\n  y = 2\n", "", "default", "region"), None);
        assert_eq!(get("[default]\na = 1\n  b = 2\n", "", "default", "b").as_deref(), Some("2"));
    }

    #[test]
    fn the_prefixed_default_wins_and_keys_come_in_pairs() {
        let both = "[profile default]\na=1\n[default]\nb=2\n";
        assert_eq!(get(both, "", "default", "b"), None);
        let key = "[p]\naws_access_key_id = k\n";
        assert!(get("", key, "p", PARTIAL).is_some());
        let whole = "[profile p]\naws_access_key_id = c\naws_secret_access_key = s\naws_session_token = t\n";
        assert_eq!(get(whole, key, "p", "aws_access_key_id").as_deref(), Some("c"));
        let other = "[p]\naws_access_key_id = k\naws_secret_access_key = s\n";
        assert_eq!(get(whole, other, "p", "aws_access_key_id").as_deref(), Some("k"));
        assert_eq!(get(whole, other, "p", "aws_session_token").as_deref(), Some("t"));
        let ended = format!("{other}x_security_token_expires = 2020-01-01T00:00:00Z\n");
        assert!(get("[profile p]\nregion = a\n", &ended, "p", "x_security_token_expires").is_some());
    }
}
