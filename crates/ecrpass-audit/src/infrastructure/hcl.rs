//! Terraform and Packer: HCL as values with places. All that is known of the parser's types is in this file.

use std::borrow::Cow;
use std::ops::Range;

use hcl_edit::Span;
use hcl_edit::expr::{Expression, ForExpr, ObjectKey, TraversalOperator};
use hcl_edit::structure::{Block, Body, Structure};
use hcl_edit::template::{Element, Template};

use super::datum::{Datum, DatumKind, Entry, Part};
use crate::passage::Passage;

/// The longest text that is read, in bytes: the parser takes 60 times its place in memory.
const MAX_TEXT: usize = 768 * 1024;

/// A block at the top of a file.
#[derive(Clone, Debug)]
pub struct TopBlock {
    /// What it is: `resource`, `data`, `locals`.
    pub kind: String,
    /// Its labels.
    pub labels: Vec<String>,
    /// The bytes from its first to its last label.
    pub bytes: Range<usize>,
    /// Its body.
    pub body: Datum,
}

/// Reads a file; `None` if it is damaged or too long. Attributes at the top (a `.tfvars`) are in the second part.
pub fn read(text: &str) -> Option<(Vec<TopBlock>, Datum)> {
    if text.len() > MAX_TEXT {
        return None;
    }
    let body = hcl_edit::parser::parse_body(&without_mark(text)).ok()?;
    let mut blocks = Vec::new();
    let mut attributes = Vec::new();
    for structure in body.iter() {
        match structure {
            Structure::Block(block) => blocks.push(top_block(text, block)),
            Structure::Attribute(_) => attributes.extend(entry(text, structure)),
        }
    }
    Some((blocks, Datum::new(0..text.len(), DatumKind::Map(attributes))))
}

/// With blanks in the place of a byte order mark, which HCL's own scanner takes off, too.
fn without_mark(text: &str) -> Cow<'_, str> {
    text.strip_prefix('\u{feff}').map_or(Cow::Borrowed(text), |rest| Cow::Owned(format!("   {rest}")))
}

/// Where a file is damaged, and what is wrong there.
pub fn damage(text: &str) -> Option<(usize, String)> {
    if text.len() > MAX_TEXT {
        return Some((0, format!("more than {} kB of HCL are not read", MAX_TEXT / 1024)));
    }
    let error = hcl_edit::parser::parse_body(&without_mark(text)).err()?;
    // The words are several lines.
    let why = error.message().split_whitespace().collect::<Vec<_>>().join(" ");
    Some((error.location().offset().min(text.len()), why))
}

fn top_block(text: &str, block: &Block) -> TopBlock {
    let start = block.ident.span().or_else(|| block.span()).unwrap_or_default().start;
    let end = text.get(start..).and_then(|rest| rest.find(['{', '\n'])).map_or(text.len(), |at| start + at);
    let head = text.get(start..end).unwrap_or_default();
    TopBlock {
        kind: block.ident.as_str().to_owned(),
        labels: block.labels.iter().map(|label| label.as_str().to_owned()).collect(),
        bytes: start..start + head.trim_end().len(),
        body: body(text, &block.body, block.span().unwrap_or(start..end)),
    }
}

fn body(text: &str, body: &Body, bytes: Range<usize>) -> Datum {
    let entries = body.iter().filter_map(|structure| entry(text, structure)).collect();
    Datum::new(bytes, DatumKind::Map(entries))
}

fn entry(text: &str, structure: &Structure) -> Option<Entry> {
    match structure {
        Structure::Attribute(attribute) => Some(Entry {
            key: attribute.key.as_str().to_owned(),
            key_bytes: attribute.key.span()?,
            value: expression(text, &attribute.value),
        }),
        Structure::Block(block) => {
            let key_bytes = block.ident.span()?;
            let bytes = block.span().unwrap_or_else(|| key_bytes.clone());
            let label = block.labels.first().map(|label| label.as_str().to_owned());
            let mut value = body(text, &block.body, bytes.clone());
            // How many there are of a dynamic block is decided at run time: it is no value of that name, and what is
            // written in it is found by those who walk through all.
            if block.ident.as_str() == "dynamic" {
                let content = value.get("content").cloned().into_iter().collect();
                let value = Datum::new(bytes, DatumKind::Call("dynamic".to_owned(), content));
                return Some(Entry { key: label?, key_bytes, value });
            }
            // `provisioner "shell" { … }`: the label says what kind it is.
            if let (Some(label), DatumKind::Map(entries)) = (label, &mut value.kind) {
                let at = block.labels.first().and_then(Span::span).unwrap_or_else(|| key_bytes.clone());
                let kind = Datum::new(at.clone(), DatumKind::Text(Passage::verbatim(label, at.start)));
                entries.push(Entry { key: "(label)".to_owned(), key_bytes: at, value: kind });
            }
            Some(Entry { key: block.ident.as_str().to_owned(), key_bytes, value })
        }
    }
}

