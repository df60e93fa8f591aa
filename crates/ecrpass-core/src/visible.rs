//! Texts from elsewhere on a terminal or in a CI system's log: what would move the cursor, change colours, begin a new
//! line, turn the direction of writing or not be seen at all is replaced by what can be seen.

use std::borrow::Cow;
use std::fmt::Write as _;

use serde_json::Value;

/// A text in one line, of which every character can be seen.
pub fn visible(text: &str) -> Cow<'_, str> {
    if !text.chars().any(is_hidden) {
        return Cow::Borrowed(text);
    }
    Cow::Owned(text.chars().map(visible_char).collect())
}

/// A text of several lines, of which every character can be seen; its line feeds stay.
pub fn visible_lines(text: &str) -> Cow<'_, str> {
    if !text.chars().any(|c| is_hidden(c) && c != '\n') {
        return Cow::Borrowed(text);
    }
    let shown = |c: char| if c == '\n' { c } else { visible_char(c) };
    Cow::Owned(text.chars().map(shown).collect())
}

/// What a character is shown as: one for one, so that what points at a column still does.
pub fn visible_char(c: char) -> char {
    match c {
        '\n' | '\r' | '\t' => ' ',
        c if is_hidden(c) => '\u{fffd}',
        c => c,
    }
}

/// Control characters, and those that turn or hide the text around them or are not seen themselves. Sources: Unicode
/// TR 36, "Bidirectional text spoofing"; the property `Default_Ignorable_Code_Point`, without the variation selectors
/// that follow symbols such as ✔.
pub(crate) fn is_hidden(c: char) -> bool {
    // Nearly all there is.
    if c.is_ascii() {
        return c.is_ascii_control();
    }
    c.is_control()
        || matches!(
            c,
            '\u{ad}'
                | '\u{34f}'
                | '\u{61c}'
                | '\u{115f}'..='\u{1160}'
                | '\u{17b4}'..='\u{17b5}'
                | '\u{180b}'..='\u{180f}'
                | '\u{200b}'..='\u{200f}'
                | '\u{2028}'..='\u{202e}'
                | '\u{2060}'..='\u{206f}'
                | '\u{3164}'
                | '\u{feff}'
                | '\u{ffa0}'
                | '\u{fff0}'..='\u{fffb}'
                | '\u{1bca0}'..='\u{1bca3}'
                | '\u{1d173}'..='\u{1d17a}'
                | '\u{e0000}'..='\u{e0fff}'
        )
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

/// The same JSON in which every character can be seen: JSON itself lets DEL, C1 and what turns the text around stand as
/// they are. Its own line feeds stay.
pub fn visible_json_text(json: &str) -> Cow<'_, str> {
    let hides = |c: char| is_hidden(c) && c != '\n';
    let is_plain = |b: u8| matches!(b, b' '..=b'~' | b'\n');
    if json.bytes().all(is_plain) || !json.chars().any(hides) {
        return Cow::Borrowed(json);
    }
    let mut shown = String::with_capacity(json.len() + 16);
    for c in json.chars() {
        if hides(c) {
            let mut units = [0; 2];
            for unit in c.encode_utf16(&mut units) {
                let _ = write!(shown, "\\u{unit:04x}");
            }
        } else {
            shown.push(c);
        }
    }
    Cow::Owned(shown)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_hides() {
        assert_eq!(visible("plain ünïcode ✓ ✔\u{fe0f}"), "plain ünïcode ✓ ✔\u{fe0f}");
        assert_eq!(visible("a\n::error::b"), "a ::error::b");
        assert_eq!(visible_lines("a\n\tb\u{202e}"), "a\n b\u{fffd}");
        assert!(matches!(visible_lines("a\nb"), Cow::Borrowed(_)));
        assert_eq!(visible("\u{1b}[31mred\u{9b}31m\u{202e}"), "\u{fffd}[31mred\u{fffd}31m\u{fffd}");
        for c in
            ['\0', '\u{7}', '\u{7f}', '\u{ad}', '\u{61c}', '\u{2060}', '\u{2066}', '\u{3164}', '\u{e0041}']
        {
            assert_eq!(visible(&format!("a{c}b")), "a\u{fffd}b", "{c:?}");
        }
    }

    #[test]
    fn json_says_the_same() {
        let value = Value::String("\u{7f}\u{9b}31m\u{202e}\u{e0041} é\n\u{1b}".to_owned());
        let text = serde_json::to_string_pretty(&vec![value.clone()]).unwrap();
        let shown = visible_json_text(&text);
        assert!(!shown.chars().any(|c| is_hidden(c) && c != '\n'), "{shown:?}");
        assert!(shown.contains(r"\u007f\u009b31m\u202e\udb40\udc41 é\n\u001b"), "{shown}");
        assert_eq!(serde_json::from_str::<Vec<Value>>(&shown).unwrap(), [value]);
    }
}
