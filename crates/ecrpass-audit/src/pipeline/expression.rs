//! Expressions of GitHub's workflows, as far as they are constant: `${{ env.HOST }}`, `${{ inputs.region || 'us-east-1' }}`.

use crate::known::Known;

/// How deep parentheses may be nested.
const MAX_DEPTH: usize = 40;

/// What names stand for: `env.HOST`, `matrix.region`.
pub type Lookup<'a> = dyn Fn(&str) -> Option<Known> + 'a;

/// The value of a text with expressions in it.
pub fn value(text: &str, lookup: &Lookup<'_>) -> Known {
    let mut parts = Vec::new();
    let mut rest = text;
    while let Some((before, inside, after)) = next(rest) {
        if !before.is_empty() {
            parts.push(Known::Exactly(before.to_owned()));
        }
        parts.push(evaluate(inside, lookup));
        rest = after;
    }
    if !rest.is_empty() || parts.is_empty() {
        parts.push(Known::Exactly(rest.to_owned()));
    }
    Known::concat(&parts)
}

/// What stands before the next expression, the expression, and what follows it.
fn next(text: &str) -> Option<(&str, &str, &str)> {
    let start = text.find("${{")?;
    let before = text.get(..start)?;
    let inside = text.get(start + 3..)?;
    let mut in_string = false;
    for (at, character) in inside.char_indices() {
        match character {
            '\'' => in_string = !in_string,
            '}' if !in_string && inside.get(at..)?.starts_with("}}") => {
                return Some((before, inside.get(..at)?, inside.get(at + 2..)?));
            }
            _ => {}
        }
    }
    None
}

/// The value of one expression.
pub fn evaluate(expression: &str, lookup: &Lookup<'_>) -> Known {
    let mut parser = Parser { rest: expression.trim(), lookup, depth: 0 };
    match parser.or() {
        Some(value) if parser.rest.trim().is_empty() => value.known,
        _ => hole(expression),
    }
}

/// Whether a condition is surely false.
pub fn is_never(condition: &str, lookup: &Lookup<'_>) -> bool {
    let inside = condition.trim();
    let inside = inside.strip_prefix("${{").and_then(|inside| inside.strip_suffix("}}")).unwrap_or(inside);
    let value = evaluate(inside, lookup);
    value.exactly().is_some_and(is_falsy)
}

fn hole(expression: &str) -> Known {
    Known::named(&format!("{{ {} }}", expression.split_whitespace().collect::<Vec<_>>().join(" ")))
}

fn is_falsy(value: &str) -> bool {
    matches!(value, "" | "false" | "0" | "null")
}

struct Value {
    known: Known,
    /// It may be this, or something that counts as false: `github.ref == 'x' && 'this'`.
    perhaps: bool,
}

struct Parser<'a> {
    rest: &'a str,
    lookup: &'a Lookup<'a>,
    depth: usize,
}

impl<'a> Parser<'a> {
    fn take(&mut self, token: &str) -> bool {
        let rest = self.rest.trim_start();
        match rest.strip_prefix(token) {
            Some(after) => {
                self.rest = after;
                true
            }
            None => false,
        }
    }

    fn or(&mut self) -> Option<Value> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return None;
        }
        let mut left = self.and()?;
        while self.take("||") {
            let right = self.and()?;
            left = match left.known.exactly() {
                Some(value) if !left.perhaps && is_falsy(value) => right,
                Some(_) if !left.perhaps => left,
                _ => Value { known: Known::any([&left.known, &right.known]), perhaps: right.perhaps },
            };
        }
        self.depth -= 1;
        Some(left)
    }

    fn and(&mut self) -> Option<Value> {
        let mut left = self.comparison()?;
        while self.take("&&") {
            let right = self.comparison()?;
            left = match left.known.exactly() {
                Some(value) if !left.perhaps && is_falsy(value) => left,
                Some(_) if !left.perhaps => right,
                _ => Value { known: right.known, perhaps: true },
            };
        }
        Some(left)
    }

    fn comparison(&mut self) -> Option<Value> {
        let start = self.rest;
        let left = self.unary()?;
        let operator = ["==", "!=", "<=", ">=", "<", ">"].into_iter().find(|operator| self.take(operator));
        let Some(operator) = operator else { return Some(left) };
        let right = self.unary()?;
        let same = match (left.known.exactly(), right.known.exactly()) {
            (Some(left), Some(right)) => Some(left.eq_ignore_ascii_case(right)),
            _ => None,
        };
        let known = match (operator, same) {
            ("==", Some(same)) => flag(same),
            ("!=", Some(same)) => flag(!same),
            _ => {
                let length = start.len() - self.rest.len();
                hole(start.get(..length)?)
            }
        };
        Some(Value { known, perhaps: false })
    }

    fn unary(&mut self) -> Option<Value> {
        if self.rest.trim_start().starts_with("!=") || !self.take("!") {
            return self.primary();
        }
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return None;
        }
        let value = self.unary()?;
        self.depth -= 1;
        let known = value.known.exactly().map_or(Known::Unknown, |value| flag(is_falsy(value)));
        Some(Value { known, perhaps: false })
    }

    fn primary(&mut self) -> Option<Value> {
        let sure = |known| Some(Value { known, perhaps: false });
        if self.take("(") {
            let value = self.or()?;
            return self.take(")").then_some(value);
        }
        if self.take("'") {
            return sure(Known::Exactly(self.string()?));
        }
        let rest = self.rest.trim_start();
        let is_part =
            |character: char| character.is_ascii_alphanumeric() || matches!(character, '_' | '-' | '.' | '*');
        let end = rest.find(|character: char| !is_part(character)).unwrap_or(rest.len());
        let mut name = rest.get(..end).filter(|name| !name.is_empty())?.to_owned();
        self.rest = rest.get(end..)?;
        if self.take("(") {
            let arguments = self.arguments()?;
            return sure(call(&name, &arguments).unwrap_or_else(|| {
                let length = rest.len() - self.rest.len();
                rest.get(..length).map_or(Known::Unknown, hole)
            }));
        }
        // `matrix['region']`
        while self.take("[") {
            let index = self.or()?;
            if !self.take("]") {
                return None;
            }
            name.push('.');
            name.push_str(index.known.exactly()?);
            let rest = self.rest;
            let end = rest.find(|character: char| !is_part(character)).unwrap_or(rest.len());
            name.push_str(rest.get(..end)?);
            self.rest = rest.get(end..)?;
        }
        let is_literal = name.parse::<f64>().is_ok() || matches!(name.as_str(), "true" | "false" | "null");
        if is_literal {
            return sure(Known::Exactly(if name == "null" { String::new() } else { name }));
        }
        sure((self.lookup)(&name).unwrap_or_else(|| hole(&name)))
    }

    fn string(&mut self) -> Option<String> {
        let mut text = String::new();
        loop {
            let end = self.rest.find('\'')?;
            text.push_str(self.rest.get(..end)?);
            self.rest = self.rest.get(end + 1..)?;
            match self.rest.strip_prefix('\'') {
                Some(rest) => {
                    text.push('\'');
                    self.rest = rest;
                }
                None => return Some(text),
            }
        }
    }

    fn arguments(&mut self) -> Option<Vec<Known>> {
        let mut arguments = Vec::new();
        if self.take(")") {
            return Some(arguments);
        }
        loop {
            arguments.push(self.or()?.known);
            if self.take(")") {
                return Some(arguments);
            }
            if !self.take(",") {
                return None;
            }
        }
    }
}

