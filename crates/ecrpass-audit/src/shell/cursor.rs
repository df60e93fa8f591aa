//! A place in a script's text: looking at bytes, and finding where something ends without reading what is in it.

use memchr::memchr;

/// How far the end of a template's expression or of `${…}` is looked for.
const NEAR: usize = 4096;

/// The byte there; 0 behind the end.
pub(super) fn byte(text: &str, at: usize) -> u8 {
    text.as_bytes().get(at).copied().unwrap_or_default()
}

/// The text from there on.
pub(super) fn rest(text: &str, at: usize) -> &str {
    text.get(at..).unwrap_or_default()
}

/// The length of the character there.
pub(super) fn width(text: &str, at: usize) -> usize {
    rest(text, at).chars().next().map_or(1, char::len_utf8)
}

/// Whether it may begin a variable's name.
pub(super) fn begins_name(byte: u8) -> bool {
    byte.is_ascii_alphabetic() || byte == b'_'
}

/// Where the name ends that begins there.
pub(super) fn name_end(text: &str, at: usize) -> usize {
    if !begins_name(byte(text, at)) {
        return at;
    }
    let bytes = rest(text, at).bytes();
    at + bytes.take_while(|byte| byte.is_ascii_alphanumeric() || *byte == b'_').count()
}

/// Where a template's expression ends that begins there: `${{ … }}`, `{{ … }}`, `{% … %}`, `<% … %>`, `$[[ … ]]`,
/// and CircleCI's `<< parameters.x >>`. They are not the shell's, and may hold quotes and pipes.
pub(super) fn expression_end(text: &str, at: usize, limit: usize) -> Option<usize> {
    let here = text.get(at..limit.min(text.len()))?;
    let (open, close) =
        [("${{", "}}"), ("{{", "}}"), ("{%", "%}"), ("<%", "%>"), ("$[[", "]]"), ("<<", ">>")]
            .into_iter()
            .find(|(open, _)| here.starts_with(open))?;
    let inside = here.get(open.len()..)?;
    let mut end = inside.len().min(NEAR);
    while !inside.is_char_boundary(end) {
        end -= 1;
    }
    let length = memchr::memmem::find(inside.as_bytes().get(..end)?, close.as_bytes())?;
    let inner = inside.get(..length)?;
    if open == "<<" {
        let name = inner.trim();
        let is_parameter =
            ["parameters.", "pipeline.", "matrix."].iter().any(|prefix| name.starts_with(prefix));
        let is_name = name.chars().all(|c| c.is_ascii_alphanumeric() || "._-".contains(c));
        return (is_parameter && is_name).then_some(at + open.len() + length + close.len());
    }
    // `${{` and `$[[` are never the shell's; `{{` of one line only, so that braces of code are not taken for one.
    if open != "${{" && inner.contains('\n') {
        return None;
    }
    // GitHub's objects end with more braces than two: `format('{0}', fromJSON('{}'))` stays in quotes.
    Some(at + open.len() + length + close.len())
}

/// An expression as a hole of a value, whoever's it is.
pub(super) fn expression_hole(expression: &str) -> String {
    format!("${{{{ {} }}}}", expression_inside(expression))
}

/// What stands in an expression, without its brackets.
pub(super) fn expression_inside(expression: &str) -> &str {
    let inside =
        expression.trim_start_matches(['$', '{', '[', '<', '%', '=']).trim_end_matches(['}', ']', '>', '%']);
    inside.trim()
}

/// Where the double quote ends that is opened before `at`; what is nested in it is passed over. `None` if it is not closed.
pub(super) fn closing_quote(text: &str, at: usize, limit: usize) -> Option<usize> {
    closing(text, at, limit, b'"')
}

/// Where the bracket `close` stands that closes one opened before `at`.
pub(super) fn closing(text: &str, mut at: usize, limit: usize, close: u8) -> Option<usize> {
    let bytes = text.as_bytes();
    let mut open = vec![close];
    while at < limit {
        let here = *bytes.get(at)?;
        let inner = *open.last()?;
        match here {
            b'\\' => at += 1,
            _ if here == inner => {
                open.pop();
                if open.is_empty() {
                    return Some(at);
                }
            }
            b'`' => at = after_backtick(text, at + 1, limit)?,
            b'$' => match byte(text, at + 1) {
                b'(' => {
                    open.push(b')');
                    at += 1;
                }
                b'{' => {
                    open.push(b'}');
                    at += 1;
                }
                _ => {}
            },
            b'"' => open.push(b'"'),
            b'\'' if inner == b')' => at += 1 + memchr(b'\'', bytes.get(at + 1..limit)?)?,
            b'(' if inner == b')' => open.push(b')'),
            _ => {}
        }
        at += 1;
    }
    None
}

/// Where the backtick stands that closes one opened before `at`.
pub(super) fn after_backtick(text: &str, mut at: usize, limit: usize) -> Option<usize> {
    loop {
        match text.as_bytes().get(at..limit)?.iter().position(|byte| matches!(byte, b'`' | b'\\'))? {
            found if byte(text, at + found) == b'`' => return Some(at + found),
            found => at += found + 2,
        }
    }
}

/// Where the `}` of `${` stands that was opened before `at`, if it is near.
pub(super) fn closing_brace(text: &str, at: usize, limit: usize) -> Option<usize> {
    closing(text, at, limit.min(at.saturating_add(NEAR)), b'}')
}

/// How long a word in single braces is that something else puts a value in for; a block has blanks in it.
pub(super) fn place_holder(here: &str) -> Option<usize> {
    let inside = here.strip_prefix('{')?;
    let length =
        inside.bytes().take_while(|byte| byte.is_ascii_alphanumeric() || b"_-.".contains(byte)).count();
    (length > 0 && inside.as_bytes().get(length) == Some(&b'}')).then_some(length + 2)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ends(text: &str) -> Option<&str> {
        expression_end(text, 0, text.len()).and_then(|end| text.get(..end))
    }

    #[test]
    fn templates_expressions_are_told_from_the_shell() {
        assert_eq!(ends("${{ matrix.x }}/y"), Some("${{ matrix.x }}"));
        assert_eq!(ends("{{ a | default(\"x\") }} b"), Some("{{ a | default(\"x\") }}"));
        assert_eq!(ends("$[[ inputs.region ]]"), Some("$[[ inputs.region ]]"));
        assert_eq!(ends("<< parameters.region >>.x"), Some("<< parameters.region >>"));
        assert_eq!(ends("<< EOF >> file"), None);
        assert_eq!(ends("{ { echo; }\n}}"), None);
        assert_eq!(expression_inside("${{ matrix.x }}"), "matrix.x");
        assert_eq!(expression_inside("<< parameters.region >>"), "parameters.region");
    }

    #[test]
    fn what_is_nested_in_quotes_is_passed_over() {
        let text = r#"a $(echo "b)" ')"') ${x:-"y"} `c "` d" e"#;
        assert_eq!(closing_quote(text, 0, text.len()), text.find(" d\"").map(|at| at + 2));
        assert_eq!(closing_quote("never", 0, 5), None);
        assert_eq!(closing_brace("x:-${y}}z", 0, 9), Some(7));
    }
}
