//! Reads Groovy's tokens as statements. What it does not know it steps over, token by token, so that it always ends.

use std::ops::Range;

use crate::pipeline::jenkins::tokens::{self, Token};
use crate::pipeline::jenkins::tree::{Argument, Call, Statement};

/// How deep things may be nested.
pub(super) const MAX_DEPTH: usize = 80;

/// Words in front of a name that declare it.
const DECLARATIONS: [&str; 8] = ["def", "final", "String", "static", "boolean", "int", "private", "var"];

/// The statements of a text.
pub(super) fn read(text: &str) -> Vec<Statement> {
    let mut parser = Parser { tokens: tokens::of(text), at: 0, depth: 0 };
    let mut all = Vec::new();
    while parser.at < parser.tokens.len() {
        let before = parser.at;
        all.extend(parser.statements());
        // A brace too many.
        if parser.at == before || parser.at < parser.tokens.len() {
            parser.at += 1;
        }
    }
    all
}

pub(super) struct Parser {
    pub(super) tokens: Vec<(Token, Range<usize>)>,
    pub(super) at: usize,
    pub(super) depth: usize,
}

impl Parser {
    pub(super) fn peek(&self) -> Option<&Token> {
        self.tokens.get(self.at).map(|(token, _)| token)
    }

    fn second(&self) -> Option<&Token> {
        self.tokens.get(self.at + 1).map(|(token, _)| token)
    }

    fn is(&self, mark: char) -> bool {
        matches!(self.peek(), Some(Token::Mark(other)) if *other == mark)
    }

    pub(super) fn take(&mut self, mark: char) -> bool {
        let is = self.is(mark);
        self.at += usize::from(is);
        is
    }

    pub(super) fn skip_breaks(&mut self) {
        while matches!(self.peek(), Some(Token::Break)) {
            self.at += 1;
        }
    }

    fn start(&self) -> usize {
        self.tokens.get(self.at).map_or(0, |(_, bytes)| bytes.start)
    }

    /// The end of the last token taken.
    fn end(&self) -> usize {
        self.at.checked_sub(1).and_then(|at| self.tokens.get(at)).map_or(0, |(_, bytes)| bytes.end)
    }

    /// Statements up to a closing brace, which stays.
    fn statements(&mut self) -> Vec<Statement> {
        let mut all = Vec::new();
        self.depth += 1;
        while let Some(token) = self.peek() {
            if matches!(token, Token::Mark('}')) {
                break;
            }
            if self.depth > MAX_DEPTH {
                self.at += 1;
                continue;
            }
            let before = self.at;
            all.extend(self.statement());
            if self.at == before {
                self.at += 1;
            }
        }
        self.depth -= 1;
        all
    }

    /// `{ … }` here.
    pub(super) fn block(&mut self) -> Option<Vec<Statement>> {
        if !self.take('{') {
            return None;
        }
        // `{ name, other -> … }`
        let mut ahead = self.at;
        while let Some((Token::Name(_) | Token::Mark(',') | Token::Break, _)) = self.tokens.get(ahead) {
            ahead += 1;
        }
        if matches!(self.tokens.get(ahead), Some((Token::Mark('-'), _)))
            && matches!(self.tokens.get(ahead + 1), Some((Token::Mark('>'), _)))
        {
            self.at = ahead + 2;
        }
        let statements = self.statements();
        self.take('}');
        Some(statements)
    }

    fn statement(&mut self) -> Option<Statement> {
        match self.peek()? {
            Token::Mark('{') => {
                let statements = self.block()?;
                Some(Statement::Block { statements, conditional: false, never: false })
            }
            Token::Name(name) => match name.as_str() {
                "if" | "while" | "for" | "switch" | "catch" => {
                    self.at += 1;
                    Some(self.controlled())
                }
                "else" | "try" | "finally" | "do" => {
                    let conditional = name == "else";
                    self.at += 1;
                    let statements = self.body();
                    Some(Statement::Block { statements, conditional, never: false })
                }
                "import" | "package" | "@Library" => {
                    self.skip_line();
                    None
                }
                "return" => {
                    self.at += 1;
                    None
                }
                word if DECLARATIONS.contains(&word) && matches!(self.second(), Some(Token::Name(_))) => {
                    self.at += 1;
                    None
                }
                _ => self.named(),
            },
            // `@Library('x') _`
            Token::Mark('@') => {
                self.skip_line();
                None
            }
            _ => {
                self.at += 1;
                None
            }
        }
    }

    fn skip_line(&mut self) {
        while !matches!(self.peek(), None | Some(Token::Break)) {
            self.at += 1;
        }
    }

    /// `(condition) body`
    fn controlled(&mut self) -> Statement {
        let from = self.at;
        if self.is('(') {
            self.skip_parentheses();
        }
        let condition: Vec<&Token> =
            self.tokens.get(from..self.at).unwrap_or_default().iter().map(|(token, _)| token).collect();
        let never = matches!(condition.as_slice(), [_, Token::Name(word), _] if word == "false");
        let statements = self.body();
        Statement::Block { statements, conditional: true, never }
    }

