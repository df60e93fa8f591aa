//! Reads Groovy's tokens as statements. What it does not know it steps over, token by token, so that it always ends.

use std::ops::Range;

use crate::pipeline::jenkins::tokens::{self, Token};
use crate::pipeline::jenkins::tree::{Argument, Call, Statement, Value};

/// How deep things may be nested.
const MAX_DEPTH: usize = 80;

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

struct Parser {
    tokens: Vec<(Token, Range<usize>)>,
    at: usize,
    depth: usize,
}

impl Parser {
    fn peek(&self) -> Option<&Token> {
        self.tokens.get(self.at).map(|(token, _)| token)
    }

    fn second(&self) -> Option<&Token> {
        self.tokens.get(self.at + 1).map(|(token, _)| token)
    }

    fn is(&self, mark: char) -> bool {
        matches!(self.peek(), Some(Token::Mark(other)) if *other == mark)
    }

    fn take(&mut self, mark: char) -> bool {
        let is = self.is(mark);
        self.at += usize::from(is);
        is
    }

    fn skip_breaks(&mut self) {
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
    fn block(&mut self) -> Option<Vec<Statement>> {
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
        let condition: Vec<&Token> = self.tokens.get(from..self.at).unwrap_or_default().iter().map(|(token, _)| token).collect();
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
    fn path(&mut self) -> Option<String> {
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
    fn call(&mut self, name: String, start: usize, is_statement: bool) -> Option<Call> {
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
    fn then(&mut self) -> Option<Box<Call>> {
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
    fn arguments(&mut self, close: char) -> Vec<Argument> {
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

    fn value(&mut self) -> Value {
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

#[cfg(test)]
mod tests {
    use super::*;

    fn names(statements: &[Statement], found: &mut Vec<String>) {
        for statement in statements {
            match statement {
                Statement::Call(call) => {
                    found.push(call.name.clone());
                    names(call.block.as_deref().unwrap_or_default(), found);
                    for argument in &call.arguments {
                        if let Value::Block(block) = &argument.value {
                            names(block, found);
                        }
                    }
                }
                Statement::Set { name, .. } => found.push(format!("{name}=")),
                Statement::Block { statements, .. } => names(statements, found),
            }
        }
    }

    #[test]
    fn calls_and_blocks_are_nested() {
        let text = "pipeline {\n  agent { label 'x' }\n  stages {\n    stage('a') {\n      steps {\n        sh 'one' // two\n        \
                    script { def t = sh(script: 'x', returnStdout: true).trim()\n echo \"t: ${t}\" }\n      }\n    }\n  }\n}\n\
                    parallel(a: { sh 'p' }, b: { sh 'q' })\nif (x) { sh 'c' } else sh 'd'\n";
        let mut found = Vec::new();
        names(&read(text), &mut found);
        assert_eq!(
            found,
            ["pipeline", "agent", "label", "stages", "stage", "steps", "sh", "script", "t=", "echo", "parallel", "sh", "sh", "sh", "sh"]
        );
    }

    #[test]
    fn arguments_have_names_or_places() {
        let statements = read("withAWS(role: 'ci', region: \"r\") { }\narchiveArtifacts artifacts: '*.txt', fingerprint: true\n");
        let [Statement::Call(with), Statement::Call(archive)] = statements.as_slice() else { panic!("{statements:?}") };
        assert!(with.named("role").is_some() && with.named("region").is_some() && with.block.is_some());
        assert!(matches!(&archive.named("artifacts").unwrap().value, Value::Text { passage, .. } if passage.text() == "*.txt"));
    }

    #[test]
    fn nothing_takes_long_or_deep() {
        for text in ["{".repeat(50_000), "(".repeat(50_000), "a(".repeat(50_000), "[a:".repeat(50_000), "a.b ".repeat(50_000), "-".repeat(50_000)] {
            read(&text);
        }
    }

    proptest::proptest! {
        #[test]
        fn no_text_panics(text in "(sh |def |if|[a-z =,.:+?\\n]|'[a-z]*'|\"\\$\\{x\\}\"|[(){}\\[\\]@]|->){0,80}") {
            read(&text);
        }
    }
}
