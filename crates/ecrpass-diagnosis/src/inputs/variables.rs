//! Variables in image references, filled in as compose and BuildKit do.
//!
//! Sources: compose-go `template/template.go`; BuildKit `frontend/dockerfile/shell/lex.go`.

use std::cell::Cell;

/// Defaults may hold variables; deeper than this nobody writes.
const MAX_DEPTH: usize = 8;

/// How many characters `${…}` may have: a long text of opened braces must not be read again for each.
const MAX_EXPRESSION: usize = 1024;

/// Whose rules hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Style {
    /// `$$` is a dollar sign.
    Compose,
    /// This character in front of it makes a dollar sign.
    Dockerfile(char),
}

/// How many bytes all values that are filled in may have together: sixty lines of `ARG A=$B$B` would have exabytes.
pub const MAX_EXPANDED: usize = 8 << 20;

/// What is left of [`MAX_EXPANDED`] for a file, and where it was used up.
#[derive(Debug)]
pub struct Budget {
    left: Cell<usize>,
    at: Cell<usize>,
    exceeded: Cell<Option<usize>>,
}

impl Budget {
    pub fn new() -> Self {
        Self { left: Cell::new(MAX_EXPANDED), at: Cell::new(0), exceeded: Cell::new(None) }
    }

    /// Says which byte of the file is being read.
    pub fn read_at(&self, at: usize) {
        self.at.set(at);
    }

    /// The byte at which the values became too much.
    pub fn exceeded(&self) -> Option<usize> {
        self.exceeded.get()
    }

    fn take(&self, bytes: usize) -> bool {
        match self.left.get().checked_sub(bytes) {
            Some(left) if self.exceeded.get().is_none() => {
                self.left.set(left);
                true
            }
            _ => {
                self.exceeded.set(self.exceeded.get().or(Some(self.at.get())));
                false
            }
        }
    }
}

/// A text with its variables filled in.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Filled {
    pub text: String,
    /// The variables without value and default, each with the text of `:?`.
    pub missing: Vec<(String, Option<String>)>,
    /// Whether anything was filled in.
    pub changed: bool,
}

/// Fills in variables.
pub struct Expander<'a> {
    pub style: Style,
    /// The value of a variable.
    pub value: &'a dyn Fn(&str) -> Option<String>,
    pub budget: &'a Budget,
    /// What stands in the text for a variable without a value, and for the `{{ … }}` of a template. Without it the first
    /// become nothing and the second stay.
    pub unknown: Option<char>,
}

impl Expander<'_> {
    /// Fills in a text's variables.
    pub fn fill(&self, text: &str) -> Filled {
        let mut filled = Filled::default();
        self.fill_into(&mut filled, text, 0);
        filled
    }

    fn fill_into(&self, filled: &mut Filled, text: &str, depth: usize) {
        let mut rest = text;
        while let Some(c) = rest.chars().next() {
            let after = rest.get(c.len_utf8()..).unwrap_or_default();
            if self.style == Style::Dockerfile(c) && !after.is_empty() {
                let next = after.chars().next().unwrap_or_default();
                filled.text.push(next);
                rest = after.get(next.len_utf8()..).unwrap_or_default();
            } else if let (Some(_), Some((inside, remaining))) = (self.unknown, templated(rest)) {
                self.missing(filled, inside, None);
                rest = remaining;
            } else if c != '$' {
                filled.text.push(c);
                rest = after;
            } else if self.style == Style::Compose && after.starts_with('$') {
                filled.text.push('$');
                rest = after.get(1..).unwrap_or_default();
            } else if let Some((inside, remaining)) = after.strip_prefix('{').and_then(braced) {
                filled.changed = true;
                self.expression(filled, inside, depth);
                rest = remaining;
            } else {
                let (name, remaining) = name(after);
                rest = remaining;
                if name.is_empty() {
                    filled.text.push('$');
                } else {
                    filled.changed = true;
                    match (self.value)(name) {
                        Some(value) => self.push(filled, &value),
                        None => self.missing(filled, name, None),
                    }
                }
            }
        }
    }

    /// What stands in `${…}`.
    fn expression(&self, filled: &mut Filled, inside: &str, depth: usize) {
        let (name, operator) = name(inside);
        let found = (self.value)(name);
        let (colon, operator) = operator.strip_prefix(':').map_or((false, operator), |rest| (true, rest));
        let set = found.filter(|found| !(colon && found.is_empty()));
        let kind = operator.chars().next();
        let word = operator.get(1..).unwrap_or_default();
        match (kind, set) {
            (Some('+'), None) => {}
            (Some('-'), None) | (Some('+'), Some(_)) if depth < MAX_DEPTH => {
                self.fill_into(filled, word, depth + 1);
            }
            (Some('?'), None) => {
                let why = (!word.is_empty()).then(|| word.to_owned());
                self.missing(filled, name, why);
            }
            (_, Some(found)) => self.push(filled, &found),
            (_, None) => self.missing(filled, name, None),
        }
    }

    fn push(&self, filled: &mut Filled, value: &str) {
        if self.budget.take(value.len()) {
            filled.text.push_str(value);
        }
    }

    fn missing(&self, filled: &mut Filled, name: &str, why: Option<String>) {
        filled.text.extend(self.unknown);
        filled.missing.push((name.to_owned(), why));
    }
}

