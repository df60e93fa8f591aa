//! `NAME=value` lines as an object of texts.

use serde_json::{Map, Value};

/// The variables of a text; the last one of a name counts.
pub(super) fn read(text: &str) -> Value {
    let mut variables = Map::new();
    for line in text.lines().map(str::trim).filter(|line| !line.starts_with('#')) {
        let line = line.strip_prefix("export ").unwrap_or(line);
        let Some((name, value)) = line.split_once('=') else { continue };
        variables.insert(name.trim().to_owned(), Value::String(unquoted(value.trim()).to_owned()));
    }
    Value::Object(variables)
}

fn unquoted(value: &str) -> &str {
    for quote in ['"', '\''] {
        if let Some(inside) = value.strip_prefix(quote).and_then(|rest| rest.split(quote).next()) {
            return inside;
        }
    }
    // What is behind a blank and `#` is a comment.
    value.split_once(" #").map_or(value, |(value, _)| value.trim_end())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn lines_are_variables() {
        let text = "# A=0\nA=1 # one\nexport B=\"two # three\"\nC='x'\nnothing\nA=2\nD=a=b\n";
        assert_eq!(read(text), json!({"A": "2", "B": "two # three", "C": "x", "D": "a=b"}));
    }
}
