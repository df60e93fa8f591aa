//! Texts from elsewhere on a terminal or in a CI system's log: what would move the cursor, change colours, begin a new
//! line or turn the direction of writing is taken out.

use std::borrow::Cow;

use serde_json::Value;

/// A text in one line, of which every character can be seen.
pub fn visible(text: &str) -> Cow<'_, str> {
    if !text.chars().any(is_hidden) {
        return Cow::Borrowed(text);
    }
    let shown = text.chars().map(|c| match c {
        '\n' | '\r' | '\t' => ' ',
        c if is_hidden(c) => '\u{fffd}',
        c => c,
    });
    Cow::Owned(shown.collect())
}

/// Control characters, and those that turn or hide the text around them. Source: Unicode TR 36, "Bidirectional text
/// spoofing".
fn is_hidden(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
}

/// Every text in a JSON value.
pub fn visible_json(value: &mut Value) {
    match value {
        Value::String(text) => {
            if let Cow::Owned(shown) = visible(text) {
                *text = shown;
            }
        }
        Value::Array(list) => list.iter_mut().for_each(visible_json),
        Value::Object(fields) => fields.values_mut().for_each(visible_json),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_hides() {
        assert_eq!(visible("plain ünïcode ✓"), "plain ünïcode ✓");
        assert_eq!(visible("a\n::error::b"), "a ::error::b");
        assert_eq!(visible("\u{1b}[31mred\u{9b}31m\u{202e}"), "\u{fffd}[31mred\u{fffd}31m\u{fffd}");
    }
}
