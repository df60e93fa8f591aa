//! Words for a shell: whatever stands in a name or a path, a command that is printed must do what it says and nothing else.

use std::borrow::Cow;

use crate::visible::is_hidden;

/// A text as one word of a POSIX shell.
pub fn quoted(text: &str) -> Cow<'_, str> {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "/._-+@:%,=".contains(c);
    if !text.is_empty() && text.chars().all(is_plain) && !text.starts_with('=') {
        return Cow::Borrowed(text);
    }
    // What cannot be seen in a terminal has no place in a command either.
    let shown: String = text.chars().filter(|c| !c.is_control()).collect();
    Cow::Owned(format!("'{}'", shown.replace('\'', "'\\''")))
}

/// A text as one word to paste: what cannot be seen in a terminal is written as bash, zsh and ksh have it written. In a
/// script for any shell it has no place.
pub fn pasted(text: &str) -> Cow<'_, str> {
    if !text.chars().any(is_hidden) {
        return quoted(text);
    }
    let mut word = String::from("$'");
    for c in text.chars() {
        match c {
            '\n' => word.push_str("\\n"),
            '\t' => word.push_str("\\t"),
            '\r' => word.push_str("\\r"),
            '\'' | '\\' => word.extend(['\\', c]),
            // Three digits end by themselves, whatever follows.
            c if is_hidden(c) => {
                let mut buffer = [0; 4];
                let bytes = c.encode_utf8(&mut buffer).bytes();
                bytes.for_each(|byte| word.push_str(&format!("\\{byte:03o}")));
            }
            c => word.push(c),
        }
    }
    word.push('\'');
    Cow::Owned(word)
}

/// Whether a text, taken as a command, is nothing but a program and its words: no quotes to close, nothing to expand,
/// nothing to chain.
pub fn is_plain(command: &str) -> bool {
    command.chars().all(|c| c.is_ascii_alphanumeric() || " /._-+@:%,=".contains(c))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_gets_out_of_a_word() {
        assert_eq!(quoted("/home/ada/.docker/config.json"), "/home/ada/.docker/config.json");
        assert_eq!(quoted("a b"), "'a b'");
        assert_eq!(quoted("x'; id; '"), "'x'\\''; id; '\\'''");
        assert_eq!(quoted("$(id)"), "'$(id)'");
        assert_eq!(quoted(""), "''");
        assert_eq!(quoted("a\n\u{1b}[31mb"), "'a[31mb'");
        assert_eq!(pasted("a b"), "'a b'");
        assert_eq!(pasted("it's\n\\n\u{1b}[31m1\u{202e}"), "$'it\\'s\\n\\\\n\\033[31m1\\342\\200\\256'");
        assert!(is_plain("aws sso login --profile prod"));
        for command in ["aws x; id", "aws $(id)", "aws x | sh", "aws `id`", "aws x\nid", "aws 'x"] {
            assert!(!is_plain(command), "{command}");
        }
    }
}
