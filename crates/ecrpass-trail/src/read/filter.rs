//! Decides from the bytes of a record whether it has to be parsed. What it rejects cannot matter; what it lets through is
//! parsed, and that decides: keys may be escaped, objects in any order, and values hold text that looks like a record.

use memchr::memmem::Finder;

use super::relevant;

/// What the filter says about a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Look<'a> {
    /// Whether it has to be parsed.
    pub is_to_parse: bool,
    /// The record's id, as far as it can be told without parsing.
    pub id: Option<&'a [u8]>,
}

/// Looks for the few keys that decide.
#[derive(Clone, Debug)]
pub struct Filter {
    keys: Finder<'static>,
    escape: Finder<'static>,
    refused: Finder<'static>,
    pull: Finder<'static>,
}

impl Default for Filter {
    fn default() -> Self {
        Self {
            // `eventName`, `eventSource` and `eventID` begin with it.
            keys: Finder::new(b"\"event"),
            escape: Finder::new(b"\\u"),
            refused: Finder::new(b"\"errorCode\""),
            pull: Finder::new(b"CannotPull"),
        }
    }
}

impl Filter {
    /// Looks at a record. Every name and source in it counts, however deep it is: so the record's own, which is among them,
    /// cannot be hidden by another.
    pub fn look<'a>(&self, record: &'a [u8]) -> Look<'a> {
        let mut look = Look { is_to_parse: self.escape.find(record).is_some(), id: None };
        let mut has_name = false;
        for at in self.keys.find_iter(record) {
            let rest = record.get(at + b"\"event".len()..).unwrap_or_default();
            if let Some(rest) = rest.strip_prefix(b"Name\"") {
                has_name = true;
                look.is_to_parse |= value(rest).is_none_or(|name| self.may_matter(name, record));
            } else if let Some(rest) = rest.strip_prefix(b"Source\"") {
                let is_ecr = |source: &[u8]| matches!(source, b"ecr.amazonaws.com" | b"ecr-public.amazonaws.com");
                look.is_to_parse |= value(rest).is_none_or(is_ecr);
            } else if let Some(rest) = rest.strip_prefix(b"ID\"") {
                look.id = value(rest);
            }
        }
        look.is_to_parse |= !has_name;
        look
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

/// The string that follows a key; `None` for anything else, and for one with an escape in it.
fn value(after_key: &[u8]) -> Option<&[u8]> {
    let rest = after_key.trim_ascii_start().strip_prefix(b":")?;
    let rest = rest.trim_ascii_start().strip_prefix(b"\"")?;
    let end = memchr::memchr2(b'"', b'\\', rest)?;
    (rest.get(end) == Some(&b'"')).then(|| rest.get(..end)).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_parsed(record: &str) -> bool {
        Filter::default().look(record.as_bytes()).is_to_parse
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
        assert_eq!(Filter::default().look(record).id, Some(b"0c-1".as_slice()));
    }
}
