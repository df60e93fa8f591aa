//! The scalars of an object, with the keys that lead to them.

use std::borrow::Cow;
use std::fmt;

use serde::de::{Deserialize, DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

use super::text::cut;
use crate::event::Fields;

/// How deep it is looked.
const DEEPEST: usize = 8;

impl<'de: 'a, 'a> Deserialize<'de> for Fields<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut fields = Vec::new();
        Collect { fields: &mut fields, path: Cow::Borrowed(""), depth: 0 }.deserialize(deserializer)?;
        Ok(Self(fields))
    }
}

/// Collects what is below a path.
struct Collect<'f, 'de> {
    fields: &'f mut Vec<(Cow<'de, str>, Cow<'de, str>)>,
    path: Cow<'de, str>,
    depth: usize,
}

impl<'de> Collect<'_, 'de> {
    fn put<E>(self, value: Cow<'de, str>) -> Result<(), E> {
        self.fields.push((self.path, cut(value, Fields::LONGEST)));
        Ok(())
    }
}

impl<'de> DeserializeSeed<'de> for Collect<'_, 'de> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        if self.depth > DEEPEST || self.fields.len() >= Fields::MOST {
            return IgnoredAny::deserialize(deserializer).map(drop);
        }
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Collect<'_, 'de> {
    type Value = ();

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a value")
    }

    fn visit_borrowed_str<E>(self, text: &'de str) -> Result<(), E> {
        self.put(Cow::Borrowed(text))
    }

    fn visit_str<E>(self, text: &str) -> Result<(), E> {
        // Only what is kept is copied.
        self.put(Cow::Owned(cut(Cow::Borrowed(text), Fields::LONGEST).into_owned()))
    }

    fn visit_bool<E>(self, value: bool) -> Result<(), E> {
        self.put(Cow::Borrowed(if value { "true" } else { "false" }))
    }

    fn visit_u64<E>(self, value: u64) -> Result<(), E> {
        self.put(Cow::Owned(value.to_string()))
    }

    fn visit_i64<E>(self, value: i64) -> Result<(), E> {
        self.put(Cow::Owned(value.to_string()))
    }

    fn visit_f64<E>(self, value: f64) -> Result<(), E> {
        self.put(Cow::Owned(value.to_string()))
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut values: A) -> Result<(), A::Error> {
        let Self { fields, path, depth } = self;
        loop {
            let next = Collect { fields: &mut *fields, path: path.clone(), depth: depth + 1 };
            if values.next_element_seed(next)?.is_none() {
                return Ok(());
            }
        }
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<(), A::Error> {
        let Self { fields, path, depth } = self;
        while let Some(Key(key)) = entries.next_key()? {
            let path = if path.is_empty() { key } else { Cow::Owned(format!("{path}.{key}")) };
            entries.next_value_seed(Collect { fields: &mut *fields, path, depth: depth + 1 })?;
        }
        Ok(())
    }
}

/// A key, borrowed where it has no escapes.
struct Key<'de>(Cow<'de, str>);

impl<'de> Deserialize<'de> for Key<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_str(KeyVisitor)
    }
}

struct KeyVisitor;

impl<'de> Visitor<'de> for KeyVisitor {
    type Value = Key<'de>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a key")
    }

    fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Self::Value, E> {
        Ok(Key(Cow::Borrowed(text)))
    }

    fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
        Ok(Key(Cow::Owned(text.to_owned())))
    }
}
