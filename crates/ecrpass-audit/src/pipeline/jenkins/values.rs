//! Values of Groovy as far as they are constant: variables, strings with `${…}`, `+`.

use std::collections::HashMap;

use crate::known::Known;
use crate::pipeline::jenkins::tree::{Argument, Value};
use crate::pipeline::scope::Scope;

/// Variables of the Groovy code, and the images that they stand for.
#[derive(Clone, Debug, Default)]
pub(super) struct Values {
    /// The environment, which shells see as well.
    pub environment: Scope,
    /// Variables of Groovy alone.
    pub variables: Scope,
    /// The image that a variable holds: `app = docker.build('x')`.
    pub images: HashMap<String, Known>,
}

impl Values {
    /// The value of a name: a variable, else the environment's.
    pub fn name(&self, name: &str) -> Option<Known> {
        let name = name.trim();
        let name = name.strip_prefix("env.").or_else(|| name.strip_prefix("environment.")).unwrap_or(name);
        self.variables.get(name).or_else(|| self.environment.get(name))
    }

    /// The value of an expression.
    pub fn value(&self, value: &Value) -> Known {
        match value {
            Value::Text { passage, interpolated: false, .. } => Known::one_of([passage.text().to_owned()]),
            Value::Text { passage, interpolated: true, .. } => self.interpolated(passage.text()),
            Value::Name(name) => {
                let is_number = name.bytes().all(|byte| byte.is_ascii_digit());
                let literal = is_number || name == "true" || name == "false";
                if literal {
                    Known::Exactly(name.clone())
                } else {
                    self.name(name).unwrap_or_else(|| Known::named(name))
                }
            }
            Value::Sum(parts) => {
                let parts: Vec<Known> = parts.iter().map(|part| self.value(part)).collect();
                Known::concat(&parts)
            }
            Value::Call(_) | Value::List(_) | Value::Block(_) | Value::Other => Known::Unknown,
        }
    }

    /// The value of an argument; unknown if there is none.
    pub fn argument(&self, argument: Option<&Argument>) -> Known {
        argument.map_or(Known::Unknown, |argument| self.value(&argument.value))
    }

    /// A text with `${expression}` and `$name`.
    fn interpolated(&self, text: &str) -> Known {
        let mut parts = Vec::new();
        let mut rest = text;
        while let Some((before, behind)) = rest.split_once('$') {
            parts.push(Known::Exactly(before.to_owned()));
            let is_part = |character: char| character.is_alphanumeric() || matches!(character, '_' | '.');
            let (name, after) = match behind.strip_prefix('{') {
                Some(inside) => inside.split_once('}').unwrap_or((inside, "")),
                None => behind.split_at(behind.find(|character| !is_part(character)).unwrap_or(behind.len())),
            };
            let known = if name.is_empty() { Some(Known::Exactly("$".to_owned())) } else { self.name(name) };
            parts.push(known.unwrap_or_else(|| Known::named(name)));
            rest = after;
        }
        parts.push(Known::Exactly(rest.to_owned()));
        Known::concat(&parts)
    }
}
