//! What a rule's name says of it, as conftest reads names. Source: open-policy-agent/conftest `policy/engine.go`.

use ecrpass_diagnosis::finding::Severity;

/// What a rule is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// What it holds is reported.
    Report(Severity),
    /// It names rules that do not count.
    Exception,
    /// It tests other rules.
    Test,
    /// A test that is not run yet.
    Todo,
    /// Other rules use it.
    Other,
}

/// What the rule of that name is for.
pub(crate) fn purpose(name: &str) -> Purpose {
    if is_named(name, "deny") || is_named(name, "violation") {
        Purpose::Report(Severity::Error)
    } else if is_named(name, "warn") {
        Purpose::Report(Severity::Warning)
    } else if name == "exception" {
        Purpose::Exception
    } else if name.starts_with("test_") {
        Purpose::Test
    } else if name.starts_with("todo_test_") {
        Purpose::Todo
    } else {
        Purpose::Other
    }
}

/// `deny`, `deny_x`, `deny_x_y`: no empty part.
fn is_named(name: &str, word: &str) -> bool {
    let Some(rest) = name.strip_prefix(word) else { return false };
    let is_part = |part: &str| !part.is_empty() && part.chars().all(|c| c.is_ascii_alphanumeric());
    rest.is_empty() || rest.strip_prefix('_').is_some_and(|parts| parts.split('_').all(is_part))
}

/// What an exception names a rule by: `x` stands for `deny_x`, `violation_x` and `warn_x`, and nothing for the rules
/// without a name of their own.
pub(crate) fn is_excepted(rule: &str, exception: &str) -> bool {
    let words = ["deny", "violation", "warn"];
    let own = words.iter().find_map(|word| rule.strip_prefix(word));
    own.is_some_and(|own| own.strip_prefix('_').unwrap_or(own) == exception) || rule == exception
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_say_what_rules_are_for() {
        let error = Purpose::Report(Severity::Error);
        for (name, expected) in [
            ("deny", error),
            ("deny_live_token", error),
            ("violation_x1", error),
            ("warn", Purpose::Report(Severity::Warning)),
            ("warn_old", Purpose::Report(Severity::Warning)),
            ("deny_", Purpose::Other),
            ("deny__x", Purpose::Other),
            ("denylist", Purpose::Other),
            ("exception", Purpose::Exception),
            ("test_deny", Purpose::Test),
            ("todo_test_deny", Purpose::Todo),
            ("has_field", Purpose::Other),
        ] {
            assert_eq!(purpose(name), expected, "{name}");
        }
    }

    #[test]
    fn exceptions_name_rules_without_the_first_word() {
        for rule in ["deny_run_as_root", "violation_run_as_root", "warn_run_as_root"] {
            assert!(is_excepted(rule, "run_as_root") && !is_excepted(rule, "") && !is_excepted(rule, "root"));
        }
        assert!(is_excepted("deny", "") && is_excepted("deny", "deny") && !is_excepted("deny", "warn"));
    }
}