fn expression(text: &str, from: &Expression) -> Datum {
    let bytes = from.span().unwrap_or_default();
    let kind = match from {
        Expression::Null(_) => DatumKind::Null,
        Expression::Bool(_) | Expression::Number(_) => {
            DatumKind::Plain(text.get(bytes.clone()).unwrap_or_default().to_owned())
        }
        Expression::String(string) => DatumKind::Text(quoted(text, &bytes, string.as_str())),
        Expression::StringTemplate(template) => parts(text, template.iter(), None),
        Expression::HeredocTemplate(heredoc) => parts(text, heredoc.template.iter(), heredoc.indent()),
        Expression::Array(array) => {
            DatumKind::List(array.iter().map(|item| expression(text, item)).collect())
        }
        Expression::Object(object) => {
            let entry = |(key, value): (&ObjectKey, &hcl_edit::expr::ObjectValue)| {
                let (key, key_bytes) = object_key(text, key)?;
                Some(Entry { key, key_bytes, value: expression(text, value.expr()) })
            };
            DatumKind::Map(object.iter().filter_map(entry).collect())
        }
        Expression::Parenthesis(inner) => return Datum { bytes, ..expression(text, inner.inner()) },
        Expression::Variable(name) => DatumKind::Reference(name.as_str().to_owned()),
        Expression::Traversal(traversal) => {
            reference(from).map_or_else(|| splatted(text, &traversal.expr), DatumKind::Reference)
        }
        Expression::FuncCall(call) => {
            let arguments = call.args.iter().map(|argument| expression(text, argument)).collect();
            DatumKind::Call(call.name.name.as_str().to_owned(), arguments)
        }
        Expression::Conditional(conditional) => DatumKind::Call(
            "if".to_owned(),
            vec![
                expression(text, &conditional.cond_expr),
                expression(text, &conditional.true_expr),
                expression(text, &conditional.false_expr),
            ],
        ),
        Expression::ForExpr(each) => DatumKind::Call("for".to_owned(), for_parts(text, each)),
        Expression::UnaryOp(_) | Expression::BinaryOp(_) => DatumKind::Unknown,
    };
    Datum { bytes, kind }
}

/// What a `for` goes through, and of a list what it makes of each. There `r.arn` is named by what `r` comes from.
fn for_parts(text: &str, each: &ForExpr) -> Vec<Datum> {
    let from = &each.intro.collection_expr;
    let mut parts = vec![expression(text, from)];
    if each.key_expr.is_none() {
        let mut made = expression(text, &each.value_expr);
        if let (DatumKind::Reference(name), Some(from)) = (&mut made.kind, named(from))
            && let Some(rest) = name.strip_prefix(&format!("{}.", each.intro.value_var.as_str()))
        {
            *name = format!("{from}.{rest}");
        }
        parts.push(made);
    }
    parts
}

/// The name of a collection, that of its values included: `values(aws_ecr_repository.app)`.
fn named(expression: &Expression) -> Option<String> {
    match expression {
        Expression::FuncCall(call) if matches!(call.name.name.as_str(), "values" | "one") => {
            reference(call.args.iter().next()?)
        }
        _ => reference(expression),
    }
}

/// What is taken out of something that has no name: `[for r in … : r.arn][0]`.
fn splatted(text: &str, inner: &Expression) -> DatumKind {
    DatumKind::Call("part".to_owned(), vec![expression(text, inner)])
}

/// A key: a name, a text, or a text with values in it.
fn object_key(text: &str, key: &ObjectKey) -> Option<(String, Range<usize>)> {
    match key {
        ObjectKey::Ident(name) => Some((name.as_str().to_owned(), name.span()?)),
        ObjectKey::Expression(expression) => {
            let bytes = expression.span()?;
            let key = match expression {
                Expression::String(string) => string.as_str().to_owned(),
                Expression::Variable(name) => name.as_str().to_owned(),
                Expression::Parenthesis(inner) => {
                    reference(inner.inner()).map_or_else(|| "${?}".to_owned(), |name| format!("${{{name}}}"))
                }
                Expression::StringTemplate(_) => {
                    text.get(bytes.start + 1..bytes.end.saturating_sub(1))?.to_owned()
                }
                _ => "${?}".to_owned(),
            };
            Some((key, bytes))
        }
    }
}

/// The name of what is referred to, indices left out: `aws_ecr_repository.app[0].arn` is `aws_ecr_repository.app.arn`.
fn reference(expression: &Expression) -> Option<String> {
    match expression {
        Expression::Variable(name) => Some(name.as_str().to_owned()),
        Expression::Traversal(traversal) => {
            let mut name = named(&traversal.expr)?;
            for operator in &traversal.operators {
                match operator.value() {
                    TraversalOperator::GetAttr(part) => {
                        name.push('.');
                        name.push_str(part.as_str());
                    }
                    TraversalOperator::Index(Expression::String(part)) => {
                        name.push('.');
                        name.push_str(part.as_str());
                    }
                    _ => {}
                }
            }
            Some(name)
        }
        _ => None,
    }
}

