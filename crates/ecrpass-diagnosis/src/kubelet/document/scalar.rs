//! What a scalar of YAML is to the kubelet, which reads YAML 1.1: `no` is a boolean, `12` a number, and neither is a text.
//!
//! Source: go.yaml.in/yaml/v2 `resolve.go`, which `sigs.k8s.io/yaml` uses.

use super::value::Kind;

/// What the words of a scalar are. `is_plain`: without quotes and block style. `tag`: as in `!!str`, without the marks.
///
/// # Errors
/// The kind that it is not, though its tag says so.
pub fn resolve(text: &str, is_plain: bool, tag: Option<&str>) -> Result<Kind, String> {
    let texts = || Kind::Text(text.to_owned());
    let Some(tag) = tag else { return Ok(if is_plain { plain(text) } else { texts() }) };
    let found = plain(text);
    match (tag, &found) {
        ("null", Kind::Null) | ("bool", Kind::Bool(_)) | ("float", Kind::Number) => Ok(found),
        ("int", Kind::Number) if is_whole(text) => Ok(found),
        ("null" | "bool" | "int" | "float", _) => Err(format!("what is tagged `!!{tag}` is something else")),
        _ => Ok(texts()),
    }
}

fn plain(text: &str) -> Kind {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => Kind::Null,
        "y" | "Y" | "yes" | "Yes" | "YES" | "true" | "True" | "TRUE" | "on" | "On" | "ON" => Kind::Bool(true),
        "n" | "N" | "no" | "No" | "NO" | "false" | "False" | "FALSE" | "off" | "Off" | "OFF" => {
            Kind::Bool(false)
        }
        ".nan" | ".NaN" | ".NAN" | ".inf" | ".Inf" | ".INF" | "+.inf" | "+.Inf" | "+.INF" | "-.inf"
        | "-.Inf" | "-.INF" => Kind::Number,
        _ if is_number(text) => Kind::Number,
        _ => Kind::Text(text.to_owned()),
    }
}

fn is_number(text: &str) -> bool {
    if text.starts_with('.') {
        return is_float(text);
    }
    if !text.starts_with(|c: char| c.is_ascii_digit() || c == '+' || c == '-') {
        return false;
    }
    is_whole(text) || is_float(&text.replace('_', ""))
}

/// As Go's `ParseInt` with base 0 and `ParseUint` read it, in 64 bits. A timestamp is a text to the kubelet, and none of
/// these.
fn is_whole(text: &str) -> bool {
    let text = text.replace('_', "");
    let (is_signed, digits) = match text.strip_prefix(['+', '-']) {
        Some(digits) => (true, digits),
        None => (false, text.as_str()),
    };
    let lower = digits.to_ascii_lowercase();
    let (base, digits) = match lower.get(..2) {
        Some("0x") => (16, lower.get(2..)),
        Some("0o") => (8, lower.get(2..)),
        Some("0b") => (2, lower.get(2..)),
        Some(_) if lower.starts_with('0') => (8, lower.get(1..)),
        _ => (10, Some(lower.as_str())),
    };
    let digits = digits.unwrap_or_default();
    // Without a sign: Rust would take a second one.
    let is_of_digits = !digits.is_empty() && digits.chars().all(|c| c.is_digit(base));
    let most = if is_signed { 1 << 63 } else { u64::MAX };
    is_of_digits && u64::from_str_radix(digits, base).is_ok_and(|value| value <= most)
}

/// `[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?`, and not beyond what a float holds.
fn is_float(text: &str) -> bool {
    let rest = text.strip_prefix(['+', '-']).unwrap_or(text);
    let has_digits = rest.starts_with(|c: char| c.is_ascii_digit())
        || rest.strip_prefix('.').is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()));
    let is_of_float = rest.chars().all(|c| c.is_ascii_digit() || ".eE+-".contains(c));
    has_digits && is_of_float && text.parse::<f64>().is_ok_and(f64::is_finite)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_what_yaml_one_one_takes_them_for() {
        for text in [
            "12",
            "-1",
            "+1",
            "0x1F",
            "0o17",
            "017",
            "08",
            "0b11",
            "1_000",
            "1.5",
            ".5",
            "1e3",
            "1.",
            "-.5E-3",
            ".inf",
            "123456789012",
            "18446744073709551615",
        ] {
            assert_eq!(resolve(text, true, None), Ok(Kind::Number), "{text}");
        }
        for text in [
            "1h",
            "+1h",
            "-",
            ".",
            "1.2.3",
            "0x",
            "0b2",
            "1:30",
            "2024-01-01",
            "1e999",
            "nan",
            "x",
            "0o8",
            "--1",
            "e3",
            "0xfffffffffffffffff",
            "=",
            "<<",
        ] {
            assert_eq!(resolve(text, true, None), Ok(Kind::Text(text.to_owned())), "{text}");
        }
        for (text, value) in [("y", true), ("Yes", true), ("ON", true), ("n", false), ("off", false)] {
            assert_eq!(resolve(text, true, None), Ok(Kind::Bool(value)), "{text}");
            assert_eq!(resolve(text, false, None), Ok(Kind::Text(text.to_owned())), "{text}");
        }
        assert_eq!(resolve("~", true, None), Ok(Kind::Null));
        assert_eq!(resolve("12", true, Some("str")), Ok(Kind::Text("12".to_owned())));
        assert_eq!(resolve("12", false, Some("int")), Ok(Kind::Number));
        assert!(resolve("x", true, Some("int")).is_err() && resolve("1.5", true, Some("int")).is_err());
    }
}
