//! The annotation on a secret that says which of its entries are ours, how old they are, and what they were written as.

use std::collections::BTreeMap;

use ecrpass_core::time::{EpochSeconds, parse_rfc3339, rfc3339};
use serde::{Deserialize, Serialize};

/// What is said of one entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mark {
    /// When its token was issued.
    pub issued: EpochSeconds,
    /// When its token expires.
    pub expires: EpochSeconds,
    /// What was written, as a digest.
    pub sha256: String,
    /// The mark of the token's source.
    pub source: String,
}

#[derive(Deserialize, Serialize)]
struct Written {
    issued: String,
    expires: String,
    sha256: String,
    source: String,
}

/// The marks in an annotation. What cannot be read says nothing: such an entry is written anew.
pub fn read(annotation: Option<&String>) -> BTreeMap<String, Mark> {
    let written: BTreeMap<String, Written> =
        annotation.and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default();
    let mark = |(host, written): (String, Written)| {
        let (issued, expires) = (parse_rfc3339(&written.issued)?, parse_rfc3339(&written.expires)?);
        Some((host, Mark { issued, expires, sha256: written.sha256, source: written.source }))
    };
    written.into_iter().filter_map(mark).collect()
}

/// The annotation for these marks.
pub fn write(marks: &BTreeMap<String, Mark>) -> String {
    let written: BTreeMap<&String, Written> = marks
        .iter()
        .map(|(host, mark)| {
            let (issued, expires) = (rfc3339(mark.issued), rfc3339(mark.expires));
            (host, Written { issued, expires, sha256: mark.sha256.clone(), source: mark.source.clone() })
        })
        .collect();
    // Strings only: there is nothing that could not be written.
    serde_json::to_string(&written).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_come_back() {
        let mark = |issued| Mark {
            issued,
            expires: issued + 43_200,
            sha256: "ab".to_owned(),
            source: "s".to_owned(),
        };
        let marks = [("a".to_owned(), mark(1_700_000_000)), ("b".to_owned(), mark(1_700_000_001))].into();
        assert_eq!(read(Some(&write(&marks))), marks);
    }

    #[test]
    fn what_is_none_says_nothing() {
        for text in [
            "",
            "[]",
            "{\"a\": {}}",
            "{\"a\": {\"issued\": \"x\", \"expires\": \"y\", \"sha256\": \"\", \"source\": \"\"}}",
        ] {
            assert!(read(Some(&text.to_owned())).is_empty(), "{text}");
        }
        assert!(read(None).is_empty());
    }
}
