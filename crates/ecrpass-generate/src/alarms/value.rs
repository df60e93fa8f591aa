//! Values of documents in the order they are put in, and how JSON, YAML and HCL write them.

use ecrpass_iam::generate::format::yaml::scalar;

/// A value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// Nothing.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A whole number.
    Number(i64),
    /// A text.
    Text(String),
    /// What the language at hand evaluates, as it is written there.
    Expression(String),
    /// A list.
    List(Vec<Value>),
    /// An object.
    Map(Vec<(String, Value)>),
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<u32> for Value {
    fn from(number: u32) -> Self {
        Self::Number(i64::from(number))
    }
}

impl From<bool> for Value {
    fn from(value: bool) -> Self {
        Self::Bool(value)
    }
}

/// An object of these members.
pub fn map<K: Into<String>>(members: impl IntoIterator<Item = (K, Value)>) -> Value {
    Value::Map(members.into_iter().map(|(key, value)| (key.into(), value)).collect())
}

/// A list of these values.
pub fn list<V: Into<Value>>(values: impl IntoIterator<Item = V>) -> Value {
    Value::List(values.into_iter().map(Into::into).collect())
}

/// What a language evaluates.
pub fn expression(text: impl Into<String>) -> Value {
    Value::Expression(text.into())
}

impl Value {
    /// As JSON, indented, without a final line feed.
    pub fn json(&self) -> String {
        ecrpass_json::pretty(&self.compact())
    }

    /// As JSON in one line.
    pub fn compact(&self) -> String {
        match self {
            Self::Null => "null".to_owned(),
            Self::Bool(value) => value.to_string(),
            Self::Number(number) => number.to_string(),
            Self::Text(content) | Self::Expression(content) => ecrpass_json::quoted(content),
            Self::List(items) => {
                let items: Vec<String> = items.iter().map(Self::compact).collect();
                format!("[{}]", items.join(","))
            }
            Self::Map(members) => {
                let member = |(key, value): &(String, Self)| {
                    format!("{}:{}", ecrpass_json::quoted(key), value.compact())
                };
                let members: Vec<String> = members.iter().map(member).collect();
                format!("{{{}}}", members.join(","))
            }
        }
    }

    /// As lines of YAML at that indentation; of a list or an object.
    pub fn yaml(&self, indent: usize) -> Vec<String> {
        let space = " ".repeat(indent);
        match self {
            Self::Map(members) if !members.is_empty() => {
                members.iter().flat_map(|(key, value)| value.yaml_member(key, indent)).collect()
            }
            Self::List(items) if !items.is_empty() => items
                .iter()
                .flat_map(|item| {
                    let mut lines = item.yaml(indent + 2);
                    // The first line begins the item.
                    if let Some(first) = lines.first_mut() {
                        *first = format!("{space}- {}", first.trim_start());
                    }
                    lines
                })
                .collect(),
            _ => vec![format!("{space}{}", self.yaml_leaf())],
        }
    }

    fn yaml_member(&self, key: &str, indent: usize) -> Vec<String> {
        let space = " ".repeat(indent);
        let key = scalar(key);
        match self {
            Self::Map(members) if !members.is_empty() => {
                [vec![format!("{space}{key}:")], self.yaml(indent + 2)].concat()
            }
            Self::List(items) if !items.is_empty() => {
                [vec![format!("{space}{key}:")], self.yaml(indent + 2)].concat()
            }
            Self::Text(text) if text.contains('\n') => {
                let mut lines = vec![format!("{space}{key}: |-")];
                lines.extend(text.lines().map(|line| match line {
                    "" => String::new(),
                    line => format!("{space}  {line}"),
                }));
                lines
            }
            _ => vec![format!("{space}{key}: {}", self.yaml_leaf())],
        }
    }

    fn yaml_leaf(&self) -> String {
        match self {
            Self::Text(text) => scalar(text),
            Self::Expression(text) => text.clone(),
            other => other.compact(),
        }
    }

    /// As an expression of HCL; lines after the first have that indentation.
    pub fn hcl(&self, indent: usize) -> String {
        let space = " ".repeat(indent);
        match self {
            Self::Text(text) => quoted_in_hcl(text),
            Self::Expression(text) => text.clone(),
            Self::List(items) if items.iter().all(Self::is_leaf) => {
                let items: Vec<String> = items.iter().map(|item| item.hcl(indent)).collect();
                format!("[{}]", items.join(", "))
            }
            Self::List(items) => {
                let items: Vec<String> =
                    items.iter().map(|item| format!("{space}  {},\n", item.hcl(indent + 2))).collect();
                format!("[\n{}{space}]", items.concat())
            }
            Self::Map(members) if members.is_empty() => "{}".to_owned(),
            Self::Map(members) => {
                let keys: Vec<String> = members.iter().map(|(key, _)| hcl_key(key)).collect();
                let lines: Vec<String> = aligned(&keys)
                    .into_iter()
                    .zip(members)
                    .map(|(key, (_, value))| format!("{space}  {key} = {}\n", value.hcl(indent + 2)))
                    .collect();
                format!("{{\n{}{space}}}", lines.concat())
            }
            other => other.compact(),
        }
    }

    fn is_leaf(&self) -> bool {
        !matches!(self, Self::List(_) | Self::Map(_))
    }
}

/// Keys as wide as the widest, as `terraform fmt` has them.
pub fn aligned(keys: &[String]) -> Vec<String> {
    let width = keys.iter().map(String::len).max().unwrap_or_default();
    keys.iter().map(|key| format!("{key:width$}")).collect()
}

fn hcl_key(key: &str) -> String {
    let is_name = key.starts_with(|c: char| c.is_ascii_alphabetic())
        && key.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    if is_name { key.to_owned() } else { quoted_in_hcl(key) }
}

/// A string of HCL: JSON's, in which `${` and `%{` begin nothing.
fn quoted_in_hcl(text: &str) -> String {
    ecrpass_json::quoted(text).replace("${", "$${").replace("%{", "%%{")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_language_writes_the_same() {
        let value = map([
            ("detail-type", list(["a b"])),
            ("count", Value::Number(3)),
            (
                "or",
                Value::List(vec![map([("prefix", Value::from("x"))]), map([("prefix", Value::from("y"))])]),
            ),
            ("text", Value::from("one\n\ntwo")),
            ("none", Value::List(Vec::new())),
        ]);
        let compact = r#"{"detail-type":["a b"],"count":3,"or":[{"prefix":"x"},{"prefix":"y"}],"text":"one\n\ntwo","none":[]}"#;
        assert_eq!(value.compact(), compact);
        let read = |text: &str| serde_json::from_str::<serde_json::Value>(text).unwrap();
        assert_eq!(read(&value.json()), read(compact));
        assert_eq!(
            value.yaml(0).join("\n"),
            "detail-type:\n  - \"a b\"\ncount: 3\nor:\n  - prefix: x\n  - prefix: \"y\"\ntext: |-\n  one\n\n  two\nnone: []"
        );
        assert_eq!(
            value.hcl(0),
            "{\n  \"detail-type\" = [\"a b\"]\n  count         = 3\n  or            = [\n    {\n      prefix = \"x\"\n    },\n    {\n      prefix = \"y\"\n    },\n  ]\n  text          = \"one\\n\\ntwo\"\n  none          = []\n}"
        );
        assert_eq!(Value::from("${a} %{b}").hcl(0), "\"$${a} %%{b}\"");
    }
}
