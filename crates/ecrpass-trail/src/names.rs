//! Texts that come again and again, kept once: principals, regions, repositories.

use std::collections::HashMap;
use std::sync::Arc;

/// A text by its number. The number of no text is 0.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Name(u32);

impl Name {
    /// Whether it stands for no text.
    pub fn is_empty(self) -> bool {
        self == Self::default()
    }

    /// The number.
    pub fn number(self) -> u32 {
        self.0
    }
}

/// How much is kept of a text, in bytes: no name of AWS's is longer.
const LONGEST: usize = 2_048;

/// The texts.
#[derive(Clone, Debug)]
pub struct Names {
    numbers: HashMap<Arc<str>, Name>,
    texts: Vec<Arc<str>>,
}

impl Default for Names {
    fn default() -> Self {
        let empty: Arc<str> = Arc::from("");
        Self { numbers: HashMap::from([(empty.clone(), Name::default())]), texts: vec![empty] }
    }
}

impl Names {
    /// The name of a text.
    pub fn of(&mut self, text: &str) -> Name {
        let text = cut(text, LONGEST);
        if let Some(name) = self.numbers.get(text) {
            return *name;
        }
        let Ok(number) = u32::try_from(self.texts.len()) else { return Name::default() };
        let text: Arc<str> = Arc::from(text);
        self.texts.push(text.clone());
        self.numbers.insert(text, Name(number));
        Name(number)
    }

    /// The text of a name.
    pub fn text(&self, name: Name) -> &str {
        self.get(name).map_or("", AsRef::as_ref)
    }

    /// The text of a name, as it is kept.
    pub fn shared(&self, name: Name) -> Arc<str> {
        self.get(name).cloned().unwrap_or_default()
    }

    fn get(&self, name: Name) -> Option<&Arc<str>> {
        self.texts.get(usize::try_from(name.0).ok()?)
    }

    /// The name of a text that was named before; of another that of no text.
    pub fn known(&self, text: &str) -> Name {
        self.numbers.get(cut(text, LONGEST)).copied().unwrap_or_default()
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.texts.len()
    }
}

/// The beginning of a text, of at most so many bytes and in whole characters.
pub fn cut(text: &str, most: usize) -> &str {
    if text.len() <= most {
        return text;
    }
    let end = (0..=most).rev().find(|&end| text.is_char_boundary(end)).unwrap_or(0);
    text.get(..end).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_kept_once() {
        let mut names = Names::default();
        let (a, b) = (names.of("a"), names.of("b"));
        assert_eq!((names.of("a"), names.text(b), names.len()), (a, "b", 3));
        assert!(names.of("").is_empty() && !a.is_empty());
        assert_eq!(names.text(Name(99)), "");
    }

    #[test]
    fn long_texts_are_cut_at_a_character() {
        assert_eq!(cut("aé", 2), "a");
        assert_eq!(cut("aé", 3), "aé");
        let mut names = Names::default();
        let long = names.of(&"é".repeat(LONGEST));
        assert_eq!(names.text(long).len(), LONGEST);
    }
}
