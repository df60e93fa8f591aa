//! Reads types from JSON with as little code as possible: a bundle's many types would otherwise make the page a tenth
//! larger.
//!
//! What serde derives for a structure can read it member by member in whatever order they come, or one after the other
//! as they are declared. Here it is always the second: each member is looked up by its name, which is declared, too. The
//! first, and what serde's own reader can do besides, is what costs.

use std::fmt;

use serde::de::value::StrDeserializer;
use serde::de::{
    DeserializeSeed, Deserializer, EnumAccess, Expected, IntoDeserializer, MapAccess, SeqAccess, Unexpected,
    VariantAccess, Visitor,
};
use serde_json::{Map, Value};

/// Why a value is not of the wanted type.
#[derive(Debug)]
pub enum Error {
    /// In words.
    Words(String),
    /// The member with this number is missing.
    Missing(usize),
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Words(words) => f.write_str(words),
            Self::Missing(_) => f.write_str("something is missing"),
        }
    }
}

impl std::error::Error for Error {}

/// What serde says by itself describes the value that is wrong, in words that are not worth their size.
impl serde::de::Error for Error {
    fn custom<T: fmt::Display>(message: T) -> Self {
        Self::Words(message.to_string())
    }

    fn invalid_type(_: Unexpected<'_>, _: &dyn Expected) -> Self {
        not("what is expected there")
    }

    fn invalid_value(_: Unexpected<'_>, _: &dyn Expected) -> Self {
        not("what is expected there")
    }

    fn invalid_length(at: usize, _: &dyn Expected) -> Self {
        Self::Missing(at)
    }

    fn unknown_variant(_: &str, _: &'static [&'static str]) -> Self {
        not("one of the known words")
    }
}

/// A value to read from; none for a member that is missing.
#[derive(Clone, Copy)]
pub struct Compact<'a>(Option<&'a Value>);

impl<'a> Compact<'a> {
    /// A value to read from.
    pub fn new(value: &'a Value) -> Self {
        Self(Some(value))
    }

    fn is_null(self) -> bool {
        self.0.is_some_and(Value::is_null)
    }

    fn text(self) -> Result<&'a str, Error> {
        self.0.and_then(Value::as_str).ok_or_else(|| not("a text"))
    }

    fn items(self) -> Result<Items<'a>, Error> {
        let items = self.0.and_then(Value::as_array).ok_or_else(|| not("a list"))?;
        Ok(Items(items.iter()))
    }

    fn members(self) -> Result<&'a Map<String, Value>, Error> {
        self.0.and_then(Value::as_object).ok_or_else(|| not("an object"))
    }

    fn fields(self, names: &'static [&'static str]) -> Result<Fields<'a>, Error> {
        Ok(Fields { members: self.members()?, names, at: 0 })
    }

    fn variant(self) -> Result<Variant<'a>, Error> {
        let variant = match self.0 {
            Some(Value::String(name)) => Some(Variant(name, &Value::Null)),
            Some(Value::Object(members)) if members.len() == 1 => {
                members.iter().next().map(|(name, content)| Variant(name, content))
            }
            _ => None,
        };
        variant.ok_or_else(|| not("a variant"))
    }
}

fn not(wanted: &str) -> Error {
    Error::Words(format!("something is not {wanted}"))
}

/// Where it is wrong: the names of the members that lead there.
fn within(name: &str, error: &Error) -> Error {
    Error::Words(format!("in `{name}`: {error}"))
}

macro_rules! whole_numbers {
    ($($method:ident)*) => {$(
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
            let number = self.0.and_then(Value::as_number);
            match number.map(|number| (number.as_u64(), number.as_i64())) {
                Some((Some(number), _)) => visitor.visit_u64(number),
                Some((_, Some(number))) => visitor.visit_i64(number),
                _ => Err(not("a whole number")),
            }
        }
    )*};
}

macro_rules! texts {
    ($($method:ident)*) => {$(
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
            visitor.visit_str(self.text()?)
        }
    )*};
}

/// What no type of ours is.
macro_rules! unknown {
    ($($method:ident)*) => {$(
        fn $method<V: Visitor<'de>>(self, _: V) -> Result<V::Value, Error> {
            Err(not("of a known type"))
        }
    )*};
}

