//! Values for the place they stand in: YAML, a shell, Groovy, a pattern of a CI system.
//!
//! No value that comes here has control characters or `${{`: [`crate::pipelines::plan`] refuses them, since what they do
//! differs from system to system.

/// A value of YAML: plain where that means the same text to every reader, else in single quotes.
pub fn yaml(value: &str) -> String {
    if is_plain_yaml(value) { value.to_owned() } else { format!("'{}'", value.replace('\'', "''")) }
}

fn is_plain_yaml(value: &str) -> bool {
    // `1e3`, `0x1`, `1:30` and `1_000` are numbers to some.
    let begins = value.starts_with(|c: char| c.is_ascii_alphabetic() || c == '/');
    let fits = |c: char| c.is_ascii_alphanumeric() || "._/-@+".contains(c);
    // A colon is safe within a word: `arn:aws:iam::…`, `host/name:tag`.
    let colons_fit = !value.ends_with(':');
    let is_word = ["true", "false", "yes", "no", "on", "off", "null", "y", "n"]
        .iter()
        .any(|word| value.eq_ignore_ascii_case(word));
    begins && !is_word && colons_fit && value.chars().all(|c| fits(c) || c == ':')
}

/// A list of YAML in one line.
pub fn yaml_list(values: &[String]) -> String {
    let values: Vec<String> = values.iter().map(|value| yaml(value)).collect();
    format!("[{}]", values.join(", "))
}

/// One word of a POSIX shell.
pub fn shell(value: &str) -> String {
    ecrpass_core::shell::quoted(value).into_owned()
}

/// A string of Groovy in single quotes, in which nothing is put in.
pub fn groovy(value: &str) -> String {
    format!("'{}'", value.replace('\\', "\\\\").replace('\'', "\\'"))
}

/// The lines of a script within `'''` of Groovy.
pub fn groovy_block(line: &str) -> String {
    line.replace('\\', "\\\\").replace("'''", "\\'\\'\\'")
}

/// A regular expression for exactly the texts that a pattern with `*` stands for, without its slashes: everything that
/// might mean something is written as a code point, so that it can stand in any quotes. For RE2, Java and Ruby.
pub fn regex(pattern: &str) -> String {
    let mut regex = String::from("^");
    for character in pattern.chars() {
        match character {
            '*' => regex.push_str(".*"),
            c if c.is_ascii_alphanumeric() || c == '_' || c == '-' => regex.push(c),
            '.' => regex.push_str("\\."),
            '/' => regex.push_str("\\/"),
            c if c.is_ascii() => regex.push_str(&format!("\\x{:02x}", u32::from(c))),
            c => regex.push(c),
        }
    }
    regex.push('$');
    regex
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_keep_their_meaning() {
        for plain in ["main", "arn:aws:iam::123456789012:role/ci", "us-east-1", "v1.2", "a/b"] {
            assert_eq!(yaml(plain), plain);
        }
        for (value, quoted) in [
            ("release/*", "'release/*'"),
            ("1e3", "'1e3'"),
            ("no", "'no'"),
            ("it's", "'it''s'"),
            ("a: b", "'a: b'"),
            ("a:", "'a:'"),
            ("#x", "'#x'"),
            ("", "''"),
            ("-x", "'-x'"),
            ("x #y", "'x #y'"),
        ] {
            assert_eq!(yaml(value), quoted);
        }
        assert_eq!(groovy("a'b\\c$d"), "'a\\'b\\\\c$d'");
        assert_eq!(regex("release/*"), "^release\\/.*$");
        assert_eq!(regex("a\"b'c$d"), "^a\\x22b\\x27c\\x24d$");
    }
}
