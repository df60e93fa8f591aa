//! The condition keys of a request: which values they have, which of them do not exist, which are not known.

use std::collections::{BTreeMap, BTreeSet};

use crate::claims;
use crate::keys::{self, Cardinality};

/// What is known of one key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyValue<'a> {
    /// It has this value, or these.
    Known(&'a Values),
    /// The request does not have the key.
    Absent,
    /// Nobody said.
    Unknown,
}

/// The values of a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Values {
    /// One value, of a key that takes one.
    One(String),
    /// Any number of values, of a key that takes several, such as `aws:TagKeys`.
    Several(Vec<String>),
}

impl Values {
    /// The values of a key, which says whether one of them is a single value: where it is not known, it is a list.
    pub fn of(key: &str, mut values: Vec<String>) -> Self {
        match (keys::cardinality(key), values.len()) {
            (Some(Cardinality::One), 1) => Self::One(values.pop().unwrap_or_default()),
            _ => Self::Several(values),
        }
    }

    /// One value of a key, which says whether it takes several.
    pub fn one_of(key: &str, value: &str) -> Self {
        match keys::cardinality(key) {
            Some(Cardinality::Several) => Self::Several(vec![value.to_owned()]),
            _ => Self::One(value.to_owned()),
        }
    }

    /// All of them.
    pub fn all(&self) -> &[String] {
        match self {
            Self::One(value) => std::slice::from_ref(value),
            Self::Several(values) => values,
        }
    }
}

impl From<&str> for Values {
    fn from(value: &str) -> Self {
        Self::One(value.to_owned())
    }
}

/// The keys of a request. Their names are compared without case, as IAM does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Context {
    /// By name in lower case; `None` for keys that do not exist.
    keys: BTreeMap<String, Option<Values>>,
    /// Keys, and families of keys by what they begin with, that no such request has.
    never: Vec<&'static str>,
    /// Keys that every such request has, whatever their values.
    always: BTreeSet<&'static str>,
    /// Whether keys that are not named do not exist, as opposed to being unknown.
    is_complete: bool,
}

impl Context {
    /// A context in which what is not named does not exist.
    pub fn complete() -> Self {
        Self { keys: BTreeMap::new(), never: Vec::new(), always: BTreeSet::new(), is_complete: true }
    }

    /// A context in which what is not named is unknown.
    pub fn partial() -> Self {
        Self { keys: BTreeMap::new(), never: Vec::new(), always: BTreeSet::new(), is_complete: false }
    }

    /// Gives a key a value.
    #[must_use]
    pub fn with(mut self, key: &str, values: impl Into<Values>) -> Self {
        self.keys.insert(key.to_ascii_lowercase(), Some(values.into()));
        self
    }

    /// Gives a key a value, unless something is known of it already.
    #[must_use]
    pub fn with_default(self, key: &str, values: impl Into<Values>) -> Self {
        if self.keys.contains_key(&key.to_ascii_lowercase()) { self } else { self.with(key, values) }
    }

    /// Says that a key does not exist in this request.
    #[must_use]
    pub fn without(mut self, key: &str) -> Self {
        self.keys.insert(key.to_ascii_lowercase(), None);
        self
    }

    /// Says that a key does not exist, unless something is known of it already.
    #[must_use]
    pub fn absent_by_default(self, key: &str) -> Self {
        if self.keys.contains_key(&key.to_ascii_lowercase()) { self } else { self.without(key) }
    }

    /// Says of which keys, and families of keys by what they begin with, no such request has any that is not named.
    #[must_use]
    pub fn never_with(mut self, keys: Vec<&'static str>) -> Self {
        self.never = keys;
        self
    }

    /// Says of keys, in lower case, that the request has them, whatever their values.
    #[must_use]
    pub fn always_with(mut self, keys: &[&'static str]) -> Self {
        self.always.extend(keys);
        self
    }

    /// Forgets a key: what is known of it then is what is known of keys that nobody named.
    #[must_use]
    pub fn forget(mut self, key: &str) -> Self {
        self.keys.remove(&key.to_ascii_lowercase());
        self
    }

    /// The same, with every key whose value is not known taken for one that does not exist.
    #[must_use]
    pub fn into_complete(self) -> Self {
        Self { is_complete: true, ..self }
    }

    /// Whether the request has a key; `None` where that is not known. One without any value is as good as none.
    pub fn has(&self, key: &str) -> Option<bool> {
        match self.get(key) {
            KeyValue::Known(values) => Some(!values.all().is_empty()),
            KeyValue::Absent => Some(false),
            KeyValue::Unknown => self.always.contains(key.to_ascii_lowercase().as_str()).then_some(true),
        }
    }

    /// What is known of a key.
    pub fn get(&self, key: &str) -> KeyValue<'_> {
        match self.keys.get(&key.to_ascii_lowercase()) {
            Some(Some(values)) => KeyValue::Known(values),
            Some(None) => KeyValue::Absent,
            None if self.is_complete || keys::is_one_of(&self.never, key) => KeyValue::Absent,
            None if claims::is_unknown(key) => KeyValue::Absent,
            None => KeyValue::Unknown,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_say_whether_one_value_is_a_list() {
        let list = |values: &[&str]| values.iter().map(|&value| value.to_owned()).collect::<Vec<_>>();
        assert_eq!(Values::of("aws:SourceIp", list(&["10.0.0.1"])), Values::from("10.0.0.1"));
        assert_eq!(Values::of("aws:TagKeys", list(&["a"])), Values::Several(list(&["a"])));
        assert_eq!(Values::of("gitlab.com:x", list(&["a"])), Values::Several(list(&["a"])));
        assert_eq!(Values::of("aws:SourceIp", list(&["a", "b"])), Values::Several(list(&["a", "b"])));
        assert_eq!(Values::one_of("aws:TagKeys", "a"), Values::Several(list(&["a"])));
        assert_eq!(Values::one_of("gitlab.com:sub", "a"), Values::from("a"));
    }

    #[test]
    fn absent_is_not_unknown() {
        let one = Values::from("vpce-1");
        for (context, other) in
            [(Context::complete(), KeyValue::Absent), (Context::partial(), KeyValue::Unknown)]
        {
            let context = context.with("aws:SourceVpce", "vpce-1").without("aws:SourceIp");
            assert_eq!(context.get("AWS:sourcevpce"), KeyValue::Known(&one));
            assert_eq!(context.get("aws:SourceIp"), KeyValue::Absent);
            assert_eq!(context.get("aws:SourceVpc"), other);
            assert_eq!(context.clone().forget("aws:SourceVpce").get("aws:SourceVpce"), other);
            let kept =
                context.with_default("aws:SourceVpce", "vpce-2").with_default("aws:SourceIp", "10.0.0.1");
            assert_eq!(kept.get("aws:SourceVpce"), KeyValue::Known(&one));
            assert_eq!(kept.get("aws:SourceIp"), KeyValue::Absent);
        }
    }
}
