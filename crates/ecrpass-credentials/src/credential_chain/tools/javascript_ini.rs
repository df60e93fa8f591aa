//! The files as the AWS SDK for JavaScript reads them: names are compared letter by letter, and what it cannot read is
//! passed over.
//!
//! Source: @smithy/core 3.41, `shared-ini-file-loader/parseIni.ts`, `getConfigData.ts` and `mergeConfigFiles.ts`.

use super::settings::{Section, Sections, Setting};
use crate::aws_config::FileKind;

/// Stands between the kind of a section and its name.
const SEPARATOR: char = '.';

fn sections(text: &str, file: FileKind) -> Sections {
    let mut sections = Sections::default();
    let (mut section, mut group): (Option<String>, Option<String>) = (None, None);
    for (index, line) in text.lines().enumerate() {
        let trimmed = trim(without_comment(line));
        if let Some(name) = trimmed.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
            (section, group) = (named(name), None);
            continue;
        }
        let Some(at) = section.as_deref().filter(|name| !name.is_empty()) else { continue };
        let Some((name, value)) = trimmed.split_once('=').filter(|(name, _)| !name.is_empty()) else {
            continue;
        };
        let (name, value) = (trim(name), trim(value));
        if value.is_empty() {
            group = Some(name.to_owned());
            continue;
        }
        if !line.starts_with(char::is_whitespace) {
            group = None;
        }
        let name =
            group.as_ref().map_or_else(|| name.to_owned(), |group| format!("{group}{SEPARATOR}{name}"));
        sections.set(at, Setting { name, value: value.to_owned(), at: (file, index + 1) });
    }
    sections
}

/// As JavaScript trims: a byte order mark is white space.
fn trim(text: &str) -> &str {
    text.trim_matches(|c: char| c.is_whitespace() || c == '\u{feff}')
}

/// A comment begins the line, or is behind white space.
fn without_comment(line: &str) -> &str {
    let mut before = ' ';
    for (at, c) in line.char_indices() {
        if matches!(c, '#' | ';') && (before.is_whitespace() || before == '\u{feff}') {
            return line.get(..at).unwrap_or(line);
        }
        before = c;
    }
    line
}

/// The name a section is kept under; `None` for a kind that is not known.
fn named(header: &str) -> Option<String> {
    let word = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
    let split = header.split_once(|c: char| c.is_whitespace()).and_then(|(kind, name)| {
        let name = ['"', '\'']
            .into_iter()
            .find_map(|quote| name.strip_prefix(quote)?.strip_suffix(quote))
            .unwrap_or(name);
        let good = !kind.is_empty()
            && kind.chars().all(word)
            && !name.is_empty()
            && name.chars().all(|c| word(c) || "@+.%:/".contains(c));
        good.then_some((kind, name))
    });
    match split {
        Some((kind @ ("profile" | "sso-session" | "services"), name)) => {
            Some(format!("{kind}{SEPARATOR}{name}"))
        }
        Some(_) => None,
        None => Some(header.to_owned()),
    }
}

/// The two files laid over each other: profiles by name, and `sso-session.name`.
pub(super) fn profiles(config: &str, credentials: &str) -> Sections {
    let mut merged = Sections::default();
    for section in sections(config, FileKind::Config).0 {
        let name = match section.name.split_once(SEPARATOR) {
            Some(("profile", name)) => name.to_owned(),
            Some(("sso-session" | "services", _)) => section.name.clone(),
            // `[profile default]` replaces it.
            None if section.name == "default" && merged.get("default").is_none() => section.name.clone(),
            _ => continue,
        };
        merged.put(Section { name, settings: section.settings });
    }
    for section in sections(credentials, FileKind::Credentials).0 {
        let name = section.name;
        section.settings.into_iter().for_each(|setting| merged.set(&name, setting));
    }
    merged
}

#[cfg(test)]
mod tests {
    use super::*;

    fn get(config: &str, credentials: &str, profile: &str, name: &str) -> Option<String> {
        profiles(config, credentials).get(profile)?.get(name).map(str::to_owned)
    }

    #[test]
    fn names_are_compared_letter_by_letter_and_marks_are_white_space() {
        assert_eq!(get("\u{feff}[default]\nregion = a\n", "", "default", "region").as_deref(), Some("a"));
        assert_eq!(get("[default]\nRegion = a\n", "", "default", "region"), None);
        assert_eq!(get("[ profile x ]\na=1\n", "", "x", "a"), None);
        assert_eq!(get("[profile my prof]\na=1\n", "", "my prof", "a"), None);
        assert_eq!(get("[profile \"x\"]\na=1\n", "", "x", "a").as_deref(), Some("1"));
        assert_eq!(get("[default]\nk = \"v\" # c\n", "", "default", "k").as_deref(), Some("\"v\""));
        assert_eq!(get("[default]\ns3 =\n  a = 1\nb = 2\n", "", "default", "b").as_deref(), Some("2"));
        assert_eq!(get("[default]\ns3 =\n  a = 1\n", "", "default", "a"), None);
    }

    #[test]
    fn files_are_merged_setting_by_setting() {
        let config = "[default]\na=1\n[profile default]\nb=1\n[profile p]\na=1\nb=1\n[profile p]\na=2\n";
        assert_eq!(get(config, "", "default", "a"), None);
        assert_eq!(get(config, "[p]\nb=3\n", "p", "a").as_deref(), Some("2"));
        assert_eq!(get(config, "[p]\nb=3\n", "p", "b").as_deref(), Some("3"));
        assert!(get("[sso-session s]\na=1\n", "", "sso-session.s", "a").is_some());
    }
}