/// The default of the variable that a text begins with, as in `${NAME:-default}`, and what is behind it.
pub fn default_of(text: &str) -> Option<(&str, &str)> {
    let (inside, rest) = braced(text.strip_prefix("${")?)?;
    let (_, operator) = name(inside);
    Some((operator.strip_prefix(':').unwrap_or(operator).strip_prefix('-')?, rest))
}

/// `{{ … }}` at the start of a text, and what is behind it.
fn templated(text: &str) -> Option<(&str, &str)> {
    let (inside, rest) = text.strip_prefix("{{")?.split_once("}}")?;
    (inside.len() <= MAX_EXPRESSION).then(|| (inside.trim(), rest))
}

/// A variable's name at the start, and the rest.
fn name(text: &str) -> (&str, &str) {
    let end = text.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).unwrap_or(text.len());
    if text.starts_with(|c: char| c.is_ascii_digit()) { ("", text) } else { text.split_at(end) }
}

/// Up to the brace that closes, and what is behind it.
fn braced(text: &str) -> Option<(&str, &str)> {
    let mut depth = 0_usize;
    for (at, c) in text.char_indices().take(MAX_EXPRESSION) {
        match c {
            '{' => depth += 1,
            '}' if depth == 0 => return Some((text.get(..at)?, text.get(at + 1..)?)),
            '}' => depth -= 1,
            _ => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn value(name: &str) -> Option<String> {
        match name {
            "A" => Some("a".to_owned()),
            "EMPTY" => Some(String::new()),
            _ => None,
        }
    }

    fn fill(text: &str, style: Style, value: &dyn Fn(&str) -> Option<String>) -> Filled {
        Expander { style, value, budget: &Budget::new(), unknown: None }.fill(text)
    }

    #[test]
    fn what_has_no_value_is_marked_in_a_template() {
        let expander =
            Expander { style: Style::Compose, value: &value, budget: &Budget::new(), unknown: Some('?') };
        let filled = expander.fill("$A{{ .Values.x }}/${B}${C:-${D}}{{");
        assert_eq!(filled.text, "a?/??{{");
        let names: Vec<&str> = filled.missing.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names, [".Values.x", "B", "D"]);
    }

    #[test]
    fn values_may_not_grow_without_end() {
        let (budget, long) = (Budget::new(), |_: &str| Some("x".repeat(MAX_EXPANDED / 2)));
        let expander = Expander { style: Style::Compose, value: &long, budget: &budget, unknown: None };
        assert_eq!(expander.fill("$A$A").text.len(), MAX_EXPANDED);
        assert_eq!(budget.exceeded(), None);
        budget.read_at(7);
        assert_eq!((expander.fill("$A").text.as_str(), budget.exceeded()), ("", Some(7)));
    }

    #[test]
    fn compose_and_shell_forms() {
        for (text, expected, missing) in [
            ("$A/${A}", "a/a", 0),
            ("${B:-x}${B-y}${EMPTY:-z}${EMPTY-w}", "xyz", 0),
            ("${B:-${A}-${C:-d}}", "a-d", 0),
            ("${A:+yes}${B:+no}${B+no}", "yes", 0),
            ("$$A $5 $", "$A $5 $", 0),
            ("${B:?say why}/x", "/x", 1),
            ("$B/${C}", "/", 2),
            ("${unclosed", "${unclosed", 0),
        ] {
            let filled = fill(text, Style::Compose, &value);
            assert_eq!((filled.text.as_str(), filled.missing.len()), (expected, missing), "{text}");
        }
        assert_eq!(fill("\\$A$A", Style::Dockerfile('\\'), &value).text, "$Aa");
        let filled = fill("${B:?say why}", Style::Compose, &value);
        assert_eq!(filled.missing, [("B".to_owned(), Some("say why".to_owned()))]);
    }

    proptest! {
        #[test]
        fn any_text_is_answered(text in "[${}:?A-Zä\\\\+-]{0,60}") {
            for style in [Style::Compose, Style::Dockerfile('\\'), Style::Dockerfile('`')] {
                let _ = fill(&text, style, &value);
            }
        }
    }
}
