//! How often something was seen in a log.

use std::fmt;

use ecrpass_core::count::counted;
use serde::{Deserialize, Serialize};

/// How often a cause was seen, from when to when, and at how many images.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Occurrences {
    /// How many lines speak for it.
    pub lines: u64,
    /// The time in the first of them, as it is written there; with its date where the last one's is another.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub first: Option<String>,
    /// The time in the last of them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last: Option<String>,
    /// How many ECR images they name.
    pub images: u64,
}

impl fmt::Display for Occurrences {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", counted(self.lines, "line"))?;
        if let (Some(first), Some(last)) = (&self.first, &self.last) {
            if first == last {
                write!(f, ", {first}")?;
            } else {
                write!(f, ", {first} to {last}")?;
            }
        }
        if self.images > 0 {
            write!(f, ", {}", counted(self.images, "image"))?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn people_read_it_at_a_glance() {
        let text = |lines, first: &str, last: &str, images| {
            let time = |text: &str| (!text.is_empty()).then(|| text.to_owned());
            Occurrences { lines, first: time(first), last: time(last), images }.to_string()
        };
        assert_eq!(text(18_212, "09:14:03", "09:31:40", 3), "18,212 lines, 09:14:03 to 09:31:40, 3 images");
        assert_eq!(text(1, "09:14:03", "09:14:03", 1), "1 line, 09:14:03, 1 image");
        assert_eq!(text(1_000_000, "", "", 0), "1,000,000 lines");
        assert_eq!(text(999, "", "", 0), "999 lines");
    }
}
