//! A value as far as it can be known from the files: unknown is not wrong.
//!
//! What is only known at run time stands in a text as a hole, `${NAME}`, `${{ expression }}` or `$(command)`:
//! `${REGISTRY}/app:${{ github.sha }}`. So the host of an image is known although its tag is not.

/// The most values that a value is followed through; with more it is unknown.
const MAX_ALTERNATIVES: usize = 64;

/// The hole of which not even a name is known: it is never the same as another one.
const NAMELESS: &str = "${?}";

/// Stands behind `$(` where that was quoted: a text about a command, whose output it is not. Invisible where it is shown.
const QUOTED: char = '\u{2060}';

/// A value of a pipeline, a script or a template.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Known {
    /// It is this, on every run.
    Exactly(String),
    /// It is one of these: a matrix, a loop, branches. They may have holes.
    OneOf(Vec<String>),
    /// It is made at run time: a text with holes. Two values with the same text are the same.
    Made(String),
    /// Nothing is known.
    Unknown,
}

impl Known {
    /// A value that is only known by its name.
    pub fn named(name: &str) -> Self {
        Self::Made(format!("${{{name}}}"))
    }

    /// One of these texts, which may have holes.
    pub fn one_of(texts: impl IntoIterator<Item = String>) -> Self {
        let mut all: Vec<String> = Vec::new();
        for text in texts {
            if !all.contains(&text) {
                all.push(text);
            }
            if all.len() > MAX_ALTERNATIVES {
                return Self::Unknown;
            }
        }
        match all.as_slice() {
            [] => Self::Unknown,
            [text] if text == NAMELESS => Self::Unknown,
            [text] if has_hole(text) => Self::Made(text.clone()),
            [text] => Self::Exactly(text.clone()),
            _ => Self::OneOf(all),
        }
    }

    /// One of these values.
    pub fn any<'a>(values: impl IntoIterator<Item = &'a Self>) -> Self {
        Self::one_of(
            values.into_iter().flat_map(|value| value.alternatives().map(str::to_owned).collect::<Vec<_>>()),
        )
    }

    /// These values one after the other.
    pub fn concat<'a>(parts: impl IntoIterator<Item = &'a Self>) -> Self {
        let mut texts = vec![String::new()];
        for part in parts {
            let alternatives: Vec<&str> = part.alternatives().collect();
            if texts.len() * alternatives.len() > MAX_ALTERNATIVES {
                return Self::Unknown;
            }
            if let [only] = alternatives.as_slice() {
                texts.iter_mut().for_each(|text| text.push_str(only));
            } else {
                texts = texts
                    .iter()
                    .flat_map(|text| alternatives.iter().map(move |more| format!("{text}{more}")))
                    .collect();
            }
        }
        Self::one_of(texts)
    }

    /// All texts it may be, with their holes.
    pub fn alternatives(&self) -> impl Iterator<Item = &str> {
        let (one, many): (Option<&str>, &[String]) = match self {
            Self::Exactly(text) | Self::Made(text) => (Some(text), &[]),
            Self::OneOf(texts) => (None, texts),
            Self::Unknown => (Some(NAMELESS), &[]),
        };
        one.into_iter().chain(many.iter().map(String::as_str))
    }

    /// The value, if there is only one.
    pub fn exactly(&self) -> Option<&str> {
        let mut alternatives = self.alternatives();
        let first = alternatives.next().filter(|text| !has_hole(text));
        if alternatives.next().is_some() { None } else { first }
    }

    /// Whether something may be known of it.
    pub fn is_unknown(&self) -> bool {
        *self == Self::Unknown
    }

    /// Whether the two cannot be equal on any run.
    pub fn contradicts(&self, other: &Self) -> bool {
        let is_open = |known: &Self| known.alternatives().any(has_hole);
        !is_open(self)
            && !is_open(other)
            && !self.alternatives().any(|mine| other.alternatives().any(|their| mine == their))
    }

    /// Each text it may be through a function of it: the host of an image.
    pub fn map(&self, change: impl Fn(&str) -> String) -> Self {
        Self::one_of(self.alternatives().map(change))
    }
}

