//! The objects a record is about. EventBridge's envelope has ARNs alone under the same key.

use std::fmt;

use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

use super::text::Text;
use crate::event::Resource;

/// How many are kept.
const MOST: usize = 64;

/// How much is kept of a name, in bytes.
const LONGEST: usize = 2048;

/// Those that have an ARN.
#[derive(Debug, Default)]
pub struct Objects<'a>(pub Vec<Resource<'a>>);

impl<'de: 'a, 'a> Deserialize<'de> for Objects<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(List)
    }
}

struct List;

impl<'de> Visitor<'de> for List {
    type Value = Objects<'de>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a list of objects")
    }

    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(Objects::default())
    }

    fn visit_str<E>(self, _: &str) -> Result<Self::Value, E> {
        Ok(Objects::default())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut values: A) -> Result<Self::Value, A::Error> {
        let mut objects = Vec::new();
        while let Some(Object(object)) = values.next_element()? {
            objects.extend(object.filter(|_| objects.len() < MOST));
        }
        Ok(Objects(objects))
    }

    fn visit_map<A: MapAccess<'de>>(self, entries: A) -> Result<Self::Value, A::Error> {
        let Object(object) = One.visit_map(entries)?;
        Ok(Objects(object.into_iter().collect()))
    }
}

struct Object<'a>(Option<Resource<'a>>);

impl<'de: 'a, 'a> Deserialize<'de> for Object<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(One)
    }
}

struct One;

impl<'de> Visitor<'de> for One {
    type Value = Object<'de>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("an object")
    }

    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(Object(None))
    }

    fn visit_str<E>(self, _: &str) -> Result<Self::Value, E> {
        Ok(Object(None))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Self::Value, A::Error> {
        let (mut arn, mut account) = (Text::default(), Text::default());
        while let Some(key) = entries.next_key::<Text<'_>>()? {
            match key.str() {
                "ARN" | "arn" => arn = entries.next_value()?,
                "accountId" => account = entries.next_value()?,
                _ => {
                    entries.next_value::<IgnoredAny>()?;
                }
            }
        }
        let account = account.short(LONGEST);
        Ok(Object(arn.short(LONGEST).map(|arn| Resource { arn, account })))
    }
}
