//! Texts from elsewhere in a line of ours: a variable or an answer of 100 kB must not become a line of 100 kB.

use std::borrow::Cow;

/// A text of at most so many bytes and somewhat more for saying what was left out: its begin and its end, which is where a
/// path or a message says most, in whole characters.
pub fn shortened(text: &str, most: usize) -> Cow<'_, str> {
    if text.len() <= most {
        return Cow::Borrowed(text);
    }
    let begin = text.floor_char_boundary(most - most / 3);
    let end = text.ceil_char_boundary(text.len() - most / 3);
    let (before, after) = (text.get(..begin).unwrap_or_default(), text.get(end..).unwrap_or_default());
    let left_out = end.saturating_sub(begin);
    Cow::Owned(format!("{before}…({left_out} bytes left out)…{after}"))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn begin_and_end_stay() {
        assert_eq!(shortened("as it is", 8), "as it is");
        assert_eq!(shortened("0123456789abcdefghij", 9), "012345…(11 bytes left out)…hij");
        // A character of two bytes is there whole or not at all.
        assert_eq!(shortened("ééééééé", 6), "éé…(8 bytes left out)…é");
    }

    proptest! {
        #[test]
        fn it_is_never_much_longer(text in "\\PC{0,200}", most in 0_usize..100) {
            prop_assert!(shortened(&text, most).len() <= most + 40);
        }
    }
}