/// A text in quotes; with escapes in it its parts are no longer told apart.
fn quoted(text: &str, bytes: &Range<usize>, value: &str) -> Passage {
    let inside = bytes.start + 1..bytes.end.saturating_sub(1);
    match text.get(inside.clone()) {
        Some(source) if source == value => Passage::verbatim(value, inside.start),
        Some(source) => unescaped(source, inside.start, value),
        None => Passage::verbatim(value, bytes.start),
    }
}

/// The parts between escapes are as they stand; an escape stands for what it means.
fn unescaped(source: &str, at: usize, value: &str) -> Passage {
    let mut passage = Passage::default();
    let (mut here, mut there) = (0, 0);
    // What stands there as it is, from which byte of the value and of the source on.
    let mut same = (0, 0);
    for character in value.chars() {
        let Some(rest) = source.get(there..) else { break };
        let length = if rest.starts_with('\\') {
            escape_length(rest)
        } else if (rest.starts_with("$${") || rest.starts_with("%%{")) && matches!(character, '$' | '%') {
            2
        } else {
            here += character.len_utf8();
            there += rest.chars().next().map_or(1, char::len_utf8);
            continue;
        };
        passage.push(&Passage::verbatim(value.get(same.0..here).unwrap_or_default(), at + same.1));
        let end = here + character.len_utf8();
        passage.push_for(value.get(here..end).unwrap_or_default(), &(at + there..at + there + length));
        here = end;
        there += length;
        same = (here, there);
    }
    passage.push(&Passage::verbatim(value.get(same.0..).unwrap_or_default(), at + same.1));
    passage
}

fn escape_length(rest: &str) -> usize {
    match rest.as_bytes().get(1) {
        Some(b'u') => 6,
        Some(b'U') => 10,
        _ => 1 + rest.chars().nth(1).map_or(0, char::len_utf8),
    }
}

/// The parts of a template. A here-document's lines lose the indentation that they share, so its literals stand in the
/// file in pieces.
fn parts<'a>(text: &str, elements: impl Iterator<Item = &'a Element>, indent: Option<usize>) -> DatumKind {
    let mut parts = Vec::new();
    push_parts(text, elements, indent, &mut parts);
    match parts.as_slice() {
        [] => DatumKind::Text(Passage::default()),
        _ if parts.iter().all(|part| matches!(part, Part::Literal(_))) => {
            let mut whole = Passage::default();
            for part in &parts {
                if let Part::Literal(passage) = part {
                    whole.push(passage);
                }
            }
            DatumKind::Text(whole)
        }
        _ => DatumKind::Template(parts),
    }
}

fn push_parts<'a>(
    text: &str,
    elements: impl Iterator<Item = &'a Element>,
    indent: Option<usize>,
    parts: &mut Vec<Part>,
) {
    for element in elements {
        match element {
            Element::Literal(literal) => {
                let bytes = element.span().unwrap_or_default();
                parts.push(Part::Literal(literal_lines(text, &bytes, literal.as_str(), indent)));
            }
            Element::Interpolation(interpolation) => {
                let mut value = expression(text, &interpolation.expr);
                value.bytes = element.span().unwrap_or(value.bytes);
                parts.push(Part::Value(value));
            }
            Element::Directive(directive) => {
                let bytes = element.span().unwrap_or_default();
                if let hcl_edit::template::Directive::If(branches) = directive.as_ref() {
                    push_parts(text, template(&branches.if_expr.template), indent, parts);
                    if let Some(other) = &branches.else_expr {
                        push_parts(text, template(&other.template), indent, parts);
                    }
                } else if let hcl_edit::template::Directive::For(each) = directive.as_ref() {
                    push_parts(text, template(&each.for_expr.template), indent, parts);
                } else {
                    parts.push(Part::Value(Datum::new(bytes, DatumKind::Unknown)));
                }
            }
        }
    }
}

fn template(template: &Template) -> impl Iterator<Item = &Element> {
    template.iter()
}

/// A literal's text, line by line: each is found in its line of the file, behind the indentation that was cut off.
fn literal_lines(text: &str, bytes: &Range<usize>, literal: &str, indent: Option<usize>) -> Passage {
    let source = text.get(bytes.clone()).unwrap_or_default();
    if source == literal {
        return Passage::verbatim(literal, bytes.start);
    }
    if indent.is_none() {
        return unescaped(source, bytes.start, literal);
    }
    let mut pieces = Vec::new();
    let mut at = bytes.start;
    let mut lines = source.split_inclusive('\n');
    for piece in literal.split_inclusive('\n') {
        let line = lines.next().unwrap_or_default();
        let cut = line.len().saturating_sub(piece.len());
        let cut = if line.get(cut..) == Some(piece) { cut } else { 0 };
        pieces.push((piece, at + cut));
        at += line.len();
    }
    Passage::of_parts(pieces)
}

#[cfg(test)]
mod tests;