fn flag(value: bool) -> Known {
    Known::Exactly(value.to_string())
}

/// The functions whose value can be told.
fn call(name: &str, arguments: &[Known]) -> Option<Known> {
    match name.to_ascii_lowercase().as_str() {
        "always" => Some(flag(true)),
        "format" => {
            let (template, values) = arguments.split_first()?;
            let template = template.exactly()?;
            let mut parts = Vec::new();
            let mut rest = template;
            while let Some(start) = rest.find('{') {
                parts.push(Known::Exactly(rest.get(..start)?.to_owned()));
                let end = rest.get(start..)?.find('}')? + start;
                let index: usize = rest.get(start + 1..end)?.parse().ok()?;
                parts.push(values.get(index)?.clone());
                rest = rest.get(end + 1..)?;
            }
            parts.push(Known::Exactly(rest.to_owned()));
            Some(Known::concat(&parts))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str) -> Known {
        value(text, &|name| match name {
            "env.HOST" => Some(Known::Exactly("h".to_owned())),
            "matrix.region" => Some(Known::one_of(["a".to_owned(), "b".to_owned()])),
            _ => None,
        })
    }

    #[test]
    fn constant_parts_are_known() {
        let exactly = |text: &str| Known::Exactly(text.to_owned());
        for (text, known) in [
            ("${{ env.HOST }}/a", exactly("h/a")),
            ("${{ format('{0}/{1}', env.HOST, 'x') }}", exactly("h/x")),
            ("${{ env['HOST'] }}", exactly("h")),
            ("${{ 'it''s' }}", exactly("it's")),
            ("${{ env.HOST == 'H' && 'yes' || 'no' }}", exactly("yes")),
            ("${{ github.ref == 'x' && 'p' || 'd' }}", Known::one_of(["p".to_owned(), "d".to_owned()])),
            (
                "${{ inputs.region || 'r' }}",
                Known::one_of(["${{ inputs.region }}".to_owned(), "r".to_owned()]),
            ),
            ("x${{ matrix.region }}", Known::one_of(["xa".to_owned(), "xb".to_owned()])),
            ("a:${{  github.sha }}", Known::Made("a:${{ github.sha }}".to_owned())),
            ("${{ fromJSON(x).y }}", Known::Made("${{ fromJSON(x).y }}".to_owned())),
            ("${{ open", Known::Made("${{ open".to_owned())),
            ("", exactly("")),
        ] {
            assert_eq!(of(text), known, "{text}");
        }
    }

    #[test]
    fn conditions_that_never_hold_are_known() {
        let none = |_: &str| None;
        assert!(
            is_never("false", &none)
                && is_never("${{ false }}", &none)
                && is_never("${{ 'a' == 'b' }}", &none)
        );
        assert!(
            !is_never("github.ref == 'x'", &none)
                && !is_never("always()", &none)
                && !is_never("!false", &none)
        );
    }

    proptest::proptest! {
        #[test]
        fn no_expression_panics(text in "(\\$\\{\\{|\\}\\}|[(){}'!=&|,.\\[\\]]|format|env|[a-z ü]){0,60}") {
            let _ = of(&text);
            let _ = is_never(&text, &|_| None);
        }
    }
}
