//! The files as botocore reads them, with Python's `configparser`: strict about what is twice or cannot be read, and
//! with comments on lines of their own only.
//!
//! Sources: CPython 3.13 `configparser.py#RawConfigParser._read`; botocore 1.44 `configloader.py`.

use super::settings::{Section, Sections, Setting};
use crate::aws_config::FileKind;

/// Why a file ends the AWS CLI: a line, from 1, and what is wrong there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Unreadable {
    pub(super) line: usize,
    pub(super) why: String,
}

/// The sections of a text, by their names as written.
pub(super) fn sections(text: &str, file: FileKind) -> Result<Sections, Unreadable> {
    let mut reader = Reader { sections: Sections::default(), at: None, last: None, indent: 0, bad: None };
    for (index, line) in text.lines().enumerate() {
        reader.line(index + 1, line, file)?;
    }
    match reader.bad {
        Some(bad) => Err(bad),
        None => reader.finish(),
    }
}

struct Reader {
    sections: Sections,
    /// The section that is being read.
    at: Option<String>,
    /// The setting that a deeper line goes on with.
    last: Option<String>,
    indent: usize,
    /// The first line that is no setting; told only when the rest was read.
    bad: Option<Unreadable>,
}

impl Reader {
    fn line(&mut self, number: usize, line: &str, file: FileKind) -> Result<(), Unreadable> {
        let text = line.trim();
        if text.is_empty() || text.starts_with(['#', ';']) {
            return Ok(());
        }
        let indent = line.chars().take_while(|c| c.is_whitespace()).count();
        if indent > self.indent
            && let (Some(section), Some(name)) = (&self.at, &self.last)
            && let Some(setting) = self.sections.setting_mut(section, name)
        {
            setting.value.push('\n');
            setting.value.push_str(text);
            return Ok(());
        }
        self.indent = indent;
        let error = |why: &str| Err(Unreadable { line: number, why: why.to_owned() });
        let header = text.strip_prefix('[').and_then(|rest| rest.rsplit_once(']')).map(|(header, _)| header);
        if let Some(header) = header.filter(|header| !header.is_empty()) {
            if header != "DEFAULT" && self.sections.get(header).is_some() {
                return error(&format!("section `[{header}]` is there twice"));
            }
            self.sections.add(header);
            self.at = Some(header.to_owned());
            self.last = None;
            return Ok(());
        }
        let Some(at) = self.at.clone() else {
            return error("there is something before the first `[section]`");
        };
        let Some((name, value)) = text.split_once(['=', ':']).filter(|(name, _)| !name.trim().is_empty())
        else {
            self.bad
                .get_or_insert(Unreadable { line: number, why: "the line is not `name = value`".to_owned() });
            return Ok(());
        };
        let name = name.trim_end().to_lowercase();
        if self.sections.get(&at).is_some_and(|section| section.has(&name)) {
            return error(&format!("`{name}` is there twice in `[{at}]`"));
        }
        self.last = Some(name.clone());
        self.sections.set(&at, Setting { name, value: value.trim().to_owned(), at: (file, number) });
        Ok(())
    }

    /// What `[DEFAULT]` says is said in every section; nested settings are a group of their own.
    fn finish(mut self) -> Result<Sections, Unreadable> {
        let everywhere = self.sections.get("DEFAULT").cloned().unwrap_or_default();
        self.sections.0.retain(|section| section.name != "DEFAULT");
        for section in &mut self.sections.0 {
            for setting in &everywhere.settings {
                if !section.has(&setting.name) {
                    section.settings.push(setting.clone());
                }
            }
            for setting in &section.settings {
                let mut nested = setting.value.strip_prefix('\n').into_iter().flat_map(str::lines);
                if nested.any(|line| !line.trim().is_empty() && !line.contains('=')) {
                    let why = format!("what is indented below `{}` is not `name = value`", setting.name);
                    return Err(Unreadable { line: setting.at.1, why });
                }
            }
        }
        Ok(self.sections)
    }
}