impl<'de> Deserializer<'de> for Compact<'_> {
    type Error = Error;

    whole_numbers! {
        deserialize_i8 deserialize_i16 deserialize_i32 deserialize_i64
        deserialize_u8 deserialize_u16 deserialize_u32 deserialize_u64
    }

    texts! { deserialize_char deserialize_str deserialize_string deserialize_identifier }

    unknown! { deserialize_any deserialize_bytes deserialize_byte_buf deserialize_f32 deserialize_f64 }

    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match self.0.and_then(Value::as_bool) {
            Some(value) => visitor.visit_bool(value),
            None => Err(not("true or false")),
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        if self.0.is_none_or(Value::is_null) { visitor.visit_none() } else { visitor.visit_some(self) }
    }

    fn deserialize_unit<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        if self.is_null() { visitor.visit_unit() } else { Err(not("null")) }
    }

    fn deserialize_unit_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Error> {
        self.deserialize_unit(visitor)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Error> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_seq(self.items()?)
    }

    fn deserialize_tuple<V: Visitor<'de>>(self, _: usize, visitor: V) -> Result<V::Value, Error> {
        self.deserialize_seq(visitor)
    }

    fn deserialize_tuple_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: usize,
        visitor: V,
    ) -> Result<V::Value, Error> {
        self.deserialize_seq(visitor)
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_map(Members { rest: self.members()?.iter(), key: "", value: None })
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        names: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        visitor.visit_seq(self.fields(names)?).map_err(|error| with_name(error, names))
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        visitor.visit_enum(self.variant()?)
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_unit()
    }
}

/// A missing member by its name, which those outside of the structure do not know.
fn with_name(error: Error, names: &[&str]) -> Error {
    match error {
        Error::Missing(at) => {
            Error::Words(format!("`{}` is missing", names.get(at).copied().unwrap_or_default()))
        }
        words @ Error::Words(_) => words,
    }
}

struct Items<'a>(std::slice::Iter<'a, Value>);

impl<'de> SeqAccess<'de> for Items<'_> {
    type Error = Error;

    fn next_element_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>, Error> {
        match self.0.next() {
            Some(item) => seed.deserialize(Compact::new(item)).map(Some),
            None => Ok(None),
        }
    }
}

/// The members of a structure, as they are declared.
struct Fields<'a> {
    members: &'a Map<String, Value>,
    names: &'static [&'static str],
    at: usize,
}

impl<'a> Fields<'a> {
    fn next(&mut self) -> (&'static str, Option<&'a Value>) {
        let name = self.names.get(self.at).copied().unwrap_or_default();
        self.at += 1;
        (name, self.members.get(name))
    }
}

impl<'de> SeqAccess<'de> for Fields<'_> {
    type Error = Error;

    fn next_element_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>, Error> {
        let (name, value) = self.next();
        match (seed.deserialize(Compact(value)), value) {
            (Ok(read), _) => Ok(Some(read)),
            (Err(error), Some(_)) => Err(within(name, &error)),
            // It has a default, or serde asks for [`Error::invalid_length`].
            (Err(_), None) => Ok(None),
        }
    }
}

struct Members<'a> {
    rest: serde_json::map::Iter<'a>,
    key: &'a str,
    value: Option<&'a Value>,
}

impl<'de> MapAccess<'de> for Members<'_> {
    type Error = Error;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, Error> {
        let Some((key, value)) = self.rest.next() else { return Ok(None) };
        (self.key, self.value) = (key, Some(value));
        let key: StrDeserializer<'_, Error> = self.key.into_deserializer();
        seed.deserialize(key).map(Some)
    }

    fn next_value_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<T::Value, Error> {
        seed.deserialize(Compact(self.value.take())).map_err(|error| within(self.key, &error))
    }
}

struct Variant<'a>(&'a str, &'a Value);

impl<'a, 'de> EnumAccess<'de> for Variant<'a> {
    type Error = Error;
    type Variant = Compact<'a>;

    fn variant_seed<T: DeserializeSeed<'de>>(self, seed: T) -> Result<(T::Value, Compact<'a>), Error> {
        let name: StrDeserializer<'_, Error> = self.0.into_deserializer();
        Ok((seed.deserialize(name)?, Compact::new(self.1)))
    }
}

impl<'de> VariantAccess<'de> for Compact<'_> {
    type Error = Error;

    fn unit_variant(self) -> Result<(), Error> {
        if self.is_null() { Ok(()) } else { Err(not("a plain name")) }
    }

    fn newtype_variant_seed<T: DeserializeSeed<'de>>(self, seed: T) -> Result<T::Value, Error> {
        seed.deserialize(self)
    }

    fn tuple_variant<V: Visitor<'de>>(self, _: usize, visitor: V) -> Result<V::Value, Error> {
        self.deserialize_seq(visitor)
    }

    fn struct_variant<V: Visitor<'de>>(
        self,
        names: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        self.deserialize_struct("", names, visitor)
    }
}

#[cfg(test)]
mod tests;
