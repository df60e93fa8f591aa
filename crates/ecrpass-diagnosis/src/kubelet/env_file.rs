//! A file of variables for a service, as systemd reads it.
//!
//! Source: systemd, `src/basic/env-file.c`, `parse_env_file_internal`.

/// Where in an assignment a character stands.
#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    BeforeKey,
    Key,
    BeforeValue,
    Value,
    ValueEscape,
    Single,
    Double,
    DoubleEscape,
    Comment,
    CommentEscape,
}

/// The assignments of a file, in their order: the last of a name counts.
pub fn variables(text: &str) -> Vec<(String, String)> {
    let mut found = Vec::new();
    let (mut key, mut value) = (String::new(), String::new());
    // How much of the value is kept whatever follows: blanks at its end are none of it, unless they are in quotes.
    let mut kept = 0;
    let mut state = State::BeforeKey;
    for c in text.chars().filter(|c| *c != '\r').chain(['\n']) {
        let is_end = match (state, c) {
            (State::BeforeKey, '#' | ';') => to(&mut state, State::Comment),
            (State::BeforeKey, c) if c.is_ascii_whitespace() => false,
            (State::BeforeKey, c) => {
                key = c.to_string();
                value.clear();
                kept = 0;
                to(&mut state, State::Key)
            }
            (State::Key | State::Comment, '\n') => to(&mut state, State::BeforeKey),
            (State::Key, '=') => to(&mut state, State::BeforeValue),
            (State::Key, c) => push(&mut key, c),
            (State::BeforeValue | State::Value, '\n') => true,
            (State::BeforeValue, '\'') => to(&mut state, State::Single),
            (State::BeforeValue, '"') => to(&mut state, State::Double),
            (State::BeforeValue | State::Value, '\\') => to(&mut state, State::ValueEscape),
            (State::BeforeValue, c) if c.is_ascii_whitespace() => false,
            (State::Value, c) if c.is_ascii_whitespace() => push(&mut value, c),
            (State::BeforeValue | State::Value, c) => {
                push(&mut value, c);
                kept = value.len();
                to(&mut state, State::Value)
            }
            (State::ValueEscape, '\n') => to(&mut state, State::Value),
            (State::ValueEscape, c) => {
                push(&mut value, c);
                kept = value.len();
                to(&mut state, State::Value)
            }
            (State::Single, '\'') | (State::Double, '"') => {
                kept = value.len();
                to(&mut state, State::BeforeValue)
            }
            (State::Double, '\\') => to(&mut state, State::DoubleEscape),
            (State::Single | State::Double, c) => push(&mut value, c),
            (State::DoubleEscape, '\n') => to(&mut state, State::Double),
            (State::DoubleEscape, c) => {
                if !matches!(c, '"' | '\\' | '`' | '$') {
                    value.push('\\');
                }
                push(&mut value, c);
                to(&mut state, State::Double)
            }
            (State::Comment, '\\') => to(&mut state, State::CommentEscape),
            (State::Comment, _) => false,
            (State::CommentEscape, _) => to(&mut state, State::Comment),
        };
        if is_end {
            value.truncate(kept);
            found.push((key.trim_end().to_owned(), std::mem::take(&mut value)));
            state = State::BeforeKey;
        }
    }
    found
}

/// The value that counts of a variable.
pub fn variable(text: &str, name: &str) -> Option<String> {
    variables(text).into_iter().rfind(|(key, _)| key == name).map(|(_, value)| value)
}

fn to(state: &mut State, next: State) -> bool {
    *state = next;
    false
}

fn push(text: &mut String, c: char) -> bool {
    text.push(c);
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_read_as_systemd_does() {
        for (text, expected) in [
            ("A=--a --b\n", "--a --b"),
            ("A = --a  \n", "--a"),
            ("  A=\"--a --b\" # not a comment", "--a --b# not a comment"),
            ("A='x y'\"z\"\n", "x yz"),
            ("A=--a \\\n  --b\n", "--a   --b"),
            ("A=1\nA=2\r\n", "2"),
            ("# A=0\n; A=0\nA=\n", ""),
            ("A=\"two\nlines\"", "two\nlines"),
            ("A=\"a\\\"b\\x\"", "a\"b\\x"),
            ("A=\" \"\n", " "),
            ("# goes on \\\nA=0\nA=1\n", "1"),
        ] {
            assert_eq!(variable(text, "A").as_deref(), Some(expected), "{text:?}");
        }
        assert_eq!(variable("AB=1\nnothing\n", "A"), None);
    }
}
