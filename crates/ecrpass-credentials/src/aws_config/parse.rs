//! From text to sections and properties, line by line.

use ecrpass_core::Secret;

use super::model::{
    BEFORE_SECTIONS, ConfigFile, FileKind, Problem, Property, Section, SectionKind, UNCLOSED_SECTION,
};

pub(super) fn parse(text: &str, kind: FileKind) -> ConfigFile {
    let mut reader = Reader { kind, file: ConfigFile::default(), passing_over: false };
    for (index, line) in text.strip_prefix('\u{feff}').unwrap_or(text).lines().enumerate() {
        reader.line(index + 1, line);
    }
    reader.file.text = Secret::new(text.to_owned());
    reader.file
}

struct Reader {
    kind: FileKind,
    file: ConfigFile,
    /// Below a section that could not be read: its properties belong to no other.
    passing_over: bool,
}

impl Reader {
    fn line(&mut self, number: usize, line: &str) {
        let trimmed = line.trim();
        let indented = line.starts_with([' ', '\t']);
        // Indented too: Python, Go and JavaScript pass over it, where the Rust SDK takes it for more of the value above.
        if trimmed.is_empty() || trimmed.starts_with(['#', ';']) {
            return;
        }
        let column = line.chars().take_while(|c| c.is_whitespace()).count() + 1;
        if !indented && trimmed.starts_with('[') {
            self.section(number, column, trimmed);
        } else if indented && self.last_property().is_some() {
            self.continuation(trimmed);
        } else {
            self.property(number, column, trimmed);
        }
    }

    fn problem(&mut self, line: usize, column: usize, message: impl Into<String>) {
        self.file.problems.push(Problem { line, column, message: message.into(), conflict: false });
    }

    fn section(&mut self, number: usize, column: usize, text: &str) {
        self.passing_over = true;
        let Some((header, rest)) = text.strip_prefix('[').and_then(|text| text.split_once(']')) else {
            self.problem(number, column, UNCLOSED_SECTION);
            return;
        };
        if !rest.trim().is_empty() && !rest.trim_start().starts_with(['#', ';']) {
            self.problem(number, column, "there is text behind the section's `]`; it is ignored");
        }
        let header = header.trim();
        let (word, name) =
            header.split_once(char::is_whitespace).map_or((header, ""), |(a, b)| (a, b.trim()));
        let name = name.trim_matches(['"', '\'']);
        let (kind, name, prefixed) = match (self.kind, word, name) {
            (_, "", _) => {
                self.problem(number, column, "the section has no name");
                return;
            }
            (FileKind::Config, "profile", name) if !name.is_empty() => (SectionKind::Profile, name, true),
            (FileKind::Config, "sso-session", name) if !name.is_empty() => {
                (SectionKind::SsoSession, name, false)
            }
            (FileKind::Config, "services", name) if !name.is_empty() => (SectionKind::Services, name, false),
            (FileKind::Config, "default", "") => (SectionKind::Profile, "default", false),
            (FileKind::Config, _, "") => {
                self.problem(
                    number,
                    column,
                    format!("`[{header}]` is ignored in the config file; write `[profile {header}]`"),
                );
                (SectionKind::Unknown(word.to_owned()), word, false)
            }
            (FileKind::Config, word, name) => (SectionKind::Unknown(word.to_owned()), name, false),
            (FileKind::Credentials, "profile", name) if !name.is_empty() => {
                self.problem(
                    number,
                    column,
                    format!("`[{header}]` is ignored in the credentials file; write `[{name}]`"),
                );
                (SectionKind::Unknown(word.to_owned()), name, false)
            }
            (FileKind::Credentials, _, _) => (SectionKind::Profile, header.trim_matches(['"', '\'']), false),
        };
        self.passing_over = false;
        let section = Section { kind, name: name.to_owned(), line: number, prefixed, properties: Vec::new() };
        self.file.sections.push(section);
    }

    fn last_property(&mut self) -> Option<&mut Property> {
        if self.passing_over {
            return None;
        }
        self.file.sections.last_mut()?.properties.last_mut()
    }

    /// An indented line: a nested property below an empty value, else more of the value.
    fn continuation(&mut self, text: &str) {
        let Some(property) = self.last_property() else { return };
        if property.value.is_empty() {
            if let Some((name, value)) = text.split_once('=') {
                let pair = (name.trim().to_ascii_lowercase(), without_comment(value).to_owned());
                property.nested.push(pair);
            }
        } else {
            property.value.push('\n');
            property.value.push_str(text);
        }
    }

