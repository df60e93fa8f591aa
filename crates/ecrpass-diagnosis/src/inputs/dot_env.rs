//! The `.env` beside a compose file.
//!
//! Source: compose-go `dotenv/parser.go`; Compose documentation, "Interpolation", "`.env` file syntax".

use std::collections::BTreeMap;

use super::variables::{Budget, Expander, Style};

/// The variables of a `.env` file. Values without quotes or in double ones may hold variables: of the environment, which
/// `environment` knows, or of the lines above.
pub fn dot_env(text: &str, environment: &dyn Fn(&str) -> Option<String>) -> BTreeMap<String, String> {
    let budget = Budget::new();
    let mut found = BTreeMap::new();
    for line in text.trim_start_matches('\u{feff}').lines() {
        let line = line.trim_start();
        let line = line.strip_prefix("export ").unwrap_or(line).trim_start();
        let Some((name, value)) = line.split_once(['=', ':']) else { continue };
        let (name, value) = (name.trim_end(), value.trim());
        if name.is_empty() || name.starts_with('#') || name.contains(char::is_whitespace) {
            continue;
        }
        let known = |name: &str| environment(name).or_else(|| found.get(name).cloned());
        let expander = Expander { style: Style::Compose, value: &known, budget: &budget, unknown: None };
        let value = match (inside(value, '\''), inside(value, '"')) {
            (Some(literal), _) => literal.to_owned(),
            (None, Some(quoted)) => expander.fill(quoted).text,
            (None, None) => expander.fill(without_comment(value)).text,
        };
        found.insert(name.to_owned(), value);
    }
    found
}

/// What stands between the quotes a value begins with.
fn inside(value: &str, quote: char) -> Option<&str> {
    value.strip_prefix(quote)?.split_once(quote).map(|(inside, _)| inside)
}

/// A comment begins at a `#` behind a space.
fn without_comment(value: &str) -> &str {
    let end = value.match_indices('#').find_map(|(at, _)| {
        let before = value.get(..at)?;
        (before.is_empty() || before.ends_with([' ', '\t'])).then_some(before)
    });
    end.unwrap_or(value).trim_end()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_read_as_compose_reads_them() {
        let text = "\u{feff}# comment\nA=1\n export B = two # said\nC='$A #x' # y\nD=\"${A}-${HOME}\"\nE=${NONE:-$A}#z\nF: yaml\nG=\n=x\nnothing\nH=$$A\n";
        let environment = |name: &str| (name == "HOME").then(|| "/root".to_owned());
        let found = dot_env(text, &environment);
        let found: Vec<(&str, &str)> =
            found.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        assert_eq!(
            found,
            [
                ("A", "1"),
                ("B", "two"),
                ("C", "$A #x"),
                ("D", "1-/root"),
                ("E", "1#z"),
                ("F", "yaml"),
                ("G", ""),
                ("H", "$A")
            ]
        );
    }

    #[test]
    fn doubling_ends() {
        let text = format!("A=x\n{}", "A=$A$A$A$A\n".repeat(100));
        assert!(dot_env(&text, &|_| None).get("A").is_some_and(|value| value.len() < 32 << 20));
    }
}
