//! What to do about a refusal, in a bundle: a step, or one that only a later version of ecrpass has.

use ecrpass_credentials::refusal::NextStep;
use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;

/// A step that a refusal leads to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum Step {
    /// One that this version has.
    Known(NextStep),
    /// One that this version does not have; kept as it was written.
    Other(Value),
}

impl Step {
    /// The step, if this version has it.
    pub fn known(&self) -> Option<&NextStep> {
        match self {
            Self::Known(step) => Some(step),
            Self::Other(_) => None,
        }
    }
}

impl<'de> Deserialize<'de> for Step {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = Value::deserialize(deserializer)?;
        let step = NextStep::read(&value).map_err(D::Error::custom)?;
        Ok(step.map_or(Self::Other(value), Self::Known))
    }
}

/// The steps of this version are listed; a later one may have more.
#[cfg(feature = "schema")]
impl schemars::JsonSchema for Step {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Step".into()
    }

    fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
        let known = generator.subschema_for::<NextStep>();
        schemars::json_schema!({
            "anyOf": [
                known,
                {
                    "type": "object",
                    "properties": { "do": { "type": "string" } },
                    "required": ["do"],
                    "description": "a step of a later version"
                }
            ]
        })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_step_of_a_later_version_is_kept_and_a_broken_one_is_refused() {
        let later = json!({ "do": "dance", "with": ["whom", 7] });
        let read: Step = serde_json::from_value(later.clone()).unwrap();
        assert_eq!(read.known(), None);
        assert_eq!(serde_json::to_value(&read).unwrap(), later);
        let known = json!({ "do": "resolve", "host": "h" });
        let read: Step = serde_json::from_value(known.clone()).unwrap();
        assert_eq!(read.known(), Some(&NextStep::Resolve { host: "h".to_owned() }));
        assert_eq!(serde_json::to_value(&read).unwrap(), known);
        assert!(serde_json::from_value::<Step>(json!({ "do": "resolve" })).is_err());
        assert!(serde_json::from_value::<Step>(json!({ "host": "h" })).is_err());
    }
}
