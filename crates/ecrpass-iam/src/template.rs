//! Values of a policy in which variables may stand: `team-${aws:PrincipalTag/team}/*`.
//!
//! Source: IAM User Guide, "IAM policy elements: Variables and tags". Only documents of version 2012-10-17 know
//! variables. One without a value spoils the whole text: it then matches nothing. What is put in is taken literally,
//! so that a tag `*` opens nothing.

use ecrpass_core::wildcard::Pattern;

use crate::context::{Context, KeyValue, Values};

/// The longest text that variables are put into, in bytes: many of them, each with a long value, would otherwise fill
/// the memory, and nothing that AWS compares comes near.
const MAX_FILLED: usize = 64 * 1024;

/// A text of a policy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Template {
    text: String,
    pieces: Vec<Piece>,
    /// What it is where nothing has to be put in.
    fixed: Option<Fixed>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Fixed {
    /// The text itself: most are compared as they stand.
    Plain,
    /// A pattern, and the text in front of its first wildcard, which tells most texts apart.
    Pattern(String, Pattern),
}

impl Fixed {
    fn matches(&self, own: &str, text: &str) -> bool {
        match self {
            Self::Plain => own == text,
            Self::Pattern(prefix, pattern) => text.starts_with(prefix) && pattern.matches(text),
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Piece {
    /// As it stands; wildcards in it count.
    Text(String),
    /// `${*}`, `${?}` and `${$}`: the character itself.
    Escaped(char),
    Variable {
        key: String,
        default: Option<String>,
    },
}

/// A template with its variables put in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Resolved<T> {
    /// All of them have a value.
    Value(T),
    /// One of them has none, so it matches nothing.
    Nothing,
    /// The value of this key would have to be known.
    Unknown(String),
}

impl Template {
    /// Reads a text; `variables` says whether the document's version knows them.
    pub fn new(text: &str, variables: bool) -> Self {
        let pieces = if variables { pieces(text) } else { vec![Piece::Text(text.to_owned())] };
        let mut template = Self { text: text.to_owned(), pieces, fixed: None };
        if let Resolved::Value(pattern) = template.build(&Context::partial()) {
            let prefix = text.split(['*', '?', '$']).next().unwrap_or_default();
            template.fixed =
                Some(if prefix == text { Fixed::Plain } else { Fixed::Pattern(prefix.to_owned(), pattern) });
        }
        template
    }

    /// The text as the policy has it.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The names of the keys whose values are put in.
    pub fn variables(&self) -> impl Iterator<Item = &str> {
        self.pieces.iter().filter_map(|piece| match piece {
            Piece::Variable { key, .. } => Some(key.as_str()),
            _ => None,
        })
    }

    /// The names of those among them that nothing stands in for.
    pub fn without_default(&self) -> impl Iterator<Item = &str> {
        self.pieces.iter().filter_map(|piece| match piece {
            Piece::Variable { key, default: None } => Some(key.as_str()),
            _ => None,
        })
    }

    /// Whether every variable has a value, a default or an empty one included. Where one has none, a statement that
    /// compares with anything but this text says nothing at all.
    pub fn resolves(&self, context: &Context) -> Resolved<()> {
        let mut unknown = None;
        for piece in &self.pieces {
            let Piece::Variable { key, default } = piece else { continue };
            match (context.get(key), default) {
                (KeyValue::Unknown, _) => unknown = Some(key),
                (KeyValue::Known(Values::One(_)), _) | (_, Some(_)) => {}
                (KeyValue::Known(Values::Several(_)) | KeyValue::Absent, None) => return Resolved::Nothing,
            }
        }
        unknown.map_or(Resolved::Value(()), |key| Resolved::Unknown(key.clone()))
    }

    /// Whether a text matches it as a pattern.
    pub fn matches(&self, text: &str, context: &Context) -> Resolved<bool> {
        match &self.fixed {
            Some(fixed) => Resolved::Value(fixed.matches(&self.text, text)),
            None => match self.build(context) {
                Resolved::Value(pattern) => Resolved::Value(pattern.matches(text)),
                Resolved::Nothing => Resolved::Nothing,
                Resolved::Unknown(key) => Resolved::Unknown(key),
            },
        }
    }

    /// As a text in which `*` and `?` are themselves.
    pub fn literal(&self, context: &Context) -> Resolved<String> {
        self.fill(context, String::new(), |text, _, piece| text.push_str(piece))
    }

    fn build(&self, context: &Context) -> Resolved<Pattern> {
        self.fill(context, Pattern::default(), |pattern, is_policys, piece| {
            if is_policys {
                pattern.push_iam(piece);
            } else {
                pattern.push_literal(piece);
            }
        })
    }

    /// Puts the variables in, piece by piece; the policy's own words are marked as such.
    fn fill<T>(
        &self,
        context: &Context,
        mut filled: T,
        mut push: impl FnMut(&mut T, bool, &str),
    ) -> Resolved<T> {
        let mut unknown = None;
        let mut length = 0;
        let mut push = |filled: &mut T, is_policys: bool, piece: &str| {
            length += piece.len();
            if length <= MAX_FILLED || is_policys {
                push(filled, is_policys, piece);
            }
        };
        for piece in &self.pieces {
            match piece {
                Piece::Text(text) => push(&mut filled, true, text),
                Piece::Escaped(c) => push(&mut filled, false, c.encode_utf8(&mut [0; 4])),
                Piece::Variable { key, default } => match (context.get(key), default) {
                    // A key without a single value counts as having none. Of an empty value the guide says nothing;
                    // taking it for none lets fewer in.
                    (KeyValue::Known(Values::One(value)), _) if !value.is_empty() => {
                        push(&mut filled, false, value);
                    }
                    (KeyValue::Unknown, _) => unknown = Some(key),
                    (KeyValue::Known(_) | KeyValue::Absent, Some(default)) => {
                        push(&mut filled, false, default)
                    }
                    // Nothing can fix it, whatever else is unknown.
                    (KeyValue::Known(_) | KeyValue::Absent, None) => return Resolved::Nothing,
                },
            }
        }
        if length > MAX_FILLED && self.variables().next().is_some() {
            return Resolved::Nothing;
        }
        unknown.map_or(Resolved::Value(filled), |key| Resolved::Unknown(key.clone()))
    }
}

/// Takes a text apart. What begins like a variable and is none stays as it stands.
fn pieces(text: &str) -> Vec<Piece> {
    let mut pieces = Vec::new();
    let mut plain = String::new();
    let mut rest = text;
    while let Some((before, behind)) = rest.split_once("${") {
        plain.push_str(before);
        match behind.split_once('}').and_then(|(inside, after)| Some((variable(inside)?, after))) {
            Some((piece, after)) => {
                if !plain.is_empty() {
                    pieces.push(Piece::Text(std::mem::take(&mut plain)));
                }
                pieces.push(piece);
                rest = after;
            }
            None => {
                plain.push_str("${");
                rest = behind;
            }
        }
    }
    plain.push_str(rest);
    if !plain.is_empty() || pieces.is_empty() {
        pieces.push(Piece::Text(plain));
    }
    pieces
}

/// What stands between the braces: a key, perhaps with a default in quotes, or one of three characters.
fn variable(inside: &str) -> Option<Piece> {
    match inside {
        "*" => return Some(Piece::Escaped('*')),
        "?" => return Some(Piece::Escaped('?')),
        "$" => return Some(Piece::Escaped('$')),
        _ => {}
    }
    let (key, default) = match inside.split_once(',') {
        Some((key, default)) => {
            let quoted = default.trim().strip_prefix('\'')?.strip_suffix('\'')?;
            (key.trim(), Some(quoted.to_owned()))
        }
        None => (inside.trim(), None),
    };
    let is_key = !key.is_empty() && key.chars().all(|c| c.is_alphanumeric() || ":/._-+=@ ".contains(c));
    is_key.then(|| Piece::Variable { key: key.to_owned(), default })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filled(text: &str, context: &Context) -> Resolved<String> {
        Template::new(text, true).literal(context)
    }

    #[test]
    fn variables_are_put_in() {
        let context = Context::complete()
            .with("aws:PrincipalTag/team", "a*")
            .with("aws:TagKeys", Values::Several(vec!["x".to_owned()]))
            .with("aws:PrincipalTag/empty", "");
        let value = |text: &str| Resolved::Value(text.to_owned());
        for (text, expected) in [
            ("plain", value("plain")),
            ("", value("")),
            ("${AWS:principaltag/TEAM}/x", value("a*/x")),
            ("${aws:PrincipalTag/none, 'all'}", value("all")),
            ("${aws:PrincipalTag/team,'all'}", value("a*")),
            ("${aws:PrincipalTag/none}", Resolved::Nothing),
            ("${aws:PrincipalTag/empty}", Resolved::Nothing),
            ("${aws:TagKeys}", Resolved::Nothing),
            ("${*}${?}${$}", value("*?$")),
            ("${aws:PrincipalTag/team", value("${aws:PrincipalTag/team")),
            ("${}", value("${}")),
            ("$${*}", value("$*")),
            ("${aws:x, all}", value("${aws:x, all}")),
        ] {
            assert_eq!(filled(text, &context), expected, "{text}");
        }
        let old = Template::new("${aws:PrincipalTag/team}", false);
        assert_eq!(old.literal(&context), value("${aws:PrincipalTag/team}"));
    }

    #[test]
    fn what_is_put_in_is_no_pattern() {
        let context = Context::complete().with("aws:PrincipalTag/team", "*");
        let template = Template::new("${aws:PrincipalTag/team}/*", true);
        assert_eq!(template.matches("*/app", &context), Resolved::Value(true));
        assert_eq!(template.matches("b/app", &context), Resolved::Value(false));
        assert_eq!(Template::new("${*}", true).matches("b", &context), Resolved::Value(false));
    }

    #[test]
    fn an_unknown_key_is_named_unless_nothing_can_match() {
        let unknown = Context::partial();
        assert_eq!(filled("${aws:username}", &unknown), Resolved::Unknown("aws:username".to_owned()));
        let without = unknown.without("aws:x");
        assert_eq!(filled("${aws:username}${aws:x}", &without), Resolved::Nothing);
        assert_eq!(filled("${aws:x}${aws:username}", &without), Resolved::Nothing);
    }
}
