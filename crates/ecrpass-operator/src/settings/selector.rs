//! Label selectors, as kubectl writes them: `a=b,c!=d,e in (x, y),f notin (z),g,!h`.

use std::collections::BTreeMap;
use std::iter::Peekable;
use std::str::Chars;

/// Conditions that all have to be met.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Selector(Vec<Requirement>);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Requirement {
    Exists(String),
    Absent(String),
    In(String, Vec<String>),
    /// Met by an object without the label, too.
    NotIn(String, Vec<String>),
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Token {
    Word(String),
    Comma,
    Open,
    Close,
    Not,
    Equal,
    NotEqual,
}

impl Selector {
    /// Reads a selector.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn parse(text: &str) -> Result<Self, String> {
        let mut tokens = tokens(text)?.into_iter().peekable();
        let mut requirements = Vec::new();
        loop {
            requirements.push(requirement(&mut tokens)?);
            match tokens.next() {
                None => return Ok(Self(requirements)),
                Some(Token::Comma) => {}
                Some(other) => return Err(format!("{} where a comma should be", shown(Some(&other)))),
            }
        }
    }

    /// Whether labels meet all of it.
    pub fn matches(&self, labels: &BTreeMap<String, String>) -> bool {
        self.0.iter().all(|requirement| match requirement {
            Requirement::Exists(key) => labels.contains_key(key),
            Requirement::Absent(key) => !labels.contains_key(key),
            Requirement::In(key, values) => labels.get(key).is_some_and(|value| values.contains(value)),
            Requirement::NotIn(key, values) => !labels.get(key).is_some_and(|value| values.contains(value)),
        })
    }
}

fn tokens(text: &str) -> Result<Vec<Token>, String> {
    let mut chars = text.chars().peekable();
    let mut tokens = Vec::new();
    while let Some(c) = chars.next() {
        tokens.push(match c {
            ' ' | '\t' => continue,
            ',' => Token::Comma,
            '(' => Token::Open,
            ')' => Token::Close,
            '!' if chars.next_if_eq(&'=').is_some() => Token::NotEqual,
            '!' => Token::Not,
            '=' => {
                chars.next_if_eq(&'=');
                Token::Equal
            }
            c if is_of_word(c) => Token::Word(word(c, &mut chars)),
            c => return Err(format!("`{c}` is in no label")),
        });
    }
    Ok(tokens)
}

fn is_of_word(c: char) -> bool {
    c.is_ascii_alphanumeric() || "-_./".contains(c)
}

fn word(first: char, chars: &mut Peekable<Chars<'_>>) -> String {
    let mut word = String::from(first);
    while let Some(c) = chars.next_if(|&c| is_of_word(c)) {
        word.push(c);
    }
    word
}

type Tokens = Peekable<std::vec::IntoIter<Token>>;

fn requirement(tokens: &mut Tokens) -> Result<Requirement, String> {
    if tokens.next_if_eq(&Token::Not).is_some() {
        return Ok(Requirement::Absent(key(tokens)?));
    }
    let key = key(tokens)?;
    if tokens.next_if_eq(&Token::Equal).is_some() {
        return Ok(Requirement::In(key, vec![value(tokens)?]));
    }
    if tokens.next_if_eq(&Token::NotEqual).is_some() {
        return Ok(Requirement::NotIn(key, vec![value(tokens)?]));
    }
    let is_operator = |token: &Token| matches!(token, Token::Word(word) if word == "in" || word == "notin");
    let Some(operator) = tokens.next_if(is_operator) else { return Ok(Requirement::Exists(key)) };
    let values = values(tokens)?;
    Ok(match operator {
        Token::Word(word) if word == "in" => Requirement::In(key, values),
        _ => Requirement::NotIn(key, values),
    })
}

fn key(tokens: &mut Tokens) -> Result<String, String> {
    let key = match tokens.next() {
        Some(Token::Word(key)) => key,
        other => return Err(format!("{} where a label's name should be", shown(other.as_ref()))),
    };
    let (prefix, name) =
        key.rsplit_once('/').map_or((None, key.as_str()), |(prefix, name)| (Some(prefix), name));
    let is_prefix = |prefix: &str| !prefix.is_empty() && prefix.len() <= 253 && !prefix.contains(['/', '_']);
    if !is_value(name) || name.is_empty() || prefix.is_some_and(|prefix| !is_prefix(prefix)) {
        return Err(format!("`{key}` is no label's name"));
    }
    Ok(key)
}

