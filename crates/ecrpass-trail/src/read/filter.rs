//! Decides from the bytes of a record whether it has to be parsed. What it rejects cannot matter; what it lets through is
//! parsed, and that decides: keys may be escaped, objects in any order, and values hold text that looks like a record.
//!
//! CloudTrail writes time, source and name of a call right behind its caller. Where they stand there, at a place that is
//! known to be the record's own, nothing else has to be looked at.

use memchr::memmem::Finder;

use super::relevant;

/// Looks for the few keys that decide.
#[derive(Clone, Debug)]
pub struct Filter {
    keys: Finder<'static>,
    id: Finder<'static>,
    escape: Finder<'static>,
    refused: Finder<'static>,
    pull: Finder<'static>,
}

impl Default for Filter {
    fn default() -> Self {
        Self {
            // `eventName` and `eventSource` begin with it.
            keys: Finder::new(b"\"event"),
            id: Finder::new(b"\"eventID\""),
            escape: Finder::new(b"\\u"),
            refused: Finder::new(b"\"errorCode\""),
            pull: Finder::new(b"CannotPull"),
        }
    }
}

impl Filter {
    /// Whether a record has to be parsed; `own` is a place in it where a key of its own follows.
    pub fn is_to_parse(&self, record: &[u8], own: Option<usize>) -> bool {
        match own.and_then(|at| call(record.get(at..)?)) {
            Some((source, name)) => is_ecr(source) || self.may_matter(name, record),
            None => self.may_be_to_parse(record),
        }
    }

    /// The same where nothing is known of its order. Every name and source in it counts, however deep it is: so the
    /// record's own, which is among them, cannot be hidden by another.
    fn may_be_to_parse(&self, record: &[u8]) -> bool {
        let mut has_name = false;
        for at in self.keys.find_iter(record) {
            let rest = record.get(at + b"\"event".len()..).unwrap_or_default();
            if let Some(rest) = rest.strip_prefix(b"Name\"") {
                has_name = true;
                if value(rest).is_none_or(|name| self.may_matter(name, record)) {
                    return true;
                }
            } else if let Some(rest) = rest.strip_prefix(b"Source\"")
                && value(rest).is_none_or(is_ecr)
            {
                return true;
            }
        }
        !has_name || self.escape.find(record).is_some()
    }

    /// A record's id, as far as it can be told without parsing.
    pub fn id<'a>(&self, record: &'a [u8], own: Option<usize>) -> Option<&'a [u8]> {
        let rest = record.get(own.unwrap_or(0)..)?;
        value(rest.get(self.id.find(rest)? + b"\"eventID\"".len()..)?)
    }

    fn may_matter(&self, name: &[u8], record: &[u8]) -> bool {
        let Ok(name) = std::str::from_utf8(name) else { return true };
        match name {
            "AssumeRole" => self.refused.find(record).is_some(),
            "SubmitTaskStateChange" => self.pull.find(record).is_some(),
            name => relevant::is_relevant_name(name),
        }
    }
}

fn is_ecr(source: &[u8]) -> bool {
    matches!(source, b"ecr.amazonaws.com" | b"ecr-public.amazonaws.com")
}

/// Source and name of a call, where time, source and name are what follows.
fn call(text: &[u8]) -> Option<(&[u8], &[u8])> {
    let text = text.strip_prefix(b",\"eventTime\":\"")?;
    let (_, text) = until_quote(text)?;
    let (source, text) = until_quote(text.strip_prefix(b",\"eventSource\":\"")?)?;
    let (name, _) = until_quote(text.strip_prefix(b",\"eventName\":\"")?)?;
    Some((source, name))
}

/// A string without escapes, from behind its first quote, and what follows it.
fn until_quote(text: &[u8]) -> Option<(&[u8], &[u8])> {
    let end = text.iter().position(|byte| matches!(byte, b'"' | b'\\'))?;
    let (string, rest) = text.split_at_checked(end)?;
    Some((string, rest.strip_prefix(b"\"")?))
}

