//! Variables as they are in force while the steps of a job are read, and the settings they come from.

use std::collections::HashMap;

use crate::known::Known;
use crate::pipeline::model::Setting;
use crate::yaml::{Node, Style};

/// The most variables that are followed: each step has its own.
const MOST: usize = 500;

/// Variables in force; the last value set counts.
#[derive(Clone, Debug, Default)]
pub struct Scope {
    values: HashMap<String, Known>,
}

impl Scope {
    /// The value of a variable, if something is known of it.
    pub fn get(&self, name: &str) -> Option<Known> {
        self.values.get(name).cloned()
    }

    /// Sets a variable.
    pub fn set(&mut self, name: impl Into<String>, value: Known) {
        let name = name.into();
        if self.values.len() < MOST || self.values.contains_key(&name) {
            self.values.insert(name, value);
        }
    }

    /// Sets variables, the later ones over the earlier.
    pub fn extend<'a>(&mut self, settings: impl IntoIterator<Item = &'a Setting>) {
        for setting in settings {
            self.set(setting.name.clone(), setting.value.clone());
        }
    }

    /// The region that the AWS CLI takes from the environment.
    pub fn aws_region(&self) -> Known {
        let both = (self.get("AWS_REGION"), self.get("AWS_DEFAULT_REGION"));
        match both {
            (Some(one), Some(two)) if one != two => Known::Unknown,
            (Some(region), _) | (None, Some(region)) => region,
            (None, None) => Known::Unknown,
        }
    }

    /// A text with `$NAME` and `${NAME}` in it, as GitLab and others put variables into each other.
    pub fn expand(&self, text: &str) -> Known {
        let mut parts = Vec::new();
        let mut rest = text;
        while let Some(at) = rest.find('$') {
            let (before, from) = rest.split_at(at);
            parts.push(Known::Exactly(before.to_owned()));
            let behind = from.get(1..).unwrap_or_default();
            if let Some(escaped) = behind.strip_prefix('$') {
                parts.push(Known::Exactly("$".to_owned()));
                rest = escaped;
                continue;
            }
            let (name, length) = variable_name(behind);
            if name.is_empty() {
                parts.push(Known::Exactly("$".to_owned()));
                rest = behind;
                continue;
            }
            parts.push(self.get(name).unwrap_or_else(|| Known::named(name)));
            rest = behind.get(length..).unwrap_or_default();
        }
        parts.push(Known::Exactly(rest.to_owned()));
        Known::concat(&parts)
    }
}

/// The name behind a `$`, and the length of what names it.
fn variable_name(text: &str) -> (&str, usize) {
    let is_part = |character: char| character.is_ascii_alphanumeric() || character == '_';
    if let Some(inner) = text.strip_prefix('{') {
        let end = inner.find(|character: char| !is_part(character)).unwrap_or(inner.len());
        // `${NAME:-default}` and its like are not followed.
        return match inner.get(end..).and_then(|rest| rest.chars().next()) {
            Some('}') => (inner.get(..end).unwrap_or_default(), end + 2),
            _ => ("", 0),
        };
    }
    let end = text.find(|character: char| !is_part(character)).unwrap_or(text.len());
    (text.get(..end).unwrap_or_default(), end)
}

/// A setting of a YAML value; `value` makes what is known of its text.
pub fn setting(name: &str, node: &Node, value: &dyn Fn(&str) -> Known) -> Setting {
    let raw = node.text().unwrap_or_default().to_owned();
    let is_scalar = node.text().is_some() || node.is_null();
    Setting {
        name: name.to_owned(),
        value: if is_scalar { value(&raw) } else { Known::Unknown },
        raw,
        bytes: node.bytes.clone(),
        is_plain: node.style() == Some(Style::Plain),
    }
}

/// Settings of a YAML mapping, one variable in each, its value known as far as those before it are.
pub fn settings_in(scope: &mut Scope, node: Option<&Node>) -> Vec<Setting> {
    let mut settings = Vec::new();
    for (key, value) in node.and_then(Node::members).unwrap_or_default() {
        // `NAME: {value: x, description: y}`
        let value = value.get("value").unwrap_or(value);
        settings.push(setting(&key.text, value, &|text| Known::Exactly(text.to_owned())));
    }
    // Variables may name later ones: two rounds are what people write.
    for _ in 0..2 {
        for setting in &settings {
            if !setting.value.is_unknown() {
                scope.set(setting.name.clone(), scope.expand(&setting.raw));
            }
        }
    }
    for setting in &mut settings {
        if let Some(value) = scope.get(&setting.name) {
            setting.value = value;
        }
    }
    settings
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variables_are_put_into_each_other() {
        let document =
            crate::yaml::read("HOST: $ACCOUNT.dkr.ecr.${REGION}.amazonaws.com\nACCOUNT: '1'\nX: a$$b")
                .unwrap();
        let mut scope = Scope::default();
        let settings = settings_in(&mut scope, document.first());
        assert_eq!(settings[0].value, Known::Made("1.dkr.ecr.${REGION}.amazonaws.com".to_owned()));
        assert_eq!(scope.get("X"), Some(Known::Exactly("a$b".to_owned())));
    }

    #[test]
    fn a_region_is_the_environments_if_it_is_one() {
        let mut scope = Scope::default();
        assert_eq!(scope.aws_region(), Known::Unknown);
        scope.set("AWS_DEFAULT_REGION", Known::Exactly("a".to_owned()));
        assert_eq!(scope.aws_region().exactly(), Some("a"));
        scope.set("AWS_REGION", Known::Exactly("b".to_owned()));
        assert_eq!(scope.aws_region(), Known::Unknown);
    }
}
