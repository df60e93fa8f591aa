//! Reads `expiration` out of the JSON in a password, and keeps nothing else of it.
//!
//! By hand, because what serde derives describes every value that is wrong, fractions included: code that the web page
//! would hold for a message nobody sees.

use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};

use crate::time::EpochSeconds;

/// A value of JSON, as far as it matters.
pub enum Expiration {
    /// A number.
    Seconds(EpochSeconds),
    /// An object with an expiration.
    Of(EpochSeconds),
    /// Anything else.
    None,
}

impl<'de> Deserialize<'de> for Expiration {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Reader)
    }
}

struct Reader;

impl<'de> Visitor<'de> for Reader {
    type Value = Expiration;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_i64<E>(self, number: i64) -> Result<Expiration, E> {
        Ok(Expiration::Seconds(number))
    }

    fn visit_u64<E>(self, number: u64) -> Result<Expiration, E> {
        Ok(i64::try_from(number).map_or(Expiration::None, Expiration::Seconds))
    }

    /// With a fraction, as AWS's JSON protocol writes time stamps.
    #[allow(clippy::cast_possible_truncation)] // bounded in the same breath
    fn visit_f64<E>(self, number: f64) -> Result<Expiration, E> {
        let is_time = number.is_finite() && number.abs() < 1e15;
        Ok(if is_time { Expiration::Seconds(number as EpochSeconds) } else { Expiration::None })
    }

    fn visit_bool<E>(self, _: bool) -> Result<Expiration, E> {
        Ok(Expiration::None)
    }

    fn visit_str<E>(self, _: &str) -> Result<Expiration, E> {
        Ok(Expiration::None)
    }

    fn visit_unit<E>(self) -> Result<Expiration, E> {
        Ok(Expiration::None)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Expiration, A::Error> {
        while items.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Expiration::None)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Expiration, A::Error> {
        let mut found = None;
        while let Some(key) = members.next_key::<String>()? {
            if key != "expiration" {
                members.next_value::<IgnoredAny>()?;
            } else if found.replace(members.next_value::<Expiration>()?).is_some() {
                return Err(A::Error::duplicate_field("expiration"));
            }
        }
        Ok(match found {
            Some(Expiration::Seconds(seconds)) => Expiration::Of(seconds),
            _ => Expiration::None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_object_s_own_expiration_counts() {
        for (text, expected) in [
            (r#"{"payload": "x", "a": [1, {}], "expiration": 1757147299}"#, Some(1_757_147_299)),
            (r#"{"expiration": 1757147299.75, "b": null}"#, Some(1_757_147_299)),
            (r#"{"expiration": -5}"#, Some(-5)),
            (r#"{"expiration": 1e300}"#, None),
            (r#"{"expiration": 18446744073709551615}"#, None),
            (r#"{"expiration": "1757147299"}"#, None),
            (r#"{"expiration": {"expiration": 1}}"#, None),
            (r#"{"expiration": [1]}"#, None),
            (r#"{"expiration": true}"#, None),
            (r#"{"expiration": 1, "expiration": 2}"#, None),
            (r#"{"expiration": 1, "#, None),
            (r#"[{"expiration": 1}]"#, None),
            ("1757147299", None),
            ("{}", None),
        ] {
            let read = match serde_json::from_str(text) {
                Ok(Expiration::Of(seconds)) => Some(seconds),
                _ => None,
            };
            assert_eq!(read, expected, "{text}");
        }
    }
}
