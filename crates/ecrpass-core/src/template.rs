//! Texts of ours with holes: a hole that nobody knows does not compile, and one that cannot be filled is not printed.

use crate::command_line::{CommandLine, Quotes};
use crate::placeholder::Placeholder;

/// A text with `{holes}`. Braces around anything but a lower-case name are braces; `%{…}` is curl's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Template(&'static str);

/// What is put into a hole.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Filling {
    /// A value from elsewhere.
    Value(String),
    /// A command of our own making.
    Command(CommandLine),
}

/// A piece of a template.
enum Piece {
    Text(&'static str),
    Hole(Placeholder),
}

impl Template {
    /// A template. In a `const` or a `static`, a mistake in it stops the build.
    ///
    /// # Panics
    /// When a hole has a name that is no [`Placeholder`]'s, or the text has a gap such as `<role>`.
    pub const fn new(text: &'static str) -> Self {
        let mut rest = text.as_bytes();
        let mut before = 0;
        while let Some((byte, after)) = rest.split_first() {
            if *byte == b'{'
                && before != b'%'
                && let Some(length) = name_length(after)
                && let Some((name, _)) = after.split_at_checked(length)
            {
                assert!(Placeholder::of(name).is_some(), "a hole of this template has an unknown name");
            }
            if *byte == b'<'
                && let Some((next, _)) = after.split_first()
            {
                assert!(!next.is_ascii_lowercase(), "a template has holes, no gaps to be filled by hand");
            }
            before = *byte;
            rest = after;
        }
        Self(text)
    }

    /// Whether there is nothing in it.
    pub const fn is_empty(self) -> bool {
        self.0.is_empty()
    }

    /// As people read it on a page, where nothing is known: `{host}` is `<host>`.
    pub fn shown(self) -> String {
        let pieces = self.pieces().into_iter().map(|piece| match piece {
            Piece::Text(text) => text.to_owned(),
            Piece::Hole(hole) => hole.shown(),
        });
        pieces.collect()
    }

    /// Whether it has that hole.
    pub fn mentions(self, hole: Placeholder) -> bool {
        self.pieces().iter().any(|piece| matches!(piece, Piece::Hole(other) if *other == hole))
    }

    /// As a command.
    ///
    /// # Errors
    /// The holes that nothing is known for.
    pub fn command(
        self,
        value: &dyn Fn(Placeholder) -> Option<Filling>,
    ) -> Result<CommandLine, Vec<Placeholder>> {
        let mut missing = Vec::new();
        let line = self.line(value, |line, hole| {
            if !missing.contains(&hole) {
                missing.push(hole);
            }
            line
        });
        if missing.is_empty() { Ok(line) } else { Err(missing) }
    }

    /// As people read it in instructions: what is known is in it, quoted as in a command, and what is not is `<host>`.
    pub fn filled(self, value: &dyn Fn(Placeholder) -> Option<Filling>) -> String {
        self.line(value, |line, hole| line.gap(hole.shown())).to_string()
    }

    /// The line, with whatever stands in it for a hole that nothing is known for.
    fn line(
        self,
        value: &dyn Fn(Placeholder) -> Option<Filling>,
        mut unknown: impl FnMut(CommandLine, Placeholder) -> CommandLine,
    ) -> CommandLine {
        let mut line = CommandLine::default();
        let mut quotes = Quotes::Bare;
        for piece in self.pieces() {
            line = match piece {
                Piece::Text(text) => {
                    quotes = quotes_after(text, quotes);
                    line.glued(text)
                }
                Piece::Hole(hole) => match value(hole) {
                    Some(Filling::Value(value)) => line.value(value, quotes),
                    Some(Filling::Command(command)) => line.spliced(command),
                    None => unknown(line, hole),
                },
            };
        }
        line
    }

    /// As a sentence: what is not known has its words in it.
    pub fn sentence(self, value: &dyn Fn(Placeholder) -> Option<Filling>) -> String {
        let pieces = self.pieces().into_iter().map(|piece| match piece {
            Piece::Text(text) => text.to_owned(),
            Piece::Hole(hole) => match value(hole) {
                Some(Filling::Value(value)) => value,
                Some(Filling::Command(command)) => command.to_string(),
                None => hole.words().to_owned(),
            },
        });
        pieces.collect()
    }

