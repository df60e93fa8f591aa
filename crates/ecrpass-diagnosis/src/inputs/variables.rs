//! Variables in image references, filled in as compose and BuildKit do.
//!
//! Sources: compose-go `template/template.go`; BuildKit `frontend/dockerfile/shell/lex.go`.

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

/// A text with its variables filled in.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Filled {
    pub text: String,
    /// The variables without value and default, each with the text of `:?`.
    pub missing: Vec<(String, Option<String>)>,
    /// Whether anything was filled in.
    pub changed: bool,
}

/// Fills in variables; one without a value becomes nothing.
pub fn fill(text: &str, style: Style, value: &dyn Fn(&str) -> Option<String>) -> Filled {
    let mut filled = Filled::default();
    fill_into(&mut filled, text, style, value, 0);
    filled
}

fn fill_into(
    filled: &mut Filled,
    text: &str,
    style: Style,
    value: &dyn Fn(&str) -> Option<String>,
    depth: usize,
) {
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let after = rest.get(c.len_utf8()..).unwrap_or_default();
        if style == Style::Dockerfile(c) && !after.is_empty() {
            let next = after.chars().next().unwrap_or_default();
            filled.text.push(next);
            rest = after.get(next.len_utf8()..).unwrap_or_default();
        } else if c != '$' {
            filled.text.push(c);
            rest = after;
        } else if style == Style::Compose && after.starts_with('$') {
            filled.text.push('$');
            rest = after.get(1..).unwrap_or_default();
        } else if let Some((inside, remaining)) = after.strip_prefix('{').and_then(braced) {
            filled.changed = true;
            expression(filled, inside, style, value, depth);
            rest = remaining;
        } else {
            let (name, remaining) = name(after);
            rest = remaining;
            if name.is_empty() {
                filled.text.push('$');
            } else {
                filled.changed = true;
                match value(name) {
                    Some(value) => filled.text.push_str(&value),
                    None => filled.missing.push((name.to_owned(), None)),
                }
            }
        }
    }
}

/// What stands in `${…}`.
fn expression(
    filled: &mut Filled,
    inside: &str,
    style: Style,
    value: &dyn Fn(&str) -> Option<String>,
    depth: usize,
) {
    let (name, operator) = name(inside);
    let found = value(name);
    let (colon, operator) = operator.strip_prefix(':').map_or((false, operator), |rest| (true, rest));
    let set = found.filter(|found| !(colon && found.is_empty()));
    let kind = operator.chars().next();
    let word = operator.get(1..).unwrap_or_default();
    match (kind, set) {
        (Some('+'), None) => {}
        (Some('-'), None) | (Some('+'), Some(_)) if depth < MAX_DEPTH => {
            fill_into(filled, word, style, value, depth + 1);
        }
        (Some('?'), None) => {
            let why = (!word.is_empty()).then(|| word.to_owned());
            filled.missing.push((name.to_owned(), why));
        }
        (_, Some(found)) => filled.text.push_str(&found),
        (_, None) => filled.missing.push((name.to_owned(), None)),
    }
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
