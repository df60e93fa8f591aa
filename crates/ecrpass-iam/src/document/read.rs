//! Reads a policy document. Nothing is silently passed over: what does not belong becomes a problem with its place.
//!
//! Source: IAM User Guide, "Grammar of the IAM JSON policy language".

use std::ops::Range;

use ecrpass_core::sort::sort_by_key;
use ecrpass_json::{JsonKind, Member, Value, parse_at_most};

use super::model::{ActionPattern, Document, Effect, Listed, Located, Named, NamedKind, Statement, Version};
use super::problem::{Problem, ProblemKind};
use crate::arn_pattern::ArnPattern;
use crate::condition::operator::Operator;
use crate::condition::{Condition, Expected};
use crate::source::Source;

/// The longest text that is read as a policy, in bytes: IAM's simulator takes an eighth of it, and no policy that can be
/// attached comes near that.
pub const MAX_LENGTH: usize = 1024 * 1024;

/// How many values a policy may hold: each is kept with its place.
const MAX_VALUES: usize = 250_000;

/// What was read.
#[derive(Clone, Debug)]
pub struct Reading {
    /// The document, without the statements that cannot be understood; `None` when the text is no JSON object.
    pub document: Option<Document>,
    /// What is wrong, in the order of the text.
    pub problems: Vec<Problem>,
}

impl Reading {
    /// The document, if AWS would take it.
    ///
    /// # Errors
    /// The problems, of which at least one is an error.
    pub fn accepted(self) -> Result<Document, Vec<Problem>> {
        match self.document {
            Some(document) if !self.problems.iter().any(Problem::is_error) => Ok(document),
            _ => Err(self.problems),
        }
    }
}

/// Reads a document; `name` is what to call it.
pub fn read(name: &str, text: &str) -> Reading {
    read_source(&Source::file(name, text))
}

/// Reads a document that is all of a text.
pub fn read_source(source: &Source) -> Reading {
    let text = source.text();
    let failed = |at: usize, kind: ProblemKind| Reading {
        document: None,
        problems: vec![Problem { position: source.position(at), kind }],
    };
    if text.len() > MAX_LENGTH {
        return failed(0, ProblemKind::TooLong { size: text.len(), limit: MAX_LENGTH });
    }
    match parse_at_most(MAX_VALUES, text) {
        Ok(root) => read_value(source, &root),
        Err(error) => {
            let mut reading = failed(error.offset, ProblemKind::Syntax(error.message));
            reading.problems.extend(forbidden(source, 0..text.len()));
            sort_by_key(&mut reading.problems, |problem| problem.position);
            reading
        }
    }
}

/// Reads a document that is one value of a text.
pub fn read_value(source: &Source, root: &Value) -> Reading {
    let mut reader = Reader { source, version: Version::default(), statements: None, problems: Vec::new() };
    if root.span.len() > MAX_LENGTH {
        reader.report(root.span.start, ProblemKind::TooLong { size: root.span.len(), limit: MAX_LENGTH });
        return Reading { document: None, problems: reader.problems };
    }
    reader.problems.extend(forbidden(source, root.span.clone()));
    let statements = reader.document(root);
    let Reader { version, statements: statements_span, mut problems, .. } = reader;
    sort_by_key(&mut problems, |problem| problem.position);
    let document = statements.map(|statements| Document {
        source: source.clone(),
        span: root.span.clone(),
        version,
        statements,
        statements_span,
        is_of_aws: false,
    });
    Reading { document, problems }
}

/// The first character that AWS takes in no policy.
fn forbidden(source: &Source, span: Range<usize>) -> Option<Problem> {
    let start = span.start;
    let is_forbidden =
        |&(_, c): &(usize, char)| !(matches!(c, '\t' | '\n' | '\r') || ('\u{20}'..='\u{ff}').contains(&c));
    let (at, c) = source.text().get(span)?.char_indices().find(is_forbidden)?;
    Some(Problem { position: source.position(start + at), kind: ProblemKind::ForbiddenCharacter(c) })
}

struct Reader<'a> {
    source: &'a Source,
    version: Version,
    statements: Option<Range<usize>>,
    problems: Vec<Problem>,
}

