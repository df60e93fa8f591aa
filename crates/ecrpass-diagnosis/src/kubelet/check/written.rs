//! How a value is written: the kubelet wants a text, a number or a boolean, and takes none for another.
//!
//! Source: sigs.k8s.io/yaml, whose YAML is 1.1, and then Go's encoding/json; a file that begins with `{` is JSON alone
//! (apimachinery `pkg/runtime/serializer/json`).

use crate::inputs::tree::Node;

/// What a scalar is for the kubelet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Written {
    /// A text.
    Text,
    /// A number.
    Number,
    /// A boolean.
    Boolean(bool),
}

impl Written {
    /// What the scalar `node` of this file is.
    pub fn of(file: &str, node: &Node) -> Self {
        let Some(text) = node.text() else { return Self::Text };
        let plain = file.get(node.at..).is_some_and(|rest| rest.starts_with(text));
        let before = file.get(..node.at).unwrap_or_default().trim_end();
        if !plain || before.ends_with("!!str") {
            return Self::Text;
        }
        match text {
            "y" | "Y" | "yes" | "Yes" | "YES" | "true" | "True" | "TRUE" | "on" | "On" | "ON" => {
                Self::Boolean(true)
            }
            "n" | "N" | "no" | "No" | "NO" | "false" | "False" | "FALSE" | "off" | "Off" | "OFF" => {
                Self::Boolean(false)
            }
            _ if is_number(text) => Self::Number,
            _ => Self::Text,
        }
    }
}

fn is_number(text: &str) -> bool {
    let digits: String =
        text.strip_prefix(['-', '+']).unwrap_or(text).chars().filter(|c| *c != '_').collect();
    let of_base = |prefix: &str, radix| {
        digits.strip_prefix(prefix).is_some_and(|rest| u64::from_str_radix(rest, radix).is_ok())
    };
    if of_base("0x", 16) || of_base("0b", 2) || of_base("0o", 8) {
        return true;
    }
    let starts = digits.starts_with(|c: char| c.is_ascii_digit())
        || digits.strip_prefix('.').is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()));
    starts && digits.parse::<f64>().is_ok()
}

/// Where the first document ends, and where the next one has something: the kubelet reads the first alone.
pub fn documents(text: &str) -> (&str, Option<usize>) {
    let mut started = false;
    let mut end = None;
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        let marker = |name: &str| {
            line.strip_prefix(name).filter(|rest| rest.is_empty() || rest.starts_with(char::is_whitespace))
        };
        let rest = marker("---").or_else(|| marker("..."));
        let content = rest.unwrap_or(line).trim();
        let is_something = !content.is_empty() && !content.starts_with('#');
        match end {
            None if rest.is_some() && started => end = Some(at),
            None => started |= marker("---").is_some() || is_something && !line.starts_with('%'),
            Some(_) => {}
        }
        if end.is_some() && is_something {
            return (text.get(..end.unwrap_or_default()).unwrap_or_default(), Some(at));
        }
        at += line.len();
    }
    (text.get(..end.unwrap_or(text.len())).unwrap_or(text), None)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::inputs::tree;

    #[test]
    fn plain_scalars_are_what_yaml_makes_of_them() {
        let texts =
            ["a", "12h", "1:30", "-", "'5'", "\"true\"", "!!str 5", "1.2.3", "infinity", "v1", "0x", "_"];
        let numbers = ["5", "-5", "+5", "0", "1_000", "0x1f", "0b11", "1.5", ".5", "1e3", "123456789012"];
        for (all, wanted) in [
            (&texts[..], Written::Text),
            (&numbers[..], Written::Number),
            (&["true", "yes", "On"][..], Written::Boolean(true)),
            (&["FALSE", "n"][..], Written::Boolean(false)),
        ] {
            for one in all {
                let text = format!("a: {one}\n");
                let tree = tree::read("", &text).unwrap();
                assert_eq!(Written::of(&text, tree[0].get("a").unwrap()), wanted, "{one}");
            }
        }
    }

    #[test]
    fn the_first_document_is_read() {
        for (text, first, next) in [
            ("a: 1\n", "a: 1\n", None),
            ("---\na: 1\n", "---\na: 1\n", None),
            ("%YAML 1.1\n# x\n---\na: 1\n...\n", "%YAML 1.1\n# x\n---\na: 1\n", None),
            ("a: 1\n---\n# nothing\n", "a: 1\n", None),
            ("a: 1\n---\n\nb: [\n", "a: 1\n", Some(10)),
            ("a: 1\n--- b\n", "a: 1\n", Some(5)),
            ("a: 1\n...\nb\n", "a: 1\n", Some(9)),
            ("---\n---\na: 1\n", "---\n", Some(8)),
            ("---a: 1\n----\n", "---a: 1\n----\n", None),
            ("", "", None),
        ] {
            assert_eq!(documents(text), (first, next), "{text:?}");
        }
    }

    proptest! {
        #[test]
        fn any_text_has_a_first_document(text in "(---|\\.\\.\\.|a: b|#|%|\n| ){0,20}") {
            let (first, next) = documents(&text);
            prop_assert!(text.starts_with(first));
            prop_assert!(next.is_none_or(|at| at >= first.len() && at < text.len()));
        }
    }
}