/// Whether something of a text is only known at run time.
pub fn has_hole(text: &str) -> bool {
    text.contains("${") || text.contains("$(")
}

/// A text that was quoted, as a value's: each `$(command …)` in it is marked as a mere text. `$(NAME)` may still be a
/// variable of the CI system, which puts it in before any shell looks at quotes.
pub fn quoted(text: &str) -> String {
    let mut marked = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, behind)) = rest.split_once("$(") {
        marked.push_str(before);
        marked.push_str("$(");
        let is_command = behind
            .find([' ', '$', ')', '\n'])
            .is_some_and(|at| behind.get(at..).is_some_and(|from| from.starts_with([' ', '$'])));
        if is_command && !behind.starts_with(QUOTED) {
            marked.push(QUOTED);
        }
        rest = behind;
    }
    marked.push_str(rest);
    marked
}

/// Whether the output of a command begins in a text: a `$(` that was not quoted.
pub fn begins_output(text: &str) -> bool {
    text.split("$(").skip(1).any(|inside| !inside.starts_with(QUOTED))
}

/// The byte of the first of these characters outside of holes.
pub fn find_outside_holes(text: &str, wanted: &[char]) -> Option<usize> {
    let mut depth = 0_usize;
    let mut before = '\0';
    for (at, character) in text.char_indices() {
        match character {
            '{' | '(' if before == '$' || depth > 0 => depth += 1,
            '}' | ')' if depth > 0 => depth -= 1,
            _ if depth == 0 && wanted.contains(&character) => return Some(at),
            _ => {}
        }
        before = character;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn exactly(text: &str) -> Known {
        Known::Exactly(text.to_owned())
    }

    #[test]
    fn holes_leave_the_rest_known() {
        let image = Known::concat([&exactly("host/app:"), &Known::named("SHA")]);
        assert_eq!(image, Known::Made("host/app:${SHA}".to_owned()));
        assert_eq!(image.exactly(), None);
        assert_eq!(Known::concat([&exactly("a"), &exactly("b")]), exactly("ab"));
        assert_eq!(Known::concat([&Known::Unknown]), Known::Unknown);
    }

    #[test]
    fn only_disjoint_values_contradict() {
        let regions = Known::one_of(["a".to_owned(), "b".to_owned()]);
        assert!(regions.contradicts(&exactly("c")));
        assert!(!regions.contradicts(&exactly("b")));
        assert!(!exactly("a").contradicts(&Known::named("X")));
        assert!(!exactly("a").contradicts(&Known::Unknown));
        let hosts = Known::concat([&exactly("x."), &regions]);
        assert_eq!(hosts, Known::one_of(["x.a".to_owned(), "x.b".to_owned()]));
    }

    #[test]
    fn too_many_alternatives_are_unknown() {
        let digits = Known::one_of((0..10).map(|digit| digit.to_string()));
        assert_eq!(Known::concat([&digits, &digits]), Known::Unknown);
    }

    #[test]
    fn what_is_quoted_is_no_output() {
        let text = quoted("a $(b c) $(NAME)");
        assert!(has_hole(&text));
        assert_eq!(find_outside_holes(&text, &['c', 'N']), None);
        assert!(!begins_output(&quoted("a $(b c")));
        assert!(begins_output(&text), "the CI system may put it in");
        assert_eq!(quoted("a $b ${c} (d)"), "a $b ${c} (d)");
        // The outer one may hold another one.
        assert!(!begins_output(&quoted("$($(b c))")));
    }

    #[test]
    fn holes_hide_what_is_in_them() {
        assert_eq!(find_outside_holes("${a/b}/c", &['/']), Some(6));
        assert_eq!(find_outside_holes("$(cat a/b)${{ c/d }}/e", &['/']), Some(20));
        assert_eq!(find_outside_holes("${a/b", &['/']), None);
        assert_eq!(find_outside_holes("a{/", &['/']), Some(2));
    }
}