/// A value, which may be empty.
fn value(tokens: &mut Tokens) -> Result<String, String> {
    match tokens.next_if(|token| matches!(token, Token::Word(_))) {
        Some(Token::Word(value)) if is_value(&value) => Ok(value),
        Some(Token::Word(value)) => Err(format!("`{value}` is no label's value")),
        _ => Ok(String::new()),
    }
}

/// Source: Kubernetes, "Labels and Selectors", syntax and character set.
fn is_value(text: &str) -> bool {
    let is_edge = |c: Option<char>| c.is_none_or(|c| c.is_ascii_alphanumeric());
    text.len() <= 63
        && !text.contains('/')
        && is_edge(text.chars().next())
        && is_edge(text.chars().next_back())
}

fn values(tokens: &mut Tokens) -> Result<Vec<String>, String> {
    if tokens.next_if_eq(&Token::Open).is_none() {
        return Err(format!("{} where `(` should be", shown(tokens.peek())));
    }
    let mut values = Vec::new();
    loop {
        values.push(value(tokens)?);
        match tokens.next() {
            Some(Token::Comma) => {}
            Some(Token::Close) => return Ok(values),
            other => return Err(format!("{} where `)` should be", shown(other.as_ref()))),
        }
    }
}

fn shown(token: Option<&Token>) -> String {
    match token {
        None => "the end".to_owned(),
        Some(Token::Word(word)) => format!("`{word}`"),
        Some(Token::Comma) => "`,`".to_owned(),
        Some(Token::Open) => "`(`".to_owned(),
        Some(Token::Close) => "`)`".to_owned(),
        Some(Token::Not) => "`!`".to_owned(),
        Some(Token::Equal) => "`=`".to_owned(),
        Some(Token::NotEqual) => "`!=`".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn labels(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
        pairs.iter().map(|&(key, value)| (key.to_owned(), value.to_owned())).collect()
    }

    #[test]
    fn selectors_mean_what_kubectl_says() {
        let shop = labels(&[("env", "prod"), ("team", "shop"), ("a.b/c", "")]);
        for (selector, expected) in [
            ("env=prod", true),
            ("env==prod", true),
            ("env = prod , team=shop", true),
            ("env=dev", false),
            ("env!=dev", true),
            ("other!=dev", true),
            ("env in (dev, prod)", true),
            ("env in (dev)", false),
            ("env notin (dev)", true),
            ("other notin (dev)", true),
            ("env notin (dev,prod)", false),
            ("team", true),
            ("!team", false),
            ("! other", true),
            ("a.b/c=", true),
            ("a.b/c,env", true),
            ("in", false),
            ("notin in (a)", false),
        ] {
            assert_eq!(Selector::parse(selector).unwrap().matches(&shop), expected, "{selector}");
        }
    }

    #[test]
    fn what_is_none_is_refused() {
        for (selector, why) in [
            ("", "the end where a label's name should be"),
            ("a=b,", "the end where a label's name should be"),
            ("=b", "`=` where a label's name should be"),
            ("a b", "`b` where a comma should be"),
            ("a in b", "`b` where `(` should be"),
            ("a in (b", "the end where `)` should be"),
            ("a=-b", "`-b` is no label's value"),
            ("a/b/c", "`a/b/c` is no label's name"),
            ("-a", "`-a` is no label's name"),
            ("a=b;c", "`;` is in no label"),
            ("ä=b", "`ä` is in no label"),
        ] {
            assert_eq!(Selector::parse(selector).unwrap_err(), why, "{selector}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_answered(text in "[a-c =!,()/-]{0,20}") {
            let _ = Selector::parse(&text);
        }

        #[test]
        fn a_requirement_and_its_opposite_never_agree(value in "[a-c]", there in "[a-c]?") {
            let labels = if there.is_empty() { BTreeMap::new() } else { labels(&[("k", &there)]) };
            for (one, other) in [
                (format!("k={value}"), format!("k!={value}")),
                (format!("k in ({value},z)"), format!("k notin (z,{value})")),
                ("k".to_owned(), "!k".to_owned()),
            ] {
                let of = |text: &str| Selector::parse(text).unwrap().matches(&labels);
                prop_assert_ne!(of(&one), of(&other));
            }
        }
    }
}
