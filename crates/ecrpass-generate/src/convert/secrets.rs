//! The names of stored keys, out of what refers to them.

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