    fn skip_parentheses(&mut self) {
        let mut depth = 0_usize;
        while let Some(token) = self.peek() {
            match token {
                Token::Mark('(') => depth += 1,
                Token::Mark(')') => depth -= 1,
                _ => {}
            }
            self.at += 1;
            if depth == 0 {
                break;
            }
        }
    }

    /// A block or one statement.
    fn body(&mut self) -> Vec<Statement> {
        self.skip_breaks();
        match self.block() {
            Some(statements) => statements,
            None if self.depth < MAX_DEPTH => {
                self.depth += 1;
                let statement = self.statement().into_iter().collect();
                self.depth -= 1;
                statement
            }
            None => Vec::new(),
        }
    }

    /// A statement that begins with a name: an assignment or a call.
    fn named(&mut self) -> Option<Statement> {
        let start = self.start();
        let name = self.path()?;
        if self.is('=') && !matches!(self.second(), Some(Token::Mark('='))) {
            self.at += 1;
            self.skip_breaks();
            let value = self.value();
            return Some(Statement::Set { name, value, bytes: start..self.end() });
        }
        self.call(name, start, true).map(Statement::Call)
    }

    /// `a.b.c`
    pub(super) fn path(&mut self) -> Option<String> {
        let Some(Token::Name(first)) = self.peek() else { return None };
        let mut name = first.clone();
        self.at += 1;
        loop {
            let mut ahead = self.at;
            // `?.`, and a chain that goes on in the next line.
            while matches!(self.tokens.get(ahead), Some((Token::Mark('?') | Token::Break, _)))
                && matches!(self.tokens.get(ahead + 1), Some((Token::Mark('.') | Token::Break, _)))
            {
                ahead += 1;
            }
            if !matches!(self.tokens.get(ahead), Some((Token::Mark('.'), _))) {
                return Some(name);
            }
            let Some((Token::Name(next), _)) = self.tokens.get(ahead + 1) else { return Some(name) };
            name.push('.');
            name.push_str(next);
            self.at = ahead + 2;
        }
    }

    /// What follows a name that is called; nothing if it is not called. Without parentheses only a statement is a call.
    pub(super) fn call(&mut self, name: String, start: usize, is_statement: bool) -> Option<Call> {
        let mut arguments = Vec::new();
        let mut is_call = false;
        if self.take('(') {
            arguments = self.arguments(')');
            is_call = true;
        } else if is_statement && self.begins_argument() {
            arguments = self.arguments_of_line();
            is_call = true;
        }
        let block = if self.is('{') { self.block() } else { None };
        if !is_call && block.is_none() {
            return None;
        }
        let bytes = start..self.end();
        let then = self.then();
        Some(Call { name, bytes, arguments, block, then })
    }

    /// `.trim()` behind a call.
    pub(super) fn then(&mut self) -> Option<Box<Call>> {
        let mut ahead = self.at;
        while matches!(self.tokens.get(ahead), Some((Token::Break, _))) {
            ahead += 1;
        }
        if !matches!(self.tokens.get(ahead), Some((Token::Mark('.'), _))) || self.depth > MAX_DEPTH {
            return None;
        }
        self.at = ahead + 1;
        let start = self.start();
        let name = self.path()?;
        self.depth += 1;
        let call = self.call(name, start, false);
        self.depth -= 1;
        call.map(Box::new)
    }

    /// Whether an argument without parentheses begins here.
    fn begins_argument(&self) -> bool {
        match self.peek() {
            Some(Token::Text { .. } | Token::Number(_)) => true,
            Some(Token::Name(name)) => !matches!(name.as_str(), "in" | "as" | "instanceof"),
            Some(Token::Mark('[')) => true,
            _ => false,
        }
    }

    fn arguments_of_line(&mut self) -> Vec<Argument> {
        let mut arguments = Vec::new();
        loop {
            arguments.push(self.argument());
            if !self.take(',') {
                return arguments;
            }
            self.skip_breaks();
        }
    }

    /// Arguments up to a closing mark, which is taken.
    pub(super) fn arguments(&mut self, close: char) -> Vec<Argument> {
        let mut arguments = Vec::new();
        loop {
            self.skip_breaks();
            if self.peek().is_none() || self.take(close) {
                return arguments;
            }
            let before = self.at;
            if !self.take(',') {
                arguments.push(self.argument());
            }
            if self.at == before {
                self.at += 1;
            }
        }
    }

    fn argument(&mut self) -> Argument {
        let start = self.start();
        let name = match (self.peek(), self.second()) {
            (Some(Token::Name(name)), Some(Token::Mark(':'))) => Some(name.clone()),
            (Some(Token::Text { passage, .. }), Some(Token::Mark(':'))) => Some(passage.text().to_owned()),
            _ => None,
        };
        if name.is_some() {
            self.at += 2;
            self.skip_breaks();
        }
        let value = self.value();
        Argument { name, value, bytes: start..self.end().max(start) }
    }
}

#[cfg(test)]
#[path = "parser_tests.rs"]
mod tests;