impl Reader<'_> {
    fn report(&mut self, at: usize, kind: ProblemKind) {
        self.problems.push(Problem { position: self.source.position(at), kind });
    }

    fn wrong_type(&mut self, element: &str, expected: &'static str, found: &Value) {
        let kind = ProblemKind::WrongType { element: element.to_owned(), expected, found: found.kind_name() };
        self.report(found.span.start, kind);
    }

    /// The members of an object, each key once; IAM refuses documents with duplicates.
    fn members<'v>(&mut self, element: &str, value: &'v Value) -> Vec<&'v Member> {
        let Some(members) = value.members() else {
            self.wrong_type(element, "an object", value);
            return Vec::new();
        };
        let mut known: Vec<&Member> = Vec::new();
        let mut keys = std::collections::HashSet::new();
        for member in members {
            if keys.insert(member.key.as_str()) {
                known.push(member);
            } else {
                self.report(member.key_span.start, ProblemKind::DuplicateKey(member.key.clone()));
            }
        }
        known
    }

    fn document(&mut self, root: &Value) -> Option<Vec<Statement>> {
        let members = self.members("a policy", root);
        root.members()?;
        let mut statements = None;
        for member in &members {
            match member.key.as_str() {
                "Version" => self.version(&member.value),
                "Id" => {
                    let _ = self.string("Id", &member.value);
                }
                "Statement" => statements = Some(&member.value),
                _ => self.report(member.key_span.start, ProblemKind::UnknownElement(member.key.clone())),
            }
        }
        self.statements = statements.map(|value: &Value| value.span.clone());
        let Some(statements) = statements else {
            self.report(root.span.start, ProblemKind::Missing("Statement"));
            return Some(Vec::new());
        };
        let each = one_or_several(statements);
        if each.is_empty() {
            self.report(statements.span.start, ProblemKind::Missing("a statement"));
        }
        let read: Vec<Statement> = each.into_iter().filter_map(|value| self.statement(value)).collect();
        let mut sids = std::collections::HashSet::new();
        for statement in &read {
            if let Some(sid) = statement.sid.as_deref().filter(|sid| !sid.is_empty() && !sids.insert(*sid)) {
                self.report(statement.span.start, ProblemKind::DuplicateSid(sid.to_owned()));
            }
        }
        Some(read)
    }

    fn version(&mut self, value: &Value) {
        match self.string("Version", value).as_deref() {
            Some("2012-10-17") => self.version = Version::V2012,
            Some("2008-10-17") => self.version = Version::V2008,
            Some(other) => self.report(value.span.start, ProblemKind::UnknownVersion(other.to_owned())),
            None => {}
        }
    }

    /// A statement; `None` where it has no effect or no action that could be understood.
    fn statement(&mut self, value: &Value) -> Option<Statement> {
        let members = self.members("a statement", value);
        value.members()?;
        let (mut sid, mut effect, mut principals, mut actions, mut resources) =
            (None, None, None, None, None);
        let (mut conditions, mut conditions_span) = (Vec::new(), None);
        let start = value.span.start;
        for member in members {
            let key = member.key.as_str();
            match key {
                "Sid" => sid = self.string(key, &member.value).map(Into::into),
                "Effect" => effect = Some(self.effect(&member.value)),
                "Principal" | "NotPrincipal" => {
                    let items = self.principals(&member.value);
                    self.set(&mut principals, ("Principal", "NotPrincipal"), member, items);
                }
                "Action" | "NotAction" => {
                    let items = self.actions(key, &member.value);
                    self.set(&mut actions, ("Action", "NotAction"), member, items);
                }
                "Resource" | "NotResource" => {
                    let items = self.resources(key, &member.value);
                    self.set(&mut resources, ("Resource", "NotResource"), member, items);
                }
                "Condition" => {
                    conditions = self.conditions(&member.value);
                    conditions_span = Some(member.value.span.clone());
                }
                _ => self.report(member.key_span.start, ProblemKind::UnknownElement(member.key.clone())),
            }
        }
        if effect.is_none() {
            self.report(start, ProblemKind::Missing("Effect"));
        }
        if actions.is_none() {
            self.report(start, ProblemKind::Missing("Action"));
        }
        Some(Statement {
            sid,
            effect: effect.flatten()?,
            principals,
            actions: actions?,
            resources,
            conditions,
            conditions_span,
            position: self.source.position(start),
            span: value.span.clone(),
        })
    }

    /// Keeps an element, unless its opposite is there already.
    fn set<T>(
        &mut self,
        element: &mut Option<Listed<T>>,
        (one, other): (&'static str, &'static str),
        member: &Member,
        items: Vec<Located<T>>,
    ) {
        if element.is_some() {
            self.report(member.key_span.start, ProblemKind::Both(one, other));
        } else {
            *element = Some(Listed {
                negated: member.key.starts_with("Not"),
                items,
                span: member.span(),
                value_span: member.value.span.clone(),
            });
        }
    }

    fn effect(&mut self, value: &Value) -> Option<Effect> {
        match self.string("Effect", value)?.as_str() {
            "Allow" => Some(Effect::Allow),
            "Deny" => Some(Effect::Deny),
            other => {
                self.report(value.span.start, ProblemKind::UnknownEffect(other.to_owned()));
                None
            }
        }
    }

    fn actions(&mut self, element: &str, value: &Value) -> Vec<Located<ActionPattern>> {
        let mut actions = Vec::new();
        for Located { value: text, span } in self.strings(element, value) {
            let is_whole =
                text.split_once(':').is_some_and(|(service, name)| !service.is_empty() && !name.is_empty());
            if !is_whole && text != "*" {
                self.report(span.start, ProblemKind::MalformedAction(text.clone()));
            }
            actions.push(Located { value: ActionPattern::new(&text), span });
        }
        actions
    }

    fn resources(&mut self, element: &str, value: &Value) -> Vec<Located<ArnPattern>> {
        let variables = self.version == Version::V2012;
        let mut resources = Vec::new();
        for Located { value: text, span } in self.strings(element, value) {
            let pattern = ArnPattern::resource(&text, variables);
            if !pattern.is_well_formed() {
                self.report(span.start, ProblemKind::MalformedResource(text.clone()));
            }
            resources.push(Located { value: pattern, span });
        }
        resources
    }

    fn principals(&mut self, value: &Value) -> Vec<Located<Named>> {
        if let Some(text) = value.text() {
            let span = value.span.clone();
            if text == "*" {
                return vec![Located {
                    value: Named { kind: NamedKind::Everyone, text: text.to_owned() },
                    span,
                }];
            }
            self.report(span.start, ProblemKind::MalformedPrincipal(text.to_owned()));
            return Vec::new();
        }
        let mut principals = Vec::new();
        for member in self.members("Principal", value) {
            let kind = match member.key.as_str() {
                "AWS" => NamedKind::Aws,
                "Service" => NamedKind::Service,
                "Federated" => NamedKind::Federated,
                "CanonicalUser" => NamedKind::CanonicalUser,
                _ => {
                    self.report(member.key_span.start, ProblemKind::UnknownElement(member.key.clone()));
                    continue;
                }
            };
            for Located { value: text, span } in self.strings(&member.key, &member.value) {
                if kind == NamedKind::Aws && text != "*" && text.contains(['*', '?']) {
                    self.report(span.start, ProblemKind::MalformedPrincipal(text.clone()));
                }
                principals.push(Located { value: Named { kind, text }, span });
            }
        }
        principals
    }

    fn conditions(&mut self, value: &Value) -> Vec<Condition> {
        let variables = self.version == Version::V2012;
        let mut conditions = Vec::new();
        for block in self.members("Condition", value) {
            let operator = Operator::parse(&block.key);
            if operator.is_none() {
                self.report(block.key_span.start, ProblemKind::UnknownOperator(block.key.clone()));
            }
            for member in self.members(&block.key, &block.value) {
                let values = self.scalars(&member.key, &member.value);
                conditions.push(Condition {
                    operator_text: block.key.clone(),
                    operator,
                    key: member.key.clone(),
                    values: values.iter().map(|value| Expected::new(value, variables)).collect(),
                    span: member.span(),
                    values_span: member.value.span.clone(),
                });
            }
        }
        conditions
    }

    fn string(&mut self, element: &str, value: &Value) -> Option<String> {
        if value.text().is_none() {
            self.wrong_type(element, "a string", value);
        }
        value.text().map(str::to_owned)
    }

    /// One string, or several.
    fn strings(&mut self, element: &str, value: &Value) -> Vec<Located<String>> {
        let mut strings = Vec::new();
        for each in one_or_several(value) {
            match each.text() {
                Some(text) => strings.push(Located { value: text.to_owned(), span: each.span.clone() }),
                None => self.wrong_type(element, "a string or a list of strings", each),
            }
        }
        strings
    }

    /// One string, number or boolean, or several: `true` and `"true"` are the same to IAM.
    fn scalars(&mut self, element: &str, value: &Value) -> Vec<String> {
        let mut scalars = Vec::new();
        for each in one_or_several(value) {
            match &each.kind {
                JsonKind::String(text) => scalars.push(text.to_string()),
                JsonKind::Bool | JsonKind::Number => scalars.push(self.slice(&each.span).to_owned()),
                JsonKind::Null | JsonKind::Array(_) | JsonKind::Object(_) | JsonKind::Deep { .. } => {
                    self.wrong_type(element, "a string, a number, a boolean or a list of them", each);
                }
            }
        }
        scalars
    }

    fn slice(&self, span: &Range<usize>) -> &str {
        self.source.text().get(span.clone()).unwrap_or_default()
    }
}

/// IAM takes one of something wherever it takes several.
fn one_or_several(value: &Value) -> Vec<&Value> {
    match &value.kind {
        JsonKind::Array(values) => values.iter().collect(),
        _ => vec![value],
    }
}

#[cfg(test)]
mod tests;
