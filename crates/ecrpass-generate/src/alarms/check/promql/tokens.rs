//! An expression as tokens. Source: Prometheus `promql/parser/lex.go`.

use std::ops::Range;

/// What a token is.
#[derive(Clone, Debug, PartialEq)]
pub enum Kind {
    Name(String),
    Text(String),
    Number(f64),
    Sign(String),
}

/// A token and its bytes.
#[derive(Clone, Debug)]
pub struct Token {
    pub kind: Kind,
    pub bytes: Range<usize>,
}

impl Token {
    pub fn is(&self, sign: &str) -> bool {
        matches!(&self.kind, Kind::Sign(found) if found == sign)
    }

    pub fn name(&self) -> Option<&str> {
        match &self.kind {
            Kind::Name(name) => Some(name),
            _ => None,
        }
    }
}

/// The tokens of a text; what is none is passed over.
pub fn tokens(text: &str) -> Vec<Token> {
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(character) = text.get(at..).and_then(|rest| rest.chars().next()) {
        let rest = text.get(at..).unwrap_or_default();
        let (length, kind) = match character {
            '#' => (rest.find('\n').unwrap_or(rest.len()), None),
            '"' | '\'' | '`' => {
                let (length, content) = quoted(rest, character);
                (length, Some(Kind::Text(content)))
            }
            c if c.is_ascii_alphabetic() || c == '_' || c == ':' => {
                let length = rest.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_' || c == ':'));
                let length = length.unwrap_or(rest.len());
                (length, Some(Kind::Name(rest.get(..length).unwrap_or_default().to_owned())))
            }
            c if c.is_ascii_digit() => {
                let length =
                    rest.find(|c: char| !(c.is_ascii_alphanumeric() || c == '.')).unwrap_or(rest.len());
                let number = rest.get(..length).and_then(|number| number.parse().ok());
                (length, Some(number.map_or(Kind::Sign("duration".to_owned()), Kind::Number)))
            }
            c if c.is_whitespace() => (c.len_utf8(), None),
            c => {
                let two =
                    ["==", "!=", "=~", "!~", ">=", "<="].into_iter().find(|sign| rest.starts_with(sign));
                let sign = two.map_or_else(|| c.to_string(), str::to_owned);
                (sign.len(), Some(Kind::Sign(sign)))
            }
        };
        let length = length.max(1);
        if let Some(kind) = kind {
            found.push(Token { kind, bytes: at..at + length });
        }
        at += length;
    }
    found
}

/// A string and its length with the quotes; backslashes are kept where they are no escape of the quote.
fn quoted(rest: &str, quote: char) -> (usize, String) {
    let mut content = String::new();
    let mut characters = rest.char_indices().skip(1);
    while let Some((at, character)) = characters.next() {
        if character == quote {
            return (at + 1, content);
        }
        if character == '\\' && quote != '`' {
            if let Some((_, escaped)) = characters.next() {
                content.push(escaped);
            }
            continue;
        }
        content.push(character);
    }
    (rest.len(), content)
}
