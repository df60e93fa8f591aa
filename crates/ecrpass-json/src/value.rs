//! JSON values with the place of each.
//!
//! Not a JSON library's tree: repairing a file byte by byte needs every span and every duplicate key.

use std::ops::Range;

use zeroize::Zeroizing;

/// A value and where it stands.
pub struct Value {
    /// Its bytes in the text.
    pub span: Range<usize>,
    /// What it is.
    pub kind: JsonKind,
}

/// What a value is.
pub enum JsonKind {
    /// `null`
    Null,
    /// `true` or `false`
    Bool,
    /// A number, not looked at further.
    Number,
    /// A string, without its escapes. It may be a secret.
    String(Zeroizing<String>),
    /// An array.
    Array(Vec<Value>),
    /// An object: its members in the order of the text, duplicates included.
    Object(Vec<Member>),
    /// An object or array so deep in others that its values are not kept.
    Deep {
        /// Whether it is an object.
        is_object: bool,
    },
}

/// A key and its value.
pub struct Member {
    /// The key, without its escapes.
    pub key: String,
    /// The key's bytes, with the quotes.
    pub key_span: Range<usize>,
    /// The value.
    pub value: Value,
}

impl Member {
    /// The bytes of key and value.
    pub fn span(&self) -> Range<usize> {
        self.key_span.start..self.value.span.end
    }
}

impl Value {
    /// The members of an object.
    pub fn members(&self) -> Option<&[Member]> {
        match &self.kind {
            JsonKind::Object(members) => Some(members),
            _ => None,
        }
    }

    /// The values of an array.
    pub fn items(&self) -> Option<&[Self]> {
        match &self.kind {
            JsonKind::Array(items) => Some(items),
            _ => None,
        }
    }

    /// The text of a string.
    pub fn text(&self) -> Option<&str> {
        match &self.kind {
            JsonKind::String(text) => Some(text),
            _ => None,
        }
    }

    /// What kind of value it is, with an article.
    pub fn kind_name(&self) -> &'static str {
        match &self.kind {
            JsonKind::Null => "null",
            JsonKind::Bool => "a boolean",
            JsonKind::Number => "a number",
            JsonKind::String(_) => "a string",
            JsonKind::Array(_) | JsonKind::Deep { is_object: false } => "an array",
            JsonKind::Object(_) | JsonKind::Deep { is_object: true } => "an object",
        }
    }
}

/// Whether Go takes a key for the field of this name: without regard to case, and to the long s and the Kelvin sign.
/// Source: Go `encoding/json/fold.go#foldRune`.
pub fn is_field(key: &str, name: &str) -> bool {
    let folded = |c: char| match c {
        'ſ' => 's',
        '\u{212a}' => 'k',
        c => c.to_ascii_lowercase(),
    };
    key.chars().map(folded).eq(name.chars().map(folded))
}

/// A text as a JSON string, with its quotes.
pub fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_named_as_go_folds_them() {
        for key in ["credHelpers", "CREDHELPERS", "credHelperſ"] {
            assert!(is_field(key, "credHelpers"), "{key}");
        }
        assert!(is_field("identityto\u{212a}en", "identitytoken"));
        assert!(!is_field("credHelperß", "credHelpers") && !is_field("credHelper", "credHelpers"));
    }
}