/// The string that follows a key; `None` for anything else, and for one with an escape in it.
fn value(after_key: &[u8]) -> Option<&[u8]> {
    let rest = after_key.trim_ascii_start().strip_prefix(b":")?;
    let rest = rest.trim_ascii_start().strip_prefix(b"\"")?;
    until_quote(rest).map(|(value, _)| value)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_parsed(record: &str) -> bool {
        Filter::default().is_to_parse(record.as_bytes(), None)
    }

    #[test]
    fn what_matters_is_parsed_however_it_is_written() {
        for record in [
            r#"{"eventSource":"ecr.amazonaws.com","eventName":"BatchGetImage"}"#,
            r#"{"eventName" : "BatchGetImage", "eventSource" : "ecr-public.amazonaws.com"}"#,
            r#"{"event\u0053ource":"ecr.amazonaws.com","eventName":"BatchGetImage"}"#,
            r#"{"eventSource":"ecr\u002eamazonaws.com","eventName":"BatchGetImage"}"#,
            r#"{"event\u004eame":"DeleteRole","eventSource":"iam.amazonaws.com","x":{"eventName":"GetRole"}}"#,
            r#"{"eventSource":"iam.amazonaws.com","eventName":"DetachRolePolicy"}"#,
            r#"{"x":{"eventSource":"s3.amazonaws.com","eventName":"GetObject"},"eventSource":"ecr.amazonaws.com","eventName":"a"}"#,
            r#"{"eventSource":["ecr.amazonaws.com"],"eventName":"a"}"#,
            r#"{"eventSource":"sts.amazonaws.com","eventName":"AssumeRole","errorCode":"AccessDenied"}"#,
            r#"{"EventName":"x","CloudTrailEvent":"{\"eventSource\":\"ecr.amazonaws.com\"}"}"#,
            r#"{"hello":"world"}"#,
        ] {
            assert!(is_parsed(record), "{record}");
        }
    }

    #[test]
    fn what_cannot_matter_is_not() {
        for record in [
            r#"{"eventSource":"secretsmanager.amazonaws.com","eventName":"GetSecretValue","requestParameters":{"secretId":"prod/ecr/x"}}"#,
            r#"{"eventSource":"codeartifact.amazonaws.com","eventName":"GetAuthorizationToken"}"#,
            r#"{"eventSource":"ssm.amazonaws.com","eventName":"PutParameter","requestParameters":{"value":"\"eventSource\":\"ecr.amazonaws.com\""}}"#,
            r#"{"eventSource":"sts.amazonaws.com","eventName":"AssumeRole"}"#,
            r#"{"eventSource":"ecs.amazonaws.com","eventName":"SubmitTaskStateChange","requestParameters":{"status":"RUNNING"}}"#,
        ] {
            assert!(!is_parsed(record), "{record}");
        }
    }

    #[test]
    fn the_id_is_found_without_parsing() {
        let record = br#"{"eventName":"GetObject","eventID": "0c-1","eventType":"AwsApiCall"}"#;
        assert_eq!(Filter::default().id(record, None), Some(b"0c-1".as_slice()));
    }

    #[test]
    fn a_place_that_is_the_records_own_decides_alone() {
        let is_parsed = |record: &str| {
            let own = record.find('}').map(|at| at + 1);
            Filter::default().is_to_parse(record.as_bytes(), own)
        };
        let time = r#""eventTime":"2026-11-24T10:00:00Z""#;
        for (rest, expected) in [
            (r#","eventSource":"ecr.amazonaws.com","eventName":"BatchGetImage"}"#, true),
            (r#","eventSource":"iam.amazonaws.com","eventName":"DetachRolePolicy"}"#, true),
            (r#","eventSource":"s3.amazonaws.com","eventName":"GetObject"}"#, false),
            // What stands further inside is not looked at.
            (
                r#","eventSource":"s3.amazonaws.com","eventName":"GetObject","x":{"eventSource":"ecr.amazonaws.com"}}"#,
                false,
            ),
            // In another order all of it is.
            (
                r#","eventName":"a","eventSource":"s3.amazonaws.com","x":{"eventSource":"ecr.amazonaws.com"}}"#,
                true,
            ),
            (r#","eventSource":"e\u0063r.amazonaws.com","eventName":"BatchGetImage"}"#, true),
        ] {
            let record = format!(r#"{{"eventVersion":"1.11","userIdentity":{{"type":"Root"}},{time}{rest}"#);
            assert_eq!(is_parsed(&record), expected, "{record}");
        }
    }
}