/// The words of a section's name, by the rules of a shell; `None` where a quotation does not end.
pub(super) fn words(header: &str) -> Option<Vec<String>> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut chars = header.chars();
    while let Some(c) = chars.next() {
        match c {
            '\'' | '"' => {
                let word = word.get_or_insert_default();
                loop {
                    match chars.next()? {
                        end if end == c => break,
                        '\\' if c == '"' => word.push(chars.next()?),
                        other => word.push(other),
                    }
                }
            }
            '\\' => word.get_or_insert_default().push(chars.next()?),
            c if c.is_whitespace() => words.extend(word.take()),
            c => word.get_or_insert_default().push(c),
        }
    }
    words.extend(word);
    Some(words)
}

/// The two files laid over each other: profiles, and the sessions of IAM Identity Center.
pub(super) struct Profiles {
    pub(super) profiles: Sections,
    pub(super) sessions: Sections,
    /// The profiles of the config file alone.
    pub(super) config: Sections,
    /// The sections of the credentials file alone.
    pub(super) credentials: Sections,
}

/// Lays the files over each other.
pub(super) fn profiles(config: &Sections, credentials: &Sections) -> Profiles {
    let (mut profiles, mut sessions) = (Sections::default(), Sections::default());
    let renamed = |section: &Section| -> Option<Section> {
        let [_, name] = words(&section.name)?.try_into().ok()?;
        Some(Section { name, settings: section.settings.clone() })
    };
    for section in &config.0 {
        // The last one of a name counts, whole: `[profile default]` and `[default]` are not merged.
        if section.name.starts_with("profile") {
            renamed(section).into_iter().for_each(|section| profiles.put(section));
        } else if section.name.starts_with("sso-session") {
            renamed(section).into_iter().for_each(|section| sessions.put(section));
        } else if section.name == "default" {
            profiles.put(section.clone());
        }
    }
    let config = profiles.clone();
    for section in &credentials.0 {
        profiles.add(&section.name);
        section.settings.iter().cloned().for_each(|setting| profiles.set(&section.name, setting));
    }
    Profiles { profiles, sessions, config, credentials: credentials.clone() }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A section's name, and its settings.
    type Read = (String, Vec<(String, String)>);

    fn read(text: &str) -> Result<Vec<Read>, Unreadable> {
        let sections = sections(text, FileKind::Config)?;
        Ok(sections
            .0
            .into_iter()
            .map(|section| {
                let settings = section.settings.into_iter().map(|setting| (setting.name, setting.value));
                (section.name, settings.collect())
            })
            .collect())
    }

    #[test]
    fn what_ends_the_cli_is_found_with_its_line() {
        for (text, line) in [
            ("\u{feff}[default]\n", 1),
            ("a = 1\n", 1),
            ("[a]\n[b]\n[a]\n", 3),
            ("[a]\nx = 1\nX = 2\n", 3),
            ("[a]\n<<<<<<< HEAD\nregion = x\n", 2),
            ("[a]\n=======\n", 2),
            ("[a]\ns3 =\n  words\n", 2),
            ("[]\n", 1),
        ] {
            assert_eq!(read(text).unwrap_err().line, line, "{text:?}");
        }
    }

    #[test]
    fn values_keep_quotes_and_inline_comments() {
        let text =
            "[default]\r\nregion = us-east-1 # here\r\n  # alone\r\nKey: \"v\"\nmore = a\n  b\n\n[x] ; y\n";
        let value = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        assert_eq!(
            read(text).unwrap(),
            [
                (
                    "default".to_owned(),
                    vec![value("region", "us-east-1 # here"), value("key", "\"v\""), value("more", "a\nb")]
                ),
                ("x".to_owned(), vec![])
            ]
        );
        assert_eq!(read("[DEFAULT]\na = 1\n[b]\n").unwrap(), [("b".to_owned(), vec![value("a", "1")])]);
    }

    #[test]
    fn names_of_profiles_are_words_of_a_shell() {
        assert_eq!(words("profile \"my prof\""), Some(vec!["profile".to_owned(), "my prof".to_owned()]));
        assert_eq!(words("profile 'x"), None);
        let config = sections(
            "[profile my prof]\n[ profile x ]\n[profile  y]\n[default]\na=1\n[profile default]\nb=1\n",
            FileKind::Config,
        );
        let merged = profiles(&config.unwrap(), &Sections::default());
        let names: Vec<_> = merged.profiles.0.iter().map(|section| section.name.as_str()).collect();
        assert_eq!(names, ["y", "default"]);
        assert_eq!(merged.profiles.get("default").unwrap().get("a"), None);
    }
}
