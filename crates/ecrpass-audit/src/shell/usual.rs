//! Whether a test holds where nobody says otherwise: by the default that it names, or because the CI system that runs
//! the script sets the variable.

use ecrpass_diagnosis::inputs::default_of;

use crate::known::Known;

/// Variables that CI systems set, and what to. Sources: the systems' lists of predefined variables.
const SET: [(&str, &str); 12] = [
    ("CI", "true"),
    ("GITHUB_ACTIONS", "true"),
    ("GITLAB_CI", "true"),
    ("TRAVIS", "true"),
    ("CIRCLECI", "true"),
    ("BUILDKITE", "true"),
    ("DRONE", "true"),
    ("TF_BUILD", "True"),
    ("JENKINS_URL", ""),
    ("CODEBUILD_BUILD_ID", ""),
    ("BITBUCKET_BUILD_NUMBER", ""),
    ("TEAMCITY_VERSION", ""),
];

/// The longest test that is looked at.
const LONGEST: usize = 200;

/// Whether a test holds, as it is written; `variable` says what the script itself sets.
pub(super) fn holds(text: &str, variable: &dyn Fn(&str) -> Option<Known>) -> bool {
    let text = text.trim();
    let inside = [("[[ ", " ]]"), ("[ ", " ]"), ("test ", "")];
    let Some(inside) = inside.iter().find_map(|(open, close)| text.strip_prefix(open)?.strip_suffix(close))
    else {
        return false;
    };
    if inside.len() > LONGEST || inside.contains(['&', '|', '(', '`', '\n']) {
        return false;
    }
    let words: Vec<&str> = inside.split_whitespace().map(|word| word.trim_matches(['"', '\''])).collect();
    match words.as_slice() {
        [one] | ["-n", one] => match usual(one, variable) {
            Some(Usual::Text(text)) => !text.is_empty(),
            Some(Usual::Set) => true,
            None => false,
        },
        [one, "=" | "==" | "-eq", other] => is_equal(usual(one, variable), other) == Some(true),
        [one, "!=" | "-ne", other] => is_equal(usual(one, variable), other) == Some(false),
        _ => false,
    }
}

/// What a variable usually is.
enum Usual {
    Text(String),
    /// Something.
    Set,
}

fn is_equal(one: Option<Usual>, other: &str) -> Option<bool> {
    match one? {
        // What a default is compared with is a text, not a pattern.
        Usual::Text(text) if !other.contains(['$', '*', '?', '[']) => Some(text == other),
        Usual::Set if other.is_empty() => Some(false),
        _ => None,
    }
}

/// What `$NAME`, `${NAME}` or `${NAME:-default}` usually is.
fn usual(word: &str, variable: &dyn Fn(&str) -> Option<Known>) -> Option<Usual> {
    let inside = word.strip_prefix('$')?;
    let inside = inside.strip_prefix('{').map_or(Some(inside), |inside| inside.strip_suffix('}'))?;
    let end = inside.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(inside.len());
    let (name, operator) = inside.split_at_checked(end)?;
    let default = default_of(word).filter(|(_, rest)| rest.is_empty()).map(|(default, _)| default);
    if name.is_empty() || !operator.is_empty() && default.is_none() {
        return None;
    }
    if let Some(value) = variable(name) {
        return value.exactly().map(|text| Usual::Text(text.to_owned()));
    }
    if let Some((_, set)) = SET.iter().find(|(known, _)| *known == name) {
        return Some(if set.is_empty() { Usual::Set } else { Usual::Text((*set).to_owned()) });
    }
    default.filter(|default| !default.contains('$')).map(|default| Usual::Text(default.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn defaults_and_ci_systems_decide() {
        let off = |name: &str| (name == "OFF").then(|| Known::Exactly("0".to_owned()));
        for test in [
            "[[ -n \"${TRAVIS:-}\" ]]",
            "[ \"$CI\" = true ]",
            "[[ ${DEBUG:-1} == 1 ]]",
            "[ \"${DEBUG:-1}\" != 0 ]",
            "test -n \"$JENKINS_URL\"",
            "[[ ${TF_BUILD:-} == True ]]",
            "[[ $GITHUB_ACTIONS ]]",
            "[[ ${TRACE-1} ]]",
        ] {
            assert!(holds(test, &off), "{test}");
        }
        for test in [
            "[[ -n \"${DEBUG:-}\" ]]",
            "[ \"$DEBUG\" = 1 ]",
            "[[ ${DEBUG:-0} == 1 ]]",
            "[[ ${OFF:-1} == 1 ]]",
            "[[ -z \"${CI:-}\" ]]",
            "[ \"$CI\" != true ]",
            "[[ -n $CI && -n $DEBUG ]]",
            "[[ ! -n $CI ]]",
            "[[ ${1:-x} == [a-z] ]]",
            "[[ ${CI:+x} ]]",
            "echo $CI",
            "[[",
        ] {
            assert!(!holds(test, &off), "{test}");
        }
    }
}
