//! Mistakes in metric filters of CloudWatch Logs. Source: CloudWatch Logs user guide, "Filter pattern syntax".

use std::ops::Range;

use super::events::{CALLS_OF_LAMBDA, CODES};
use crate::alarms::check::found::Problems;
use crate::alarms::check::input::Filter;
use crate::alarms::check::mistake::Mistake;
use crate::alarms::pattern::wildcard;

/// Fields with a value for each call or caller.
const MANY: [&str; 9] = [
    "arn",
    "principalId",
    "accessKeyId",
    "requestID",
    "eventID",
    "sourceIPAddress",
    "errorMessage",
    "userAgent",
    "imageTag",
];

/// A comparison of a pattern for JSON: `$.a.b = "c"`.
#[derive(Debug)]
struct Comparison {
    field: String,
    is_equal: bool,
    value: String,
    /// The value's bytes in the pattern.
    bytes: Range<usize>,
}

/// Looks at a filter.
pub fn look(filter: &Filter, problems: &mut Problems) {
    let text = filter.pattern.text();
    let place = |bytes: &Range<usize>| filter.pattern.places(bytes.clone());
    if text.trim_start().starts_with('{') {
        let all = comparisons(text);
        for one in all.iter().filter(|one| one.is_equal) {
            let field = one.field.rsplit('.').next().unwrap_or_default();
            let others = || all.iter().filter(|other| other.field == one.field && other.is_equal);
            match field {
                "eventType" | "level" | "severity"
                    if one.value.eq_ignore_ascii_case("error") && others().count() == 1 =>
                {
                    problems.add(
                        Mistake::ErrorsOnly,
                        &place(&one.bytes),
                        "Only what is called an error is counted",
                        format!("({0} = \"ERROR\") || ({0} = \"WARN\"), or look for what is said", one.field),
                    );
                }
                "errorCode" => {
                    let taken = CODES.map(|code| others().any(|other| wildcard(code, &other.value)));
                    let only = if taken[0] { CODES[0] } else { CODES[1] };
                    if taken[0] != taken[1] && wildcard(only, &one.value) {
                        problems.add(
                            Mistake::OneErrorCode,
                            &place(&one.bytes),
                            format!("Only one spelling of a refusal is counted: {}", one.value),
                            "$.errorCode = \"AccessDenied*\"",
                        );
                    }
                }
                "eventSource"
                    if wildcard("ecr.amazonaws.com", &one.value)
                        && wildcard("secretsmanager.amazonaws.com", &one.value) =>
                {
                    problems.add(
                        Mistake::MatchesSecretsManager,
                        &place(&one.bytes),
                        format!("{} is Secrets Manager's as well", one.value),
                        "$.eventSource = \"ecr.amazonaws.com\"",
                    );
                }
                "eventName" => {
                    if let Some((_, recorded)) = CALLS_OF_LAMBDA.iter().find(|(call, _)| *call == one.value) {
                        problems.add(
                            Mistake::WrongEventName,
                            &place(&one.bytes),
                            format!("CloudTrail calls {} {recorded}", one.value),
                            format!("$.eventName = \"{recorded}\""),
                        );
                    }
                }
                _ => {}
            }
        }
    } else {
        of_words(text, &place, problems);
    }
    for (value, at) in &filter.dimensions {
        let field = value.rsplit('.').next().unwrap_or_default();
        if value.starts_with('$') && MANY.contains(&field) {
            problems.add(
                Mistake::HighCardinality,
                at,
                format!("{value} has a value for each caller or call"),
                "leave the dimension out; ecrpass trail says who it was",
            );
        }
    }
}

/// A pattern of words: `ERROR`, `?ERROR ?error`, `"CannotPullContainerError"`.
fn of_words(text: &str, place: &dyn Fn(&Range<usize>) -> Range<usize>, problems: &mut Problems) {
    let words: Vec<&str> = text
        .split_whitespace()
        .map(|word| word.trim_matches(|c: char| "?\"".contains(c)))
        .filter(|word| !word.is_empty())
        .collect();
    let whole = 0..text.len();
    let is_error =
        |word: &&str| matches!(word.to_ascii_lowercase().as_str(), "error" | "[error]" | "level=error");
    if !words.is_empty() && words.iter().all(is_error) {
        problems.add(
            Mistake::ErrorsOnly,
            &place(&whole),
            "Only lines with the word ERROR are counted",
            "?CannotPull ?\"no basic auth credentials\" ?\"authorization token has expired\" ?ImagePullBackOff",
        );
    }
    let has = |name: &str| words.iter().any(|word| word.contains(name));
    if has("CannotPullContainerError") && !has("CannotPullECRContainerError") {
        problems.add(
            Mistake::OneAgentName,
            &place(&whole),
            "Only one of the agent's four names is counted",
            "?CannotPullContainerError ?CannotPullECRContainerError ?CannotPullImageManifestError ?CannotPullContainerAuthError",
        );
    }
}

/// The comparisons of a pattern for JSON with texts.
fn comparisons(pattern: &str) -> Vec<Comparison> {
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(start) = pattern.get(at..).and_then(|rest| rest.find("$.")) {
        let start = at + start;
        let rest = pattern.get(start..).unwrap_or_default();
        let end = rest.find(|c: char| c.is_whitespace() || "=!<>)(".contains(c)).unwrap_or(rest.len());
        let field = rest.get(..end).unwrap_or_default();
        let behind = rest.get(end..).unwrap_or_default();
        let sign = behind.trim_start();
        let (is_equal, length) = match sign.strip_prefix("!=") {
            Some(_) => (false, 2),
            None if sign.starts_with('=') => (true, 1),
            None => {
                at = start + end.max(2);
                continue;
            }
        };
        let value = sign.get(length..).unwrap_or_default().trim_start();
        let begin = pattern.len() - value.len();
        let (value, bytes) = match value.strip_prefix('"') {
            Some(inside) => {
                let length = inside.find('"').unwrap_or(inside.len());
                (inside.get(..length).unwrap_or_default(), begin + 1..begin + 1 + length)
            }
            None => {
                let length =
                    value.find(|c: char| c.is_whitespace() || ")}&|".contains(c)).unwrap_or(value.len());
                (value.get(..length).unwrap_or_default(), begin..begin + length)
            }
        };
        at = bytes.end.max(start + 2);
        found.push(Comparison { field: field.to_owned(), is_equal, value: value.to_owned(), bytes });
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comparisons_are_found_with_their_places() {
        let text = "{ ($.eventSource = \"ecr.amazonaws.com\") && (($.errorCode=AccessDenied*) || ($.a.b != \"x\")) && ($.n > 1) }";
        let all: Vec<_> = comparisons(text)
            .into_iter()
            .map(|one| (one.field, one.is_equal, text[one.bytes].to_owned()))
            .collect();
        let expected = [
            ("$.eventSource", true, "ecr.amazonaws.com"),
            ("$.errorCode", true, "AccessDenied*"),
            ("$.a.b", false, "x"),
        ];
        assert_eq!(
            all,
            expected.map(|(field, is_equal, value)| (field.to_owned(), is_equal, value.to_owned()))
        );
        assert!(comparisons("{ $.").is_empty() && comparisons("$.a =").len() == 1);
    }
}
