//! Where something stands in a file; in JSON one text, `file:3:5`.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A file and, where it is known, the place in it. Line and column count from 1.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Location {
    /// The file.
    pub file: String,
    /// Line and column.
    pub position: Option<(usize, usize)>,
}

impl Location {
    /// A place in a file.
    pub fn new(file: impl Into<String>, line: usize, column: usize) -> Self {
        Self { file: file.into(), position: Some((line, column)) }
    }

    /// A file as a whole.
    pub fn file(file: impl Into<String>) -> Self {
        Self { file: file.into(), position: None }
    }

    /// Reads what [`Display`](fmt::Display) writes. What does not end in line and column is a file's name.
    pub fn parse(text: &str) -> Self {
        let position = || {
            let (rest, column) = text.rsplit_once(':')?;
            let (file, line) = rest.rsplit_once(':')?;
            Some(Self::new(file, line.parse().ok()?, column.parse().ok()?))
        };
        // Only what is written the same again: `file:03:+5` is somebody's name for a file.
        position()
            .filter(|place| !place.file.is_empty() && place.to_string() == text)
            .unwrap_or_else(|| Self::file(text))
    }
}

impl fmt::Display for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.position {
            Some((line, column)) => write!(f, "{}:{line}:{column}", self.file),
            None => f.write_str(&self.file),
        }
    }
}

impl Serialize for Location {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Location {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Self::parse(&String::deserialize(deserializer)?))
    }
}

#[cfg(feature = "schema")]
impl schemars::JsonSchema for Location {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Location".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({ "type": "string", "examples": ["/home/ada/.docker/config.json:3:5"] })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn places_are_taken_apart() {
        for (text, file, position) in [
            ("/home/u/.docker/config.json:3:5", "/home/u/.docker/config.json", Some((3, 5))),
            ("C:\\Users\\u\\config.json:3:5", "C:\\Users\\u\\config.json", Some((3, 5))),
            ("/home/u/.docker/config.json", "/home/u/.docker/config.json", None),
            ("10.0.0.1:443", "10.0.0.1:443", None),
            (":3:5", ":3:5", None),
        ] {
            assert_eq!(Location::parse(text), Location { file: file.to_owned(), position }, "{text}");
        }
    }

    proptest! {
        #[test]
        fn what_is_read_is_written_again(text in ".{0,12}(:[0-9+]{0,3}){0,3}") {
            prop_assert_eq!(Location::parse(&text).to_string(), text);
        }
    }
}
