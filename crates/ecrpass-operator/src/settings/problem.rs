//! What is wrong with a configuration, and where: the place of a value in TOML or JSON, by its path.

use std::fmt;

use ecrpass_core::visible::visible;
use ecrpass_json::Position;

/// In which language it is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Language {
    /// TOML.
    Toml,
    /// JSON, as charts find it easier to write.
    Json,
}

/// A step from a value to one in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// Its member of that name.
    Key(&'static str),
    /// Its item of that number.
    Item(usize),
}

/// What is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// Where, if that is known.
    pub position: Option<Position>,
    /// What, without a full stop.
    pub what: String,
}

impl Problem {
    /// A problem somewhere in the text.
    pub fn at(text: &str, offset: Option<usize>, what: impl Into<String>) -> Self {
        Self { position: offset.map(|offset| Position::of(text, offset)), what: what.into() }
    }

    /// A problem with the value at a path.
    pub fn of(text: &str, language: Language, path: &[Step], what: impl Into<String>) -> Self {
        Self::at(text, place(text, language, path), what)
    }
}

/// A text, and how to say where in it something is wrong.
pub struct Source<'a> {
    /// The text.
    pub text: &'a str,
    /// Its language.
    pub language: Language,
}

impl Source<'_> {
    /// A problem with the value at a path.
    pub fn problem(&self, path: &[Step], what: impl Into<String>) -> Problem {
        Problem::of(self.text, self.language, path, what)
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(position) = self.position {
            write!(f, "{position}: ")?;
        }
        f.write_str(&visible(&self.what))
    }
}

impl std::error::Error for Problem {}

/// Where the value at a path begins, or the deepest one on the way to it that is there.
fn place(text: &str, language: Language, path: &[Step]) -> Option<usize> {
    match language {
        Language::Toml => {
            let table = toml::de::DeTable::parse(text).ok()?;
            let (first, rest) = path.split_first()?;
            let Step::Key(key) = first else { return None };
            let mut value = table.get_ref().get(*key)?;
            for step in rest {
                let next = match step {
                    Step::Key(key) => value.get_ref().get(*key),
                    Step::Item(number) => value.get_ref().get(*number),
                };
                let Some(next) = next else { break };
                value = next;
            }
            Some(value.span().start)
        }
        Language::Json => {
            let root = ecrpass_json::parse(text).ok()?;
            let mut value = &root;
            for step in path {
                let next = match step {
                    Step::Key(key) => value
                        .members()
                        .and_then(|members| members.iter().find(|member| member.key == *key))
                        .map(|member| &member.value),
                    Step::Item(number) => value.items().and_then(|items| items.get(*number)),
                };
                let Some(next) = next else { break };
                value = next;
            }
            Some(value.span.start)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_found_by_its_path() {
        let path = [Step::Key("registry"), Step::Item(1), Step::Key("hosts"), Step::Item(0)];
        let toml = "owner = \"a\"\n[[registry]]\nhosts = [\"a\"]\n[[registry]]\nhosts = [ \"b\" ]\n";
        let json = "{\"registry\": [{\"hosts\": [\"a\"]},\n  {\"hosts\": [\"b\"]}]}";
        for (text, language, line, column) in [(toml, Language::Toml, 5, 11), (json, Language::Json, 2, 14)] {
            let problem = Problem::of(text, language, &path, "no");
            assert_eq!(problem.position, Some(Position { line, column }), "{text}");
            assert_eq!(problem.to_string(), format!("{line}:{column}: no"));
        }
    }

    #[test]
    fn what_is_not_there_is_where_it_would_be() {
        let toml = "[[registry]]\nhosts = []\n";
        let problem = Problem::of(
            toml,
            Language::Toml,
            &[Step::Key("registry"), Step::Item(0), Step::Key("name")],
            "no",
        );
        assert_eq!(problem.position.map(|position| position.line), Some(1));
        assert_eq!(Problem::of("", Language::Toml, &[Step::Key("registry")], "no").position, None);
    }
}