    fn pieces(self) -> Vec<Piece> {
        let mut pieces = Vec::new();
        let (mut text, mut searched) = (self.0, 0);
        while let Some(open) = text.get(searched..).and_then(|rest| rest.find('{')).map(|at| searched + at) {
            let (before, inside) =
                (text.get(..open).unwrap_or_default(), text.get(open + 1..).unwrap_or_default());
            let hole = name_length(inside.as_bytes()).filter(|_| !before.ends_with('%')).and_then(|length| {
                let (name, rest) = inside.split_at_checked(length)?;
                Some((Placeholder::of(name.as_bytes())?, rest.get(1..).unwrap_or_default()))
            });
            match hole {
                Some((hole, rest)) => {
                    pieces.push(Piece::Text(before));
                    pieces.push(Piece::Hole(hole));
                    (text, searched) = (rest, 0);
                }
                None => searched = open + 1,
            }
        }
        pieces.push(Piece::Text(text));
        pieces
    }
}

/// How long the name is that `}` ends, if it is one.
const fn name_length(text: &[u8]) -> Option<usize> {
    let (mut rest, mut length) = (text, 0);
    while let Some((byte, after)) = rest.split_first() {
        match *byte {
            b'}' => return if length > 0 { Some(length) } else { None },
            b'a'..=b'z' | b'_' | b'-' => length += 1,
            _ => return None,
        }
        rest = after;
    }
    None
}

/// The quotes that are open behind a text.
fn quotes_after(text: &str, mut quotes: Quotes) -> Quotes {
    let mut escaped = false;
    for c in text.chars() {
        quotes = match (quotes, c) {
            _ if escaped => quotes,
            (Quotes::Bare, '\'') => Quotes::Single,
            (Quotes::Bare, '"') => Quotes::Double,
            (Quotes::Single, '\'') | (Quotes::Double, '"') => Quotes::Bare,
            _ => quotes,
        };
        escaped = !escaped && c == '\\' && quotes != Quotes::Single;
    }
    quotes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn instructions_have_gaps_where_nothing_is_known() {
        let template = Template::new("aws ecr x --region {region} --name {repository}");
        let value = |hole| (hole == Placeholder::Region).then(|| Filling::Value("a b".to_owned()));
        assert_eq!(template.filled(&value), "aws ecr x --region 'a b' --name <repository>");
        assert_eq!(template.filled(&|_| None), template.shown());
    }

    fn some(hole: Placeholder) -> Option<Filling> {
        match hole {
            Placeholder::Host => Some(Filling::Value("h.example".to_owned())),
            Placeholder::Repository => Some(Filling::Value("a b".to_owned())),
            Placeholder::Login => Some(Filling::Command(CommandLine::shell("a | b"))),
            _ => None,
        }
    }

    #[test]
    fn holes_are_filled_and_other_braces_stay() {
        const TEXT: Template = Template::new(
            "curl -w '%{http_code}' https://{host}/{repository} '{\"A\":\"{repository}\"}' {{.X}}",
        );
        let line = TEXT.command(&some).unwrap().to_string();
        assert_eq!(line, "curl -w '%{http_code}' https://h.example/'a b' '{\"A\":\"a b\"}' {{.X}}");
        assert_eq!(Template::new("sh '{login}'").command(&some).unwrap().to_string(), "sh 'a | b'");
    }

    #[test]
    fn what_is_not_known_is_named_and_not_printed() {
        let text = Template::new("aws --role {role} {host} {role} --user {user}");
        assert_eq!(text.command(&some), Err(vec![Placeholder::Role, Placeholder::User]));
        assert_eq!(
            text.sentence(&some),
            "aws --role the role's name h.example the role's name --user the user's name"
        );
        assert_eq!(text.shown(), "aws --role <role> <host> <role> --user <user>");
        assert!(text.mentions(Placeholder::User) && !text.mentions(Placeholder::Tag));
    }

    #[test]
    fn mistakes_are_found_where_the_template_is_written() {
        for text in ["{hosst}", "a {Host} {no-such}", "--role <role>"] {
            assert!(std::panic::catch_unwind(|| Template::new(text)).is_err(), "{text}");
        }
        for text in ["</dev/null 2>&1", "{}", "{ x }", "{\"a\":1}", "{{.A}}", "a < b"] {
            assert_eq!(Template::new(text).shown(), text);
        }
    }
}
