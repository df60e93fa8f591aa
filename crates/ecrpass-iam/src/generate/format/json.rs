//! Documents as JSON, as AWS takes them. The order of everything is fixed, so that the same wish gives the same bytes.

use crate::generate::draft::{Draft, NewPrincipal, NewStatement};

/// The version of the policy language all documents are in.
pub const VERSION: &str = "2012-10-17";

/// A JSON value that is written out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Json {
    /// A string.
    Text(String),
    /// A list.
    List(Vec<Json>),
    /// An object.
    Object(Vec<(String, Json)>),
}

impl Json {
    /// One text alone, or a list of them.
    pub fn texts(values: &[String]) -> Self {
        match values {
            [one] => Self::Text(one.clone()),
            several => Self::List(several.iter().cloned().map(Self::Text).collect()),
        }
    }
}

/// A document as a value, which all formats are made of.
pub fn value(draft: &Draft) -> Json {
    let statements = draft.statements.iter().map(statement).collect();
    Json::Object(vec![
        ("Version".to_owned(), Json::Text(VERSION.to_owned())),
        ("Statement".to_owned(), Json::List(statements)),
    ])
}

/// A document as a text, without a final line feed.
pub fn document(draft: &Draft) -> String {
    text(&value(draft))
}

/// A value as a text, without a final line feed.
pub fn text(value: &Json) -> String {
    ecrpass_json::pretty(&compact(value))
}

/// A statement as a value.
pub fn statement(statement: &NewStatement) -> Json {
    let text = |text: &str| Json::Text(text.to_owned());
    let mut members = vec![("Sid".to_owned(), text(&statement.sid)), ("Effect".to_owned(), text("Allow"))];
    if let Some(principal) = &statement.principal {
        members.push(("Principal".to_owned(), self::principal(principal)));
    }
    members.push(("Action".to_owned(), Json::texts(&statement.actions)));
    if !statement.resources.is_empty() {
        members.push(("Resource".to_owned(), Json::texts(&statement.resources)));
    }
    if !statement.conditions.is_empty() {
        let operators = statement.conditions_by_operator().into_iter().map(|(operator, conditions)| {
            let keys = conditions
                .into_iter()
                .map(|condition| (condition.key.clone(), Json::texts(&condition.values)))
                .collect();
            (operator.to_owned(), Json::Object(keys))
        });
        members.push(("Condition".to_owned(), Json::Object(operators.collect())));
    }
    Json::Object(members)
}

fn principal(principal: &NewPrincipal) -> Json {
    match principal.parts() {
        (everyone, []) => Json::Text(everyone.to_owned()),
        (key, names) => Json::Object(vec![(key.to_owned(), Json::texts(names))]),
    }
}

fn compact(value: &Json) -> String {
    match value {
        Json::Text(content) => ecrpass_json::quoted(content),
        Json::List(items) => {
            let items: Vec<String> = items.iter().map(compact).collect();
            format!("[{}]", items.join(","))
        }
        Json::Object(members) => {
            let member =
                |(key, value): &(String, Json)| format!("{}:{}", ecrpass_json::quoted(key), compact(value));
            let members: Vec<String> = members.iter().map(member).collect();
            format!("{{{}}}", members.join(","))
        }
    }
}
