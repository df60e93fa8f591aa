//! Patterns with wildcards: ecrpass's own configuration knows `*`, IAM policies know `*` and `?`.

/// Whether `text` matches `pattern`, where `*` stands for any run of characters.
pub fn matches(pattern: &str, text: &str) -> bool {
    Pattern::stars(pattern).matches(text)
}

/// A pattern, ready to be compared with many texts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Pattern(Vec<Token>);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Token {
    /// This character.
    Character(char),
    /// Any one character.
    One,
    /// Any run of characters, none included.
    Run,
}

impl Pattern {
    /// A pattern in which only `*` is a wildcard.
    pub fn stars(text: &str) -> Self {
        let mut pattern = Self::default();
        for c in text.chars() {
            pattern.push(if c == '*' { Token::Run } else { Token::Character(c) });
        }
        pattern
    }

    /// A pattern as IAM writes it: `*` is any run of characters, `?` any one.
    pub fn iam(text: &str) -> Self {
        let mut pattern = Self::default();
        pattern.push_iam(text);
        pattern
    }

    /// A pattern that only this text matches.
    pub fn literal(text: &str) -> Self {
        let mut pattern = Self::default();
        pattern.push_literal(text);
        pattern
    }

    /// Appends a part in which `*` and `?` are wildcards.
    pub fn push_iam(&mut self, text: &str) {
        for c in text.chars() {
            self.push(match c {
                '*' => Token::Run,
                '?' => Token::One,
                c => Token::Character(c),
            });
        }
    }

    /// Appends a part in which nothing is a wildcard.
    pub fn push_literal(&mut self, text: &str) {
        self.0.extend(text.chars().map(Token::Character));
    }

    /// Two runs in a row say no more than one.
    fn push(&mut self, token: Token) {
        if !(token == Token::Run && self.0.last() == Some(&Token::Run)) {
            self.0.push(token);
        }
    }

    /// Whether every text matches.
    pub fn is_everything(&self) -> bool {
        self.0 == [Token::Run]
    }

    /// Whether all of `text` matches.
    ///
    /// One place to go back to is enough: what the latest run of characters took can only grow, so a pattern takes at
    /// most as many steps as its length times the text's.
    pub fn matches(&self, text: &str) -> bool {
        let mut tokens = self.0.as_slice();
        let mut rest = text.chars();
        let mut retry = None;
        loop {
            let before = rest.clone();
            match (tokens.split_first(), rest.next()) {
                (Some((Token::Run, [])), _) => return true,
                (Some((Token::Run, after)), _) => {
                    rest = before;
                    tokens = after;
                    retry = Some((tokens, rest.clone()));
                    continue;
                }
                (Some((Token::One, after)), Some(_)) => {
                    tokens = after;
                    continue;
                }
                (Some((Token::Character(wanted), after)), Some(c)) if *wanted == c => {
                    tokens = after;
                    continue;
                }
                (None, None) => return true,
                // The text is used up, and more of it would be needed.
                (Some(_), None) => return false,
                _ => {}
            }
            let Some((after_run, longer)) = &mut retry else { return false };
            if longer.next().is_none() {
                return false;
            }
            tokens = after_run;
            rest = longer.clone();
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn patterns_match_whole_texts() {
        for (pattern, text, expected) in [
            ("*", "", true),
            ("ecr:*", "ecr:PutImage", true),
            ("ecr:*", "sts:AssumeRole", false),
            ("team/*", "team/app", true),
            ("team/*", "teams/app", false),
            ("a*b*c", "aXbYc", true),
            ("a*b*c", "aXbY", false),
            ("a*bc", "abc", true),
            ("ab*b", "ab", false),
            ("app", "app2", false),
            ("a?c", "abc", false),
            ("a?c", "a?c", true),
        ] {
            assert_eq!(matches(pattern, text), expected, "{pattern} {text}");
        }
    }

    #[test]
    fn iam_knows_one_character_too() {
        for (pattern, text, expected) in [
            ("a?c", "abc", true),
            ("a?c", "ac", false),
            ("?", "ä", true),
            ("a?", "a", false),
            ("*?", "", false),
            ("*?", "x", true),
            ("a*?c", "abc", true),
            ("**", "", true),
        ] {
            assert_eq!(Pattern::iam(pattern).matches(text), expected, "{pattern} {text}");
        }
        let mut pattern = Pattern::iam("users/");
        pattern.push_literal("*");
        pattern.push_iam("/*");
        assert!(pattern.matches("users/*/app"));
        assert!(!pattern.matches("users/alice/app"));
        assert!(Pattern::iam("***").is_everything());
    }

    /// The definition, tried in every way.
    fn by_definition(pattern: &[char], text: &[char]) -> bool {
        match pattern.split_first() {
            None => text.is_empty(),
            Some(('*', after)) => (0..=text.len()).any(|taken| by_definition(after, &text[taken..])),
            Some((wanted, after)) => text
                .split_first()
                .is_some_and(|(c, rest)| (*wanted == '?' || wanted == c) && by_definition(after, rest)),
        }
    }

    proptest! {
        #[test]
        fn matching_is_as_defined(pattern in "[ab*?]{0,8}", text in "[ab*]{0,8}") {
            let chars = |text: &str| text.chars().collect::<Vec<_>>();
            prop_assert_eq!(
                Pattern::iam(&pattern).matches(&text), by_definition(&chars(&pattern), &chars(&text))
            );
            prop_assert!(Pattern::literal(&pattern).matches(&pattern));
        }
    }
}