    fn property(&mut self, number: usize, column: usize, text: &str) {
        if self.passing_over {
            return;
        }
        let Some((name, value)) = text.split_once('=') else {
            let conflict = ["<<<<<<<", "=======", ">>>>>>>"].iter().any(|marker| text.starts_with(marker));
            let message = if conflict {
                "a merge conflict was left here; keep one side"
            } else {
                "a property is written `name = value`"
            };
            self.problem(number, column, message);
            self.file.problems.iter_mut().rev().take(1).for_each(|problem| problem.conflict = conflict);
            return;
        };
        let name = name.trim().to_ascii_lowercase();
        if name.is_empty() {
            self.problem(number, column, "there is no name before `=`");
            return;
        }
        if let Some(variable) = name.strip_prefix("export ") {
            let message = format!("`export` is a word of shells; write `{} = …`", variable.trim());
            self.problem(number, column, message);
        }
        let property = Property {
            name,
            line: number,
            column,
            value: without_comment(value).to_owned(),
            nested: Vec::new(),
        };
        match self.file.sections.last_mut() {
            Some(section) => section.properties.push(property),
            None => self.problem(number, column, BEFORE_SECTIONS),
        }
    }
}

/// A value ends where white space and `#` or `;` begin a comment.
fn without_comment(value: &str) -> &str {
    let mut previous = ' ';
    for (at, c) in value.char_indices() {
        if matches!(c, '#' | ';') && previous.is_whitespace() {
            return value.get(..at).unwrap_or(value).trim();
        }
        previous = c;
    }
    value.trim()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn all_of_the_grammar_is_read() {
        let file = parse(
            "\u{feff}# comment\r\n; another\r\n[default]\r\nRegion = us-east-1 # here\r\n  # below\r\n\t; and below\r\n[profile  \"my prof\" ] ; x\r\nrole_arn=arn:aws:iam::1:role/a#b\r\ns3 =\r\n  max = 5 ; c\r\n  # pair = no\r\n  addressing_style = path\r\ncredential_process = /bin/x \\\r\n  --flag\r\n[sso-session corp]\r\nsso_region = eu-west-1\r\n[services local]\r\necr =\r\n\tendpoint_url = http://x\r\n[plugins]\r\nx = y\r\n",
            FileKind::Config,
        );
        let shape: Vec<_> = file
            .sections
            .iter()
            .map(|section| {
                (section.kind.clone(), section.name.as_str(), section.line, section.properties.len())
            })
            .collect();
        assert_eq!(
            shape,
            [
                (SectionKind::Profile, "default", 3, 1),
                (SectionKind::Profile, "my prof", 7, 3),
                (SectionKind::SsoSession, "corp", 15, 1),
                (SectionKind::Services, "local", 17, 1),
                (SectionKind::Unknown("plugins".to_owned()), "plugins", 20, 1),
            ]
        );
        let properties = &file.sections[1].properties;
        assert_eq!(properties[0].value(), "arn:aws:iam::1:role/a#b");
        assert_eq!(properties[1].nested()[0], ("max".to_owned(), "5".to_owned()));
        assert_eq!(properties[2].value(), "/bin/x \\\n--flag");
        assert_eq!(file.sections[0].properties[0].value(), "us-east-1");
        assert_eq!((properties[0].line, properties[0].column), (8, 1));
        assert_eq!(file.problems.len(), 1, "{:?}", file.problems);
    }

    #[test]
    fn problems_have_places() {
        let file = parse(
            "x = 1\n[a\ny = 2\n[]\n[profile b]\nnonsense\n = 3\n<<<<<<< HEAD\nregion = r\n",
            FileKind::Config,
        );
        let places: Vec<_> = file.problems.iter().map(|problem| (problem.line, problem.column)).collect();
        assert_eq!(places, [(1, 1), (2, 1), (4, 1), (6, 1), (7, 2), (8, 1)]);
        assert_eq!(file.sections.len(), 1);
        assert_eq!(file.sections[0].properties[0].value(), "r");
        let file = parse("[profile x]\na = 1\n[y z]\na = 1\n", FileKind::Credentials);
        assert_eq!((file.problems.len(), file.sections[1].name.as_str()), (1, "y z"));
    }

    proptest! {
        #[test]
        fn any_text_is_read(text in any::<String>(), lines in prop::collection::vec("[ \t]?(\\[[a-z ]*\\]?|[a-z]* ?=? ?[a-z#;]*)", 0..30)) {
            let text = format!("{text}\n{}", lines.join("\n"));
            for kind in [FileKind::Config, FileKind::Credentials] {
                let file = parse(&text, kind);
                let count = text.lines().count();
                prop_assert!(file.sections.iter().all(|section| section.line <= count));
                prop_assert!(file.problems.iter().all(|problem| problem.line <= count));
            }
        }

        #[test]
        fn what_is_written_is_read(names in prop::collection::btree_map("[a-z]{1,8}", "[a-zA-Z0-9/+:._-]{1,20}", 1..6)) {
            let text: String = names.iter().map(|(name, value)| format!("{name} = {value}\n")).collect();
            let file = parse(&format!("[profile p]\n{text}"), FileKind::Config);
            let read: Vec<_> = file.sections[0].properties.iter().map(|p| (p.name.clone(), p.value.clone())).collect();
            prop_assert_eq!(read, names.into_iter().collect::<Vec<_>>());
        }
    }
}
