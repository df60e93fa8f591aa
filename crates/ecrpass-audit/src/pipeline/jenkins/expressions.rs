//! Expressions of Groovy, as far as they are followed.

use crate::pipeline::jenkins::parser::{MAX_DEPTH, Parser};
use crate::pipeline::jenkins::tokens::Token;
use crate::pipeline::jenkins::tree::Value;

impl Parser {
    pub(super) fn value(&mut self) -> Value {
        self.depth += 1;
        let value = if self.depth > MAX_DEPTH { Value::Other } else { self.sum() };
        self.depth -= 1;
        value
    }

    fn sum(&mut self) -> Value {
        let mut parts = vec![self.primary()];
        loop {
            match self.peek() {
                Some(Token::Mark('+')) => {
                    self.at += 1;
                    self.skip_breaks();
                    parts.push(self.primary());
                }
                // Something that is not followed: `a ? b : c`, `a == b`, `x as String`.
                Some(Token::Mark('?' | '=' | '!' | '<' | '>' | '&' | '|' | '*' | '-' | '%' | '/')) => {
                    self.at += 1;
                    self.skip_breaks();
                    self.value();
                    if self.take(':') {
                        self.value();
                    }
                    return Value::Other;
                }
                _ => break,
            }
        }
        match <[Value; 1]>::try_from(parts) {
            Ok([only]) => only,
            Err(parts) => Value::Sum(parts),
        }
    }

    fn primary(&mut self) -> Value {
        let Some((token, bytes)) = self.tokens.get(self.at).cloned() else { return Value::Other };
        match token {
            Token::Text { passage, interpolated } => {
                self.at += 1;
                // `'x'.trim()`
                self.then();
                Value::Text { passage, interpolated, bytes }
            }
            Token::Number(number) => {
                self.at += 1;
                Value::Name(number)
            }
            Token::Name(word) if word == "new" => {
                self.at += 1;
                Value::Other
            }
            Token::Name(_) => {
                let Some(name) = self.path() else { return Value::Other };
                match self.call(name.clone(), bytes.start, false) {
                    Some(call) => Value::Call(Box::new(call)),
                    None => {
                        self.subscripts();
                        Value::Name(name)
                    }
                }
            }
            Token::Mark('[') => {
                self.at += 1;
                let items = self.arguments(']');
                Value::List(items)
            }
            Token::Mark('(') => {
                self.at += 1;
                self.skip_breaks();
                let value = self.value();
                self.skip_breaks();
                self.take(')');
                self.then();
                value
            }
            Token::Mark('{') => self.block().map_or(Value::Other, Value::Block),
            Token::Mark(_) => {
                // `$class: 'X'` begins with a name; what is left is an operator in front.
                if !matches!(token, Token::Mark(')' | ']' | '}' | ',')) {
                    self.at += 1;
                    self.value();
                }
                Value::Other
            }
            Token::Break => Value::Other,
        }
    }

    /// `x[0]`
    fn subscripts(&mut self) {
        while self.take('[') {
            self.arguments(']');
        }
    }
}
