//! The configuration file, in TOML.

use std::time::Duration;

use serde::{Deserialize, Deserializer};

use crate::length;
use crate::settings::{Given, Wanted};

/// Why a text is no configuration.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line}, column {column}: {what}")]
pub struct ConfigError {
    /// The line, from 1.
    pub line: usize,
    /// The column, from 1.
    pub column: usize,
    /// What is wrong.
    pub what: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default, deserialize_with = "time")]
    interval: Option<Duration>,
    #[serde(default, deserialize_with = "time")]
    deadline: Option<Duration>,
    #[serde(default, deserialize_with = "time")]
    patience: Option<Duration>,
    #[serde(rename = "as")]
    role: Option<String>,
    platform: Option<String>,
    allow_import: Option<bool>,
    listen: Option<String>,
    metrics_file: Option<String>,
    otlp: Option<String>,
    emf: Option<bool>,
    #[serde(default)]
    target: Vec<FileTarget>,
    #[serde(default)]
    function: Vec<FileFunction>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FileTarget {
    image: String,
    #[serde(rename = "as")]
    role: Option<String>,
    platform: Option<String>,
    #[serde(default, deserialize_with = "time")]
    interval: Option<Duration>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FileFunction {
    arn: String,
}

/// A length of time: a text, or a number of seconds.
fn time<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Duration>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Written {
        Whole(u64),
        Float(f64),
        Text(String),
    }
    let text = match Written::deserialize(deserializer)? {
        Written::Whole(seconds) => seconds.to_string(),
        Written::Float(seconds) => seconds.to_string(),
        Written::Text(text) => text,
    };
    let wrong = || {
        serde::de::Error::custom(format!("`{text}` is no length of time: write \"15s\", \"500ms\" or \"2m\""))
    };
    length::parse(&text).map(Some).ok_or_else(wrong)
}

/// Reads a configuration.
///
/// # Errors
/// [`ConfigError`], with the place in the text.
pub fn parse(text: &str) -> Result<Given, ConfigError> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let file: File = toml::from_str(text).map_err(|error| {
        let before = error.span().and_then(|span| text.get(..span.start)).unwrap_or_default();
        ConfigError {
            line: 1 + before.matches('\n').count(),
            column: 1 + before.rsplit('\n').next().unwrap_or_default().chars().count(),
            what: error.message().to_owned(),
        }
    })?;
    let target = |target: FileTarget| Wanted {
        image: target.image,
        role: target.role,
        platform: target.platform,
        interval: target.interval,
    };
    Ok(Given {
        interval: file.interval,
        deadline: file.deadline,
        patience: file.patience,
        role: file.role,
        platform: file.platform,
        allow_import: file.allow_import,
        listen: file.listen,
        metrics_file: file.metrics_file,
        otlp: file.otlp,
        emf: file.emf,
        targets: file.target.into_iter().map(target).collect(),
        functions: file.function.into_iter().map(|function| function.arn).collect(),
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The example in the documentation.
    fn documented() -> String {
        let page = include_str!("../../../docs/canary.md");
        let (_, rest) = page.split_once("```toml\n").unwrap();
        rest.split_once("```").unwrap().0.to_owned()
    }

    #[test]
    fn the_documented_file_is_read() {
        let settings = parse(&documented()).unwrap().settle().unwrap();
        assert_eq!((settings.targets.len(), settings.functions.len()), (2, 1));
        assert_eq!(settings.listen.as_deref(), Some("0.0.0.0:9478"));
        assert_eq!(settings.targets[1].interval, Some(Duration::from_secs(300)));
        assert_eq!(settings.targets[1].role.as_deref(), Some("arn:aws:iam::123456789012:role/node"));
    }

    #[test]
    fn what_is_wrong_has_a_place() {
        for (text, line, column, what) in [
            ("interval = \"60s\"\ndeadline = \"soon\"\n", 2, 12, "no length of time"),
            ("[[target]]\nimage = 1\n", 2, 9, "invalid type"),
            ("[[target]]\nimage = \"x\"\nplatfrom = \"y\"\n", 3, 1, "unknown field `platfrom`"),
            ("interval = ", 1, 12, ""),
        ] {
            let error = parse(text).unwrap_err();
            assert_eq!((error.line, error.column), (line, column), "{error}");
            assert!(error.to_string().contains(what), "{error}");
        }
        assert_eq!(
            parse("deadline = 7\npatience = 1.5\n").unwrap().patience,
            Some(Duration::from_millis(1_500))
        );
        assert!(parse("deadline = -1").is_err());
    }

    proptest! {
        #[test]
        fn no_text_is_a_panic(text in "\\PC{0,200}") {
            let _ = parse(&text);
        }
    }
}
