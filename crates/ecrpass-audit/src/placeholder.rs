//! Values that only stand for a secret, and those of emulators: nobody gets in with them.

/// Whether a value in the place of a secret is none.
pub fn is_placeholder(value: &str) -> bool {
    let value = value.trim().trim_matches(['"', '\'', '`']);
    if value.is_empty() || is_filled_in_later(value) {
        return true;
    }
    let lower = value.to_ascii_lowercase();
    if lower.ends_with("example") || lower.ends_with("examplekey") || STAND_INS.contains(&lower.as_str()) {
        return true;
    }
    if STARTS.iter().any(|start| lower.starts_with(start)) {
        return true;
    }
    if WORDS.iter().any(|word| lower.contains(word)) {
        return true;
    }
    is_monotonous(value.strip_prefix("AKIA").or_else(|| value.strip_prefix("ASIA")).unwrap_or(value))
}

/// What emulators take, and what people write until they know better.
const STAND_INS: [&str; 22] = [
    "test",
    "testing",
    "local",
    "localstack",
    "dummy",
    "fake",
    "foo",
    "bar",
    "foobar",
    "mock",
    "mocked",
    "minio",
    "minioadmin",
    "none",
    "null",
    "password",
    "secret",
    "root",
    "admin",
    "user",
    "x",
    "todo",
];

/// Words that no made-up string of a secret's length has by chance.
const WORDS: [&str; 12] = [
    "changeme",
    "change_me",
    "change-me",
    "placeholder",
    "your-",
    "your_",
    "youraccess",
    "yoursecret",
    "redacted",
    "replace",
    "insert-",
    "notarealkey",
];

/// How made-up values begin; the short words with a sign that no key has.
const STARTS: [&str; 13] = [
    "fake", "dummy", "mock", "test_", "test-", "testing_", "testing-", "local_", "local-", "sample", "foo_",
    "foo-", "not-a-",
];

/// A template, a variable, a command: the value comes from somewhere else.
fn is_filled_in_later(value: &str) -> bool {
    value.starts_with('$')
        || value.starts_with('<') && value.ends_with('>')
        || value.starts_with('[') && value.ends_with(']')
        || ["${", "$(", "{{", "<%", "%{"].iter().any(|open| value.contains(open))
        || value.starts_with('%') && value.ends_with('%')
        || value.chars().all(|c| matches!(c, '*' | '.' | '…' | '-' | '_' | '#'))
}

/// `XXXX…`, `0000…`, `1234…`: at most a few characters, or a run of the alphabet.
fn is_monotonous(value: &str) -> bool {
    let mut distinct: Vec<u8> = value.to_ascii_uppercase().into_bytes();
    let in_order =
        distinct.windows(2).filter(|pair| matches!(pair, [a, b] if b.wrapping_sub(*a) <= 1)).count();
    let is_run = distinct.len() >= 8 && in_order * 4 >= distinct.len() * 3;
    distinct.sort_unstable();
    distinct.dedup();
    is_run || value.len() >= 3 && distinct.len() == 1 || value.len() >= 8 && distinct.len() <= 3
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn placeholders_are_no_secrets() {
        for value in [
            "",
            "AKIAIOSFODNN7EXAMPLE",
            "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
            "AKIAXXXXXXXXXXXXXXXX",
            "AKIA0000000000000000",
            "AKIAABCDEFGHIJKLMNOP",
            "<your key>",
            "${AWS_SECRET_ACCESS_KEY}",
            "$SECRET",
            "$(aws ecr get-login-password)",
            "{{ .password }}",
            "%AWS_KEY%",
            "changeme",
            "Test",
            "minioadmin",
            "your-access-key",
            "********",
            "xxx",
            "fake_access_key",
            "fakeSecretAccessKey",
            "FAKE_TO_GENERATE_WARNING_OUTPUT",
            "dummy-secret",
            "test_key",
        ] {
            assert!(is_placeholder(value), "{value}");
        }
        for value in ["AKIARZPUZDIKGB2VALC4", "q7VbXc2mPp0LrT9aZs4eWd8nKf1uHj6yGg3iOo5B", "hunter2"] {
            assert!(!is_placeholder(value), "{value}");
        }
    }
}
