//! The names of stored keys, out of what refers to them.

use std::ops::Range;

use ecrpass_audit::yaml::{Key, Node};

use crate::convert::lines;
use crate::convert::work::{Obstacle, Work};

/// The names in `${{ secrets.NAME }}` and `${{ vars.NAME }}`, or `NAME` of `$NAME`.
pub fn names(raw: &str) -> Vec<String> {
    let mut names = Vec::new();
    for context in ["secrets.", "vars."] {
        for part in raw.split(context).skip(1) {
            names.push(word(part));
        }
    }
    if names.is_empty()
        && let Some(name) = raw.trim().strip_prefix('$')
    {
        names.push(word(name.trim_start_matches('{')));
    }
    names.retain(|name| !name.is_empty());
    names
}

fn word(text: &str) -> String {
    text.chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '_').collect()
}

/// The variables that hold stored keys.
pub const VARIABLES: [&str; 3] = ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"];

/// Notes what a variable that holds a stored key refers to; the lines that go with it.
///
/// # Errors
/// The place, where it does not stand in a line of its own.
pub fn taken(text: &str, key: &Key, value: &Node, work: &mut Work) -> Result<Range<usize>, Obstacle> {
    if !lines::is_own_line(text, &key.bytes) {
        return Err(Obstacle::new(
            key.bytes.clone(),
            "The variables stand in one line.",
            "write each variable in a line of its own",
        ));
    }
    for name in value.text().map(names).unwrap_or_default() {
        work.secret(name);
    }
    Ok(lines::whole(text, &(key.bytes.start..value.bytes.end.max(key.bytes.end))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_found() {
        assert_eq!(names("${{ secrets.AWS_KEY }}"), ["AWS_KEY"]);
        assert_eq!(names("$PROD_KEY"), ["PROD_KEY"]);
        assert_eq!(names("${PROD_KEY}"), ["PROD_KEY"]);
        assert!(names("x").is_empty());
    }
}
